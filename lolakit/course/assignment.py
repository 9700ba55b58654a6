"""A game of one's own for each student number: what the graded assignments play.

Nothing here is random: a number gives the same game with every version of JAX, on every
machine, so a grader can work out the right answers from the number alone.
"""

import hashlib
import itertools
import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lolakit import _validate
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import Logits, normal_logits
from lolakit.learners.ascend import ascend
from lolakit.learners.play import play
from lolakit.types import Rule
from lolakit.values.exact import exact_values

__all__ = ["GAMES", "cooperative_share", "student_game", "student_policies"]

_DISCOUNTS = (0.9, 0.92, 0.94, 0.95, 0.96)
_PAYOFFS = [
    (T, R, P, S)
    for S, P, R, T in itertools.combinations(range(11), 4)
    if 2 * R > T + S
    and 2 * (T - S) <= 5 * (R - P)
    and 3 * (R - P) <= 2 * (T - S)
    and T - P != R - S
]
_STEP = 143  # no factor of GAMES, and GAMES / 2.6: neighbours lie far apart in the list

GAMES = len(_PAYOFFS) * len(_DISCOUNTS)
"""How many games there are. Numbers that differ by less than this have different games."""


def student_game(number: Any) -> MatrixGame:
    """Return the prisoner's dilemma of a student number: CC R,R; CD S,T; DC T,S; DD P,P.

    Whole payoffs from 0 to 10, T > R > P > S and 2R > T + S, with R - P between 2/5 and
    2/3 of T - S, and T - P other than R - S; and a discount of 0.9, 0.92, 0.94, 0.95 or
    0.96. In all of these games most pairs of LOLA learners cooperate and most naive pairs
    do not (`cooperative_share`).

    The game of n is number 143 n (modulo `GAMES`) of the list. 143 and `GAMES` have no
    common factor, so any `GAMES` numbers in a row have all the games, each once. Raises
    ValueError unless `number` is a whole number from 0 on.

    >>> game = student_game(1017)
    >>> float(game.gamma) == float(student_game(1017).gamma)
    True
    >>> bool((game.payoff == student_game(1018).payoff).all())
    False
    """
    k = _STEP * _whole(number) % GAMES
    gamma = _DISCOUNTS[k % len(_DISCOUNTS)]
    T, R, P, S = _PAYOFFS[k // len(_DISCOUNTS)]
    cells = np.array([[(R, R), (S, T)], [(T, S), (P, P)]], dtype=float)
    return MatrixGame(np.moveaxis(cells, -1, 0), gamma)


def student_policies(number: Any) -> tuple[Logits, Logits]:
    """Return two policies of a student number: logits from -1.5 to 1.5, in tenths.

    They come from the first ten bytes of the number's SHA-256. Raises ValueError unless
    `number` is a whole number from 0 on.
    """
    drawn = hashlib.sha256(str(_whole(number)).encode()).digest()[:10]
    tenths = np.array([byte % 31 - 15 for byte in drawn], dtype=float)
    one, two = jnp.asarray(tenths.reshape(2, 5) / 10, dtype=float)
    return one, two


def cooperative_share(rule: Rule, game: MatrixGame, *, seeds: int = 64) -> float:
    """Return the share of pairs that learn to cooperate, both with this rule.

    200 simultaneous updates from N(0, 1) logits, with the step size 3 / (T - S), which is
    1 in the book's dilemma. A pair cooperates if the mean of the two players' last
    per-step values is above the middle of R and P. The seeds are always the same, so two
    rules that are the same function give the same share, but for a pair that rounding tips.

    Args:
        rule: `rule(own, other, key=None) -> direction`, for both seats.
        game: looks alike from both seats, with T > S.
        seeds: how many pairs, at least 1.

    Raises:
        ValueError: for a rule that is no function, a game that the rule cannot serve from
            both seats, or fewer than one pair.
    """
    _validate.function("rule", rule)
    seeds = _validate.positive_int("seeds", seeds)
    if not bool((game.swap().payoff == game.payoff).all()):
        raise ValueError(
            f"game: expected one that looks alike from both seats, got {game}"
        )
    (R, S), (T, P) = np.asarray(game.payoff[0], dtype=float).tolist()
    if not T > S:
        raise ValueError(f"game: expected T > S, got T = {T:g} and S = {S:g}")
    values = exact_values(game)
    learner = ascend(
        lambda own, other, key=None: rule(own, other),
        optax.sgd(3 / (T - S)),
        normal_logits(),
    )

    @jax.jit
    @jax.vmap
    def last(key: Any) -> Any:
        (one, two), _ = play(learner, learner, key, 200, record=lambda *_: None)
        return (1 - game.gamma) * values(one[0], two[0]).mean()

    ends = last(jax.random.split(jax.random.key(0), seeds))
    return float((ends > (R + P) / 2).mean())


def _whole(number: Any) -> int:
    """Return `number` as an int; raise unless it is a whole number from 0 on."""
    try:
        whole = operator.index(number)
    except TypeError:
        whole = -1
    if whole < 0 or isinstance(number, bool):
        raise ValueError(f"number: expected a whole number from 0 on, got {number!r}")
    return whole
