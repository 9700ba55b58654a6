"""The built site without a browser: nothing is loaded from outside, no link is broken, and
no page is too heavy. And tools/pages.py, which looks, sees what is wrong with a spoilt site."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from browsing import SITE, give_up

TOOLS = Path(__file__).parent.parent / "tools"


def load(name):
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pages, ladder = load("pages"), load("ladder")


@pytest.fixture(scope="module")
def site():
    if not (SITE / "index.html").exists():
        give_up(f"{SITE} holds no pages; run `make book`")
    return pages.Site(SITE)


@pytest.mark.browser
def test_nothing_is_loaded_from_outside(site):
    assert not list(site.leading_outside())


@pytest.mark.browser
def test_every_link_within_the_site_leads_somewhere(site):
    assert not list(site.broken_links())


@pytest.mark.browser
def test_no_page_is_too_heavy(site):
    weights = site.weights()
    assert len(weights) > 15
    assert not {k: w for k, w in weights.items() if w[0] > pages.PAGE_LIMIT}
    assert not {k: w for k, w in weights.items() if w[1] > pages.LOADED_LIMIT}
    assert site.size() <= pages.SITE_LIMIT


@pytest.mark.browser
def test_each_page_says_its_language_its_subject_and_the_licences(site):
    prose = [name for name in site.pages if name.startswith(("book/", "notebooks/"))]
    for name in prose:
        text = (SITE / name).read_text()
        assert '<html lang="en"' in text, name
        assert 'name="viewport"' in text, name
        assert '<meta name="description"' in text or name == "book/references.html", (
            name
        )
        assert "creativecommons.org/licenses/by/4.0" in text, name
        assert "opensource.org/license/mit" in text, name


def small(root, body, head=""):
    """A site of two pages, of which the second is sound."""
    (root / "one.html").write_text(
        f"<html><head>{head}</head><body>{body}</body></html>"
    )
    (root / "two.html").write_text('<h1 id="here">two</h1><a href="one.html">one</a>')
    return pages.Site(root)


SOUND = '<a href="two.html#here">in</a> <a href="https://example.org/paper">a paper</a>'


@pytest.mark.book
@pytest.mark.browser
def test_each_chapter_links_terms_to_the_glossary(site):
    chapters = [name for name in site.pages if name.startswith("notebooks/")]
    assert len(chapters) == 9
    for name in chapters:
        linked = re.findall(r"glossary\.html#term-([^\"]+)", (SITE / name).read_text())
        assert len(linked) == len(set(linked)) > 20, name


def test_a_sound_site_has_no_findings(tmp_path):
    site = small(tmp_path, SOUND, '<link rel="canonical" href="https://example.org/">')
    assert not [*site.leading_outside(), *site.broken_links()]
    assert site.weights()["two.html"][0] == (tmp_path / "two.html").stat().st_size


@pytest.mark.book
@pytest.mark.parametrize("fault", [
    '<img src="https://example.org/a.png">', '<script src="//example.org/a.js"></script>',
    '<link rel="stylesheet" href="https://example.org/a.css">',
    '<p style="background: url(http://example.org/a.png)">',
    '<style>@import "//example.org/a.css";</style>',
    '<img srcset="two.html 1x, https://example.org/b.png 2x">',
    '<script>fetch("https://example.org/data.json")</script>',
    '<iframe src="https://example.org/"></iframe>',
])  # fmt: skip
def test_a_page_that_loads_from_outside_is_seen(tmp_path, fault):
    assert len(list(small(tmp_path, SOUND + fault).leading_outside())) == 1


@pytest.mark.book
@pytest.mark.parametrize("name, text", [
    ("a.css", "@font-face { src: url('https://example.org/f.woff2') }"),
    ("a.js", "import('https://example.org/m.js')"),
])  # fmt: skip
def test_a_style_or_script_that_loads_from_outside_is_seen(tmp_path, name, text):
    site = small(tmp_path, SOUND)
    (tmp_path / name).write_text(text)
    assert len(list(site.leading_outside())) == 1
    (tmp_path / name).write_text("/* see https://example.org */ a { color: red }")
    assert not list(site.leading_outside())


@pytest.mark.book
@pytest.mark.parametrize("href", [
    "three.html", "two.html#nowhere", "#nowhere", "../outside.html",
    "http://localhost:8000/", "file:///home/somebody/one.html",
])  # fmt: skip
def test_a_broken_link_is_seen(tmp_path, href):
    site = small(tmp_path, f'{SOUND}<a href="{href}">x</a>')
    assert len(list(site.broken_links())) == 1


@pytest.mark.book
def test_an_image_that_is_not_there_is_seen_and_one_that_is_weighs(tmp_path):
    site = small(tmp_path, '<img src="a.png?v=1" alt="a"><img src="b.png" alt="b">')
    (tmp_path / "a.png").write_bytes(bytes(1000))
    assert list(site.broken_links()) == ["one.html: b.png is not there"]
    own, loaded = site.weights()["one.html"]
    assert loaded == own + 1000


@pytest.mark.book
def test_the_map_is_what_the_tool_draws_and_leads_to_chapters():
    assert ladder.PAGE.read_text() == ladder.draw()
    assert set(ladder.FILES) >= {f"{box.chapter:02}" for box in ladder.BOXES.values()}
