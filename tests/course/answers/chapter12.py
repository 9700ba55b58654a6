"""Answers to the exercises of Chapter 12, right and wrong."""

import jax.numpy as jnp
import numpy as np

import lolakit as lk
from lolakit.course.check import chapter12


def by_library(r_1, r_2, v_1, v_2, gamma, beta):
    A, B = (
        lk.gae(jnp.asarray(r), jnp.asarray(v), gamma)
        for r, v in ((r_1, v_1), (r_2, v_2))
    )
    t = jnp.arange(A.shape[1], dtype=A.dtype)[None]
    return gamma**t * lk.aligned(A, B, weight=beta, decay=1.0)


def by_loops(r_1, r_2, v_1, v_2, gamma, beta):
    weights = np.zeros_like(r_1)
    for game in range(len(r_1)):
        account = 0.0
        for t in range(r_1.shape[1]):
            A = r_1[game, t] + gamma * v_1[game, t + 1] - v_1[game, t]
            B = r_2[game, t] + gamma * v_2[game, t + 1] - v_2[game, t]
            weights[game, t] = gamma**t * (A + beta * account * B)
            account += A
    return weights


def slip(name):
    """A function that makes one of the slips."""
    return lambda *given: chapter12._weights(*given, slip=name)


RIGHT = {
    "ex12_1": [([1, -1.5, 1.5], "a"), (jnp.array([1.0, -1.5, 1.5]), "A")],
    "ex12_2": [(1 / 1.92,), (0.521,)],
    "ex12_3": [(by_library,), (by_loops,)],
    "ex12_4": [(0.105, 0.875, "b"), (lk.stats.Estimate(0.1, 0.05, 0.2), 0.87, "B")],
}

WRONG = {
    "ex12_1": [
        (([1, -1, 2], "a"), "where is beta"),
        (([1.5, -2.5, 1], "a"), "that before the round"),
        (([0, 0.5, 0.5], "a"), "Where is the naive part"),
        (([1, -3, 0.5], "a"), "multiplied by whose advantage"),
        (([1, -1.5, 0], "a"), "whose advantages are in the account"),
        (([1, -2, 1], "a"), "naive gradient"),
        (([1, 1, 1], "a"), "weights: not yet"),
        (([1, -1.5, 1.5], "b"), "product of two negative"),
        (([1, -1.5, 1.5], "c"), "not zero in round 2"),
    ],
    "ex12_2": [
        ((1.0,), "this is tit-for-tat"),
        ((0.5,), "a round later"),
        ((1 / 0.96,), "Not 1"),
        ((1.92,), "Which part of it"),
        ((0.0,), "do not answer"),
        ((1 / 2.88,), "same action of its own"),
        ((0.7,), "difference: not yet"),
    ],
    "ex12_3": [
        *(((slip(name),), hint) for name, hint in chapter12._SLIPS.items()),
        ((lambda *given: np.zeros((3, 5)),), "weights_of: not yet"),
        ((lambda *given: np.zeros(5),), "expected the shape"),
    ],
    "ex12_4": [
        ((0.9, 0.1, "b"), "exchanged"),
        ((0.0, 0.87, "b"), "at_a_tenth: too few"),
        ((0.5, 0.87, "b"), "at_a_tenth: too many"),
        ((0.1, 0.5, "b"), "at_three_tenths: too few"),
        ((0.1, 1.0, "b"), "at_three_tenths: too many"),
        ((10, 87, "b"), "fraction of the seeds"),
        ((0.1, 0.87, "a"), "as beta becomes small"),
        ((0.1, 0.87, "c"), "do not depend on beta"),
    ],
}  # fmt: skip
