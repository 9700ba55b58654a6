"""The picture of a head-to-head table."""

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
