"""The frame of an interactive figure: a still picture, its controls, and its script.

What Python writes is complete: with scripts off it is a picture with a caption. The script
finds the picture's parts by name, reads the controls, and changes attributes, nothing else.
It asks nothing of a kernel or of the network, and works in an output's iframe.
"""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

Real = float | int
_SCRIPTS = files("lolakit.course.interactive") / "js"


class Figure:
    """A figure that moves, as HTML: Jupyter shows it, and `str(figure)` is its text.

    Attributes:
        name: which script moves it, `js/NAME.js`.
        picture: the panels, each an SVG that `lolakit.course.interactive.svg.picture` drew.
        controls: what `slider`, `choice`, `button` and `group` return.
        says: what the picture shows, in a sentence; the script keeps it up to date.
        caption: stays as it is. May hold `<i>` and `<sub>`.
        data: what the script needs; JSON.
    """

    def __init__(
        self,
        name: str,
        *,
        picture: Sequence[str],
        controls: Sequence[str],
        says: str,
        caption: str,
        data: Mapping[str, Any],
    ) -> None:
        self.name, self.picture, self.controls = name, picture, controls
        self.says, self.caption, self.data = says, caption, data

    def __repr__(self) -> str:
        """One line, the same in every run."""
        return f"<interactive figure {self.name}>"

    def __str__(self) -> str:
        """The whole figure as HTML."""
        # "<" is the one character with which JSON could end the script that holds it.
        data = json.dumps(self.data, separators=(",", ":")).replace("<", "\\u003c")
        scripts = "\n".join(read(f"{part}.js") for part in ("common", self.name))
        return "\n".join([
            f'<figure class="lk" data-lk="{self.name}">',
            f"<style>{read('figure.css')}{read(f'{self.name}.css', missing='')}</style>",
            '<div class="lk-picture">', *self.picture, "</div>",
            '<div class="lk-controls" hidden>', *self.controls, "</div>",
            f'<p class="lk-says" aria-live="polite" data-part="says">{escape(self.says)}</p>',
            f"<figcaption>{self.caption}</figcaption>",
            f'<script type="application/json">{data}</script>',
            "<script>(() => {",
            scripts + "})();</script>",
            "</figure>",
        ])  # fmt: skip

    def _repr_html_(self) -> str:
        return str(self)


def read(name: str, missing: str | None = None) -> str:
    """Return a file of `js/` without its comments and indentation, or `missing` without one."""
    path = _SCRIPTS / name
    if missing is not None and not path.is_file():
        return missing
    text = path.read_text(encoding="utf8")
    lines = (re.sub(r"^\s*(//.*|/\*.*\*/$)?", "", line) for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def number(value: Any, digits: int = 2) -> str:
    """Return a number as the figures write it, with a true minus and no minus zero."""
    text = f"{float(value):.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")


def slider(
    name: str,
    label: str,
    value: Real,
    low: Real,
    high: Real,
    step: Real = 1,
    *,
    text: str = "{}",
    digits: int = 0,
    stops: Sequence[Any] | None = None,
    play: bool = False,
) -> str:
    """Return a slider with its label and its value.

    Args:
        name: what the script calls it.
        label: what readers call it.
        value: where it stands.
        low: its least value.
        high: its greatest.
        step: how far an arrow key moves it.
        text: how the value is said, {} standing for it.
        digits: decimals of the value.
        stops: what is said in place of 0, 1, 2, ..., where the steps are no numbers.
        play: whether a button beside it lets it run; its name is then "step".
    """
    said = text.replace(
        "{}", str(stops[int(value)]) if stops else number(value, digits)
    )
    more = f' data-stops="{escape("|".join(map(str, stops)))}"' if stops else ""
    run = button("play", "Play") if play else ""
    return (
        f'<div class="lk-control"><label><span>{label}</span> '
        f'<input type="range" data-control="{name}" '
        f'min="{low:g}" max="{high:g}" step="{step:g}" value="{value:g}" autocomplete="off" '
        f'aria-valuetext="{escape(said)}" data-digits="{digits}" data-text="{escape(text)}"'
        f'{more}></label><output aria-live="off">{escape(said)}</output>{run}</div>'
    )


def choice(name: str, label: str, options: Mapping[str, str], value: str) -> str:
    """Return a menu: `options` are value to what the reader sees."""
    lines = (
        f'<option value="{escape(key)}"{" selected" * (key == value)}>{escape(text)}</option>'
        for key, text in options.items()
    )
    return (
        f'<div class="lk-control"><label><span>{label}</span> <select data-control="{name}" '
        f'autocomplete="off">{"".join(lines)}</select></label></div>'
    )


def button(part: str, words: str, name: str = "") -> str:
    """Return a button that the script knows as `part`; `name` is said where `words` is a sign."""
    said = f' aria-label="{name}"' if name else ""
    return f'<button type="button" data-part="{part}"{said}>{words}</button>'


def without_scripts(words: str) -> str:
    """Return words for readers whose browser runs no scripts; nobody else sees them."""
    return f'<span class="lk-still">{words}</span>'


def group(legend: str, *controls: str) -> str:
    """Return controls that belong together, with a name for all."""
    return f"<fieldset><legend>{legend}</legend>{''.join(controls)}</fieldset>"
