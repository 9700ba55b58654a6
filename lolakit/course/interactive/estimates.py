"""Sampled derivatives around the true ones: three objectives, by the number of games."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lolakit import _validate
from lolakit.course.interactive.frame import Figure, number, slider
from lolakit.course.interactive.svg import Panel, axes, picture, tag, text, ticks
from lolakit.games.matrix import prisoners_dilemma
from lolakit.plots import BLUE, GREEN, INK, VERMILLION
from lolakit.reproduce.correlations import ESTIMATORS
from lolakit.types import Tree
from lolakit.values.exact import exact_state_values, exact_values
from lolakit.values.rollouts import log_prob, rollout

LOOKS = {
    "plain": (BLUE, "plain DiCE"),
    "paper's baseline, exact V": (VERMILLION, "paper's baseline"),
    "Loaded DiCE, exact V": (GREEN, "Loaded DiCE"),
}
"""Names of `lolakit.reproduce.correlations.ESTIMATORS`, with a colour and what readers see."""

OWN, OTHER = (0.3, -0.7, 1.1, 0.2, -0.4), (-0.5, 0.8, 0.1, -1.2, 0.6)
CD, DC = 2, 3  # one event: player 1 cooperated and player 2 defected, from each seat
STRIPS = (
    (-0.5, 2.9),
    260,
    96,
)  # the vertical axis, the height, and the room at the left
POINT = {
    "stroke_width": 6,
    "stroke_linecap": "round",
    "fill": "none",
    "stroke_opacity": 0.55,
}


def per_game(games: int, horizon: int, key: Any) -> Float[np.ndarray, "3 2 games"]:
    """Return what each of the sampled games says of two derivatives, by each objective.

    Of player 1's value in the prisoner's dilemma: the slope in its logit after CD, and the
    mixed second derivative with player 2's logit after DC. An estimate from B games is the
    mean over them, since each objective here knows the exact value of each state.
    """
    game, own, other = prisoners_dilemma(), jnp.array(OWN), jnp.array(OTHER)
    v = exact_state_values(game, own, other)
    up_1, up_2 = jnp.eye(5, dtype=own.dtype)[jnp.array([CD, DC])]

    def derivatives(objective: Any, play: Tree) -> Any:
        def each(x: Any, y: Any) -> Any:
            thetas = (own + x * up_1, other + y * up_2)
            log_pi = sum(map(log_prob, thetas, play.states, play.actions))
            one = lambda l, s, r: objective(l[None], s[None], r[None], game.gamma)
            return jax.vmap(one)(
                log_pi, play.states[0], play.rewards[0].astype(own.dtype)
            )

        slope = lambda y: jax.jvp(lambda x: each(x, y), (zero,), (one,))[1]
        zero, one = jnp.zeros((), own.dtype), jnp.ones((), own.dtype)
        return jnp.stack(jax.jvp(slope, (zero,), (one,)))

    @jax.jit
    def run(key: Any) -> Any:
        play = rollout(game, own, other, key, horizon=horizon, batch=games)
        return jnp.stack([derivatives(ESTIMATORS[name](v), play) for name in LOOKS])

    return np.asarray(run(key), dtype=float)


def exact_derivatives() -> tuple[float, float]:
    """Return the two derivatives of the exact value that `per_game` estimates."""
    V = exact_values(prisoners_dilemma())
    slope = jax.grad(lambda own, other: V(own, other)[0])
    own, other = jnp.array(OWN), jnp.array(OTHER)
    mixed = jax.jit(jax.jacfwd(slope, 1))(own, other)
    return float(slope(own, other)[CD]), float(mixed[CD, DC])


def strip(panel: Panel, row: int, at: Any) -> str:
    """Return the path of one objective's estimates: points, spread over four heights."""
    x, y = panel.at(
        np.clip(at, *panel.x), 2 - row + 0.12 * (np.arange(len(at)) % 4 - 1.5)
    )
    return "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x, y, strict=True))


def says(games: int, spreads: Float[np.ndarray, "3 2"]) -> str:
    """Return the spread of the estimates, in a sentence."""
    names = [name for _, name in LOOKS.values()]
    first, second = (
        ", ".join(
            f"{number(s)} ({name})" for s, name in zip(column, names, strict=True)
        )
        for column in spreads.T
    )
    return f"{games} games: standard deviation of the first {first}; of the second {second}."


def estimates(repeats: int = 40, horizon: int = 150, key: int = 0) -> Figure:
    """Return estimates of a first and a second derivative, with a slider over the games.

    Three objectives of Chapter 6, each from the same games: plain DiCE, the paper's
    baseline, Loaded DiCE. The last two know the exact value of each state.

    Args:
        repeats: estimates of each kind.
        horizon: rounds of a game.
        key: the number of the random key.

    Raises:
        ValueError: unless repeats is at least 2 and horizon at least 1.
    """
    if _validate.positive_int("repeats", repeats) < 2:
        raise ValueError(f"repeats: expected at least 2, got {repeats}")
    exact, batches = exact_derivatives(), [4, 8, 16, 32, 64, 128, 256]
    games = per_game(repeats * batches[-1], horizon, jax.random.key(key))
    shaped = games.reshape(3, 2, repeats, batches[-1])
    means = np.stack(
        [shaped[..., :B].mean(axis=-1) for B in batches]
    )  # [7, 3, 2, repeats]
    spreads = means.std(axis=-1, ddof=1)
    shown, panels, pictures = 2, [], []
    for part, (true, title) in enumerate(zip(
        exact, ("first derivative", "second derivative"), strict=True
    )):  # fmt: skip
        room = 2.5 * spreads[0, 0, part]
        y, height, left = STRIPS
        panel = Panel((true - room, true + room), y, height=height, left=left, top=34)
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1e9) if room < 2.5 * s)
        marks = ticks([step * i for i in range(-2, 3)])
        marks = [mark for mark in marks if panel.x[0] <= mark[0] <= panel.x[1]]
        x = panel.at(true, 0)[0]
        drawn = axes(panel, "estimate", "", marks)
        drawn += tag("text", title, x=panel.left, y=20, font_weight="bold")
        drawn += tag("path", d=f"M{x:.1f} {panel.top}V{panel.height - panel.bottom}",
                     stroke=INK, stroke_dasharray="4 3")  # fmt: skip
        for row, (colour, name) in enumerate(LOOKS.values()):
            first, *rest = name.split()
            y = float(panel.at(0, 2 - row)[1])
            for words, dy in ((first, -3), (" ".join(rest), 13)):
                drawn += text(panel.left - 6, y + dy, words, text_anchor="end")
            drawn += tag("path", "", f"strip {part} {row}", stroke=colour,
                         d=strip(panel, row, means[shown, row, part]), **POINT)  # fmt: skip
        label = (f"{title.capitalize()}: three rows of points, the estimates of three "
                 "objectives, around a dashed line at the exact value.")  # fmt: skip
        pictures.append(picture(panel, label, drawn))
        panels.append({"at": panel.coefficients(), "ends": panel.x})
    return Figure(
        "estimates",
        picture=pictures,
        controls=[slider("batch", "games <i>B</i>", shown, 0, 6, stops=batches)],
        says=says(batches[shown], spreads[shown]),
        caption=f"{repeats} estimates of each kind, from {horizon} rounds each, around the exact "
        "derivative (dashed). First: of player 1's value in its own logit after CD. Second: the "
        "same, and in player 2's logit after DC. The baseline and Loaded DiCE know the exact value "
        "of each state. Points beyond an edge are drawn on it.",
        data={
            "batches": batches,
            "means": means.round(3).tolist(),
            "spreads": spreads.round(5).tolist(),
            "names": [name for _, name in LOOKS.values()],
            "panels": panels,
        },
    )
