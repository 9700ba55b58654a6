"""How often each page has each word, for the search page.

Sphinx's index knows which pages have a word and not how often, so a page that is about a thing
is as good as one that names it once. `_static/search_counts.js` has the counts from two on, with
the stems of Sphinx's own index; `_static/search.js` ranks by them.
"""

import json
import re
from collections import Counter

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

WORD = re.compile(r"[^\W\d_]+")  # no numbers
FILE = "search_counts.js"


def counts(text: str, language: SearchEnglish) -> dict[str, int]:
    """Return how often each stem stands in a text, of those that stand there twice."""
    stems = Counter(language.stem(word) for word in WORD.findall(text.lower()))
    return {stem: n for stem, n in sorted(stems.items()) if n > 1}


def prose(doctree: nodes.document) -> str:
    """Return the text of a page: all that the index has too, but for code and its output."""
    hidden = (nodes.literal_block, nodes.math_block, nodes.raw, nodes.comment)
    parts = []
    for node in doctree.findall(nodes.Text):
        parent = node.parent
        while parent is not None and not isinstance(parent, hidden):
            parent = parent.parent
        if parent is None:
            parts.append(node.astext())
    return " ".join(parts)


def count(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the counts of a page, with what else Sphinx keeps of it between builds."""
    if app.config.language == "en":
        language = SearchEnglish({})
        app.env.metadata[app.env.docname]["word_counts"] = counts(
            prose(doctree), language
        )


def add(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Give the search page its scripts."""
    if page == "search" and app.config.language == "en":
        app.add_js_file(FILE)
        app.add_js_file("search.js")


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the counts of all pages."""
    if error is None and app.builder.format == "html" and app.config.language == "en":
        found = {
            name: about["word_counts"]
            for name, about in sorted(app.env.metadata.items())
            if "word_counts" in about
        }
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        path = app.outdir / "_static" / FILE
        path.write_text(f"const WORD_COUNTS = {text};\n", encoding="utf8")


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("doctree-read", count)
    app.connect("html-page-context", add)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
