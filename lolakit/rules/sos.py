"""Stable opponent shaping: LookAhead, and as much shaping as it can bear.

LookAhead cannot be led away from a stable fixed point, and does not shape; LOLA shapes, and
can be led away. SOS adds to the first a share p of what the second adds.
"""

import jax.numpy as jnp
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import (
    Pair,
    cross,
    cross_transposed,
    dot,
    field,
    keys,
    step,
    worth,
)
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values


def sos(values: Values, *, lookahead: Scalar, a: Scalar = 0.5, b: Scalar = 0.1) -> Rule:
    """Return stable opponent shaping::

        d0 + p * lookahead * chi,   p = min(p1, p2), one number for both players

        d0  = v + lookahead * H_o v              LookAhead, of both
        chi = H_o' (grad_own V_other, grad_other V_own)        shaping, of both
        p1  = 1 if c.d0 >= 0, else min(1, -a |d0|^2 / c.d0),   c = lookahead * chi
        p2  = |v|^2 if |v| < b, else 1

    With p = 1 it is `lola_taylor` and with p = 0 `look_ahead`. By p1 the whole direction
    keeps at least 1 - a of what d0 has along itself; by p2 shaping fades where both stand
    still, so that a fixed point of the game stays one. v is the simultaneous gradient and
    H_o the part of its Jacobian between the players; p needs both players' parts.
    Letcher et al. (2019), Algorithm 1.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Sampled ones draw a
            batch for each factor, and others for p, so that a product with p is not biased
            either. p itself is, as a minimum of ratios of estimates.
        lookahead: the step size that each is believed to use, a finite number.
        a: which part of d0 shaping may take away, between 0 and 1.
        b: how short v must be for shaping to fade, between 0 and 1.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(sos(values, lookahead=0.1)(2.0, 1.0)), 3)  # p = 1: lola_taylor
    2.2
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)
    a, b = _validate.between("a", a, 0, 1), _validate.between("b", b, 0, 1)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        def parts(key: Array | None) -> tuple[Pair, Pair, Pair]:
            k_v, k_step, k_ahead, k_worth, k_shaping = keys(key, 5)
            v = field(values, own, other, k_v)
            towards = v if key is None else field(values, own, other, k_step)
            d0 = step(v, lookahead, cross(values, own, other, towards, k_ahead))
            w = worth(values, own, other, k_worth)
            return v, d0, cross_transposed(values, own, other, w, k_shaping)

        k_direction, k_share = keys(key, 2)
        taken = parts(k_direction)
        p = share(*(taken if key is None else parts(k_share)), lookahead, a, b)
        _, d0, chi = taken
        return step(d0[0], p * lookahead, chi[0])

    remember_game(rule, values)
    return rule


def share(
    v: Pair, d0: Pair, chi: Pair, lookahead: Scalar, a: Scalar, b: Scalar
) -> Array:
    """Return p of SOS, from v, LookAhead and shaping of both players."""
    gain, size, speed = lookahead * dot(chi, d0), dot(d0, d0), dot(v, v)
    against = gain < 0
    p1 = jnp.where(
        against, jnp.minimum(1.0, -a * size / jnp.where(against, gain, -1.0)), 1.0
    )
    return jnp.minimum(p1, jnp.where(speed < b**2, speed, 1.0))
