"""Says under a chapter's title how long it runs, and how to run it; under a page's, its own.

A chapter is shown as it is committed, so its seconds are those that `make bench` measured, on
a machine that the benchmarks page names. A page of `book/` that holds code is run when the
book is built; its seconds go to `_build/page_times.json` too, for tools/build.py.
"""

import json
from pathlib import Path

from docutils import nodes
from repository import place
from sphinx.application import Sphinx

BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "results.json"


def measured(name: str) -> float | None:
    """Seconds of a chapter on two idle cores, cold; None if it has not been measured."""
    if not BENCHMARKS.exists():
        return None
    try:
        kept = json.loads(BENCHMARKS.read_text(encoding="utf8"))["seconds"]
    except (ValueError, KeyError, TypeError) as error:
        way_out = "Restore it, or run `make bench`"
        raise ValueError(
            f"{BENCHMARKS}: expected measurements, got {error!r}. {way_out}"
        ) from error
    found = kept.get(f"bench_chapters: test_chapter[{name}]")
    return found and found["median"]


def page_seconds(env) -> dict[str, float]:
    """Run time by document name, of all pages that were run."""
    data = {
        name: meta.get("exec_data")
        for name, meta in getattr(env, "nb_metadata", {}).items()
    }
    return {
        name: run["runtime"]
        for name, run in sorted(data.items())
        if run and run["runtime"]
    }


def colab_link(app: Sphinx) -> nodes.reference:
    """To the chapter in Colab, or where nobody has put it on GitHub to the way by hand."""
    here, page = place(str(app.srcdir)), app.env.docname
    if here.repository:
        return nodes.reference("", "open it in Colab", refuri=here.colab(page))
    steps = "../" * page.count("/") + "book/how-to-use.html#run-it-in-colab"
    return nodes.reference("", "how to run it in Colab", refuri=steps)


def chapter_line(app: Sphinx) -> nodes.paragraph:
    """What stands under a chapter's title."""
    page = app.env.docname
    paragraph = nodes.paragraph("", "", classes=["chapter-time"])
    if seconds := measured(page.rpartition("/")[2]):
        where = (
            "../" * page.count("/") + "book/benchmarks.html#how-long-a-chapter-takes"
        )
        paragraph += nodes.Text(f"Runs in {seconds:.0f} s, compilation included, on ")
        paragraph += nodes.reference("", "two idle cores", refuri=where)
        paragraph += nodes.Text(" · ")
    paragraph += colab_link(app)
    return paragraph


def add_line(app: Sphinx, doctree: nodes.document) -> None:
    """Put the line below the first title."""
    title = next(doctree.findall(nodes.title), None)
    if title is None:
        return
    if app.env.doc2path(app.env.docname).endswith(".ipynb"):
        title.parent.insert(1, chapter_line(app))
    elif seconds := page_seconds(app.env).get(app.env.docname):
        line = f"Its code ran here in {seconds:.1f} s, compilation included"
        title.parent.insert(1, nodes.paragraph("", line, classes=["chapter-time"]))


def write_times(app: Sphinx, error: Exception | None) -> None:
    """Leave the seconds where the build tool finds them."""
    if error is None:
        path = Path(app.outdir).parent / "page_times.json"
        text = json.dumps(page_seconds(app.env), indent=1) + "\n"
        path.write_text(text, encoding="utf8")


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("doctree-read", add_line)
    app.connect("build-finished", write_times)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
