"""Classical strategies: their numbers, and players of the Axelrod library."""

import sys
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import lolakit as lk

GAME = lk.prisoners_dilemma()


def test_the_numbers_of_the_classical_strategies():
    found = lk.classical(GAME)
    right = {
        "AllC": [1, 1, 1, 1, 1],
        "TFT": [1, 1, 0, 1, 0],
        "generous TFT": [1, 1, 1 / 3, 1, 1 / 3],
        "WSLS": [1, 1, 0, 0, 1],
        "firm but fair": [1, 1, 0, 1, 2 / 3],
        "grim": [1, 1, 0, 0, 0],
        "Joss": [1, 0.9, 0, 0.9, 0],
        "suspicious TFT": [0, 1, 0, 1, 0],
        "random": [0.5] * 5,
        "AllD": [0] * 5,
    }
    for name, p in right.items():
        np.testing.assert_allclose(
            jax.nn.sigmoid(found[name]), p, atol=3e-9, err_msg=name
        )
    assert found.keys() - right.keys() == {"generous ZD", "extortion"}


@pytest.mark.parametrize(("name", "base"), [("extortion", -2.0), ("generous ZD", -1.0)])
def test_zero_determinant_players_hold_their_line(name, base):
    """R_own - base = 3 (R_other - base), against everybody."""
    V, own = lk.exact_values(GAME), lk.classical(GAME)[name]
    for other in lk.classical(GAME).values():
        mine, theirs = lk.per_step(V(own, other), GAME.gamma) - base
        np.testing.assert_allclose(mine, 3 * theirs, atol=1e-6)


def stand_in(**fields):
    """Return what looks like a player of the library."""
    classifier = {"memory_depth": 1, "stochastic": True}
    return SimpleNamespace(classifier=classifier, strategy=lambda other: "C", **fields)


def test_a_memory_one_player_is_read_off():
    vector = {("C", "C"): 0.9, ("C", "D"): 0.1, ("D", "C"): 0.4, ("D", "D"): 0.2}
    player = stand_in(_four_vector=vector, _initial="D")
    np.testing.assert_array_equal(
        lk.from_axelrod(player), lk.memory_one([0.9, 0.1, 0.4, 0.2], first=0.0)
    )


def test_others_are_refused():
    with pytest.raises(
        ValueError, match=r"player: expected a memory-one player .* is random"
    ):
        lk.from_axelrod(stand_in())
    with pytest.raises(
        ValueError, match="player: expected a player of the Axelrod library"
    ):
        lk.from_axelrod("TitForTat")


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "axelrod", None)
    player = stand_in()
    player.classifier = {"memory_depth": 1, "stochastic": False}
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install \"lolakit\[axelrod\]\""
    ):
        lk.from_axelrod(player)


def test_with_the_library_ours_are_theirs():
    axelrod = pytest.importorskip("axelrod")
    ours = lk.classical(GAME)
    theirs = {
        "AllC": axelrod.Cooperator(), "TFT": axelrod.TitForTat(),
        "generous TFT": axelrod.GTFT(), "WSLS": axelrod.WinStayLoseShift(),
        "firm but fair": axelrod.FirmButFair(), "Joss": axelrod.FirstByJoss(),
        "suspicious TFT": axelrod.SuspiciousTitForTat(), "AllD": axelrod.Defector(),
    }  # fmt: skip
    for name, player in theirs.items():
        np.testing.assert_allclose(
            lk.from_axelrod(player), ours[name], atol=1e-9, err_msg=name
        )
    with pytest.raises(ValueError, match="memory depth inf"):
        lk.from_axelrod(axelrod.Grudger())
    with pytest.raises(ValueError, match="memory-one player"):
        lk.from_axelrod(axelrod.Random(0.5))
