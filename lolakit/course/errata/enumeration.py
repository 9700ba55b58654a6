"""Exact expectations of what is computed from sampled play: every history, weighed.

A short game has few histories. What an estimator gives on average is then a
sum: what it gives for each history, times how likely that history is. No
sampling, no noise.
"""

import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import Logits
from lolakit.values.exact import markov_chain
from lolakit.values.rollouts import Trajectory, log_prob


def all_games(
    game: MatrixGame, own: Logits, other: Logits, horizon: int
) -> tuple[Trajectory, Float[Array, "games"]]:
    """Return all 4^horizon histories as one batch, and the probability of each.

    Raises ValueError for a horizon below 1.
    """
    horizon = _validate.positive_int("horizon", horizon)
    acts = jnp.array(list(itertools.product([0, 1], repeat=2 * horizon)))
    a, b = acts[:, ::2], acts[:, 1::2]
    start = jnp.zeros((len(acts), 1), int)
    s = jnp.hstack([start, 1 + 2 * a[:, :-1] + b[:, :-1]])
    z = jnp.hstack([start, 1 + 2 * b[:, :-1] + a[:, :-1]])
    log_pi = log_prob(own, s, a) + log_prob(other, z, b)
    rewards = game.payoff[0, a, b], game.payoff[1, a, b]
    return Trajectory((s, z), (a, b), rewards), jnp.exp(log_pi.sum(axis=1))


def expected(
    make: Callable[..., Any], game: MatrixGame, *, horizon: int, batch: int = 1
) -> Callable[..., Array]:
    """Return `f(own, other) -> E[make(game, ...)(own, other, key)]`, without sampling.

    `make(game, *, horizon, batch, sample)` is what makes a sampled rule or
    sampled values, such as `naive_pg` or `dice_values`. Derivatives of f are
    expectations of derivatives: how often each history is drawn is a number,
    and has none. So with `dice_values` f is again a `Values`, and every rule
    takes it. All 4^(horizon batch) batches are summed. Raises ValueError for a
    horizon or batch below 1.
    """
    horizon = _validate.positive_int("horizon", horizon)
    batch = _validate.positive_int("batch", batch)
    rows = jnp.array(list(itertools.product(range(4**horizon), repeat=batch)))

    @jax.jit
    def f(own: Logits, other: Logits, key: Array | None = None) -> Array:
        del key  # nothing is sampled
        games, P = lax.stop_gradient(all_games(game, own, other, horizon))

        def each(row: Array) -> Array:
            def sample(*_: Any, **sizes: Any) -> Trajectory:
                return jax.tree.map(lambda x: x[row], games)

            made = make(game, horizon=horizon, batch=batch, sample=sample)
            return P[row].prod() * made(own, other, jax.random.key(0))

        return jax.vmap(each)(rows).sum(axis=0)

    return f


def state_values(
    game: MatrixGame, own: Logits, other: Logits, horizon: int
) -> Float[Array, "rounds 5"]:
    """Return what `own` expects from its five states on: v_t(s), t = 0 ... horizon.

    v_t(s) = sum_s' P(s, s') (r(s') + gamma v_{t+1}(s')), and 0 after the last
    round.
    """
    p0, P = markov_chain(own, other)
    steps, r = jnp.concatenate([p0[None], P]), game.payoff[0].ravel()
    v = [jnp.zeros(5, P.dtype)]
    for _ in range(horizon):
        v.insert(0, steps @ (r + game.gamma * v[0][1:]))
    return jnp.stack(v)
