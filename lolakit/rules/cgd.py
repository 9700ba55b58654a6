"""Competitive gradient descent: the step that both would take if both saw it coming."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import dot, field, keys, step, turn_other, turn_own
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values

MOST = 64
"""Steps of the solver, at most: it takes two for each of my parameters up to that."""


def cgd(values: Values, *, lookahead: Scalar) -> Rule:
    """Return competitive gradient descent, here an ascent::

        my part of  (I - lookahead * H_o)^-1 v
          =  (I - lookahead^2 A B)^-1 (grad_own V_own + lookahead * A grad_other V_other)

        A = grad_own grad_other V_own,   B = grad_other grad_own V_other

    v is the simultaneous gradient. The two directions are the equilibrium of a game that
    is bilinear around (own, other), with a price of ``|step|^2 / (2 lookahead)`` for each.
    Expanded in the lookahead it is v + lookahead H_o v + lookahead^2 H_o^2 v + ..., which
    begins as LookAhead. Schaefer and Anandkumar (2019), with eta = lookahead.

    No matrix is formed: the system, which need not be symmetric, is solved by conjugate
    gradients on its normal equations, in two steps for each of my parameters or `MOST`,
    whichever is less. The direction's own derivatives come from the solution.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Sampled ones draw a
            batch for each gradient and one each for A and B; an inverse of estimates is
            not unbiased.
        lookahead: the step size of both, a finite number.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(cgd(values, lookahead=0.1)(2.0, 1.0)), 3)  # 1.6 / (1 - 0.01 * 3)
    1.649
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_v, k_step, k_A, k_B = keys(key, 4)
        mine, theirs = field(values, own, other, k_v)
        if key is not None:
            theirs = field(values, own, other, k_step)[1]

        def system(own: Params, other: Params) -> tuple[Any, Any]:
            A = partial(turn_own, values, 0, own, other, key=k_A)
            Bt = partial(turn_own, values, 1, own, other, key=k_B)
            B = partial(turn_other, values, 1, own, other, key=k_B)
            At = partial(turn_other, values, 0, own, other, key=k_A)
            M = lambda x: step(x, -(lookahead**2), A(B(x)))
            return M, lambda x: step(x, -(lookahead**2), Bt(At(x)))

        ahead = turn_own(values, 0, own, other, theirs, k_A)
        M, _ = system(own, other)
        still, still_t = system(*lax.stop_gradient((own, other)))
        return lax.custom_linear_solve(
            M,
            step(mine, lookahead, ahead),
            solve=lambda _, b: normal_equations(still, still_t, b),
            transpose_solve=lambda _, b: normal_equations(still_t, still, b),
        )

    remember_game(rule, values)
    return rule


def normal_equations(
    M: Callable[[Params], Params], Mt: Callable[[Params], Params], b: Params
) -> Params:
    """Solve M x = b by conjugate gradients on M' M x = M' b; `Mt` is M transposed.

    In exact arithmetic as many steps as there are unknowns are enough; as many again take
    care of rounding. A residual of zero leaves x where it is.
    """
    num = min(2 * sum(x.size for x in jax.tree.leaves(b)), MOST)
    ratio = lambda a, b: jnp.where(b > 0, a / jnp.where(b > 0, b, 1), 0)

    def improve(carry: Any, _: None) -> tuple[Any, None]:
        x, residual, p, size = carry
        q = M(p)
        far = ratio(size, dot(q, q))
        x, residual = step(x, far, p), step(residual, -far, q)
        s = Mt(residual)
        new = dot(s, s)
        return (x, residual, step(s, ratio(new, size), p), new), None

    s = Mt(b)
    start = jax.tree.map(jnp.zeros_like, b), b, s, dot(s, s)
    return lax.scan(improve, start, None, length=num)[0][0]
