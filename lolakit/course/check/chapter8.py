"""Checks of Chapter 8, M-FOS."""

import itertools
from collections.abc import Callable
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
from lolakit.games.matrix import prisoners_dilemma
from lolakit.games.memory_one import always_defect, from_probabilities, tit_for_tat

__all__ = ["ex8_1", "ex8_2", "ex8_3", "ex8_4", "ex8_5"]


@exercise("8.1")
def ex8_1(R: Any, best: Any) -> str:
    """Check Exercise 8.1. Pass R [3, 2], one row for each chi, and a letter."""
    found = _per_step(R, (3, 2), "R")
    chi = np.array([1.5, 3.0, 10.0])
    # Two numbers with two digits may be 0.005 off each, the second one chi times as much.
    near = 0.006 * (1 + chi)

    def on_line(mine: np.ndarray, theirs: np.ndarray, slope: np.ndarray) -> bool:
        base = float(np.asarray(prisoners_dilemma().payoff)[0, 1, 1])
        return bool((abs(mine - base - slope * (theirs - base)) < near).all())

    mine, theirs = found.T
    swapped = "R: the columns are swapped: what the extortioner earns comes first."
    need(not on_line(theirs, mine, chi), swapped)
    turned = "R: the rows are the other way round: the smallest chi comes first."
    need(not on_line(mine, theirs, chi[::-1]), turned)
    need(
        on_line(mine, theirs, chi),
        "R: these pairs of values do not lie on the lines that the extortioners force. "
        "Play lk.fixed(lk.zero_determinant(game, chi=...)) to naive learners.",
    )
    # At the start of a run they earn -1.2, in its last step 0.01 to 0.07 more than on
    # average; over 256 runs the mean is known to 0.003.
    need(
        mine.min() > -1.0,
        "R: on the right lines, but too low: the naive learner has hardly learned yet. "
        "Take the mean over all 100 steps.",
    )
    last = "R: on the right lines, a little too high: the mean over all steps, not the last."
    need(mine[2] < -0.62, last)
    hints = {
        "a": "best: look for the largest number that anyone earned from a naive learner here.",
        "b": "best: that is what a naive learner earns from another one. Which way from "
        "there do your numbers lie?",
    }
    choice(best, "abc", hints, "best")
    return "No fixed line does as well as an answer to what the learner has become."


def _per_step(answer: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The answer as per-step values in the dilemma, or `Wrong`."""
    found = array(answer, shape, name)
    need(
        found.min() > -3.01,
        f"{name}: below the worst payoff. These are discounted sums: take lk.per_step.",
    )
    need(found.max() < 0.01, f"{name}: above the best payoff of the game.")
    return found


@exercise("8.2")
def ex8_2(slope: Any, rho: Any) -> str:
    """Check Exercise 8.2. Pass a function of the ratio and of A, and one number."""
    ratio, A = np.array(list(itertools.product((0.5, 0.9, 1.1, 1.5), (-2.0, 0.7)))).T
    found = np.array(
        [
            number(call(slope, r, a, name="slope"), "slope(ratio, A)")
            for r, a in zip(ratio.tolist(), A.tolist(), strict=True)
        ]
    )

    def objective(ratio: np.ndarray) -> np.ndarray:
        return np.minimum(ratio * A, np.clip(ratio, 0.8, 1.2) * A)

    def same(wanted: np.ndarray) -> bool:
        return np.allclose(found, wanted, rtol=0, atol=1e-5)

    h = 1e-6  # the objective is linear but at its two kinks
    right = (objective(ratio + h) - objective(ratio - h)) / (2 * h)
    inside = abs(ratio - 1) < 0.2
    mistakes = [
        (
            np.where(inside, A, 0.0),
            "slope: not on both sides. The minimum takes the smaller of the two products: "
            "which one is it for a large ratio if A < 0?",
        ),
        (A, "slope: then nothing is ever clipped. Try a large ratio and A > 0."),
        (
            np.where(right == 0, 0.0, 1.0),
            "slope: where it is not flat, how steep is ratio A over the ratio?",
        ),
        (
            np.where(inside | (right == 0), A, 0.0),
            "slope: the other way round. For which sign of A does a large ratio gain?",
        ),
        (-right, "slope: this is that of the loss. The objective is climbed."),
    ]
    for wanted, hint in mistakes:
        if same(wanted) and not same(right):
            wrong(hint)
    need(
        same(right),
        "slope: not yet. Draw min(ratio A, clip(ratio) A) over the ratio, once for A > 0 "
        "and once for A < 0. Where is it flat, where a straight line through 0?",
    )
    rho = number(rho, "rho")
    need(abs(rho) > 1e-6, "rho: that is its logarithm. It is a ratio of densities.")
    need(
        abs(rho - 1) < 1e-6,
        "rho: in the first step, which network gives the density above the line of the "
        "fraction, and which one below?",
    )
    return "So the first step is a plain policy gradient."


@exercise("8.3")
def ex8_3(R: Any) -> str:
    """Check Exercise 8.3. Pass R [2, 2]: against naive learners, and against LOLA."""
    found = _per_step(R, (2, 2), "R")
    (mine, theirs), (mine_lola, theirs_lola) = found
    rows = "R: the rows are swapped: naive learners come first."
    need(mine >= theirs or mine_lola >= theirs_lola, "R: what M-FOS earns comes first.")
    need(not (mine < -1.4 and mine_lola > -0.8), rows)
    # Bounds between what was measured for the three stored agents, with three keys each:
    # -0.52 to -0.54 and -2.10 to -2.11 here, -2.20 to -2.23 for learners with steps of 1.
    need(
        theirs > -2.17,
        "R: this is how low a learner with steps of 1 ends. Build it with optax.sgd(0.3).",
    )
    need(
        -0.7 < mine < -0.4 and theirs < -2.0,
        'R: against slow naive learners: not yet. Take network("IPD, NL", 0), and the mean '
        "over all steps and runs.",
    )
    # Measured: -1.61 to -1.67, and -1.78 to -1.86.
    need(
        mine_lola < -1.3,
        "R: against LOLA: this is what the agent trained against LOLA earns. Take the "
        "one that was trained against naive learners.",
    )
    need(
        -1.8 < mine_lola < -1.5 and -2.0 < theirs_lola < -1.65,
        "R: against LOLA: not yet. Take `taylor_learner` of lolakit.reproduce.players.",
    )
    return "What it has learned holds for a kind of learners, not for all."


@exercise("8.4")
def ex8_4(best: Any, policy: Any) -> str:
    """Check Exercise 8.4. Pass the best R against tit-for-tat, and five probabilities."""
    game, opponent = prisoners_dilemma(), tit_for_tat()
    pure = (from_probabilities(p) for p in itertools.product((0, 1), repeat=5))
    # Against a fixed memory-one policy one of these is a best answer.
    right = max(plain.per_step(game, theta, opponent)[0] for theta in pure)
    best = number(best, "best")
    need(
        best > -3.01,
        "best: a discounted sum? Per step it is R, `lk.per_step(V, gamma)`.",
    )
    need(
        abs(best) > 0.006,
        "best: the best payoff of the game, in every round? Tit-for-tat cooperates only "
        "after my cooperation.",
    )
    always_D = plain.per_step(game, always_defect(), opponent)[0]
    need(
        abs(best - always_D) > 0.006,
        "best: that is what always defecting earns. Tit-for-tat answers, for better and for worse.",
    )
    # Two digits after the point are enough.
    need(
        best < right + 0.006,
        "best: more than any policy earns against tit-for-tat. It does not learn, so there "
        "is nothing to teach it.",
    )
    need(best > right - 0.006, "best: there is a policy that earns more.")
    p = array(policy, (5,), "policy")
    need(
        p.min() >= -1e-6 and p.max() <= 1 + 1e-6,
        "policy: five probabilities, jax.nn.sigmoid of the logits.",
    )
    earned = plain.per_step(game, from_probabilities(p.clip(0, 1)), opponent)[0]
    need(
        earned > always_D + 0.1,
        "policy: this one earns no more than always defecting does. Has it trained?",
    )
    # One choice in twenty wrong, in start and after CC, costs less than 0.1.
    need(
        earned > right - 0.1,
        "policy: this one is not trained to the end. Against tit-for-tat it earns clearly "
        "less than the best.",
    )
    return "Only the first two of the five matter: the other states are hardly visited."


@exercise("8.5")
def ex8_5(learning_run: Any) -> str:
    """Check Exercise 8.5. Pass a function of choose, phi, psi and T: R [T, 2]."""
    T, (phi, psi) = 4, plain.POINT
    answered = call(learning_run, _choice, phi, psi, T, name="learning_run")
    found = array(answered, (T, 2), "learning_run(choose, phi, psi, T)")

    def otherwise(**changes: Any) -> np.ndarray:
        return _learning_run(_choice, phi, psi, T, **changes)

    mistakes = [
        (otherwise()[:, ::-1], "the columns are swapped: what I earn comes first."),
        (otherwise(unit=1.0), "these are discounted sums. Take the value per step."),
        (
            otherwise(rewards="before"),
            "that is what the policies before the step earn. A step is rewarded for the two "
            "policies that it leads to.",
        ),
        (
            otherwise(against="new"),
            "the learner has answered my new policy. Both move at once: its step is uphill "
            "against the policy that it has met.",
        ),
        (
            otherwise(seen="new"),
            "I have seen the learner's new policy before I chose. Both move at once.",
        ),
        (otherwise(step=0.04), "the learner climbs V, not R: its steps are too short."),
        (otherwise(step=-1.0), "the learner goes downhill. It climbs."),
        (otherwise(wants=0), "the learner climbs my value. It wants its own."),
        (
            otherwise(swap=False),
            "a seat is not swapped: what I call CD, the learner calls DC.",
        ),
        (
            otherwise(squash=lambda logits: logits),
            "choose gets probabilities: the sigmoid of the ten logits.",
        ),
        (otherwise(order=-1), "choose gets my own policy first, then the learner's."),
    ]
    # In 32 bits four steps are right to 4e-6, and the nearest of these is off by 0.027.
    diagnose(
        found,
        otherwise(),
        [(value, f"learning_run: {hint}") for value, hint in mistakes],
        "learning_run: not yet. Take T = 1 and go through it by hand: what does each player "
        "see, what do they play next, and what do they earn with that?",
        atol=1e-3,
    )
    return "Fifteen lines, and nothing of them knows what a learner is: that is the meta-game."


def _choice(s: Any) -> Any:
    """An agent's next logits, a fixed function of what it sees: ten probabilities."""
    weights = np.sin(np.arange(50.0)).reshape(5, 10)
    return weights.astype(s.dtype) @ s if hasattr(s, "dtype") else weights @ np.array(s)


def _learning_run(
    choose: Callable[[Any], Any],
    phi: np.ndarray,
    psi: np.ndarray,
    T: int,
    *,
    step: float = 1.0,
    wants: int = 1,
    unit: float = 0.04,
    rewards: str = "after",
    against: str = "old",
    seen: str = "old",
    swap: bool = True,
    squash: Callable[[np.ndarray], np.ndarray] = plain.sigmoid,
    order: int = 1,
) -> np.ndarray:
    """R [T, 2] of a run against a naive learner; each option but the default is a mistake."""
    game, mine, theirs = prisoners_dilemma(), np.arange(5), np.arange(5)
    if not swap:  # then the values take the other's CD for its DC
        theirs = np.array(plain.TURNED)

    def V(phi: np.ndarray, psi: np.ndarray) -> np.ndarray:
        return plain.values(game, phi[mine], psi[theirs])

    def climb(phi: np.ndarray, psi: np.ndarray) -> np.ndarray:
        return psi + step * plain.slope(lambda x: V(phi, x)[wants], psi)

    def look(phi: np.ndarray, psi: np.ndarray) -> np.ndarray:
        return np.asarray(choose(squash(np.concatenate([phi, psi][::order]))), float)

    earned = []
    for _ in range(T):
        before = V(phi, psi)
        if seen == "new":
            psi_next = climb(phi, psi)
            phi_next = look(phi, psi_next)
        else:
            phi_next = look(phi, psi)
            psi_next = climb(phi_next if against == "new" else phi, psi)
        phi, psi = phi_next, psi_next
        earned.append(unit * (before if rewards == "before" else V(phi, psi)))
    return np.stack(earned)
