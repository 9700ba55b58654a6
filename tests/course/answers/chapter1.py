"""Answers to the exercises of Chapter 1, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import oracles

import lolakit as lk

GAME = lk.prisoners_dilemma()
TFT, WSLS = np.array([1, 1, 0, 1, 0]), np.array([1, 1, 0, 0, 1])


def trembling(p, slip=0.05):
    return (1 - slip) * p + slip * (1 - p)


def pair(own, other=None, gamma=0.96):
    other = own if other is None else other
    theta = lk.from_probabilities(own), lk.from_probabilities(other)
    game = lk.prisoners_dilemma(gamma)
    return float(lk.per_step(lk.exact_values(game)(*theta), gamma)[0])


R_TFT, R_WSLS = pair(trembling(TFT)), pair(trembling(WSLS))


def finite(game, theta_1, theta_2, T, gamma=None, first=0):
    gamma = game.gamma if gamma is None else gamma
    p, P = lk.markov_chain(jnp.asarray(theta_1), jnp.asarray(theta_2))
    total = jnp.zeros(2)
    for t in range(T):
        total = total + gamma ** (t + first) * game.payoff.reshape(2, 4) @ p
        p = p @ P
    return total


def by_enumeration(game, theta_1, theta_2, T):
    return oracles.enumerate_values(game.payoff, game.gamma, theta_1, theta_2, T)


def R_against(theta, count=200, scale=3.0):
    keys = jax.random.split(jax.random.key(4), count)
    opponents = jax.vmap(lk.normal_logits(scale))(keys)
    values = jax.vmap(lk.exact_values(GAME), (None, 0))(theta, opponents)
    return np.asarray(lk.per_step(values, GAME.gamma))


def zd(**how):
    return R_against(lk.zero_determinant(GAME, **how))


LINE = zd(chi=2.0, generous=True)

RIGHT = {
    "ex1_1": [(0.5,), (jnp.asarray(0.5),), (0.505,)],
    "ex1_2": [
        (R_TFT, R_WSLS, "b"),
        (round(R_TFT, 3), round(R_WSLS, 3), " B"),
        (jnp.asarray(R_TFT), np.float32(R_WSLS), "b"),
    ],
    "ex1_3": [(finite,), (by_enumeration,)],
    "ex1_4": [(LINE, "b"), (jnp.asarray(LINE), "b")],
}

WRONG = {
    "ex1_1": [
        ((0.96,), "smaller discount"),
        ((0.52,), "not the smallest"),
        ((1 / 3,), "too small"),
        ((0,), "starts with C"),
        ((1.0,), "between 0 and 1"),
        ((-0.5,), "between 0 and 1"),
    ],
    "ex1_2": [
        ((-1.0, R_WSLS, "b"), "R_tft: nobody slips"),
        ((R_TFT, -1.0, "b"), "R_wsls: nobody slips"),
        ((R_WSLS, R_TFT, "b"), "the other policy's"),
        ((pair(0.95 * TFT), R_WSLS, "b"), "mix both ways"),
        ((R_TFT, pair(0.95 * WSLS), "b"), "mix both ways"),
        ((pair(trembling(TFT), TFT), R_WSLS, "b"), "only one hand"),
        ((pair(TFT, trembling(TFT)), R_WSLS, "b"), "only one hand"),
        ((pair(trembling(TFT, 0.1)), R_WSLS, "b"), "twice as often"),
        ((-1.5, R_WSLS, "b"), "late rounds count less"),
        ((R_TFT / 0.04, R_WSLS, "b"), "this is V"),
        ((-1.2, R_WSLS, "b"), "R_tft: not yet"),
        ((R_TFT, R_WSLS, "a"), "Does it forgive"),
        ((R_TFT, R_WSLS, "c"), "trembles as often"),
        ((R_TFT, R_WSLS, "because"), "expected one of"),
    ],
    "ex1_3": [
        ((lambda g, a, b, T: by_enumeration(g, a, b, T + 1),), "one round too many"),
        ((lambda g, a, b, T: finite(g, a, b, T - 1),), "one round too few"),
        ((lambda g, a, b, T: finite(g, a, b, T, gamma=1.0),), "gamma^t"),
        ((lambda g, a, b, T: finite(g, a, b, T, first=1),), "gamma^0"),
        ((lambda g, a, b, T: 0.2 * finite(g, a, b, T),), "per step"),
        ((lambda g, a, b, T: finite(g, a, b, T)[::-1],), "player 1's value"),
        ((lambda g, a, b, T: finite(g, a, lk.from_other_seat(b), T),), "own order"),
        (
            (lambda g, a, b, T: lk.exact_values(g)(jnp.asarray(a), jnp.asarray(b)),),
            "all rounds",
        ),
        ((lambda g, a, b, T: jnp.zeros(2) + 7,), "p0' P^t"),
        ((lambda g, a, b, T: finite(g, a, b, T)[0],), "expected the shape (2,)"),
        ((3.0,), "expected a function"),
    ],
    "ex1_4": [
        ((LINE, "a"), "below -1 too"),
        ((LINE, "c"), "inside the polygon"),
        ((LINE / 0.04, "b"), "Is it V"),
        ((LINE[:, ::-1], "b"), "owner of the policy comes first"),
        ((zd(chi=2.0), "b"), "generous=True"),
        ((zd(chi=3.0, generous=True), "b"), "slope"),
        ((R_against(lk.tit_for_tat()), "b"), "not on the line"),
        ((LINE[:20], "b"), "100 opponents"),
        ((np.repeat(LINE[:1], 200, axis=0), "b"), "far apart"),
    ],
}
