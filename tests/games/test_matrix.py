"""Games: payoffs, seats, and bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lolakit as lk

GAMES = {
    "prisoners_dilemma": (lk.prisoners_dilemma, [(-1, -1), (-3, 0), (0, -3), (-2, -2)]),
    "matching_pennies": (lk.matching_pennies, [(1, -1), (-1, 1), (-1, 1), (1, -1)]),
    "chicken": (lk.chicken, [(0, 0), (-1, 1), (1, -1), (-100, -100)]),
    "stag_hunt": (lk.stag_hunt, [(4, 4), (0, 3), (3, 0), (2, 2)]),
}
PAYOFF = np.zeros((2, 2, 2))


@pytest.mark.parametrize("name", GAMES)
def test_payoff_is_player_then_both_actions(name):
    make, cells = GAMES[name]
    for gamma in (0.0, 0.5):
        game = make(gamma=gamma)
        assert game.gamma == gamma
        for k, (a, b) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
            assert tuple(game.payoff[:, a, b].tolist()) == cells[k]


def test_default_discounts_are_the_published_ones():
    assert lk.prisoners_dilemma().gamma == 0.96
    assert lk.matching_pennies().gamma == 0.9
    assert lk.chicken().gamma == 0.0


@pytest.mark.parametrize("make", [lk.prisoners_dilemma, lk.chicken, lk.stag_hunt])
def test_symmetric_games_look_alike_from_both_seats(make):
    game = make()
    np.testing.assert_array_equal(game.swap().payoff, game.payoff)


def test_swap_exchanges_players_and_actions():
    payoff = np.arange(8.0).reshape(2, 2, 2)
    swapped = lk.MatrixGame(payoff, 0.3).swap()
    for i in range(2):
        for a in range(2):
            for b in range(2):
                assert swapped.payoff[i, a, b] == payoff[1 - i, b, a]
    assert swapped.gamma == 0.3


@pytest.mark.parametrize(
    ("payoff", "gamma", "message"),
    [
        (np.zeros((2, 2)), 0.9, r"payoff: expected shape \(2, 2, 2\), got \(2, 2\)"),
        (np.zeros((3, 2, 2)), 0.9, r"expected shape \(2, 2, 2\), got \(3, 2, 2\)"),
        (np.full((2, 2, 2), np.nan), 0.9, "payoff: expected finite numbers"),
        (np.full((2, 2, 2), np.inf), 0.9, "payoff: expected finite numbers"),
        ("CC", 0.9, "payoff: expected"),
        ([[1, 2], [3]], 0.9, "payoff: expected"),
        (
            np.zeros((2, 2, 2), bool),
            0.9,
            "payoff: expected numbers of shape .* got .*False",
        ),
        (PAYOFF, 1.0, r"gamma: expected 0 <= gamma < 1, got 1.0"),
        (PAYOFF, -0.1, r"gamma: expected 0 <= gamma < 1, got -0.1"),
        (PAYOFF, float("nan"), "gamma: expected a finite number, got nan"),
        (PAYOFF, "0.9", "gamma: expected a finite number"),
        ([[["1", 2], [3, 4]]] * 2, 0.9, "payoff: expected numbers of shape"),
        ([[[2j, 2], [3, 4]]] * 2, 0.9, "payoff: expected numbers of shape"),
        ([[[10**400, 2], [3, 4]]] * 2, 0.9, "payoff: expected numbers of shape"),
        (
            PAYOFF.astype("float32"),
            1 - 1e-9,
            "gamma: expected gamma < 1, got .*float32",
        ),
        (PAYOFF, True, "gamma: expected a finite number, got True"),
        (PAYOFF, None, "gamma: expected a finite number, got None"),
        (PAYOFF, np.zeros(3), r"gamma: expected one number, got .* shape \(3,\)"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_games_are_refused(payoff, gamma, message):
    with pytest.raises(ValueError, match=message):
        lk.MatrixGame(payoff, gamma)
    with pytest.raises(ValueError, match=message):  # and by way of _replace
        lk.MatrixGame(PAYOFF, 0.5)._replace(payoff=payoff, gamma=gamma)


def test_large_integers_do_not_wrap():
    jax.config.update("jax_enable_x64", False)
    try:
        game = lk.MatrixGame(np.full((2, 2, 2), 3_000_000_000), 0.5)
    finally:
        jax.config.update("jax_enable_x64", True)
    assert game.payoff.dtype == jnp.float32
    assert (game.payoff == 3e9).all()


def test_published_defaults_of_the_one_shot_games():
    assert lk.stag_hunt().gamma == lk.chicken().gamma == 0.0


@pytest.mark.parametrize("gamma", [np.float64(0.9), np.float32(0.5), 0.9])
def test_a_numpy_gamma_takes_on_the_dtype_it_meets(gamma):
    game = lk.MatrixGame(PAYOFF.astype("float32") + 1, gamma)
    theta = jnp.zeros(5, "float32")
    assert lk.exact_values(game)(theta, theta).dtype == jnp.float32


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_integers_become_floats_of_the_default_dtype(dtype):
    assert lk.MatrixGame(PAYOFF.astype(dtype), 0.5).payoff.dtype == jnp.float64


def test_integers_become_floats():
    game = lk.MatrixGame(np.arange(8).reshape(2, 2, 2), 0)
    assert jnp.issubdtype(game.payoff.dtype, jnp.floating)
    assert isinstance(game.gamma, float)


def test_a_game_is_a_pytree_that_vmaps():
    gammas = jnp.array([0.0, 0.5, 0.96])
    theta = lk.tit_for_tat()
    V = jax.vmap(lambda g: lk.exact_values(lk.prisoners_dilemma(g))(theta, theta))(
        gammas
    )
    np.testing.assert_allclose(V[:, 0], -1 / (1 - gammas), rtol=1e-6)
    games = jax.tree.map(lambda *x: jnp.stack(x), lk.chicken(0.5), lk.stag_hunt(0.5))
    assert isinstance(games, lk.MatrixGame)
    V = jax.vmap(lambda game: lk.exact_values(game)(theta, theta))(games)
    np.testing.assert_allclose(V, [[0, 0], [8, 8]], rtol=0, atol=1e-6)
    assert jax.jit(lambda game: game.swap())(lk.chicken()).payoff.shape == (2, 2, 2)


def test_two_tables_of_a_textbook_make_a_game():
    """Rows are player 1's actions in both, as in Nashpy; without B the game is symmetric."""
    game = lk.MatrixGame.from_bimatrix(
        [[-1, -3], [0, -2]], [[-1, 0], [-3, -2]], gamma=0.96
    )
    np.testing.assert_array_equal(game.payoff, lk.prisoners_dilemma().payoff)
    same = lk.MatrixGame.from_bimatrix([[-1, -3], [0, -2]], gamma=0.96)
    np.testing.assert_array_equal(same.payoff, game.payoff)
    pennies = lk.MatrixGame.from_bimatrix(
        [[1, -1], [-1, 1]], [[-1, 1], [1, -1]], gamma=0.9
    )
    np.testing.assert_array_equal(pennies.payoff, lk.matching_pennies().payoff)
    uneven = lk.MatrixGame.from_bimatrix([[1, 2], [3, 4]], [[5, 6], [7, 8]])
    assert uneven.payoff[0, 0, 1] == 2 and uneven.payoff[1, 0, 1] == 6


def test_print_shows_the_table():
    rows = str(
        lk.MatrixGame.from_bimatrix([[1, 2], [3, 4]], [[5, 6], [7, 8.5]], 0.5)
    ).split("\n")
    assert rows[1].split("  ")[0] == "C" and "(1, 5)" in rows[1] and "(2, 6)" in rows[1]
    assert "(3, 7)" in rows[2] and "(4, 8.5)" in rows[2] and rows[3] == "gamma = 0.5"
    traced = jax.jit(lambda game: str(game) and game.gamma)
    assert traced(lk.prisoners_dilemma()) == 0.96
