"""The directive {citation}: how to cite the very version that a reader has before them.

Author, title, version and date come from CITATION.cff, and the address from the build, where it
is known. So a release has one file to change.
"""

from pathlib import Path

import yaml
from docutils import nodes
from editions import of
from repository import Place, place
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

VERSION = "This is version {}, of {}."
CITATION = Path(__file__).parents[2] / "CITATION.cff"


def stated() -> dict:
    """Return what CITATION.cff states."""
    return yaml.safe_load(CITATION.read_text(encoding="utf8"))


def bibtex(about: dict, here: Place) -> str:
    """Return the entry for a bibliography."""
    authors = " and ".join(f"{{{author['name']}}}" for author in about["authors"])
    title, _, rest = about["title"].partition(": a ")
    fields = {
        "title": title,
        "author": authors,
        "year": str(about["date-released"])[:4],
        "note": f"A {rest}, version {about['version']}",
        "url": here.address,
    }
    lines = [f"  {name:6} = {{{text}}}" for name, text in fields.items() if text]
    return "@misc{lolakit,\n" + ",\n".join(lines) + "\n}"


class Citation(SphinxDirective):
    """Puts the entry, and the version with its date, into the page."""

    def run(self) -> list[nodes.Node]:
        """Return a paragraph and a block to copy."""
        about = stated()
        entry = bibtex(about, place(str(self.env.app.srcdir)))
        words = of(self.env.app).get(VERSION, VERSION)
        words = words.format(about["version"], about["date-released"])
        block = nodes.literal_block(entry, entry, language="bibtex")
        self.env.note_dependency(str(CITATION))
        return [nodes.paragraph("", words), block]


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.add_directive("citation", Citation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
