"""Checks of Chapter 11, who models whom; policies, not parameters."""

from typing import Any

import numpy as np

from lolakit.course.check.chapter10 import GAME
from lolakit.course.check.verdict import array, call, diagnose, exercise, number

__all__ = ["ex11_1", "ex11_2", "ex11_3", "ex11_4"]

THREE = 0.005
"""Three digits of a number between 1 and 10."""


def _rest(eta: float, order: int) -> float:
    """Return where two learners of an order rest in the tandem: the zero of c_0 + c_1 s."""
    c_0, c_1 = 2.0, -2.0
    for _ in range(order):
        u = 1 + eta * c_1
        c_0, c_1 = 2 - 2 * eta * c_0 * u, -2 * u**2
    return -c_0 / c_1


@exercise("11.1")
def ex11_1(rest_order_2: Any, rest_consistent: Any, largest: Any) -> str:
    """Check Exercise 11.1. Pass two sums x + y and a lookahead, to three digits."""
    order_2, consistent = _rest(0.2, 2), (1 + 2.6**0.5) / 2
    chapter = "this is for the lookahead of the chapter, not for the one asked for."
    fixed = "this is the line of fixed points. Does a shaper rest there?"
    for name, answer, right, mistakes in (
        ("rest_order_2", rest_order_2, order_2, [
            (_rest(0.2, 1), "this is order 1. Go one order on."),
            (_rest(0.2, 3), "this is order 3."),
            (_rest(0.1, 2), chapter),
            (consistent, "the two look exchanged."),
            (1.0, fixed),
            (order_2 / 2, "this is x alone. The question is about x + y."),
        ]),
        ("rest_consistent", rest_consistent, consistent, [
            (order_2, "the two look exchanged."),
            ((1 + 1.8**0.5) / 2, chapter),
            ((1 - 2.6**0.5) / 2, "this is the other root, to which no order leads."),
            (2 / (1 + 2.6**0.5), "this is u. The rule rests at its inverse."),
            (1.0, fixed),
            (consistent / 2, "this is x alone. The question is about x + y."),
        ]),
    ):  # fmt: skip
        diagnose(
            number(answer, name),
            right,
            [(value, f"{name}: {hint}") for value, hint in mistakes],
            f"{name}: not yet. Follow c_0 and c_1, and look where the line is zero.",
            atol=THREE,
        )
    diagnose(
        number(largest, "largest"),
        3 / 8,
        [
            (
                0.25,
                "largest: there the Taylor rule loses its rest point. Look at the map.",
            ),
            (0.5**0.5, "largest: this is the limit of the Hamiltonian game."),
            (1 / 8, "largest: look at the sign under the root."),
            (
                0.5,
                "largest: order 1 comes to nothing there, and still the map is the map.",
            ),
        ],
        "largest: not yet. For which lookahead is the factor of an error in c_1 of size 1?",
        atol=THREE / 10,
    )
    return (
        "Beyond it the orders jump about, and the consistent rule is there as before."
    )


@exercise("11.2")
def ex11_2(a: Any, b: Any, largest: Any) -> str:
    """Check Exercise 11.2. Pass two entries and a lookahead, to three digits."""
    right = {"a": -2.8 / 1.18, "b": -2.7 / 1.18}
    mistakes = {
        "a": [
            (right["b"], "the two look exchanged."),
            (-2.8, "this is order 1. The rule must reproduce itself."),
            (-2.8 / 0.82, "look at the sign with which a comes back to itself."),
            (-2.8 / 1.09, "a factor of 2 is missing where a comes back to itself."),
            (-1.0, "this is the naive rule."),
        ],
        "b": [
            (right["a"], "the two look exchanged."),
            (-2.7, "this is order 1. The rule must reproduce itself."),
            (-3.3 / 1.18, "look at the sign of d."),
            (-2.7 / 0.82, "look at the sign with which b comes back to itself."),
            (-3.0, "this is the naive rule."),
            (2.7 / 1.18, "look at the sign."),
        ],
    }
    for name, answer in {"a": a, "b": b}.items():
        diagnose(
            number(answer, name),
            right[name],
            [(value, f"{name}: {hint}") for value, hint in mistakes[name]],
            f"{name}: not yet. Two equations with two unknowns: put one into the other.",
            atol=THREE,
        )
    diagnose(
        number(largest, "largest"),
        1 / 18**0.5,
        [
            (1 / 3, "largest: a factor of 2 is missing in the product."),
            (1 / 18, "largest: this is its square."),
            (0.5**0.5, "largest: this is the limit of the Hamiltonian game."),
            (0.0707, "largest: this is the limit of Balduzzi's game."),
        ],
        "largest: not yet. What multiplies an error after two orders?",
        atol=THREE / 10,
    )
    return "Three times as strong a whirl, a third of the lookahead."


def _hola(x: float, y: float, lookahead: float, order: int, slip: str = "") -> Any:
    """Return both directions in `GAME`, in which all orders are affine: a x + b y + e."""
    (q_1, q_2), l, m, k = GAME
    naive = np.array([[-k[0], q_1, l[0]], [q_2, -k[1], m[1]]])
    f = naive
    n = {"one too many": order + 1, "one too few": max(order - 1, 0)}.get(slip, order)
    step = -lookahead if slip == "sign" else lookahead
    step = 1.0 if slip == "no step size" else step
    for _ in range(n):
        one, two = f
        if slip == "takes it for naive":
            one, two = naive
        moved_x, moved_y = np.array([1.0, 0, 0]) + step * one, [0, 1.0, 0] + step * two
        both = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
        d_1, d_2 = step * two[0], step * one[1]  # how I turn the other's step
        if slip == "not differentiated":
            d_1 = d_2 = 0.0
        constant = np.array([0, 0, 1.0])
        first = q_1 * moved_y + d_1 * (q_1 * both[0] + m[0] * constant)
        second = q_2 * moved_x + d_2 * (q_2 * both[1] + l[1] * constant)
        if slip == "own step too":  # steps for both, and none of its own derivative
            first, second = first - k[0] * step * one, second - k[1] * step * two
        f = np.array([
            first + l[0] * constant - k[0] * both[0],
            second + m[1] * constant - k[1] * both[1],
        ])  # fmt: skip
    return f @ np.array([x, y, 1.0])


SLIPS = {
    "takes it for naive": "every order here takes the other for a naive learner.",
    "one too many": "one order too many. Order 0 is the naive rule.",
    "one too few": "one order too few. Order 1 takes a naive step of the other into account.",
    "not differentiated": "the other's step is held fixed. It depends on my parameter.",
    "sign": "look at the sign of the other's step: both climb.",
    "no step size": "the other's step lacks its lookahead.",
    "own step too": "in my value after the other's step, I stay where I am.",
}


@exercise("11.3")
def ex11_3(hola_of_two: Any) -> str:
    """Check Exercise 11.3. Pass the function of V_1, V_2, x, y, lookahead and order."""
    values = GAME.value(0), GAME.value(1)
    for order in (0, 1, 2, 3):
        point = (0.7, -0.4, 0.5, order)
        found = call(hola_of_two, *values, *point, name="hola_of_two")
        diagnose(
            array(found, (2,), "hola_of_two"),
            _hola(*point),
            [(_hola(*point, slip=k), f"hola_of_two: {SLIPS[k]}") for k in SLIPS],
            f"hola_of_two: not yet, at order {order}. Compare the orders one after the "
            "other with those of the tandem.",
            atol=1e-4,  # numbers of size 1, of which float32 keeps six digits
        )
    return "Each order is a gradient around the one below, from the other seat."


@exercise("11.4")
def ex11_4(times_as_far: Any, q: Any, penalty: Any) -> str:
    """Check Exercise 11.4. Pass a factor, a probability and a penalty."""
    diagnose(
        number(times_as_far, "times_as_far"),
        9.0,
        [
            (
                3.0,
                "times_as_far: the slope changes, and so does the way back to theta.",
            ),
            (1 / 3, "times_as_far: upside down, and once where it should be twice."),
            (1 / 9, "times_as_far: upside down."),
            (6.0, "times_as_far: the two factors multiply."),
        ],
        "times_as_far: not yet. What is the slope in z, and how does theta follow z?",
        atol=0.05,
    )
    diagnose(
        number(q, "q"),
        -2 + 5.5**0.5,
        [
            (
                0.3 + 0.21 / 5,
                "q: this takes q (1 - q) at the old q. Solve the equation.",
            ),
            (0.3 + 1 / 5, "q: the penalty is no square. Where is q (1 - q)?"),
            (0.3, "q: this is the old one."),
            (-2 - 5.5**0.5, "q: the other root is no probability."),
        ],
        "q: not yet. Where is the slope of q - beta KL zero?",
        atol=5e-4,
    )
    diagnose(
        number(penalty, "penalty"),
        0.5,
        [
            (0.1, "penalty: then the mean makes it weaker than theirs."),
            (0.02, "penalty: the other way round. Is the mean larger or smaller?"),
        ],
        "penalty: not yet. How many states are there?",
        atol=1e-3,
    )
    return "Behaviour does not know in which parameters it is written."
