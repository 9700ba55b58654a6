"""Models of another player: ways to estimate a policy from its play.

Both maximise the likelihood of the actions seen, times a prior. The prior keeps finite
what play says nothing about: the logit of a state never visited, or of an action never
refused.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Int

from lolakit import _validate
from lolakit.games.memory_one import Logits
from lolakit.types import Params, Tree
from lolakit.values.rollouts import LogProb


class Model(NamedTuple):
    """A way to estimate a policy from its play: `counts` or `maximum_likelihood`.

    Attributes:
        start: the estimate before any play: parameters of the other's policy.
        digest: `digest(states, actions) -> data`, what to remember of one batch of play.
        fit: `fit(estimate, data, seen) -> estimate`. `data` holds the last digests, on a
            leading axis [window]; `seen` [window] is True where there was play. Other
            rows hold zeros and must not count.
    """

    start: Params
    digest: Callable[[Any, Any], Any]
    fit: Callable[[Params, Any, Array], Params]


def counts(prior: float = 0.5) -> Model:
    """Return the model of a memory-one policy by counting, state by state::

        theta_hat[s] = log (n_C[s] + prior) - log (n_D[s] + prior)

    `prior` is how many C and how many D each state counts as seen before any play. It
    keeps the logits finite where only C or only D was seen, and at 0 in a state never
    visited. The estimate maximises the likelihood times sigmoid(theta)^prior
    sigmoid(-theta)^prior. Five states and two actions, no others: ValueError for what is
    known to lie outside, and unless prior > 0.
    """
    prior = _validate.finite_scalar("prior", prior)
    if isinstance(prior, float) and not prior > 0:
        raise ValueError(f"prior: expected a positive number, got {prior!r}")

    def digest(states: Tree, actions: Tree) -> Int[Array, "5 2"]:
        _some_play(states, actions)
        _validate.indices("states", states, 5)
        _validate.indices("actions", actions, 2)
        if jnp.shape(states) != jnp.shape(actions):
            raise ValueError(
                f"actions: expected the shape of states, {jnp.shape(states)}, got "
                f"{jnp.shape(actions)}"
            )
        return jnp.zeros((5, 2), int).at[states, actions].add(1)

    def fit(estimate: Logits, data: Int[Array, "window 5 2"], seen: Array) -> Logits:
        if isinstance(prior, float) and prior < jnp.finfo(estimate.dtype).tiny:
            raise ValueError(f"prior: got {prior!r}, 0 in {estimate.dtype}")
        n = jnp.where(seen[:, None, None], data, 0).sum(axis=0)
        n = n.astype(estimate.dtype) + prior
        return jnp.log(n[:, 0]) - jnp.log(n[:, 1])

    return Model(jnp.zeros(5), digest, fit)


def standard_normal(theta: Params) -> Array:
    """Return the log-density of a standard normal prior, up to a constant: -theta' theta / 2."""
    return jnp.asarray(-0.5 * sum(jnp.vdot(x, x) for x in jax.tree.leaves(theta)))


def maximum_likelihood(
    log_prob: LogProb,
    start: Params,
    optimizer: optax.GradientTransformation,
    *,
    steps: int,
    log_prior: Callable[[Params], Array] = standard_normal,
) -> Model:
    """Return the model of any differentiable policy, fitted by gradient steps towards::

        theta_hat = argmax  sum log pi(action | state; theta) + log_prior(theta)

    Each fit takes `steps` steps of a fresh optimizer, from the last estimate (a warm
    start), on the mean over the rounds seen. How near it comes is up to `optimizer` and
    `steps`: plain gradient steps are slow in states that are rarely visited, where
    `optax.adam(0.1)` is not. Raises ValueError for steps < 1, or a `start` without
    parameters.

    Args:
        log_prob: log-probabilities of the other's policy, like `lolakit.log_prob`.
        start: where the first fit starts.
        optimizer: one of optax's that needs gradients and parameters only.
        steps: gradient steps of each fit.
        log_prior: log-density over parameters. It keeps what play says nothing about
            finite, and counts less the more was seen.
    """
    steps = _validate.positive_int("steps", steps)
    for name, value in (("log_prob", log_prob), ("log_prior", log_prior)):
        _validate.function(name, value)
    _validate.optimizer("optimizer", optimizer)
    if not jax.tree.leaves(start):
        raise ValueError(f"start: expected a pytree of arrays, got {start!r}")

    def digest(states: Tree, actions: Tree) -> Any:
        _some_play(states, actions)
        return states, actions

    def fit(estimate: Params, data: Tree, seen: Array) -> Params:
        # Rows without play repeat one that has it: where log_prob is singular, masking
        # the zeros that they hold would still leave a NaN in the gradient.
        rows = jnp.where(seen, jnp.arange(len(seen)), jnp.argmax(seen))
        data = jax.tree.map(lambda x: x[rows], data)

        def loss(theta: Params) -> Array:
            log_pi = jax.vmap(log_prob, (None, 0, 0))(theta, *data)
            mask = jnp.broadcast_to(seen[:, None, None], log_pi.shape)
            total = jnp.where(mask, log_pi, 0).sum() + log_prior(theta)
            return -total / jnp.maximum(mask.sum(), 1).astype(total.dtype)

        def step(carry: Tree, _: None) -> tuple[Any, None]:
            theta, state = carry
            move, state = optimizer.update(jax.grad(loss)(theta), state, theta)
            return (optax.apply_updates(theta, move), state), None

        begin = estimate, optimizer.init(estimate)
        return lax.scan(step, begin, None, length=steps)[0][0]

    return Model(start, digest, fit)


def _some_play(states: Tree, actions: Tree) -> None:
    if any(x.size == 0 for x in jax.tree.leaves((states, actions))):
        raise ValueError("play: expected at least one round of history, got none")
