"""The check of Exercise 6.4: what Loaded DiCE leaves out of the mixed Hessian."""

from typing import Any

import numpy as np

from lolakit.check import plain
from lolakit.check.verdict import array, choice, diagnose, exercise
from lolakit.games import prisoners_dilemma

__all__ = ["ex6_4"]


@exercise("6.4")
def ex6_4(errors: Any, mistake: Any) -> str:
    """Check Exercise 6.4. Pass two relative errors, to two digits, and a letter."""
    found = array(errors, (2,), "errors")
    right = _errors(0.0, 0.9)
    mistakes = [
        (np.zeros(2), "errors: this is the gradient's. Look at the mixed Hessian."),
        (right[::-1], "errors: the two are swapped: first decay=0, then decay=0.9."),
        (
            _errors(0.0, 0.9, relative=False),
            "errors: divide by the length of the right block: relative to it.",
        ),
        (
            _errors(0.0, 0.9, player=0),
            "errors: this is about player 1's value. Take player 2's.",
        ),
        (
            _errors(0.0, 0.1),
            "errors: at decay=0.9 most of the round before is kept, not a tenth.",
        ),
    ]
    otherwise = (
        "errors: not yet. `errors` of the chapter gives the mixed Hessian's as the second "
        "number; give it `from_library(lk.loaded_dice(given, decay=...))`."
    )
    # Two digits after the point: the nearest mistake is further away.
    diagnose(found, right, mistakes, otherwise, atol=0.006)
    hints = {
        "a": "mistake: that one is in the gradient already. Is it wrong here?",
        "c": "mistake: nothing is contracted here. Which pairs of scores are left?",
    }
    choice(mistake, "abc", hints, "mistake")
    return "A bias, taken on purpose, that is meant to buy less noise."


def _errors(*decays: float, player: int = 1, relative: bool = True) -> np.ndarray:
    """Return the errors of the mixed Hessian of a player's value, one for each decay."""
    game = prisoners_dilemma()
    games = plain.histories(game, *plain.POINT, 3)
    discounted = float(game.gamma) ** np.arange(3) * games.rewards[player]
    to_go = np.cumsum(discounted[:, ::-1], axis=1)[:, ::-1]

    def block(decay: float) -> np.ndarray:
        # A value of the state would drop out of this mean.
        total, past = np.zeros((5, 5)), np.zeros_like(games.scores[:, :, 0])
        for t in range(3):
            now = decay * past + games.scores[:, :, t]  # grad w_t, of both players
            pairs = np.einsum("ni,nj->nij", *now)
            pairs -= decay**2 * np.einsum("ni,nj->nij", *past)
            total += np.einsum("n,n,nij->ij", games.P, to_go[:, t], pairs)
            past = now
        return total

    off = np.array([np.linalg.norm(block(decay) - block(1.0)) for decay in decays])
    return off / np.linalg.norm(block(1.0)) if relative else off
