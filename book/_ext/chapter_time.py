"""Says under each chapter's title how long it ran, how long it reads, and how to run it.

The seconds are those that myst-nb measured (for a chapter taken from the execution cache:
when it was last run). They also go to `_build/chapter_times.json`, for tools/house.py.
"""

import json
from pathlib import Path

from docutils import nodes
from repository import place
from sphinx.application import Sphinx

WORDS_PER_MINUTE = 200


def chapter_seconds(env) -> dict[str, float]:
    """Run time by document name, of all executed pages."""
    data = {
        name: meta.get("exec_data")
        for name, meta in getattr(env, "nb_metadata", {}).items()
    }
    return {
        name: run["runtime"]
        for name, run in sorted(data.items())
        if run and run["runtime"]
    }


def count_words(doctree: nodes.document) -> int:
    """Words of prose: paragraphs and headings, but no code and no outputs."""
    kinds = (nodes.paragraph, nodes.title)
    text = [
        node.astext() for node in doctree.findall(lambda node: isinstance(node, kinds))
    ]
    return sum(len(part.split()) for part in text)


def colab_link(app: Sphinx) -> nodes.reference:
    """To the chapter in Colab, or where nobody has put it on GitHub to the way by hand."""
    here, page = place(str(app.srcdir)), app.env.docname
    if here.repository:
        return nodes.reference("", "open it in Colab", refuri=here.colab(page))
    steps = "../" * page.count("/") + "book/how-to-use.html#run-it-in-colab"
    return nodes.reference("", "run it in Colab by hand", refuri=steps)


def add_line(app: Sphinx, doctree: nodes.document) -> None:
    """Put the line below the first title."""
    seconds = chapter_seconds(app.env).get(app.env.docname)
    title = next(doctree.findall(nodes.title), None)
    if seconds is None or title is None:
        return
    minutes = max(1, round(count_words(doctree) / WORDS_PER_MINUTE))
    line = f"Ran here in {seconds:.1f} s, compilation included · about {minutes} min of reading"
    paragraph = nodes.paragraph("", line, classes=["chapter-time"])
    if app.env.doc2path(app.env.docname).endswith(".ipynb"):
        paragraph += [nodes.Text(" · "), colab_link(app)]
    title.parent.insert(1, paragraph)


def write_times(app: Sphinx, error: Exception | None) -> None:
    """Leave the seconds where the build tool finds them."""
    if error is None:
        path = Path(app.outdir).parent / "chapter_times.json"
        path.write_text(json.dumps(chapter_seconds(app.env), indent=1) + "\n")


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("doctree-read", add_line)
    app.connect("build-finished", write_times)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
