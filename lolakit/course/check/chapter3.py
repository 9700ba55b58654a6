"""Checks of Chapter 3, LOLA with exact gradients."""

from typing import Any

import numpy as np

from lolakit.course.check import plain, toy
from lolakit.course.check.verdict import choice, diagnose, exercise, need, number, share
from lolakit.games.matrix import MatrixGame, matching_pennies, prisoners_dilemma

__all__ = ["ex3_1", "ex3_2", "ex3_3", "ex3_4"]


@exercise("3.1")
def ex3_1(cosine_dilemma: Any, cosine_pennies: Any, wants: Any) -> str:
    """Check Exercise 3.1. Pass two cosines, to four digits, and one of the letters."""
    _check_cosine(cosine_dilemma, prisoners_dilemma(), "cosine_dilemma")
    _check_cosine(cosine_pennies, matching_pennies(), "cosine_pennies")
    choice(
        wants,
        "abc",
        {
            "a": "wants: my value has dropped out of this term. Whose is left?",
            "c": "wants: it climbs the length of a gradient. Is the gradient to be short?",
        },
        "wants",
    )
    return "It is the gradient of half the squared length of grad_2 V_2."


def _check_cosine(answer: Any, game: MatrixGame, name: str) -> None:
    d = plain.derivatives(game, *plain.POINT)
    naive, shaping, slip = d.own[0], d.mixed[1] @ d.other[0], d.mixed[1] @ d.other[1]
    look_ahead = d.mixed[0] @ d.other[1]
    mistakes = [
        (-_cosine(shaping, slip), f"{name}: look at the sign of the other's gradient."),
        (
            _cosine(naive + shaping, naive + slip),
            f"{name}: compare the two terms, each without the naive gradient.",
        ),
        (
            _cosine(shaping, look_ahead),
            f"{name}: this is LookAhead's term. In the slip both V are V_2.",
        ),
        (
            _cosine(naive, slip),
            f"{name}: compare with the shaping term, not with the naive gradient.",
        ),
    ]
    diagnose(
        number(answer, name),
        _cosine(shaping, slip),
        mistakes,
        f"{name}: not yet. At the point of the chapter, with `terms` for the right one. "
        "Give four digits.",
        atol=2e-4,  # four digits: nearly opposite is not opposite
    )


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@exercise("3.2")
def ex3_2(wrong_rule: Any, cooperative: Any) -> str:
    """Check Exercise 3.2. Pass the function `wrong_rule(values)` and a share of seeds."""
    d = toy.derivatives()
    naive, shaping, slip = d.own[0], d.mixed[1] @ d.other[0], d.mixed[1] @ d.other[1]
    mistakes = [
        (slip, "the naive gradient is missing."),
        (
            naive + 2 * slip,
            "the squared length has twice this gradient: take half of it.",
        ),
        (naive - slip, "look at the sign of the new term."),
        (naive + shaping, "this is LOLA itself. The slip has V_2 in both places."),
        (
            naive,
            "only the naive gradient is left. Is the other's gradient taken inside the "
            "function that is differentiated in `own`?",
        ),
    ]
    toy.check_rule(wrong_rule, naive + slip, mistakes, "wrong_rule")
    found = share(cooperative, "cooperative")
    # To run 512 seeds takes longer than a check may: a bound. Four standard errors of
    # 512 seeds with a share of 0.01 are 0.02.
    need(
        found < 0.03,
        "cooperative: that is more than this learner cooperates. Did both players follow "
        "`wrong_rule`, and is cooperative a mean R above -1.2 at the end?",
    )
    return "What it adds points away from what would have shaped the other."


@exercise("3.3")
def ex3_3(share_naive: Any, share_lola: Any) -> str:
    """Check Exercise 3.3. Pass two shares of seeds in which both hunt the stag."""
    naive, lola = share(share_naive, "share_naive"), share(share_lola, "share_lola")
    need(
        naive < 0.6 or lola > 0.6,
        "the two look exchanged: share_naive comes first.",
    )
    # To run them takes longer than a check may: bounds, three to four standard errors
    # of 512 seeds (0.02 and 0.01) from what we measure.
    need(
        naive > 0.2,
        "share_naive: a little too few. Is the game the iterated one, and "
        "does a seed count if the *smaller* R of the two is above 3.5?",
    )
    need(
        naive < 0.34,
        "share_naive: too many. Does a seed count only if *both* earn more than 3.5 per "
        "step at the end?",
    )
    need(
        lola > 0.9,
        "share_lola: too few. Do both players shape, in the iterated game?",
    )
    return "Where the other's step can be turned, the better corner can be reached."


@exercise("3.4")
def ex3_4(unrolled_4: Any, change: Any, says: Any) -> str:
    """Check Exercise 3.4. Pass `unrolled_4(values)`, a change of shares, and a letter."""
    mistakes = [
        (
            toy.unrolled(1.0, 4),
            "four steps of this length look four times as far. Keep the product.",
        ),
        (toy.unrolled(1.0, 1), "this looks ahead in a single step."),
        (toy.unrolled(0.25, 1), "the step is shorter, but is it taken four times?"),
    ]
    toy.check_rule(unrolled_4, toy.unrolled(0.25, 4), mistakes, "unrolled_4")
    change = number(change, "change")
    need(abs(change) <= 1, "change: a difference of two shares lies between -1 and 1.")
    # To run them takes longer than a check may: four standard errors (0.019) from none.
    need(
        abs(change) < 0.08,
        "change: too large. It is one share less the other, with both players unrolled, "
        "from the same 512 starts. Is yours a share?",
    )
    choice(
        says,
        "abc",
        {
            "a": "says: does the interval of the change contain 0?",
            "b": "says: does the interval of the change contain 0?",
        },
        "says",
    )
    return "512 seeds see no difference. A small one they would miss."
