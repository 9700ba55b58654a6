"""How well sampled derivatives point where the exact ones do, first and second."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit.games.matrix import MatrixGame, prisoners_dilemma
from lolakit.types import Values
from lolakit.values.baselines import state_value
from lolakit.values.dice import dice_values
from lolakit.values.exact import exact_state_values, exact_values
from lolakit.values.objectives import (
    baseline_dice,
    centred_dice,
    loaded_dice,
    plain_dice,
)

ESTIMATORS = {
    "plain": lambda v: plain_dice,
    "paper's baseline": lambda v: baseline_dice(state_value),
    "centred": lambda v: centred_dice,
    "Loaded DiCE": lambda v: loaded_dice(state_value),
    "paper's baseline, exact V": lambda v: baseline_dice(lambda s, G, gamma: v[s]),
    "Loaded DiCE, exact V": lambda v: loaded_dice(lambda s, G, gamma: v[s], gae=0.0),
}
"""The estimators of the result `dice_correlation`: from exact state values to an objective."""

BATCHES = (64, 256, 1024, 4096, 16384)
"""Games of each estimate in the result `dice_correlation`."""


def correlations(
    game: MatrixGame, objective: Any, horizon: int, batch: int, parts: int = 1
) -> Callable[[Array], dict[str, Array]]:
    """Return a function of one key: correlation of estimated and exact derivatives.

    Of V_1, in the ten parameters of two policies that are drawn from N(0, 1): its
    gradient, 10 numbers, and its Hessian, 100. The exact ones are of the infinite game, so
    that `horizon` should be long. `objective` is a function of the table of
    exact state values [5] to an objective. With `parts` above 1 the estimate is the mean
    over as many batches: more games than the memory holds at once.
    """

    def both(V: Values, theta: Array, key: Array) -> tuple[Array, Array]:
        slope = jax.grad(lambda theta: V(theta[:5], theta[5:], key)[0])
        rows = lax.map(lambda e: jax.jvp(slope, (theta,), (e,))[1], jnp.eye(10))
        return slope(theta), rows

    def correlation(a: Array, b: Array) -> Array:
        return jnp.corrcoef(a.ravel(), b.ravel())[0, 1]

    def run(key: Array) -> dict[str, Array]:
        k_theta, k_play = jax.random.split(key)
        theta = jax.random.normal(k_theta, (10,))
        made = objective(exact_state_values(game, theta[:5], theta[5:]))
        sampled = dice_values(game, horizon=horizon, batch=batch, objective=made)
        keys = k_play[None] if parts == 1 else jax.random.split(k_play, parts)
        estimates = lax.map(lambda k: both(sampled, theta, k), keys)
        pairs = zip(
            jax.tree.map(lambda x: x.mean(axis=0), estimates),
            both(exact_values(game), theta, k_play),
            strict=True,
        )
        gradient, hessian = (correlation(*pair) for pair in pairs)
        return {"gradient": gradient, "hessian": hessian}

    return run


def correlation_runs(
    sizes: Mapping[str, int],
) -> dict[str, Callable[[Array], dict[str, Array]]]:
    """Return the runs of the result `dice_correlation`: each estimator at each batch.

    Up to `sizes["batch"]` games, in the dilemma; plain DiCE also with six batches of the
    largest size, near the 100 000 of the DiCE paper. ValueError if that is none of `BATCHES`.
    """
    if sizes["batch"] not in BATCHES:
        raise ValueError(f"batch: expected one of {BATCHES}, got {sizes['batch']}")
    game = prisoners_dilemma()
    horizon = sizes["horizon"]
    runs = {
        f"{name}, {batch}": jax.jit(correlations(game, objective, horizon, batch))
        for name, objective in ESTIMATORS.items()
        for batch in BATCHES
        if batch <= sizes["batch"]
    }
    if sizes["batch"] == BATCHES[-1]:
        six = correlations(game, ESTIMATORS["plain"], horizon, BATCHES[-1], parts=6)
        runs[f"plain, {6 * BATCHES[-1]}"] = jax.jit(six)
    return runs
