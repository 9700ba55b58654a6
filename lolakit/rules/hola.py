"""LOLA of higher order: learning against a learner that itself looks ahead."""

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import keys, step
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values


def hola(values: Values, *, lookahead: Scalar, order: int) -> Rule:
    """Return LOLA of any order, against a learner that is one order lower::

        h^0 = grad_own V_own                                   the naive rule
        h^n = grad_own V_own(own, other + lookahead * h^(n-1)_other(own, other))

    where h^(n-1)_other is the same rule from the other's seat, and is differentiated in
    `own`. Order 1 is `lola_unrolled` with one step: it believes the other to be naive.
    Order 2 believes the other to be of order 1, and so on; each order believes the other
    to be one below itself, so two learners of the same order are both mistaken.
    Foerster et al. (2018), section on higher-order LOLA, with exact steps in place of
    first-order expansions; HOLAn of Willi et al. (2022).

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Sampled ones draw a
            batch for each order.
        lookahead: the step size that each is believed to use, a finite number.
        order: n, at least 0. Time grows fast with it: n + 1 gradients, each of the last.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(hola(values, lookahead=0.1, order=1)(2.0, 1.0)), 3)  # lola_unrolled
    2.2
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)
    order = _validate.whole("order", order, least=0)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        drawn = keys(key, order + 1)

        def mine(n: int, own: Params, other: Params) -> Params:
            def value(own: Params) -> Array:
                there = (
                    step(other, lookahead, theirs(n - 1, own, other)) if n else other
                )
                return values(own, there, drawn[n])[0]

            return jax.grad(value)(own)

        def theirs(n: int, own: Params, other: Params) -> Params:
            def value(other: Params) -> Array:
                here = step(own, lookahead, mine(n - 1, own, other)) if n else own
                return values(here, other, drawn[n])[1]

            return jax.grad(value)(other)

        return mine(order, own, other)

    remember_game(rule, values)
    return rule
