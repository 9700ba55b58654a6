"""Play round by round: learners that see play only, and the loop in which all meet.

`play` hands each learner the other's parameters. A learner from play gets none: it is handed
the rounds, one at a time, as its own seat sees them, and changes its policy within the game.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from lolakit import _validate
from lolakit._seats import check_same_seat, check_seats
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.learners.play import Played, both_policies
from lolakit.types import Learner, Params, Scalar, Tree


class Round(NamedTuple):
    """One round as one player saw it, from its own seat. All are single numbers.

    Attributes:
        state: what happened before, an index into `STATES`.
        action: what the player did, 0 (C) or 1 (D).
        other: what the other did.
        reward: what the player earned. What the other earned it is not told.
        after: the state that the round led to, 1 to 4.
    """

    state: Int[Array, ""]
    action: Int[Array, ""]
    other: Int[Array, ""]
    reward: Float[Array, ""]
    after: Int[Array, ""]


class RoundLearner(Learner):
    """A learner that sees play only: in the place of the other's parameters it gets a `Round`.

    `init(key) -> (theta, state)` as every learner; theta [5] are the logits of the policy that
    it plays, exploration included. `update(key, own, round, state) -> (theta, state)` is called
    after each round, by `play_rounds` and by `tournament` with a `horizon`.
    """

    __slots__ = ()


class Episodes(NamedTuple):
    """What happened in each episode, player 1 first.

    Attributes:
        rewards: mean reward of a round.
        cooperated: share of rounds in which each cooperated.
        recorded: what `record` returned, leading axis [episodes].
    """

    rewards: Float[Array, "episodes 2"]
    cooperated: Float[Array, "episodes 2"]
    recorded: Any


def play_rounds(
    one: Learner,
    two: Learner,
    game: MatrixGame,
    key: Array,
    *,
    episodes: int,
    horizon: int,
    noise: Scalar = 0.0,
    record: Callable[[Params, Params], Any] = both_policies,
) -> Played:
    """Let two learners play `episodes` games of `horizon` rounds, and learn on the way.

    Both draw their actions from their policies, in the same rounds. A `RoundLearner` learns
    after each round, from what it saw. Any other learner learns after each episode, as in
    `play`: it is handed the other's parameters of that moment. Both learn at once.

    An episode is a cut, not an end: the next one begins in the state "start", but nothing
    says that no round follows.

    Args:
        one: the learner in the first seat. It plays five logits.
        two: the learner in the second, built on `game.swap()`.
        game: what is played.
        key: all numbers follow from it.
        episodes: games, at least 1.
        horizon: rounds in a game, at least 1.
        noise: each action comes out as the other one with this probability. Both see what
            came out.
        record: `record(theta_1, theta_2)` is called after each episode; both by default.

    Returns:
        `Played(final, history)`, where `history` is `Episodes`.

    Raises:
        ValueError: for sizes below 1, noise outside [0, 1], players that are no learners, sit
            in the wrong seat or do not play five logits.

    >>> from lolakit import always_defect, fixed, prisoners_dilemma, tit_for_tat
    >>> players = fixed(tit_for_tat()), fixed(always_defect())
    >>> key = jax.random.key(0)
    >>> played = play_rounds(*players, prisoners_dilemma(), key, episodes=1, horizon=4)
    >>> played.history.rewards.tolist(), played.history.cooperated.tolist()
    ([[-2.25, -1.5]], [[0.25, 0.0]])
    """
    game = check_game("game", game)
    episodes = _validate.positive_int("episodes", episodes)
    horizon = _validate.positive_int("horizon", horizon)
    noise = _validate.fraction("noise", noise)
    _validate.function("record", record)
    key = _validate.key("key", key)
    _check_players(one, two, game, key)
    key_1, key_2, key_play = jax.random.split(key, 3)
    episode = _episode(one, two, game, horizon, noise, record)
    start = (one.init(key_1), two.init(key_2))
    return Played(*jax.lax.scan(episode, start, jax.random.split(key_play, episodes)))


def _episode(
    one: Learner, two: Learner, game: MatrixGame, horizon: int, noise: Any, record: Any
) -> Callable[[Any, Array], tuple[Any, Episodes]]:
    """Return one episode: from both players and a key to both players and what happened."""

    def a_round(carry: Any, drawn: tuple[Array, Array]) -> tuple[Any, Any]:
        (first, second), (s, z) = carry
        (u, trembles), (k_1, k_2) = drawn
        p = jnp.stack([jax.nn.sigmoid(first[0])[s], jax.nn.sigmoid(second[0])[z]])
        a, b = ((u >= p) ^ (trembles < noise)).astype(int)  # 0 is C
        r, after = game.payoff[:, a, b], 1 + 2 * a + b
        theirs = 1 + 2 * b + a
        first = _step(one, k_1, first, Round(s, a, b, r[0], after))
        second = _step(two, k_2, second, Round(z, b, a, r[1], theirs))
        return ((first, second), (after, theirs)), (r, jnp.stack([a, b]))

    def episode(players: Any, key: Array) -> tuple[Any, Episodes]:
        k_draw, k_rounds, k_1, k_2 = jax.random.split(key, 4)
        u = jax.random.uniform(k_draw, (horizon, 2, 2), game.payoff.dtype)
        keys = jax.random.split(k_rounds, (horizon, 2))
        start = (jnp.zeros((), int), jnp.zeros((), int))
        (players, _), (r, acts) = jax.lax.scan(a_round, (players, start), (u, keys))
        (theta_1, _), (theta_2, _) = first, second = players
        if not isinstance(one, RoundLearner):
            first = one.update(k_1, theta_1, theta_2, first[1])
        if not isinstance(two, RoundLearner):
            second = two.update(k_2, theta_2, theta_1, second[1])
        cooperated = 1 - acts.astype(r.dtype).mean(axis=0)
        kept = record(first[0], second[0])
        return (first, second), Episodes(r.mean(axis=0), cooperated, kept)

    return episode


def _step(
    learner: Learner, key: Array, player: Any, seen: Round
) -> tuple[Params, Tree]:
    """Let one player learn from a round, if it is one that learns from rounds."""
    theta, state = player
    if isinstance(learner, RoundLearner):
        return learner.update(key, theta, seen, state)
    return theta, state


def _check_players(one: Learner, two: Learner, game: MatrixGame, key: Array) -> None:
    for name, player, seat in (("one", one, game), ("two", two, game.swap())):
        if not isinstance(player, Learner):
            raise ValueError(f"{name}: expected a Learner, got {player!r}")
        check_same_seat("play_rounds", player.update, seat)
        theta = jax.eval_shape(player.init, key)[0]
        if jnp.shape(theta) != (5,):
            shapes = jax.tree.map(jnp.shape, theta)
            raise ValueError(f"{name}: expected a player of five logits, got {shapes}")
    check_seats("play_rounds", one.update, two.update)
