"""Values that are not what they look like: of another game, another scale, another seat."""

import jax.numpy as jnp
from jaxtyping import Array

from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import Logits, from_other_seat
from lolakit.types import Params, Values
from lolakit.values.exact import exact_values, per_step


def exact_values_without_swap(game: MatrixGame) -> Values:
    """Return exact values that read the other's CD as its DC.

    Wrong: one index of states for both players, though each names its own
    action first. Right: `exact_values`, which reorders the other's logits. It
    happens where code that shares the index meets code that does not.
    """
    values = exact_values(game)

    def unswapped(own: Params, other: Params, key: Array | None = None) -> Array:
        return values(own, from_other_seat(other), key)  # reordered twice: not at all

    return unswapped


def from_other_seat_by_complement(theta: Logits) -> Logits:
    """Return theta with P(C) after CD and after DC replaced by its complement.

    Wrong: p -> 1 - p swaps the two numbers only if they sum to 1, as in
    tit-for-tat. Right: `from_other_seat`. Found in public code.
    """
    return theta * jnp.array([1, 1, -1, -1, 1], theta.dtype)


def exact_values_per_step(game: MatrixGame) -> Values:
    """Return (1 - gamma) V as the value to learn from.

    Wrong: the naive term gets the factor 1 - gamma once, the shaping term twice.
    Right: `exact_values` to learn from, `per_step` to look at. Papers print values
    per step, so it suggests itself.
    """
    values = exact_values(game)

    def scaled(own: Params, other: Params, key: Array | None = None) -> Array:
        return per_step(values(own, other, key), game.gamma)

    return scaled


def exact_values_with_default_discount(game: MatrixGame) -> Values:
    """Return exact values with a discount of 0.99, whatever the game says.

    Wrong: gamma belongs to the game. Right: `exact_values`. Found in public
    code.
    """
    return exact_values(game._replace(gamma=0.99))


def exact_values_of_one_round(game: MatrixGame) -> Values:
    """Return what the first round pays, as the reward of a meta-step.

    Wrong: a meta-step is a whole repeated game. Right: `exact_values`, or its
    `per_step`. Found in notes (E33).
    """
    return exact_values(game._replace(gamma=0.0))


def game_by_transposing(game: MatrixGame) -> MatrixGame:
    """Return the game in which player 2 earns the transpose of what player 1 earns.

    Wrong for all but symmetric games: in matching pennies both would want to
    match. Right: `game` itself, with a table for each player. Found in public
    code.
    """
    first = game.payoff[0]
    return MatrixGame(jnp.stack([first, first.T]), game.gamma)


def swap_forgotten(game: MatrixGame) -> MatrixGame:
    """Return the game as it is, for the other seat.

    Wrong for all but symmetric games: the other would climb what *I* earn in
    its place. Right: `MatrixGame.swap`. Found in public code.
    """
    return game


def values_for_everybody(values: Values) -> Values:
    """Return [V_1 + V_2, V_1 + V_2]: what a LOLA learner is said to climb.

    Wrong: it climbs its own value. Right: `values`. Found in notes (E23).
    """

    def everybody(own: Params, other: Params, key: Array | None = None) -> Array:
        return jnp.broadcast_to(values(own, other, key).sum(), (2,))

    return everybody
