"""One PDF of the whole book, from its built pages, by a headless Chromium: `make pdf`.

Pages stand in the order of the table of contents. What is folded on the site is not lost:
solutions and the answers of quizzes stand in an appendix, and of other folded cells (set-up,
plumbing, checks, code of figures) the name. Figures that move are still pictures. The table of
contents has page numbers, for which the book is printed twice: once to learn them.

LOLAKIT_LANGUAGE=zh_CN prints the book in that language, from its folder of the site.

The browser is the system's, or the one that CHROMIUM names.
"""

import html
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import publish
import translate
import yaml
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
SITE = BUILD / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LEFT_OUT = {
    "book/api"
}  # a hundred pages of signatures, which one looks up and does not read
FIT = 643  # px that A4 has between the margins of tools/pdf.css

NOTE = (
    "This is the print of a book whose figures move and whose code runs. Figures that move are "
    "still pictures here. Of cells that are folded on the site the name is left, but solutions "
    "and the answers of quizzes stand in the appendix. The reference of the library is on the "
    "site, and in the docstrings of <code>lolakit</code>."
)
# What the print says besides the pages (in words.po of a language: context "print"), and the
# names of folded cells that the print leaves out or puts into the appendix.
LICENCES = "Prose and figures: CC BY 4.0. Code, also in the cells: MIT."
WORDS = ("The book", "Contents", "Appendix", "Appendix: solutions and answers", "in the appendix",
         "Solutions and answers", "(in the notebook)", "Question {}, ({}).",
         "Answers in the appendix", "with lolakit {}", NOTE, LICENCES, "continued")  # fmt: skip
LABELS = ("Solution", "Code", "Figure", "Set-up", "Output")


class Edition(NamedTuple):
    """The book in a language."""

    language: str
    site: Path  # its pages
    says: dict[str, str]  # English words to its own

    def __call__(self, words: str) -> str:
        """Return words in the language."""
        return self.says.get(words, words)


def edition(site: Path, language: str) -> Edition:
    """Return the edition of a site in a language; English lies at the top of the site."""
    if language == translate.ENGLISH:
        return Edition(language, site, {})
    says = translate.words(language) | translate.words(language, "print")
    return Edition(language, site / language, says)


class Leaf(NamedTuple):
    """A page of the book in print."""

    name: str  # of the document, such as book/intro
    part: str  # the caption over it in the table of contents
    made: dict[str, Any]  # body, appendix, title, sections


def order(toc: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the documents in order, each with the caption of its part."""
    inside = [(chapter["file"], part["caption"])
              for part in toc["parts"] for chapter in part["chapters"]]  # fmt: skip
    return [(toc["root"], ""), *inside]


def key(name: str) -> str:
    """Return what the ids of a page begin with in print."""
    return "p-" + re.sub(r"\W", "-", name)


def leaves(tab: Page, book: Edition) -> list[Leaf]:
    """Return all pages of the book, made ready for print."""
    site, home = book.site, publish.place(str(ROOT)).address
    if home and book.language != translate.ENGLISH:
        home += f"{book.language}/"
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    names = [(name, part) for name, part in order(toc) if name not in LEFT_OUT]
    files = {name: site / f"{name}.html" for name, _ in names}
    pages = {path.as_uri(): key(name) for name, path in files.items()}
    found = []
    for name, part in names:
        about = {
            "text": files[name].read_text(encoding="utf8"),
            "address": files[name].as_uri(),
            "key": key(name),
            "pages": pages,
            "site": site.as_uri() + "/",
            "home": home,
            "says": {words: book(words) for words in (*WORDS, *LABELS)},
        }
        found.append(
            Leaf(name, book(part), tab.evaluate("about => chapter(about)", about))
        )
    return found


# --- the document ---------------------------------------------------------------------------


def contents(book: Edition, found: list[Leaf], numbers: dict[str, int]) -> str:
    """Return the table of contents; a number that is not known yet leaves its room."""

    def line(kind: str, target: str, words: str) -> str:
        number = numbers.get(target, "")
        return (f'<p class="{kind}"><a href="#{target}">{words}</a>'
                f'<span class="dots"></span><span>{number}</span></p>')  # fmt: skip

    lines, part = (
        [f'<p class="part-name">{book("The book")}</p><h1>{book("Contents")}</h1>'],
        "",
    )
    for leaf in found:
        if leaf.part != part:
            part = leaf.part
            lines.append(f'<p class="caption">{html.escape(leaf.part)}</p>')
        lines.append(line("one", key(leaf.name), leaf.made["title"]))
        if leaf.name.startswith("notebooks/"):
            lines += [line("two", *section) for section in leaf.made["sections"]]
    lines.append(line("one", "appendix", book("Appendix: solutions and answers")))
    return f'<nav class="print">{"".join(lines)}</nav>'


def title_page(book: Edition) -> str:
    """Return the first page: title, author, version, licences."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    address = publish.place(str(ROOT)).address
    lines = [
        f"<h1>{html.escape(book(config['title']))}</h1>",
        f"<p>{html.escape(config['author'])}</p>",
        f"<p>{book('with lolakit {}').format(publish.version())}</p>",
        f'<img alt="" src="{(book.site / "_static" / "cover.png").as_uri()}">',
        f'<p class="small">{book(NOTE)}</p>',
        f'<p class="small"><a href="{address}">{address}</a></p>' if address else "",
        f'<p class="small">{book(LICENCES)}</p>',
    ]
    return f'<section class="title">{"".join(lines)}</section>'


def styles(site: Path) -> str:
    """Return the links to the style sheets of the site's pages, and the print's own."""
    text = (site / "book" / "intro.html").read_text(encoding="utf8")
    found = re.findall(r'<link[^>]*href="\.\./(_static/[^"?]+\.css)[^>]*>', text)
    sheets = [(site / name).as_uri() for name in dict.fromkeys(found)]
    links = [f'<link rel="stylesheet" href="{sheet}">' for sheet in sheets]
    own = (ROOT / "tools" / "pdf.css").read_text(encoding="utf8")
    return "".join(links) + f"<style>{own}</style>"


def document(book: Edition, found: list[Leaf], numbers: dict[str, int]) -> str:
    """Return the whole book as one page of HTML."""
    parts = []
    for leaf in found:
        # without a line over it Chromium puts a heading into the outline twice
        name = f'<p class="part-name">{html.escape(leaf.part or book("The book"))}</p>'
        parts.append(f'<section class="chapter" id="{key(leaf.name)}">{name}'
                     f'<div class="bd-article">{leaf.made["body"]}</div></section>')  # fmt: skip
    answers = [
        f'<section><h2 id="{key(leaf.name)}-solutions">{leaf.made["title"]}</h2>'
        f"{leaf.made['appendix']}</section>"
        for leaf in found
        if leaf.made["appendix"]
    ]
    parts.append('<section class="back" id="appendix"><p class="part-name">'
                 f"{book('Appendix')}</p><div class='bd-article'>"
                 f"<h1>{book('Solutions and answers')}</h1>"
                 f"{''.join(answers)}</div></section>")  # fmt: skip
    title = re.search(
        r'^title: "(.*)"', (ROOT / "_config.yml").read_text(encoding="utf8"), re.M
    )
    language = book.language.replace("_", "-")
    return (
        f'<!DOCTYPE html><html lang="{language}" data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>{html.escape(book(title[1]))}</title>'
        f"{styles(book.site)}</head>"
        f"<body><main class='bd-content'>{title_page(book)}{contents(book, found, numbers)}"
        f"{''.join(parts)}</main></body></html>"
    )


# --- what a PDF says of itself ----------------------------------------------------------------


def objects(pdf: bytes) -> dict[int, bytes]:
    """Return the objects of a PDF as Chromium writes it: none of them is compressed."""
    pattern = rb"(?m)^(\d+) 0 obj\s*(.*?)\s*^endobj"
    return {int(n): body for n, body in re.findall(pattern, pdf, re.DOTALL)}


def page_objects(found: dict[int, bytes]) -> list[int]:
    """Return the objects that are pages, in order."""
    (root,) = (n for n, b in found.items()
               if b"/Type /Pages" in b[:2000] and b"/Parent" not in b)  # fmt: skip

    def below(number: int) -> list[int]:
        kids = re.search(rb"/Kids \[(.*?)\]", found[number], re.DOTALL)
        if kids is None:
            return [number]
        inside = [int(n) for n in re.findall(rb"(\d+) 0 R", kids[1])]
        return [page for kid in inside for page in below(kid)]

    return below(root)


def places(pdf: bytes) -> dict[str, int]:
    """Return the page, from 1, of each target that a link of the document leads to."""
    found = objects(pdf)
    numbers = {page: i for i, page in enumerate(page_objects(found), 1)}
    targets = re.findall(rb"/([\w#.-]+) \[(\d+) 0 R /XYZ", pdf)
    return {name.decode(): numbers[int(page)] for name, page in targets}


# --- making it ------------------------------------------------------------------------------


def print_once(tab: Page, text: str, folder: Path) -> bytes:
    """Return the PDF of a document, once all that it shows is there and fits."""
    file = folder / "book.html"
    file.write_text(text, encoding="utf8")
    tab.goto(file.as_uri(), wait_until="load")
    tab.emulate_media(media="print", color_scheme="light")
    tab.evaluate("() => document.fonts.ready")
    tab.evaluate((ROOT / "tools" / "pdf.js").read_text(encoding="utf8"))
    if wide := tab.evaluate("() => fit()"):
        print("   wider than the page:", *wide, sep="\n      ")
    tab.set_default_timeout(600_000)
    return tab.pdf(
        prefer_css_page_size=True, print_background=True, outline=True, tagged=True
    )


def make(browser: Browser, site: Path, target: Path, language: str = "en") -> int:
    """Write the PDF; return how many pages it has."""
    book = edition(site, language)
    tab = browser.new_page(viewport={"width": FIT, "height": 900})
    with tempfile.TemporaryDirectory() as scratch:
        tab.goto("about:blank")
        tab.evaluate((ROOT / "tools" / "pdf.js").read_text(encoding="utf8"))
        found = leaves(tab, book)
        first = print_once(tab, document(book, found, {}), Path(scratch))
        pdf = print_once(tab, document(book, found, places(first)), Path(scratch))
    if places(first) != places(pdf):
        raise RuntimeError("the page numbers of the contents have moved the pages")
    target.write_bytes(pdf)
    tab.close()
    return len(page_objects(objects(pdf)))


def chromium() -> str:
    """Return the browser."""
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    return found or sys.exit(
        f"no Chromium was found ({', '.join(BROWSERS)}; or set CHROMIUM)"
    )


def main() -> int:
    """Write `_build/lolakit-book-VERSION.pdf`; in another language its name ends in it."""
    language = os.environ.get("LOLAKIT_LANGUAGE") or translate.ENGLISH
    if language not in (translate.ENGLISH, *translate.languages()):
        sys.exit(f"the book is not there in {language}")
    ending = "" if language == translate.ENGLISH else f"-{language}"
    target = BUILD / f"lolakit-book-{publish.version()}{ending}.pdf"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        count = make(browser, SITE, target, language)
        browser.close()
    print(f"{target}: {count} pages, {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
