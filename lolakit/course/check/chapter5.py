"""Checks of Chapter 5, opponent modelling."""

import functools
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
    share,
)
from lolakit.games.matrix import MatrixGame, matching_pennies
from lolakit.games.memory_one import tit_for_tat, win_stay_lose_shift

__all__ = ["ex5_1", "ex5_2", "ex5_3", "ex5_4"]


@exercise("5.1")
def ex5_1(believed: Any, cooperative: Any) -> str:
    """Check Exercise 5.1. Pass a probability, and a share of seeds."""
    seen, prior = 100, 50
    right = (seen + prior) / (seen + 2 * prior)
    diagnose(
        number(believed, "believed"),
        right,
        [
            (
                np.log(seen + prior) - np.log(prior),
                "believed: this is the logit. The question is the probability.",
            ),
            (
                1,
                "believed: so it is without a prior. It counts for D as well as for C.",
            ),
            ((seen + 0.5) / (seen + 1), "believed: so it is with the prior of 1/2."),
            (seen / (seen + 2 * prior), "believed: the prior adds to C too."),
            (seen / (seen + prior), "believed: the prior adds to C as much as to D."),
            (prior / (seen + 2 * prior), "believed: this is the probability of D."),
        ],
        "believed: not yet. Add what the prior adds to the C and to the D that were seen.",
        atol=0.003,  # two digits
    )
    # To run 256 seeds takes longer than a check may: a bound, four standard errors at 0.01.
    need(
        share(cooperative, "cooperative") < 0.04,
        "cooperative: too many. Do both players believe so strongly? Pass "
        "`model=lk.counts(prior=50.0)` to `lk.modelled`.",
    )
    return "Who believes that all are lukewarm sees nothing to shape."


_WINDOWS = 2, 3, 5, 10


@exercise("5.2")
def ex5_2(growth_fading: Any, largest: Any) -> str:
    """Check Exercise 5.2. Pass `growth_fading(rate, delta)`, and four step sizes."""
    for rate, delta in ((1.0, 0.7), (0.4, 1.0), (0.2, 0.5)):
        mistakes = [
            (_fading(rate, delta, late=True), "the learner answers the new belief."),
            (_fading(1 - rate, delta), "the rate is the weight of what is new."),
            (
                _fading(rate, delta) - 1,
                "by how much it grows, yes: now the factor itself.",
            ),
            (_growth(1, delta), "so it is for a learner without a memory."),
            (_fading(rate, 1.0), "the step size is missing."),
            (
                _fading(rate, delta, real=True),
                "the size of an eigenvalue is its modulus.",
            ),
        ]
        diagnose(
            number(
                call(growth_fading, rate, delta, name="growth_fading"), "growth_fading"
            ),
            _fading(rate, delta),
            [(value, f"growth_fading: {hint}") for value, hint in mistakes],
            f"growth_fading: not yet at ({rate:g}, {delta:g}). Write down both lines of the "
            "update, of the parameters and of the belief, in terms of the old ones.",
            atol=1e-4,  # rules in float32 leave five digits; the mistakes are 0.002 off
        )
    found = array(largest, (len(_WINDOWS),), "largest")
    right = np.array([_largest_step(window) for window in _WINDOWS])
    diagnose(
        found,
        right,
        [
            (
                right * _WINDOWS,
                "largest: these are the products with w. Pass the steps.",
            ),
            (right[::-1], "largest: the windows are 2, 3, 5 and 10, in this order."),
            (
                np.full(len(_WINDOWS), right[0]),
                "largest: one step size for each window.",
            ),
        ],
        "largest: not yet. Where does growth(w, delta) pass 1?",
        atol=0.0101,  # two decimals, rounded either way
    )
    return "With a window, w times the step size must stay below 2 or so."


@functools.cache
def _largest_step(window: int) -> float:
    """Return the step size at which `_growth` passes 1, by halving."""
    low, high = 0.01, 2.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if _growth(window, middle) < 1 else (low, middle)
    return low


def _fading(rate: float, delta: float, late: bool = False, real: bool = False) -> float:
    """Return the growth with a belief that fades: right unless an argument spoils it."""
    A, B = _jacobians()
    one, none = np.eye(10), np.zeros((10, 10))
    belief = np.hstack([rate * one, (1 - rate) * one])  # of old parameters and belief
    answered = np.hstack([none, one]) if late else belief
    new = np.hstack([one + delta * A, none]) + delta * B @ answered
    found = np.linalg.eigvals(np.vstack([new, belief]))
    return float(found.real.max() if real else abs(found).max())


@functools.cache
def _growth(window: int, delta: float) -> float:
    """Return the size of the largest eigenvalue: LOLA against the mean of a window."""
    A, B = _jacobians()
    now, past = np.eye(10) + delta * A, delta * B / window
    first = np.hstack([now + past] + [past] * (window - 1))
    shift = np.eye(10 * (window - 1), 10 * window)
    return float(abs(np.linalg.eigvals(np.vstack([first, shift]))).max())


@functools.cache
def _jacobians() -> tuple[np.ndarray, np.ndarray]:
    """Return the derivatives of both LOLA rules at the coin toss, in own and other."""
    toss, pennies = np.zeros(5), matching_pennies()

    def lola(game: MatrixGame, own: np.ndarray, other: np.ndarray) -> np.ndarray:
        d = plain.derivatives(game, own, other)
        return d.own[0] + d.mixed[1] @ d.other[0]

    A, B = np.zeros((2, 10, 10))
    for i, game in enumerate((pennies, pennies.swap())):
        mine, theirs = slice(5 * i, 5 * i + 5), slice(5 - 5 * i, 10 - 5 * i)
        A[mine, mine] = plain.slope(lambda x, game=game: lola(game, x, toss), toss)
        B[mine, theirs] = plain.slope(lambda x, game=game: lola(game, toss, x), toss)
    return A, B


@exercise("5.3")
def ex5_3(believes_tft: Any, believes_wsls: Any) -> str:
    """Check Exercise 5.3. Pass two arrays [3]: P(C) at the start, after my C, after my D."""
    policies = tit_for_tat(2.0), win_stay_lose_shift(2.0)
    names = "believes_tft", "believes_wsls"
    answers = (
        array(answer, (3,), name)
        for answer, name in zip((believes_tft, believes_wsls), names, strict=True)
    )
    for name, found, theta in zip(names, answers, policies, strict=True):
        right = _reactive(theta, mine=1)
        (other,) = (x for x in policies if x is not theta)
        mistakes = [
            (np.log(right / (1 - right)), "these are logits. Give probabilities."),
            (right[[0, 2, 1]], "after my C comes before after my D."),
            (
                _reactive(theta, mine=0),
                "this model looks at what the other did itself. In the other's own order "
                "what I did comes second.",
            ),
            (_reactive(10 * theta, mine=1), "soften the policy: scale=2.0."),
            (_reactive(other, mine=1), "this is the other policy's."),
        ]
        diagnose(
            found,
            right,
            [(value, f"{name}: {hint}") for value, hint in mistakes],
            f"{name}: not yet. Three logits, spread over the five states of the other, "
            "then fitted to its play against `jnp.zeros(5)`.",
            # 200 games of 50 rounds show the start 200 times, my C and my D 5000 times:
            # four and a half standard errors of each frequency.
            atol=np.array([0.1, 0.04, 0.04]),
        )
    return "What depends on its own action looks, averaged over that, like a coin."


def _reactive(theta: Any, mine: int) -> np.ndarray:
    """Return what a reactive model comes to believe of `theta` as it plays against a coin."""
    p = plain.sigmoid(theta)
    _, P = plain.chain(theta, np.zeros(5))
    often = np.linalg.matrix_power(P, 100)[0]  # of CC, CD, DC, DD, own action first
    did_C = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], bool)[mine]
    after = (np.average(p[1:][x], weights=often[x]) for x in (did_C, ~did_C))
    return np.array([p[0], *after])


@exercise("5.4")
def ex5_4(R: Any, says: Any) -> str:
    """Check Exercise 5.4. Pass an array [2, 2], a window in each row, and a letter."""
    R = array(R, (2, 2), "R")
    need(np.abs(R).max() <= 3, "R: nobody can lose so much in one step. Is it V?")
    (lola_1, naive_1), (lola_20, naive_20) = R
    need(
        lola_1 < lola_20 or naive_1 < naive_20,
        "R: the rows look exchanged: the window of 1 comes first.",
    )
    # To run them takes longer than a check may: bounds, four standard errors (0.03) wide
    # or more.
    need(
        max(lola_1, naive_1) < -1.3,
        "R: too high for a window of 1. LOLA in the first column, the naive learner in the "
        "second, both after 200 updates. Does only LOLA model?",
    )
    need(
        min(lola_1, naive_1) > -1.7,
        "R: too low for a window of 1. Is player 1 `models(4, 1)`, and player 2 naive?",
    )
    need(
        lola_20 > naive_20,
        "R: are the columns exchanged? LOLA comes first.",
    )
    need(
        lola_20 > -1.2 and naive_20 > -1.4,
        "R: too low for a window of 20. Is player 1 `models(4, 20)`, and is R taken after "
        "the last update?",
    )
    choice(
        says,
        "abc",
        {
            "a": "says: compare with -1.38 and -1.41, the earnings with the truth.",
            "b": "says: compare the two rows.",
        },
        "says",
    )
    return "An averaged belief serves LOLA better than the newest truth."
