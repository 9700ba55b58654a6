"""The slides: what the rules select, and, where they are built, how they look in Chromium.

`make slides` builds them; without that the last test is skipped, loudly.
"""

import importlib.util
import itertools
import json
from pathlib import Path

import pytest

# the browser, and when its absence is a failure, are those of the book's pages
from browsing import LOOK, browser, give_up, watch  # noqa: F401

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "slides"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

spec = importlib.util.spec_from_file_location("slides", ROOT / "tools" / "slides.py")
tool = importlib.util.module_from_spec(spec)

MEASURE = """
async () => {
  const out = { over: [], empty: [], raw: [] };
  const sections = [...document.querySelectorAll(".slides > section")];
  for (let i = 0; i < sections.length; i++) {
    Reveal.slide(i);
    await new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)));
    const s = sections[i];
    if (s.scrollHeight > 700 || s.scrollWidth > 962)
      out.over.push(`${i + 1}: ${s.scrollWidth} x ${s.scrollHeight}`);
    const body = [...s.childNodes].filter(n => n.nodeName !== "ASIDE");
    const words = body.map(n => n.textContent).join(" ").trim();
    if (!words) out.empty.push(i + 1);
    const clone = s.cloneNode(true);
    clone.querySelectorAll("mjx-container, pre, code, aside").forEach(e => e.remove());
    if (clone.textContent.includes("$")) out.raw.push(i + 1);
  }
  out.number = sections.length;
  return out;
}
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_rules_take_every_figure_question_and_exercise(path, monkeypatch):
    pytest.importorskip("nbconvert")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))  # it imports its neighbours
    spec.loader.exec_module(tool)
    notebook = json.loads(path.read_text(encoding="utf8"))
    found = tool.slides(notebook)
    prose = "\n".join(
        tool.text(c) for c in notebook["cells"] if c["cell_type"] == "markdown"
    )
    kinds = [slide.kind for slide in found]
    assert kinds[:2] == ["title", "learn"]
    assert kinds.count("predict") == prose.count("> **Predict, then run.**")
    assert kinds.count("exercise") == prose.count("> **Exercise")
    assert prose.count("\n> - ") == sum(
        s.body.count("<li>") for s in found if s.kind == "exercise"
    ), "an exercise without its options"
    options = [s.body.count("<li>") for s in found if s.kind == "quiz"]
    assert len(options) == 5 and min(options) >= 3
    assert sum(options) == prose.count("<details>")
    shown = "".join(s.body for s in found if s.kind == "quiz")
    assert "Right." not in shown, "the answers are the speaker's"
    sections = prose.count("\n## ") + prose.startswith("## ")
    assert kinds.count("section") == sections - len(tool.LEFT_OUT)
    figures = sum(
        "figure" in c["metadata"].get("mystnb", {}) for c in notebook["cells"]
    )
    assert kinds.count("figure") == figures
    for one, two in itertools.pairwise(kinds):
        assert one != "predict" or two != "predict", "a question needs its answer"


@pytest.mark.browser
@pytest.mark.parametrize("name", [path.stem.partition("_")[0] for path in NOTEBOOKS])
def test_slides_in_a_browser(browser, name):  # noqa: F811
    page = BUILT / f"{name}.html"
    if not page.exists():
        give_up(f"{page} is not there; run `make slides`")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    tab = context.new_page()
    said = watch(tab)
    try:
        tab.goto(page.as_uri(), wait_until="load")
        tab.wait_for_selector("body[data-ready=yes]", timeout=30_000)
        seen, looks = tab.evaluate(MEASURE), tab.evaluate(LOOK)
    finally:
        context.close()
    assert not said
    assert 10 <= seen["number"] <= 60
    assert not seen["over"], f"slides larger than 960 x 700: {seen['over']}"
    assert not seen["raw"], f"maths left as text on slides {seen['raw']}"
    looks = [look for look in looks if not look.startswith("too wide")]
    assert not looks  # the width is that of each slide, above
