"""Two naive learners in a one-shot game: a start to drag, their path, and what both earn."""

from typing import Any

import numpy as np
from jaxtyping import Float

from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.svg import (
    GREY,
    Panel,
    axes,
    dot,
    draggable,
    line,
    picture,
    tag,
    text,
    ticks,
)
from lolakit.course.interactive.vector_field import ARROW, GRID, SQUARE, arrows
from lolakit.games.matrix import by_name
from lolakit.plots import BLUE, ORANGE, VERMILLION

STEPS = 100
LEAST, MOST = 0.02, 0.98
"""Where a start may be: the learners' logits are infinite at 0 and 1."""

PAIR = Float[np.ndarray, "*n 2"]
LOOKS = ((BLUE, "none", "player 1"), (ORANGE, "6 4", "player 2"))


def earned(payoff: Float[np.ndarray, "2 2 2"], p: PAIR) -> PAIR:
    """Return what both earn in a round, where they cooperate with probabilities p."""
    one, two = (np.stack([x, 1 - x], axis=-1) for x in np.moveaxis(p, -1, 0))
    return np.einsum("...a,...b,iab->...i", one, two, payoff)


def slopes(payoff: Float[np.ndarray, "2 2 2"], p: PAIR) -> PAIR:
    """Return the slope of each player's value in its own probability: of C less of D."""
    of_C, against = payoff[0, 0] - payoff[0, 1], payoff[1, :, 0] - payoff[1, :, 1]
    one, two = np.moveaxis(p, -1, 0)
    mine = of_C[0] * two + of_C[1] * (1 - two)
    return np.stack([mine, against[0] * one + against[1] * (1 - one)], axis=-1)


def path(payoff: Float[np.ndarray, "2 2 2"], start: Any) -> PAIR:
    """Return the probabilities at the start and after each naive step of size 1 [steps + 1, 2].

    A player's logit moves by p (1 - p) times the slope of its value in p.
    """
    way = [np.asarray(start, dtype=float)]
    theta = np.log(way[0] / (1 - way[0]))
    for _ in range(STEPS):
        p = way[-1]
        theta = theta + p * (1 - p) * slopes(payoff, p)
        way.append(1 / (1 + np.exp(-theta)))
    return np.stack(way)


def curves(payoff: Float[np.ndarray, "2 2 2"]) -> Panel:
    """Return the panel of what both earn after each update, for the payoffs of one game."""
    low, high = float(payoff.min()), float(payoff.max())
    room = 0.06 * (high - low)
    return Panel((0, STEPS), (low - room, high + room), height=318, top=32)


def square(payoff: Float[np.ndarray, "2 2 2"], way: PAIR) -> str:
    """Draw the unit square: arrows, the path of the learners, and the start in front."""
    marks = ticks([0, 0.25, 0.5, 0.75, 1], 2)
    p = np.array([(a, b) for a in GRID for b in GRID])
    velocity = (p * (1 - p)) ** 2 * slopes(payoff, p)
    return picture(
        SQUARE,
        "Two naive learners: arrows in the unit square of the two probabilities, and the path "
        "of the pair from a start that can be dragged.",
        axes(SQUARE, "player 1, P(cooperate)", "player 2, P(cooperate)", marks, marks),
        text(SQUARE.left, 20, "where they go", text_anchor="start", font_weight="bold"),
        tag("path", "", "arrows", d=arrows(velocity), fill="none", stroke=GREY,
            stroke_width=1.2),
        line(SQUARE, way.T, "way", stroke=VERMILLION, stroke_width=2),
        dot(SQUARE, way[-1], "now", fill=VERMILLION, r=6),
        draggable(SQUARE, way[0]),
    )  # fmt: skip


def incomes(shown: str, R: PAIR) -> str:
    """Draw what both earn over the updates; the axes of the other games are hidden."""
    panels = {n: curves(np.asarray(g.payoff)) for n, g in by_name(0.0).items()}
    drawn, panel = "", panels[shown]
    for name, each in panels.items():
        low, high = np.ceil(each.y[0]), np.floor(each.y[1])
        step = 1 if high - low < 10 else 25
        marks = ticks(np.arange(step * np.ceil(low / step), high + 1, step).tolist())
        label = "per step, <tspan font-style='italic'>R</tspan>"
        lines = axes(each, "update", label, ticks([0, 25, 50, 75, 100]), marks)
        display = "inline" if name == shown else "none"
        drawn += tag("g", lines, f"axes {name}", display=display)
    for i, (colour, dashes, label) in enumerate(LOOKS):
        x, look = panel.left + 110 * i, {"stroke": colour, "stroke_dasharray": dashes}
        drawn += tag("path", d=f"M{x} 16h24", stroke_width=3, **look)
        drawn += text(x + 30, 20.5, label, text_anchor="start")
        curve = np.arange(len(R)), R[:, i]
        drawn += line(panel, curve, f"curve {i}", stroke_width=2.2, **look)
        drawn += dot(panel, (len(R) - 1, R[-1, i]), f"end {i}", fill=colour, r=5)
    return picture(
        panel,
        "Two curves over the updates of the path: what player 1 and what player 2 earn per step.",
        drawn,
    )


def says(step: int, p: Any, R: Any) -> str:
    """Return where the two are, and what they earn, in a sentence."""
    one, two = map(number, p)
    return (
        f"Update {step}: the probabilities are {one} and {two}. "
        f"Player 1 earns {number(R[0])} per step, player 2 {number(R[1])}."
    )


def naive_field(
    game: str = "stag hunt", start: tuple[float, float] = (0.6, 0.6)
) -> Figure:
    """Return the figure of two naive learners, with a start to drag and what both earn.

    The game is played once a step, so each player has one probability. The pair takes 100
    naive steps of size 1; a slider goes through them. The browser computes them by::

        theta_i <- theta_i + p_i (1 - p_i) dV_i/dp_i,    p_i = sigmoid(theta_i)

    Args:
        game: the game at first, a name of `lolakit.games.matrix.by_name`.
        start: both probabilities at first, each from 0.02 to 0.98.

    Returns:
        The figure; Jupyter shows it.

    Raises:
        ValueError: for a game that is not among these, or a start that is no such pair.
    """
    choices = by_name(0.0)
    if game not in choices:
        raise ValueError(f"game: expected one of {[*choices]}, got {game!r}")
    if not all(LEAST <= p <= MOST for p in start):
        raise ValueError(
            f"start: expected two probabilities from {LEAST} to {MOST}, got {start!r}"
        )
    payoffs = {name: np.asarray(g.payoff, dtype=float) for name, g in choices.items()}
    way = path(payoffs[game], start)
    R = earned(payoffs[game], way)
    return Figure(
        "naive_field",
        picture=[square(payoffs[game], way), incomes(game, R)],
        controls=[
            choice("game", "game", {name: name for name in choices}, game),
            slider("p 1", "start, player 1", start[0], LEAST, MOST, 0.01, digits=2),
            slider("p 2", "start, player 2", start[1], LEAST, MOST, 0.01, digits=2),
            slider("step", "update", STEPS, 0, STEPS, 2, text=f"{{}} of {STEPS}", play=True),
        ],
        says=says(STEPS, way[-1], R[-1]),
        caption="Two naive learners in a game that is played once a step. Arrows: where the pair "
        "of probabilities moves. Line: the way that they go, in steps of size 1, from the large "
        "dot, which can be dragged. Curves: what both earn. To cooperate is to hunt the stag in "
        "the stag hunt, to play heads in matching pennies, to swerve in chicken.",
        data={
            "games": {
                name: {"r": r.reshape(2, 4).tolist(), "curves": curves(r).coefficients()}
                for name, r in payoffs.items()
            },
            "square": SQUARE.coefficients(),
            "grid": GRID.round(6).tolist(),
            "arrow": ARROW,
            "steps": STEPS,
        },
    )  # fmt: skip
