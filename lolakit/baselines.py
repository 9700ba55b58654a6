"""Returns, and the baselines that make their noise smaller.

A baseline b_t is what was to be expected from round t on. G_t - b_t says whether it
went better. A baseline that does not know the action at t changes no expectation:
given what came before, the score of the action has mean 0.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate

PerRound = Float[Array, "batch horizon"]

Baseline = Callable[[Any, PerRound, Any], Array]
"""`baseline(states, G, gamma) -> b`, shape [batch, horizon] like G. To keep a gradient
unbiased, b_t of a game may depend on its states up to round t and on the other games of
the batch, but not on its action at t or on anything later."""


def returns(r: PerRound, gamma: Any) -> PerRound:
    """Return G_t = r_t + gamma G_{t+1}, the discounted reward from round t on."""

    def back(G: Array, r: Array) -> tuple[Array, Array]:
        G = r + gamma * G
        return G, G

    return lax.scan(back, jnp.zeros_like(r[:, 0]), r.T, reverse=True)[1].T


def discounts(G: PerRound, gamma: Any) -> Float[Array, "1 horizon"]:
    """Return gamma^t for each round of G, as one row."""
    return (gamma ** jnp.arange(G.shape[1], dtype=G.dtype))[None, :]


def no_baseline(states: Any, G: PerRound, gamma: Any) -> PerRound:
    """Return zeros: no baseline."""
    del states, gamma
    return jnp.zeros_like(G)


def batch_mean(states: Any, G: PerRound, gamma: Any) -> PerRound:
    """Return, for each round, the mean return of the *other* games of the batch.

    Leaving the game itself out keeps the gradient unbiased. Raises ValueError for
    a batch of one.
    """
    del states, gamma
    if len(G) < 2:
        raise ValueError(
            "batch_mean: expected at least 2 games (in each half, where a batch is "
            f"split), got {len(G)}"
        )
    return (G.sum(axis=0, keepdims=True) - G) / (len(G) - 1)


def state_value(states: Any, G: PerRound, gamma: Any, num_states: int = 5) -> PerRound:
    """Return the value of the state, fitted to the *other* games of the batch.

    v(s) is the mean of the returns that followed s, round t with weight gamma^t: the
    least-squares fit of one number per state. A state that no other game visited
    gets the mean over all states. `states` are integers below `num_states`. Raises
    ValueError for a batch of one.
    """
    if len(G) < 2:
        raise ValueError(
            "state_value: expected at least 2 games (in each half, where a batch is "
            f"split), got {len(G)}"
        )
    known = _validate.known(states)
    if not jnp.issubdtype(jnp.result_type(states), jnp.integer) or (
        known is not None and not ((known >= 0) & (known < num_states)).all()
    ):
        raise ValueError(f"states: expected integers from 0 to {num_states - 1}")
    visits = jax.nn.one_hot(states, num_states, dtype=G.dtype)
    weights = discounts(G, gamma)
    total = jnp.einsum("bts,bt->bs", visits, weights * G)
    count = jnp.einsum("bts,bt->bs", visits, jnp.broadcast_to(weights, G.shape))
    total, count = (x.sum(axis=0, keepdims=True) - x for x in (total, count))
    mean = total.sum(axis=1, keepdims=True) / count.sum(axis=1, keepdims=True)
    v = jnp.where(count > 0, total / jnp.where(count > 0, count, 1), mean)
    return jnp.einsum("bts,bs->bt", visits, v)
