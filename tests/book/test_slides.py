"""The slides: what the rules select, and, where they are built, how they look in Chromium.

`make slides` builds them; without that the last test is skipped, loudly.
"""

import itertools
import json
import re
import sys
from pathlib import Path

import pytest

# the browser, and when its absence is a failure, are those of the book's pages
from browsing import LOOK, browser, give_up, watch  # noqa: F401

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "slides"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

pytest.importorskip("nbconvert")
sys.path.insert(0, str(ROOT / "tools"))
import slides as tool  # noqa: E402

# All slides of a deck in one go, as they were laid out when it was opened: `slides.js` set each
# in the largest size that fits, so the smallest it may take is asked for too. What is shown
# ends above the last line, which is the slide's number.
MEASURE = """
async () => {
  const out = { over: [], cut: [], small: [], empty: [], raw: [], still: [] };
  const sections = [...document.querySelectorAll(".slides > section")];
  sections.forEach((s, i) => {
    const was = s.className;
    s.classList.add("measured");
    s.style.visibility = "visible";
    if (s.dataset.over || over(s)) out.over.push(i + 1);
    for (const e of s.querySelectorAll("h1, h2, pre, img, table, .said, .moving .lk, .body > *")) {
      const box = e.getBoundingClientRect(), all = s.getBoundingClientRect();
      if (e.scrollWidth > e.clientWidth + 1 && e.matches("pre, .said")) out.cut.push(i + 1);
      if (box.top < all.top - 1 || box.left < all.left - 1 || box.right > all.right + 1
          || box.bottom > all.bottom + 1) out.over.push(i + 1);
    }
    for (const e of s.querySelectorAll(".body p, .body li, .body pre")) {
      if (e.closest(".caption, .lk, aside")) continue;
      const size = parseFloat(getComputedStyle(e).fontSize);
      if (size < (e.matches("pre") ? 17 : 19)) out.small.push(`${i + 1}: ${size}`);
    }
    const clone = s.cloneNode(true);
    clone.querySelectorAll("aside, .foot").forEach(e => e.remove());
    const words = clone.querySelector(".body").textContent.trim();
    if (!words && !clone.querySelector("img")) out.empty.push(i + 1);
    clone.querySelectorAll("mjx-container, pre, code, .lk").forEach(e => e.remove());
    if (clone.textContent.includes("$")) out.raw.push(i + 1);
    for (const figure of s.querySelectorAll("figure.lk")) {
      if (!figure.lolakit || figure.querySelector(".lk-controls").hidden) out.still.push(i + 1);
    }
    s.className = was;
  });
  out.number = sections.length;
  return out;
}
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_rules_take_every_figure_question_and_exercise(path):
    notebook = json.loads(path.read_text(encoding="utf8"))
    found = tool.slides(notebook)
    cells = notebook["cells"]
    prose = "\n".join(tool.text(c) for c in cells if c["cell_type"] == "markdown")
    kinds = [slide.kind for slide in found]
    shown = lambda *kinds: "".join(
        s.body for s in found if not kinds or s.kind in kinds
    )
    assert kinds[0] == "title" and "You will learn" in found[0].body
    assert kinds.count("predict") == prose.count("> **Predict, then run.**")
    exercises = [s for s in found if s.kind == "exercise"]
    assert sum(len(s.parts) for s in exercises) == prose.count("> **Exercise")
    items = re.findall(r"(?m)^> (?:- |\d+\. )", prose)
    assert len(items) == shown("exercise").count("<li>"), "an option is lost"
    questions = [part for s in found if s.kind == "quiz" for part in s.parts]
    options = [part.count("<li>") for part in questions]
    assert len(options) == 5 and min(options) >= 3
    assert sum(options) == prose.count("<details>")
    assert "Right." not in shown("quiz"), "the answers are the speaker's"
    titles = [title for slide in found for title in slide.sections]
    wanted = [line[3:] for line in prose.splitlines() if line.startswith("## ")]
    assert titles == [title for title in wanted if title not in tool.LEFT_OUT]
    figures = [c for c in cells if "figure" in c["metadata"].get("mystnb", {})]
    assert shown().count("<img alt=") == len(figures)
    moving = [c for c in cells for o in c.get("outputs", [])
              if 'class="lk"' in "".join(o.get("data", {}).get("text/html", ""))]  # fmt: skip
    assert shown().count('<figure class="lk"') == len(moving) == kinds.count("moving")
    for one, two in itertools.pairwise(kinds):
        assert one != "predict" or two != "predict", "a question needs its answer"


def test_a_slide_holds_what_belongs_together():
    cell = lambda kind, source, **more: {
        "cell_type": kind, "source": source, "metadata": {}, "outputs": [], **more
    }  # fmt: skip
    said = [{"text": "1.0\n"}]
    notebook = {"cells": [
        cell("markdown", "# A title\n\nWhy?\n\n**You will learn**\n\n- this"),
        cell("markdown", "## One\n\nSome words.\n\n$$x$$"),
        cell("code", "def f():\n    return 1"),
        cell("markdown", "> **Predict, then run.** What is it?"),
        cell("code", "print(f())", outputs=said),
        cell("markdown", "It is one."),
        cell("markdown", "## Two\n\nA few words."),
        cell("markdown", "## Three\n\nA few more."),
    ]}  # fmt: skip
    title, one, ask, answer, both = tool.slides(notebook)
    assert "Why?" in title.body and "this" in title.body
    assert "Some words" in one.text and "$$x$$" in one.text and "def f" in one.side
    assert "What is it?" in ask.text and "print(f())" in ask.side
    assert "It is one." in answer.text and "1.0" in answer.side
    assert both.sections == ["Two", "Three"] and "few more" in both.body


@pytest.mark.browser
@pytest.mark.parametrize("name", [path.stem.partition("_")[0] for path in NOTEBOOKS])
def test_slides_in_a_browser(browser, name):  # noqa: F811
    page = BUILT / f"{name}.html"
    if not page.exists():
        give_up(f"{page} is not there; run `make slides`")
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    tab = context.new_page()
    said = watch(tab)
    try:
        tab.goto(page.as_uri(), wait_until="load")
        tab.wait_for_selector("body[data-ready=yes]", timeout=30_000)
        seen, looks = tab.evaluate(MEASURE), tab.evaluate(LOOK)
    finally:
        context.close()
    assert not said
    assert 10 <= seen.pop("number") <= 32
    assert not {what: where for what, where in seen.items() if where}
    looks = [
        look for look in looks if not look.startswith(("too wide", "formulas cut"))
    ]
    assert not looks  # the width is that of each slide, above
