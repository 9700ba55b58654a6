"""Draws the house of the library: `make pictures`, for the page book/architecture.md.

Floors are the layers of pyproject.toml and rooms the folders of lolakit, with the modules that
lie in them, so that the picture cannot differ from the house. It is inline SVG in the theme's
colours, like the map.
"""

import ast
import re
import textwrap
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "book" / "house.svg"
WIDTH, GAP, LINE = 440, 6, 16


def floors() -> list[list[str]]:
    """Return the layers from above, each a list of modules or folders of lolakit."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [layer.split(" | ") for layer in layers]


def modules(room: str) -> list[str]:
    """Return what lies in a room; a module of its own has nothing in it."""
    folder = ROOT / "lolakit" / room
    return sorted(
        x.stem for x in folder.glob("[a-z]*") if x.suffix == ".py" or (x / "__init__.py").exists()
    )  # fmt: skip


def purpose(room: str) -> str:
    """Return the first line of a room's docstring."""
    path = ROOT / "lolakit" / room
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    words = ast.get_docstring(ast.parse(file.read_text(encoding="utf8"))) or ""
    return re.sub(":+$", ".", words.partition("\n")[0])


def box(room: str, x: float, y: float, width: float, lines: list[str]) -> str:
    """Draw one room: its name, and the lines of what lies in it."""
    high = LINE * (1 + len(lines)) + 12
    kinds = ["name", *["where"] * len(lines)]
    words = [
        f'<text x="{x + 10:g}" y="{y + 18 + LINE * i:g}" class="{kind}" translate="no">'
        f"{escape(line)}</text>"
        for i, (kind, line) in enumerate(zip(kinds, [room, *lines], strict=True))
    ]
    frame = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{high:g}" rx="3"/>'
    return f"<g><title>{escape(purpose(room))}</title>{frame}{''.join(words)}</g>"


def draw() -> str:
    """The picture as SVG, to stand in a page."""
    y, parts = 66.0, []
    for layer in floors():
        width = (WIDTH - 2 - GAP * (len(layer) - 1)) / len(layer)
        # a letter is about 6.4 wide
        lines = [
            textwrap.wrap(", ".join(modules(room)), int((width - 20) / 6.4))
            for room in layer
        ]
        most = max(map(len, lines))
        for i, room in enumerate(layer):
            padded = lines[i] + [""] * (most - len(lines[i]))
            parts.append(box(room, 1 + i * (width + GAP), y, width, padded))
        y += LINE * (1 + most) + 12 + GAP
    roof = f'<path d="M1 60L{WIDTH / 2:g} 4L{WIDTH - 1} 60z"/>'
    name = f'<text x="{WIDTH / 2:g}" y="44" class="name head">lk.*: every public name</text>'
    return "\n".join([
        f'<svg class="map house" viewBox="0 0 {WIDTH} {y:g}" role="img" '
        'aria-labelledby="house-title">',
        '<title id="house-title">The rooms of lolakit, each floor above those it uses</title>',
        roof, name, *parts, "</svg>",
    ]) + "\n"  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
