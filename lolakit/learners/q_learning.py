"""Q-learning: tables of what an action is worth, filled from play.

A memory of one round makes the last round a state, so a table has a row for each of the five
`STATES`. The learner knows its rewards and the discount, and nothing else of the game.

Watkins and Dayan (1992), "Q-learning"; Claus and Boutilier (1998), "The Dynamics of
Reinforcement Learning in Cooperative Multiagent Systems".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.learners.rounds import Round, RoundLearner
from lolakit.types import Scalar

BOUND = 20.0
"""Largest logit of a policy that is read off a table: what `from_probabilities` allows."""
Schedule = Callable[[Any], Scalar]
"""A number that changes with `n`, the rounds seen so far, as a float. Like optax's schedules."""
Explore = Callable[[Array, Any], Array]
"""From the worth of C and D [5, 2] and `n` to the probabilities of cooperating [5]."""


class QTable(NamedTuple):
    """The memory of a Q-learner.

    Attributes:
        Q: worth of C and D after each state.
        n: rounds seen.
    """

    Q: Float[Array, "5 2"]
    n: Float[Array, ""]


class JointQTable(NamedTuple):
    """The memory of a joint-action Q-learner.

    Attributes:
        Q: worth of an own action (second axis) with an action of the other (third).
        counts: how often the other played C and D after each state.
        n: rounds seen.
    """

    Q: Float[Array, "5 2 2"]
    counts: Float[Array, "5 2"]
    n: Float[Array, ""]


def schedule(name: str, value: Scalar | Schedule) -> Schedule:
    """Return a function of `n`: `value` itself, or what always gives the fraction `value`."""
    if callable(value):
        return value
    number = _validate.fraction(name, value)
    return lambda n: number


def policy_logits(p: Array) -> Array:
    """Return the logits of probabilities, at most `BOUND` in size."""
    return jnp.clip(jnp.log(p) - jnp.log1p(-p), -BOUND, BOUND)


def epsilon_greedy(epsilon: Scalar | Schedule = 0.05) -> Explore:
    """Return what takes the better action, and the other one with probability `epsilon`.

    Between actions of the same worth it takes C.

    Args:
        epsilon: in [0, 1], or a function of the rounds seen so far.

    Returns:
        `explore(Q [5, 2], n) -> P(C) [5]`.

    >>> explore = epsilon_greedy(0.125)
    >>> explore(jnp.array([[0., 1.], [2., 1.]]), 0).tolist()
    [0.125, 0.875]
    """
    epsilon_n = schedule("epsilon", epsilon)

    def explore(Q: Array, n: Any) -> Array:
        e = jnp.asarray(epsilon_n(n), Q.dtype)
        return jnp.where(Q[:, 0] >= Q[:, 1], 1 - e, e)

    return explore


def boltzmann(temperature: Scalar | Schedule) -> Explore:
    """Return what takes an action with a probability that grows with exp(worth / temperature).

    Claus and Boutilier explore like this, with a temperature of 16 that shrinks by a tenth
    each round: `boltzmann(lambda n: 16 * 0.9**n)`.

    Args:
        temperature: above 0, or a function of the rounds seen so far. Below 1e-6 it counts
            as that.

    Returns:
        `explore(Q [5, 2], n) -> P(C) [5]`.

    >>> boltzmann(2.0)(jnp.array([[1., 1.]]), 0).tolist()
    [0.5]
    """
    if not callable(temperature):
        temperature = _validate.positive("temperature", temperature)
    temperature_n = temperature if callable(temperature) else lambda n: temperature

    def explore(Q: Array, n: Any) -> Array:
        T = jnp.maximum(jnp.asarray(temperature_n(n), Q.dtype), 1e-6)
        return jax.nn.sigmoid((Q[:, 0] - Q[:, 1]) / T)

    return explore


def watkins(
    Q: Array, s: Any, reward: Array, future: Array, alpha: Scalar, gamma: Scalar
) -> Array:
    """Return the table after Q(s) <- (1 - alpha) Q(s) + alpha (reward + gamma future)."""
    alpha = jnp.asarray(alpha, Q.dtype)
    return Q.at[s].set((1 - alpha) * Q[s] + alpha * (reward + gamma * future))


def start_table(key: Array, shape: tuple[int, ...], scale: Scalar) -> Array:
    """Draw a table from N(0, scale^2)."""
    return scale * jax.random.normal(key, shape)


def check_common(gamma: Scalar, scale: Scalar) -> tuple[Scalar, Scalar]:
    """Return gamma and scale, checked: what all learners from tables are given."""
    gamma = _validate.discount("gamma", gamma, float)
    return gamma, _validate.not_negative("scale", scale)


def q_learner(
    gamma: Scalar,
    *,
    learning_rate: Scalar | Schedule,
    explore: Explore | None = None,
    scale: Scalar = 1.0,
) -> RoundLearner:
    """Return the independent Q-learner, which takes the other for a part of the world::

        Q(s, a) <- (1 - alpha) Q(s, a) + alpha (r + gamma max_a' Q(s', a'))

    It comes to the best answer to an other that stays as it is, if each action is tried again
    and again and alpha shrinks, neither too fast nor too slowly. Watkins and Dayan (1992).

    Args:
        gamma: the discount of the game, in [0, 1).
        learning_rate: alpha, in [0, 1], or a function of the rounds seen so far.
        explore: from worth to a policy; `epsilon_greedy(0.05)` by default.
        scale: the first table is drawn from N(0, scale^2).

    Returns:
        A RoundLearner whose state is a `QTable`.

    Raises:
        ValueError: for a gamma, learning_rate or scale out of range, or an `explore` that
            is no function.

    >>> learner = q_learner(0.5, learning_rate=0.5, scale=0.0)
    >>> theta, state = learner.init(jax.random.key(0))
    >>> seen = Round(*(jnp.array(x) for x in (0, 1, 0)), jnp.array(2.0), jnp.array(3))
    >>> theta, state = learner.update(jax.random.key(0), theta, seen, state)
    >>> (state.Q[0] + 0).tolist()  # defecting in the first round earned 2
    [0.0, 1.0]
    """
    gamma, scale = check_common(gamma, scale)
    alpha = schedule("learning_rate", learning_rate)
    explore = epsilon_greedy() if explore is None else explore
    _validate.function("explore", explore)

    def init(key: Array) -> tuple[Array, QTable]:
        Q = start_table(key, (5, 2), scale)
        state = QTable(Q, jnp.zeros((), Q.dtype))
        return policy_logits(explore(*state)), state

    def update(
        key: Array, own: Array, seen: Round, state: QTable
    ) -> tuple[Array, QTable]:
        del key, own
        Q, n = state
        best = Q[seen.after].max()
        Q = watkins(Q, (seen.state, seen.action), seen.reward, best, alpha(n), gamma)
        return policy_logits(explore(Q, n + 1)), QTable(Q, n + 1)

    return RoundLearner(init, update)


def worth(Q: Array, counts: Array, prior: Scalar) -> Array:
    """Return what each own action is worth, given how often the other did what [5, 2].

    A state never seen is worth 0 without a prior: there are no counts to weigh with.
    """
    seen = counts + prior
    total = seen.sum(axis=1, keepdims=True)
    belief = seen / jnp.where(total > 0, total, 1)
    return (Q * belief[:, None, :]).sum(axis=2)


def joint_q_learner(
    gamma: Scalar,
    *,
    learning_rate: Scalar | Schedule,
    explore: Explore | None = None,
    scale: Scalar = 1.0,
    prior: Scalar = 0.0,
) -> RoundLearner:
    """Return the joint-action Q-learner (JAL-Q), which has a model of the other: it counts::

        Q(s, a, b) <- (1 - alpha) Q(s, a, b) + alpha (r + gamma max_a' q(s', a'))
        q(s, a) = sum_b Q(s, a, b) n(s, b) / n(s)

    n(s, b) is how often the other has played b after s. So the table says what both actions
    together are worth, and the counts say which of the other's to expect. Claus and
    Boutilier (1998), with states.

    Args:
        gamma: the discount of the game, in [0, 1).
        learning_rate: alpha, in [0, 1], or a function of the rounds seen so far.
        explore: from worth to a policy; `epsilon_greedy(0.05)` by default.
        scale: the first table is drawn from N(0, scale^2).
        prior: how many C and how many D each state counts as seen before play, 0 or more.
            With 0 a state not seen yet is worth 0.

    Returns:
        A RoundLearner whose state is a `JointQTable`.

    Raises:
        ValueError: as `q_learner`, and for a negative prior.

    >>> learner = joint_q_learner(0.5, learning_rate=0.5, scale=0.0)
    >>> theta, state = learner.init(jax.random.key(0))
    >>> seen = Round(*(jnp.array(x) for x in (0, 1, 0)), jnp.array(2.0), jnp.array(3))
    >>> theta, state = learner.update(jax.random.key(0), theta, seen, state)
    >>> (state.Q[0] + 0).tolist(), state.counts[0].tolist()
    ([[0.0, 0.0], [1.0, 0.0]], [1.0, 0.0])
    """
    gamma, scale = check_common(gamma, scale)
    prior = _validate.not_negative("prior", prior)
    alpha = schedule("learning_rate", learning_rate)
    explore = epsilon_greedy() if explore is None else explore
    _validate.function("explore", explore)

    def init(key: Array) -> tuple[Array, JointQTable]:
        Q = start_table(key, (5, 2, 2), scale)
        state = JointQTable(Q, jnp.zeros((5, 2), Q.dtype), jnp.zeros((), Q.dtype))
        return policy_logits(explore(worth(Q, state.counts, prior), state.n)), state

    def update(
        key: Array, own: Array, seen: Round, state: JointQTable
    ) -> tuple[Array, JointQTable]:
        del key, own
        Q, counts, n = state
        best = worth(Q, counts, prior)[seen.after].max()
        cell = seen.state, seen.action, seen.other
        Q = watkins(Q, cell, seen.reward, best, alpha(n), gamma)
        counts = counts.at[seen.state, seen.other].add(1)
        p = explore(worth(Q, counts, prior), n + 1)
        return policy_logits(p), JointQTable(Q, counts, n + 1)

    return RoundLearner(init, update)
