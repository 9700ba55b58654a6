"""The four types of the library. Every algorithm of the book is one of them::

    game   ──> values(own, other, key) -> [mine, theirs]
    values ──> rule(own, other, key)   -> a direction in which to move `own`
    rule + optimizer      ──> Learner(init, update)
    Learner, Learner      ──> play(one, two, key, num_steps)

A learning rule is a vector field: at each point (own, other) of the joint parameter
space it says which way the owner moves. `own` and `other` may be any pytree; only
the modules `policies` and `exact` know that here they are five logits.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Array, Float

Params = Any
"""The parameters of one player: any pytree of float arrays."""
Scalar = Any
"""One real number: Python's, NumPy's, or an array of shape [], which JAX may trace."""
Tree = Any
"""Any pytree of arrays: what a learner remembers, or what players saw and did."""
World = Any
"""What a sampler plays: a `MatrixGame`, or anything with a discount `gamma`."""


@runtime_checkable
class Values(Protocol):
    """What the two players earn, as a differentiable function of both parameters.

    `values(own, other, key)` returns `[mine, theirs]`, shape [2], seen from the seat
    of the owner of `own`. Exact values ignore `key`; sampled values consume it.
    """

    def __call__(
        self, own: Params, other: Params, key: Array | None = None
    ) -> Float[Array, "2"]:
        """Return [mine, theirs] at (own, other)."""
        ...


@runtime_checkable
class Rule(Protocol):
    """A learning rule: the direction in which the owner wants to move `own`.

    The result has the shape of `own`. It points uphill: a learner adds it.
    """

    def __call__(self, own: Params, other: Params, key: Array | None = None) -> Params:
        """Return the direction at (own, other)."""
        ...


class Learner(NamedTuple):
    """A player that learns: two pure functions, in the manner of an optax optimizer.

    Attributes:
        init: `init(key) -> (theta, state)`, the first parameters and the memory.
        update: `update(key, own, other, state) -> (theta, state)`, one learning step.
    """

    init: Callable[[Array], tuple[Params, Tree]]
    update: Callable[[Array, Params, Params, Tree], tuple[Params, Tree]]
