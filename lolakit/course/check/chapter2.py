"""Checks of Chapter 2, the naive learner."""

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
    names,
    need,
    number,
)
from lolakit.games.matrix import MatrixGame, prisoners_dilemma
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
def ex2_3(naive_update: Any) -> str:
    """Check Exercise 2.3. Pass `naive_update(payoff, gamma, theta_1, theta_2, delta)`."""
    draw = np.random.default_rng(23)
    found, right, mistakes = [], [], {}
    for delta in (0.5, 1.0, 0.2):
        game = MatrixGame(draw.normal(size=(2, 2, 2)), 0.8)
        one, two = at = draw.normal(size=(2, 5))
        given = (np.array(game.payoff, float), 0.8, *at.copy(), delta)
        answer = call(naive_update, *given, name="naive_update")
        found.append(array(answer, (2, 5), "naive_update"))
        right.append(_update(game, one, two, delta))
        for hint, wrong in _slips(game, one, two, delta).items():
            mistakes.setdefault(f"naive_update: {hint}", []).append(wrong)
    # Central differences on our side are off by H^2 = 1e-6 times third derivatives. One-sided
    # ones of 1e-4 are off by 5e-5 times second derivatives, which are of size 10.
    diagnose(
        found,
        right,
        [(np.array(wrong), hint) for hint, wrong in mistakes.items()],
        "naive_update: not yet. Compare first the values with `lk.exact_values`, then the "
        "steps with `lk.naive`.",
        atol=2e-3,
    )
    need(
        not names(naive_update, "lolakit"),
        "naive_update: the logits are right, but it asks lolakit for them. This sheet is to "
        "be blank.",
    )
    return "Ten lines, and the naive learner of this chapter is yours."


def _update(
    game: MatrixGame, one: np.ndarray, two: np.ndarray, delta: float, *seen: np.ndarray
) -> np.ndarray:
    """Both players' logits after one update, [2, 5]; each may have `seen` others' logits."""
    by_two, by_one = seen or (one, two)
    f_1 = plain.derivatives(game, one, by_one).own[0]
    f_2 = plain.derivatives(game, by_two, two).other[1]
    return np.stack([one + delta * f_1, two + delta * f_2])


def _slips(
    game: MatrixGame, one: np.ndarray, two: np.ndarray, delta: float
) -> dict[str, np.ndarray]:
    """What likely mistakes lead to, [2, 5] each, by the hint."""
    start = np.stack([one, two])
    new = _update(game, one, two, delta)
    step, gamma = new - start, float(game.gamma)
    payoff = np.asarray(game.payoff, float)
    in_one_order = _update(game, one, two[plain.TURNED], delta)
    in_one_order[1] = in_one_order[1][plain.TURNED]
    of_one, exchanged, turned = (
        _update(MatrixGame(np.stack(tables), game.gamma), one, two, delta)
        for tables in [payoff[[0, 0]], payoff[::-1], (payoff[0], payoff[1].T)]
    )
    p = plain.sigmoid(start)
    return {
        "player 2 has answered player 1's new logits. Both move at once.": (
            _update(game, one, two, delta, new[0], two)
        ),
        "player 1 has answered player 2's new logits. Both move at once.": (
            _update(game, one, two, delta, one, new[1])
        ),
        "look at the sign. Both climb.": start - step,
        "what player 1 calls CD player 2 calls DC.": in_one_order,
        "these are steps on the value per step. V is the discounted sum.": (
            start + (1 - gamma) * step
        ),
        "player 2 climbs player 1's value. It has one of its own.": of_one,
        "payoff[0] is what player 1 earns.": exchanged,
        "payoff[1] has player 1's action first, as payoff[0] has.": turned,
        "these slopes are in the probabilities. The logits are what moves.": (
            start + step / (p * (1 - p))
        ),
        "these are the steps. Add them to where the two stand.": step,
        "only player 1 has moved.": np.stack([new[0], two]),
        "the size of the step is missing.": start + step / delta,
    }
