"""tools/pages.py sees what is wrong with a spoilt site; tools/ladder.py and
tools/rooms.py draw the map and the house."""

import importlib.util
import inspect
import re
import sys
from pathlib import Path

import pytest

from lolakit.rules import lookahead

TOOLS = Path(__file__).parents[2] / "tools"


def load(name):
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


sys.path.insert(0, str(TOOLS))  # they import their neighbours
pages, ladder, rooms = load("pages"), load("ladder"), load("rooms")
sys.path.remove(str(TOOLS))


def small(root, body, head=""):
    """A site of two pages, of which the second is sound."""
    (root / "one.html").write_text(
        f"<html><head>{head}</head><body>{body}</body></html>", encoding="utf8"
    )
    (root / "two.html").write_text(
        '<h1 id="here">two</h1><a href="one.html">one</a>', encoding="utf8"
    )
    return pages.Site(root)


SOUND = '<a href="two.html#here">in</a> <a href="https://example.org/paper">a paper</a>'


def test_a_sound_site_has_no_findings(tmp_path):
    site = small(tmp_path, SOUND, '<link rel="canonical" href="https://example.org/">')
    assert not [*site.leading_outside(), *site.broken_links()]
    assert site.weights()["two.html"][0] == (tmp_path / "two.html").stat().st_size


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


@pytest.mark.parametrize("name, text", [
    ("a.css", "@font-face { src: url('https://example.org/f.woff2') }"),
    ("a.js", "import('https://example.org/m.js')"),
])  # fmt: skip
def test_a_style_or_script_that_loads_from_outside_is_seen(tmp_path, name, text):
    site = small(tmp_path, SOUND)
    (tmp_path / name).write_text(text, encoding="utf8")
    assert len(list(site.leading_outside())) == 1
    (tmp_path / name).write_text(
        "/* see https://example.org */ a { color: red }", encoding="utf8"
    )
    assert not list(site.leading_outside())


@pytest.mark.parametrize("href", [
    "three.html", "two.html#nowhere", "#nowhere", "../outside.html",
    "http://localhost:8000/", "file:///home/somebody/one.html",
])  # fmt: skip
def test_a_broken_link_is_seen(tmp_path, href):
    site = small(tmp_path, f'{SOUND}<a href="{href}">x</a>')
    assert len(list(site.broken_links())) == 1


def test_an_image_that_is_not_there_is_seen_and_one_that_is_weighs(tmp_path):
    site = small(tmp_path, '<img src="a.png?v=1" alt="a"><img src="b.png" alt="b">')
    (tmp_path / "a.png").write_bytes(bytes(1000))
    assert list(site.broken_links()) == ["one.html: b.png is not there"]
    own, loaded = site.weights()["one.html"]
    assert loaded == own + 1000


def test_the_map_is_what_the_tool_draws_and_leads_to_chapters():
    assert ladder.PAGE.read_text(encoding="utf8") == ladder.draw()
    assert set(ladder.FILES) >= {str(box.chapter) for box in ladder.BOXES.values()}


def test_the_ladder_has_a_rung_for_each_chapter():
    """Else run `make pictures` (or `python tools/ladder.py`)."""
    assert ladder.MENU.read_text(encoding="utf8") == ladder.menu()
    assert all(name in ladder.menu() for name in ladder.chapters())
    assert set(ladder.GROUPS) <= set(ladder.RUNGS)


def test_a_chapter_without_words_has_those_of_its_notebook(monkeypatch):
    monkeypatch.setattr(ladder, "RUNGS", {})
    rung = ladder.rung("01_games_and_values")
    assert "<b>Games and values</b>" in rung and "meet again and again" in rung


def test_the_house_is_what_the_tool_draws_and_every_module_lives_in_it():
    assert rooms.PAGE.read_text(encoding="utf8") == rooms.draw()
    drawn = {
        m for floor in rooms.floors() for room in floor for m in rooms.modules(room)
    }
    root = Path(__file__).parents[2] / "lolakit"
    files = {p.stem for p in root.glob("*/[a-z]*.py")}
    assert files <= drawn and {p.stem for p in root.glob("[a-z]*.py")} <= {
        room for floor in rooms.floors() for room in floor
    }


def test_the_page_shows_the_code_of_the_rule_and_not_its_docstring():
    """Its lines are counted from `def`; a longer docstring would shift them."""
    page = (Path(__file__).parents[2] / "book" / "architecture.md").read_text(
        encoding="utf8"
    )
    source = inspect.getsource(lookahead.look_ahead).splitlines()
    (first,) = map(int, re.findall(r":lines: 1,(\d+)-", page))
    assert source[first - 2].strip() == '"""' and '"""' not in "".join(
        source[first - 1 :]
    )
