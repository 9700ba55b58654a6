"""What the tools write (benchmarks, grades, outputs, stamps) is there whole, or as it was."""

import ast
import builtins
import importlib.util
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
