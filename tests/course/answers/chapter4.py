"""Answers to the exercises of Chapter 4, right and wrong."""

import jax.numpy as jnp
import numpy as np
import oracles

import lolakit as lk

A = np.array([0.3, -0.7, 1.1, 0.2, -0.4])
B = np.array([-0.5, 0.8, 0.1, -1.2, 0.6])
T = 4
PAYOFF = np.asarray(lk.prisoners_dilemma().payoff)
(S, Z), (ACTS, BCTS), REWARDS = oracles.all_games(PAYOFF, T)
G1 = oracles._score(A, S, ACTS)
G2 = oracles._score(B, Z, BCTS)


def likely(theta, states, actions):
    p = oracles.sigmoid(theta)[states]
    return np.where(actions == 0, p, 1 - p).prod(axis=1)


P = likely(A, S, ACTS) * likely(B, Z, BCTS)


def to_go(r):
    return np.cumsum(r[:, ::-1], axis=1)[:, ::-1]


def errors(gamma):
    """Of the estimators without gamma^t in front, and without any discount."""
    step = gamma ** np.arange(T)
    D = to_go(step * REWARDS[0])
    g = oracles.enumerate_derivatives(PAYOFF, gamma, A, B, T)[1][0]
    dropped, bare = (
        np.einsum("n,nt,nti->i", P, w, G1) for w in (D / step, to_go(REWARDS[0]))
    )
    off = np.linalg.norm(dropped - g)
    return (
        off / np.linalg.norm(g),
        off / np.linalg.norm(dropped),
        np.linalg.norm(bare - g) / np.linalg.norm(g),
    )


E96, E50 = errors(0.96), errors(0.5)


def plain_mean(states, G, gamma):
    return jnp.broadcast_to(G.mean(axis=0), G.shape)


def shrink(B):
    return 1 - 1 / B


WORTH = [oracles.enumerate_derivatives(PAYOFF, 0.96, A, B, T)[2][i] for i in (0, 1)]


def estimates(later=np.maximum, worth=0, pays=1, gamma=0.96, sign=1, seat=1, mask=1):
    """Pairs of rounds by loops; each argument spoils it in one place."""

    def shaping_estimates(b):
        step = gamma ** np.arange(T)
        b = sign * np.asarray(b)[(S, Z)[seat]]
        paid = to_go(step * REWARDS[pays]) - step * b
        rows = np.zeros((len(P), 5))
        for k in range(T):
            for l in range(T):
                if mask or k == l:
                    c = G2[:, k] @ WORTH[worth]
                    rows += (paid[:, later(k, l)] * c)[:, None] * G1[:, l]
        return rows

    return shaping_estimates


RIGHT = {
    "ex4_1": [(E96[0], E50[0]), (0.05, 0.76)],
    "ex4_2": [
        (shrink, plain_mean),
        (shrink, lambda s, G, g: 0 * G + np.mean(G, axis=0)[None]),
    ],
    "ex4_3": [(0.34, "b"), (lk.stats.Estimate(0.34375, 0.2, 0.52), "b")],
    "ex4_4": [(estimates(),), (lambda b: jnp.asarray(estimates()(b)),)],
    "ex4_5": [
        (0.0, 0.93, "b"),
        (lk.stats.Estimate(0.0, 0.0, 0.01), jnp.asarray(0.926), "B"),
    ],
}

WRONG = {
    "ex4_1": [
        ((100 * E96[0], E50[0]), "per cent"),
        ((E96[0], E50[1]), "not the wrong"),
        ((E96[2], E50[0]), "error_96: the returns"),
        ((E96[0], E50[2]), "error_50: the returns"),
        ((E50[0], E96[0]), "other discount"),
        ((E96[0], E96[0]), "error_50: this is the other"),
        ((0.0, E50[0]), "still in it"),
        ((0.5, E50[0]), "anew"),
    ],
    "ex4_2": [
        ((lambda B: 1, plain_mean), "left out of the mean"),
        ((lambda B: 1 / B, plain_mean), "What remains"),
        ((lambda B: B / (B - 1), plain_mean), "longer, or shorter"),
        ((lambda B: (B - 1) / (B + 1), plain_mean), "how many games"),
        ((lambda B: 0.5, plain_mean), "shrink(5)"),
        ((0.5, plain_mean), "expected a function"),
        ((shrink, lk.batch_mean), "leaves the game itself out"),
        ((shrink, lambda s, G, g: G.mean(axis=1, keepdims=True) + 0 * G), "axis 0"),
        ((shrink, lambda s, G, g: G.mean() + 0 * G), "for each round"),
        ((shrink, lambda s, G, g: G - G.mean(axis=0)[None]), "library subtracts"),
        ((shrink, lambda s, G, g: G.mean(axis=0)), "expected the shape (3, 4)"),
        ((shrink, lambda s, G, g: 0 * G), "over all the games"),
    ],
    "ex4_3": [
        ((0.0, "b"), "NL-PG"),
        ((0.81, "b"), "batch=8"),
        ((34, "b"), "fraction of the seeds"),
        ((0.34, "a"), "none of its seeds"),
        ((0.34, "c"), "whether they meet"),
    ],
    "ex4_4": [
        ((estimates(mask=0),), "not only k = l"),
        ((estimates(worth=1),), "not by V_2"),
        ((estimates(pays=0),), "player 2's rewards"),
        ((estimates(gamma=1.0),), "gamma^m"),
        ((estimates(sign=0),), "subtract b"),
        ((estimates(sign=-1),), "b is subtracted"),
        ((estimates(seat=0),), "player 2's seat"),
        ((estimates(later=np.minimum),), "later of its two rounds"),
        ((estimates(later=lambda k, l: l),), "later of its two rounds"),
        ((lambda b: P @ estimates()(b),), "expected the shape (256, 5)"),
        ((lambda b: P[:, None] * estimates()(b),), "before any mean"),
        ((lambda b: estimates()(np.asarray(b) ** 2),), "with another b"),
    ],
    "ex4_5": [
        ((0.93, 0.0, "b"), "exchanged"),
        ((0.2, 0.93, "b"), "share_long: too many"),
        ((0.0, 0.0, "b"), "pennies.swap()"),
        ((0.0, 0.52, "b"), "with 1000 updates"),
        ((0.0, 93, "b"), "fraction of the seeds"),
        ((0.0, 0.93, "a"), "point then"),
        ((0.0, 0.93, "c"), "linearise"),
    ],
}
