"""Checks of Chapter 7, LOLA-DiCE."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from lolakit.course.check import plain
from lolakit.course.check.verdict import (
    array,
    call,
    choice,
    diagnose,
    exercise,
    need,
    share,
    wrong,
)
from lolakit.games.matrix import prisoners_dilemma

__all__ = ["ex7_1", "ex7_2", "ex7_3", "ex7_4", "ex7_5"]


@exercise("7.1")
def ex7_1(R_centred: Any, R_plain: Any, R_baseline: Any, why: Any) -> str:
    """Check Exercise 7.1. Pass the final R of 8 seeds with each objective, and a letter."""
    names, given = (
        ("R_centred", "R_plain", "R_baseline"),
        (R_centred, R_plain, R_baseline),
    )
    found = [_final(x, (8,), name) for name, x in zip(names, given, strict=True)]
    for i in (1, 2):
        need(
            not np.allclose(found[0], found[i], rtol=0, atol=1e-9),
            f"{names[i]} is R_centred, seed by seed: the objective does not reach the rule. "
            "Hand it on: lola_dice(game, eta, K, objective).",
        )
    # An ordering, and no numbers: with these keys the mean of centring is above the upper
    # ends of both other intervals. The other two may come in either order.
    centred, *others = (x.mean() for x in found)
    need(
        centred > max(others),
        "centring does not come out ahead. Is each run with its own objective, with K = 1, "
        "eta = 0.3, 80 updates?",
    )
    hints = {
        "a": "why: the value of an objective is never used. Only derivatives are.",
        "b": "why: compare the three in the left panel of Chapter 6's first figure. Is the "
        "paper's baseline behind?",
    }
    choice(why, "abc", hints, "why")
    return "Shaping is made of second derivatives."


def _final(answer: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The answer as per-step values at the end of learning, or `Wrong`."""
    if np.ndim(answer) > len(shape):
        wrong(f"{name}: only the values after the last update are asked for, {shape}.")
    found = array(answer, shape, name)
    r = np.asarray(prisoners_dilemma().payoff)
    need(
        found.min() >= r.min() - 1e-6,
        f"{name}: below the worst payoff. These are discounted sums: take lk.per_step.",
    )
    need(
        found.max() <= r.max() + 1e-6,
        f"{name}: above the best payoff of the game. R is a mean payoff, below zero.",
    )
    return found


@exercise("7.2")
def ex7_2(batches: Any) -> str:
    """Check Exercise 7.2. Pass three counts, for K = 1, 2 and 3."""
    found = array(batches, (3,), "batches")
    K = np.array([1, 2, 3])
    imagined, final = K, 1  # a batch for each step of the other, one for my gradient
    both = "the games of a batch serve both seats, and one update is one player's."
    mistakes = [
        (imagined, "what is my own gradient made of, after the last imagined step?"),
        (
            np.full(3, imagined[0] + final),
            "the same for all K? The library's loop is traced once and runs K times: a "
            "count in Python sees one of them. Count with jax.debug.callback.",
        ),
        (np.ones(3), "count with jax.debug.callback: Python sees a loop only once."),
        (2 * (imagined + final), both),
        (2 * imagined, both),
        (
            imagined + 2 * final,
            "one too many. My gradient needs one batch, at the last imagined policy.",
        ),
    ]
    need(found.max() < 100, "count batches, however many games are in one.")
    otherwise = "not yet. Count how often `sample` is called while one update runs."
    diagnose(found, imagined + final, mistakes, otherwise, atol=1e-6)
    return "Each imagined step plays games of its own."


@exercise("7.3")
def ex7_3(R: Any, ended: Any) -> str:
    """Check Exercise 7.3. Pass the final R of 64 pairs [64, 2] at 0.6, and a letter."""
    found = _final(R, (64, 2), "R")
    pairs, apart = found.mean(axis=1), abs(found[:, 0] - found[:, 1])
    # Bounds that hold for any 64 seeds: the mean of their pairs is -1.36 with a standard
    # error of 0.01, and -1.2 is what this book calls cooperative.
    need(
        pairs.mean() > -1.8,
        "R: these pairs defect. Does the rule look ahead? At a product of 0.6 with K = 1 "
        "the lookahead is 0.6.",
    )
    need(
        pairs.mean() > -1.6,
        "R: between defection and what 0.6 gives. Let them learn for 200 updates, with "
        "steps of 0.2, and take the values after the last.",
    )
    need(
        pairs.mean() < -1.2,
        "R: these pairs are cooperative by our measure. Is this the run with 0.3?",
    )
    need(
        apart.mean() > 0.1,
        "R: the two players of a pair are too much alike. Keep them apart: one column "
        "each, and no mean.",
    )
    hints = {
        "a": "ended: sort the pairs by their mean. Are there two groups?",
        "b": "ended: compare the two players of each pair. Which of them opens with C?",
    }
    choice(ended, "abc", hints, "ended")
    return "A mean over a pair says what the two earn, and not who earns it."


@exercise("7.4")
def ex7_4(naive: Any, exact: Any, sampled: Any) -> str:
    """Check Exercise 7.4. Pass three shares of seeds, from 0 to 1."""
    names = ("naive", "exact", "sampled")
    found = [share(x, n) for x, n in zip((naive, exact, sampled), names, strict=True)]
    # No more can be said for sure from 8 seeds: the intervals of both LOLAs begin above
    # 0.5, that of the naive learners ends at 0.32.
    need(
        found[0] < 0.4,
        "naive: so many? All five probabilities must be near one half, at the same time; "
        "naive learners circle.",
    )
    need(
        found[1] > 0.5,
        "exact: more of them arrive. Both players look ahead, the second is built on "
        "pennies.swap(), and they take 200 steps of 0.2.",
    )
    need(
        found[2] > 0.4,
        "sampled: more of them arrive. Play 64 games of 150 rounds for each estimate, and "
        "build the second player on pennies.swap().",
    )
    return "Eight seeds tell both LOLAs from naive learners, and not from each other."


@exercise("7.5")
def ex7_5(my_update: Any) -> str:
    """Check Exercise 7.5. Pass a function of both policies, games, gamma, eta and delta."""
    rng = np.random.default_rng(75)
    settings = {"gamma": 0.9, "eta": 0.3, "delta": 0.2}
    drawn = [(rng.normal(size=(2, 5)), _batches(rng, K + 1)) for K in (1, 2)]

    def otherwise(change: Any = None, **changes: Any) -> np.ndarray:
        how: dict[str, Any] = settings | changes
        rows = [_lola_dice(theta[0], theta[1], games, **how) for theta, games in drawn]
        before = np.stack([theta[0] for theta, _ in drawn])
        return np.stack(rows) if change is None else change(before, np.stack(rows))

    found = [
        call(
            my_update, *jnp.asarray(theta), games, *settings.values(), name="my_update"
        )
        for theta, games in drawn
    ]
    found = np.stack([array(x, (5,), "my_update") for x in found])
    exchanged = {"eta": settings["delta"], "delta": settings["eta"]}
    mistakes = [
        (
            otherwise(through="nothing"),
            "the naive step. The imagined policy moves with theta_1, and that must reach "
            "your gradient: is there a stop_gradient too many, or a box without the "
            "log-probabilities of both players?",
        ),
        (
            otherwise(through="last"),
            "right for one imagined step, not for two. The second begins where the first "
            "ends, and that moves with theta_1 as well: one stop_gradient too many.",
        ),
        (otherwise(**exchanged), "eta and delta are exchanged."),
        (otherwise(imagined=0), "the imagined steps climb your objective, not theirs."),
        (otherwise(climbed=1), "the last gradient is that of the other's objective."),
        (otherwise(gamma=1.0), "a later round counts less: where is gamma?"),
        (
            otherwise(early=True),
            "an action influences the reward of its own round too.",
        ),
        (otherwise(total=True), "take the mean over the games, not the sum."),
        (otherwise(change=lambda old, new: 2 * old - new), "you walk downhill."),
        (
            otherwise(change=lambda old, new: new - old),
            "this is the change. Return player 1's new policy.",
        ),
        (
            otherwise(change=lambda old, new: (new - old) / settings["delta"]),
            "this is the direction. Take the step of size delta from theta_1.",
        ),
    ]
    diagnose(
        found,
        otherwise(),
        [(value, f"my_update: {hint}") for value, hint in mistakes],
        "my_update: not yet. Begin with K = 1. Which batch is for the imagined step, and "
        "which for your gradient? Whose states and rewards are they?",
        atol=_CLOSE,
    )
    return "LOLA-DiCE, from a blank file."


_CLOSE = 1e-3
"""In 32 bits these numbers, up to 3, are right to 1e-6; the nearest mistake is off by 0.05."""


def _batches(rng: np.random.Generator, n: int) -> list[tuple[Any, Any, Any]]:
    """Return batches of four games of five rounds of two who toss coins."""
    payoff, batches = np.asarray(prisoners_dilemma().payoff, float), []
    for _ in range(n):
        a, b = rng.integers(2, size=(2, 4, 5))
        seen = np.zeros((2, 4, 5), int)
        seen[:, :, 1:] = 1 + 2 * np.stack([a, b])[:, :, :-1]
        seen[:, :, 1:] += np.stack([b, a])[:, :, :-1]
        batches.append(((*seen,), (a, b), (*payoff[:, a, b],)))
    return batches


def _lola_dice(
    one: np.ndarray,
    two: np.ndarray,
    games: list[tuple[Any, Any, Any]],
    gamma: float,
    eta: float,
    delta: float,
    *,
    through: str = "all",
    imagined: int = 1,
    climbed: int = 0,
    **how: bool,
) -> np.ndarray:
    """Return player 1's policy after an update; each option is a mistake."""
    moves = np.zeros((5, 5))  # of `two`, the rows, with `one`
    for batch in games[:-1]:
        _, slope, mixed, bent = _boxed(batch, one, two, gamma, imagined, **how)
        if through != "nothing":
            moves = moves + eta * (mixed + (through == "all") * bent @ moves)
        two = two + eta * slope
    mine, theirs, _, _ = _boxed(games[-1], one, two, gamma, climbed, **how)
    return one + delta * (mine + moves.T @ theirs)


def _boxed(
    batch: tuple[Any, Any, Any],
    one: np.ndarray,
    two: np.ndarray,
    gamma: float,
    player: int,
    *,
    early: bool = False,
    total: bool = False,
) -> tuple[np.ndarray, ...]:
    """Return derivatives of a player's boxed return: in `one`, `two`, both, and twice in `two`.

    A box has the derivatives e^l, where l is a sum of log-probabilities: the scores up to
    round t, and in the second derivative their products and the slope of a score.
    """
    inside, p = [], [plain.sigmoid(theta) for theta in (one, two)]
    for chance, states, actions in zip(p, *batch[:2], strict=True):
        at = np.eye(5)[states]
        score = (1 - actions - chance[states])[..., None] * at
        bend = (-chance * (1 - chance))[states][..., None] * at
        sums = np.cumsum([score, bend], axis=2)
        inside.append(sums - [score, bend] if early else sums)
    (g, _), (h, curve) = inside
    w = batch[2][player] * gamma ** np.arange(g.shape[1])
    w = w if total else w / len(w)
    pairs = [np.einsum("nt,nti,ntj->ij", w, h, x) for x in (g, h)]
    in_one, in_two, bends = (np.einsum("nt,nti->i", w, x) for x in (g, h, curve))
    return in_one, in_two, pairs[0], pairs[1] + np.diag(bends)
