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


def drift():
    """A learner that moves at random: it shows which keys it was given."""

    def update(key, own, other, state):
        return own + jax.random.normal(key, (2,)), (state[0] + 1,)

    return lk.Learner(
        lambda key: (jax.random.normal(key, (2,)), (jnp.array(0),)), update
    )


def test_every_player_and_step_has_its_own_key():
    game = drift()
    ((_, state_1), _), (theta_1, theta_2) = lk.play(game, game, jax.random.key(0), 5)
    assert state_1 == (5,)
    moves = np.concatenate([np.diff(theta_1, axis=0), np.diff(theta_2, axis=0)])
    starts = np.stack([theta_1[0], theta_2[0]])
    assert len(np.unique(np.concatenate([moves, starts]).ravel())) == 20
    # Nor is a step's key one of the starts' keys, split.
    key_1, _, _ = jax.random.split(jax.random.key(0), 3)
    guess = jax.random.split(jax.random.split(key_1, 5)[1])[0]
    assert not np.allclose(moves[0], jax.random.normal(guess, (2,)))


def test_ascend_passes_the_key_to_its_rule_and_the_parameters_to_its_optimizer():
    def rule(own, other, key):
        return jax.random.normal(key, own.shape)

    optimizer = optax.chain(optax.add_decayed_weights(0.5), optax.sgd(1.0))
    learner = lk.ascend(rule, optimizer, lambda key: jnp.ones(3))
    key = jax.random.key(2)
    own, state = learner.init(key)
    new, _ = learner.update(key, own, own, state)
    np.testing.assert_allclose(new, 1 + jax.random.normal(key, (3,)) - 0.5)


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


@pytest.mark.parametrize("name", ["lola", "lola_taylor", "lola_unrolled"])
def test_every_rule_remembers_its_seat(name):
    V = lk.exact_values(lk.matching_pennies())
    rule = getattr(lk, name)(V, lookahead=1.0)
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
    with pytest.raises(ValueError, match="first seat"):
        lk.play(learner, learner, jax.random.key(0), 1)


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_learner_or_rule_is_refused():
    V, init = lk.exact_values(lk.prisoners_dilemma()), lk.normal_logits()
    with pytest.raises(ValueError, match="two: expected a Learner, got"):
        lk.play(lk.fixed(init(jax.random.key(0))), lk.naive(V), jax.random.key(0), 1)
    for rule, optimizer, start, name in [
        (None, optax.sgd(1.0), init, "rule"),
        (lk.naive(V), 1.0, init, "optimizer"),
        (lk.naive(V), optax.sgd(1.0), jnp.zeros(5), "init"),
    ]:
        with pytest.raises(ValueError, match=f"{name}: expected"):
            lk.ascend(rule, optimizer, start)


def test_only_the_known_mistake_is_refused():
    """A fixed policy has no seat, and a player may see payoffs of its own."""
    pennies, key = lk.matching_pennies(), jax.random.key(0)
    theta = lk.fixed(lk.tit_for_tat())
    lk.play(naive(pennies), theta, key, 1)
    lk.play(theta, naive(pennies), key, 1)
    payoff = np.arange(8.0).reshape(2, 2, 2)
    one, two = lk.MatrixGame(payoff, 0.5), lk.MatrixGame(payoff + np.array([0, 1]), 0.5)
    lk.play(naive(one), naive(two), key, 1)


def test_seats_are_checked_inside_jit_too():
    pennies = lk.matching_pennies()
    with pytest.raises(ValueError, match="first seat"):
        jax.jit(lambda key: lk.play(naive(pennies), naive(pennies), key, 1))(
            jax.random.key(0)
        )

    def made_inside(key):  # its payoffs are known all the same
        game = lk.matching_pennies()
        return lk.play(naive(game), naive(game), key, 1).history

    with pytest.raises(ValueError, match="first seat"):
        jax.vmap(made_inside)(jax.random.split(jax.random.key(0), 2))

    def unknown(payoff):  # traced payoffs are not known, so they cannot be checked
        game = lk.MatrixGame(payoff, 0.9)
        return lk.play(naive(game), naive(game), jax.random.key(0), 1).history

    jax.jit(unknown)(pennies.payoff)


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1.0, 1e9])
def test_a_wrong_seat_is_seen_at_every_scale_of_payoffs(scale):
    game = lk.matching_pennies()
    small = game._replace(payoff=scale * game.payoff)
    learner = lk.ascend(
        lk.naive(lk.exact_values(small)), optax.sgd(1.0), lk.normal_logits()
    )
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(learner, learner, jax.random.key(0), 1)
    other = lk.ascend(
        lk.naive(lk.exact_values(small.swap())), optax.sgd(1.0), lk.normal_logits()
    )
    lk.play(learner, other, jax.random.key(0), 1)
