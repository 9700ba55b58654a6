"""What the results `general_games` and `cola` run: rules of general games, as published.

The settings are those of the public code: of SOS (Letcher et al., 2019), COLA (Willi et
al., 2022) and POLA (Zhao et al., 2022).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from lolakit.games.differentiable import ultimatum
from lolakit.games.matrix import MatrixGame, prisoners_dilemma
from lolakit.games.memory_one import normal_logits
from lolakit.learners.ascend import ascend
from lolakit.learners.play import play
from lolakit.reproduce.exact import ends, in_game, in_tandem
from lolakit.reproduce.storage import Run
from lolakit.rules.adjustment import consensus, symplectic_adjustment
from lolakit.rules.cgd import cgd
from lolakit.rules.cola import cola
from lolakit.rules.hola import hola
from lolakit.rules.lola import lola_unrolled
from lolakit.rules.naive import naive
from lolakit.rules.pola import pola
from lolakit.rules.sos import sos
from lolakit.types import Params, Rule, Values
from lolakit.values.exact import exact_values, per_step

Make = Callable[[Values], Rule]
FIVE: dict[str, Any] = {"lookahead": 5.0}
"""Step and lookahead of the stored run of COLA's notebook, and its region is +-7."""
REGION = 7.0


def contribution_game(factor: float, gamma: float = 0.96) -> MatrixGame:
    """Return the dilemma of Zhao et al. (2022): a stake of 1, times `factor`, is shared.

    >>> contribution_game(1.5).payoff[0].round(2).tolist()
    [[0.5, -0.25], [0.75, 0.0]]
    """
    half = factor / 2
    mine = [[2 * half - 1, half - 1], [half, 0.0]]
    theirs = [[2 * half - 1, half], [half - 1, 0.0]]
    return MatrixGame([mine, theirs], gamma)


def preconditioned(z: Float[Array, "5"]) -> Float[Array, "5"]:
    """Return the logits of z as POLA's code writes them: z less twice z of DD, elsewhere."""
    return z - 2 * z[4] * jnp.array([1.0, 1.0, 1.0, 1.0, 0.0], z.dtype)


def found_tit_for_tat(p: Float[Array, "2 5"], R: Array, factor: float) -> Array:
    """Return whether a pair passes the test of POLA's code.

    Both cooperate with less than 0.65 where the other has defected (CD and DD), and the
    two earn more than 0.8 of what full cooperation earns.
    """
    return (p[:, jnp.array([2, 4])] < 0.65).all() & (R.mean() > 0.8 * (factor - 1))


def _contribution(
    make: Make, factor: float, epochs: int, delta: float, write: Any = lambda z: z
) -> Run:
    """Return the run of two learners from N(0, 0.1^2): R of all epochs, tit-for-tat found.

    `write` takes what a learner changes to logits.
    """
    game = contribution_game(factor)

    def values(game: MatrixGame) -> Values:
        V = exact_values(game)
        return lambda own, other, key=None: V(write(own), write(other))

    first, second = (
        ascend(make(values(g)), optax.sgd(delta), normal_logits(0.1))
        for g in (game, game.swap())
    )

    def record(*theta: Params) -> dict[str, Array]:
        both = jnp.stack([write(z) for z in theta])
        R = per_step(exact_values(game)(*both), game.gamma)
        return {
            "R": R,
            "found": found_tit_for_tat(jax.nn.sigmoid(both), R, factor),
            "theta_1": both[0],
        }

    def run(key: Array) -> dict[str, Array]:
        _, seen = play(first, second, key, epochs, record)
        return {
            "R_1": seen["R"][0],
            "R": seen["R"][-1],
            "found": 1.0 * seen["found"].any(),
            "theta_1": seen["theta_1"][-1],
        }

    return jax.jit(run)


def _contribution_runs() -> dict[str, Run]:
    """LOLA and outer POLA in the contribution game, by the commands in POLA's README.

    It names no setting with which LOLA finds tit-for-tat in pre-conditioned parameters.
    Ours are two lookaheads of its other commands, and the step of 5.
    """
    lola = partial(lola_unrolled, lookahead=3.0)
    proximal = {"outer_penalty": 0.1, "outer_rate": 0.3, "outer_steps": 500}
    runs = {
        f"LOLA, {factor}": _contribution(lola, factor, 30, 25.0)
        for factor in (1.1, 1.33, 1.6)
    }
    for factor in (1.33, 1.6):
        runs[f"LOLA, step 5, {factor}"] = _contribution(lola, factor, 30, 5.0)
    for factor, lookahead in ((1.1, 5.0), (1.33, 5.0), (1.6, 2.5)):
        rule = partial(pola, lookahead=lookahead, **proximal)
        runs[f"POLA, {factor}"] = _contribution(rule, factor, 2, 1.0)
    for lookahead in (0.4, 3.0):
        rule = partial(lola_unrolled, lookahead=lookahead)
        label = f"LOLA, pre-conditioned, lookahead {lookahead:g}, 1.33"
        runs[label] = _contribution(rule, 1.33, 30, 5.0, preconditioned)
    return runs


def consistency(
    one: Rule, two: Rule, values: Values, points: Array, lookahead: float
) -> dict[str, Array]:
    """Return how far two rules are from each other's look-ahead, means over points.

    With f what the two rules give and h the slopes after the other's step by f: the
    cosine between f and h, their distance, and its square (also at the first point alone).
    Points [n, 2, 1].
    """

    def at(point: Array) -> tuple[Array, Array]:
        x, y = point
        f = jnp.concatenate([one(x, y), two(y, x)])
        h_1 = jax.grad(lambda x: values(x, y + lookahead * two(y, x))[0])(x)
        h_2 = jax.grad(lambda y: values(x + lookahead * one(x, y), y)[1])(y)
        return f, jnp.concatenate([h_1, h_2])

    f, h = jax.vmap(at)(points)
    size = lambda d: jnp.linalg.norm(d, axis=-1)
    cosine = (f * h).sum(axis=-1) / (size(f) * size(h) + 1e-15)
    square = ((f - h) ** 2).sum(axis=-1)
    return {
        "at_first": square[0],
        "cosine": cosine.mean(),
        "distance": jnp.sqrt(square).mean(),
        "squared": square.mean(),
    }


def _points(key: Array, n: int = 100) -> Array:
    """Return points of the region of COLA's notebook, as many as it takes."""
    return jax.random.uniform(key, (n, 2, 1), minval=-REGION, maxval=REGION)


def _consistency(make: Make) -> Run:
    game = ultimatum()
    one, two = make(game), make(game.swap())

    def run(key: Array) -> dict[str, Array]:
        found = consistency(one, two, game, _points(key), FIVE["lookahead"])
        return {"first": found.pop("at_first"), **found}

    return jax.jit(run)


def _in_ultimatum(one: Rule, two: Rule) -> Run:
    """500 steps of 5 from N(0, 1); `R` holds the values."""
    start = lambda key: jax.random.normal(key, (1,))
    first, second = (ascend(rule, optax.sgd(5.0), start) for rule in (one, two))
    return ends(first, second, ultimatum(), 1.0, 500)


def general_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `general_games`; their lengths are the published ones.

    R_1 and R hold the per-step values of both after the first and the last update (in the
    tandem and the ultimatum game: the values).
    """
    ipd, game = prisoners_dilemma(), ultimatum()
    rules: dict[str, Make] = {
        "SOS": partial(sos, lookahead=1.0),
        "CGD": partial(cgd, lookahead=1.0),
        "SGA": partial(symplectic_adjustment, align=True),
        "consensus": partial(consensus, weight=1.0),
    }
    runs = {f"{n}, IPD": in_game(ipd, rule, rule, 100) for n, rule in rules.items()}
    for name, make in {"SOS": sos, "CGD": cgd}.items():
        runs[f"{name}, tandem"] = in_tandem(partial(make, lookahead=0.1))
    for order in (1, 2, 3, 4):
        rule = partial(hola, lookahead=1.0, order=order)
        runs[f"HOLA {order}, IPD"] = in_game(ipd, rule, rule, 200)
    at_five: dict[str, Make] = {"NL": naive}
    at_five |= {f"HOLA {n}": partial(hola, order=n, **FIVE) for n in (1, 2, 4)}
    at_five |= {"SOS": partial(sos, **FIVE), "CGD": partial(cgd, **FIVE)}
    for name, make in at_five.items():
        runs[f"{name}, consistency"] = _consistency(make)
    for name in ("HOLA 2", "CGD"):
        make = at_five[name]
        runs[f"{name}, ultimatum"] = _in_ultimatum(make(game), make(game.swap()))
    return runs | _contribution_runs()


def cola_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the run of the result `cola`: train in the ultimatum game, measure, and play.

    `first` and `last` are the loss at the first update and the mean of the last 200.
    """
    game, zero = ultimatum(), jnp.zeros(1)

    def run(key: Array) -> dict[str, Array]:
        k_train, k_points, k_play = jax.random.split(key, 3)
        found = cola(
            game, zero, zero, k_train, region=REGION, updates=sizes["updates"], **FIVE
        )
        one, two = found.one, found.two
        return {
            "first": found.loss[0],
            "last": found.loss[-200:].mean(),
            **consistency(one, two, game, _points(k_points), FIVE["lookahead"]),
            "R": _in_ultimatum(one, two)(k_play)["R"],
        }

    return {"COLA, ultimatum": jax.jit(run)}
