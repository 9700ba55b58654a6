"""The check of Exercise 9.1: the parts of M-MAML's gradient."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lolakit.check.verdict import call, exercise, need, number
from lolakit.types import Learner

__all__ = ["ex9_1"]


@exercise("9.1")
def ex9_1(deaf: Any, J_own: Any, J_all: Any) -> str:
    """Check Exercise 9.1. Pass a function of a learner, and two numbers."""
    _check_deaf(call(deaf, _LEARNER, name="deaf"))
    own, both = number(J_own, "J_own"), number(J_all, "J_all")
    need(
        min(own, both) > -3.01, "J: below the worst payoff. J is a mean of R, not of V."
    )
    need(own < both, "the two are exchanged: J_own comes first.")
    # The start earns -0.74 as it is. What was measured with five keys after 30 updates:
    # -1.96 to -1.97, and -0.63 to -0.65.
    need(
        own < -1.0,
        "J_own: as good as before? Train against deaf(opponent), and look at the last J.",
    )
    need(
        own < -1.7,
        "J_own: still on its way. Take 30 updates with a learning rate of 0.05.",
    )
    need(
        both > -0.8,
        "J_all: the gradient with both parts keeps the start good. Train against the "
        "opponent as it is, with alpha=0.0 kept, from the phi of seed 7.",
    )
    return "A gradient that takes the other's path as given walks off the path."


def _update(key: Any, own: Any, other: Any, state: Any) -> tuple[Any, Any]:
    return own + 0.3 * other * own, state + 1.0


_LEARNER = Learner(lambda key: (jnp.linspace(-1.0, 1.0, 5), jnp.zeros(())), _update)
"""A learner of no meaning, whose step depends on both policies."""


def _check_deaf(found: Any) -> None:
    need(
        isinstance(found, Learner),
        f"deaf: expected it to return a Learner, got {type(found).__name__}.",
    )
    key, state = jax.random.key(0), jnp.zeros(())
    own, other = jnp.arange(5) / 4 - 0.4, jnp.linspace(0.5, -1.0, 5)
    (theta, _), (right, _) = found.init(key), _LEARNER.init(key)
    need(
        np.allclose(theta, right),
        "deaf: it begins elsewhere. Hand the opponent's `init` on.",
    )

    def step(own: Any, other: Any) -> Any:
        return found.update(key, own, other, state)

    pair = step(own, other)
    need(
        isinstance(pair, tuple) and len(pair) == 2,
        "deaf: an update returns two things, the policy and the state.",
    )
    right, later = _update(key, own, other, state)
    need(
        np.allclose(pair[0], right, atol=1e-6) and np.allclose(pair[1], later),
        "deaf: it takes other steps than the opponent. In the forward pass nothing may "
        "change: hand all four arguments on, mine behind a stop_gradient.",
    )
    # Seen from the opponent's seat its own policy is `own`, and mine is `other`.
    _, moved = jax.jvp(lambda other: step(own, other)[0], (other,), (jnp.ones(5),))
    need(
        np.allclose(moved, 0.0),
        "deaf: its step still has a derivative in my policy. In an update of the opponent "
        "mine is the one called `other`.",
    )
