"""Advantages: how much better a round went than was expected.

A critic says what to expect, v(s) in a state and q(s, a) once an action is chosen. The
advantage of a round is what came, less that. Sums over rounds that are past are here too.
"""

from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.types import Scalar, Tree
from lolakit.values.baselines import PerRound, returns
from lolakit.values.solve import solve


@runtime_checkable
class Critic(Protocol):
    """What says what to expect, like `fitted_critic`. It is asked for one seat at a time."""

    def __call__(
        self, states: Tree, actions: Tree, r: PerRound, gamma: Scalar
    ) -> tuple[Array, Array]:
        """Return v [batch, horizon] and q [batch, horizon, actions] of the states seen."""
        ...


def gae(
    r: PerRound,
    v: Float[Array, "batch horizon_and_one"],
    gamma: Scalar,
    *,
    decay: Scalar = 0.0,
) -> PerRound:
    """Return generalised advantage estimates::

        A_t = sum_l (gamma decay)^l (r_{t+l} + gamma v_{t+l+1} - v_{t+l})

    With decay 0 it is the surprise of one round; with decay 1 all that was earned from
    round t on, v_T standing for what follows the last round, less v_t.
    Schulman et al. (2016), "High-dimensional continuous control", equation 16.

    Args:
        r: rewards [batch, horizon].
        v: the value of the state before each round, and after the last
            [batch, horizon + 1]. It ends with 0 if the game does.
        gamma: discount, from 0 to 1.
        decay: the lambda of the paper, from 0 to 1.

    Returns:
        A [batch, horizon].

    Raises:
        ValueError: for arrays of other shapes, or a gamma or decay outside [0, 1].

    >>> import jax.numpy as jnp
    >>> gae(jnp.array([[1.0, 1.0]]), jnp.array([[1.0, 2.0, 0.0]]), 0.5, decay=1.0).tolist()
    [[0.5, -1.0]]
    """
    check_rounds("r", r)
    _validate.float_array("v", v, (r.shape[0], r.shape[1] + 1), "One more than rounds.")
    gamma = _validate.as_dtype(_validate.fraction("gamma", gamma), r.dtype)
    decay = _validate.as_dtype(_validate.fraction("decay", decay), r.dtype)
    return returns(r + gamma * v[:, 1:] - v[:, :-1], gamma * decay)


def past_sum(x: PerRound, decay: Scalar) -> PerRound:
    """Return, for each round, the decayed sum over the rounds before it::

        S_t = sum_{k < t} decay^(t - k) x_k,   S_0 = 0

    Args:
        x: one number a round [batch, horizon].
        decay: from 0 to 1.

    Returns:
        S [batch, horizon].

    Raises:
        ValueError: for an x of another shape, or a decay outside [0, 1].

    >>> import jax.numpy as jnp
    >>> past_sum(jnp.array([[1.0, 2.0, 4.0]]), 0.5).tolist()
    [[0.0, 0.5, 1.25]]
    """
    check_rounds("x", x)
    decay = _validate.as_dtype(_validate.fraction("decay", decay), x.dtype)

    def on(S: Array, x: Array) -> tuple[Array, Array]:
        return decay * (S + x), S

    return lax.scan(on, jnp.zeros_like(x[:, 0]), x.T)[1].T


def fitted_critic(
    states: Tree,
    actions: Tree,
    r: PerRound,
    gamma: Scalar,
    num_states: int = 5,
    num_actions: int = 2,
) -> tuple[Array, Array]:
    """Return v and q of the Markov chain that was seen: what the batch says, and no more.

    v solves v(s) = mean of r + gamma v(s') over all visits of s, the fixed point of
    temporal differences, so that it knows no last round; q(s, a) is that mean over the
    visits in which a was done. A state never left has the mean reward for ever, and an
    action never done there the value of the state.
    Bradtke and Barto (1996), "Linear least-squares algorithms".

    Args:
        states: integers below `num_states` [batch, horizon], at least two rounds.
        actions: integers below `num_actions` [batch, horizon].
        r: rewards [batch, horizon]. Of the last round only the state is used.
        gamma: discount, below 1.
        num_states: how many states there are.
        num_actions: how many actions there are.

    Returns:
        v [batch, horizon] and q [batch, horizon, num_actions], of the states seen.

    Raises:
        ValueError: for arrays of other shapes, integers out of range, a gamma outside
            [0, 1), or fewer than two rounds.
    """
    check_rounds("r", r)
    gamma = _validate.discount("gamma", gamma, r.dtype)
    for name, x, n in (
        ("states", states, num_states),
        ("actions", actions, num_actions),
    ):
        _validate.indices(name, x, n)
        if np.shape(x) != r.shape:
            raise ValueError(f"{name}: expected shape {r.shape}, got {np.shape(x)}")
    if r.shape[1] < 2:
        raise ValueError(f"r: expected at least two rounds, got {r.shape[1]}")
    gamma, r = _validate.as_dtype(gamma, r.dtype), r[:, :-1]
    seen = jax.nn.one_hot(states, num_states, dtype=r.dtype)
    did = jax.nn.one_hot(actions[:, :-1], num_actions, dtype=r.dtype)
    s, z = seen[:, :-1], seen[:, 1:]
    # How often s was left for z, and what was earned then, for each action there.
    N = jnp.einsum("bts,bta,btz->saz", s, did, z, precision="highest")
    R = jnp.einsum("bts,bta,bt->sa", s, did, r, precision="highest")
    n = N.sum(axis=(1, 2))
    lone = jnp.eye(num_states, dtype=r.dtype)
    A = jnp.where(n[:, None] > 0, n[:, None] * lone - gamma * N.sum(axis=1), lone)
    v = solve(A, jnp.where(n > 0, R.sum(axis=1), r.mean() / (1 - gamma)))
    done = N.sum(axis=2)
    mean = (R + gamma * jnp.einsum("saz,z->sa", N, v, precision="highest")) / jnp.where(
        done > 0, done, 1
    )
    q = jnp.where(done > 0, mean, v[:, None])
    return v[states], q[states]


def check_rounds(name: str, x: PerRound) -> None:
    """Raise ValueError unless `x` is an array of floats [batch, horizon]."""
    if not hasattr(x, "dtype") or np.ndim(x) != 2:
        raise ValueError(
            f"{name}: expected an array [batch, horizon], got {_validate.shown(x)}"
        )
    _validate.float_array(name, x, x.shape)
