"""What a package index shows of lolakit: addresses, and the README with links that work there.

Hatchling calls `Metadata` for each wheel and source package (`[tool.hatch.metadata.hooks]` in
pyproject.toml). Nobody's address is written down: whose package it is says the build, as for
the book (book/_ext/repository.py). Where it says nothing there are no addresses, and the
README's links into the repository are plain words.

    python tools/metadata.py        is this copy what its tag says? (`make package` asks)
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))
from repository import SOURCE_BRANCH, Place, place  # noqa: E402

try:
    from hatchling.metadata.plugin.interface import MetadataHookInterface as Hook
except ImportError:  # what needs no package to be built needs no hatchling
    Hook = object

# [words](path) and ![words](path), where the path is one within the repository
LINK = re.compile(
    r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|#|mailto:)([^)\s]+)\)"
)
PAGE = re.compile(r"((?:book|notebooks)/[\w-]+)\.(?:md|ipynb)(#.*)?")


def target(path: str, here: Place, picture: bool) -> str:
    """Return the address of a file of the repository; nothing where it has none."""
    if here.address and (page := PAGE.fullmatch(path)):
        return f"{here.address}{page[1]}.html{page[2] or ''}"
    if here.address and path.startswith("book/_static/"):
        return here.address + path.removeprefix("book/")
    if here.repository:
        kind = "raw" if picture else "blob"
        return f"https://github.com/{here.repository}/{kind}/{SOURCE_BRANCH}/{path}"
    return ""


def readme(text: str, here: Place) -> str:
    """Return the README as it reads elsewhere: links absolute, or words without a link."""

    def absolute(match: re.Match[str]) -> str:
        mark, words, path = match.groups()
        found = target(path, here, picture=bool(mark))
        if found:
            return f"{mark}[{words}]({found})"
        return "" if mark else words

    return LINK.sub(absolute, text)


def urls(here: Place) -> dict[str, str]:
    """Return the addresses that an index lists; none where nobody has said whose they are."""
    found = {"Homepage": here.address} if here.address else {}
    if here.repository:
        source = f"https://github.com/{here.repository}"
        found["Source"] = source
        found["Issues"] = f"{source}/issues"
        found["Changelog"] = f"{source}/blob/{SOURCE_BRANCH}/CHANGELOG.md"
    return found


class Metadata(Hook):
    """Fills in the fields that pyproject.toml calls dynamic."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Put in README and addresses."""
        here = place(str(ROOT))
        text = readme((ROOT / "README.md").read_text(encoding="utf8"), here)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(here)


# --- a release ------------------------------------------------------------------------------


def complaints(root: Path, tag: str) -> list[str]:
    """Return what in a copy does not agree with the tag that is to be released."""
    source = (root / "lolakit" / "__init__.py").read_text(encoding="utf8")
    citation = (root / "CITATION.cff").read_text(encoding="utf8")
    changes = (root / "CHANGELOG.md").read_text(encoding="utf8")
    version = re.findall(r'^__version__ = "(.+)"', source, re.M)[0]
    found = []
    if tag.removeprefix("v") != version:
        found.append(f"the tag is {tag}, and lolakit.__version__ is {version}")
    if f"\nversion: {version}\n" not in citation:
        found.append(f"CITATION.cff has another version than {version}")
    dates = re.findall(r"^date-released: \"?(\d{4}-\d\d-\d\d)\"?$", citation, re.M)
    if len(dates) != 1:
        found.append("CITATION.cff needs one line: date-released: YYYY-MM-DD")
    elif f"## [{version}] - {dates[0]}\n" not in changes:
        wanted = f"## [{version}] - {dates[0]}"
        found.append(f"CHANGELOG.md has no heading {wanted!r} over what is released")
    return found


if __name__ == "__main__":
    tagged = os.environ.get("GITHUB_REF_TYPE") == "tag"
    wrong = complaints(ROOT, os.environ["GITHUB_REF_NAME"]) if tagged else []
    sys.exit("\n".join(wrong) or None)
