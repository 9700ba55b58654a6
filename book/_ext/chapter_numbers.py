"""Numbers chapters by the names of their files, so that one may stand between two others.

Sphinx counts the pages of a numbered table of contents (through the collector of
sphinx-external-toc, which takes the place of its own). Here `notebooks/03b_x` is Chapter 3b
and `notebooks/04_y` Chapter 4, wherever they stand; sections and figures follow: 3b.1, 3b.2.
"""

import re
from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles as Collector


def number(docname: str) -> str | None:
    """What a chapter is called; None for a page that is no chapter."""
    found = re.fullmatch(r"0*(\d+[a-z]?)_\w+", docname.rpartition("/")[2])
    return found and found[1]


def rename(env: Any) -> None:
    """Put the chapters' own numbers in the place of those that Sphinx has counted."""
    for page, numbers in env.toc_secnumbers.items():
        if (name := number(page)) is None:
            continue
        for anchor, counted in numbers.items():
            if counted:
                numbers[anchor] = (name, *counted[1:])
        for node in [env.titles[page], *env.tocs[page].findall(nodes.reference)]:
            if counted := node.get("secnumber"):
                node["secnumber"] = [name, *counted[1:]]


def by_name(assign: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Wrap the method that counts. It returns the pages whose numbers have changed."""

    def assign_section_numbers(self: Collector, env: Any) -> list[str]:
        before, env.toc_secnumbers = env.toc_secnumbers, {}
        assign(self, env)
        rename(env)
        now = env.toc_secnumbers
        return [page for page in now if now[page] != before.get(page)]

    return assign_section_numbers


def wrap(app: Sphinx) -> None:
    """Wrap the collector that counts, once, after all extensions are set up."""
    if Collector.assign_section_numbers.__module__ != __name__:
        Collector.assign_section_numbers = by_name(Collector.assign_section_numbers)


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("builder-inited", wrap)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
