"""Many players: enumeration of short games, finite differences, and two players as before."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk
from lolakit.games.public_goods import states_of
from lolakit.values.many import all_values


def policies(n, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(n, 2 * n + 1)))


def enumerated(payoff, gamma, theta, rounds):
    """V of so many rounds, over all histories: each player counts for itself."""
    n = len(theta)
    p = 1 / (1 + np.exp(-np.asarray(theta)))
    outcomes = [*product((0, 1), repeat=n)]

    def rest(last, t):
        if t == rounds:
            return np.zeros(n)
        total = np.zeros(n)
        for now in outcomes:
            chance = 1.0
            for i in range(n):
                if last is None:
                    state = 0
                else:
                    others = [a for j, a in enumerate(last) if j != i]
                    state = 1 + n * last[i] + sum(others)
                chance *= p[i, state] if now[i] == 0 else 1 - p[i, state]
            earned = np.array([payoff[(i, *now)] for i in range(n)])
            total += chance * (earned + gamma * rest(now, t + 1))
        return total

    return rest(None, 0)


@pytest.mark.parametrize(("n", "rounds"), [(2, 5), (3, 4)])
def test_values_are_those_of_all_histories(n, rounds):
    """What is cut off is at most gamma^rounds / (1 - gamma) times the largest payoff."""
    game = lk.public_goods(n, multiplier=1.7, gamma=0.1)
    theta, payoff = policies(n), np.asarray(game.payoff)
    V = all_values(game)(theta)
    short = enumerated(payoff, 0.1, theta, rounds)
    assert (abs(V - short) <= 0.1**rounds / 0.9 * payoff.max()).all()


def test_payoffs_are_a_dilemma():
    for n, m in ((2, 1.5), (3, 2.0), (5, 3.0)):
        payoff = lk.public_goods(n, multiplier=m).payoff
        assert np.allclose(payoff[(slice(None), *[0] * n)], m)
        assert np.allclose(payoff[(slice(None), *[1] * n)], 1)
        for i in range(n):  # keeping the coin earns 1 - m / n more, whatever happens
            mine = np.moveaxis(payoff[i], i, 0)
            np.testing.assert_allclose(mine[1] - mine[0], 1 - m / n)


def test_states_are_counted_from_the_owners_seat():
    states = states_of(3).reshape(3, 2, 2, 2)
    assert states[:, 0, 0, 0].tolist() == [1, 1, 1]
    assert states[:, 0, 0, 1].tolist() == [2, 2, 4]  # the third kept its coin
    assert states[:, 1, 1, 0].tolist() == [5, 5, 3]
    assert states[:, 1, 1, 1].tolist() == [6, 6, 6]


def two_players():
    """The same game of two, as one of many and as a matrix game."""
    many = lk.public_goods(2, multiplier=1.5, gamma=0.9)
    return many, lk.MatrixGame(many.payoff, 0.9)


RULES = {
    "naive": lk.naive,
    "LookAhead": lambda values: lk.look_ahead(values, lookahead=0.7),
    "LOLA": lambda values: lk.lola(values, lookahead=0.7),
    "Taylor": lambda values: lk.lola_taylor(values, lookahead=0.7),
    "unrolled": lambda values: lk.lola_unrolled(values, lookahead=0.7),
}


def all_rules(values):
    """All of them at one point, compiled once."""
    return jax.jit(
        lambda own, other: {k: rule(values)(own, other) for k, rule in RULES.items()}
    )


@pytest.mark.slow
def test_of_two_players_it_is_what_it_was():
    many, game = two_players()
    own, other = policies(2)
    one = lk.many_values(many)
    np.testing.assert_allclose(one(own, other[None]), lk.exact_values(game)(own, other))
    second = all_rules(lk.many_values(many, 1))(other, own[None])
    old = all_rules(lk.exact_values(game.swap()))(other, own)
    for name, new in all_rules(one)(own, other[None]).items():
        first = RULES[name](lk.exact_values(game))(own, other)
        np.testing.assert_allclose(new, first, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(second[name], old[name], atol=1e-12, err_msg=name)


def slow_values(game, theta):
    """All values in NumPy, each chance of an outcome written out, by LAPACK [n]."""
    n, p = game.players, 1 / (1 + np.exp(-theta))
    acts = np.indices((2,) * n).reshape(n, -1).T

    def row(read):
        first = p[np.arange(n), read]
        return np.prod(np.where(acts == 0, first, 1 - first), axis=1)

    P = np.stack([row([1 + n * a + s.sum() - a for a in s]) for s in acts])
    visits = np.linalg.solve((np.eye(len(P)) - game.gamma * P).T, row([0] * n))
    return game.payoff.reshape(n, -1) @ visits


def slope(f, x, h=1e-4):
    """The gradient of f by central differences: wrong by some h^2, and by rounding over h."""
    return np.array([(f(x + h * d) - f(x - h * d)) / (2 * h) for d in np.eye(x.size)])


def by_differences(game, theta, seat, eta):
    """The rules of n players, from values alone."""
    others = [j for j in range(game.players) if j != seat]

    def V(i, changes):
        moved = theta.copy()
        for j, new in changes.items():
            moved[j] = new
        return slow_values(game, moved)[i]

    climb = lambda j, own: slope(lambda x: V(j, {seat: own, j: x}), theta[j])
    mine, own = slope(lambda x: V(seat, {seat: x}), theta[seat]), theta[seat]
    worth = {j: slope(lambda x, j=j: V(seat, {j: x}), theta[j]) for j in others}
    shaping = slope(lambda x: sum(worth[j] @ climb(j, x) for j in others), own)
    still = {j: climb(j, own) for j in others}
    later = lambda x, steps: V(
        seat, {seat: x} | {j: theta[j] + eta * steps[j] for j in others}
    )
    gain = lambda x, h: sum(
        V(seat, {seat: x, j: theta[j] + h * still[j]})
        - V(seat, {seat: x, j: theta[j] - h * still[j]}) for j in others) / (2 * h)  # fmt: skip
    ahead = slope(lambda x: gain(x, 1e-4), own)
    unrolled = slope(lambda x: later(x, {j: climb(j, x) for j in others}), own)
    return {"naive": mine, "LookAhead": mine + eta * ahead, "LOLA": mine + eta * shaping,
            "Taylor": mine + eta * (shaping + ahead), "unrolled": unrolled}  # fmt: skip


def test_rules_of_three_players_against_differences_of_values():
    """Second differences with h = 1e-4: 1e-8 of the fourth derivatives, and eps / h^2 = 2e-8."""
    game, theta, seat = lk.public_goods(3, gamma=0.5), policies(3, seed=1), 1
    np.testing.assert_allclose(
        all_values(game)(theta), slow_values(game, np.asarray(theta))
    )
    other = jnp.roll(theta, -seat, axis=0)[1:]
    wanted = by_differences(game, np.array(theta), seat, 0.7)
    for name, found in all_rules(lk.many_values(game, seat))(
        theta[seat], other
    ).items():
        np.testing.assert_allclose(found, wanted[name], atol=2e-6, err_msg=name)


def test_many_learners_of_two_are_play():
    many, game = two_players()
    starts = policies(2, seed=3)
    init = lambda i: lambda key: starts[i]
    ours = [lk.ascend(lk.lola(lk.many_values(many, i), lookahead=0.5), optax.sgd(1.0), init(i))
            for i in (0, 1)]  # fmt: skip
    theirs = [lk.ascend(lk.lola(lk.exact_values(seat), lookahead=0.5), optax.sgd(1.0), init(i))
              for i, seat in enumerate((game, game.swap()))]  # fmt: skip
    _, new = lk.play_many(ours, jax.random.key(0), 5)
    _, old = lk.play(*theirs, jax.random.key(0), 5)
    for a, b in zip(new, old, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)


def test_three_alike_stay_alike():
    game = lk.public_goods(3)
    start = policies(3)[0]
    learners = [lk.ascend(lk.lola(lk.many_values(game, i), lookahead=1.0), optax.sgd(1.0),
                          lambda key: start) for i in range(3)]  # fmt: skip
    _, history = lk.play_many(learners, jax.random.key(0), 3)
    np.testing.assert_allclose(history[0], history[1], atol=1e-9)
    np.testing.assert_allclose(history[0], history[2], atol=1e-9)
    assert abs(history[0][-1] - start).max() > 0.1
