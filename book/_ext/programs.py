"""Keeps what each chapter compiles, when the environment variable LOLAKIT_PROGRAMS names a folder.

Each chapter gets a folder of its own there, which is empty: its time is that of a reader who
runs it for the first time. `make test` then runs the chapters again, with all of them filled.
"""

import os
from pathlib import Path

from sphinx.application import Sphinx


def choose(app: Sphinx, docname: str, source: list[str]) -> None:
    """Tell the kernel that runs this page next where to put its compiled programs."""
    if folder := os.environ.get("LOLAKIT_PROGRAMS"):
        own = Path(folder, docname.replace("/", "-"))
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(own)


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx: a page is read right before it is run."""
    app.connect("source-read", choose)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
