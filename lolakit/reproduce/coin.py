"""What the results of the Coin Game run: learners, and what they do to each other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array

from lolakit.games.coin_game import CoinGame, rules
from lolakit.games.coin_players import every_coin, own_coins
from lolakit.games.networks import Policy, gru_policy, mlp_policy, two_layers
from lolakit.learners.actor_critic import ActorCritic, actor_critic, first_actor_critic
from lolakit.learners.ascend import ascend
from lolakit.reproduce.storage import Run
from lolakit.rules.lola import lola_unrolled
from lolakit.types import Learner, Scalar, Values
from lolakit.values.advantages import gae
from lolakit.values.network_play import log_prob_of, outcome, sampler
from lolakit.values.objectives import loaded_dice
from lolakit.values.rollouts import sampler_of

WEIGHT, TOO_MUCH = 0.3, 4.0
"""How much Advantage Alignment looks after the other here, and a weight that is too much."""
DECAY = 0.5
"""The lambda of the advantages."""
LOOKAHEAD, GAMES = 0.1, 512
"""The step that LOLA-DiCE expects of the other here, and its games for each gradient."""
EVERY = 50
"""Updates between two measurements."""


def optimizer(rate: float = 0.008) -> optax.GradientTransformation:
    """Return Adam, on gradients of length 1 at most."""
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))


def learner(
    game: CoinGame, policy: Policy, weight: Scalar, other: Policy | None = None
) -> Learner:
    """Return an actor and critic: naive with weight 0, else Advantage Alignment."""
    rule = actor_critic(game, policy, weight=weight, decay=DECAY, other_policy=other)
    return ascend(rule, optimizer(), first_actor_critic(game, policy))


def networks(game: CoinGame) -> Policy:
    """Return the policy of two layers for a game."""
    return mlp_policy(game.inputs, game.actions)


def dice_and_critic(
    game: CoinGame,
    policy: Policy,
    *,
    horizon: int = 32,
    batch: int = 128,
    decay: Scalar = DECAY,
) -> Values:
    """Return Loaded DiCE with each player's own critic, which learns from the same play::

        sum_t gamma^t (magic_box(w_t) - magic_box(w_t - log pi_t)) gae_t
            - 1/2 mean over rounds of (v_t - R_t)^2,      R_t = v_t + gae_t, held fixed

    for each seat; pi_t is what both did. One more round is played, to see where the last
    has led: gamma v of it counts as if it were earned.
    """
    log_prob = log_prob_of(policy)
    draw = sampler_of(game, horizon + 1, batch, sampler(policy))

    def values(own: ActorCritic, other: ActorCritic, key: Array | None = None) -> Array:
        play = draw(*lax.stop_gradient((own.policy, other.policy)), key)
        log_pi = sum(
            log_prob(who.policy, play.states[i], play.actions[i])[:, :-1]
            for i, who in enumerate((own, other))
        )

        def seat(who: ActorCritic, seen: Array, r: Array) -> Array:
            v = two_layers(who.critic, seen)[..., 0]
            held, r = lax.stop_gradient(v), r[:, :-1]
            R = held[:, :-1] + gae(r, held, game.gamma, decay=decay)
            r = r.at[:, -1].add(game.gamma * held[:, -1])
            guess = lambda states, G, gamma: held[:, :-1]
            worth = loaded_dice(guess, gae=decay)(log_pi, seen, r, game.gamma)
            return worth - 0.5 * ((v[:, :-1] - R) ** 2).mean()

        each = zip((own, other), play.states, play.rewards, strict=True)
        return jnp.stack([seat(*x) for x in each])

    return values


def lola_dice(
    game: CoinGame, policy: Policy, lookahead: Scalar, **sizes: Any
) -> Learner:
    """Return LOLA-DiCE of one step, with a critic: naive if the lookahead is 0."""
    values = dice_and_critic(game, policy, **sizes)
    rule = lola_unrolled(values, lookahead=lookahead)
    return ascend(rule, optimizer(), first_actor_critic(game, policy))


def trained(
    game: CoinGame,
    policies: tuple[Policy, Policy],
    both: Callable[[Any, Any], Sequence[Learner]],
    updates: int,
    weights: bool = True,
) -> Callable[[Any, Any], Run]:
    """Return `make(w_1, w_2)`: runs of two learners with these weights, all of one program.

    `share`, `rate` and `R` have an entry for the start and one after each `EVERY` updates;
    `theft` is that of the last. "to taker" and "to owner" are what player 1 then meets in a
    player that takes every coin, and in one that takes its own: R of both, and theft of
    player 1 (whom an owner never robs). `policy/0` and so on are the parameters of
    player 1, in 16 bits, if `weights`.
    """
    every = min(EVERY, updates)
    strangers = [make(game) for make in (every_coin, own_coins)]

    def either(theta: Any, memory: Any, seen: Any) -> tuple[Array, Any]:
        return jnp.stack([one.act((), (), seen)[0] for one in strangers])[theta], memory

    stranger = Policy(lambda key: (), (), either)

    @jax.jit
    def run(w_1: Any, w_2: Any, key: Array) -> dict[str, Any]:
        k_start, k_play, k_measure, k_end = jax.random.split(key, 4)
        one, two = both(w_1, w_2)
        start = tuple(
            x.init(k)
            for x, k in zip((one, two), jax.random.split(k_start), strict=True)
        )

        def update(players: Any, key: Array) -> tuple[Any, None]:
            (theta_1, state_1), (theta_2, state_2) = players
            k_1, k_2 = jax.random.split(key)
            new_1 = one.update(k_1, theta_1, theta_2, state_1)
            return (new_1, two.update(k_2, theta_2, theta_1, state_2)), None

        def stretch(players: Any, keys: Array) -> tuple[Any, Any]:
            now = players[0][0].policy, players[1][0].policy
            return jax.lax.scan(update, players, keys)[0], now

        keys = jax.random.split(k_play, (updates // every, every))
        players, before = jax.lax.scan(stretch, start, keys)
        last = players[0][0].policy, players[1][0].policy
        joined = lambda x, y: jnp.concatenate([x, y[None]])
        thetas = jax.tree.map(joined, before, last)
        measure = lambda x: outcome(game, policies, x[0], x[1])
        keys = jax.random.split(k_measure, updates // every + 1)
        along = jax.lax.map(measure, (thetas, keys))
        meet = lambda who: outcome(game, (policies[0], stranger), (last[0], who), k_end)
        met = jax.lax.map(meet, jnp.arange(2))
        found = {"share": along.share, "rate": along.rate, "R": along.R,
                 "theft": along.theft[-1]}  # fmt: skip
        found |= {"R to taker": met.R[0], "theft to taker": met.theft[0, 0]}
        found |= {"R to owner": met.R[1], "theft to owner": met.theft[1, 0, 0]}
        leaves = enumerate(jax.tree.leaves(last[0]) if weights else [])
        return found | {f"policy/{i}": x.astype(jnp.float16) for i, x in leaves}

    return lambda w_1, w_2: partial(run, w_1, w_2)


def coin_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Independent learners, Advantage Alignment, one of each, and a weight that is too much."""
    game = rules(memory=True)
    policy = networks(game)

    def both(*weights: Scalar) -> list[Learner]:
        return [learner(game, policy, w) for w in weights]

    pair = trained(game, (policy, policy), both, sizes["updates"])
    return {
        "naive": pair(0.0, 0.0),
        "AA": pair(WEIGHT, WEIGHT),
        "AA / naive": pair(WEIGHT, 0.0),
        "AA, w = 4": pair(TOO_MUCH, TOO_MUCH),
    }


def variant_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Advantage Alignment without the bits of memory, and against one who takes every coin."""
    game, blind = rules(memory=True), rules()
    policy, none, taker = networks(game), networks(blind), every_coin(game)

    def unremembering(*weights: Scalar) -> list[Learner]:
        return [learner(blind, none, w) for w in weights]

    def robbed(w_1: Scalar, w_2: Scalar) -> list[Learner]:
        # the taker learns nothing but its critic, which the aligned player asks
        return [learner(game, policy, w_1, taker), learner(game, taker, w_2, policy)]

    updates = sizes["updates"]
    return {
        "AA / taker": trained(game, (policy, taker), robbed, updates)(WEIGHT, 0.0),
        "AA, no bits": trained(blind, (none, none), unremembering, updates)(
            WEIGHT, WEIGHT
        ),
    }


def long_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """A GRU in place of the bits, and LOLA-DiCE with the bits; each with a naive pair.

    Beside the GRU stands a network that cannot remember. LOLA-DiCE has four times the games
    in an update, and half as many updates.
    """
    game, blind, updates = rules(memory=True), rules(), sizes["updates"]
    policy, none = networks(game), networks(blind)
    gru = gru_policy(blind.inputs, blind.actions)

    def remembering(*weights: Scalar) -> list[Learner]:
        return [learner(blind, gru, w) for w in weights]

    def forgetting(*weights: Scalar) -> list[Learner]:
        return [learner(blind, none, w) for w in weights]

    def looking(*lookaheads: Scalar) -> list[Learner]:
        return [lola_dice(game, policy, x, batch=GAMES) for x in lookaheads]

    half = max(updates // 2, 1)
    pair = trained(blind, (gru, gru), remembering, updates, weights=False)
    blank = trained(blind, (none, none), forgetting, updates, weights=False)
    dice = trained(game, (policy, policy), looking, half, weights=False)
    return {
        "AA, GRU": pair(WEIGHT, WEIGHT),
        "naive, GRU": pair(0.0, 0.0),
        "LOLA-DiCE": dice(LOOKAHEAD, LOOKAHEAD),
        "naive, DiCE": dice(0.0, 0.0),
        "AA, no bits": blank(WEIGHT, WEIGHT),
    }
