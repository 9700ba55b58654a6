"""A phone: code that wraps and is copied as it is written, buttons for fingers, dark figures."""

import json

import pytest
from browsing import PAGES, READY, SITE, address, browser, give_up, show  # noqa: F401

CHAPTER = "notebooks/03_lola_exact.html"
CODE = "article .cell_input .highlight pre"


@pytest.fixture(scope="module")
def phone(browser):  # noqa: F811
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    context = browser.new_context(viewport={"width": 400, "height": 900}, offline=True,
                                  has_touch=True, is_mobile=True)  # fmt: skip
    tab = context.new_page()
    tab.goto(address(CHAPTER))
    tab.evaluate(READY)
    yield tab
    context.close()


def test_code_is_read_without_scrolling(phone):
    phone.evaluate(
        "() => document.querySelectorAll('details').forEach(d => d.open = true)"
    )
    sizes = phone.eval_on_selector_all(
        CODE, "all => all.map(e => [e.scrollWidth - e.clientWidth, parseFloat("
        "getComputedStyle(e).fontSize)])")  # fmt: skip
    assert len(sizes) > 10
    assert all(over <= 1 and size >= 11 for over, size in sizes)


def test_a_button_copies_code_as_it_is_written(phone):
    """In wrapped lines no end of a line is added, and no sign is lost."""
    phone.wait_for_selector("button.copybtn", state="attached")
    notebook = json.loads(
        (SITE / CHAPTER.replace(".html", ".ipynb")).read_text(encoding="utf8")
    )
    cells = {"".join(c["source"]).strip() for c in notebook["cells"]}
    assert max(len(line) for cell in cells for line in cell.splitlines()) > 60
    phone.evaluate("""() => { window.copied = [];
        document.addEventListener("copy", e => copied.push(getSelection().toString()
            || document.activeElement.value), true); }""")  # fmt: skip
    buttons = phone.locator("article .cell_input:visible button.copybtn")
    for number in range(3):
        button = buttons.nth(number)
        assert float(button.evaluate("e => getComputedStyle(e).opacity")) > 0.5
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 24
        button.tap()
    copied = [text.strip() for text in phone.evaluate("() => copied")]
    assert len(copied) == 3 and set(copied) <= cells


def test_figures_are_no_white_slabs_in_the_dark(phone):
    phone.evaluate(show("dark"))
    figures = phone.eval_on_selector_all(
        "article .cell_output figure img",
        "all => all.map(e => [e.className, getComputedStyle(e).filter])",
    )
    assert len(figures) >= 3
    for kind, seen in figures:
        assert ("invert" if kind == "turns" else "brightness(0.85)") in seen
