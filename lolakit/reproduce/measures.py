"""How a number that the book reports is measured on stored runs, and compared."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from lolakit.games.memory_one import like_tit_for_tat
from lolakit.seeds.stats import Estimate, Z, mean, share

NEAR = 0.03
"""A per-step value is near another if they differ by at most this."""


class Row(NamedTuple):
    """A published number.

    Attributes:
        what: the quantity, with the algorithm and the game.
        source: where it was published.
        published: the number.
        label: the run that ours is measured on.
        measure: from that run to our estimate.
        error: half width of the published number's own 95 % interval, where its spread
            and number of runs are known; else of its rounding.
        setting: what ours does and the published one may not.
    """

    what: str
    source: str
    published: float
    label: str
    measure: Callable[[Any], Estimate]
    error: float = 0.005
    setting: str = ""


def agreement(row: Row, ours: Estimate) -> str:
    """Return "yes" if the intervals meet, "nearly" if at most `NEAR` apart, else "no"."""
    if ours.low - row.error <= row.published <= ours.high + row.error:
        return "yes"
    return "nearly" if abs(ours.value - row.published) <= NEAR else "no"


def reach(row: Row, ours: Estimate) -> float:
    """Return the half width of the 95 % interval of the difference, ours minus published.

    A row can tell a difference of `NEAR` only if its reach is no larger than that.
    """
    return float(np.hypot((ours.high - ours.low) / 2, row.error))


def ratio(row: Row, ours: Estimate) -> float:
    """Return by how many combined standard errors ours differs from the published number."""
    return Z * abs(ours.value - row.published) / reach(row, ours)


def mean_of(samples: Any) -> Estimate:
    """Return the mean with its interval; of one run, or of equal ones, the number itself."""
    x = np.asarray(samples, float)
    return mean(x) if x.size > 1 else Estimate(*x.repeat(3))


def share_of(hits: Any) -> Estimate:
    """Return the share with its interval; of one run, anything between 0 and 1."""
    x = np.asarray(hits, float)
    return share(x) if x.size > 1 else Estimate(float(x[0]), 0.0, 1.0)


def final_R(run: Any, player: int = 0) -> Estimate:
    """Return R of a player after the last update, of runs that keep one or all updates."""
    R = np.asarray(run["R"])
    return mean_of(R.reshape(len(R), -1, 2)[:, -1, player])


def late_R(run: Any) -> Estimate:
    """Return R of both, mean over the last 20 updates."""
    return mean_of(np.asarray(run["R"])[:, -20:].mean(axis=(1, 2)))


def tft_share(run: Any) -> Estimate:
    """Return our %TFT, as a share: `lolakit.like_tit_for_tat`."""
    return share_of(like_tit_for_tat(jnp.asarray(run["theta_1"], float)))


def nash_share(run: Any) -> Estimate:
    """Return our %Nash, as a share: all five probabilities within 0.1 of one half."""
    p = 1 / (1 + np.exp(-np.asarray(run["theta_1"], float)))
    return share_of((abs(p - 0.5) < 0.1).all(axis=1))


def mean_policy_like_tft(run: Any) -> Estimate:
    """Return 1 if the mean policy of both players is `like_tit_for_tat`, else 0."""
    both = np.concatenate([run["theta_1"], run["theta_2"]]).astype(float)
    p = (1 / (1 + np.exp(-both))).mean(axis=0)
    return mean_of([float(like_tit_for_tat(jnp.asarray(np.log(p / (1 - p)))))])
