"""The first figure of the book: a dot to drag, and two pairs of learners that start there."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lolakit.course.interactive.frame import (
    Figure,
    button,
    group,
    number,
    slider,
    without_scripts,
)
from lolakit.course.interactive.svg import (
    GREY,
    axes,
    dot,
    draggable,
    line,
    picture,
    tag,
    text,
    ticks,
)
from lolakit.course.interactive.vector_field import (
    GRID,
    SQUARE,
    Both,
    arrows,
    both,
    trajectory,
    velocities,
)
from lolakit.games.matrix import matching_pennies
from lolakit.plots import BLUE, VERMILLION
from lolakit.rules.lola import lola
from lolakit.rules.naive import naive

LOOKAHEAD = 1.0
START = (0.85, 0.5)
STEP, STEPS = 0.2, 400
SHOWN = 12  # steps that are drawn before anybody has pressed Start
PAIRS = {"naive": ("naive learners", VERMILLION), "LOLA": ("LOLA learners", BLUE)}


def rules() -> dict[str, Both]:
    """Return the rules of both pairs, in matching pennies that is played once."""
    game = matching_pennies(0.0)
    shaped = lambda values: lola(values, lookahead=LOOKAHEAD)
    return {"naive": both(game, naive), "LOLA": both(game, shaped)}


def from_middle(point: Any) -> float:
    """Return how far a pair of probabilities is from (1/2, 1/2)."""
    return float(np.hypot(*(np.asarray(point) - 0.5)))


def pairs(start: tuple[float, float] = START) -> tuple[Any, dict[str, Any]]:
    """Return the velocities of the naive pair on the grid, and the path of each pair."""
    of, ways = rules(), {}
    points = jnp.array([(a, b) for a in GRID for b in GRID])
    for name, pair in of.items():
        run = jax.jit(lambda p, pair=pair: trajectory(pair, p, STEPS, STEP))
        ways[name] = np.asarray(run(jnp.array(start)))
    return np.asarray(jax.jit(lambda p: velocities(of["naive"], p))(points)), ways


def draw(field: Any, ways: dict[str, Any]) -> str:
    """Draw the square: arrows, both paths, the legend, and the dot in front of all."""
    marks = ticks([0, 0.25, 0.5, 0.75, 1], 2)
    legend, paths, still = [], [], []
    for i, (name, (label, colour)) in enumerate(PAIRS.items()):
        x = SQUARE.left + 8 + 128 * i
        legend.append(tag("path", d=f"M{x} 16h18", stroke=colour, stroke_width=3))
        legend.append(text(x + 24, 20.5, label, text_anchor="start"))
        way = ways[name]
        look = {"stroke": colour, "stroke_width": 2.2, "stroke_linejoin": "round"}
        still.append(line(SQUARE, way.T, opacity="0.55", **look))
        paths.append(line(SQUARE, way[: SHOWN + 1].T, f"way {name}", **look))
        paths.append(dot(SQUARE, way[SHOWN], f"end {name}", fill=colour, r=5))
    return picture(
        SQUARE,
        "The unit square of two probabilities, player 1's of heads to the right and player "
        "2's upwards. Arrows turn around the middle. Two learning paths begin at a dot that "
        "can be dragged.",
        axes(SQUARE, "player 1, P(heads)", "player 2, P(heads)", marks, marks),
        tag("path", d=arrows(field), fill="none", stroke=GREY, stroke_width=1.2),
        tag("g", "".join(still), **{"class": "lk-still"}), *legend, *paths,
        draggable(SQUARE, START),
    )  # fmt: skip


def circle() -> Figure:
    """Return the figure that opens the book: drag the dot, press Start, see who escapes.

    Two pairs of learners play matching pennies once a step and start at the same dot: two
    naive ones, whose steps follow the arrows, and two of the paper's LOLA rule with
    lookahead 1. They take 400 steps of size 0.2 in the logits. The browser computes both
    by the formula of `vector_field`.
    """
    field, ways = pairs()
    heads = "<i>P</i>(heads)"
    return Figure(
        "circle",
        picture=[draw(field, ways)],
        controls=[
            button("go", "Start"),
            group(
                "Move the dot with the arrow keys",
                slider("p 1", f"player 1, {heads}", START[0], 0.02, 0.98, 0.01, digits=2),
                slider("p 2", f"player 2, {heads}", START[1], 0.02, 0.98, 0.01, digits=2),
            ),
        ],
        says="Drag the dot, make your guess, then press Start.",
        caption="Matching pennies: player 1 wins if both show the same side, player 2 if not. "
        "A naive learner climbs its own payoff, as if the other stood still; the arrows say "
        "where that leads. A LOLA learner also counts how the other will answer. "
        + without_scripts(
            f"After {STEPS} steps from here the naive learners are "
            f"{number(from_middle(ways['naive'][-1]))} from the middle, the LOLA learners "
            f"{number(from_middle(ways['LOLA'][-1]))}."
        ),
        data={"square": SQUARE.coefficients(), "steps": STEPS, "shown": SHOWN,
              "step": STEP, "lookahead": LOOKAHEAD, "middle": 0.5},
    )  # fmt: skip
