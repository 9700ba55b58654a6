"""Grade a folder of submissions: a table of points, and a report for each student.

    .venv-assignments/bin/python tools/grade.py FOLDER [--out GRADED] [--timeout 600] [--private]

A submission is a file `a1_NUMBER.ipynb`, `a2_NUMBER.ipynb`; the number in the file name is
the one that counts: each test gets it, whatever the notebook has set. Writes into GRADED
(FOLDER/graded by default)

    points.csv        a line for each submission: points by question, sum, remarks
    a1_NUMBER.md      the report for the student: points and hints, no answers

With --private the tests are those of the variants that `make assignments SECRET=...` made.

Submissions are programs, and run here with your rights: use an account or a container that
holds nothing else.
"""

import argparse
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import aside

BUILD = Path(__file__).resolve().parent.parent / "_build"
BUILT = BUILD / "assignments"
NAME = re.compile(r"(a\d+)_(\d+)\.ipynb")
NUMBER = re.compile(r"^([ \t]*)student_number[ \t]*=(?!=)[^#;\n]*", re.M)

# Runs first. Each test then gets this number, whatever the notebook has made of its own.
FIRST = """\
from otter.test_files.exception_test import ExceptionTestFile


def with_number(run):
    return lambda self, env: run(self, {{**env, "student_number": {number}}})


ExceptionTestFile.run = with_number(ExceptionTestFile.run)
student_number = {number}
del with_number, ExceptionTestFile
"""


class Result(NamedTuple):
    """What a submission earned: points and hints by question, and remarks for the grader."""

    points: dict[str, float]
    hints: dict[str, list[str]]
    remarks: list[str]


def with_number(notebook: dict[str, Any], number: int) -> tuple[dict[str, Any], str]:
    """The notebook with this student number in it, and a remark if it had another."""
    line, seen = f"student_number = {number}", set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            seen |= {found[0].strip() for found in NUMBER.finditer(source)}
            cell["source"] = NUMBER.sub(rf"\g<1>{line}  ", source)
    first = {"cell_type": "code", "metadata": {}, "source": FIRST.format(number=number)}
    first |= {"execution_count": None, "outputs": []}
    if notebook.get("nbformat_minor", 0) >= 5:  # older ones, as Colab's, have no ids
        first["id"] = "number"
    notebook["cells"].insert(0, first)
    if not seen:
        return notebook, "no line `student_number = ...`"
    same = seen == {line}
    return notebook, "" if same else f"another number inside: {', '.join(sorted(seen))}"


def hints(output: str) -> list[str]:
    """What the failed tests of one question said, without the source of the tests."""
    found = []
    for block in output.split("Test case failed")[1:]:
        block = re.split(r"\n\s*q\w+ - \d+ result:", block)[0]
        said = re.findall(r"^\s*(\w+): (.*)$", block, re.M)
        kind, text = said[-1] if said else ("Error", "no message")
        hint = text if kind == "Wrong" else f"your code ended with {kind}: {text}"
        if hint not in found:
            found.append(hint)
    return found


def run(notebook: dict[str, Any], name: str, folder: Path, timeout: float) -> Any:
    """The tests' results from otter, or a sentence on why there are none."""
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf8")
    zipped = BUILT / name / f"{name}-autograder.zip"
    command = [
        sys.executable,
        "-m",
        "otter",
        "run",
        "--no-logo",
        "-a",
        zipped,
        "-o",
        folder,
        path,
    ]
    env = {"JUPYTER_PREFER_ENV_PATH": "1", **os.environ}
    process = subprocess.Popen(
        [str(word) for word in command], cwd=folder, env=env, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    try:
        said = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its kernel notices, and ends too
        process.communicate()
        return f"it did not finish within {timeout:g} s"
    results = folder / "results.json"
    if process.returncode or not results.exists():
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return f"it could not be run: {lines[-1] if lines else 'no message'}"
    try:
        return aside.read(results, "", "tests")["tests"]
    except ValueError:
        return "its results cannot be read"


def points_of(name: str) -> dict[str, dict[str, float]]:
    """Return what each question of an assignment is worth, by who grades it."""
    path = BUILT / name / "points.json"
    return aside.read(path, "Run `make assignments`", "tests", "person")


def grade(path: Path, timeout: float) -> Result:
    """Grade one submission. Whatever is wrong with it ends as a remark, never as an error."""
    name, number = NAME.fullmatch(path.name).groups()  # type: ignore[union-attr]
    parts = points_of(name)["tests"]
    nothing = dict.fromkeys(parts, 0.0)
    try:
        notebook = aside.notebook(path)
        notebook, remark = with_number(notebook, int(number))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Result(nothing, {}, ["not a notebook"])
    with tempfile.TemporaryDirectory() as folder:
        tests = run(notebook, name, Path(folder), timeout)
    remarks = [remark] if remark else []
    if isinstance(tests, str):
        return Result(nothing, {}, [*remarks, tests])
    by_name = {test["name"]: test for test in tests}
    missing = sorted(set(parts) - set(by_name))
    if missing:
        remarks.append(f"no result for {', '.join(missing)}")
    found = {q: by_name[q] for q in parts if q in by_name}
    points = nothing | {q: float(test["score"]) for q, test in found.items()}
    said = {
        q: hints(test["output"]) for q, test in found.items() if points[q] < parts[q]
    }
    return Result(points, said, remarks)


def report(path: Path, result: Result) -> str:
    """The report for the student, in Markdown."""
    name, number = NAME.fullmatch(path.name).groups()  # type: ignore[union-attr]
    worth = points_of(name)
    total, out_of = sum(result.points.values()), sum(worth["tests"].values())
    lines = [f"# {name}, student number {number}", "",
             f"**{total:g} of {out_of:g} points by tests.**", "",
             "| question | points | of |", "|---|---|---|"]  # fmt: skip
    lines += [
        f"| {q[1:]} | {result.points[q]:g} | {of:g} |"
        for q, of in worth["tests"].items()
    ]
    lines += [
        f"| {q[1:]} | a person grades it | {of:g} |"
        for q, of in worth["person"].items()
    ]
    if result.hints:
        lines += ["", "Where points were lost:", ""]
        lines += [
            f"- Question {q[1:]}: {' '.join(h)}" for q, h in result.hints.items() if h
        ]
    if result.remarks:
        lines += ["", *(f"Remark: {remark}." for remark in result.remarks)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Grade the folder on the command line; 1 if there is nothing to grade."""
    global BUILT
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="default: FOLDER/graded")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for each")
    parser.add_argument("--private", action="store_true", help="grade private variants")
    options = parser.parse_args()
    BUILT = BUILD / ("private" if options.private else "assignments")
    out = options.out or options.folder / "graded"
    paths = sorted(options.folder.glob("*.ipynb"))
    odd = [path.name for path in paths if not NAME.fullmatch(path.name)]
    paths = [path for path in paths if path.name not in odd]
    for name in {path.name.split("_")[0] for path in paths}:
        if not (BUILT / name / "points.json").exists():
            print(f"{name} is not built: make assignments")
            return 1
    for name in odd:
        print(f"{name}: not graded, expected a name like a1_1017.ipynb")
    if not paths:
        print(f"no submissions in {options.folder}")
        return 1
    out.mkdir(parents=True, exist_ok=True)
    rows, questions = [], set()
    for path in paths:
        result = grade(path, options.timeout)
        aside.write(out / f"{path.stem}.md", report(path, result))
        total = sum(result.points.values())
        print(
            f"{path.name}: {total:g} points{''.join(f'; {r}' for r in result.remarks)}"
        )
        row = {"file": path.name, "sum": total, "remarks": "; ".join(result.remarks)}
        rows.append(row | result.points)
        questions |= set(result.points)
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, ["file", *sorted(questions), "sum", "remarks"])
        writer.writeheader()
        writer.writerows(rows)
        aside.write(out / "points.csv", table.getvalue())  # what is graded so far
    print(f"{len(rows)} submissions; {out / 'points.csv'}, and a report for each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
