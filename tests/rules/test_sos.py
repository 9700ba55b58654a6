"""Stable opponent shaping: both branches of its criterion, and what it promises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fields import SMALL, by_jacobian, derivatives
from hypothesis import given, settings
from hypothesis import strategies as st

import lolakit as lk
from lolakit import differentiable
from lolakit.rules.sos import share


def p_of(V, own, other, lookahead, **options):
    """Return p, told from the direction: (SOS - LookAhead) / (Taylor - LookAhead)."""
    ahead = lk.look_ahead(V, lookahead=lookahead)(own, other)
    both = lk.lola_taylor(V, lookahead=lookahead)(own, other) - ahead
    return (lk.sos(V, lookahead=lookahead, **options)(own, other) - ahead) / both


def test_shaping_that_works_against_lookahead_is_cut():
    """Ultimatum at a = 1: p = p1 < 1, one number for both seats."""
    game = differentiable.ultimatum()
    for V, at in ((game, SMALL), (game.swap(), SMALL[::-1])):
        np.testing.assert_allclose(p_of(V, *at, 1.0), 0.4044838714588058, rtol=1e-9)
        _, p, _ = by_jacobian(*derivatives(V, *at), 1, 1.0)
        np.testing.assert_allclose(p_of(V, *at, 1.0), p, rtol=1e-9)


def test_shaping_fades_near_a_fixed_point():
    """Tandem at (.52, .45): v = 2 - 2 * .97 = .06 each, so p = |v|^2 = .0072."""
    V, at = differentiable.tandem(), (jnp.array([0.52]), jnp.array([0.45]))
    for own, other in (at, at[::-1]):
        np.testing.assert_allclose(p_of(V, own, other, 0.1), 0.0072, rtol=1e-9)
        got = lk.sos(V, lookahead=0.1)(own, other)
        np.testing.assert_allclose(got, 0.0507936, rtol=0, atol=1e-9)
    # b says how near: at .08 the speed, sqrt(.0072) = .0849, is no longer small
    np.testing.assert_allclose(p_of(V, *at, 0.1, b=0.08), 1.0, rtol=1e-9)


def test_a_says_how_much_may_be_taken_away():
    """p1 is proportional to a, as long as it is below 1."""
    V = differentiable.ultimatum()
    p = [p_of(V, *SMALL, 1.0, a=a) for a in (0.1, 0.2)]
    np.testing.assert_allclose(p[1] / p[0], 2.0, rtol=1e-9)


numbers = st.lists(st.floats(-3, 3), min_size=2, max_size=2).map(jnp.array)


@settings(deadline=None)
@given(d0=numbers, chi=numbers, v=numbers, a=st.floats(0.01, 0.99))
def test_the_direction_keeps_what_p1_promises(d0, chi, v, a):
    """At least 1 - a of what LookAhead gains along itself; and 0 <= p <= 1."""
    p = share((v, v), (d0, d0), (chi, chi), 1.0, a, 0.1)
    assert 0 <= p <= 1
    left = d0 @ (d0 + p * chi)
    assert left >= (1 - a) * d0 @ d0 - 1e-12


@pytest.mark.parametrize("a, b", [(0.0, 0.1), (1.0, 0.1), (0.5, 0.0), (0.5, 1.0)])
def test_a_and_b_lie_between_0_and_1(a, b):
    with pytest.raises(ValueError, match="expected a number between 0 and 1, got"):
        lk.sos(differentiable.tandem(), lookahead=0.1, a=a, b=b)


def test_at_rest_it_stays():
    """No division by zero where all is zero, and no derivative that is not a number."""
    V = differentiable.hamiltonian()
    rule = lk.sos(V, lookahead=0.1)
    zero = jnp.zeros(1)
    assert rule(zero, zero) == 0
    assert np.isfinite(jax.jacobian(rule)(zero, zero)).all()
