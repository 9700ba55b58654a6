"""Sliders for a live kernel: the pictures of `lk.interactive`, for games and rules of yours.

Each function returns a widget, which Jupyter shows. They need ipywidgets, 7.7 or 8, which
`pip install 'lolakit[widgets]'` brings; importing this module does not.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lolakit import _validate
from lolakit.course.interactive.frame import number
from lolakit.course.interactive.memory_one import POLICIES, pictures
from lolakit.course.interactive.memory_one import says as said_of_policies
from lolakit.course.interactive.svg import dot, picture, plane
from lolakit.course.interactive.vector_field import both, field, moves
from lolakit.games.matrix import MatrixGame, matching_pennies, prisoners_dilemma
from lolakit.games.memory_one import STATES, normal_logits
from lolakit.learners.ascend import ascend
from lolakit.learners.play import play
from lolakit.plots import GREEN, VERMILLION
from lolakit.rules.lola import lola, lola_taylor, lola_unrolled
from lolakit.rules.naive import naive
from lolakit.seeds.stats import share
from lolakit.types import Rule, Values
from lolakit.values.exact import exact_values, per_step

__all__ = ["explore_lookahead", "explore_policies", "explore_steps"]

RULES = {
    "LOLA, the paper's rule": lola,
    "LOLA, Taylor": lola_taylor,
    "LOLA, unrolled": lola_unrolled,
}
"""Rules that take a lookahead."""


def _ipywidgets() -> Any:
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "lolakit.course.interactive.widgets needs ipywidgets: pip install 'lolakit[widgets]'"
        ) from error
    return ipywidgets


def _explorer(
    controls: Mapping[str, Any], draw: Callable[..., tuple[list[str], str]]
) -> Any:
    """Return the controls above a picture and a sentence that follow them.

    `draw` gets the values of all controls by name, and returns panels and the sentence.
    """
    w = _ipywidgets()
    shown, said = w.HTML(), w.HTML()

    def redraw(_: Any = None) -> None:
        panels, words = draw(**{name: c.value for name, c in controls.items()})
        light = "background:#fff;color:#222;display:flex;flex-wrap:wrap;max-width:46rem"
        sized = "".join(
            f'<div style="flex:1 1 260px;max-width:400px">{p}</div>' for p in panels
        )
        shown.value = f'<div style="{light}">{sized}</div>'
        said.value = words

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    half = w.Layout(flex="1 1 20rem")
    for control in controls.values():
        control.layout, control.style.description_width = half, "8rem"
    rows = w.HBox(list(controls.values()), layout=w.Layout(flex_flow="row wrap"))
    return w.VBox([rows, shown, said])


def explore_policies(game: MatrixGame | None = None) -> Any:
    """Return sliders for two memory-one policies, and what they earn in `game`.

    As `lolakit.course.interactive.memory_one`, for any game (by default the prisoner's dilemma).
    Needs a kernel and ipywidgets.
    """
    w, game = _ipywidgets(), prisoners_dilemma() if game is None else game
    slider = lambda words, value, high=1.0: w.FloatSlider(
        value=value, min=0.0, max=high, step=0.01, description=words
    )
    controls = {
        f"p_{player}_{s}": slider(f"player {player}, {state}", p)
        for player, policy in ((1, "tit-for-tat"), (2, "coin toss"))
        for s, (state, p) in enumerate(zip(STATES, POLICIES[policy], strict=True))
    }

    def draw(gamma: float, **p: float) -> tuple[list[str], str]:
        now = game._replace(gamma=gamma)
        one, two = ([p[f"p_{player}_{s}"] for s in range(5)] for player in (1, 2))
        return pictures({"": now}, "", one, two), said_of_policies(now, one, two)

    return _explorer(
        {"gamma": slider("discount", float(game.gamma), 0.99), **controls}, draw
    )


def explore_lookahead(game: MatrixGame | None = None) -> Any:
    """Return sliders for the lookahead and the start, and where two learners go in `game`.

    As `lolakit.course.interactive.vector_field`, for any game, played once (by default matching
    pennies), and for all rules called LOLA. Needs a kernel and ipywidgets.
    """
    w, game = _ipywidgets(), matching_pennies() if game is None else game
    game = game._replace(gamma=0.0)

    def made(name: str, eta: Any) -> Callable[[Values], Rule]:
        return (
            naive
            if name == "naive"
            else lambda values: RULES[name](values, lookahead=eta)
        )

    @cache
    def compiled(one: str, two: str) -> Any:
        return jax.jit(
            lambda eta, p: moves(both(game, made(one, eta), made(two, eta)), p)
        )

    def draw(
        one: str, two: str, eta: float, p_1: float, p_2: float
    ) -> tuple[list[str], str]:
        velocity, way = map(np.asarray, compiled(one, two)(eta, jnp.array([p_1, p_2])))
        where = ", ".join(number(p, 3) for p in way[-1])
        panel = field(f"{one} meets {two}", velocity, way, colour=VERMILLION)
        return [panel], f"After {len(way) - 1} steps: ({where})."

    start = {"min": 0.02, "max": 0.98, "step": 0.01}
    names = [*RULES, "naive"]
    return _explorer({
        "one": w.Dropdown(options=names, value=names[0], description="player 1"),
        "two": w.Dropdown(options=names, value=names[0], description="player 2"),
        "eta": w.FloatSlider(value=1.0, min=0.0, max=3.0, step=0.05, description="lookahead"),
        "p_1": w.FloatSlider(value=0.6, description="start, player 1", **start),
        "p_2": w.FloatSlider(value=0.5, description="start, player 2", **start),
    }, draw)  # fmt: skip


def explore_steps(
    game: MatrixGame | None = None, pairs: int = 32, updates: int = 200
) -> Any:
    """Return sliders for K and the lookahead, and where pairs of LOLA learners end.

    The rule is `lola_unrolled` on exact values; starts and step size are those of Chapter 7.
    Each move of a slider runs all pairs. Needs a kernel and ipywidgets.

    Args:
        game: symmetric, by default the prisoner's dilemma.
        pairs: how many pairs learn.
        updates: how often.

    Raises:
        ValueError: unless `pairs` and `updates` are at least 1.
    """
    w, game = _ipywidgets(), prisoners_dilemma() if game is None else game
    keys = jax.random.split(jax.random.key(0), _validate.positive_int("pairs", pairs))
    seats = exact_values(game), exact_values(game.swap())

    @cache
    def compiled(K: int) -> Any:
        def run(eta: Any, key: Any) -> Any:
            one, two = (
                ascend(lola_unrolled(V, lookahead=eta, steps=K), optax.sgd(0.2),
                       normal_logits(scale=0.447))
                for V in seats
            )  # fmt: skip
            final = play(one, two, key, updates, lambda *_: ()).final
            return per_step(seats[0](final[0][0], final[1][0]), game.gamma)

        return jax.jit(jax.vmap(run, (None, 0)))

    def draw(K: int, eta: float) -> tuple[list[str], str]:
        R = np.asarray(compiled(K)(eta, keys))
        panel, back = plane(game)
        points = "".join(
            dot(panel, point, r=4, fill=GREEN, opacity="0.7") for point in R
        )
        label = f"The payoff polygon, and what {pairs} pairs of learners earn in it at the end."
        best = float(game.payoff.mean(axis=0).max())  # of the two players' mean
        near = share(R.mean(axis=1) > best - 0.2)
        return [picture(panel, label, back, points)], (
            f"K × lookahead = {number(K * eta)}: the mean of the pair is within 0.2 of the best "
            f"in {near:.2f} of {pairs} pairs."
        )

    return _explorer({
        "K": w.IntSlider(value=1, min=1, max=5, description="K", continuous_update=False),
        "eta": w.FloatLogSlider(value=0.3, base=10, min=-2, max=0.5, step=0.02,
                                description="lookahead", continuous_update=False),
    }, draw)  # fmt: skip
