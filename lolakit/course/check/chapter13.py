"""Checks of Chapter 13, the Coin Game."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lolakit.course.check.verdict import array, call, choice, diagnose, exercise, number

__all__ = ["ex13_1", "ex13_2", "ex13_3", "ex13_4"]

MOVES = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""Right, left, down, up: (rows, columns)."""


@exercise("13.1")
def ex13_1(reward: Any, break_even: Any, best: Any) -> str:
    """Check Exercise 13.1. Pass three numbers."""
    share, rate = 0.8, 0.3
    right = rate * (2 * share - 1) / 2
    mistakes = [
        (2 * right, "reward: this is what both earn together in a round."),
        (
            rate * share / 2,
            "reward: what do the other picks do to the two of them together?",
        ),
        (
            rate * share,
            "reward: what do the other picks do to the two of them together?",
        ),
        (2 * share - 1, "reward: this is per pick. How many picks has a round?"),
        (share - 0.5, "reward: this is per pick. How many picks has a round?"),
    ]
    diagnose(number(reward, "reward"), right, mistakes,
             "reward: not yet. What does a pick bring to both together: by the owner, by the "
             "other?", atol=0.0005)  # fmt: skip
    mistakes = [
        (2 / 3, "break_even: the loss of 2 is borne beside the thief's gain of 1."),
        (1 / 3, "break_even: the loss of 2 is borne beside the thief's gain of 1."),
        (0.0, "break_even: without a pick of an own coin they lose 1 each time."),
        (1.0, "break_even: with own coins only each pick is a gain."),
    ]
    diagnose(number(break_even, "break_even"), 0.5, mistakes,
             "break_even: not yet. Which share makes the sum of both rewards 0?",
             atol=0.005)  # fmt: skip
    mistakes = [
        (1.0, "best: a round has at most one coin, and two players share it."),
        (0.15, "best: at any rate, and not at the one above."),
        (0.3, "best: of one player, at a rate of one pick in a round."),
    ]
    diagnose(number(best, "best"), 0.5, mistakes,
             "best: not yet. A share of 1, and a pick in each round.", atol=0.005)  # fmt: skip
    return "So a share says little without the rate: both are in what is earned."


def pay(red: int, blue: int, coin: int, colour: int, slip: str = "") -> np.ndarray:
    """Return the rewards of red and blue, or with `slip` what a mistake makes of them."""
    rewards, at = np.zeros(2), (red, blue)
    takers = [i for i in (0, 1) if at[i] == coin]
    if len(takers) == 2 and slip in (
        "red first",
        "blue first",
        "nobody",
        "owner first",
    ):
        first = {
            "red first": [0],
            "blue first": [1],
            "nobody": [],
            "owner first": [colour],
        }
        takers = first[slip]
    for i in takers:
        rewards[i] += 1
        if i != colour and slip != "no loss":
            rewards[i if slip == "thief pays" else 1 - i] -= (
                1 if slip == "loss of 1" else 2
            )
    if slip == "half" and len(takers) == 2:
        rewards /= 2
    return rewards


SLIPS = {
    "red first": "red still comes first: on a coin that both enter, only red is paid.",
    "blue first": "now blue comes first: on a coin that both enter, only blue is paid.",
    "owner first": "on a coin that both enter only the owner is paid. Both took it.",
    "nobody": "on a coin that both enter nobody is paid. Both took it.",
    "half": "each of two takers is paid in full.",
    "no loss": "who owns the coin loses something if the other takes it.",
    "loss of 1": "the owner loses 2.",
    "thief pays": "not the taker loses: the owner does.",
}


def _compare(
    find: Callable[..., Any],
    cases: Iterator[tuple[Any, ...]],
    right: Callable[..., np.ndarray],
    name: str,
) -> None:
    """Compare a learner's function with ours in all cases; a slip must explain them all."""
    given = list(cases)
    found = [array(call(find, *one, name=name), (2,), name) for one in given]
    ours = [right(*one) for one in given]
    slips = [
        (np.stack([right(*one, slip=slip) for one in given]), f"{name}: {hint}")
        for slip, hint in SLIPS.items()
    ]
    diagnose(np.stack(found), np.stack(ours), slips,
             f"{name}: not yet. Try one taker, then two, on a coin of each colour.",
             atol=1e-6)  # fmt: skip


@exercise("13.2")
def ex13_2(pay_both: Any) -> str:
    """Check Exercise 13.2. Pass your function of (red, blue, coin, colour)."""
    cases = itertools.product(range(3), range(3), range(3), (0, 1))
    _compare(pay_both, cases, pay, "pay_both")
    return "Red and blue may change places, and nothing changes but their names."


def step(
    agents: tuple[int, ...],
    coin: int,
    colour: int,
    actions: tuple[int, ...],
    slip: str = "",
) -> np.ndarray:
    """Return [red's cell, blue's cell, red's reward, blue's reward] after one round."""
    cells = []
    for cell, action in zip(agents, actions, strict=True):
        (row, column), (down, right) = divmod(cell, 3), MOVES[action]
        if slip == "exchanged":
            down, right = right, down
        row, column = row + down, column + right
        if slip == "walls":
            row, column = min(max(row, 0), 2), min(max(column, 0), 2)
        cells.append(row % 3 * 3 + column % 3)
    if slip == "stays":
        cells = list(agents)
    red, blue = agents if slip == "before" else cells
    return np.array([*cells, *pay(red, blue, coin, colour, slip=slip)], float)


STEP_SLIPS = {
    "walls": "the edges of the board are joined: who leaves at one comes in at the other.",
    "exchanged": "right and left change the column, down and up the row.",
    "stays": "the players do not move.",
    "before": "a coin is taken by who arrives at it, not by who was there.",
    **SLIPS,
}


@exercise("13.3")
def ex13_3(coin_step: Any) -> str:
    """Check Exercise 13.3. Pass your function of (agents, coin, colour, actions)."""
    name, given, found = "coin_step", [], []
    for agents in itertools.product(range(9), range(0, 9, 2)):
        for colour, actions in itertools.product(
            (0, 1), itertools.product(range(4), repeat=2)
        ):
            coin = int(step(agents, 0, 0, actions)[sum(agents) % 2])  # somebody arrives
            coin = coin if sum(actions) % 3 else (coin + 1) % 9
            given.append((agents, coin, colour, actions))
            both = call(coin_step, *given[-1], name=name)
            try:
                cells, rewards = both
            except (TypeError, ValueError):
                hint = f"{name}: expected two things, the cells and the rewards."
                diagnose(0, 1, [], hint, atol=0)
                raise
            parts = (
                array(cells, (2,), f"the cells of {name}"),
                array(rewards, (2,), f"the rewards of {name}"),
            )
            found.append(np.concatenate(parts))
    slips = [
        (np.stack([step(*one, slip=slip) for one in given]), f"{name}: {hint}")
        for slip, hint in STEP_SLIPS.items()
    ]
    diagnose(np.stack(found), np.stack([step(*one) for one in given]), slips,
             f"{name}: not yet. Move both first, then pay.", atol=1e-6)  # fmt: skip
    return "All of the Coin Game but for where the next coin lies."


@exercise("13.4")
def ex13_4(still: Any, toggled: Any, stranger: Any) -> str:
    """Check Exercise 13.4. Pass three of the letters."""
    hints = {
        "a": "still: what is the rate of picks beside that share?",
        "b": "still: the share is one of very few picks. Of how many?",
    }
    choice(still, "abc", hints, "still")
    hints = {
        "a": "toggled: that shows what it did, and not what it would have done.",
        "b": "toggled: others differ from its partner in more than what they take.",
    }
    choice(toggled, "abc", hints, "toggled")
    hints = {
        "b": "stranger: nothing that it ever met took every coin.",
        "c": "stranger: compare what both earn with what a naive learner earns there.",
    }
    choice(stranger, "abc", hints, "stranger")
    return "A number of play needs the number beside it that could explain it away."
