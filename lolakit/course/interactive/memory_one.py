"""Two memory-one policies, set by sliders, and what they earn against each other."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from lolakit.course.interactive.frame import Figure, choice, group, number, slider
from lolakit.course.interactive.svg import (
    Panel,
    axes,
    dot,
    picture,
    plane,
    tag,
    text,
    ticks,
)
from lolakit.games.matrix import MatrixGame, by_name
from lolakit.games.memory_one import STATES, from_probabilities
from lolakit.plots import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from lolakit.values.exact import exact_values, per_step, shares

POLICIES = {
    "always cooperate": (1, 1, 1, 1, 1),
    "always defect": (0, 0, 0, 0, 0),
    "tit-for-tat": (1, 1, 0, 1, 0),
    "grim trigger": (1, 1, 0, 0, 0),
    "win-stay, lose-shift": (1, 1, 0, 0, 1),
    "coin toss": (0.5, 0.5, 0.5, 0.5, 0.5),
}
"""The policies that have names, as probabilities of cooperating."""

SHARES = Panel((0, 1), (-0.5, 3.5), height=152, right=54)
COLOURS = (BLUE, ORANGE, VERMILLION, PURPLE)


def earned(game: MatrixGame, p_1: Any, p_2: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return (R, shares) of two policies given as probabilities, [2] and [4]."""
    own, other = from_probabilities(p_1), from_probabilities(p_2)
    R = per_step(exact_values(game)(own, other), game.gamma)
    return np.asarray(R), np.asarray(shares(game, own, other))


def pictures(
    games: Mapping[str, MatrixGame], shown: str, p_1: Any, p_2: Any
) -> list[str]:
    """Draw the payoff plane, of the game `shown` and hidden ones of the others, and the shares."""
    R, share = earned(games[shown], p_1, p_2)
    planes = [
        tag(
            "g",
            plane(game)[1],
            f"plane {name}",
            display="inline" if name == shown else "none",
        )
        for name, game in games.items()
    ]
    panel = plane(games[shown])[0]
    bars = axes(SHARES, "share of the rounds", "", ticks([0, 0.25, 0.5, 0.75, 1], 2))
    for i, (state, colour) in enumerate(zip(STATES[1:], COLOURS, strict=True)):
        x, y = SHARES.at(float(share[i]), 3 - i)
        bars += text(SHARES.left - 6, y + 5, state, text_anchor="end")
        bars += tag("rect", "", f"share {i}", x=SHARES.left, y=float(y - 9), height=18,
                    width=float(x - SHARES.left), fill=colour)  # fmt: skip
        bars += text(
            SHARES.width - 8, y + 5, number(share[i]), f"said {i}", text_anchor="end"
        )
    point = dot(panel, R, "point", fill=GREEN, r=7)
    return [
        picture(panel, "The plane of per-step values of the two players, with the polygon of "
                "feasible values and one point, the pair of policies.", *planes, point),
        picture(SHARES, "Four bars: the share of the discounted rounds that are CC, CD, DC "
                "and DD.", bars),
    ]  # fmt: skip


def says(game: MatrixGame, p_1: Any, p_2: Any) -> str:
    """Return what the two policies earn, in a sentence."""
    R, share = earned(game, p_1, p_2)
    most = int(share.round(9).argmax())  # of equal ones the first
    return (
        f"Player 1 earns {number(R[0], 3)} per step, player 2 {number(R[1], 3)}. "
        f"Most common: {STATES[1 + most]}, in {number(100 * share[most], 0)} % of the rounds."
    )


def _policy(player: int, policy: str) -> str:
    """Return the controls of one player: a menu of names, and five sliders."""
    names = {"": "set by hand", **{name: name for name in POLICIES}}
    return group(
        f"Player {player}, P(C) after",
        choice(f"policy {player}", "policy", names, policy),
        *(
            slider(f"p {player} {i}", state, p, 0, 1, 0.01, digits=2)
            for i, (state, p) in enumerate(zip(STATES, POLICIES[policy], strict=True))
        ),
    )  # fmt: skip


def memory_one(one: str = "tit-for-tat", two: str = "coin toss") -> Figure:
    """Return the figure of two memory-one policies and their values in the payoff polygon.

    Ten probabilities, the game and the discount are set by controls; the browser solves
    the four equations of Chapter 1.

    Args:
        one: the policy of player 1 at first, a name of `POLICIES`.
        two: that of player 2.

    Raises:
        ValueError: for a name that is not among `POLICIES`.
    """
    for name, value in (("one", one), ("two", two)):
        if value not in POLICIES:
            raise ValueError(f"{name}: expected one of {[*POLICIES]}, got {value!r}")
    choices, game = by_name(0.96), "prisoner's dilemma"
    p_1, p_2 = POLICIES[one], POLICIES[two]
    gamma = float(choices[game].gamma)
    return Figure(
        "memory_one",
        picture=pictures(choices, game, p_1, p_2),
        controls=[
            choice("game", "game", {name: name for name in choices}, game),
            slider("gamma", "discount <i>γ</i>", gamma, 0, 0.99, 0.01, digits=2),
            _policy(1, one),
            _policy(2, two),
        ],
        says=says(choices[game], p_1, p_2),
        caption="Two memory-one policies and what they earn per step. Each player's own action "
        "is named first. The point cannot leave the polygon of the four payoffs.",
        data={
            "games": {
                name: {"r": np.asarray(g.payoff).reshape(2, 4).tolist(),
                       "plane": plane(g)[0].coefficients()}
                for name, g in choices.items()
            },
            "policies": POLICIES,
            "states": STATES[1:],
            "wide": SHARES.coefficients()[1],
            # a probability of 0 or 1 is that of a logit of -20 or 20, as in the library
            "edge": float(jax.nn.sigmoid(from_probabilities([0] * 5))[0]),
        },
    )  # fmt: skip
