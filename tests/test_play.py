"""Play: simultaneous updates, what is recorded, and bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk


def naive(game, delta=1.0):
    return lk.ascend(
        lk.naive(lk.exact_values(game)), optax.sgd(delta), lk.normal_logits()
    )


def test_play_is_a_loop_of_simultaneous_updates():
    game = lk.matching_pennies()
    one, two = naive(game), naive(game.swap(), delta=0.5)
    key = jax.random.key(0)
    (final_1, final_2), (theta_1, theta_2) = lk.play(one, two, key, num_steps=4)
    assert theta_1.shape == theta_2.shape == (4, 5)
    np.testing.assert_array_equal(final_1[0], theta_1[-1])
    np.testing.assert_array_equal(final_2[0], theta_2[-1])
    k1, k2, _ = jax.random.split(key, 3)
    (a, _), (b, _) = one.init(k1), two.init(k2)
    V, W = lk.exact_values(game), lk.exact_values(game.swap())
    for t in range(4):  # both step from where both were
        step = jax.grad(lambda a, b=b: V(a, b)[0])(a)
        other_step = jax.grad(lambda b, a=a: W(b, a)[0])(b)
        a, b = a + step, b + 0.5 * other_step
        np.testing.assert_allclose(theta_1[t], a, rtol=1e-12)
        np.testing.assert_allclose(theta_2[t], b, rtol=1e-12)


def test_record_sees_the_policies_after_each_update():
    game = lk.prisoners_dilemma()
    key = jax.random.key(1)
    _, (theta_1, theta_2) = lk.play(naive(game), naive(game), key, 3)
    V = lk.exact_values(game)
    played = lk.play(naive(game), naive(game), key, 3, record=lambda a, b: V(a, b))
    np.testing.assert_allclose(
        played.history, jax.vmap(V)(theta_1, theta_2), rtol=1e-12
    )


def test_fixed_never_moves():
    game = lk.prisoners_dilemma()
    _, (_, theta_2) = lk.play(
        naive(game), lk.fixed(lk.tit_for_tat()), jax.random.key(0), 5
    )
    np.testing.assert_array_equal(theta_2, jnp.tile(lk.tit_for_tat(), (5, 1)))


def test_ascend_climbs():
    """One small naive step raises my value by delta * |gradient|^2, to first order."""
    V = lk.exact_values(lk.prisoners_dilemma())
    theta, other = jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]), jnp.zeros(5)
    learner = lk.ascend(lk.naive(V), optax.sgd(1e-4), lambda key: theta)
    key = jax.random.key(0)
    own, state = learner.init(key)
    new, _ = learner.update(key, own, other, state)
    rise = V(new, other)[0] - V(theta, other)[0]
    g = lk.naive(V)(theta, other)
    np.testing.assert_allclose(rise, 1e-4 * g @ g, rtol=1e-2)


@pytest.mark.parametrize("bad", [0, -3, 2.5, "10", None])
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_num_steps_is_refused(bad):
    game = lk.prisoners_dilemma()
    with pytest.raises(
        ValueError, match="num_steps: expected an integer of at least 1"
    ):
        lk.play(naive(game), naive(game), jax.random.key(0), bad)


def test_second_learner_on_the_first_seat_is_refused():
    pennies = lk.matching_pennies()
    with pytest.raises(ValueError, match=r"built on game.swap\(\).*first seat's game"):
        lk.play(naive(pennies), naive(pennies), jax.random.key(0), 1)
    lk.play(naive(pennies), naive(pennies.swap()), jax.random.key(0), 1)
    dilemma = lk.prisoners_dilemma()  # symmetric: both seats are the same game
    lk.play(naive(dilemma), naive(dilemma), jax.random.key(0), 1)


def test_seats_are_checked_inside_jit_too():
    pennies = lk.matching_pennies()
    with pytest.raises(ValueError, match="first seat"):
        jax.jit(lambda key: lk.play(naive(pennies), naive(pennies), key, 1))(
            jax.random.key(0)
        )

    def unknown(payoff):  # traced payoffs are not known, so they cannot be checked
        game = lk.MatrixGame(payoff, 0.9)
        return lk.play(naive(game), naive(game), jax.random.key(0), 1).history

    jax.jit(unknown)(pennies.payoff)
