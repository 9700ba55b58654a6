"""The print of the book: `make test-slow`. What a PDF says of itself is read without a library."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from browsing import PAGES, SITE, browser, give_up  # noqa: F401

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))  # it imports its neighbours
spec = importlib.util.spec_from_file_location("tools_pdf", TOOLS / "pdf.py")
pdf = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = pdf
spec.loader.exec_module(pdf)
sys.path.remove(str(TOOLS))


def words(raw):
    """A string of a PDF, as text with single spaces."""
    if raw.startswith(b"<"):
        text = bytes.fromhex(raw.strip(b"<>").decode()).decode("utf-16")
    else:
        plain = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), raw[1:-1])
        plain = re.sub(rb"\\(.)", rb"\1", plain)
        wide = plain.startswith(b"\xfe\xff")
        text = plain.decode("utf-16" if wide else "latin1")
    return " ".join(text.split())


def titles(raw):
    """What the outline says."""
    found = re.findall(rb"/Title (\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f]+>)", raw, re.DOTALL)
    return [words(title) for title in found]


def test_order_is_that_of_the_table_of_contents():
    toc = {
        "root": "a",
        "parts": [{"caption": "B", "chapters": [{"file": "b/c"}, {"file": "d"}]}],
    }
    assert pdf.order(toc) == [("a", ""), ("b/c", "B"), ("d", "B")]
    assert pdf.key("b/c") == "p-b-c"


@pytest.mark.slow
def test_the_print_has_every_page_once(browser, tmp_path):  # noqa: F811
    if not PAGES:
        give_up(f"{SITE} holds no pages; run `make book`")
    target = tmp_path / "book.pdf"
    count = pdf.make(browser, SITE, target)
    raw = target.read_bytes()
    found = pdf.objects(raw)
    numbers = pdf.page_objects(found)
    assert count == len(numbers) and 250 < count < 900
    assert len(raw) < 100e6

    empty = []
    for number, page in enumerate(numbers, 1):
        (content,) = re.findall(rb"/Contents (\d+) 0 R", found[page])
        # the number of a page alone is some 300 bytes
        if len(found[int(content)]) < 600:
            empty.append(number)
    assert not empty

    toc = pdf.yaml.safe_load((TOOLS.parent / "_toc.yml").read_text(encoding="utf8"))
    printed = [name for name, _ in pdf.order(toc) if name not in pdf.LEFT_OUT]
    places = pdf.places(raw)
    starts = [places[pdf.key(name)] for name in printed] + [places["appendix"]]
    assert starts == sorted(set(starts)), "each begins on a page of its own"

    outline = titles(raw)
    title = "Opponent shaping, by building it"  # of the file, then of its first page
    assert outline[:3] == [title, title, "Contents"]
    for name in printed:
        text = (
            (SITE / f"{name}.html").read_text(encoding="utf8").partition("<article")[2]
        )
        heading = re.search(r"<h1>(.*?)<a class=\"headerlink", text, re.DOTALL)[1]
        heading = " ".join(re.sub(r"<.*?>", "", heading).split())
        assert heading in outline, name
    assert str(SITE).encode() not in raw


def test_what_the_print_says_is_translated():
    for language in pdf.translate.languages():
        book = pdf.edition(SITE, language)
        said = pdf.translate.words(language, "print")
        assert set(pdf.WORDS) == set(said)
        assert book("Solution") != "Solution"  # what goes into the appendix
        assert book.site == SITE / language
    assert pdf.edition(SITE, "en")("Contents") == "Contents"
