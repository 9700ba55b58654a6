"""How long a chapter takes a student: to read, and with its exercises.

    python tools/reading_time.py [NOTEBOOK ...]           say it
    python tools/reading_time.py --write [NOTEBOOK ...]   and write it into the first cell

A chapter states the two times in its first cell, so that Colab shows them too, and
tests/book/test_notebooks_lint.py compares them with these. Nobody has timed students yet: it
is an estimate, the sum of the parts below, rounded to five minutes.
"""

import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import aside

ROOT = Path(__file__).resolve().parent.parent

# Most adults read English non-fiction at 175 to 300 words a minute, and more slowly where
# English is their second language (Brysbaert, "How many words do we read per minute?",
# Journal of Memory and Language 109, 2019). This text is dense: the lower part of the range.
WORDS_PER_MINUTE = 200
# Reviewers who read 300 to 500 lines of code an hour find most of what is wrong in it, and
# faster ones miss it (Cohen, "Best Kept Secrets of Peer Code Review", 2006). Who reads a
# chapter looks for the idea, not for mistakes, so it is the upper end.
LINES_PER_MINUTE = 500 / 60
# The rest are guesses, in minutes: to follow a line of a displayed formula with a pencil; to look
# at the axes and the caption of a figure, or to move it; to think, and to write down what one
# predicts.
PER_FORMULA, PER_FIGURE, PER_PREDICTION = 1, 1, 2
# ARENA, a course of this kind, gives most of its exercises 10 to 15 minutes, hard ones more
# (callummcdougall/ARENA_2.0). Ours are graded; each ends in a check with hints.
PER_EXERCISE = {"easy": 10, "medium": 20, "harder": 30}

LINE = "**Reading time:** about {} minutes, with the exercises about {}."
PATTERN = re.compile(r"\*\*Reading time:\*\* .+\.$", re.M)


class Size(NamedTuple):
    """What a chapter asks of its reader."""

    words: int
    lines: int
    formulas: int  # their lines
    figures: int
    predictions: int
    exercises: list[str]


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _lines(cell: dict[str, Any]) -> int:
    """Lines of code that a reader sees; 0 for what is folded away, and for an answer's cell."""
    folded = {"hide-input", "hide-cell"} & set(cell["metadata"].get("tags", []))
    if folded or _source(cell).startswith("# @title"):
        return 0
    return sum(bool(line.strip()) for line in _source(cell).splitlines())


def measure(notebook: dict[str, Any]) -> Size:
    """Count words, those of displayed formulas and tags aside, lines of code and the rest."""
    kinds = {"markdown": [], "code": []}
    for cell in notebook["cells"]:
        kinds.get(cell["cell_type"], []).append(cell)
    text = "\n\n".join(map(_source, kinds["markdown"]))
    displayed = re.compile(r"\$\$.*?\$\$", re.S)
    prose = re.sub(r"</?\w+>", " ", displayed.sub(" ", text))
    return Size(
        words=len(re.findall(r"\S*\w\S*", prose)),
        lines=sum(map(_lines, kinds["code"])),
        formulas=sum(1 + f.count("\\\\") for f in displayed.findall(text)),
        figures=sum(
            "mystnb" in cell["metadata"] or "lk.interactive." in _source(cell)
            for cell in kinds["code"]
        ),
        predictions=text.count("> **Predict, then run.**"),
        exercises=re.findall(r"^> \*\*Exercise [\d.]+\*\* \((\w+)\)", text, re.M),
    )


def minutes(notebook: dict[str, Any]) -> tuple[int, int]:
    """Minutes to read a chapter, and to read it and do its exercises."""
    size = measure(notebook)
    reading = (
        size.words / WORDS_PER_MINUTE
        + size.lines / LINES_PER_MINUTE
        + size.formulas * PER_FORMULA
        + size.figures * PER_FIGURE
        + size.predictions * PER_PREDICTION
    )
    working = sum(PER_EXERCISE[grade] for grade in size.exercises)
    return _five(reading), _five(reading + working)


def _five(time: float) -> int:
    return max(5, 5 * round(time / 5))


def line(notebook: dict[str, Any]) -> str:
    """What the chapter has to say of itself."""
    return LINE.format(*minutes(notebook))


def main() -> int:
    """Say the times of the notebooks on the command line, or of all; with --write, write."""
    given = [name for name in sys.argv[1:] if name != "--write"]
    for path in map(Path, given or sorted((ROOT / "notebooks").glob("*.ipynb"))):
        raw = path.read_text(encoding="utf8")
        said = line(aside.notebook(path))
        print(f"{path.name:26} {said}")
        if "--write" in sys.argv:  # the line stands in one string of the JSON
            new = re.sub(r"\*\*Reading time:\*\* .+?\.(?=\"|\\n)", said, raw, count=1)
            path.write_text(new, encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
