"""Answers to the exercises of Chapter 11, right and wrong."""

import jax
import jax.numpy as jnp

import lolakit as lk
from lolakit.course.check import chapter11


def by_library(V_1, V_2, x, y, lookahead, order):
    """Both directions of lk.hola, as the exercise asks for them."""
    game = lk.differentiable_game(
        lambda x, y: (V_1(x.sum(), y.sum()), V_2(x.sum(), y.sum()))
    )
    x, y = jnp.array([x]), jnp.array([y])
    one, two = (
        lk.hola(values, lookahead=lookahead, order=order)
        for values in (game, game.swap())
    )
    return jnp.concatenate([one(x, y), two(y, x)])


def by_hand(V_1, V_2, x, y, lookahead, order):
    """By a loop over functions, from the naive pair upwards."""
    h_1, h_2 = jax.grad(V_1, 0), jax.grad(V_2, 1)
    for _ in range(order):
        h_1, h_2 = (
            jax.grad(lambda x, y, h=h_2: V_1(x, y + lookahead * h(x, y)), 0),
            jax.grad(lambda x, y, h=h_1: V_2(x + lookahead * h(x, y), y), 1),
        )
    return h_1(x, y), h_2(x, y)


def slip(name):
    """A function that makes one of the slips, of a game of which the check knows the form."""

    def function(V_1, V_2, x, y, lookahead, order):
        return chapter11._hola(x, y, lookahead, order, slip=name)

    return function


ORDER_2, CONSISTENT = chapter11._rest(0.2, 2), (1 + 2.6**0.5) / 2
A, B, LARGEST = -2.8 / 1.18, -2.7 / 1.18, 18**-0.5
Q = 5.5**0.5 - 2

RIGHT = {
    "ex11_1": [(ORDER_2, CONSISTENT, 0.375), (jnp.asarray(ORDER_2), 1.306, 3 / 8)],
    "ex11_2": [(A, B, LARGEST), (-2.373, jnp.asarray(-2.288), 0.236)],
    "ex11_3": [(by_library,), (by_hand,)],
    "ex11_4": [(9.0, Q, 0.5), (9, jnp.asarray(0.345), 0.5)],
}

WRONG = {
    "ex11_1": [
        ((chapter11._rest(0.2, 1), CONSISTENT, 0.375), "one order on"),
        ((chapter11._rest(0.2, 3), CONSISTENT, 0.375), "this is order 3"),
        ((chapter11._rest(0.1, 2), CONSISTENT, 0.375), "rest_order_2: this is for"),
        ((CONSISTENT, ORDER_2, 0.375), "rest_order_2: the two look exchanged"),
        ((1.0, CONSISTENT, 0.375), "line of fixed points"),
        ((ORDER_2 / 2, CONSISTENT, 0.375), "rest_order_2: this is x alone"),
        ((3.0, CONSISTENT, 0.375), "rest_order_2: not yet"),
        ((ORDER_2, ORDER_2, 0.375), "rest_consistent: the two look exchanged"),
        ((ORDER_2, (1 + 1.8**0.5) / 2, 0.375), "rest_consistent: this is for"),
        ((ORDER_2, (1 - 2.6**0.5) / 2, 0.375), "the other root"),
        ((ORDER_2, 1 / CONSISTENT, 0.375), "this is u"),
        ((ORDER_2, 1.0, 0.375), "rest_consistent: this is the line"),
        ((ORDER_2, CONSISTENT / 2, 0.375), "rest_consistent: this is x alone"),
        ((ORDER_2, CONSISTENT, 0.25), "the Taylor rule"),
        ((ORDER_2, CONSISTENT, 0.707), "Hamiltonian"),
        ((ORDER_2, CONSISTENT, 0.125), "under the root"),
        ((ORDER_2, CONSISTENT, 0.5), "the map is the map"),
        ((ORDER_2, CONSISTENT, 1.0), "largest: not yet"),
    ],
    "ex11_2": [
        ((B, A, LARGEST), "a: the two look exchanged"),
        ((-2.8, B, LARGEST), "a: this is order 1"),
        ((-2.8 / 0.82, B, LARGEST), "a: look at the sign"),
        ((-2.8 / 1.09, B, LARGEST), "a: a factor of 2"),
        ((-1.0, B, LARGEST), "a: this is the naive rule"),
        ((0.0, B, LARGEST), "a: not yet"),
        ((A, A, LARGEST), "b: the two look exchanged"),
        ((A, -2.7, LARGEST), "b: this is order 1"),
        ((A, -3.3 / 1.18, LARGEST), "b: look at the sign of d"),
        ((A, -2.7 / 0.82, LARGEST), "b: look at the sign with which"),
        ((A, -3.0, LARGEST), "b: this is the naive rule"),
        ((A, 2.7 / 1.18, LARGEST), "b: look at the sign"),
        ((A, B, 1 / 3), "largest: a factor of 2"),
        ((A, B, 1 / 18), "its square"),
        ((A, B, 0.707), "Hamiltonian"),
        ((A, B, 0.0707), "Balduzzi"),
        ((A, B, 1.0), "largest: not yet"),
    ],
    "ex11_3": [
        ((lambda *given: jnp.zeros(2),), "not yet, at order 0"),
        ((lambda *given: jnp.zeros(3),), "expected the shape"),
        *(((slip(name),), hint) for name, hint in chapter11.SLIPS.items()),
    ],
    "ex11_4": [
        ((3.0, Q, 0.5), "the way back"),
        ((1 / 3, Q, 0.5), "once where it should be twice"),
        ((1 / 9, Q, 0.5), "upside down"),
        ((6.0, Q, 0.5), "multiply"),
        ((2.0, Q, 0.5), "times_as_far: not yet"),
        ((9.0, 0.342, 0.5), "at the old q"),
        ((9.0, 0.5, 0.5), "no square"),
        ((9.0, 0.3, 0.5), "the old one"),
        ((9.0, -4.345, 0.5), "no probability"),
        ((9.0, 0.9, 0.5), "q: not yet"),
        ((9.0, Q, 0.1), "weaker than theirs"),
        ((9.0, Q, 0.02), "larger or smaller"),
        ((9.0, Q, 1.0), "penalty: not yet"),
    ],
}  # fmt: skip
