"""Private variants with otter itself: built, graded by tools/grade.py, and looked through.

.venv-assignments/bin/python -m pytest assignments/test_private_grading.py
"""

import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import grade
import private

import assignments as tool

pytestmark = pytest.mark.slow

SECRETS = ("a secret that no class has", "another one, for next year")
NAMES = ("a1", "a2")


@pytest.fixture(scope="module", params=SECRETS)
def built(request, tmp_path_factory):
    """The secret, and the folder with what it makes."""
    out = tmp_path_factory.mktemp("private")
    tool.make(NAMES, request.param, out, [4])
    return request.param, out


def points(out, name, notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(grade, "BUILT", out)
    path = tmp_path / f"{name}_4.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf8")
    return grade.grade(path, timeout=300)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("which", "total"), [("instructor", 16), ("student", 0)])
def test_the_solution_earns_all_points_and_what_is_handed_out_none(
    built, name, which, total, tmp_path, monkeypatch
):
    _, out = built
    notebook = private.aside.notebook(out / name / which / f"{name}.ipynb")
    found = points(out, name, notebook, tmp_path, monkeypatch)
    assert sum(found.points.values()) == total, found


@pytest.mark.parametrize("name", NAMES)
def test_the_public_solution_earns_few(built, name, tmp_path, monkeypatch):
    """The code of the practice assignment's solution, in the cells of the variant."""
    _, out = built
    variant = private.aside.notebook(out / name / "student" / f"{name}.ipynb")
    practice = private.aside.notebook(tool.SOURCES / name / f"{name}.ipynb")
    code = ["".join(c["source"]) for c in practice["cells"] if c["cell_type"] == "code"]
    solutions = [c for c in code if "SOLUTION" in c and "BEGIN TEST" not in c]
    plain = "\n\n".join(solutions).replace("# END SOLUTION", "")
    plain = re.sub(r'(?s)"""  # BEGIN PROMPT.*?# END PROMPT', "", plain)
    at = next(i for i, c in enumerate(variant["cells"])
              if "otter_answer_cell" in c["metadata"].get("tags", []))  # fmt: skip
    for cell in variant["cells"][at:]:
        if "otter_answer_cell" in cell["metadata"].get("tags", []):
            cell["source"] = "pass"
    variant["cells"][at]["source"] = plain
    found = points(out, name, variant, tmp_path, monkeypatch)
    assert sum(found.points.values()) <= 4, found


def numbers(value):
    """All numbers of the expected answers that say something: not 0, not a small integer."""
    if isinstance(value, dict):
        return [x for part in value.values() for x in numbers(part)]
    if isinstance(value, list):
        return [x for part in value for x in numbers(part)]
    return [value] if value != round(value, 2) else []


@pytest.mark.parametrize("name", NAMES)
def test_the_students_pack_leaks_no_answer(built, name):
    secret, out = built
    with zipfile.ZipFile(out / name / f"{name}-student.zip") as pack:
        texts = {n: pack.read(n) for n in pack.namelist()}
    wheel = next(n for n in texts if n.endswith(".whl"))
    texts.pop(wheel)
    everything = "\n".join(text.decode() for text in texts.values())
    assert not any(secret in text.decode() for text in texts.values())
    assert "hidden=True" not in everything and not re.search(r"\bLINE\b", everything)
    answers = private.aside.read(out / name / "expected.json", "")["4"]
    assert len(numbers(answers)) > 10
    for x in numbers(answers):
        assert f"{x:.4f}".rstrip("0") not in everything and repr(x) not in everything
    assert not re.search(rf"line = {answers['line']}\b", everything)
    # of the solution's cells no line that the student's notebook does not need
    solved = private.aside.notebook(out / name / "instructor" / f"{name}.ipynb")
    lines = [line.strip() for line in everything.replace("\\n", "\n").splitlines()]
    for cell in solved["cells"]:
        source = "".join(cell["source"])
        inside = re.findall(r"(?s)# BEGIN SOLUTION\n(.*?)# END SOLUTION", source)
        for line in "".join(inside).splitlines():
            assert line.strip() == "" or f'"{line.strip()}' not in lines, line


def test_the_same_secret_makes_the_same_bytes(built, tmp_path):
    secret, out = built
    tool.make(["a2"], secret, tmp_path, [4])
    files = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(files) > 15
    for path in files:
        assert (tmp_path / path).read_bytes() == (out / path).read_bytes(), path
