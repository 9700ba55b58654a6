"""The book's other languages: their messages, what is done, and what is missing.

    python tools/translate.py          the catalogues of book/locale, from today's English
    python tools/translate.py --check  what a page that is called done lacks

Each page has a catalogue, `book/locale/LANGUAGE/LC_MESSAGES/PAGE.po`: a paragraph, a title, a
cell of a table, a caption or an alt text is a message. What changed in English turns fuzzy,
and a fuzzy message shows in English. `done.txt` beside LC_MESSAGES lists the pages that are
done: these alone are shown in the language. `words.po` has what stands in no page's text:
labels, titles, the words of figures that move, and (context "script") the literals that their
scripts show, and (context "cell") what cells print that comes from elsewhere. What cells print
when the book is built has `{}` for the numbers in it.
"""

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "book" / "locale"
ENGLISH = "en"
NAMES = {ENGLISH: "English", "zh_CN": "中文"}
WORDS = "words"

# What makes messages of a page: no extension that adds lines of its own.
EXTENSIONS = ["myst_nb", "sphinx_design", "sphinxcontrib.bibtex", "wheel_link"]


def languages() -> list[str]:
    """Return the languages besides English."""
    return sorted(path.parent.name for path in LOCALE.glob("*/done.txt"))


def done(language: str) -> list[str]:
    """Return the pages that are shown in a language."""
    return (LOCALE / language / "done.txt").read_text(encoding="utf8").split()


def path_of(language: str, page: str) -> Path:
    """Return the catalogue of a page."""
    return LOCALE / language / "LC_MESSAGES" / f"{page}.po"


def catalogue(path: Path) -> Catalog:
    """Read one."""
    with path.open("rb") as file:
        return read_po(file, domain=path.stem)


def write(path: Path, messages: Catalog) -> None:
    """Write one: no dates and no names, so that a second time changes no byte."""
    with tempfile.TemporaryFile() as file:
        write_po(file, messages, width=96, omit_header=True)
        file.seek(0)
        text = file.read().decode()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(head + text, encoding="utf8")


def words(language: str, context: str | None = None) -> dict[str, str]:
    """Return what is said outside the text of pages, by the English, in a context or none."""
    if language not in languages():
        return {}
    found = [x for x in catalogue(path_of(language, WORDS)) if x.context == context]
    return {
        str(x.id): str(x.string) for x in found if x.id and x.string and not x.fuzzy
    }


def cells(page: str) -> list[tuple[dict[str, Any], str]]:
    """Return the metadata and the code of the cells that run when the book is built."""
    path = ROOT / f"{page}.md"
    text = path.read_text(encoding="utf8") if path.exists() else ""
    found = re.findall(
        r"^```\{code-cell\}[^\n]*\n(?:---\n(.*?)^---$)?(.*?)^```$",
        text,
        re.DOTALL | re.MULTILINE,
    )
    code = [re.sub(r"^:.*$", "", source, flags=re.MULTILINE) for _, source in found]
    return [
        (yaml.safe_load(head) or {}, one)
        for (head, _), one in zip(found, code, strict=True)
    ]


def figures(page: str) -> list[str]:
    """Return the captions and alt texts of cells that run only when the book is built."""
    about = [head.get("mystnb", {}) for head, _ in cells(page)]
    said = [
        (x.get("figure", {}).get("caption"), x.get("image", {}).get("alt"))
        for x in about
    ]
    return [one for both in said for one in both if one]


def strings(node: ast.AST) -> list[str]:
    """Return the strings of a piece of code, `{}` for what an f-string puts in."""
    if isinstance(node, ast.JoinedStr):
        parts = [getattr(part, "value", "") for part in node.values]
        return ["".join(x if isinstance(x, str) else "{}" for x in parts)]
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    return [text for part in ast.iter_child_nodes(node) for text in strings(part)]


def printed(page: str) -> list[str]:
    """Return the Markdown of cells that run when the book is built: paragraphs, and tables' cells.

    That is the text in each `Markdown(...)`, and each string that is the line of a table.
    """
    texts = []
    for _, code in cells(page):
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Markdown"
            ):
                texts += [text for one in node.args for text in strings(one)]
        texts += [text for text in strings(tree) if text.startswith("|")]
    blocks = [block.strip() for text in texts for block in text.split("\n\n")]
    parts = [one.split("|") if one.startswith("|") else [one] for one in blocks]
    lines = [" ".join(part.split()) for each in parts for part in each]
    return [*dict.fromkeys(line for line in lines if not wordless(line))]


def extract(pages: list[str], folder: Path) -> dict[str, Catalog]:
    """Return the English messages of pages; they stay in `folder` as `PAGE.pot`."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    kept = config["sphinx"]["config"]
    settings = {
        "extensions": EXTENSIONS,
        "root_doc": pages[0],
        "include_patterns": [f"{page}.*" for page in pages],
        "myst_enable_extensions": config["parse"]["myst_enable_extensions"],
        "bibtex_bibfiles": config["bibtex_bibfiles"],
        "nb_execution_mode": "off",
        "nb_render_markdown_format": kept["nb_render_markdown_format"],
        # or the alt texts of cells' figures would be left out
        "nb_mime_priority_overrides": [
            ("gettext", "image/png", 1),
            ("gettext", "image/svg+xml", 2),
            ("gettext", "text/html", 3),
            ("gettext", "text/plain", 4),
        ],
        "gettext_compact": False,
        "gettext_location": False,
    }
    with docutils_namespace():
        app = Sphinx(str(ROOT), None, str(folder), str(folder / ".doctrees"), "gettext",
                     confoverrides=settings, status=None, warning=None)  # fmt: skip
        app.build(force_all=True)
    found = {page: catalogue(folder / f"{page}.pot") for page in pages}
    for page, messages in found.items():
        for text in figures(page) + printed(page):
            messages.add(text)
        with (folder / f"{page}.pot").open("wb") as file:
            write_po(file, messages)
    return found


def wordless(message: str) -> bool:
    """Tell whether a message holds nothing but formulas, code and signs."""
    rest = re.sub(r"\$[^$]*\$|`[^`]*`", "", message)
    displayed = re.search(r"\\[A-Za-z,]", rest)  # TeX that is not inside a sentence
    return bool(displayed) or not re.search(r"[^\W\d_]{2}", rest)


def missing(language: str, english: dict[str, Catalog]) -> list[str]:
    """Return what the catalogues of these pages lack: no, or a fuzzy, translation."""
    found = []
    for page, messages in english.items():
        path = path_of(language, page)
        have = catalogue(path) if path.exists() else Catalog()
        for message in messages:
            other = have.get(message.id) if message.id else None
            if not message.id or wordless(str(message.id)):
                continue
            if other is None or other.fuzzy or not other.string:
                why = "fuzzy" if other is not None and other.fuzzy else "missing"
                found.append(f"{page}: {why}: {message.id}")
    return found


def inline_links(page: str, messages: Catalog) -> Catalog:
    """Give links by name, `[text][name]`, their address: a message stands alone for Sphinx."""
    path = ROOT / f"{page}.md"
    text = path.read_text(encoding="utf8") if path.exists() else ""
    address = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text, re.MULTILINE))
    for message in messages:
        if message.id and message.string:
            message.string = re.sub(
                r"\]\[([^\]]+)\]",
                lambda m: f"]({address[m[1]]})" if m[1] in address else m[0],
                str(message.string),
            )
    return messages


def compile_to(folder: Path, language: str) -> None:
    """Write what Sphinx reads, of the pages that are done; a file that is right stays."""
    wanted = {f"{page}.mo" for page in done(language)}
    target = folder / language / "LC_MESSAGES"
    for old in target.rglob("*.mo"):
        if old.relative_to(target).as_posix() not in wanted:
            old.unlink()
    for page in done(language):
        path = target / f"{page}.mo"
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as file:
            write_mo(file, inline_links(page, catalogue(path_of(language, page))))
            file.seek(0)
            data = file.read()
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


def pages_with_catalogues(language: str) -> list[str]:
    """Return the pages that somebody has begun."""
    folder = LOCALE / language / "LC_MESSAGES"
    names = [
        p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob("*.po")
    ]
    return sorted({*names, *done(language)} - {WORDS})


def update(pages: list[str]) -> None:
    """Bring the catalogues up to date."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for language in languages():
            begun = sorted({*pages, *pages_with_catalogues(language)})
            extract(begun, folder)
            shutil.rmtree(folder / ".doctrees")
            program = [sys.executable, "-m", "sphinx_intl"]
            subprocess.run([*program, "update", "-p", str(folder), "-d", str(LOCALE),
                            "-l", language], check=True)  # fmt: skip
            for page in begun:
                path = path_of(language, page)
                messages = catalogue(path)
                for message in messages:
                    if message.id and wordless(str(message.id)):
                        message.string = ""
                        message.flags.discard("fuzzy")
                write(path, messages)


def main() -> int:
    """Update, or check."""
    if "--check" not in sys.argv:
        update(sys.argv[1:])
        return 0
    found = []
    for language in languages():
        with tempfile.TemporaryDirectory() as scratch:
            found += missing(language, extract(done(language), Path(scratch)))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
