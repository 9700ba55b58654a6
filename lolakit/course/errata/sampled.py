"""Policy gradients with a sum, a pair, a state or a factor too few, or one too many."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.course.errata.enumeration import state_values
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import Logits
from lolakit.rules.policy_gradient import cross_weights, score
from lolakit.types import Rule, Scalar, Tree
from lolakit.values.baselines import PerRound, discounts, returns
from lolakit.values.rollouts import LogProb, Sampler, log_prob, rollout, sampler_of


def naive_pg_of_one_round(
    game: MatrixGame, *, horizon: int, batch: int, t: int = 0, sample: Sampler = rollout
) -> Rule:
    """Return the mean over games of G_0 grad log pi(a_t | s_t), for one round t.

    Wrong: the sum over rounds is lost, and t is left free. Right: `naive_pg`.
    Found in notes (E6). Raises ValueError unless there is a round t.
    """
    draw = sampler_of(game, horizon, batch, sample)
    _validate.indices("t", t, horizon)

    def rule(own: Logits, other: Logits, key: Array | None = None) -> Array:
        play = draw(own, other, key)
        G = returns(play.rewards[0], game.gamma)
        weights = jnp.zeros_like(G).at[:, t].set(G[:, 0]) / batch
        return score(log_prob, own, play.states[0], play.actions[0], weights)

    return rule


def cross_weights_of_the_same_round(c: PerRound, A: PerRound) -> PerRound:
    """Return W_l = A_l c_l: pairs of scores of one and the same round.

    Wrong: what I did in round 3 and what the other did in round 7 are a pair
    too. Right: `lolakit.rules.policy_gradient.cross_weights`, all pairs. Found in
    notes (E7).
    """
    return A * c


def cross_weights_of_the_first_round(c: PerRound, A: PerRound) -> PerRound:
    """Return W with the one pair of the first round.

    Wrong: it is the formula with one free t, at t = 0. Right:
    `lolakit.rules.policy_gradient.cross_weights`. Found in notes (E7).
    """
    return (A * c).at[:, 1:].set(0)


def second_derivative(
    game: MatrixGame,
    *,
    horizon: int,
    batch: int,
    sample: Sampler = rollout,
    cross: Callable[..., Any] = cross_weights,
    log_prob: LogProb = log_prob,
) -> Callable[..., Array]:
    """Return `f(own, other, key)`: grad_own grad_other V_other [5, 5], as `lola_pg` has it.

    This one is right. `cross` and `log_prob` take the mistakes.
    """
    draw = sampler_of(game, horizon, batch, sample)

    def f(own: Logits, other: Logits, key: Array | None = None) -> Float[Array, "5 5"]:
        (s, z), (a, b), (_, r) = draw(own, other, key)
        A = discounts(r, game.gamma) * returns(r, game.gamma)

        def column(w: Array) -> Array:
            _, c = jax.jvp(lambda theta: log_prob(theta, z, b), (other,), (w,))
            return score(log_prob, own, s, a, cross(c, A) / batch)

        return jax.vmap(column, out_axes=1)(jnp.eye(5, dtype=other.dtype))

    return f


def second_derivative_times_probability(
    game: MatrixGame, *, horizon: int, batch: int, sample: Sampler = rollout
) -> Callable[..., Array]:
    """Return the estimate in which each reward is multiplied with its probability.

    Wrong: what is sampled already comes as often as it is likely. Right:
    `second_derivative`. Found in public code.
    """
    draw = sampler_of(game, horizon, batch, sample)

    def f(own: Logits, other: Logits, key: Array | None = None) -> Float[Array, "5 5"]:
        (s, z), (a, b), (_, r) = draw(own, other, key)
        g1, g2 = jax.jacfwd(log_prob)(own, s, a), jax.jacfwd(log_prob)(other, z, b)
        so_far = jnp.cumsum(log_prob(own, s, a) + log_prob(other, z, b), axis=1)
        r = discounts(r, game.gamma) * r * lax.stop_gradient(jnp.exp(so_far))
        sums = jnp.cumsum(g1, axis=1), jnp.cumsum(g2, axis=1)
        return jnp.einsum("nt,nti,ntj->ij", r, *sums) / batch

    return f


def mean_log_prob(theta: Logits, states: Tree, actions: Tree) -> Array:
    """Return log pi(a | s) / 2: the mean over both actions of log pi, times a one-hot.

    Wrong: a mean over actions where a sum would pick the one that was played.
    First-order terms come out half as large, second-order ones a quarter.
    Right: `log_prob`. Found in public code.
    """
    each = [log_prob(theta, states, jnp.full_like(actions, a)) for a in (0, 1)]
    played = [jnp.where(actions == a, log, 0) for a, log in enumerate(each)]
    return jnp.stack(played).mean(axis=0)


def batch_mean_with_itself(states: Tree, G: PerRound, gamma: Scalar) -> PerRound:
    """Return, for each round, the mean return of all games of the batch.

    Wrong: a game is in its own baseline, so the gradient is 1 - 1/batch times
    as long. Right: `batch_mean`, of the *other* games. Found in public code.
    """
    del states, gamma
    return jnp.broadcast_to(G.mean(axis=0, keepdims=True), G.shape)


def one_step_return_of_this_state(
    r: PerRound, v: Float[Array, "batch rounds"], gamma: Scalar
) -> PerRound:
    """Return r_t + gamma v_t, from the values v [batch, horizon + 1] of the states.

    Wrong: v_t is the value of the state *before* the round. Right: r_t + gamma
    v_{t+1}. Found in public code.
    """
    return r + gamma * v[:, :-1]


def state_values_of_one_round(
    game: MatrixGame, own: Logits, other: Logits, horizon: int
) -> Float[Array, "rounds 5"]:
    """Return the expected reward of the next round, in place of a state's value.

    Wrong as a value: what follows is missing. As a baseline it makes no bias,
    and more noise. Right: `state_values`. Found in public code.
    """
    return state_values(game._replace(gamma=0.0), own, other, horizon)
