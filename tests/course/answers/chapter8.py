"""Answers to the exercises of Chapter 8, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk

# What the extortioners and the naive learner earn, on the mean and in the first step.
R = np.array([[-0.889, -1.259], [-0.743, -1.581], [-0.660, -1.866]])
LAST = np.array([[-0.877, -1.251], [-0.718, -1.573], [-0.586, -1.8586]])
FIRST = np.array([[-1.209, -1.473], [-1.198, -1.733], [-1.237, -1.9237]])

MEETINGS = np.array([[-0.53, -2.10], [-1.67, -1.86]])
LEARNED = [0.97, 1.0, 0.95, 0.68, 0.87]


def slope(ratio, A):
    if (A > 0 and ratio > 1.2) or (A < 0 and ratio < 0.8):
        return 0.0
    return A


def by_jax(ratio, A):
    clipped = lambda ratio: lk.ppo.clipped(ratio, jnp.asarray(A, float), 0.2)
    return jax.grad(clipped)(jnp.asarray(ratio, float))


def both_sides(ratio, A):
    return A if 0.8 < ratio < 1.2 else 0.0


def other_way(ratio, A):
    return slope(ratio, -A) and A


RIGHT = {
    "ex8_1": [(R, "c"), (R.round(2).tolist(), "c")],
    "ex8_2": [(slope, 1.0), (by_jax, jnp.ones(()))],
    "ex8_3": [(MEETINGS,), (MEETINGS + 0.01,)],
    "ex8_4": [(-1.0, LEARNED), (-1.001, [1, 1, 0.5, 0.5, 0.5])],
}

WRONG = {
    "ex8_1": [
        ((R[:, ::-1], "c"), "columns are swapped"),
        ((R[::-1], "c"), "other way round"),
        ((R * [1, 0.9], "c"), "do not lie on the lines"),
        ((LAST, "c"), "not the last"),
        ((FIRST, "c"), "hardly learned"),
        ((25 * R, "c"), "discounted sums"),
        ((R.T, "c"), "shape"),
        ((R, "a"), "the largest number"),
        ((R, "b"), "another one"),
    ],
    "ex8_2": [
        ((both_sides, 1.0), "not on both sides"),
        ((lambda ratio, A: A, 1.0), "nothing is ever clipped"),
        ((other_way, 1.0), "the other way round"),
        ((lambda ratio, A: float(slope(ratio, A) != 0), 1.0), "how steep"),
        ((lambda ratio, A: -slope(ratio, A), 1.0), "that of the loss"),
        ((lambda ratio, A: ratio * A, 1.0), "Draw"),
        ((slope, 0.0), "its logarithm"),
        ((slope, 1.2), "which network"),
        ((0.0, 1.0), "expected a function"),
    ],
    "ex8_3": [
        ((MEETINGS[:, ::-1],), "comes first"),
        ((MEETINGS[::-1],), "rows are swapped"),
        (([[-0.45, -2.22], [-1.67, -1.86]],), "steps of 1"),
        (([[-0.53, -1.6], [-1.67, -1.86]],), "slow naive learners"),
        (([[-0.53, -2.1], [-1.03, -1.03]],), "trained against LOLA"),
        (([[-0.53, -2.1], [-1.4, -1.5]],), "Take `lola`"),
        ((25 * MEETINGS,), "discounted sums"),
    ],
    "ex8_4": [
        ((-1.92, LEARNED), "always defecting"),
        ((0.0, LEARNED), "only after my cooperation"),
        ((-0.48, LEARNED), "nothing to teach"),
        ((-25.0, LEARNED), "per_step"),
        ((-1.5, LEARNED), "earns more"),
        ((-1.0, [3.5, 8.0, 2.0, 0.7, 1.9]), "sigmoid"),
        ((-1.0, [0.02, 0.01, 0.0, 0.1, 0.0]), "no more than always"),
        ((-1.0, [0.6, 0.7, 0.6, 0.7, 0.6]), "not trained to the end"),
        ((-1.0, [1, 1, 1]), "shape"),
    ],
}
