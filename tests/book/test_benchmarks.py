"""What is kept of a run of `make bench`, and of a run of some of its files."""

import importlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("benchmarks")


def run(date, **seconds):
    names = {name.replace("_of_", ": "): {"median": x} for name, x in seconds.items()}
    return {"date": date, "machine": {}, "versions": {}, "seconds": names}


def test_a_run_of_all_files_replaces_everything(tool):
    old, new = (
        run("monday", x_of_a=1, y_of_b=2),
        run("tuesday", x_of_a=3, x_of_c=4, y_of_b=5),
    )
    assert tool.merged(old, new) == new == tool.merged({}, new)


def test_a_run_of_one_file_replaces_its_numbers_and_says_when_they_were_made(tool):
    old, new = run("monday", x_of_a=1, x_of_b=2, y_of_b=3), run("tuesday", x_of_a=4)
    kept = tool.merged(old, new)
    assert kept["date"] == "monday" and kept["parts"]["x"]["date"] == "tuesday"
    assert {k: v["median"] for k, v in kept["seconds"].items()} == {
        "y: b": 3,
        "x: a": 4,
    }
    again = tool.merged(kept, run("friday", y_of_b=6))
    assert {k: v["date"] for k, v in again["parts"].items()} == {
        "x": "tuesday",
        "y": "friday",
    }


def test_each_chapter_has_been_measured():
    """The book says how long a chapter runs: `make bench ARGS='-- -k chapter'`."""
    kept = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf8"))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"bench_chapters: test_chapter[{path.stem}]" in kept["seconds"]
