"""Model-free opponent shaping (M-FOS): learning how to shape, by playing learners.

In the meta-game one step is a whole repeated game, between my policy and one of an
opponent that learns. Then the opponent takes its learning step, and I choose my next
policy::

    what I see     both policies, as probabilities
    what I do      the five logits of my next policy
    what I earn    my per-step value of the game between my new policy and the other's

An agent for that game is a `Learner` whose update is a network, so `play` plays it. PPO
trains the network over many meta-episodes; no derivative of the opponent is taken.
Lu, Willi, Schroeder de Witt, Foerster (2022), "Model-Free Opponent Shaping".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.games.memory_one import normal_logits
from lolakit.meta import metagame
from lolakit.meta.metagame import MetaEpisodes, meta_episodes, num_logits
from lolakit.meta.ppo import PPO, Episodes, Network, gaussian, log_density, ppo
from lolakit.seeds import training
from lolakit.types import Learner, Tree


class Memory(NamedTuple):
    """What the agent knew when it chose its policy.

    Attributes:
        s: the probabilities that it saw, its own and the other's.
        log_p: the log-density with which it chose.
    """

    s: Float[Array, "inputs"]
    log_p: Float[Array, ""]


class Trained(NamedTuple):
    """A trained agent.

    Attributes:
        network: its actor and critic; `learner(network, game)` plays.
        optimizer: the state of PPO's optimizer.
        history: R of the agent and of its opponent in each episode, mean over the batch
            and the steps [episodes, 2].
    """

    network: Network
    optimizer: Any
    history: Float[np.ndarray, "episodes 2"]


def learner(
    network: Network, game: MatrixGame, init: Callable[[Array], Array] | None = None
) -> Learner:
    """Return the learner whose next policy is drawn by the network.

    It starts at `init(key)`, by default N(0, 1) logits. From then on it sees both policies
    of the step before, as probabilities; in a one-shot game those of the start alone.
    Its state is a `Memory`. `game` is the one of its own seat.
    """
    n, start = num_logits(game), init or normal_logits()

    def first(key: Array) -> tuple[Array, Memory]:
        theta = start(key)
        return theta, Memory(jnp.zeros(2 * n, theta.dtype), jnp.zeros((), theta.dtype))

    def update(
        key: Array, own: Array, other: Array, state: Memory
    ) -> tuple[Array, Memory]:
        del state
        s = jax.nn.sigmoid(jnp.concatenate([own[:n], other[:n]]))
        mean, variance = gaussian(network.actor, s)
        a = mean + jnp.sqrt(variance) * jax.random.normal(key, mean.shape, mean.dtype)
        memory = Memory(s, log_density(mean, variance, a))
        return jnp.concatenate([a, own[n:]]), memory

    remember_game(update, game)
    return Learner(first, update)


def train(
    game: MatrixGame,
    opponent: Learner,
    key: Array,
    *,
    episodes: int,
    batch: int = 128,
    num_steps: int = 100,
    agent: PPO | None = None,
    **options: Any,
) -> Trained:
    """Train an agent in the first seat of `game` against a learner.

    Args:
        game: as the agent sees it.
        opponent: any learner whose policies are five logits, built on `game.swap()`. It
            starts afresh in each meta-episode.
        key: all numbers follow from it.
        episodes: how often a batch of meta-episodes is played; PPO learns after each.
        batch: meta-episodes side by side.
        num_steps: steps of a meta-episode; after each the opponent learns once.
        agent: how the network learns; by default `ppo()`.
        **options: `path`, `save_every` and `progress` of `lolakit.seeds.training.run`: where the
            checkpoint is, how many episodes an interruption may lose, and the bar.

    Raises:
        ValueError: for sizes below 1, an opponent that is no learner, has other policies or
            sits in the agent's seat, or a checkpoint of another training (game,
            opponent, agent, key or sizes) or with more episodes.
        FloatingPointError: if a value is not finite.
    """
    agent, game = agent or ppo(), check_game("game", game)
    episodes = _validate.positive_int("episodes", episodes)
    num_steps = _validate.positive_int("num_steps", num_steps)
    batch = _validate.positive_int("batch", batch)
    key = _validate.key("key", key)
    check_opponent("opponent", opponent)
    k_start, k_run = jax.random.split(key)

    def step(state: Tree, key: Array) -> tuple[Any, Array]:
        seen = meta_episodes(
            game,
            learner(state[0], game),
            opponent,
            key,
            num_steps=num_steps,
            batch=batch,
        )
        return learn(agent, state, game, seen, 0), seen.R.mean((0, 1))

    about = metagame.describe(game, [opponent], batch, num_steps)
    about |= describe(game, agent)
    start = fresh(agent, game, k_start)
    (network, optimizer), history = training.run(
        "M-FOS", step, start, k_run, episodes, about=about, **options
    )
    return Trained(network, optimizer, history)


def fresh(agent: PPO, game: MatrixGame, key: Array) -> tuple[Network, Any]:
    """Return the network and optimizer of an agent that has learned nothing."""
    n = num_logits(game)
    return agent.init(key, 2 * n, n)


def learn(
    agent: PPO, state: Tree, game: MatrixGame, seen: MetaEpisodes, seat: int
) -> tuple[Network, Any]:
    """Return (network, optimizer) after PPO on what the player in `seat` did."""
    a = (seen.theta_1, seen.theta_2)[seat][..., : num_logits(game)]
    memory = seen.states[seat]
    played = Episodes(memory.s, a, memory.log_p, seen.R[..., seat])
    network, optimizer = state
    return agent.update(network, optimizer, played)


def check_opponent(name: str, opponent: Any) -> None:
    """Raise unless `opponent` is a learner whose policies are five logits."""
    if not isinstance(opponent, Learner):
        raise ValueError(f"{name}: expected a Learner, got {opponent!r}")
    theta = jax.eval_shape(opponent.init, jax.random.key(0))[0]
    if getattr(theta, "shape", None) != (5,):
        raise ValueError(f"{name}: expected a learner with five logits, got {theta}")


def describe(game: MatrixGame, agent: PPO) -> dict[str, Any]:
    """Return what `agent`, a pair of functions, makes of fixed numbers: it says which."""
    key = jax.random.key(0)
    network, optimizer = fresh(agent, game, key)
    n = num_logits(game)
    s = jnp.linspace(0.0, 1.0, 4 * n).reshape(2, 1, 2 * n)
    played = Episodes(s, s[..., :n], -s[..., 0], s[..., 1])
    learned, _ = agent.update(network, optimizer, played)
    return {"agent": jnp.stack([x.sum() for x in jax.tree.leaves(learned)])}
