"""Text is UTF-8 wherever the book is built: no file is opened in the encoding of the system."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("lolakit", "tests", "tools", "benchmarks", "assignments", "book")
FILES = [
    ROOT / "noxfile.py",
    *(p for f in FOLDERS for p in sorted((ROOT / f).rglob("*.py"))),
]


def unsaid(source):
    """Return the lines that read or write text and do not say in which encoding."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or any(
            k.arg == "encoding" for k in node.keywords
        ):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("read_text", "write_text"):
            yield node.lineno
        # open(file, mode) and path.open(mode), not Image.open(file) or webbrowser.open(url)
        place = 1 if isinstance(node.func, ast.Name) else 0
        if name == "open" and len(node.args) > place:
            mode = node.args[place]
            if isinstance(mode, ast.Constant) and set(str(mode.value)) <= set("rwxa+t"):
                yield node.lineno
        elif name == "open" and isinstance(node.func, ast.Name):
            yield node.lineno


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_every_text_file_is_opened_as_utf8(path):
    assert not list(unsaid(path.read_text(encoding="utf8")))


def test_what_does_not_say_so_is_seen():
    bad = [
        "p.read_text()",
        "p.write_text('x')",
        "open('a')",
        "open('a', 'w')",
        "p.open('w')",
    ]
    good = ["p.read_text(encoding='utf8')", "open('a', 'rb')", "p.read_bytes()",
            "Image.open(path)", "open('a', 'w', encoding='utf8')"]  # fmt: skip
    assert all(list(unsaid(line)) for line in bad)
    assert not any(list(unsaid(line)) for line in good)
