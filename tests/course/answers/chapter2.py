"""Answers to the exercises of Chapter 2, right and wrong."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

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


def chain_values(payoff, gamma, a, b, turn=(0, 1, 3, 2, 4)):
    """V of both by adding up 200 rounds (0.8^200 is 1e-20)."""
    x, y = 1 / (1 + np.exp(-a)), 1 / (1 + np.exp(-b[list(turn)]))
    joint = np.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)
    p, visits = joint[0], np.zeros(4)
    for t in range(200):
        visits = visits + gamma**t * p
        p = p @ joint[1:]
    return np.reshape(payoff, (2, 4)) @ visits


def update_of(values=chain_values, seen=lambda old, new: (old, old), scale=1.0, e=1e-5):
    """A naive update by differences; `seen` says which logits of the other each one sees."""

    def naive_update(payoff, gamma, theta_1, theta_2, delta):
        def V(a, b):
            return scale * values(payoff, gamma, a, b)

        def slope(f, x):
            return np.array([(f(x + d) - f(x - d)) / (2 * e) for d in e * np.eye(5)])

        def both(of_one, of_two):
            f_1 = slope(lambda a: V(a, of_two)[0], theta_1)
            f_2 = slope(lambda b: V(of_one, b)[1], theta_2)
            return np.stack([theta_1 + delta * f_1, theta_2 + delta * f_2])

        old = theta_1, theta_2
        (one, _), (_, two) = seen(old, both(*old))
        return both(one, two)

    return naive_update


def of_payoff(change):
    """The same in a game with other payoffs."""
    return lambda payoff, *given: UPDATE(np.array(change(payoff)), *given)


def changed(change):
    """A wrong answer, from the logits before and after, and the size of the step."""
    return lambda payoff, gamma, one, two, delta: change(
        np.stack([one, two]), UPDATE(payoff, gamma, one, two, delta), delta
    )


def forward(payoff, gamma, one, two, delta, e=1e-5):
    """The same by one-sided differences, as a pair."""
    V = lambda a, b: chain_values(payoff, gamma, a, b)
    f_1 = [(V(one + d, two) - V(one, two))[0] / e for d in e * np.eye(5)]
    f_2 = [(V(one, two + d) - V(one, two))[1] / e for d in e * np.eye(5)]
    return one + delta * np.array(f_1), two + delta * np.array(f_2)


def by_library(payoff, gamma, one, two, delta):
    game = lk.MatrixGame(payoff, gamma)
    f_1 = jax.jit(lk.naive(lk.exact_values(game)))(one, two)
    f_2 = jax.jit(lk.naive(lk.exact_values(game.swap())))(two, one)
    return one + delta * f_1, two + delta * f_2


def in_probabilities(start, new, delta):
    p = 1 / (1 + np.exp(-start))
    return start + (new - start) / (p * (1 - p))


UPDATE = update_of()
ABOVE = end_of_run(BORDER + 0.05)

RIGHT = {
    "ex2_1": [
        (0.92, -1.0),
        (jnp.asarray(0.92), lk.stats.Estimate(-1.003, -1.01, -1.0)),
    ],
    "ex2_2": [(BORDER, ABOVE, "b"), (1.155, round(ABOVE, 2), "B")],
    "ex2_3": [(UPDATE,), (forward,)],
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
        ((update_of(seen=lambda old, new: (new, old)),), "player 2 has answered"),
        ((update_of(seen=lambda old, new: (old, new)),), "player 1 has answered"),
        ((changed(lambda old, new, delta: 2 * old - new),), "sign"),
        (
            (update_of(lambda *given: chain_values(*given, turn=range(5))),),
            "what player 1 calls CD",
        ),
        ((update_of(scale=0.2),), "per step"),
        ((of_payoff(lambda r: [r[0], r[0]]),), "player 1's value"),
        ((of_payoff(lambda r: r[::-1]),), "payoff[0]"),
        ((of_payoff(lambda r: [r[0], r[1].T]),), "payoff[1] has"),
        ((changed(in_probabilities),), "in the probabilities"),
        ((changed(lambda old, new, delta: new - old),), "Add them"),
        ((changed(lambda old, new, delta: [new[0], old[1]]),), "only player 1"),
        (
            (changed(lambda old, new, delta: old + (new - old) / delta),),
            "size of the step",
        ),
        ((changed(lambda old, new, delta: 2 * new - old),), "lk.exact_values"),
        ((changed(lambda old, new, delta: new[0]),), "shape"),
        ((by_library,), "blank"),
    ],
}
