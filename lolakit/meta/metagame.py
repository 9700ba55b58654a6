"""The meta-game: a whole repeated game is one step, and learners move between them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.games.matrix import MatrixGame
from lolakit.learners.play import play
from lolakit.types import Learner
from lolakit.values.exact import exact_values, per_step


class MetaEpisodes(NamedTuple):
    """What happened in a batch of meta-episodes.

    Attributes:
        theta_1: policies of the first player, after each step [steps, batch, 5].
        theta_2: policies of the second.
        states: the learners' states after each step, a pair.
        R: per-step values of both in the game between those policies [steps, batch, 2];
            with `count="before"` between the policies before each step.
    """

    theta_1: Array
    theta_2: Array
    states: tuple[Any, Any]
    R: Float[Array, "steps batch 2"]


def meta_episodes(
    game: MatrixGame,
    one: Learner,
    two: Learner,
    key: Array,
    *,
    num_steps: int = 100,
    batch: int = 128,
    count: str = "after",
) -> MetaEpisodes:
    """Let two learners learn against each other, `batch` times side by side, by `play`.

    `one` is built on `game`, `two` on `game.swap()`. The first policies, before any update,
    are not part of the result, but for `count`: "after" counts in R what the policies are
    worth after each step, t = 1 ... T, and "before" what they are worth before it,
    t = 0 ... T - 1. Raises ValueError as `play` does, for a batch below 1, and for another
    word.
    """
    values, key = exact_values(game), _validate.key("key", key)
    if count not in ("before", "after"):
        raise ValueError(f'count: expected "before" or "after", got {count!r}')

    def each(key: Array) -> MetaEpisodes:
        (theta_1, theta_2), states = play(
            one, two, key, num_steps, record_states=lambda a, b: (a, b)
        ).history
        seen = theta_1, theta_2
        if count == "before":
            k_1, k_2, _ = jax.random.split(key, 3)  # as `play` splits it
            first = one.init(k_1)[0], two.init(k_2)[0]
            seen = jax.tree.map(
                lambda a, b: jnp.concatenate([a[None], b[:-1]]), first, seen
            )
        R = per_step(jax.vmap(values)(*seen), game.gamma)
        return MetaEpisodes(theta_1, theta_2, states, R)

    batch = _validate.positive_int("batch", batch)
    return jax.vmap(each, out_axes=1)(jax.random.split(key, batch))


def num_logits(game: MatrixGame) -> int:
    """Return how many logits of a policy matter: 5, or 1 (the start) in a one-shot game."""
    return 1 if isinstance(game.gamma, float) and game.gamma == 0 else 5


def describe(
    game: MatrixGame, opponents: list[Learner], batch: int, num_steps: int
) -> dict[str, Any]:
    """Return arrays that tell one training in the meta-game from others, for a checkpoint.

    Opponents are functions: what they make of fixed policies says which they are.
    """
    key = jax.random.key(0)

    def seen(opponent: Learner) -> Array:
        theta, state = opponent.init(key)
        moved, _ = opponent.update(key, theta, jnp.linspace(-1.0, 1.0, 5), state)
        return jnp.concatenate([theta, moved])

    return {
        "payoff": game.payoff,
        "gamma": game.gamma,
        "sizes": np.array([batch, num_steps]),
        "opponent": jnp.concatenate([seen(opponent) for opponent in opponents]),
    }
