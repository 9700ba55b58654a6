"""Intervals: closed forms, coverage, and bad input."""

import numpy as np
import pytest

from lolakit.seeds import stats


def test_mean_is_the_textbook_interval():
    got = stats.mean([1.0, 2.0, 3.0, 4.0])
    half = 1.959963984540054 * np.sqrt(5 / 3) / 2
    np.testing.assert_allclose(got, (2.5, 2.5 - half, 2.5 + half))


def test_share_at_the_ends_has_width():
    none, every = stats.share([False] * 50), stats.share([True] * 50)
    # Wilson at p = 0 is [0, z^2 / (n + z^2)].
    np.testing.assert_allclose(none, (0, 0, 3.8414588 / 53.8414588), rtol=0, atol=1e-8)
    np.testing.assert_allclose(every, (1, 50 / 53.8414588, 1), rtol=0, atol=1e-8)


@pytest.mark.parametrize("n", [2, 50, 256, 512, 599])
def test_the_interval_holds_its_share(n):
    for hits in (0, 1, n - 1, n):
        e = stats.share([True] * hits + [False] * (n - hits))
        assert 0 <= e.low <= e.value <= e.high <= 1


@pytest.mark.parametrize(
    "p", [0.02, *(pytest.param(p, marks=pytest.mark.slow) for p in (0.5, 0.93))]
)
def test_intervals_cover_as_often_as_they_say(p):
    rng = np.random.default_rng(0)
    samples = rng.random((4000, 256)) < p
    for estimate in (stats.share, stats.mean):
        covered = np.mean([e.low <= p <= e.high for e in map(estimate, samples)])
        # 95 %, give or take 4 binomial standard errors (1.4 %); near the ends the normal
        # interval of a mean of yes/no samples falls short, Wilson's does not.
        if estimate is stats.share or p == 0.5:
            assert abs(covered - 0.95) < 0.02


def test_format():
    assert f"{stats.Estimate(-1.0421, -1.05, -1.03):.3f}" == "-1.042 [-1.050, -1.030]"


@pytest.mark.parametrize("bad", [[1.0], [], [[1.0, 2.0]], [1.0, np.nan]])
def test_bad_samples_are_refused(bad):
    with pytest.raises(
        ValueError, match="expected a vector of at least 2 finite numbers"
    ):
        stats.mean(bad)


def test_shares_are_of_yes_and_no():
    with pytest.raises(ValueError, match="expected booleans"):
        stats.share([0.2, 0.4])
