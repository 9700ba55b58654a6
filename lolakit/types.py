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

import numpy as np
from jaxtyping import Array, Float

from lolakit import _validate

_GAME = "_lolakit_game"

Params = Any
"""The parameters of one player: any pytree of float arrays."""


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

    init: Callable[[Array], tuple[Params, Any]]
    update: Callable[[Array, Params, Params, Any], tuple[Params, Any]]


def remember_game(function: Callable[..., Any], source: Any) -> None:
    """Write on `function` which game it was built for, so that `check_seats` can read it.

    `source` is the game itself, or a function that already remembers its game.
    A function made from values of unknown origin simply remembers None.
    """
    game = source if hasattr(source, "payoff") else getattr(source, _GAME, None)
    function.__dict__[_GAME] = game


def check_seats(caller: str, one: Any, two: Any) -> None:
    """Raise if both functions were built for the same seat of a game with two sides.

    Known games only: not for functions of unknown origin, nor for traced payoffs.
    """
    _check_seat(
        f"{caller}: expected the second player to be built on game.swap()",
        "the first seat's game",
        _payoff(two),
        _swapped(_payoff(one)),
    )


def check_same_seat(caller: str, function: Any, game: Any) -> None:
    """Raise if `function` was built for the other seat of `game`. Known games only."""
    _check_seat(
        f"{caller}: expected a learner built on the same seat of the game",
        "game.swap()",
        _payoff(function),
        _payoff(game),
    )


def _check_seat(
    expected: str, got: str, payoff: np.ndarray | None, right: np.ndarray | None
) -> None:
    """Raise if `payoff` is `right` seen from the other seat, and not also `right`."""
    if payoff is None or right is None:
        return
    if np.allclose(payoff, _swapped(right)) and not np.allclose(payoff, right):
        raise ValueError(
            f"{expected}, with payoff {right.tolist()}; it was built on "
            f"{got}, with payoff {payoff.tolist()}"
        )


def _swapped(payoff: Any) -> Any:
    return None if payoff is None else payoff[::-1].swapaxes(1, 2)


def _payoff(source: Any) -> np.ndarray | None:
    """Return the payoff of a game or of a function built on one; None if unknown."""
    game = source if hasattr(source, "payoff") else getattr(source, _GAME, None)
    payoff: Any = getattr(game, "payoff", None)
    # A `payoff` of another shape is that of another world: no seats are known.
    two_by_two = getattr(payoff, "shape", None) == (2, 2, 2)
    return _validate.known(payoff) if two_by_two else None
