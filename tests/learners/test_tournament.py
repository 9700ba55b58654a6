"""Head to head: both seats, every pair, and the cells that others measured."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk

GAME = lk.MatrixGame([[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8)


def player(rule, **options):
    def make(game):
        values = lk.exact_values(game)
        return lk.ascend(rule(values, **options), optax.sgd(1.0), lk.normal_logits())

    return make


def still(game):
    init = lk.normal_logits()
    return lk.Learner(lambda key: (init(key), ()), lambda key, own, other, s: (own, s))


PLAYERS = {"still": still, "NL": player(lk.naive)}
PLAYERS["LOLA"] = player(lk.lola_taylor, lookahead=1.0)


def test_every_cell_by_a_plain_loop():
    players = {k: PLAYERS[k] for k in ("NL", "LOLA")}
    table = lk.tournament(players, GAME, jax.random.key(0), num_steps=3, seeds=2)
    assert table.names == ("NL", "LOLA") and table.R.shape == (2, 2, 2, 2)
    V = jax.jit(lk.exact_values(GAME))
    first, second = (
        [
            lk.Learner(p.init, jax.jit(p.update))
            for p in [f(g) for f in players.values()]
        ]
        for g in (GAME, GAME.swap())
    )
    for i, one_ in enumerate(first):
        for j, two_ in enumerate(second):
            for n, key in enumerate(jax.random.split(jax.random.key(0), 2)):
                k_1, k_2, _ = jax.random.split(key, 3)
                (a, s), (b, z) = one_.init(k_1), two_.init(k_2)
                R = []
                for _ in range(3):
                    (a, s), (b, z) = (
                        one_.update(key, a, b, s),
                        two_.update(key, b, a, z),
                    )
                    R.append(0.2 * V(a, b))
                R = np.mean(R, axis=0)
                np.testing.assert_allclose(table.R[i, j, 0, n], R[0], rtol=1e-9)
                np.testing.assert_allclose(table.R[j, i, 1, n], R[1], rtol=1e-9)


def test_cells_and_text():
    R = np.stack([np.full((2, 2), 1.0), np.full((2, 2), 3.0)], axis=-1)
    R = np.stack(
        [R, R + 2.0], axis=2
    )  # seeds 1 and 3 in one seat, 3 and 5 in the other
    table = lk.Standings(("a", "bb"), R)
    assert f"{table.cell('a', 'bb'):.2f}" == "3.00 [1.04, 4.96]"  # 2 and 4
    lines = str(table).splitlines()
    assert len(lines) == 3 and lines[0].split() == ["a", "bb"]
    assert lines[2] == "bb  3.000 [1.040, 4.960]  3.000 [1.040, 4.960]"
    with pytest.raises(ValueError, match=r"expected one of \('a', 'bb'\), got 'c'"):
        table.cell("a", "c")


def test_what_winning_means():
    """Two players by hand: a earns 2 and 4 where b earns 1 and 3, in two seeds."""
    R = np.zeros((2, 2, 2, 2))
    R[0, 0], R[1, 1] = -1.0, 2.5
    R[0, 1] = [[2.0, 4.0], [2.0, 4.0]]
    R[1, 0] = [[1.0, 3.0], [1.0, 3.0]]
    cooperation = np.zeros((2, 2, 2, 2))
    cooperation[0] = [[[0.5, 0.5]] * 2, [[1.0, 1.0]] * 2]
    table = lk.Standings(("a", "b"), R, cooperation)
    assert table.score("a").value == 1.0 and table.score("b").value == 2.25
    assert table.ranking() == ["b", "a"]
    assert table.worst("a")[0] == "a" and table.worst("b")[1].value == 2.0
    assert table.margin("a", "b") == (1.0, 1.0, 1.0)  # the same in both seeds
    assert table.exploits("a", "b") and not table.exploits("b", "a")
    assert table.cooperates("a").value == 0.75
    lines = table.summary().splitlines()
    assert lines[0].split() == [
        "mean",
        "R",
        "worst",
        "R",
        "against",
        "cooperates",
        "exploits",
    ]
    assert lines[1].split()[0] == "b" and lines[1].endswith("nobody")
    assert lines[2].split()[0] == "a" and lines[2].endswith("b")
    with pytest.raises(ValueError, match="cooperation: expected"):
        table._replace(cooperation=None).cooperates("a")


def test_margins_compare_the_two_of_one_meeting():
    """The row in the first seat with the column in the second, and the other way round."""
    R = np.arange(16.0).reshape(2, 2, 2, 2)
    found = lk.Standings(("a", "b"), R).margin("a", "b").value
    pairs = [R[0, 1, 0] - R[1, 0, 1], R[0, 1, 1] - R[1, 0, 0]]
    assert found == np.mean(pairs)


LEARNERS = {
    "NL": PLAYERS["NL"],
    "NL-Q": lambda game: lk.q_learner(game.gamma, learning_rate=0.1),
}


@partial(jax.jit, static_argnums=(0, 1))
def happened(one, two, key):
    sizes = {"episodes": 3, "horizon": 4, "noise": 0.1}
    return lk.play_rounds(one(GAME), two(GAME.swap()), GAME, key, **sizes).history


def test_by_rounds_every_cell_is_what_happened(tmp_path):
    how = {"num_steps": 3, "seeds": 2, "horizon": 4, "noise": 0.1, "last": 2}
    key = jax.random.key(0)
    table = lk.tournament(LEARNERS, GAME, key, **how, progress=False)
    keys = jax.random.split(key, 2)
    for i, one in enumerate(LEARNERS.values()):
        for j, two in enumerate(LEARNERS.values()):
            for n in range(2):
                seen = happened(one, two, keys[n])
                R, C = seen.rewards[-2:].mean(axis=0), seen.cooperated[-2:].mean(axis=0)
                for place, x, y in (
                    (table.R, R[0], R[1]),
                    (table.cooperation, C[0], C[1]),
                ):
                    np.testing.assert_allclose(place[i, j, 0, n], x, rtol=1e-9)
                    np.testing.assert_allclose(place[j, i, 1, n], y, rtol=1e-9)


def test_a_tournament_is_kept_and_goes_on(tmp_path):
    how = {"num_steps": 2, "seeds": 2, "horizon": 2, "progress": False}
    key, folder = jax.random.key(0), tmp_path / "pairs"
    first = lk.tournament(LEARNERS, GAME, key, **how, path=folder)
    assert len([*folder.iterdir()]) == 4
    again = lk.tournament(LEARNERS, GAME, key, **how, path=folder)
    np.testing.assert_array_equal(first.R, again.R)
    with pytest.raises(ValueError, match="expected"):
        lk.tournament(LEARNERS, GAME, jax.random.key(1), **how, path=folder)
    first.save(tmp_path / "table.safetensors")
    found = lk.Standings.load(tmp_path / "table.safetensors")
    assert found.names == first.names
    np.testing.assert_array_equal(found.R, first.R)
    np.testing.assert_array_equal(found.cooperation, first.cooperation)
    first._replace(cooperation=None).save(tmp_path / "bare.safetensors")
    assert lk.Standings.load(tmp_path / "bare.safetensors").cooperation is None


def test_cooperation_is_exact_without_rounds():
    """Discounted share of own C, against sums over 200 rounds of the Markov chain."""
    fixed = {
        "a": lk.memory_one([0.9, 0.2, 0.6, 0.3]),
        "b": lk.memory_one([0.7, 0.4, 0.5, 0.1]),
    }
    players = {
        name: lambda game, theta=theta: lk.fixed(theta) for name, theta in fixed.items()
    }
    table = lk.tournament(
        players, GAME, jax.random.key(0), num_steps=1, seeds=2, progress=False
    )
    p0, P = (np.asarray(x) for x in lk.markov_chain(fixed["a"], fixed["b"]))
    visits = sum(0.8**t * p0 @ np.linalg.matrix_power(P, t) for t in range(200)) * 0.2
    np.testing.assert_allclose(
        table.cooperation[0, 1, 0, 0], visits[:2].sum(), rtol=1e-9
    )
    np.testing.assert_allclose(
        table.cooperation[1, 0, 1, 0], visits[::2].sum(), rtol=1e-9
    )


# Row's own R in the dilemma, measured by running the code of Lu et al. (2022); its LOLA is
# the full Taylor rule. The other games and learners: tests/test_published.py.
MEASURED = [[-1.5, None, None], [-0.998, -1.983, -1.516], [-1.365, -1.309, -1.090]]
DILEMMA = lk.prisoners_dilemma()


@pytest.mark.slow
def test_the_cells_without_shaping_agents_agree_with_the_published_code():
    """0.03 is what its own sampling leaves open; 3 standard errors are what ours does."""
    table = lk.tournament(PLAYERS, DILEMMA, jax.random.key(0), seeds=256)
    for i, row in enumerate(table.names):
        for j, column in enumerate(table.names):
            right, found = MEASURED[i][j], table.cell(row, column)
            error = (found.high - found.low) / (2 * lk.stats.Z)
            if right is not None:
                assert abs(found.value - right) < 0.03 + 3 * error, (row, column)


def test_in_a_symmetric_game_the_seat_makes_no_difference():
    players = {k: PLAYERS[k] for k in ("still", "NL")}
    R = lk.tournament(players, DILEMMA, jax.random.key(1), seeds=256).R
    gap = R[1, 0, 0] - R[1, 0, 1]
    assert abs(gap.mean()) < 5 * gap.std(ddof=1) / 16


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"players": {}}, "players: expected a dictionary of names .*, got {}"),
        ({"players": {"NL": 3}}, r"players\['NL'\]: expected a function, got 3"),
        ({"players": {"NL": lambda game: 3}}, "one: expected a Learner, got 3"),
        ({"num_steps": 0}, "num_steps: expected an integer of at least 1"),
        ({"players": LEARNERS}, "horizon: expected rounds per episode, got None"),
        ({"noise": 0.1}, "horizon: expected an integer"),
        ({"horizon": 2, "noise": 2.0}, "noise: expected"),
        ({"last": 0}, "last: expected an integer"),
        ({"seeds": 0}, "seeds: expected an integer of at least 1"),
        (
            {"players": {"NL": lambda game: player(lk.naive)(GAME)}},
            r"built on game.swap\(\)",
        ),
    ],
)
def test_bad_input(change, message):
    call = {"players": PLAYERS, "game": GAME, "key": jax.random.key(0)} | change
    with pytest.raises(ValueError, match=message):
        lk.tournament(**call)


def test_a_learner_of_networks_takes_part():
    def shaper(game):
        network, _ = lk.mfos.fresh(lk.ppo.ppo(hidden=4), game, jax.random.key(0))
        return lk.mfos.learner(network, game)

    table = lk.tournament(
        {"M-FOS": shaper, "NL": PLAYERS["NL"]}, GAME, jax.random.key(0), seeds=4
    )
    assert jnp.isfinite(table.R).all()
