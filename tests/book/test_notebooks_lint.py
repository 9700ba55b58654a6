"""What a chapter must look like: readable in Colab, on GitHub and in the book.

Each rule is a function from a notebook to a list of complaints. Every rule runs on every
notebook, and every rule is shown to be able to fail, on a notebook spoilt in one place.
"""

import copy
import json
import re
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import reading_time  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def text(value):
    return value if isinstance(value, str) else "".join(value)


def cells(notebook, kind):
    return [(i, c) for i, c in enumerate(notebook["cells"]) if c["cell_type"] == kind]


def code_lines(cell):
    return [line for line in text(cell["source"]).splitlines() if line.strip()]


def prose(cell):
    """Markdown without its code blocks, code spans and maths, where braces are at home."""
    source = re.sub(r"^```.*?^```", "", text(cell["source"]), flags=re.S | re.M)
    source = re.sub(r"`[^`\n]*`", "", source)
    return re.sub(r"\$\$.*?\$\$|\$[^$\n]*\$", "", source, flags=re.S)


def is_quiz(cell):
    return text(cell["source"]).startswith("## Quiz")


def tags(cell):
    return cell["metadata"].get("tags", [])


def has_image(cell):
    return any(
        k.startswith("image/") for o in cell["outputs"] for k in o.get("data", {})
    )


RULES = []


def rule(function):
    RULES.append(function)
    return function


@rule
def no_directives_or_roles(nb):
    """Colab and GitHub show MyST as raw text: it belongs in book/."""
    bad = re.compile(
        r"^\s*(:::|```+\s*\{|~~~+\s*\{|\([\w-]+\)=\s*$)|(?<!`)\{[\w:-]+\}`", re.M
    )
    return [
        f"cell {i}: MyST syntax {found.group(0).strip()!r}; Colab renders CommonMark only"
        for i, cell in cells(nb, "markdown")
        for found in bad.finditer(text(cell["source"]))
    ]


@rule
def one_title(nb):
    """One H1, in the first Markdown cell (a badge may stand before it)."""
    found = [
        i
        for i, cell in cells(nb, "markdown")
        for _ in re.findall(r"^# ", prose(cell), re.M)
    ]
    first = [i for i, _ in cells(nb, "markdown")][:2]
    if len(found) != 1:
        return [f"{len(found)} H1 titles (cells {found}), expected exactly 1"]
    return (
        []
        if found[0] in first
        else [f"the H1 is in cell {found[0]}, expected in the first"]
    )


@rule
def setup_cell_first(nb):
    """Readers in Colab need to hear what to run when lolakit is missing."""
    code = cells(nb, "code")
    if not code:
        return ["no code cell"]
    i, cell = code[0]
    missing = {"hide-input", "nbval-ignore-output"} - set(tags(cell))
    complaints = (
        [f"cell {i}: the set-up cell lacks the tags {sorted(missing)}"]
        if missing
        else []
    )
    if "lolakit" not in text(cell["source"]):
        complaints.append(
            f"cell {i}: the first code cell must import lolakit or say what to run"
        )
    return complaints


@rule
def short_cells(nb):
    """At most 25 lines of code, and half of the cells at most 8.

    One cell of a chapter may have 40: the one that has a whole algorithm in it, and says so.
    The set-up cell is folded, and the same in all chapters.
    """
    sizes = {
        i: 1
        if text(cell["source"]).startswith("# @title Set-up")
        else len(code_lines(cell))
        for i, cell in cells(nb, "code")
    }
    whole = [
        i
        for i, cell in cells(nb, "code")
        if text(cell["source"]).startswith("# The whole of ")
    ][:1]
    complaints = [
        f"cell {i}: {n} lines of code, at most {most}"
        for i, n in sizes.items()
        if n > (most := 40 if i in whole else 25)
    ]
    median = statistics.median(sizes.values() or [1])
    return complaints + (
        [f"median cell has {median} lines, at most 8"] if median > 8 else []
    )


@rule
def figures_have_alt_and_caption(nb):
    complaints = []
    for i, cell in cells(nb, "code"):
        if has_image(cell):
            mystnb = cell["metadata"].get("mystnb", {})
            alt = mystnb.get("image", {}).get("alt", "")
            if len(alt) < 40:
                complaints.append(
                    f"cell {i}: mystnb.image.alt has {len(alt)} characters, need 40"
                )
            if not mystnb.get("figure", {}).get("caption"):
                complaints.append(f"cell {i}: the figure lacks mystnb.figure.caption")
    return complaints


@rule
def html_figures_are_described(nb):
    """A figure that moves is read aloud, and says what it shows where it stands still."""
    complaints = []
    for i, cell in cells(nb, "code"):
        for output in cell["outputs"]:
            html = text(output.get("data", {}).get("text/html", ""))
            for figure in re.findall(r"<figure.*?</figure>", html, re.S):
                if not re.search(r"<figcaption>\s*[^<\s]", figure):
                    complaints.append(f"cell {i}: the figure lacks a figcaption")
                drawings = re.findall(r"<svg[^>]*>", figure)
                described = r'role="img" aria-label="[^"]{40,}"'
                if not drawings or not all(re.search(described, d) for d in drawings):
                    complaints.append(
                        f"cell {i}: each svg needs role='img' and an aria-label "
                        "of 40 characters"
                    )
    return complaints


@rule
def no_trailing_semicolon(nb):
    """It silences Jupyter but not nbval: write `_ = ...` or end in plt.show()."""
    return [
        f"cell {i}: trailing ';' in {line.strip()!r}"
        for i, cell in cells(nb, "code")
        for line in code_lines(cell)
        if line.rstrip().endswith(";")
    ]


@rule
def clean_outputs(nb):
    """No errors, no stderr, no progress bars."""
    complaints = []
    for i, cell in cells(nb, "code"):
        for output in cell["outputs"]:
            if output["output_type"] == "error" and "raises-exception" not in tags(
                cell
            ):
                complaints.append(
                    f"cell {i}: error {output['ename']} (or tag raises-exception)"
                )
            if output.get("name") == "stderr":
                complaints.append(
                    f"cell {i}: output on stderr: {text(output['text'])[:60]!r}"
                )
            shown = text(output.get("text", "")) + text(
                output.get("data", {}).get("text/plain", "")
            )
            if re.search(r"\d+%\|", shown):
                complaints.append(f"cell {i}: a progress bar in the output")
    return complaints


@rule
def lines_fit_the_page(nb):
    return [
        f"cell {i}: a line of {len(line)} characters, at most 100"
        for i, cell in cells(nb, "code")
        for line in code_lines(cell)
        if len(line) > 100
    ]


@rule
def plain_metadata(nb):
    """Kernel python3, and nothing that changes from run to run (`make notebooks`)."""
    meta = nb["metadata"]
    complaints = []
    if meta.get("kernelspec", {}).get("name") != "python3":
        complaints.append(f"kernel {meta.get('kernelspec')}, expected python3")
    if extra := set(meta) - {"kernelspec", "language_info"}:
        complaints.append(f"notebook metadata {sorted(extra)}")
    if "version" in meta.get("language_info", {}):
        complaints.append("language_info names a Python version")
    allowed = {"tags", "mystnb", "cellView", "jupyter", "editable", "slideshow"}
    for i, cell in enumerate(nb["cells"]):
        if extra := set(cell["metadata"]) - allowed:
            complaints.append(f"cell {i}: metadata {sorted(extra)}")
    return complaints


@rule
def cell_ids(nb):
    ids = [cell.get("id") for cell in nb["cells"]]
    twice = sorted({str(i) for i in ids if ids.count(i) > 1})
    return [f"cell ids missing or used twice: {twice}"] if twice or None in ids else []


@rule
def executed(nb):
    """Outputs are committed: GitHub and Colab show them, nbval compares them."""
    return [
        f"cell {i}: not executed; run `make notebooks`"
        for i, cell in cells(nb, "code")
        if cell["execution_count"] is None and code_lines(cell)
    ]


@rule
def small_file(nb):
    size = len(json.dumps(nb))
    return [f"{size / 1e6:.1f} MB, at most 2"] if size > 2e6 else []


@rule
def some_output_is_checked(nb):
    """nbval compares what is marked, by a comment or by a tag, which no reader sees."""
    marked = any(
        "# NBVAL_CHECK_OUTPUT" in text(cell["source"])
        or "nbval-check-output" in tags(cell)
        for _, cell in cells(nb, "code")
    )
    return [] if marked else ["no cell has the tag nbval-check-output"]


@rule
def prose_to_code(nb):
    """A chapter explains its code: between 5 and 20 words per line of it, quiz aside."""
    words = sum(
        len(prose(cell).split())
        for _, cell in cells(nb, "markdown")
        if not is_quiz(cell)
    )
    lines = sum(len(code_lines(cell)) for _, cell in cells(nb, "code"))
    ratio = words / max(lines, 1)
    return (
        []
        if 5 <= ratio <= 20
        else [f"{ratio:.1f} words of prose per line of code, 5 to 20"]
    )


@rule
def exercises_have_solutions(nb):
    """`> **Exercise 2.1**` has a hidden code cell `# @title Solution 2.1 ...` that runs.

    What else is hidden so is a check of what the chapter says, `# @title Check: ...`.
    """
    markdown = "\n".join(text(cell["source"]) for _, cell in cells(nb, "markdown"))
    exercises = re.findall(r"^> \*\*Exercise (\d+\.\d+)", markdown, re.M)
    complaints, solved = [], []
    for i, cell in cells(nb, "code"):
        title = re.match(r"# @title Solution(?: (\d+\.\d+))?", text(cell["source"]))
        if not title:
            if "hide-cell" not in tags(cell):
                continue
            if not re.match(r"# @title Check: \w", text(cell["source"])):
                complaints.append(
                    f"cell {i}: a hidden cell must begin with '# @title Solution' or "
                    "'# @title Check: '"
                )
        else:
            solved.append(title.group(1))
        hidden = (
            "hide-cell" in tags(cell)
            and cell["metadata"].get("cellView") == "form"
            and cell["metadata"].get("jupyter", {}).get("source_hidden") is True
        )
        if not hidden:
            complaints.append(
                f"cell {i}: a solution or a check needs the tag hide-cell, cellView: form "
                "and jupyter.source_hidden: true"
            )
    if not 3 <= len(exercises) <= 7:
        complaints.append(f"{len(exercises)} exercises, expected 3 to 7")
    graded = re.findall(
        r"^> \*\*Exercise \d+\.\d+\*\* \((easy|medium|harder)\)\. \S", markdown, re.M
    )
    if len(graded) != len(exercises) or not {"easy"} < set(graded):
        complaints.append(f"exercises are graded {graded}; some are easy, some are not")
    named = [number for number in solved if number]
    if len(solved) < len(exercises) or not set(named) <= set(exercises):
        complaints.append(f"exercises {exercises}, but solutions {solved}")
    return complaints


def figure(
    label="A line that rises from zero to one over ten steps.", caption="It rises."
):
    return (
        f'<figure><svg viewBox="0 0 1 1" role="img" aria-label="{label}"></svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


@rule
def predictions(nb):
    """At least two questions to predict, each with a cell to run and an answer after it."""
    kinds, complaints = [cell["cell_type"] for cell in nb["cells"]], []
    found = [
        i
        for i, cell in cells(nb, "markdown")
        if "> **Predict, then run.**" in text(cell["source"])
    ]
    if len(found) < 2:
        complaints.append(f"{len(found)} questions 'Predict, then run', at least 2")
    for i in found:
        after = kinds[i + 1 :]
        if "code" not in after or "markdown" not in after[after.index("code") :]:
            complaints.append(f"cell {i}: a prediction without a cell and an answer")
    return complaints


@rule
def quiz(nb):
    """One quiz of five questions, each with three or four options, one of them right."""
    found = [text(cell["source"]) for _, cell in cells(nb, "markdown") if is_quiz(cell)]
    if len(found) != 1:
        return [f"{len(found)} quizzes, expected 1"]
    _, *questions = re.split(r"^\*\*Question (\d)\.\*\* ", found[0], flags=re.M)
    complaints, places = [], set()
    if questions[::2] != list("12345"):
        complaints.append(f"questions {questions[::2]}, expected 1 to 5")
    for number, question in zip(questions[::2], questions[1::2], strict=True):
        options = re.findall(
            r"^<details><summary>(.+)</summary>\n\n\*\*(Right|No)\.\*\* \S.+\n\n</details>$",
            question,
            re.M,
        )
        right = [place for place, (_, says) in enumerate(options) if says == "Right"]
        places |= set(right)
        if not 3 <= len(options) <= 4 or len(options) != question.count("<details"):
            complaints.append(f"question {number}: {len(options)} options of 3 or 4")
        if len(right) != 1:
            complaints.append(f"question {number}: {len(right)} right options")
        if any("$" in option for option, _ in options):
            complaints.append(f"question {number}: a summary shows no maths")
    if len(places) == 1:
        complaints.append("the right option stands in the same place each time")
    return complaints


@rule
def opening(nb):
    """The first words say what one will learn, with items, and what one needs for it."""
    source = "\n\n".join(text(cell["source"]) for _, cell in cells(nb, "markdown")[:2])
    complaints = []
    if not re.search(r"^\*\*You will learn\*\*\n\n(- .+\n?){2,}", source, re.M):
        complaints.append("no list 'You will learn' at the beginning")
    if not re.search(r"^\*\*You need\*\* \w", source, re.M):
        complaints.append("no 'You need' at the beginning")
    times = re.search(r"^\*\*Run time:\*\* \w.+ (\*\*Reading time:.+)$", source, re.M)
    if not times:
        return [*complaints, "no run time and reading time at the beginning"]
    if times.group(1) != (right := reading_time.line(nb)):
        tool = "python tools/reading_time.py --write"
        complaints.append(f"not {times.group(1)!r} but {right!r}: {tool}")
    return complaints


@rule
def further_reading(nb):
    """It stands in the last Markdown cell, and each of its items says why to read it."""
    source = text(cells(nb, "markdown")[-1][1]["source"])
    if "## Further reading" not in source:
        return ["the last Markdown cell has no 'Further reading'"]
    items = re.findall(r"^- (.+)$", source.split("## Further reading")[1], re.M)
    if not items:
        return ["further reading without items"]
    return [
        f"it does not say why: {x[:40]!r}"
        for x in items
        if not re.search(r": \w.{9}", x)
    ]


def option(says, place):
    summary = f"<details><summary>option {place}</summary>"
    return f"{summary}\n\n**{says}.** For a reason.\n\n</details>"


def question(number):
    options = (option("Right" if k == number % 3 else "No", k) for k in range(3))
    return f"**Question {number}.** Which?\n\n" + "\n\n".join(options)


QUIZ = "## Quiz\n\n" + "\n\n".join(map(question, range(1, 6)))


def good_notebook():
    """A small chapter with nothing to complain about; the bad ones are made from it."""

    def markdown(name, source):
        return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}

    def code(name, source, outputs=(), **metadata):
        return {
            "cell_type": "code",
            "id": name,
            "metadata": metadata,
            "source": source,
            "execution_count": 1,
            "outputs": list(outputs),
        }

    image = {
        "output_type": "display_data",
        "data": {"image/png": "aGk=\n"},
        "metadata": {},
    }
    printed = {"output_type": "stream", "name": "stdout", "text": "1.000\n"}
    moving = {
        "output_type": "display_data",
        "data": {"text/html": figure()},
        "metadata": {},
    }
    described = {
        "image": {"alt": "A line that rises from zero to one over ten steps."},
        "figure": {"caption": "It rises."},
    }
    hidden = {
        "tags": ["hide-cell"],
        "cellView": "form",
        "jupyter": {"source_hidden": True},
    }
    opening = (
        "**You will learn**\n\n- one thing;\n- another.\n\n**You need** nothing.\n\n"
        "**Run time:** none. **Reading time:** about 10 minutes, with the exercises "
        "about 70.\n\n"
    )
    guess = "> **Predict, then run.** What comes?"
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": spec, "language_info": {"name": "python"}},
        "cells": [
            markdown(
                "a",
                f"# A title\n\n{opening}" + "word " * 60 + "and $V_{1}$ and `{x}`.",
            ),
            code(
                "b", "import lolakit as lk", tags=["hide-input", "nbval-ignore-output"]
            ),
            code("c", "# NBVAL_CHECK_OUTPUT\nprint(1.0)", [printed]),
            code("d", "lk.plots.line()", [image], mystnb=described),
            markdown("e", "> **Exercise 1.1** (easy). Why?"),
            code("f", "# @title Solution 1.1 (click to show)\nassert True", **hidden),
            markdown("g", "> **Exercise 1.2** (medium). How?"),
            code("h", "# @title Solution 1.2 (click to show)\nassert True", **hidden),
            markdown("i", f"> **Exercise 1.3** (harder). When?\n\n{guess}"),
            code("j", "# @title Solution 1.3 (click to show)\nassert True", **hidden),
            markdown("k", guess),
            code("l", "print(2.0)"),
            markdown("m", QUIZ),
            markdown("n", "## Further reading\n\n- A. Author, *A book*: it says why."),
            code("o", "lk.interactive.line()", [moving]),
            code("p", "# @title Check: it holds\nassert True", **hidden),
        ],
    }


def spoil(path, value):
    """A function that sets one entry of the good notebook."""

    def change(nb):
        *parents, last = path
        for key in parents:
            nb = nb[key]
        if value is None:
            del nb[last]
        else:
            nb[last] = value

    return change


def cell(index, key, value):
    return spoil(["cells", index, key], value)


MOVING = ("cells", 14, "outputs", 0, "data", "text/html")


def edit(nb, index, old, new):
    source = nb["cells"][index]["source"]
    assert old in source
    nb["cells"][index]["source"] = source.replace(old, new)


def in_one_place(number):
    return question(3).replace("Question 3", f"Question {number}")


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}
STDERR = {"output_type": "stream", "name": "stderr", "text": "warning"}
BAR = {"output_type": "stream", "name": "stdout", "text": " 50%|#####     | 1/2"}

BAD = [
    (no_directives_or_roles, cell(4, "source", "see {term}`policy`")),
    (no_directives_or_roles, cell(4, "source", ":::{note}\nhm\n:::")),
    (no_directives_or_roles, cell(4, "source", "```{note}\nhm\n```")),
    (no_directives_or_roles, cell(4, "source", "(a-label)=\n## Section")),
    (one_title, cell(4, "source", "# Another title")),
    (one_title, cell(0, "source", "no title")),
    (setup_cell_first, spoil(["cells", 1, "metadata", "tags"], ["hide-input"])),
    (setup_cell_first, cell(1, "source", "import jax")),
    (short_cells, cell(2, "source", "x = 1\n" * 26)),
    (short_cells, cell(2, "source", "# The whole of it\n" + "x = 1\n" * 40)),
    (
        short_cells,
        lambda nb: [
            nb["cells"][i].update(source="# The whole of it\n" + "x = 1\n" * 30)
            for i in (2, 11)
        ],
    ),
    (short_cells, lambda nb: [c.update(source="x = 1\n" * 9) for c in nb["cells"]]),
    (
        figures_have_alt_and_caption,
        spoil(["cells", 3, "metadata", "mystnb", "image"], None),
    ),
    (
        figures_have_alt_and_caption,
        spoil(["cells", 3, "metadata", "mystnb", "image", "alt"], "a"),
    ),
    (
        figures_have_alt_and_caption,
        spoil(["cells", 3, "metadata", "mystnb", "figure"], None),
    ),
    (html_figures_are_described, spoil([*MOVING], figure(caption=""))),
    (html_figures_are_described, spoil([*MOVING], figure(label="A line."))),
    (
        html_figures_are_described,
        spoil([*MOVING], figure().replace('role="img" ', "")),
    ),
    (no_trailing_semicolon, cell(2, "source", "plot(x);")),
    (clean_outputs, cell(2, "outputs", [ERROR])),
    (clean_outputs, cell(2, "outputs", [STDERR])),
    (clean_outputs, cell(2, "outputs", [BAR])),
    (lines_fit_the_page, cell(2, "source", "x = " + "1 + " * 30 + "1")),
    (plain_metadata, spoil(["metadata", "kernelspec", "name"], "my-env")),
    (plain_metadata, spoil(["metadata", "language_info", "version"], "3.12.1")),
    (plain_metadata, spoil(["metadata", "widgets"], {"a": 1})),
    (plain_metadata, spoil(["cells", 2, "metadata", "execution"], {"iopub": "now"})),
    (cell_ids, cell(2, "id", "b")),
    (cell_ids, cell(2, "id", None)),
    (executed, lambda nb: nb["cells"][2].update(execution_count=None)),
    (small_file, cell(2, "source", "#" * 2_000_001)),
    (some_output_is_checked, cell(2, "source", "print(1.0)")),
    (prose_to_code, cell(0, "source", "# A title")),
    (prose_to_code, cell(0, "source", "# A title\n" + "word " * 500)),
    (
        exercises_have_solutions,
        cell(4, "source", "> **Exercise 1.1** a\n\n> **Exercise 1.2** b"),
    ),
    (exercises_have_solutions, spoil(["cells", 5, "metadata", "tags"], [])),
    (exercises_have_solutions, spoil(["cells", 5, "metadata", "cellView"], None)),
    (exercises_have_solutions, spoil(["cells", 5, "metadata", "jupyter"], None)),
    (exercises_have_solutions, cell(5, "source", "assert True")),
    (exercises_have_solutions, cell(15, "source", "assert True")),
    (exercises_have_solutions, spoil(["cells", 15, "metadata", "cellView"], None)),
    (exercises_have_solutions, lambda nb: nb["cells"].__delitem__(slice(6, 8))),
    (predictions, cell(10, "source", "no question")),
    (predictions, lambda nb: nb["cells"].__delitem__(slice(11, 14))),
    (predictions, lambda nb: nb["cells"].__delitem__(slice(12, 14))),
    (quiz, cell(12, "source", "## No quiz")),
    (quiz, cell(10, "source", QUIZ)),
    (quiz, cell(12, "source", QUIZ.split("**Question 5.**")[0])),
    (quiz, cell(12, "source", QUIZ.replace("**Right.**", "**No.**", 1))),
    (quiz, cell(12, "source", QUIZ.replace("**No.**", "**Right.**", 1))),
    (quiz, cell(12, "source", QUIZ.replace("**No.** For a reason.", "**No.**", 1))),
    (quiz, cell(12, "source", QUIZ.replace(option("No", 0) + "\n\n", "", 1))),
    (quiz, cell(12, "source", QUIZ.replace(">option 0", ">option $V$", 1))),
    (quiz, cell(12, "source", "\n\n".join(["## Quiz", *map(in_one_place, "12345")]))),
    (opening, lambda nb: edit(nb, 0, "- one thing;\n- another.", "one thing.")),
    (opening, lambda nb: edit(nb, 0, "**You need** nothing.", "")),
    (opening, lambda nb: edit(nb, 0, "**Run time:** none.", "")),
    (opening, lambda nb: edit(nb, 0, "about 10 minutes", "about 5 minutes")),
    (opening, lambda nb: edit(nb, 0, "about 70.", "about 65.")),
    (opening, lambda nb: edit(nb, 4, "(easy)", "(harder)")),
    (further_reading, cell(13, "source", "The end.")),
    (further_reading, cell(13, "source", "## Further reading\n\nNone.")),
    (further_reading, lambda nb: edit(nb, 13, ": it says why", "")),
]


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, check):
    complaints = check(json.loads(path.read_text(encoding="utf8")))
    assert not complaints, f"{path.name}:\n  " + "\n  ".join(complaints)


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
def test_rule_accepts_a_good_notebook(check):
    assert check(good_notebook()) == []


@pytest.mark.parametrize(
    ("check", "change"),
    BAD,
    ids=[f"{check.__name__}-{n}" for n, (check, _) in enumerate(BAD)],
)
def test_rule_refuses_a_bad_notebook(check, change):
    bad = copy.deepcopy(good_notebook())
    change(bad)
    assert check(bad), (
        f"{check.__name__} has nothing to say about a notebook that breaks it"
    )


def test_every_rule_is_shown_to_fail():
    assert {check for check, _ in BAD} == set(RULES)


def test_there_are_notebooks():
    assert NOTEBOOKS
