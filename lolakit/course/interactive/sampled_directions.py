"""Sampled updates around the exact one: the naive and the LOLA direction, by the batch."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lolakit.course.interactive.frame import Figure, number, slider
from lolakit.course.interactive.svg import Panel, axes, picture, tag, text, ticks
from lolakit.games.matrix import prisoners_dilemma
from lolakit.games.memory_one import STATES
from lolakit.plots import BLUE, INK, VERMILLION
from lolakit.reproduce.directions import BATCHES, LOOKAHEADS, OTHER, OWN
from lolakit.reproduce.storage import stored
from lolakit.rules.lola import lola
from lolakit.values.exact import exact_values

COLOURS = {"naive": VERMILLION, "LOLA": BLUE}
CC, CD = 1, 2
SHOWN = 1
ROOM = 1.9
"""So many lengths of the exact update, in the two entries that are shown, are in the picture."""


def exact_updates() -> Float[np.ndarray, "2 5"]:
    """Return the two updates of player 1 with exact values, naive and LOLA."""
    V, own, other = exact_values(prisoners_dilemma()), jnp.array(OWN), jnp.array(OTHER)
    update = jax.jit(jax.vmap(lambda eta: lola(V, lookahead=eta)(own, other)))
    return np.asarray(update(jnp.array([*LOOKAHEADS.values()])), dtype=float)


def samples() -> Float[np.ndarray, "stops 2 repeats 5"]:
    """Return the stored estimates of both updates, for each size of the batch."""
    runs = stored("pg_directions")["runs"]
    return np.stack(
        [[runs[str(batch)][name] for name in LOOKAHEADS] for batch in BATCHES]
    )


def angles(estimates: Any, exact: Any) -> Float[np.ndarray, "..."]:
    """Return by how many degrees estimates point away from the exact update [..., 5]."""
    cosine = (estimates * exact).sum(-1) / (
        np.linalg.norm(estimates, axis=-1) * np.linalg.norm(exact, axis=-1)
    )
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def fan(panel: Panel, ends: Any) -> str:
    """Return the path of lines from the origin to each of `ends` [n, 2], cut at the edge."""
    far = np.abs(np.asarray(ends)).max(axis=-1, keepdims=True) / panel.x[1]
    x, y = panel.at(*(ends / np.maximum(far, 1)).T)
    zero = "M{:.1f} {:.1f}".format(*panel.at(0, 0))
    return "".join(f"{zero}L{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def arrow(panel: Panel, end: Any) -> str:
    """Draw the exact update: a thick arrow from the origin."""
    start, tip = (np.array(panel.at(*point)) for point in ((0.0, 0.0), end))
    u = (tip - start) / np.hypot(*(tip - start))
    left, right = (tip - 13 * u + s * 6 * np.array([-u[1], u[0]]) for s in (1, -1))
    shape = "M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*start, *(tip - 10 * u))
    head = "M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z".format(*tip, *left, *right)
    return tag("path", d=shape, stroke=INK, stroke_width=3.5, fill="none") + tag(
        "path", d=head, fill=INK
    )


def draw(row: int, exact: Any, ends: Any) -> tuple[Panel, str]:
    """Draw one rule's estimates around its exact update, both in two of the five entries."""
    name, colour = [*COLOURS.items()][row]
    room = ROOM * float(np.hypot(*exact))
    panel = Panel((-room, room), (-room, room), width=306, height=318, top=34)
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100) if room < 3 * s)
    marks = [
        mark
        for mark in ticks([step * i for i in range(-2, 3)], int(step < 1))
        if abs(mark[0]) <= room
    ]
    return panel, picture(
        panel,
        f"A fan of lines from the origin, the sampled {name} updates, and one thick arrow, the "
        "exact update. The more games, the narrower is the fan.",
        axes(panel, f"entry after {STATES[CD]}", f"entry after {STATES[CC]}", marks, marks),
        text(panel.left, 20, f"{name} update", text_anchor="start", font_weight="bold"),
        tag("path", "", f"fan {row}", d=fan(panel, ends), stroke=colour, fill="none",
            stroke_width=1.4, stroke_opacity="0.65", stroke_linecap="round"),
        arrow(panel, exact),
    )  # fmt: skip


def says(batch: int, off: Any) -> str:
    """Return how far the estimates are off, in a sentence."""
    naive, shaped = (number(x, 0) for x in off)
    return (
        f"{batch} games: half of the naive estimates point within {naive}° of the exact update, "
        f"half of LOLA's within {shaped}°."
    )


def sampled_directions() -> Figure:
    """Return sampled updates around the exact one, with a slider over the games of a batch.

    The naive and the LOLA update (lookahead 1) of player 1 in the prisoner's dilemma, at
    one pair of policies, estimated by `lola_pg` from the same games: the stored result
    `pg_directions`.

    Returns:
        The figure; Jupyter shows it.
    """
    exact, drawn = exact_updates(), samples()
    repeats = drawn.shape[2]
    off = np.median(angles(drawn, exact[:, None]), axis=-1)
    ends = drawn[..., [CD, CC]]
    panels, pictures = zip(
        *(draw(row, exact[row, [CD, CC]], ends[SHOWN, row]) for row in (0, 1)),
        strict=True,
    )
    return Figure(
        "sampled_directions",
        picture=pictures,
        controls=[slider("batch", "games <i>B</i>", SHOWN, 0, len(BATCHES) - 1, stops=BATCHES)],
        says=says(BATCHES[SHOWN], off[SHOWN]),
        caption="Two updates of player 1 in the iterated prisoner's dilemma, at one pair of "
        f"policies: two of their five entries. Arrow: the exact update. Lines: {repeats} "
        "estimates, each from games of its own of 150 rounds (stored), cut off at the edge. The "
        "angles are those of all five entries.",
        data={
            "batches": BATCHES,
            "ends": ends.round(3).tolist(),
            "off": off.round(4).tolist(),
            "panels": [{"at": p.coefficients(), "edge": p.x[1]} for p in panels],
        },
    )  # fmt: skip
