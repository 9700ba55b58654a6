"""Proximal LOLA: golden values, its limits, and that it sees policies and not parameters."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fields import GOLDEN, POINT

import lolakit as lk
from lolakit.rules.pola import divergence, two_actions

GAME = lk.prisoners_dilemma()
V = lk.exact_values(GAME)


@partial(jax.jit, static_argnames=("outer_steps", "inner_steps"))
def direction(game, own, other, **settings):
    return lk.pola(lk.exact_values(game), **settings)(own, other)


def after(own, other, **settings):
    return own + direction(GAME, own, other, lookahead=1.0, **settings)


# Objective and maximum by a program of which lolakit has no line, to 10 decimals.
@pytest.mark.parametrize("steps, wanted", [
    (1, [0.2964402673, -0.6922247684, 1.0275317753, 0.2175384368, -0.4656379675]),
    (10, [0.2858030621, -0.6648337991, 0.7664396970, 0.2542116614, -0.6737605012]),
    (100, [0.2848676436, -0.6601352685, 0.7346619536, 0.2531619121, -0.6969299770]),
])  # fmt: skip
def test_golden_on_the_way_to_the_maximum(steps, wanted):
    got = after(*POINT, outer_penalty=100.0, outer_steps=steps)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("penalty, rate, seat, wanted", [
    (1000, 0.002, 1, [0.2985378146, -0.6964448518, 1.0613341825, 0.2069816404, -0.4277486441]),
    (50, 0.02, 1, [0.2695730897, -0.6093766224, 0.4582224039, 0.2616822544, -0.9692860928]),
    (20, 0.02, 1, [0.2280775549, -0.3525163043, -0.0339085368, 0.1765296878, -1.5351691061]),
    (100, 0.01, 2, [-0.5107910616, 0.8729202412, -0.0587147812, -1.0409554356, 0.4563900558]),
])  # fmt: skip
def test_golden_maxima(penalty, rate, seat, wanted):
    at = POINT if seat == 1 else POINT[::-1]
    # The slowest error shrinks by 1 - .02 * 3.5 in each step: 1000 of them leave e^-70.
    got = after(*at, outer_penalty=penalty, outer_rate=rate, outer_steps=1000)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("K, wanted", [
    (1, [-0.4552906984, -0.8252614600, -4.5035779105, -1.8494246547, -2.1371108732]),
    (2, [-0.4618226510, -0.5020023064, -5.6250206057, -1.4183033285, -2.7913872374]),
    (10, [-0.4166642621, 0.4702961121, -7.2908476491, 0.6843665010, -5.4341885504]),
])  # fmt: skip
def test_golden_where_the_other_is_proximal_too(K, wanted):
    """One outer step of 1 without a penalty: the gradient through K inner steps."""
    got = direction(
        GAME, *POINT, lookahead=0.1, outer_penalty=0.0, outer_rate=1.0, outer_steps=1,
        inner_penalty=10.0, inner_steps=K,
    )  # fmt: skip
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


def test_the_golden_maximum_is_one():
    """No slope is left of the objective, written out, and it bends down everywhere."""
    own, other = POINT
    best = after(own, other, outer_penalty=100.0, outer_steps=1000)

    def objective(x):
        there = other + jax.grad(lambda y: V(x, y)[1])(other)
        p, q = jax.nn.sigmoid(own), jax.nn.sigmoid(x)
        kl = p * jnp.log(p / q) + (1 - p) * jnp.log((1 - p) / (1 - q))
        return V(x, there)[0] - 100 * kl.sum()

    assert objective(best) == pytest.approx(-56.0210136834, abs=1e-9)
    assert abs(jax.jit(jax.grad(objective))(best)).max() < 1e-9
    assert np.linalg.eigvalsh(jax.jit(jax.hessian(objective))(best)).max() < -10


def test_without_penalties_one_step_is_the_unrolled_rule():
    got = direction(
        GAME, *POINT, lookahead=1.0, outer_penalty=0.0, outer_rate=1.0, outer_steps=1
    )
    wanted = GOLDEN["prisoners_dilemma 1.0"]["hola 1"][0]
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


def test_a_large_penalty_gives_the_natural_gradient():
    """penalty * (own' - own) -> F^-1 times the gradient; F = diag p (1 - p) for logits."""
    own, other = POINT
    p = jax.nn.sigmoid(own)
    gradient = np.array(GOLDEN["prisoners_dilemma 1.0"]["hola 1"][0])
    wanted = [-1.4561716768, 3.5068922467, -38.6765604165, 7.0857626277, -27.3194721336]
    np.testing.assert_allclose(gradient / (p * (1 - p)), wanted, rtol=1e-8)
    for penalty in (1e5, 1e6):
        got = penalty * direction(
            GAME, own, other, lookahead=1.0, outer_penalty=penalty,
            outer_rate=4 / penalty, outer_steps=400,
        )  # fmt: skip
        # The next term of the expansion: 1 / penalty times squares of the step.
        np.testing.assert_allclose(got, wanted, rtol=0, atol=2e4 / penalty)


Q = np.diag([2, 0.5, 1, 3, 1]) @ (np.eye(5) + np.tril(np.full((5, 5), 0.3), -1))


def test_the_same_policy_in_other_parameters_moves_to_the_same_policy():
    """theta = Q z. The maximum is mapped to the maximum, and a step of LOLA is not."""
    own, other = POINT
    z = jnp.linalg.solve(Q, own)
    in_z = lambda z, y, key=None: V(Q @ z, y)
    rule = lk.pola(
        in_z, lookahead=1.0, outer_penalty=100.0, outer_rate=2e-3, outer_steps=8000,
        log_policy=lambda t: two_actions(Q @ t if t is not other else t),
    )  # fmt: skip
    moved = Q @ (z + jax.jit(rule)(z, other))
    wanted = after(own, other, outer_penalty=100.0, outer_steps=1000)
    np.testing.assert_allclose(moved, wanted, rtol=0, atol=1e-9)

    step = np.array(Q @ jax.jit(lk.lola_unrolled(in_z, lookahead=1.0))(z, other))
    plain = np.array(GOLDEN["prisoners_dilemma 1.0"]["hola 1"][0])
    cosine = step @ plain / np.linalg.norm(step) / np.linalg.norm(plain)
    assert cosine < 0.9  # another direction, not only another length


def test_the_divergence_is_summed_over_states_from_old_to_new():
    old, new = jnp.array([0.0, 1.0]), jnp.array([0.5, -1.0])
    p, q = 1 / (1 + np.exp(-np.array(old))), 1 / (1 + np.exp(-np.array(new)))
    wanted = (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum()
    np.testing.assert_allclose(divergence(two_actions, old, new), wanted, rtol=1e-12)
    assert divergence(two_actions, old, old) == 0
    assert divergence(two_actions, old, new) != divergence(two_actions, new, old)


def test_each_step_draws_its_own_games():
    seen = []

    def values(own, other, key=None):
        jax.debug.callback(
            lambda k: seen.append(tuple(k.tolist())), jax.random.key_data(key)
        )
        return V(own, other)

    rule = lk.pola(
        values, lookahead=1.0, outer_penalty=100.0, outer_steps=3, inner_steps=2
    )
    jax.block_until_ready(rule(*POINT, jax.random.key(0)))
    jax.effects_barrier()
    assert len(set(seen)) == 3 * (1 + 2)


@pytest.mark.parametrize("name", ["outer_penalty", "inner_penalty"])
def test_a_penalty_is_not_negative(name):
    settings = {"lookahead": 1.0, "outer_penalty": 1.0} | {name: -1.0}
    with pytest.raises(ValueError, match=f"^{name}: expected 0 or more, got"):
        lk.pola(V, **settings)
