"""The 144 ordinal games, against an enumeration of all tables that knows nothing of them."""

from itertools import permutations, product

import jax
import numpy as np
import pytest

import lolakit as lk
from lolakit.games import ordinal
from lolakit.games.ordinal import NAMES, PAIRS, PATTERNS, all_payoffs

ALL = all_payoffs()
RANKS = [np.reshape(p, (2, 2)) for p in permutations((1, 2, 3, 4))]


def frozen(one, two):
    return tuple(one.ravel()), tuple(two.ravel())


def renamed(one, two):
    """The tables that are the same game under other names of the actions."""
    for a, b in product((1, -1), repeat=2):
        yield frozen(one[::a, ::b], two[::a, ::b])


def test_there_are_144_games_and_78_up_to_the_seats():
    """All 576 tables, sorted into games by renaming; the library names one of each."""
    classes, up_to_seats = {}, set()
    for one, two in product(RANKS, repeat=2):
        same = frozenset(renamed(one, two))
        assert len(same) == 4
        classes[frozen(one, two)] = same
        up_to_seats.add(same | frozenset(renamed(two.T, one.T)))
    assert len(classes) == 576 and len(set(classes.values())) == 144
    assert len(up_to_seats) == 78 == len(PAIRS.T)
    ours = [frozen(*table.astype(int)) for table in ALL.reshape(-1, 2, 2, 2)]
    assert {classes[table] for table in ours} == set(classes.values())
    some = [frozen(*table.astype(int)) for table in ALL[*PAIRS]]
    assert len({s for table in some for s in up_to_seats if table in s}) == 78


def test_c_is_the_action_with_which_you_can_reach_your_best():
    assert (ALL[:, :, 0, :, 0] == 4).any(axis=-1).all()
    assert (ALL[:, :, 1, 0] == 4).any(axis=-1).all()


def test_neighbours_differ_by_one_exchange_of_neighbouring_ranks():
    """Also the last and the first: the table is a torus."""
    patterns = np.array([*PATTERNS.values()])
    for here, there in zip(patterns, np.roll(patterns, -1, axis=0), strict=True):
        (moved,) = np.nonzero(here != there)
        assert len(moved) == 2
        assert sorted(here[moved]) == sorted(there[moved])
        assert abs(np.diff(here[moved])) == 1
    # the halves: the own best payoff lies at DC, then at CC
    assert (patterns[:6].argmax(axis=1) == 2).all()
    assert (patterns[6:].argmax(axis=1) == 0).all()


def test_exchanging_the_seats_mirrors_the_table():
    for i, j in product(range(12), repeat=2):
        game = lk.MatrixGame(ALL[i, j], 0.0)
        np.testing.assert_array_equal(game.swap().payoff, ALL[j, i])
        assert (ALL[i, j] == ALL[j, i]).all() == (i == j)


@pytest.mark.parametrize("stretch", [1.0, 7.5])
def test_any_table_finds_its_place(stretch):
    for i, j in product(range(12), repeat=2):
        np.testing.assert_array_equal(
            lk.ordinal.ordinal_game(NAMES[i], NAMES[j]).payoff, ALL[i, j]
        )
        for a, b in product((1, -1), repeat=2):
            payoff = np.exp(stretch * ALL[i, j, :, ::a, ::b] / 4) - 3
            assert ordinal.names_of(lk.MatrixGame(payoff, 0.5)) == (NAMES[i], NAMES[j])


def test_the_games_of_the_book_have_their_names():
    named = {"prisoner's dilemma": lk.prisoners_dilemma(), "chicken": lk.chicken(),
             "stag hunt": lk.stag_hunt()}  # fmt: skip
    for name, game in named.items():
        assert ordinal.names_of(game) == (name, name)
    sexes = lk.MatrixGame.from_bimatrix([[3, 1.5], [1, 2]], [[2, 1.5], [1, 3]])
    assert ordinal.names_of(sexes) == (
        "hero",
        "hero",
    )  # each at the own favourite: not the worst


def test_equilibria_leave_nobody_a_better_answer():
    """Against the best of 21 answers each; and none of the other pairs of a grid is one."""
    grid = np.linspace(0, 1, 21)
    counts = {0: 0, 1: 0, 2: 0}
    for payoff in ALL.reshape(-1, 2, 2, 2):
        found = ordinal.equilibria(lk.MatrixGame(payoff, 0.0))
        pure = [e for e in found if set(e) <= {0.0, 1.0}]
        counts[len(pure)] += 1
        assert len(found) == {0: 1, 1: 1, 2: 3}[len(pure)]
        mixed = [np.stack([x, 1 - x]) for x in (grid, grid)]
        V = np.einsum("ap,iab,bq->ipq", mixed[0], payoff, mixed[1])
        best = (V[0] >= V[0].max(axis=0) - 1e-9) & (
            V[1] >= V[1].max(axis=1, keepdims=True) - 1e-9
        )
        # denominators are 2 to 4, of which 20 sees all but thirds
        on_grid = {
            e
            for e in found
            if np.allclose(np.round(20 * np.array(e)), 20 * np.array(e))
        }
        assert {(grid[i].round(9), grid[j].round(9)) for i, j in np.argwhere(best)} == {
            tuple(np.round(e, 9)) for e in on_grid
        }
        for p, q in found:
            x, y = np.array([p, 1 - p]), np.array([q, 1 - q])
            for V_own, mine in ((payoff[0] @ y, x), (x @ payoff[1], y)):
                assert V_own.max() - V_own @ mine < 1e-12
    assert counts == {0: 18, 1: 108, 2: 18}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ordinal.ordinal_game("pd"), "one: expected one of .*, got 'pd'"),
        (lambda: ordinal.ordinal_game("chicken", "x"), "two: expected one of"),
        (lambda: ordinal.names_of(lk.matching_pennies()), "four different payoffs"),
        (
            lambda: jax.jit(lambda g: len(ordinal.equilibria(g)))(lk.chicken()),
            "expected a known game",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
