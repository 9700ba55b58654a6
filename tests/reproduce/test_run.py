"""Stored results: what they carry, that they can be made again, and what they claim."""

import json
import re

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

import lolakit as lk
from lolakit.__main__ import app
from lolakit.reproduce import general, storage
from lolakit.reproduce import run as reproduce
from lolakit.reproduce.catalogue import RESULTS
from lolakit.reproduce.correlations import BATCHES
from lolakit.reproduce.sampled import PRODUCTS

NAMES = sorted(p.stem for p in reproduce.FOLDER.glob("*.json"))


def test_every_result_is_stored():
    assert sorted(RESULTS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_result_says_where_it_comes_from(name):
    result = reproduce.stored(name)
    settings = result["settings"]
    assert result["name"] == name
    assert result["command"] == f"lolakit reproduce {name}"
    sizes, steps = RESULTS[name].sizes, settings.get("steps")
    assert {k: settings[k] for k in sizes} == sizes
    least = {
        "mfos": 3,
        "mfos_published": 3,
        "adam": 1,
        "coin_game": 8,
        "coin_variants": 8,
        "coin_long": 8,
        "coin_costs": 3,
        "atlas_paths": 5,
        "tournament_long": 8,
    }
    least = least.get(name, 10)
    assert settings["seeds"] >= least and result["seconds"] > 0
    assert {"python", "jax", "optax", "lolakit"} <= set(result["versions"])
    assert result["machine"] and result["date"]
    for run in result["runs"].values():
        numbers = {k: x for k, x in run.items() if isinstance(x, np.ndarray)}
        assert numbers and run["seconds"] > 0
        for x in numbers.values():
            assert len(x) == settings["seeds"] and np.isfinite(x).all()
        if "theta_1" in run and steps:
            kept = () if "R_1" in run else (steps,)  # the ends, or all updates
            assert run["R"].shape == (settings["seeds"], *kept, 2)
            assert run["theta_1"].shape == (settings["seeds"], 5)


SMALL = ["--seeds", "2", "--horizon", "4", "--batch", "4", "--steps", "3"]


def call(*words):
    """Run the command line; return its exit code and all that it said."""
    done = CliRunner().invoke(app, ["reproduce", *map(str, words)])
    return done.exit_code, done.output


def test_the_command_line_lists_what_there_is():
    code, said = call()
    assert code == 0
    for name, result in RESULTS.items():
        assert f"{name}: {result.about}" in said
    assert "seeds 40, horizon 150, batch 4000, steps 150" in said
    assert "seeds 2, horizon 150, batch 512, steps 50" in call("--quick")[1]


def test_a_small_run_writes_what_stored_reads(tmp_path, monkeypatch):
    code, said = call("opponent_modelling", *SMALL, "--out", tmp_path)
    assert code == 0 and "opponent_modelling.json" in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["opponent_modelling.json"]
    text = (tmp_path / "opponent_modelling.json").read_text(encoding="utf8")
    assert json.loads(text) and len(text.splitlines()) < 60
    # again: it is there. Other sizes: not over it, unless forced.
    assert (
        "is there, with these settings"
        in call("opponent_modelling", *SMALL, "--out", tmp_path)[1]
    )
    code, said = call("opponent_modelling", *SMALL[:-1], 2, "--out", tmp_path)
    assert code == 2 and "other settings" in said
    code, said = call(
        "opponent_modelling", *SMALL[:-1], 2, "--out", tmp_path, "--force"
    )
    assert code == 0
    monkeypatch.setattr(storage, "FOLDER", tmp_path)
    result = reproduce.stored("opponent_modelling")
    assert result["settings"]["steps"] == 2
    assert result["runs"]["LOLA-PG, models"]["R"].shape == (2, 2, 2)


@pytest.fixture
def little(monkeypatch):
    """A result of two runs with four seeds, which stops at a call that one may choose."""
    calls, stop = [], {"at": None}

    def runs(sizes):
        def one(label):
            def run(key):
                calls.append(label)
                if len(calls) == stop["at"]:
                    raise KeyboardInterrupt
                return {"x": jax.random.normal(key, (2,)), "net": {"W": np.ones(3)}}

            return run

        return {label: one(label) for label in "ab"}

    result = RESULTS["mmaml"]._replace(runs=runs, sizes={"seeds": 4}, constants={})
    monkeypatch.setitem(RESULTS, "mmaml", result)
    monkeypatch.setattr(reproduce, "SAVE_EVERY", -1.0)  # after each seed
    return calls, stop


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, little):
    calls, stop = little
    whole = reproduce.run("mmaml", progress=False)
    assert calls == list("aaaabbbb")
    calls.clear()
    stop["at"], keep = 7, tmp_path / "keep"
    with pytest.raises(KeyboardInterrupt):
        reproduce.run("mmaml", keep=keep, progress=False)
    with pytest.raises(
        ValueError, match=r"expected a file with about = .*3.*, got .*4"
    ):
        reproduce.run("mmaml", keep=keep, progress=False, seeds=3)
    calls.clear()
    stop["at"] = None
    again = reproduce.run("mmaml", keep=keep, progress=False)
    assert calls == ["b", "b"] and keep.exists()  # until the result is written
    for label in "ab":
        assert again["runs"][label]["x"] == whole["runs"][label]["x"]
        assert again["runs"][label]["net/W"].shape == (4, 3)
    (keep / "000.safetensors").write_text("no numbers", encoding="utf8")
    with pytest.raises(ValueError, match="expected a safetensors file"):
        reproduce.run("mmaml", keep=keep, progress=False)


def test_the_command_line_says_how_to_go_on(tmp_path, little):
    calls, stop = little
    stop["at"] = 7
    code, said = call("mmaml", "--out", tmp_path)
    assert code == 130 and "The same command goes on" in said
    calls.clear()
    stop["at"] = None
    assert call("mmaml", "--out", tmp_path)[0] == 0
    assert calls == ["b", "b"]


def test_the_estimate_grows_with_the_sizes():
    seconds = reproduce.stored("lola_pg")["seconds"]
    assert reproduce.estimate("lola_pg") == pytest.approx(seconds)
    labels = len(reproduce.stored("lola_pg")["runs"])
    compiling = reproduce.COMPILE * labels
    half = reproduce.estimate("lola_pg", seeds=20) - compiling
    assert half == pytest.approx((seconds - compiling) / 2)


def test_weights_are_stored_with_the_numbers(tmp_path, monkeypatch):
    weights = np.arange(12.0, dtype="float32").reshape(2, 3, 2)
    runs = {"IPD": {"R": [1.0, 2.0], "network/actor/W1": weights}, "IMP": {"R": [3.0]}}
    empty = dict.fromkeys(storage.FIELDS) | {"name": "mmaml"}
    storage.write(empty | {"runs": runs}, tmp_path / "mmaml.json")
    monkeypatch.setattr(storage, "FOLDER", tmp_path)
    found = storage.stored("mmaml")["runs"]
    np.testing.assert_array_equal(found["IPD"]["network/actor/W1"], weights)
    assert found["IPD"]["network/actor/W1"].dtype == "float32"
    np.testing.assert_array_equal(found["IPD"]["R"], [1.0, 2.0])
    assert "network/actor/W1" not in found["IMP"]


@pytest.mark.usefixtures("unchecked_shapes")
def test_unknown_names_and_sizes_are_refused(capsys):
    with pytest.raises(ValueError, match=r"expected one of .*lola_pg.*, got 'lola'"):
        reproduce.stored("lola")
    sizes = {"seeds": 1, "horizon": 1, "batch": 4, "steps": 1}
    with pytest.raises(ValueError, match="name: expected one of"):
        reproduce.run("lola", **sizes)
    with pytest.raises(ValueError, match="seeds: expected an integer of at least 1"):
        reproduce.run("lola_pg", **(sizes | {"seeds": 0}))
    with pytest.raises(ValueError, match=r"sizes: expected some of .* got \['wide'\]"):
        reproduce.run("lola_pg", wide=3)
    for batch in (8, 100):  # what ran is what is noted
        with pytest.raises(
            ValueError, match=rf"batch: expected one of .*, got {batch}"
        ):
            reproduce.run("dice_correlation", batch=batch)
    for name in (["lola_pg"], None, "../results/lola_pg"):
        with pytest.raises(ValueError, match="name: expected one of"):
            reproduce.stored(name)
        with pytest.raises(ValueError, match="name: expected one of"):
            reproduce.run(name, **sizes)


def test_the_command_line_refuses_what_it_cannot_do(tmp_path):
    file = tmp_path / "file"
    file.write_text("", encoding="utf8")
    for words, message in [
        (["lola"], "expected one of"),
        (["lola_pg", "--updates", 3], "sizes: expected some of"),
        (["lola_pg", "--seeds", 0], "seeds"),
        (["lola_pg", "--seeds", "many"], "--seeds"),
        (["lola_pg", "--out", file], "expected a folder"),
    ]:
        code, said = call(*words)
        assert code == 2 and message in " ".join(re.sub("[│╭╮╯╰─]", "", said).split())


def test_the_claims_of_the_stored_results():
    """What chapters 4 and 5 say of them."""
    pg, om = (reproduce.stored(n)["runs"] for n in ("lola_pg", "opponent_modelling"))

    def R(run):
        return f"{lk.stats.mean(run['R'][:, -1, 0]):.2f}"

    def cooperates(run):
        return f"{lk.stats.share(run['R'][:, -1].mean(axis=1) > -1.2):.2f}"

    assert R(pg["NL-PG, IPD"]) == "-2.00 [-2.00, -2.00]"
    assert R(pg["LOLA-PG, IPD"]) == "-1.06 [-1.11, -1.01]"
    assert cooperates(om["LOLA-PG, knows"]) == "0.90 [0.77, 0.96]"
    assert cooperates(om["LOLA-PG, models"]) == "0.95 [0.83, 0.99]"


def test_the_claims_of_the_stored_dice_results():
    """What chapters 6 and 7 say of them."""
    runs = reproduce.stored("dice_correlation")["runs"]

    def hessian(name, batch):
        return runs[f"{name}, {batch}"]["hessian"].mean().round(2)

    assert [hessian("plain", B) for B in BATCHES] == [0.08, 0.15, 0.34, 0.62, 0.82]
    assert [hessian("centred", B) for B in BATCHES] == [0.60, 0.85, 0.95, 0.99, 1.0]
    for B in BATCHES:
        assert abs(hessian("paper's baseline", B) - hessian("plain", B)) < 0.02
        assert runs[f"paper's baseline, {B}"]["gradient"].mean() > 0.98

    def cooperates(R):
        return round(lk.stats.share(R.mean(axis=-1) > -1.2).value, 2)

    runs = reproduce.stored("lola_dice")["runs"]
    shares = {name: cooperates(run["R"][:, -1]) for name, run in runs.items()}
    assert shares == {
        "NL": 0.0, "LOLA-PG": 0.94, "K = 1": 0.06, "K = 2": 0.69, "K = 3": 0.94,
        "K = 3, modelled": 1.0, "K = 3, graph cut": 0.0,
        "NL, their settings": 0.0, "K = 1, their settings": 1.0,
        "K = 2, their settings": 0.91,
    }  # fmt: skip
    runs = reproduce.stored("lookahead_steps")["runs"]
    assert runs.keys() == {f"K = {K}, {p}" for K in (1, 2, 3) for p in PRODUCTS}
    table = {
        p: [cooperates(runs[f"K = {K}, {p}"]["R"]) for K in (1, 2, 3)] for p in PRODUCTS
    }
    assert max(table[0.05] + table[0.1]) <= 2 / 16
    assert table[0.2][0] == table[0.3][0] == 0.88 and table[0.2][2] == 0.56
    inside = table[0.2] + table[0.3] + table[0.4]
    assert min(inside) == 0.56 and max(inside) == 0.88
    outside = table[0.6] + table[1.0]
    assert max(outside) <= 0.25 < min(table[2.0])


def test_the_claims_of_the_stored_general_games():
    """What chapter 11 says of them. The middles are those of an implementation without
    lolakit, with 256 other seeds: two shares of 256 differ by four of 0.044 at most."""
    runs = reproduce.stored("general_games")["runs"]
    for order, middle in enumerate((0.840, 0.562, 0.414, 0.211), start=1):
        share = lk.stats.share(runs[f"HOLA {order}, IPD"]["R"].mean(axis=1) > -1.2)
        assert abs(share.value - middle) < 4 * 0.044
    found = {name: run["found"].mean() for name, run in runs.items() if "found" in run}
    assert all(x == 0 for name, x in found.items() if "pre-conditioned" in name)
    assert all(x > 0.98 for name, x in found.items() if "pre-conditioned" not in name)
    cola = reproduce.stored("cola")["runs"]["COLA, ultimatum"]
    assert cola["squared"].mean() < 0.1 * runs["HOLA 1, consistency"]["squared"].mean()
    np.testing.assert_allclose(cola["R"].mean(axis=0), 5, atol=0.03)
    # nothing is random in how wrong an order is: the same, by a sum over a grid of 160 000
    for order, cosine in {1: 0.8988, 2: 0.8997, 4: 0.8713}.items():
        mean = lk.stats.mean(runs[f"HOLA {order}, consistency"]["cosine"])
        assert abs(mean.value - cosine) < 2 * (mean.high - mean.low)


def test_the_contribution_game_is_that_of_the_published_code():
    """Both get half of the pot: CC f - 1, DD 0, DC f / 2, CD f / 2 - 1."""
    game = general.contribution_game(1.33)
    np.testing.assert_allclose(game.payoff[0], [[0.33, -0.335], [0.665, 0]], atol=1e-7)
    np.testing.assert_allclose(game.payoff[1], game.payoff[0].T)
    z = np.arange(5.0)
    np.testing.assert_array_equal(general.preconditioned(z), [-8, -7, -6, -5, 4])
    tft, generous = np.array([0.9, 1, 0, 1, 0]), np.array([0.9, 1, 0.7, 1, 0])
    for p, R, found in ((tft, 0.3, True), (tft, 0.25, False), (generous, 0.3, False)):
        pair, both = np.stack([tft, p]), np.array([R, R])
        assert general.found_tit_for_tat(pair, both, 1.33) == found
