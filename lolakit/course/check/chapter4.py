"""Checks of Chapter 4, policy gradients."""

from typing import Any

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
    share,
)
from lolakit.games.matrix import prisoners_dilemma, stag_hunt

__all__ = ["ex4_1", "ex4_2", "ex4_3", "ex4_4", "ex4_5", "ex4_6", "ex4_7"]

_T = 4


@exercise("4.1")
def ex4_1(error_96: Any, error_50: Any) -> str:
    """Check Exercise 4.1. Pass two relative errors, for gamma = 0.96 and gamma = 0.5."""
    errors = number(error_96, "error_96"), number(error_50, "error_50")
    for found, gamma, other in zip(errors, (0.96, 0.5), (0.5, 0.96), strict=True):
        right, dropped, undiscounted = _gradients(gamma)
        name = "error_96" if gamma == 0.96 else "error_50"
        off = _relative_error(dropped, right)
        mistakes = [
            (100 * off, "give it as a fraction, not in per cent."),
            (
                _relative_error(right, dropped),
                "relative to the true one, not the wrong.",
            ),
            (
                _relative_error(undiscounted, right),
                "the returns G_t keep their discount.",
            ),
            (
                _relative_error(*_gradients(other)[1::-1]),
                "this is the other discount's.",
            ),
            (0, "this is the right estimator: gamma^t is still in it."),
        ]
        diagnose(
            found,
            off,
            [(value, f"{name}: {hint}") for value, hint in mistakes],
            f"{name}: not yet. For this discount make the returns, the true gradient and "
            "the wrong one anew, by enumeration with T = 4.",
            atol=0.004,  # two digits
        )
    return "Late rounds get too much weight, the more the smaller gamma is."


def _relative_error(estimate: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


def _gradients(gamma: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradient, without gamma^t in front, and without any discount."""
    P, _, (r, _), (g, _) = plain.histories(prisoners_dilemma(), *plain.POINT, _T)
    step = gamma ** np.arange(_T)
    D = _to_go(step * r)
    weights = D, D / step, _to_go(r)
    right, dropped, undiscounted = (np.einsum("n,nt,nti->i", P, w, g) for w in weights)
    return right, dropped, undiscounted


def _to_go(r: np.ndarray) -> np.ndarray:
    return np.cumsum(r[:, ::-1], axis=1)[:, ::-1]


@exercise("4.2")
def ex4_2(shrink: Any, plain_mean: Any) -> str:
    """Check Exercise 4.2. Pass `shrink(B)` and the baseline `plain_mean(states, G, gamma)`."""
    for B in (2, 5, 100):
        diagnose(
            number(call(shrink, B, name="shrink"), f"shrink({B})"),
            1 - 1 / B,
            [
                (1, "shrink: so it is if the game itself is left out of the mean."),
                (1 / B, "shrink: this much is lost. What remains?"),
                (B / (B - 1), "shrink: does the gradient get longer, or shorter?"),
                ((B - 1) / (B + 1), "shrink: how many games are in the mean?"),
            ],
            f"shrink({B}): set G less the mean of all beside G less that of the others.",
            atol=1e-5,  # a formula: rounding only, in float32 too
        )
    G = np.random.default_rng(1).normal(size=(3, 4))
    play = jnp.zeros(G.shape, int), jnp.asarray(G)
    found = call(plain_mean, *play, 0.9, name="plain_mean")
    all_games = np.broadcast_to(G.mean(axis=0), G.shape)
    diagnose(
        array(found, (3, 4), "plain_mean"),
        all_games,
        [
            ((G.sum(axis=0) - G) / 2, "plain_mean: this leaves the game itself out."),
            (0 * G + G.mean(1, keepdims=True), "plain_mean: games are on axis 0."),
            (np.full(G.shape, G.mean()), "plain_mean: a mean for each round, please."),
            (G - all_games, "plain_mean: return b itself; the library subtracts it."),
        ],
        "plain_mean: not yet. In each round, the mean of G over all the games.",
        atol=1e-5,
    )
    return "So it is a step size that depends on the batch, and no new direction."


@exercise("4.3")
def ex4_3(few: Any, compared: Any) -> str:
    """Check Exercise 4.3. Pass the share of cooperative seeds, and one of the letters."""
    few = share(few, "few")
    # To run them takes longer than a check may: bounds. With 32 seeds a share of one third
    # has a standard error of 0.08; they are three of them away.
    need(few > 0.1, "few: NL-PG cooperates this seldom. Is the rule `lk.lola_pg`?")
    need(few < 0.6, "few: too many for 8 games an update. Is it batch=8, T = 150?")
    hints = {
        "a": "compared: NL-PG, by the stored runs, cooperates in none of its seeds.",
        "c": "compared: print both intervals, and look whether they meet.",
    }
    choice(compared, "abc", hints, "compared")
    return "What is lost is reliability."


@exercise("4.4")
def ex4_4(shaping_estimates: Any) -> str:
    """Check Exercise 4.4. Pass `shaping_estimates(b)`, which returns an array [256, 5]."""
    name = "shaping_estimates"
    for b in (np.zeros(5), np.array([2.0, -1.0, 3.0, 0.5, -2.0])):
        found = call(shaping_estimates, jnp.asarray(b), name=name)
        mistakes = [
            (_estimates(b, same_round=True), "all pairs of rounds, not only k = l."),
            (_estimates(b, worth=1), "weigh the other's steps by V_1, not by V_2."),
            (_estimates(b, pays=0), "player 2's rewards pay the pairs."),
            (_estimates(b, gamma=1.0), "gamma^m is missing."),
            (_estimates(0 * b), "subtract b."),
            (_estimates(b, seat=0), "b takes the state from player 2's seat."),
            (_estimates(-b), "b is subtracted."),
        ] + [
            (
                _estimates(b, later=m),
                "a pair is paid from the later of its two rounds on.",
            )
            for m in (np.minimum, lambda k, l: k + 0 * l, lambda k, l: l + 0 * k)
        ]
        diagnose(
            array(found, (4**_T, 5), name),
            _estimates(b),
            [(value, f"{name}: {hint}") for value, hint in mistakes],
            f"{name}: not yet with {'b = 0' if not b.any() else 'another b'}. One row for "
            "each game of `games`, in its order: the sum over k and l, before any mean.",
            atol=1e-3,  # numbers of size 1 to 10; float32 keeps six digits
        )
    return "The baseline changes the rows, and not their mean."


def _estimates(
    b: np.ndarray,
    later: Any = np.maximum,
    same_round: bool = False,
    worth: int = 0,
    pays: int = 1,
    gamma: float = 0.96,
    seat: int = 1,
) -> np.ndarray:
    """Return sum_kl A_max(k, l) c_k g_l of each game: right unless an argument spoils it."""
    P, states, r, (g1, g2) = plain.histories(prisoners_dilemma(), *plain.POINT, _T)
    w = np.einsum("n,nt,nti->i", P, _to_go(0.96 ** np.arange(_T) * r[worth]), g2)
    step = gamma ** np.arange(_T)
    A = _to_go(step * r[pays]) - step * b[states[seat]]
    k, l = np.mgrid[:_T, :_T]
    paid = A[:, later(k, l)] * (g2 @ w)[:, :, None]
    if same_round:
        paid = paid * np.eye(_T)
    return np.einsum("nkl,nli->ni", paid, g1)


@exercise("4.5")
def ex4_5(share_long: Any, share_short: Any, reason: str) -> str:
    """Check Exercise 4.5. Pass the shares of seeds at Nash, step 1 and 1/2, and a letter."""
    long, short = share(share_long, "share_long"), share(share_short, "share_short")
    need(long < 0.5 or short > 0.5, "the two look exchanged: share_long comes first.")
    # To run them takes longer than a check may: bounds, four standard errors of 256 seeds.
    hint = "share_long: too many. Are all five probabilities within 0.1 of 1/2 at last?"
    need(long < 0.03, hint)
    hint = "share_short: too few. Is player 2 built on `pennies.swap()`, with 1000 updates?"
    need(short > 0.85, hint)
    hints = {
        "a": "with shorter steps the same lookahead arrives: where does the term point then?",
        "c": "linearise the updates at the equilibrium. By what is a deviation multiplied?",
    }
    choice(reason, "abc", hints, "reason")
    return "The lookahead must exceed half of the step size, and here it does not."


@exercise("4.6")
def ex4_6(pair_sum: Any, ratio: Any) -> str:
    """Check Exercise 4.6. Pass `pair_sum(M, w)`, which returns [5], and `ratio(B)`."""
    random = np.random.default_rng(1)
    for B in (3, 6):
        M, w = random.normal(size=(B, 5, 5)), random.normal(size=(B, 5))
        products = np.einsum("nij,mj->nmi", M, w)
        other = ~np.eye(B, dtype=bool)
        right, half = products[other].mean(axis=0), B // 2
        mistakes = [
            (
                products.mean(axis=(0, 1)),
                "the products of a game with itself are in it.",
            ),
            (products[~other].mean(axis=0), "these are the products to be left out."),
            (
                products[other].sum(axis=0),
                "this is the sum. Divide by the number of pairs.",
            ),
            (products[other].sum(axis=0) / B**2, "how many products remain, of B * B?"),
            (
                2 * right,
                "both orders of two games count, so there are B (B - 1) pairs.",
            ),
            (
                np.einsum("nji,mj->nmi", M, w)[other].mean(axis=0),
                "M times w, not w times M: the sum runs over the last axis of M.",
            ),
            (
                (
                    products[:half, half:].mean((0, 1))
                    + products[half:, :half].mean((0, 1))
                )
                / 2,
                "this is the split. Take the pairs within a half too.",
            ),
        ]
        found = call(pair_sum, jnp.asarray(M), jnp.asarray(w), name="pair_sum")
        diagnose(
            array(found, (5,), "pair_sum"),
            right,
            [(value, f"pair_sum: {hint}") for value, hint in mistakes],
            f"pair_sum: not yet, with {B} games. From the product of the two sums take away "
            "what is not to be there, then divide.",
            atol=1e-4,  # numbers of size 1 to 30, of float32 at worst
        )
    for B in (4, 10, 100):
        diagnose(
            number(call(ratio, B, name="ratio"), "ratio"),
            2 * (1 - 1 / B),
            [
                (
                    B / (2 * (B - 1)),
                    "ratio: the other way up: all pairs over the split's.",
                ),
                (
                    1 - 1 / B,
                    "ratio: count both orders with the split as well, or with neither.",
                ),
                (4 * (1 - 1 / B), "ratio: the split crosses its halves both ways."),
                (2, "ratio: so it is nearly, with many games. Which are left out?"),
                (
                    B * (B - 1),
                    "ratio: this is the number of pairs. Divide by the split's.",
                ),
            ],
            f"ratio: not yet for B = {B}. How many pairs (n, m) has each of the two?",
            atol=1e-5,
        )
    return "Every product of two different games is unbiased: use all there are."


_GAMES = 40_000


@exercise("4.7")
def ex4_7(policy_gradient: Any, shaping: Any) -> str:
    """Check Exercise 4.7. Pass two functions that return [B, 5]: a row for each game."""
    T, gamma, game = 3, 0.7, stag_hunt()
    theta_1, theta_2 = (2 * theta for theta in plain.POINT)
    P, _, r, (g, h) = plain.histories(game, theta_1, theta_2, T)
    step, w = gamma ** np.arange(T), np.array([1.0, -1.0, 2.0, 0.5, -1.0])
    payoff = np.asarray(game.payoff, dtype=float)
    before, after = (payoff, gamma, theta_1, theta_2), (T, _GAMES, 7)

    def mean(D: np.ndarray, scores: np.ndarray) -> np.ndarray:
        return np.einsum("n,nt,nti->i", P, D, scores)

    D1, D2 = (_to_go(step * x) for x in r)
    right = mean(D1, g)
    first = np.einsum("n,n,ni->i", P, D1[:, 0], g[:, 0])
    mistakes = [
        (-right, "this points downhill."),
        (first, "the score of the first round only: sum over all rounds."),
        (mean(_to_go(r[0]), g), "the discount is missing."),
        (mean(D1 / step, g), "gamma^t is missing in front of the return from t on."),
        (
            mean(step * r[0], g),
            "an action is paid by all that follows, not by its own round.",
        ),
        (mean(D2, g), "these are player 2's rewards."),
        (mean(D1, h), "these are player 2's scores."),
        (right / _GAMES, "return the rows themselves, not divided by B."),
    ]
    found = _rows(policy_gradient, "policy_gradient", *before, *after)
    _compare(found, right, mistakes, "policy_gradient")

    def term(pays: int = 1, same: bool = False, flip: bool = False) -> np.ndarray:
        mine, yours = (h, g) if flip else (g, h)
        k, l = np.mgrid[:T, :T]
        pairs = _to_go(step * r[pays])[:, np.maximum(k, l)] * (yours @ w)[:, :, None]
        return np.einsum("n,nkl,nli->i", P, pairs * (np.eye(T) if same else 1), mine)

    right = term()
    mistakes = [
        (-right, "this points the wrong way."),
        (term(same=True), "both scores of one and the same round: all pairs count."),
        (term(pays=0), "player 2's rewards pay the pairs."),
        (
            term(flip=True),
            "w goes with player 2's scores, and the rows with player 1's.",
        ),
        (
            np.einsum("n,nt,nt,nti->i", P, step * r[1], h @ w, g),
            "one sum over rounds is missing: all pairs up to the reward's round.",
        ),
        (right / _GAMES, "return the rows themselves, not divided by B."),
    ]
    found = _rows(shaping, "shaping", *before, w, *after)
    _compare(found, right, mistakes, "shaping")
    return "Both formulas, from nothing but play."


def _rows(function: Any, name: str, *arguments: Any) -> np.ndarray:
    """What the learner's function returns, one row for each game."""
    rows = array(call(function, *arguments, name=name), (_GAMES, 5), name)
    need(
        rows.std(axis=0).max() > 0,
        f"{name}: all rows are alike. Is each its own game's?",
    )
    return rows


def _compare(rows: np.ndarray, right: np.ndarray, mistakes: Any, name: str) -> None:
    # 4.5 standard errors in each of five numbers: by chance one right answer in 30 000
    # fails, always the same one, since the seed is given.
    error = rows.std(axis=0) / np.sqrt(len(rows))
    diagnose(
        rows.mean(axis=0),
        right,
        [(value, f"{name}: {hint}") for value, hint in mistakes],
        f"{name}: not yet. Its mean over many games is not what the enumeration gives. Does "
        "each player see its own action first, and C as action 0?",
        atol=4.5 * error + 1e-12,
    )
