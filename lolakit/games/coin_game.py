"""The Coin Game: two players on a torus pick coins, and each coin has an owner.

A red and a blue player move at once on a board of `size` x `size` cells whose edges are
joined. Who enters the cell of a coin takes it and earns 1. If the coin has the other's
colour, the other loses 2::

    reward_i = [coins that i takes] - 2 [coins of colour i that the other takes]

So to leave the other's coins alone is to cooperate, and to take all is to defect. No cell
and no action is called that: whether a policy cooperates only its play can tell. Lerer and
Peysakhovich (2017); Foerster et al. (2018), whose game, and those of others, are VARIANTS.

Red is player 0 and blue player 1, colours likewise. Cell c is row c // size, column
c % size. All functions are pure and play one game; `jax.vmap` plays many.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from lolakit import _validate
from lolakit.types import Scalar, Tree

MOVES = ("right", "left", "down", "up", "stay")
"""The actions, 0 to 4; without `stay`, 0 to 3."""
_ROWS, _COLUMNS = np.array([0, 0, 1, -1, 0]), np.array([1, -1, 0, 0, 0])
_CHOICES = {
    "colour": ("alternates", "random"),
    "tie": ("both", "red", "blue"),
    "respawn": ("free", "anywhere"),
    "view": ("own", "shared", "egocentric"),
}


class CoinGame(NamedTuple):
    """The rules of one Coin Game: what public versions do differently, by name.

    Make one with `rules`, which checks them.

    Attributes:
        gamma: the discount.
        size: cells along an edge.
        coins: how many lie there: 1, of one colour at a time, or 2, one of each.
        colour: of the next coin, where there is 1: "alternates" after each pick, or "random".
        tie: who gets a coin that both enter: "both" do, or "red", or "blue" alone.
        respawn: where a new coin lies: on a "free" cell, or "anywhere".
        stay: whether there is a fifth action, to stay.
        view: what a player sees: its "own" first, then the other's; "shared", red's
            first for both; or "egocentric", as "own" with itself always at cell 0.
        memory: whether it sees also, for each player, whether its last pick was of the
            other's colour: one bit each.
        episode: rounds after which a game starts anew; 0 if it goes on for ever.
    """

    gamma: Scalar = 0.96
    size: int = 3
    coins: int = 1
    colour: str = "alternates"
    tie: str = "both"
    respawn: str = "free"
    stay: bool = False
    view: str = "own"
    memory: bool = False
    episode: int = 0

    @property
    def actions(self) -> int:
        """How many actions there are."""
        return 4 + self.stay

    @property
    def inputs(self) -> int:
        """How many numbers a player sees."""
        return 4 * self.size**2 + 2 * self.memory

    def swap(self) -> "CoinGame":
        """Return the same game with the colours renamed: blue's seat is the first."""
        other = {"both": "both", "red": "blue", "blue": "red"}
        return self._replace(tie=other[self.tie])


VARIANTS = {
    "LOLA": {"tie": "red", "view": "shared", "episode": 150},
    "LOLA-DiCE": {"view": "shared", "episode": 150},
    "M-FOS": {"coins": 2, "respawn": "anywhere", "view": "shared", "episode": 15},
    "POLA": {"view": "shared", "episode": 50},
    "LOQA": {"episode": 50},
    "PAX": {"coins": 2, "respawn": "anywhere", "stay": True, "episode": 16},
    "JaxMARL": {"coins": 2, "respawn": "anywhere", "stay": True, "view": "egocentric",
                "episode": 10},
}  # fmt: skip
"""What `rules` takes for the versions that others have published; each is on the 3 x 3
torus. POLA's has a colour and a first cell that are drawn from one key, which is left out."""


class State(NamedTuple):
    """What is on the board.

    Attributes:
        agents: the cells of red and blue [2].
        coins: the cells of the red and of the blue coin [2], -1 for one that is not there.
        took: whether the last coin that each took was the other's [2].
        age: rounds since this game began, [].
    """

    agents: Int[Array, "2"]
    coins: Int[Array, "2"]
    took: Bool[Array, "2"]
    age: Int[Array, ""]


def rules(
    *,
    gamma: Scalar = 0.96,
    size: int = 3,
    coins: int = 1,
    colour: str = "alternates",
    tie: str = "both",
    respawn: str = "free",
    stay: bool = False,
    view: str = "own",
    memory: bool = False,
    episode: int = 0,
) -> CoinGame:
    """Return the rules of a Coin Game, checked; `CoinGame` says what each means.

    Args:
        gamma: in [0, 1].
        size: 2 or more.
        coins: 1 or 2.
        colour: "alternates" or "random".
        tie: "both", "red" or "blue".
        respawn: "free" or "anywhere".
        stay: True or False.
        view: "own", "shared" or "egocentric".
        memory: True or False.
        episode: 0 or more rounds.

    Raises:
        ValueError: for anything else.

    >>> rules(**VARIANTS["LOLA"]).tie
    'red'
    >>> rules(memory=True).inputs  # four planes of nine cells, and two bits
    38
    """
    gamma = _validate.fraction("gamma", gamma)
    size = _validate.whole("size", size, least=2)
    if type(coins) is not int or coins not in (1, 2):
        raise ValueError(f"coins: expected 1 or 2, got {_validate.shown(coins)}")
    given = {"colour": colour, "tie": tie, "respawn": respawn, "view": view}
    for name, value in given.items():
        if not isinstance(value, str) or value not in _CHOICES[name]:
            got = _validate.shown(value)
            raise ValueError(f"{name}: expected one of {_CHOICES[name]}, got {got}")
    for name, value in (("stay", stay), ("memory", memory)):
        if not isinstance(value, bool):
            got = _validate.shown(value)
            raise ValueError(f"{name}: expected True or False, got {got}")
    episode = _validate.whole("episode", episode, least=0)
    return CoinGame(
        gamma, size, coins, colour, tie, respawn, stay, view, memory, episode
    )


def check_rules(name: str, game: Any) -> CoinGame:
    """Return the rules of a Coin Game; raise for anything else."""
    if not isinstance(game, CoinGame):
        got = _validate.shown(game)
        raise ValueError(f"{name}: expected the rules of a Coin Game, got {got}")
    return game


def reset(game: CoinGame, key: Array) -> State:
    """Return a fresh board: players on two cells, coins on others.

    Each place is uniform over the cells that are free; with `respawn="anywhere"`, over all.
    One coin is red or blue with probability 1/2.

    Args:
        game: its rules.
        key: consumed.

    Raises:
        ValueError: for a game or a key that is none.
    """
    game = check_rules("game", game)
    k_cells, k_colour = jax.random.split(_validate.key("key", key))
    u = jax.random.uniform(k_cells, (4,), jnp.float32)
    first = jax.random.bernoulli(k_colour).astype(int)
    nowhere = jnp.full(2, -1)
    red = _place(game, u[0], nowhere, nowhere)
    blue = _place(game, u[1], nowhere.at[0].set(red), nowhere)
    agents, coins = jnp.stack([red, blue]), nowhere
    lies = jnp.ones(2, bool) if game.coins == 2 else jnp.arange(2) == first
    coins = _spawn(game, agents, coins, lies, u[2:])
    return State(agents, coins, jnp.zeros(2, bool), jnp.zeros((), int))


def step(
    game: CoinGame, state: State, actions: Int[Array, "2"], key: Array
) -> tuple[State, Float[Array, "2"]]:
    """Play one round: both move, take what lies where they arrive, and new coins appear.

    Args:
        game: its rules.
        state: the board.
        actions: of red and of blue, indices into MOVES [2].
        key: consumed.

    Returns:
        The board after the round, and the rewards of red and of blue [2].

    Raises:
        ValueError: for a game, a board or a key that is none, or actions that are known
            not to be moves of the game.

    >>> board = State(jnp.array([0, 4]), jnp.array([1, -1]), jnp.zeros(2, bool), jnp.array(0))
    >>> _, rewards = step(rules(), board, jnp.array([0, 3]), jax.random.key(0))
    >>> rewards.tolist()  # both enter cell 1, where a red coin lies
    [-1.0, 1.0]
    """
    game = check_rules("game", game)
    if not isinstance(state, State):
        got = _validate.shown(state)
        raise ValueError(f"state: expected a State, what is on a board, got {got}")
    _validate.indices("actions", actions, game.actions)
    if np.shape(actions) != (2,):
        raise ValueError(f"actions: expected shape (2,), got {np.shape(actions)}")
    key = _validate.key("key", key)
    agents = moved(game, state.agents, actions)
    takes = taken(game, agents, state.coins)
    mine, lost = _own_colour(takes), _own_colour(takes[::-1])
    theirs = _own_colour(takes[:, ::-1])
    rewards = mine.astype(float) + theirs.astype(float) - 2.0 * lost.astype(float)
    took = jnp.where(mine | theirs, theirs, state.took)

    gone = takes.any(axis=0)
    k_cells, k_colour, k_new = jax.random.split(key, 3)
    u = jax.random.uniform(k_cells, (2,), jnp.float32)
    if game.coins == 2:
        appears = gone
    elif game.colour == "alternates":
        appears = gone[::-1]
    else:
        drawn = jax.random.bernoulli(k_colour).astype(int)
        appears = gone.any() & (jnp.arange(2) == drawn)
    coins = _spawn(game, agents, jnp.where(gone, -1, state.coins), appears, u)
    after = State(agents, coins, took, state.age + 1)
    if game.episode:
        fresh, ends = reset(game, k_new), after.age >= game.episode
        after = jax.tree.map(lambda new, old: jnp.where(ends, new, old), fresh, after)
    return after, rewards


def moved(
    game: CoinGame, agents: Int[Array, "2"], actions: Int[Array, "2"]
) -> Int[Array, "2"]:
    """Return the cells to which two players move; the edges of the board are joined."""
    n = check_rules("game", game).size
    rows = (agents // n + jnp.asarray(_ROWS)[actions]) % n
    return rows * n + (agents % n + jnp.asarray(_COLUMNS)[actions]) % n


def taken(
    game: CoinGame, agents: Int[Array, "2"], coins: Int[Array, "2"]
) -> Bool[Array, "2 2"]:
    """Return which coins two players take: [player, colour], by the rule for ties.

    >>> both = jnp.array([4, 4]), jnp.array([4, -1])  # two players on a red coin
    >>> taken(rules(tie="both"), *both)[:, 0].tolist()
    [True, True]
    >>> taken(rules(tie="red"), *both)[:, 0].tolist()
    [True, False]
    """
    game = check_rules("game", game)
    on = agents[:, None] == coins[None]
    if game.tie == "both":
        return on
    first = 0 if game.tie == "red" else 1
    return on.at[1 - first].set(on[1 - first] & ~on[first])


def observe(game: CoinGame, state: State) -> Float[Array, "2 inputs"]:
    """Return what red and blue see, one row each.

    Four boards of 0 and 1, flat: me, the other, my coin, the other's coin; with
    `view="shared"` red, blue, red's coin, blue's coin in both rows. With `memory` then
    two bits: was my last pick the other's, and was the other's last pick mine.
    """
    game = check_rules("game", game)
    swap = np.array([[0, 1], [0, 1]] if game.view == "shared" else [[0, 1], [1, 0]])
    cells = jnp.concatenate([state.agents[swap], state.coins[swap]], axis=1)  # [2, 4]
    if game.view == "egocentric":
        cells = _from_cell(game.size, cells, cells[:, :1])
    seen = jax.nn.one_hot(cells, game.size**2, dtype=float).reshape(2, -1)
    if game.memory:
        seen = jnp.concatenate([seen, state.took[swap].astype(float)], axis=1)
    return seen


def picks(takes: Bool[Array, "*n 2 2"]) -> tuple[Tree, Tree]:
    """Return how many coins were picked up, and how many by their owners, in all."""
    return takes.sum(), jnp.diagonal(takes, axis1=-2, axis2=-1).sum()


def _own_colour(takes: Bool[Array, "2 2"]) -> Bool[Array, "2"]:
    """Return the diagonal: what each player takes of its own colour."""
    return jnp.stack([takes[0, 0], takes[1, 1]])


def _from_cell(n: int, cells: Array, origin: Array) -> Array:
    """Return cells as they are called where `origin` is cell 0; -1 stays -1."""
    rows = (cells // n - origin // n) % n
    columns = (cells % n - origin % n) % n
    return jnp.where(cells < 0, -1, rows * n + columns)


def _spawn(
    game: CoinGame, agents: Array, coins: Array, appears: Array, u: Array
) -> Array:
    """Return the coins with new ones where they appear, red's first."""
    for c in (0, 1):
        cell = _place(game, u[c], agents, coins)
        coins = coins.at[c].set(jnp.where(appears[c], cell, coins[c]))
    return coins


def _place(game: CoinGame, u: Array, agents: Array, coins: Array) -> Array:
    """Return a cell, uniform over those that are free, from a uniform number in [0, 1).

    The k-th free cell is k, moved on by one for each occupied cell up to it, from the
    lowest on. Each has a probability within 2^-23 of 1 / (their number).
    """
    n = game.size**2
    if game.respawn == "anywhere":
        return jnp.floor(u * n).astype(int)
    there = jnp.concatenate([agents, coins])
    again = jnp.stack([(there[:i] == x).any() for i, x in enumerate(there)])
    there = jnp.where((there < 0) | again, n, there)  # n: beyond the board, no cell
    cell = jnp.floor(u * (n - (there < n).sum()).astype(u.dtype)).astype(int)
    for occupied in jnp.sort(there):
        cell = cell + (cell >= occupied).astype(int)
    return cell
