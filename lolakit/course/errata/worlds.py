"""Policies, starts and payments that are a little off: small slips with long effects."""

from collections.abc import Callable

import jax
from jaxtyping import Array

from lolakit.games.memory_one import Logits, from_probabilities


def copycat_that_starts_with_defection(scale: float = 20.0) -> Logits:
    """Return the policy that does what the other did last, and defects in the first round.

    Wrong as tit-for-tat: "it repeats the other's action" leaves out the first
    round. Right: `tit_for_tat`, which begins with C. Found in notes (E25).
    """
    return from_probabilities([0, 1, 0, 1, 0], scale)


def probabilities_as_logits() -> Callable[[Array], Array]:
    """Return `init(key)` that draws probabilities and takes them for logits.

    Wrong: all starts lie close to one policy, which cooperates with probability
    0.62 to 0.68 in every state. Right: `normal_logits()`. Found in public code.
    """

    def init(key: Array) -> Logits:
        return jax.nn.sigmoid(jax.random.uniform(key, (5,)))

    return init


def coin_rewards_red_first(
    red_picks: bool, blue_picks: bool, coin_is_red: bool
) -> tuple[int, int]:
    """Return what red and blue earn in the coin game, red being asked first.

    Wrong: if both step on the coin, only red picks it up. Right: whoever picks
    up a coin gets 1, and whose colour it has loses 2 if the other picked it up.
    A tie then pays (-1, 1) for a red coin and (1, -1) for a blue one. Found in
    public code.
    """
    if red_picks:
        return (1, 0) if coin_is_red else (1, -2)
    if blue_picks:
        return (-2, 1) if coin_is_red else (0, 1)
    return 0, 0
