"""A game for each student number: always the same one, and one of the class that is promised."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lolakit as lk
from lolakit.course.assignment import (
    GAMES,
    cooperative_share,
    student_game,
    student_policies,
)


def payoffs(game):
    (R, S), (T, P) = np.asarray(game.payoff[0]).tolist()
    return T, R, P, S


@functools.cache
def fingerprint(number):
    game = student_game(number)
    return (*payoffs(game), float(game.gamma))


def test_each_number_of_a_round_has_a_game_of_its_own():
    seen = {fingerprint(n) for n in range(1000, 1000 + GAMES)}
    assert len(seen) == GAMES
    assert fingerprint(1007) == fingerprint(1007 + GAMES)


def test_neighbours_differ_in_payoffs_and_in_discount():
    for n in range(1000, 999 + GAMES):
        one, two = fingerprint(n), fingerprint(n + 1)
        assert one[:4] != two[:4] and one[4] != two[4]


def test_every_game_is_of_the_class():
    for n in range(1000, 1000 + GAMES):
        game = student_game(n)
        T, R, P, S = payoffs(game)
        assert {T, R, P, S} <= set(range(11))
        assert T > R > P > S and 2 * R > T + S
        assert 2 / 5 <= (R - P) / (T - S) <= 2 / 3
        assert T - P != R - S, "assignment 1 asks for two thresholds"
        assert (game.payoff == game.swap().payoff).all()


@pytest.mark.parametrize("number", [1017, 1018, 20261123])
def test_against_tit_for_tat_cooperation_pays_in_each_game(number):
    """Both thresholds lie below the smallest discount: the page of assignment 1 says so."""
    T, R, P, S = payoffs(student_game(number))
    assert max((T - R) / (T - P), (T - R) / (R - S)) < 0.9


@pytest.mark.parametrize(
    ("number", "naive", "shaping"), [(0, 0.2, 0.6), (211, 0.2, 0.6)]
)
def test_shaping_makes_most_pairs_cooperate(number, naive, shaping):
    game = student_game(number)
    T, _, _, S = payoffs(game)
    V = lk.exact_values(game)
    rule = lk.lola(V, lookahead=3 / (T - S))
    assert cooperative_share(lk.naive(V), game) < naive
    assert cooperative_share(rule, game) > shaping


def test_the_share_is_that_of_a_run_by_hand():
    game = student_game(3)
    T, R, P, S = payoffs(game)
    V, step = lk.exact_values(game), 3 / (T - S)
    rule = lk.lola(V, lookahead=step)

    @jax.jit
    @jax.vmap
    def last(key):
        k_1, k_2, _ = jax.random.split(key, 3)
        pair = jnp.stack([jax.random.normal(k, (5,)) for k in (k_1, k_2)])

        def update(pair, _):
            return pair + step * jax.vmap(rule)(pair, pair[::-1]), None

        pair, _ = jax.lax.scan(update, pair, None, 200)
        return (1 - game.gamma) * V(*pair).mean()

    ends = last(jax.random.split(jax.random.key(0), 8))
    share = float((ends > (R + P) / 2).mean())
    assert cooperative_share(rule, game, seeds=8) == share


def test_policies_are_tenths_and_differ():
    pairs = np.array([np.stack(student_policies(n)) for n in range(300)])
    np.testing.assert_allclose(pairs, np.round(pairs, 1), rtol=0, atol=1e-12)
    assert abs(pairs).max() == 1.5
    assert len({tuple(np.ravel(p)) for p in pairs}) == 300
    # pinned: a grader of next year must draw what students drew this year
    np.testing.assert_allclose(
        student_policies(1017),
        [[0.6, 0.1, -1.0, 0.1, -1.2], [0.5, -1.0, 0.9, -0.7, -0.4]],
    )
    assert fingerprint(1017) == (8, 6, 4, 3, 0.92)


@pytest.mark.parametrize("number", [-1, 1.5, "12", None, True])
def test_what_is_no_number_is_refused(number):
    for make in (student_game, student_policies):
        with pytest.raises(ValueError, match="number: expected a whole number"):
            make(number)


def test_bad_input(unchecked_shapes):
    game = student_game(1)
    rule = lk.naive(lk.exact_values(game))
    with pytest.raises(ValueError, match="rule: expected a function"):
        cooperative_share(None, game)
    with pytest.raises(ValueError, match="looks alike from both seats"):
        cooperative_share(rule, lk.matching_pennies())
    with pytest.raises(ValueError, match="T > S"):
        cooperative_share(rule, lk.MatrixGame(-game.payoff, game.gamma))
    with pytest.raises(ValueError, match="seeds: expected"):
        cooperative_share(rule, game, seeds=0)
