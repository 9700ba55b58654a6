"""A dilemma of many players, and the memory-one policies that play it.

In each round everyone holds one coin, and keeps it or puts it into a pot. The pot is
multiplied and shared by all alike, whoever paid in.

A memory-one policy of n players looks at what its owner did and at how many of the others
cooperated, so that with two players it is the one of `memory_one`, number for number::

    index   0      1 ... n                      n + 1 ... 2 n
    state   start  C with n - 1, ..., 0 others  D with n - 1, ..., 0 others

`theta` holds the 2 n + 1 logits of cooperating.
"""

from typing import Any, NamedTuple

import numpy as np

from lolakit import _validate
from lolakit.types import Scalar

MOST = 8
"""Players, at most: the chain of play has 2^n states."""


class ManyPlayerGame(NamedTuple):
    """A repeated game of n players with two actions each.

    Attributes:
        payoff: `payoff[i, a_1, ..., a_n]` is what player i earns in one round, action 0
            being to cooperate. Shape [n, 2, ..., 2].
        gamma: the discount factor, 0 <= gamma < 1.
    """

    payoff: np.ndarray
    gamma: Any

    @property
    def players(self) -> int:
        """Return n."""
        return len(self.payoff)


def public_goods(
    players: int = 3, *, multiplier: Scalar = 2.0, gamma: Scalar = 0.96
) -> ManyPlayerGame:
    """Return the public goods game: 1 for a coin that is kept, and a share of the pot.

    With k coins in the pot each player is paid multiplier * k / players. To keep the coin
    earns 1 - multiplier / players more, whatever the others do; if all pay in, each earns
    the multiplier, and if none does 1. It is a dilemma if 1 < multiplier < players.

    Args:
        players: 2 to `MOST`.
        multiplier: of the pot, a number above 0.
        gamma: the discount factor.

    Returns:
        A `ManyPlayerGame`. All its seats are alike.

    Raises:
        ValueError: for a number of players, a multiplier or a gamma out of range.

    >>> public_goods(2, multiplier=1.5).payoff[0].tolist()
    [[1.5, 0.75], [1.75, 1.0]]
    """
    players = _validate.whole("players", players, least=2)
    if players > MOST:
        raise ValueError(f"players: expected at most {MOST}, got {players}")
    multiplier = _validate.positive("multiplier", multiplier)
    gamma = _validate.discount("gamma", gamma, np.dtype(float))
    kept = np.indices((2,) * players)  # [n, 2, ..., 2]
    return ManyPlayerGame(kept + multiplier * (1 - kept).mean(axis=0), gamma)


def states_of(players: int) -> np.ndarray:
    """Return which of its logits each player reads after each outcome of a round [n, 2^n].

    Outcomes in the order of `payoff[i].ravel()`; the logit of the start is never read.
    """
    acts = np.indices((2,) * players).reshape(players, -1)  # [n, 2^n], 1 is to defect
    return 1 + players * acts + (acts.sum(axis=0) - acts)
