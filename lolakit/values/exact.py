"""Exact values of two memory-one policies: the Markov chain of play, solved.

From the second round on, what happens depends only on the last round, so play is a
Markov chain over CC, CD, DC, DD with::

    p0[s]    = probability of s in the first round                     [4]
    P[s, s'] = probability of s' after s                               [4, 4]
    V_i      = sum_t gamma^t p0' P^t r_i = p0' (I - gamma P)^-1 r_i

Foerster et al. (2018), "Learning with Opponent-Learning Awareness".
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import Logits, from_other_seat
from lolakit.types import Params, Scalar, Values
from lolakit.values.solve import solve, times


def markov_chain(
    own: Logits, other: Logits
) -> tuple[Float[Array, "4"], Float[Array, "4 4"]]:
    """Return (p0, P) of two policies, states in the order CC, CD, DC, DD of the first.

    Both policies are in their own seat's order; the second is reordered here. Raises
    ValueError unless each has five logits.
    """
    for name, theta in (("own", own), ("other", other)):
        _validate.float_array(name, theta, (5,), "Use jax.vmap for a batch.")
    x, y = jax.nn.sigmoid(own), jax.nn.sigmoid(from_other_seat(other))
    joint = jnp.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)
    return joint[0], joint[1:]


def exact_values(game: MatrixGame) -> Values:
    """Return `values(own, other, key=None) -> [mine, theirs]`: V_i = p0'(I - gamma P)^-1 r_i.

    Discounted sums, not divided by anything (the paper's V); `per_step` makes them
    comparable to payoffs. `own` sits in the first seat of `game`; both are five logits,
    each in its own seat's order. `key` is ignored. Differentiable to any order.
    Raises ValueError unless `game` is one game and each policy five logits.

    >>> from lolakit import always_defect, prisoners_dilemma, tit_for_tat
    >>> game = prisoners_dilemma(gamma=0.96)
    >>> V = exact_values(game)(tit_for_tat(), always_defect())
    >>> per_step(V, game.gamma).round(2).tolist() == [-2.04, -1.92]
    True
    """
    if not isinstance(game, MatrixGame):
        raise ValueError(f"game: expected a MatrixGame, got {game!r}")
    game = MatrixGame(*game)  # checks it again: it may come out of a tree operation
    r = game.payoff.reshape(2, 4)

    def values(
        own: Params, other: Params, key: Array | None = None
    ) -> Float[Array, "2"]:
        del key  # nothing is sampled
        p0, P = markov_chain(own, other)
        identity = jnp.eye(4, dtype=P.dtype)
        visits = solve((identity - game.gamma * P).T, p0)  # p0' (I - gamma P)^-1
        return times(r, visits)

    remember_game(values, game)
    return values


def per_step(V: Any, gamma: Scalar) -> Array:
    """Return (1 - gamma) V, the discounted average reward of a round. For display only.

    Learning follows the gradient of V itself: a rule on (1 - gamma) V takes steps that
    are 1 / (1 - gamma) times too small.
    """
    return (1 - gamma) * V


def exact_state_values(game: MatrixGame, own: Params, other: Params) -> Array:
    """Return what `own` will earn from each of its five states on, discounted [5]."""
    p0, P = markov_chain(own, other)
    # v: the reward of the round that ended in CC, CD, DC or DD, and all that follows.
    v = solve(jnp.eye(4, dtype=P.dtype) - game.gamma * P, game.payoff[0].ravel())
    return jnp.matmul(jnp.concatenate([p0[None], P]), v, precision="highest")
