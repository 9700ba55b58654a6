"""Build, run and grade with otter itself: what `make assignments` checks after building.

.venv-assignments/bin/python -m pytest assignments/test_grading.py
"""

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "_build" / "assignments"
sys.path.insert(0, str(ROOT / "tools"))

import grade

pytestmark = pytest.mark.slow


def notebook(name, version):
    return json.loads(
        (BUILT / name / version / f"{name}.ipynb").read_text(encoding="utf8")
    )


def changed(name, *changes):
    """The solved notebook with these (old, new) texts of its code changed."""
    nb = notebook(name, "instructor")
    code = [cell for cell in nb["cells"] if cell["cell_type"] == "code"]
    for old, new in changes:
        hits = 0
        for cell in code:
            source = "".join(cell["source"])
            hits += old in source
            cell["source"] = source.replace(old, new)
        assert hits == 1, old
    return nb


def old_format(nb):
    """The same notebook as Colab writes it: no ids of cells."""
    for cell in nb["cells"]:
        del cell["id"]
    return nb | {"nbformat_minor": 0}


RAISES = [
    (
        "(R, S), (T, P) = game.payoff[0].tolist()",
        "(R, S), (T, P) = game.payoff[0].tolist()\n1 / 0",
    ),
    ("gamma_defect = (T - R) / (T - P)", "gamma_defect = float('inf')"),
    ("gamma_alternate = (T - R) / (R - S)", "gamma_alternate = 'two thirds'"),
    ("return game.payoff.reshape(2, 4) @ visits", "return [1.0, 2.0, 3.0]"),
    (
        "share_naive = lk.assignment.cooperative_share(naive_rule, game)",
        "raise SystemExit",
    ),
]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Submissions graded by the command; rows of points.csv, and the reports."""
    folder = tmp_path_factory.mktemp("handed in")
    hand_in = {
        "a1_1018": notebook("a1", "instructor"),
        "a1_2000": notebook("a1", "student"),
        "a1_2001": changed("a1", ("matrix @ worth", "worth @ matrix")),
        "a1_2002": changed("a1", *RAISES),
        "a1_2003": changed(
            "a1", ("student_number = 0", "student_number = 0\nimport os; os._exit(1)")
        ),
        "a1_2005": changed("a1", ("student_number = 0", 'exec("student_number = 0")')),
        "a1_2006": old_format(
            changed("a1", ("student_number = 0", "if True:\n    student_number = 0"))
        ),
        "a2_1018": notebook("a2", "instructor"),
    }
    for name, nb in hand_in.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(nb), encoding="utf8")
    (folder / "a1_2004.ipynb").write_text("no notebook", encoding="utf8")
    (folder / "homework.ipynb").write_text("{}", encoding="utf8")
    command = [sys.executable, "tools/grade.py", folder, "--timeout", "300"]
    done = subprocess.run(
        [str(w) for w in command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "homework.ipynb: not graded" in done.stdout
    with (folder / "graded" / "points.csv").open(encoding="utf8") as file:
        rows = {row["file"].removesuffix(".ipynb"): row for row in csv.DictReader(file)}
    said = {
        path.stem: path.read_text(encoding="utf8")
        for path in (folder / "graded").glob("*.md")
    }
    assert set(rows) == set(said) == {*hand_in, "a1_2004"}
    return rows, said


def by_question(row):
    return [float(row[f"q{n}"]) for n in range(1, 7)]


def test_solutions_earn_all_points(table):
    rows, said = table
    assert by_question(rows["a1_1018"]) == [1, 3, 4, 2, 4, 2]
    assert by_question(rows["a2_1018"]) == [2, 4, 2, 4, 2, 2]
    for name in ("a1_1018", "a2_1018"):
        assert "16 of 16 points" in said[name] and "lost" not in said[name]
        assert rows[name]["remarks"] == "another number inside: student_number = 0"


def test_the_number_of_the_file_name_counts(table):
    """Set in a way that the grader cannot rewrite, another number's game earns little."""
    rows, said = table
    earned = by_question(rows["a1_2005"])
    # the game of number 0 where 2005 was asked for: only what holds in every game is right
    assert earned[:4] == [0, 0, 0, 0] and earned[4] <= 1
    assert "not the payoffs of your game" in said["a1_2005"]
    assert rows["a1_2005"]["remarks"] == "no line `student_number = ...`"
    assert by_question(rows["a1_2006"]) == [1, 3, 4, 2, 4, 2]
    assert "another number inside" in rows["a1_2006"]["remarks"]


def test_the_student_version_earns_nothing(table):
    rows, said = table
    assert float(rows["a1_2000"]["sum"]) == 0
    assert "0 of 16 points" in said["a1_2000"]


def test_a_wrong_answer_loses_its_points_and_the_report_says_why(table):
    rows, said = table
    assert by_question(rows["a1_2001"]) == [1, 3, 4, 2, 1, 2]
    assert "Question 5: the sum runs over theta_2" in said["a1_2001"]
    assert "worth" not in said["a1_2001"], "a report shows no source of a test"


def test_errors_cost_their_question_only(table):
    rows, said = table
    assert by_question(rows["a1_2002"]) == [1, 0, 0, 2, 4, 0]
    assert "not every number in it is finite" in said["a1_2002"]
    assert "got str" in said["a1_2002"] and "got (3,)" in said["a1_2002"]


@pytest.mark.parametrize(
    ("name", "remark"), [("a1_2003", "could not be run"), ("a1_2004", "not a notebook")]
)
def test_what_cannot_be_run_is_a_remark(table, name, remark):
    rows, said = table
    assert float(rows[name]["sum"]) == 0 and remark in rows[name]["remarks"]
    assert remark in said[name]


def test_what_does_not_end_is_stopped(tmp_path):
    endless = changed(
        "a1", ("student_number = 0", "student_number = 0\nwhile True: pass")
    )
    path = tmp_path / "a1_7.ipynb"
    path.write_text(json.dumps(endless), encoding="utf8")
    result = grade.grade(path, timeout=20)
    assert sum(result.points.values()) == 0
    assert "did not finish within 20 s" in result.remarks[-1]


def tagged(name, version, tag):
    cells = notebook(name, version)["cells"]
    return ["".join(c["source"]) for c in cells if tag in c["metadata"].get("tags", [])]


def solution_lines(cell):
    """The lines of a solved cell that otter has to take away, without their markers."""
    if "SOLUTION" not in cell:  # the model answer of Question 7
        return {line for line in cell.splitlines() if line}
    lines, inside = set(), False
    for line in cell.splitlines():
        if "# BEGIN SOLUTION" in line or "# END SOLUTION" in line:
            inside = "BEGIN" in line
        elif inside or line.endswith("# SOLUTION"):
            lines.add(line.removesuffix("# SOLUTION").strip())
    return lines - {""}


@pytest.mark.parametrize("name", ["a1", "a2"])
def test_the_student_version_holds_no_solution(name):
    assert len(tagged(name, "student", "otter_answer_cell")) == 7
    solved = tagged(name, "instructor", "otter_assign_solution_cell")
    assert len(solved) == 7
    everything = [
        line.strip()
        for cell in notebook(name, "student")["cells"]
        for line in "".join(cell["source"]).splitlines()
    ]
    for cell in solved:
        lines = solution_lines(cell)
        assert lines and not lines & set(everything)
    for path in (BUILT / name / "student" / "tests").glob("*.py"):
        assert "hidden=True" not in path.read_text(
            encoding="utf8"
        ) and "points=0" in path.read_text(encoding="utf8")


@pytest.mark.parametrize("name", ["a1", "a2"])
def test_the_pack_holds_what_a_student_needs(name):
    with zipfile.ZipFile(BUILT / name / f"{name}-student.zip") as pack:
        names = pack.namelist()
        readme = pack.read("README.txt").decode()
    assert f"{name}.ipynb" in names and "tests/q1.py" in names
    (wheel,) = (n for n in names if n.endswith(".whl"))
    assert wheel in readme
