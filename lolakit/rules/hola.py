"""LOLA of higher order: learning against a learner that itself looks ahead."""

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values


def lola_of_order_two(values: Values, *, lookahead: Scalar) -> Rule:
    """Return LOLA against a learner that itself uses `lola_unrolled`::

        grad_own V_own(own, other + lookahead * h),
        h = grad_other V_other(own + lookahead * grad_own V_own(own, other), other)

    Foerster et al. (2018), section on higher-order LOLA, with exact steps in place of
    first-order expansions. The shapes are those of `lola`; `values` are exact ones.
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)

    def step(theta: Params, direction: Params) -> Params:
        return jax.tree.map(lambda x, d: x + lookahead * d, theta, direction)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        def after(own: Params) -> Array:
            def theirs(other: Params) -> Array:  # what they earn after my naive step
                mine = jax.grad(lambda own: values(own, other)[0])(own)
                return values(step(own, mine), other)[1]

            return values(own, step(other, jax.grad(theirs)(other)))[0]

        return jax.grad(after)(own)

    remember_game(rule, values)
    return rule
