"""Rules with exact derivatives that are almost LOLA, and a step that is almost a step."""

from collections.abc import Callable
from typing import Any

import jax
import optax
from jaxtyping import Array

from lolakit import _validate
from lolakit.learners.ascend import ascend
from lolakit.rules.lola import lola, lola_unrolled
from lolakit.rules.lookahead import without_graph
from lolakit.rules.naive import naive
from lolakit.types import Learner, Params, Rule, Scalar, Values


def ascend_with_delta_squared(
    rule: Rule, delta: Scalar, init: Callable[[Array], Params]
) -> Learner:
    """Return a learner that multiplies with its step size twice.

    Wrong: the rule is defined with delta in it, and the update has delta once
    more. Right: `ascend(rule, optax.sgd(delta), init)`. Found in notes (E1).
    """

    def inside(own: Params, other: Params, key: Array | None = None) -> Any:
        return delta * rule(own, other, key)

    return ascend(inside, optax.sgd(delta), init)


def lola_with_the_others_gradient(values: Values, *, lookahead: Scalar) -> Rule:
    """Return LOLA with grad_other V_other where grad_other V_own belongs::

        grad_own V_own + lookahead (grad_own grad_other V_other) grad_other V_other

    Wrong: the last factor should say which of the other's steps are good for
    *me*. As it stands, the second term is the gradient of half the squared
    length of grad_other V_other: it makes the other learn faster. Right:
    `lola`. Found in notes (E8).
    """

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        step = jax.grad(lambda other: values(own, other)[1])(other)

        def surrogate(own: Params) -> Array:
            theirs = lambda other: values(own, other)[1]
            _, gain = jax.jvp(theirs, (other,), (step,))
            return values(own, other)[0] + lookahead * gain

        return jax.grad(surrogate)(own)

    return rule


def lola_contracted_over_own(values: Values, *, lookahead: Scalar) -> Rule:
    """Return LOLA with its matrix of second derivatives transposed.

    Wrong: the sum runs over the index of `own`, so the result belongs to
    `other`; with as many parameters on both sides nothing warns. Right: `lola`,
    where it runs over the index of `other`. Left open by notes (E4), found in
    public code.
    """

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        worth = jax.grad(lambda other: values(own, other)[0])(other)
        theirs = lambda own, other: values(own, other)[1]
        M = jax.jacfwd(jax.grad(theirs), 1)(own, other)  # rows own, columns other
        return naive(values)(own, other) + lookahead * worth @ M

    return rule


def lola_with_a_minus(values: Values, *, lookahead: Scalar) -> Rule:
    """Return the naive term *less* the shaping term.

    Wrong: in code that descends, the term was given the sign of code that
    ascends. Right: `lola`. Found in public code.
    """
    return lola(values, lookahead=-lookahead)


def unrolled_without_graph(
    values: Values, *, lookahead: Scalar, steps: int = 1
) -> Rule:
    """Return the unrolled rule with the other's imagined steps cut from the graph.

    Wrong: the other's new policy is a number here. I see *that* it will step,
    and not that my policy turns the step. What is left is LookAhead. Right:
    `lola_unrolled`. Found in public code; notes do not mention the graph (E11).
    """
    return lola_unrolled(without_graph(values), lookahead=lookahead, steps=steps)


def unrolled_restarting(values: Values, *, lookahead: Scalar, steps: int = 1) -> Rule:
    """Return the unrolled rule where each imagined step starts from `other` again.

    Wrong: all steps but the last are thrown away, so that any number of them is
    one. Right: `lola_unrolled`. Found in public code, and repaired there.
    """
    steps = _validate.positive_int("steps", steps)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        def after(own: Params) -> Array:
            imagined = other
            for _ in range(steps):
                towards = jax.grad(lambda other: values(own, other)[1])(other)
                imagined = other + lookahead * towards  # not imagined + ...
            return values(own, imagined)[0]

        return jax.grad(after)(own)

    return rule
