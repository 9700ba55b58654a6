"""Learning with opponent-learning awareness: three rules that papers call LOLA.

The other is about to take a naive step, other' = other + lookahead * grad_other V_other.
All three rules climb V_own(own, other'), and differ in how much of it they keep::

    lola            the paper's: first order in the step, and only the part that shapes it
    lola_taylor     gradient of the whole first-order expansion
    lola_unrolled   gradient through the step itself (one step or several)

All three at (own, other), ascent directions of the shape of `own`; with lookahead = 0
all three are the naive rule. `lookahead` (the paper's eta) is a step size of the other:
one finite number, which may be traced; anything else is a ValueError.
"""

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit._field import dot, keys, step
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Values


def lola(values: Values, *, lookahead: Scalar) -> Rule:
    """Return the LOLA rule of the paper::

        grad_own V_own + lookahead * (grad_other V_own)' grad_own grad_other V_other

    The second term is how my parameters turn the other's next step, weighed by how much
    that step is worth to me.
    Foerster et al. (2018), with eta = lookahead; the step size delta is the optimizer's.

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Exact values are
            differentiated as they are; sampled ones draw a batch for each factor.
        lookahead: the step size that the other is believed to use, a finite number.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(lola(values, lookahead=0.1)(2.0, 1.0)), 3)  # 1 + 0.1 * 2 * 3
    1.6
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_worth, k_mine, k_theirs = keys(key, 3)
        worth = jax.grad(lambda other: values(own, other, k_worth)[0])(other)

        def surrogate(own: Params) -> Array:
            def theirs(other: Params) -> Array:
                return values(own, other, k_theirs)[1]

            # worth . grad_other V_other, as one derivative of V_other along `worth`.
            _, gain = jax.jvp(theirs, (other,), (worth,))
            return values(own, other, k_mine)[0] + lookahead * gain

        return jax.grad(surrogate)(own)

    remember_game(rule, values)
    return rule


def lola_taylor(values: Values, *, lookahead: Scalar) -> Rule:
    """Return the gradient of the whole first-order expansion::

        grad_own [ V_own + lookahead * (grad_other V_own)' grad_other V_other ]

    It is the paper's rule plus lookahead * (grad_own grad_other V_own) grad_other V_other,
    the LookAhead term: the other's step, taken as given, moves my own gradient. This is
    what most later code calls LOLA (Letcher et al., 2019; Lu et al., 2022).

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Exact values are
            differentiated as they are; sampled ones draw a batch for each factor.
        lookahead: the step size that the other is believed to use, a finite number.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(lola_taylor(values, lookahead=0.1)(2.0, 1.0)), 3)  # 1.6 + 0.1 * 1 * 3 * 2
    2.2
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_worth, k_mine, k_theirs = keys(key, 3)

        def surrogate(own: Params) -> Array:
            worth = jax.grad(lambda other: values(own, other, k_worth)[0])(other)
            step = jax.grad(lambda other: values(own, other, k_theirs)[1])(other)
            return values(own, other, k_mine)[0] + lookahead * dot(worth, step)

        return jax.grad(surrogate)(own)

    remember_game(rule, values)
    return rule


def lola_unrolled(values: Values, *, lookahead: Scalar, steps: int = 1) -> Rule:
    """Return the gradient of my value after `steps` naive steps of the other::

        grad_own V_own(own, other_K),
        other_k+1 = other_k + lookahead * grad_other V_other(own, other_k)

    The steps are differentiated through: other_K depends on own. With sampled values
    each step draws its own batch. K = steps; Foerster et al. (2018, DiCE).

    Args:
        values: `values(own, other, key) -> [mine, theirs]`, shape [2]. Exact values are
            differentiated as they are; sampled ones draw a batch for each factor.
        lookahead: the step size that the other is believed to use, a finite number.
        steps: K, how many steps ahead, at least 1; their length is `lookahead` each.

    Returns:
        A rule, the direction at (own, other) of the shape of `own`.

    >>> import jax.numpy as jnp
    >>> values = lambda own, other, key=None: own * other * jnp.array([1.0, 3.0])
    >>> round(float(lola_unrolled(values, lookahead=0.1)(2.0, 1.0)), 3)  # as linear
    2.2
    """
    _validate.function("values", values)
    lookahead = _validate.finite_scalar("lookahead", lookahead)
    steps = _validate.positive_int("steps", steps)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        k_outer, k_inner = keys(key, 2)

        def after(own: Params) -> Array:
            def move(other: Params, key: Array | None) -> tuple[Params, None]:
                towards = jax.grad(lambda other: values(own, other, key)[1])(other)
                return step(other, lookahead, towards), None

            each = None if k_inner is None else jax.random.split(k_inner, steps)
            other_K, _ = jax.lax.scan(move, other, each, length=steps)
            return values(own, other_K, k_outer)[0]

        return jax.grad(after)(own)

    remember_game(rule, values)
    return rule
