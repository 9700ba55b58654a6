"""What the tests of the built pages share: where the site is, a browser, and questions to it.

The browser is the system's own (or the one that CHROMIUM names). Where there is none the
tests are skipped, loudly; with CI=true or LOLAKIT_REQUIRE_BROWSER=1 that is a failure.
LOLAKIT_SITE=folder looks at another copy of the site (`make zip`: the unpacked one).
"""

import os
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SITE = Path(os.environ.get("LOLAKIT_SITE", ROOT / "_build" / "html"))
# each index.html only redirects; genindex and search are the theme's own, but readers open them
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html")
               if "_static" not in path.parts and path.name != "index.html")  # fmt: skip
WIDTHS = {"wide": 1280, "phone": 400}
MODES = ("light", "dark")
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)

READY = "async () => { await document.fonts.ready; }"

# Everything that can be asked of a page in one go. A scrolled-out part of an element that
# scrolls by itself (a wide table, long code) is not overflow: that is the page's. Displayed
# formulas must fit, on a phone too: one that is cut off in the middle cannot be read.
LOOK = r"""
async () => {
  document.documentElement.classList.add("whole");  // what is far below is looked at too
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
  const page = document.scrollingElement;
  const scrolls = e => e && e !== document.body
    && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
  const wide = [...document.querySelectorAll("article *")]
    .filter(e => e.getBoundingClientRect().right > page.clientWidth + 1 && !scrolls(e))
    .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`).slice(0, 5);
  const body = document.querySelector("article") || document.body;
  const overflow = page.scrollWidth - page.clientWidth;
  const found = {
    "maths left as text": [...document.querySelectorAll(".math")]
      .filter(m => !m.querySelector("mjx-container mjx-math, mjx-container svg"))
      .map(m => m.textContent.slice(0, 60)),
    "TeX left as text": [...body.querySelectorAll("h1, h2, h3, p, li, td, figcaption")]
      .map(e => e.innerText).filter(text => /\\[()]|\$[^$]*\\[a-z]+[^$]*\$/.test(text))
      .map(text => text.slice(0, 60)),
    "maths with an error": [...document.querySelectorAll("mjx-merror")].map(e => e.textContent),
    "images that do not load": [...document.images]
      .filter(i => !(i.complete && i.naturalWidth)).map(i => i.src),
    "images without alt text": [...body.querySelectorAll("img")]
      .filter(i => !i.alt.trim()).map(i => i.src),
    "formulas cut off": [...body.querySelectorAll("div.math, div.math mjx-container")]
      .filter(m => m.scrollWidth > m.clientWidth).map(m => m.textContent.slice(0, 60)),
    "too wide": overflow > 0 ? [`${overflow} px, near ${wide}`] : [],
  };
  return Object.entries(found).filter(([_, bad]) => bad.length).map(([k, bad]) => `${k}: ${bad}`);
}
"""

# All rules of WCAG 2.0 to 2.2, A and AA, and axe's own best practice, but for those that it
# calls experimental and leaves off itself; or the rules of one kind alone: about colours, or
# about what lies where. The two about colour would take most of the time, one look at the
# picture for each piece of text. They depend on the text's colour, size and weight and on
# what is painted behind it, so of all pieces that agree in these one is looked at
# (`data-look`). Cells that are folded are opened.
AXE = """
async kind => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const kinds = {
    colours: ["color-contrast", "link-in-text-block"],
    all: axe.getRules(tags).filter(rule => !rule.tags.includes("experimental"))
      .map(rule => rule.ruleId),
  };
  axe.configure({rules: [{id: "color-contrast", selector: "[data-look]"},
    {id: "link-in-text-block", selector: "a[href][data-look]"}]});
  for (const folded of document.querySelectorAll("details")) folded.open = true;
  for (const fading of document.getAnimations()) fading.finish();
  dispatchEvent(new Event("resize"));  // what scrolls is marked when there is time
  const idle = () => new Promise(done => requestIdleCallback(done, {timeout: 1000}));
  await idle();
  await idle();
  const behind = new Map(), met = new Set();
  const ground = e => {
    if (!e) return "";
    if (!behind.has(e)) {
      const s = getComputedStyle(e);
      behind.set(e, ground(e.parentElement) + [s.backgroundColor, s.backgroundImage, s.opacity]);
    }
    return behind.get(e);
  };
  const pick = e => {
    const s = getComputedStyle(e), link = e.closest("a");
    const seen = e.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const key = [e.tagName, s.color, s.fontSize, s.fontWeight, s.textDecorationLine, seen,
      link && getComputedStyle(link.parentElement).color, ground(e)].join();
    e.toggleAttribute("data-look", !met.has(key));
    met.add(key);
  };
  const speaks = e => /^(A|INPUT|BUTTON|SUMMARY)$/.test(e.tagName)
    || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  for (const e of document.querySelectorAll("body *")) if (speaks(e)) pick(e);
  const found = await axe.run({runOnly: kinds[kind], resultTypes: ["violations"], preload: false});
  return found.violations
    .filter(v => v.impact === "serious" || v.impact === "critical")
    .map(v => `${v.id} (${v.nodes.length}): ${v.nodes[0].target} ${v.nodes[0].failureSummary}`);
}
"""


def axe_source():
    """The checker itself, as the package brings it."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf8")


def show(mode):
    """A script that switches an open page to light or dark, as the theme's own does."""
    choice = f"{{mode: '{mode}', theme: '{mode}'}}"
    return f"() => Object.assign(document.documentElement.dataset, {choice})"


def address(page):
    """Where a page is, on disk."""
    return (SITE / page).as_uri()


def chromium():
    """The browser, if there is one."""
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


def give_up(reason):
    """Skip, or fail where the pages must be looked at."""
    if (
        os.environ.get("CI") == "true"
        or os.environ.get("LOLAKIT_REQUIRE_BROWSER") == "1"
    ):
        pytest.fail(reason)
    pytest.skip(f"!!! THE PAGES WERE NOT LOOKED AT: {reason}")


def watch(tab):
    """Collect what a tab says, what fails, and what would leave the machine."""
    said = []
    tab.on("console", lambda m: said.append(f"console: {m.text}")
           if m.type in ("error", "warning") else None)  # fmt: skip
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    # leaving a page breaks off what it was still fetching; what is missing fails otherwise
    tab.on("requestfailed", lambda request: said.append(f"failed: {request.url}")
           if request.failure != "net::ERR_ABORTED" else None)  # fmt: skip
    tab.on("request", lambda request: said.append(f"leaves the machine: {request.url}")
           if not request.url.startswith(("file:", "data:", "blob:")) else None)  # fmt: skip
    return said


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    if chromium() is None:
        give_up(f"no Chromium found (looked for {', '.join(NAMES)}; or set CHROMIUM)")
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield running
        running.close()
