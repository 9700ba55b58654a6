"""Lets a page show its text before its scripts and icons have come.

The theme loads fontawesome.js in the head of each page, 1.5 MB that the browser has to read
before it draws anything; its web font draws the same icons. So that script goes, the scripts
of the head wait until the text is there (`defer`), and a font with the icons that the pages
have takes the place of one with all 1400. And the theme asks for the size of each block of code
and the place of each section when a page is loaded, for which the browser has to lay out all of
it at once; `lolakit.js` does both later.
"""

import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

subset.log.setLevel("WARNING")  # what it cuts is no news
FONTS = "vendor/fontawesome/webfonts"
# what becomes of which font: its file, family and weight
ICONS = {
    "icons.woff": ("fa-solid-900.ttf", "Free", 900),
    "brands.woff": ("fa-brands-400.ttf", "Brands", 400),
}
SHEET = "styles/pydata-sphinx-theme.css"
ICONS_SCRIPT = re.compile(
    r"\s*(<!-- So that users can add custom icons -->)?\s*"
    r'<script src="[^"]*scripts/fontawesome\.js[^"]*"></script>'
)
# A script of the head; those of the search page wait for nothing.
SCRIPT = re.compile(r'<script( data-[\w-]+="[^"]*")* src="')
SPY = ' data-bs-spy="scroll"'
# Pictures in a menu that few readers open.
LOGO = re.compile(r'<img (?=[^>]*src="[^"]*_static/images/logo_)(?![^>]*loading=)')
# What opens the parts of a page in the menu has a picture and no name.
OPENER = re.compile(
    r'(>([^<>]+)</a><details[^>]*><summary)(?=><span class="toctree-toggle")'
)
# What needs a deferred script has to wait as well.
WAITS = re.compile(r"<script>(DOCUMENTATION_OPTIONS\.[^<]*)</script>")
# The theme marks at once what can be scrolled, for the Tab key.
SIZES = re.compile(
    r'"complete"===document\.readyState\?(\w)\(\):window\.addEventListener\("load",\1\)'
)
THEME = "scripts/pydata-sphinx-theme.js"
# The theme puts these in by script; they are on no page as it is written.
BY_SCRIPT = {"sun", "moon", "circle-half-stroke", "check", "copy", "compress", "expand"}


def lighter(text: str) -> str:
    """Return a page without the script of icons, its other scripts deferred."""
    text = ICONS_SCRIPT.sub("", text).replace(SPY, "", 1)
    text = LOGO.sub('<img loading="lazy" ', text)
    text = OPENER.sub(r'\1 aria-label="\2"', text)
    if "searchtools.js" in text:
        return text
    head, tag, body = text.partition("</head>")
    head = SCRIPT.sub(lambda found: f"<script defer{found.group(0)[7:]}", head)
    head = WAITS.sub(
        r'<script>addEventListener("DOMContentLoaded", () => { \1 });</script>', head
    )
    return head + tag + body


def icons(texts: list[str], css: str) -> set[int]:
    """Return the characters of the icons that pages show."""
    names = {name for text in texts for name in re.findall(r"\bfa-([a-z0-9-]+)", text)}
    found = set()
    for name in names | BY_SCRIPT:
        rule = rf"\.fa-{name}:before[^{{}}]*\{{content:\"\\([0-9a-f]+)"
        match = re.search(rule, css)
        if match:
            found.add(int(match.group(1), 16))
    return found


def without_others(css: str, shown: set[int]) -> str:
    """Return the theme's style sheet without the rules of icons that no page has."""

    def keep(match: re.Match[str]) -> str:
        return match.group(0) if int(match.group(1), 16) in shown else ""

    return re.sub(r"(?:\.fa-[\w-]+:before,?)+\{content:\"\\([0-9a-f]+)\"\}", keep, css)


def cut_font(source: Path, target: Path, characters: set[int]) -> set[int]:
    """Write the part of a font that holds these characters; return those that it has."""
    options = subset.Options(flavor="woff", layout_features=[], hinting=False)
    font = TTFont(source, recalcTimestamp=False)
    if not (characters := characters & set(font.getBestCmap())):
        return characters
    options.drop_tables += ["FFTM"]  # when the font was edited
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    subset.save_font(font, str(target), options)
    return characters


def faces(static: Path, shown: set[int]) -> str:
    """Write the fonts of the icons that pages show; return the rules that name them."""
    rules = ""
    for name, (source, family, weight) in ICONS.items():
        if mine := cut_font(static / FONTS / source, static / name, shown):
            rules += (
                f'@font-face{{font-family:"Font Awesome 6 {family}";font-weight:{weight};'
                f'font-display:block;src:url({name}) format("woff");'
                f"unicode-range:{','.join(f'U+{code:04X}' for code in sorted(mine))}}}\n"
            )
    return rules


def finish(app: Sphinx, error: Exception | None) -> None:
    """Change what was written."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static, texts = out / "_static", []
    for path in out.rglob("*.html"):
        if "_static" in path.relative_to(out).parts:
            continue
        before = path.read_text(encoding="utf8")
        after = lighter(before)
        if "fontawesome.js" in after:
            raise ExtensionError(
                f"{path.name} loads fontawesome.js in a way that is not known"
            )
        if after != before:
            path.write_text(after, encoding="utf8")
        texts.append(after)
    if not (static / SHEET).exists():  # nothing was written since one_sheet.py was here
        return
    css = (static / SHEET).read_text(encoding="utf8")
    shown = icons(texts, css)
    (static / SHEET).write_text(without_others(css, shown), encoding="utf8")
    sheet = static / "lolakit.css"
    text = re.sub(r"^@font-face.*\n", "", sheet.read_text(encoding="utf8"), flags=re.M)
    sheet.write_text(faces(static, shown) + text, encoding="utf8")
    script = static / THEME
    text, found = SIZES.subn("0", script.read_text(encoding="utf8"))
    if not found:
        raise ExtensionError(f"{THEME} marks what scrolls in a way that is not known")
    script.write_text(text, encoding="utf8")
    for path in (static / "scripts").glob("fontawesome.js*"):
        path.unlink()
    for path in static.rglob("*.map"):
        path.unlink()


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
