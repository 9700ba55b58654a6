"""The Coin Game on a page: you against a trained network, or two players round by round."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lolakit.course.interactive.frame import (
    Figure,
    button,
    choice,
    group,
    slider,
)
from lolakit.course.interactive.svg import Panel, axes, picture, tag, text
from lolakit.games import coin_players
from lolakit.games.coin_game import MOVES, CoinGame, State, observe, rules
from lolakit.games.networks import Policy, two_layers
from lolakit.plots import BLUE, INK, VERMILLION

CELL = 88.0
BOARD = Panel(
    (0, 3), (3, 0), width=300, height=300, left=18, top=18, right=18, bottom=18
)
BARS = Panel((0, 1), (4, 0), width=320, height=230, left=62, top=30)
ROUNDS = 40
"""So many rounds a game has on the page."""
START = {"agents": [0, 8], "coins": [4, -1], "round": 0}
SCRIPTED = {
    "takes every coin": coin_players.every_coin,
    "takes its own coins": coin_players.own_coins,
    "tit-for-tat on colour": coin_players.tit_for_tat_on_colour,
}
RULES: CoinGame = rules(memory=True)


def state_of(agents: Any, coins: Any, took: Any) -> State:
    """Return a board as the library has it."""
    return State(jnp.array(agents), jnp.array(coins), jnp.array(took), jnp.array(0))


def table(policy: Policy) -> list[int]:
    """Return which moves a scripted player may make, a bit for each move.

    By its cell, the coin's cell, whether the coin is the other's, and whether the other's
    last pick was its own: index ((9 me + coin) 2 + theirs) 2 + took.
    """
    me, coin, theirs, took = np.indices((9, 9, 2, 2)).reshape(4, -1)
    other = (me + 1) % 9  # no scripted player looks at where the other is

    def moves(me: Any, other: Any, coin: Any, theirs: Any, took: Any) -> Any:
        coins = jnp.where(jnp.arange(2) == theirs, coin, -1)
        both = jnp.stack([jnp.zeros((), bool), took == 1])
        state = State(jnp.stack([me, other]), coins, both, jnp.zeros((), int))
        return policy.act((), (), observe(RULES, state)[0])[0] > -jnp.inf

    allowed = jax.jit(jax.vmap(moves))(
        *map(jnp.asarray, (me, other, coin, theirs, took))
    )
    return (np.asarray(allowed) @ (1 << np.arange(4))).tolist()


def probabilities(net: Any, state: State) -> np.ndarray:
    """Return what a network would do in each seat, of moves [2, 4]."""
    return np.asarray(jax.nn.softmax(two_layers(net, observe(RULES, state)), axis=-1))


def board() -> str:
    """Draw the board with both players and one coin, where they start."""
    x, y = BOARD.at(*np.divmod(np.arange(9), 3)[::-1])
    squares = "".join(
        tag("rect", x=float(a), y=float(b), width=CELL, height=CELL, fill="#eef1f4",
            stroke=INK)
        for a, b in zip(x, y, strict=True)
    )  # fmt: skip

    def at(cell: int) -> str:
        return f"translate({x[cell]:.1f} {y[cell]:.1f})"

    look = {"stroke": INK, "stroke_width": 1.5}
    white = {"fill": "#ffffff", "font_weight": "bold", "font_size": 17}
    red = tag("circle", cx=26.0, cy=28.0, r=18.0, fill=VERMILLION, **look)
    blue = tag("rect", x=44.0, y=42.0, width=36.0, height=36.0, fill=BLUE, **look)
    coin = tag(
        "path", "", "coin look", d="M64 6L82 24L64 42L46 24Z", fill=VERMILLION, **look
    )
    return picture(
        BOARD, "A board of three by three cells with a red round player, a blue square player "
        "and a coin, a diamond in the colour of its owner.", squares,
        tag("g", coin + text(64, 29, "R", "coin letter", **white), "coin", transform=at(4)),
        tag("g", red + text(26, 33, "R", **white), "red", transform=at(0)),
        tag("g", blue + text(62, 65, "B", **white), "blue", transform=at(8)),
    )  # fmt: skip


def bars(p: np.ndarray) -> str:
    """Draw how likely each move of both players is [2, 4]."""
    marks = [(i + 0.5, move) for i, move in enumerate(MOVES[:4])]
    drawn = axes(
        BARS,
        "probability of each move",
        "",
        [(v, f"{v:g}") for v in (0, 0.5, 1)],
        marks,
    )
    for i, (name, colour) in enumerate((("red", VERMILLION), ("blue", BLUE))):
        at = BARS.left + 90 * i
        drawn += tag("rect", x=at, y=8, width=12, height=12, fill=colour, stroke=INK)
        drawn += text(at + 17, 19, name, text_anchor="start")
        for move in range(4):
            left, top = BARS.at(0, move + 0.14 + 0.37 * i)
            right, bottom = BARS.at(p[i, move], move + 0.49 + 0.37 * i)
            drawn += tag("rect", "", f"bar {i} {move}", x=float(left), y=float(top),
                         width=float(right - left), height=float(bottom - top), fill=colour,
                         stroke=INK)  # fmt: skip
    return picture(BARS, "Eight bars: how likely each of the two players is to move right, "
                   "left, down and up from here.", drawn)  # fmt: skip


def coin_board(networks: Mapping[str, Any], *, red: str = "", blue: str = "") -> Figure:
    """Return the figure of a Coin Game that can be played, against networks or by them.

    The arrows move red; with the slider red's own policy moves it. The browser computes
    the game and the networks as the library does, from weights rounded to three digits.

    Args:
        networks: label to the two layers of a policy that sees 38 numbers, as `mlp_policy`
            makes them for `coin_game.rules(memory=True)`.
        red: who red is at first, a label of `networks` or of the scripted players; by
            default the first network.
        blue: who blue is at first, likewise.

    Raises:
        ValueError: for layers of other sizes, or a name that is none of these.
    """
    rounded = {}
    for name, net in networks.items():
        leaves = jax.tree.leaves(net)
        sizes = [np.shape(x) for x in leaves]
        if (
            len(sizes) != 4
            or sizes[0][1:] != (38,)
            or sizes[2:] != [(4, sizes[0][0]), (4,)]
        ):
            raise ValueError(
                f"networks: expected two layers from 38 numbers to 4, got shapes {sizes} "
                f"for {name!r}"
            )
        keep = [np.round(np.asarray(x, float), 3) for x in leaves]
        rounded[name] = jax.tree.unflatten(jax.tree.structure(net), keep)
    who = [*rounded, *SCRIPTED]
    red, blue = red or who[0], blue or who[0]
    for name, value in (("red", red), ("blue", blue)):
        if value not in who:
            raise ValueError(f"{name}: expected one of {who}, got {value!r}")
    tables = {name: table(make(RULES)) for name, make in SCRIPTED.items()}
    start = state_of(START["agents"], START["coins"], [False, False])
    p = np.stack([
        _probabilities_of(name, rounded, tables, start)[i]
        for i, name in enumerate((red, blue))
    ])  # fmt: skip
    names, picks = (
        {name: name for name in who},
        {"0": "its own coin", "1": "the other's coin"},
    )
    data = {
        "networks": {name: [np.asarray(x).tolist() for x in jax.tree.leaves(net)]
                     for name, net in rounded.items()},
        "tables": tables, "start": START, "cell": CELL, "corner": [BOARD.left, BOARD.top],
        "bar": BARS.coefficients()[:2], "colours": [VERMILLION, BLUE],
    }  # fmt: skip
    arrows = {1: "←", 3: "↑", 2: "↓", 0: "→"}
    return Figure(
        "coin_board",
        picture=[board(), bars(p)],
        controls=[
            choice("red", "red is", names, red),
            choice("blue", "blue is", names, blue),
            choice("took 0", "red's last pick", picks, "0"),
            choice("took 1", "blue's last pick", picks, "0"),
            group("you move red", *(button(f"move {a}", sign, MOVES[a])
                                    for a, sign in arrows.items())),
            button("new", "New game"),
            slider("step", "round", 0, 0, ROUNDS, text=f"{{}} of {ROUNDS}", play=True),
        ],
        says="Before the first round. Red and blue have earned 0 and 0.",
        caption="The Coin Game on a torus: who leaves at one edge comes in at the other. The "
        "diamond is the coin. Who enters its cell earns 1; if it is the other's, the other "
        "loses 2. Bars: what the two policies would do from here. Change whose coin a "
        "player took last, and see whether the other cares.",
        data=data,
    )  # fmt: skip


def _probabilities_of(
    name: str, networks: Mapping[str, Any], tables: Mapping[str, Any], state: State
) -> np.ndarray:
    """Return what a player would do in each seat [2, 4]."""
    if name in networks:
        return probabilities(networks[name], state)
    rows = []
    for i in (0, 1):
        cell = int(state.coins.max())
        theirs = int(state.coins[i] < 0)
        index = ((9 * int(state.agents[i]) + cell) * 2 + theirs) * 2 + int(
            state.took[1 - i]
        )
        may = np.array([tables[name][index] >> a & 1 for a in range(4)], float)
        rows.append(may / may.sum())
    return np.stack(rows)
