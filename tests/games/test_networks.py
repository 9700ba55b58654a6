"""Policies of networks: the formulas again in NumPy, and what every policy must do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lolakit.games import networks

POLICIES = {
    "mlp": networks.mlp_policy(6, 3, hidden=5),
    "gru": networks.gru_policy(6, 3, hidden=4),
    "scripted": networks.scripted(lambda seen: jnp.array([1.0, 0.0, 3.0])),
}
SEEN = jnp.array([0.3, -1.0, 0.5, 2.0, 0.0, 1.0])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("name", POLICIES)
def test_probabilities(name):
    policy = POLICIES[name]
    log_p, memory = policy.act(policy.init(jax.random.key(0)), policy.memory, SEEN)
    np.testing.assert_allclose(np.exp(log_p).sum(), 1, rtol=1e-14)
    assert jax.tree.map(jnp.shape, memory) == jax.tree.map(jnp.shape, policy.memory)
    assert log_p.shape == (3,)


def test_scripted_has_no_parameters_and_keeps_proportions():
    policy = POLICIES["scripted"]
    assert policy.init(jax.random.key(0)) == ()
    p = np.exp(policy.act((), (), SEEN)[0])
    np.testing.assert_allclose(p, [0.25, 0, 0.75], rtol=1e-15)


def test_the_two_layers():
    first, last = theta = POLICIES["mlp"].init(jax.random.key(1))
    theta = (first._replace(b=jnp.arange(5.0) / 10), last._replace(b=jnp.arange(3.0)))
    (W1, b1), (W2, b2) = (map(np.asarray, one) for one in theta)
    z = W2 @ np.tanh(W1 @ np.asarray(SEEN) + b1) + b2
    expected = z - np.log(np.exp(z).sum())
    np.testing.assert_allclose(
        POLICIES["mlp"].act(theta, (), SEEN)[0], expected, rtol=1e-12
    )
    many = networks.two_layers(theta, jnp.stack([SEEN, -SEEN])[:, None])
    np.testing.assert_allclose(many[0, 0], z, rtol=1e-12)
    assert many.shape == (2, 1, 3)


def test_the_gated_unit():
    theta = POLICIES["gru"].init(jax.random.key(2))
    theta = jax.tree.map(lambda x: x + 0.1, theta)
    h, x = np.array([0.1, -0.2, 0.3, 0.0]), np.asarray(SEEN)
    of = lambda layer, v: np.asarray(layer.W) @ v + np.asarray(layer.b)
    z = sigmoid(of(theta.update, np.append(x, h)))
    r = sigmoid(of(theta.reset, np.append(x, h)))
    new = np.tanh(of(theta.new, np.append(x, r * h)))
    after = (1 - z) * h + z * new
    out = of(theta.readout, after)
    log_p, memory = POLICIES["gru"].act(theta, jnp.asarray(h), SEEN)
    np.testing.assert_allclose(memory, after, rtol=1e-12)
    np.testing.assert_allclose(log_p, out - np.log(np.exp(out).sum()), rtol=1e-12)


def test_a_fresh_network_is_near_chance():
    for key in jax.random.split(jax.random.key(3), 5):
        policy = networks.mlp_policy(38, 4)
        log_p, _ = policy.act(
            policy.init(key), (), (jnp.arange(38) % 9 == 0).astype(float)
        )
        assert np.abs(np.exp(log_p) - 0.25).max() < 0.15


@pytest.mark.parametrize(
    "make", [networks.mlp_policy, networks.gru_policy, networks.mlp]
)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"inputs": 0}, "inputs: expected an integer of at least 1"),
        ({"hidden": 1.5}, "hidden: expected an integer"),
        ({"scale": float("nan")}, "scale: expected a finite number"),
    ],
)
def test_bad_input(make, wrong, words, unchecked_shapes):
    sizes = {"inputs": 3, "outputs" if make is networks.mlp else "actions": 2}
    with pytest.raises(ValueError, match=words):
        make(**sizes | wrong)


def test_scripted_needs_a_function(unchecked_shapes):
    with pytest.raises(ValueError, match="choose: expected a function"):
        networks.scripted(3)
