"""LookAhead: see the other's next step coming, and take it as given.

It is what is left of LOLA without shaping, and the other half of the full Taylor rule:
the two together are `lola_taylor`. Zhang and Lesser (2010); Letcher et al. (2019).
"""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import keys
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values


def look_ahead(values: Values, *, lookahead: Scalar) -> Rule:
    """Return LookAhead, to first order in the step::

        grad_own V_own + lookahead * (grad_own grad_other V_own) grad_other V_other

    My own gradient, moved to where the other's naive step takes it: the step itself has
    no derivative in `own`.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2].
        lookahead: the step size that the other is believed to use, a finite number.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(look_ahead(values, lookahead=0.1)(2.0, 1.0)), 3)  # 1 + 0.1 * 3 * 2
    1.6
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_mine, k_theirs = keys(key, 2)
        step = jax.grad(lambda other: values(own, other, k_theirs)[1])(other)

        def moved(own: Params) -> Array:
            mine = lambda other: values(own, other, k_mine)[0]
            V, gain = jax.jvp(mine, (other,), (step,))
            return V + lookahead * gain

        return jax.grad(moved)(own)

    remember_game(rule, values)
    return rule


def without_graph(values: Values) -> Values:
    """Return values where what the other earns has no derivative in `own`.

    A rule that looks ahead with them does not shape: on them, `lola_taylor` is
    `look_ahead`, and `lola_unrolled` is LookAhead with a whole step.
    """
    _validate.function("values", values)

    def cut(own: Params, other: Params, key: Array | None = None) -> Array:
        mine = values(own, other, key)[0]
        return jnp.stack([mine, values(lax.stop_gradient(own), other, key)[1]])

    remember_game(cut, values)
    return cut
