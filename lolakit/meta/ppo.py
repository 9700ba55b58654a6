"""Proximal policy optimisation (PPO): an actor, a critic, and a clipped objective.

The actor turns what the agent sees, s, into a Gaussian over actions; the critic guesses
the return that will follow. After each batch of episodes both climb, for a few epochs::

    mean of  min(ratio A, clip(ratio, 1 - eps, 1 + eps) A) - w (v(s) - G)^2 + beta H
    ratio = pi(a | s) / pi_old(a | s),     A = G - v(s)

G is the discounted return, normalised over the batch, and H the entropy of the Gaussian.
The clip takes away the reason to move the policy far on the strength of one batch.
Schulman et al. (2017). The settings are those of Lu et al. (2022) for M-FOS.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.types import Scalar
from lolakit.values.baselines import returns


class Layers(NamedTuple):
    """One hidden layer of tanh units: W2 tanh(W1 x + b1) + b2."""

    W1: Array
    b1: Array
    W2: Array
    b2: Array


class Network(NamedTuple):
    """The actor and the critic."""

    actor: Layers
    critic: Layers


class Episodes(NamedTuple):
    """What an agent saw, did and earned.

    Attributes:
        s: what it saw [steps, batch, inputs].
        a: what it did [steps, batch, actions].
        log_p: the log-density of that when it was done [steps, batch].
        r: the reward that followed [steps, batch].
    """

    s: Float[Array, "steps batch inputs"]
    a: Float[Array, "steps batch actions"]
    log_p: Float[Array, "steps batch"]
    r: Float[Array, "steps batch"]


class PPO(NamedTuple):
    """An agent that learns by PPO: two pure functions.

    Attributes:
        init: `init(key, inputs, actions) -> (network, optimizer)`.
        update: `update(network, optimizer, episodes) -> (network, optimizer)`.
    """

    init: Callable[[Array, int, int], tuple[Network, Any]]
    update: Callable[[Network, Any, Episodes], tuple[Network, Any]]


def layers(key: Array, inputs: int, hidden: int, outputs: int) -> Layers:
    """Return fresh layers: each number uniform within 1 / sqrt(inputs of its layer)."""
    keys = jax.random.split(key, 4)
    shapes = ((hidden, inputs), (hidden,), (outputs, hidden), (outputs,))
    bounds = (inputs**-0.5, inputs**-0.5, hidden**-0.5, hidden**-0.5)
    draw = lambda k, shape, b: jax.random.uniform(k, shape, minval=-b, maxval=b)
    return Layers(*map(draw, keys, shapes, bounds))


def forward(net: Layers, x: Float[Array, "inputs *n"]) -> Float[Array, "outputs *n"]:
    """Return W2 tanh(W1 x + b1) + b2, for one x or for many, as columns."""
    b1, b2 = (b.reshape(-1, *[1] * (x.ndim - 1)) for b in (net.b1, net.b2))
    return net.W2 @ jnp.tanh(net.W1 @ x + b1) + b2


def gaussian(net: Layers, s: Float[Array, "inputs *n"]) -> tuple[Array, Array]:
    """Return mean and variance [actions, n] of the action: half the outputs each.

    The variance is softplus(output) = log(1 + exp(output)), so that it is positive.
    """
    mean, raw = jnp.split(forward(net, s), 2)
    return mean, jax.nn.softplus(raw)


def log_density(mean: Array, variance: Array, a: Array) -> Array:
    """Return log p(a) of independent Gaussians: the sum over actions of each::

    -1/2 [ (a - mean)^2 / variance + log(2 pi variance) ]
    """
    squares = (a - mean) ** 2 / variance
    return -0.5 * (squares + jnp.log(2 * jnp.pi * variance)).sum(axis=0)


def entropy(variance: Array) -> Array:
    """Return the entropy of independent Gaussians, sum of 1/2 log(2 pi e variance)."""
    return 0.5 * jnp.log(2 * jnp.pi * jnp.e * variance).sum(axis=0)


def clipped(ratio: Array, A: Array, clip: Scalar) -> Array:
    """Return min(ratio A, clip(ratio, 1 - clip, 1 + clip) A)."""
    return jnp.minimum(ratio * A, jnp.clip(ratio, 1 - clip, 1 + clip) * A)


def normalised_returns(
    r: Float[Array, "steps batch"], gamma: Scalar
) -> Float[Array, "steps batch"]:
    """Return G_t = r_t + gamma G_{t+1}, less its mean over the batch, in units of its sd."""
    G = returns(r.T, gamma).T
    return (G - G.mean()) / (G.std(ddof=1) + 1e-5)


def ppo(
    *,
    learning_rate: Any = 0.002,
    gamma: Scalar = 0.99,
    epochs: int = 4,
    clip: Scalar = 0.2,
    entropy_weight: Any = 0.01,
    critic_weight: Any = 0.5,
    hidden: int = 256,
) -> PPO:
    """Return an agent that learns by PPO, with Adam on the whole batch in each epoch.

    Args:
        learning_rate: of Adam.
        gamma: discount of the rewards.
        epochs: steps of Adam for each batch of episodes.
        clip: eps, how far the ratio may gain from moving.
        entropy_weight: beta.
        critic_weight: w.
        hidden: tanh units of the actor and of the critic.

    Raises:
        ValueError: for a gamma or clip outside [0, 1], fewer than one epoch or unit, or a
            setting that is no finite number.
    """
    gamma = _validate.fraction("gamma", gamma)
    clip = _validate.fraction("clip", clip)
    epochs = _validate.positive_int("epochs", epochs)
    hidden = _validate.positive_int("hidden", hidden)
    settings = {"learning_rate": learning_rate, "entropy_weight": entropy_weight}
    settings |= {"critic_weight": critic_weight}
    for name, value in settings.items():
        _validate.finite_scalar(name, value)
    adam = optax.adam(learning_rate)

    def init(key: Array, inputs: int, actions: int) -> tuple[Network, Any]:
        k_actor, k_critic = jax.random.split(key)
        actor = layers(k_actor, inputs, hidden, 2 * actions)
        network = Network(actor, layers(k_critic, inputs, hidden, 1))
        return network, adam.init(network)

    def loss(network: Network, s: Array, a: Array, log_p: Array, G: Array) -> Array:
        mean, variance = gaussian(network.actor, s)
        v = forward(network.critic, s)[0]
        ratio = jnp.exp(log_density(mean, variance, a) - log_p)
        gain = clipped(ratio, G - jax.lax.stop_gradient(v), clip)
        bonus = entropy_weight * entropy(variance)
        return (critic_weight * (v - G) ** 2 - gain - bonus).sum()

    def update(
        network: Network, optimizer: Any, episodes: Episodes
    ) -> tuple[Network, Any]:
        G = normalised_returns(episodes.r, gamma)
        data = [_columns(x) for x in (episodes.s, episodes.a, episodes.log_p, G)]

        def epoch(learned: Any, _: None) -> tuple[Any, None]:
            network, optimizer = learned

            def add(total: Network, piece: Any) -> tuple[Network, None]:
                part = jax.grad(loss)(network, *piece)
                return jax.tree.map(jnp.add, total, part), None

            nothing = jax.tree.map(jnp.zeros_like, network)
            total, _ = jax.lax.scan(add, nothing, data)
            mean = jax.tree.map(lambda x: x / G.size, total)
            step, optimizer = adam.update(mean, optimizer)
            return (optax.apply_updates(network, step), optimizer), None

        return jax.lax.scan(epoch, (network, optimizer), None, length=epochs)[0]

    return PPO(init, update)


def _columns(x: Array) -> Array:
    """Return [pieces, ..., n] of [steps, batch, ...]: columns, some 2 000 to fit a cache."""
    size = x.shape[0] * x.shape[1]
    pieces = max(p for p in range(1, max(size // 2048, 1) + 1) if size % p == 0)
    return jnp.moveaxis(x.reshape(pieces, size // pieces, *x.shape[2:]), 1, -1)
