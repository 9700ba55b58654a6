"""What a model believes of the other as play comes in: counts, a prior, and the truth."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lolakit import _validate
from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.svg import Panel, axes, picture, tag, text, ticks
from lolakit.games.matrix import prisoners_dilemma
from lolakit.games.memory_one import STATES
from lolakit.plots import GREEN, INK
from lolakit.values.rollouts import rollout

OTHER = (-0.5, 3.0, 0.1, -1.2, 0.6)
PLAYERS = {
    "friendly": ("nearly always cooperates", (4.0,) * 5),
    "mixed": ("a mixed policy", (0.3, -0.7, 1.1, 0.2, -0.4)),
}
"""Who is player 1: a name, what readers see, and its logits."""

ROUNDS, PRIOR = 200, 0.5
STOPS = (*range(21), *range(22, 51, 2), *range(55, 101, 5), *range(110, 201, 10))
BARS = Panel((0, 5), (0, 1), width=360, height=318, top=66)
WIDE = 0.62


def seen(horizon: int, key: Any) -> dict[str, tuple[Any, Any]]:
    """Return the states of player 2 and what it did there, in one game for each player 1."""
    game, other = prisoners_dilemma(), jnp.array(OTHER)

    @jax.jit
    def play(own: Any) -> Any:
        return rollout(game, own, other, key, horizon=horizon, batch=1)

    found = {name: play(jnp.array(own)) for name, (_, own) in PLAYERS.items()}
    return {
        name: (np.asarray(p.states[1][0]), np.asarray(p.actions[1][0]))
        for name, p in found.items()
    }


def counted(states: Any, actions: Any, rounds: int) -> np.ndarray:
    """Return how often C and D were seen in each state, in the first `rounds` [5, 2]."""
    n = np.zeros((5, 2), int)
    np.add.at(n, (states[:rounds], actions[:rounds]), 1)
    return n


def believed(n: np.ndarray, prior: float = PRIOR) -> np.ndarray:
    """Return the probability of C in each state of the model `lolakit.counts(prior)` [5]."""
    return (n[:, 0] + prior) / (n.sum(axis=1) + 2 * prior)


def draw(n: np.ndarray) -> str:
    """Draw the five estimates as bars, what they rest on above them, and the truth as marks."""
    states = [(i + 0.5, name) for i, name in enumerate(STATES)]
    drawn = axes(BARS, "state of player 2, its own action first", "P(cooperate)", states,
                 ticks([0, 0.25, 0.5, 0.75, 1], 2))  # fmt: skip
    drawn += tag("rect", x=BARS.left, y=8, width=12, height=12, fill=GREEN)
    drawn += text(BARS.left + 18, 19, "believed", text_anchor="start")
    drawn += tag("path", d=f"M{BARS.left + 110} 14h26", stroke=INK, stroke_width=4)
    drawn += text(BARS.left + 142, 19, "true", text_anchor="start")
    low, tall = BARS.at(0, 0)[1], BARS.coefficients()[1]
    truth = np.asarray(jax.nn.sigmoid(jnp.array(OTHER)), dtype=float)
    for s, p in enumerate(believed(n)):
        x, top = BARS.at(s + 0.5 - WIDE / 2, p)
        drawn += tag("rect", "", f"bar {s}", x=float(x), y=float(top), width=WIDE * tall,
                     height=float(low - top), fill=GREEN)  # fmt: skip
        x, y = BARS.at(s + 0.5 - 0.45, truth[s])
        drawn += tag(
            "path", d=f"M{x:.1f} {y:.1f}h{0.9 * tall:.1f}", stroke=INK, stroke_width=4
        )
        for i, action in enumerate("CD"):
            middle, y = BARS.at(s + 0.5, 0)[0], BARS.top - 22 + 15 * i
            drawn += text(middle, y, f"{n[s, i]} {action}", f"said {action} {s}")
    return picture(
        BARS, "Five bars, the probabilities of cooperating that the model believes, at the start "
        "and after CC, CD, DC and DD, each with a mark at the true probability and with the "
        "numbers of C and D that were seen.", drawn,
    )  # fmt: skip


def says(rounds: int, n: np.ndarray, prior: float = PRIOR) -> str:
    """Return what is believed of each state, in a sentence."""
    p = believed(n, prior)
    each = (
        f"{number(x)} {'at the start' if i == 0 else f'after {state}'}"
        for i, (x, state) in enumerate(zip(p, STATES, strict=True))
    )
    return f"After {rounds} rounds it believes: {', '.join(each)}."


def belief_from_play(horizon: int = ROUNDS, at: int = 20, key: int = 0) -> Figure:
    """Return the figure of a model that counts, with a slider over the rounds of one game.

    Player 1 watches player 2 in the iterated prisoner's dilemma and counts. The browser
    does the same with the states and actions of that game::

        P(C | s) = (n_C(s) + prior) / (n_C(s) + n_D(s) + 2 prior)

    which is the sigmoid of what `lolakit.counts(prior)` fits.

    Args:
        horizon: rounds of the game, from 1 to 200.
        at: the rounds that were seen at first.
        key: the number of the random key.

    Returns:
        The figure; Jupyter shows it.

    Raises:
        ValueError: unless 1 <= horizon <= 200, or if `at` is no stop of the slider.
    """
    if _validate.positive_int("horizon", horizon) > ROUNDS:
        raise ValueError(f"horizon: expected at most {ROUNDS} rounds, got {horizon}")
    stops = [stop for stop in STOPS if stop < horizon] + [horizon]
    if at not in stops:
        raise ValueError(f"at: expected one of {stops}, got {at!r}")
    games = seen(horizon, jax.random.key(key))
    first = next(iter(games))
    n = counted(*games[first], at)
    return Figure(
        "belief_from_play",
        picture=[draw(n)],
        controls=[
            choice("who", "player 1", {k: label for k, (label, _) in PLAYERS.items()}, first),
            slider("prior", "prior, of C and of D", PRIOR, 0.5, 5, 0.5, digits=1),
            slider("step", "rounds seen", stops.index(at), 0, len(stops) - 1,
                   text=f"{{}} of {horizon}", stops=stops, play=True),
        ],
        says=says(at, n),
        caption="What player 1 believes of player 2 while it watches one game of the iterated "
        "prisoner's dilemma. Bars: the estimated probability of cooperating in each state, from "
        "the numbers of C and D above them and a prior. Marks: the true probability.",
        data={
            "games": {name: {"states": s.tolist(), "actions": a.tolist()}
                      for name, (s, a) in games.items()},
            "stops": stops,
            "names": STATES,
            "bars": BARS.coefficients(),
        },
    )  # fmt: skip
