"""Answers to the exercises of Chapter 8, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

import lolakit as lk
from lolakit.course.check import chapter8

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


def value(mine, yours):
    """[V_1, V_2] in the dilemma, gamma 0.96, by hand."""
    x, y = jax.nn.sigmoid(mine), jax.nn.sigmoid(yours)[jnp.array([0, 1, 3, 2, 4])]
    joint = jnp.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)
    visits = jnp.linalg.solve(jnp.eye(4) - 0.96 * joint[1:].T, joint[0])
    return jnp.array([[-1.0, -3.0, 0.0, -2.0], [-1.0, 0.0, -3.0, -2.0]]) @ visits


def learning_run(choose, phi, psi, T, *, value=value, unit=0.04, at_once=True):
    earned = []
    for _ in range(T):
        met = phi
        phi = choose(jax.nn.sigmoid(jnp.concatenate([phi, psi])))
        against = met if at_once else phi
        psi = psi + jax.grad(lambda x, phi=against: value(phi, x)[1])(psi)
        earned.append(unit * value(phi, psi))
    return jnp.stack(earned)


def from_library(choose, phi, psi, T):
    """The same by lk.play, with an agent that has no randomness."""
    game = lk.prisoners_dilemma()
    see = lambda own, other: jax.nn.sigmoid(jnp.concatenate([own, other]))
    agent = lk.Learner(
        lambda key: (jnp.asarray(phi), None),
        lambda key, own, other, state: (choose(see(own, other)), state),
    )
    rule = lk.naive(lk.exact_values(game.swap()))
    other = lk.ascend(rule, optax.sgd(1.0), lambda key: jnp.asarray(psi))
    record = lambda a, b: lk.per_step(lk.exact_values(game)(a, b), game.gamma)
    return lk.play(agent, other, jax.random.key(0), T, record).history


def wrong_run(**changes):
    return lambda *given: chapter8._learning_run(*given, **changes)


def late(choose, phi, psi, T):
    """The learner answers my new policy."""
    return learning_run(choose, phi, psi, T, at_once=False)


def unswapped(mine, yours):
    return value(mine, yours[jnp.array([0, 1, 3, 2, 4])])


RIGHT = {
    "ex8_1": [(R, "c"), (R.round(2).tolist(), "c")],
    "ex8_2": [(slope, 1.0), (by_jax, jnp.ones(()))],
    "ex8_3": [(MEETINGS,), (MEETINGS + 0.01,)],
    "ex8_4": [(-1.0, LEARNED), (-1.001, [1, 1, 0.5, 0.5, 0.5])],
    "ex8_5": [(learning_run,), (from_library,)],
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
        (([[-0.53, -2.1], [-1.4, -1.5]],), "Take `taylor_learner`"),
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
    "ex8_5": [
        ((late,), "has answered my new policy"),
        (
            (lambda *given: learning_run(*given, value=unswapped),),
            "a seat is not swapped",
        ),
        ((lambda *given: learning_run(*given, unit=1.0),), "discounted sums"),
        ((lambda *given: learning_run(*given)[:, ::-1],), "columns are swapped"),
        ((lambda *given: learning_run(*given).T,), "shape"),
        ((wrong_run(rewards="before"),), "policies before the step"),
        ((wrong_run(seen="new"),), "before I chose"),
        ((wrong_run(step=0.04),), "climbs V, not R"),
        ((wrong_run(step=-1.0),), "downhill"),
        ((wrong_run(wants=0),), "climbs my value"),
        ((wrong_run(squash=lambda logits: logits),), "gets probabilities"),
        ((wrong_run(order=-1),), "my own policy first"),
        ((lambda *given: 0.9 * learning_run(*given),), "T = 1"),
        ((3.0,), "expected a function"),
    ],
}
