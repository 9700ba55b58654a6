"""What the theme's pages lack: a description, sizes of images, names of toggles, licences.

- Search engines show the first paragraph of a page: a meta description.
- An image with its width and height leaves its place free while it loads, so that the text
  below does not jump.
- References are items of the list that they stand in.
- The toggle of a hidden cell reads "Show code cell source". myst-nb gives each of them the
  name "Toggle hidden content" on top, which a screen reader would say instead.
"""

import html
import re
from pathlib import Path

import imagesize
from docutils import nodes
from sphinx.application import Sphinx

LONGEST = 160  # characters of a description
# a list of references may hold list items only, and this role is withdrawn
ENTRY = ('role="doc-biblioentry"', 'role="listitem"')
SUMMARY = '<summary aria-label="Toggle hidden content">'


def description(doctree: nodes.Node) -> str:
    """The first paragraph of some length, cut at a full stop or between words."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40 and "chapter-time" not in paragraph["classes"]:
            if len(text) <= LONGEST:
                return text
            start = text[:LONGEST]
            return re.sub(r"(?<=[.])[^.]*$|\s\S*$", "", start) or start
    return ""


def sized(body: str, sizes: dict[str, tuple[int, int]]) -> str:
    """`body` with width and height in each `<img>` whose file name is in `sizes`."""

    def add(match: re.Match[str]) -> str:
        tag = match.group(0)
        name = re.search(r'src="[^"]*?([^"/]+)"', tag)
        if name is None or name.group(1) not in sizes or re.search(r"\bwidth", tag):
            return tag
        return tag.replace(
            "<img", '<img width="{}" height="{}"'.format(*sizes[name.group(1)]), 1
        )

    return re.sub(r"<img\b[^>]*>", add, body)


def sizes_of(app: Sphinx) -> dict[str, tuple[int, int]]:
    """Width and height of the pictures that this build has met, by file name in the site."""
    files = {
        name: Path(app.srcdir, source) for source, name in app.builder.images.items()
    }
    found = {name: imagesize.get(path) for name, path in files.items() if path.exists()}
    return {name: (int(w), int(h)) for name, (w, h) in found.items() if w > 0 and h > 0}


def mend(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Change one page before its template is filled."""
    if "body" in context:
        body = context["body"].replace(SUMMARY, "<summary>").replace(*ENTRY)
        context["body"] = sized(body, sizes_of(app))
    text = description(doctree) if doctree is not None else ""
    if text:
        tag = f'<meta name="description" content="{html.escape(text)}" />'
        context["metatags"] = f"{context.get('metatags', '')}\n    {tag}"


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("html-page-context", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
