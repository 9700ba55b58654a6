"""Checks of Chapter 7, LOLA-DiCE."""

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
    wrong,
)
from lolakit.games.matrix import prisoners_dilemma

__all__ = ["ex7_1", "ex7_2", "ex7_3", "ex7_4", "ex7_5"]


@exercise("7.1")
def ex7_1(R_centred: Any, R_plain: Any, R_baseline: Any, why: Any) -> str:
    """Check Exercise 7.1. Pass the final R of 8 seeds with each objective, and a letter."""
    names, given = (
        ("R_centred", "R_plain", "R_baseline"),
        (R_centred, R_plain, R_baseline),
    )
    found = [_final(x, (8,), name) for name, x in zip(names, given, strict=True)]
    for i in (1, 2):
        need(
            not np.allclose(found[0], found[i], rtol=0, atol=1e-9),
            f"{names[i]} is R_centred, seed by seed: the objective does not reach the rule. "
            "Hand it on: lola_dice(game, eta, K, objective).",
        )
    # An ordering, and no numbers: with these keys the mean of centring is above the upper
    # ends of both other intervals. The other two may come in either order.
    centred, *others = (x.mean() for x in found)
    need(
        centred > max(others),
        "centring does not come out ahead. Is each run with its own objective, with K = 1, "
        "eta = 0.3, 80 updates?",
    )
    hints = {
        "a": "why: the value of an objective is never used. Only derivatives are.",
        "b": "why: compare the three in the left panel of Chapter 6's first figure. Is the "
        "paper's baseline behind?",
    }
    choice(why, "abc", hints, "why")
    return "Shaping is made of second derivatives."


def _final(answer: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The answer as per-step values at the end of learning, or `Wrong`."""
    if np.ndim(answer) > len(shape):
        wrong(f"{name}: only the values after the last update are asked for, {shape}.")
    found = array(answer, shape, name)
    r = np.asarray(prisoners_dilemma().payoff)
    need(
        found.min() >= r.min() - 1e-6,
        f"{name}: below the worst payoff. These are discounted sums: take lk.per_step.",
    )
    need(
        found.max() <= r.max() + 1e-6,
        f"{name}: above the best payoff of the game. R is a mean payoff, below zero.",
    )
    return found


@exercise("7.2")
def ex7_2(batches: Any) -> str:
    """Check Exercise 7.2. Pass three counts, for K = 1, 2 and 3."""
    found = array(batches, (3,), "batches")
    K = np.array([1, 2, 3])
    imagined, final = K, 1  # a batch for each step of the other, one for my gradient
    both = "the games of a batch serve both seats, and one update is one player's."
    mistakes = [
        (imagined, "what is my own gradient made of, after the last imagined step?"),
        (
            np.full(3, imagined[0] + final),
            "the same for all K? The library's loop is traced once and runs K times: a "
            "count in Python sees one of them. Count with jax.debug.callback.",
        ),
        (np.ones(3), "count with jax.debug.callback: Python sees a loop only once."),
        (2 * (imagined + final), both),
        (2 * imagined, both),
        (
            imagined + 2 * final,
            "one too many. My gradient needs one batch, at the last imagined policy.",
        ),
    ]
    need(found.max() < 100, "count batches, however many games are in one.")
    otherwise = "not yet. Count how often `sample` is called while one update runs."
    diagnose(found, imagined + final, mistakes, otherwise, atol=1e-6)
    return "Each imagined step plays games of its own."


@exercise("7.3")
def ex7_3(R: Any, ended: Any) -> str:
    """Check Exercise 7.3. Pass the final R of 64 pairs [64, 2] at 0.6, and a letter."""
    found = _final(R, (64, 2), "R")
    pairs, apart = found.mean(axis=1), abs(found[:, 0] - found[:, 1])
    # Bounds that hold for any 64 seeds: the mean of their pairs is -1.36 with a standard
    # error of 0.01, and -1.2 is what this book calls cooperative.
    need(
        pairs.mean() > -1.8,
        "R: these pairs defect. Does the rule look ahead? At a product of 0.6 with K = 1 "
        "the lookahead is 0.6.",
    )
    need(
        pairs.mean() > -1.6,
        "R: between defection and what 0.6 gives. Let them learn for 200 updates, with "
        "steps of 0.2, and take the values after the last.",
    )
    need(
        pairs.mean() < -1.2,
        "R: these pairs are cooperative by our measure. Is this the run with 0.3?",
    )
    need(
        apart.mean() > 0.1,
        "R: the two players of a pair are too much alike. Keep them apart: one column "
        "each, and no mean.",
    )
    hints = {
        "a": "ended: mutual defection is -2 for both. Is any of your pairs there?",
        "b": "ended: sort the pairs by their mean. Are there two groups?",
    }
    choice(ended, "abc", hints, "ended")
    return "A threshold says who is above it, and not what the others do."


@exercise("7.4")
def ex7_4(naive: Any, exact: Any, sampled: Any) -> str:
    """Check Exercise 7.4. Pass three shares of seeds, from 0 to 1."""
    names = ("naive", "exact", "sampled")
    found = [share(x, n) for x, n in zip((naive, exact, sampled), names, strict=True)]
    # No more can be said for sure from 8 seeds: the intervals of both LOLAs begin above
    # 0.5, that of the naive learners ends at 0.32.
    need(
        found[0] < 0.4,
        "naive: so many? All five probabilities must be near one half, at the same time; "
        "naive learners circle.",
    )
    need(
        found[1] > 0.5,
        "exact: more of them arrive. Both players look ahead, the second is built on "
        "pennies.swap(), and they take 200 steps of 0.2.",
    )
    need(
        found[2] > 0.4,
        "sampled: more of them arrive. Play 64 games of 150 rounds for each estimate, and "
        "build the second player on pennies.swap().",
    )
    return "Eight seeds tell both LOLAs from naive learners, and not from each other."


@exercise("7.5")
def ex7_5(read_eta: Any) -> str:
    """Check Exercise 7.5. Pass a function of the logits of a run."""
    runs = [(0.12, 0.3), (0.36, 0.2)]  # eta and delta
    found = [
        number(call(read_eta, _run(eta, delta), name="read_eta"), "read_eta")
        for eta, delta in runs
    ]
    etas, deltas = np.transpose(runs)
    mistakes = [
        (deltas, "read_eta: this is delta, the slope. Which eta fits best?"),
        (
            etas * deltas,
            "read_eta: this is eta times delta. The slope of the regression takes care of "
            "delta.",
        ),
    ]
    need(
        np.abs(found).max() > 1e-6,
        "read_eta: a lookahead of 0 is naive learning, and these learners are not. Does "
        "your direction go through the other's step?",
    )
    need(
        np.ptp(found) > _NEAR,
        "read_eta: the check makes runs of different eta, and gets one answer for all.",
    )
    otherwise = (
        "read_eta: not yet. For some eta, compute the exact direction at each pair of "
        "policies, regress the changes of the logits on it, and look how much it explains. "
        "Which eta explains most?"
    )
    diagnose(found, etas, mistakes, otherwise, atol=_NEAR)
    return "So the settings of a run can be read off its logits."


_NEAR = 0.03
"""How far an answer may be off: half the width of a grid of 0.05, and a little."""


def _run(eta: float, delta: float, updates: int = 8) -> np.ndarray:
    """Return the logits [updates + 1, 2, 5] of two that unroll one step of the other."""
    game = prisoners_dilemma()

    def value(own: np.ndarray, other: np.ndarray) -> float:
        return plain.values(game, own, other)[0]

    def direction(own: np.ndarray, other: np.ndarray) -> np.ndarray:
        def after(own: np.ndarray) -> float:
            step = plain.slope(lambda theirs: value(theirs, own), other)
            return value(own, other + eta * step)

        return plain.slope(after, own)

    theta = [np.stack(plain.POINT)]
    for _ in range(updates):
        one, two = theta[-1]
        steps = direction(one, two), direction(two, one)
        theta.append(theta[-1] + delta * np.stack(steps))
    return np.stack(theta)
