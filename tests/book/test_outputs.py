"""tools/outputs.py: what makes the outputs of a notebook old, and what does not."""

import importlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SOURCE = '''
"""A module."""
from lolakit.types import Values

def f(x: int, *, y=2) -> Values:
    """Return it."""
    return f"{x:>{y}}" + str(x + 1)  # so
'''


@pytest.fixture
def outputs(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("outputs")


def test_a_fingerprint_is_the_same_on_each_python(outputs):
    """Written down here: a committed record must hold on whatever Python reads it."""
    assert outputs.fingerprint(SOURCE) == "55dfbcd3eaa3"


@pytest.mark.parametrize("old, new", [
    ("# so", "# otherwise"), ("Return it", "Give it"), ('"""A module."""', ""),
    ("x: int", "x"), ("-> Values", ""), ("lolakit.types", "lolakit.kinds"),
    ("def f(x: int, *, y=2)", "def f(\n    x: int,\n    *,\n    y=2,\n)"),
])  # fmt: skip
def test_what_changes_no_result_changes_no_fingerprint(outputs, old, new):
    assert old in SOURCE
    assert outputs.fingerprint(SOURCE.replace(old, new)) == outputs.fingerprint(SOURCE)


@pytest.mark.parametrize("old, new", [
    ("x + 1", "x + 2"), ("x + 1", "x - 1"), ("y=2", "y=3"), (":>{y}", ":<{y}"),
    ("def f", "def g"), ("(x: int, *, y=2)", "(x: int, y=2)"),
])  # fmt: skip
def test_what_may_change_a_result_changes_the_fingerprint(outputs, old, new):
    assert old in SOURCE
    assert outputs.fingerprint(SOURCE.replace(old, new)) != outputs.fingerprint(SOURCE)


def notebook(*cells):
    return {"cells": [{"cell_type": "code", "source": source} for source in cells]}


def files(found):
    return {Path(name).stem for name in found}


def test_a_notebook_depends_on_what_it_uses_and_what_that_uses(outputs):
    found = files(
        outputs.made_by(notebook("import lolakit as lk", "lk.prisoners_dilemma()"))
    )
    assert "_validate" in found and "dice" not in found and "mfos" not in found
    found = files(outputs.made_by(notebook("lk.dice_values")))
    assert {"dice", "objectives", "rollouts"} <= found and "mfos" not in found
    found = files(outputs.made_by(notebook("from lolakit.meta import mfos")) if (
        ROOT / "lolakit" / "meta").exists() else outputs.made_by(notebook("lk.mfos")))  # fmt: skip
    assert {"mfos", "ppo"} <= found


def test_a_stored_result_counts(outputs):
    assert "adam" in files(outputs.made_by(notebook('stored("adam")')))


def test_a_chapter_is_named_with_what_has_changed(outputs, monkeypatch, tmp_path):
    monkeypatch.setattr(outputs, "RECORD", tmp_path / "made_by.json")
    path, made = tmp_path / "one.ipynb", notebook("lk.prisoners_dilemma()")
    assert outputs.older_than(path, made) != []  # nothing is known
    path.touch()
    outputs.keep(path, made)
    assert outputs.older_than(path, made) == []
    assert outputs.older_than(path, notebook("lk.matching_pennies()")) == [
        "its own cells"
    ]
    made["cells"][0]["metadata"] = {"mystnb": {"image": {"alt": "A line that falls."}}}
    assert outputs.older_than(path, made) == ["the words of its figures"]
    del made["cells"][0]["metadata"]
    kept = json.loads(outputs.RECORD.read_text(encoding="utf8"))
    name = next(name for name in kept["one"] if name.endswith(".py"))
    kept["one"][name] = "another"
    outputs.RECORD.write_text(json.dumps(kept), encoding="utf8")
    assert outputs.older_than(path, made) == [name]


def test_every_chapter_has_a_record(outputs):
    chapters = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(outputs.record()) == chapters
