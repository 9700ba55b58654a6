"""Many learners at once: one scan, simultaneous updates, each meets all the others."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from lolakit import _validate
from lolakit.types import Learner, Params, Tree


def policies(*theta: Params) -> tuple[Params, ...]:
    """Record all policies: the default of `play_many`."""
    return theta


def play_many(
    learners: Sequence[Learner],
    key: Array,
    num_steps: int,
    record: Callable[..., Any] = policies,
) -> tuple[list[tuple[Params, Tree]], Any]:
    """Let n learners learn against each other for `num_steps` simultaneous updates.

    Learner i is built for seat i. As `other` it sees the parameters of all the others from
    before the update, stacked round the table: those of i + 1, i + 2, ... first.

    Args:
        learners: two or more, whose parameters are alike in shape.
        key: all numbers follow from it. `jax.vmap` over keys for many seeds.
        num_steps: updates of all, at least 1.
        record: `record(theta_1, ..., theta_n)` is called after each update.

    Returns:
        `(final, history)`. The first is each learner's (theta, state), the second what `record`
        returned, with a leading axis [num_steps].

    Raises:
        ValueError: for fewer than two learners, another thing than a Learner, or num_steps < 1.

    >>> from lolakit.learners.ascend import fixed
    >>> final, _ = play_many([fixed(jnp.ones(2))] * 3, jax.random.key(0), num_steps=2)
    >>> len(final), final[2][0].tolist()
    (3, [1.0, 1.0])
    """
    num_steps = _validate.positive_int("num_steps", num_steps)
    n = len(learners) if isinstance(learners, Sequence) else 0
    if n < 2 or not all(isinstance(one, Learner) for one in learners):
        raise ValueError(
            f"learners: expected two Learners or more, got {_validate.shown(learners)}"
        )
    _validate.function("record", record)
    key_init, key_steps = jax.random.split(_validate.key("key", key))

    def step(players: Any, key: Array) -> tuple[Any, Any]:
        new = []
        for i, (k, one) in enumerate(
            zip(jax.random.split(key, n), learners, strict=True)
        ):
            others = [players[(i + j) % n][0] for j in range(1, n)]
            other = jax.tree.map(lambda *leaves: jnp.stack(leaves), *others)
            new.append(one.update(k, players[i][0], other, players[i][1]))
        return new, record(*(theta for theta, _ in new))

    keys = jax.random.split(key_init, n)
    start = [one.init(k) for one, k in zip(learners, keys, strict=True)]
    return jax.lax.scan(step, start, jax.random.split(key_steps, num_steps))
