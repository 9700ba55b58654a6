"""Answers to the exercises of Chapters 3 and 3b, right and wrong."""

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


def steps_of_two():
    """Player 2's naive step; its shaping and LookAhead terms; player 1's naive and LOLA."""
    g1, g2, g12 = oracles.derivatives(
        lk.prisoners_dilemma().payoff, lk.prisoners_dilemma().gamma, A, B
    )
    shaping, ahead = g12[0].T @ g1[1], g12[1].T @ g1[0]
    return g2[1], shaping, ahead, g1[0], g1[0] + g12[1] @ g2[0]


EXPECTED, THEIRS, AHEAD, MY_NAIVE, MY_LOLA = steps_of_two()
TAKEN = EXPECTED + THEIRS


def both(a, b):
    return cosine(a, b), float(np.linalg.norm(b) / np.linalg.norm(a))


OFF, TIMES = both(EXPECTED, TAKEN)


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


def border_of(gap):
    """The sign change of 3 p - 2 + eta * gap(p) between 0 and 1, on a fine grid."""

    def border(lookahead):
        p = np.linspace(0, 1, 100_001)
        return p[np.argmax(3 * p - 2 + lookahead * gap(p) > 0)]

    return border


BORDER = border_of(lambda p: 3 * (p * (1 - p)) ** 2 * (1 + 3 * p))


def chain_values(payoff, gamma, own, other, order=(0, 1, 3, 2, 4)):
    """V of both by adding up 400 rounds (0.8^400 is 1e-39)."""
    x, y = 1 / (1 + jnp.exp(-own)), 1 / (1 + jnp.exp(-other[jnp.array(order)]))
    joint = jnp.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)

    def step(p, discount):
        return p @ joint[1:], discount * p

    _, visits = jax.lax.scan(step, joint[0], gamma ** jnp.arange(400.0))
    return jnp.reshape(jnp.asarray(payoff), (2, 4)) @ visits.sum(axis=0)


def direction_of(combine, scale=1.0, values=chain_values):
    """The naive direction and a second term, from g1, g2 and g12 of both players."""

    @jax.jit
    def lola_direction(payoff, gamma, theta_1, theta_2, lookahead):
        def V(a, b):
            return scale * values(payoff, gamma, a, b)

        g1, g2 = (jax.jacobian(V, i)(theta_1, theta_2) for i in (0, 1))
        g12 = jax.jacobian(jax.jacobian(V, 0), 1)(theta_1, theta_2)
        return g1[0] + lookahead * combine(g2, g12)

    return lola_direction


def by_differences(payoff, gamma, theta_1, theta_2, lookahead):
    """LOLA in plain NumPy, by central differences of values that NumPy solves for."""
    h, swap = 1e-3, [0, 1, 3, 2, 4]

    def V(a, b):
        x, y = 1 / (1 + np.exp(-a)), 1 / (1 + np.exp(-b[swap]))
        joint = np.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)
        visits = np.linalg.solve((np.eye(4) - gamma * joint[1:]).T, joint[0])
        return np.reshape(payoff, (2, 4)) @ visits

    def slope(f, x):
        return np.array([(f(x + e) - f(x - e)) / (2 * h) for e in h * np.eye(5)])

    worth = slope(lambda b: V(theta_1, b)[0], theta_2)

    def gain(a):
        return worth @ slope(lambda b: V(a, b)[1], theta_2)

    return slope(lambda a: V(a, theta_2)[0] + lookahead * gain(a), theta_1)


def by_library(payoff, gamma, theta_1, theta_2, lookahead):
    V = lk.exact_values(lk.MatrixGame(payoff, gamma))
    return jax.jit(lk.lola(V, lookahead=lookahead))(theta_1, theta_2)


def by_library_inside(*given):
    helper = lambda: by_library(*given)
    return helper()


def by_an_import_inside(*given):
    from lolakit import chicken

    del chicken
    return DIRECTION(*given)


DIRECTION = direction_of(lambda g2, g12: g12[1] @ g2[0])

RIGHT = {
    "ex3_1": [(IPD, IMP, "b"), (round(IPD, 4), jnp.asarray(-1.0), "b")],
    "ex3_2": [(WRONG_RULE, 0.0), (WRONG_RULE, lk.stats.Estimate(0.002, 0.0, 0.01))],
    "ex3_3": [
        (BORDER, 0.43, 0.96),
        (BORDER, lk.stats.Estimate(0.447, 0.43, 0.46), 0.965),
    ],
    "ex3_4": [(FOUR, 0.014, "c"), (FOUR, lk.stats.Estimate(0.014, -0.02, 0.05), "C")],
    "ex3_5": [(DIRECTION,), (by_differences,)],
    "ex3_6": [(OFF, TIMES, "b"), (round(OFF, 2), jnp.asarray(round(TIMES, 2)), "B")],
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
        ((lambda eta: 2 / 3, 0.43, 0.96), "naive one"),
        (
            (border_of(lambda p: 3 * p * (1 - p) * (1 + 3 * p)), 0.43, 0.96),
            "Count the derivatives",
        ),
        ((border_of(lambda p: 3 * (1 + 3 * p)), 0.43, 0.96), "derivatives in p"),
        (
            (border_of(lambda p: 3 * (p * (1 - p)) ** 2 * (6 * p - 1)), 0.43, 0.96),
            "Taylor",
        ),
        (
            (border_of(lambda p: -3 * (p * (1 - p)) ** 2 * (1 + 3 * p)), 0.43, 0.96),
            "look at the sign",
        ),
        ((lambda eta: 0.5, 0.43, 0.96), "not yet"),
        ((BORDER, 0.96, 0.43), "exchanged"),
        ((BORDER, 0.18, 0.96), "lookahead of 1"),
        ((BORDER, 0.7, 0.96), "smaller"),
        ((BORDER, 0.43, 0.7), "iterated: too few"),
        ((BORDER, 43, 96), "fraction of the seeds"),
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
    "ex3_5": [
        ((direction_of(lambda g2, g12: 0 * g2[0]),), "naive direction"),
        ((direction_of(lambda g2, g12: -g12[1] @ g2[0]),), "sign"),
        ((direction_of(lambda g2, g12: g12[1] @ g2[1]),), "worth to *me*"),
        ((direction_of(lambda g2, g12: g12[0] @ g2[1]),), "LookAhead"),
        (
            (direction_of(lambda g2, g12: g12[1] @ g2[0] + g12[0] @ g2[1]),),
            "Taylor",
        ),
        ((direction_of(lambda g2, g12: g2[0] @ g12[1]),), "runs over theta_1"),
        (
            (
                direction_of(
                    lambda g2, g12: g12[1] @ g2[0],
                    values=lambda *given: chain_values(*given, order=range(5)),
                ),
            ),
            "what you call CD",
        ),
        ((direction_of(lambda g2, g12: g12[1] @ g2[0], scale=0.2),), "per step"),
        (
            (
                direction_of(
                    lambda g2, g12: g12[1] @ g2[0],
                    values=lambda *given: chain_values(*given)[::-1],
                ),
            ),
            "payoff[0]",
        ),
        ((lambda *given: 2 * DIRECTION(*given),), "exact_values"),
        ((lambda *given: DIRECTION(*given)[:4],), "shape"),
        ((by_library,), "blank"),
        ((by_library_inside,), "blank"),
        ((by_an_import_inside,), "blank"),
    ],
    "ex3_6": [
        ((*both(MY_NAIVE, MY_LOLA), "b"), "Player 1 expects"),
        ((*both(EXPECTED, MY_LOLA), "b"), "Change the seats"),
        ((*both(EXPECTED, THEIRS), "b"), "shaping term alone"),
        ((*both(EXPECTED, EXPECTED + AHEAD), "b"), "looks ahead"),
        ((*both(EXPECTED, TAKEN + AHEAD), "b"), "Taylor"),
        ((-OFF, TIMES, "b"), "not yet"),
        ((OFF, 1 / TIMES, "b"), "other way round"),
        ((OFF, TIMES**2, "b"), "squares"),
        ((OFF, both(EXPECTED, MY_LOLA)[1], "b"), "times_as_long: the step"),
        ((OFF, 3.0, "b"), "times_as_long: not yet"),
        ((OFF, TIMES, "a"), "if it knew the direction"),
        ((OFF, TIMES, "c"), "its opposite"),
    ],
}
