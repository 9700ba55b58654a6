"""Answers to the exercises of Chapter 2, right and wrong."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

import lolakit as lk

GAME = lk.prisoners_dilemma()
RHO = 1 / (2 * GAME.gamma)
BORDER = 2 * np.arctanh(RHO)


@functools.cache
def end_of_run(k):
    soft = k * jnp.array([1.0, 1.0, -1.0, 1.0, -1.0])
    V, key = lk.exact_values(GAME), jax.random.key(0)
    rule = lk.naive(V)

    # Both are alike, and are kept so: what rounding may set apart, 1e-14, grows tenfold in about
    # 15 updates, and after 200 they would be different players.
    def update(_, theta):
        return theta + rule(theta, theta, key)

    theta = jax.lax.fori_loop(0, 200, update, soft)
    return float(lk.per_step(V(theta, theta), GAME.gamma)[0])


@functools.cache
def rise(delta, steps):
    game = lk.matching_pennies(gamma=0.0)
    learners = [
        lk.ascend(
            lk.naive(lk.exact_values(seat)),
            optax.sgd(delta),
            lambda key, p=p: lk.from_probabilities([p] * 5),
        )
        for seat, p in ((game, 0.6), (game.swap(), 0.5))
    ]
    _, (a, b) = lk.play(*learners, jax.random.key(0), num_steps=steps)
    start = np.cosh(np.log(0.6 / 0.4)) + 1
    return float(jnp.cosh(a[-1, 0]) + jnp.cosh(b[-1, 0]) - start)


ABOVE = end_of_run(BORDER + 0.05)
RATIO = rise(0.1, 200) / rise(0.01, 2000)

RIGHT = {
    "ex2_1": [
        (0.92, -1.0),
        (jnp.asarray(0.92), lk.stats.Estimate(-1.003, -1.01, -1.0)),
    ],
    "ex2_2": [(BORDER, ABOVE, "b"), (1.155, round(ABOVE, 2), "B")],
    "ex2_3": [(1, RATIO), (1.02, round(RATIO, 1))],
}

WRONG = {
    "ex2_1": [
        ((1, -1.0), "rho itself"),
        ((RHO, -1.0), "border"),
        ((1.92, -1.0), "costs something"),
        ((-0.04, -1.0), "worth more"),
        ((-0.92, -1.0), "sign"),
        ((-1, -1.0), "does answer"),
        ((0.5, -1.0), "Their difference"),
        ((0.92, -25.0), "this is V"),
        ((0.92, -1.92), "always defecting"),
        ((0.92, -2.0), "lk.fixed"),
    ],
    "ex2_2": [
        ((RHO, ABOVE, "b"), "this is rho"),
        ((np.log(RHO / (1 - RHO)), ABOVE, "b"), "not one of them"),
        ((BORDER / 2, ABOVE, "b"), "tanh(k / 2)"),
        ((2 * np.arctanh(0.5), ABOVE, "b"), "discount"),
        ((-BORDER, ABOVE, "b"), "sign"),
        ((3.0, ABOVE, "b"), "function of k"),
        ((BORDER, end_of_run(BORDER - 0.05), "b"), "from below"),
        ((BORDER, end_of_run(3.0), "b"), "k = 3"),
        ((BORDER, ABOVE / 0.04, "b"), "this is V"),
        ((BORDER, -1.2, "b"), "200 updates"),
        ((BORDER, ABOVE, "a"), "begin uphill"),
        ((BORDER, ABOVE, "c"), "run it for longer"),
    ],
    "ex2_3": [
        ((2, RATIO), "single step"),
        ((0, RATIO), "second order"),
        ((-1, RATIO), "or less"),
        ((0.5, RATIO), "count the steps"),
        ((1, 1 / RATIO), "divide"),
        ((1, rise(0.1, 200) / rise(0.01, 200)), "as much time"),
        ((1, rise(1.0, 20) / rise(0.1, 200)), "larger steps"),
        ((1, 4.0), "p = (0.6, 0.5)"),
    ],
}
