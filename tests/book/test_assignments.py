"""The assignments' own tests, without otter: right answers get all points, wrong ones lose theirs.

What otter adds (building, running, grading) is tested by `make assignments`.
"""

import inspect
import json
import re
from pathlib import Path

import jax
import pytest

import lolakit as lk
from lolakit.values.baselines import returns

SOURCES = Path(__file__).parents[2] / "assignments"


class Question:
    """One question of a source: its answer, and its tests with their points."""

    def __init__(self):
        self.answer, self.tests = "", []

    def earns(self, env):
        """Points, and what the failed tests said."""
        points, said = 0.0, []
        for worth, source in self.tests:
            space = {}
            exec(source, space)
            (test,) = (f for name, f in space.items() if name.startswith("test_"))
            # as otter does: a name that the notebook lacks is None
            wanted = {
                name: env.get(name) for name in inspect.signature(test).parameters
            }
            try:
                test(**wanted)
                points += worth
            except Exception as error:
                said.append(str(error))
        return points, " ".join(said)

    @property
    def worth(self):
        return sum(points for points, _ in self.tests)


def read(name):
    """The cells before the questions, and the questions."""
    path = SOURCES / name / f"{name}.ipynb"
    return parts(json.loads(path.read_text(encoding="utf8")))


def parts(notebook):
    """The same of a notebook that is read."""
    shared, questions, current, block = [], {}, None, ""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "raw":
            if source.startswith("# BEGIN QUESTION"):
                current = questions.setdefault(
                    re.findall(r"^name: (\w+)", source, re.M)[0], Question()
                )
            elif source.startswith("# END QUESTION"):
                current = None
            block = source.split("\n")[0]
        elif cell["cell_type"] == "code" and current is None:
            if "import otter" not in source:
                shared.append(source)
        elif cell["cell_type"] == "code" and block == "# BEGIN SOLUTION":
            current.answer += source + "\n"
        elif cell["cell_type"] == "code":
            (points,) = re.findall(r"^points: ([\d.]+)", source, re.M)
            current.tests.append((float(points), source))
    return shared, {name: q for name, q in questions.items() if q.tests}


ANSWERS = [
    "T", "R", "P", "S", "gamma_defect", "gamma_alternate", "values", "naive_rule",
    "lola_rule", "share_naive", "share_lola", "returns", "estimate", "factor",
    "objective", "model", "look_ahead",
]  # fmt: skip

QUICK = [("lk.assignment.cooperative_share", "(lambda *_: 0.5) or ")]

ALL = {name: read(name) for name in ("a1", "a2")}


@pytest.fixture(autouse=True)
def as_for_students():
    """Students run without this project's strict settings."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def worked(name, number, change=()):
    """What a notebook holds after a run with this number; `change` are (old, new) texts."""
    shared, questions = ALL[name]
    env = {"lk": lk}
    for source in [*shared, *(q.answer for q in questions.values())]:
        source = re.sub(
            r"^student_number = .*$", f"student_number = {number}", source, flags=re.M
        )
        for old, new in change:
            source = source.replace(old, new)
        exec(source, env)
    return env


def graded(name, env, leave_out=()):
    return {
        q: question.earns(env)
        for q, question in ALL[name][1].items()
        if q not in leave_out
    }


@pytest.mark.parametrize("name", ALL)
def test_points_add_up_to_what_the_page_says(name):
    assert sum(question.worth for question in ALL[name][1].values()) == 16


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(x, marks=pytest.mark.slow) for x in (1018, 20261123))]
)
@pytest.mark.parametrize("name", ALL)
def test_the_solution_earns_all_points(name, number):
    if name == "a1" and number != 1018:  # Question 6 trains: once will do
        quick = ("q6",)
        change = QUICK
    else:
        quick, change = (), ()
    for q, (points, said) in graded(name, worked(name, number, change), quick).items():
        assert points == ALL[name][1][q].worth, (q, said)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_notebook_earns_nothing(name):
    for filling in (
        {},
        dict.fromkeys(ANSWERS, ...),
    ):  # nothing at all, or still the dots
        empty = {"student_number": 1018, "lk": lk, **filling}
        assert sum(points for points, _ in graded(name, empty).values()) == 0


WRONG = {
    "a1 the seats forgotten": (
        "a1", ("theta_2 = theta_2[jnp.array([0, 1, 3, 2, 4])]", "pass"),
        {"q3": 2}, "the other calls DC"),
    "a1 the matrix transposed": (
        "a1", ("matrix @ worth", "worth @ matrix"), {"q5": 3}, "sum runs over theta_2"),
    "a1 the other's gradient": (
        "a1", ("worth = jax.grad(lambda b: V(theta_1, b)[0])",
               "worth = jax.grad(lambda b: V(theta_1, b)[1])"),
        {"q5": 3}, "good for me"),
    "a1 one threshold for both": (
        "a1", ("(T - R) / (R - S)", "(T - R) / (T - P)"), {"q2": 2}, "always defecting"),
    "a1 learning from R": (
        "a1", ("V(theta_1, theta_2)[0])(theta_1)",
               "(1 - game.gamma) * V(theta_1, theta_2)[0])(theta_1)"),
        {"q4": 2}, "not (1 - gamma) V"),
    "a1 no lookahead is not naive": (
        "a1", ("return naive_rule(theta_1, theta_2) + eta * matrix",
               "return -naive_rule(theta_1, theta_2) + eta * matrix"),
        {"q5": 1}, "at eta = 0 the rule is naive"),
    "a2 undiscounted returns": (
        "a2", ("gamma ** jnp.maximum(later, 0)", "1.0"), {"q1": 2}, "discount is missing"),
    "a2 returns wrong in one round already": (
        "a2", ("return r @", "return (1 - gamma) * r @"),
        {"q1": 2}, "not the reward from each round on"),
    "a2 rewards for returns": (
        "a2", ("later >= 0", "later == 0"), {"q1": 2}, "not the reward from each round on"),
    "a2 no returns at all": (
        "a2", ("return r @", "return None\n    r @"), {"q1": 2, "q2": 4}, "returns nothing yet"),
    "a2 returns of zero": (
        "a2", ("return r @", "return 0 * r @"), {"q1": 2, "q2": 4}, "whatever was played"),
    "a2 a surrogate": (
        "a2", ("box = jnp.exp(up_to - jax.lax.stop_gradient(up_to))", "box = up_to"),
        {"q4": 3}, "right only once"),
    "a2 rounds before t": (
        "a2", ("up_to = jnp.cumsum(log_pi, axis=1)", "up_to = jnp.cumsum(log_pi, axis=1) - log_pi"),
        {"q4": 3}, "that round included"),
    "a2 no prior": (
        "a2", ("jnp.log(n[:, 0] + 0.5) - jnp.log(n[:, 1] + 0.5)",
               "jnp.log(n[:, 0]) - jnp.log(n[:, 1])"),
        {"q5": 2}, "the prior is for this"),
    "a2 the graph cut": (
        "a2", ("jax.grad(lambda b: values(theta_1, b)[1])",
               "jax.grad(lambda b: values(jax.lax.stop_gradient(theta_1), b)[1])"),
        {"q6": 2}, "cut from the graph"),
    "a2 gamma to the t dropped": (
        "a2", ("gamma ** jnp.arange(rewards.shape[1]) * returns", "1.0 * returns"),
        {"q2": 2}, "gamma^t is missing"),
}  # fmt: skip


LONG = [case for case in WRONG if case.startswith("a2") and case != "a2 the graph cut"]


@pytest.mark.parametrize(
    "case",
    [pytest.param(x, marks=pytest.mark.slow if x in LONG else ()) for x in WRONG],
)
def test_a_wrong_answer_loses_its_points_and_gets_its_hint(case):
    name, change, lost, hint = WRONG[case]
    assert any(change[0] in q.answer for q in ALL[name][1].values())
    env = worked(name, 1018, [change, *(QUICK if name == "a1" else ())])
    found = graded(name, env, ("q6",) if name == "a1" else ())
    for q, (points, _) in found.items():
        assert points == ALL[name][1][q].worth - lost.get(q, 0), q
    assert hint in " ".join(said for _, said in found.values())


@pytest.mark.slow
def test_a_share_of_the_own_wrong_rule_counts():
    """A slip in Question 5 is paid for there, and not again in Question 6."""
    change = [("matrix @ worth", "worth @ matrix")]
    env = worked("a1", 1018, change)
    assert ALL["a1"][1]["q6"].earns(env)[0] == 2
    assert ALL["a1"][1]["q6"].earns(env | {"share_lola": 0.5})[0] == 1


def test_an_estimate_with_returns_of_its_own_needs_no_question_1():
    env = worked("a2", 1018) | {"returns": ...}
    env["estimate"].__globals__["returns"] = returns
    assert ALL["a2"][1]["q2"].earns(env)[0] == 4


def test_a_naive_rule_is_no_lola_rule():
    """Neither with the right naive rule nor with a wrong one, nor for its share."""
    questions = ALL["a1"][1]
    env = worked("a1", 1018, QUICK)
    share = lk.assignment.cooperative_share
    for naive in (env["naive_rule"], lambda a, b, rule=env["naive_rule"]: -rule(a, b)):
        env |= {"naive_rule": naive, "lola_rule": lambda a, b, eta, f=naive: f(a, b)}
        env |= {"share_naive": share(naive, env["game"])}
        env |= {"share_lola": env["share_naive"]}
        points, said = questions["q5"].earns(env)
        assert points == 0 and "eta changes nothing" in said
        points, said = questions["q6"].earns(env)
        assert points == 1 and "a naive rule" in said


@pytest.mark.slow
def test_a_share_is_counted_to_the_pair():
    """Number 0 has one naive pair that cooperates, so no pair is wrong."""
    env = worked("a1", 0)
    for typed, points in ((0.0, 1), (1 / 64, 2), (0.016, 2), (2 / 64, 1)):
        found = ALL["a1"][1]["q6"].earns(env | {"share_naive": typed})[0]
        assert found == points, typed


def test_what_the_model_answer_of_assignment_1_cites():
    env = worked("a1", 0)
    text = (SOURCES / "a1" / "a1.ipynb").read_text(encoding="utf8")
    assert "(number 0: from 1 of 64 pairs to all 64)" in text
    assert (env["share_naive"], env["share_lola"]) == (1 / 64, 1)
    assert "(number 0: 0.9 and 0.5)" in text
    assert (float(env["game"].gamma), env["gamma_defect"]) == (0.9, 0.5)
    for number in (0, 1018, 20261123):
        env = worked("a1", number, QUICK)
        zeros = jax.numpy.zeros(5)
        assert (env["naive_rule"](zeros, zeros) < 0).all()
        _, CC, CD, DC, DD = env["lola_rule"](zeros, zeros, 3 / (env["T"] - env["S"]))
        assert CC > 0 and DC > 0 and CD < 0 and DD < 0


def boom(*_):
    raise RuntimeError("boom")


@pytest.mark.parametrize(
    "thing",
    [float("inf"), float("nan"), "text", None, [], {}, object(), boom, lambda *_: float("nan"),
     lambda *_: "text", lambda *_: [[1.0]], lambda: 0.0],
    ids=lambda thing: type(thing).__name__,
)  # fmt: skip
@pytest.mark.parametrize("name", ALL)
def test_odd_answers_lose_points_and_nothing_else(name, thing):
    env = {"student_number": 1018, **dict.fromkeys(ANSWERS, thing)}
    assert sum(points for points, _ in graded(name, env).values()) == 0
