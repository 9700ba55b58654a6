"""Gives all pages one style sheet, with the rules that some page can use.

The theme and its extensions load eleven, one of them by way of another, and most rules of
the largest are for what no page has. A rule stays if all classes of its selector stand in a
page or in a script: what a script may add is in its text. A variable stays if something asks
for its value.
"""

import hashlib
import posixpath
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import tinycss2
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

SHEET = "book.css"
LINK = re.compile(
    r'[ \t]*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="((?:\.\./)*)_static/([^"?]+)[^"]*"'
    r"[^>]*>\n?"
)
PRELOAD = re.compile(r'[ \t]*<link rel="preload" as="script"[^>]*>\n?')
URL = re.compile(r"url\((['\"]?)(?!data:|https?:|//|#)([^'\")]+)\1\)")
IMPORT = re.compile(r"@import (?:url\()?['\"]([^'\"]+)['\"]\)?;")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
INSIDE = re.compile(r"\([^()]*\)")  # of :not(), :is(), :where(), which may hold or not
NESTING = {"media", "supports", "layer", "container"}
ICON_FONTS = "vendor/fontawesome"  # light_pages.py makes one of what the pages show


def loaded(static: Path, name: str) -> str:
    """Return a style sheet with those that it imports, its addresses as from `static`."""
    folder = posixpath.dirname(name)
    place = lambda url: posixpath.normpath(posixpath.join(folder, url))
    text = (static / name).read_text(encoding="utf8")
    parts = IMPORT.split(text)  # own text, an address, own text, ...
    parts[::2] = [URL.sub(lambda x: f"url({place(x[2])})", part) for part in parts[::2]]
    parts[1::2] = [loaded(static, place(url)) for url in parts[1::2]]
    return "".join(parts)


def words(texts: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Return all that can be a class: of pages, and any word of a script."""
    found: set[str] = set()
    for text in texts:
        for names in re.findall(r"""\bclass=["']([^"']*)["']""", text):
            found.update(names.split())
        for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
            found.update(re.findall(r"[\w-]+", script))
    for script in scripts:
        found.update(re.findall(r"[\w-]+", script))
    return found


def usable(selector: str, known: set[str]) -> bool:
    """Tell whether each class that a selector asks for is known."""
    while INSIDE.search(selector):
        selector = INSIDE.sub("", selector)
    return set(CLASS.findall(selector)) <= known


def selectors(prelude: list) -> list[str]:
    """Return the selectors of a rule: what stands between its commas."""
    parts: list[list] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def declared(content: list, wanted: set[str] | None) -> str:
    """Return the declarations of a rule, of variables those that are wanted."""
    text = tinycss2.serialize(content).strip()
    if wanted is None or "--" not in text:
        return text
    found = tinycss2.parse_declaration_list(
        content, skip_comments=True, skip_whitespace=True
    )
    return ";".join(
        one.serialize().strip().rstrip(";")
        for one in found
        if getattr(one, "name", "")[:2] != "--" or one.name in wanted
    )


def used(rules: list, known: set[str], wanted: set[str] | None = None) -> str:
    """Return the rules that a page can use, as text; all variables, or those that are wanted."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            mine = [x for x in selectors(rule.prelude) if usable(x, known)]
            if mine and (body := declared(rule.content, wanted)):
                kept.append(f"{','.join(mine)}{{{body}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTING:
            inside = used(parsed(rule.content), known, wanted)
            if inside:
                head = tinycss2.serialize(rule.prelude).strip()
                kept.append(f"@{rule.at_keyword} {head}{{{inside}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword != "charset":
            text = rule.serialize()
            if ICON_FONTS not in text:
                kept.append(text)
        elif rule.type == "error":
            raise ExtensionError(f"a style sheet has an error: {rule.message}")
    return "\n".join(kept)


def with_variables(css: str, known: set[str], others: Iterable[str]) -> str:
    """Return a style sheet with those variables whose value it, a page or a script asks for."""
    outside = {name for text in others for name in re.findall(r"--[a-z][\w-]*", text)}
    before = ""
    while css != before:  # a variable that goes may have asked for another
        before = css
        wanted = outside | set(re.findall(r"var\(\s*(--[\w-]+)", css))
        css = used(parsed(css), known, wanted)
    return css


def parsed(css: object) -> list:
    """Return the rules of a style sheet, or of a block of one."""
    return tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True)


def finish(app: Sphinx, error: Exception | None) -> None:
    """Put one sheet in the place of those that the pages load, where a page was written."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    pages: dict[Path, str] = {}
    names: list[str] = []
    for path in sorted(out.rglob("*.html")):
        depth = len(path.relative_to(out).parts) - 1
        text = path.read_text(encoding="utf8")
        links = LINK.findall(text)
        # another edition in a folder of this one has sheets of its own
        if links and all(up == "../" * depth for up, _ in links):
            pages[path] = text
            found = [name for _, name in links if name != SHEET]
            names += [name for name in found if name not in names]
    if names:
        put(static, names, pages)
    for path in static.rglob("*.css"):
        if path.name != SHEET:
            path.unlink()
    shutil.rmtree(static / ICON_FONTS, ignore_errors=True)


def put(static: Path, names: list[str], pages: dict[Path, str]) -> None:
    """Write the sheet, and its link into the pages."""
    scripts = [path.read_text(encoding="utf8") for path in static.rglob("*.js")]
    known = words(pages.values(), scripts)
    rules = [rule for name in names for rule in parsed(loaded(static, name))]
    css = with_variables(used(rules, known), known, [*pages.values(), *scripts]) + "\n"
    (static / SHEET).write_text(css, encoding="utf8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path, text in pages.items():
        up = LINK.search(text)[1]  # type: ignore[index]
        link = f'    <link rel="stylesheet" href="{up}_static/{SHEET}?v={version}" />\n'
        after = LINK.sub("", PRELOAD.sub("", LINK.sub(lambda _: "\0", text, count=1)))
        path.write_text(after.replace("\0", link, 1), encoding="utf8")


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx, after all who write or change a style sheet."""
    app.connect("build-finished", finish, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
