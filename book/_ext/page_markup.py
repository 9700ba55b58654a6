"""What the theme's pages lack: a description, sizes of images, names of toggles, licences.

- Search engines show the first paragraph of a page: a meta description. Where the book's address
  is known, a link to a page that somebody shares has a card: title, words, picture.
- An image with its width and height leaves its place free while it loads, so that the text
  below does not jump; it is fetched when the reader comes near.
- References are items of the list that they stand in.
- The first page has the title of the book, so it stands alone in the browser's tab.
- The toggle of a folded cell reads "Show code cell source", whatever is in it; here it is called
  what the cell's `# @title` says: Set-up, Solution. myst-nb gives each of them the name "Toggle
  hidden content" on top, which a screen reader would say instead.
- On a dark page a figure may be turned from dark on light to light on dark (`lolakit.css`), unless
  its caption or alt text says what is lighter and what is darker.
- A link that says "Start" tells nobody where it leads: a class of that name has its module's before
  it.
- In a table "Chapter 3" stays on one line, and a cell of prose keeps some width on a phone.
"""

import html
import re
from pathlib import Path

import imagesize
from built_maths import text as text_of
from docutils import nodes
from sphinx.application import Sphinx

FIGURE = re.compile(
    r"<figure\b[^>]*>\s*(<img (?![^>]*\bclass=)[^>]*\.png\"[^>]*>).*?</figure>",
    re.DOTALL,
)
LIGHTNESS = re.compile(
    r"\b(dark|light|pale|black|white|bright)|[浅深黑白亮暗]", re.IGNORECASE
)
VAGUE = re.compile(r'(<a [^>]*title="[\w.]*?(\w+\.Start)"[^>]*>(?:<[^>]+>)*)Start(?=<)')
LONGEST = 160  # characters of a description
# a list of references may hold list items only, and this role is withdrawn
ENTRY = ('role="doc-biblioentry"', 'role="listitem"')
SUMMARY = '<summary aria-label="Toggle hidden content">'


def description(app: Sphinx, doctree: nodes.Node) -> str:
    """The first paragraph of some length, cut at a full stop or between words."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(text_of(app, paragraph).split())
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
        size = '<img width="{}" height="{}"'.format(*sizes[name.group(1)])
        # the text comes first, and a picture when the reader comes near
        return tag.replace("<img", f'{size} loading="lazy"', 1)

    return re.sub(r"<img\b[^>]*>", add, body)


def sizes_of(app: Sphinx) -> dict[str, tuple[int, int]]:
    """Width and height of the pictures that this build has met, by file name in the site."""
    files = {
        name: Path(app.srcdir, source) for source, name in app.builder.images.items()
    }
    found = {name: size_of(path) for name, path in files.items() if path.exists()}
    return {name: (w, h) for name, (w, h) in found.items() if w > 0 and h > 0}


def unscaled(app: Sphinx, doctree: nodes.document) -> None:
    """Let `sized` say how large figures are: a notebook gives them sizes that cannot shrink."""
    for image in doctree.findall(nodes.image):
        if image["uri"].endswith(".png"):
            image.attributes.pop("width", None)
            image.attributes.pop("height", None)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture on a page: half its pixels if an inch has 192 of them."""
    width, height = imagesize.get(path)
    dense = 2 if imagesize.getDPI(path)[0] == 2 * 96 else 1
    return int(width) // dense, int(height) // dense


def card(title: str, text: str, address: str, page: str) -> str:
    """The tags from which a shared link gets its title, its words and its picture."""
    said = {
        "type": "article", "title": title, "description": text,
        "url": f"{address}{page}.html", "image": f"{address}_static/card.png",
        "image:width": "1200", "image:height": "630",
        "image:alt": "Opponent shaping: naive learners circle, LOLA learners spiral in.",
    }  # fmt: skip
    lines = [
        f'<meta property="og:{name}" content="{html.escape(words)}" />'
        for name, words in said.items()
        if words
    ]
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    return "".join(f"\n    {line}" for line in lines)


def label_of(title: str) -> str:
    """What a folded cell is called, from its `# @title`."""
    return re.sub(r" \(click to show\)$|(?<=^Set-up):.*$|`", "", title.strip())


def labelled(body: str) -> str:
    """`body` with the toggles of folded cells named by what is in them."""

    def name(match: re.Match[str]) -> str:
        kind, inside = match.group(2), match.group(3)
        title = re.match(
            r"(?:(?!<details|</details).)*?# @title ([^<]+)", inside, re.DOTALL
        )
        label = title.group(1) if title else "Output" if kind == "output" else "Code"
        label = label_of(label)
        opened = match.group(1).replace(f"Show code cell {kind}", label)
        return opened.replace(f"Hide code cell {kind}", label)

    toggle = r"(<summary>\s*<p[^>]*>Show code cell (\w+)</p>\s*<p[^>]*>[^<]*</p>)(?=(.{0,900}))"
    body = body.replace(SUMMARY, "<summary>")
    return re.sub(toggle, name, body, flags=re.DOTALL)


def grounds(body: str) -> str:
    """`body` with those figures marked that a dark page may turn."""

    def mark(match: re.Match[str]) -> str:
        if LIGHTNESS.search(match.group(0)):
            return match.group(0)
        return match.group(0).replace("<img ", '<img class="turns" ', 1)

    return FIGURE.sub(mark, body)


def tables(body: str) -> str:
    """`body` with cells of prose marked, and the number of a chapter kept to its word."""
    body = re.sub(
        r"<td(?=><p>(?:(?:<(?!/td>)[^>]*>)*[^<]){28})", '<td class="prose"', body
    )
    return re.sub(r">Chapter (\d+\w?)<", r">Chapter&#160;\1<", body)


def mend(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Change one page before its template is filled."""
    if "body" in context:
        body = grounds(tables(labelled(context["body"]))).replace(*ENTRY)
        context["body"] = VAGUE.sub(r"\1\2", sized(body, sizes_of(app)))
    if pagename == app.config.root_doc:
        context["docstitle"] = ""  # the book's title stands in the tab once, not twice
    text = description(app, doctree) if doctree is not None else ""
    tags = context.get("metatags", "")
    if text and 'name="description"' not in tags:
        tags += f'\n    <meta name="description" content="{html.escape(text)}" />'
    if doctree is not None and app.config.html_baseurl:
        title = text_of(app, app.env.longtitles[pagename])
        tags += card(title, text, app.config.html_baseurl, pagename)
    context["metatags"] = tags


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("doctree-read", unscaled)
    app.connect("html-page-context", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
