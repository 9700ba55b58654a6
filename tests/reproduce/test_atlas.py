"""The atlas: renaming and seats change nothing, and its rows are what the code computes."""

import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk
from lolakit.games.ordinal import NAMES, PAIRS, all_payoffs
from lolakit.reproduce import atlas
from lolakit.reproduce.storage import stored
from lolakit.seeds.stats import Z
from lolakit.values.exact import shares

PAYOFFS = all_payoffs()
ROWS = [(rule, way) for rule in atlas.RULES for way in atlas.GAMMAS]
FEW = 2
AGAIN = """
import json, sys
import jax
from lolakit.reproduce import atlas
from lolakit.reproduce.storage import stored
rule, few, settings = sys.argv[1], int(sys.argv[2]), stored("atlas")["settings"]
keys = jax.random.split(jax.random.key(settings["key"]), settings["seeds"])[:few]
run = atlas.atlas_runs(settings)[rule]
print(json.dumps([{w: x.tolist() for w, x in run(key)["last"].items()} for key in keys]))
"""


def after(rule, steps):
    """How often the four outcomes come up after some updates of both from given logits."""

    def one(payoff, gamma, starts):
        game = lk.MatrixGame(payoff, gamma)
        pair = [lk.ascend(rule(lk.exact_values(seat)), optax.sgd(1.0), lambda key, at=at: at)
                for seat, at in zip((game, game.swap()), starts, strict=True)]  # fmt: skip
        final, _ = lk.play(*pair, jax.random.key(0), steps)
        return shares(game, final[0][0], final[1][0])

    return jax.jit(jax.vmap(one))


OWN_RENAMED, OTHER_RENAMED = np.array([0, 3, 4, 1, 2]), np.array([0, 2, 1, 4, 3])


EACH_TIME = ("naive", "LOLA", "consensus", "POLA")
"""One rule of a kind; the others are looked at less often."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(x, marks=() if x in EACH_TIME else pytest.mark.slow)
        for x in atlas.RULES
    ],
)
def test_names_of_actions_and_seats_change_nothing(name):
    """So 78 games are enough, and logits of N(0, 1) start alike under all names.

    Player 2's actions get each other's names: its logits change signs, and both players'
    states change places.
    """
    one, two = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5)))
    cases = [
        (PAYOFFS[5, 1], (one, two), [0, 1, 2, 3]),
        (PAYOFFS[1, 5], (two, one), [0, 2, 1, 3]),
        (PAYOFFS[5, 1][:, :, ::-1], (one[OTHER_RENAMED], -two[OWN_RENAMED]), [1, 0, 3, 2]),
    ]  # fmt: skip
    payoffs, starts, order = (
        np.stack([np.stack(x) for x in xs]) for xs in zip(*cases, strict=True)
    )
    # Consensus takes steps too long to be followed in many digits, and POLA a hundred of them.
    run = after(atlas.RULES[name], 1 if name in ("consensus", "POLA") else 3)
    for gamma in atlas.GAMMAS.values():
        ends = run(jnp.asarray(payoffs), jnp.full(3, gamma), jnp.asarray(starts))
        ends = np.take_along_axis(np.asarray(ends), order, axis=1)
        np.testing.assert_allclose(ends, ends[:1].repeat(3, axis=0), atol=1e-7)


def test_mirrored_games_are_the_same_seeds_with_exchanged_seats():
    last = np.random.default_rng(0).dirichlet(np.ones(4), size=(3, 78))
    there = atlas.everywhere(last)
    assert there.shape == (3, 12, 12, 4)
    for k, (i, j) in enumerate(PAIRS.T):
        np.testing.assert_array_equal(there[:, i, j], last[:, k])
        if i != j:
            np.testing.assert_array_equal(there[:, j, i], last[:, k][:, [0, 2, 1, 3]])


def test_the_result_holds_every_rule_and_is_small():
    result = stored("atlas")
    assert [*result["runs"]] == [*atlas.RULES] and len(NAMES) == 12
    seeds = result["settings"]["seeds"]
    for rule, way in ROWS:
        last = result["runs"][rule][f"last/{way}"]
        assert last.shape == (seeds, 78, 4) and last.dtype == np.float32
        # each was rounded to a multiple of 2^-9
        assert abs(last.sum(axis=-1) - 1).max() <= 4 / 1024
    path = sys.modules["lolakit.reproduce.storage"].FOLDER / "atlas.json"
    assert path.stat().st_size < 150_000


@pytest.mark.parametrize("way", atlas.GAMMAS)
def test_the_ways_lead_to_the_ends_of_the_map(way):
    """The same starts, and the same ends: to a byte, and to 2^-9 in each of two outcomes.

    Where a run of updates turns on the last bit of a float, two programs may differ, so one
    game in twenty is let off.
    """
    ends, ways = stored("atlas"), stored("atlas_paths")
    assert [*ways["runs"]] == [*atlas.RULES] and ways["settings"]["after"] == [
        *atlas.PATH
    ]
    seeds, starts = ways["settings"]["seeds"], []
    for rule in atlas.RULES:
        there = ways["runs"][rule][f"path/{way}"]
        assert (
            there.shape == (seeds, 78, len(atlas.PATH), 2) and there.dtype == np.uint8
        )
        last = ends["runs"][rule][f"last/{way}"][:seeds]
        both = np.stack([last[..., 0] + last[..., 1], last[..., 0] + last[..., 2]], -1)
        off = abs(there[:, :, -1] / 255 - both).max(axis=-1)
        assert (off <= 1 / 510 + 2 / 1024 + 1e-6).mean() > 0.95, rule
        starts.append(there[:, :, 0])
    assert all((start == starts[0]).all() for start in starts)
    assert (starts[0] == starts[0][:, :1]).all()  # the same in all games


@pytest.mark.slow
@pytest.mark.parametrize("rule", atlas.RULES)
def test_rows_are_what_the_code_computes_today(rule):
    """A few seeds of each row again: every game of nearly all, and the row's mean payoff.

    A long run of updates may turn at its start on the last bit of a float, as other
    machines round it, so that seeds are compared as samples. The mean over games and both
    players has the spread that all stored seeds show; two means of `FEW` and of all seeds
    differ by four standard errors once in 16 000 comparisons.
    """
    command = [sys.executable, "-c", AGAIN, rule, str(FEW)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, result = json.loads(done.stdout), stored("atlas")
    for way in atlas.GAMMAS:
        last = np.array([seed[way] for seed in found])
        near = abs(last - result["runs"][rule][f"last/{way}"][:FEW]).max(axis=-1) < 0.01
        assert near.mean() > 0.9
        outcomes = atlas.everywhere(last)
        R = np.einsum("...a,...ia->...i", outcomes, PAYOFFS.reshape(12, 12, 2, 4))
        each = atlas.earned(result, rule, way).mean(axis=(1, 2, 3))
        error = each.std(ddof=1) * np.sqrt(1 / FEW + 1 / len(each))
        assert abs(R.mean() - each.mean()) <= max(4 * error, Z * 0.002)
