"""Checks of Chapter 9, M-MAML."""

from typing import Any

import jax
import jax.numpy as jnp
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
from lolakit.games.matrix import prisoners_dilemma, stag_hunt
from lolakit.games.memory_one import always_defect, tit_for_tat, zero_determinant
from lolakit.types import Learner

__all__ = ["ex9_1", "ex9_2", "ex9_3", "ex9_4", "ex9_5"]


@exercise("9.2")
def ex9_2(J: Any, start: Any) -> str:
    """Check Exercise 9.2. Pass J of the three policies, and one of the letters."""
    found = array(J, (3,), "J")
    need(
        found.min() > -3.01,
        "J: below the worst payoff: J is made of per-step values, not of discounted sums.",
    )
    mean, last = _against_naive()
    right, theirs = mean.T
    mistakes = [
        (theirs, "J: this is what the naive learner earns."),
        (right[::-1], "J: the other way round: always defect comes first."),
        (right[[1, 0, 2]], "J: the first two are exchanged."),
        (last[:, 0], "J: this is after the last step. J is the mean over all of them."),
    ]
    # The mean over the starts of the naive learner is known to 0.003, here and in an answer
    # from 64 runs or more, and two digits are 0.005 off.
    atol = 0.012
    if not np.allclose(found, right, rtol=0, atol=atol):
        need(
            found[2] > -1.9 or abs(found[0] - right[0]) > atol,
            "J: this extortioner has learned on. A fixed policy has alpha = 0.",
        )
    otherwise = (
        "J: not yet. lk.mmaml.meta_value gives it, for Start(phi, 0.0) in the dilemma, "
        "with 100 steps and a large batch."
    )
    diagnose(found, right, mistakes, otherwise, atol=atol)
    hints = {
        "a": "start: look along the row of seed 7 in the table over alpha.",
        "c": "start: compare with the column of alpha = 0.",
    }
    choice(start, "abc", hints, "start")
    return "What the best start adds is the little that it learns."


def _against_naive() -> tuple[np.ndarray, np.ndarray]:
    """Return R of three fixed policies and of a naive learner: [3, 2], mean and last.

    Mean over 100 steps, and after the last; over 64 starts of the learner.
    """
    game = prisoners_dilemma()
    fixed = always_defect(), tit_for_tat(), zero_determinant(game, chi=3.0)
    own = np.stack([np.asarray(theta, dtype=float) for theta in fixed])[:, None]
    psi = np.random.default_rng(0).normal(size=(3, 64, 5))
    earned = []
    for _ in range(100):
        around = psi[:, :, None] + plain.H * np.concatenate([np.eye(5), -np.eye(5)])
        V_2 = plain.values(game, own[:, :, None], around)[..., 1]
        psi = psi + (V_2[..., :5] - V_2[..., 5:]) / (2 * plain.H)
        earned.append(plain.per_step(game, own, psi).mean(axis=1))
    return np.mean(earned, axis=0), earned[-1]


@exercise("9.3")
def ex9_3(R: Any, why: Any) -> str:
    """Check Exercise 9.3. Pass R [2, 2], rows and columns NL, TFT; and a letter."""
    (NL, NL_TFT), (TFT_NL, TFT) = found = array(R, (2, 2), "R")
    r = np.asarray(stag_hunt().payoff)
    need(
        r.min() <= found.min() and found.max() <= r.max() + 1e-6,
        "R: not all of these can be payoffs of the stag hunt.",
    )
    stag, hare = r[0, 0, 0], r[0, 1, 1]
    need(
        not (abs(NL - stag) < 1e-3 and TFT < NL),
        "R: naive learners come first, in rows and in columns.",
    )
    need(
        abs(TFT - stag) < 1e-3,
        "R: two tit-for-tats. What do they play in the first round, the only one?",
    )
    need(
        max(NL_TFT, TFT_NL) < 3.98,
        "R: so near to each other and to the top? The game is played once: "
        "lk.stag_hunt() with its own gamma.",
    )
    need(
        NL_TFT > TFT_NL,
        "R: turned over. A row holds what its own player earns, and a naive learner goes "
        "home with a hare where tit-for-tat goes home with nothing.",
    )
    # Measured with four keys, 64 seeds each: 3.93 to 3.94, 3.73 to 3.77, 2.1 to 2.3.
    need(
        NL_TFT > 3.88 and 3.6 < TFT_NL < 3.88,
        "R: the meetings of both: not yet. Let them meet for 100 steps, in 64 seeds.",
    )
    need(
        hare - 0.2 < NL < 2.8,
        "R: two naive learners: not yet. Take `naive_learner`, with steps of 1 and N(0, 1) logits.",
    )
    hints = {
        "a": "why: to forgive, it would have to know. When does it learn what the other did?",
        "c": "why: it has no round to answer in. The game is played once.",
    }
    choice(why, "abc", hints, "why")
    return (
        "Of its five numbers the game asks for the first alone, and that never changes."
    )


@exercise("9.4")
def ex9_4(gradient: Any, rule: Any) -> str:
    """Check Exercise 9.4. Pass five numbers, to three decimals, and one of the letters."""
    found = array(gradient, (5,), "gradient")
    game, (phi, psi) = prisoners_dilemma(), plain.POINT
    scale = 1 - float(game.gamma)
    d = plain.derivatives(game, phi, psi)
    paper = d.own[0] + d.mixed[1] @ d.other[0]
    right, given = _one_step(phi, psi)
    swapped, _ = _one_step(psi, phi)
    mistakes = [
        (d.own[0], "this is naive learning's: the other has not moved in it."),
        (
            paper,
            "this is the direction of the paper's LOLA, to first order in the step.",
        ),
        (
            paper + d.mixed[0] @ d.other[1],
            "this is the direction of the Taylor rule, to first order in the step.",
        ),
        (given, "this is the own part alone. The other's step follows phi too."),
        (right - given, "this is the peer part alone."),
        (swapped, "phi and psi are exchanged."),
        (-right, "this goes downhill."),
    ]
    for wanted, hint in mistakes:
        for factor in (1.0, scale):
            if _near(found, factor * wanted):
                wrong(f"gradient: {hint}")
    need(
        not _near(found, right),
        "gradient: the right direction, not the right length. J is a mean of R, not of V.",
    )
    need(
        _near(found, scale * right),
        "gradient: not yet. phi_1 = phi_0 = phi, as alpha = 0, and psi_1 = psi + grad_2 V_2. "
        "Differentiate R_1(phi, psi_1) in phi, wherever phi stands.",
    )
    hints = {
        "a": "rule: compare the directions. The paper's LOLA is of first order in the step.",
        "b": "rule: compare the directions. The Taylor rule is of first order in the step.",
        "d": "rule: this one takes the other's step as given. Is your gradient its own part?",
    }
    choice(rule, "abcd", hints, "rule")
    return "M-MAML of one step, with alpha = 0, is the unrolled LOLA of Chapter 3."


def _near(found: np.ndarray, wanted: np.ndarray) -> bool:
    # Three decimals are enough: the rules differ by a tenth of the largest entry or more.
    return bool(abs(found - wanted).max() < 1e-2 * abs(wanted).max())


def _one_step(phi: np.ndarray, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of V_1(phi, psi_1) in phi, and what it is for psi_1 as given."""
    game = prisoners_dilemma()

    def after(phi: np.ndarray) -> np.ndarray:
        return psi + plain.slope(lambda x: plain.values(game, phi, x)[1], psi)

    psi_1 = after(phi)
    return (
        plain.slope(lambda x: plain.values(game, x, after(x))[0], phi),
        plain.slope(lambda x: plain.values(game, x, psi_1)[0], phi),
    )


@exercise("9.1")
def ex9_1(deaf: Any, J_own: Any, J_all: Any) -> str:
    """Check Exercise 9.1. Pass a function of a learner, and two numbers."""
    _check_deaf(call(deaf, _LEARNER, name="deaf"))
    own, both = number(J_own, "J_own"), number(J_all, "J_all")
    need(
        min(own, both) > -3.01, "J: below the worst payoff. J is a mean of R, not of V."
    )
    need(own < both, "the two are exchanged: J_own comes first.")
    # The start earns -0.74 as it is. What was measured with five keys after 30 updates:
    # -1.96 to -1.97, and -0.63 to -0.65.
    need(
        own < -1.0,
        "J_own: as good as before? Train against deaf(opponent), and look at the last J.",
    )
    need(
        own < -1.7,
        "J_own: still on its way. Take 30 updates with a learning rate of 0.05.",
    )
    need(
        both > -0.8,
        "J_all: the gradient with both parts keeps the start good. Train against the "
        "opponent as it is, with alpha=0.0 kept, from the phi of seed 7.",
    )
    return "A gradient that takes the other's path as given walks off the path."


def _update(key: Any, own: Any, other: Any, state: Any) -> tuple[Any, Any]:
    return own + 0.3 * other * own, state + 1.0


_LEARNER = Learner(lambda key: (jnp.linspace(-1.0, 1.0, 5), jnp.zeros(())), _update)
"""A learner of no meaning, whose step depends on both policies."""


def _check_deaf(found: Any) -> None:
    need(
        isinstance(found, Learner),
        f"deaf: expected it to return a Learner, got {type(found).__name__}.",
    )
    key, state = jax.random.key(0), jnp.zeros(())
    own, other = jnp.arange(5) / 4 - 0.4, jnp.linspace(0.5, -1.0, 5)
    (theta, _), (right, _) = found.init(key), _LEARNER.init(key)
    need(
        np.allclose(theta, right),
        "deaf: it begins elsewhere. Hand the opponent's `init` on.",
    )

    def step(own: Any, other: Any) -> Any:
        return found.update(key, own, other, state)

    pair = step(own, other)
    need(
        isinstance(pair, tuple) and len(pair) == 2,
        "deaf: an update returns two things, the policy and the state.",
    )
    right, later = _update(key, own, other, state)
    need(
        np.allclose(pair[0], right, atol=1e-6) and np.allclose(pair[1], later),
        "deaf: it takes other steps than the opponent. In the forward pass nothing may "
        "change: hand all four arguments on, mine behind a stop_gradient.",
    )
    # Seen from the opponent's seat its own policy is `own`, and mine is `other`.
    _, moved = jax.jvp(lambda other: step(own, other)[0], (other,), (jnp.ones(5),))
    need(
        np.allclose(moved, 0.0),
        "deaf: its step still has a derivative in my policy. In an update of the opponent "
        "mine is the one called `other`.",
    )


@exercise("9.5")
def ex9_5(parts: Any) -> str:
    """Check Exercise 9.5. Pass a function of x and T: J, and the two parts of its slope."""
    at = (1.5, 3), (-0.5, 5)
    found = np.stack(
        [
            array(call(parts, x, T, name="parts"), (3,), f"parts({x}, {T})")
            for x, T in at
        ]
    )

    def otherwise(**changes: Any) -> np.ndarray:
        return np.array([_two_numbers(x, T, **changes) for x, T in at])

    right, T = otherwise(), np.array([[T] for _, T in at])
    J, own, peer = right.T
    mistakes = [
        (
            right[:, [0, 2, 1]],
            "the parts are exchanged: J, own learning, peer learning.",
        ),
        (right * T, "these are sums over the steps. J is a mean."),
        (np.stack([J, own, own + peer], axis=1), "the third is the whole slope."),
        (np.stack([J, own + peer, peer], axis=1), "the second is the whole slope."),
        (
            otherwise(after=False),
            "these count the values before each step. The table counts those after it.",
        ),
        (
            otherwise(at_once=False),
            "the other has answered my new number. Both move at once.",
        ),
        (
            otherwise(forgets=False),
            "the peer part takes too much: the slope of V_2 in y is x - y, so that a change "
            "of y shrinks as well.",
        ),
        (otherwise(step=1.0), "the steps are of length one half."),
    ]
    # In 32 bits five steps are right to 1e-6, and the nearest of these is off by 0.04.
    diagnose(
        found,
        right,
        [(value, f"parts: {hint}") for value, hint in mistakes],
        "parts: not yet. Begin with T = 1: what are x_1 and y_1, and by how much does each of "
        "them move when x_0 moves by one?",
        atol=1e-4,
    )
    return "Two numbers carried along with x and y: that is M-MAML's gradient."


def _two_numbers(
    x: float,
    T: int,
    *,
    step: float = 0.5,
    after: bool = True,
    at_once: bool = True,
    forgets: bool = True,
) -> np.ndarray:
    """J and its two parts in the chapter's smallest game; each option is a mistake."""
    y, x_moves, y_moves = 0.0, 1.0, 0.0
    earned = []  # V_1 and the two parts of its slope, at the start and after each step
    for _ in range(T + 1):
        earned.append((y - x**2 / 2, -x * x_moves, y_moves))
        met, met_moves = x, x_moves
        x, x_moves = x - step * x, x_moves - step * x_moves
        if not at_once:
            met, met_moves = x, x_moves
        y, y_moves = (
            y + step * (met - y),
            y_moves + step * (met_moves - forgets * y_moves),
        )
    return np.mean(earned[1:] if after else earned[:-1], axis=0)
