"""Answers to the exercises of Chapter 5, right and wrong."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk

TFT, WSLS = np.array([0.881, 0.881, 0.119]), np.array([0.881, 0.5, 0.5])


@functools.cache
def jacobians():
    pennies, toss = lk.matching_pennies(), jnp.zeros(5)
    rules = [
        lk.lola(lk.exact_values(seat), lookahead=1.0)
        for seat in (pennies, pennies.swap())
    ]
    return jax.jit(lambda: [jax.jacobian(rule, (0, 1))(toss, toss) for rule in rules])()


@functools.cache
def growth(window, delta):
    (A_1, B_1), (A_2, B_2) = jacobians()
    none = np.zeros((5, 5))
    now = np.eye(10) + delta * np.block([[A_1, none], [none, A_2]])
    past = delta * np.block([[none, B_1], [B_2, none]]) / window
    first = np.hstack([now + past] + [past] * (window - 1))
    shift = np.eye(10 * (window - 1), 10 * window)
    return abs(np.linalg.eigvals(np.vstack([first, shift]))).max()


WHOLE, FIFTH = growth(5, 1.0), growth(5, 0.2)
R = np.array([[-1.47, -1.50], [-1.00, -1.27]])

RIGHT = {
    "ex5_1": [(0.75, 0.0), (jnp.asarray(0.75), lk.stats.Estimate(0.0, 0.0, 0.01))],
    "ex5_2": [(WHOLE, FIFTH, 1.0), (round(WHOLE, 3), round(FIFTH, 3), 0.875)],
    "ex5_3": [(TFT, WSLS), ([0.90, 0.88, 0.12], jnp.array([0.9, 0.5, 0.49]))],
    "ex5_4": [(R, "c"), (R.tolist(), "C")],
}

WRONG = {
    "ex5_1": [
        ((np.log(3), 0.0), "this is the logit"),
        ((1, 0.0), "without a prior"),
        ((0.995, 0.0), "prior of 1/2"),
        ((0.5, 0.0), "adds to C too"),
        ((2 / 3, 0.0), "as much as to D"),
        ((0.25, 0.0), "probability of D"),
        ((0.6, 0.0), "Add what the prior adds"),
        ((0.75, 0.92), "counts(prior=50.0)"),
        ((0.75, -1), "fraction of the seeds"),
    ],
    "ex5_2": [
        ((growth(1, 1.0), FIFTH, 1.0), "whole: this is the growth of a shorter"),
        ((WHOLE, growth(20, 0.2), 1.0), "fifth: this is the growth of a longer"),
        ((WHOLE, growth(4, 0.2), 1.0), "fifth: this is the growth of a shorter"),
        ((FIFTH, WHOLE, 1.0), "other step size"),
        ((1.2, FIFTH, 1.0), "eigenvalue"),
        ((WHOLE, FIFTH, 0.0), "more of them arrive"),
    ],
    "ex5_3": [
        (([2.0, 2.0, -2.0], WSLS), "these are logits"),
        ((TFT[[0, 2, 1]], WSLS), "after my C comes before"),
        ((WSLS, WSLS), "did itself"),
        (([1.0, 1.0, 0.0], WSLS), "scale=2.0"),
        ((TFT, TFT), "other policy's"),
        ((TFT, [0.2, 0.2, 0.2]), "believes_wsls: not yet"),
        ((TFT, jax.nn.sigmoid(lk.win_stay_lose_shift(2.0))), "expected the shape (3,)"),
    ],
    "ex5_4": [
        ((R / 0.04, "c"), "Is it V"),
        ((R[::-1], "c"), "exchanged"),
        (([[-1.1, -1.2], [-1.0, -1.27]], "c"), "too high for a window of 1"),
        (([[-1.9, -1.9], [-1.0, -1.27]], "c"), "too low for a window of 1"),
        ((R[:, ::-1], "c"), "columns exchanged"),
        (([[-1.47, -1.50], [-1.38, -1.41]], "c"), "too low for a window of 20"),
        ((R, "a"), "with the truth"),
        ((R, "b"), "the two rows"),
        ((R.ravel(), "c"), "expected the shape (2, 2)"),
    ],
}
