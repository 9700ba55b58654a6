"""Two learners at once: one scan, simultaneous updates."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import check_seats
from lolakit.types import Learner, Params, Tree


class Played(NamedTuple):
    """What `play` returns.

    Attributes:
        final: ((theta_1, state_1), (theta_2, state_2)) after the last update.
        history: what `record` returned after each update, stacked: leading axis
            num_steps. With `record_states`, the pair of both records.
    """

    final: tuple[tuple[Params, Tree], tuple[Params, Tree]]
    history: Any


def both_policies(theta_1: Params, theta_2: Params) -> tuple[Params, Params]:
    """Record both policies: the default of `play`."""
    return theta_1, theta_2


def begin(one: Learner, two: Learner, key: Array) -> tuple[Any, Any]:
    """Return what both learners are before the first update of `play` with this key."""
    key_1, key_2, _ = jax.random.split(key, 3)
    return one.init(key_1), two.init(key_2)


def play(
    one: Learner,
    two: Learner,
    key: Array,
    num_steps: int,
    record: Callable[[Params, Params], Any] = both_policies,
    record_states: Callable[[Any, Any], Any] | None = None,
) -> Played:
    """Let two learners learn against each other for `num_steps` simultaneous updates.

    Each update sees the other's parameters from before the update.

    Args:
        one: the learner in the first seat.
        two: the learner in the second, built on `game.swap()`: it sees the game from its
            own seat.
        key: all numbers follow from it. One seed; `jax.vmap` over keys, or `sweep`, for many.
        num_steps: updates of both, at least 1.
        record: `record(theta_1, theta_2)` is called after each update, on the new
            parameters; by default it keeps both.
        record_states: `record_states(state_1, state_2)` sees the learners' memories (an
            estimate of the other, say).

    Returns:
        `Played(final, history)`. The leaves of `history` have a leading axis [num_steps];
        with `record_states` it is the pair of what the two functions returned.

    Raises:
        ValueError: if num_steps < 1, if `one` or `two` is no Learner, or if player two
            was built on the same unsymmetric game as player one, so that both believe
            they sit in the first seat.

    >>> from lolakit import fixed
    >>> final, history = play(fixed(1.0), fixed(2.0), jax.random.key(0), num_steps=3)
    >>> float(final[0][0]), history[1].tolist()
    (1.0, [2.0, 2.0, 2.0])
    """
    num_steps = _validate.positive_int("num_steps", num_steps)
    for name, player in (("one", one), ("two", two)):
        if not isinstance(player, Learner):
            raise ValueError(f"{name}: expected a Learner, got {player!r}")
        if type(player) is not Learner:
            raise ValueError(
                f"{name}: expected a Learner that reads the other's parameters, got one "
                "that learns from rounds: play_rounds plays these"
            )
    check_seats("play", one.update, two.update)
    _validate.function("record", record)
    key = _validate.key("key", key)
    key_steps = jax.random.split(key, 3)[2]

    def step(players: Any, key: Array) -> tuple[Any, Any]:
        (theta_1, state_1), (theta_2, state_2) = players
        k_1, k_2 = jax.random.split(key)
        new_1 = one.update(k_1, theta_1, theta_2, state_1)
        new_2 = two.update(k_2, theta_2, theta_1, state_2)
        kept = record(new_1[0], new_2[0])
        if record_states is not None:
            kept = kept, record_states(new_1[1], new_2[1])
        return (new_1, new_2), kept

    start = begin(one, two, key)
    return Played(*jax.lax.scan(step, start, jax.random.split(key_steps, num_steps)))
