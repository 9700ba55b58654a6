"""Head to head: every learner against every other, in both seats, over many seeds."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from tqdm.auto import tqdm

from lolakit import _validate
from lolakit.games.matrix import MatrixGame
from lolakit.learners.play import play
from lolakit.learners.rounds import RoundLearner, play_rounds
from lolakit.seeds import checkpoints
from lolakit.seeds.stats import Estimate, mean
from lolakit.seeds.sweep import sweep
from lolakit.types import Learner, Params
from lolakit.values.exact import exact_values, per_step, shares

KIND = "standings of a tournament"


class Standings(NamedTuple):
    """What `tournament` returns.

    Attributes:
        names: the players, in the order of rows and of columns.
        R: per-step value of the row's player against the column's, mean over the updates,
            for each seat of the row's player and each seed [rows, columns, 2, seeds].
        cooperation: how often the row's player cooperates there, of the same shape; None
            where it was not measured.
    """

    names: tuple[str, ...]
    R: Float[np.ndarray, "rows columns 2 seeds"]
    cooperation: Float[np.ndarray, "rows columns 2 seeds"] | None = None

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise ValueError(f"name: expected one of {self.names}, got {name!r}")
        return self.names.index(name)

    def cell(self, row: str, column: str) -> Estimate:
        """Return the row's mean R against the column, both seats, with its interval."""
        i, j = self._index(row), self._index(column)
        return mean(self.R[i, j].mean(axis=0))

    def score(self, name: str) -> Estimate:
        """Return the mean R of a player over all columns, its own included, and both seats."""
        return mean(self.R[self._index(name)].mean(axis=(0, 1)))

    def worst(self, name: str) -> tuple[str, Estimate]:
        """Return the column against which a player earns least, and what it earns there."""
        column = min(self.names, key=lambda column: self.cell(name, column).value)
        return column, self.cell(name, column)

    def margin(self, row: str, column: str) -> Estimate:
        """Return by how much the row's player earns more than the column's in their meetings.

        Meetings are compared seed by seed: in each, one sits in the first seat and the other
        in the second. Where the interval lies above 0, the row exploits the column.
        """
        i, j = self._index(row), self._index(column)
        return mean((self.R[i, j] - self.R[j, i][::-1]).mean(axis=0))

    def exploits(self, row: str, column: str) -> bool:
        """Return whether the row's player earns more than the column's, beyond chance."""
        return self.margin(row, column).low > 0

    def cooperates(self, name: str) -> Estimate:
        """Return how often a player cooperates, over all columns and both seats."""
        if self.cooperation is None:
            raise ValueError("cooperation: expected shares, got none: not measured")
        return mean(self.cooperation[self._index(name)].mean(axis=(0, 1)))

    def ranking(self) -> list[str]:
        """Return the names, best score first."""
        return sorted(self.names, key=lambda name: -self.score(name).value)

    def summary(self) -> str:
        """Return a table: score, worst cell, cooperation and who exploits whom, by rank."""
        lines = [["", "mean R", "worst R", "against", "cooperates", "exploits"]]
        for name in self.ranking():
            column, least = self.worst(name)
            prey = [x for x in self.names if x != name and self.exploits(name, x)]
            share = (
                "" if self.cooperation is None else f"{self.cooperates(name).value:.2f}"
            )
            lines.append(
                [name, f"{self.score(name):.2f}", f"{least.value:.2f}", column, share,
                 ", ".join(prey) or "nobody"]
            )  # fmt: skip
        return _in_columns(lines, "<")

    def save(self, path: Path | str) -> None:
        """Write the table to a file, by `lolakit.seeds.checkpoints`. `load` reads it."""
        arrays = {"R": self.R}
        if self.cooperation is not None:
            arrays["cooperation"] = self.cooperation
        names = np.frombuffer(json.dumps(self.names).encode(), np.uint8)
        checkpoints.save(path, KIND, {**arrays, "names": names})

    @classmethod
    def load(cls, path: Path | str) -> "Standings":
        """Return the table in a file that `save` wrote.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: for another file, names that are no different strings, an R that is
                not finite and [names, names, 2, seeds], or shares that are not in [0, 1] and
                of the shape of R.
        """
        arrays = checkpoints.read(path, KIND)
        for good, expected, got in _faults(arrays):
            if not good:
                raise ValueError(
                    f"{path}: expected {expected}, got {got}. {checkpoints.WAY_OUT}"
                )
        return cls(_names(arrays), arrays["R"], arrays.get("cooperation"))

    def __str__(self) -> str:
        """Return the table: the row's own R against each column."""
        rows = [["", *self.names]]
        for row in self.names:
            cells = (f"{self.cell(row, column):.3f}" for column in self.names)
            rows.append([row, *cells])
        return _in_columns(rows, ">")


def _in_columns(rows: list[list[str]], side: str) -> str:
    """Return rows of words under one another, each column at its left (<) or right (>)."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{x:{side}{w}}" for x, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _names(arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the names in a file of `Standings`; none if there are no different strings."""
    try:
        names = json.loads(arrays["names"].tobytes())
    except ValueError:  # no JSON, or no UTF-8
        return ()
    right = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if right and len(set(names)) == len(names) else ()


def _faults(arrays: Mapping[str, np.ndarray]) -> Iterator[tuple[bool, str, object]]:
    """Yield what a file of `Standings` must fulfil: whether it does, expected, and got."""
    some, there = {"names", "R"}, arrays.keys()
    what = "names, R, and perhaps cooperation"
    yield some <= there <= {*some, "cooperation"}, what, sorted(there)
    n, R = len(_names(arrays)), arrays["R"]
    yield n > 0, "names of the players, each another", arrays["names"].tobytes()[:40]
    right = R.dtype.kind == "f" and R.ndim == 4 and R.shape[:3] == (n, n, 2)
    what = f"R [{n}, {n}, 2, seeds], at least two seeds"
    yield right and R.shape[3] >= 2, what, f"{R.dtype} of shape {R.shape}"
    yield bool(np.isfinite(R).all()), "finite R", "NaN or infinity"
    if (C := arrays.get("cooperation")) is not None:
        right = C.dtype.kind == "f" and C.shape == R.shape
        what = f"cooperation of shape {R.shape}"
        yield right, what, f"{C.dtype} of shape {C.shape}"
        inside = (C >= 0) & (C <= 1)
        yield bool(inside.all()), "shares from 0 to 1", "others in cooperation"


Meeting = Callable[[Array], tuple[Array, Array]]
"""From a key to (R, cooperation) of both players after each update, each [updates, 2]."""


def tournament(
    players: Mapping[str, Callable[[MatrixGame], Learner]],
    game: MatrixGame,
    key: Array,
    *,
    num_steps: int = 100,
    seeds: int = 256,
    horizon: int | None = None,
    noise: float = 0.0,
    last: int | None = None,
    progress: bool = True,
    path: Path | str | None = None,
) -> Standings:
    """Let every player play every other, itself included, in both seats.

    Without a `horizon` they play by `play`, and R and cooperation are exact: those of the two
    policies after each update. With one they play by `play_rounds`, in `num_steps` episodes
    of so many rounds, and R and cooperation are what happened in these. Learners from play
    need that.

    Args:
        players: name to a function that makes the learner for a seat, from the game as
            that seat sees it: `lambda game: ascend(naive(exact_values(game)), ...)`.
        game: any two-player game; the second seat gets `game.swap()`.
        key: all numbers follow from it. Pairs share their seeds, the key of each.
        num_steps: simultaneous updates, or episodes.
        seeds: plays of each pair in each seat.
        horizon: rounds of an episode; None to play without rounds.
        noise: with a horizon, how often an action comes out as the other one.
        last: the mean is over so many of the last updates; over all by default.
        progress: show a bar over pairs.
        path: a folder for finished pairs: given again, the same tournament goes on there.

    Raises:
        ValueError: for no players, a player that is no function or makes no learner, sizes
            below 1, a learner from play without a horizon, noise without one, or a folder
            of another tournament.
    """
    if not isinstance(players, Mapping) or not players:
        raise ValueError(
            "players: expected a dictionary of names to functions that make learners, "
            f"got {_validate.shown(players)}"
        )
    num_steps = _validate.positive_int("num_steps", num_steps)
    if (seeds := _validate.positive_int("seeds", seeds)) < 2:
        raise ValueError("seeds: expected at least 2, for an interval, got 1")
    last = num_steps if last is None else _validate.positive_int("last", last)
    for name, make in players.items():
        _validate.function(f"players[{name!r}]", make)
    keys = jax.random.split(_validate.key("key", key), seeds)
    noise = _validate.fraction("noise", noise)
    meet = _by_values(game, num_steps)
    if horizon is not None or noise != 0:
        horizon = _validate.positive_int("horizon", horizon)
        meet = _by_rounds(game, num_steps, horizon, noise)
    names, n = tuple(players), len(players)
    R, C = np.zeros((2, n, n, 2, seeds))
    pairs = [(i, j) for i in range(n) for j in range(n)]
    for i, j in tqdm(pairs, unit="pair", disable=not progress):
        pair = meet(players[names[i]](game), players[names[j]](game.swap()))
        folder = None if path is None else Path(path) / f"{i:02d}-{j:02d}"
        both = sweep(_tail(pair, last), keys, progress=False, path=folder)
        for table, x in zip((R, C), np.asarray(both).swapaxes(0, 1), strict=True):
            table[i, j, 0], table[j, i, 1] = x[:, 0], x[:, 1]
    return Standings(names, R, C)


def _tail(meeting: Meeting, last: int) -> Callable[[Array], Array]:
    """Return the means over the last updates, R and cooperation in one array [2, 2]."""
    return lambda key: jnp.stack([x[-last:].mean(axis=0) for x in meeting(key)])


def _by_values(
    game: MatrixGame, num_steps: int
) -> Callable[[Learner, Learner], Meeting]:
    values = exact_values(game)

    def pair(one: Learner, two: Learner) -> Meeting:
        for name, player in (("one", one), ("two", two)):
            if isinstance(player, RoundLearner):
                raise ValueError(
                    f"horizon: expected rounds per episode, got None: {name} is a learner "
                    "from play"
                )

        def both(theta_1: Params, theta_2: Params) -> tuple[Array, Array]:
            CC, CD, DC, _ = shares(game, theta_1, theta_2)
            R = per_step(values(theta_1, theta_2), game.gamma)
            return R, jnp.stack([CC + CD, CC + DC])

        return lambda key: play(one, two, key, num_steps, both).history

    return pair


def _by_rounds(
    game: MatrixGame, num_steps: int, horizon: Any, noise: float
) -> Callable[[Learner, Learner], Meeting]:
    sizes = {"episodes": num_steps, "horizon": horizon, "noise": noise}

    def pair(one: Learner, two: Learner) -> Meeting:
        def run(key: Array) -> tuple[Array, Array]:
            nothing = lambda theta_1, theta_2: ()
            seen = play_rounds(one, two, game, key, **sizes, record=nothing).history
            return seen.rewards, seen.cooperated

        return run

    return pair
