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
from lolakit.games import MatrixGame
from lolakit.policies import Logits, from_other_seat
from lolakit.types import Values, remember_game


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

    def values(own: Any, other: Any, key: Array | None = None) -> Float[Array, "2"]:
        del key  # nothing is sampled
        p0, P = markov_chain(own, other)
        identity = jnp.eye(4, dtype=P.dtype)
        visits = solve((identity - game.gamma * P).T, p0)  # p0' (I - gamma P)^-1
        return _times(r, visits)

    remember_game(values, game)
    return values


def per_step(V: Any, gamma: Any) -> Array:
    """Return (1 - gamma) V, the discounted average reward of a round. For display only.

    Learning follows the gradient of V itself: a rule on (1 - gamma) V takes steps that
    are 1 / (1 - gamma) times too small.
    """
    return (1 - gamma) * V


def _times(A: Array, x: Array) -> Array:
    # GPUs and TPUs would otherwise multiply float32 with fewer digits.
    return jnp.matmul(A, x, precision="highest")


@jax.jit
def solve(A: Float[Array, "n n"], b: Float[Array, "n"]) -> Float[Array, "n"]:
    """Solve A x = b for a diagonally dominant A, such as I - gamma P or its transpose.

    Gaussian elimination without pivoting, written out for one small system so that
    `vmap` turns each operation into one over the whole batch. Diagonal dominance makes
    it stable without pivoting. Derivatives come from the solution, A dx = db - dA x
    (`lax.custom_linear_solve`), so the elimination itself is never differentiated.
    """
    F = _factor(lax.stop_gradient(A))
    return lax.custom_linear_solve(
        lambda x: _times(A, x),
        b,
        solve=lambda _, b: _substitute(F, b),
        transpose_solve=lambda _, b: _substitute(list(zip(*F, strict=True)), b),
    )


def _factor(A: Array) -> list[list[Array]]:
    """Return L, 1/D and U of A = L D U in one table: below, on and above the diagonal."""
    n = len(A)
    F = [[A[i, j] for j in range(n)] for i in range(n)]
    for k in range(n):
        F[k][k] = 1 / F[k][k]
        for i in range(k + 1, n):
            ratio = F[i][k] * F[k][k]
            for j in range(k + 1, n):
                F[i][j] = F[i][j] - ratio * F[k][j]
            F[i][k] = ratio
        for j in range(k + 1, n):
            F[k][j] = F[k][j] * F[k][k]
    return F


def _substitute(F: Any, b: Array) -> Array:
    """Return the solution x of L D U x = b. The transposed table solves A' x = b."""
    n = len(F)
    x = [b[i] for i in range(n)]
    for i in range(n):
        for j in range(i):
            x[i] = x[i] - F[i][j] * x[j]
    for i in reversed(range(n)):
        x[i] = x[i] * F[i][i]
        for j in range(i + 1, n):
            x[i] = x[i] - F[i][j] * x[j]
    return jnp.stack(x)
