"""Q-learners: ten updates by hand, and the theorem of Watkins and Dayan."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from transcript import WROTE, learn, numbers

import lolakit as lk

HALVES = {"learning_rate": 0.5, "scale": 0.0}
# sum_b Q(s, a, b) n(s, b) / n(s) for C and for D, in the state of each round, after it
WORTH = [("3/2", "0"), ("0", "5/2"), ("0", "1/2"), ("0", "0"), ("0", "21/8"),
         ("21/32", "1/2"), ("17/8", "21/8"), ("0", "501/128"), ("21/32", "3/4"),
         ("1269/1024", "0")]  # fmt: skip


def test_ten_updates_of_a_q_learner():
    wrote = []
    for seen, theta, state in learn(lk.q_learner(0.5, **HALVES)):
        wrote.append(state.Q[seen.state, seen.action])
        better = np.where(state.Q[:, 0] >= state.Q[:, 1], 0.95, 0.05)
        np.testing.assert_allclose(jax.nn.sigmoid(theta), better, rtol=1e-12)
    np.testing.assert_array_equal(wrote, numbers(WROTE))  # halves are exact
    assert state.n == 10


def test_ten_updates_of_a_joint_action_learner():
    wrote = []
    steps = learn(lk.joint_q_learner(0.5, **HALVES))
    for (seen, theta, state), right in zip(steps, WORTH, strict=True):
        wrote.append(state.Q[seen.state, seen.action, seen.other])
        C, D = numbers(" ".join(right))
        found = jax.nn.sigmoid(theta)[seen.state]
        np.testing.assert_allclose(found, 0.95 if C >= D else 0.05, rtol=1e-12)
        counts = state.counts[seen.state]
        worth = (state.Q[seen.state] * counts[None]).sum(axis=1) / counts.sum()
        np.testing.assert_allclose(worth, [C, D], rtol=1e-15)
    np.testing.assert_array_equal(wrote, numbers(WROTE))
    right = [[1, 0], [2, 0], [2, 0], [0, 3], [1, 1]]
    np.testing.assert_array_equal(state.counts, right)


def best_answer(game, other):
    """Q* against a policy that stays: the Markov decision process, solved by iteration."""
    q = np.asarray(jax.nn.sigmoid(lk.from_other_seat(other)))
    r, Q = np.asarray(game.payoff[0]), np.zeros((5, 2))
    for _ in range(200):
        V = Q.max(axis=1)
        for a in (0, 1):
            to_C, to_D = (
                r[a, 0] + game.gamma * V[1 + 2 * a],
                r[a, 1] + game.gamma * V[2 + 2 * a],
            )
            Q[:, a] = q * to_C + (1 - q) * to_D
    return Q


@pytest.mark.parametrize("make", [lk.q_learner, lk.joint_q_learner])
def test_it_comes_to_the_best_answer_to_a_policy_that_stays(make):
    """A step of 500 / (500 + n), all actions tried: Q* within 5 standard errors of 64 seeds."""
    game = lk.prisoners_dilemma(gamma=0.5)
    other = lk.memory_one([0.9, 0.2, 0.6, 0.3], first=0.5)
    explore = lk.epsilon_greedy(0.5)
    learner = make(0.5, learning_rate=lambda n: 500 / (500 + n), explore=explore)

    def end(key):
        played = lk.play_rounds(
            learner, lk.fixed(other), game, key, episodes=2000, horizon=5,
            record=lambda a, b: (),
        )  # fmt: skip
        state = played.final[0][1]
        if make is lk.q_learner:
            return state.Q
        weights = state.counts / state.counts.sum(axis=1, keepdims=True)
        return (state.Q * weights[:, None, :]).sum(axis=2)

    Q = np.asarray(jax.jit(jax.vmap(end))(jax.random.split(jax.random.key(0), 64)))
    error = Q.std(axis=0, ddof=1) / 8
    assert (abs(Q.mean(axis=0) - best_answer(game, other)) < 5 * error).all()


def test_boltzmann_and_schedules():
    Q = jnp.array([[1.0, 0.0], [0.0, 0.5]])
    hot, cold = lk.boltzmann(16.0), lk.boltzmann(lambda n: 16 * 0.9**n)
    np.testing.assert_allclose(hot(Q, 0), 1 / (1 + np.exp([-1 / 16, 1 / 32])))
    np.testing.assert_allclose(cold(Q, 0), hot(Q, 0))
    T = 16 * 0.9**30
    np.testing.assert_allclose(cold(Q, 30), 1 / (1 + np.exp([-1 / T, 0.5 / T])))
    assert np.isfinite(cold(Q, 10_000)).all()
    fading = lk.epsilon_greedy(lambda n: 1 / (2 + n))
    np.testing.assert_allclose(fading(Q, 2), [0.75, 0.25])


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: lk.q_learner(1.0, learning_rate=0.1),
            "gamma: expected 0 <= gamma < 1",
        ),
        (lambda: lk.q_learner(0.5, learning_rate=2.0), "learning_rate: expected"),
        (lambda: lk.q_learner(0.5, learning_rate=0.1, scale=-1.0), "scale: expected"),
        (
            lambda: lk.q_learner(0.5, learning_rate=0.1, explore=0.1),
            "explore: expected",
        ),
        (
            lambda: lk.joint_q_learner(0.5, learning_rate=0.1, prior=-1),
            "prior: expected",
        ),
        (lambda: lk.epsilon_greedy(1.5), "epsilon: expected"),
        (lambda: lk.boltzmann(0.0), "temperature: expected"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()
