"""Answers to the exercises of Chapter 5, right and wrong."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk


def believed(states, actions, prior, *, D=True, only=None):
    """By frequencies, game by game, and not by counts: the logit of a weighted mean."""
    p = np.zeros(5)
    for s in range(5):
        did_C = (np.asarray(actions)[:only] == 0)[np.asarray(states)[:only] == s]
        total = len(did_C) + prior * (2 if D else 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            p[s] = (did_C.sum() + prior) / total
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-p)


def prior_for_C(states, actions, prior):
    return believed(states, actions, prior, D=False)


def step(payoff, gamma, own, states, actions, prior, lookahead, delta, **changes):
    """One step of LOLA by automatic differentiation; each change is a mistake."""
    other = believed(states, actions, prior)
    if "seats" in changes:
        other = other[[0, 1, 3, 2, 4]]
    V = lk.exact_values(lk.MatrixGame(jnp.asarray(payoff), gamma))
    rule = changes.get("rule", lk.lola)(V, lookahead=changes.get("eta", lookahead))
    moves = jax.jit(rule)(jnp.asarray(own), jnp.asarray(other))
    return changes.get("keep", 1) * own + changes.get("size", delta) * moves


def changed(**changes):
    return lambda *given: step(*given, **changes)


def naive_only(V, lookahead):
    return lk.naive(V)


def terms(combine):
    """A rule that combines the naive direction and LOLA's shaping term."""

    def rule(V, lookahead):
        naive, lola = lk.naive(V), lk.lola(V, lookahead=lookahead)
        return lambda own, other: combine(naive(own, other), lola(own, other))

    return rule


def slip(V, lookahead):
    """grad_2 V_2 in the place of grad_2 V_1."""

    def rule(own, other):
        g = jax.jacobian(V, 0)(own, other)[0]
        g12 = jax.jacobian(jax.jacobian(V, 0), 1)(own, other)[1]
        return g + lookahead * g12 @ jax.jacobian(V, 1)(own, other)[1]

    return rule


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


def fading(rate, delta, late=False):
    """By iterating the two lines of the update: the growth of a long run, not eigenvalues."""
    (A_1, B_1), (A_2, B_2) = (tuple(map(np.asarray, pair)) for pair in jacobians())
    one, two = np.random.default_rng(0).normal(size=(2, 5, 8))
    seen_1, seen_2 = np.zeros((2, 5, 8))
    for step in range(6000):
        new_1 = (1 - rate) * seen_1 + rate * one
        new_2 = (1 - rate) * seen_2 + rate * two
        by_1, by_2 = (seen_2, seen_1) if late else (new_2, new_1)
        one, two = (
            one + delta * (A_1 @ one + B_1 @ by_1),
            two + delta * (A_2 @ two + B_2 @ by_2),
        )
        seen_1, seen_2 = new_1, new_2
        size = np.sqrt(sum((x**2).sum() for x in (one, two, seen_1, seen_2)))
        if step == 2000:  # only the slowest is left, up to its turning
            total = 0.0
        if step >= 2000:
            total += np.log(size)
        one, two, seen_1, seen_2 = (x / size for x in (one, two, seen_1, seen_2))
    return np.exp(total / 4000)


def largest_step(window):
    """On a grid of three decimals, from below."""
    return next(d for d in np.arange(0.1, 2, 0.001) if growth(window, d + 0.001) >= 1)


LARGEST = [largest_step(window) for window in (2, 3, 5, 10)]
R = np.array([[-1.47, -1.50], [-1.00, -1.27]])

RIGHT = {
    "ex5_1": [
        (believed, step),
        (lambda *x: believed(*x).tolist(), lambda *x: step(*x).round(4)),
    ],
    "ex5_2": [(fading, LARGEST), (fading, np.round(LARGEST, 2))],
    "ex5_3": [(TFT, WSLS), ([0.90, 0.88, 0.12], jnp.array([0.9, 0.5, 0.49]))],
    "ex5_4": [(R, "c"), (R.tolist(), "C")],
}

WRONG = {
    "ex5_1": [
        ((lambda s, a, prior: believed(s, a, 0.0), step), "the prior is missing"),
        (
            (lambda s, *x: believed(s, *x) * (1.0 if (s == 4).any() else np.nan), step),
            "finite",
        ),
        ((lambda *x: -believed(*x), step), "logits of D"),
        ((lambda *x: jax.nn.sigmoid(believed(*x)), step), "probabilities"),
        ((lambda *x: believed(*x)[[0, 1, 3, 2, 4]], step), "CD and DC are exchanged"),
        ((prior_for_C, step), "counts for D too"),
        ((lambda s, a, prior: believed(s, a, prior / 2), step), "the whole to D"),
        ((lambda s, a, prior: believed(s, a, 0.5), step), "that is given"),
        ((lambda *x: believed(*x, only=1), step), "the first game shows"),
        ((lambda *x: 2 * believed(*x), step), "difference of the logarithms"),
        ((lambda *x: believed(*x)[1:], step), "expected the shape (5,)"),
        ((believed, changed(keep=0)), "the step alone"),
        ((believed, changed(rule=naive_only)), "a naive step"),
        (
            (believed, changed(rule=terms(lambda x, y: 2 * x - y))),
            "sign of the shaping",
        ),
        ((believed, changed(rule=slip)), "worth to *me*"),
        ((believed, changed(rule=lk.look_ahead)), "LookAhead"),
        ((believed, changed(rule=lk.lola_taylor)), "Taylor"),
        ((believed, changed(size=1.0)), "the size `delta`"),
        ((believed, lambda *x: step(*x, eta=x[-1])), "not the step size"),
        ((believed, changed(seats=True)), "player 2's order"),
        ((believed, lambda *x: step(*x[:5], 0.5, *x[6:])), "`prior` that is given"),
        ((believed, lambda *x: step(*x, size=-x[-1])), "downhill"),
        ((believed, changed(rule=terms(lambda x, y: x + 2 * y))), "Compare it with"),
        ((believed, lambda *x: step(*x)[:4]), "expected the shape (5,)"),
    ],
    "ex5_2": [
        ((lambda r, d: fading(r, d, late=True), LARGEST), "answers the new belief"),
        ((lambda r, d: fading(max(1 - r, 1e-9), d), LARGEST), "weight of what is new"),
        ((lambda r, d: fading(r, d) - 1, LARGEST), "the factor itself"),
        ((lambda r, d: growth(1, d), LARGEST), "without a memory"),
        ((lambda r, d: fading(r, 1.0), LARGEST), "step size is missing"),
        ((lambda r, d: 1.5, LARGEST), "both lines of the update"),
        ((fading, np.array(LARGEST) * [2, 3, 5, 10]), "products with w"),
        ((fading, LARGEST[::-1]), "in this order"),
        ((fading, [LARGEST[0]] * 4), "one step size for each"),
        ((fading, [0.9, 0.6, 0.4, 0.2]), "pass 1"),
        ((fading, LARGEST[:3]), "expected the shape (4,)"),
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
        ((R, "a"), "your first row with"),
        ((R, "b"), "than chance allows"),
        ((R.ravel(), "c"), "expected the shape (2, 2)"),
    ],
}
