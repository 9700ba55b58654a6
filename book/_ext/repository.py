"""Repository, edit, issue and Colab buttons, for whoever builds the book.

Owner and name come from the build: `GITHUB_REPOSITORY` in GitHub's own runs, else a git
remote `origin` on github.com. So a fork's book opens the fork's notebooks, and a copy
that is nowhere on GitHub has no buttons, instead of buttons that lead nowhere.

Colab opens only notebooks that lie on GitHub. The copies that install this very book's
wheel (tools/publish.py) lie on the branch that holds the made site, so the Colab button
leads there; the edit button leads to the source.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

if TYPE_CHECKING:  # tools/publish.py asks this module too, where there is no Sphinx
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

SOURCE_BRANCH = "main"
SITE_BRANCH = "gh-pages"  # .ci/pages writes it
ICONS = {
    "Colab": "_static/images/logo_colab.png",
    "Binder": "_static/images/logo_binder.svg",
}
COLAB = "https://colab.research.google.com"


class Place(NamedTuple):
    """Where this copy of the book lives; empty strings where nobody has said."""

    repository: str  # OWNER/NAME on GitHub
    address: str  # of the published book, with a slash at its end

    def newest(self) -> str:
        """Return where the newest version is, if this is the address of one: .../v1.2.0/."""
        match = re.fullmatch(r"(.*/)v\d[\w.]*/", self.address)
        return f"{match[1]}latest/" if match else ""

    def issue(self, docname: str, version: str) -> str:
        """Return the link that opens an issue about a page."""
        page = f"{self.address}{docname}.html"
        about = {"title": f"{docname}: ", "body": f"{page}, version {version}\n\n"}
        return f"https://github.com/{self.repository}/issues/new?{urlencode(about)}"

    def colab(self, docname: str) -> str:
        """Return the link that opens a chapter's published notebook in Colab."""
        return f"{COLAB}/github/{self.repository}/blob/{SITE_BRANCH}/{docname}.ipynb"

    def doors(self, docname: str) -> dict[str, tuple[str, str]]:
        """Return where a chapter can be run: name to what it does and its address.

        Kaggle gets the same published notebook as Colab. Binder and Codespaces make the
        environment of the repository, which has the library.
        """
        home = f"https://github.com/{self.repository}"
        binder = f"https://mybinder.org/v2/gh/{self.repository}/{SOURCE_BRANCH}"
        published = f"{home}/blob/{SITE_BRANCH}/{docname}.ipynb"
        return {
            "Colab": ("Open this chapter in Colab", self.colab(docname)),
            "Kaggle": (
                "Open this chapter in Kaggle",
                f"https://www.kaggle.com/kernels/welcome?src={published}",
            ),
            "Binder": (
                "Open this chapter in Binder",
                f"{binder}?urlpath=lab/tree/{docname}.ipynb",
            ),
            "Codespaces": (
                "Open the repository in a Codespace",
                f"https://codespaces.new/{self.repository}",
            ),
        }


def repository(folder: str) -> str:
    """OWNER/NAME of this copy on GitHub, or nothing."""
    found = os.environ.get("GITHUB_REPOSITORY", "")
    if not found:
        command = ["git", "-C", folder, "remote", "get-url", "origin"]
        try:
            remote = subprocess.run(
                command, capture_output=True, text=True, check=False
            ).stdout
        except OSError:  # no git
            return ""
        match = re.search(
            r"(?:^|[/@])github\.com[:/](.+?)(?:\.git)?/?$", remote.strip()
        )
        found = match.group(1) if match else ""
    return found if re.fullmatch(r"[\w.-]+/[\w.-]+", found) else ""


def place(folder: str) -> Place:
    """Where this copy lives: GitHub Pages' address, unless LOLAKIT_ADDRESS names another."""
    found = repository(folder)
    address = os.environ.get("LOLAKIT_ADDRESS", "")
    if found and not address:
        owner, name = found.lower().split("/")
        address = f"https://{owner}.github.io/"
        # the repository OWNER.github.io is the owner's own page
        address += "" if name == f"{owner}.github.io" else found.split("/")[1]
    return Place(found, address and address.rstrip("/") + "/")


def add_buttons(app: Sphinx, config: Config) -> None:
    """Fill in the theme's options, or leave the buttons off."""
    here = place(str(app.srcdir))
    config.html_baseurl = here.address
    language = getattr(config, "language", "en")
    if here.address and language != "en":
        config.html_baseurl += f"{language}/"
    if here.repository:
        config.html_theme_options = {
            **config.html_theme_options,
            "repository_url": f"https://github.com/{here.repository}",
            "repository_branch": SOURCE_BRANCH,
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
        }


def add_colab(
    app: Sphinx,
    page: str,
    _: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put a menu with Colab and other doors first on the pages that are notebooks.

    Not the theme's own: it would take the source's branch, and it also stands on pages
    that are Markdown with code in it, which Colab cannot open.
    """
    here = place(str(app.srcdir))
    if doctree and here.repository and app.env.doc2path(page).endswith(".ipynb"):
        buttons = [
            {
                "type": "link",
                "text": name,
                "tooltip": what,
                "icon": ICONS.get(name, "fas fa-rocket"),
                "url": url,
            }
            for name, (what, url) in here.doors(page).items()
        ]
        menu = {
            "type": "group",
            "tooltip": "Run this chapter",
            "icon": "fas fa-rocket",
            "buttons": buttons,
            "label": "launch-buttons",
        }
        context["header_buttons"].insert(0, menu)


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx, before the theme reads its options and after it made its buttons."""
    app.connect("config-inited", add_buttons, priority=100)
    app.connect("html-page-context", add_colab, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
