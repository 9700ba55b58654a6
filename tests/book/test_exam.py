"""The exam paper: its marks add up, its numbers are the secret's, and it holds no answer.

That the answers are right is checked while they are written: `tools/exam.py` compares each
number that is drawn with what lolakit finds, and raises where the two differ.
"""

import re
import sys
from pathlib import Path

import jax
import pytest

pytest.importorskip("nbconvert")
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import exam as tool  # noqa: E402

SECRETS = ("the first of two secrets", "the second of the two")


@pytest.fixture(scope="module", autouse=True)
def as_for_teachers():
    """The tool runs without this project's strict settings."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@pytest.fixture(scope="module")
def papers(as_for_teachers):
    """The questions of a paper for each secret."""
    return {secret: tool.paper(secret) for secret in (*SECRETS, tool.SAMPLE)}


def test_the_marks_of_each_answer_add_up_to_its_points():
    questions = tool.bank()
    text = tool.BANK.read_text(encoding="utf8")
    assert (
        f"{len(questions)} questions of {sum(q.points for q in questions)} points"
        in text
    )
    for q in questions:
        assert sum(points for _, points in q.steps) == q.points, q.label
        assert all(step for step, _ in q.steps), q.label
    assert set(tool.VARIED) | tool.CALCULATOR <= {q.label for q in questions}


@pytest.mark.parametrize("secret", SECRETS)
def test_other_numbers_have_other_answers_of_the_same_marks(secret):
    for q in tool.bank():
        found = tool.varied(q, secret)
        assert sum(points for _, points in found.steps) == q.points, q.label
        if q.label in tool.VARIED:
            assert found.text != q.text, q.label
        elif q.label not in tool.ELSEWHERE:
            assert found == q


def test_a_paper_is_ninety_minutes_of_different_questions(papers):
    for found in papers.values():
        assert 58 <= sum(q.points for q in found) <= 60
        kinds = [q.kind for q in found]
        assert (
            min(kinds.count("derive"), kinds.count("apply")) >= 3 and "recall" in kinds
        )
        chapters = [q.chapter for q in found]
        assert max(map(chapters.count, chapters)) <= 2
        assert not {"10a", "11a"} <= {q.label for q in found}
        assert sum(q.label in tool.VARIED for q in found) >= 3


def test_the_secret_decides(papers):
    one, two = (papers[secret] for secret in SECRETS)
    assert tool.paper(SECRETS[0]) == one
    assert [q.label for q in one] != [q.label for q in two]
    assert tool.sheet(one) != tool.sheet(two)


def test_the_paper_holds_no_answer_and_no_secret(papers):
    for secret, found in papers.items():
        sheet, marks = tool.sheet(found), tool.marking(found)
        assert secret not in sheet + marks
        for q in found:
            for step, points in q.steps:
                if len(step) > 15:
                    assert tool.markdown2html(step).strip() not in sheet, q.label
                assert f"<td>{points}</td>" in marks
            assert tool.markdown2html(q.text) in sheet
        assert "Common:" not in sheet and "of the bank" not in sheet
        room = [int(mm) for mm in re.findall(r'style="height: (\d+)mm', sheet)]
        assert len(room) == len(found) and min(room) >= 40


def test_the_chapters_of_a_course_are_kept_to():
    for first, last in ((1, 7), (8, 14)):
        found = tool.paper(SECRETS[0], first, last)
        assert all(first <= tool.number(q.chapter) <= last for q in found)
    with pytest.raises(
        ValueError, match="chapters: expected some whose questions make 58"
    ):
        tool.paper(SECRETS[0], 3, 3)
