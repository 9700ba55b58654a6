"""Advantages, sums over the past, and the critic that a batch can give."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lolakit as lk

R = np.random.default_rng(0).normal(size=(3, 6))
V = np.random.default_rng(1).normal(size=(3, 7))


@pytest.mark.parametrize("decay", [0.0, 0.3, 1.0])
def test_gae_by_its_definition(decay):
    gamma, want = 0.9, np.zeros_like(R)
    for t in range(6):
        for u in range(t, 6):
            surprise = R[:, u] + gamma * V[:, u + 1] - V[:, u]
            want[:, t] += (gamma * decay) ** (u - t) * surprise
    found = lk.gae(jnp.asarray(R), jnp.asarray(V), gamma, decay=decay)
    np.testing.assert_allclose(found, want, atol=1e-13)


def test_with_decay_one_gae_is_the_return_less_the_value():
    found = lk.gae(jnp.asarray(R), jnp.asarray(V), 0.9, decay=1.0)
    G = V[:, 6]
    for t in reversed(range(6)):
        G = R[:, t] + 0.9 * G
        np.testing.assert_allclose(found[:, t], G - V[:, t], atol=1e-13)


@pytest.mark.parametrize("decay", [0.0, 0.4, 1.0])
def test_past_sum_by_its_definition(decay):
    want = [
        [sum(decay ** (t - k) * x[k] for k in range(t)) for t in range(6)] for x in R
    ]
    np.testing.assert_allclose(lk.past_sum(jnp.asarray(R), decay), want, atol=1e-13)


def play(key=0, batch=40, horizon=30):
    theta = jnp.array([0.3, -0.7, 1.1, 0.2, -0.4])
    other = jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6])
    game = lk.prisoners_dilemma()
    return lk.rollout(
        game, theta, other, jax.random.key(key), horizon=horizon, batch=batch
    )


def test_the_fitted_critic_is_that_of_the_chain_that_was_seen():
    games, gamma = play(), 0.9
    s, a, r = (np.asarray(x[0]) for x in games)
    v, q = lk.fitted_critic(s, a, games.rewards[0], gamma)
    P, mean = np.zeros((5, 5)), np.zeros(5)
    for i in range(5):
        here = s[:, :-1] == i
        mean[i] = r[:, :-1][here].mean()
        P[i] = [(s[:, 1:][here] == j).mean() for j in range(5)]
    want = np.zeros(5)
    for _ in range(1000):  # 0.9^1000 is nothing
        want = mean + gamma * P @ want
    np.testing.assert_allclose(v, want[s], atol=1e-10)
    for i in range(5):
        for b in (0, 1):
            here = (s[:, :-1] == i) & (a[:, :-1] == b)
            next_v = want[s[:, 1:][here]]
            mean_q = (r[:, :-1][here] + gamma * next_v).mean()
            np.testing.assert_allclose(
                np.asarray(q)[s == i][:, b], mean_q, atol=1e-10, err_msg=f"{i} {b}"
            )


def test_the_fitted_critic_comes_to_the_exact_values():
    """Its error falls like one over the root of the batch; v has some 30 units here."""
    game = lk.prisoners_dilemma()
    theta = jnp.array([0.3, -0.7, 1.1, 0.2, -0.4])
    other = jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6])
    exact = lk.exact_values(game)(theta, other)[0]
    first = [
        lk.fitted_critic(g.states[0], g.actions[0], g.rewards[0], game.gamma)[0][0, 0]
        for g in (play(key, batch=200) for key in range(20))
    ]
    error = np.std(first, ddof=1) / np.sqrt(20)
    assert abs(np.mean(first) - exact) < 4 * error < 0.5


def test_what_was_never_seen_gets_a_number():
    s, a = jnp.zeros((2, 3), int).at[:, 1:].set(1), jnp.zeros((2, 3), int)
    r = jnp.array([[1.0, 2.0, 9.0], [1.0, 2.0, 9.0]])
    v, q = lk.fitted_critic(s, a, r, 0.5)
    # State 1 leads to itself for 2: worth 4. State 0 leads there for 1: worth 3.
    np.testing.assert_allclose(v, [[3.0, 4.0, 4.0]] * 2)
    np.testing.assert_allclose(q[0], [[3.0, 3.0], [4.0, 4.0], [4.0, 4.0]])
    v, q = lk.fitted_critic(s.at[:, 2].set(4), a, r, 0.5)
    # State 4 is never left: the mean of 1 and 2, for ever, is worth 3.
    np.testing.assert_allclose(v, [[1 + 0.5 * (2 + 0.5 * 3), 2 + 0.5 * 3, 3.0]] * 2)


def test_a_batch_of_one_round_is_refused():
    one = jnp.zeros((2, 1), int)
    with pytest.raises(ValueError, match="at least two rounds"):
        lk.fitted_critic(one, one, jnp.zeros((2, 1)), 0.9)
