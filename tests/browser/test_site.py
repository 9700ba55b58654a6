"""The built site without a browser: nothing is loaded from outside, no link is broken, and
no page is too heavy."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from browsing import SITE, give_up
from fontTools.ttLib import TTFont

TOOLS = Path(__file__).parents[2] / "tools"
spec = importlib.util.spec_from_file_location("tools_pages", TOOLS / "pages.py")
pages = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = pages
spec.loader.exec_module(pages)


@pytest.fixture(scope="module")
def site():
    if not (SITE / "index.html").exists():
        give_up(f"{SITE} holds no pages; run `make book`")
    return pages.Site(SITE)


def test_nothing_is_loaded_from_outside(site):
    assert not list(site.leading_outside())


def test_every_link_within_the_site_leads_somewhere(site):
    assert not list(site.broken_links())


def test_no_page_is_too_heavy(site):
    weights = site.weights()
    assert len(weights) > 15
    assert not {k: w for k, w in weights.items() if w[0] > pages.PAGE_LIMIT}
    assert not {k: w for k, w in weights.items() if w[1] > pages.LOADED_LIMIT}
    others = len(list(SITE.glob("*/book/intro.html")))  # the book in other languages
    assert site.size() <= pages.SITE_LIMIT * (1 + others)


def test_each_page_says_its_language_its_subject_and_the_licences(site):
    prose = [name for name in site.pages if name.startswith(("book/", "notebooks/"))]
    for name in prose:
        text = (SITE / name).read_text(encoding="utf8")
        assert '<html lang="en"' in text, name
        assert 'name="viewport"' in text, name
        assert 'name="description"' in text or name == "book/references.html", name
        assert "creativecommons.org/licenses/by/4.0" in text, name
        assert "opensource.org/license/mit" in text, name


def test_each_chapter_links_terms_to_the_glossary(site):
    chapters = [name for name in site.pages if name.startswith("notebooks/")]
    assert len(chapters) == len(list((TOOLS.parent / "notebooks").glob("*.ipynb")))
    for name in chapters:
        linked = re.findall(
            r"glossary\.html#term-([^\"]+)", (SITE / name).read_text(encoding="utf8")
        )
        assert len(linked) == len(set(linked)) > 20, name


def test_the_fonts_have_every_character_of_the_formulas(site):
    """What is not in them the browser would take from another font, of other widths.

    A rule of MathJax names its font by a class, such as TEX-I; the parts of what stretches are
    in one of several.
    """
    css = (SITE / "_static" / "book.css").read_text(encoding="utf8")
    faces = r"@font-face *\{font-family: MJXTEX-?(\w*);src: url\(maths/([^)]+)\)"
    fonts = SITE / "_static" / "maths"
    held = {
        kind: set(TTFont(fonts / name).getBestCmap())
        for kind, name in re.findall(faces, css)
    }
    drawn = re.findall(r'^(mjx-[^{]*)\{[^{}]*?content: ?"((?:[^"\\]|\\.)*)"', css, re.M)
    code = lambda match: chr(int(match.group(1), 16))
    assert len(drawn) > 50
    assert {name for _, name in re.findall(faces, css)} == {
        path.name for path in fonts.glob("*.woff") if path.name != "MathJax_Zero.woff"
    }
    for selector, text in drawn:
        text = re.sub(r"\\([0-9A-Fa-f]{1,6}) ?", code, text)
        kind = (re.findall(r"\.TEX-(\w+)", selector) or [""])[0]
        mine = set().union(*held.values()) if "stretchy" in selector else held[kind]
        assert mine.issuperset(map(ord, text)), (selector, text)
