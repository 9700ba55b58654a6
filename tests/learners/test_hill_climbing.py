"""Hill climbers: ten updates by hand, and what WoLF is for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from transcript import WROTE, learn, numbers

import lolakit as lk

FIFTHS = {"learning_rate": 0.5, "delta": 0.2, "scale": 0.0}
# P(C) in the state of each round after it: steps of 1/5; with WoLF of 1/5 or 2/5
PHC = "7/10 3/10 3/10 7/10 3/10 1/2 1/10 1/10 3/10 9/10"
WOLF = "9/10 1/10 1/10 9/10 1/10 1/2 0 0 1/10 1"
AVERAGE = "1/2 1/2 1/2 1/2 1/2 3/10 3/10 3/10 11/30 7/10"


@pytest.mark.parametrize(("make", "policy"), [(lk.phc, PHC), (lk.wolf_phc, WOLF)])
def test_ten_updates(make, policy):
    wrote, p, average, played = [], [], [], []
    for seen, theta, state in learn(make(0.5, **FIFTHS)):
        s = seen.state
        wrote.append(state.Q[s, seen.action])
        p.append(state.p[s])
        played.append(jax.nn.sigmoid(theta[s]))
        average.append(state.average[s] if make is lk.wolf_phc else 0)
    np.testing.assert_array_equal(wrote, numbers(WROTE))
    np.testing.assert_allclose(p, numbers(policy), atol=1e-15)
    np.testing.assert_allclose(played, p, atol=3e-9)  # logits of 20 at most
    if make is lk.wolf_phc:
        np.testing.assert_allclose(average, numbers(AVERAGE), rtol=1e-14)


def test_exploration_mixes():
    for _, theta, state in learn(lk.phc(0.5, **FIFTHS, exploration=0.1)):
        np.testing.assert_allclose(
            jax.nn.sigmoid(theta), 0.9 * state.p + 0.05, rtol=1e-12
        )


ROUNDS, SEEDS = 8000, 512


@pytest.fixture(scope="module")
def pennies(optimized_module):
    """P(heads) of both in one-shot pennies [512, 400, 2], every 20th round."""
    game = lk.matching_pennies(gamma=0.0)
    how = {"learning_rate": 0.1, "delta": lambda n: 1 / (1000 + 0.1 * n), "scale": 0.0}

    def run(make, key):
        learner = make(0.0, **how)
        heads = lambda a, b: jax.nn.sigmoid(jnp.stack([a[0], b[0]]))
        sizes = {"episodes": ROUNDS, "horizon": 1}
        played = lk.play_rounds(learner, learner, game, key, **sizes, record=heads)
        return played.history.recorded[::20]

    keys = jax.random.split(jax.random.key(0), SEEDS)
    return {
        make.__name__: np.asarray(jax.jit(jax.vmap(partial(run, make)))(keys))
        for make in (lk.phc, lk.wolf_phc)
    }


def test_wolf_comes_to_one_half_in_pennies(pennies):
    """Nearer in each quarter than in the one before, in the mean of all seeds by far."""
    away = abs(pennies["wolf_phc"] - 0.5).reshape(SEEDS, 4, -1).mean(axis=2)
    gain = away[:, :-1] - away[:, 1:]
    assert (gain.mean(axis=0) > 5 * gain.std(axis=0, ddof=1) / SEEDS**0.5).all()
    # A step of 1/1800 and worths that lag by ten rounds: no seed is far off any more.
    assert away[:, -1].max() < 0.1


def test_phc_circles_in_pennies(pennies):
    """Further out in the second half than in the first, to the edge in most seeds, and around."""
    p = pennies["phc"] - 0.5
    away = abs(p).max(axis=2).reshape(SEEDS, 2, -1).mean(axis=2)
    rise = away[:, 1] - away[:, 0]
    assert rise.mean() > 5 * rise.std(ddof=1) / SEEDS**0.5
    late = p[:, 200:]
    assert lk.stats.share(abs(late).max(axis=(1, 2)) > 0.45).low > 0.9
    # Player 1 walks to heads while player 2 is beyond 1/2, and player 2 away from player 1:
    # clockwise. From round 400 on, when they have left the middle.
    x, y = p[:, 20:, 0], p[:, 20:, 1]
    angle = np.unwrap(np.arctan2(y, x), axis=1)
    turns = (angle[:, 0] - angle[:, -1]) / (2 * np.pi)
    assert (turns > 0).all() and np.quantile(turns, 0.1) > 1
    assert abs(late.mean()) < 0.05  # around the middle


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delta": 1.5}, "delta: expected 0 <= delta <= 1"),
        ({"exploration": 2}, "exploration: expected"),
        ({"ratio": 0.5}, "ratio: expected a number of at least 1, got 0.5"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        lk.wolf_phc(0.5, **FIFTHS | change)
