"""tools/notebooks.py: what normalising strips, what it keeps, and that it is idempotent."""

import base64
import copy
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "notebooks.py"
sys.path.insert(0, str(SCRIPT.parent))
_spec = importlib.util.spec_from_file_location("tools_notebooks", SCRIPT)
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)
sys.path.remove(str(SCRIPT.parent))


def messy():
    """A notebook as an editor leaves it."""
    png = {"image/png": "aGk=", "text/plain": ["<Figure size 640x480>"]}
    widget = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "f00"},
        "text/plain": "Box",
    }
    return {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {
            "kernelspec": {"name": "my-env", "display_name": "mine", "language": "python"},
            "language_info": {"name": "python", "version": "3.12.1"},
            "widgets": {"state": {}},
        },
        "cells": [
            {"cell_type": "markdown", "id": "one", "metadata": {}, "source": ["# T\n", "text"]},
            {
                "cell_type": "code",
                "id": "two",
                "metadata": {"tags": ["keep"], "execution": {"iopub": "12:00"}, "scrolled": True},
                "source": "print(1)\nfigure()",
                "execution_count": 17,
                "outputs": [
                    {"output_type": "stream", "name": "stdout", "text": ["1\n"]},
                    {"output_type": "stream", "name": "stdout", "text": "2\n"},
                    {"output_type": "execute_result", "execution_count": 17, "data": png,
                     "metadata": {"image/png": {"width": 640, "height": 480},
                                  "needs_background": "light"}},
                    {"output_type": "display_data", "data": widget, "metadata": {}},
                ],
            },
            {"cell_type": "code", "id": "three", "metadata": {}, "source": "later",
             "execution_count": None, "outputs": []},
        ],
    }  # fmt: skip


def test_normalising_strips_what_changes_from_run_to_run():
    result = tool.normalise(messy())
    assert result["metadata"]["kernelspec"]["name"] == "python3"
    assert set(result["metadata"]) == {"kernelspec", "language_info"}
    assert result["metadata"]["language_info"] == {"name": "python"}
    assert result["cells"][1]["metadata"] == {"tags": ["keep"]}
    assert "widget-view" not in json.dumps(result)


def test_normalising_keeps_sources_ids_and_outputs():
    result = tool.normalise(messy())
    assert [cell["id"] for cell in result["cells"]] == ["one", "two", "three"]
    assert result["cells"][1]["source"] == "print(1)\nfigure()"
    stream, figure, widget = result["cells"][1]["outputs"]
    assert stream["text"] == "1\n2\n"  # one stream, in however many messages it came
    assert figure["data"]["image/png"].strip() == "aGk="
    assert figure["metadata"] == {"image/png": {"width": 640, "height": 480}}
    assert widget["data"] == {"text/plain": "Box"}


def test_execution_counts_are_sequential():
    result = tool.normalise(messy())
    assert [c["execution_count"] for c in result["cells"][1:]] == [1, None]
    assert result["cells"][1]["outputs"][1]["execution_count"] == 1


def test_a_figure_of_the_book_s_style_comes_with_its_size(tmp_path):
    notebook = messy()
    notebook["cells"] = notebook["cells"][1:2]
    notebook["cells"][0]["source"] = (
        "import lolakit as lk\nlk.plots.use_style()\n"
        "lk.plots.payoff_plane(lk.prisoners_dilemma())"
    )
    notebook["cells"][0]["outputs"] = []
    (cell,) = tool.normalise(tool.execute(notebook, tmp_path))["cells"]
    (figure,) = [x for x in cell["outputs"] if "image/png" in x["data"]]
    size = figure["metadata"]["image/png"]
    data = base64.b64decode(figure["data"]["image/png"])
    assert int.from_bytes(data[16:20], "big") // 2 == size["width"] > 300


def test_normalising_is_idempotent_and_leaves_its_argument_alone():
    notebook = messy()
    before = copy.deepcopy(notebook)
    once = tool.dumps(tool.normalise(notebook))
    assert notebook == before
    assert tool.dumps(tool.normalise(json.loads(once))) == once
    assert once.endswith("}\n")


def run(mode, path):
    return subprocess.run(
        [sys.executable, str(SCRIPT), mode, str(path)], capture_output=True, text=True
    )


def test_check_reports_without_writing_and_normalise_writes_once(tmp_path):
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps(messy()), encoding="utf8")
    before = path.read_bytes()
    assert run("--check", path).returncode == 1
    assert path.read_bytes() == before
    assert "written" in run("--normalise", path).stdout
    assert "unchanged" in run("--normalise", path).stdout
    assert run("--check", path).returncode == 0


@pytest.mark.slow
def test_executing_twice_changes_no_byte(tmp_path):
    pytest.importorskip("nbclient")
    notebook = messy()
    notebook["cells"][1]["source"] = (
        "for i in range(3):\n    print(i)\n{'a', 'b'} and 1.0"
    )
    notebook["cells"][2]["source"] = "print('later')"
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf8")
    assert "written" in run("--execute", path).stdout
    done = json.loads(path.read_text(encoding="utf8"))
    assert "".join(done["cells"][1]["outputs"][0]["text"]) == "0\n1\n2\n"
    assert "unchanged" in run("--execute", path).stdout


def test_the_time_of_a_chapter_is_the_sum_over_its_cells(monkeypatch):
    """And none fails for it: what is over a minute gets a remark."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    monkeypatch.setenv("PYTHONPATH", "tools")
    plugin = importlib.import_module("chapter_times")
    assert "PYTHONPATH" not in os.environ  # kernels find no module of tools
    for name, seconds in [("a.ipynb::Cell 0", 40.0), ("a.ipynb::Cell 1", 30.5),
                          ("b.ipynb::Cell 0", 1.0), ("test_c.py::test", 99.0)]:  # fmt: skip
        plugin.pytest_runtest_logreport(SimpleNamespace(nodeid=name, duration=seconds))
    said = []
    plugin.pytest_terminal_summary(SimpleNamespace(write_line=said.append))
    assert said == ["a.ipynb ran in 70.5 s   over a minute", "b.ipynb ran in 1.0 s"]


def chapter(**changes):
    """800 words, and what else is named; 4 minutes of reading without that."""
    code = changes.pop("lines", 0) * "x = 1\n"
    rest = changes.pop("markdown", "")
    said = "# T\n\n**Reading time:** about 1 minutes.\n\n"
    cell = {"cell_type": "code", "source": code, "metadata": changes}
    prose = {"cell_type": "markdown", "metadata": {}}
    return {"cells": [prose | {"source": said + "word " * 795 + rest}, cell]}


@pytest.mark.parametrize(("notebook", "reading", "all_of_it"), [
    (chapter(), 5, 5),
    (chapter(lines=50), 10, 10),  # 4 + 6 minutes
    (chapter(lines=50, tags=["hide-cell"]), 5, 5),  # nobody sees them
    (chapter(markdown="\n\n$$a b c d e$$" * 6), 10, 10),  # 4 + 6, and no words more
    (chapter(markdown=r"$$a \\ b$$" * 3), 10, 10),  # of two lines each
    (chapter(markdown="\n\n> **Predict, then run.** A?" * 3), 10, 10),  # 4 + 3 x 2
    (chapter(markdown="\n\n> **Exercise 1.1** (easy). A.\n\n> **Exercise 1.2** (harder). B."),
     5, 45),
])  # fmt: skip
def test_how_long_a_chapter_reads(notebook, reading, all_of_it, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    reading_time = importlib.import_module("reading_time")
    assert reading_time.minutes(notebook) == (reading, all_of_it)
    path = tmp_path / "chapter.ipynb"
    path.write_text(tool.dumps(notebook), encoding="utf8")
    monkeypatch.setattr(sys, "argv", ["reading_time.py", "--write", str(path)])
    assert reading_time.main() == 0
    right = tool.dumps(notebook).replace(
        "**Reading time:** about 1 minutes.",
        f"**Reading time:** about {reading} minutes, with the exercises about {all_of_it}.",
    )
    assert path.read_text(encoding="utf8") == right
