"""Answers to the exercises of Chapter 3, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import oracles

import lolakit as lk

A = np.array([0.3, -0.7, 1.1, 0.2, -0.4])
B = np.array([-0.5, 0.8, 0.1, -1.2, 0.6])


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def terms(game):
    g1, g2, g12 = oracles.derivatives(game.payoff, game.gamma, A, B)
    return g1[0], g12[1] @ g2[0], g12[1] @ g2[1], g12[0] @ g2[1]


NAIVE, SHAPING, SLIP, LOOK_AHEAD = terms(lk.prisoners_dilemma())
IPD = cosine(SHAPING, SLIP)
IMP = cosine(*terms(lk.matching_pennies())[1:3])


def rule_of(combine, inside=True):
    """A rule made of the naive gradient and half the squared length of the other's."""

    def make(values):
        def rule(own, other, key=None):
            def theirs(own):
                return jax.grad(lambda other: values(own, other)[1])(other)

            def half(own):
                return 0.5 * (theirs(own) ** 2).sum()

            slip = jax.grad(half)(own) if inside else jnp.zeros(5)
            return combine(lk.naive(values)(own, other), slip)

        return rule

    return make


WRONG_RULE = rule_of(lambda naive, slip: naive + slip)


def unrolled(lookahead, steps):
    return lambda values: lk.lola_unrolled(values, lookahead=lookahead, steps=steps)


FOUR = unrolled(0.25, 4)

RIGHT = {
    "ex3_1": [(IPD, IMP, "b"), (round(IPD, 4), jnp.asarray(-1.0), "b")],
    "ex3_2": [(WRONG_RULE, 0.0), (WRONG_RULE, lk.stats.Estimate(0.002, 0.0, 0.01))],
    "ex3_3": [(0.26, 0.96), (lk.stats.Estimate(0.262, 0.23, 0.3), jnp.asarray(0.965))],
    "ex3_4": [(FOUR, 0.014, "c"), (FOUR, lk.stats.Estimate(0.014, -0.02, 0.05), "C")],
}

WRONG = {
    "ex3_1": [
        ((-IPD, IMP, "b"), "cosine_dilemma: look at the sign"),
        ((IPD, 1.0, "b"), "cosine_pennies: look at the sign"),
        ((cosine(NAIVE + SHAPING, NAIVE + SLIP), IMP, "b"), "without the naive"),
        ((cosine(SHAPING, LOOK_AHEAD), IMP, "b"), "LookAhead"),
        ((cosine(NAIVE, SLIP), IMP, "b"), "not with the naive"),
        ((-1.0, IMP, "b"), "four digits"),
        ((IPD, IMP, "a"), "dropped out"),
        ((IPD, IMP, "c"), "short"),
    ],
    "ex3_2": [
        ((rule_of(lambda naive, slip: slip), 0.0), "naive gradient is missing"),
        ((rule_of(lambda naive, slip: naive + 2 * slip), 0.0), "half of it"),
        ((rule_of(lambda naive, slip: naive - slip), 0.0), "sign"),
        ((lambda values: lk.lola(values, lookahead=1.0), 0.0), "LOLA itself"),
        ((rule_of(lambda naive, slip: naive + slip, False), 0.0), "only the naive"),
        ((rule_of(lambda naive, slip: 0 * naive), 0.0), "`values`"),
        ((lambda values: jnp.zeros(5), 0.0), "return a rule"),
        ((WRONG_RULE, 0.92), "more than this learner cooperates"),
        ((WRONG_RULE, 92), "fraction of the seeds"),
    ],
    "ex3_3": [
        ((0.96, 0.26), "exchanged"),
        ((0.17, 0.96), "too few"),
        ((0.8, 0.96), "share_naive: too many"),
        ((0.26, 0.43), "share_lola: too few"),
        ((26, 96), "fraction of the seeds"),
    ],
    "ex3_4": [
        ((unrolled(1.0, 4), 0.014, "c"), "Keep the product"),
        ((unrolled(1.0, 1), 0.014, "c"), "single step"),
        ((unrolled(0.25, 1), 0.014, "c"), "four times"),
        ((lambda values: lk.naive(values), 0.014, "c"), "not yet"),
        ((FOUR, 0.84, "c"), "Is yours a share"),
        ((FOUR, 1.4, "c"), "between -1 and 1"),
        ((FOUR, 0.014, "a"), "contain 0"),
        ((FOUR, 0.014, "b"), "contain 0"),
    ],
}
