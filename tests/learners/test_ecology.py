"""The replicator: by hand, its rest points, and what does not matter."""

from fractions import Fraction

import numpy as np
import pytest

import lolakit as lk

HAWKS = np.array([[-1.0, 4.0], [0.0, 2.0]])  # hawk and dove: V = 4, C = 6


def test_two_generations_by_hand():
    """Payoffs of log 2 and 0: the first doubles against the second in each generation."""
    x = lk.ecology([[np.log(2)] * 2, [0.0, 0.0]], generations=2)
    first = np.array([Fraction(1, 2), Fraction(2, 3), Fraction(4, 5)], float)
    np.testing.assert_allclose(x, np.stack([first, 1 - first], axis=1), rtol=1e-14)


def test_hawks_and_doves_come_to_the_mixed_equilibrium():
    """-x + 4 (1 - x) = 2 (1 - x) at x = 2/3."""
    x = lk.ecology(HAWKS, generations=2000, pressure=0.1, shares=[1, 9])
    np.testing.assert_allclose(x[-1], [2 / 3, 1 / 3], atol=1e-9)
    np.testing.assert_allclose(x.sum(axis=1), 1, rtol=1e-12)
    assert x[0].tolist() == pytest.approx([0.1, 0.9])


def test_the_same_for_everyone_changes_nothing():
    x, y = lk.ecology(HAWKS), lk.ecology(HAWKS + 7.0)
    np.testing.assert_allclose(x, y, rtol=1e-9)


def test_extinction_is_no_division_by_zero():
    x = lk.ecology([[1000.0, 1000.0], [0.0, 0.0]], generations=50)
    assert np.isfinite(x).all() and x[-1].tolist() == [1.0, 0.0]
