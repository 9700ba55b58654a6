"""Two learners of a tournament, chosen from menus: their run in the plane of what both earn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.svg import dot, line, picture, plane
from lolakit.games.matrix import MatrixGame, prisoners_dilemma
from lolakit.plots import GREEN


def typical(R: Any) -> int:
    """Return the seed whose run is nearest to the mean run: R has shape [seeds, T, 2]."""
    R = np.asarray(R, dtype=float)
    return int(((R - R.mean(axis=0)) ** 2).sum(axis=(1, 2)).argmin())


def meetings(
    runs: Mapping[tuple[str, str], Any],
    game: MatrixGame | None = None,
    *,
    step: int = 1,
    first: tuple[str, str] | None = None,
    caption: str = "",
) -> Figure:
    """Return the figure of a tournament's runs: who meets whom is chosen from two menus.

    Args:
        runs: (row, column) to what both earn per round along a run [T, 2], the row first, or
            along several [seeds, T, 2]: then the typical one is shown, which is nearest to
            their mean. Every row is with every column, and all runs have one length.
        game: what they play; by default the prisoner's dilemma.
        step: episodes that one point of a run stands for.
        first: the pair that is shown at first; else the first of `runs`.
        caption: two sentences on what is shown.

    Raises:
        ValueError: for no runs, a pair that is missing, or runs of other or several shapes.
    """
    game = prisoners_dilemma() if game is None else game
    paths = {pair: np.asarray(R, dtype=float) for pair, R in runs.items()}
    paths = {pair: R[typical(R)] if R.ndim == 3 else R for pair, R in paths.items()}
    shapes = {R.shape for R in paths.values()}
    if len(shapes) != 1 or len(shape := next(iter(shapes))) != 2 or shape[1] != 2:
        raise ValueError(f"runs: expected arrays [T, 2] of one length, got {shapes}")
    rows, columns = ([*dict.fromkeys(pair[i] for pair in paths)] for i in (0, 1))
    if missing := {(a, b) for a in rows for b in columns} - paths.keys():
        raise ValueError(f"runs: expected every pair, got none for {sorted(missing)}")
    first = next(iter(paths)) if first is None else first
    if first not in paths:
        raise ValueError(f"first: expected a pair of runs, got {first!r}")
    T, R = shape[0], paths[first]
    stops = [step * (t + 1) for t in range(T)]
    panel, back = plane(game)
    drawn = picture(
        panel, "The plane of what the two players earn per round, with the polygon of what is "
        "feasible, the pair of learners as a point, and the path that led there.", back,
        line(panel, R.T, "trail", stroke=GREEN),
        dot(panel, R[-1], "point", fill=GREEN, r=7),
    )  # fmt: skip
    return Figure(
        "meetings",
        picture=[drawn],
        controls=[
            choice("one", "player 1", {name: name for name in rows}, first[0]),
            choice("two", "player 2", {name: name for name in columns}, first[1]),
            slider("step", "episode", T - 1, 0, T - 1, text=f"{{}} of {stops[-1]}",
                   stops=stops, play=True),
        ],
        says=f"Episode {stops[-1]}: {first[0]} earns {number(R[-1, 0])} per round, "
        f"{first[1]} {number(R[-1, 1])}.",
        caption=caption,
        data={
            "runs": {a: {b: paths[a, b].round(2).tolist() for b in columns} for a in rows},
            "stops": stops,
            "plane": panel.coefficients(),
        },
    )  # fmt: skip
