"""Players of the Coin Game that are written by hand: to compare with, and to test on.

Each is a `Policy` without parameters, for games in which a player sees its `own` side first.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.games.coin_game import CoinGame
from lolakit.games.networks import Policy, scripted

_STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0), (0, 0))


def every_coin(game: CoinGame) -> Policy:
    """Return the player that goes to the nearest coin, whoever owns it: it defects always.

    Of several shortest ways it takes each with the same probability.

    Args:
        game: with `view="own"`.

    Raises:
        ValueError: for a game with another view.
    """
    nearer = _ways(game)

    def choose(seen: Any) -> Array:
        coins = _planes(game, seen)
        distance = jnp.where(coins[2] + coins[3] > 0, nearer.distance(coins[0]), 99)
        return nearer.towards(coins[0], jnp.argmin(distance))

    return scripted(choose)


def own_coins(game: CoinGame) -> Policy:
    """Return the player that takes coins of its own colour only: it cooperates always.

    While none lies there it stays, or steps at random where it would not take a coin.

    Args:
        game: with `view="own"`.

    Raises:
        ValueError: for a game with another view.
    """
    nearer = _ways(game)
    return scripted(lambda seen: _cooperates(game, nearer, _planes(game, seen)))


def tit_for_tat_on_colour(game: CoinGame) -> Policy:
    """Return the player that takes all coins if the other's last pick was of its colour.

    Else it takes its own only. So it answers each theft, and forgives as soon as the other
    takes a coin of its own again.

    Args:
        game: with `view="own"` and `memory=True`.

    Raises:
        ValueError: for another view, or no memory to see what the other took.
    """
    nearer = _ways(game)
    if not game.memory:
        raise ValueError(f"game: expected one with memory=True, got {game}")

    def choose(seen: Any) -> Array:
        coins = _planes(game, seen)
        there = coins[2] + coins[3] > 0
        distance = jnp.where(there, nearer.distance(coins[0]), 99)
        takes = nearer.towards(coins[0], jnp.argmin(distance))
        return jnp.where(seen[-1] > 0, takes, _cooperates(game, nearer, coins))

    return scripted(choose)


class _ways:
    """Distances on the torus [cell, cell], and which moves of each cell lead nearer."""

    def __init__(self, game: CoinGame) -> None:
        if not isinstance(game, CoinGame) or game.view != "own":
            got = _validate.shown(game)
            raise ValueError(f"game: expected a Coin Game with view='own', got {got}")
        n = game.size
        row, column = np.divmod(np.arange(n * n), n)
        apart = lambda x: np.minimum((x[:, None] - x) % n, (x - x[:, None]) % n)
        self.table = apart(row) + apart(column)
        to = [((row + r) % n) * n + (column + c) % n for r, c in _STEPS[: game.actions]]
        self.to = np.stack(to, axis=1)  # [cell, action]
        here = self.table[self.to]  # [cell, action, goal]
        self.best = here == here.min(axis=1, keepdims=True)

    def distance(self, me: Array) -> Array:
        """Return how far each cell is from where I am."""
        return jnp.asarray(self.table)[jnp.argmax(me)]

    def towards(self, me: Array, goal: Array) -> Array:
        """Return 1 for each move that leads nearest to the goal, else 0."""
        return jnp.asarray(self.best)[jnp.argmax(me), :, goal].astype(float)


def _planes(game: CoinGame, seen: Any) -> Float[Array, "4 cells"]:
    return seen[: 4 * game.size**2].reshape(4, -1)


def _cooperates(game: CoinGame, nearer: _ways, coins: Array) -> Array:
    """Return weights of the moves to my own coin, or else around the other's."""
    there = coins[2] > 0
    distance = jnp.where(there, nearer.distance(coins[0]), 99)
    to_mine = nearer.towards(coins[0], jnp.argmin(distance))
    to = jnp.asarray(nearer.to)[jnp.argmax(coins[0])]
    harmless = (coins[3][to] == 0).astype(float)
    to_mine = to_mine * (harmless if game.coins == 2 else 1)
    return jnp.where(there.any() & (to_mine.sum() > 0), to_mine, harmless)
