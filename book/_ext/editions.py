"""Makes the book of another language out of the same pages: what gettext does not reach.

Sphinx puts translated messages in the place of paragraphs, titles, captions and alt texts
(tools/translate.py has the catalogues). This adds what cells say that run in the build, whose
numbers no catalogue can know; from `words.po` the words of figures that move, of labels and of
the menu; says on a page that is not done that it is in English; sorts the glossary anew; and
searches Chinese, which has no spaces between words, by pairs of characters.
"""

import re
import sys
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.locale import init as catalogue_of
from sphinx.search.zh import SearchChinese
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.nodes import extract_messages

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import translate

LOGGER = logging.getLogger(__name__)
IN_ENGLISH = "This page has not been translated yet: its text is in English."
# Whole parts of a page that are written as HTML, and have words of their own.
WRITTEN = re.compile(
    r'<figure class="lk".*?</figure>|<ol class="ladder">.*?</ol>|<div class="doors">.*?</div>|'
    r'<summary>.*?</summary>|<p class="chapter-time">.*?</p>|<svg class="map[ "].*?</svg>|'
    r"<figcaption>.*?</figcaption>",
    re.DOTALL,
)
TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
SAID = re.compile(
    r'(?<= )(aria-label|aria-valuetext|data-text|data-stops|title)="([^"]*)"'
)
SCRIPT = re.compile(r"(<script[^>]*>)(.*?)(</script>)|(<style>.*?</style>)", re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
NUMBER = r"\d+(?:\.\d+)?"
STOPS = "，。：；、！？（）“”"
CHINESE = r"\u3400-\u9fff"
# Where something is put in, and Chinese has no space.
SPACES = re.compile(rf"(?<=[）{CHINESE}]) (?=[（{CHINESE}])|(?<=）) | (?=（|%)")


@cache
def words(language: str, context: str | None = None) -> dict[str, str]:
    """Return what is said outside the text of pages; nothing for English."""
    return translate.words(language, context)


def of(app: Sphinx, context: str | None = None) -> dict[str, str]:
    """Return the words of this build."""
    return words(app.config.language, context)


def said(text: str, known: dict[str, str]) -> str:
    """Return a piece of text in the other language; numbers are `{}` in what is known."""
    line = " ".join(text.split())
    other = known.get(line)
    if other is None and (form := known.get(re.sub(NUMBER, "{}", line))):
        other = form.format(*re.findall(NUMBER + r"|\{\}", line))
    if other is None:  # a label that ends in a name, as in "Check: the other seat"
        head, colon, rest = line.partition(": ")
        if colon and f"{head}:" in known:
            other = known[f"{head}:"] + known.get(rest, rest)
    if other is None:
        return text
    # a Chinese stop brings its own space
    start = "" if other[0] in STOPS else re.match(r"\s*", text)[0]
    end = "" if other[-1] in STOPS else re.search(r"\s*$", text)[0]
    return start + other + end


def in_script(code: str, known: dict[str, str]) -> str:
    """Return a script with the literals that it says in the other language."""

    def literal(match: re.Match[str]) -> str:
        mark, text = match[0][0], match[1] if match[1] is not None else match[2]
        return f"{mark}{known[text]}{mark}" if text in known else match[0]

    return QUOTED.sub(literal, code)


def in_html(html: str, known: dict[str, str], scripts: dict[str, str]) -> str:
    """Return HTML with its text, what it says aloud and its scripts in the other language."""

    def plain(part: str) -> str:
        def text(match: re.Match[str]) -> str:
            before = unescape(match[0])
            after = said(before, known)
            return match[0] if after == before else escape(after, quote=False)

        def aloud(match: re.Match[str]) -> str:
            before = unescape(match[2])
            after = "|".join(said(one, known) for one in before.split("|"))
            return match[0] if after == before else f'{match[1]}="{escape(after)}"'

        return SAID.sub(aloud, TEXT.sub(text, part))

    parts, place = [], 0
    for found in SCRIPT.finditer(html):
        parts.append(plain(html[place : found.start()]))
        script = found[4] is None
        parts.append(
            found[1] + in_script(found[2], scripts) + found[3] if script else found[0]
        )
        place = found.end()
    return "".join([*parts, plain(html[place:])])


# --- What cells say ---


def filled(text: str, messages: dict[str, str], known: dict[str, str]) -> str | None:
    """Return in the other language what a cell says; None if it is not known.

    Args:
        text: a paragraph, or a cell of a table, with the numbers of this build.
        messages: what is known of cells; in some `{}` stands for what the code puts in.
        known: words that stand in no page's text.
    """
    if (other := messages.get(text) or known.get(text)) is not None:
        return other
    if (other := said(text, known)) != text:
        return other
    forms = [form for form in messages if "{}" in form]
    for form in sorted(forms, key=len, reverse=True):  # the one that says most
        pattern = "(.+?)".join(map(re.escape, form.split("{}")))
        if found := re.fullmatch(pattern, text):
            parts = [filled(x, messages, known) or x for x in found.groups()]
            first, *rest = messages[form].split("{}")
            other = first + "".join(a + b for a, b in zip(parts, rest, strict=True))
            return SPACES.sub("", other)
    names = re.findall(r"[^\W\d_]+", text)
    return text if all(known.get(name) == name for name in names) else None


class SayInCells(SphinxTransform):
    """Gives Sphinx messages for what the cells of a page said in this build.

    What it does not know is a warning, and so fails the build.
    """

    default_priority = 15  # the transform that puts messages into the page has 20

    def apply(self, **_: Any) -> None:
        """Complete the messages of a page that is done."""
        page, language = self.env.docname, self.config.language
        if not words(language) or page not in translate.done(language):
            return
        folders = [str(Path(self.env.srcdir) / one) for one in self.config.locale_dirs]
        catalogue, found = catalogue_of(folders, language, page)
        messages = getattr(catalogue, "_catalog", {}) if found else {}
        own, forms = {**messages}, words(language, "cell")
        known = {**words(language), **forms}
        for part in self.document.findall(nodes.container):
            if part.get("mime_type") != "text/markdown":
                continue
            for node, text in extract_messages(part):
                other = filled(text, {**forms, **own}, known)
                if other is not None:
                    messages[text] = other
                elif not translate.wordless(text):
                    LOGGER.warning("not translated: %s", text, location=node)


# --- Pages ---


def titles(app: Sphinx, doctree: nodes.document) -> None:
    """Give a page that is not done its title, and the line that says so."""
    known, page = of(app), app.env.docname
    title = next(doctree.findall(nodes.title), None)
    if not known or title is None:
        return
    if page not in translate.done(app.config.language):
        if (other := known.get(title.astext())) is not None:
            title.children = []
            title += nodes.Text(other)
        line = known[IN_ENGLISH]
        title.parent.insert(1, nodes.paragraph("", line, classes=["untranslated"]))


def captions(app: Sphinx, doctree: nodes.document) -> None:
    """Name the parts of the menu."""
    for tree in doctree.findall(addnodes.toctree):
        if tree.get("caption"):
            tree["caption"] = of(app).get(tree["caption"], tree["caption"])


def by_sound(item: nodes.Node) -> bytes:
    """Return what sorts a term: GB 2312 has its frequent characters in the order of pinyin."""
    first = item.next_node(nodes.term)
    return first.astext().lower().encode("gb18030") if first else b""


def sort_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Sort the terms as they now read."""
    if of(app):
        for glossary in doctree.findall(addnodes.glossary):
            for entries in glossary.findall(nodes.definition_list):
                entries.children.sort(key=by_sound)


def mend(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Change one page before its template is filled."""
    context["language"] = (app.config.language or translate.ENGLISH).replace("_", "-")
    if not (known := of(app)):
        return
    scripts = of(app, "script")
    if "body" in context:
        context["body"] = WRITTEN.sub(
            lambda m: in_html(m[0], known, scripts), context["body"]
        )
    if footer := context.get("theme_extra_footer"):
        context["theme_extra_footer"] = in_html(footer, known, scripts)


# --- Search ---


class SearchPairs(SearchChinese):
    """Chinese by pairs of characters, in the index and in what is asked; the rest by words.

    The words of a question (how, what, why) are not searched for.
    """

    js_splitter_code = """
const asking = /怎样|怎么|如何|为什么|什么|哪里|吗|呢/g, runs = /[\\u3400-\\u9fff]+|\\w+/g;
var splitQuery = (query) => (query.replace(asking, " ").match(runs) || []).flatMap((run) =>
  /[\\u3400-\\u9fff]/.test(run) && run.length > 2
    ? Array.from({length: run.length - 1}, (_, i) => run.slice(i, i + 2)) : [run]);
"""

    def split(self, input: str) -> list[str]:
        """Return the words and the pairs of a text."""
        runs = re.findall(rf"[{CHINESE}]+", input)
        pairs = [run[i : i + 2] for run in runs for i in range(max(len(run) - 1, 1))]
        latin = self.latin1_letters.findall(input)
        self.latin_terms.extend(latin)
        return pairs + latin

    def word_filter(self, stemmed_word: str) -> bool:
        """Keep all but single letters."""
        return len(stemmed_word) > 1 or bool(re.match(rf"[{CHINESE}]", stemmed_word))


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx: titles before they are collected, bodies after their markup."""
    app.add_search_language(SearchPairs)
    app.add_transform(SayInCells)
    app.connect("doctree-read", titles, priority=50)
    app.connect("doctree-read", sort_glossary, priority=60)
    app.connect("doctree-read", captions, priority=900)
    app.connect("html-page-context", mend, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
