"""Checks of Chapters 3 and 3b, LOLA with exact gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lolakit.course.check import plain, toy
from lolakit.course.check.verdict import (
    array,
    call,
    choice,
    diagnose,
    exercise,
    names,
    need,
    number,
    share,
)
from lolakit.games.matrix import MatrixGame, matching_pennies, prisoners_dilemma

__all__ = ["ex3_1", "ex3_2", "ex3_3", "ex3_4", "ex3_5", "ex3_6"]


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
def ex3_3(border: Any, once: Any, iterated: Any) -> str:
    """Check Exercise 3.3. Pass the function `border(lookahead)` and two shares of seeds."""
    etas = (0.5, 1.0, 2.0)
    found = [number(call(border, eta, name="border"), "border") for eta in etas]

    def borders(shaping: Callable[[float], float]) -> list[float]:
        return [_root(lambda p, eta=eta: 3 * p - 2 + eta * shaping(p)) for eta in etas]

    s = lambda p: p * (1 - p)
    diagnose(
        found,
        borders(lambda p: 3 * s(p) ** 2 * (1 + 3 * p)),
        [
            (
                [2 / 3] * 3,
                "border: this is the naive one, and LookAhead's. Add shaping.",
            ),
            (
                borders(lambda p: 3 * s(p) * (1 + 3 * p)),
                "border: each derivative in a logit has a factor p (1 - p). Count the "
                "derivatives in either term.",
            ),
            (
                borders(lambda p: 3 * (1 + 3 * p)),
                "border: these are derivatives in p. A logit moves p at the rate p (1 - p).",
            ),
            (
                borders(lambda p: 3 * s(p) ** 2 * (6 * p - 1)),
                "border: this is the Taylor rule. The paper's drops LookAhead's term.",
            ),
            (
                borders(lambda p: -3 * s(p) ** 2 * (1 + 3 * p)),
                "border: look at the sign of the shaping term.",
            ),
        ],
        "border: not yet. Work out lines 2, 4, 5 and 6 of the table with p in place of 1/2.",
        atol=2e-3,  # by reading a plot, three digits
    )
    once, iterated = share(once, "once"), share(iterated, "iterated")
    need(once < iterated, "the two shares look exchanged: `once` comes first.")
    # To run them takes longer than a check may: bounds, four standard errors of 512
    # seeds (0.022 and 0.009) from what we measure.
    need(
        ONCE[0] < once < ONCE[1],
        "once: not yet. Do both players follow the paper's rule with a lookahead of 1, "
        "and does a seed count if the *smaller* R of the two is above 3.5?",
    )
    need(
        iterated > 0.9,
        "iterated: too few. Do both players shape, in the iterated game?",
    )
    return "A lower border helps; a next round to answer in helps more."


ONCE = (0.34, 0.53)


def _root(f: Callable[[float], float]) -> float:
    """Return where a function changes its sign in (0, 1), from below to above."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if f(middle) > 0 else (middle, high)
    return low


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


@exercise("3.5")
def ex3_5(lola_direction: Any) -> str:
    """Check Exercise 3.5. Pass `lola_direction(payoff, gamma, theta_1, theta_2, lookahead)`."""
    draw = np.random.default_rng(35)
    game = MatrixGame(draw.normal(size=(2, 2, 2)), 0.8)
    payoff, found, at = np.asarray(game.payoff, dtype=float), [], []
    for lookahead in (1.0, 0.3, 2.0):
        own, other = draw.normal(size=(2, 5))
        given = (payoff.copy(), 0.8, own.copy(), other.copy(), lookahead)
        answer = call(lola_direction, *given, name="lola_direction")
        found.append(array(answer, (5,), "lola_direction"))
        at.append((own, other, lookahead))
    right, mistakes = _directions(game, at)
    # Central differences on our side are off by H^2 = 1e-6 times fourth derivatives, and
    # the learner's may be as well; float32 keeps five digits of numbers of size 10.
    atol = 2e-3
    diagnose(
        found,
        right,
        mistakes,
        "lola_direction: not yet. Compare first the values with `lk.exact_values`, then "
        "the naive direction (a lookahead of 0) with `lk.naive`.",
        atol=atol,
    )
    need(
        not names(lola_direction, "lolakit"),
        "lola_direction: the vectors are right, but it asks lolakit for them. This sheet "
        "is to be blank.",
    )
    return "That is the whole of LOLA-Ex."


def _directions(
    game: MatrixGame, at: list[tuple[np.ndarray, np.ndarray, float]]
) -> tuple[np.ndarray, list[tuple[np.ndarray, str]]]:
    """Return LOLA at some points, [n, 5], and what likely mistakes lead to."""
    hints = {
        "naive": "this is the naive direction. Does the shaping term depend on `lookahead`?",
        "minus": "look at the sign of the shaping term.",
        "slip": "the other's step is weighed with what it is worth to *me*.",
        "LookAhead": "this is LookAhead: the matrix is that of V_2, the vector of V_1.",
        "Taylor": "this is the Taylor rule. Hold grad_2 V_1 constant.",
        "transposed": "the sum runs over theta_2, and yours runs over theta_1.",
        "seats": "what you call CD the other calls DC.",
        "per step": "this learns from the value per step. V is the discounted sum.",
        "swapped": "payoff[0] is what player 1 earns.",
    }
    rows: dict[str, list[np.ndarray]] = {name: [] for name in ("right", *hints)}
    shrink = 1 - float(game.gamma)
    for own, other, eta in at:
        d = plain.derivatives(game, own, other)
        in_one_order = plain.derivatives(game, own, other[plain.TURNED])
        other_payoff = plain.derivatives(
            MatrixGame(game.payoff[::-1], game.gamma), own, other
        )
        shaping = eta * d.mixed[1] @ d.other[0]
        ahead = eta * d.mixed[0] @ d.other[1]
        naive = d.own[0]
        for name, row in [
            ("right", naive + shaping),
            ("naive", naive),
            ("minus", naive - shaping),
            ("slip", naive + eta * d.mixed[1] @ d.other[1]),
            ("LookAhead", naive + ahead),
            ("Taylor", naive + shaping + ahead),
            ("transposed", naive + eta * d.mixed[1].T @ d.other[0]),
            ("seats", _lola(in_one_order, eta)),
            ("per step", shrink * naive + shrink**2 * shaping),
            ("swapped", _lola(other_payoff, eta)),
        ]:
            rows[name].append(row)
    right, *wrong = map(np.array, rows.values())
    said = [f"lola_direction: {hint}" for hint in hints.values()]
    return right, list(zip(wrong, said, strict=True))


def _lola(d: plain.Derivatives, lookahead: float) -> np.ndarray:
    return d.own[0] + lookahead * d.mixed[1] @ d.other[0]


@exercise("3.6")
def ex3_6(cosine_of_steps: Any, times_as_long: Any, knows: Any) -> str:
    """Check Exercise 3.6. Pass a cosine, a ratio of lengths, and one of the letters."""
    d = plain.derivatives(prisoners_dilemma(), *plain.POINT)
    expected = d.other[1]
    shaping, ahead = d.mixed[0].T @ d.own[1], d.mixed[1].T @ d.own[0]
    my_step = d.own[0] + d.mixed[1] @ d.other[0]
    slips = {
        "of player 1 both steps are computed here. Player 1 expects player 2's.": (
            d.own[0],
            my_step,
        ),
        "the step that is taken is player 1's. Change the seats.": (expected, my_step),
        "this is the shaping term alone. The step has the naive gradient too.": (
            expected,
            shaping,
        ),
        "player 2 looks ahead here. It is to follow the paper's rule.": (
            expected,
            expected + ahead,
        ),
        "player 2 follows the Taylor rule here. It is to follow the paper's.": (
            expected,
            expected + shaping + ahead,
        ),
    }
    taken = expected + shaping
    diagnose(
        number(cosine_of_steps, "cosine_of_steps"),
        _cosine(expected, taken),
        [(_cosine(*pair), f"cosine_of_steps: {hint}") for hint, pair in slips.items()],
        "cosine_of_steps: not yet. Compare `lk.naive` with `lk.lola`, both as player 2.",
        atol=6e-3,  # two decimals
    )
    diagnose(
        number(times_as_long, "times_as_long"),
        _times(expected, taken),
        [
            (
                _times(taken, expected),
                "times_as_long: the other way round: the step that is taken, in units of "
                "the one that is expected.",
            ),
            (
                _times(expected, taken) ** 2,
                "times_as_long: these are squares of lengths.",
            ),
            *(
                (_times(*pair), f"times_as_long: {hint}")
                for hint, pair in slips.items()
            ),
        ],
        "times_as_long: not yet. Divide one length by the other.",
        atol=6e-3,
    )
    choice(
        knows,
        "abc",
        {
            "a": "knows: what would the cosine be if it knew the direction?",
            "c": "knows: what is the cosine of a direction and its opposite?",
        },
        "knows",
    )
    return "The forecast is nearly worthless here, and still the two come to cooperate."


def _times(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(b) / np.linalg.norm(a))
