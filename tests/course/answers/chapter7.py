"""Answers to the exercises of Chapter 7, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from lolakit.course.check import plain

SEEDS = np.array([-0.09, -0.06, -0.03, -0.01, 0.01, 0.03, 0.06, 0.09])
CENTRED, PLAIN, BASELINE = SEEDS - 1.18, 2 * SEEDS - 1.55, SEEDS - 1.8

# Pairs as they end: the richer of the two in either seat.
PAIRS = np.where(np.arange(64)[:, None] % 2, [-1.22, -1.51], [-1.51, -1.22])
TWO_KINDS = np.where(np.arange(64)[:, None] % 2, [-1.05, -1.05], [-1.7, -1.7])


def log_pi(theta, states, actions):
    return jax.nn.log_sigmoid(jnp.where(actions == 0, 1.0, -1.0) * theta[states])


def objective(own, other, batch, player, gamma, alone=False, early=0, mean=True):
    """The plain DiCE objective of one batch; `alone`: only the player's own actions count."""
    states, actions, rewards = batch
    logs = map(log_pi, (own, other), states, actions)
    each = sum(x for i, x in enumerate(logs) if i == player or not alone)
    up_to = jnp.cumsum(each, axis=1) - early * each
    box = jnp.exp(up_to - stop_gradient(up_to))
    discount = gamma ** jnp.arange(box.shape[1], dtype=float)
    paid = (discount[None] * box * rewards[player]).sum(axis=1)
    return paid.mean() if mean else paid.sum()


def update(theta_1, theta_2, games, gamma, eta, delta, **wrong):
    """One update by automatic differentiation; `wrong` changes one thing."""
    start, end = (wrong.pop(x, lambda y: y) for x in ("start", "end"))
    climb, mine = wrong.pop("climb", 1), wrong.pop("mine", 0)

    def after(own):
        other = theta_2
        for batch in games[:-1]:
            step = jax.grad(objective, argnums=1)
            other = other + eta * step(own, start(other), batch, climb, gamma, **wrong)
        return objective(own, end(other), games[-1], mine, gamma, **wrong)

    return theta_1 + delta * jax.grad(after)(theta_1)


def updated(**wrong):
    return (lambda *given: update(*given, **dict(wrong)),)


def update_in_numpy(theta_1, theta_2, games, gamma, eta, delta):
    """The same from ratios of probabilities, by differences: no box, and no JAX."""

    def ratio_objective(own, other, batch, player, at):
        states, actions, rewards = batch
        log_ratio = 0.0
        pairs = zip((own, other), at, states, actions, strict=True)
        for theta, bar, s, a in pairs:
            sign = np.where(a == 0, 1, -1)
            log_ratio = log_ratio + np.log1p(np.exp(-sign * bar[s]))
            log_ratio = log_ratio - np.log1p(np.exp(-sign * theta[s]))
        ratio = np.exp(np.cumsum(log_ratio, axis=1))
        discount = gamma ** np.arange(ratio.shape[1])
        return (discount * ratio * rewards[player]).sum(axis=1).mean()

    one, two = (np.asarray(x, dtype=float) for x in (theta_1, theta_2))
    way = [two]  # where the policies stood when the boxes were made
    for batch in games[:-1]:
        f = lambda x: ratio_objective(one, x, batch, 1, (one, way[-1]))  # noqa: B023
        way.append(way[-1] + eta * plain.slope(f, way[-1]))

    def after(own):
        other = two
        for batch, bar in zip(games[:-1], way, strict=False):
            f = lambda x: ratio_objective(own, x, batch, 1, (one, bar))  # noqa: B023
            other = other + eta * plain.slope(f, other)
        return ratio_objective(own, other, games[-1], 0, (one, way[-1]))

    return one + delta * plain.slope(after, one)


RIGHT = {
    "ex7_1": [(CENTRED, PLAIN, BASELINE, "c"), (CENTRED, BASELINE, PLAIN, "c")],
    "ex7_2": [([2, 3, 4],), (np.array([2.0, 3.0, 4.0]),)],
    "ex7_3": [(PAIRS, "c"), (np.sort(PAIRS), "C")],
    "ex7_4": [(0.0, 1.0, 0.88), (0, 1, 0.75)],
    "ex7_5": [(update,), (jax.jit(update),), (update_in_numpy,)],
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
        ((PAIRS, "a"), "two groups"),
        ((PAIRS, "b"), "the two players of each pair"),
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
        (updated(end=stop_gradient), "a stop_gradient too many"),
        (updated(alone=True), "a box without"),
        (updated(start=stop_gradient), "not for two"),
        ((lambda a, b, g, c, eta, delta: update(a, b, g, c, delta, eta),), "exchanged"),
        (updated(climb=0), "climb your objective"),
        (updated(mine=1), "of the other's objective"),
        ((lambda a, b, g, c, *s: update(a, b, g, 1.0, *s),), "where is gamma"),
        (updated(early=1), "its own round"),
        (updated(mean=False), "not the sum"),
        ((lambda *x: update(*x[:-1], -x[-1]),), "downhill"),
        ((lambda a, *x: update(a, *x) - a,), "this is the change"),
        ((lambda a, *x: (update(a, *x) - a) / x[-1],), "this is the direction"),
        ((lambda a, b, g, *s: update(a, b, g[::-1], *s),), "Which batch"),
        ((lambda a, b, g, *s: update(a, b, g[-1:], *s),), "the naive step"),
        ((lambda *x: update(*x)[:3],), "shape"),
        ((0.3,), "expected a function"),
    ],
}
