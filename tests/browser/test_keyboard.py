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
  const say = e => `${e.tagName}.${e.className} ${(e.textContent || e.title).trim().slice(0, 30)}`;
  window.say = say;
  document.addEventListener("focusin", ({target}) => {
    // what opens a part of the menu is drawn, and framed, in a box of its own
    const e = target.querySelector(":scope > .toctree-toggle") || target;
    const s = getComputedStyle(e), box = e.getBoundingClientRect();
    const ring = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
    const sign = ring || s.boxShadow !== "none"
      || [...e.querySelectorAll("rect")].some(r => parseFloat(getComputedStyle(r).strokeWidth) > 2);
    window.walked.set(target, {what: say(target), sign, seen: box.width > 0 && box.height > 0});
  });
}
"""
# What a mouse could act on and the focus has not met; and where the focus could not be seen.
MISSED = """
() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
  .filter(e => e.tabIndex >= 0 && !e.disabled && !e.closest("dialog:not([open])")
    && e.checkVisibility({visibilityProperty: true}) && !window.walked.has(e)).map(window.say)
"""
UNSEEN = (
    "() => [...window.walked.values()].filter(w => !w.sign || !w.seen).map(w => w.what)"
)
WALKED = "() => [...window.walked.values()].map(w => w.what)"


@pytest.fixture(params=list(WIDTHS))
def tab(browser, request):  # noqa: F811
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    size = {"width": WIDTHS[request.param], "height": 900}
    context = browser.new_context(viewport=size, offline=True, reduced_motion="reduce")
    tab = context.new_page()
    tab.wide = request.param == "wide"
    said = watch(tab)
    yield tab
    assert not said, said
    context.close()


def walk(tab):
    """Press Tab from the top until the focus has been everywhere, or comes no further.

    As fast as a key that is held down: what scrolls is marked when it comes near.
    """
    tab.evaluate(LISTEN)
    met = -1
    while (now := tab.evaluate("() => window.walked.size")) > met:
        met = now
        for _ in range(30):
            tab.keyboard.press("Tab")
            tab.wait_for_timeout(30)


@pytest.mark.parametrize("page", ["book/map.html", CHAPTER])
def test_tab_reaches_everything(tab, page):
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


def test_the_skip_link_leads_to_the_text(tab):
    tab.goto(address(CHAPTER))
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: url.endswith("#main-content"))
    tab.evaluate(LISTEN)
    tab.keyboard.press("Tab")
    assert tab.evaluate(
        "() => document.activeElement.closest('#main-content') !== null"
    )


def test_folded_cells_open_by_key_and_say_what_they_are(tab):
    tab.goto(address(CHAPTER))
    tab.evaluate(READY)
    folded = tab.locator("article details")
    assert folded.count() > 3
    for number in range(folded.count()):
        cell = folded.nth(number)
        summary = cell.locator("summary").first
        assert summary.get_attribute("aria-label") is None
        assert "code cell" in summary.inner_text() or summary.inner_text().strip()
        states = [cell.evaluate("e => e.open")]
        for key in ("Enter", "Space"):
            summary.focus()
            tab.keyboard.press(key)
            states.append(cell.evaluate("e => e.open"))
        assert states == [False, True, False]
    summary.focus()
    tab.keyboard.press("Enter")
    tab.evaluate("() => document.getAnimations().forEach(a => a.finish())")
    assert not tab.evaluate(LOOK)


def test_on_a_phone_the_sidebars_open_and_close_by_key(tab):
    if tab.wide:
        return  # a wide page shows them
    tab.goto(address(CHAPTER))
    for button, inside in (("primary", "Glossary"), ("secondary", "Exercises")):
        tab.locator(f"button.{button}-toggle").focus()
        tab.keyboard.press("Enter")
        dialog = tab.locator(f"#pst-{button}-sidebar-modal")
        assert dialog.evaluate("e => e.open")
        walk(tab)
        assert inside in "\n".join(tab.evaluate(WALKED))
        tab.keyboard.press("Escape")
        assert not dialog.evaluate("e => e.open")


def test_search_works_from_disk(tab):
    tab.goto(address(CHAPTER))
    tab.keyboard.press("Control+k")
    tab.keyboard.type("reciprocity")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=reciprocity**")
    links = tab.locator("#search-results ul.search li > a")
    links.first.wait_for()
    tab.wait_for_function("() => !document.querySelector('#search-progress')?.innerText.trim()"
                          " || /found|finished/i.test(document.body.innerText)")  # fmt: skip
    found = links.evaluate_all(
        "all => all.map(a => a.getAttribute('href').split(/[?#]/)[0])"
    )
    assert {"notebooks/02_naive_learner.html", "book/glossary.html"} & set(found)
    assert set(found) <= set(PAGES)
    links.first.click()
    assert tab.url.split("#")[0].split("?")[0] in {address(page) for page in PAGES}


def test_the_theme_switch_goes_round_by_key(tab):
    tab.goto(address("book/intro.html"))
    switch, seen = tab.locator(".theme-switch-button:visible").first, []
    for _ in range(3):
        switch.focus()
        tab.keyboard.press("Enter")
        seen.append(tab.evaluate("() => document.documentElement.dataset.mode"))
    assert sorted(seen) == ["auto", "dark", "light"]
