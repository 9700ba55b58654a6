"""The role {wheel}`text`: a link to the wheel that tools/publish.py puts into the site."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from lolakit import __version__

NAME = f"lolakit-{__version__}-py3-none-any.whl"


def wheel(
    role: str, raw: str, text: str, line: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Make the link; the wheel lies beside the notebooks."""
    env = inliner.document.settings.env
    # the book of another language lies in a folder of the English one
    levels = env.docname.count("/") + (env.config.language != "en")
    address = "../" * levels + f"notebooks/{NAME}"
    return [nodes.reference(raw, text, refuri=address)], []


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.add_role("wheel", wheel)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
