"""What becomes of a population of strategies: the replicator, as in Axelrod's tournaments.

Who scores high against those who are there becomes more, and then others are there.

Axelrod (1984), "The Evolution of Cooperation", chapter 2; Taylor and Jonker (1978).
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from lolakit import _validate


def ecology(
    R: Any, *, generations: int = 100, shares: Any = None, pressure: float = 1.0
) -> Float[np.ndarray, "rows n"]:
    """Return the shares of n strategies over the generations::

        f_i = sum_j R[i, j] x_j
        x_i <- x_i exp(pressure f_i) / sum_k x_k exp(pressure f_k)

    Everybody meets everybody, so f_i is what an owner of strategy i earns on average. The
    same amount added to all payoffs changes nothing.

    Args:
        R: R[i, j] is what i earns against j, per round [n, n].
        generations: at least 1.
        shares: of the strategies at first [n], positive; alike by default.
        pressure: how fast what earns more becomes more; above 0.

    Returns:
        Shares [generations + 1, n], the first ones included. Each row sums to 1.

    Raises:
        ValueError: for an R that is not square and finite, shares of another length or not
            above 0, generations below 1 or a pressure not above 0.

    >>> ecology([[0.0, 0.0], [1.0, 1.0]], generations=2).round(3).tolist()
    [[0.5, 0.5], [0.269, 0.731], [0.119, 0.881]]
    """
    what = "a square table of finite numbers"
    table = _validate.numbers("R", R, what)
    if table is None or table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ValueError(f"R: expected {what}, got {_validate.shown(R)}")
    if not table.size or not np.isfinite(table).all():
        raise ValueError(f"R: expected {what}, got {_validate.shown(R)}")
    generations = _validate.positive_int("generations", generations)
    pressure = _validate.positive("pressure", pressure)
    n = len(table)
    what = f"{n} positive shares"
    x = np.ones(n) if shares is None else _validate.numbers("shares", shares, what)
    if x is None or x.shape != (n,) or not (np.isfinite(x) & (x > 0)).all():
        raise ValueError(f"shares: expected {what}, got {_validate.shown(shares)}")
    log_x, rows = np.log(x / x.sum()), []
    for _ in range(generations + 1):
        log_x = log_x - np.log(np.exp(log_x - log_x.max()).sum()) - log_x.max()
        rows.append(np.exp(log_x))
        log_x = log_x + pressure * table @ rows[-1]
    return np.array(rows)
