"""Lets a page show its text before its scripts and icons have come.

The theme loads fontawesome.js in the head of each page, 1.5 MB that the browser has to read
before it draws anything; its web font draws the same icons. So that script goes, and a font with
the icons that the pages have takes the place of one with all 1400. Of Bootstrap a page has one
menu, its tooltips and a button: `lolakit.js` and `title` do these. The other scripts of a page
become one, which waits until the text is there (`defer`). Those that stand in the page itself
come before the style sheet: a browser that meets one after it reads no further until the sheet
is there. And the theme asks for the size of each block of code and the place of each section
when a page is loaded, for which the browser has to lay out all of it at once; `lolakit.js` does
both later.

Of the elements of a chapter half are tokens of code, and two thirds of these (names, brackets,
spaces) have the colour of the block that they stand in: they stay as text.
"""

import hashlib
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
BUNDLE = "book.js"
# A script that a page loads; on the search page they wait for nothing.
SCRIPT = re.compile(
    r'[ \t]*<script(?: defer)?(?: data-[\w-]+="[^"]*")*'
    r' src="((?:\.\./)*)_static/([^"?]+)[^"]*"></script>\n?'
)
INLINE = re.compile(r"[ \t]*<script>\s*([^<]*?)\s*</script>\n?")
SOURCE_MAP = re.compile(r"//# sourceMapping.*")
# Scripts that no page needs as long as none has the word that stands beside them.
UNUSED = {
    "scripts/bootstrap.js": r'data-bs-toggle="(?!dropdown|tooltip)',
    "copybutton_funcs.js": r"copybutton_funcs",
    "togglebutton.js": r'class="(?:[^"]* )?toggle[ "]|admonition[^"]* dropdown[ "]',
    "design-tabs.js": r"sd-tab-set",
}
TOGGLE = re.compile(r"\s*(?:let|var) toggle\w+ =")  # what togglebutton.js is told
TOOLTIP = re.compile(r' data-bs-(?:placement="\w+"|toggle="tooltip")')
SPY = ' data-bs-spy="scroll"'
# Pictures in a menu that few readers open.
LOGO = re.compile(
    r'<img (?=[^>]*src="[^"]*_static/(?:images/logo_|logo\.svg))(?![^>]*loading=)'
)
# What opens the parts of a page in the menu has a picture and no name.
OPENER = re.compile(
    r'(>([^<>]+)</a><details[^>]*><summary)(?=><span class="toctree-toggle")'
)
# What needs a deferred script has to wait as well.
WAITS = re.compile(r"DOCUMENTATION_OPTIONS\.[^;]*;")
# The theme marks at once what can be scrolled, for the Tab key.
SIZES = re.compile(
    r'"complete"===document\.readyState\?(\w)\(\):window\.addEventListener\("load",\1\)'
)
THEME = "scripts/pydata-sphinx-theme.js"
# The colours of code, in the theme's light and dark: of a block, of a kind of token in it.
COLOURS = re.compile(
    r'html\[data-theme="(\w+)"\] \.highlight(?: \.(\w+))? ?\{([^{}]*)\}'
)
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
# The theme puts these in by script; they are on no page as it is written.
BY_SCRIPT = {"sun", "moon", "circle-half-stroke", "check", "copy", "compress", "expand"}


def lighter(text: str) -> str:
    """Return a page without the scripts that it does not need, and its own before its style."""
    text = ICONS_SCRIPT.sub("", text).replace(SPY, "", 1)
    text = SCRIPT.sub(lambda found: "" if found[2] in UNUSED else found[0], text)
    for name, word in UNUSED.items():
        if re.search(word, text):
            raise ExtensionError(f"a page needs {name}, which is left out: {word}")
    text = TOOLTIP.sub("", text).replace(" data-bs-title=", " title=")
    text = LOGO.sub('<img loading="lazy" ', text)
    text = OPENER.sub(r'\1 aria-label="\2"', text)
    head, tag, body = text.partition("</head>")
    own = [code for code in INLINE.findall(head) if not TOGGLE.match(code)]
    if "searchtools.js" in text or not own:
        return text
    wait = 'addEventListener("DOMContentLoaded", () => {{ {} }});'
    own = [wait.format(code) if WAITS.match(code) else code for code in own]
    before, link, after = head.partition('<link rel="stylesheet"')
    before = (
        f"{INLINE.sub('', before).rstrip()}\n    <script>{' '.join(own)}</script>\n    "
    )
    return before + link + INLINE.sub("", after) + tag + body


def together(pages: dict[Path, str], out: Path) -> dict[Path, str]:
    """Make one script of those that pages load; return the pages, which load that one."""
    static, texts = out / "_static", {}
    for path, text in pages.items():
        up = "../" * (len(path.relative_to(out).parts) - 1)
        # another edition in a folder of this one has a script of its own
        mine = all(found[0] == up for found in SCRIPT.findall(text))
        if mine and "searchtools.js" not in text:
            texts[path] = text
    names = [name for text in texts.values() for _, name in SCRIPT.findall(text)]
    names = [name for name in dict.fromkeys(names) if name != BUNDLE]
    if not names:  # no page was written since
        return {}
    parts = [(static / name).read_text(encoding="utf8") for name in names]
    code = "\n;\n".join(SOURCE_MAP.sub("", part).strip() for part in parts) + "\n"
    (static / BUNDLE).write_text(code, encoding="utf8")
    version = hashlib.sha256(code.encode()).hexdigest()[:8]

    def loading(text: str) -> str:
        if not (found := SCRIPT.search(text)):
            return text
        tag = f'    <script defer src="{found[1]}_static/{BUNDLE}?v={version}"></script>\n'
        first = found.start()
        return text[:first] + tag + SCRIPT.sub("", text[first:])

    return {path: loading(text) for path, text in texts.items()}


def colourless(css: str) -> set[str]:
    """Return the kinds of tokens that have the colour of their block, and no more, in all modes."""
    found: dict[str, dict[str, str]] = {}
    for mode, kind, rules in COLOURS.findall(css):
        colour = [x.strip().lower() for x in rules.split(";") if x.strip()]
        if not kind:  # it has a ground too
            colour = [x for x in colour if x.startswith("color:")]
        found.setdefault(kind, {})[mode] = ";".join(colour)
    block = found.pop("", {})
    return {kind for kind, modes in found.items() if modes == block}


def plainer(text: str, kinds: set[str]) -> str:
    """Return a page whose tokens of these kinds are text, and no elements."""

    def token(match: re.Match[str]) -> str:
        return match[2] if match[1] in kinds else match[0]

    return TOKEN.sub(token, text)


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
    static = out / "_static"
    code = static / "pygments.css"
    kinds = colourless(code.read_text(encoding="utf8")) if code.exists() else set()
    before: dict[Path, str] = {}
    pages: dict[Path, str] = {}
    for path in out.rglob("*.html"):
        if "_static" not in path.relative_to(out).parts:
            before[path] = path.read_text(encoding="utf8")
            if "fontawesome.js" in (text := plainer(lighter(before[path]), kinds)):
                raise ExtensionError(
                    f"{path.name} loads fontawesome.js in a way that is not known"
                )
            pages[path] = text
    if (
        static / SHEET
    ).exists():  # else nothing was written since one_sheet.py was here
        lighten(static, list(pages.values()))
    pages |= together(pages, out)
    for path, text in pages.items():
        if text != before[path]:
            path.write_text(text, encoding="utf8")
    for path in [*static.glob("scripts/fontawesome.js*"), *static.rglob("*.map"),
                 *(static / name for name in UNUSED)]:  # fmt: skip
        path.unlink(missing_ok=True)


def lighten(static: Path, texts: list[str]) -> None:
    """Cut the icons to those that pages show, and change the theme's script."""
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


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
