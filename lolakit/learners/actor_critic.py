"""An actor and a critic that learn together: independent learners, and Advantage Alignment.

The critic guesses what will be earned from here on; the actor climbs the policy gradient
with what exceeded that guess. With a weight of 0 the advantages are a player's own, and two
such learners are independent. With more they are `aligned`, which shapes the other.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.games.coin_game import CoinGame, check_rules
from lolakit.games.networks import Policy, mlp, two_layers
from lolakit.rules.alignment import aligned
from lolakit.types import Params, Rule, Scalar
from lolakit.values.advantages import gae
from lolakit.values.baselines import PerRound
from lolakit.values.network_play import check_policy, log_prob_of, sampler
from lolakit.values.rollouts import sampler_of


class ActorCritic(NamedTuple):
    """The parameters of a player: of its policy, and of a critic of two layers."""

    policy: Params
    critic: Params


def first_actor_critic(
    game: CoinGame, policy: Policy, *, hidden: int = 64
) -> Callable[[Array], ActorCritic]:
    """Return `init(key)`: fresh parameters of a policy, and of its critic.

    Args:
        game: says how many numbers the critic sees.
        policy: the kind of network that acts.
        hidden: tanh units of the critic.

    Raises:
        ValueError: for a policy that is none, or a hidden below 1.
    """
    check_policy("policy", policy)
    game = check_rules("game", game)
    critic = mlp(game.inputs, 1, hidden=hidden)

    def init(key: Array) -> ActorCritic:
        one, two = jax.random.split(key)
        return ActorCritic(policy.init(one), critic(two))

    return init


def actor_critic(
    game: CoinGame,
    policy: Policy,
    *,
    horizon: int = 32,
    batch: int = 128,
    weight: Scalar = 0.0,
    decay: Scalar = 0.95,
    entropy: Scalar = 0.02,
    other_policy: Policy | None = None,
) -> Rule:
    """Return the direction in which an actor and its critic both learn from fresh play::

        policy:  mean over rounds of  (A_t - entropy log pi_t) grad log pi_t
        critic:  mean over rounds of  (R_t - v_t) grad v_t,       R_t = v_t + gae_t
        A_t = own_t + weight * other_t * sum_{k<t} gamma^(t-k) own_k

    own_t and other_t are the `gae` of both players, each by the player's own critic, less
    their mean over the batch and in units of their standard deviation. A term -log pi_t
    in place of a reward makes the policy's entropy grow. With weight 0 nothing of the
    other is read. Duque et al. (2025); Schulman et al. (2016) for the rest.

    Args:
        game: what is played, from fresh boards at each call.
        policy: the kind of network that acts. Parameters are an `ActorCritic`.
        horizon: rounds in a game; one more is played, to see where it has led.
        batch: games side by side.
        weight: how much a player looks after the other where it has done well.
        decay: the lambda of `gae`.
        entropy: how much is paid for not being certain.
        other_policy: how the other acts, if not like `policy`.

    Returns:
        A rule `rule(own, other, key)` for `lk.ascend`, with `first_actor_critic` for a start.

    Raises:
        ValueError: for a policy that is none, sizes below 1, a weight or entropy that is
            no finite number, or a decay outside [0, 1].
    """
    check_policy("policy", policy)
    if other_policy is not None:
        check_policy("other_policy", other_policy)
    game = check_rules("game", game)
    horizon = _validate.positive_int("horizon", horizon)
    draw = sampler_of(game, horizon + 1, batch, sampler(policy, other_policy))
    weight = _validate.finite_scalar("weight", weight)
    entropy = _validate.finite_scalar("entropy", entropy)
    decay = _validate.fraction("decay", decay)
    log_prob = log_prob_of(policy)

    def judged(r: PerRound, critic: Params, seen: Array) -> tuple[Array, Array]:
        v = two_layers(critic, seen)[..., 0]
        A = gae(r[:, :-1], v, game.gamma, decay=decay)
        return v[:, :-1] + A, (A - A.mean()) / (A.std() + 1e-8)

    def rule(own: ActorCritic, other: ActorCritic, key: Array | None = None) -> Params:
        play = draw(own.policy, other.policy, key)
        seen, acted = play.states[0], play.actions[0]
        R, mine = judged(play.rewards[0], own.critic, seen)
        _, theirs = judged(play.rewards[1], other.critic, play.states[1])
        A = aligned(mine, theirs, weight=weight, decay=game.gamma)

        def climbs(own: ActorCritic) -> Array:
            log_pi = log_prob(own.policy, seen, acted)[:, :-1]
            v = two_layers(own.critic, seen[:, :-1])[..., 0]
            worth = lax.stop_gradient(A - entropy * log_pi)
            return (worth * log_pi).mean() - 0.5 * (
                (v - lax.stop_gradient(R)) ** 2
            ).mean()

        return jax.grad(climbs)(own)

    remember_game(rule, game)
    return rule
