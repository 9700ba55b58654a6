"""lolakit.course.check: right answers pass, wrong ones get their hint, and no hint gives them away.

The answers stand in `answers/`, one module for each chapter: RIGHT and WRONG name the checks.
"""

import ast
import functools
import importlib
import inspect
import json
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import all_games, derivatives, values

import lolakit as lk
from lolakit.course.check import chapter2, plain, toy, verdict

HERE = Path(__file__).parent
CHECKS = {
    name: getattr(lk.check, name) for name in lk.check.__all__ if name[:2] == "ex"
}


@functools.cache
def answers_of(chapter):
    """Return its module of answers; not before a test asks, for they take seconds to compute."""
    return importlib.import_module(f"answers.chapter{chapter}")


def listed(table, name):
    """Return what an exercise has in RIGHT, WRONG or EMPTY."""
    chapter = re.fullmatch(r"ex(\d+)_\d+", name)[1]
    return getattr(answers_of(chapter), table, {}).get(name, [])


# The frame: what every check is made of.


@pytest.fixture
def check():
    @verdict.exercise("9.9")
    def grade(answer):
        """Say what to pass."""
        if answer == "raise":
            raise KeyError("lost")
        verdict.need(answer != "wrong", "look again.")
        return "More." if answer == "more" else None

    return grade


def test_a_verdict_is_true_or_false_and_reads_as_a_sentence(check):
    right, wrong = check(1), check("wrong")
    assert right and right.passed and not wrong and not wrong.passed
    assert repr(right) == "✓ Exercise 9.9: right."
    assert repr(check("more")) == "✓ Exercise 9.9: right. More."
    assert repr(wrong) == "✗ Exercise 9.9: look again."


@pytest.mark.parametrize("answers", [(), (...,), (None,)])
def test_no_answer_yet(check, answers):
    found = check(*answers)
    assert not found and "no answer yet" in found.message
    assert repr(found).startswith("○ Exercise")  # to do, and no mistake


def test_a_function_that_returns_nothing_yet_waits_too():
    check = verdict.exercise("9.9")(lambda answer: verdict.call(answer, name="f"))
    assert repr(check(lambda: None)).startswith("○ Exercise 9.9: f returns nothing yet")
    assert repr(check(3)).startswith("✗ Exercise 9.9: f: expected a function")


def test_a_check_never_raises(check):
    assert "KeyError" in check("raise").message and not check("raise")
    found = check(1, 2)
    assert "TypeError" in found.message and not found


def test_a_check_keeps_its_docstring_and_signature(check):
    assert check.__doc__ == "Say what to pass."
    assert list(inspect.signature(check).parameters) == ["answer"]


def hint(function, *arguments, **named):
    with pytest.raises(verdict.Wrong) as caught:
        function(*arguments, **named)
    return str(caught.value)


def test_wrong_and_need():
    assert hint(verdict.wrong, "no.") == hint(verdict.need, False, "no.") == "no."
    verdict.need(True, "no.")


def test_array():
    found = verdict.array(jnp.arange(3), (3,))
    assert found.dtype == float and found.tolist() == [0, 1, 2]
    assert "x: expected numbers, got dict" in hint(verdict.array, {}, (3,), "x")
    assert "expected numbers" in hint(verdict.array, [[1], [1, 2]], (2,))
    assert "expected the shape (3,), got (2,)" in hint(verdict.array, [1, 2], (3,))
    assert "finite" in hint(verdict.array, [1, np.nan], (2,))


def test_number_and_share():
    for answer in (
        0.5,
        np.float32(0.5),
        jnp.asarray(0.5),
        lk.stats.Estimate(0.5, 0, 1),
    ):
        assert verdict.number(answer) == verdict.share(answer) == 0.5
    for answer in (True, np.True_, jnp.asarray(True)):
        assert "x: expected a number, got True" in hint(verdict.number, answer, "x")
    for answer in (-0.01, 1.01):
        assert "x: a share is a fraction" in hint(verdict.share, answer, "x")
    assert verdict.share(0) == 0 and verdict.share(1) == 1


def test_choice():
    hints = {"a": "not a.", "c": "not c."}
    for answer in ("b", " B "):
        verdict.choice(answer, "abc", hints)
    assert hint(verdict.choice, "a", "abc", hints) == "not a."
    assert hint(verdict.choice, "C", "abc", hints) == "not c."
    for answer, got in [("d", "'d'"), ("ab", "'ab'"), ("", "''"), (2, "int")]:
        message = f'x: expected one of "a", "b", "c", got {got}.'
        assert hint(verdict.choice, answer, "abc", hints, "x") == message


def test_diagnose():
    def ask(found, atol=0.1):
        return verdict.diagnose(
            found, 1.0, [(2.0, "two"), (2.05, "more")], "else", atol
        )

    ask(1.09)
    assert hint(ask, 1.11) == "else" and hint(ask, 2.09) == "two"
    assert hint(ask, 2.06, atol=0.02) == "more"
    loose = np.array([0.5, 0.1])
    verdict.diagnose([1.4, 1.0], [1, 1], [], "else", loose)
    assert hint(verdict.diagnose, [1.0, 1.4], [1, 1], [], "else", loose) == "else"


def test_call():
    assert verdict.call(lambda a, b: a + b, 1, 2) == 3
    assert "f: expected a function, got int" in hint(verdict.call, 3, name="f")
    for nothing in (None, ...):
        assert "f returns nothing yet" in hint(
            verdict.call, lambda x=nothing: x, name="f"
        )


# What the checks compare with: plain NumPy against the oracles and against the library.


@pytest.mark.parametrize("game", [lk.prisoners_dilemma(), lk.matching_pennies().swap()])
def test_plain_values_and_derivatives(game, point):
    inputs = game.payoff, game.gamma, *plain.POINT
    np.testing.assert_array_equal(plain.POINT, point)
    np.testing.assert_allclose(
        plain.values(game, *plain.POINT), values(*inputs), rtol=1e-12
    )
    R = (1 - game.gamma) * values(*inputs)
    np.testing.assert_allclose(plain.per_step(game, *plain.POINT), R, rtol=1e-12)
    # Errors of order h^2 = 1e-6, times fourth derivatives, which are of the values' size.
    for found, right in zip(
        plain.derivatives(game, *plain.POINT), derivatives(*inputs), strict=True
    ):
        np.testing.assert_allclose(found, right, rtol=0, atol=1e-4)


def test_plain_slope():
    found = plain.slope(lambda x: np.array([x @ x, x[0] * x[1]]), np.array([1.0, 2.0]))
    np.testing.assert_allclose(found, [[2, 4], [2, 1]], rtol=1e-9)


def test_plain_histories_are_those_of_the_library(point):
    game = lk.prisoners_dilemma()
    found = plain.histories(game, *point, 3)
    states, actions, rewards = all_games(game.payoff, 3)
    np.testing.assert_array_equal(found.states, states)
    np.testing.assert_array_equal(found.rewards, rewards)
    logs = [
        lk.log_prob(theta, jnp.asarray(s), jnp.asarray(a))
        for theta, s, a in zip(point, states, actions, strict=True)
    ]
    np.testing.assert_allclose(np.log(found.P), sum(logs).sum(axis=1), rtol=1e-10)
    for i in (0, 1):
        right = jax.jacobian(lk.log_prob)(
            point[i], jnp.asarray(states[i]), jnp.asarray(actions[i])
        )
        np.testing.assert_allclose(found.scores[i], right, atol=1e-12)


def test_toy_derivatives_are_those_of_its_values(point):
    found = toy.derivatives()
    for i, argument in enumerate((0, 1)):
        right = jax.jacobian(toy.values, argument)(*point)
        np.testing.assert_allclose(found[i], right, rtol=1e-12)
    right = jax.jacobian(jax.jacobian(toy.values, 0), 1)(*point)
    np.testing.assert_allclose(found.mixed, right, atol=1e-12)


@pytest.mark.parametrize("steps", [1, 4])
def test_toy_unrolled_is_the_library_s(point, steps):
    rule = lk.lola_unrolled(toy.values, lookahead=0.25, steps=steps)
    # Errors of order h^2, times third derivatives of size 10.
    np.testing.assert_allclose(
        toy.unrolled(0.25, steps), rule(*point), rtol=0, atol=1e-4
    )


def test_naive_pair_is_the_library_s():
    module = importlib.import_module("answers.chapter2")
    k = module.BORDER + 0.05
    # 200 steps along a gradient with an error of order h^2 = 1e-6.
    np.testing.assert_allclose(chapter2._naive_pair(k), module.end_of_run(k), atol=1e-3)


# Every check, with the answers of `answers/`.


def test_every_check_has_answers():
    found = {"RIGHT": set(), "WRONG": set(), "EMPTY": set()}
    for path in (HERE / "answers").glob("chapter*.py"):
        module = answers_of(path.stem.removeprefix("chapter"))
        for table, names in found.items():
            names.update(getattr(module, table, {}))
    assert found["RIGHT"] == found["WRONG"] == set(CHECKS)
    assert found["EMPTY"] <= set(CHECKS)


def test_the_checks_are_listed_in_order():
    names = [name for name in lk.check.__all__ if name in CHECKS]
    assert names == sorted(names, key=lambda name: [*map(int, name[2:].split("_"))])
    assert {x for x in dir(lk.check) if x.startswith("ex")} == set(names)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_labelled_and_says_what_to_pass(name):
    chapter, number = re.fullmatch(r"ex(\d+)_(\d+)", name).groups()
    check = CHECKS[name]
    assert check().exercise == f"{chapter}.{number}"
    assert f"Exercise {chapter}.{number}. Pass " in check.__doc__


@pytest.mark.parametrize("name", CHECKS)
def test_a_stub_is_no_answer(name):
    check = CHECKS[name]
    size = len(inspect.signature(check).parameters)
    right = listed("RIGHT", name)[0]
    for i in range(size):  # all of them, and one at a time
        for answers in ((...,) * size, (*right[:i], ..., *right[i + 1 :])):
            found = check(*answers)
            assert not found and "no answer yet" in found.message


@pytest.mark.parametrize("name", CHECKS)
def test_a_function_without_a_body_is_no_answer(name):
    right, empty = listed("RIGHT", name)[0], listed("EMPTY", name)
    for i, answer in enumerate(right):
        if callable(answer):
            for nothing in (None, ...):
                stub = lambda *_, nothing=nothing: nothing
                empty = [*empty, (*right[:i], stub, *right[i + 1 :])]
    for answers in empty:
        found = CHECKS[name](*answers)
        assert not found and re.search("nothing yet|no answer yet", found.message)


@pytest.mark.parametrize("name", CHECKS)
def test_right_answers_pass(name):
    for k, answers in enumerate(listed("RIGHT", name)):
        found = CHECKS[name](*answers)
        assert found, (k, found)


@pytest.mark.parametrize("name", CHECKS)
def test_there_are_three_hints_or_more(name):
    assert len({phrase for _, phrase in listed("WRONG", name)}) >= 3


def numbers_in(message):
    """The numbers of a sentence; not those in names such as V_1 or theta[2]."""
    text = message.replace("−", "-")
    return [float(x) for x in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?!\w)", text)]


def gives_away(message, answers):
    known = [
        float(x) for x in answers if isinstance(x, float | int | np.number | jax.Array)
        and np.ndim(x) == 0
    ]  # fmt: skip
    return any(f"{x:.3g}" == f"{y:.3g}" for x in known for y in numbers_in(message))


def test_a_number_that_is_given_away_is_found():
    assert gives_away("it is -1.37, no?", (-1.3676,)) and gives_away("not 1.", (1,))
    assert not gives_away("V_1 is 1.3", (1, -1.3))


@pytest.mark.parametrize("name", CHECKS)
def test_wrong_answers_get_their_hints_which_do_not_give_the_answer_away(name):
    right = listed("RIGHT", name)[0]
    for k, (answers, phrase) in enumerate(listed("WRONG", name)):
        found = CHECKS[name](*answers)
        assert not found and phrase in found.message, (k, found)
        said = found.message
        # what the learner passed is no secret
        for echo in re.findall(r"got [^.]*\.", said):
            said = said.replace(echo, "")
        assert not gives_away(said, right), (k, said)


GARBAGE = ["", object(), [], {}, np.nan, np.zeros(7), 1j, True, lambda: 1 / 0, Ellipsis]


@pytest.mark.parametrize("name", CHECKS)
def test_garbage_is_wrong_and_does_not_raise(name):
    size = len(inspect.signature(CHECKS[name]).parameters)
    for answer in GARBAGE:
        found = CHECKS[name](*[answer] * size)
        assert isinstance(found, verdict.Verdict) and not found and found.message


# The chapters: an exercise, its stub, its solution, its check.


def exercises():
    """Triples of label, stub and solution, as they stand in the notebooks."""
    found = []
    for path in sorted((HERE.parents[1] / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        for i, source in enumerate(sources):
            if cells[i]["cell_type"] == "markdown":
                labels = re.findall(r"^> \*\*Exercise (\d+\.\d+)\*\*", source, re.M)
                found += [
                    (label, *[*sources, "", ""][i + 1 : i + 3]) for label in labels
                ]
    return found


@pytest.mark.book
@pytest.mark.parametrize(
    ("label", "stub", "solution"), exercises(), ids=[label for label, *_ in exercises()]
)
def test_an_exercise_has_a_stub_and_a_checked_solution(label, stub, solution):
    name = "ex" + label.replace(".", "_")
    assert name in CHECKS
    assert re.match(rf"# @title Exercise {label}: your (answers?|function)", stub)
    call = ast.parse(stub).body[-1].value
    assert ast.unparse(call.func) == f"lk.check.{name}" and "..." in stub
    # A message begins with the name of an argument: the learner's cell must show it.
    named = [k.arg for k in call.keywords]
    names = [ast.unparse(argument) for argument in call.args] + named
    assert names == list(inspect.signature(CHECKS[name]).parameters)
    assert re.match(rf"# @title Solution {label} ", solution)
    assert f"assert lk.check.{name}(" in solution


@pytest.mark.book
def test_every_check_belongs_to_an_exercise():
    labels = [label for label, _, _ in exercises()]
    assert len(labels) == len(set(labels))
    assert {"ex" + label.replace(".", "_") for label in labels} == set(CHECKS)
