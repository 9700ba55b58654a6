"""A world that is no matrix game, for the layers that must not know the difference."""

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp

import lolakit as lk


class Corridor(NamedTuple):
    """A place in 0..2, three moves, two walkers."""

    gamma: float = 0.9
    prize: float = 2.0


def moves(theta, place):
    """Return log-probabilities of the three moves: a small network on the two places."""
    hidden = jnp.tanh(place @ theta["in"])
    return jax.nn.log_softmax(hidden @ theta["out"])


def move_log_prob(theta, states, actions):
    log_pi = moves(theta, states)
    return jnp.take_along_axis(log_pi, actions[..., None], -1)[..., 0]


def moved_to(game, places, moved):
    places = jnp.clip(places + jnp.stack(moved, -1) - 1, 0, 2)
    meet = (places[..., 0] == places[..., 1]).astype(float)
    at = places.astype(float)
    return places, (at[..., 0] - meet, game.prize * meet - 0.3 * at[..., 1])


def seen(places):
    return places.astype(float), places[..., ::-1].astype(float)


def sample(game, own, other, key, *, horizon, batch):
    def step(places, key):
        views = seen(places)
        k = jax.random.split(key)
        moved = [
            jax.random.categorical(k_i, moves(theta, view))
            for k_i, theta, view in zip(k, (own, other), views, strict=True)
        ]
        new, rewards = moved_to(game, places, moved)
        return new, lk.Trajectory(views, tuple(moved), rewards)

    _, play = jax.lax.scan(
        step, jnp.ones((batch, 2), int), jax.random.split(key, horizon)
    )
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), play)


def values(game, own, other):
    """Return the exact values of two rounds, by enumeration, differentiable."""

    def term(acts):
        places, log_p, value = jnp.ones(2, int), 0.0, jnp.zeros(2)
        for t in (0, 1):
            views, moved = seen(places), [acts[2 * t], acts[2 * t + 1]]
            for theta, view, a in zip((own, other), views, moved, strict=True):
                log_p += moves(theta, view)[a]
            places, rewards = moved_to(game, places, moved)
            value += game.gamma**t * jnp.stack(rewards)
        return jnp.exp(log_p) * value

    acts = jnp.array(list(itertools.product(range(3), repeat=4)))
    return jax.vmap(term)(acts).sum(axis=0)


def network(key):
    k = jax.random.split(key)
    return {
        "in": jax.random.normal(k[0], (2, 4)),
        "out": jax.random.normal(k[1], (4, 3)),
    }
