"""What makes pages light: formulas drawn while the book is built, icons and scripts that wait."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from docutils import nodes
from fontTools.ttLib import TTFont

EXT = Path(__file__).parents[2] / "book" / "_ext"


def load(name):
    spec = importlib.util.spec_from_file_location(f"ext_{name}", EXT / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


maths, light = load("built_maths"), load("light_pages")


class App:
    """As much of a Sphinx as `plain` asks for."""

    class config:
        maths_macros = {"E": r"\mathbb{E}"}  # noqa: RUF012


@pytest.fixture(scope="module")
def app():
    yield App()
    maths.end(App(), None)


@pytest.mark.parametrize(("tex", "words"), [
    (r"1-\gamma", "1 − γ"),
    (r"\eta = -0.5", "η = −0.5"),
    (r"(I-\gamma P)^{-1}", "(I − γP)⁻¹"),
    (r"V_1 \to \frac{a+b}{2}", "V₁ → (a + b)/2"),
    (r"\E[r_t]", "𝔼[r_t]"),
    (r"a < b", "a < b"),
    (r"\theta^{ab}", "θ^(ab)"),
])  # fmt: skip
def test_a_formula_in_characters(app, tex, words):
    found = maths.plain(app, nodes.math(tex, tex))
    assert found.replace("E", "𝔼") == words or found == words


def test_a_formula_that_is_wrong_is_an_error(app):
    assert "error" in maths.of(app).draw(r"\nosuchcommand", False)
    assert "error" in maths.of(app).draw(r"\frac{1", True)
    assert "error" not in maths.of(app).draw(r"\frac12", True)


def test_lines_that_are_no_environment_are_aligned():
    block = nodes.math_block("", "a &= b \\\\ c &= d", nowrap=False)
    assert maths.source(block) == (
        r"\begin{aligned}a &= b \\ c &= d\end{aligned}",
        True,
    )
    block = nodes.math_block("", r"\begin{align}a\end{align}", nowrap=True)
    assert maths.source(block) == (r"\begin{align}a\end{align}", True)
    assert maths.source(nodes.math("", "x")) == ("x", False)


def test_characters_of_a_style_sheet():
    css = r"""a{content: "\2207"}b{content: "0"}c{content: "\3B8 x"}"""
    assert maths.characters(css) == {0x2207, ord("0"), 0x3B8, ord("x")}


def test_a_font_is_cut_to_what_is_used(tmp_path):
    fonts = maths.mathjax() / "output" / "chtml" / "fonts" / "woff-v2"
    whole, part = fonts / "MathJax_Main-Regular.woff", tmp_path / "part.woff"
    assert maths.cut_font(whole, part, {ord("0"), ord("=")})
    assert {ord("0"), ord("=")} == set(TTFont(part).getBestCmap())
    assert part.stat().st_size < whole.stat().st_size / 5
    again = tmp_path / "again.woff"
    maths.cut_font(whole, again, {ord("0"), ord("=")})
    assert again.read_bytes() == part.read_bytes()
    assert not maths.cut_font(whole, tmp_path / "none.woff", {0x4E00})


PAGE = """<head>
  <!-- So that users can add custom icons -->
  <script src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="a.js"></script>
<script data-x="y" src="b.js"></script>
<script>DOCUMENTATION_OPTIONS.pagename = 'p';</script>
<script>let hint = 'Click';</script></head><body><script src="c.js"></script>"""


def test_scripts_of_the_head_wait():
    text = light.lighter(PAGE)
    assert "fontawesome" not in text and "custom icons" not in text
    assert (
        '<script defer src="a.js">' in text
        and '<script defer data-x="y" src="b.js">' in text
    )
    assert "() => { DOCUMENTATION_OPTIONS.pagename = 'p'; }" in text
    assert "<script>let hint = 'Click';</script>" in text
    assert '<body><script src="c.js">' in text
    assert light.lighter(text) == text
    search = PAGE.replace("a.js", "searchtools.js")
    assert "defer" not in light.lighter(search)


CSS = r'.fa-bars:before,.fa-navicon:before{content:"\f0c9"}.fa-dog:before{content:"\f6d3"}'


def test_icons_of_the_pages_stay():
    shown = light.icons(['<i class="fa-solid fa-navicon"></i>'], CSS)
    assert shown == light.icons(['<i class="fas fa-bars fa-lg"></i>'], CSS) == {0xF0C9}
    assert light.without_others(CSS, shown) == re.sub(r"\.fa-dog.*", "", CSS)
