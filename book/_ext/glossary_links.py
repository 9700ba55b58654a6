"""Links the first use of each glossary term on a page to the glossary, with a tooltip.

A notebook holds only what Colab renders too, so its text cannot use MyST's own `{term}`.
This looks for the terms when a page is written: in running prose, not in headings, code,
maths, tables, captions, links and what cells print. Terms of one definition count as one.
A term that is already linked on the page (by `{term}`) is not linked again.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

GLOSSARY = "book/glossary"
WITHOUT = (GLOSSARY, "book/api", "book/references")  # pages that are not read as prose

# Where nothing is linked, whatever is inside.
NO_PROSE = (
    nodes.title, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block,
    nodes.table, nodes.caption, nodes.reference, nodes.raw, nodes.comment,
    addnodes.desc, addnodes.toctree,
)  # fmt: skip
CELL = "cell"  # the class of a code cell and its outputs
TITLES_OF_PAPERS = {"Further reading", "延伸阅读"}  # sections that hold little else

# Words that also have an everyday meaning are a term only after one of these.
ONLY_AFTER = {
    "Return": r"(?:the|a|of|mean|own|discounted|normalised|expected|its) ",
    "State": r"(?:the|a|each|of|in|that|five|which|same|next|start) ",
    "Cooperative": r"(?:seed |is |are |were )",
    "Score": r"(?:the|a|each|of|two|whose|by its|times) ",
    "合作的": r".*(?:种子|它)是",  # said of a seed, and not of a probability
}
NEVER_AFTER = {"Rule": r"(?:product|chain) ", "Account": r"into "}
# And on these pages a word of the glossary means something else.
OTHERWISE = {
    "notebooks/07_lola_dice": {"Window"},  # a range of products of K and eta
    "book/errata": {"Window"},
}


class Term(NamedTuple):
    """One definition: its names, the label of the first of them, and its first sentence."""

    names: tuple[str, ...]
    label: str
    tooltip: str


def first_sentence(text: str) -> str:
    """The text up to the first full stop."""
    line = " ".join(text.split())
    match = re.match(r".+?(?:[.](?= |$)|。)", line)
    return match.group(0) if match else line


def plain(node: nodes.Node) -> str:
    """The text of a definition; maths, which a tooltip cannot show, is left out."""
    copy = node.deepcopy()
    for math in list(copy.findall(nodes.math)):
        before = math.parent[: math.parent.index(math)]
        if before and isinstance(before[-1], nodes.Text):
            short = nodes.Text(re.sub(r"(?:(?:,| is|:) |[，：])$", "", str(before[-1])))
            math.parent.replace(before[-1], short)
        math.parent.remove(math)
    return first_sentence(copy.astext())


def terms_of(doctree: nodes.Node) -> list[Term]:
    """The definitions of a glossary."""
    found = []
    for item in doctree.findall(nodes.definition_list_item):
        names = [node for node in item.children if isinstance(node, nodes.term)]
        labels = [label for node in names for label in node["ids"]]
        definition = item.next_node(nodes.definition)
        if labels and definition is not None:
            # in Chinese a term has the English one behind it, in Chinese brackets
            words = tuple(w for n in names for w in re.split("[（）]", n.astext()) if w)
            found.append(Term(words, labels[0], plain(definition)))
    return found


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Whole words, in the singular or plural.

    A name with a capital inside (LookAhead, DiCE) is matched as it is written; others at
    any case, but for such names: "lookahead" is not LookAhead, nor the other way round.
    """
    if re.search(r"[\u3400-\u9fff]", name):  # Chinese has neither spaces nor plurals
        return re.compile(re.escape(name))
    words = re.escape(name).replace(r"\ ", "[ -]").replace(r"\-", "[ -]")
    words = words.replace("'", "['’]")
    words = re.sub(r"y$", "(?:y|ies)", words) if name.endswith("y") else f"{words}s?"
    if re.search(r".[A-Z]", name):
        return re.compile(rf"(?<![\w%-]){words}(?![\w-])")
    first = f"[{words[0].lower()}{words[0].upper()}]"
    return re.compile(rf"(?<![\w%-]){first}{words[1:]}(?![\w-])")


def is_prose(text: nodes.Text) -> bool:
    """Is this text running prose?"""
    node, paragraph = text.parent, False
    while node is not None:
        if isinstance(node, NO_PROSE) or CELL in node.get("classes", ()):
            return False
        if isinstance(node, nodes.section) and node[0].astext() in TITLES_OF_PAPERS:
            return False
        paragraph = paragraph or isinstance(node, nodes.paragraph)
        node = node.parent
    return paragraph


def find(text: str, term: Term, before: str) -> re.Match[str] | None:
    """The first use of a term in `text`; `before` is what stands before it."""
    found = []
    for name in term.names:
        for match in pattern(name).finditer(text):
            ahead = before + text[: match.start()]
            wanted, barred = ONLY_AFTER.get(name), NEVER_AFTER.get(name)
            if wanted and not re.search(rf"(?i)\b{wanted}$", ahead):
                continue
            if barred and re.search(rf"(?i)\b{barred}$", ahead):
                continue
            found.append(match)
            break
    return min(found, key=re.Match.start, default=None)


def split(text: nodes.Text, left: list[Term], target: str) -> list[nodes.Node]:
    """A text as texts and links; the terms that were found are taken out of `left`."""
    siblings = list(text.parent)  # by identity: two equal texts are equal as strings
    place = next(i for i, node in enumerate(siblings) if node is text)
    before = "".join(node.astext() for node in siblings[:place])
    parts: list[nodes.Node] = [text]
    for term in list(
        left
    ):  # longest names first: what is inside one is no text any more
        for place, part in enumerate(parts):
            if not isinstance(part, nodes.Text):
                continue
            earlier = before + "".join(node.astext() for node in parts[:place])
            if (match := find(str(part), term, earlier)) is None:
                continue
            link = nodes.reference(
                "", match.group(0), internal=True, refuri=f"{target}#{term.label}",
                reftitle=term.tooltip, classes=["glossary-link"],
            )  # fmt: skip
            ends = [nodes.Text(part[: match.start()]), nodes.Text(part[match.end() :])]
            parts[place : place + 1] = [ends[0], link, ends[1]]
            left.remove(term)
            break
    return [part for part in parts if part is text or part.astext()]


def link_first(doctree: nodes.Node, terms: Iterable[Term], target: str) -> None:
    """Link the first use of each term in `doctree` to `target#label`."""
    links = doctree.findall(nodes.reference)
    linked = {link.get("refuri", "").rpartition("#")[2] for link in links}
    left = [term for term in terms if term.label not in linked]
    left.sort(key=lambda term: -max(map(len, term.names)))
    for text in list(doctree.findall(nodes.Text)):
        if is_prose(text):
            parts, parent = split(text, left, target), text.parent
            if len(parts) > 1 or parts[0] is not text:
                place = next(i for i, node in enumerate(parent) if node is text)
                parent[place : place + 1] = parts


@cache
def terms_in(env: BuildEnvironment) -> list[Term]:
    """The book's terms, read once for all pages."""
    return terms_of(env.get_doctree(GLOSSARY))


def add_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link the terms of one page."""
    if docname.startswith(WITHOUT) or GLOSSARY not in app.env.found_docs:
        return
    skip = OTHERWISE.get(docname, set())
    terms = [term for term in terms_in(app.env) if not skip & set(term.names)]
    link_first(doctree, terms, app.builder.get_relative_uri(docname, GLOSSARY))


def note_change(app: Sphinx, env, added: set, changed: set, removed: set) -> list[str]:
    """Remember whether the glossary is among the pages that this build reads."""
    app.glossary_changed = GLOSSARY in added | changed | removed  # type: ignore[attr-defined]
    return []


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """With a changed glossary every page is written anew."""
    return sorted(env.found_docs) if app.glossary_changed else []  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, object]:
    """Connect to Sphinx."""
    app.connect("env-get-outdated", note_change)
    app.connect("env-updated", write_again)
    app.connect("doctree-resolved", add_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
