"""Checks of Chapter 10, fields of general games."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lolakit.course.check.verdict import (
    array,
    call,
    choice,
    diagnose,
    exercise,
    need,
    number,
    share,
)

__all__ = ["ex10_1", "ex10_2", "ex10_3", "ex10_4"]


@exercise("10.1")
def ex10_1(rest_lola: Any, rest_taylor: Any, at_three_tenths: Any) -> str:
    """Check Exercise 10.1. Pass two sums x + y, to three digits, and one of the letters."""
    eta = 0.2
    lola, taylor = 1 / (1 - 2 * eta), (1 - 2 * eta) / (1 - 4 * eta)
    chapter = "this is for the lookahead of the chapter, not for the one asked for."
    mistakes = {
        "rest_lola": [
            (taylor, "the two look exchanged."),
            (1.25, chapter),
            (1.0, "there the slopes vanish. Does the shaping term vanish too?"),
            (1 / (1 + 2 * eta), "look at the sign of the shaping term."),
            (lola / 2, "this is x alone. The question is about x + y."),
        ],
        "rest_taylor": [
            (lola, "the two look exchanged."),
            (4 / 3, chapter),
            (1.0, "there the slopes vanish. Does the shaping term vanish too?"),
            (1 / (1 - 4 * eta), "where is the LookAhead term?"),
            (taylor / 2, "this is x alone. The question is about x + y."),
        ],
    }
    for name, answer, right in (
        ("rest_lola", rest_lola, lola),
        ("rest_taylor", rest_taylor, taylor),
    ):
        diagnose(
            number(answer, name),
            right,
            [(value, f"{name}: {hint}") for value, hint in mistakes[name]],
            f"{name}: not yet. Where is the sum of its terms zero? Three digits.",
            atol=0.005,  # three digits of a number between 1 and 10
        )
    hints = {
        "a": "at_three_tenths: does the direction point towards the rest point there?",
        "c": "at_three_tenths: what is the sign of the direction at s = 1?",
    }
    choice(at_three_tenths, "abc", hints, "at_three_tenths")
    return "Beyond a lookahead of a quarter the Taylor rule leaves its own rest point."


@exercise("10.2")
def ex10_2(largest_naive: Any, largest_look_ahead: Any) -> str:
    """Check Exercise 10.2. Pass two step sizes, to three digits."""
    naive = 2 / 101
    mistakes = [
        (1 / 101, "largest_naive: half of it. The pull appears twice in the square."),
        (0.02, "largest_naive: nearly. The step has a pull too: three digits."),
        (0.1, "largest_naive: there the distance grows by a third."),
    ]
    diagnose(
        number(largest_naive, "largest_naive"),
        naive,
        mistakes,
        "largest_naive: not yet. When does a step from (1, 0) keep its distance?",
        atol=6e-5,  # half a unit of the third digit, and a little
    )
    mistakes = [
        (
            22 / 202,
            "largest_look_ahead: here the lookahead stays 0.1. It changes with the step.",
        ),
        (naive, "largest_look_ahead: this is the naive one again."),
        (2 / 81, "largest_look_ahead: look at the sign of the LookAhead term."),
    ]
    diagnose(
        number(largest_look_ahead, "largest_look_ahead"),
        _largest_look_ahead(),
        mistakes,
        "largest_look_ahead: not yet. Take (I + delta H) J for M, and look for the "
        "delta at which the spectral radius of I + delta M is 1.",
        atol=6e-4,
    )
    return "To foresee a step allows for a step five times as long."


def _largest_look_ahead() -> float:
    """Return the positive root of 10100 d^3 - 99 d - 2.

    M = -(1 + 100 d) I + (10 - 10 d) R, and |1 - d - 100 d^2 + i (10 d - 10 d^2)|^2 - 1
    is d times that polynomial.
    """
    roots = np.roots([10100, 0, -99, -2])
    return float(roots.real.max())


class _Game(NamedTuple):
    """V_i = q_i x y + l_i x + m_i y - k_i (own)^2 / 2, with numbers of no meaning."""

    q: tuple[float, float]
    l: tuple[float, float]
    m: tuple[float, float]
    k: tuple[float, float]

    def value(self, i: int) -> Callable[[Any, Any], Any]:
        """Return V_i as a function of two numbers."""
        q, l, m, k = (x[i] for x in self)

        def V(x: Any, y: Any) -> Any:
            own = y if i else x
            return q * x * y + l * x + m * y - k * own * own / 2

        return V


def _sos(game: _Game, x: float, y: float, lookahead: float, slip: str = "") -> Any:
    """Return both directions of SOS, or what they are with one slip."""
    (q_1, q_2), l, m, k = game
    v = np.array([q_1 * y + l[0] - k[0] * x, q_2 * x + m[1] - k[1] * y])
    worth = np.array([q_2 * y + l[1], q_1 * x + m[0]])  # to the other, of each's step
    H = np.array([[0, q_1], [q_2, 0]])
    d_0 = v if slip == "no look-ahead" else v + lookahead * H @ v
    across = H if slip == "not transposed" else H.T
    c = lookahead * across @ worth * (-1 if slip == "sign" else 1)
    if slip == "look-ahead twice":
        c = lookahead * H @ v
    if slip == "no step size":
        c = c / lookahead
    against = v if slip == "v for d_0" else d_0
    along, size = c * against, against * against
    if slip != "one p each":
        along, size = along.sum(), size.sum()
    speed = v @ v
    safe = np.where(along < 0, along, -1.0)
    p_1 = np.where(along < 0, np.minimum(1.0, -0.5 * size / safe), 1.0)
    if slip == "other side":
        p_1 = np.where(along > 0, np.minimum(1.0, 0.5 * size / np.abs(along)), 1.0)
    limit = 0.1 if slip == "limit" else 0.01
    faded = np.sqrt(speed) if slip == "not squared" else speed
    p_2 = faded if speed < limit and slip != "no p_2" else 1.0
    p = {"p = 1": 1.0, "p = 0": 0.0}.get(slip, np.minimum(p_1, p_2))
    return d_0 + p * c


GAME = _Game((0.8, -0.5), (0.4, -1.5), (1.2, 0.3), (0.6, 0.2))
"""A game in which each slip below shows at one of the points."""

CASES: list[tuple[str, Any, float]] = [
    ("everywhere else", (0.7, -0.4), 0.5),  # p = 1
    ("where shaping works against LookAhead", (0.4, 0.3), 0.5),  # p = p_1
    ("near a fixed point", 0.06, 0.5),  # |v|, and p = p_2
    ("a little further from it", 0.2, 0.5),
]

SLIPS = {
    "p = 0": "the shaping term is missing: this is LookAhead.",
    "no look-ahead": "LookAhead's term is missing in d_0.",
    "look-ahead twice": "c holds LookAhead's term, not shaping's.",
    "not transposed": "in the shaping term, whose slope do I turn? The other's.",
    "sign": "look at the sign of the shaping term.",
    "no step size": "the shaping term lacks its lookahead.",
    "p = 1": "p is 1 here: this is the Taylor rule.",
    "one p each": "p is one number for both: add up the two players' parts.",
    "v for d_0": "the first criterion compares c with d_0, not with v.",
    "other side": "which sign of c.d_0 means that shaping works against LookAhead?",
    "no p_2": "the second criterion is missing.",
    "not squared": "the second criterion takes the square of |v|.",
    "limit": "b is compared with |v|, not with its square.",
}


def _at_speed(speed: float) -> tuple[float, float]:
    """Return a point where v is (speed, 0)."""
    (q_1, q_2), l, m, k = GAME
    J = np.array([[-k[0], q_1], [q_2, -k[1]]])
    x, y = np.linalg.solve(J, np.array([speed - l[0], -m[1]]))
    return float(x), float(y)


@exercise("10.3")
def ex10_3(sos_of_two: Any) -> str:
    """Check Exercise 10.3. Pass the function of V_1, V_2, x, y and the lookahead."""
    for where, point, lookahead in CASES:
        x, y = _at_speed(point) if isinstance(point, float) else point
        values = GAME.value(0), GAME.value(1)
        found = call(sos_of_two, *values, x, y, lookahead, name="sos_of_two")
        right = _sos(GAME, x, y, lookahead)
        slips = {k: _sos(GAME, x, y, lookahead, slip=k) for k in SLIPS}
        diagnose(
            array(found, (2,), "sos_of_two"),
            right,
            [(wrong, f"sos_of_two: {SLIPS[k]}") for k, wrong in slips.items()],
            f"sos_of_two: not yet, at a point {where}. Compare v, d_0, c and p, one "
            "after the other, with those of the chapter.",
            # Numbers of size 1, of which float32 keeps six digits; near the fixed point
            # |v|^2 is 0.0036, and what is to be seen there is p c, of that size.
            atol=1e-4,
        )
    return "LookAhead, and as much shaping as it can bear."


@exercise("10.4")
def ex10_4(fair_naive: Any, fair_taylor: Any, fair_sos: Any, how: Any) -> str:
    """Check Exercise 10.4. Pass three shares of starts, and one of the letters."""
    naive, taylor = share(fair_naive, "fair_naive"), share(fair_taylor, "fair_taylor")
    sos = share(fair_sos, "fair_sos")
    need(
        naive < taylor,
        "fair_naive: shaping changes this share, but the other way. Is a share exchanged?",
    )
    # The starts are given, so that the shares are; to run them takes longer than a check
    # may. Four standard errors of 1024 other starts (0.012 to 0.015) are let through.
    for name, found, low, high in (
        ("fair_naive", naive, 0.10, 0.20),
        ("fair_taylor", taylor, 0.60, 0.73),
        ("fair_sos", sos, 0.33, 0.47),
    ):
        need(
            low < found < high,
            f"{name}: too {'few' if found <= low else 'many'}. Both players follow the rule, "
            "with a step and a lookahead of 1, and x after 200 updates counts.",
        )
    hints = {
        "b": "how: nothing in V_1 says so. Look at what player 2 learns.",
        "c": "how: look at how often player 2 accepts, with and without shaping.",
    }
    choice(how, "abc", hints, "how")
    return "A threat: it costs the one who makes it, and turns the other's next step."
