"""How many steps to look ahead, or how far: K against K times the lookahead."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.svg import (
    Panel,
    axes,
    dot,
    line,
    picture,
    tag,
    text,
    ticks,
)
from lolakit.plots import COLOURS, VERMILLION

AXES = {"product": "K × lookahead", "lookahead": "lookahead of each step"}
MARKS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
HUES = tuple(
    colour for colour in COLOURS if colour != VERMILLION
)  # that is the naive one's
DASHES = ("", "7 3", "2 3", "7 3 2 3", "1 3", "9 2")


def looked(product: Any, shares: Mapping[int, Any]) -> str:
    """Return the shares at one product, in a sentence."""
    each = "; ".join(
        f"K = {K}, lookahead {number(product / K, 3)}: {number(share)}"
        for K, share in shares.items()
    )
    return f"K × lookahead = {number(product)}. Share of pairs that cooperate: {each}."


def curves(
    panel: Panel, products: Any, shares: Mapping[int, Any], by: str, at: int
) -> str:
    """Draw one line for each K over the product or the lookahead, and a dot on each line."""
    drawn = ""
    for k, (K, share) in enumerate(shares.items()):
        x = np.log10(products) - (np.log10(K) if by == "lookahead" else 0)
        look = {"stroke": HUES[k % 5], "stroke_dasharray": DASHES[k % 6]}
        drawn += line(panel, (x, share), f"line {k}", **look)
        drawn += dot(panel, (x[at], share[at]), f"dot {k}", fill=HUES[k % 5])
        y, left = 16, panel.left + 86 * k
        drawn += tag("path", "", d=f"M{left} {y}h26", stroke_width=2, **look)
        drawn += text(left + 31, y + 4.5, f"K = {K}", text_anchor="start")
    return drawn


def look_ahead_steps(
    products: Sequence[float],
    shares: Mapping[str, Mapping[int, Sequence[float]]],
    at: int = 0,
) -> Figure:
    """Return the figure of cooperation by K and lookahead, on either of two axes.

    Over the lookahead of each step the lines for different K lie apart; over the product
    K * lookahead they come together where the product alone decides.

    Args:
        products: of K and the lookahead, rising.
        shares: label ("exact") to K to the share of pairs that cooperate at each product.
        at: the index of the product that is marked at first.

    Raises:
        ValueError: unless products rise from above 0, each K has one share in [0, 1] for
            each product, all labels have the same K, and `at` is an index.
    """
    product = np.asarray(products, dtype=float)
    if product.ndim != 1 or not (product > 0).all() or not (np.diff(product) > 0).all():
        raise ValueError(
            f"products: expected rising positive numbers, got {products!r}"
        )
    table = {
        name: {int(K): np.asarray(share, dtype=float) for K, share in rows.items()}
        for name, rows in shares.items()
    }
    steps = [*next(iter(table.values()), {})]
    for name, rows in table.items():
        for K, share in rows.items():
            if share.shape != product.shape or not ((share >= 0) & (share <= 1)).all():
                raise ValueError(
                    f"shares: {name}, K = {K}: expected {len(product)} shares"
                )
        if [*rows] != steps or not steps:
            raise ValueError(f"shares: {name}: expected K = {steps}, got {[*rows]}")
    if not table or not 0 <= at < len(product):
        raise ValueError(
            f"at: expected an index below {len(product)} of some shares, got {at!r}"
        )
    low, high = np.log10(product[0] / max(steps)) - 0.05, np.log10(product[-1]) + 0.05
    panel = Panel((low, high), (-0.04, 1.04), width=400, height=290, top=34)
    first = next(iter(table))
    marks = [
        (float(np.log10(x)), f"{x:g}") for x in MARKS if low <= np.log10(x) <= high
    ]
    x_label = tag("tspan", AXES["product"], "axis")
    drawn = axes(
        panel,
        x_label,
        "share that cooperates",
        marks,
        ticks([0, 0.25, 0.5, 0.75, 1], 2),
    )
    drawn += curves(panel, product, table[first], "product", at)
    label = (
        f"{len(steps)} lines, one for each number K of look-ahead steps: the share of pairs that "
        "cooperate, over the product of K and the lookahead or over the lookahead alone."
    )
    return Figure(
        "look_ahead_steps",
        picture=[picture(panel, label, drawn)],
        controls=[
            choice("by", "horizontal axis", AXES, "product"),
            *([choice("source", "values", {n: n for n in table}, first)] * (len(table) > 1)),
            slider("at", "<i>K</i> × lookahead", at, 0, len(product) - 1,
                   stops=[f"{x:g}" for x in product]),
        ],
        says=looked(product[at], {K: share[at] for K, share in table[first].items()}),
        caption="Share of pairs of LOLA learners that cooperate in the iterated prisoner's dilemma "
        "after 200 updates, by the number K of look-ahead steps. The dots have one product of K "
        "and the lookahead.",
        data={
            "products": product.tolist(),
            "shares": {n: {str(K): s.round(4).tolist() for K, s in rows.items()}
                       for n, rows in table.items()},
            "axes": AXES,
            "first": first,
            "panel": panel.coefficients(),
        },
    )  # fmt: skip
