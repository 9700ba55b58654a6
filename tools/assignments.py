"""Build the assignments: what students get, what the instructor gets, and the autograder.

    python tools/assignments.py [NAME ...] [--numbers N ...]    all, or those named

One source for each, `assignments/NAME/NAME.ipynb` in the format of `otter assign`, which
also runs the solutions and their tests. Into `_build/assignments/NAME` go

    NAME-student.zip      notebook without solutions, tests of form, lolakit, README.txt
    instructor/           notebook with solutions, all tests
    NAME-autograder.zip   what tools/grade.py grades with
    points.json           points of each question, by tests and by a person

With LOLAKIT_SECRET (`make assignments SECRET=...`) the sources are `assignments/private`, as
`tools/private.py` fills them in for this secret, and all goes into `_build/private/NAME`,
which no target publishes, with

    marking.md            what is drawn, the right answers, and the marks by hand
    expected.json         the right answers for the numbers after `--numbers`

The same secret makes the same bytes.

Needs otter-grader, which has an environment of its own: run it by `make assignments`.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aside
import private

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "assignments"
BUILT = ROOT / "_build" / "assignments"
PRIVATE = ROOT / "_build" / "private"
OTTER = "otter-grader==7.0.0"
# What `import otter` and `grader.check` need of otter's requirements. All of them would make
# pip replace Colab's ipywidgets 7 by 8, for buttons that only `grader.export` shows.
# `make assignments` runs this on Colab's versions.
OTTER_CHECKS = f"{OTTER} dill fica ipylab pandas python-frontmatter wrapt"

README = """\
{name}: how to work on it

You need the notebook {name}.ipynb and the folder tests side by side, and two packages:
otter-grader, which runs the checks, and lolakit, which is the file {wheel}.

Jupyter on your machine
  1. Unpack {name}-student.zip, and go to that folder.
  2. python -m pip install {otter} ./{wheel} jupyterlab
  3. jupyter lab {name}.ipynb

Colab
  1. File > Upload notebook: {name}.ipynb (unpack the zip file first to get it).
  2. Put {name}-student.zip into the Files panel.
  3. Run this in a new first cell:

       !unzip -qo {name}-student.zip
       %pip install -q ./{wheel}
       %pip install -q --no-deps {checks}

     Without --no-deps, pip would replace Colab's ipywidgets by a version that Colab is not
     made for. Like this it replaces nothing: it adds what the checks need.
  4. At the end: delete that first cell, then File > Download > Download .ipynb.

Hand in one file, with your student number in its name: {name}_NUMBER.ipynb
"""


def readme(name: str, wheel: str) -> str:
    """The README.txt of an assignment's pack."""
    return README.format(name=name, wheel=wheel, otter=OTTER, checks=OTTER_CHECKS)


def points(notebook: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Points of each question of a source, by tests and by a person."""
    found: dict[str, dict[str, float]] = {"tests": {}, "person": {}}
    question = ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if source.startswith("# BEGIN QUESTION"):
            question = re.findall(r"^name: (\w+)$", source, re.M)[0]
            for number in re.findall(r"^points: ([\d.]+)$", source, re.M):
                found["person"][question] = float(number)
        elif "# BEGIN TEST CONFIG" in source:
            (number,) = re.findall(r"^points: ([\d.]+)$", source, re.M)
            total = found["tests"].get(question, 0.0)
            found["tests"][question] = total + float(number)
    return found


def settled(folder: Path, name: str) -> None:
    """Take from what otter wrote that which differs from one run to the next."""
    for number, path in enumerate(sorted(folder.rglob("*.ipynb"))):
        notebook = aside.notebook(path)
        for at, cell in enumerate(notebook["cells"]):
            cell["id"] = f"{name}-{number}-{at}"
        aside.write(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def pack(archive: Path, folder: Path) -> None:
    """Zip the files of a folder, without the time of day."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                about = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                about.compress_type = zipfile.ZIP_DEFLATED
                about.external_attr = 0o644 << 16
                zipped.writestr(about, path.read_bytes())


def build(source: Path, wheel: Path, out: Path) -> None:
    """Build one assignment; raises if its own solutions do not pass all of its tests."""
    name = source.stem
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made")
        command = [sys.executable, "-m", "otter", "assign", "--no-pdfs", source, made]
        subprocess.run([str(word) for word in command], cwd=folder, check=True)
        student, instructor = made / "student", made / "autograder"
        (student / "README.txt").write_text(readme(name, wheel.name), encoding="utf8")
        shutil.copy(wheel, student)
        (autograder,) = instructor.glob(f"{name}-autograder*.zip")
        out.mkdir(parents=True)
        with zipfile.ZipFile(autograder) as zipped:
            zipped.extractall(Path(folder, "autograder"))
        autograder.unlink()
        pack(out / f"{name}-autograder.zip", Path(folder, "autograder"))
        settled(made, name)
        shutil.copytree(student, out / "student")
        shutil.copytree(instructor, out / "instructor")
    pack(out / f"{name}-student.zip", out / "student")
    found = points(aside.notebook(source))
    aside.write(out / "points.json", json.dumps(found, indent=1) + "\n")
    by_tests, by_person = (sum(part.values()) for part in found.values())
    print(f"{name}: {by_tests:g} points by tests, {by_person:g} by a person; {out}")


def make(names: Sequence[str], secret: str, out: Path, numbers: Sequence[int]) -> None:
    """Build these assignments, each into a folder of `out`."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder]
        subprocess.run([*pip, str(ROOT)], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        for name in names:
            if secret:
                source = Path(folder, f"{name}.ipynb")
                aside.write(source, json.dumps(private.source(name, secret)))
                build(source, wheel, out / name)
                private.teacher(name, secret, out / name, numbers)
            else:
                build(SOURCES / name / f"{name}.ipynb", wheel, out / name)


def main() -> int:
    """Build what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    about = "student numbers on the marking sheet of a private variant"
    parser.add_argument("--numbers", type=int, nargs="+", default=[0], help=about)
    options = parser.parse_args()
    names = options.names or sorted(p.name for p in SOURCES.glob("a*"))
    try:
        secret = private.secret()
    except ValueError as error:
        parser.error(str(error))
    make(names, secret, PRIVATE if secret else BUILT, options.numbers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
