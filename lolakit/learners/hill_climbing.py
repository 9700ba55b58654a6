"""Policy hill climbing: a table of worth, and a policy that steps towards the better action.

A greedy policy jumps. A hill climber walks, so that it can stop between two actions, where a
mixed equilibrium is. WoLF, "win or learn fast", lets it walk slowly while it wins.

Bowling and Veloso (2002), "Multiagent Learning Using a Variable Learning Rate".
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.learners.q_learning import (
    Schedule,
    check_common,
    policy_logits,
    schedule,
    start_table,
    watkins,
)
from lolakit.learners.rounds import Round, RoundLearner
from lolakit.types import Scalar


class Climber(NamedTuple):
    """The memory of a hill climber.

    Attributes:
        Q: worth of C and D after each state.
        p: its policy, the probabilities of cooperating.
        n: rounds seen.
    """

    Q: Float[Array, "5 2"]
    p: Float[Array, "5"]
    n: Float[Array, ""]


class WolfClimber(NamedTuple):
    """The memory of a WoLF hill climber.

    Attributes:
        Q: worth of C and D after each state.
        p: its policy, the probabilities of cooperating.
        average: the mean of the policies that it had in each state, over its visits.
        visits: how often it saw each state.
        n: rounds seen.
    """

    Q: Float[Array, "5 2"]
    p: Float[Array, "5"]
    average: Float[Array, "5"]
    visits: Float[Array, "5"]
    n: Float[Array, ""]


def climb(p: Array, Q: Array, delta: Scalar) -> Array:
    """Return the probability of C a step nearer to the better action, inside [0, 1].

    For one state: p a number, Q [2]. Between actions of the same worth it steps to C.
    """
    step = jnp.where(Q[0] >= Q[1], 1, -1) * jnp.asarray(delta, p.dtype)
    return jnp.clip(p + step, 0, 1)


def mixed(p: Array, exploration: Scalar) -> Array:
    """Return the logits of the policy that with P = `exploration` takes any of both actions."""
    return policy_logits((1 - exploration) * p + exploration / 2)


def phc(
    gamma: Scalar,
    *,
    learning_rate: Scalar | Schedule,
    delta: Scalar | Schedule,
    exploration: Scalar = 0.0,
    scale: Scalar = 1.0,
) -> RoundLearner:
    """Return the policy hill climber (PHC)::

        Q(s, a) <- (1 - alpha) Q(s, a) + alpha (r + gamma max_a' Q(s', a'))
        pi(s, a) rises by delta, at most to 1, for the a with the largest Q(s, a)

    Against an other that stays as it is it comes to a best answer; two of them need not come
    to rest. Bowling and Veloso (2002), Table 3; for two actions.

    Args:
        gamma: the discount of the game, in [0, 1).
        learning_rate: alpha, in [0, 1], or a function of the rounds seen so far.
        delta: the step of the policy, in [0, 1], or such a function.
        exploration: with this probability it takes any of both actions.
        scale: the first table is drawn from N(0, scale^2). The first policy is 1/2.

    Returns:
        A RoundLearner whose state is a `Climber`.

    Raises:
        ValueError: for a gamma, learning_rate, delta, exploration or scale out of range.

    >>> import jax
    >>> learner = phc(0.5, learning_rate=0.5, delta=0.25, scale=0.0)
    >>> theta, state = learner.init(jax.random.key(0))
    >>> seen = Round(*(jnp.array(x) for x in (0, 1, 0)), jnp.array(2.0), jnp.array(3))
    >>> theta, state = learner.update(jax.random.key(0), theta, seen, state)
    >>> state.p.tolist()
    [0.25, 0.5, 0.5, 0.5, 0.5]
    """
    gamma, scale = check_common(gamma, scale)
    alpha, delta_n = schedule("learning_rate", learning_rate), schedule("delta", delta)
    exploration = _validate.fraction("exploration", exploration)

    def init(key: Array) -> tuple[Array, Climber]:
        Q = start_table(key, (5, 2), scale)
        p = jnp.full(5, 0.5, Q.dtype)
        return mixed(p, exploration), Climber(Q, p, jnp.zeros((), Q.dtype))

    def update(
        key: Array, own: Array, seen: Round, state: Climber
    ) -> tuple[Array, Climber]:
        del key, own
        Q, p, n = state
        s, best = seen.state, Q[seen.after].max()
        Q = watkins(Q, (s, seen.action), seen.reward, best, alpha(n), gamma)
        p = p.at[s].set(climb(p[s], Q[s], delta_n(n)))
        return mixed(p, exploration), Climber(Q, p, n + 1)

    return RoundLearner(init, update)


def wolf_phc(
    gamma: Scalar,
    *,
    learning_rate: Scalar | Schedule,
    delta: Scalar | Schedule,
    ratio: Scalar = 2.0,
    exploration: Scalar = 0.0,
    scale: Scalar = 1.0,
) -> RoundLearner:
    """Return WoLF-PHC, the hill climber that wins slowly and learns fast::

        delta(s) = delta_w              if sum_a pi(s, a) Q(s, a) > sum_a mean(s, a) Q(s, a)
                   ratio * delta_w      otherwise

    It wins in s if its policy is worth more than the mean of those that it had there. Bowling
    and Veloso (2002), Table 4: in two-player, two-action games its idealised form comes to a
    mixed equilibrium that PHC circles around.

    Args:
        gamma: the discount of the game, in [0, 1).
        learning_rate: alpha, in [0, 1], or a function of the rounds seen so far.
        delta: delta_w, the step of the policy while it wins, or such a function.
        ratio: by how much the step is longer while it loses, at least 1.
        exploration: with this probability it takes any of both actions.
        scale: the first table is drawn from N(0, scale^2). The first policy is 1/2.

    Returns:
        A RoundLearner whose state is a `WolfClimber`.

    Raises:
        ValueError: as `phc`, and for a ratio below 1.

    >>> import jax
    >>> learner = wolf_phc(0.5, learning_rate=0.5, delta=0.125, scale=0.0)
    >>> theta, state = learner.init(jax.random.key(0))
    >>> seen = Round(*(jnp.array(x) for x in (0, 1, 0)), jnp.array(2.0), jnp.array(3))
    >>> theta, state = learner.update(jax.random.key(0), theta, seen, state)
    >>> state.p.tolist()  # neither wins nor loses, which counts as losing
    [0.25, 0.5, 0.5, 0.5, 0.5]
    """
    gamma, scale = check_common(gamma, scale)
    alpha, delta_n = schedule("learning_rate", learning_rate), schedule("delta", delta)
    exploration = _validate.fraction("exploration", exploration)
    ratio = _validate.finite_scalar("ratio", ratio)
    if isinstance(ratio, float) and ratio < 1:
        raise ValueError(f"ratio: expected a number of at least 1, got {ratio!r}")

    def init(key: Array) -> tuple[Array, WolfClimber]:
        Q = start_table(key, (5, 2), scale)
        p = jnp.full(5, 0.5, Q.dtype)
        state = WolfClimber(Q, p, p, jnp.zeros(5, Q.dtype), jnp.zeros((), Q.dtype))
        return mixed(p, exploration), state

    def update(
        key: Array, own: Array, seen: Round, state: WolfClimber
    ) -> tuple[Array, WolfClimber]:
        del key, own
        Q, p, average, visits, n = state
        s, best = seen.state, Q[seen.after].max()
        Q = watkins(Q, (s, seen.action), seen.reward, best, alpha(n), gamma)
        visits = visits.at[s].add(1)
        average = average.at[s].add((p[s] - average[s]) / visits[s])
        # sum_a (pi - mean)(s, a) Q(s, a), with pi(s, D) = 1 - pi(s, C)
        wins = (p[s] - average[s]) * (Q[s, 0] - Q[s, 1]) > 0
        delta_w = jnp.asarray(delta_n(n), p.dtype)
        p = p.at[s].set(climb(p[s], Q[s], jnp.where(wins, 1, ratio) * delta_w))
        return mixed(p, exploration), WolfClimber(Q, p, average, visits, n + 1)

    return RoundLearner(init, update)
