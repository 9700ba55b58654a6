"""Meta-self-play: two agents learn to shape each other."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.meta import metagame
from lolakit.meta.metagame import meta_episodes
from lolakit.meta.mfos import Trained, check_opponent, describe, fresh, learn, learner
from lolakit.meta.ppo import PPO, ppo
from lolakit.seeds import training
from lolakit.types import Learner, Tree


def self_play(
    game: MatrixGame,
    simple: Callable[[MatrixGame], Learner],
    key: Array,
    *,
    episodes: int,
    batch: int = 128,
    num_steps: int = 100,
    agent: PPO | None = None,
    anneal: Any = 0.0015,
    **options: Any,
) -> tuple[Trained, Trained]:
    """Train two agents, one in each seat: at first against simple learners, then together.

    In episode e = 1, 2, ... they meet each other with probability min(1, anneal * e);
    else each meets a simple learner. Without that beginning each would have to shape
    somebody who does not learn yet. Arguments and errors as in `train`, and:

    Args:
        game: as the first agent sees it.
        simple: makes a simple learner, from the game as its own seat sees it.
        key: all numbers follow from it.
        episodes: how often PPO learns.
        batch: meta-episodes side by side.
        num_steps: steps of a meta-episode.
        agent: by default `ppo(learning_rate=0.0002)`.
        anneal: how fast the mixture changes.
        **options: as in `train`.

    Returns:
        Both agents. In their histories the opponent is whoever it was in that episode.
    """
    agent, game = agent or ppo(learning_rate=0.0002), check_game("game", game)
    episodes = _validate.positive_int("episodes", episodes)
    _validate.function("simple", simple)
    num_steps = _validate.positive_int("num_steps", num_steps)
    batch = _validate.positive_int("batch", batch)
    key = _validate.key("key", key)
    anneal = _validate.finite_scalar("anneal", anneal)
    games = game, game.swap()
    opponents = [simple(g) for g in reversed(games)]
    for opponent in opponents:
        check_opponent("simple", opponent)
    sizes: dict[str, Any] = {"num_steps": num_steps, "batch": batch}

    def together(state: Tree, keys: Array) -> tuple[Any, Array]:
        one, two = (learner(s[0], g) for s, g in zip(state, games, strict=True))
        seen = meta_episodes(game, one, two, keys[0], **sizes)
        new = [
            learn(agent, s, g, seen, i)
            for i, (s, g) in enumerate(zip(state, games, strict=True))
        ]
        R = seen.R.mean((0, 1))
        return tuple(new), jnp.stack([R, R[::-1]])

    def apart(state: Tree, keys: Array) -> tuple[Any, Array]:
        new, R = [], []
        for s, g, opponent, key in zip(state, games, opponents, keys, strict=True):
            seen = meta_episodes(g, learner(s[0], g), opponent, key, **sizes)
            new.append(learn(agent, s, g, seen, 0))
            R.append(seen.R.mean((0, 1)))
        return tuple(new), jnp.stack(R)

    def step(carry: Tree, key: Array) -> tuple[Any, Array]:
        (e, state), (k_who, *keys) = carry, jax.random.split(key, 3)
        meet = jax.random.uniform(k_who) < anneal * (e + 1)
        state, R = lax.cond(meet, together, apart, state, jnp.stack(keys))
        return (e + 1, state), R

    k_run, *keys = jax.random.split(key, 3)
    start = tuple(fresh(agent, g, k) for g, k in zip(games, keys, strict=True))
    about = metagame.describe(game, opponents, batch, num_steps)
    about |= describe(game, agent) | {"anneal": anneal}
    (_, trained), history = training.run(
        "M-FOS self-play",
        step,
        (jnp.zeros(()), start),
        k_run,
        episodes,
        about=about,
        **options,
    )
    (net_1, opt_1), (net_2, opt_2) = trained
    one = Trained(net_1, opt_1, history[:, 0])
    return one, Trained(net_2, opt_2, history[:, 1])
