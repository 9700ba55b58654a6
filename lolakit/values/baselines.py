"""Returns, and the baselines that make their noise smaller.

A baseline b_t is what was to be expected from round t on. G_t - b_t says whether it
went better. A baseline that does not know the action at t changes no expectation:
given what came before, the score of the action has mean 0.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.types import Scalar, Tree

PerRound = Float[Array, "batch horizon"]

Baseline = Callable[[Any, PerRound, Any], Array]
"""`baseline(states, G, gamma) -> b`, shape [batch, horizon] like G.

To keep a gradient unbiased, b_t of a game may depend on its states up to round t and on
the other games of the batch, but not on what either player does at t, nor on anything
later. A rule asks for one seat at a time; one that splits its batch asks for each half,
and for the whole."""


def returns(r: PerRound, gamma: Scalar) -> PerRound:
    """Return G_t = r_t + gamma G_{t+1}, the discounted reward from round t on."""

    gamma = _validate.as_dtype(gamma, r.dtype)

    def back(G: Array, r: Array) -> tuple[Array, Array]:
        G = r + gamma * G
        return G, G

    return lax.scan(back, jnp.zeros_like(r[:, 0]), r.T, reverse=True)[1].T


def discounts(G: PerRound, gamma: Scalar) -> Float[Array, "1 horizon"]:
    """Return gamma^t for each round of G, as one row."""
    t = jnp.arange(G.shape[1], dtype=G.dtype)
    # 0^0 has no derivative in gamma.
    powers = _validate.as_dtype(gamma, G.dtype) ** jnp.maximum(t, 1)
    return jnp.where(t == 0, 1, powers).astype(G.dtype)[None, :]


def no_baseline(states: Tree, G: PerRound, gamma: Scalar) -> PerRound:
    """Return zeros: no baseline."""
    del states, gamma
    return jnp.zeros_like(G)


def batch_mean(states: Tree, G: PerRound, gamma: Scalar) -> PerRound:
    """Return, for each round, the mean return of the *other* games of the batch.

    Leaving the game itself out keeps the gradient unbiased. Raises ValueError for
    a batch of one.
    """
    del states, gamma
    _check_returns(G)
    _check_others("batch_mean", G)
    return (G.sum(axis=0, keepdims=True) - G) / (len(G) - 1)


def state_value(
    states: Tree, G: PerRound, gamma: Scalar, num_states: int = 5
) -> PerRound:
    """Return the value of the state, fitted to the *other* games of the batch.

    v(s) is the mean of the returns that followed s, round t with weight gamma^t: the
    least-squares fit of one number per state. A state that no other game visited
    gets the mean over all states. `states` are integers below `num_states`, and say
    what was known before round t: where one player sees the other's action of the same
    round, the state holds it, and this baseline is biased. Raises ValueError for a
    batch of one, or states that are known to be others.
    """
    _check_returns(G)
    gamma = _validate.fraction("gamma", gamma)
    _check_others("state_value", G)
    _validate.indices("states", states, num_states)
    if np.shape(states) != G.shape:
        raise ValueError(
            f"states: expected the shape of G, {G.shape}, got {np.shape(states)}"
        )
    visits = jax.nn.one_hot(states, num_states, dtype=G.dtype)
    weights = discounts(G, gamma)
    total = jnp.einsum("bts,bt->bs", visits, weights * G)
    count = jnp.einsum("bts,bt->bs", visits, jnp.broadcast_to(weights, G.shape))
    total, count = _sum_of_others(total), _sum_of_others(count)
    mean = total.sum(axis=1, keepdims=True) / count.sum(axis=1, keepdims=True)
    v = jnp.where(count > 0, total / jnp.where(count > 0, count, 1), mean)
    return jnp.einsum("bts,bs->bt", visits, v)


def _sum_of_others(x: Array) -> Array:
    """Return, for each game, the sum over the other games: axis 0 left out one by one.

    Before plus after, not all minus own: where the others sum to 0, so does this.
    """
    none = jnp.zeros_like(x[:1])
    before = jnp.concatenate([none, lax.cumsum(x[:-1])])
    return before + jnp.concatenate([lax.cumsum(x[1:], reverse=True), none])


def _check_returns(G: PerRound) -> None:
    if not hasattr(G, "dtype") or np.ndim(G) != 2:
        raise ValueError(
            f"G: expected an array [batch, horizon], got {_validate.shown(G)}"
        )
    _validate.float_array("G", G, G.shape)


def _check_others(name: str, G: PerRound) -> None:
    if len(G) < 2:
        raise ValueError(
            f"{name}: expected at least 2 games (in each half, where a batch is "
            f"split), got {len(G)}"
        )
