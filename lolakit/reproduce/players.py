"""The learners of Lu et al. (2022), in their games; and what is stored of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from lolakit.games.matrix import (
    MatrixGame,
    chicken,
    matching_pennies,
    prisoners_dilemma,
)
from lolakit.games.memory_one import normal_logits
from lolakit.learners.ascend import ascend
from lolakit.learners.tournament import Standings
from lolakit.meta.ppo import Layers, Network
from lolakit.reproduce.storage import json_object, stored
from lolakit.rules.lola import lola_taylor
from lolakit.rules.naive import naive
from lolakit.types import Learner, Params, Tree
from lolakit.values.exact import exact_values

GAMES = {
    "IPD": prisoners_dilemma(),
    "IMP": matching_pennies(gamma=0.96),
    "chicken": chicken(),
}
"""The games of Lu et al. (2022): pennies with a gamma of 0.96, chicken once."""
PUBLISHED = Path(__file__).parent / "published_starts.json"


def naive_learner(game: MatrixGame, init: Any = None) -> Learner:
    """Return the naive learner with exact gradients, steps of 1 and N(0, 1) logits."""
    rule = naive(exact_values(game))
    return ascend(rule, optax.sgd(1.0), init or normal_logits())


def taylor_learner(game: MatrixGame) -> Learner:
    """Return what Lu et al. (2022) call LOLA: the full Taylor rule, lookahead 1, steps of 1."""
    rule = lola_taylor(exact_values(game), lookahead=1.0)
    return ascend(rule, optax.sgd(1.0), normal_logits())


def frozen_learner(game: MatrixGame) -> Learner:
    """Return N(0, 1) logits that never change: the fixed policies of Lu et al. (2022)."""

    def update(key: Array, own: Params, other: Params, state: Tree) -> tuple[Any, Any]:
        return own, state

    return naive_learner(game)._replace(update=update)


def published_starts(name: str) -> np.ndarray:
    """Return the ten starts that came with the published code, in a game of `GAMES` [10, 5].

    In chicken only the first logit counts: the others are zero.
    """
    if name not in GAMES:
        raise ValueError(f"name: expected one of {[*GAMES]}, got {name!r}")
    what, way_out = "the published starts", "Install lolakit again"
    kept = json_object(PUBLISHED, what, {"source", "order", "starts"}, way_out)
    logits = 1 if name == "chicken" else 5
    try:
        phi = np.array(kept["starts"][name], float)
    except (KeyError, TypeError, ValueError):
        phi = np.empty(0)
    if phi.shape != (10, logits) or not np.isfinite(phi).all():
        raise ValueError(
            f"{PUBLISHED}: expected {what} in {name}, numbers [10, {logits}], got others. {way_out}"
        )
    return np.pad(phi, ((0, 0), (0, 5 - logits)))


def starts_of(name: str, source: str) -> np.ndarray:
    """Return starts of M-MAML in a game of `GAMES` [starts, 5].

    They are those of a stored result, `mmaml` or `mmaml_step_one`, or were "published".
    """
    if source == "published":
        return published_starts(name)
    return stored(source)["runs"][name]["phi"]


def trained_start(
    name: str, source: str = "mmaml", which: Any = None
) -> Callable[[MatrixGame], Learner]:
    """Return M-MAML in a game of `GAMES`, with steps of 1.

    It begins at the start `which` of `starts_of`, by default at one at random.
    """
    phi = starts_of(name, source)

    def init(key: Array) -> Array:
        drawn = jax.random.randint(key, (), 0, len(phi)) if which is None else which
        return jnp.asarray(phi, float)[drawn]

    return lambda game: naive_learner(game, init)


def network(label: str, seed: Any, field: str = "network") -> Network:
    """Return the stored network of a run of `mfos`, such as "IPD, NL", and of a seed.

    In self-play `field` is "network" for the first agent, "network_2" for the second.
    """
    run = stored("mfos")["runs"][label]
    nets = (
        Layers(*(jnp.asarray(run[f"{field}/{part}/{x}"])[seed] for x in Layers._fields))
        for part in Network._fields
    )
    return Network(*nets)


OPPONENTS = ("NL", "LOLA", "M-MAML")
"""Whom M-FOS is trained against. Its M-MAML has the starts of the result `mmaml`."""
STARTS = {
    "M-MAML, their starts": "published",
    "M-MAML, our starts": "mmaml_step_one",
}
"""M-MAML in the head-to-head table: a name, and where `trained_start` finds the starts."""


def opponent_of(
    name: str, opponent: str, which: Any = None
) -> Callable[[MatrixGame], Learner]:
    """Return what makes an opponent, in a game of `GAMES`.

    It is one of `OPPONENTS` or of `STARTS`, or "fixed". `which` start M-MAML has, is as in
    `trained_start`.
    """
    simple = {
        "NL": naive_learner,
        "LOLA": taylor_learner,
        "fixed": frozen_learner,
    }
    if opponent in simple:
        return simple[opponent]
    return trained_start(name, STARTS.get(opponent, "mmaml"), which)


def standings(name: str, starts: str = "our") -> Standings:
    """Return the stored head-to-head table of a game of `GAMES`, with "our" or "their" starts.

    M-FOS sits in the first seat only, in all its meetings. It meets M-MAML as in its
    training, with the starts of the result `mmaml`.
    """
    runs, names = stored("head_to_head")["runs"], (*OPPONENTS, "M-FOS")
    seeds = len(next(iter(runs.values()))["mean_R"])
    R = np.zeros((len(names), len(names), 2, seeds))
    for i, row in enumerate(names):
        for j, column in enumerate(names):
            label = f"{name}: {row} / {column}"
            if row != "M-FOS":
                label = label.replace("M-MAML", f"M-MAML, {starts} starts")
            if label in runs:
                both = runs[label]["mean_R"]
                R[i, j, 0], R[j, i, 1] = both.T
                if "M-FOS" in (row, column) and row != column:
                    R[i, j, 1], R[j, i, 0] = both.T
    return Standings(names, R)
