"""Draws the map of the algorithms: `make pictures`, for the page book/map.md.

The picture is inline SVG: its boxes are links, and its colours are the theme's, so that
it follows the light and the dark page. Rows say how much of the other's learning a
learner foresees, columns how much of the other it must see. The last row stands beside the
ladder: rules for any game, which ask for exact values.
"""

from html import escape
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[1] / "book" / "map.svg"

WIDTH, BOX, HIGH = 440, 124, 44  # of the picture, of a box, height of a box
COLUMNS = {76: ("exact values,", "seen from inside"), 220: ("its policy,", "and play"),
           364: ("only its play", "")}  # fmt: skip
ROWS = {102: "the other stands still", 192: "the other takes one step",
        282: "the other takes K steps", 372: "the other learns for a whole run",
        462: "beside the ladder: in any game, with exact values"}  # fmt: skip


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
}
ARROWS = [("nl", "lola"), ("nl", "nlpg"), ("lola", "pg"), ("pg", "om"), ("lola", "unrolled"),
          ("unrolled", "dice"), ("dice", "omdice"), ("unrolled", "mmaml"),
          ("mmaml", "mfos"), ("ahead", "sos")]  # fmt: skip
FILES = {path.name[:2]: path.stem for path in PAGE.parents[1].glob("notebooks/*.ipynb")}


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
    return (f'<a class="{node.kind}" href="../notebooks/{FILES[f"{node.chapter:02}"]}.html">'
            f"{frame}{inner}{text(node.x, node.y - 3, node.name, kind)}"
            f"{text(node.x, node.y + 14, chapter, 'where')}</a>")  # fmt: skip


def draw() -> str:
    """The picture as SVG, to stand in a page."""
    heads = [text(x, 20 + 15 * i, line, "head")
             for x, lines in COLUMNS.items() for i, line in enumerate(lines) if line]  # fmt: skip
    rows = [text(92, y - HIGH / 2 - 11, words, "row") for y, words in ROWS.items()]
    lines = [arrow(BOXES[a], BOXES[b]) for a, b in ARROWS]
    parts = [
        f'<svg class="map" viewBox="0 0 {WIDTH} 492" role="group" aria-labelledby="map-title">',
        '<title id="map-title">Ten learners in four rows and three columns, and three kinds '
        'in a row below</title>',
        '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
        *heads, *rows, *lines, *map(box, BOXES.values()), "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")
