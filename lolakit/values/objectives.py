"""The magic box, and four objectives for one player of a game, from sampled rounds.

    magic_box(x) = exp(x - stop_gradient(x))      value 1, derivative magic_box(x) dx

In an objective each reward sits behind a magic box that holds the log-probabilities of
all that influenced it. With baselines that are baselines, and no decay, all four have the
same expected derivatives, of any order. They differ in their noise; Loaded DiCE has value 0.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.types import Scalar, Tree
from lolakit.values.baselines import Baseline, PerRound, batch_mean, discounts, returns

Objective = Callable[[Any, Any, Any, Any], Array]
"""`objective(log_pi, states, r, gamma) -> one number`, for one seat: `plain_dice` and the
others. `log_pi` [batch, horizon] is the log-probability of what *both* players did in each
round, `states` and `r` [batch, horizon] are the seat's own. Those here raise ValueError for
arrays of two shapes, or a discount outside [0, 1]."""


def magic_box(log_probs: Any) -> Array:
    """Return exp(x - stop_gradient(x)): 1 at every finite x, with derivative magic_box(x) dx."""
    return jnp.exp(log_probs - lax.stop_gradient(log_probs))


def plain_dice(log_pi: PerRound, states: Tree, r: PerRound, gamma: Scalar) -> Array:
    """Return the objective of the paper: sum_t gamma^t magic_box(sum_{l<=t} log_pi_l) r_t.

    Mean over the batch. Its value is the mean return.
    """
    del states
    gamma = _checked(log_pi, r, gamma)
    return _sum(magic_box(jnp.cumsum(log_pi, axis=1)) * r, gamma)


def centred_dice(log_pi: PerRound, states: Tree, r: PerRound, gamma: Scalar) -> Array:
    """Return `plain_dice` with each reward centred in the derivatives, round by round::

        sum_t gamma^t (r_t + (magic_box(sum_{l<=t} log_pi_l) - 1) (r_t - b_t))

    b_t is the mean reward of the *other* games in round t. So every derivative stays
    unbiased; with the mean over all games, as in code published with the paper, it is
    1 - 1/batch times as large. The value is the mean return. ValueError for a batch of 1.
    """
    gamma = _checked(log_pi, r, gamma)
    if len(r) < 2:
        raise ValueError(f"centred_dice: expected at least 2 games, got {len(r)}")
    box = magic_box(jnp.cumsum(log_pi, axis=1))
    return _sum(r + (box - 1) * (r - batch_mean(states, r, gamma)), gamma)


def baseline_dice(value: Baseline) -> Objective:
    """Return the objective with the paper's baseline::

        plain_dice + sum_t gamma^t (1 - magic_box(log_pi_t)) b_t

    It usually makes the first derivative less noisy. In long games it leaves the second
    almost as noisy as it was: it reaches pairs of actions of the same round only.
    Its value is the mean return. `value` is any baseline, such as `state_value`; for a
    known value v of each state, `lambda states, G, gamma: v[states]`.
    """
    _validate.function("value", value)

    def objective(log_pi: PerRound, states: Tree, r: PerRound, gamma: Scalar) -> Array:
        gamma = _checked(log_pi, r, gamma)
        b = _valued(value, states, r, gamma)
        plain = plain_dice(log_pi, states, r, gamma)
        return plain + _sum((1 - magic_box(log_pi)) * b, gamma)

    return objective


def loaded_dice(
    value: Baseline, *, decay: Scalar = 1.0, gae: Scalar = 1.0
) -> Objective:
    """Return the objective of Loaded DiCE: an advantage where DiCE has a reward::

        sum_t gamma^t (magic_box(w_t) - magic_box(w_t - log_pi_t)) A_t
        w_t = decay w_{t-1} + log_pi_t
        A_t = sum_l (gamma gae)^l (r_{t+l} + gamma V_{t+l+1} - V_{t+l})

    **Its value is 0, not the return**: only its derivatives mean something. With decay =
    gae = 1 they are unbiased to any order, whatever V is, if V is a baseline. Smaller
    decay (the paper's lambda) or gae leaves out part of what happened, for less noise.

    Args:
        value: V, as in `baseline_dice`; after the last round it is 0.
        decay: from 0 to 1.
        gae: from 0 to 1, the lambda of generalised advantage estimation.

    Farquhar, Whiteson, Foerster (2019), "Loaded DiCE".
    """
    _validate.function("value", value)
    decay, gae = (_validate.fraction(n, x) for n, x in (("decay", decay), ("gae", gae)))

    def objective(log_pi: PerRound, states: Tree, r: PerRound, gamma: Scalar) -> Array:
        gamma = _checked(log_pi, r, gamma)
        V = _valued(value, states, r, gamma)
        after = jnp.concatenate([V[:, 1:], jnp.zeros_like(V[:, :1])], axis=1)
        step = gamma * _validate.as_dtype(gae, r.dtype)
        A = returns(r + gamma * after - V, step)
        w = _decayed_sum(log_pi, decay)
        return _sum((magic_box(w) - magic_box(w - log_pi)) * A, gamma)

    return objective


def _checked(log_pi: Any, r: Any, gamma: Scalar) -> Any:
    """Return gamma as a number that goes with r; raise if the three do not fit."""
    if not hasattr(log_pi, "dtype") or log_pi.ndim != 2:
        raise ValueError(f"log_pi: expected an array [batch, horizon], got {log_pi!r}")
    _validate.float_array("log_pi", log_pi, log_pi.shape)
    _validate.float_array("r", r, log_pi.shape, "It is one for each of log_pi.")
    return _validate.as_dtype(_validate.fraction("gamma", gamma), r.dtype)


def _sum(x: PerRound, gamma: Scalar) -> Float[Array, ""]:
    return (discounts(x, gamma) * x).sum() / len(x)


def _valued(value: Baseline, states: Tree, r: PerRound, gamma: Scalar) -> PerRound:
    b = value(states, returns(r, gamma), gamma)
    _validate.float_array("value", b, r.shape, "It is what `value` returned.")
    return lax.stop_gradient(b)


def _decayed_sum(x: PerRound, decay: Scalar) -> PerRound:
    """Return w_t = sum_{l<=t} decay^(t-l) x_l."""
    t = jnp.arange(x.shape[1])
    apart = t[None, :] - t[:, None]
    powers = _validate.as_dtype(decay, x.dtype) ** jnp.maximum(apart, 1).astype(x.dtype)
    weights = jnp.where(apart > 0, powers, (apart == 0).astype(x.dtype))
    return jnp.matmul(x, weights.astype(x.dtype), precision="highest")
