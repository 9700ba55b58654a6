"""Joins the book's languages: a link in the header to the same page in the other language.

English lies at the top of the site, and another language in a folder of its name. A page gets
the link if both are there, so a book that was built in one language has no link that leads
nowhere. Standard library only.
"""

import re
import shutil
from pathlib import Path

from translate import ENGLISH, NAMES

LINK = re.compile(
    r'<a class="btn language-switch".*?</a>\n|<link rel="alternate" hreflang.*?>\n'
)
BUTTONS = '<div class="article-header-buttons">\n'
HEAD = "</head>"


def share(site: Path, folder: Path) -> None:
    """Give an edition the notebooks that the English book offers for download."""
    for path in (folder / "_sources" / "notebooks").glob("*.ipynb"):
        offered = site / "notebooks" / path.name
        if offered.exists():
            shutil.copyfile(offered, path)


def linked(text: str, language: str, address: str) -> str:
    """Return a page with the link to its other language, in the place of one that it has."""
    text, name, code = LINK.sub("", text), NAMES[language], language.replace("_", "-")
    link = (f'<a class="btn language-switch" href="{address}" lang="{code}" hreflang="{code}" '
            f'rel="alternate">{name}</a>\n')  # fmt: skip
    head = f'<link rel="alternate" hreflang="{code}" href="{address}">\n'
    return text.replace(BUTTONS, BUTTONS + link, 1).replace(HEAD, head + HEAD, 1)


def join(site: Path) -> None:
    """Link the pages of the site with those of its folders."""
    for language in NAMES:
        folder = site / language
        if language == ENGLISH or not folder.exists():
            continue
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder)
            other = site / name
            if name.parts[0] == "_static" or not other.exists():
                continue
            up = "../" * (len(name.parts) - 1)
            for page, there, address in (
                (other, language, f"{up}{language}/{name.as_posix()}"),
                (path, ENGLISH, f"{up}../{name.as_posix()}"),
            ):
                before = page.read_text(encoding="utf8")
                after = linked(before, there, address)
                if after != before:
                    page.write_text(after, encoding="utf8")
