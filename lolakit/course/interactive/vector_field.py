"""Where naive learners and LOLA learners go in a one-shot game, by lookahead and start."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

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
    ticks,
)
from lolakit.games.matrix import MatrixGame, by_name
from lolakit.learners.ascend import ascend
from lolakit.learners.play import play
from lolakit.plots import BLUE, VERMILLION
from lolakit.rules.lola import lola
from lolakit.rules.naive import naive
from lolakit.types import Rule, Values
from lolakit.values.exact import exact_values

SQUARE = Panel((0, 1), (0, 1), height=318, top=32)
STEPS = 200
GRID = np.linspace(0.05, 0.95, 11)
ARROW = 20.0


Both = tuple[Rule, Rule]
"""The rules of the two players, the second built on `game.swap()`."""


def both(game: MatrixGame, one: Callable[[Values], Rule], two: Any = None) -> Both:
    """Return the rules of both players, each on the exact values of its own seat."""
    return one(exact_values(game)), (two or one)(exact_values(game.swap()))


def velocities(rules: Both, p: Float[Array, "n 2"]) -> Float[Array, "n 2"]:
    """Return how fast the probabilities move at n pairs of them: p (1 - p) times the rule.

    As in `lolakit.plots.vector_field`: all logits of a player are equal, the first counts.
    """

    def at(p: Array) -> Array:
        one, two = (jnp.full(5, x) for x in jnp.log(p / (1 - p)))
        f = rules[0](one, two).sum(), rules[1](two, one).sum()
        return p * (1 - p) * jnp.stack(f)

    return jax.vmap(at)(p)


def trajectory(
    rules: Both, start: Float[Array, "2"], steps: int = STEPS, size: float = 1.0
) -> Array:
    """Return the probabilities along `steps` simultaneous steps of `size` [steps + 1, 2]."""
    theta = [jnp.full(5, x) for x in jnp.log(start / (1 - start))]
    pair = [
        ascend(rule, optax.sgd(size), lambda key, own=own: own)
        for rule, own in zip(rules, theta, strict=True)
    ]
    _, after = play(pair[0], pair[1], jax.random.key(0), num_steps=steps)
    first = [jnp.append(a[:1], b[:, 0]) for a, b in zip(theta, after, strict=True)]
    return jax.nn.sigmoid(jnp.stack(first, axis=1))


def moves(rules: Both, start: Float[Array, "2"]) -> tuple[Array, Array]:
    """Return what `field` draws: the velocities on the grid, and the path from `start`."""
    points = jnp.array([(a, b) for a in GRID for b in GRID])
    return velocities(rules, points), trajectory(rules, start)


def arrows(velocity: Float[np.ndarray, "n 2"]) -> str:
    """Return the path of all arrows: the longest has length `ARROW`, half the speed 0.7 of it."""
    x, y = SQUARE.at(*np.array([(a, b) for a in GRID for b in GRID]).T)
    speed = np.hypot(*velocity.T)
    most = speed.max() or 1.0
    u = velocity * [[1.0, -1.0]] / np.where(speed > 0, speed, 1.0)[:, None]
    length = ARROW * np.sqrt(speed / most)
    parts = []
    for a, b, (c, d), n in zip(x, y, u, length, strict=True):
        tip, head = np.array([a + c * n / 2, b + d * n / 2]), 0.3 * n
        left, right = (
            tip - head * np.array([c - s * 0.6 * d, d + s * 0.6 * c]) for s in (1, -1)
        )
        parts.append(f"M{a - c * n / 2:.1f} {b - d * n / 2:.1f}L{tip[0]:.1f} {tip[1]:.1f}"
                     f"M{left[0]:.1f} {left[1]:.1f}L{tip[0]:.1f} {tip[1]:.1f}"
                     f"L{right[0]:.1f} {right[1]:.1f}")  # fmt: skip
    return "".join(parts)


def field(
    title: str, velocity: Any, way: Any, part: str = "", colour: str = BLUE
) -> str:
    """Draw the arrows of two rules, and the path of two learners: `moves` returns both."""
    marks = ticks([0, 0.25, 0.5, 0.75, 1], 2)
    return picture(
        SQUARE,
        f"{title}: arrows in the unit square of the two probabilities, and the path of two "
        "learners from a start that can be moved.",
        axes(SQUARE, "player 1, P(cooperate)", "player 2, P(cooperate)", marks, marks),
        tag("text", title, f"title {part}", x=SQUARE.left, y=20, font_weight="bold"),
        tag("path", "", f"arrows {part}", d=arrows(velocity), fill="none", stroke=GREY,
            stroke_width=1.2),
        line(SQUARE, way.T, f"way {part}", stroke=colour, stroke_width=2),
        dot(SQUARE, way[-1], f"end {part}", fill=colour, r=5),
        draggable(SQUARE, way[0], part),
    )  # fmt: skip


def says(ends: Mapping[str, Any]) -> str:
    """Return where the paths end, in a sentence."""
    where = "; ".join(
        f"{name} at ({number(p[0])}, {number(p[1])})" for name, p in ends.items()
    )
    return f"After {STEPS} steps: {where}."


def vector_field(
    game: str = "matching pennies", lookahead: float | int = 1.0
) -> Figure:
    """Return the figure of the field of NL beside that of LOLA, with a slider for the lookahead.

    The game is played once, so each player has one probability. Two paths, of 200 steps of
    size 1, go from a start that can be dragged, or moved by two sliders. The rule is the
    paper's; the browser computes it by the same formula, for one logit each::

        f_1 = s_1 [dV_1/dp_1 + lookahead s_2^2 (d2V_2/dp_1 dp_2) dV_1/dp_2],  s = p (1 - p)

    Args:
        game: the game at first, a name of `lolakit.games.matrix.by_name`.
        lookahead: the lookahead at first, from 0 (the naive rule) to 3.

    Raises:
        ValueError: for a game that is not among these, or a lookahead outside [0, 3].
    """
    choices = by_name(0.0)
    if game not in choices:
        raise ValueError(f"game: expected one of {[*choices]}, got {game!r}")
    if not 0 <= lookahead <= 3:
        raise ValueError(f"lookahead: expected a number in [0, 3], got {lookahead!r}")
    start, shaped = (0.6, 0.5), lambda values: lola(values, lookahead=lookahead)
    panels, ends = [], {}
    for name, title, rule, colour in (
        ("naive", "naive learners", naive, BLUE),
        ("LOLA", "LOLA meets LOLA", shaped, VERMILLION),
    ):
        rules = both(choices[game], rule)
        velocity, way = jax.jit(lambda p, rules=rules: moves(rules, p))(
            jnp.array(start)
        )
        panels.append(field(title, np.asarray(velocity), np.asarray(way), name, colour))
        ends[name] = way[-1]
    corners = {
        name: np.asarray(g.payoff).reshape(2, 4).tolist() for name, g in choices.items()
    }
    return Figure(
        "vector_field",
        picture=panels,
        controls=[
            choice("game", "game", {name: name for name in choices}, game),
            choice("other", "LOLA meets", {"LOLA": "LOLA", "naive": "a naive learner"}, "LOLA"),
            slider("lookahead", "lookahead <i>η</i>", lookahead, 0, 3, 0.05, digits=2),
            slider("p 1", "start, player 1", start[0], 0.02, 0.98, 0.01, digits=2),
            slider("p 2", "start, player 2", start[1], 0.02, 0.98, 0.01, digits=2),
        ],
        says=says(ends),
        caption="Two learners in a game that is played once. Arrows: where the pair of "
        "probabilities moves. Lines: 200 steps of size 1 from the large dot, which can be dragged. "
        "In matching pennies to cooperate is to play heads, in the stag hunt to hunt the stag, "
        "in chicken to swerve.",
        data={"games": corners, "square": SQUARE.coefficients(), "grid": GRID.round(6).tolist(),
              "arrow": ARROW, "steps": STEPS},
    )  # fmt: skip
