"""Private variants of the assignments: what a secret of the teacher's decides, and what is right.

The sources are `assignments/private/NAME.ipynb`, in the format of `otter assign`. A line

    TREMBLE = 0.0  # drawn

gets the value that is drawn for TREMBLE, `[[TREMBLE]]` in the text is that value too, and a
cell with `"drawn": {"KIND": "paper"}` in its metadata stays only where KIND is drawn so. In a
cell with `"program"` the student sees the program with one mistake of `MISTAKES`, and numbers
on its lines.

What is drawn is HMAC-SHA256 of the secret, as a whole number modulo the number of choices: the
same with each version of each package, and nothing about the secret can be read off it, if
the secret cannot be guessed.

The answers on the marking sheet come from the library, by another way than those of the
solutions: bisection of sums for a threshold, enumeration for a factor, and lolakit's own rules.
"""

import ast
import hashlib
import hmac
import itertools
import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aside

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "assignments" / "private"
LENGTH = 12  # letters that a secret has at least
STATES = ("the first round", "CC", "CD", "DC", "DD")

# Each old text stands in one line of the program, and each change is a mistake.
MISTAKES = {
    "simulate": (
        ("mine, theirs, earned = 0, 0, 0.0", "mine, theirs, earned = 1, 1, 0.0"),
        ("range(rounds)", "range(1, rounds)"),
        ("rng.random() > x[mine]", "rng.random() < x[mine]"),
        ("y[theirs]", "y[mine]"),
        ("> y[theirs]", "> x[theirs]"),
        ("gamma**t", "gamma ** (t + 1)"),
        ("payoff[a][b]", "payoff[b][a]"),
        ("mine = 1 + 2 * a + b", "mine = 1 + 2 * b + a"),
        ("theirs = 1 + 2 * b + a", "theirs = 1 + 2 * a + b"),
    ),
    "shaping": (
        ("gamma ** jnp.arange(rounds) / batch", "jnp.full(rounds, 1 / batch)"),
        ("gamma ** jnp.arange(rounds) / batch", "gamma ** jnp.arange(rounds)"),
        ("jnp.cumsum(score(theta_1, first.states[0], first.actions[0]), axis=1)",
         "score(theta_1, first.states[0], first.actions[0])"),
        ("score(theta_1, first.states[0]", "score(theta_1, first.states[1]"),
        ("jnp.cumsum(score(theta_2, first.states[1], first.actions[1]), axis=1)",
         "score(theta_2, first.states[1], first.actions[1])"),
        ("weight * first.rewards[1]", "weight * first.rewards[0]"),
        ("second.states[1], second.actions[1]", "first.states[1], first.actions[1]"),
        ("weight * second.rewards[0]", "weight * second.rewards[1]"),
        ("matrix @ worth", "worth @ matrix"),
    ),
}  # fmt: skip

ORDERS = [(0, *order) for order in itertools.permutations((1, 2, 3, 4))][1:]
GAME = {
    "VARIANT": range(10_000, 1_000_000),
    "SCALE": (2, 3, 4, 5),
    "SHIFT": range(-9, 0),
}
# Of the 375 games each threshold lies below 0.9 for each of these FORGIVES. With each of
# these CARE and REACH most LOLA pairs cooperate, and most naive pairs do not.
CHOICES: dict[str, dict[str, Sequence[Any]]] = {
    "a1": GAME | {
        "MISTAKE": range(len(MISTAKES["simulate"])),
        "FORGIVES": (0.04, 0.05, 0.06, 0.08, 0.1),
        "DEFECTIONS": (1, 2),
        "TREMBLE": (0.02, 0.03, 0.04, 0.06, 0.07, 0.09),
        "ORDER": ORDERS,
        "CARE": (-0.12, -0.1, -0.08, 0.08, 0.1),
        "KIND": ("paper", "taylor", "unrolled"),
        "REACH": (2.5, 3, 3.5),
    },
    "a2": GAME | {
        "MISTAKE": range(len(MISTAKES["shaping"])),
        "RETURNS": ("decay", "window"),
        "LAMBDA": (0.7, 0.75, 0.8, 0.85, 0.9),
        "WINDOW": (2, 3),
        "WEIGHTED": (True, False),
        "BASELINE": (-4.5, -3.25, -1.75, 2.5, 3.75, 6.5),
        "MEAN": ("part", "old"),
        "PART": (0.3, 0.4, 0.6, 0.7, 0.8),
        "OLD": (3, 4, 5, 7),
        "RECENT": (2, 3),
        "PRIOR": ((0.25, 1.5), (1.5, 0.75), (2.0, 0.25), (0.75, 2.0), (1.25, 0.25)),
        "CARE": (-0.3, -0.2, 0.2, 0.3, 0.5),
    },
}  # fmt: skip


# --- the secret -------------------------------------------------------------------------


def secret() -> str:
    """Return the secret that the environment holds, or an empty text if it holds none.

    Raises:
        ValueError: for one that is too short, which could be guessed.
    """
    found = os.environ.get("LOLAKIT_SECRET", "")
    if found and len(found) < LENGTH:
        raise ValueError(
            f"SECRET: expected {LENGTH} characters or more, such as what `python -c "
            f"'import secrets; print(secrets.token_hex(16))'` prints, got {len(found)}"
        )
    return found


def draw(secret: str, what: str, choices: Sequence[Any]) -> Any:
    """Return the one of these choices that the secret decides on for `what`."""
    digest = hmac.new(secret.encode(), f"lolakit {what}".encode(), hashlib.sha256)
    return choices[int.from_bytes(digest.digest()) % len(choices)]


def drawn(name: str, secret: str) -> dict[str, Any]:
    """Return all that a secret decides for an assignment."""
    return {what: draw(secret, f"{name} {what}", choices)
            for what, choices in CHOICES[name].items()}  # fmt: skip


# --- the notebook -----------------------------------------------------------------------


def mistaken(program: str, mistake: tuple[str, str]) -> tuple[str, int]:
    """Return the program with this mistake in it, its lines numbered, and the wrong line."""
    lines = program.splitlines()
    (at,) = (i for i, line in enumerate(lines) if mistake[0] in line)
    lines[at] = lines[at].replace(*mistake)
    width = max(map(len, lines)) + 2
    numbered = [f"{line:<{width}}# {i}" for i, line in enumerate(lines, 1)]
    return "\n".join(numbered), at + 1


def words(values: dict[str, Any]) -> dict[str, str]:
    """Return what the text says in the place of each `[[NAME]]`."""
    found = {what: str(value).replace("-", "−") for what, value in values.items()}
    if "ORDER" in values:
        *some, last = (STATES[state] for state in values["ORDER"][1:])
        found["STATES"] = f"{', '.join(some)} and {last}"
    if "PRIOR" in values:
        found["PRIOR_C"], found["PRIOR_D"] = map(str, values["PRIOR"])
    return found


def fill(source: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return the source of `otter assign` that these values make of a private source."""
    said, cells, values = words(values), [], dict(values)
    programs = (c for c in source["cells"] if "program" in c["metadata"])
    for cell in programs:
        text = "".join(cell["source"])
        program = re.findall(r"(?s)NO PROMPT\n(.*?)\n\n\nline = ", text)[0]
        mistake = MISTAKES[cell["metadata"]["program"]][values["MISTAKE"]]
        values["PROGRAM"], values["LINE"] = mistaken(program, mistake)

    def value(line: re.Match[str]) -> str:
        return f"{line[1]}{line[2]} = {values[line[3] or line[2]]!r}"

    for cell in source["cells"]:
        about = dict(cell["metadata"])
        if any(values[what] != kept for what, kept in about.pop("drawn", {}).items()):
            continue
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            line = r"(?m)^( *)(\w+) = .*?  # drawn(?: as (\w+))?$"
            text = re.sub(line, value, text)
        else:
            text = re.sub(r"\[\[(\w+)\]\]", lambda found: said[found[1]], text)
        if about.pop("program", None):
            text += f'\n"""  # BEGIN PROMPT\n{values["PROGRAM"]}\n\n\nline = ...\n"""  # END PROMPT'
        cells.append(cell | {"metadata": about, "source": text.splitlines(True)})
    return source | {"cells": cells}


def source(name: str, secret: str) -> dict[str, Any]:
    """Return the variant of an assignment, as a source of `otter assign`."""
    return fill(aside.notebook(SOURCES / f"{name}.ipynb"), drawn(name, secret))


# --- what is right ----------------------------------------------------------------------


def root(f: Callable[[float], float]) -> float:
    """Return where f, which is below 0 at 0 and above it at 1, changes its sign."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if f(middle) > 0 else (middle, high)
    return (low + high) / 2


def thresholds(
    payoffs: tuple[float, ...], forgives: float, defections: int
) -> list[float]:
    """Return from which discounts on cooperating pays: against always D, against the cycle.

    By sums over 3000 rounds, in which the other cooperates with a probability that depends
    on the last action; above 0.99 they would be too short, but no threshold is.
    """
    T, R, P, S = payoffs

    def ahead(gamma: float, plan: list[int]) -> float:
        total, cooperates = 0.0, 1.0
        for t, action in zip(range(3000), itertools.cycle(plan), strict=False):
            own = (R, S) if action == 0 else (T, P)
            total += gamma**t * (R - cooperates * own[0] - (1 - cooperates) * own[1])
            cooperates = 1.0 if action == 0 else forgives
        return total

    plans = ([1], [1] * defections + [0])
    return [root(lambda gamma, plan=plan: ahead(0.99 * gamma, plan)) * 0.99
            for plan in plans]  # fmt: skip


def own_part(games: int, others: int, part: float) -> float:
    """Return what is left of a gradient where a game stands in its own mean.

    One coin a game, which pays 1 for heads: all results of `games` coins and of `others`
    that count in the mean alone, each with its probability. `part` of the mean is
    subtracted.
    """
    import numpy as np

    p, n = 0.3, games + others
    x = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    chance = np.where(x, p, 1 - p).prod(axis=1)
    less = x[:, :games] - part * x.mean(axis=1, keepdims=True)
    found = chance @ ((x[:, :games] - p) * less).mean(axis=1)
    return float(found / (p * (1 - p)))


def expected(name: str, values: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the right answers for a student number, computed by the library."""
    import jax

    with jax.enable_x64(True):
        import lolakit as lk

        game = lk.assignment.student_game(number + values["VARIANT"])
        game = lk.MatrixGame(
            values["SCALE"] * game.payoff + values["SHIFT"], game.gamma
        )
        found = (_of_a1 if name == "a1" else _of_a2)(values, number, game)
    found = {what: getattr(answer, "tolist", lambda a=answer: a)()
             for what, answer in found.items()}  # fmt: skip
    program = {"a1": "simulate", "a2": "shaping"}[name]
    text = "".join(next("".join(cell["source"]) for cell in aside.notebook(
        SOURCES / f"{name}.ipynb")["cells"] if cell["metadata"].get("program")))  # fmt: skip
    right = re.findall(r"(?s)NO PROMPT\n(.*?)\n\n\nline = ", text)[0]
    line = mistaken(right, MISTAKES[program][values["MISTAKE"]])[1]
    return {"line": line} | found


def _of_a1(values: dict[str, Any], number: int, game: Any) -> dict[str, Any]:
    """What is right in assignment 1."""
    import jax

    import lolakit as lk

    (R, S), (T, P) = game.payoff[0].tolist()
    one, two = lk.assignment.student_policies(number)
    V, w, tremble = lk.exact_values(game), values["CARE"], values["TREMBLE"]
    U = lambda a, b, key=None: V(a, b) + w * V(a, b)[::-1]
    done = [lk.from_probabilities(tremble + (1 - 2 * tremble) * jax.nn.sigmoid(theta))
            for theta in (one, two)]  # fmt: skip
    kinds = {"paper": lk.lola, "taylor": lk.lola_taylor, "unrolled": lk.lola_unrolled}
    rule = lambda eta: kinds[values["KIND"]](U, lookahead=eta)
    share = lambda rule: lk.assignment.cooperative_share(rule, game)
    defect, cycle = thresholds((T, R, P, S), values["FORGIVES"], values["DEFECTIONS"])
    return {
        "T, R, P, S": [T, R, P, S], "gamma": float(game.gamma),
        "gamma_defect": defect, "gamma_cycle": cycle,
        "values, of the two policies in this order": V(*done),
        "naive_rule": lk.naive(U)(one, two),
        f"lola_rule, eta = {0.5 / values['SCALE']:g}": rule(0.5 / values["SCALE"])(one, two),
        "share_naive": share(lk.naive(U)),
        "share_lola": share(rule(values["REACH"] / (T - S))),
        "payoffs that U stands for, T R P S": [T + w * S, (1 + w) * R, (1 + w) * P, S + w * T],
    }  # fmt: skip


def _of_a2(values: dict[str, Any], number: int, game: Any) -> dict[str, Any]:
    """What is right in assignment 2."""
    import jax
    import jax.numpy as jnp

    import lolakit as lk
    from lolakit.values import baselines

    gamma, variant = float(game.gamma), values["VARIANT"]
    one, two = lk.assignment.student_policies(number + variant)
    batch = 2 + (number + variant) % 9
    play = lk.rollout(game, one, two, jax.random.key(0), horizon=4, batch=batch)
    if values["RETURNS"] == "decay":
        G = baselines.returns(play.rewards[0], gamma * values["LAMBDA"])
    else:
        G, n = baselines.returns(play.rewards[0], gamma), values["WINDOW"]
        G = G - gamma**n * jnp.pad(G, ((0, 0), (0, n)))[:, n:]
    score = jax.jacobian(lk.log_prob)(one, play.states[0], play.actions[0])
    late = gamma ** jnp.arange(4) if values["WEIGHTED"] else jnp.ones(4)
    weights = late * (G - values["BASELINE"]) / batch
    counts = jnp.stack([((play.states[0] == s) & (play.actions[0] == a)).sum()
                        for s in range(5) for a in (0, 1)]).reshape(5, 2)  # fmt: skip
    p = (counts[:, 0] + values["PRIOR"][0]) / (
        counts.sum(axis=1) + sum(values["PRIOR"])
    )
    V = lk.exact_values(game)
    U = lambda a, b, key=None: V(a, b).at[1].add(values["CARE"] * V(a, b)[0])
    eta = 0.1 / values["SCALE"]
    part, old = (
        (values["PART"], 0) if values["MEAN"] == "part" else (1.0, values["OLD"])
    )
    return {
        "gamma": gamma, "batch": batch,
        "returns of the first game": G[0],
        "estimate": jnp.einsum("nt,nti->i", weights, score),
        "factor": own_part(batch, old, part),
        "model(states, actions)": lk.from_probabilities(p),
        f"look_ahead(V, ..., {eta:g}, 3)": lk.lola_unrolled(U, lookahead=eta, steps=3)(one, two),
    }  # fmt: skip


# --- the marking sheet ------------------------------------------------------------------


def turns(test: str) -> list[str]:
    """Return what a test says of wrong answers: the texts of its calls of `need`."""
    said = []
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "need":
            text = node.args[-1]
            if isinstance(text, ast.Constant):
                said.append(str(text.value))
    return said


def marking(name: str, variant: dict[str, Any], values: dict[str, Any],
            answers: dict[int, dict[str, Any]]) -> str:  # fmt: skip
    """Return the marking sheet, in Markdown."""
    lines = [f"# {name}: marking sheet of a private variant", "",
             "For the teacher alone. Tests grade all but the last question.", "",
             "## What is drawn", "", "| | |", "|---|---|"]  # fmt: skip
    used = {k: v for k, v in values.items() if k != "MISTAKE"}
    lines += [f"| {what} | {value} |" for what, value in used.items()]
    more = "`make assignments SECRET=... ARGS='-- --numbers 1017 1018'`"
    lines += ["", "## Right answers", "", f"For more numbers: {more}."]
    for number, found in answers.items():
        lines += ["", f"**Student number {number}**", "", "| | |", "|---|---|"]
        lines += [f"| {what} | {shown(value)} |" for what, value in found.items()]
    lines += ["", "## Wrong turns that the tests know", ""]
    question, solution = "", False
    for cell in variant["cells"]:
        text = "".join(cell["source"])
        if text.startswith("# BEGIN QUESTION"):
            question = re.findall(r"^name: q(\w+)$", text, re.M)[0]
        elif text.startswith(("# BEGIN SOLUTION", "# END SOLUTION")):
            solution = text.startswith("# BEGIN")
        elif "hidden: true" in text:
            points = re.findall(r"^points: (\d+)$", text, re.M)[0]
            said = " / ".join(turns(text))
            lines.append(f"- Question {question}, {points} of its points: {said}")
        elif solution and cell["cell_type"] == "markdown":
            lines += ["", f"## Question {question}, by hand", "", text]
    return "\n".join(lines) + "\n"


def shown(value: Any) -> str:
    """Return an answer with six digits."""
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return f"{value:.6g}"


def teacher(name: str, secret: str, out: Path, numbers: Sequence[int]) -> None:
    """Write what the teacher's pack has beside what `otter assign` makes."""
    values = drawn(name, secret)
    answers = {number: expected(name, values, number) for number in numbers}
    aside.write(out / "expected.json", json.dumps(answers, indent=1) + "\n")
    sheet = marking(name, source(name, secret), values, answers)
    aside.write(out / "marking.md", sheet)
