"""The second figure of the book: twenty rounds of the dilemma against learners that watch you.

After each round the opponent counts what you did in each state (`lk.counts`), takes that for
your policy, and takes one step of its own: by a rule on exact values, or by the network of
Chapter 8. What it does next is drawn from its new policy.
"""

import base64
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from lolakit.course.interactive.frame import Figure, button, choice, without_scripts
from lolakit.course.interactive.svg import (
    GREY,
    Panel,
    dot,
    line,
    picture,
    plane,
    tag,
    text,
)
from lolakit.games.matrix import prisoners_dilemma
from lolakit.learners.ascend import ascend
from lolakit.meta import mfos
from lolakit.meta.ppo import Network
from lolakit.plots import BLUE, GREEN, INK, VERMILLION
from lolakit.rules.lola import lola
from lolakit.rules.naive import naive
from lolakit.types import Learner
from lolakit.values.exact import exact_values

ROUNDS = 20
STEP, LOOKAHEAD, PRIOR = 1.0, 1.0, 0.5  # those of Chapters 2, 3 and 5
AGENT = "IPD, NL"  # the stored run: trained against naive learners
OPPONENTS = {
    "naive": ("a naive learner", VERMILLION),
    "LOLA": ("a LOLA learner", BLUE),
    "M-FOS": ("a trained M-FOS agent", GREEN),
}
STRIP = 52  # height of the two rows of moves below the plane
CELL = 12.6


def packed(x: Any) -> dict[str, Any]:
    """Return an array in 16 bits a number: `scale` times integers, as base64."""
    x = np.asarray(x, dtype=float)
    scale = float(abs(x).max() / 32767) or 1.0
    whole = np.rint(x / scale).astype("<i2")
    return {"scale": scale, "shape": x.shape, "data": base64.b64encode(whole).decode()}


def unpacked(kept: dict[str, Any]) -> Float[np.ndarray, "..."]:
    """Return the array that the browser works with: within half a `scale` of the stored one."""
    whole = np.frombuffer(base64.b64decode(kept["data"]), "<i2").astype(float)
    return whole.reshape(kept["shape"]) * kept["scale"]


def weights() -> dict[str, Any]:
    """Return the actor of the first stored agent of Chapter 8, packed."""
    from lolakit.reproduce.players import network  # as it computes, see `meta_episode`

    return {name: packed(x) for name, x in network(AGENT, 0).actor._asdict().items()}


def learners(actor: Any) -> dict[str, Learner]:
    """Return the three opponents as the library has them; `actor` are M-FOS' layers."""
    game = prisoners_dilemma()
    V = exact_values(game)

    def start(key: Array) -> Array:
        del key
        return jnp.zeros(5)

    return {
        "naive": ascend(naive(V), optax.sgd(STEP), start),
        "LOLA": ascend(lola(V, lookahead=LOOKAHEAD), optax.sgd(STEP), start),
        "M-FOS": mfos.learner(Network(actor, actor), game, start),
    }


def strip(panel: Panel, height: int) -> str:
    """Draw the empty rows of moves: what you played, and what the opponent played."""
    parts = []
    for row, who in enumerate(("you", "it")):
        y = height + 4 + 22 * row
        parts.append(text(panel.left - 6, y + 13, who, text_anchor="end"))
        for k in range(ROUNDS):
            x = panel.left + CELL * k
            parts.append(tag("rect", "", f"cell {row} {k}", x=float(x), y=float(y), width=11,
                             height=18, rx=2, fill="none", stroke=GREY,
                             stroke_width=0.8))  # fmt: skip
            parts.append(text(x + 5.5, y + 13.5, "", f"move {row} {k}", font_size=12,
                              fill="#fff", font_weight="bold"))  # fmt: skip
    return "".join(parts)


def twenty_rounds() -> Figure:
    """Return the game against three opponents that learn from how it is played.

    You and the opponent play the prisoner's dilemma of Chapter 1. Each opponent keeps a
    memory-one policy that begins at one half in every state. After each round it estimates
    yours by counting, with half a C and half a D in advance in each state, and updates: naive
    and LOLA by one step of size 1 on exact values (gamma 0.96, lookahead 1), M-FOS by the
    network that was trained against naive learners, rounded to 16 bits.
    """
    game = prisoners_dilemma()
    panel, back = plane(game)
    ends = []
    for name, (_, colour) in OPPONENTS.items():
        ends.append(line(panel, ([], []), f"way {name}", stroke=colour, stroke_width=1.6,
                         opacity="0.75"))  # fmt: skip
        ends.append(dot(panel, (-1.5, -1.5), f"end {name}", fill=colour, r=7,
                        visibility="hidden"))  # fmt: skip
        ends.append(tag("text", name, f"name {name}", x=160.0, y=150.0, font_size=12, fill=INK,
                        visibility="hidden"))  # fmt: skip
    tall = panel._replace(height=panel.height + STRIP)
    return Figure(
        "twenty_rounds",
        picture=[
            picture(
                tall,
                "The plane of payoffs per round, yours to the right and the opponent's "
                "upwards, with the polygon of what can be reached, and where each game stands. "
                "Below it the moves of this game, C or D, in two rows of twenty.",
                back.replace("player 1, per step <tspan font-style='italic'>R</tspan>₁",
                             "you, per round")
                .replace("player 2, per step <tspan font-style='italic'>R</tspan>₂",
                         "the opponent, per round"),
                *ends, strip(panel, panel.height),
            )
        ],
        controls=[
            choice("opponent", "you play", {k: v[0] for k, v in OPPONENTS.items()}, "naive"),
            button("C", "Cooperate"),
            button("D", "Defect"),
            button("again", "New game"),
        ],
        says="Round 1 of 20 against a naive learner. Cooperate or defect?",
        caption="If both cooperate, each gets −1; if both defect, each gets −2; who defects "
        "alone gets 0, and the other −3. After each round the opponent counts how you have "
        "played so far, takes that for your policy, and changes its own: the naive and the LOLA "
        "learner by one step, M-FOS as its network says. Play all three. "
        + without_scripts("To play you need a browser that runs scripts."),
        data={"opponents": {k: v[0] for k, v in OPPONENTS.items()}, "rounds": ROUNDS,
              "plane": panel.coefficients(), "payoff": np.asarray(game.payoff).tolist(),
              "gamma": float(game.gamma), "step": STEP, "lookahead": LOOKAHEAD,
              "prior": PRIOR, "actor": weights(), "colours": [BLUE, VERMILLION]},
    )  # fmt: skip
