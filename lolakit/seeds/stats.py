"""Estimates with their 95 % intervals, for every number that the book reports."""

from typing import Any, NamedTuple

import numpy as np

from lolakit import _validate

Z = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""


class Estimate(NamedTuple):
    """A number and its 95 % interval. `str` and format specs print all three.

    >>> f"{Estimate(0.5, 0.4, 0.6):.2f}"
    '0.50 [0.40, 0.60]'
    """

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        """Format value and bounds with the same spec."""
        value, low, high = (format(x, spec) for x in self)
        return f"{value} [{low}, {high}]"


def mean(samples: Any) -> Estimate:
    """Return the mean of independent samples: mean +- 1.96 s / sqrt(n). Shape [n], n >= 2.

    The interval is the normal one, meant for the hundreds of seeds of this book.
    """
    x = _finite_vector("samples", samples)
    half = Z * x.std(ddof=1) / np.sqrt(x.size)
    return Estimate(float(x.mean()), float(x.mean() - half), float(x.mean() + half))


def share(hits: Any) -> Estimate:
    """Return the share of True among independent yes/no samples. Shape [n], n >= 2.

    Wilson's score interval: it stays inside [0, 1] and is honest at 0 and at 1, where
    mean +- 1.96 s / sqrt(n) has no width. Wilson (1927).
    """
    x = _finite_vector("hits", hits)
    if not np.isin(x, (0.0, 1.0)).all():
        raise ValueError("hits: expected booleans, or zeros and ones")
    n, p = x.size, x.mean()
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    # The interval holds p; at p = 0 and p = 1, where they touch, rounding may not.
    low, high = min(centre - half, p), max(centre + half, p)
    return Estimate(float(p), float(max(low, 0)), float(min(high, 1)))


def _finite_vector(name: str, samples: Any) -> np.ndarray:
    what = "a vector of at least 2 finite numbers"
    x = _validate.numbers(name, samples, what, booleans=True)
    if x is None or x.ndim != 1 or x.size < 2 or not np.isfinite(x).all():
        raise ValueError(f"{name}: expected {what}, got {_validate.shown(samples)}")
    return x.astype(float)
