"""Proximal LOLA: as far as the policy may change, not as far as the parameters may.

A step in parameters is no step in behaviour: the same policy written in other parameters
moves elsewhere. POLA looks for the best policy that is still near, near in policies.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import keys, step
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values

LogPolicy = Callable[[Params], Array]
"""`log_policy(theta)`: log-probabilities of all actions in all states [..., actions]."""


def two_actions(theta: Array) -> Array:
    """Return log P of both actions in each state, of logits of the first [..., 2]."""
    return jnp.stack([jax.nn.log_sigmoid(theta), jax.nn.log_sigmoid(-theta)], axis=-1)


def divergence(log_policy: LogPolicy, old: Params, new: Params) -> Array:
    """Return the sum over states of KL(pi_old || pi_new)."""
    before = lax.stop_gradient(log_policy(old))
    return jnp.sum(jnp.exp(before) * (before - log_policy(new)))


def pola(
    values: Values,
    *,
    lookahead: Scalar,
    outer_penalty: Scalar,
    outer_rate: Scalar = 0.01,
    outer_steps: int = 100,
    inner_penalty: Scalar = 0.0,
    inner_steps: int = 1,
    log_policy: LogPolicy = two_actions,
) -> Rule:
    """Return proximal LOLA::

        own' - own,
        own'      = argmax_x  V_own(x, other_K(x)) - outer_penalty * KL(own || x)
        other_k+1 = other_k + lookahead * grad_y [ V_other(x, y) - inner_penalty * KL(other || y) ]

    at y = other_k, from other_0 = other. KL is the sum over states of ``KL(pi_old || pi_new)``.
    The maximum is looked for by `outer_steps` gradient steps of length `outer_rate` from
    x = own, and the direction is the whole way to it: follow it with a step of 1,
    `optax.sgd(1.0)`.

    Where the maximum is reached, own' is the same policy in whatever parameters mine is
    written. The other's K steps still are steps in the other's parameters, unless they are
    proximal too (a large `inner_penalty` and many `inner_steps`). With one outer step of
    length 1 and no penalties it is `lola_unrolled`. Zhao et al. (2022), outer POLA.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Exact values are
            differentiated as they are; sampled ones draw a batch for each step.
        lookahead: the step size of each inner step, a finite number.
        outer_penalty: what KL costs me, at least 0. Large ones need a small `outer_rate`:
            below 8 / outer_penalty for logits of two actions.
        outer_rate: the step size with which the maximum is looked for.
        outer_steps: how many steps, at least 1.
        inner_penalty: what KL is believed to cost the other, at least 0.
        inner_steps: K, at least 1.
        log_policy: log-probabilities of both players' policies, all actions in all states,
            shape [..., actions]; by default theta holds one logit for each state.

    Returns:
        A rule, own' - own at (own, other), of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> at = jnp.array(0.0), jnp.array(1.0)
    >>> rule = pola(values, lookahead=0.0, outer_penalty=10.0, outer_rate=0.1)
    >>> round(float(rule(*at)), 3)  # P(first action) rises by 1/10: the logit of 0.6
    0.405
    """
    for name, function in (("values", values), ("log_policy", log_policy)):
        _validate.function(name, function)
    lookahead = _validate.finite_scalar("lookahead", lookahead)
    outer_rate = _validate.finite_scalar("outer_rate", outer_rate)
    outer_penalty = _validate.not_negative("outer_penalty", outer_penalty)
    inner_penalty = _validate.not_negative("inner_penalty", inner_penalty)
    outer_steps = _validate.positive_int("outer_steps", outer_steps)
    inner_steps = _validate.positive_int("inner_steps", inner_steps)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        def after(x: Params, key: Array | None) -> Params:
            def objective(y: Params, key: Array | None) -> Array:
                far = inner_penalty * divergence(log_policy, other, y)
                return values(x, y, key)[1] - far

            return _climb(objective, other, lookahead, inner_steps, key)

        def objective(x: Params, key: Array | None) -> Array:
            k_outer, k_inner = keys(key, 2)
            far = outer_penalty * divergence(log_policy, own, x)
            return values(x, after(x, k_inner), k_outer)[0] - far

        new = _climb(objective, own, outer_rate, outer_steps, key)
        return jax.tree.map(jnp.subtract, new, own)

    remember_game(rule, values)
    return rule


def _climb(
    objective: Callable[[Params, Any], Array],
    theta: Params,
    rate: Scalar,
    steps: int,
    key: Array | None,
) -> Params:
    """Return theta after `steps` gradient steps, each with a key of its own."""

    def climb(theta: Params, key: Array | None) -> tuple[Params, None]:
        return step(theta, rate, jax.grad(objective)(theta, key)), None

    drawn = None if key is None else jax.random.split(key, steps)
    return lax.scan(climb, theta, drawn, length=steps)[0]
