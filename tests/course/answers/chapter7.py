"""Answers to the exercises of Chapter 7, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk

SEEDS = np.array([-0.09, -0.06, -0.03, -0.01, 0.01, 0.03, 0.06, 0.09])
CENTRED, PLAIN, BASELINE = SEEDS - 1.18, 2 * SEEDS - 1.55, SEEDS - 1.8

# Pairs as they end: the richer of the two in either seat.
PAIRS = np.where(np.arange(64)[:, None] % 2, [-1.22, -1.51], [-1.51, -1.22])
TWO_KINDS = np.where(np.arange(64)[:, None] % 2, [-1.05, -1.05], [-1.7, -1.7])


@jax.jit
def fit(theta, eta):
    """Regress the changes of both on the exact direction: delta, and how well it fits."""
    rule = lk.lola_unrolled(lk.exact_values(lk.prisoners_dilemma()), lookahead=eta)
    pairs = theta[:-1, ::1], theta[:-1, ::-1]
    x = jax.vmap(jax.vmap(rule))(*pairs)
    y = jnp.diff(theta, axis=0)
    delta = (x * y).sum() / (x**2).sum()
    return delta, 1 - ((y - delta * x) ** 2).sum() / (y**2).sum()


def read(theta, spacing=0.05, then=lambda eta, delta: eta):
    etas = np.arange(0.0, 0.61, spacing)
    fits = [fit(jnp.asarray(theta), jnp.asarray(eta)) for eta in etas]
    best = int(np.argmax([R2 for _, R2 in fits]))
    return then(etas[best], float(fits[best][0]))


RIGHT = {
    "ex7_1": [(CENTRED, PLAIN, BASELINE, "c"), (CENTRED, BASELINE, PLAIN, "c")],
    "ex7_2": [([2, 3, 4],), (np.array([2.0, 3.0, 4.0]),)],
    "ex7_3": [(PAIRS, "c"), (np.sort(PAIRS), "C")],
    "ex7_4": [(0.0, 1.0, 0.88), (0, 1, 0.75)],
    "ex7_5": [(read,), (lambda theta: read(theta, spacing=0.01),)],
}

WRONG = {
    "ex7_1": [
        ((PLAIN, CENTRED, BASELINE, "c"), "come out ahead"),
        ((BASELINE, PLAIN, CENTRED, "c"), "come out ahead"),
        ((CENTRED, CENTRED, BASELINE, "c"), "does not reach the rule"),
        ((25 * CENTRED, 25 * PLAIN, 25 * BASELINE, "c"), "lk.per_step"),
        ((-CENTRED, -PLAIN, -BASELINE, "c"), "above the best payoff"),
        ((np.ones((8, 80)), PLAIN, BASELINE, "c"), "after the last update"),
        ((CENTRED.mean(), PLAIN, BASELINE, "c"), "shape"),
        ((CENTRED, PLAIN, BASELINE, "a"), "never used"),
        ((CENTRED, PLAIN, BASELINE, "b"), "left panel"),
    ],
    "ex7_2": [
        (([1, 2, 3],), "my own gradient"),
        (([2, 2, 2],), "traced once"),
        (([1, 1, 1],), "only once"),
        (([2, 4, 6],), "both seats"),
        (([4, 6, 8],), "both seats"),
        (([3, 4, 5],), "one too many"),
        (([128, 192, 256],), "however many games"),
        (([9, 9, 8],), "how often"),
        ((2,), "shape"),
    ],
    "ex7_3": [
        ((PAIRS, "a"), "Is any of your pairs there"),
        ((PAIRS, "b"), "two groups"),
        ((np.full((64, 2), -1.98), "c"), "these pairs defect"),
        ((PAIRS - 0.3, "c"), "200 updates"),
        ((PAIRS + 0.25, "c"), "the run with 0.3"),
        ((TWO_KINDS, "c"), "too much alike"),
        ((np.full((64, 2), -1.36), "c"), "too much alike"),
        ((25 * PAIRS, "c"), "discounted sums"),
        ((PAIRS.T, "c"), "shape"),
    ],
    "ex7_4": [
        ((0.75, 1.0, 0.88), "circle"),
        ((0.0, 0.1, 0.88), "exact: more"),
        ((0.0, 1.0, 0.0), "sampled: more"),
        ((0, 8, 7), "a share is a fraction"),
        ((-0.1, 1.0, 1.0), "naive: a share is a fraction"),
        ((True, 1.0, 1.0), "expected a number"),
    ],
    "ex7_5": [
        ((lambda theta: read(theta, then=lambda eta, delta: delta),), "this is delta"),
        ((lambda theta: read(theta, 0.01, lambda eta, d: eta * d),), "eta times delta"),
        ((lambda theta: 0.2,), "one answer for all"),
        (
            (lambda theta: 0.05 * (theta[1, 0, 0] - theta[0, 0, 0]),),
            "one answer for all",
        ),
        ((lambda theta: 1 - read(theta),), "explains most"),
        ((lambda theta: 0.0,), "naive learning"),
        ((lambda theta: read(theta)[None],), "expected the shape"),
        ((0.3,), "expected a function"),
    ],
}
