"""Repository, edit, issue and Colab buttons, for whoever builds the book.

Owner and name come from the build: `GITHUB_REPOSITORY` in GitHub's own runs, else a git
remote `origin` on github.com. So a fork's book opens the fork's notebooks, and a copy
that is nowhere on GitHub has no buttons, instead of buttons that lead nowhere.
"""

import os
import re
import subprocess

from sphinx.application import Sphinx
from sphinx.config import Config


def owner_and_name(folder: str) -> tuple[str, str] | None:
    """Where this copy lives on GitHub, if it does."""
    place = os.environ.get("GITHUB_REPOSITORY", "")
    if not place:
        command = ["git", "-C", folder, "remote", "get-url", "origin"]
        try:
            remote = subprocess.run(
                command, capture_output=True, text=True, check=False
            ).stdout
        except OSError:  # no git
            return None
        found = re.search(
            r"(?:^|[/@])github\.com[:/](.+?)(?:\.git)?/?$", remote.strip()
        )
        place = found.group(1) if found else ""
    match = re.fullmatch(r"([\w.-]+)/([\w.-]+)", place)
    return (match.group(1), match.group(2)) if match else None


def add_buttons(app: Sphinx, config: Config) -> None:
    """Fill in the theme's options, or leave the buttons off."""
    found = owner_and_name(str(app.srcdir))
    if found is None:
        return
    owner, name = found
    config.html_baseurl = f"https://{owner}.github.io/{name}/"
    config.html_theme_options = {
        **config.html_theme_options,
        "repository_url": f"https://github.com/{owner}/{name}",
        "repository_branch": "main",
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
        "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    }


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx, before the theme reads its options."""
    app.connect("config-inited", add_buttons, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
