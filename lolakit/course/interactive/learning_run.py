"""Two learners, step by step: both policies as bars, both values in the payoff polygon."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.svg import (
    Panel,
    axes,
    dot,
    line,
    picture,
    plane,
    tag,
    text,
    ticks,
)
from lolakit.games.matrix import MatrixGame, prisoners_dilemma
from lolakit.games.memory_one import STATES
from lolakit.meta import mfos
from lolakit.meta.metagame import meta_episodes
from lolakit.plots import BLUE, GREEN, INK, ORANGE
from lolakit.types import Params
from lolakit.values.exact import exact_values, per_step

BARS = Panel((0, 5), (0, 1), height=270, top=34)
WIDTH = 0.36
MOST = 250
"""So many steps a figure shows at most; of longer runs, evenly spaced ones."""


def values_along(
    game: MatrixGame, theta_1: Params, theta_2: Params
) -> Float[np.ndarray, "T 2"]:
    """Return both per-step values after each step, from logits of shape [T, 5]."""
    V = jax.jit(jax.vmap(exact_values(game)))(
        jnp.asarray(theta_1), jnp.asarray(theta_2)
    )
    return np.asarray(per_step(V, game.gamma), dtype=float)


def bars(names: tuple[str, str], p: Any) -> str:
    """Draw both policies, each from its owner's seat: p has shape [2, 5]."""
    drawn = axes(BARS, "what just happened, own action first", "P(cooperate)",
                 [(i + 0.5, state) for i, state in enumerate(STATES)],
                 ticks([0, 0.25, 0.5, 0.75, 1], 2))  # fmt: skip
    for i, (name, colour) in enumerate(zip(names, (BLUE, ORANGE), strict=True)):
        at, look = (
            BARS.left + 130 * i,
            {"fill": colour, "stroke": INK, "stroke_width": i},
        )
        drawn += tag("rect", x=at, y=10, width=12, height=12, **look)
        drawn += text(at + 17, 21, name, text_anchor="start")
        for s in range(5):
            x, top = BARS.at(s + 0.5 + (i - 1) * WIDTH, p[i][s])
            low, wide = BARS.at(0, 0)[1], WIDTH * BARS.coefficients()[1] - 1
            drawn += tag("rect", "", f"bar {i} {s}", x=float(x), y=float(top),
                         width=float(wide), height=float(low - top), **look)  # fmt: skip
    return picture(BARS, "Ten bars: the probabilities of cooperating of both players, at the "
                   "start and after CC, CD, DC and DD.", drawn)  # fmt: skip


def learning_run(
    runs: Mapping[str, tuple[Any, Any]],
    game: MatrixGame | None = None,
    *,
    players: tuple[str, str] = ("player 1", "player 2"),
    step: str = "update",
    begin: int = 1,
    at: int | None = None,
    caption: str = "",
) -> Figure:
    """Return the figure of learning runs, with a slider over the steps.

    Args:
        runs: label to the logits of both players after each step, both [T, 5], such as
            the history of `lolakit.learners.play`. All of one length.
        game: what they play, from player 1's seat; by default the prisoner's dilemma.
        players: what the two are called.
        step: what a step is called.
        begin: the number of the first row, 1, or 0 if the runs hold the start as well.
        at: the step that is shown at first; by default `begin`.
        caption: two sentences on what is shown.

    Raises:
        ValueError: if there is no run, shapes differ from each other or from [T, 5],
            `begin` is neither 0 nor 1, or `at` is no step.
    """
    game = prisoners_dilemma() if game is None else game
    logits = {name: np.asarray(both, dtype=float) for name, both in runs.items()}
    shapes = {theta.shape for theta in logits.values()}
    if (
        len(shapes) != 1
        or len(next(iter(shapes))) != 3
        or next(iter(shapes))[::2] != (2, 5)
    ):
        raise ValueError(f"runs: expected pairs of logits [T, 5], got shapes {shapes}")
    if begin not in (0, 1):
        raise ValueError(f"begin: expected 0 or 1, got {begin!r}")
    rows = next(iter(shapes))[1]
    last, at = rows - 1 + begin, begin if at is None else at
    if not begin <= at <= last:
        raise ValueError(f"at: expected a step from {begin} to {last}, got {at!r}")
    kept = np.unique(np.linspace(0, rows - 1, min(rows, MOST)).round().astype(int))
    stops = (kept + begin).tolist()
    shown = int(np.abs(kept + begin - at).argmin())
    p = {name: 1 / (1 + np.exp(-theta[:, kept])) for name, theta in logits.items()}
    R = {name: values_along(game, *theta[:, kept]) for name, theta in logits.items()}
    first = next(iter(runs))
    panel, back = plane(game)
    trail = R[first][: shown + 1].T
    payoffs = picture(
        panel, "The plane of per-step values of the two players, with the polygon of feasible "
        "values, the pair of learners as a point, and the path that led there.", back,
        line(panel, trail, "trail", stroke=GREEN),
        dot(panel, trail[:, -1], "point", fill=GREEN, r=7),
    )  # fmt: skip
    one, two = R[first][shown]
    return Figure(
        "learning_run",
        picture=[bars(players, p[first][:, shown]), payoffs],
        controls=[
            *([choice("run", "learners", {name: name for name in runs}, first)] * (len(runs) > 1)),
            slider("step", step, shown, 0, len(kept) - 1, text=f"{{}} of {last}", stops=stops,
                   play=True),
        ],
        says=f"{step.capitalize()} {stops[shown]}: {players[0]} earns {number(one)} per step, "
        f"{players[1]} {number(two)}.",
        caption=caption,
        data={
            "runs": {name: {"p": p[name].round(3).tolist(), "R": R[name].round(4).tolist()}
                     for name in runs},
            "first": first,
            "players": players,
            "step": step.capitalize(),
            "stops": stops,
            "plane": panel.coefficients(),
            "bars": BARS.coefficients(),
        },
    )  # fmt: skip


def meta_episode(seeds: int = 3, steps: int = 100, key: int = 0) -> Figure:
    """Return a meta-episode of M-FOS against a naive learner, step by step.

    The agents are the stored ones of Chapter 8 ("IPD, NL"); each plays one learning run.

    Args:
        seeds: how many of the three stored agents.
        steps: of the meta-episode.
        key: the number of the random key.

    Raises:
        ValueError: unless 1 <= seeds <= 3 and steps >= 1.
    """
    if not 1 <= seeds <= 3:
        raise ValueError(f"seeds: expected 1, 2 or 3, got {seeds!r}")
    # Here, as it computes: `import lolakit` must not start JAX's devices.
    from lolakit.reproduce.players import naive_learner, network

    game = prisoners_dilemma()

    @jax.jit
    def played(seed: Any) -> Any:
        net = jax.tree.map(lambda x: x.astype(float), network("IPD, NL", seed))
        agent = mfos.learner(net, game)
        k = jax.random.key(key)
        return meta_episodes(
            game, agent, naive_learner(game.swap()), k, num_steps=steps, batch=1
        )

    runs = {}
    for seed in range(seeds):
        seen = played(jnp.asarray(seed))
        runs[f"agent {seed + 1}"] = (seen.theta_1[:, 0], seen.theta_2[:, 0])
    return learning_run(
        runs,
        game,
        players=("M-FOS", "the naive learner"),
        step="step",
        caption="One meta-episode in the iterated prisoner's dilemma (stored agents). Bars: "
        "both policies, each from its owner's seat. Point: what they earn, M-FOS as player 1, "
        "and the way there. Mutual defection is −2 for both.",
    )
