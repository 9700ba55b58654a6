"""LOLA of higher order against what it is at low orders, and against differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from fields import POINT, SMALL

import lolakit as lk
from lolakit import differentiable

V = lk.exact_values(lk.prisoners_dilemma())


@pytest.mark.parametrize("order, rule", [
    (0, lk.naive(V)), (1, lk.lola_unrolled(V, lookahead=1.0)),
])  # fmt: skip
def test_low_orders_are_rules_with_names(order, rule):
    got = jax.jit(lk.hola(V, lookahead=1.0, order=order))(*POINT)
    np.testing.assert_allclose(got, jax.jit(rule)(*POINT), rtol=1e-12)


def test_order_two_by_central_differences():
    """My value after the step of one who has looked ahead at my naive step."""
    game, a = differentiable.ultimatum(), 1.0
    other = SMALL[1]

    def after(own):
        def theirs(y):
            mine = jax.grad(lambda x: game(x, y)[0])(own)
            return game(own + a * mine, y)[1]

        e = 1e-4
        h = (theirs(other + e) - theirs(other - e)) / (2 * e)
        return game(own, other + a * h)[0]

    e = 1e-4
    wanted = (after(SMALL[0] + e) - after(SMALL[0] - e)) / (2 * e)
    got = lk.hola(game, lookahead=a, order=2)(*SMALL)
    # differences of differences: e^2 times fifth derivatives, and rounding / e^2
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6)


def test_where_no_consistent_rule_attracts_the_orders_run_away():
    """Balduzzi at a = .1: the affine map of the orders stretches by 200 a^2 = 2 in two."""
    game = differentiable.balduzzi()
    h = [lk.hola(game, lookahead=0.1, order=n)(*SMALL).item() for n in range(1, 5)]
    np.testing.assert_allclose(h, [-4.5, -7.9, 4.5, 11.3], rtol=0, atol=1e-9)


def test_where_one_attracts_they_come_to_it():
    """Hamiltonian at a = .1: (.1372549020, .3333333333), as 2 a^2 = .02 < 1."""
    game, a, (x, y) = differentiable.hamiltonian(), 0.1, (0.3, -0.2)
    got = lk.hola(game, lookahead=a, order=8)(*SMALL)
    wanted = -(2 * a * x + y) / (1 + 2 * a**2)
    np.testing.assert_allclose(got, wanted, rtol=0, atol=0.02**4)


@pytest.mark.parametrize("bad", [-1, 1.5, "2", True, None])
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_orders_are_refused(bad):
    with pytest.raises(ValueError, match="order: expected an integer of at least 0"):
        lk.hola(V, lookahead=1.0, order=bad)


def test_two_seats_of_one_tree():
    """Each seat from its own: the other's rule is mine from the swapped game."""
    game = differentiable.differentiable_game(
        lambda x, y: (jnp.sin(x) * y - x**2, x * jnp.cos(y))
    )
    one, two = jnp.array(0.4), jnp.array(-0.3)
    h_two = lambda x: lk.hola(game.swap(), lookahead=0.2, order=1)(two, x)
    wanted = jax.grad(lambda x: game(x, two + 0.2 * h_two(x))[0])(one)
    got = lk.hola(game, lookahead=0.2, order=2)(one, two)
    np.testing.assert_allclose(got, wanted, rtol=1e-12)
