"""Play of the Coin Game by any policies: the two doors through which all rules come in.

`sampler` makes what stands in for `rollout`, and `log_prob_of` what stands in for
`log_prob`. With the two, rules that know no network and no grid work on both.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.games.coin_game import (
    CoinGame,
    State,
    check_rules,
    moved,
    observe,
    picks,
    reset,
    step,
    taken,
)
from lolakit.games.networks import Policy
from lolakit.types import Params, Tree
from lolakit.values.rollouts import LogProb, Sampler, Trajectory


def check_policy(name: str, policy: Any) -> None:
    """Raise unless `policy` is a `Policy`."""
    if not isinstance(policy, Policy):
        got = _validate.shown(policy)
        raise ValueError(f"{name}: expected a Policy, got {got}")


def sampler(one: Policy, two: Policy | None = None) -> Sampler:
    """Return `sample(game, own, other, key, *, horizon, batch)` for the Coin Game.

    Each call plays from fresh boards. `own` sits in the first seat, which is red's; the
    second player's learner is built on `game.swap()`.

    Args:
        one: the policy whose parameters are `own`.
        two: the policy whose parameters are `other`; by default of the same kind.

    Raises:
        ValueError: for what is no policy.

    >>> from lolakit.games.coin_game import rules
    >>> from lolakit.games.networks import mlp_policy
    >>> game, policy = rules(), mlp_policy(36, 4)
    >>> theta = policy.init(jax.random.key(0))
    >>> play = sampler(policy)(game, theta, theta, jax.random.key(1), horizon=5, batch=3)
    >>> play.states[0].shape, play.rewards[0].shape
    ((3, 5, 36), (3, 5))
    """
    two = one if two is None else two
    for name, policy in (("one", one), ("two", two)):
        check_policy(name, policy)

    def sample(
        game: CoinGame,
        own: Params,
        other: Params,
        key: Array,
        *,
        horizon: int,
        batch: int,
    ) -> Trajectory:
        k_boards, k_play = jax.random.split(key)
        boards = jax.vmap(lambda k: reset(game, k))(jax.random.split(k_boards, batch))
        return boards_played(
            game, (one, two), (own, other), boards, k_play, horizon=horizon
        )[0]

    return sample


def boards_played(
    game: CoinGame,
    policies: tuple[Policy, Policy],
    thetas: tuple[Params, Params],
    boards: State,
    key: Array,
    *,
    horizon: int,
) -> tuple[Trajectory, State, State]:
    """Play on from given boards; what the policies remember begins anew.

    Args:
        game: its rules.
        policies: of red and of blue.
        thetas: their parameters.
        boards: leaves [batch, ...].
        key: consumed.
        horizon: rounds.

    Returns:
        The play [batch, horizon], the boards before each round [batch, horizon, ...], and
        the boards after the last [batch, ...].
    """
    batch = boards.age.shape[0]
    start = [
        jax.tree.map(lambda x: jnp.broadcast_to(x, (batch, *jnp.shape(x))), p.memory)
        for p in policies
    ]

    def round_(carry: Tree, key: Array) -> tuple[Tree, Tree]:
        boards, memories = carry
        k_one, k_two, k_step = jax.random.split(key, 3)
        seen = jax.vmap(lambda s: observe(game, s))(boards)
        actions, after = [], []
        for i, k in enumerate((k_one, k_two)):
            act = jax.vmap(policies[i].act, (None, 0, 0))
            log_p, memory = act(thetas[i], memories[i], seen[:, i])
            actions.append(jax.random.categorical(k, log_p))
            after.append(memory)
        keys = jax.random.split(k_step, batch)
        play = jax.vmap(lambda s, a, k: step(game, s, a, k))
        new, rewards = play(boards, jnp.stack(actions, axis=1), keys)
        pair = lambda x: (x[:, 0], x[:, 1])
        told = Trajectory(pair(seen), (actions[0], actions[1]), pair(rewards))
        return (new, after), (told, boards)

    (last, _), told = lax.scan(round_, (boards, start), jax.random.split(key, horizon))
    play, before = jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), told)
    return play, before, last


def log_prob_of(policy: Policy) -> LogProb:
    """Return `log_prob(theta, states, actions)` of a policy, [batch, horizon].

    What a policy remembers begins anew in each game, as in `sampler`, and is
    differentiated through. Raises ValueError for what is no policy.
    """
    check_policy("policy", policy)

    def of_game(theta: Params, states: Tree, actions: Array) -> Array:
        if not jax.tree.leaves(policy.memory):  # no round depends on another
            log_p = jax.vmap(lambda s: policy.act(theta, policy.memory, s)[0])(states)
        else:

            def forward(memory: Tree, s: Array) -> tuple[Tree, Array]:
                log_p, memory = policy.act(theta, memory, s)
                return memory, log_p

            log_p = lax.scan(forward, policy.memory, states)[1]
        return jnp.take_along_axis(log_p, actions[:, None], axis=1)[:, 0]

    def log_prob(theta: Params, states: Tree, actions: Tree) -> Array:
        return jax.vmap(of_game, (None, 0, 0))(theta, states, actions)

    return log_prob


class Outcome(NamedTuple):
    """What became of play of the Coin Game.

    Attributes:
        share: of all picks, the share by the coin's owner: 1/2 if colours do not matter.
            Where nothing is picked it is NaN.
        rate: picks in a round, of both players. A share without it says little: who does
            not move takes nothing from anybody.
        R: rewards in a round of both [2].
        theft: how often each took the other's coin where it lay one move away [2, 2]: by
            player, and by whether the other's last pick was the player's. NaN without such
            rounds.
    """

    share: Float[Array, ""]
    rate: Float[Array, ""]
    R: Float[Array, "2"]
    theft: Float[Array, "2 2"]


def outcome(
    game: CoinGame,
    policies: tuple[Policy, Policy],
    thetas: tuple[Params, Params],
    key: Array,
    *,
    horizon: int = 50,
    batch: int = 512,
) -> Outcome:
    """Play from fresh boards, and count.

    Args:
        game: its rules.
        policies: of red and of blue.
        thetas: their parameters.
        key: consumed.
        horizon: rounds in a game.
        batch: games.

    Returns:
        An `Outcome`.

    Raises:
        ValueError: for sizes below 1, or policies that are none.

    >>> from lolakit.games import coin_game, coin_players
    >>> game = coin_game.rules()
    >>> each = coin_players.own_coins(game)
    >>> found = outcome(game, (each, each), ((), ()), jax.random.key(0), batch=8)
    >>> float(found.share)
    1.0
    """
    horizon = _validate.positive_int("horizon", horizon)
    batch = _validate.positive_int("batch", batch)
    if not isinstance(policies, tuple) or len(policies) != 2:
        got = _validate.shown(policies)
        raise ValueError(f"policies: expected a pair of them, got {got}")
    for policy in policies:
        check_policy("policies", policy)
    game = check_rules("game", game)
    k_boards, k_play = jax.random.split(_validate.key("key", key))
    boards = jax.vmap(lambda k: reset(game, k))(jax.random.split(k_boards, batch))
    play, before, _ = boards_played(
        game, policies, thetas, boards, k_play, horizon=horizon
    )

    def round_(state: State, one: Array, two: Array) -> tuple[Array, Array]:
        went = moved(game, state.agents, jnp.stack([one, two]))
        takes = taken(game, went, state.coins)
        theirs = state.coins[::-1]  # to each player, the other's coin
        every = jax.vmap(lambda a: moved(game, state.agents, jnp.stack([a, a])))
        near = (every(jnp.arange(game.actions)) == theirs[None]).any(axis=0)
        bit = state.took[::-1][:, None] == jnp.array([[False, True]])
        stole = jnp.stack([takes[0, 1], takes[1, 0]])
        chances = near[:, None] & bit
        return takes, jnp.stack([chances & stole[:, None], chances])

    takes, stole = jax.vmap(jax.vmap(round_))(before, *play.actions)
    total, by_owner = (jnp.asarray(x, float) for x in picks(takes))
    theft = stole.astype(float).sum(axis=(0, 1))
    R = jnp.stack([r.mean() for r in play.rewards])
    return Outcome(
        by_owner / total, total / play.rewards[0].size, R, theft[0] / theft[1]
    )
