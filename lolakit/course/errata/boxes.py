"""Boxes that are not magic, or that hold the wrong log-probabilities."""

from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit.types import Params, Scalar, Tree, Values, World
from lolakit.values.baselines import PerRound, discounts
from lolakit.values.objectives import Objective, magic_box, plain_dice
from lolakit.values.rollouts import Sampler, log_prob, rollout, sampler_of


def box_blocked_forward(log_probs: Any) -> Array:
    """Return exp(x): a box whose `stop_gradient` lets nothing through in the forward pass.

    Wrong: `stop_gradient` hands its argument through, and has derivative zero.
    Right: `magic_box`. Found in notes (E15, E16).
    """
    return jnp.exp(log_probs)


def box_active_backward(log_probs: Any) -> Array:
    """Return exp(x - x): a box whose `stop_gradient` acts in the backward pass.

    Wrong: then nothing is left to differentiate. Right: `magic_box`. Found in
    notes (E15).
    """
    return jnp.exp(log_probs - log_probs)


def dice_without_scores(
    log_pi: PerRound, states: Tree, r: PerRound, gamma: Scalar
) -> Array:
    """Return the objective whose derivative is sum_c box grad c.

    Wrong: it lacks c sum grad log p, and a reward has no gradient of its own.
    Right: `plain_dice`, with derivative sum_c box (grad c + c sum grad log p).
    Found in notes (E17, E18).
    """
    del states
    box = lax.stop_gradient(magic_box(jnp.cumsum(log_pi, axis=1)))
    return (discounts(r, gamma) * box * r).sum() / len(r)


def dice_of_earlier_rounds(
    log_pi: PerRound, states: Tree, r: PerRound, gamma: Scalar
) -> Array:
    """Return DiCE with the actions *before* round t in the box of r_t.

    Wrong: an action influences the reward of its own round. Right:
    `plain_dice`, with all rounds up to and including t. A reading that notes
    leave open (E12).
    """
    del states
    before = jnp.cumsum(log_pi, axis=1) - log_pi
    return (discounts(r, gamma) * magic_box(before) * r).sum() / len(r)


def dice_values_of_own_actions(
    game: World,
    *,
    horizon: int,
    batch: int,
    objective: Objective = plain_dice,
    sample: Sampler = rollout,
) -> Values:
    """Return sampled values whose boxes hold the actions of one player each, its own.

    Wrong: the other's parameters occur nowhere in my objective, so that all
    mixed second derivatives are zero. Right: `dice_values`, with both players'
    actions in every box. A reading that notes leave open (E12).
    """
    draw = sampler_of(game, horizon, batch, sample)

    def values(own: Params, other: Params, key: Array | None = None) -> Any:
        play = draw(*lax.stop_gradient((own, other)), key)
        logs = map(log_prob, (own, other), play.states, play.actions)
        each = zip(logs, play.states, play.rewards, strict=True)
        return jnp.stack([objective(log, s, r, game.gamma) for log, s, r in each])

    return values
