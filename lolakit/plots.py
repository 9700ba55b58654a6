"""The figures of the book: one style, and the few kinds of figure that return.

Colours are those of Okabe and Ito (2008), told apart by every reader; lines also differ
by their dashes. Figures have a light ground of their own, so that they read the same on
a light and on a dark page. Every function draws on `ax` (or a new one) and returns it.
"""

import base64
import io
import sys
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image  # matplotlib needs it

from lolakit import _validate
from lolakit._seats import check_seats
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import STATES
from lolakit.learners.tournament import Standings
from lolakit.types import Rule

__all__ = [
    "differences", "ecology", "exploitation", "head_to_head", "learning_curves", "payoff_plane",
    "policy_bars",
    "use_style", "vector_field",
]  # fmt: skip

INK, BLUE, VERMILLION, GREEN = "#222222", "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
HATCHES = ("", "///", "...", "xx", "\\\\\\", "++")


def use_style() -> None:
    """Set matplotlib's defaults to the style of the book. Call once, before drawing.

    In Jupyter, figures get two pixels for each one of a plain screen.
    """
    plt.rcParams.update(matplotlib.rcParamsDefault)
    plt.rcParams.update({
        "figure.figsize": (6.4, 3.6), "figure.dpi": 96, "savefig.dpi": 96,
        "figure.facecolor": "white", "axes.facecolor": "white",
        "figure.constrained_layout.use": True,
        "font.family": "DejaVu Sans", "font.size": 10.5, "axes.titlesize": 11,
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK,
        "axes.prop_cycle": cycler(color=COLOURS, linestyle=DASHES),
        "axes.grid": True, "grid.color": "#dddddd", "grid.linewidth": 0.6,
        "axes.axisbelow": True, "lines.linewidth": 1.8, "legend.frameon": False,
        "text.color": INK, "axes.labelcolor": INK,
        "xtick.color": INK, "ytick.color": INK, "svg.hashsalt": "lolakit",
    })  # fmt: skip
    ipython = sys.modules.get("IPython")
    if ipython and (shell := ipython.get_ipython()):
        import matplotlib_inline.backend_inline  # noqa: F401 - it says how when it first comes

        pngs = shell.display_formatter.formatters["image/png"]
        if Figure in pngs.type_printers:
            pngs.for_type(Figure, _sharp)


def _sharp(figure: Figure) -> tuple[str, dict[str, int]]:
    """Return a figure for Jupyter: a PNG of twice its pixels, and the size that it has on a page.

    Lines and letters have few colours. With a palette of 256 they look the same, and the file
    is smaller than one of half the pixels without a palette.
    """
    drawn, small = io.BytesIO(), io.BytesIO()
    ground, dots = figure.get_facecolor(), 2 * figure.dpi
    figure.savefig(drawn, format="png", dpi=dots, bbox_inches="tight", facecolor=ground)
    image = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(small, "png", optimize=True, dpi=(dots, dots))
    size = {"width": image.width // 2, "height": image.height // 2}
    return base64.b64encode(small.getvalue()).decode(), size


def payoff_plane(game: MatrixGame, ax: Axes | None = None) -> Axes:
    """Draw the plane of per-step values (R_1, R_2) with the polygon of what is feasible.

    Whatever two policies do, (R_1, R_2) is a weighted mean of the four payoffs, so it
    lies inside their convex hull. The corners are marked and named.
    """
    ax = ax or plt.subplots(figsize=(4.6, 4.2))[1]
    corners = np.asarray(game.payoff, dtype=float).reshape(2, 4).T
    hull = corners[_hull(corners)]
    ax.fill(
        *hull.T, facecolor="#eef1f4", edgecolor="#8a97a3", linewidth=1.2, zorder=0.5
    )
    centre = corners.mean(axis=0)
    for name, corner in zip(STATES[1:], corners, strict=True):
        ax.plot(*corner, "o", color=INK, markersize=4)
        away = corner - centre
        length = np.hypot(*away)
        dx, dy = 13 * (away / length if length > 0 else np.array([0.0, 1.0]))
        at = (float(corner[0]), float(corner[1]))
        ax.annotate(
            name, at, (dx, dy), textcoords="offset points", ha="center", va="center"
        )
    ax.set(xlabel="player 1, per step $R_1$", ylabel="player 2, per step $R_2$")
    ax.margins(0.14)
    return ax


def _hull(points: np.ndarray) -> list[int]:
    """Return the indices of the convex hull of a few points (monotone chain)."""

    def half(order: list[int]) -> list[int]:
        chain: list[int] = []
        for i in order:
            while len(chain) > 1:
                a, b = (
                    points[chain[-1]] - points[chain[-2]],
                    points[i] - points[chain[-1]],
                )
                if a[0] * b[1] - a[1] * b[0] > 0:
                    break
                chain.pop()
            chain.append(i)
        return chain[:-1]

    order = sorted(range(len(points)), key=lambda i: tuple(points[i]))
    return half(order) + half(order[::-1])


def policy_bars(
    policies: Mapping[str, Any],
    ax: Axes | None = None,
    *,
    colours: Sequence[str] = COLOURS,
) -> Axes:
    """Draw the five probabilities of cooperating of each named policy, side by side.

    Args:
        policies: label to logits, shape [5], or [n, 5] for n seeds: then a bar is the
            mean probability and its whisker spans the middle 80 % of the seeds.
        ax: where to draw.
        colours: of the policies, in their order.
    """
    ax = ax or plt.subplots()[1]
    width = 0.8 / max(len(policies), 1)
    looks = zip(cycle(colours), cycle(HATCHES), strict=False)
    for k, ((label, logits), (colour, hatch)) in enumerate(
        zip(policies.items(), looks, strict=False)
    ):
        p = np.asarray(jax.nn.sigmoid(jnp.atleast_2d(jnp.asarray(logits))))
        x = np.arange(5) + (k - (len(policies) - 1) / 2) * width
        ax.bar(
            x, p.mean(axis=0), 0.92 * width,
            label=label, color=colour, hatch=hatch, edgecolor="white", linewidth=0,
        )  # fmt: skip
        if len(p) > 1:
            ax.vlines(x, *np.quantile(p, [0.1, 0.9], axis=0), color=INK, linewidth=1.2)
    ax.set(
        ylim=(0, 1),
        ylabel="P(cooperate)",
        xlabel="what just happened, own action first",
    )
    ax.set_xticks(range(5), STATES)
    ax.grid(axis="x", visible=False)
    return ax


def learning_curves(
    curves: Mapping[str, Any],
    ax: Axes | None = None,
    *,
    colours: Sequence[str] = COLOURS,
) -> Axes:
    """Draw learning curves over seeds: the mean, and a band of the middle 80 % of seeds.

    Args:
        curves: label to an array [seeds, steps]; step 1 is after the first update.
        ax: where to draw.
        colours: of the curves, in their order. In the book LOLA is the first of `COLOURS`
            and the naive learner the second.
    """
    ax = ax or plt.subplots()[1]
    looks = zip(cycle(colours), cycle(DASHES), strict=False)
    for (label, values), (colour, dash) in zip(curves.items(), looks, strict=False):
        y = np.asarray(values)
        if y.ndim != 2:
            raise ValueError(f"{label}: expected shape [seeds, steps], got {y.shape}")
        steps = np.arange(1, y.shape[1] + 1)
        low, high = np.quantile(y, [0.1, 0.9], axis=0)
        ax.fill_between(steps, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(steps, y.mean(axis=0), color=colour, linestyle=dash, label=label)
    ax.set(xlabel="update", xlim=(0, None))
    return ax


def vector_field(
    rule_1: Rule, rule_2: Rule, ax: Axes | None = None, *, grid: int = 24
) -> Axes:
    """Draw where two rules move the players of a one-shot game.

    For one-shot games (gamma = 0). The plane is (p_1, p_2), the probabilities of
    cooperating in the one round. A small step theta + e * rule moves p by
    e * p (1 - p) * (sum of the rule's components, all 0 but the first): these are the
    streamlines. `rule_2` is player two's, built on `game.swap()`. `grid`: points a side.
    Raises ValueError if both rules sit in the same seat of an unsymmetric game.
    """
    if _validate.positive_int("grid", grid) < 2:
        raise ValueError(f"grid: expected at least 2 points a side, got {grid}")
    check_seats("vector_field", rule_1, rule_2)
    ax = ax or plt.subplots(figsize=(3.6, 3.6))[1]
    p = jnp.linspace(0.02, 0.98, grid)

    def velocity(p_1: Any, p_2: Any) -> tuple[Any, Any]:
        theta_1, theta_2 = (jnp.full(5, jnp.log(p / (1 - p))) for p in (p_1, p_2))
        d_1, d_2 = rule_1(theta_1, theta_2).sum(), rule_2(theta_2, theta_1).sum()
        return p_1 * (1 - p_1) * d_1, p_2 * (1 - p_2) * d_2

    over_grid = jax.jit(jax.vmap(jax.vmap(velocity, (0, None)), (None, 0)))
    u, v = (np.asarray(a, dtype=float) for a in over_grid(p, p))
    ax.streamplot(
        np.asarray(p), np.asarray(p), u, v,
        color=BLUE, linewidth=1.1, arrowsize=1.1, density=0.9,
    )  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    ax.set(xlabel="player 1, P(cooperate)", ylabel="player 2, P(cooperate)")
    return ax


def head_to_head(table: Standings, ax: Axes | None = None) -> Axes:
    """Draw a tournament: a square for each pair, with the row's own R written in it.

    Lighter is more. The colours are cividis, which reads alike for all readers.
    """
    R = np.array(
        [
            [table.cell(row, column).value for column in table.names]
            for row in table.names
        ]
    )
    n = len(table.names)
    ax = ax or plt.subplots(figsize=(1.1 * n + 1, 0.8 * n + 0.8))[1]
    low, high = R.min(), R.max()
    ax.imshow(R, cmap="cividis", vmin=low, vmax=high, aspect="auto")
    for i in range(n):
        for j in range(n):
            dark = R[i, j] < (low + high) / 2
            colour = "white" if dark else "black"
            ax.text(j, i, f"{R[i, j]:.2f}", ha="center", va="center", color=colour)
    ax.set_xticks(range(n), table.names)
    ax.set_yticks(range(n), table.names)
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.set(ylabel="row's own R against column")
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def exploitation(table: Standings, ax: Axes | None = None) -> Axes:
    """Draw who exploits whom: by how much the row earns more than the column in a meeting.

    A margin whose interval holds zero is grey: nobody exploits the other there.
    """
    n = len(table.names)
    ax = ax or plt.subplots(figsize=(1.1 * n + 1, 0.7 * n + 0.8))[1]
    margins = [
        [table.margin(row, column) for column in table.names] for row in table.names
    ]
    most = max(abs(m.value) for row in margins for m in row) or 1.0
    for i, row in enumerate(margins):
        for j, m in enumerate(row):
            clear = m.low > 0 or m.high < 0
            colour = (BLUE if m.value > 0 else VERMILLION) if clear else "#dddddd"
            strength = 0.15 + 0.85 * abs(m.value) / most if clear else 0.5
            ax.add_patch(
                Rectangle((j - 0.5, i - 0.5), 1, 1, color=colour, alpha=strength)
            )
            words = "" if i == j else f"{m.value:+.2f}".replace("-", "−")
            dark = clear and strength > 0.6
            ax.text(
                j, i, words, ha="center", va="center", color="white" if dark else INK
            )
    ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), ylabel="row's R minus column's")
    ax.set_xticks(range(n), table.names)
    ax.set_yticks(range(n), table.names)
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.grid(False)
    return ax


def ecology(shares: Any, names: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw a population over its generations, as bands; the largest at the end are named.

    Args:
        shares: what `lolakit.ecology` returned [generations + 1, n].
        names: of the n strategies.
        ax: where to draw.
    """
    x = np.asarray(shares, dtype=float)
    if x.ndim != 2 or x.shape[1] != len(names):
        raise ValueError(f"shares: expected [generations, {len(names)}], got {x.shape}")
    ax = ax or plt.subplots()[1]
    looks = [(COLOURS[k % 6], HATCHES[(k // 6 + k % 2) % 6]) for k in range(len(names))]
    bands = ax.stackplot(range(len(x)), x.T, colors=[colour for colour, _ in looks])
    for band, (_, hatch) in zip(bands, looks, strict=True):
        band.set(hatch=hatch, edgecolor="white", linewidth=0.4)
    middle = x[-1].cumsum() - x[-1] / 2
    for name, share, at in zip(names, x[-1], middle, strict=True):
        if share > 0.03:
            ax.text(len(x) - 1 + 0.01 * len(x), at, name, va="center")
    ax.set(xlim=(0, len(x) - 1), ylim=(0, 1), xlabel="generation", ylabel="share")
    ax.grid(False)
    return ax


def differences(rows: Sequence[dict[str, Any]], ax: Axes | None = None) -> Axes:
    """Draw ours minus the published number, with our 95 % interval, one line for each row.

    `rows` are those of a stored result, from `lolakit.reproduce.published.rows`. A green disc: the
    intervals meet. A blue square: nearly. An orange cross: they do not, and the two are not
    near either.
    """
    ax = ax or plt.subplots(figsize=(5.6, 0.24 * len(rows) + 0.9))[1]
    looks = {"yes": ("o", GREEN), "nearly": ("s", BLUE), "no": ("X", VERMILLION)}
    for says, (mark, colour) in looks.items():
        some = [(i, row) for i, row in enumerate(rows) if row["agrees"] == says]
        gap = [row["ours"] - row["published"] for _, row in some]
        reach = [
            [row["ours"] - row["low"] for _, row in some],
            [row["high"] - row["ours"] for _, row in some],
        ]
        at = [i for i, _ in some]
        ax.errorbar(
            gap, at, xerr=reach, fmt=mark, color=colour, ms=5, lw=1.2, label=says
        )
    ax.axvline(0, color="0.4", lw=0.8)
    ax.set_yticks(range(len(rows)), [row["what"] for row in rows], fontsize=8)
    ax.invert_yaxis()
    ax.grid(axis="y", alpha=0.3)
    ax.set(xlabel="ours minus published")
    ax.legend(title="agrees?", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax
