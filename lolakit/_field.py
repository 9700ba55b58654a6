"""The simultaneous gradient as a vector field, and its derivatives as products, no matrix.

Both players climb at once, so a point (own, other) moves along::

    v = (grad_own V_own, grad_other V_other),   J = dv = [[S_own, A], [B, S_other]]
    A = grad_own grad_other V_own,   B = grad_other grad_own V_other   (rows: whose gradient)
    H_o = [[0, A], [B, 0]]           what of J each player does to the other

A pair is (a tree like own, a tree like other). Each product is one derivative along a
direction, so trees of any shape pass and nothing of the size of J is kept. A sampled value
draws once for each product: give the factors of one term keys of their own.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from lolakit.types import Params, Scalar, Values

Pair = tuple[Params, Params]


def keys(key: Array | None, num: int) -> Any:
    """Split `key` into `num`; no key stays no key (exact values need none)."""
    return [None] * num if key is None else jax.random.split(key, num)


def dot(a: Params, b: Params) -> Array:
    """Return the inner product of two trees, in full precision on a GPU too."""
    product = partial(jnp.vdot, precision="highest")
    return jax.tree.reduce(jnp.add, jax.tree.map(product, a, b))


def step(theta: Params, size: Scalar, direction: Params) -> Params:
    """Return theta + size * direction."""
    return jax.tree.map(lambda x, d: x + size * d, theta, direction)


def field(values: Values, own: Params, other: Params, key: Array | None = None) -> Pair:
    """Return v: what each would climb if the other stood still."""
    mine = jax.grad(lambda own: values(own, other, key)[0])(own)
    theirs = jax.grad(lambda other: values(own, other, key)[1])(other)
    return mine, theirs


def worth(values: Values, own: Params, other: Params, key: Array | None = None) -> Pair:
    """Return (grad_own V_other, grad_other V_own): what each step is worth to the other."""
    theirs = jax.grad(lambda own: values(own, other, key)[1])(own)
    mine = jax.grad(lambda other: values(own, other, key)[0])(other)
    return theirs, mine


def _at(values: Values, key: Array | None) -> Callable[[Params, Params], Pair]:
    return lambda own, other: field(values, own, other, key)


def jacobian(
    values: Values, own: Params, other: Params, d: Pair, key: Array | None = None
) -> Pair:
    """Return J d, how v changes when both move along d."""
    return jax.jvp(_at(values, key), (own, other), d)[1]


def jacobian_transposed(
    values: Values, own: Params, other: Params, d: Pair, key: Array | None = None
) -> Pair:
    """Return J' d."""
    return jax.vjp(_at(values, key), own, other)[1](d)


def cross(
    values: Values, own: Params, other: Params, d: Pair, key: Array | None = None
) -> Pair:
    """Return H_o d = (A d_other, B d_own)."""
    return (
        turn_own(values, 0, own, other, d[1], key),
        turn_other(values, 1, own, other, d[0], key),
    )


def cross_transposed(
    values: Values, own: Params, other: Params, d: Pair, key: Array | None = None
) -> Pair:
    """Return H_o' d = (B' d_other, A' d_own)."""
    return (
        turn_own(values, 1, own, other, d[1], key),
        turn_other(values, 0, own, other, d[0], key),
    )


def turn_own(
    values: Values,
    seat: int,
    own: Params,
    other: Params,
    d: Params,
    key: Array | None = None,
) -> Params:
    """Return grad_own of V's slope along d in `other`: A d of seat 0, B' d of seat 1."""

    def slope(own: Params) -> Array:
        V = lambda other: values(own, other, key)[seat]
        return jax.jvp(V, (other,), (d,))[1]

    return jax.grad(slope)(own)


def turn_other(
    values: Values,
    seat: int,
    own: Params,
    other: Params,
    d: Params,
    key: Array | None = None,
) -> Params:
    """Return grad_other of V's slope along d in `own`: A' d of seat 0, B d of seat 1."""

    def exchanged(own: Params, other: Params, key: Array | None = None) -> Array:
        return values(other, own, key)

    return turn_own(exchanged, seat, other, own, d, key)
