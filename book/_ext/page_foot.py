"""The foot of each page: which version this is, and where to write about the page.

Address and repository come from the build (repository.py); where nobody knows them, only the
version stands there. A site that is served under its version (.../v1.2.0/) links to the folder
`latest` beside it, which tools/publish.py puts into the newest one.
"""

from html import escape
from typing import Any

from citation import stated
from repository import Place, place
from sphinx.application import Sphinx


def foot(here: Place, page: str, version: str) -> str:
    """Return a paragraph; of a page that somebody wrote, `page` is the name."""
    parts = [f"Version <span>{escape(version)}</span>"]
    if newest := here.newest():
        parts.append(f'<a href="{escape(newest)}">The newest version</a>')
    if page and here.repository:
        link = escape(here.issue(page, version))
        parts.append(f'<a href="{link}">Open an issue about this page</a>')
    return f"<p>{' · '.join(parts)}</p>"


def add(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Write it below the licences."""
    here, version = place(str(app.srcdir)), stated()["version"]
    context["theme_extra_footer"] = context.get("theme_extra_footer", "") + foot(
        here, page if tree is not None else "", version
    )


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx, before the words are put into another language."""
    app.connect("html-page-context", add, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
