"""Draws the map of the algorithms and the ladder of the chapters: `make pictures`.

The ladder is the menu of the first page: a rung for each chapter that `_toc.yml` names, with
the words of `RUNGS`; a chapter without words there shows the title and the first sentence of
its notebook.

The map, for the page book/map.md, is inline SVG: its boxes are links, and its colours are the
theme's, so that it follows the light and the dark page. Rows say how much of the other's
learning a learner foresees, columns how much of the other it must see. The last two rows
stand beside the ladder: rules for any game, which ask for exact values.
"""

import re
from html import escape
from pathlib import Path
from typing import NamedTuple

import aside

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "book" / "map.svg"
MENU = ROOT / "book" / "first" / "ladder.html"

# What each chapter adds to the one before, by the first characters of its file's name, in
# the words of a rung: name, idea. A mark of a group stands above its first chapter.
RUNGS = {
    "01": ("Values", "what two policies earn against each other, exactly"),
    "02": ("Naive learning", "climb your own value, as if the other stood still"),
    "03": ("LOLA", "count how your policy turns the other's next step"),
    "03b": ("What LOLA does", "where its two assumptions hold, and where they fail"),
    "04": ("Policy gradients", "the same two rules, from sampled play"),
    "05": ("Opponent modelling", "the same, without seeing the other's parameters"),
    "06": ("DiCE", "sampled values that can be differentiated again and again"),
    "07": ("LOLA-DiCE", "look several steps ahead, from samples"),
    "08": ("M-FOS", "learn to shape, by playing many learners"),
    "09": ("M-MAML", "learn where to start; then all learners, head to head"),
    "10": (
        "General games",
        "SOS, CGD, SGA: where shaping goes wrong, and what is proven",
    ),
    "11": (
        "Who models whom",
        "beliefs about beliefs; and steps in behaviour, not in numbers",
    ),
    "12": (
        "First-order shaping",
        "LOQA and Advantage Alignment: no second derivatives",
    ),
    "13": ("The Coin Game", "networks that learn to share, while you read"),
    "14": ("The tournament", "everyone against everyone, and what winning means"),
}
GROUPS = {"01": "With exact values", "04": "From play", "08": "Learning to shape",
          "10": "Beyond"}  # fmt: skip

WIDTH, BOX, HIGH = 440, 124, 44  # of the picture, of a box, height of a box
COLUMNS = {76: ("exact values,", "seen from inside"), 220: ("its policy,", "and play"),
           364: ("only its play", "")}  # fmt: skip
ROWS = {102: "the other stands still", 192: "the other takes one step",
        282: "the other takes K steps", 372: "the other learns for a whole run",
        462: "beside the ladder: in any game, with exact values",
        552: "beside the ladder: other beliefs, and other steps"}  # fmt: skip


class Box(NamedTuple):
    """One learner: centre, name, chapter, and how it is drawn."""

    x: int
    y: int
    name: str
    chapter: int
    kind: str  # naive: dashed, shaping: plain, learned: double


BOXES = {
    "nl": Box(76, 102, "NL-Ex", 2, "naive"),
    "nlpg": Box(364, 102, "NL-PG", 4, "naive"),
    "lola": Box(76, 192, "LOLA-Ex", 3, "shaping"),
    "pg": Box(220, 192, "LOLA-PG", 4, "shaping"),
    "om": Box(364, 192, "with a model", 5, "shaping"),
    "unrolled": Box(76, 282, "unrolled LOLA", 3, "shaping"),
    "dice": Box(220, 282, "LOLA-DiCE", 7, "shaping"),
    "omdice": Box(364, 282, "with a model", 7, "shaping"),
    "mmaml": Box(76, 372, "M-MAML", 9, "learned"),
    "mfos": Box(220, 372, "M-FOS", 8, "learned"),
    "whirl": Box(76, 462, "SGA, consensus", 10, "naive"),
    "ahead": Box(220, 462, "LookAhead, CGD", 10, "naive"),
    "sos": Box(364, 462, "SOS", 10, "shaping"),
    "hola": Box(76, 552, "HOLA", 11, "shaping"),
    "cola": Box(220, 552, "COLA", 11, "shaping"),
    "pola": Box(364, 552, "POLA", 11, "shaping"),
}
ARROWS = [("nl", "lola"), ("nl", "nlpg"), ("lola", "pg"), ("pg", "om"), ("lola", "unrolled"),
          ("unrolled", "dice"), ("dice", "omdice"), ("unrolled", "mmaml"),
          ("mmaml", "mfos"), ("ahead", "sos"),
          ("hola", "cola")]  # fmt: skip
FILES = {path.stem.partition("_")[0].lstrip("0"): path.stem
         for path in PAGE.parents[1].glob("notebooks/*.ipynb")}  # fmt: skip


def text(x: float, y: float, words: str, kind: str) -> str:
    """A line of text; the style sheet says whether it stands around x or begins there."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(words)}</text>'


def arrow(start: Box, end: Box) -> str:
    """From the edge of one box to that of another, to the right or down."""
    if start.y == end.y:
        x1, y1, x2, y2 = start.x + BOX / 2, start.y, end.x - BOX / 2 - 7, end.y
    else:
        x1, y1, x2, y2 = start.x, start.y + HIGH / 2, end.x, end.y - HIGH / 2 - 7
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" marker-end="url(#map-tip)"/>'


def box(node: Box) -> str:
    """A learner that leads to its chapter."""
    x, y = node.x - BOX / 2, node.y - HIGH / 2
    chapter = f"Chapter {node.chapter}"
    kind = "name long" if len(node.name) > 13 else "name"
    frame = f'<rect x="{x:g}" y="{y:g}" width="{BOX}" height="{HIGH}" rx="6"/>'
    inner = ""
    if node.kind == "learned":
        inner = (f'<rect x="{x + 3:g}" y="{y + 3:g}" width="{BOX - 6}" '
                 f'height="{HIGH - 6}" rx="4"/>')  # fmt: skip
    return (f'<a class="{node.kind}" href="../notebooks/{FILES[str(node.chapter)]}.html">'
            f"{frame}{inner}{text(node.x, node.y - 3, node.name, kind)}"
            f"{text(node.x, node.y + 14, chapter, 'where')}</a>")  # fmt: skip


def draw() -> str:
    """The picture as SVG, to stand in a page."""
    heads = [text(x, 20 + 15 * i, line, "head")
             for x, lines in COLUMNS.items() for i, line in enumerate(lines) if line]  # fmt: skip
    rows = [text(92, y - HIGH / 2 - 11, words, "row") for y, words in ROWS.items()]
    lines = [arrow(BOXES[a], BOXES[b]) for a, b in ARROWS]
    parts = [
        f'<svg class="map" viewBox="0 0 {WIDTH} 582" role="group" aria-labelledby="map-title">',
        '<title id="map-title">Ten learners in four rows and three columns, and six kinds '
        'in two rows below</title>',
        '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        *heads, *rows, *lines, *map(box, BOXES.values()), "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def chapters() -> list[str]:
    """Return the chapters' names in the order of the table of contents."""
    text = (ROOT / "_toc.yml").read_text(encoding="utf8")
    return re.findall(r"file: notebooks/(\w+)", text)


def rung(name: str) -> str:
    """Return one rung: a link with the chapter's number, its name and its idea."""
    mark = name.partition("_")[0]
    number = mark.lstrip("0")
    words = RUNGS.get(mark)
    if words is None:
        path = ROOT / "notebooks" / f"{name}.ipynb"
        first = aside.notebook(path)["cells"][0]["source"]
        lines = [x for x in "".join(first).splitlines() if x and not x.startswith("[!")]
        words = lines[0].lstrip("# "), re.split(r"(?<=[.?!]) ", lines[1])[0].rstrip(".")
    title, idea = map(escape, words)
    group = (
        f'<span class="ladder-group">{GROUPS[mark]}</span>' if mark in GROUPS else ""
    )
    return (
        f'<li>{group}<a href="../notebooks/{name}.html"><span class="ladder-number" '
        f'aria-hidden="true">{number}</span><span><span class="visually-hidden">Chapter '
        f'{number}: </span><b>{title}</b> <span class="ladder-idea">{idea}</span></span></a></li>'
    )


def menu() -> str:
    """Return the ladder as HTML, to stand in the first page."""
    rungs = map(rung, chapters())
    return "\n".join(['<ol class="ladder">', *rungs, "</ol>"]) + "\n"


if __name__ == "__main__":
    for path, made in ((PAGE, draw()), (MENU, menu())):
        path.write_text(made, encoding="utf8")
        print(f"wrote {path.relative_to(ROOT)}")
