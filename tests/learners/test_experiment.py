"""`experiment`: the start, each update and each belief, against `play` and a plain loop."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk

GAME = lk.matching_pennies()


def modelling(game):
    inner = lk.ascend(lk.lola(lk.exact_values(game), lookahead=1.0), optax.sgd(1.0),
                      lk.normal_logits())  # fmt: skip
    return lk.modelled(inner, game, horizon=20, batch=3)


def naive(game):
    return lk.ascend(
        lk.naive(lk.exact_values(game)), optax.sgd(0.5), lk.normal_logits()
    )


def test_each_seed_is_a_plain_loop_of_both_updates():
    run = lk.experiment(GAME, modelling, naive, jax.random.key(7), num_steps=3, seeds=2)
    V = lk.exact_values(GAME)
    for seed, key in enumerate(jax.random.split(jax.random.key(7), 2)):
        one, two = modelling(GAME), naive(GAME.swap())
        key_1, key_2, key_steps = jax.random.split(key, 3)
        (a, memory), (b, rest) = one.init(key_1), two.init(key_2)
        for t, k in enumerate(jax.random.split(key_steps, 3)):
            np.testing.assert_allclose(run.theta_1[seed, t], a, atol=1e-9)
            np.testing.assert_allclose(run.theta_2[seed, t], b, atol=1e-9)
            R = lk.per_step(V(a, b), GAME.gamma)
            np.testing.assert_allclose(run.R[seed, t], R, atol=1e-9)
            k_1, k_2 = jax.random.split(k)
            (a, memory), (b, rest) = (
                one.update(k_1, a, b, memory), two.update(k_2, b, a, rest),
            )  # fmt: skip
            np.testing.assert_allclose(run.belief[seed, t], memory.estimate, atol=1e-9)
        np.testing.assert_allclose(run.theta_1[seed, 3], a, atol=1e-9)


def test_a_belief_is_about_the_policy_of_its_index():
    """With much play a belief is near that policy, and further from the one after it."""

    def watcher(game):
        return lk.modelled(naive(game), game, horizon=100, batch=400)

    def jumping(game):
        rule = lambda own, other, key=None: jnp.array([1.0, -1.0, 1.0, -1.0, 1.0])
        return lk.ascend(rule, optax.sgd(1.0), lambda key: jnp.zeros(5))

    run = lk.experiment(GAME, watcher, jumping, jax.random.key(0), num_steps=2, seeds=4)
    off = [
        abs(run.belief - run.theta_2[:, at : at + 2]).max(axis=(0, 2)) for at in (0, 1)
    ]
    assert (off[0] < 0.5).all() and (off[1] > 0.5).all()


def test_who_models_nobody_believes_nothing():
    run = lk.trace(GAME, naive, naive, num_steps=2)(jax.random.key(0))
    assert run.belief is None and run.R.shape == (3, 2)


@pytest.mark.parametrize("change", [{"seeds": 0}, {"num_steps": 0}, {"make_1": naive(GAME)},
                                    {"make_2": lambda game: None}])  # fmt: skip
def test_bad_input(change, unchecked_shapes):
    given = {"game": GAME, "make_1": naive, "make_2": naive, "key": jax.random.key(0)}
    with pytest.raises(ValueError, match=r"expected .*, got"):
        lk.experiment(**given | {"num_steps": 1, "seeds": 1} | change)
