"""Head to head: every learner against every other, in both seats, over many seeds."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.games.matrix import MatrixGame
from lolakit.learners.play import play
from lolakit.seeds.stats import Estimate, mean
from lolakit.seeds.sweep import sweep
from lolakit.types import Learner, Params
from lolakit.values.exact import exact_values, per_step


class Standings(NamedTuple):
    """What `tournament` returns.

    Attributes:
        names: the players, in the order of rows and of columns.
        R: per-step value of the row's player against the column's, mean over all updates,
            for each seat of the row's player and each seed [rows, columns, 2, seeds].
    """

    names: tuple[str, ...]
    R: Float[np.ndarray, "rows columns 2 seeds"]

    def cell(self, row: str, column: str) -> Estimate:
        """Return the row's mean R against the column, both seats, with its interval."""
        for name in (row, column):
            if name not in self.names:
                raise ValueError(f"name: expected one of {self.names}, got {name!r}")
        i, j = self.names.index(row), self.names.index(column)
        return mean(self.R[i, j].mean(axis=0))

    def __str__(self) -> str:
        """Return the table: the row's own R against each column."""
        rows = [["", *self.names]]
        for row in self.names:
            cells = (f"{self.cell(row, column):.3f}" for column in self.names)
            rows.append([row, *cells])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(f"{x:>{w}}" for x, w in zip(row, widths, strict=True))
            for row in rows
        )


def tournament(
    players: Mapping[str, Callable[[MatrixGame], Learner]],
    game: MatrixGame,
    key: Array,
    *,
    num_steps: int = 100,
    seeds: int = 256,
    progress: bool = True,
) -> Standings:
    """Let every player play every other, itself included, in both seats.

    Args:
        players: name to a function that makes the learner for a seat, from the game as
            that seat sees it: `lambda game: ascend(naive(exact_values(game)), ...)`.
        game: any two-player game; the second seat gets `game.swap()`.
        key: all numbers follow from it. Pairs share their seeds, the key of each.
        num_steps: simultaneous updates. R is the mean over the values after each.
        seeds: plays of each pair in each seat.
        progress: show a bar over seeds where there are many.

    Raises:
        ValueError: for no players, a player that is no function or makes no learner, or
            sizes below 1.
    """
    if not isinstance(players, Mapping) or not players:
        raise ValueError(
            "players: expected a dictionary of names to functions that make learners, "
            f"got {_validate.shown(players)}"
        )
    num_steps = _validate.positive_int("num_steps", num_steps)
    if (seeds := _validate.positive_int("seeds", seeds)) < 2:
        raise ValueError("seeds: expected at least 2, for an interval, got 1")
    for name, make in players.items():
        _validate.function(f"players[{name!r}]", make)
    key = _validate.key("key", key)
    values, n = exact_values(game), len(players)
    keys, R = jax.random.split(key, seeds), np.zeros((n, n, 2, seeds))

    def run(one: Learner, two: Learner) -> Callable[[Array], Any]:
        def value(theta_1: Params, theta_2: Params) -> Array:
            return per_step(values(theta_1, theta_2), game.gamma)

        return lambda key: play(one, two, key, num_steps, value).history.mean(axis=0)

    for i, one in enumerate(players.values()):
        for j, two in enumerate(players.values()):
            each = run(one(game), two(game.swap()))
            both = np.asarray(sweep(each, keys, progress=progress))
            R[i, j, 0], R[j, i, 1] = both[:, 0], both[:, 1]
    return Standings(tuple(players), R)
