"""The atlas: where each rule leads in each of the 144 ordinal games."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.svg import (
    GREY,
    Panel,
    axes,
    dot,
    line,
    picture,
    tag,
    text,
    ticks,
)
from lolakit.games.memory_one import STATES
from lolakit.games.ordinal import NAMES, PAIRS, all_payoffs
from lolakit.plots import BLUE, GREEN, INK, VERMILLION
from lolakit.reproduce.atlas import everywhere, gained
from lolakit.reproduce.storage import stored
from lolakit.seeds.stats import Z

SHORT = ("Ch", "Le", "Hr", "Cm", "Dl", "Pd", "Sh", "As", "Co", "Pc", "Ha", "Cn")
"""The patterns on the map."""
WAYS = {"once": "once", "again": "again and again"}
VIEWS = {
    "gain": "gain of both over naive learners",
    "share": "share of what both could still gain",
    "who": "who gains",
    "mean": "mean payoff of both",
    "nash": "rounds that end in a pure equilibrium",
}
EDGES = {
    "gain": [-1, -0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 1],
    "share": [-0.75, -0.5, -0.25, -0.05, 0.05, 0.25, 0.5, 0.75],
    "who": [-1, -0.5, -0.2, -0.05, 0.05, 0.2, 0.5, 1],
    "mean": [2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 3.9],
    "nash": [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98],
}
"""Where the colours of a view change: nine of them."""
TWO_SIDED = ("#8c3a00", "#d55e00", "#f0a36b", "#f9dcc4", "#f4f4f4", "#cfe3f3", "#86bbe0",
             "#2b83bf", "#004f86")  # fmt: skip
ONE_SIDED = ("#f7f7f7", "#e3ecf3", "#c9dcea", "#a9c9e0", "#85b3d4", "#5d9ac5", "#377fb3",
             "#17639b", "#00457a")  # fmt: skip
COLOURS = {view: ONE_SIDED if view in ("mean", "nash") else TWO_SIDED for view in VIEWS}
NOTHING, LEAST = "#ffffff", 100
"""The colour of what a view does not say; and what is worth a share, in thousandths."""
MARKS = str.maketrans("-.", "−·")
LEFT, TOP, SIZE, PLAIN = 26, 24, 27, 0.05
"""Where the map begins, the side of a game's square, and what counts as no difference."""


def thousandths(share: Any) -> np.ndarray:
    """Return shares as whole thousandths that sum to 1000, along the last axis."""
    whole = np.round(1000 * np.asarray(share, float)).astype(int)
    most = whole.argmax(axis=-1)[..., None]
    rest = 1000 - whole.sum(axis=-1, keepdims=True)
    return whole + rest * (np.arange(whole.shape[-1]) == most)


class Atlas:
    """The numbers behind the map, as the browser has them too: whole thousandths."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        """Take the means over the seeds of a stored result `atlas`."""
        self.payoff = all_payoffs().reshape(12, 12, 2, 4).astype(int)
        self.rules = [*result["runs"]]
        self.shares = {
            way: [self.mean_shares(result["runs"][rule], way) for rule in self.rules]
            for way in WAYS
        }
        self.signs = {
            way: [signs(gained(result, rule, way)) for rule in self.rules]
            for way in WAYS
        }

    @staticmethod
    def mean_shares(run: Mapping[str, Any], way: str) -> np.ndarray:
        """Return how often each outcome comes up in each game [12, 12, 4]."""
        of_78 = thousandths(run[f"last/{way}"].mean(axis=0))
        return everywhere(of_78).astype(int)  # mirrored games alike to the last digit

    def earned(self, way: str, rule: int, one: int, two: int) -> list[int]:
        """Return what both earn, in thousandths."""
        return (self.payoff[one, two] @ self.shares[way][rule][one, two]).tolist()

    def nash(self, one: int, two: int) -> list[int]:
        """Return the pure equilibria, as indices of CC, CD, DC, DD."""
        r, q = self.payoff[one, two]
        return [s for s in range(4) if r[s] > r[s ^ 2] and q[s] > q[s ^ 1]]

    def look(
        self, view: str, way: str, rule: int, one: int, two: int
    ) -> tuple[list[Any], str]:
        """Return what a view says of a game: one number or one for each player, and its mark."""
        R, N = (self.earned(way, r, one, two) for r in (rule, 0))
        if view == "who":
            there = [(a - b) / 1000 for a, b in zip(R, N, strict=True)]
            both = self.signs[way][rule][24 * one + 2 * two :][:2]
            return there, "" if both == ".." else both.translate(MARKS)
        if view == "nash":
            pure = self.nash(one, two)
            where = self.shares[way][rule][one, two]
            x = int(sum(where[s] for s in pure)) / 1000 if pure else None
            return [x, x], "" if pure else "·"
        if view == "mean":
            return [sum(R) / 2000] * 2, ""
        more = sum(R) - sum(N)
        x = more / 2000
        if view == "share":
            room = 1000 * int(self.payoff[one, two].sum(axis=0).max()) - sum(N)
            if room < LEAST:
                return [None, None], "·"
            x = more / room
        return [x, x], "+" if x >= PLAIN else "−" if x < -PLAIN else ""


def signs(gains: np.ndarray) -> str:
    """Return who gains in each game, "+", "-" or "." for each player, of [seeds, 12, 12, 2].

    A difference counts if it is at least `PLAIN` and its 95 % interval is on one side of 0.
    """
    mean, spread = gains.mean(axis=0), gains.std(axis=0, ddof=1)
    counts = (abs(mean) >= PLAIN) & (abs(mean) > Z * spread / np.sqrt(len(gains)))
    each = np.where(counts, np.where(mean > 0, "+", "-"), ".")
    return "".join(each.ravel().tolist())


def fill(view: str, x: float | None) -> str:
    """Return the colour of a number in a view."""
    if x is None:
        return NOTHING
    return COLOURS[view][sum(x >= edge for edge in EDGES[view])]


def chart(atlas: Atlas, view: str, way: str, rule: int, chosen: Sequence[int]) -> str:
    """Draw the map: a square for each game, in two triangles, and the key of the colours."""
    squares, marks, side = "", "", 12 * SIZE
    for one in range(12):
        y = TOP + SIZE * one
        for two in range(12):
            x, name = LEFT + SIZE * two, f"{one} {two}"
            colours, mark = atlas.look(view, way, rule, one, two)
            low, high = (fill(view, c) for c in colours)
            squares += tag("rect", "", f"low {name}", x=x, y=y, width=SIZE, height=SIZE,
                           fill=low)  # fmt: skip
            squares += tag("path", "", f"high {name}", d=f"M{x} {y}h{SIZE}v{SIZE}z",
                           fill=high)  # fmt: skip
            marks += tag("text", mark, f"said {name}", x=x + SIZE / 2, y=y + 18)
    drawn = squares + tag("g", marks, text_anchor="middle", font_size=12.5, fill="#000",
                          stroke="#fff", stroke_width=2, paint_order="stroke")  # fmt: skip
    lines = "".join(
        f"M{LEFT + SIZE * k} {TOP}v{side}M{LEFT} {TOP + SIZE * k}h{side}"
        for k in range(13)
    )
    drawn += tag("path", d=lines, stroke="#ffffff", stroke_width=1, fill="none")
    middle = 6 * SIZE
    drawn += tag("path", d=f"M{LEFT + middle} {TOP}v{side}M{LEFT} {TOP + middle}h{side}"
                 f"M{LEFT} {TOP}h{side}v{side}h-{side}z", stroke="#000", stroke_width=1.2,
                 fill="none")  # fmt: skip
    own = "".join(f"M{LEFT + SIZE * k} {TOP + SIZE * k}h{SIZE}v{SIZE}h-{SIZE}z"
                  for k in range(12))  # fmt: skip
    drawn += tag("path", d=own, stroke=GREY, stroke_width=1, fill="none")
    for k, short in enumerate(SHORT):
        at = SIZE * k + SIZE / 2
        drawn += text(LEFT + at, TOP - 7, short, font_size=12)
        drawn += text(LEFT - 5, TOP + at + 4, short, text_anchor="end", font_size=12)
    x, y = (LEFT + SIZE * chosen[1], TOP + SIZE * chosen[0])
    drawn += tag("rect", "", "chosen", x=x, y=y, width=SIZE, height=SIZE, fill="none",
                 stroke="#000000", stroke_width=3.2)  # fmt: skip
    return drawn + key(view)


def key(view: str) -> str:
    """Draw the key of the colours under the map: nine squares, and the edges between them."""
    drawn, y = "", TOP + 12 * SIZE + 12
    for k, colour in enumerate(COLOURS[view]):
        x = LEFT + 36 * k
        drawn += tag("rect", "", f"key {k}", x=x, y=y, width=36, height=13, fill=colour,
                     stroke=GREY, stroke_width=0.6)  # fmt: skip
        if k:
            words = f"{EDGES[view][k - 1]:g}".replace("-", "−")
            drawn += text(x, y + 27, words, f"said edge {k}", font_size=11)
    return drawn


def table(atlas: Atlas, way: str, rule: int, chosen: Sequence[int]) -> str:
    """Draw the payoffs of a game: how often each outcome comes up, and the equilibria."""
    one, two = chosen
    payoff, share = atlas.payoff[one, two], atlas.shares[way][rule][one, two]
    left, top, wide, high, drawn = 52, 54, 132, 70, ""
    for k, name in enumerate("CD"):
        drawn += text(left + wide * (k + 0.5), top - 10, name, font_weight="bold")
        drawn += text(left - 12, top + high * (k + 0.5) + 5, name, font_weight="bold")
    drawn += text(left + wide, 20, f"player 2: {NAMES[two]}", "title two")
    turned = f"translate(16 {top + high}) rotate(-90)"
    drawn += text(0, 0, f"player 1: {NAMES[one]}", "title one", transform=turned)
    for s in range(4):
        x, y = left + wide * (s % 2), top + high * (s // 2)
        drawn += tag("rect", "", f"cell {s}", x=x, y=y, width=wide, height=high,
                     fill=BLUE, fill_opacity=f"{share[s] / 2500:.2f}")  # fmt: skip
        drawn += text(x + wide / 2, y + 31, f"{payoff[0, s]}, {payoff[1, s]}",
                      f"said pay {s}", font_size=20)  # fmt: skip
        drawn += text(
            x + wide / 2, y + 54, f"{number(share[s] / 10, 0)} %", f"said share {s}"
        )
        ring = "inline" if s in atlas.nash(one, two) else "none"
        drawn += tag("rect", "", f"ring {s}", x=x + 5, y=y + 5, width=wide - 10,
                     height=high - 10, rx=9, fill="none", stroke=VERMILLION,
                     stroke_width=2.5, stroke_dasharray="6 3", display=ring)  # fmt: skip
    lines = f"M{left} {top}h{2 * wide}v{2 * high}h-{2 * wide}zM{left + wide} {top}v{2 * high}"
    drawn += tag("path", d=f"{lines}M{left} {top + high}h{2 * wide}", stroke=INK,
                 fill="none")  # fmt: skip
    return drawn


ROWS = Panel((0.8, 4.2), (0, 1), width=330, height=482, left=112, top=238, bottom=42)


def by_rule(atlas: Atlas, way: str, rule: int, chosen: Sequence[int]) -> str:
    """Draw what both players earn by each rule in the chosen game: disc and diamond."""
    drawn = axes(ROWS, "per step", "", ticks([1, 2, 3, 4]))
    high = (ROWS.height - ROWS.top - ROWS.bottom) / len(atlas.rules)
    for k, name in enumerate(atlas.rules):
        y = ROWS.top + high * (k + 0.5)
        R = (r / 1000 for r in atlas.earned(way, k, *chosen))
        one, two = (float(ROWS.at(r, 0)[0]) for r in R)
        look = {"font_weight": "bold" if k == rule else "normal"}
        drawn += text(ROWS.left - 6, y + 4, name, f"rule {k}", text_anchor="end",
                      font_size=12, **look)  # fmt: skip
        drawn += tag("path", "", f"two {k}", fill=VERMILLION, d="M-6 0L0-6L6 0L0 6z",
                     transform=f"translate({two:.1f} {y:.1f})")  # fmt: skip
        drawn += tag("circle", "", f"one {k}", cx=one, cy=float(y), r=4, fill=BLUE,
                     stroke="#ffffff", stroke_width=1)  # fmt: skip
    drawn += tag("circle", cx=110, cy=222, r=4, fill=BLUE)
    drawn += text(120, 226, "player 1", text_anchor="start", font_size=12)
    drawn += tag(
        "path", d="M-6 0L0-6L6 0L0 6z", fill=VERMILLION, transform="translate(200 222)"
    )
    return drawn + text(211, 226, "player 2", text_anchor="start", font_size=12)


FIELD = Panel((-0.06, 1.06), (-0.06, 1.06), width=330, height=348, top=32)
CORNERS = ((1, 1), (1, 0), (0, 1), (0, 0))
"""Where CC, CD, DC and DD are in the plane of how often both cooperate."""


def paths(result: Mapping[str, Any]) -> np.ndarray:
    """Return the ways there [way, rule, 78 games, seeds, points, 2], of `atlas_paths`."""
    runs = result["runs"].values()
    return np.array(
        [[run[f"path/{way}"].swapaxes(0, 1) for run in runs] for way in WAYS]
    )


def ways_there(known: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    """Return how often both cooperate in a game [seeds, points, 2], from the 78 of a rule."""
    low, high = sorted(chosen)
    (game,) = np.flatnonzero((PAIRS[0] == low) & (PAIRS[1] == high))
    way = known[game] / 255
    return way if chosen[0] <= chosen[1] else way[..., ::-1]


def field(atlas: Atlas, there: np.ndarray, chosen: Sequence[int]) -> str:
    """Draw the ways of the pairs in the plane of how often both cooperate."""
    drawn = axes(FIELD, "player 1 cooperates", "player 2 cooperates",
                 ticks([0, 0.5, 1], 1), ticks([0, 0.5, 1], 1))  # fmt: skip
    drawn += text(FIELD.at(0.5, 1)[0], 16, "five pairs learn", font_weight="bold")
    pure = atlas.nash(*chosen)
    for s, corner in enumerate(CORNERS):
        ring = "inline" if s in pure else "none"
        drawn += dot(FIELD, corner, f"corner {s}", r=11, fill="none", stroke=VERMILLION,
                     stroke_width=2.5, stroke_dasharray="6 3", display=ring)  # fmt: skip
    for k, way in enumerate(there):
        drawn += line(FIELD, way.T, f"way {k}", stroke=GREEN, stroke_linejoin="round")
        drawn += dot(FIELD, way[0], f"from {k}", r=3.5, fill="#ffffff", stroke=GREEN)
    for k, way in enumerate(there):  # above all lines
        drawn += dot(FIELD, way[-1], f"to {k}", r=5, fill=GREEN, stroke="#ffffff")
    return drawn


def says(atlas: Atlas, way: str, rule: int, chosen: Sequence[int]) -> str:
    """Return what the chosen rule does in the chosen game, in words."""
    one, two = chosen
    R, N = (
        [number(r / 1000) for r in atlas.earned(way, k, one, two)] for k in (rule, 0)
    )
    share, pure = atlas.shares[way][rule][one, two], atlas.nash(one, two)
    most = int(share.argmax())
    (x, _), _ = atlas.look("share", way, rule, one, two)
    could = (
        "naive learners leave nothing to gain together"
        if x is None
        else f"together they gain {number(100 * x, 0)} % of what they could"
    )
    where = " and ".join(STATES[1:][s] for s in pure) or "none"
    return (
        f"{NAMES[one]} / {NAMES[two]}, {atlas.rules[rule]}, played {WAYS[way]}: player 1 earns "
        f"{R[0]} per step, player 2 {R[1]}; naive learners {N[0]} and {N[1]}: {could}. "
        f"Most common: {STATES[1:][most]}, {number(share[most] / 10, 0)} %. "
        f"Pure equilibria of one round: {where}."
    )


def atlas(
    rule: str = "LOLA",
    way: str = "again",
    view: str = "gain",
    one: str = "prisoner's dilemma",
    two: str = "prisoner's dilemma",
) -> Figure:
    """Return the map of all 144 ordinal games, from the stored result `atlas`.

    A square for each game, player 1's payoffs down and player 2's across. A click on a
    square, or two sliders, choose a game: its table, what it comes to by each rule, and
    the ways of five pairs, from the stored result `atlas_paths`.

    Args:
        rule: the rule at first, a label of the stored result.
        way: how the games are played at first, "once" or "again" and again.
        view: what the colours say at first, a name of `VIEWS`.
        one: player 1's pattern at first, a name of `lolakit.ordinal.PATTERNS`.
        two: player 2's.

    Raises:
        ValueError: for a name that is not among these.
    """
    known = Atlas(stored("atlas"))
    given = {
        "rule": (rule, known.rules), "way": (way, WAYS), "view": (view, VIEWS),
        "one": (one, NAMES), "two": (two, NAMES),
    }  # fmt: skip
    for name, (value, there) in given.items():
        if value not in there:
            raise ValueError(f"{name}: expected one of {[*there]}, got {value!r}")
    k, chosen = known.rules.index(rule), (NAMES.index(one), NAMES.index(two))
    all_ways = paths(stored("atlas_paths"))
    there = ways_there(all_ways[[*WAYS].index(way), k], chosen)
    labels = (
        "A map of twelve by twelve squares, one for each ordinal game, coloured by what the "
        "chosen view says of the chosen rule; one square is chosen.",
        "The payoffs of the chosen game, how often each outcome comes up at the end, with rings "
        "round the pure equilibria; below, what both earn per step by each of the rules.",
        "How often both players cooperate in the chosen game under the chosen rule, as lines "
        "from five starts to where they end.",
    )
    sizes = Panel((0, 1), (0, 1), width=356, height=392), ROWS, FIELD
    content = (
        chart(known, view, way, k, chosen),
        table(known, way, k, chosen) + by_rule(known, way, k, chosen),
        field(known, there, chosen),
    )
    named = {str(i): name for i, name in enumerate(known.rules)}
    return Figure(
        "atlas",
        picture=[picture(*each) for each in zip(sizes, labels, content, strict=True)],
        controls=[
            choice("rule", "rule", named, str(k)),
            choice("way", "played", WAYS, way),
            choice("view", "colour", VIEWS, view),
            slider("one", "player 1", chosen[0], 0, 11, stops=NAMES),
            slider("two", "player 2", chosen[1], 0, 11, stops=NAMES),
        ],
        says=says(known, way, k, chosen),
        caption="All games of two actions in which nobody is indifferent. Rows: the payoffs of "
        "player 1, columns: those of player 2, each called by the symmetric game in which both "
        "have them. Click a square to choose a game. Where it is split, below the diagonal is "
        "player 1 and above it player 2. + and − repeat the colour in signs; · means that there "
        "is nothing to say. Rings are pure equilibria of one round. The "
        "third picture has the ways of five pairs, the first of the map's, from an open dot to a "
        "full one: how often each player cooperates, at the start and after 1, 4, 20 and 200 "
        "updates. Played again "
        "and again, each round counts 0.96 times the one before it.",
        data={
            "payoff": known.payoff.reshape(144, 8).tolist(),
            "shares": {way: [s[*PAIRS][:, :3].tolist() for s in rules]
                       for way, rules in known.shares.items()},
            "ways": WAYS,
            "signs": known.signs, "rules": known.rules, "names": NAMES,
            "states": STATES[1:], "edges": EDGES, "colours": COLOURS, "nothing": NOTHING,
            "least": LEAST, "plain": PLAIN, "map": [LEFT, TOP, SIZE],
            "rows": ROWS.coefficients()[:2],
            "paths": b64encode(all_ways.tobytes()).decode(),
            "sizes": all_ways.shape, "field": FIELD.coefficients(),
        },
    )  # fmt: skip
