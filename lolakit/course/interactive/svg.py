"""Small pictures in SVG, drawn by Python: axes, and the marks that a script will move.

Colours and marks are those of `lolakit.plots`. A part with a name can be found by the
figure's script, which then changes its attributes.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from lolakit.course.interactive.frame import Real, number
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import STATES
from lolakit.plots import INK, _hull

GREY = "#8a97a3"


class Panel(NamedTuple):
    """A rectangle of the plane on a rectangle of the picture.

    Attributes:
        x: the ends of the horizontal axis.
        y: the ends of the vertical axis.
        width: of the whole picture, in its own units.
        height: likewise.
        left: room for the labels at the left; `top`, `right` and `bottom` likewise.
    """

    x: tuple[Real, Real]
    y: tuple[Real, Real]
    width: int = 320
    height: int = 300
    left: int = 52
    top: int = 14
    right: int = 14
    bottom: int = 44

    def coefficients(self) -> list[float]:
        """Return [a, b, c, d]: a point (x, y) is drawn at (a + b x, c + d y)."""
        b = (self.width - self.left - self.right) / (self.x[1] - self.x[0])
        d = (self.top + self.bottom - self.height) / (self.y[1] - self.y[0])
        return [
            self.left - b * self.x[0],
            b,
            self.height - self.bottom - d * self.y[0],
            d,
        ]

    def at(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return where (x, y) is drawn."""
        a, b, c, d = self.coefficients()
        return a + b * np.asarray(x), c + d * np.asarray(y)

    def path(self, xs: Any, ys: Any) -> str:
        """Return the `points` of a line."""
        return " ".join(
            f"{x:.1f},{y:.1f}" for x, y in zip(*self.at(xs, ys), strict=True)
        )


def tag(kind: str, content: str = "", part: str = "", **attributes: Any) -> str:
    """Return an element; `part` is the name by which the script finds it.

    An underscore in an attribute stands for a hyphen; numbers are rounded.
    """
    named = ({"data-part": part} if part else {}) | {
        key.replace("_", "-"): f"{x:.1f}" if isinstance(x, float | np.floating) else x
        for key, x in attributes.items()
    }
    inside = " ".join(f'{key}="{escape(str(x))}"' for key, x in named.items())
    return f"<{kind} {inside}>{content}</{kind}>"


def text(x: Real, y: Real, words: str, part: str = "", **attributes: Any) -> str:
    """Return a text at a place of the picture, centred unless told otherwise."""
    attributes = {"text_anchor": "middle"} | attributes
    return tag("text", words, part, x=float(x), y=float(y), **attributes)


def picture(panel: Panel, label: str, *content: str) -> str:
    """Return a whole SVG; `label` says to a reader who cannot see it what it shows."""
    return (
        f'<svg viewBox="0 0 {panel.width} {panel.height}" role="img" '
        f'aria-label="{escape(label)}" fill="currentColor" font-size="13" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(content)}</svg>'
    )


def axes(
    panel: Panel,
    x_label: str,
    y_label: str,
    x_ticks: Iterable[tuple[Real, str]] = (),
    y_ticks: Iterable[tuple[Real, str]] = (),
) -> str:
    """Return two axes with ticks, each a place and a text, and labels (may hold markup)."""
    bottom, right = panel.height - panel.bottom, panel.width - panel.right
    parts = []
    for at, words in x_ticks:
        x = panel.at(at, 0)[0]
        parts.append(f"M{x:.1f} {bottom}V{panel.top}")
        parts.append(text(x, bottom + 16, words))
    for at, words in y_ticks:
        y = panel.at(0, at)[1]
        parts.append(f"M{panel.left} {y:.1f}H{right}")
        parts.append(text(panel.left - 6, y + 4.5, words, text_anchor="end"))
    grid = "".join(p for p in parts if p.startswith("M"))
    middle = (panel.top + bottom) / 2
    return "".join([
        tag("path", d=grid, stroke="#dddddd", stroke_width="0.7", fill="none"),
        tag("path", d=f"M{panel.left} {panel.top}V{bottom}H{right}", stroke=INK, fill="none"),
        *(p for p in parts if not p.startswith("M")),
        text((panel.left + right) / 2, panel.height - 8, x_label),
        text(0, 0, y_label, transform=f"translate(12 {middle:.0f}) rotate(-90)"),
    ])  # fmt: skip


def ticks(values: Sequence[Real], digits: int = 0) -> list[tuple[Real, str]]:
    """Return ticks that say their own number."""
    return [(v, number(v, digits)) for v in values]


def dot(panel: Panel, point: Any, part: str = "", **attributes: Any) -> str:
    """Return a disc with a white rim at a point (x, y)."""
    cx, cy = panel.at(point[0], point[1])
    look = {"r": 6, "fill": INK, "stroke": "#fff", "stroke_width": 1.5} | attributes
    return tag("circle", "", part, cx=float(cx), cy=float(cy), **look)


def draggable(panel: Panel, point: Any, name: str = "") -> str:
    """Return a large dot that can be dragged, with room round it for a finger.

    The script knows the dot as "start" and the room as "handle", with `name` behind.
    """
    rest = f" {name}" if name else ""
    room = {"fill": "transparent", "stroke": "none"}
    return dot(panel, point, f"start{rest}", r=8) + dot(
        panel, point, f"handle{rest}", r=24, **room
    )


def line(panel: Panel, points: Any, part: str = "", **attributes: Any) -> str:
    """Return a line through points, given as (all x, all y)."""
    look = {"fill": "none", "stroke": INK, "stroke_width": 1.8} | attributes
    return tag("polyline", "", part, points=panel.path(points[0], points[1]), **look)


def plane(game: MatrixGame) -> tuple[Panel, str]:
    """Return the plane of per-step values with the polygon of what is feasible, drawn.

    As `lolakit.plots.payoff_plane`: the corners are the four outcomes of one round.
    """
    corners = np.asarray(game.payoff, dtype=float).reshape(2, 4).T
    low, high = float(corners.min()), float(corners.max())
    span = high - low or 1.0
    room, power = 0.14 * span, int(np.floor(np.log10(span)))
    panel = Panel((low - room, high + room), (low - room, high + room))
    marks = np.arange(np.ceil(low / 10**power), np.floor(high / 10**power) + 1)
    both = ticks((marks * 10.0**power).tolist(), max(0, -power))
    names = "".join(
        dot(panel, (x, y), r=3, stroke="none")
        + text(panel.at(x, 0)[0] + dx, panel.at(0, y)[1] + dy, name, font_size=12)
        for name, (x, y), (dx, dy) in zip(
            STATES[1:], corners, [(14, -6), (-8, -8), (16, 12), (-6, 16)], strict=True
        )
    )
    hull = corners[_hull(corners)].T
    back = tag(
        "polygon",
        points=panel.path(hull[0], hull[1]),
        fill="#eef1f4",
        stroke=GREY,
        stroke_width=1.2,
    )
    lines = axes(
        panel, "player 1, per step <tspan font-style='italic'>R</tspan>₁",
        "player 2, per step <tspan font-style='italic'>R</tspan>₂", both, both,
    )  # fmt: skip
    return panel, lines + back + names
