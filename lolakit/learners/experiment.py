"""Two learners of a matrix game over many seeds, and all that they were on the way."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from lolakit import _validate
from lolakit.games.matrix import MatrixGame
from lolakit.learners.play import begin, play
from lolakit.seeds.sweep import sweep
from lolakit.types import Learner, Params
from lolakit.values.exact import exact_values, per_step


class Trace(NamedTuple):
    """What `experiment` returns. Index 0 of updates is the start, before the first of them.

    Attributes:
        theta_1: player 1's logits [seeds, num_steps + 1, 5].
        theta_2: player 2's, in its own order of states [seeds, num_steps + 1, 5].
        R: what both earn per step, exactly [seeds, num_steps + 1, 2].
        belief: what player 1 took theta_2 to be in each update [seeds, num_steps, 5], so
            `belief[:, t]` is about `theta_2[:, t]`; None if it models nobody.
    """

    theta_1: Params
    theta_2: Params
    R: Array
    belief: Params | None


def trace(
    game: MatrixGame,
    make_1: Callable[[MatrixGame], Learner],
    make_2: Callable[[MatrixGame], Learner],
    *,
    num_steps: int = 200,
) -> Callable[[Array], Trace]:
    """Return the run of one seed of `experiment`: from its key to a Trace without [seeds].

    Args:
        game: any two-player game; the second player gets `game.swap()`.
        make_1: makes player 1, from the game as it sees it.
        make_2: makes player 2.
        num_steps: simultaneous updates.

    Raises:
        ValueError: for another game, what is no function or makes no learner, or fewer than
            one update.

    >>> from lolakit import fixed, prisoners_dilemma, tit_for_tat
    >>> same = lambda game: fixed(tit_for_tat())
    >>> run = trace(prisoners_dilemma(), same, same, num_steps=3)
    >>> run(jax.random.key(0)).R.shape
    (4, 2)
    """
    V = exact_values(game)
    players = []
    for name, make, seat in (("make_1", make_1, game), ("make_2", make_2, game.swap())):
        _validate.function(name, make)
        players.append(make(seat))
        if not isinstance(players[-1], Learner):
            what = "a function that makes a Learner"
            raise ValueError(f"{name}: expected {what}, got one of {players[-1]!r}")
    one, two = players
    num_steps = _validate.positive_int("num_steps", num_steps)

    def seen(theta_1: Params, theta_2: Params) -> tuple[Params, Params, Array]:
        return theta_1, theta_2, per_step(V(theta_1, theta_2), game.gamma)

    def beliefs(state_1: Any, _: Any) -> Any:
        return getattr(state_1, "estimate", None)

    def run(key: Array) -> Trace:
        later, belief = play(one, two, key, num_steps, seen, beliefs).history
        (theta_1, _), (theta_2, _) = begin(one, two, key)
        first = seen(theta_1, theta_2)
        whole = jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), first, later)
        return Trace(whole[0], whole[1], whole[2], belief)

    return run


def experiment(
    game: MatrixGame,
    make_1: Callable[[MatrixGame], Learner],
    make_2: Callable[[MatrixGame], Learner],
    key: Array,
    *,
    num_steps: int = 200,
    seeds: int = 256,
) -> Trace:
    """Let two learners of a matrix game learn, over many seeds, and keep what they were.

    Args:
        game: any two-player game; the second player gets `game.swap()`.
        make_1: makes player 1, from the game as it sees it:
            `lambda game: ascend(naive(exact_values(game)), optax.sgd(1.0), normal_logits())`.
        make_2: makes player 2.
        key: all numbers follow from it.
        num_steps: simultaneous updates.
        seeds: pairs.

    Returns:
        A Trace of NumPy arrays, with the seeds first.

    Raises:
        ValueError: as `trace`, and for fewer than one seed.

    >>> import optax
    >>> from lolakit import ascend, naive, normal_logits, prisoners_dilemma
    >>> make = lambda V: ascend(naive(exact_values(V)), optax.sgd(1.0), normal_logits())
    >>> run = experiment(prisoners_dilemma(), make, make, jax.random.key(0), seeds=4)
    >>> run.theta_1.shape, bool((run.R[:, -1] < -1.5).all())
    ((4, 201, 5), True)
    """
    run = trace(game, make_1, make_2, num_steps=num_steps)
    seeds = _validate.positive_int("seeds", seeds)
    keys = jax.random.split(_validate.key("key", key), seeds)
    return jax.device_get(sweep(run, keys, progress=False))
