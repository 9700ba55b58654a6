"""Policies that are networks, and policies that are written by hand: all of one type.

A policy is three functions of plain arrays, so any pytree can be its parameters: the five
logits of a memory-one policy, the weights of a network, or nothing. What it remembers from
round to round goes in and comes out, as in a scan::

    log_p, memory = policy.act(theta, memory, seen)

Nothing here knows what is played, and no package beyond JAX is needed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.types import Params, Scalar, Tree


class Policy(NamedTuple):
    """A policy for one player of one game; `jax.vmap` over `memory` and `seen` for many.

    Attributes:
        init: `init(key) -> theta`, fresh parameters.
        memory: what it remembers before the first round: a pytree, () for nothing.
        act: `act(theta, memory, seen) -> (log_p, memory)`: the log-probabilities of all
            actions [actions], given what it sees [inputs], and what it remembers then.
    """

    init: Callable[[Array], Params]
    memory: Tree
    act: Callable[[Params, Tree, Array], tuple[Array, Tree]]


class Layer(NamedTuple):
    """One layer: W x + b."""

    W: Float[Array, "outputs inputs"]
    b: Float[Array, " outputs"]


class GRU(NamedTuple):
    """A gated recurrent unit: three layers on what it sees and remembers, and a readout."""

    reset: Layer
    update: Layer
    new: Layer
    readout: Layer


def layer(key: Array, inputs: int, outputs: int, scale: Scalar) -> Layer:
    """Return a fresh layer: weights from N(0, scale^2), offsets 0."""
    return Layer(scale * jax.random.normal(key, (outputs, inputs)), jnp.zeros(outputs))


def through(net: Layer, x: Float[Array, "*n inputs"]) -> Float[Array, "*n outputs"]:
    """Return W x + b, for one x or for many as rows."""
    out = x @ net.W.T
    return out + net.b.reshape((1,) * (out.ndim - 1) + net.b.shape)


def two_layers(
    net: tuple[Layer, Layer], x: Float[Array, "*n inputs"]
) -> Float[Array, "*n outputs"]:
    """Return W2 tanh(W1 x + b1) + b2, for one x or for many as rows."""
    return through(net[1], jnp.tanh(through(net[0], x)))


def mlp(
    inputs: int, outputs: int, *, hidden: int = 64, scale: Scalar = 0.3
) -> Callable[[Array], tuple[Layer, Layer]]:
    """Return `init(key)` of a network of two layers with tanh units between, `two_layers`.

    Args:
        inputs: how many numbers go in.
        outputs: how many come out; at first they are small, so that a policy begins
            near chance, and a critic near 0.
        hidden: tanh units.
        scale: spread of the weights of the first layer.

    Raises:
        ValueError: for sizes below 1, or a scale that is no finite number.
    """
    sizes = {"inputs": inputs, "outputs": outputs, "hidden": hidden}
    sizes = {name: _validate.positive_int(name, n) for name, n in sizes.items()}
    scale = _validate.finite_scalar("scale", scale)

    def init(key: Array) -> tuple[Layer, Layer]:
        one, two = jax.random.split(key)
        first = layer(one, sizes["inputs"], sizes["hidden"], scale)
        return first, layer(two, sizes["hidden"], sizes["outputs"], 0.1 * scale)

    return init


def mlp_policy(
    inputs: int, actions: int, *, hidden: int = 64, scale: Scalar = 0.3
) -> Policy:
    """Return the policy of a two-layer network: softmax of W2 tanh(W1 seen + b1) + b2.

    Args:
        inputs: how many numbers a player sees.
        actions: how many it can do.
        hidden: tanh units.
        scale: spread of the first weights, as in `mlp`.

    Raises:
        ValueError: for sizes below 1, or a scale that is no finite number.

    >>> policy = mlp_policy(38, 4)
    >>> log_p, _ = policy.act(policy.init(jax.random.key(0)), policy.memory, jnp.ones(38))
    >>> round(float(jnp.exp(log_p).sum()), 4)
    1.0
    """
    actions = _validate.positive_int("actions", actions)
    init = mlp(inputs, actions, hidden=hidden, scale=scale)

    def act(theta: Params, memory: Tree, seen: Array) -> tuple[Array, Tree]:
        return jax.nn.log_softmax(two_layers(theta, seen)), memory

    return Policy(init, (), act)


def gru_policy(
    inputs: int, actions: int, *, hidden: int = 32, scale: Scalar = 0.3
) -> Policy:
    """Return the policy of a gated recurrent unit, which remembers what it has seen::

        z = sigmoid(update [x, h]),    r = sigmoid(reset [x, h])
        h' = (1 - z) h + z tanh(new [x, r h]),    pi = softmax(readout h')

    Cho et al. (2014). h begins at 0.

    Args:
        inputs: how many numbers a player sees.
        actions: how many it can do.
        hidden: how many numbers it remembers.
        scale: spread of the first weights on what it sees and remembers.

    Raises:
        ValueError: for sizes below 1, or a scale that is no finite number.
    """
    sizes = {"inputs": inputs, "actions": actions, "hidden": hidden}
    sizes = {name: _validate.positive_int(name, n) for name, n in sizes.items()}
    inputs, actions, hidden = sizes["inputs"], sizes["actions"], sizes["hidden"]
    scale = _validate.finite_scalar("scale", scale)

    def init(key: Array) -> GRU:
        k_reset, k_update, k_new, k_readout = jax.random.split(key, 4)
        gate = lambda k: layer(k, inputs + hidden, hidden, scale)
        readout = layer(k_readout, hidden, actions, 0.1 * scale)
        return GRU(gate(k_reset), gate(k_update), gate(k_new), readout)

    def act(theta: GRU, memory: Array, seen: Array) -> tuple[Array, Array]:
        both = jnp.concatenate([seen, memory])
        z = jax.nn.sigmoid(through(theta.update, both))
        r = jax.nn.sigmoid(through(theta.reset, both))
        new = jnp.tanh(through(theta.new, jnp.concatenate([seen, r * memory])))
        memory = (1 - z) * memory + z * new
        return jax.nn.log_softmax(through(theta.readout, memory)), memory

    return Policy(init, jnp.zeros(hidden), act)


def scripted(choose: Callable[[Any], Array]) -> Policy:
    """Return the policy that does what a function says. It has no parameters, so never learns.

    Args:
        choose: `choose(seen) -> weights`, not negative, of all actions [actions]: each is
            done with a probability in proportion to its weight.

    Raises:
        ValueError: if `choose` is no function.
    """
    _validate.function("choose", choose)

    def act(theta: Params, memory: Tree, seen: Array) -> tuple[Array, Tree]:
        del theta
        weights = choose(seen)
        return jnp.log(weights / weights.sum()), memory

    return Policy(lambda key: (), (), act)
