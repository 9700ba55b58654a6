"""Learning rules from sampled play, by the score function.

With G_t the discounted return from round t on, and b a baseline::

    grad_own V  =  E sum_t gamma^t (G_t - b_t) grad_own log pi_own(a_t | s_t)

The rules read two things: play that `sample` sampler_of, and the log-probabilities that
`log_prob` gives. The defaults play a matrix game; see `lolakit.values.rollouts` for others.
Foerster et al. (2018), "Learning with Opponent-Learning Awareness".
"""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.types import Params, Rule, Scalar, Tree, World
from lolakit.values.baselines import Baseline, PerRound, batch_mean, discounts, returns
from lolakit.values.rollouts import (
    LogProb,
    Sampler,
    Trajectory,
    log_prob,
    rollout,
    sampler_of,
)


def naive_pg(
    game: World,
    *,
    horizon: int,
    batch: int,
    baseline: Baseline = batch_mean,
    sample: Sampler = rollout,
    log_prob: LogProb = log_prob,
) -> Rule:
    """Return the naive rule from samples: the policy gradient of my own value.

    An unbiased estimate of the gradient of the value of `horizon` rounds.

    Args:
        game: what `sample` plays; the rule itself reads only `game.gamma`.
        horizon: rounds in a game.
        batch: games drawn for each update.
        baseline: `no_baseline`, `batch_mean`, `state_value`, or one like them.
        sample: draws play, like `rollout`.
        log_prob: log-probabilities of the policies, like `lolakit.log_prob`.

    Raises:
        ValueError: for a horizon or batch below 1, or a batch of 1 with a baseline
            that needs other trajectories.
    """
    draw = sampler_of(game, horizon, batch, sample)
    for name, function in (("baseline", baseline), ("log_prob", log_prob)):
        _validate.function(name, function)

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        play = draw(own, other, key)
        weights = advantages(play, 0, game.gamma, baseline) / batch
        return score(log_prob, own, play.states[0], play.actions[0], weights)

    remember_game(rule, game)
    return rule


def lola_pg(
    game: World,
    *,
    horizon: int,
    batch: int,
    lookahead: Scalar,
    baseline: Baseline = batch_mean,
    split: bool = True,
    sample: Sampler = rollout,
    log_prob: LogProb = log_prob,
) -> Rule:
    """Return the LOLA rule of the paper from samples, each derivative by its score::

        grad_own V_own + lookahead * (grad_own grad_other V_other) grad_other V_own

        grad_own grad_other V_other
          = E sum_t gamma^t r_other,t (sum_{l<=t} grad_own   log pi_own(l))
                                      (sum_{l<=t} grad_other log pi_other(l))'

    V is the value of `horizon` rounds. No matrix is formed: one product of the Jacobian
    of log pi_other with grad_other V_own, then one gradient in `own`. Both step sizes
    are the true ones; the code published with the paper has, for two actions, a
    lookahead of one half built in.

    Args:
        game: what `sample` plays; the rule itself reads only `game.gamma`.
        horizon: rounds in a game.
        batch: games drawn for each update, at least 4 as the defaults are: two halves,
            and in each another game to compare with.
        lookahead: the step size eta of the other's step.
        baseline: for the returns of both players, one by one.
        split: multiply grad_other V_own of one half of the batch with the second
            derivative of the other half, and the reverse. The product of two estimates
            from the same games is biased by their covariance; this one is not.
        sample: draws play, like `rollout`.
        log_prob: log-probabilities of the policies, like `lolakit.log_prob`.

    Raises:
        ValueError: for a horizon or batch below 1, a lookahead that is no finite
            number, or a batch too small to be split or for its baseline.
    """
    draw = sampler_of(game, horizon, batch, sample)
    for name, function in (("baseline", baseline), ("log_prob", log_prob)):
        _validate.function(name, function)
    lookahead = _validate.finite_scalar("lookahead", lookahead)
    if split and batch < 2:
        raise ValueError(f"batch: expected at least 2 games to split, got {batch}")

    def rule(own: Params, other: Params, key: Array | None = None) -> Params:
        play = draw(own, other, key)
        parts = _halves(play) if split else [play]

        def worth(part: Trajectory) -> Params:
            A = advantages(part, 0, game.gamma, baseline)
            return score(log_prob, other, part.states[1], part.actions[1], A / len(A))

        def shaping(part: Trajectory, worth: Params) -> PerRound:
            theirs = lambda th: log_prob(th, part.states[1], part.actions[1])
            _, c = jax.jvp(theirs, (other,), (worth,))
            A = advantages(part, 1, game.gamma, baseline)
            return cross_weights(c, A.astype(c.dtype))

        worths = [worth(part) for part in parts][::-1]  # each half gets the other's
        W = jnp.concatenate(list(map(shaping, parts, worths)))
        # Here the baseline may see the whole batch; in `worth` it must not, or one half
        # would know of the other.
        A = advantages(play, 0, game.gamma, baseline)
        weights = (A.astype(W.dtype) + lookahead * W) / batch
        return score(log_prob, own, play.states[0], play.actions[0], weights)

    remember_game(rule, game)
    return rule


def advantages(
    play: Trajectory, seat: int, gamma: Scalar, baseline: Baseline
) -> PerRound:
    """Return gamma^t (G_t - b_t) of one seat, 0 for own and 1 for other."""
    G = returns(play.rewards[seat], gamma)
    b = baseline(play.states[seat], G, gamma)
    if jnp.shape(b) != G.shape:
        raise ValueError(f"baseline: expected shape {G.shape}, got {jnp.shape(b)}")
    return discounts(G, gamma) * (G - b)


def score(
    log_prob: LogProb, theta: Params, states: Tree, actions: Tree, weights: PerRound
) -> Params:
    """Return the sum over games and rounds of weights * grad log pi, shaped like theta."""
    log_pi, pull = jax.vjp(lambda theta: log_prob(theta, states, actions), theta)
    return pull(weights.astype(log_pi.dtype))[0]


def cross_weights(c: PerRound, A: PerRound) -> PerRound:
    """Return W with sum_l W_l grad_own log pi_own(l) = the second derivative times w.

    Here c_l = w' grad_other log pi_other(l) and A_t = gamma^t (G_t - b_t) of the other.
    A pair of rounds (k, l) is paid what follows the later of the two, A_max(k, l)::

        W_l = A_l sum_{k<l} c_k + sum_{k>=l} A_k c_k

    With b = 0 that is the sum over t of gamma^t r_t over all pairs up to t: an unbiased
    estimate. A baseline of the state keeps it so. Given the states of a round both scores
    have mean 0, and so has their product, since both players act at once.
    """
    return A * (jnp.cumsum(c, axis=1) - c) + lax.cumsum(A * c, axis=1, reverse=True)


def _halves(play: Trajectory) -> list[Trajectory]:
    half = len(play.rewards[0]) // 2
    cuts = slice(None, half), slice(half, None)
    return [jax.tree.map(lambda x, cut=cut: x[cut], play) for cut in cuts]
