"""Exact values of n memory-one policies, in the form of two: I, and all the others at once.

The chain of play is that of `exact`, over 2^n outcomes of a round instead of four::

    V_i = p0' (I - gamma P)^-1 r_i,   P[s, s'] = product over players of P(their action in s')

A rule of two players asks `values(own, other)` for what I earn, and for what makes `other`
move. Here `other` holds the policies of all the others, and what moves them is::

    theirs = sum over j of V_j, in which only own and theta_j are free

Its gradient in `other` is what each of them climbs alone, (grad_j V_j)_j. So a rule that
follows the others for one step from where they stand is the right rule for n players.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.games.memory_one import at_least_float32
from lolakit.games.public_goods import ManyPlayerGame, states_of
from lolakit.types import Params, Scalar, Values
from lolakit.values.exact import digits_lost
from lolakit.values.solve import times


def all_values(game: ManyPlayerGame) -> Callable[[Array], Array]:
    """Return `V(theta)`: what each of n players earns, from all policies [n, 2 n + 1] to [n].

    Raises ValueError for a game that is none of many players.

    >>> from lolakit.games.public_goods import public_goods
    >>> all_pay, n = jnp.full((3, 7), 20.0), 3
    >>> V = all_values(public_goods(n, multiplier=2.0, gamma=0.5))(all_pay)
    >>> V.round(2).tolist()  # two coins a round, for two rounds' worth
    [4.0, 4.0, 4.0]
    """
    if not isinstance(game, ManyPlayerGame):
        raise ValueError(
            f"game: expected a ManyPlayerGame, got {_validate.shown(game)}"
        )
    n = game.players
    r = jnp.asarray(game.payoff).reshape(n, -1)
    reads = np.concatenate([np.zeros((n, 1), int), states_of(n)], axis=1)
    acts = np.indices((2,) * n).reshape(n, -1)

    def V(theta: Array) -> Float[Array, "n"]:
        _validate.float_array("theta", theta, (n, 2 * n + 1))
        theta = at_least_float32(theta)
        logits = jnp.take_along_axis(theta, reads, axis=1)  # [n, 1 + 2^n]
        both = jnp.stack([jax.nn.sigmoid(logits), jax.nn.sigmoid(-logits)])
        joint = jnp.prod(both[acts, np.arange(n)[:, None]], axis=0).T  # [1 + 2^n, 2^n]
        digits_lost(game.gamma, joint.dtype)
        p0, P = joint[0], joint[1:]
        return times(r.astype(P.dtype), visits(p0, game.gamma, P))

    return V


def visits(p0: Array, gamma: Scalar, P: Array) -> Array:
    """Return p0' (I - gamma P)^-1 by doubling: the first 1, 2, 4, ... rounds, and their heirs.

    What happens in 2^k rounds happens again, gamma^(2^k) P^(2^k) later. It stops where what
    is still to come is less than rounding. Matrix products only, which compile fast.
    """
    A, known = gamma * P, _validate.known(gamma)
    count = (
        MOST
        if known is None
        else doublings(float(known), float(jnp.finfo(P.dtype).eps))
    )
    product = partial(jnp.matmul, precision="highest")
    for _ in range(count):
        p0, A = p0 + product(p0, A), product(A, A)
    return p0


MOST = 24
"""How often it is doubled where gamma is traced: 2^24 rounds."""


def doublings(gamma: float, eps: float) -> int:
    """Return the least k with gamma^(2^k) / (1 - gamma) below eps.

    >>> doublings(0.96, 1e-7)  # 0.96^512 = 8e-10
    9
    """
    rounds = np.log(eps * (1 - gamma)) / np.log(gamma) if gamma > 0 else 1.0
    return int(np.ceil(np.log2(max(rounds, 1.0))))


def many_values(game: ManyPlayerGame, seat: int = 0) -> Values:
    """Return `values(own, other, key=None) -> [mine, theirs]` of one seat among n.

    `own` is 2 n + 1 logits, `other` those of the players in the seats after mine, round
    the table [n - 1, 2 n + 1]. What naive, LookAhead, LOLA, the Taylor rule and unrolled LOLA
    of one step make of it are the rules of n players. A rule that follows the others
    further (more steps, HOLA, CGD, SOS) would miss that the others turn each other.

    Args:
        game: of n players.
        seat: mine, 0 to n - 1.

    Returns:
        `values`, two numbers [2]. The first is mine, and the second the sum of the others',
        each of which its owner's policy and mine are free to change, and no other.

    Raises:
        ValueError: for another game, or a seat that it does not have.
    """
    V, n = all_values(game), game.players
    seat = _validate.whole("seat", seat, least=0)
    if seat >= n:
        raise ValueError(f"seat: expected 0 to {n - 1}, got {seat}")
    places = np.roll(np.arange(n), seat)  # of seats 0, 1, ... in the order from mine

    def values(
        own: Params, other: Params, key: Array | None = None
    ) -> Float[Array, "2"]:
        del key  # nothing is sampled
        _validate.float_array("other", other, (n - 1, 2 * n + 1))
        free = np.eye(n - 1, dtype=bool)[:, :, None]  # in row j, theta_j alone
        others = jnp.where(free, other, lax.stop_gradient(other))
        others = jnp.concatenate([other[None], others])  # row 0: what I earn
        mine = jnp.broadcast_to(own, (n, 1, *own.shape))
        V_j = jax.vmap(V)(jnp.concatenate([mine, others], axis=1)[:, places])
        earned = V_j[np.arange(n), (seat + np.arange(n)) % n]
        return jnp.stack([earned[0], earned[1:].sum()])

    return values
