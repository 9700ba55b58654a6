"""Opens every built page from disk in a headless Chromium, as a reader without network would.

Wide and narrow, light and dark: no message on the console, no request that fails or leaves
the machine, all maths drawn, all images there and described, no sideways scrolling, and no
serious or critical finding of axe-core, the accessibility checker.

A page is opened once: width and colours are switched in place, as a reader may do it. Pages in
other languages have the same templates: one of each kind is opened here, and all of them by
`make test-slow`.
LOLAKIT_SCREENSHOTS=folder keeps a picture of each page, each width and each mode.
"""

import itertools
import os
import re
from pathlib import Path

import pytest
from browsing import (
    AXE,
    LOOK,
    MODES,
    PAGES,
    READY,
    SITE,
    WIDTHS,
    address,
    axe_source,
    browser,  # noqa: F401  (a fixture)
    give_up,
    show,
    watch,
)

# What axe is asked: all of a page on a phone, where room is short, and again what depends on
# colours in the dark. What a wide page has besides, the menus at its sides, is made by the same
# templates on each page.
RULES = {("phone", "light"): "all", ("wide", "dark"): "colours"}
WIDE = {("wide", "light"): "all"}
KINDS = ("book/intro", "book/glossary", "book/api/course", "notebooks/03_lola_exact",
         "search", "genindex")  # fmt: skip

# Sphinx makes the listings of the source code by one template: of all but the index, the
# shortest and the longest, only what differs from one to the next is looked at: the code, which
# has least room on a phone. One of eight now, and all of them by `make test-slow`.
LISTINGS = [page for page in PAGES if "_modules" in page and "index" not in page]
LISTINGS.sort(key=lambda page: (SITE / page).stat().st_size)
ALIKE = set(LISTINGS[1:-1])
NARROW, ALL = [("phone", "light")], [*itertools.product(WIDTHS, MODES)]


OPEN = "() => document.querySelectorAll('details').forEach(e => { e.open = true; })"


def edition(page):
    """The folder of a page's language, empty for English, and its name in there."""
    folder, _, name = page.partition("/")
    other = folder != "book" and (SITE / folder / "book").is_dir()
    return (folder, name) if other else ("", page)


def of_a_kind(page):
    """Whether one looks at a page for all that are like it."""
    return edition(page)[1].removesuffix(".html") in KINDS


def marked(page):
    """A page of the English book, or one of each kind of another: now; the others are slow."""
    if page in ALIKE:
        slow = edition(page)[0] or LISTINGS.index(page) % 8
    else:
        slow = edition(page)[0] and not of_a_kind(page)
    return pytest.param(page, marks=[pytest.mark.slow] if slow else [])


@pytest.fixture(scope="module")
def window(browser):  # noqa: F811
    context = browser.new_context(offline=True, color_scheme="light")
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(window):
    """One for all pages: a new one takes as long as a page does."""
    tab = window.new_page()
    tab.said = watch(tab)
    yield tab
    tab.close()


def keep_picture(tab, page, width, mode):
    if folder := os.environ.get("LOLAKIT_SCREENSHOTS"):
        name = page.removesuffix(".html").replace(os.sep, "-")
        tab.screenshot(path=Path(folder) / f"{name}-{width}-{mode}.png", full_page=True)


def test_site_is_built():
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    redirect = (SITE / "index.html").read_text(encoding="utf8")
    target = redirect.split("url=")[1].split('"')[0]
    assert (SITE / target).exists(), f"index.html leads to {target}, which is not there"


def test_downloads_are_there():
    """The wheel, and of each chapter the notebook that the page and Colab give."""
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    text = (SITE / "book" / "how-to-use.html").read_text(encoding="utf8")
    (wheel,) = re.findall(r'href="\.\./(notebooks/lolakit-[^"/]+\.whl)"', text)
    assert (SITE / wheel).is_file(), f"{wheel} is linked, and is not there"
    chapters = sorted((SITE / "notebooks").glob("*.html"))
    assert chapters
    for chapter in chapters:
        name = chapter.with_suffix(".ipynb").name
        copies = [SITE / "notebooks" / name, SITE / "_sources" / "notebooks" / name]
        assert len({copy.read_bytes() for copy in copies}) == 1, name


@pytest.mark.parametrize("page", [marked(page) for page in PAGES])
def test_page(tab, page):
    tab.said.clear()
    tab.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    tab.goto(address(page), wait_until="load")
    tab.evaluate(READY)
    rules, found = (RULES | WIDE if of_a_kind(page) else RULES), []
    if page not in ALIKE:
        tab.evaluate(axe_source())
    for width, mode in NARROW if page in ALIKE else ALL:
        tab.set_viewport_size({"width": WIDTHS[width], "height": 900})
        tab.evaluate(show(mode))
        looks = tab.evaluate(LOOK)
        tab.evaluate(OPEN)  # the first look is at the page as it comes
        if page not in ALIKE and (width, mode) in rules:
            looks += tab.evaluate(AXE, rules[width, mode])
        found += [f"{width}, {mode}: {look}" for look in looks]
        keep_picture(tab, page, width, mode)
    assert not tab.said + found, "\n".join(tab.said + found)


def faults(tab, script, kind):
    """The rules that axe sees broken once a script has spoilt the page."""
    tab.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    tab.goto(address("book/how-to-use.html"))
    tab.evaluate(axe_source())
    tab.evaluate(show("light"))
    tab.evaluate("() => document.documentElement.classList.add('whole')")
    tab.evaluate(f"() => {{ {script} }}")
    return [line.split()[0] for line in tab.evaluate(AXE, kind)]


def test_axe_finds_a_fault_of_each_kind(tab):
    pale = "document.querySelector('article p').style.color = '#aaa'"
    nameless = (
        "document.querySelector('article').append(Object.assign(document.createElement("
        "'button'), {style: 'display: block; width: 9em; height: 9em; margin: 3em'}))"
    )
    scrolls = (
        "document.querySelector('article').innerHTML += "
        '\'<div style="overflow: auto; width: 9em"><p style="width: 99em">\''
        " + 'wide '.repeat(99) + '</p></div>'"
    )
    assert (
        faults(tab, pale, "all") == faults(tab, pale, "colours") == ["color-contrast"]
    )
    assert faults(tab, nameless, "all") == ["button-name"]
    assert faults(tab, scrolls, "all") == ["scrollable-region-focusable"]
    assert faults(tab, nameless, "colours") == faults(tab, "", "all") == []


def test_a_formula_that_is_cut_off_is_seen(tab):
    tab.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
    tab.goto(address("book/intro.html"))
    assert not tab.evaluate(LOOK)
    long = (
        "<mjx-container style='overflow: auto'><svg width='900'></svg></mjx-container>"
    )
    tab.evaluate(
        f"""() => {{ document.querySelector("article").innerHTML +=
        `<div class="math">{long}</div>`; }}"""
    )
    assert [fault.split(":")[0] for fault in tab.evaluate(LOOK)] == ["formulas cut off"]


@pytest.mark.parametrize("width", WIDTHS)
def test_modes_are_those_that_the_reader_has_chosen(browser, width):  # noqa: F811
    """A page that opens in a mode, at a width, is as good as one that is switched to them."""
    size, grounds = {"width": WIDTHS[width], "height": 900}, {}
    for mode in MODES:
        context = browser.new_context(viewport=size, color_scheme=mode, offline=True)
        context.add_init_script(
            f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{mode}')"
        )
        tab = context.new_page()
        said = watch(tab)
        tab.goto(address("book/intro.html"))
        tab.evaluate(READY)
        assert tab.evaluate("() => document.documentElement.dataset.theme") == mode
        assert not said + tab.evaluate(LOOK)
        tab.evaluate(axe_source())
        assert not tab.evaluate(AXE, "colours")
        grounds[mode] = tab.evaluate(
            "() => getComputedStyle(document.body).backgroundColor"
        )
        context.close()
    assert grounds["light"] != grounds["dark"], grounds
