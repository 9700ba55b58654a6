"""Opens every built page from disk in a headless Chromium, as a reader without network would.

Wide and narrow, light and dark: no message on the console, no request that fails or leaves
the machine, all maths drawn, all images there and described, no sideways scrolling.

The browser is the system's own (or the one that CHROMIUM names). Where there is none the
tests are skipped, loudly; with CI=true or LOLAKIT_REQUIRE_BROWSER=1 that is a failure.
LOLAKIT_SCREENSHOTS=folder keeps a picture of each page; LOLAKIT_SITE=folder looks at another
copy of the site (`make zip`: the unpacked one).
"""

import os
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
SITE = Path(os.environ.get("LOLAKIT_SITE", ROOT / "_build" / "html"))
# index.html only redirects; genindex and search are the theme's own, but readers open them
PAGES = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html")
               if "_static" not in path.parts and path != SITE / "index.html")  # fmt: skip
WIDTHS = {"wide": 1280, "phone": 400}
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)

# Everything that can be asked of a page in one go. A scrolled-out part of an element that
# scrolls by itself (a wide table, a long equation) is not overflow: that is the page's.
LOOK = """
async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
  const page = document.scrollingElement;
  const scrolls = e => e && e !== document.body
    && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
  const wide = [...document.querySelectorAll("article *")]
    .filter(e => e.getBoundingClientRect().right > page.clientWidth + 1 && !scrolls(e))
    .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`).slice(0, 5);
  const body = document.querySelector("article") || document.body;
  return {
    theme: document.documentElement.dataset.theme,
    raw: [...document.querySelectorAll(".math")]
      .filter(m => !m.querySelector("mjx-container svg")).map(m => m.textContent.slice(0, 60)),
    merror: [...document.querySelectorAll("[data-mml-node=merror]")]
      .map(e => e.getAttribute("data-mjx-error") || e.textContent),
    broken: [...document.images].filter(i => !(i.complete && i.naturalWidth)).map(i => i.src),
    noalt: [...body.querySelectorAll("img")].filter(i => !i.alt.trim()).map(i => i.src),
    overflow: page.scrollWidth - page.clientWidth,
    wide: wide,
  };
}
"""


def chromium():
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


def give_up(reason):
    if (
        os.environ.get("CI") == "true"
        or os.environ.get("LOLAKIT_REQUIRE_BROWSER") == "1"
    ):
        pytest.fail(reason)
    pytest.skip(f"!!! THE PAGES WERE NOT LOOKED AT: {reason}")


@pytest.fixture(scope="module")
def browser():
    if chromium() is None:
        give_up(f"no Chromium found (looked for {', '.join(NAMES)}; or set CHROMIUM)")
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def mode(request):
    return request.param


@pytest.fixture(scope="module", params=list(WIDTHS))
def width(request):
    return request.param


@pytest.fixture(scope="module")
def context(browser, mode, width):
    """One window per size and colour scheme; the theme reads its mode from localStorage."""
    size = {"width": WIDTHS[width], "height": 900}
    context = browser.new_context(viewport=size, color_scheme=mode, offline=True)
    context.add_init_script(
        f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{mode}');"
    )
    yield context
    context.close()


def test_site_is_built():
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    redirect = (SITE / "index.html").read_text()
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


@pytest.mark.parametrize("page", PAGES)
def test_page(context, mode, width, page):
    said, failed, outside = [], [], []
    tab = context.new_page()
    tab.on(
        "console",
        lambda m: said.append(m.text) if m.type in ("error", "warning") else None,
    )
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.on(
        "request", lambda r: outside.append(r.url) if r.url.startswith("http") else None
    )
    try:
        tab.goto((SITE / page).as_uri(), wait_until="load")
        seen = tab.evaluate(LOOK)
        if folder := os.environ.get("LOLAKIT_SCREENSHOTS"):
            name = (
                f"{page.removesuffix('.html').replace(os.sep, '-')}-{width}-{mode}.png"
            )
            tab.screenshot(path=Path(folder) / name, full_page=True)
    finally:
        tab.close()
    assert not said, f"console: {said}"
    assert not outside, f"requests that leave the machine: {outside}"
    assert not failed, f"requests that failed: {failed}"
    assert seen["theme"] == mode
    assert not seen["raw"], f"maths left as text: {seen['raw']}"
    assert not seen["merror"], f"maths with an error: {seen['merror']}"
    assert not seen["broken"], f"images that do not load: {seen['broken']}"
    assert not seen["noalt"], f"images without alt text: {seen['noalt']}"
    assert seen["overflow"] <= 0, f"{seen['overflow']} px too wide, near {seen['wide']}"


def test_search_finds_pages_from_disk(browser):
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto((SITE / "search.html").as_uri() + "?q=magic_box", wait_until="load")
    found = tab.wait_for_selector("#search-results li a")
    assert "magic_box" in found.inner_text()
    context.close()


def test_dark_pages_are_dark(browser):
    """The two modes differ where the reader looks: the test above would not see a dead switch."""
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    found = {}
    for mode in ("light", "dark"):
        context = browser.new_context(color_scheme=mode, offline=True)
        context.add_init_script(f"localStorage.setItem('mode', '{mode}')")
        tab = context.new_page()
        tab.goto((SITE / PAGES[0]).as_uri(), wait_until="load")
        found[mode] = tab.evaluate(
            "() => getComputedStyle(document.body).backgroundColor"
        )
        context.close()
    assert found["light"] != found["dark"], found
