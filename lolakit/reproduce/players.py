"""The learners of Lu et al. (2022), in their games; and what is stored of them."""

from collections.abc import Callable
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
from lolakit.reproduce.storage import stored
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


def trained_start(name: str) -> Callable[[MatrixGame], Learner]:
    """Return M-MAML in a game of `GAMES`: a stored start, one at random, with steps of 1."""
    phi = stored("mmaml")["runs"][name]["phi"]

    def init(key: Array) -> Array:
        return jnp.asarray(phi, float)[jax.random.randint(key, (), 0, len(phi))]

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


def opponent_of(name: str, opponent: str) -> Callable[[MatrixGame], Learner]:
    """Return what makes an opponent of `OPPONENTS`, or "fixed", in a game of `GAMES`."""
    simple = {
        "NL": naive_learner,
        "LOLA": taylor_learner,
        "fixed": frozen_learner,
    }
    return simple[opponent] if opponent in simple else trained_start(name)


def standings(name: str) -> Standings:
    """Return the stored head-to-head table of a game of `GAMES`.

    M-FOS sits in the first seat only, in all its meetings.
    """
    runs, names = stored("head_to_head")["runs"], (*OPPONENTS, "M-FOS")
    seeds = len(next(iter(runs.values()))["mean_R"])
    R = np.zeros((len(names), len(names), 2, seeds))
    for i, row in enumerate(names):
        for j, column in enumerate(names):
            if f"{name}: {row} / {column}" in runs:
                both = runs[f"{name}: {row} / {column}"]["mean_R"]
                R[i, j, 0], R[j, i, 1] = both.T
                if "M-FOS" in (row, column) and row != column:
                    R[i, j, 1], R[j, i, 0] = both.T
    return Standings(names, R)
