"""A reader without a mouse, and without a network: Tab, Enter and the search, from disk.

From the top of a page the Tab key reaches everything that one can act on, the focus can be
seen wherever it is, folded cells open by Enter and by the space bar, and the search finds
pages, all without a request that leaves the machine.
"""

import pytest
from browsing import (
    LOOK,
    PAGES,
    READY,
    SITE,
    WIDTHS,
    address,
    browser,  # noqa: F401  (a fixture)
    give_up,
    watch,
)

CHAPTER = "notebooks/03_lola_exact.html"

# Records each element that gets the focus: whether it can be seen there, and by what sign.
LISTEN = """
() => {
  window.walked = new Map();
  window.again = false;
  const say = e => `${e.tagName}.${e.className} ${(e.textContent || e.title).trim().slice(0, 30)}`;
  window.say = say;
  document.addEventListener("focusin", ({target}) => {
    // what opens a part of the menu is drawn, and framed, in a box of its own
    const e = target.querySelector(":scope > .toctree-toggle") || target;
    const s = getComputedStyle(e), box = e.getBoundingClientRect();
    const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
    const sign = ring || s.boxShadow !== "none"
      || [...e.querySelectorAll("rect")].some(r => parseFloat(getComputedStyle(r).strokeWidth) > 2);
    window.again = window.walked.has(target);
    window.walked.set(target, {what: say(target), sign, seen: box.width > 0 && box.height > 0});
  });
}
"""
# What a mouse could act on and the focus has not met; and where the focus could not be seen.
# The way back to the top is there only while one scrolls up; the key Home does the same.
MISSED = """
() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
  .filter(e => e.id !== "pst-back-to-top")
  .filter(e => e.tabIndex >= 0 && !e.disabled && !e.closest("dialog:not([open])")
    && e.checkVisibility({visibilityProperty: true}) && !window.walked.has(e)).map(window.say)
"""
UNSEEN = (
    "() => [...window.walked.values()].filter(w => !w.sign || !w.seen).map(w => w.what)"
)
WALKED = "() => [...window.walked.values()].map(w => w.what)"


def opened(browser, width):  # noqa: F811
    """A window of a width, and what it says while a test looks at it."""
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    size = {"width": WIDTHS[width], "height": 900}
    context = browser.new_context(viewport=size, offline=True, reduced_motion="reduce")
    tab = context.new_page()
    tab.wide = width == "wide"
    said = watch(tab)
    yield tab
    assert not said, said
    context.close()


@pytest.fixture(params=list(WIDTHS))
def tab(browser, request):  # noqa: F811
    """Both widths: for what depends on them."""
    yield from opened(browser, request.param)


@pytest.fixture
def wide(browser):  # noqa: F811
    """One, for what is the same on a phone."""
    yield from opened(browser, "wide")


@pytest.fixture
def phone(browser):  # noqa: F811
    """What only a phone has."""
    yield from opened(browser, "phone")


def walk(tab, until=None):
    """Press Tab from the top until the focus has been everywhere, or at some words.

    As fast as a key that is held down: what scrolls is marked when it comes near.
    """
    tab.evaluate(LISTEN)
    met = -1
    while (now := tab.evaluate("() => window.walked.size")) > met:
        met = now
        said = until and "\n".join(tab.evaluate(WALKED))
        if tab.evaluate("() => window.again") or (until and until in said):
            return
        for _ in range(30):
            tab.keyboard.press("Tab")
            tab.wait_for_timeout(30)


def test_tab_reaches_everything(tab):
    reach_everything(tab, CHAPTER)


def test_tab_reaches_the_boxes_of_the_map(phone):
    reach_everything(phone, "book/map.html")


def reach_everything(tab, page):
    tab.goto(address(page))
    tab.evaluate(READY)
    tab.wait_for_timeout(200)  # the theme's own marks of what scrolls
    walk(tab)
    walked = tab.evaluate(WALKED)
    assert "Skip to main content" in walked[0]
    assert not tab.evaluate(MISSED)
    assert not tab.evaluate(UNSEEN)
    text = "\n".join(walked)
    assert "theme-switch-button" in text
    assert "search-button" in text
    if tab.wide:
        assert "Glossary" in text  # the sidebar
        assert "nav-link" in text  # the page's contents


def test_the_skip_link_leads_to_the_text(wide):
    wide.goto(address(CHAPTER))
    wide.keyboard.press("Tab")
    wide.keyboard.press("Enter")
    wide.wait_for_url(lambda url: url.endswith("#main-content"))
    wide.evaluate(LISTEN)
    wide.keyboard.press("Tab")
    assert wide.evaluate(
        "() => document.activeElement.closest('#main-content') !== null"
    )


def test_folded_cells_open_by_key_and_say_what_they_are(wide):
    wide.goto(address(CHAPTER))
    wide.evaluate(READY)
    folded = wide.locator("article details")
    assert folded.count() > 9
    assert folded.evaluate_all("""all => all.map(e => e.querySelector("summary")).every(
        e => e.textContent.trim() && !e.hasAttribute("aria-label"))""")  # fmt: skip
    for number in range(9):  # the browser itself opens them, one like the other
        cell = folded.nth(number)
        summary = cell.locator("summary").first
        states = [cell.evaluate("e => e.open")]
        for key in ("Enter", "Space"):
            summary.focus()
            wide.keyboard.press(key)
            states.append(cell.evaluate("e => e.open"))
        assert states == [False, True, False]
    summary.focus()
    wide.keyboard.press("Enter")
    wide.evaluate("() => document.getAnimations().forEach(a => a.finish())")
    assert not wide.evaluate(LOOK)


def test_on_a_phone_the_sidebars_open_and_close_by_key(phone):
    phone.goto(address(CHAPTER))
    for button, inside in (("primary", "Glossary"), ("secondary", "Exercises")):
        phone.locator(f"button.{button}-toggle").focus()
        phone.keyboard.press("Enter")
        dialog = phone.locator(f"#pst-{button}-sidebar-modal")
        assert dialog.evaluate("e => e.open")
        walk(phone, until=inside)
        assert inside in "\n".join(phone.evaluate(WALKED))
        phone.keyboard.press("Escape")
        assert not dialog.evaluate("e => e.open")


def test_search_works_from_disk(wide):
    wide.goto(address(CHAPTER))
    wide.keyboard.press("Control+k")
    wide.keyboard.type("reciprocity")
    wide.keyboard.press("Enter")
    wide.wait_for_url("**/search.html?q=reciprocity**")
    links = wide.locator("#search-results ul.search li > a")
    links.first.wait_for()
    wide.wait_for_function("() => !document.querySelector('#search-progress')?.innerText.trim()"
                          " || /found|finished/i.test(document.body.innerText)")  # fmt: skip
    found = links.evaluate_all(
        "all => all.map(a => a.getAttribute('href').split(/[?#]/)[0])"
    )
    assert {"notebooks/02_naive_learner.html", "book/glossary.html"} & set(found)
    assert set(found) <= set(PAGES)
    links.first.click()
    assert wide.url.split("#")[0].split("?")[0] in {address(page) for page in PAGES}


def test_the_theme_switch_goes_round_by_key(tab):
    tab.goto(address("book/intro.html"))
    switch, seen = tab.locator(".theme-switch-button:visible").first, []
    for _ in range(3):
        switch.focus()
        tab.keyboard.press("Enter")
        seen.append(tab.evaluate("() => document.documentElement.dataset.mode"))
    assert sorted(seen) == ["auto", "dark", "light"]


def test_the_menu_of_downloads_opens_by_key_within_the_page(tab):
    tab.goto(address(CHAPTER))
    opener = tab.locator("[data-bs-toggle='dropdown']")
    menu = tab.locator(".article-header-buttons .dropdown-menu")
    opener.focus()
    for close in ("Escape", "Enter", "Tab"):
        assert not menu.is_visible()
        assert opener.get_attribute("aria-expanded") == "false"
        tab.keyboard.press("Enter")
        assert menu.is_visible()
        assert opener.get_attribute("aria-expanded") == "true"
        box = menu.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= tab.viewport_size["width"]
        tab.keyboard.press("Tab")
        assert tab.evaluate("() => document.activeElement.matches('.dropdown-item')")
        if close == "Enter":
            opener.focus()
        for _ in range(3 if close == "Tab" else 1):
            tab.keyboard.press(close)
    assert not menu.is_visible()
