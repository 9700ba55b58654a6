"""All games of two actions in which nobody is indifferent: 576 tables, 144 games, 78 stories.

Only the order of the payoffs counts, 4 the best and 1 the worst. Each player ranks four
outcomes, in 24 ways, so there are 24^2 = 576 tables. Renaming player 1's actions, player
2's, or both changes the table but not the game, and no table is left as it was: 576 / 4 =
144 games. To name the actions is to choose one table of each four::

    an action of mine is C if with it you can reach your best outcome, else D

Then my 4 lies in the half where you play C, and my other three ranks are free: 2 * 6 = 12
ways, `PATTERNS`, whoever I am. One for each player: 12 * 12 = 144, in a table. Exchanging
the seats mirrors the table at its diagonal, where both have the same pattern and the game
is symmetric: (144 + 12) / 2 = 78 games up to that.

In the order below each pattern becomes the next by exchanging two neighbouring ranks, and
the last becomes the first. So the table closes to a torus, on which games beside each other
differ by one such exchange: the order of Robinson and Goforth (2005), and but for the leader
(Rapoport 1967) the names of Bruns (2015). The leader and the hero are the two battles of the
sexes. Robinson and Goforth let the best payoffs lie above and right, here above and left.
"""

from typing import Any

import numpy as np

from lolakit import _validate
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.types import Scalar

PATTERNS = {
    "chicken": (3, 2, 4, 1),
    "leader": (2, 3, 4, 1),
    "hero": (1, 3, 4, 2),
    "compromise": (1, 2, 4, 3),
    "deadlock": (2, 1, 4, 3),
    "prisoner's dilemma": (3, 1, 4, 2),
    "stag hunt": (4, 1, 3, 2),
    "assurance": (4, 1, 2, 3),
    "coordination": (4, 2, 1, 3),
    "peace": (4, 3, 1, 2),
    "harmony": (4, 3, 2, 1),
    "concord": (4, 2, 3, 1),
}
"""What a player earns at CC, CD, DC and DD, own action first, by the symmetric game's name."""
NAMES = tuple(PATTERNS)
PAIRS = np.stack(np.triu_indices(len(NAMES)))
"""Both patterns of each of the 78 games up to the exchange of seats, as indices [2, 78]."""


def ordinal_game(one: str, two: str | None = None, gamma: Scalar = 0.0) -> MatrixGame:
    """Return the game in which the players have the payoffs of these two patterns.

    Args:
        one: player 1's pattern, a name of `PATTERNS`.
        two: player 2's; by default the same, a symmetric game.
        gamma: the discount factor; by default the game is played once.

    Raises:
        ValueError: for a name that is not among `PATTERNS`.

    >>> print(ordinal_game("prisoner's dilemma", "stag hunt"))
         C        D
    C  (3, 4)   (1, 3)
    D  (4, 1)   (2, 2)
    gamma = 0.0
    """
    tables = []
    for name, pattern in (("one", one), ("two", one if two is None else two)):
        if not isinstance(pattern, str) or pattern not in PATTERNS:
            raise ValueError(f"{name}: expected one of {[*NAMES]}, got {pattern!r}")
        tables.append(np.reshape(PATTERNS[pattern], (2, 2)))
    return MatrixGame.from_bimatrix(tables[0], tables[1].T, gamma)


def all_payoffs() -> np.ndarray:
    """Return the payoffs of all 144 games, [12, 12, 2, 2, 2]: `[one, two]` as in `NAMES`.

    >>> all_payoffs()[5, 6].tolist()  # prisoner's dilemma and stag hunt
    [[[3.0, 1.0], [4.0, 2.0]], [[4.0, 3.0], [1.0, 2.0]]]
    """
    each = np.reshape([*PATTERNS.values()], (-1, 2, 2)).astype(float)
    one, two = np.indices((len(each), len(each)))
    return np.stack([each[one], each[two].swapaxes(-1, -2)], axis=2)


def names_of(game: MatrixGame) -> tuple[str, str]:
    """Return which of the 144 games this is: the pattern of player 1, and that of player 2.

    Any names of the actions will do, and any payoffs: only their order counts.

    Raises:
        ValueError: if a player earns the same twice, or the game is not known (traced).

    >>> from lolakit.games.matrix import chicken
    >>> names_of(chicken())
    ('chicken', 'chicken')
    """
    ranks = _payoff(game).reshape(2, 4).argsort(axis=1).argsort(axis=1).reshape(2, 2, 2)
    if (ranks[0, :, 1] == 3).any():  # player 1's best: player 2 is to play C there
        ranks = ranks[:, :, ::-1]
    if (ranks[1, 1] == 3).any():
        ranks = ranks[:, ::-1]
    names = {pattern: name for name, pattern in PATTERNS.items()}
    one, two = (tuple((1 + r).ravel().tolist()) for r in (ranks[0], ranks[1].T))
    return names[one], names[two]


def equilibria(game: MatrixGame) -> list[tuple[float, float]]:
    """Return all Nash equilibria of the game played once, as pairs of P(cooperate).

    Where nobody is indifferent they are one pure, or one mixed, or two pure and a mixed
    one. In the mixed one each makes the other indifferent. Raises ValueError if a player
    earns the same twice, or the game is not known (traced).

    >>> from lolakit.games.matrix import stag_hunt
    >>> equilibria(ordinal_game("stag hunt"))
    [(1.0, 1.0), (0.0, 0.0), (0.5, 0.5)]
    """
    one, two = _payoff(game)
    found = [
        (1.0 - a, 1.0 - b)
        for a in (0, 1)
        for b in (0, 1)
        if one[a, b] > one[1 - a, b] and two[a, b] > two[a, 1 - b]
    ]
    if len(found) != 1:
        # p such that p x + (1 - p) y = 0: x and y what C gains me, by what you play
        gains = one[0] - one[1], two[:, 0] - two[:, 1]
        q, p = (float(y / (y - x)) for x, y in gains)
        found.append((p, q))
    return found


def _payoff(game: Any) -> np.ndarray:
    """Return the known payoffs of a game in which nobody is indifferent [2, 2, 2]."""
    payoff = _validate.known(check_game("game", game).payoff)
    if payoff is None:
        raise ValueError("game: expected a known game, got one that JAX is tracing")
    if any(len(np.unique(table)) < 4 for table in payoff):
        raise ValueError(
            f"game: expected four different payoffs for each player, got {payoff.tolist()}"
        )
    return payoff
