"""The book's own Sphinx extensions: what is linked to the glossary, and what a page gets."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("sphinx")
BOOK = Path(__file__).parents[2] / "book"
sys.path.insert(0, str(BOOK / "_ext"))

import chapter_numbers as numbers  # noqa: E402
import citation  # noqa: E402
import glossary_links as links  # noqa: E402
import moving_figures as moving  # noqa: E402
import page_markup as markup  # noqa: E402
import search_counts as counting  # noqa: E402
import yaml  # noqa: E402
from docutils import nodes  # noqa: E402
from docutils.core import publish_doctree  # noqa: E402
from PIL import Image  # noqa: E402

from lolakit.course import interactive  # noqa: E402

RULE = links.Term(("Rule",), "term-Rule", "A direction.")
LOLA = links.Term(("LOLA",), "term-LOLA", "Awareness.")
DICE = links.Term(("LOLA-DiCE",), "term-LOLA-DiCE", "With samples.")
AHEAD = links.Term(("LookAhead",), "term-LookAhead", "Foresees.")
STEP = links.Term(("Lookahead",), "term-Lookahead", "A step size.")
POLICY = links.Term(("Memory-one policy",), "term-Memory", "Looks back.")
NAIVE = links.Term(("Naive learner", "NL"), "term-Naive", "Climbs.")
RETURN = links.Term(("Return",), "term-Return", "A sum.")
ALL = [RULE, LOLA, DICE, AHEAD, STEP, POLICY, NAIVE, RETURN]


def linked(text, terms=ALL):
    """The texts that become links, with where they lead."""
    tree = publish_doctree(text, settings_overrides={"report_level": 5})
    links.link_first(tree, terms, "glossary.html")
    found = [node for node in tree.findall(nodes.reference) if "reftitle" in node]
    assert all(node["refuri"].startswith("glossary.html#term-") for node in found)
    return [node.astext() for node in found], tree


@pytest.mark.parametrize("text, found", [
    ("A rule is a rule.", ["rule"]),  # the first use only
    ("Rules differ.", ["Rules"]),
    ("The ruler and the unrule.", []),  # whole words
    ("LOLA-DiCE is LOLA with samples.", ["LOLA-DiCE", "LOLA"]),
    ("Only LOLA-DiCE and LOLA-PG.", ["LOLA-DiCE"]),
    ("LOLA's step.", ["LOLA"]),
    ("lola in small letters.", []),
    ("LookAhead is not the lookahead.", ["LookAhead", "lookahead"]),
    ("Two memory-one policies.", ["memory-one policies"]),
    ("NL stands for naive learner.", ["NL"]),  # two names of one definition
    ("It returns. The mean return is −1.", ["return"]),
    ("The product rule, then a rule.", ["rule"]),
    ("``rule`` and *rule*.", ["rule"]),
    ("The **rule**: ``LOLA``.", ["rule"]),
    ("A `rule <http://x.y>`_ in a link.", []),
    ("Rule\n====\n\nNothing more.", []),
    ("Text::\n\n    rule\n", []),
    ("Text.\n\nFurther reading\n===============\n\nThe rule of somebody.", []),
    ("Maths :math:`rule` here.", []),
])  # fmt: skip
def test_what_is_linked(text, found):
    assert linked(text)[0] == found


def test_no_text_is_lost_or_changed():
    text = (
        "A naive learner, a rule, a LOLA learner and *a rule* that returns the return."
    )
    found, tree = linked(text)
    assert tree.astext() == text.replace("*", "")
    assert len(found) == 4


def test_what_is_linked_by_hand_is_not_linked_again():
    tree = publish_doctree("A rule and LOLA.")
    tree[0] += nodes.reference("", "rules", refuri="glossary.html#term-Rule")
    links.link_first(tree, ALL, "glossary.html")
    assert [n.astext() for n in tree.findall(nodes.reference)] == ["LOLA", "rules"]


def test_captions_and_cells_are_left_alone():
    tree = publish_doctree("A rule.")
    paragraph = tree[0]
    tree.remove(paragraph)
    tree += nodes.container("", paragraph, classes=["cell"])
    tree += nodes.figure("", nodes.caption("", "A rule of LOLA."))
    links.link_first(tree, ALL, "x")
    assert not list(tree.findall(nodes.reference))


def test_a_tooltip_is_the_first_sentence_without_maths():
    text = nodes.paragraph("", "", nodes.Text("A factor, "), nodes.math("", "x"))
    text += nodes.Text(". And more.")
    assert links.plain(text) == "A factor."
    assert links.first_sentence("One. Two.") == "One."


def test_the_glossary_has_tooltips_that_can_be_read():
    """Each definition of the real page has a first sentence that stands without its maths."""
    body = (
        (BOOK / "glossary.md")
        .read_text(encoding="utf8")
        .split(":sorted:")[1]
        .split("```")[0]
    )
    definitions = [line.strip() for line in body.splitlines() if line.startswith("  ")]
    assert len(definitions) > 80
    names = [line for line in body.splitlines() if line and not line.startswith("  ")]
    assert len({name.lower() for name in names} - {"lookahead"}) == len(names) - 2
    for words in (
        *links.ONLY_AFTER,
        *links.NEVER_AFTER,
        *set().union(*links.OTHERWISE.values()),
    ):
        assert words in names or not words.isascii()  # those of test_locale.py


def test_a_link_says_more_than_start():
    link = '<a href="m.html" title="lolakit.meta.mmaml.Start"><em>Start</em></a>'
    assert "<em>mmaml.Start</em>" in markup.VAGUE.sub(r"\1\2", link)


def test_an_image_gets_its_size_once():
    body = '<img alt="a" src="../_images/a.png" /><img src="b.png" width="3"><img src="c.png">'
    sized = markup.sized(body, {"a.png": (640, 480), "b.png": (1, 1)})
    assert '<img width="640" height="480" loading="lazy" alt="a"' in sized
    assert '<img src="b.png" width="3"><img src="c.png">' in sized


def test_a_figure_of_twice_the_pixels_is_shown_half_as_large(tmp_path):
    image = Image.new("P", (1251, 713))
    image.save(tmp_path / "sharp.png", dpi=(192, 192))
    image.save(tmp_path / "plain.png", dpi=(96, 96))
    image.save(tmp_path / "none.png")
    assert markup.size_of(tmp_path / "sharp.png") == (625, 356)
    assert markup.size_of(tmp_path / "plain.png") == (1251, 713)
    assert markup.size_of(tmp_path / "none.png") == (1251, 713)
    tree = nodes.document(None, None)
    tree += nodes.image(uri="_build/x.png", width="625px", height="356px", alt="a")
    markup.unscaled(None, tree)
    assert tree[0].attributes["alt"] == "a" and "width" not in tree[0].attributes


def test_a_description_is_the_first_paragraph_cut_at_a_sentence():
    short = publish_doctree(
        "Short.\n\nThis paragraph is long enough to describe a page."
    )
    assert (
        markup.description(None, short)
        == "This paragraph is long enough to describe a page."
    )
    long = publish_doctree("One sentence about the page. " * 10)
    text = markup.description(None, long)
    assert len(text) <= markup.LONGEST and text.strip().endswith(".")


def test_the_exam_bank_adds_up():
    """Marks in each answer are those of its question, and the sums are those it states."""
    bank = (BOOK / "exam-bank.md").read_text(encoding="utf8")
    asked = re.findall(
        r"^\*\*(\d+[a-d])\*\* \((?:recall|derive|apply), (\d+) points\)\..*?\n\n"
        r"```\{dropdown\} Answer and marks\n(.*?)```",
        bank,
        re.M | re.S,
    )
    points = {name: int(marks) for name, marks, _ in asked}
    for name, marks, answer in asked:
        steps = answer.split("*Half right:*")[0].split("*Common:*")[0]
        given = sum(map(int, re.findall(r"\((\d+)\)", steps)))
        assert given == int(marks), name
    total = f"{len(points)} questions of {sum(points.values())} points"
    assert len(points) > 20 and f"\n{total}, with answers" in bank
    teachers = (BOOK / "instructor.md").read_text(encoding="utf8")
    assert f"has {len(points)} questions with marks" in teachers
    paper, total = re.search(
        r"a paper of 90 minutes is (.*?), of (\d+) points", bank
    ).groups()
    assert sum(points[name] for name in re.findall(r"\d+[a-d]", paper)) == int(total)


FOLDED = (
    '<details class="hide above-input">\n<summary aria-label="Toggle hidden content">\n'
    '<p class="collapsed admonition-title">Show code cell {0}</p>\n'
    '<p class="expanded admonition-title">Hide code cell {0}</p>\n</summary>\n'
    '<div><pre><span></span><span class="c1"># {1}</span>'
)


def test_a_folded_cell_says_what_it_is():
    for kind, line, label in (
        ("content", "@title Solution (click to show)", "Solution"),
        ("source", "@title Set-up: is lolakit here?", "Set-up"),
        (
            "content",
            "@title Check: the library&#39;s values",
            "Check: the library&#39;s values",
        ),
        ("source", "a comment", "Code"),
        ("output", "a comment", "Output"),
    ):
        named = markup.labelled(FOLDED.format(kind, line))
        assert "code cell" not in named
        assert named.count(f'admonition-title">{label}</p>') == 2, named


def test_wide_cells_of_a_table_are_marked_and_chapters_keep_together():
    link = (
        '<td><p><a class="reference internal" href="#e1"><span>E1</span></a></p></td>'
    )
    body = f'<td><p>{"long " * 20}</p></td><td><p>1</p></td>{link}<a href="x">Chapter 3</a>'
    mended = markup.tables(body)
    assert mended.count('class="prose"') == 1
    assert '<td class="prose"><p>long' in mended and ">Chapter&#160;3<" in mended


@pytest.mark.parametrize(("page", "name"), [
    ("notebooks/03_lola_exact", "3"), ("notebooks/03b_what_lola_does", "3b"),
    ("notebooks/10_general_games", "10"), ("book/intro", None), ("book/3rd", None),
])  # fmt: skip
def test_a_chapter_is_called_as_its_file(page, name):
    assert numbers.number(page) == name


def test_sphinx_counts_and_the_files_give_the_names():
    """With 3b between 3 and 4 Sphinx's fourth chapter is 3b, and its fifth is 4."""
    pages = ["notebooks/03_a", "notebooks/03b_b", "notebooks/04_c", "book/intro"]

    def page(count):
        tree = nodes.bullet_list()
        for number in ((count,), (count, 1)):
            tree += nodes.reference("", "", secnumber=list(number))
        return nodes.title(secnumber=[count]), tree

    titles, tocs = zip(*(page(i + 3) for i in range(4)), strict=True)
    env = SimpleNamespace(toc_secnumbers={}, titles=dict(zip(pages, titles, strict=True)),
                          tocs=dict(zip(pages, tocs, strict=True)))  # fmt: skip

    def count(self, env):
        assert not env.toc_secnumbers
        env.toc_secnumbers = {
            name: {"": (i + 3,), "#one": (i + 3, 1), "#none": None}
            for i, name in enumerate(pages)
        }
        return pages

    assign = numbers.by_name(count)
    assert assign(None, env) == pages
    assert env.toc_secnumbers["notebooks/03b_b"] == {
        "": ("3b",), "#one": ("3b", 1), "#none": None,
    }  # fmt: skip
    assert env.toc_secnumbers["book/intro"][""] == (6,)
    assert titles[2]["secnumber"] == ["4"]
    assert [ref["secnumber"] for ref in tocs[1]] == [["3b"], ["3b", 1]]
    env.titles = {name: nodes.title() for name in pages}
    env.tocs = {name: nodes.bullet_list() for name in pages}
    assert assign(None, env) == []  # nothing has changed, so nothing is written again


def test_a_shared_link_has_a_card():
    tags = markup.card("What <i>?", "", "https://owner.github.io/name/", "book/intro")
    assert 'og:url" content="https://owner.github.io/name/book/intro.html"' in tags
    assert (
        'og:title" content="What &lt;i&gt;?"' in tags and "og:description" not in tags
    )
    assert (BOOK / "_static" / "cover.png").is_file()


def test_a_figure_whose_words_speak_of_light_and_dark_is_not_turned():
    figure = (
        '<figure class="a" id="b">\n<img alt="{}" src="x.png" />\n'
        "<figcaption>{}</figcaption></figure>"
    )
    turns = lambda alt, words: (
        'class="turns"' in markup.grounds(figure.format(alt, words))
    )
    assert turns("Two curves that rise", "Grey: the field. It grows slightly.")
    assert not turns("Squares, darker for less", "A table.")
    assert not turns("Squares", "Light where it earns most.")
    assert not turns("Squares", "深色：少。")
    svg = figure.replace("x.png", "x.svg").format("a", "b")
    assert markup.grounds(svg) == svg


def test_the_card_has_the_size_that_its_tags_say():
    import imagesize

    tags = markup.card("What", "", "https://owner.github.io/name/", "book/intro")
    size = [
        int(x) for x in re.findall(r'image:(?:width|height)" content="(\d+)"', tags)
    ]
    assert "_static/card.png" in tags
    assert size == [
        *imagesize.get(citation.CITATION.parent / "book" / "_static" / "card.png")
    ]


def test_the_citation_has_what_the_file_says_and_no_address_of_its_own():
    about = yaml.safe_load(citation.CITATION.read_text(encoding="utf8"))
    entry = citation.bibtex(about, citation.Place("", ""))
    assert f"version {about['version']}}}" in entry and "url" not in entry
    assert "{Opponent shaping, by building it}" in entry and "2026" in entry
    assert "{{The lolakit authors}}" in entry
    entry = citation.bibtex(about, citation.Place("", "https://book.example/"))
    assert "url    = {https://book.example/}" in entry


def test_counts_of_words_are_by_stem():
    language = counting.SearchEnglish({})
    assert counting.counts("Players play; a player PLAYED 3 3 once", language) == {
        "plai": 2,  # Porter's stem of play
        "player": 2,
    }


def test_a_place_for_a_figure_that_moves_gets_it():
    context = {"body": '<p>Who?</p><figure data-figure="meetings"></figure><p>You.</p>'}
    figure = '<figure class="lk" data-lk="meetings"></figure>'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            moving, "drawn", lambda name: figure if name == "meetings" else ""
        )
        moving.fill(None, "book/intro", "page.html", context, None)
    assert context["body"] == f"<p>Who?</p>{figure}<p>You.</p>"
    moving.fill(None, "genindex", "genindex.html", context := {}, None)
    assert not context


def test_the_first_page_names_figures_that_there_are():
    names = moving.PLACE.findall((BOOK / "intro.md").read_text(encoding="utf8"))
    assert names == ["circle", "twenty_rounds"] and set(names) <= set(
        interactive.__all__
    )
