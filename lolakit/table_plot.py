"""Pictures of tables: of a head-to-head, and of published numbers beside ours."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from lolakit.tournament import Standings


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


def differences(rows: Sequence[dict[str, Any]], ax: Axes | None = None) -> Axes:
    """Draw ours minus the published number, with our 95 % interval, one line for each row.

    `rows` are those of a stored result, from `lolakit.published.rows`. A filled mark: the
    intervals meet. A cross: they do not, and the two are not near either.
    """
    ax = ax or plt.subplots(figsize=(5.6, 0.24 * len(rows) + 0.9))[1]
    looks = {"yes": ("o", "C0"), "nearly": ("s", "C1"), "no": ("x", "C2")}
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
    ax.legend(title="agrees?")
    return ax
