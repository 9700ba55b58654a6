"""Checks of Chapter 2, the naive learner."""

import functools
from typing import Any

import numpy as np

from lolakit.course.check import plain
from lolakit.course.check.verdict import choice, diagnose, exercise, number
from lolakit.games.matrix import prisoners_dilemma
from lolakit.games.memory_one import always_cooperate, always_defect, tit_for_tat

__all__ = ["ex2_1", "ex2_2", "ex2_3"]

_GAMMA = 0.96  # of the chapter's prisoner's dilemma, as `lk.prisoners_dilemma()` has it


@exercise("2.1")
def ex2_1(factor: Any, R: Any) -> str:
    """Check Exercise 2.1. Pass two numbers: the factor, and the mean of R over seeds."""
    q = plain.sigmoid(tit_for_tat())  # in its own order: I come second
    rho = q[1] - q[2]
    diagnose(
        number(factor, "factor"),
        2 * _GAMMA * rho - 1,
        [
            (rho, "factor: this is rho itself, or the discount is missing."),
            (1 / (2 * _GAMMA), "factor: this is the border that rho has to pass."),
            (
                2 * _GAMMA * rho,
                "factor: cooperating also costs something in this round.",
            ),
            (
                _GAMMA * rho - 1,
                "factor: my C is worth more than that to me next round.",
            ),
            (1 - 2 * _GAMMA * rho, "factor: look at the sign. Which way is uphill?"),
            (-1, "factor: tit-for-tat does answer. What is its rho?"),
        ],
        "factor: not yet. How likely is tit-for-tat to cooperate after my C, and after my "
        "D? Their difference is rho.",
        atol=0.005,  # two digits; the nearest mistake is 0.08 off
    )
    against = (always_cooperate(), always_defect())
    best, worst = (
        plain.values(prisoners_dilemma(), own, tit_for_tat())[0] for own in against
    )
    diagnose(
        number(R, "R"),
        (1 - _GAMMA) * best,
        [
            (best, "R: this is V. Per step it is R, `lk.per_step(V, gamma)`."),
            (
                (1 - _GAMMA) * worst,
                "R: this is what always defecting earns. Did the learner climb, and does "
                "the other hold still?",
            ),
        ],
        "R: not what 200 updates of a naive learner reach. Is the other "
        "`lk.fixed(lk.tit_for_tat())`, and R the first player's, per step?",
        atol=0.05,  # in 200 updates each seed comes as near to the best answer
    )
    return "Against a player that answers, the naive learner cooperates."


@exercise("2.2")
def ex2_2(border: Any, R_above: Any, says: Any) -> str:
    """Check Exercise 2.2. Pass the border k, R of the run from above it, and a letter."""
    rho = 1 / (2 * _GAMMA)
    right = 2 * np.arctanh(rho)
    diagnose(
        number(border, "border"),
        right,
        [
            (rho, "border: this is rho. The question is which k gives it."),
            (
                np.log(rho / (1 - rho)),
                "border: rho is the difference of two probabilities, not one of them.",
            ),
            (
                right / 2,
                "border: the difference of the two sigmoids is tanh(k / 2), not tanh(k).",
            ),
            (2 * np.arctanh(0.5), "border: here the discount was left out of it."),
            (-right, "border: look at the sign. Who is rewarded for what?"),
        ],
        "border: not yet. Write rho as a function of k, and find where it is just enough.",
        atol=0.005,  # two digits
    )
    above, below, far = (_naive_pair(k) for k in (right + 0.05, right - 0.05, 3.0))
    diagnose(
        number(R_above, "R_above"),
        above,
        [
            (below, "R_above: so ends the run from below. Is k the border plus 0.05?"),
            (far, "R_above: so ends the run from k = 3."),
            (above / (1 - _GAMMA), "R_above: this is V. Per step it is R."),
        ],
        "R_above: not yet. Both start at k (1, 1, -1, 1, -1) with k the border plus 0.05, "
        "and make 200 updates with step size 1.",
        atol=0.02,  # two digits, and a border known to two digits
    )
    choice(
        says,
        "abc",
        {
            "a": "says: the run does begin uphill. What has changed when it stops?",
            "c": "says: run it for longer. Does it get there?",
        },
        "says",
    )
    return "The condition holds where the two are, and they move."


@functools.lru_cache
def _naive_pair(k: float) -> float:
    """Return R of two naive learners after 200 updates from the soft tit-for-tat of size k."""
    theta = k * np.array([1.0, 1.0, -1.0, 1.0, -1.0])
    for _ in range(200):  # both alike, from start to end
        theta = theta + plain.derivatives(prisoners_dilemma(), theta, theta).own[0]
    return float(plain.per_step(prisoners_dilemma(), theta, theta)[0])


@exercise("2.3")
def ex2_3(power: Any, ratio: Any) -> str:
    """Check Exercise 2.3. Pass the power of delta, and the measured ratio of the rises."""
    small, large = _rise(0.01, 2000), _rise(0.1, 200)
    diagnose(
        number(power, "power"),
        round(np.log10(large / small)),
        [
            (2, "power: so a single step rises. How many of them fit into the time?"),
            (0, "power: to first order H stays the same. Take the second order too."),
            (-1, "power: do larger steps wind outwards more, or less?"),
        ],
        "power: not yet. Expand H after one step to second order, then count the steps.",
        atol=0.1,  # a power that is measured may stand for the one that is derived
    )
    diagnose(
        number(ratio, "ratio"),
        large / small,
        [
            (
                small / large,
                "ratio: divide the rise of the larger step by the smaller's.",
            ),
            (
                large / _rise(0.01, 200),
                "ratio: as many steps are not as much time. Take the steps so that delta "
                "times their number is 20 for both.",
            ),
            (_rise(1.0, 20) / large, "ratio: these are larger steps than asked for."),
        ],
        "ratio: not yet. The rise is H at the end less H at the start, in the one-shot "
        "game, from p = (0.6, 0.5), with 200 steps of 0.1 and 2000 of 0.01.",
        atol=0.06,  # one decimal
    )
    return "So H is kept in the limit of small steps, and only there."


@functools.lru_cache
def _rise(delta: float, steps: int) -> float:
    """Return the rise of H = cosh a + cosh b in one-shot matching pennies."""
    a, b = np.log(0.6 / 0.4), 0.0
    start = np.cosh(a) + np.cosh(b)
    for _ in range(steps):
        f = np.tanh(b / 2) / (1 + np.cosh(a))
        g = -np.tanh(a / 2) / (1 + np.cosh(b))
        a, b = a + delta * f, b + delta * g
    return float(np.cosh(a) + np.cosh(b) - start)
