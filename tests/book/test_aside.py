"""What the tools keep (benchmarks, grades, outputs, stamps) is written whole and read with care."""

import ast
import builtins
import importlib.util
import json
import re
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
spec = importlib.util.spec_from_file_location("tools_aside", TOOLS / "aside.py")
aside = importlib.util.module_from_spec(spec)
spec.loader.exec_module(aside)


def full(*args, **kwargs):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("place, name", [
    (builtins, "open"), (aside.os, "fsync"), (aside.os, "replace"),
])  # fmt: skip
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch, place, name
):
    path = tmp_path / "kept.json"
    aside.write(path, "old")
    with monkeypatch.context() as broken:
        broken.setattr(place, name, full)
        with pytest.raises(OSError, match="No space left"):
            aside.write(path, "new")
    assert path.read_text(encoding="utf8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"]
    aside.write(path, "new\n")
    assert path.read_bytes() == b"new\n"


def test_what_is_kept_is_written_so():
    """The tools that keep measurements, grades and records call it, and open nothing anew."""
    for name in ("benchmarks", "grade", "assignments", "outputs", "notebooks", "build"):
        tree = ast.parse((TOOLS / f"{name}.py").read_text(encoding="utf8"))
        calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert "aside.write" in calls, name
    assert not {"lolakit", "jax"} & set(vars(aside))


def test_what_is_read_is_complete_or_refused(tmp_path):
    """Cut off at each byte, and as other files: the path, what was expected, the way out."""
    path = tmp_path / "kept.json"
    whole = '{"seconds": {"one": 1.5, "π": [2]}}'.encode()
    path.write_bytes(whole)
    kept = aside.read(path, "Run `make bench`", "seconds")
    assert kept == {"seconds": {"one": 1.5, "π": [2]}}
    spoilt = [whole[:n] for n in range(len(whole))]
    spoilt += [b"[]", b"3", b"null", b'{"others": 1}', b"\xff\xfe", b"[" * 10**5]
    for data in spoilt:
        path.write_bytes(data)
        with pytest.raises(ValueError, match=re.escape(str(path))) as error:
            aside.read(path, "Run `make bench`", "seconds")
        assert "expected" in str(error.value) and "make bench" in str(error.value)


def test_no_tool_reads_json_without_care():
    """The tools open their records and notebooks by `aside`; the rest is no file."""
    allowed = {"aside", "colab"}  # colab: what a program that it starts has printed
    for file in TOOLS.glob("*.py"):
        text = file.read_text(encoding="utf8")
        bare = re.findall(r"json\.loads?\((?!nbformat)", text)
        assert file.stem in allowed or not bare, file


def test_a_submission_that_is_no_notebook_is_said_so(tmp_path):
    path = tmp_path / "a1_7.ipynb"
    for words in ("", "{", "[]", "{}", json.dumps({"metadata": {}})):
        path.write_text(words, encoding="utf8")
        with pytest.raises(ValueError, match="Restore the notebook"):
            aside.notebook(path)
