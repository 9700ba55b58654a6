"""Private variants: what a secret decides, and that the answers are right and the public ones not.

What otter adds is tested by `make assignments`, in `assignments/test_private_grading.py`.
"""

import itertools
import json
import re
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import test_assignments as public

import lolakit as lk
from lolakit.course.assignment import _PAYOFFS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import private as tool  # noqa: E402

NAMES = ("a1", "a2")
SECRETS = ("the first of three secrets", "the second of three", "a third, and the last")
ONE_OFTEN = [
    SECRETS[0],
    *(pytest.param(x, marks=pytest.mark.slow) for x in SECRETS[1:]),
]


@pytest.fixture(autouse=True)
def as_for_students():
    """Students run in 64 bits, without this project's strict settings."""
    with (
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
        jax.enable_x64(True),
    ):
        yield


def worked(name, secret, number=0, change=()):
    """What the solved variant holds after a run, and its questions."""
    shared, questions = public.parts(tool.source(name, secret))
    env = {"lk": lk}
    for source in [*shared, *(q.answer for q in questions.values())]:
        source = re.sub(
            r"^student_number = .*$", f"student_number = {number}", source, flags=re.M
        )
        source = re.sub(r'(?s)"""  # BEGIN PROMPT.*?# END PROMPT', "", source)
        for old, new in [*public.QUICK, *change]:
            source = source.replace(old, new)
        exec(source, env)
    return env, questions


def earned(env, questions, without=("q6",)):
    """Points by question; Question 6 of assignment 1 trains, and is left to the slow tests."""
    return {q: questions[q].earns(env) for q in questions if q not in without}


@pytest.mark.parametrize("name", NAMES)
def test_the_secret_decides_and_nothing_else(name):
    texts = [json.dumps(tool.source(name, secret)) for secret in SECRETS]
    assert texts == [json.dumps(tool.source(name, secret)) for secret in SECRETS]
    assert len(set(texts)) == 3
    drawn = [tool.drawn(name, secret) for secret in SECRETS]
    for one, two in itertools.combinations(drawn, 2):
        assert one["VARIANT"] != two["VARIANT"]
        assert sum(one[what] != two[what] for what in one) >= len(one) / 2
    assert not any(secret in text for secret, text in zip(SECRETS, texts, strict=True))
    # pinned: who keeps the secret can build the same pack next year
    found = tool.draw("a pinned secret", "a1 VARIANT", range(10_000, 1_000_000))
    assert found == 199_122


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_to_fill_in(name):
    for secret in SECRETS:
        text = json.dumps(tool.source(name, secret))
        assert "# drawn" not in text and not re.search(r"\[\[[A-Z]", text)
    _, questions = public.parts(tool.source(name, SECRETS[0]))
    assert sum(question.worth for question in questions.values()) == 16


@pytest.mark.parametrize("secret", ONE_OFTEN)
@pytest.mark.parametrize(  # of a2 the next test works the solution out, too
    "name", ["a1", pytest.param("a2", marks=pytest.mark.slow)]
)
def test_the_solution_earns_all_points_and_the_public_one_few(name, secret):
    env, questions = worked(name, secret, number=4)
    without = ("q6",) if name == "a1" else ()
    for q, (points, said) in earned(env, questions, without).items():
        assert points == questions[q].worth, (q, said)
    shared, practice = public.ALL[name]
    known = {"lk": lk}
    for source in [*shared, *(q.answer for q in practice.values())]:
        for old, new in public.QUICK:
            source = source.replace(old, new)
        exec(source, known)
    # what it may keep: that eta changes something, and the value of an objective
    kept = earned(known | {"student_number": 4}, questions, without)
    assert sum(points for points, _ in kept.values()) <= 3, kept


@pytest.mark.parametrize("secret", ONE_OFTEN)
@pytest.mark.parametrize("name", NAMES)
def test_the_marking_sheet_is_right(name, secret, monkeypatch):
    """Its numbers, by other ways than those of the solution, are what the solution finds."""
    monkeypatch.setattr(lk.assignment, "cooperative_share", lambda *_: 0.5)
    values = tool.drawn(name, secret)
    sheet, (env, _) = tool.expected(name, values, 4), worked(name, secret, number=4)
    close = lambda what, found: np.testing.assert_allclose(
        sheet[what], found, rtol=1e-6, atol=1e-9
    )
    assert sheet["line"] == env["line"]
    if name == "a1":
        pair = lk.assignment.student_policies(4)
        close("gamma_defect", env["gamma_defect"])
        close("gamma_cycle", env["gamma_cycle"])
        order = jnp.array(values["ORDER"])
        close(
            "values, of the two policies in this order",
            env["values"](*(t[order] for t in pair)),
        )
        close("naive_rule", env["naive_rule"](*pair))
        (what,) = (key for key in sheet if key.startswith("lola_rule"))
        close(what, env["lola_rule"](*pair, 0.5 / values["SCALE"]))
    else:
        states, actions, rewards = env["states"], env["actions"], env["rewards"]
        gamma, pair = env["game"].gamma, (env["theta_1"], env["theta_2"])
        close("returns of the first game", env["returns"](rewards, gamma)[0])
        close("estimate", env["estimate"](pair[0], states, actions, rewards, gamma))
        close("factor", env["factor"])
        close("model(states, actions)", env["model"](states, actions))
        (what,) = (key for key in sheet if key.startswith("look_ahead"))
        V = lk.exact_values(env["game"])
        close(what, env["look_ahead"](V, *pair, 0.1 / values["SCALE"], 3))
    text = tool.marking(name, tool.source(name, secret), values, {4: sheet})
    assert "Student number 4" in text and "Model answer" in text


@pytest.mark.parametrize(("name", "q"), [("a1", "q1"), ("a2", "q7")])
def test_each_mistake_is_one(name, q):
    env, questions = worked(name, SECRETS[0])
    program = {"a1": "simulate", "a2": "shaping"}[name]
    (answer,) = (c for c in tool.aside.notebook(tool.SOURCES / f"{name}.ipynb")["cells"]
                 if c["metadata"].get("program"))  # fmt: skip
    right = re.findall(r"(?s)NO PROMPT\n(.*?)\n\n\nline", "".join(answer["source"]))[0]
    assert questions[q].earns(env)[0] == 2
    for mistake in tool.MISTAKES[program]:
        wrong, line = tool.mistaken(right, mistake)
        assert wrong.splitlines()[line - 1].endswith(f"# {line}")
        space = dict(env)
        exec(wrong, space)
        points, said = questions[q].earns({**space, "line": env["line"]})
        assert points == 1 and "yet" in said, mistake


def test_the_program_of_the_shaping_term_is_without_bias():
    """All plays of two rounds, each with its probability: the term, by differentiation."""
    env, _ = worked("a2", SECRETS[0])
    game, one, two = env["game"], env["theta_1"], env["theta_2"]
    plays = np.array(list(itertools.product((0, 1), repeat=4))).reshape(16, 2, 2)
    first = np.zeros((16, 1), int)
    after = [1 + 2 * plays[:, i, :1] + plays[:, 1 - i, :1] for i in (0, 1)]
    states = [jnp.asarray(np.hstack([first, s])) for s in after]
    actions = [jnp.asarray(plays[:, i]) for i in (0, 1)]

    def chance(one, two):
        log = sum(
            lk.log_prob(t, s, a)
            for t, s, a in zip((one, two), states, actions, strict=True)
        )
        return jnp.exp(log.sum(axis=1))

    paid = [game.payoff[i][tuple(actions)] for i in (0, 1)]
    discounts = game.gamma ** jnp.arange(2)
    value = lambda i, one, two: (chance(one, two)[:, None] * paid[i] * discounts).sum()
    matrix = jax.jacfwd(jax.grad(lambda a, b: value(1, a, b), 0), 1)(one, two)
    right = matrix @ jax.grad(lambda b: value(0, one, b))(two)
    weigh = 16 * chance(one, two)[:, None]

    class Play:
        pass

    play = Play()
    play.states, play.actions = states, actions
    play.rewards = [weigh * x for x in paid]
    found = env["shaping"](one, two, play, play, game.gamma)
    np.testing.assert_allclose(found, right, rtol=1e-6)


def test_thresholds_are_discounts_in_every_game():
    """Below 0.9, so that the sums that find them on the marking sheet are long enough."""
    for T, R, P, S in _PAYOFFS:
        for g in tool.CHOICES["a1"]["FORGIVES"]:
            D, C = g * T + (1 - g) * P, g * R + (1 - g) * S
            for cycle in ([T, C], [T, D, C]):
                gain = lambda x, cycle=cycle, R=R: sum(
                    x**k * (R - y) for k, y in enumerate(cycle)
                )
                assert gain(0.1) < 0 < gain(0.9)
            assert 0.1 < (T - R) / (T - D) < 0.9
        for w in tool.CHOICES["a1"]["CARE"]:  # what the model answer of Question 7 says
            assert w * (R - S) < (T - R) and w * (T - P) < (P - S)


def test_a_secret_that_can_be_guessed_is_refused(monkeypatch):
    monkeypatch.setenv("LOLAKIT_SECRET", "1234")
    with pytest.raises(ValueError, match="SECRET: expected 12 characters or more"):
        tool.secret()
    monkeypatch.delenv("LOLAKIT_SECRET")
    assert tool.secret() == ""
