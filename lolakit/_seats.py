"""Which game a function was built for, so that two players cannot take the same seat."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from lolakit import _validate
from lolakit.types import World

_GAME = "_lolakit_game"


def remember_game(function: Callable[..., Any], source: Any) -> None:
    """Write on `function` which game it was built for, so that `check_seats` can read it.

    `source` is the game itself, or a function that already remembers its game.
    A function made from values of unknown origin simply remembers None.
    """
    function.__dict__[_GAME] = game_of(source)


def game_of(source: Any) -> World | None:
    """Return the game itself, or the one that a function was built for; None if unknown."""
    return source if hasattr(source, "payoff") else getattr(source, _GAME, None)


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


def check_same_seat(caller: str, function: Any, game: World) -> None:
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
    same = partial(_validate.close, payoff, rtol=1e-5)
    if same(_swapped(right)) and not same(right):
        raise ValueError(
            f"{expected}, with payoff {right.tolist()}; it was built on "
            f"{got}, with payoff {payoff.tolist()}"
        )


def _swapped(payoff: Any) -> Any:
    return None if payoff is None else payoff[::-1].swapaxes(1, 2)


def _payoff(source: Any) -> np.ndarray | None:
    """Return the payoff of a game or of a function built on one; None if unknown."""
    payoff: Any = getattr(game_of(source), "payoff", None)
    # A `payoff` of another shape is that of another world: no seats are known.
    two_by_two = getattr(payoff, "shape", None) == (2, 2, 2)
    return _validate.known(payoff) if two_by_two else None
