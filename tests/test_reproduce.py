"""Stored results: what they carry, that they can be made again, and what they claim."""

import json
import subprocess
import sys

import numpy as np
import pytest

import lolakit as lk
from lolakit import reproduce, storage
from lolakit.correlations import BATCHES
from lolakit.experiments import PRODUCTS, RESULTS

NAMES = sorted(p.stem for p in reproduce.FOLDER.glob("*.json"))


def test_every_result_is_stored():
    assert sorted(RESULTS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_result_says_where_it_comes_from(name):
    result = reproduce.stored(name)
    settings = result["settings"]
    assert result["name"] == name
    assert result["command"].startswith(f"python -m lolakit.reproduce {name}")
    sizes, steps = RESULTS[name].sizes, settings.get("steps")
    assert {k: settings[k] for k in sizes} == sizes
    assert settings["seeds"] >= (3 if name == "mfos" else 10) and result["seconds"] > 0
    assert {"python", "jax", "optax", "lolakit"} <= set(result["versions"])
    assert result["machine"] and result["date"]
    for run in result["runs"].values():
        numbers = {k: x for k, x in run.items() if isinstance(x, np.ndarray)}
        assert numbers and run["seconds"] > 0
        for x in numbers.values():
            assert len(x) == settings["seeds"] and np.isfinite(x).all()
        if "theta_1" in run:
            assert run["R"].shape == (settings["seeds"], steps, 2)
            assert run["theta_1"].shape == (settings["seeds"], 5)


FIRST_UPDATES = """
import json, sys
import jax
from lolakit import reproduce
from lolakit.experiments import RESULTS
name = sys.argv[1]
settings = reproduce.stored(name)["settings"]
short = {"steps": 1, "episodes": 1, "updates": 1}
if name == "head_to_head":
    short = {}
sizes = {k: short.get(k, settings[k]) for k in RESULTS[name].sizes}
key = jax.random.split(jax.random.key(settings["key"]), settings["seeds"])[0]
for label, run in RESULTS[name].runs(sizes).items():
    if label.endswith(sys.argv[2]):
        numbers = {k: x for k, x in run(key).items() if hasattr(x, "tolist")}
        print(json.dumps([label, {k: x.tolist() for k, x in numbers.items()}]))
"""
AT_ONCE = {"R_1", "gradient", "hessian", "first", "mean_R"}  # what needs no long run
SOME = {"dice_correlation": " 256", "lookahead_steps": " 0.3"}
SOME |= {"mfos": ", NL", "head_to_head": "M-FOS / NL"}


@pytest.mark.parametrize("name", NAMES)
def test_the_stored_start_is_what_the_code_computes_today(name):
    """The first update of seed 0, at full size, computed again: all the inputs agree.

    In a process of its own: the stored runs are in float32, and these tests are not.
    """
    command = [sys.executable, "-c", FIRST_UPDATES, name, SOME.get(name, "")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    runs = {
        label: run
        for label, run in reproduce.stored(name)["runs"].items()
        if label.endswith(SOME.get(name, ""))
    }
    again = dict(json.loads(line) for line in done.stdout.splitlines())
    assert again.keys() == runs.keys() != set()
    for label, numbers in again.items():
        kept = runs[label]
        pairs = [(numbers[k], kept[k][0]) for k in numbers.keys() & AT_ONCE]
        if not pairs:
            pairs = [(numbers["R"][0], kept["R"][0, 0])]
        for found, right in pairs:
            # Stored to four digits; float32 sums in another order move the fifth.
            np.testing.assert_allclose(found, right, atol=3e-4, rtol=0)


def test_a_small_run_writes_what_stored_reads(tmp_path, monkeypatch, capsys):
    words = ["opponent_modelling", "--seeds", "2", "--horizon", "4", "--batch", "4"]
    words += ["--steps", "3", "--out", str(tmp_path / "opponent_modelling.json")]
    reproduce.main(words)
    assert "opponent_modelling.json" in capsys.readouterr().out
    monkeypatch.setattr(storage, "FOLDER", tmp_path)
    result = reproduce.stored("opponent_modelling")
    assert result["command"] == " ".join(["python -m lolakit.reproduce", *words])
    assert result["settings"]["steps"] == 3
    run = result["runs"]["LOLA-PG, models"]
    assert run["R"].shape == (2, 3, 2)
    text = (tmp_path / "opponent_modelling.json").read_text()
    assert json.loads(text) and len(text.splitlines()) < 60


@pytest.mark.usefixtures("adam")
def test_weights_are_stored_beside_the_numbers(tmp_path, monkeypatch):
    result = reproduce.run("mmaml", seeds=2, updates=1)
    weights = np.arange(12.0, dtype="float32").reshape(2, 3, 2)
    result["runs"]["IPD"]["network/actor/W1"] = weights
    storage.write(result, tmp_path / "mmaml.json")
    assert "network" not in (tmp_path / "mmaml.json").read_text()
    monkeypatch.setattr(storage, "FOLDER", tmp_path)
    found = storage.stored("mmaml")["runs"]
    np.testing.assert_array_equal(found["IPD"]["network/actor/W1"], weights)
    assert found["IPD"]["network/actor/W1"].dtype == "float32"
    assert (
        found["IMP"]["phi"].shape == (2, 5) and "network/actor/W1" not in found["IMP"]
    )


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
    with pytest.raises(SystemExit):
        reproduce.main(["lola_pg", "--out", str(reproduce.FOLDER)])
    assert "is a folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        reproduce.main(["lola_pg", "--out", f"{__file__}/below.json"])
    assert "expected a file in a folder" in capsys.readouterr().err
    for words in (["--steps", "3"], ["--seeds", "1"]):  # not into the stored file
        with pytest.raises(SystemExit):
            reproduce.main(["lola_pg", *words])
        assert "need --out" in capsys.readouterr().err


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
