"""The naive learner: follow the gradient of my own value, as if the other stood still."""

from typing import Any

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit.types import Params, Rule, Values, remember_game


def naive(values: Values) -> Rule:
    """Return the naive rule, grad_own V_own. Foerster et al. (2018)."""
    _validate.function("values", values)

    def rule(own: Params, other: Params, key: Array | None = None) -> Any:
        return jax.grad(lambda own: values(own, other, key)[0])(own)

    remember_game(rule, values)
    return rule
