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
)
from lolakit.games.matrix import MatrixGame, matching_pennies
from lolakit.games.memory_one import tit_for_tat, win_stay_lose_shift

__all__ = ["ex5_1", "ex5_2", "ex5_3", "ex5_4"]


@exercise("5.1")
def ex5_1(believed_policy: Any, modelled_step: Any) -> str:
    """Check Exercise 5.1. Pass the functions `believed_policy` and `modelled_step`."""
    draw = np.random.default_rng(51)
    policies = draw.normal(size=(2, 5))
    seen = _watch(draw, *policies)  # in every state both C and D
    gaps = _watch(draw, np.full(5, 20.0), policies[1])  # player 2 never sees CD and DD
    for prior in (0.5, 3.0):
        for play in (seen, gaps):
            _check_belief(believed_policy, play, prior)
    game, found, at = MatrixGame(draw.normal(size=(2, 2, 2)), 0.8), [], []
    payoff = np.asarray(game.payoff, dtype=float)
    for prior, lookahead, delta in ((0.5, 1.0, 0.5), (3.0, 0.3, 1.0), (1.0, 2.0, 0.2)):
        own = draw.normal(size=5)
        given = (payoff.copy(), 0.8, own.copy(), *seen, prior, lookahead, delta)
        answer = call(modelled_step, *given, name="modelled_step")
        found.append(array(answer, (5,), "modelled_step"))
        at.append((own, _belief(*seen, prior), lookahead, delta))
    right, mistakes = _steps(game, at, _belief(*seen, 0.5))
    diagnose(
        found,
        right,
        [(value, f"modelled_step: {hint}") for value, hint in mistakes],
        "modelled_step: not yet. Compare it with `lk.lola` at the policy that "
        "`believed_policy` returns.",
        # Central differences on both sides are off by 1e-6 times fourth derivatives; float32
        # keeps five digits of numbers of size 10.
        atol=2e-3,
    )
    return "Count, then shape what was counted: that is LOLA with a model."


def _watch(
    draw: np.random.Generator, theta_1: np.ndarray, theta_2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the states and actions of player 2 in some games, each [games, rounds]."""
    games, rounds = 12, 25
    s = z = np.zeros(games, int)
    states, actions = np.zeros((2, games, rounds), int)
    for t in range(rounds):
        a = 1 * (draw.random(games) >= plain.sigmoid(theta_1)[s])
        b = 1 * (draw.random(games) >= plain.sigmoid(theta_2)[z])
        states[:, t], actions[:, t] = z, b
        s, z = 1 + 2 * a + b, 1 + 2 * b + a
    return states, actions


def _counts(states: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """Return how often each state was seen with C and with D, [5, 2]."""
    n = np.zeros((5, 2))
    np.add.at(n, (states, actions), 1)
    return n


def _belief(states: np.ndarray, actions: np.ndarray, prior: float) -> np.ndarray:
    """Return the logits that counting leads to, [5]."""
    C, D = (_counts(states, actions) + prior).T
    return np.log(C) - np.log(D)


_TINY = 1e-300  # in the place of no count


def _check_belief(
    answer: Any, play: tuple[np.ndarray, np.ndarray], prior: float
) -> None:
    """Compare a belief with that of counting."""
    found = call(
        answer, *(x.copy() for x in play), float(prior), name="believed_policy"
    )
    need(
        np.isfinite(np.asarray(found, dtype=float)).all(),
        "believed_policy: not every logit is finite. What does a state get that was never "
        "seen, or only with C?",
    )
    (C, D), right = _counts(*play).T, _belief(*play, prior)
    one_game = _belief(play[0][:1], play[1][:1], prior)
    mistakes = [
        (-right, "these are the logits of D."),
        (
            np.log(np.maximum(C, _TINY)) - np.log(np.maximum(D, _TINY)),
            "the prior is missing. Without it a state that was never seen has no logit.",
        ),
        (plain.sigmoid(right), "these are probabilities. Give logits."),
        (
            right[plain.TURNED],
            "CD and DC are exchanged. The states are named as 2 sees them.",
        ),
        (
            np.log(C + prior) - np.log(np.maximum(D, _TINY)),
            "the prior counts for D too.",
        ),
        (_belief(*play, prior / 2), "the whole prior goes to C, and the whole to D."),
        (
            _belief(*play, 0.5),
            "so it is with a prior of 1/2. Use the one that is given.",
        ),
        (one_game, "this is what the first game shows. Count them all."),
    ]
    diagnose(
        array(found, (5,), "believed_policy"),
        right,
        [(value, f"believed_policy: {hint}") for value, hint in mistakes],
        "believed_policy: not yet. Count C and D in each of the five states, add the prior "
        "to both, and take the difference of the logarithms.",
        atol=1e-4,  # a formula: rounding only, in float32 too
    )


def _steps(
    game: MatrixGame,
    at: list[tuple[np.ndarray, np.ndarray, float, float]],
    with_a_half: np.ndarray,
) -> tuple[np.ndarray, list[tuple[Any, str]]]:
    """Return player 1's logits after a step at some points, and what mistakes lead to."""
    hints = {
        "direction": "this is the step alone. Add it to theta_1.",
        "naive": "this is a naive step. Does the shaping term depend on `lookahead`?",
        "minus": "look at the sign of the shaping term.",
        "slip": "the other's step is weighed with what it is worth to *me*.",
        "ahead": "this is LookAhead: the matrix is that of V_2, the vector of V_1.",
        "Taylor": "this is the Taylor rule. Hold grad_2 V_1 constant.",
        "size": "the step has the size `delta`.",
        "eta": "the lookahead is `lookahead`, and not the step size.",
        "seats": "the estimate has player 2's order: what it calls CD I call DC.",
        "prior": "the estimate is made with the `prior` that is given.",
        "downhill": "this goes downhill.",
    }
    rows: dict[str, list[np.ndarray]] = {name: [] for name in ("right", *hints)}
    for own, other, eta, delta in at:

        def lola(other: np.ndarray, eta: float, own: np.ndarray = own) -> np.ndarray:
            d = plain.derivatives(game, own, other)
            return d.own[0] + eta * d.mixed[1] @ d.other[0]

        d = plain.derivatives(game, own, other)
        naive, ahead = d.own[0], eta * d.mixed[0] @ d.other[1]
        shaping = eta * d.mixed[1] @ d.other[0]
        rule = naive + shaping
        for name, row in [
            ("right", own + delta * rule),
            ("direction", delta * rule),
            ("naive", own + delta * naive),
            ("minus", own + delta * (naive - shaping)),
            ("slip", own + delta * (naive + eta * d.mixed[1] @ d.other[1])),
            ("ahead", own + delta * (naive + ahead)),
            ("Taylor", own + delta * (rule + ahead)),
            ("size", own + rule),
            ("eta", own + delta * lola(other, delta)),
            ("seats", own + delta * lola(other[plain.TURNED], eta)),
            ("prior", own + delta * lola(with_a_half, eta)),
            ("downhill", own - delta * rule),
        ]:
            rows[name].append(row)
    right, *wrong = map(np.array, rows.values())
    return right, list(zip(wrong, hints.values(), strict=True))


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
            "a": "says: compare your first row with -1.38 and -1.41.",
            "b": "says: your first row and -1.38, -1.41 differ by more than chance allows.",
        },
        "says",
    )
    return "An averaged belief serves LOLA better than the newest truth."
