"""Slides from the chapters: `_build/slides/NN.html`, readable without a network.

    python tools/slides.py [NOTEBOOK ...]

A selection, made by rules: the title with what the reader will learn; of each section its
first sentences and its first displayed equation, with its first figure, table or function
beside them; each further figure with what the text says of it; each figure that moves, which
moves here too; each question of the kind "Predict, then run" with the code that is run, and
then its answer with what came out; the exercises, and the questions of the quiz, two to a
slide. The rest of the prose, and the quiz's answers, are in the speaker notes (key S).

A slide is 1280 x 720. What stands on it is set in the largest size from 28 to 19 px in which it
fits; `tests/book/test_slides.py` looks whether it does. reveal.js comes with the package
sphinx-revealjs, MathJax with django-static-mathjax.
"""

import base64
import html
import re
import shutil
import struct
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aside
from nbconvert.filters import markdown2html

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_build" / "slides"
LEFT_OUT = ("Further reading", "Exercises", "Quiz")
LINES = 16  # of printed output or of code on a slide
BESIDE = 64  # characters of a line of code that stands beside text
WIDE = 1.85  # a figure that is so much wider than high stands above its text
HIDDEN = {"hide-cell", "hide-input"}


@dataclass
class Slide:
    """One slide: a kind (a CSS class), its title, what it shows, what the speaker has."""

    kind: str
    title: str = ""
    text: str = ""  # HTML, like all that follows
    side: str = ""  # a figure, code, a table, or what was printed
    stacked: bool = False  # the side stands above or below the text, not beside it
    notes: str = ""
    parts: list[str] = field(default_factory=list)  # side by side: exercises, questions
    sections: list[str] = field(default_factory=list)  # that begin on it

    @property
    def body(self) -> str:
        """What stands below the title."""
        if self.parts:
            columns = "".join(
                f'<div class="{self.kind}">{part}</div>' for part in self.parts
            )
            return f'<div class="body columns n{len(self.parts)}">{columns}</div>'
        said = f'<div class="said">{self.text}</div>' if self.text else ""
        side = f'<div class="side">{self.side}</div>' if self.side else ""
        how = "stacked" if self.stacked else "beside" if said and side else "alone"
        return f'<div class="body {how}">{side + said if self.stacked else said + side}</div>'


def number(path: Path) -> str:
    """The number of a chapter as its file has it: 03, 03b."""
    return path.stem.partition("_")[0]


def text(cell: dict[str, Any]) -> str:
    """The source of a cell."""
    return "".join(cell["source"])


def paragraphs(source: str) -> list[str]:
    """Blocks of Markdown between blank lines."""
    return [block for block in re.split(r"\n\s*\n", source.strip()) if block.strip()]


def prose(source: str) -> list[str]:
    """Its paragraphs of plain text: no formula, table, list, quotation, heading or HTML."""
    plain = re.compile(r"\$\$|\||- |\d+\.|>|#|```|<")
    return [block for block in paragraphs(source) if not plain.match(block)]


def beginning(block: str, limit: int = 380) -> str:
    """The first sentences of a paragraph, up to about `limit` characters."""
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z*$(])", block)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + len(sentence) > limit:
            break
        kept += " " + sentence
    return kept.rstrip(":,") + ("." if kept.rstrip()[-1:] in ":," else "")


def excerpt(source: str, limit: int = 380) -> str:
    """The beginnings of its first paragraphs, as HTML, up to about `limit` characters."""
    shown, left = [], limit
    for block in prose(source):
        found = beginning(block, left)
        if shown and len(found) > left:
            break
        shown.append(found)
        left -= len(found)
        if left < 80 or len(shown) == 3:
            break
    return markdown2html("\n\n".join(shown)) if shown else ""


def size(png: str) -> tuple[int, int]:
    """Width and height of a picture in base64."""
    return struct.unpack(">II", base64.b64decode(png[:64])[16:24])


def picture(cell: dict[str, Any]) -> tuple[str, bool] | None:
    """A figure with its caption, or one that moves; and whether it is to stand alone in its row."""
    about = cell["metadata"].get("mystnb", {})
    for output in cell.get("outputs", []):
        found = output.get("data", {})
        moving = "".join(found.get("text/html", ""))
        if 'class="lk"' in moving:
            return f'<div class="moving" data-prevent-swipe>{moving}</div>', True
        data = "".join(found.get("image/png", "")).replace("\n", "").strip()
        if data:
            width, height = size(data)
            alt = html.escape(about.get("image", {}).get("alt", ""), quote=True)
            caption = markdown2html(about.get("figure", {}).get("caption", ""))
            shown = f'<img alt="{alt}" src="data:image/png;base64,{data}">'
            shown += f'<div class="caption">{caption}</div>'
            return shown, width > WIDE * height
    return None


def lettering(kind: str, lines: list[str]) -> str:
    """Code or output, in letters as large as its lines allow, beside text and below it."""
    wide = 0.61 * max(map(len, lines))  # a letter is so wide, in units of its height
    sizes = [max(17, min(23, int(room / wide))) for room in (600, 1110)]
    style = "--beside: {}px; --stacked: {}px".format(*sizes)
    return (
        f'<pre class="{kind}" style="{style}">{html.escape(chr(10).join(lines))}</pre>'
    )


def code(cell: dict[str, Any]) -> tuple[str, bool] | None:
    """A cell's code, if a slide has room for it; and whether it is too wide for a column."""
    lines = re.sub(r"\n{3,}", "\n\n", text(cell).strip()).splitlines()
    hidden = HIDDEN & set(cell["metadata"].get("tags", []))
    if hidden or not lines or len(lines) > LINES or max(map(len, lines)) > 92:
        return None
    return lettering("code", lines), max(map(len, lines)) > BESIDE


def table(source: str) -> tuple[str, bool] | None:
    """The first table of a text."""
    for block in paragraphs(source):
        if block.startswith("|"):
            wide = max(
                len(re.sub(r"\$[^$]*\$", "xxxx", row)) for row in block.splitlines()
            )
            return markdown2html(block), wide > 70
    return None


def printed(cells: list[dict[str, Any]]) -> str:
    """What these code cells print: a table, or lines of text."""
    said = "".join(
        "".join(o.get("text", "")) for c in cells for o in c.get("outputs", [])
    )
    lines = [line for line in said.splitlines() if line.strip()]
    if not lines or len(lines) > LINES or max(map(len, lines)) > 92:
        return ""
    return lettering("out", lines)


def exercise(block: str) -> str:
    """An exercise with its options, from a quoted block of Markdown."""
    return markdown2html(
        "\n".join(re.sub(r"^> ?", "", line) for line in block.splitlines())
    )


def quiz(source: str) -> list[tuple[str, str]]:
    """Each question with its options, and what is right, for the notes."""
    found = []
    for part in re.split(r"(?m)^(?=\*\*Question \d\.\*\*)", source)[1:]:
        label, question = re.match(r"\*\*(Question \d)\.\*\* (.*)", part).groups()
        options = re.findall(
            r"<summary>(.*?)</summary>\s*(.*?)\s*</details>", part, re.S
        )
        asked = "".join(f"<li>{option}</li>" for option, _ in options)
        said = "\n\n".join(f"{option}\n\n{verdict}" for option, verdict in options)
        shown = f'{markdown2html(f"**{label}.** {question}")}<ol type="a">{asked}</ol>'
        found.append((shown, markdown2html(f"**{label}**\n\n{said}")))
    return found


def plain(shown: str) -> int:
    """How many characters a piece of HTML shows, formulas and all, and what its lines take."""
    return len(re.sub(r"<.*?>", "", shown)) + 40 * len(re.findall("<li>|<p>", shown))


def together(kind: str, title: str, parts: list[tuple[str, str]], most: int,
             room: int) -> list[Slide]:  # fmt: skip
    """Put parts on slides, at most so many side by side, and so many characters."""
    found: list[Slide] = []
    for shown, notes in parts:
        last = found[-1].parts if found else []
        if last and len(last) < most and sum(map(plain, [*last, shown])) < room:
            last.append(shown)
            found[-1].notes += notes
        else:
            found.append(Slide(kind, title, notes=notes, parts=[shown]))
    return found


def sparse(slide: Slide) -> bool:
    """Whether a slide is a section's few sentences and nothing else."""
    return slide.kind == "section" and not slide.side and plain(slide.text) < 560


def merged(found: list[Slide], name: str) -> list[Slide]:
    """Put two or three such sections that follow each other on one slide."""
    kept: list[Slide] = []
    for slide in found:
        part = f"<h3>{inline(slide.title)}</h3>{slide.text}"
        last = kept[-1] if kept and sparse(kept[-1]) else None
        if last and not last.parts:
            before = [f"<h3>{inline(last.title)}</h3>{last.text}"]
        else:
            before = last.parts if last else []
        room = len(before) < 3 and sum(map(plain, [*before, part])) < 1350
        if last and sparse(slide) and room:
            last.parts, last.title = [*before, part], name
            last.notes += slide.notes
            last.sections += slide.sections
        else:
            kept.append(slide)
    return kept


def inline(source: str) -> str:
    """Markdown of one line, as HTML without a paragraph."""
    return re.sub(r"</?p>", "", markdown2html(source)).strip()


class Deck:
    """The slides of a chapter while its cells are read, one after the other."""

    def __init__(self, notebook: dict[str, Any]) -> None:
        first = paragraphs(text(notebook["cells"][0]))
        learn = next(
            i for i, b in enumerate(first) if b.startswith("**You will learn**")
        )
        goals = markdown2html("**You will learn**\n\n" + first[learn + 1])
        self.name = first[0].removeprefix("# ")
        self.found = [Slide("title", self.name, markdown2html(first[1]), goals)]
        self.title, self.asked, self.since = "", False, []
        self.exercises: list[tuple[str, str]] = []
        self.bare: Slide | None = None  # a figure that waits for the text after it
        self.lead: Slide | None = (
            None  # a section's slide with nothing beside its text yet
        )
        for cell in notebook["cells"][1:]:
            if cell["cell_type"] == "code":
                self.code(cell)
            else:
                for part in re.split(r"(?m)^(?=## )", text(cell)):
                    self.prose(part)
                self.since = []
        self.exercise()
        self.found = merged(self.found, self.name)

    def exercise(self) -> None:
        """The exercises that were met since."""
        self.found += together("exercise", "Exercises", self.exercises, 2, 1400)
        self.exercises = []

    def code(self, cell: dict[str, Any]) -> None:
        """A code cell: a figure, or code to show beside what is there."""
        self.since.append(cell)
        if self.title in ("", *LEFT_OUT):
            return
        shown, last = picture(cell), self.found[-1]
        if shown:
            alone = 'class="moving"' in shown[0]
            if self.lead and not alone:  # it says more than code beside the same text
                self.lead.side, self.lead.stacked = shown
            elif self.asked and not alone and not last.side and last.kind == "answer":
                last.side, last.stacked = shown
            else:
                kind = "moving" if alone else "figure"
                slide = Slide(kind, self.title, side=shown[0], stacked=shown[1])
                self.found.append(slide)
                self.bare = None if alone else slide
            self.lead = None
        elif self.asked and last.kind == "predict" and not last.side:
            last.side, last.stacked = code(cell) or ("", False)
        elif (
            self.lead
            and not self.lead.side
            and re.search(r"^def |lk\.", text(cell), re.M)
        ):
            self.lead.side, self.lead.stacked = code(cell) or ("", False)

    def prose(self, part: str) -> None:
        """A part of a Markdown cell, with at most one heading."""
        heading = re.match(r"## (.*)\n?", part)
        body = part[heading.end() :] if heading else part
        lead = body.split("> **Predict")[0]
        if heading:
            self.title, self.asked, self.bare = heading[1], False, None
            if self.title not in LEFT_OUT:
                formula = [b for b in paragraphs(lead) if b.startswith("$$")][:1]
                said = excerpt(lead, 300 if formula else 440)
                said += markdown2html(formula[0]) if formula else ""
                notes = markdown2html(body)
                self.lead = Slide("section", self.title, said, notes=notes)
                self.lead.sections = [self.title]
                self.found.append(self.lead)
                if beside := table(lead):
                    self.lead.side, self.lead.stacked = beside
                    self.lead = None
        elif self.title not in LEFT_OUT and prose(lead):
            self.follow(lead, body)
            self.lead = None
        questions = re.findall(r"(?m)^> \*\*Predict, then run\.\*\* (.*)", body)
        for question in questions:
            asked = f'<div class="ask">{markdown2html(question)}</div>'
            last, title = self.found[-1], f"Predict, then run: {self.title}"
            if (
                sparse(last)
                and "$$" not in last.text
                and plain(last.text + asked) < 740
            ):
                last.kind, last.title, last.text = "predict", title, last.text + asked
            else:
                self.found.append(Slide("predict", title, asked))
            self.asked, self.lead, self.bare = True, None, None
        for block in re.findall(r"(?m)^> \*\*Exercise .*(?:\n>.*)*", body):
            self.exercises.append((exercise(block), ""))
        if self.title == "Quiz":
            self.exercise()
            self.found += together("quiz", "Quiz", quiz(body), 3, 1650)

    def follow(self, lead: str, body: str) -> None:
        """Text after code: an answer, or what there is to say of a figure."""
        last, notes = self.found[-1], markdown2html(body)
        if self.asked:
            said, title = excerpt(lead, 420), f"What came out: {self.title}"
            if self.bare and self.bare is last:  # the figure is what came out
                last.kind, last.title, last.text, last.notes = (
                    "answer",
                    title,
                    said,
                    notes,
                )
            else:
                out = printed(self.since)
                wide = max(
                    [len(x) for x in re.sub(r"<.*?>", "", out).splitlines()] or [0]
                )
                self.found.append(
                    Slide("answer", title, said, out, wide > BESIDE, notes)
                )
            self.asked = False
        elif self.bare:
            self.bare.text, self.bare.notes = (
                excerpt(lead, 300 if self.bare.stacked else 360),
                notes,
            )
        else:
            last.notes += notes
        self.bare = None


def slides(notebook: dict[str, Any]) -> list[Slide]:
    """The slides of one chapter."""
    return Deck(notebook).found


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/reveal.css">
<link rel="stylesheet" href="assets/slides.css">
<script>
window.MathJax = {{
  tex: {{ inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]],
         macros: {{ E: "\\\\mathbb{{E}}" }} }},
  options: {{ enableMenu: false, ignoreHtmlClass: "lk" }}, svg: {{ fontCache: "local" }} }};
</script>
<script defer src="assets/tex-svg.js"></script>
</head><body><div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="assets/reveal.js"></script><script src="assets/notes.js"></script>
<script src="assets/slides.js"></script></body></html>
"""


def copied(package: str, folder: str, names: list[str], target: Path) -> None:
    """Copy files from an installed package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed; `make slides` installs it")
    root = Path(spec.submodule_search_locations[0], folder)
    for name in names:
        shutil.copyfile(root / name, target / Path(name).name)


def mathjax(target: Path) -> None:
    """Copy the MathJax that typesets a page in a browser, without a network."""
    copied("mathjax", "static/mathjax/es5", ["tex-svg.js"], target)


def assets() -> None:
    """Copy reveal.js and MathJax from the packages that carry them."""
    target = OUT / "assets"
    target.mkdir(parents=True, exist_ok=True)
    names = ["dist/reveal.js", "dist/reveal.css", "plugin/notes/notes.js"]
    copied("sphinx_revealjs", "_static/revealjs", names, target)
    mathjax(target)
    for name in ("slides.css", "slides.js"):
        shutil.copyfile(ROOT / "tools" / name, target / name)


def write(path: Path) -> int:
    """Write one chapter's slides; how many there are."""
    deck = Deck(aside.notebook(path))
    label = number(path).lstrip("0")
    foot = f"{label}. {html.escape(deck.name)}"
    parts = []
    for s in deck.found:
        level = "h1" if s.kind == "title" else "h2"
        notes = f'<aside class="notes">{s.notes}</aside>' if s.notes else ""
        parts.append(f'<section class="{s.kind}"><{level}>{inline(s.title)}</{level}>{s.body}'
                     f'<p class="foot">{foot}</p>{notes}</section>')  # fmt: skip
    page = PAGE.format(title=html.escape(deck.name), slides="\n".join(parts))
    (OUT / f"{number(path)}.html").write_text(page, encoding="utf8")
    return len(deck.found)


def main() -> int:
    """Write the slides of the notebooks on the command line, or of all chapters."""
    names = [Path(name) for name in sys.argv[1:]]
    assets()
    rows = []
    for path in names or sorted((ROOT / "notebooks").glob("*.ipynb")):
        title = re.findall(
            r"^# (.*)",
            text(aside.notebook(path)["cells"][0]),
            re.M,
        )[0]
        size = write(path)
        print(f"{path.stem}: {size} slides")
        name = number(path).lstrip("0")
        rows.append(
            f'<li>{name}. <a href="{number(path)}.html">{html.escape(title)}</a>, {size} slides'
        )
    (OUT / "index.html").write_text(
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Slides</title>'
        '<link rel="icon" href="data:,"><body style="font: 20px sans-serif; margin: 3em">'
        f"<h1>Slides</h1><ul>{''.join(rows)}</ul><p>Keys: arrows, O for an overview, "
        "S for speaker notes.</p></body></html>",
        encoding="utf8",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
