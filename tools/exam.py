"""An exam paper of 90 minutes and its marking sheet, from the exam bank: HTML, and PDF of A4.

    python tools/exam.py [--chapters 1-7] [--no-pdf]

With LOLAKIT_SECRET (`make exam SECRET=...`) the secret decides which questions, and other
numbers where a question has numbers; all goes into `_build/private/exam`. Without it the
paper is a public sample, in `_build/exam`. What is drawn is drawn as for the assignments
(`tools/private.py`), and the answers of numbers that are drawn are worked out with lolakit.
The PDFs are printed by the Chromium that `tools/pdf.py` finds; where there is none, the HTML
is all there is.
"""

# ruff: noqa: E501 (lines of prose)
import argparse
import html
import itertools
import re
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import aside
import private
from nbconvert.filters import markdown2html

ROOT = Path(__file__).resolve().parent.parent
BANK = ROOT / "book" / "exam-bank.md"
SAMPLE = "the public sample"
POINTS = (58, 60)  # of a paper: a point is a minute and a half
ALONE = ({"10a", "11a"},)  # of these one at most: they have the same game
CALCULATOR = {"1b", "5a", "8b", "9a", "9b"}

Draw = Callable[[str, Sequence[Any]], Any]


class Question(NamedTuple):
    """A question of the bank: its answer in steps, each with its points, and what is noted."""

    label: str  # 3a
    chapter: str  # 3
    kind: str
    points: int
    text: str
    steps: list[tuple[str, int]]
    notes: str


# --- the bank ---------------------------------------------------------------------------


def masked(text: str) -> str:
    """Return the text with its formulas blanked out, character by character."""
    return re.sub(r"\$[^$]*\$", lambda found: "_" * len(found[0]), text)


def steps(answer: str) -> tuple[list[tuple[str, int]], str]:
    """Return the steps of a model answer with the points of each, and the notes after them."""
    other = re.search(r"\*Or, .*? instead\)\.\s*", answer)
    if other:
        answer = answer.replace(other[0], "")
    cut = re.search(r"\*(Common|Half right|Also right|Wrong)", masked(answer))
    main, notes = (
        (answer[: cut.start()], answer[cut.start() :]) if cut else (answer, "")
    )
    found, since = [], 0
    for mark in re.finditer(r"\s*\((\d+)\)", masked(main)):
        text = main[since : mark.start()].lstrip(" .,;:")
        found.append((text, int(mark[1])))
        since = mark.end()
    rest = main[since:].lstrip(" .,;:").strip()
    return found, " ".join(filter(None, [rest, other and other[0].strip(), notes]))


def bank() -> list[Question]:
    """Return the questions of the exam bank."""
    found, chapter = [], ""
    pattern = (
        r"(?ms)^## Chapter (\w+):|^\*\*(\w+)\*\* \((\w+), (\d+) points\)\. (.*?)\n\n"
        r"```\{dropdown\} Answer and marks\n(.*?)\n```"
    )
    for match in re.finditer(pattern, BANK.read_text(encoding="utf8")):
        if match[1]:
            chapter = match[1]
            continue
        label, kind, points, text, answer = match.groups()[1:]
        found.append(Question(label, chapter, kind, int(points), text, *steps(answer)))
    return found


def number(chapter: str) -> int:
    """Return the chapter as a number: 3b is 3."""
    return int(re.match(r"\d+", chapter)[0])  # type: ignore[index]


def choose(questions: Sequence[Question], draw: Draw) -> list[Question]:
    """Return questions of 58 to 60 points, at most two of a chapter, some of each kind."""
    for attempt in range(10_000):
        order = sorted(
            questions, key=lambda q: draw(f"{attempt} {q.label}", range(2**62))
        )
        taken: list[Question] = []
        for q in order:
            labels = {other.label for other in taken} | {q.label}
            fits = sum(other.points for other in taken) + q.points <= POINTS[1]
            two = sum(other.chapter == q.chapter for other in taken) < 2
            alone = all(len(labels & pair) <= 1 for pair in ALONE)
            if fits and two and alone:
                taken.append(q)
        kinds = [q.kind for q in taken]
        varied = sum(q.label in VARIED for q in taken)
        enough = min(kinds.count("derive"), kinds.count("apply"), varied) >= 3
        if sum(q.points for q in taken) >= POINTS[0] and enough and "recall" in kinds:
            return sorted(taken, key=questions.index)
    raise ValueError(
        f"chapters: expected some whose questions make {POINTS[0]} points, got "
        f"{sorted({q.chapter for q in questions}, key=number)}"
    )


# --- other numbers ----------------------------------------------------------------------


def minus(text: object) -> str:
    """Return a number as the prose has it."""
    return str(text).replace("-", "−")


def tex(x: Fraction) -> str:
    """Return a fraction as TeX."""
    sign = "-" if x < 0 else ""
    x = abs(x)
    whole = str(x.numerator)
    return sign + (
        whole if x.denominator == 1 else rf"\frac{{{whole}}}{{{x.denominator}}}"
    )


def agree(found: Any, wanted: Any) -> None:
    """Raise unless the library finds what the answer says."""
    import numpy as np

    np.testing.assert_allclose(
        np.asarray(found, dtype=float), np.asarray(wanted, dtype=float), atol=2e-5
    )


def late_tit_for_tat(draw: Draw) -> tuple[str, str]:
    """1b: other payoffs, another discount."""
    import jax.numpy as jnp

    import lolakit as lk

    T, R, P, S = draw("payoffs", [(7, 5, 3, 2), (5, 3, -1, -2), (9, 7, 4, 3), (4, 3, -1, -3), (8, 6, 3, 2)])  # fmt: skip
    g = draw("gamma", (0.8, 0.85, 0.9, 0.92, 0.95))
    game = lk.MatrixGame(
        jnp.array([[[R, S], [T, P]], [[R, T], [S, P]]], dtype=float), g
    )
    late = lk.from_probabilities(jnp.array([0.0, 1.0, 0.0, 1.0, 0.0]))
    one, two = (T + g * S) / (1 + g), (S + g * T) / (1 + g)
    agree(lk.per_step(lk.exact_values(game)(late, lk.tit_for_tat()), g), [one, two])
    return (
        "Player 1 plays tit-for-tat, but begins with D. Player 2 plays tit-for-tat. The "
        f"payoffs of player 1 are {minus(R)} (CC), {minus(S)} (CD), {minus(T)} (DC) and "
        f"{minus(P)} (DD). What do the two earn per step, as functions of $\\gamma$? Give the "
        f"numbers for $\\gamma = {g}$.",
        "The play is DC, CD, DC, CD, … for ever (2). "
        f"So $V_1 = {T} + {S}\\gamma + {T}\\gamma^2 + \\dots = ({T} + {S}\\gamma)/(1-\\gamma^2)$, and "
        f"$R_1 = (1-\\gamma)V_1 = ({T} + {S}\\gamma)/(1+\\gamma)$ (2). Likewise "
        f"$R_2 = ({S} + {T}\\gamma)/(1+\\gamma)$ (1). At {g} they are {one:.3f} and {two:.3f} (1). "
        f"*Common:* {(T + S) / 2:g} for both, which leaves out who comes first (2 of 6).".replace(
            "+ -", "- "
        ),
    )


def impossible(draw: Draw) -> tuple[str, str]:
    """1c: another value that cannot be."""
    x = draw("value", (0.95, 0.9, 0.85, 0.8, 0.7))
    return (
        f"A colleague reports that two learners earn −{x:g} per step each in the book's "
        "prisoner's dilemma, which pays −1 (CC), −3 (CD), 0 (DC) and −2 (DD). What do you say?",
        "It cannot be (1). The payoffs of a round add up to −2 in CC, −3 in CD and DC, −4 in DD, "
        f"so no mean over rounds adds up to more than −2, and theirs adds up to −{2 * x:g} (2). "
        "The numbers are probably not per step: a finite horizon that was not accounted for, or "
        "a factor that does not fit the discount (1).",
    )


def bilinear(draw: Draw) -> tuple[str, str]:
    """3a: another constant."""
    import jax
    import jax.numpy as jnp

    import lolakit as lk

    c = draw("constant", (2, 3, 4, 5))

    def values(own: Any, other: Any, key: Any = None) -> Any:
        return jnp.array([c, -c]) * (own * other).sum()

    a, b, eta = jnp.array([0.7]), jnp.array([-0.4]), 0.3
    key = jax.random.key(0)
    agree(lk.naive(values)(a, b, key), c * b)
    agree(lk.lola(values, lookahead=eta)(a, b, key), c * b - c * c * eta * a)
    agree(lk.lola_taylor(values, lookahead=eta)(a, b, key), c * b - 2 * c * c * eta * a)
    agree((1 - 1) ** 2 + 1, 1)  # the squared factor at delta = eta = 1/c
    return (
        f"$V_1 = {c}\\,\\theta_1\\theta_2$ and $V_2 = -{c}\\,\\theta_1\\theta_2$, with single numbers. "
        "Both look ahead by $\\eta$. (i) Write down the naive direction of player 1, that of "
        "LookAhead, and that of the paper's LOLA. (ii) What does the derivative of the whole "
        "expansion $V_1 + \\eta\\,\\nabla_2V_1\\,\\nabla_2V_2$ give? (iii) Both follow the paper's "
        "LOLA with steps $\\delta$. When does the distance to 0 shrink?",
        f"(i) Naive: $\\nabla_1V_1 = {c}\\theta_2$ (1). The other will step by "
        f"$\\eta\\nabla_2V_2 = -{c}\\eta\\theta_1$. LookAhead takes the step as given: "
        f"${c}\\theta_2 - {c * c}\\eta\\theta_1$ (2). The paper's LOLA adds the shaping term "
        f"$\\eta\\,(\\nabla_1\\nabla_2V_2)\\,\\nabla_2V_1 = -{c * c}\\eta\\theta_1$ to the naive one: "
        f"${c}\\theta_2 - {c * c}\\eta\\theta_1$, here the same (2). (ii) "
        f"$\\nabla_1({c}\\theta_1\\theta_2 - {c * c}\\eta\\theta_1^2) = "
        f"{c}\\theta_2 - {2 * c * c}\\eta\\theta_1$: both terms (2). (iii) Player 2 likewise: "
        f"$-{c}\\theta_1 - {c * c}\\eta\\theta_2$. A step multiplies by "
        f"$(1-{c * c}\\delta\\eta)I + {c}\\delta J$, $J$ a quarter turn, so the squared distance by "
        f"$(1-{c * c}\\delta\\eta)^2 + {c * c}\\delta^2$ (2). That is below 1 if and only if "
        f"$\\delta(1+{c * c}\\eta^2) < 2\\eta$ (1).",
    )


def own_mean(draw: Draw) -> tuple[str, str]:
    """4b: other sizes of the batch."""
    B, few = draw("batch", (1000, 2000, 5000, 10_000)), draw("few", (2, 4, 5, 10))
    agree(private.own_part(few, 0, 1.0), 1 - 1 / few)
    return (
        "From each game's return a program subtracts the mean over the batch of $B$ games, this "
        "game included. What is the expectation of its estimate? Is the bias a problem at "
        f"$B = {B}$? And at $B = {few}$?",
        "With $r_i - \\frac1B\\sum_j r_j = (1-\\frac1B)r_i - \\frac1B\\sum_{j\\ne i}r_j$ (2) and the "
        "games independent, the second part has expectation 0 beside the score of game $i$ (2). "
        "So the expectation is $(1 - 1/B)$ times the gradient (1). "
        f"At $B = {B}$ that is a step size smaller by {100 / B:g} per cent: no problem. At "
        f"$B = {few}$ it is smaller by {100 / few:g} per cent (1).",
    )


def counts(draw: Draw) -> tuple[str, str]:
    """5a: other counts."""
    import jax.numpy as jnp

    import lolakit as lk

    k, n = draw("counts", [(6, 8), (9, 12), (7, 9), (8, 12), (3, 9), (2, 8)])
    p = jnp.array([k / n, (k + 1) / (n + 2), (n + 1) / (n + 2), 0.5, 0.5])
    found = [float(x) for x in lk.from_probabilities(p)[:3]]
    return (
        f"In one state the other cooperated in {k} of {n} cases. Which logit has the largest "
        "likelihood? Which, if one adds one C and one D to the counts? Why would one?",
        f"The likelihood $\\sigma^{k}(1-\\sigma)^{n - k}$ is largest at $\\sigma = {k}/{n}$, so the "
        f"logit is $\\log({k}/{n - k}) = {found[0]:.3f}$ (2). With the two added, "
        f"$\\log({k + 1}/{n - k + 1}) = {found[1]:.3f}$ (1). After {n} of {n} the first would be "
        "infinite, and in a state that was never seen it has no answer at all; the second gives "
        f"$\\log {n + 1} = {found[2]:.3f}$ and 0 (2).",
    )


def coin(draw: Draw) -> tuple[str, str]:
    """6b: another coin."""
    import jax
    import jax.numpy as jnp

    import lolakit as lk

    p, m = draw("p", [Fraction(1, 3), Fraction(1, 4), Fraction(2, 3), Fraction(3, 4), Fraction(1, 5)]), draw("pays", (2, 3, 4, 6))  # fmt: skip
    q = 1 - p
    theta = float(jnp.log(float(p) / float(q)))

    def mean(objective: Any, order: int) -> float:
        f = lambda theta: objective(jax.nn.log_sigmoid(theta)) * m  # tails pay nothing
        for _ in range(order):
            f = jax.grad(f)
        return float(p) * float(f(theta))

    agree([mean(lambda x: x, k) for k in (1, 2)], [m * p * q, -m * p * p * q])
    agree([mean(lk.magic_box, k) for k in (1, 2)], [m * p * q, m * p * q * (1 - 2 * p)])
    agree(m * jax.grad(jax.grad(jax.nn.sigmoid))(theta), m * p * q * (1 - 2 * p))
    return (
        f"A coin falls heads with probability $p = \\sigma(\\theta)$ and pays {m} for heads. Let $x$ "
        "be what it pays. Compute the expected first and second derivative, at the $\\theta$ where "
        f"$p = {tex(p)}$, of (i) the surrogate $x\\log p(x)$, (ii) the DiCE objective "
        "$\\square(\\log p(x))\\,x$, and (iii) what they should be.",
        f"(iii) The expected payment is ${m}\\sigma(\\theta)$: ${m}\\sigma' = {m}\\sigma(1-\\sigma) = "
        f"{tex(m * p * q)}$ and ${m}\\sigma'' = {m}\\sigma'(1-2\\sigma) = {tex(m * p * q * (1 - 2 * p))}$ "
        f"(2). Only heads count. There $\\nabla\\log p = 1 - p = {tex(q)}$ and "
        f"$\\nabla^2\\log p = -p(1-p) = {tex(-p * q)}$ (2). (i) First: "
        f"${tex(p)}\\cdot{m}\\cdot{tex(q)} = {tex(m * p * q)}$, right. Second: "
        f"${tex(p)}\\cdot{m}\\cdot({tex(-p * q)}) = {tex(-m * p * p * q)}$, wrong (2). (ii) First "
        f"${tex(m * p * q)}$, second ${tex(p)}\\cdot{m}\\,\\big({tex(q * q)} - {tex(p * q)}\\big) = "
        f"{tex(m * p * q * (1 - 2 * p))}$, both right (2).",
    )


def extortion(draw: Draw) -> tuple[str, str]:
    """8b: another factor."""
    import lolakit as lk

    chi = draw("chi", (2, 4, 5, 6))
    s = Fraction(chi - 1, 1 + 2 * chi)
    game = lk.prisoners_dilemma()
    V = lk.exact_values(game)(
        lk.zero_determinant(game, chi=float(chi)), lk.always_cooperate()
    )
    agree(lk.per_step(V, game.gamma) / 10, [(-1 + s) / 10, (-1 - 2 * s) / 10])
    return (
        f"In the book's prisoner's dilemma an extortioner forces $R_1 + 2 = {chi}\\,(R_2 + 2)$. Its "
        "opponent always cooperates. What do both earn?",
        "Only CC and DC occur, so the point lies between (−1, −1) and (0, −3): "
        f"$(-1+s, -1-2s)$ (2). On the line: $1 + s = {chi}\\,(1 - 2s)$, so $s = {tex(s)}$ (2). "
        f"$R_1 = {tex(-1 + s)} = {float(-1 + s):.3f}$ and $R_2 = {tex(-1 - 2 * s)} = "
        f"{float(-1 - 2 * s):.3f}$ (2).",
    )


def pedals(draw: Draw) -> tuple[str, str]:
    """10a: another game of this kind, another lookahead."""
    import jax.numpy as jnp

    import lolakit as lk

    a = draw("slope", (2, 4, 5, 6))
    eta = draw("eta", [Fraction(1, 8), Fraction(1, 6), Fraction(1, 5), Fraction(1, 10)])
    s, fixed = a / (2 - 4 * eta), Fraction(a, 2)
    game = lk.differentiable_game(
        lambda x, y: (a * x - (x + y) ** 2, a * y - (x + y) ** 2)
    )
    half, there = jnp.array(float(s) / 2), jnp.array(float(fixed) / 2)
    agree(lk.lola(game, lookahead=float(eta))(half, half), 0)
    agree(lk.naive(game)(there, there), 0)
    earned = a * s - 2 * s * s
    agree([game(half, half).sum() / 10, game(there, there).sum()], [earned / 10, 0])
    return (
        f"Two players choose one number each and earn $V_1 = {a}x - (x+y)^2$ and "
        f"$V_2 = {a}y - (x+y)^2$. Where are the fixed points? Where do two learners with the paper's "
        "LOLA rest, as a function of $\\eta$, and what do both earn there together for "
        f"$\\eta = {tex(eta)}$? Compare with the fixed points.",
        f"With $s = x + y$ each slope is ${a} - 2s$, so all points with $s = {tex(fixed)}$ are fixed "
        "(2). The other's value to me falls by $2s$ per unit of its number, and I turn its slope by "
        f"−2, so that the shaping term is $4\\eta s$ (2). Rest: ${a} - 2s + 4\\eta s = 0$, so "
        f"$s = {a}/(2 - 4\\eta)$ (1), which is ${tex(s)}$ for $\\eta = {tex(eta)}$. Together they earn "
        f"${a}s - 2s^2 = {tex(earned)}$ (1), and 0 at the fixed points (1).",
    )


def account(draw: Draw) -> tuple[str, str]:
    """12a: other advantages."""
    import jax.numpy as jnp

    import lolakit as lk

    mine, theirs = draw("advantages", [((3, -2, 0), (-1, 2, 2)), ((4, -1, 0), (1, 2, 1)), ((5, -3, 0), (2, 1, 4)), ((3, -1, 0), (-2, 1, 2))])  # fmt: skip
    before = [0, mine[0], mine[0] + mine[1]]
    one, two = before[1] * theirs[1], before[2] * theirs[2]
    beta = Fraction(-mine[1], one)
    for b in (float(beta), 2.0):
        found = lk.aligned(
            jnp.array([mine], dtype=float),
            jnp.array([theirs], dtype=float),
            weight=b,
            decay=1.0,
        )
        agree(found, [[mine[0], mine[1] + one * b, two * b]])
    row = lambda numbers: ", ".join(minus(x) for x in numbers)
    return (
        f"Three rounds, $\\gamma = 1$. My advantages are {row(mine)} and the other's "
        f"{row(theirs)}. Write the weights $A^*_t$ of Advantage Alignment as functions of $\\beta$. "
        "For which $\\beta$ is my action of round 1 (the second) made neither more nor less likely? "
        "What does the rule do to my action of round 2 (the third), and why, in words?",
        f"The account before each round is {row(before)} (2), so the weights are {mine[0]}, "
        f"${mine[1]} + {one}\\beta$ and ${two}\\beta$ (1). $\\beta = {tex(beta)}$ (1). It makes it more "
        "likely (1): I have fared well so far, and the action was good for the other (1).",
    )


def coins(draw: Draw) -> tuple[str, str]:
    """13a: other rates."""
    rate, own = draw("rate", (0.1, 0.3, 0.4)), draw("own", (0.6, 0.75, 0.8, 0.9))
    c = draw("loss", (3, 4, 5))
    both = rate * (2 * own - 1)
    worth = lambda s, c: s + (1 - s) * (1 - c)
    agree([rate * worth(own, 2), worth((c - 1) / c, c)], [both, 0])
    return (
        f"On a larger board a pair picks {rate:g} coins in a round, {100 * own:g} % of them by their "
        "owners. What does a player earn in a round, on average over both? A colleague changes the "
        f"loss of the robbed from 2 to {c}. From which own share on does the pair now earn anything "
        "together? And with a loss of 1?",
        "A pick by the owner adds 1 to the two of them, a theft $1 - 2 = -1$ (1): "
        f"${rate:g}\\,({own:g} - {1 - own:.4g}) = {both:.4g}$ for both together, {both / 2:.4g} each (1). "
        "With a loss of $c$ a share $s$ is worth $s + (1-s)(1-c)$ a pick (2). For "
        f"$c = {c}$ that is ${c}s - {c - 1}$, positive from $s = {tex(Fraction(c - 1, c))}$ on (1). For "
        "$c = 1$ it is $s$: never negative, and the players have no dilemma, only a transfer (1).",
    )


def table(draw: Draw) -> tuple[str, str]:
    """14a: the rounds in another order."""
    import jax
    import jax.numpy as jnp

    import lolakit as lk

    pays = {"CC": -1.0, "CD": -3.0, "DC": 0.0, "DD": -2.0}
    rounds = draw("rounds", list(itertools.permutations(pays)))
    worth = lk.q_learner(0.0, learning_rate=0.5, scale=0.0)
    theta, state = worth.init(jax.random.key(0))
    Q, said = {"C": 0.0, "D": 0.0}, []
    for seen in rounds:
        a, b = ("CD".index(x) for x in seen)
        Q[seen[0]] += 0.5 * (pays[seen] - Q[seen[0]])
        said.append(
            f"{seen} earns {minus(f'{pays[seen]:g}')}: $Q({seen[0]}) = {Q[seen[0]]:g}$ (1). "
        )
        one = lk.Round(*(jnp.asarray(x) for x in (0, a, b, pays[seen], 1)))
        theta, state = worth.update(jax.random.key(0), theta, one, state)
    agree(state.Q[0], [Q["C"], Q["D"]])
    plays = max(Q, key=lambda x: Q[x])
    return (
        "Two learners play the book's one-shot dilemma, which pays −1 (CC), −3 (CD), 0 (DC) and −2 "
        "(DD), again and again. Each keeps a table of two numbers, what C and what D is worth to it, "
        "by $Q(a) \\leftarrow Q(a) + \\frac12 (r - Q(a))$ from zeros. The rounds are "
        f"{', '.join(rounds)} (player 1's action first). What is in player 1's table after them? What "
        "does it play next if it is greedy, and why does this say nothing about what is best against "
        "player 2?",
        f"{''.join(said)}It plays {plays} (1). The worth of an action is a mean over what the other "
        "happened to do beside it, in rounds in which the other was learning too; a table finds best "
        "answers to an opponent that stays as it is (1).",
    )


def population(draw: Draw) -> tuple[str, str]:
    """14b: another table of two."""
    import numpy as np

    import lolakit as lk

    AB = draw("AB", (-1.1, -1.3, -1.4))
    BA = round(AB - draw("less", (0.1, 0.2)), 1)
    AA = draw("AA", (-1.8, -1.9, -2.0))
    pays = np.array([[AA, AB], [BA, -1.0]])
    assert lk.ecology(pays, generations=200)[-1, 1] > 0.999
    A, B = pays.mean(axis=1)
    return (
        f"In a tournament $A$ earns {minus(AB)} against $B$ and {minus(f'{AA:g}')} against itself, and "
        f"$B$ earns {minus(BA)} against $A$ and −1 against itself. Who has the better mean over both "
        "opponents, who is never beaten, and who is left in a population that begins half and half? A "
        'colleague concludes: "So A is the stronger player." Answer in two sentences.',
        f"Means: $A$ {minus(f'{A:.4g}')}, $B$ {minus(f'{B:.4g}')} (1). $A$ is never beaten; $B$ earns less "
        f"than $A$ in their meetings (1). In the population $A$ earns ${AB}\\,x_B {AA:g}\\,x_A$ and $B$ "
        f"earns $-x_B {BA}\\,x_A$: whatever the shares, $B$ earns more, by "
        f"${-1 - AB:.2g}\\,x_B + {BA - AA:.2g}\\,x_A$, so $B$ is left (2). Who earns more in a meeting is "
        "not who earns more; $A$ is stronger in one sense of four, and a population of its like earns "
        "the least of all (2).",
    )


VARIED: dict[str, Callable[[Draw], tuple[str, str]]] = {
    "1b": late_tit_for_tat, "1c": impossible, "3a": bilinear, "4b": own_mean, "5a": counts,
    "6b": coin, "8b": extortion, "10a": pedals, "12a": account, "13a": coins, "14a": table,
    "14b": population,
}  # fmt: skip


# What refers to a question that the paper may not have.
ELSEWHERE = {"2b": ("as in 2a", "since D earns 1 more than C, whatever the other does")}


def varied(question: Question, secret: str) -> Question:
    """Return the question with the numbers that the secret decides, if it has numbers."""
    if question.label in ELSEWHERE:
        said = [
            (text.replace(*ELSEWHERE[question.label]), n) for text, n in question.steps
        ]
        question = question._replace(steps=said)
    if question.label not in VARIED:
        return question
    draw = lambda what, choices: private.draw(
        secret, f"exam {question.label} {what}", choices
    )
    import jax

    with jax.enable_x64(True):  # as the bank's own cells
        text, answer = VARIED[question.label](draw)
    made, notes = steps(answer)
    if sum(points for _, points in made) != question.points:
        raise ValueError(
            f"{question.label}: expected {question.points} points, got {made}"
        )
    return question._replace(text=text, steps=made, notes=notes)


def paper(secret: str, first: int = 1, last: int = 99) -> list[Question]:
    """Return the questions of a paper, from these chapters."""
    asked = [q for q in bank() if first <= number(q.chapter) <= last]
    chosen = choose(
        asked, lambda what, choices: private.draw(secret, f"exam {what}", choices)
    )
    return [varied(question, secret) for question in chosen]


# --- on paper ---------------------------------------------------------------------------

NOTATION = """\
Notation is the book's: CD is a round in which I cooperate and the other defects. $\\sigma$ is the
logistic function, $\\gamma$ the discount, $V$ a discounted sum and $R = (1-\\gamma)V$ a value per
step. Where a question on the prisoner's dilemma names no payoffs, they are −1 (CC), −3 (CD), 0 (DC)
and −2 (DD)."""

RULES = """\
Marks are for steps. A slip of arithmetic costs one point, once: go on with the student's number. In
*derive* and *apply* an answer without a reason gets half of its points."""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<style>
@page {{ size: A4; margin: 18mm 18mm 18mm;
  @bottom-center {{ content: counter(page) " / " counter(pages); font: 9pt sans-serif; }} }}
body {{ font: 11pt/1.45 Georgia, "Times New Roman", serif; color: #000; background: #fff;
  max-width: 174mm; margin: 0 auto; }}
h1 {{ font-size: 17pt; margin: 0 0 5mm; }}
p {{ margin: 0 0 2.5mm; orphans: 3; widows: 3; }}
.who {{ display: flex; gap: 8mm; margin: 0 0 6mm; font-family: sans-serif; font-size: 10pt; }}
.who span {{ border-bottom: 0.4pt solid #000; height: 9mm; display: flex; align-items: flex-end; }}
.who .name {{ flex: 3; }} .who span {{ flex: 2; }}
table {{ border-collapse: collapse; font-size: 9.5pt; }}
.total {{ margin: 4mm 0 8mm; width: 100%; table-layout: fixed; font-family: sans-serif; text-align: center; }}
.total td, .total th {{ border: 0.4pt solid #555; height: 7mm; padding: 0 1mm; font-weight: normal; }}
.total th:first-child {{ width: 17mm; text-align: left; }}
.asked {{ break-inside: avoid; }}
.question {{ margin: 0 0 6mm; }}
h2 {{ font: bold 11pt sans-serif; margin: 0 0 1.5mm; display: flex; justify-content: space-between;
  border-top: 0.8pt solid #000; padding-top: 2mm; break-after: avoid; }}
h2 small {{ font-weight: normal; font-size: 10pt; }}
.room {{ background: linear-gradient(to top, #aaa 1px, transparent 1px) 0 0 / 100% 8mm; }}
.marks {{ width: 100%; }}
.marks td {{ border-bottom: 0.4pt solid #bbb; padding: 1.5mm 0; vertical-align: top; }}
.marks tr {{ break-inside: avoid; }}
.marks td:nth-child(2) {{ width: 12mm; text-align: right; font-weight: bold; font-family: sans-serif; }}
.marks td:nth-child(3) {{ width: 12mm; }}
.marks td:nth-child(3)::after {{ content: ""; display: block; border: 0.4pt solid #555; height: 6mm; margin-left: 3mm; }}
.marks p, .text p {{ margin: 0; }}
.text {{ font-style: italic; font-size: 9.5pt; margin: 0 0 2mm; }}
.notes {{ font-size: 9.5pt; margin: 1.5mm 0 0; color: #333; }}
.small {{ font-size: 9.5pt; }}
a.anchor-link {{ display: none; }}
@media screen {{ body {{ padding: 12mm; }} }}
</style>
<script>
window.MathJax = {{
  tex: {{ inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]],
         macros: {{ E: "\\\\mathbb{{E}}" }} }},
  options: {{ enableMenu: false }}, svg: {{ fontCache: "local" }} }};
</script>
<script defer src="assets/tex-svg.js"></script>
</head><body>
{body}
</body></html>
"""


def totals(questions: Sequence[Question]) -> str:
    """Return the table of questions and points, with room for marks."""
    names = "".join(f"<th>{i}</th>" for i in range(1, len(questions) + 1))
    worth = "".join(f"<td>{q.points}</td>" for q in questions)
    empty = "<td></td>" * (len(questions) + 1)
    total = sum(q.points for q in questions)
    return (f'<table class="total"><tr><th>Question</th>{names}<th>sum</th></tr>'
            f"<tr><th>Points</th>{worth}<td>{total}</td></tr><tr><th>Marks</th>{empty}</tr></table>")  # fmt: skip


def heading(i: int, question: Question, more: str = "") -> str:
    """Return the line over a question."""
    return f"<h2>Question {i}{more}<small>{question.points} points</small></h2>"


def sheet(questions: Sequence[Question]) -> str:
    """Return the paper, as HTML."""
    total = sum(q.points for q in questions)
    calculator = any(q.label in CALCULATOR for q in questions)
    about = (f"90 minutes, {total} points: a point is a minute and a half. Give reasons and steps; "
             f"they earn points where the result is wrong. "
             f"{'A pocket calculator is needed' if calculator else 'No calculator is needed'}, "
             "and nothing else is allowed.")  # fmt: skip
    parts = ["<h1>Opponent shaping: exam</h1>",
             '<div class="who"><span class="name">Name</span><span>Student number</span>'
             "<span>Date</span></div>", f"<p>{about}</p>", markdown2html(NOTATION), totals(questions)]  # fmt: skip
    for i, q in enumerate(questions, 1):
        lines = round(q.points * {"recall": 1.5, "apply": 1.7, "derive": 2.0}[q.kind])
        parts.append(f'<div class="question"><div class="asked">{heading(i, q)}'
                     f"{markdown2html(q.text)}"
                     f'<div class="room" style="height: {8 * lines}mm"></div></div></div>')  # fmt: skip
    return PAGE.format(title="Exam", body="\n".join(parts))


def marking(questions: Sequence[Question]) -> str:
    """Return the marking sheet, as HTML."""
    parts = [
        "<h1>Opponent shaping: marking sheet</h1>",
        markdown2html(RULES),
        totals(questions),
    ]
    for i, q in enumerate(questions, 1):
        rows = "".join(
            f"<tr><td>{markdown2html(text)}</td><td>{points}</td><td></td></tr>"
            for text, points in q.steps
        )
        changed = ", numbers drawn" if q.label in VARIED else ""
        more = f"<small>{q.label} of the bank, {q.kind}{changed}</small>"
        notes = f'<div class="notes">{markdown2html(q.notes)}</div>' if q.notes else ""
        parts.append(f'<div class="question">{heading(i, q, more)}'
                     f'<div class="text">{markdown2html(q.text)}</div>'
                     f'<table class="marks">{rows}</table>{notes}</div>')  # fmt: skip
    return PAGE.format(title="Marking sheet", body="\n".join(parts))


def chromium() -> str:
    """Return the browser that prints, or an empty text."""
    try:
        import pdf

        return pdf.chromium()
    except (ImportError, SystemExit):
        return ""


def print_pdf(pages: Sequence[Path]) -> None:
    """Print each page beside itself, as PDF."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        tab = browser.new_page()
        for page in pages:
            tab.goto(page.resolve().as_uri(), wait_until="load")
            tab.evaluate("() => MathJax.startup.promise")
            tab.pdf(
                path=page.with_suffix(".pdf"),
                prefer_css_page_size=True,
                print_background=True,
            )
        browser.close()


def write(secret: str, out: Path, first: int, last: int) -> list[Path]:
    """Write the paper and its marking sheet, as HTML; return the two files."""
    import slides

    questions = paper(secret or SAMPLE, first, last)
    (out / "assets").mkdir(parents=True, exist_ok=True)
    slides.mathjax(out / "assets")
    made = [out / "paper.html", out / "marking.html"]
    for path, text in zip(made, (sheet(questions), marking(questions)), strict=True):
        aside.write(path, text)
    labels = " ".join(html.escape(q.label) for q in questions)
    print(f"{labels}: {sum(q.points for q in questions)} points")
    return made


def main() -> int:
    """Write and print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chapters", default="1-99", help="such as 1-7, or 3")
    parser.add_argument("--no-pdf", action="store_true", help="HTML only")
    options = parser.parse_args()
    asked = re.fullmatch(r"(\d+)(?:-(\d+))?", options.chapters)
    if not asked:
        parser.error(f"--chapters: expected some like 1-7, got {options.chapters}")
    first, last = int(asked[1]), int(asked[2] or asked[1])
    try:
        secret = private.secret()
        out = ROOT / "_build" / ("private/exam" if secret else "exam")
        made = write(secret, out, first, last)
    except ValueError as error:
        parser.error(str(error))
    if not options.no_pdf and chromium():
        print_pdf(made)
        made += [page.with_suffix(".pdf") for page in made]
    elif not options.no_pdf:
        print("no Chromium, so no PDF: print the HTML from a browser")
    print(*made, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
