"""Competitive gradient descent: the solver, and that it stays a program for many."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from fields import POINT, SMALL

import lolakit as lk
from lolakit import differentiable
from lolakit.rules.cgd import normal_equations


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_the_solver_against_lapack(n):
    """Any system, not symmetric. Normal equations square the condition of the matrix."""
    rng = np.random.default_rng(n)
    run = jax.jit(lambda M, b: normal_equations(lambda x: M @ x, lambda x: M.T @ x, b))
    for _ in range(50):
        M, b = np.eye(n) + rng.normal(size=(n, n)), rng.normal(size=n)
        wanted = np.linalg.solve(M, b)
        lost = 1e-15 * np.linalg.cond(M) ** 2 * abs(wanted).max()
        np.testing.assert_allclose(run(M, b), wanted, rtol=0, atol=10 * lost)


def test_nothing_to_solve_for_is_nothing():
    M = lambda x: x
    np.testing.assert_array_equal(normal_equations(M, M, jnp.zeros(3)), np.zeros(3))
    zero = jnp.zeros(1)
    assert lk.cgd(differentiable.hamiltonian(), lookahead=0.1)(zero, zero) == 0


def test_by_hand_where_each_has_one_number():
    """Balduzzi: A = -10, B = 10, so (-1.5) / (1 + .01 * 100) = -.75 at a = .1."""
    got = lk.cgd(differentiable.balduzzi(), lookahead=0.1)(*SMALL)
    np.testing.assert_allclose(got, -0.75, rtol=1e-12)


def test_the_direction_has_the_derivatives_of_the_dense_solve():
    """The solve itself is not differentiated; what comes of it must be the same."""
    V = lk.exact_values(lk.stag_hunt(0.5))

    def dense(own, other):
        A = jax.jacobian(jax.grad(lambda x, y: V(x, y)[0]), argnums=1)(own, other)
        B = jax.jacobian(jax.grad(lambda y, x: V(x, y)[1]), argnums=1)(other, own)
        mine = jax.grad(lambda x: V(x, other)[0])(own)
        theirs = jax.grad(lambda y: V(own, y)[1])(other)
        system = jnp.eye(5) - 0.25 * A @ B
        return jnp.linalg.solve(system, mine + 0.5 * A @ theirs)

    slope = lambda f: jax.jit(jax.jacrev(f, argnums=(0, 1)))(*POINT)
    wanted = slope(dense)
    for got, w in zip(slope(lk.cgd(V, lookahead=0.5)), wanted, strict=True):
        np.testing.assert_allclose(got, w, rtol=0, atol=1e-9)


def test_no_lapack_in_a_scan_over_many():
    """A call out of the program, once for each seed and step, is what makes it slow."""
    learner = lk.ascend(
        lk.cgd(lk.exact_values(lk.prisoners_dilemma()), lookahead=1.0),
        optax.sgd(1.0),
        lk.normal_logits(),
    )
    run = lambda key: lk.play(learner, learner, key, 3).final[0][0]
    keys = jax.random.split(jax.random.key(0), 4)
    text = jax.jit(jax.vmap(run)).lower(keys).as_text()
    assert "while" in text and "lapack" not in text.lower()


def test_float32():
    game = lk.prisoners_dilemma()
    V = lk.exact_values(game._replace(payoff=game.payoff.astype("float32")))
    at = [x.astype("float32") for x in POINT]
    got = jax.jit(lk.cgd(V, lookahead=1.0))(*at)
    wanted = jax.jit(lk.cgd(lk.exact_values(game), lookahead=1.0))(*POINT)
    assert got.dtype == jnp.float32
    # What is solved is known to eps / (1 - gamma), and the solution loses the condition k of
    # the system (5.4 here) on top; the normal equations round with k^2.
    d = jax.jacfwd(jax.jacrev(lk.exact_values(game), 1), 0)(
        *POINT
    )  # [value, other, own]
    k = np.linalg.cond(np.eye(5) - d[0].T @ d[1])
    eps = np.finfo("float32").eps
    lost = eps * (k / (1 - game.gamma) + k**2) * abs(wanted).max()  # 3e-5
    np.testing.assert_allclose(got, wanted, rtol=0, atol=lost)
