"""Copies MathJax into the site, so that maths renders with no network.

The file (2 MB, one script that draws SVG, no fonts) comes with the package
django-static-mathjax; `mathjax_path` in `_config.yml` points to the copy.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def copy(app: Sphinx) -> None:
    """Put tex-svg.js at the place that the pages load it from."""
    if app.builder.format != "html":
        return
    spec = find_spec("mathjax")
    if spec is None or not spec.submodule_search_locations:
        raise ExtensionError(
            "MathJax is not installed: pip install django-static-mathjax"
        )
    source = Path(
        spec.submodule_search_locations[0], "static", "mathjax", "es5", "tex-svg.js"
    )
    target = Path(app.outdir, "_static", app.config.mathjax_path)
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("builder-inited", copy)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
