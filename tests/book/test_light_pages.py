"""What makes pages light: formulas drawn while the book is built, icons and scripts that wait."""

import importlib.util
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pydata_sphinx_theme
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


maths, light, sheet = load("built_maths"), load("light_pages"), load("one_sheet")


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


def test_characters_of_a_style_sheet_by_font():
    css = r"""mjx-c.mjx-c7D::before{padding: 1em; content: "}"}m.TEX-I::before{content: "\3B8 x"}
    mjx-stretchy-v.mjx-c5B mjx-beg mjx-c::before{content: "\23A1"}.other{top: 0}"""
    found = maths.characters(css)
    assert found == {"": {ord("}"), 0x23A1}, "I": {0x3B8, ord("x")},
                     "S1": {0x23A1}, "S4": {0x23A1}, "A": {0x23A1}}  # fmt: skip


def test_code_keeps_as_elements_what_has_a_colour_of_its_own():
    css = ""
    for mode, ground in (("light", "#080808"), ("dark", "#F8F8F2")):
        css += f'''html[data-theme="{mode}"] .highlight {{ background: red; color: {ground} }}
        html[data-theme="{mode}"] .highlight .n {{ color: {ground} }}
        html[data-theme="{mode}"] .highlight .k {{ color: blue }}
        html[data-theme="{mode}"] .highlight .gs {{ font-weight: bold; color: {ground} }}
        html[data-theme="{mode}"] .highlight .w {{ color: {"blue" if mode == "dark" else ground} }}
        '''
    assert light.colourless(css) == {"n"}
    code = '<pre><span></span><span class="k">if</span> <span class="n">a</span></pre>'
    assert light.plainer(code, {"n"}) == (
        '<pre><span></span><span class="k">if</span> a</pre>'
    )


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
<script data-cfasync="false">mode()</script>
<link rel="stylesheet" href="../_static/book.css" />
  <!-- So that users can add custom icons -->
  <script src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="../_static/a.js"></script>
<script data-x="y" src="../_static/togglebutton.js"></script>
<script>let toggleHint = 'Click';</script>
<script>DOCUMENTATION_OPTIONS.pagename = 'p';</script>
<script>let hint = 'Click';</script></head><body data-bs-spy="scroll" data-x="1">
<b data-bs-title="Mode" data-bs-placement="left" data-bs-toggle="tooltip">
<script>inside()</script>
<script defer src="../_static/scripts/bootstrap.js?digest=1"></script>
<script defer src="../_static/b.js?digest=1"></script>"""


def test_scripts_of_a_page_come_before_its_style():
    text = light.lighter(PAGE)
    for gone in ("fontawesome", "custom icons", "toggle", "bootstrap"):
        assert gone not in text
    head, _, body = text.partition("</head>")
    before, _, after = head.partition("<link ")
    assert "() => { DOCUMENTATION_OPTIONS.pagename = 'p'; }" in before
    assert "let hint = 'Click';" in before
    assert "<script>" not in after and "<script>inside()</script>" in body
    assert '<body data-x="1">\n<b title="Mode">' in text
    assert light.lighter(text) == text
    with pytest.raises(light.ExtensionError, match="design-tabs"):
        light.lighter(PAGE + '<div class="sd-tab-set">')


def test_scripts_become_one(tmp_path):
    static = tmp_path / "_static"
    static.mkdir()
    for name in ("a", "b"):
        code = f"let {name} = 1\n//# sourceMappingURL=x"
        (static / f"{name}.js").write_text(code, encoding="utf8")
    search = '<script src="_static/a.js"></script><script src="_static/searchtools.js">'
    pages = {tmp_path / "book" / "x.html": light.lighter(PAGE),
             tmp_path / "search.html": light.lighter(search + "</script>"),
             tmp_path / "zh_CN" / "book" / "x.html": light.lighter(PAGE)}  # fmt: skip
    ((path, text),) = light.together(pages, tmp_path).items()
    assert path == tmp_path / "book" / "x.html"
    assert re.findall('<script .*src="([^?]*)', text) == ["../_static/book.js"]
    code = (static / "book.js").read_text(encoding="utf8")
    assert code == "let a = 1\n;\nlet b = 1\n"
    assert light.together({path: text}, tmp_path) == {}


def test_what_opens_a_part_of_the_menu_has_a_name():
    page = (
        '<a href="a.html">The parts</a><details open="open"><summary>'
        '<span class="toctree-toggle"></span></summary>'
    )
    text = light.lighter(page)
    assert '<summary aria-label="The parts"><span' in text
    assert light.lighter(text) == text


CSS = r'.fa-bars:before,.fa-navicon:before{content:"\f0c9"}.fa-dog:before{content:"\f6d3"}'


def test_icons_of_the_pages_stay():
    shown = light.icons(['<i class="fa-solid fa-navicon"></i>'], CSS)
    assert shown == light.icons(['<i class="fas fa-bars fa-lg"></i>'], CSS) == {0xF0C9}
    assert light.without_others(CSS, shown) == re.sub(r"\.fa-dog.*", "", CSS)


def test_fonts_of_icons_are_cut_to_those_that_have_them(tmp_path):
    themes = Path(pydata_sphinx_theme.__file__).parent / "theme"
    (static,) = themes.rglob("static/vendor/fontawesome")
    folder = tmp_path / "vendor" / "fontawesome"
    folder.parent.mkdir()
    folder.symlink_to(static)
    rules = light.faces(tmp_path, {0xF0C9, 0xF09B})  # bars, and GitHub's mark
    assert re.findall(r"src:url\((\w+)\.woff", rules) == ["icons", "brands"]
    assert set(TTFont(tmp_path / "brands.woff").getBestCmap()) == {0xF09B}
    assert "brands" not in light.faces(tmp_path, {0xF0C9})


RULES = """@charset "utf-8";
/* a comment */
.a, .gone .b, p.b:not(.gone) { color: red; background: url("../x.png") }
.gone { color: blue }
:is(.gone, .a) em { color: green }
@media (width > 1px) { .gone { top: 0 } .b > *::before { content: ".gone, x" } }
@media print { .gone { top: 0 } }
@font-face { font-family: f; src: url(fonts/f.woff) }
"""


def test_rules_that_no_page_can_use_go():
    found = sheet.used(sheet.parsed(RULES), {"a", "b"})
    assert found.splitlines() == [
        '.a,p.b:not(.gone){color: red; background: url("../x.png")}',
        ":is(.gone, .a) em{color: green}",
        '@media (width > 1px){.b > *::before{content: ".gone, x"}}',
        "@font-face { font-family: f; src: url(fonts/f.woff) }",
    ]


def test_variables_that_nothing_asks_for_go():
    css = ":root { --a: 1px; --b: var(--c); --c: 2; --d: url('x;y'); top: 0 }"
    css += " .a { left: var(--d) } .b { --own: 1 } @media print { .a { --b: 1; top: 1px } }"
    found = sheet.with_variables(css, {"a", "b"}, ["e.style.left = '--a'"])
    assert found.splitlines() == [
        ":root{--a: 1px;--d: url(\"x;y\");top: 0}", ".a{left: var(--d)}",
        "@media print{.a{top: 1px}}",
    ]  # fmt: skip


def test_a_class_of_a_page_or_a_word_of_a_script_is_known():
    page = '<p class="a b"><script>e.classList.add("made-here")</script>'
    assert {"a", "b", "made-here", "later"} <= sheet.words([page], ["x('later')"])


def test_pages_load_one_sheet(tmp_path):
    files = {
        "_static/styles/theme.css": '@import "../basic.css";',
        "_static/basic.css": ".a { top: url(file.png) } .gone { top: 0 }",
        "_static/own.css": ".b { background: url(maths/f.woff) }",
        "_static/styles/far.css": ".a { background: url('../img/x.png') }",
        "index.html": '<p class="a">',
    }
    head = "".join(
        f'  <link href="UP_static/{name}" rel="stylesheet" />\n'
        for name in ("styles/theme.css", "own.css?v=1", "styles/far.css")
    )
    head += '<link rel="preload" as="script" href="UP_static/x.js" />\n'
    files["search.html"] = head.replace("UP", "") + '<p class="a">'
    files["book/api/a.html"] = head.replace("UP", "../../") + '<p class="b">'
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf8")

    class Built:
        outdir, builder = tmp_path, SimpleNamespace(format="html")

    for _ in range(2):  # the second build wrote nothing
        sheet.finish(Built(), None)
        css = (tmp_path / "_static" / "book.css").read_text(encoding="utf8")
        assert css.split("\n") == [
            ".a{top: url(file.png)}", ".b{background: url(maths/f.woff)}",
            ".a{background: url(img/x.png)}", "",
        ]  # fmt: skip
        for name, up in (("search.html", ""), ("book/api/a.html", "../../")):
            text = (tmp_path / name).read_text(encoding="utf8")
            (link,) = re.findall("<link.*>", text)
            assert link.partition("?")[0] == (
                f'<link rel="stylesheet" href="{up}_static/book.css'
            )
        assert [p.name for p in tmp_path.rglob("*.css")] == ["book.css"]
