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
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.games.memory_one import Logits, at_least_float32, from_other_seat
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
    own, other = at_least_float32(own), at_least_float32(other)
    x, y = jax.nn.sigmoid(own), jax.nn.sigmoid(from_other_seat(other))
    joint = jnp.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)
    return joint[0], joint[1:]


def exact_values(game: MatrixGame) -> Values:
    """Return `values(own, other, key=None) -> [mine, theirs]`: V_i = p0'(I - gamma P)^-1 r_i.

    Discounted sums, not divided by anything (the paper's V); `per_step` makes them
    comparable to payoffs. `own` sits in the first seat of `game`; both are five logits,
    each in its own seat's order. `key` is ignored. Differentiable to any order.
    Computed in float32 at least. Raises ValueError unless `game` is one game and each
    policy five logits, and where gamma is so near to 1 that fewer than three digits would
    be right (a value is NaN where gamma is traced).

    >>> from lolakit import always_defect, prisoners_dilemma, tit_for_tat
    >>> game = prisoners_dilemma(gamma=0.96)
    >>> V = exact_values(game)(tit_for_tat(), always_defect())
    >>> per_step(V, game.gamma).round(2).tolist() == [-2.04, -1.92]
    True
    """
    game = check_game("game", game)
    r = at_least_float32(game.payoff).reshape(2, 4)

    def values(
        own: Params, other: Params, key: Array | None = None
    ) -> Float[Array, "2"]:
        del key  # nothing is sampled
        p0, P = markov_chain(own, other)
        lost = digits_lost(game.gamma, P.dtype)
        identity = jnp.eye(4, dtype=P.dtype)
        visits = solve((identity - game.gamma * P).T, p0)  # p0' (I - gamma P)^-1
        if not isinstance(lost, float):
            return jnp.where(lost > LIMIT, jnp.nan, times(r, visits))
        if lost > SHIFT:
            # V = c / (1 - gamma) + what the rounds earn above c: the same, and its
            # derivatives are no longer small differences of large numbers.
            c = lax.stop_gradient((1 - game.gamma) * times(r, visits))
            return c / (1 - game.gamma) + times(r - c[:, None], visits)
        return times(r, visits)

    remember_game(values, game)
    return values


LIMIT, SHIFT = 1e-3, 5e-5
"""How much of a value rounding may take, and from where on its derivatives are guarded."""


def digits_lost(gamma: Scalar, dtype: Any) -> float | Array:
    """Return which part of a value rounding takes: about eps / (1 - gamma).

    Raises ValueError where fewer than three digits would be right, if gamma is known.
    """
    eps = float(jnp.finfo(dtype).eps)
    lost = eps / (1 - gamma)
    if isinstance(gamma, float) and lost > LIMIT:
        raise ValueError(
            f"gamma: expected at most {1 - eps / LIMIT!r} for values in {dtype}, got "
            f"{gamma!r}: fewer than three digits would be right. Use more bits: "
            'jax.config.update("jax_enable_x64", True), and float64 logits'
        )
    return lost


def per_step(V: Any, gamma: Scalar) -> Array:
    """Return (1 - gamma) V, the discounted average reward of a round. For display only.

    Learning follows the gradient of V itself: a rule on (1 - gamma) V takes steps that
    are 1 / (1 - gamma) times too small.
    """
    known = _validate.numbers("gamma", gamma, "a discount from 0 to 1")
    inside = known is None or (known.size and ((known >= 0) & (known <= 1)).all())
    if not inside:
        raise ValueError(
            f"gamma: expected a discount from 0 to 1, got {_validate.shown(gamma)}"
        )
    return (1 - gamma) * V


def exact_state_values(game: MatrixGame, own: Params, other: Params) -> Array:
    """Return what `own` will earn from each of its five states on, discounted [5]."""
    p0, P = markov_chain(own, other)
    digits_lost(game.gamma, P.dtype)
    # v: the reward of the round that ended in CC, CD, DC or DD, and all that follows.
    v = solve(jnp.eye(4, dtype=P.dtype) - game.gamma * P, game.payoff[0].ravel())
    return jnp.matmul(jnp.concatenate([p0[None], P]), v, precision="highest")


def shares(game: MatrixGame, own: Params, other: Params) -> Float[Array, "4"]:
    """Return how often CC, CD, DC and DD come up: (1 - gamma) p0' (I - gamma P)^-1.

    A share of the discounted rounds; the four sum to 1, and what a player earns per step
    is their sum with the payoffs for weights. `own` and `other` are five logits each.
    """
    p0, P = markov_chain(own, other)
    return (1 - game.gamma) * solve((jnp.eye(4, dtype=P.dtype) - game.gamma * P).T, p0)
