"""Two learners at once: one scan, simultaneous updates."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit.types import Learner, Params, check_seats


class Played(NamedTuple):
    """What `play` returns.

    Attributes:
        final: ((theta_1, state_1), (theta_2, state_2)) after the last update.
        history: what `record` returned after each update, stacked: leading axis
            num_steps. With `record_states`, the pair of both records.
    """

    final: tuple[tuple[Params, Any], tuple[Params, Any]]
    history: Any


def both(theta_1: Params, theta_2: Params) -> tuple[Params, Params]:
    """Record both policies: the default of `play`."""
    return theta_1, theta_2


def play(
    one: Learner,
    two: Learner,
    key: Array,
    num_steps: int,
    record: Callable[[Params, Params], Any] = both,
    record_states: Callable[[Any, Any], Any] | None = None,
) -> Played:
    """Let two learners learn against each other for `num_steps` simultaneous updates.

    Each update sees the other's parameters from before the update. Player two is
    built on `game.swap()`: it sees the game from its own seat. `record(theta_1, theta_2)`
    is called after each update; its results come back stacked as `history`. With
    `record_states(state_1, state_2)`, which sees the learners' memories (an estimate of
    the other, say), `history` is the pair of what the two functions returned.
    One seed; use `jax.vmap` over keys, or `sweep`, for many.

    Raises:
        ValueError: if num_steps < 1, if `one` or `two` is no Learner, or if player two
            was built on the same unsymmetric game as player one, so that both believe
            they sit in the first seat.
    """
    num_steps = _validate.positive_int("num_steps", num_steps)
    for name, player in (("one", one), ("two", two)):
        if not isinstance(player, Learner):
            raise ValueError(f"{name}: expected a Learner, got {player!r}")
    check_seats("play", one.update, two.update)
    key_1, key_2, key_steps = jax.random.split(key, 3)

    def step(players: Any, key: Array) -> tuple[Any, Any]:
        (theta_1, state_1), (theta_2, state_2) = players
        k_1, k_2 = jax.random.split(key)
        new_1 = one.update(k_1, theta_1, theta_2, state_1)
        new_2 = two.update(k_2, theta_2, theta_1, state_2)
        kept = record(new_1[0], new_2[0])
        if record_states is not None:
            kept = kept, record_states(new_1[1], new_2[1])
        return (new_1, new_2), kept

    start = (one.init(key_1), two.init(key_2))
    return Played(*jax.lax.scan(step, start, jax.random.split(key_steps, num_steps)))
