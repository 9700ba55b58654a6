"""Checks of Chapter 14, the tournament."""

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

__all__ = ["ex14_1", "ex14_2", "ex14_3", "ex14_4"]

GAMMA = 0.96


@exercise("14.1")
def ex14_1(best_logged: Any, rounds: Any) -> str:
    """Check Exercise 14.1. Pass the best logged return, to three digits, and a whole number."""
    right = -(1 - GAMMA**10)
    mistakes = [
        (
            -right,
            "best_logged: cooperating costs 1 a round, so the return is negative.",
        ),
        (
            right / (1 - GAMMA),
            "best_logged: this is the discounted sum, without 1 - gamma.",
        ),
        (-10 * (1 - GAMMA), "best_logged: later rounds count less: gamma^t."),
        (
            -(1 - GAMMA**11),
            "best_logged: this is for eleven rounds. t runs from 0 to 9.",
        ),
        (-1.0, "best_logged: this is the limit of very many rounds."),
        (2 * right, "best_logged: this is what two who always defect log."),
        (0.0, "best_logged: both are to cooperate, and each earns -1 in a round."),
    ]
    diagnose(
        number(best_logged, "best_logged"),
        right,
        mistakes,
        "best_logged: not yet. Add up ten terms of (1 - gamma) gamma^t r.",
        atol=6e-4,  # three digits
    )
    found = number(rounds, "rounds")
    need(found == round(found), "rounds: a number of rounds is whole.")
    mistakes = [
        (112, "rounds: with so many it is still 1.03 % short."),
        (114, "rounds: one fewer is enough."),
        (57, "rounds: there 10 % are missing. The question is about 1 %."),
        (100, "rounds: gamma^100 is above 1 %."),
    ]
    diagnose(
        found,
        113,
        mistakes,
        "rounds: not yet. The logged return falls short by the share gamma^T.",
        atol=0.1,
    )
    return "Ten rounds can log no more than a third of what a round earns."


@exercise("14.2")
def ex14_2(furthest: Any, wolf_rounds: Any, why: Any) -> str:
    """Check Exercise 14.2. Pass a probability, a number of rounds, and one of the letters."""
    moved = float((1 / (20_000 + np.arange(10_000))).sum())
    mistakes = [
        (moved, "furthest: this is how far it moves. Where does it end, from 1/2?"),
        (
            0.5 + moved / 5,
            "furthest: here the rounds are shared by five states. All in one.",
        ),
        (1.0, "furthest: PHC's step is far shorter than this needs. Add the steps up."),
        (0.5 + 10_000 / 20_000, "furthest: the step shrinks while n grows."),
        (0.5, "furthest: it does move. Add the steps up."),
        (0.5 - moved, "furthest: and towards C?"),
    ]
    diagnose(
        number(furthest, "furthest"),
        0.5 + moved,
        mistakes,
        "furthest: not yet. What is the sum of 1 / (20000 + n) over 10 000 rounds?",
        atol=6e-3,  # two digits
    )
    mistakes = [
        (50, "wolf_rounds: this is the pace of a winner."),
        (100, "wolf_rounds: this is all the way from 0 to 1, at the pace of a winner."),
        (13, "wolf_rounds: a losing step is 2/100."),
    ]
    diagnose(
        number(wolf_rounds, "wolf_rounds"),
        25,
        mistakes,
        "wolf_rounds: not yet. How long is a losing step, and how far is the way?",
        atol=1.01,  # its step shrinks a little, so 26 is as right
    )
    hints = {
        "a": "why: with a step like WoLF's it would learn. What is different?",
        "c": "why: so do the Q-learners, which act on it at once.",
    }
    choice(why, "abc", hints, "why")
    return "Its step was made for a hundred times as many rounds."


class Wolf(NamedTuple):
    """What a WoLF-PHC learner remembers: a table, a policy, its mean, and visits."""

    Q: np.ndarray
    p: np.ndarray
    mean: np.ndarray
    visits: np.ndarray


SLIPS = {
    "no bootstrap": "what is the next state worth? The table is not moved towards r alone.",
    "mean of s": "the next state's worth is taken from the row of s, not from that of s'.",
    "worth of both": "of the next state the better action counts, and not the mean of both.",
    "old Q": "the policy steps towards what was better before the table was updated.",
    "always fast": "it steps fast while it wins too.",
    "wins and loses": "winning and losing are exchanged.",
    "no clip": "a probability leaves [0, 1].",
    "new mean": "the mean takes in the new policy; it should take in the one that was played.",
    "constant mean": "the mean of all policies does not move.",
    "ratio": "the losing step is twice the winning one, no more and no less.",
    "all states": "the policy changes in states that were not visited.",
    "ties": "where both actions are worth the same it should step to C, and count as losing.",
}
"""Mistakes that an answer to Exercise 14.3 may show, and what is said about each."""


def wolf_step(
    wolf: Wolf,
    s: Any,
    a: Any,
    r: float,
    s_next: Any,
    alpha: float,
    gamma: float,
    delta: float,
    slip: str = "",
) -> Wolf:
    """Return what a round makes of a WoLF-PHC learner, with one of `SLIPS` if it is named."""
    Q, p, mean, visits = (np.array(x, dtype=float) for x in wolf)
    before = Q[s].copy()
    row = Q[s] if slip == "mean of s" else Q[s_next]
    future = row.mean() if slip == "worth of both" else row.max()
    future = 0.0 if slip == "no bootstrap" else future
    Q[s, a] = (1 - alpha) * Q[s, a] + alpha * (r + gamma * future)
    visits[s] += 1
    if slip not in ("constant mean", "new mean"):
        mean[s] += (p[s] - mean[s]) / visits[s]
    judged = before if slip == "old Q" else Q[s]
    gap = judged[0] - judged[1]
    wins = (p[s] - mean[s]) * gap > 0
    wins = not wins if slip == "wins and loses" else wins
    if slip == "ties":
        wins = (p[s] - mean[s]) * gap >= 0
    fast = {"ratio": 4}.get(slip, 2)
    step = delta if wins and slip != "always fast" else fast * delta
    up = gap > 0 if slip == "ties" else gap >= 0
    step = step if up else -step
    where = slice(None) if slip == "all states" else s
    p[where] = p[where] + step if slip == "no clip" else np.clip(p[where] + step, 0, 1)
    if slip == "new mean":
        mean[s] += (p[s] - mean[s]) / visits[s]
    return Wolf(Q, p, mean, visits)


def _played(step: Any, slip: str = "") -> np.ndarray:
    """Return table and policy after each of 120 rounds, as one array [120, 15].

    Both players change their minds from time to time, so that the learner wins and loses.
    """
    rng, s, seen = np.random.default_rng(14), 0, []
    half = np.full(5, 0.5)
    wolf, more = (
        Wolf(np.zeros((5, 2)), half, half, np.zeros(5)),
        {"slip": slip} if slip else {},
    )
    for n in range(120):
        a, b = (rng.random(2) < 0.5 + 0.35 * np.sin(n / 12)).astype(int)
        r, s_next = [[0.4, -1.6], [1.4, -0.6]][a][b], 1 + 2 * a + b
        wolf = step(wolf, s, a, r, s_next, 0.5, 0.5, 0.125, **more)
        seen.append(np.concatenate([np.ravel(wolf.Q), wolf.p]))
        s = 0 if n % 10 == 9 else s_next
    return np.array(seen)


@exercise("14.3")
def ex14_3(wolf: Any) -> str:
    """Check Exercise 14.3. Pass `wolf(Q, p, mean, visits, s, a, r, s_next, alpha, gamma, delta)`.

    It returns the four arrays after the round.
    """

    def yours(state: Wolf, *given: Any) -> Wolf:
        copies = [np.array(x) for x in state]
        found = call(wolf, *copies, *given, name="wolf")
        need(
            isinstance(found, tuple | list) and len(found) == 4,
            "wolf: expected it to return the four arrays Q, p, mean, visits.",
        )
        named = zip(found, state, Wolf._fields, strict=True)
        return Wolf(*(array(x, np.shape(y), name) for x, y, name in named))

    diagnose(
        _played(yours),
        _played(wolf_step),
        [(_played(wolf_step, slip), f"wolf: {hint}") for slip, hint in SLIPS.items()],
        "wolf: not yet. Go through one round by hand, in this order: the table, the visits and "
        "the mean, whether it wins, the step.",
        atol=1e-9,
    )
    return "A hundred and twenty rounds, and the same table and policy after each."


@exercise("14.4")
def ex14_4(most_defectors: Any, last_tit_for_tat: Any, what: Any) -> str:
    """Check Exercise 14.4. Pass two shares, to two digits, and one of the letters."""
    population = three_strategies()
    peak, last = float(population[:, 1].max()), float(population[-1, 2])
    mistakes = [
        (float(population[0, 1]), "most_defectors: this is where they begin."),
        (
            float(population[-1, 1]),
            "most_defectors: this is where they end. What in between?",
        ),
        (
            float(population[:, 2].max()),
            "most_defectors: this is the share of tit-for-tat.",
        ),
        (float(population[:, 0].max()), "most_defectors: this is the share of AllC."),
    ]
    diagnose(
        share(most_defectors, "most_defectors"),
        peak,
        mistakes,
        "most_defectors: not yet. The largest entry of one column.",
        atol=0.006,  # two digits
    )
    mistakes = [
        (float(population[-1, 0]), "last_tit_for_tat: this is the share of AllC."),
        (1.0, "last_tit_for_tat: somebody else is left. Who earns as much as they do?"),
        (peak, "last_tit_for_tat: this is the peak of the defectors."),
    ]
    diagnose(
        share(last_tit_for_tat, "last_tit_for_tat"),
        last,
        mistakes,
        "last_tit_for_tat: not yet. The last entry of one column.",
        atol=0.006,
    )
    hints = {
        "a": "what: they lose to AllD in every meeting, by a little. What else do they meet?",
        "b": "what: would AllC alone have driven them out?",
    }
    choice(what, "abc", hints, "what")
    return "Tit-for-tat beats nobody, and is most of what is left."


def three_strategies() -> np.ndarray:
    """Return the shares of AllC, AllD and TFT over 60 generations, from a third each."""
    from lolakit.learners.ecology import ecology

    c, g = -1.0, GAMMA  # per step, with a discount: the first round weighs 1 - gamma
    first = 1 - g
    R = np.array([
        [c, -3.0, c],
        [0.0, -2.0, 0.0 * first - 2.0 * g],
        [c, -3.0 * first - 2.0 * g, c],
    ])  # fmt: skip
    return ecology(R, generations=60)
