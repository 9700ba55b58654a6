"""The book in other languages: nothing of a page that is called done is in English."""

import importlib.util
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
pytest.importorskip("babel")
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]

import editions  # noqa: E402
import glossary_links  # noqa: E402
import languages  # noqa: E402
import page_markup  # noqa: E402
import translate  # noqa: E402
import yaml  # noqa: E402
from babel.messages.catalog import Catalog  # noqa: E402
from markdown_it import MarkdownIt  # noqa: E402
from moving_figures import drawn  # noqa: E402

import lolakit as lk  # noqa: E402

LANGUAGES = translate.languages()
FIRST = ("circle", "ladder", "twenty_rounds")
# Names and letters, the same in Chinese.
SAME = {"CC", "CD", "DC", "DD", "B", "C", "D", "P", "R", "x", "y", "3b", "WSLS", "AllC", "AllD",
        "TFT", "γ", "η", "₁", "₂", "LOLA", "LOLA-DiCE", "M-FOS", "M-MAML", "DiCE", "Colab", "NL-Ex",
        "NL-PG", "LOLA-Ex", "LOLA-PG", "HOLA", "COLA", "POLA", "SOS", "LookAhead",
        "NL", "NL-Q", "JAL-Q", "PHC", "WoLF-PHC", "Loaded", "t", "J", "K",
        "K = 1", "K = 2", "K = 3"}  # fmt: skip


@pytest.fixture(scope="session")
def english(tmp_path_factory):
    """The messages of all pages that are done in some language, from today's pages."""
    pages = sorted(
        {page for language in LANGUAGES for page in translate.done(language)}
    )
    return translate.extract(pages, tmp_path_factory.mktemp("messages"))


def test_there_is_a_chinese_edition():
    assert "zh_CN" in LANGUAGES and set(LANGUAGES) <= set(translate.NAMES)
    assert "book/intro" in translate.done("zh_CN")


@pytest.mark.book
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_that_are_done_are_translated(language, english):
    pages = {page: english[page] for page in translate.done(language)}
    assert all(len(messages) > 2 for messages in pages.values())
    assert not translate.missing(language, pages)


def kept(text: str) -> list[str]:
    """What a translation may not change: formulas, code, where links lead, holes for numbers."""
    parts = re.findall(
        r"\$[^$]+\$|\{\w+\}`[^`]+`|`[^`]+`|\]\([^)]+\)|\]\[[^\]]+\]|\{\}", text
    )
    return sorted(re.sub(r"(?<=\}`)[^<`]+ ?(?=<|`)", "", part) for part in parts)


@pytest.mark.book
@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_formulas_code_and_links(language, english):
    found = []
    for page in translate.done(language):
        have = translate.catalogue(translate.path_of(language, page))
        for message in english[page]:
            other = have.get(message.id) if message.id else None
            if other is None or not other.string:
                continue
            if kept(message.id) != kept(other.string):
                found.append(f"{page}: {message.id}")
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_emphasis_closes_in_text_without_spaces(language):
    """CommonMark closes `**` after a full stop only before a space: the stop stands outside."""
    for page in translate.done(language):
        for message in translate.catalogue(translate.path_of(language, page)):
            text = re.sub(r"\$[^$]+\$|`[^`]+`|\\\*", "x", message.string or "")
            assert "*" not in MarkdownIt().renderInline(text), message.string
            # at the start of a message these would begin a comment, a title or a list
            assert not re.match(r"[%#>]|[-+] |\d+[.)]\s", text), message.string


def test_a_changed_sentence_counts_as_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(translate, "LOCALE", tmp_path)
    path = translate.path_of("zh_CN", "book/a")
    path.parent.mkdir(parents=True)
    kept = Catalog()
    kept.add("A rule.", "规则。")
    kept.add("A value.", "价值。", flags=["fuzzy"])
    translate.write(path, kept)
    today = Catalog()
    for text in ("A rule.", "A value.", "A rule, changed.", "$x$, `y`"):
        today.add(text)
    assert translate.missing("zh_CN", {"book/a": today}) == [
        "book/a: fuzzy: A value.",
        "book/a: missing: A rule, changed.",
    ]
    # and Sphinx is given neither the fuzzy one nor a page that is not done
    (tmp_path / "zh_CN" / "done.txt").write_text("book/a\n", encoding="utf8")
    translate.compile_to(tmp_path / "made", "zh_CN")
    (made,) = (tmp_path / "made").rglob("*.mo")
    assert "规则".encode() in made.read_bytes()
    assert "价值".encode() not in made.read_bytes()
    (tmp_path / "zh_CN" / "done.txt").write_text("", encoding="utf8")
    translate.compile_to(tmp_path / "made", "zh_CN")
    assert not list((tmp_path / "made").rglob("*.mo"))


def test_links_by_name_get_their_address(monkeypatch, tmp_path):
    monkeypatch.setattr(translate, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text(
        "[A][one], `[B][two]`.\n\n[one]: https://example.org\n", encoding="utf8"
    )
    messages = Catalog()
    messages.add("[A][one], `[B][two]`.", "[甲][one]，`[B][two]`。")
    (found,) = [x for x in translate.inline_links("a", messages) if x.id]
    assert found.string == "[甲](https://example.org)，`[B][two]`。"


CELLS = """# A page

```{code-cell} ipython3
---
tags: [remove-input]
mystnb:
  figure:
    caption: The line.
---
display(Markdown(f"Of {n} games\\n*{len(x):.0f} %*.\\n\\n| {a} | gain |"))
lines = [f"| rule | {x[0]} [{x[1]}] |", "|---|---|"]
```

```{code-cell} ipython3
:tags: [remove-input]

print("not Markdown")
```
"""


def test_what_cells_print_is_a_message_with_holes(monkeypatch, tmp_path):
    monkeypatch.setattr(translate, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text(CELLS, encoding="utf8")
    assert translate.figures("a") == ["The line."]
    assert translate.printed("a") == ["Of {} games *{} %*.", "gain", "rule"]


@pytest.mark.parametrize("before, after", [
    ("Of 3 games *7 %*.", "3 个博弈中 *7%*。"),
    ("Played once.", "玩法：一次。"),
    ("**once**", None),
    ("once", "一次"),
    ("SOS / CGD", "SOS / CGD"),
    ("SOS and CGD", None),
])  # fmt: skip
def test_words_of_cells(before, after):
    messages = {
        "Of {} games *{} %*.": "{} 个博弈中 *{}%*。",
        "Played {}.": "玩法：{}。",
        "A": "甲",
    }
    known = {"once": "一次", "SOS": "SOS", "CGD": "CGD"}
    assert editions.filled(before, messages, known) == after


def test_chinese_terms_that_are_looked_for_with_care_are_in_the_glossary():
    messages = translate.catalogue(translate.path_of("zh_CN", "book/glossary"))
    terms = {str(x.string).partition("（")[0] for x in messages}
    assert {x for x in glossary_links.ONLY_AFTER if not x.isascii()} <= terms


def title(page: str) -> str:
    """The title of a page."""
    if not (path := ROOT / f"{page}.md").exists():
        cells = json.loads((ROOT / f"{page}.ipynb").read_text(encoding="utf8"))["cells"]
        return re.search(r"^# (.+)$", "".join(cells[0]["source"]), re.M)[1]
    return re.search(r"^# (.+)$", path.read_text(encoding="utf8"), re.M)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menu_is_translated(language):
    known, toc = (
        translate.words(language),
        yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8")),
    )
    parts = toc["parts"]
    chapters = [one for part in parts for one in part["chapters"]]
    chapters += [one for chapter in chapters for one in chapter.get("sections", ())]
    pages = {one["file"] for one in chapters}
    pages = {page for page in pages if list(ROOT.glob(f"{page}.*"))}
    names = {title(page) for page in pages - set(translate.done(language))} - SAME
    assert not (names | {part["caption"] for part in parts}) - set(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labels_of_folded_cells_are_translated(language):
    """The whole label, and not only the word before its colon."""
    known, missing = translate.words(language), set()
    for page in translate.done(language):
        if not (path := ROOT / f"{page}.ipynb").exists():
            continue
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            folded = {"hide-cell", "hide-input"} & {*cell["metadata"].get("tags", ())}
            title = re.match(r"# @title (.+)", "".join(cell["source"]))
            if folded and title:
                label = page_markup.label_of(title[1])
                form = re.sub(editions.NUMBER, "{}", label)
                missing |= {label} - {*known, *([label] if form in known else ())}
    assert not missing


def shown(html: str) -> set[str]:
    """The words of a piece of HTML that a reader sees or hears, without its scripts."""
    html = re.sub(r"<code>[^<]*</code>", "<br>", editions.SCRIPT.sub("", html))
    html = re.sub(r'<(\w+)[^>]* translate="no"[^>]*>[^<]*</\1>', "", html)
    aloud = "|".join(x[1] for x in editions.SAID.findall(html))
    texts = editions.TEXT.findall(html) + aloud.split("|")
    lines = {" ".join(unescape(text).split()) for text in texts}
    return {x for x in lines if re.search(r"[^\W\d_]", x)} - SAME


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIRST)
def test_the_first_page_s_figures_speak_the_language(language, name):
    known = translate.words(language)
    assert not {x for x in shown(on_first_page(name)) if editions.said(x, known) == x}


def on_first_page(name: str) -> str:
    """What the first page has as HTML: the ladder from its file, the figures as they are drawn."""
    path = ROOT / "book" / "first" / f"{name}.html"
    return path.read_text(encoding="utf8") if path.exists() else drawn(name)


def written(page: str) -> str:
    """What of a page is HTML with words of its own: figures that move, folded answers, the map."""
    path, parts = ROOT / f"{page}.ipynb", []
    if (page_md := ROOT / f"{page}.md").exists():
        text = page_md.read_text(encoding="utf8")
        names = re.findall(r":file: (.+svg)", text)
        parts = [(page_md.parent / one).read_text(encoding="utf8") for one in names]
        made = re.findall(r"lk\.interactive\.(\w+)\(\)", text)  # when the book is built
        parts += [str(getattr(lk.interactive, one)()) for one in made]
        parts += re.findall("<figcaption>.*?</figcaption>", text)
    if path.exists():
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            if cell["cell_type"] == "markdown":
                parts += re.findall("<summary>.*?</summary>", "".join(cell["source"]))
            data = [out.get("data", {}) for out in cell.get("outputs", ())]
            html = ["".join(one.get("text/html", ())) for one in data]
            parts += [one for one in html if one.startswith('<figure class="lk"')]
    return "".join(parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_and_answers_of_pages_that_are_done_speak_it_too(language):
    known = translate.words(language)
    texts = {x for page in translate.done(language) for x in shown(written(page))}
    assert not {x for x in texts if editions.said(x, known) == x and x not in known}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_scripts_say_is_still_in_them(language):
    texts = [on_first_page(name) for name in FIRST]
    texts += [written(page) for page in translate.done(language)]
    literals = {x or y for text in texts for x, y in editions.QUOTED.findall(text)}
    assert not set(translate.words(language, "script")) - literals


KNOWN = {"Start": "开始", "Check:": "检查：", "Runs in {} s": "运行 {} 秒", "you &": "你 &",
         "of LOLA": "LOLA", ". Code:": "。代码："}  # fmt: skip


@pytest.mark.parametrize("before, after", [
    ("<b>Start</b>", "<b>开始</b>"),
    ("<p>Check: the seat</p>", "<p>检查：the seat</p>"),
    ('<i data-text="Runs in {} s">', '<i data-text="运行 {} 秒">'),
    ("<p>Runs in 12.5 s <b>", "<p>运行 12.5 秒 <b>"),
    ("<p>. Code: <b>", "<p>。代码：<b>"),
    ("<p>you &amp;</p>", "<p>你 &amp;</p>"),
    ("<p> of LOLA <b>", "<p> LOLA <b>"),
    ('<i aria-label="Start">', '<i aria-label="开始">'),
    ("<i>Other</i>", "<i>Other</i>"),
    ("<style>.a::b { content: 'Start' }</style>", "<style>.a::b { content: 'Start' }</style>"),
    ('<script>say("Start"); key("naive")</script>', '<script>say("起"); key("naive")</script>'),
    ("<script>say(`it ${a}s`)</script>", "<script>say(`它${a}`)</script>"),
])  # fmt: skip
def test_words_in_html(before, after):
    scripts = {"Start": "起", "it ${a}s": "它${a}"}
    assert editions.in_html(before, KNOWN, scripts) == after


def test_chinese_is_searched_by_pairs():
    search = editions.SearchPairs({})
    assert search.split("对手塑造 (LOLA)") == ["对手", "手塑", "塑造", "LOLA"]
    assert search.word_filter("人") and not search.word_filter("a")


def test_what_is_asked_is_split_like_the_index():
    built_maths = pytest.importorskip("built_maths")
    asked = ["怎样在 Colab 中运行？", "对手塑造 LOLA-DiCE", "势", "？"]
    code = f"console.log(JSON.stringify({json.dumps(asked)}.map(splitQuery)))"
    script = editions.SearchPairs.js_splitter_code + code
    done = subprocess.run(
        [built_maths.node(), "-e", script], capture_output=True, text=True, check=True
    )
    split = editions.SearchPairs({}).split
    assert json.loads(done.stdout) == [
        ["在", "Colab", "中运", "运行"], ["对手", "手塑", "塑造", "LOLA", "DiCE"], ["势"], [],
    ]  # fmt: skip
    assert {*split("对手塑造 LOLA-DiCE")} == {"对手", "手塑", "塑造", "LOLA", "DiCE"}


PAGE = '<head></head><div class="article-header-buttons">\n</div>'


def test_pages_lead_to_the_other_language(tmp_path):
    for name in ("book/a.html", "book/b.html", "zh_CN/book/a.html"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE, encoding="utf8")
    for _ in range(2):  # a second time changes nothing
        languages.join(tmp_path)
        one = (tmp_path / "book" / "a.html").read_text(encoding="utf8")
        two = (tmp_path / "zh_CN" / "book" / "a.html").read_text(encoding="utf8")
        assert re.findall(r'<a [^>]*href="([^"]+)"', one) == ["../zh_CN/book/a.html"]
        assert re.findall(r'<a [^>]*href="([^"]+)"', two) == ["../../book/a.html"]
        assert ">中文</a>" in one and ">English</a>" in two
        assert "<head></head>" in one and "<head></head>" in two
    home = "https://example.org/"
    languages.join(tmp_path, home)
    for path in (tmp_path / "book" / "a.html", tmp_path / "zh_CN" / "book" / "a.html"):
        found = re.findall(
            r'<link [^>]*hreflang="([^"]+)" href="([^"]+)">',
            path.read_text(encoding="utf8"),
        )
        assert found == [
            ("en", f"{home}book/a.html"),
            ("zh-CN", f"{home}zh_CN/book/a.html"),
        ]
    assert (tmp_path / "book" / "b.html").read_text(encoding="utf8") == PAGE
    languages.join(tmp_path / "nothing")  # a book in one language


def test_sphinx_intl_is_there():
    assert importlib.util.find_spec("sphinx_intl"), "pip install sphinx-intl"
