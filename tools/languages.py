"""Joins the book's languages: a link in the header to the same page in the other language.

English lies at the top of the site, and another language in a folder of its name. A page gets
the link if both are there, so a book that was built in one language has no link that leads
nowhere. Where the book's address is known, search engines are told of both. Standard library only.
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


def linked(text: str, language: str, address: str, known: dict[str, str]) -> str:
    """Return a page with the link to its other language, in the place of one that it has.

    Args:
        text: of the page.
        language: the other one.
        address: of the other page, as seen from this one.
        known: language to the full address of the page in it; empty where nobody knows.
    """
    text, name, code = LINK.sub("", text), NAMES[language], language.replace("_", "-")
    link = (f'<a class="btn language-switch" href="{address}" lang="{code}" hreflang="{code}" '
            f'rel="alternate">{name}</a>\n')  # fmt: skip
    head = "".join(
        f'<link rel="alternate" hreflang="{one.replace("_", "-")}" href="{full}">\n'
        for one, full in known.items()
    )
    return text.replace(BUTTONS, BUTTONS + link, 1).replace(HEAD, head + HEAD, 1)


def join(site: Path, home: str = "") -> None:
    """Link the pages of the site with those of its folders; `home` is its address, if known."""
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
            away = f"{language}/{name.as_posix()}"
            full = {ENGLISH: home + name.as_posix(), language: home + away}
            for page, there, address in (
                (other, language, up + away),
                (path, ENGLISH, f"{up}../{name.as_posix()}"),
            ):
                before = page.read_text(encoding="utf8")
                after = linked(before, there, address, full if home else {})
                if after != before:
                    page.write_text(after, encoding="utf8")
