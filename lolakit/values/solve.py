"""One small linear system, solved so that a thousand at once cost little more."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


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
        lambda x: times(A, x),
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


def times(A: Array, x: Array) -> Array:
    """Return A x, in full precision also where a GPU would multiply with fewer digits."""
    return jnp.matmul(A, x, precision="highest")
