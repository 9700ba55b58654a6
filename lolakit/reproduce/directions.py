"""Sampled updates at one pair of policies, by the size of the batch: how noisy they are."""

from collections.abc import Mapping
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array

from lolakit.games.matrix import prisoners_dilemma
from lolakit.reproduce.storage import Run
from lolakit.rules.policy_gradient import lola_pg

OWN, OTHER = (0.3, -0.7, 1.1, 0.2, -0.4), (-0.5, 0.8, 0.1, -1.2, 0.6)
"""The two policies, as in Chapters 3 and 4."""
BATCHES = (16, 64, 256, 1024, 4096)
"""Games of each estimate in the result `pg_directions`."""
LOOKAHEADS = {"naive": 0.0, "LOLA": 1.0}
"""With a lookahead of 0 LOLA-PG is NL-PG."""


def update(batch: int, horizon: int, key: Array) -> dict[str, Array]:
    """Return one estimate of player 1's update of each kind, both from the same games."""
    own, other = jnp.array(OWN), jnp.array(OTHER)

    def of(eta: Array) -> Array:
        rule = lola_pg(prisoners_dilemma(), horizon=horizon, batch=batch, lookahead=eta)
        return rule(own, other, jax.random.fold_in(key, batch))

    return dict(
        zip(LOOKAHEADS, jax.vmap(of)(jnp.array([*LOOKAHEADS.values()])), strict=True)
    )


def direction_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `pg_directions`: one for each batch up to `sizes["batch"]`."""
    if sizes["batch"] not in BATCHES:
        raise ValueError(f"batch: expected one of {BATCHES}, got {sizes['batch']}")
    return {
        str(batch): jax.jit(partial(update, batch, sizes["horizon"]))
        for batch in BATCHES
        if batch <= sizes["batch"]
    }
