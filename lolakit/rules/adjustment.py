"""Two answers to cycling: adjust the simultaneous gradient by its own Jacobian.

J = dv is a symmetric part, as of a hill that both climb, and an antisymmetric one, which
turns them round each other. Consensus optimisation walks to where v is small;
symplectic gradient adjustment corrects for the turning part only.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import (
    cross,
    cross_transposed,
    dot,
    field,
    jacobian_transposed,
    keys,
    step,
)
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values


def consensus(values: Values, *, weight: Scalar) -> Rule:
    """Return consensus optimisation::

        my part of  v - weight * J' v  =  grad_own V_own - weight / 2 * grad_own |v|^2

    v = (grad_own V_own, grad_other V_other) and J its Jacobian: besides climbing, both make
    the gradients of both small. The second part leads to any point with v = 0, also to one
    where each player's value is smallest. Mescheder et al. (2017), with gamma = weight, for
    ascent.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Exact values are
            differentiated as they are; sampled ones draw a batch for each factor.
        weight: of the second part, a finite number. It holds no step size.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(consensus(values, weight=0.1)(2.0, 1.0)), 3)  # 1 - 0.1 * 3 * 6
    -0.8
    """
    _validate.function("values", values)
    weight = _validate.finite_scalar("weight", weight)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_v, k_again, k_J = keys(key, 3)
        v = field(values, own, other, k_v)
        again = v if key is None else field(values, own, other, k_again)
        down = jacobian_transposed(values, own, other, again, k_J)
        return step(v[0], -weight, down[0])

    remember_game(rule, values)
    return rule


def symplectic_adjustment(
    values: Values, *, weight: Scalar = 1.0, align: bool = False
) -> Rule:
    """Return symplectic gradient adjustment (SGA)::

        my part of  v + weight * A v,   A = (J - J') / 2

    where v = (grad_own V_own, grad_other V_other) and J its Jacobian. A holds what turns
    the players round each other, so where the game has a potential nothing is adjusted.
    The adjustment should make v shorter near a stable fixed point and longer near an
    unstable one. With `align` its sign is chosen for that, at each point::

        weight * sign( (v' J v) (v' A' J' v) / n + 1/10 ),   n parameters of both

    Balduzzi et al. (2018), with lambda = weight. There xi + lambda A_H' xi goes down
    losses; with xi = -v and H = -J that is the formula above, and so is the sign.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Exact values are
            differentiated as they are; sampled ones draw a batch for each factor.
        weight: lambda, a finite number. It holds no step size.
        align: choose the sign of the adjustment at each point.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(symplectic_adjustment(values)(2.0, 1.0)), 3)  # 1 + (1 - 3) / 2 * 6
    -5.0
    """
    _validate.function("values", values)
    weight = _validate.finite_scalar("weight", weight)

    def turned(own: Params, other: Params, key: Array | None) -> tuple:
        """Return A v of both. The blocks of J on the diagonal are symmetric: not needed."""
        k_v, k_H = keys(key, 2)
        v = field(values, own, other, k_v)
        there = cross(values, own, other, v, k_H)
        back = cross_transposed(values, own, other, v, k_H)
        return step(step(there, -0.5, there), -0.5, back)

    def sign(own: Params, other: Params, key: Array | None) -> Array:
        k_v, k_J, k_A = keys(key, 3)
        v = field(values, own, other, k_v)
        Jt_v = jacobian_transposed(values, own, other, v, k_J)
        along = dot(v, Jt_v) * dot(turned(own, other, k_A), Jt_v)
        num = sum(x.size for x in jax.tree.leaves((own, other)))
        return jnp.sign(along / num + 0.1)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_v, k_A, k_sign = keys(key, 3)
        mine = field(values, own, other, k_v)[0]
        size = weight * sign(own, other, k_sign) if align else weight
        return step(mine, size, turned(own, other, k_A)[0])

    remember_game(rule, values)
    return rule
