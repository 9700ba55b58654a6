"""Slides from the chapters: `_build/slides/NN.html`, readable without a network.

    python tools/slides.py [NOTEBOOK ...]

A selection, made by rules: the title; what the reader will learn; of each section its
headline, its first sentences and its first displayed equation; each figure with its
caption; each question of the kind "Predict, then run" on a slide of its own, and then its
answer; the exercises, and the questions of the quiz. The rest of the prose, and the quiz's
answers, are in the speaker notes (key S). reveal.js comes with the package
sphinx-revealjs, MathJax with django-static-mathjax.
"""

import html
import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import aside
from nbconvert.filters import markdown2html

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_build" / "slides"
LEFT_OUT = ("Further reading", "Exercises", "Quiz")
LINES = 14  # of printed output on a slide


class Slide(NamedTuple):
    """One slide: a kind (a CSS class), what it shows and what the speaker has, in HTML."""

    kind: str
    body: str
    notes: str = ""


def number(path: Path) -> str:
    """The number of a chapter as its file has it: 03, 03b."""
    return path.stem.partition("_")[0]


def text(cell: dict[str, Any]) -> str:
    """The source of a cell."""
    return "".join(cell["source"])


def paragraphs(source: str) -> list[str]:
    """Blocks of Markdown between blank lines."""
    return [block for block in re.split(r"\n\s*\n", source.strip()) if block.strip()]


def beginning(block: str, limit: int = 260) -> str:
    """The first sentences of a paragraph, up to about `limit` characters."""
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z*$(])", block)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + len(sentence) > limit:
            break
        kept += " " + sentence
    return kept.rstrip(":,") + ("." if kept.rstrip()[-1:] in ":," else "")


def section(title: str, source: str) -> Slide:
    """A section's slide: headline, first sentences, first displayed equation."""
    blocks = paragraphs(source)
    prose = [b for b in blocks if not re.match(r"\$\$|\||-|\d+\.|>|#|```", b)]
    shown = [f"## {title}"]
    if prose:
        shown.append(beginning(prose[0]))
    shown += [block for block in blocks if block.startswith("$$")][:1]
    return Slide("section", markdown2html("\n\n".join(shown)), markdown2html(source))


def picture(cell: dict[str, Any]) -> Slide | None:
    """A figure with its caption."""
    about = cell["metadata"].get("mystnb", {})
    for output in cell["outputs"]:
        data = "".join(output.get("data", {}).get("image/png", ""))
        if data:
            alt = html.escape(about.get("image", {}).get("alt", ""), quote=True)
            caption = markdown2html(about.get("figure", {}).get("caption", ""))
            body = f'<img alt="{alt}" src="data:image/png;base64,{data.strip()}">'
            return Slide("figure", f"{body}<div class='caption'>{caption}</div>")
    return None


def printed(cells: list[dict[str, Any]]) -> str:
    """What these code cells print: a table, or lines of text."""
    said = "".join(
        "".join(o.get("text", "")) for c in cells for o in c.get("outputs", [])
    )
    lines = [line for line in said.splitlines() if line.strip()]
    if not lines or len(lines) > LINES or max(map(len, lines)) > 90:
        return ""
    return f"<pre>{html.escape(chr(10).join(lines))}</pre>"


def exercise(block: str) -> Slide:
    """An exercise with its options, from a quoted block of Markdown."""
    lines = [re.sub(r"^> ?", "", line) for line in block.splitlines()]
    return Slide("exercise", markdown2html("## Exercise\n\n" + "\n".join(lines)))


def quiz(source: str) -> list[Slide]:
    """A slide for each question, with its options; what is right is in the notes."""
    found = []
    for part in re.split(r"(?m)^(?=\*\*Question \d\.\*\*)", source)[1:]:
        number, question = re.match(r"\*\*(Question \d)\.\*\* (.*)", part).groups()
        options = re.findall(
            r"<summary>(.*?)</summary>\s*(.*?)\s*</details>", part, re.S
        )
        asked = "".join(f"<li>{option}</li>" for option, _ in options)
        said = "\n\n".join(f"{option}\n\n{verdict}" for option, verdict in options)
        body = f'{markdown2html(f"## {number}{chr(10) * 2}{question}")}<ol type="a">{asked}</ol>'
        found.append(Slide("quiz", body, markdown2html(said)))
    return found


def slides(notebook: dict[str, Any]) -> list[Slide]:
    """The slides of one chapter."""
    cells = notebook["cells"]
    first = paragraphs(text(cells[0]))
    learn = next(i for i, b in enumerate(first) if b.startswith("**You will learn**"))
    found = [
        Slide("title", markdown2html("\n\n".join(first[:2]))),
        Slide("learn", markdown2html("## You will learn\n\n" + first[learn + 1])),
    ]
    title, asked, since = "", False, []
    for cell in cells[1:]:
        if cell["cell_type"] == "code":
            since.append(cell)
            if title not in LEFT_OUT and (slide := picture(cell)):
                found.append(slide)
            continue
        for part in re.split(r"(?m)^(?=## )", text(cell)):
            heading = re.match(r"## (.*)\n?", part)
            body = part[heading.end() :] if heading else part
            if heading:
                title, asked = heading[1], False
                if title not in LEFT_OUT:
                    lead = body.split("> **Predict")[0]
                    found.append(section(title, lead))
            questions = re.findall(r"(?m)^> \*\*Predict, then run\.\*\* (.*)", body)
            exercises = re.findall(r"(?m)^> \*\*Exercise .*(?:\n>.*)*", body)
            if asked and not heading and body.strip() and not questions:
                answer = [
                    b for b in paragraphs(body) if not re.match(r"\$\$|\||>|-|\d+\.", b)
                ]
                if answer:
                    lead = markdown2html("## Answer\n\n" + beginning(answer[0], 420))
                    found.append(
                        Slide("answer", lead + printed(since), markdown2html(body))
                    )
                asked = False
            for question in questions:
                found.append(
                    Slide(
                        "predict", markdown2html(f"## Predict, then run\n\n{question}")
                    )
                )
                asked = True
            found += map(exercise, exercises)
            if title == "Quiz":
                found += quiz(body)
            since = []
    return found


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/reveal.css">
<link rel="stylesheet" href="assets/white.css">
<style>
.reveal .slides {{ text-align: left; font-size: 27px; }}
.reveal h1 {{ font-size: 2.1em; }} .reveal h2 {{ font-size: 1.5em; }}
.reveal h1, .reveal h2 {{ text-transform: none; letter-spacing: 0; margin-bottom: .6em; }}
.reveal .figure {{ text-align: center; }}
.reveal .figure img {{ max-width: 880px; max-height: 500px; margin: 0; }}
.reveal .caption {{ font-size: .68em; color: #444; text-align: left; }}
.reveal pre {{ width: 100%; font-size: .6em; box-shadow: none; line-height: 1.3; }}
.reveal pre, .reveal table {{ margin-top: 1em; }}
.reveal .predict {{ border-left: 8px solid #c1440e; padding-left: 32px !important;
  box-sizing: border-box; }}
.reveal mjx-container[display="true"] svg {{ max-width: 100%; height: auto; }}
.reveal mjx-container > mjx-assistive-mml {{ left: 0; max-width: 100%; }}
.reveal a.anchor-link {{ display: none; }}
.reveal ul, .reveal ol {{ display: block; margin-left: 1.2em; }}
</style>
<script>
window.MathJax = {{
  tex: {{ inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]],
         macros: {{ E: "\\\\mathbb{{E}}" }} }},
  options: {{ enableMenu: false }}, svg: {{ fontCache: "local" }} }};
</script>
<script defer src="assets/tex-svg.js"></script>
</head><body><div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="assets/reveal.js"></script><script src="assets/notes.js"></script>
<script>
window.addEventListener("load", async () => {{
  await MathJax.startup.promise;
  await Reveal.initialize({{ width: 960, height: 700, margin: 0.04, hash: true,
    slideNumber: "c/t", transition: "none", center: true, plugins: [RevealNotes] }});
  document.body.dataset.ready = "yes";
}});
</script></body></html>
"""


def assets() -> None:
    """Copy reveal.js and MathJax from the packages that carry them."""
    target = OUT / "assets"
    target.mkdir(parents=True, exist_ok=True)
    places = [
        ("sphinx_revealjs", "_static/revealjs", ["dist/reveal.js", "dist/reveal.css",
         "dist/theme/white.css", "plugin/notes/notes.js"]),
        ("mathjax", "static/mathjax/es5", ["tex-svg.js"]),
    ]  # fmt: skip
    for package, folder, names in places:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit(f"{package} is not installed; `make slides` installs it")
        root = Path(spec.submodule_search_locations[0], folder)
        for name in names:
            shutil.copyfile(root / name, target / Path(name).name)
    # the theme asks for a font that is not needed here
    css = target / "white.css"
    css.write_text(
        re.sub(r"@import [^;]*;", "", css.read_text(encoding="utf8")), encoding="utf8"
    )


def write(path: Path) -> int:
    """Write one chapter's slides; how many there are."""
    found = slides(aside.notebook(path))
    title = html.escape(re.sub(r"<.*?>|¶", "", found[0].body.split("</h1>")[0]))
    body = "\n".join(
        f'<section class="{s.kind}">{s.body}'
        + (f'<aside class="notes">{s.notes}</aside>' if s.notes else "")
        + "</section>"
        for s in found
    )
    page = PAGE.format(title=title, slides=body)
    (OUT / f"{number(path)}.html").write_text(page, encoding="utf8")
    return len(found)


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
