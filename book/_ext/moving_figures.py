"""Draws the figures that move on a page without code, while the book is built.

Where the page has `<figure data-figure="circle"></figure>`, it gets `lk.interactive.circle()`:
so its script stands in the library alone. This comes before `editions`, which translates it.
"""

import re
from functools import cache
from typing import Any

from sphinx.application import Sphinx

PLACE = re.compile(r'<figure data-figure="(\w+)"></figure>')


@cache
def drawn(name: str) -> str:
    """Return a figure as HTML."""
    from lolakit.course import interactive  # other pages need not wait for JAX

    return str(getattr(interactive, name)())


def fill(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Put the figures of one page into their places."""
    if "body" in context:
        context["body"] = PLACE.sub(lambda found: drawn(found[1]), context["body"])


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("html-page-context", fill, priority=700)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
