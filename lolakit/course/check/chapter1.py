"""Checks of Chapter 1, games and values."""

from typing import Any

import numpy as np

from lolakit.course.check import plain
from lolakit.course.check.verdict import (
    array,
    call,
    choice,
    diagnose,
    exercise,
    need,
    number,
    wrong,
)
from lolakit.games.matrix import MatrixGame, prisoners_dilemma
from lolakit.games.memory_one import (
    always_cooperate,
    always_defect,
    from_probabilities,
    tit_for_tat,
)

__all__ = ["ex1_1", "ex1_2", "ex1_3", "ex1_4"]


@exercise("1.1")
def ex1_1(gamma: Any) -> str:
    """Check Exercise 1.1. Pass the smallest discount, one number."""
    gamma = number(gamma, "gamma")
    need(0 <= gamma < 1, "a discount lies between 0 and 1, and is below 1.")
    need(
        gamma > 0,
        "that would be so if the defector never earned anything against tit-for-tat's C. "
        "But tit-for-tat starts with C: write out the first round apart from the others.",
    )
    # A search in steps of a hundredth may be one step off, as logits of 20 are not certain.
    below, above = 0.011, 0.006
    need(
        _gain_of_cooperating(gamma + above) >= 0,
        "too small. Here defecting still earns more: the one good round at the start "
        "weighs more than all that is lost later.",
    )
    need(
        _gain_of_cooperating(gamma - below) < 0,
        "not the smallest. Cooperating earns at least as much at some smaller discount "
        "too: set the two discounted sums equal and solve for gamma.",
    )
    return "From there on what is lost in later rounds weighs more than the first gain."


def _gain_of_cooperating(gamma: float) -> float:
    game = prisoners_dilemma(min(max(gamma, 0.0), 0.999))
    V = plain.values(game, [always_cooperate(), always_defect()], tit_for_tat())
    return float(V[0, 0] - V[1, 0])


_TFT, _WSLS = np.array([1, 1, 0, 1, 0]), np.array([1, 1, 0, 0, 1])


@exercise("1.2")
def ex1_2(R_tft: Any, R_wsls: Any, why: Any) -> str:
    """Check Exercise 1.2. Pass two numbers, per step, and one of the letters."""
    for name, R, p in (("R_tft", R_tft, _TFT), ("R_wsls", R_wsls, _WSLS)):
        _check_trembling(number(R, name), p, name)
    hints = {
        "a": "why: look at what tit-for-tat does after CD and after DC. Does it forgive?",
        "c": "why: each hand trembles as often, whatever the policy.",
    }
    choice(why, "abc", hints, "why")
    return "A slip costs two tit-for-tats a feud, and the others two rounds."


def _check_trembling(R: float, p: np.ndarray, name: str) -> None:
    def pair(own: np.ndarray, other: np.ndarray, gamma: float = 0.96) -> float:
        game = prisoners_dilemma(gamma)
        both = from_probabilities(own), from_probabilities(other)
        return float(plain.per_step(game, *both)[0])

    slips, half, twice = _trembling(p, 0.05), 0.95 * p, _trembling(p, 0.1)
    others = _trembling(_WSLS if p is _TFT else _TFT, 0.05)
    mistakes = [
        (pair(p, p), "nobody slips here: mix 5 % of the opposite into each."),
        (pair(others, others), "that is the other policy's. Which five do you pass?"),
        (pair(half, half), "a slip turns D into C too: mix both ways."),
        *((pair(*x), "only one hand trembles.") for x in [(slips, p), (p, slips)]),
        (pair(twice, twice), "these hands tremble twice as often."),
        (pair(slips, slips, 0.99999), "an average: let late rounds count less."),
        (pair(slips, slips) / 0.04, "this is V, not `lk.per_step(V, gamma)`."),
    ]
    mistakes = [(value, f"{name}: {hint}") for value, hint in mistakes]
    otherwise = (
        f"{name}: not yet. Mix the slips into all five probabilities, turn them into "
        "logits, and let the policy meet itself in the dilemma with gamma = 0.96."
    )
    # Answers to three digits count; the nearest mistake is 0.0027 off.
    diagnose(R, pair(slips, slips), mistakes, otherwise, atol=0.001)


def _trembling(p: np.ndarray, slip: float) -> np.ndarray:
    return (1 - slip) * p + slip * (1 - p)


# No two entries alike: whatever is confused shows.
def _lopsided() -> MatrixGame:
    return MatrixGame(
        [[[1.0, -0.6], [0.3, -1.7]], [[0.4, 2.0], [-0.9, 0.7]]], gamma=0.8
    )


@exercise("1.3")
def ex1_3(finite_values: Any) -> str:
    """Check Exercise 1.3. Pass the function `finite_values(game, theta_1, theta_2, T)`."""
    for T in (1, 4):
        name = f"finite_values(..., T={T})"
        found = call(finite_values, _lopsided(), *plain.POINT, T, name=name)
        # Numbers of size 1 to 5; float32 keeps six digits of them.
        diagnose(
            array(found, (2,), name),
            _first_rounds(T),
            _wrong_sums(T),
            f"{name}: not yet. Round t pays r weighed by the distribution p0' P^t, and "
            "counts gamma^t.",
            atol=1e-4,
        )
    return "It takes T steps, where a loop over histories takes 4^T."


def _first_rounds(T: int, gamma: float = 0.8, swap: bool = True) -> np.ndarray:
    own, other = plain.POINT
    p0, P = plain.chain(own, other if swap else other[plain.TURNED])
    # The geometric series, up to T: (I - M)^-1 less M^T (I - M)^-1, with M = gamma P.
    M = gamma * P
    visits = (
        p0 @ (np.eye(4) - np.linalg.matrix_power(M, T)) @ np.linalg.inv(np.eye(4) - M)
    )
    return plain.payoffs(_lopsided()) @ visits


def _wrong_sums(T: int) -> list[tuple[np.ndarray, str]]:
    right, start = _first_rounds(T), f"T = {T}: "
    mistakes = [
        (plain.values(_lopsided(), *plain.POINT), "this is the value of all rounds."),
        (_first_rounds(T + 1), "one round too many."),
        (_first_rounds(T - 1), "one round too few: the first round counts too."),
        (_first_rounds(T, gamma=1 - 1e-9), "round t counts gamma^t, not as the first."),
        (0.8 * right, "the first round counts gamma^0, which is 1."),
        (0.2 * right, "this is per step. Here the discounted sum is asked for."),
        (right[::-1], "player 1's value comes first."),
        (_first_rounds(T, swap=False), "player 2's logits are in its own order."),
    ]
    # In one round neither the discount nor the order of the states matters.
    far = [(v, hint) for v, hint in mistakes if not np.allclose(v, right, atol=1e-3)]
    return [(v, start + hint) for v, hint in far]


@exercise("1.4")
def ex1_4(R: Any, ahead: Any) -> str:
    """Check Exercise 1.4. Pass an array [n, 2], own value first, and one of the letters."""
    shape = np.shape(R)
    need(
        len(shape) == 2 and shape[0] >= 100 and shape[1] == 2,
        f"R: expected the shape (n, 2) with 100 opponents or more, got {shape}.",
    )
    R = array(R, shape, "R")
    # Logits end at +-20: the line holds to 1e-6, and in float32 to 1e-5.
    own, other = R.T + 1
    off = np.abs(own - 2 * other).max()
    need(
        np.abs(R).max() <= 3 + 1e-4,
        "R: nobody can earn so much, or lose so much, in one step. Is it V?",
    )
    need(
        R.std(axis=0).min() > 0.01,
        "R: these opponents earn nearly all the same. Draw them far apart.",
    )
    if off > 1e-4:
        _diagnose_line(own, other)
    hints = {
        "a": "ahead: the factor is for what lies below -1 too. On which side are both?",
        "c": "ahead: both are on the line. Where on it can they be, inside the polygon?",
    }
    choice(ahead, "abc", hints, "ahead")
    return "No pair of policies gives both more than -1, so there is only shortfall to share."


def _diagnose_line(own: np.ndarray, other: np.ndarray) -> None:
    lines = [
        (other, 2 * own, "R: the owner of the policy comes first."),
        (own + 1, 2 * (other + 1), "R: this line begins at DD. Pass `generous=True`."),
        (own, 3 * other, "R: the slope of this line is not the chi that is asked for."),
    ]
    for left, right, hint in lines:
        need(np.abs(left - right).max() > 1e-4, hint)
    wrong(
        "R: the points are not on the line. Does the same zero-determinant policy meet "
        "every opponent, from the first seat of the same game?",
    )
