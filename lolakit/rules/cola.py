"""COLA: learn the rules that are each other's look-ahead, by training two networks.

A learner of order n believes the other to be of order n - 1. Two consistent learners are
right about each other: each climbs its value after the step that the other really takes.
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit._field import dot, step
from lolakit._seats import game_of, remember_game
from lolakit.types import Params, Rule, Scalar, Values

Layers = list[tuple[Array, Array]]
"""A network: weights and biases of each layer, with tanh between them."""
Networks = tuple[Layers, Layers]
"""One network for each seat."""


class Consistent(NamedTuple):
    """Two rules that a training made consistent with each other.

    Attributes:
        one: the rule of the seat that `values` are seen from.
        two: the rule of the other seat.
        networks: what was learned, one network for each seat.
        loss: the consistency loss at each update [updates].
    """

    one: Rule
    two: Rule
    networks: Networks
    loss: Float[Array, "updates"]


def cola(
    values: Values,
    own: Params,
    other: Params,
    key: Array,
    *,
    lookahead: Scalar,
    region: Scalar = 1.0,
    updates: int = 4000,
    batch: int = 64,
    hidden: tuple[int, ...] = (16, 16, 16),
    learning_rate: Scalar = 0.01,
) -> Consistent:
    """Return the rules f_1, f_2 of both seats, trained so that everywhere in a region::

        f_1 = h_1,   h_1 = grad_own   V_own(own, other + lookahead * f_2(own, other))
        f_2 = h_2,   h_2 = grad_other V_other(own + lookahead * f_1(own, other), other)

    Each f is a network of all parameters. Adam takes `updates` steps down the consistency
    loss, the mean of ``|f_1 - h_1|^2 + |f_2 - h_2|^2`` over a batch of points, which is
    differentiated through both sides: a plain iteration of f := h is `hola`, and may run
    away where a consistent pair exists. The learning rate falls to 0 as half a cosine.
    Outside the region the networks guess. Willi et al. (2022).

    Args:
        values: exact values, `values(own, other) -> [mine, theirs]`, shape [2].
        own: the middle of the region: parameters of this seat, of any shape ...
        other: ... and of the other.
        key: all numbers follow from it.
        lookahead: the step size that each is believed to use, a finite number.
        region: half its width: points are uniform within +-region of the middle.
        updates: of the networks.
        batch: points drawn for each update.
        hidden: tanh units of each hidden layer. () makes f affine, which is enough where
            the values are quadratic.
        learning_rate: of Adam, at the start.

    Returns:
        `Consistent(one, two, networks, loss)`: a rule for each seat, and the loss.

    Raises:
        ValueError: for sizes below 1, a region or learning rate that is not positive, or
            parameters that are no float arrays.
    """
    _validate.function("values", values)
    for name, theta in (("own", own), ("other", other)):
        _validate.parameters(name, theta)
    key = _validate.key("key", key)
    lookahead = _validate.finite_scalar("lookahead", lookahead)
    region = _validate.positive("region", region)
    learning_rate = _validate.positive("learning_rate", learning_rate)
    updates = _validate.positive_int("updates", updates)
    batch = _validate.positive_int("batch", batch)
    hidden = _widths(hidden)
    middle, apart = ravel_pytree((own, other))
    adam = optax.adam(optax.cosine_decay_schedule(learning_rate, updates))

    def loss(networks: Networks, points: Array) -> Array:
        f = fields(networks, middle, region)
        at = lambda point: apart(
            middle + _validate.as_dtype(region, point.dtype) * point
        )
        gap = lambda point: distance(values, lookahead, f, *at(point))
        return jnp.mean(jax.vmap(gap)(points))

    def update(learned: Any, key: Array) -> tuple[Any, Array]:
        networks, state = learned
        points = jax.random.uniform(
            key, (batch, len(middle)), middle.dtype, minval=-1, maxval=1
        )
        size, slope = jax.value_and_grad(loss)(networks, points)
        move, state = adam.update(slope, state)
        return (optax.apply_updates(networks, move), state), size

    k_start, k_points = jax.random.split(key)
    start = fresh(k_start, own, other, hidden)
    keys = jax.random.split(k_points, updates)
    (networks, _), losses = jax.lax.scan(update, (start, adam.init(start)), keys)
    return Consistent(*seats(values, networks, middle, region), networks, losses)


Field = Callable[[Params, Params], Params]


def _widths(hidden: Any) -> tuple[int, ...]:
    if not isinstance(hidden, tuple | list):
        got = _validate.shown(hidden)
        raise ValueError(f"hidden: expected a tuple of integers, got {got}")
    return tuple(_validate.positive_int("hidden", units) for units in hidden)


def fresh(key: Array, own: Params, other: Params, hidden: tuple[int, ...]) -> Networks:
    """Return new networks: weights N(0, 1 / inputs of the layer), biases 0."""
    n, m = (ravel_pytree(theta)[0] for theta in (own, other))
    sizes = n.size + m.size, *hidden

    def network(key: Array, outputs: int) -> Layers:
        shapes = [*itertools.pairwise((*sizes, outputs))]
        drawn = zip(jax.random.split(key, len(shapes)), shapes, strict=True)
        return [
            (
                jax.random.normal(k, (outs, ins), n.dtype) / ins**0.5,
                jnp.zeros(outs, n.dtype),
            )
            for k, (ins, outs) in drawn
        ]

    k_one, k_two = jax.random.split(key)
    return network(k_one, n.size), network(k_two, m.size)


def forward(layers: Layers, x: Float[Array, "inputs"]) -> Float[Array, "outputs"]:
    """Return the output of a network: tanh after each layer but the last."""
    for i, (W, b) in enumerate(layers):
        x = jnp.tanh(x) if i else x
        x = jnp.matmul(W.astype(x.dtype), x, precision="highest") + b.astype(x.dtype)
    return x


def fields(networks: Networks, middle: Array, region: Scalar) -> tuple[Field, Field]:
    """Return (f_1, f_2), both functions of (own, other) as the first seat has them."""

    def outputs(seat: int, own: Params, other: Params) -> Params:
        x, _ = ravel_pytree((own, other))
        inside = (x - middle.astype(x.dtype)) / _validate.as_dtype(region, x.dtype)
        shape = ravel_pytree((own, other)[seat])[1]
        return shape(forward(networks[seat], inside))

    return partial(outputs, 0), partial(outputs, 1)


def distance(
    values: Values,
    lookahead: Scalar,
    f: tuple[Field, Field],
    own: Params,
    other: Params,
) -> Array:
    """Return ``|f_1 - h_1|^2 + |f_2 - h_2|^2`` at a point: how far the two are from consistent."""
    f_1, f_2 = f
    h_1 = jax.grad(lambda x: values(x, step(other, lookahead, f_2(x, other)))[0])(own)
    h_2 = jax.grad(lambda y: values(step(own, lookahead, f_1(own, y)), y)[1])(other)
    gap = step((f_1(own, other), f_2(own, other)), -1.0, (h_1, h_2))
    return dot(gap, gap)


def seats(
    values: Values, networks: Networks, middle: Array, region: Scalar
) -> tuple[Rule, Rule]:
    """Return the rule of each seat: its own parameters come first."""
    f_1, f_2 = fields(networks, middle, region)

    def one(own: Params, other: Params, key: Array | None = None) -> Params:
        return f_1(own, other)

    def two(own: Params, other: Params, key: Array | None = None) -> Params:
        return f_2(other, own)

    game = game_of(values)
    swap = getattr(game, "swap", None)
    remember_game(one, game)
    remember_game(two, swap() if swap else None)
    return one, two
