"""Values and their derivatives in plain NumPy: nothing to compile, a check answers at once.

All in float64, whatever JAX is set to. The derivatives are central differences.
"""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lolakit.games.matrix import MatrixGame

POINT = (
    np.array([0.3, -0.7, 1.1, 0.2, -0.4]),
    np.array([-0.5, 0.8, 0.1, -1.2, 0.6]),
)
"""The pair of policies at which the chapters compare numbers."""
TURNED = [0, 1, 3, 2, 4]
"""The states in the other player's order: what one calls CD the other calls DC."""


def sigmoid(x: Any) -> np.ndarray:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


def chain(own: Any, other: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return p0 [..., 4] and P [..., 4, 4] of two policies, each [..., 5] in its own order."""
    x, y = sigmoid(own), sigmoid(other)[..., TURNED]
    joint = np.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=-1)
    return joint[..., 0, :], joint[..., 1:, :]


def payoffs(game: MatrixGame) -> np.ndarray:
    """Return what the two earn in CC, CD, DC and DD, shape [2, 4]."""
    return np.asarray(game.payoff, dtype=float).reshape(2, 4)


def values(game: MatrixGame, own: Any, other: Any) -> np.ndarray:
    """Return V_i = p0' (I - gamma P)^-1 r_i, shape [..., 2]."""
    p0, P = chain(own, other)
    system = np.eye(4) - float(game.gamma) * P.swapaxes(-1, -2)
    return np.linalg.solve(system, p0[..., None])[..., 0] @ payoffs(game).T


def per_step(game: MatrixGame, own: Any, other: Any) -> np.ndarray:
    """Return R_i = (1 - gamma) V_i, shape [..., 2]."""
    return (1 - float(game.gamma)) * values(game, own, other)


H = 1e-3
"""Half a step of the differences: the error is of order H^2 = 1e-6. Nested three times,
rounding costs no more: 1e-16 / H^3 is 1e-7."""


def slope(f: Callable[[np.ndarray], Any], x: Any) -> np.ndarray:
    """Return df / dx by central differences, the axis of x last."""
    steps = H * np.eye(np.size(x))
    return np.stack([(f(x + e) - f(x - e)) / (2 * H) for e in steps], axis=-1)


class Derivatives(NamedTuple):
    """Of both values at one point: the first index is whose value it is.

    Attributes:
        own: [2, 5], in the logits of the first player.
        other: [2, 5], in those of the second.
        mixed: [2, 5, 5], in both; rows for the first player.
    """

    own: np.ndarray
    other: np.ndarray
    mixed: np.ndarray


def derivatives(game: MatrixGame, own: Any, other: Any) -> Derivatives:
    """Return the derivatives that naive learning and LOLA are made of."""
    steps = H * np.concatenate([np.zeros((1, 5)), np.eye(5), -np.eye(5)])
    V = values(game, (own + steps)[:, None], (other + steps)[None]).transpose(2, 0, 1)
    up, down = V[:, 1:6] / (2 * H), V[:, 6:] / (2 * H)
    in_own = up - down  # [2, 5, 11]
    return Derivatives(
        in_own[:, :, 0],
        (V[:, 0, 1:6] - V[:, 0, 6:]) / (2 * H),
        (in_own[:, :, 1:6] - in_own[:, :, 6:]) / (2 * H),
    )


class Histories(NamedTuple):
    """All histories of a short game, in the order of `itertools.product`.

    Attributes:
        P: [n], how likely each is.
        states: [2, n, T], what each player has seen, from its own seat.
        rewards: [2, n, T], what each player earns.
        scores: [2, n, T, 5], the gradient of log pi of what each did.
    """

    P: np.ndarray
    states: np.ndarray
    rewards: np.ndarray
    scores: np.ndarray


def histories(game: MatrixGame, own: Any, other: Any, T: int) -> Histories:
    """Return all 4^T histories of T rounds of two memory-one policies."""
    acts = np.array(list(itertools.product([0, 1], repeat=2 * T)))
    actions = acts[:, ::2], acts[:, 1::2]
    P, seen, scores = np.ones(len(acts)), [], []
    for mine, yours, theta in zip(actions, actions[::-1], (own, other), strict=True):
        states = np.zeros_like(mine)
        states[:, 1:] = 1 + 2 * mine[:, :-1] + yours[:, :-1]
        seen.append(states)
        p = sigmoid(theta)[states]
        P = P * np.where(mine == 0, p, 1 - p).prod(axis=1)
        scores.append(np.where(mine == 0, 1 - p, -p)[..., None] * np.eye(5)[states])
    rewards = np.asarray(game.payoff, dtype=float)[:, actions[0], actions[1]]
    return Histories(P, np.stack(seen), rewards, np.stack(scores))
