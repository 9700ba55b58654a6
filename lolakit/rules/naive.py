"""The naive learner: follow the gradient of my own value, as if the other stood still."""

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Values


def naive(values: Values) -> Rule:
    """Return the naive rule, grad_own V_own. Foerster et al. (2018).

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2], in units of payoff.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, -1.0])
    >>> float(naive(values)(0.5, 2.0))
    2.0
    """
    _validate.function("values", values)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        return jax.grad(lambda own: values(own, other, key)[0])(own)

    remember_game(rule, values)
    return rule
