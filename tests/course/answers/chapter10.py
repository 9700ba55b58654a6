"""Answers to the exercises of Chapter 10, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk
from lolakit.course.check import chapter10


def as_game(V_1, V_2):
    return lk.differentiable_game(
        lambda x, y: (V_1(x.sum(), y.sum()), V_2(x.sum(), y.sum()))
    )


def by_library(make):
    """Both directions of a rule of the library, as the exercise asks for them."""

    def function(V_1, V_2, x, y, lookahead):
        game, x, y = as_game(V_1, V_2), jnp.array([x]), jnp.array([y])
        one, two = (make(values, lookahead) for values in (game, game.swap()))
        return jnp.concatenate([one(x, y), two(y, x)])

    return function


SOS = by_library(lambda values, eta: lk.sos(values, lookahead=eta))
TAYLOR = by_library(lambda values, eta: lk.lola_taylor(values, lookahead=eta))
LOOK_AHEAD = by_library(lambda values, eta: lk.look_ahead(values, lookahead=eta))
NO_FADING = by_library(lambda values, eta: lk.sos(values, lookahead=eta, b=1e-9))


def by_hand(V_1, V_2, x, y, lookahead):
    g_1, w_1 = jax.grad(V_1, (0, 1))(x, y)
    w_2, g_2 = jax.grad(V_2, (0, 1))(x, y)
    A = jax.grad(jax.grad(V_1, 0), 1)(x, y)
    B = jax.grad(jax.grad(V_2, 1), 0)(x, y)
    v, c = np.array([g_1, g_2]), lookahead * np.array([B * w_1, A * w_2])
    d = v + lookahead * np.array([A * g_2, B * g_1])
    p = min(1, 0.5 * d @ d / -(c @ d)) if c @ d < 0 else 1
    return d + (min(p, v @ v) if v @ v < 0.01 else p) * c


def slip(name):
    """A function that makes one of the slips, of games of which the check knows the form."""

    def function(V_1, V_2, x, y, lookahead):
        return chapter10._sos(chapter10.GAME, x, y, lookahead, slip=name)

    return function


RIGHT = {
    "ex10_1": [(5 / 3, 3.0, "b"), (1.67, jnp.asarray(3.0), "B")],
    "ex10_2": [(2 / 101, 0.10786), (0.0198, 0.108)],
    "ex10_3": [(SOS,), (by_hand,)],
    "ex10_4": [
        (0.15, 0.66, 0.4, "a"),
        (lk.stats.Estimate(0.15, 0.1, 0.2), jnp.asarray(0.663), 0.398, "A"),
    ],
}

WRONG = {
    "ex10_1": [
        ((3.0, 5 / 3, "b"), "rest_lola: the two look exchanged"),
        ((1.25, 3.0, "b"), "lookahead of the chapter"),
        ((1.0, 3.0, "b"), "the shaping term vanish too"),
        ((1 / 1.4, 3.0, "b"), "sign of the shaping term"),
        ((5 / 6, 3.0, "b"), "x alone"),
        ((2.0, 3.0, "b"), "rest_lola: not yet"),
        ((5 / 3, 5 / 3, "b"), "rest_taylor: the two look exchanged"),
        ((5 / 3, 4 / 3, "b"), "lookahead of the chapter"),
        ((5 / 3, 1.0, "b"), "rest_taylor: there the slopes"),
        ((5 / 3, 5.0, "b"), "LookAhead term"),
        ((5 / 3, 1.5, "b"), "x alone"),
        ((5 / 3, 3.0, "a"), "towards the rest point"),
        ((5 / 3, 3.0, "c"), "sign of the direction"),
    ],
    "ex10_2": [
        ((1 / 101, 0.108), "half of it"),
        ((0.02, 0.108), "three digits"),
        ((0.1, 0.108), "grows by a third"),
        ((0.5, 0.108), "largest_naive: not yet"),
        ((2 / 101, 22 / 202), "stays 0.1"),
        ((2 / 101, 2 / 101), "the naive one again"),
        ((2 / 101, 0.05), "largest_look_ahead: not yet"),
    ],
    "ex10_3": [
        ((LOOK_AHEAD,), "shaping term is missing"),
        ((TAYLOR,), "this is the Taylor rule"),
        ((NO_FADING,), "second criterion is missing"),
        ((lambda *given: jnp.zeros(2),), "not yet, at a point everywhere else"),
        ((lambda *given: jnp.zeros(3),), "expected the shape"),
        *(((slip(name),), hint) for name, hint in chapter10.SLIPS.items()),
    ],
    "ex10_4": [
        ((0.66, 0.15, 0.4, "a"), "exchanged"),
        ((0.05, 0.66, 0.4, "a"), "fair_naive: too few"),
        ((0.3, 0.66, 0.4, "a"), "fair_naive: too many"),
        ((0.15, 0.4, 0.4, "a"), "fair_taylor: too few"),
        ((0.15, 0.66, 0.66, "a"), "fair_sos: too many"),
        ((15, 0.66, 0.4, "a"), "fraction of the seeds"),
        ((0.15, 0.66, 0.4, "b"), "player 2 learns"),
        ((0.15, 0.66, 0.4, "c"), "accepts, with and without"),
    ],
}  # fmt: skip
