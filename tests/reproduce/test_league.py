"""The stored tournament: seats, and what follows from what."""

import jax
import numpy as np
import pytest

import lolakit as lk
from lolakit.reproduce.league import GAMES, LEARNERS, MOSTLY_D, league, league_runs
from lolakit.reproduce.storage import stored


def test_in_the_dilemma_cooperation_follows_from_what_both_earn():
    game = lk.prisoners_dilemma()
    theta = lk.from_probabilities([0.3, 0.6, 0.2, 0.8, 0.5])
    seen = lk.play_rounds(
        lk.fixed(theta),
        lk.fixed(-theta),
        game,
        jax.random.key(0),
        episodes=20,
        horizon=7,
    ).history
    r = np.asarray(seen.rewards)
    found = 2 + (r + 2 * r[:, ::-1]) / 3
    np.testing.assert_allclose(found, seen.cooperated, atol=1e-12)


@pytest.mark.parametrize("name", ["IPD", "IMP", "IPD, noise"])
def test_every_meeting_has_its_place(name):
    table, runs = league(name), stored("tournament")["runs"]
    assert table.names == tuple(LEARNERS)
    for i, row in enumerate(table.names):
        last = runs[f"{name}: {row}"]["last"]
        for j in range(6):
            np.testing.assert_array_equal(table.R[i, j, 0], last[:, j, 0])
            np.testing.assert_array_equal(table.R[j, i, 1], last[:, j, 1])
    if name == "IMP":
        both = table.R + table.R.swapaxes(0, 1)[:, :, ::-1]
        np.testing.assert_allclose(
            both, 0, atol=2e-4
        )  # zero-sum; four digits are stored
    else:
        assert table.cooperation.min() > -1e-3 and table.cooperation.max() < 1.001


def test_the_last_blocks_are_the_last_episodes():
    run = stored("tournament")["runs"]["IPD: LOLA"]
    np.testing.assert_allclose(run["R"][:, :, -2:].mean(axis=2), run["last"], atol=2e-4)


def test_the_scripts_fixed_player_is_in_the_long_tournament_only():
    p = jax.nn.sigmoid(MOSTLY_D.init(jax.random.key(0))[0])
    np.testing.assert_allclose(p, 0.2, rtol=1e-12)
    table = league("IPD, long", "tournament_long")
    assert table.names == (*LEARNERS, "fixed")
    assert len(league_runs({"episodes": 1, "horizon": 1})) == 3 * len(LEARNERS)
    assert float(GAMES["IMP"].gamma) == 0.96
