"""Sampled play: the rules of the game, in distribution and round by round."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import chain, enumerate_values

import lolakit as lk
from lolakit.values import rollouts

GAME = lk.prisoners_dilemma()
LOPSIDED = lk.MatrixGame(
    [[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8
)


def test_shapes_and_dtypes(point):
    play = lk.rollout(GAME, *point, jax.random.key(0), horizon=7, batch=3)
    for pair in play:
        assert len(pair) == 2
        assert all(x.shape == (3, 7) for x in pair)
    assert play.states[0].dtype == play.actions[1].dtype == int
    assert play.rewards[0].dtype == GAME.payoff.dtype


def test_every_round_follows_the_rules(point):
    """State from the last actions, seat by seat; reward from the payoff table."""
    play = lk.rollout(LOPSIDED, *point, jax.random.key(1), horizon=20, batch=50)
    (s, z), (a, b), r = jax.tree.map(np.asarray, play)
    assert (s[:, 0] == 0).all() and (z[:, 0] == 0).all()
    np.testing.assert_array_equal(s[:, 1:], 1 + 2 * a[:, :-1] + b[:, :-1])
    np.testing.assert_array_equal(z[:, 1:], 1 + 2 * b[:, :-1] + a[:, :-1])
    for i in (0, 1):
        np.testing.assert_array_equal(r[i], np.asarray(LOPSIDED.payoff)[i, a, b])
    assert set(np.unique(s)) == {0, 1, 2, 3, 4} and set(np.unique(a)) == {0, 1}


def test_joint_distribution_of_two_rounds(point):
    """All 16 two-round histories occur as often as the chain says: chi-squared."""
    n = 100_000
    play = lk.rollout(LOPSIDED, *point, jax.random.key(2), horizon=2, batch=n)
    (a, b) = (np.asarray(x) for x in play.actions)
    seen = np.zeros((4, 4))
    np.add.at(seen, (2 * a[:, 0] + b[:, 0], 2 * a[:, 1] + b[:, 1]), 1)
    p0, P = chain(*point)
    expected = n * p0[:, None] * P
    # 15 degrees of freedom: above 50 with probability 1e-5.
    assert ((seen - expected) ** 2 / expected).sum() < 50


@pytest.mark.parametrize("game", [GAME, lk.matching_pennies(), LOPSIDED])
def test_mean_return_is_the_enumerated_value(game, point):
    n, horizon = 40_000, 4
    play = lk.rollout(game, *point, jax.random.key(3), horizon=horizon, batch=n)
    truth = enumerate_values(game.payoff, game.gamma, *point, horizon)
    for r, v in zip(play.rewards, truth, strict=True):
        R = np.asarray(r) @ game.gamma ** np.arange(horizon)
        assert abs(R.mean() - v) < 4.5 * R.std() / np.sqrt(n)


def test_swapping_seats_mirrors_play():
    """Tit-for-tat against a defector, from both seats, by hand."""
    key, sizes = jax.random.key(0), {"horizon": 3, "batch": 2}
    tft, alld = lk.tit_for_tat(40.0), lk.always_defect(40.0)
    play = lk.rollout(LOPSIDED, tft, alld, key, **sizes)
    mirror = lk.rollout(LOPSIDED.swap(), alld, tft, key, **sizes)
    assert play.states[0][0].tolist() == [0, 2, 4]  # start, CD, DD
    assert play.states[1][0].tolist() == [0, 3, 4]  # start, DC, DD
    assert play.rewards[0][0].tolist() == [-2.0, 0.5, 0.5]
    assert play.rewards[1][0].tolist() == [0.0, 2.0, 2.0]
    for pair, back in zip(play, mirror, strict=True):
        np.testing.assert_array_equal(pair[0], back[1])
        np.testing.assert_array_equal(pair[1], back[0])


def test_log_prob_is_the_log_of_the_probability(point):
    states, actions = jnp.arange(5), jnp.array([0, 1, 0, 1, 1])
    p = 1 / (1 + np.exp(-np.asarray(point[0])))
    expected = np.log(np.where(actions == 0, p, 1 - p))
    np.testing.assert_allclose(
        lk.log_prob(point[0], states, actions), expected, rtol=1e-12
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_saturated_logits(dtype):
    theta = jnp.full(5, 30.0, dtype)
    play = lk.rollout(GAME, theta, -theta, jax.random.key(0), horizon=5, batch=4)
    assert (play.actions[0] == 0).all() and (play.actions[1] == 1).all()
    for sign in (1, -1):
        logs = lk.log_prob(sign * theta, play.states[0], play.actions[0])
        assert logs.dtype == dtype and np.isfinite(logs).all()
        np.testing.assert_allclose(logs, min(0.0, 30.0 * sign), atol=1e-12, rtol=0)


def test_a_policy_of_nan_is_seen_in_the_rewards():
    """It would play as D, and a learner would go on as if nothing had happened."""
    nan = jnp.zeros(5).at[3].set(jnp.nan)
    for pair in [(nan, jnp.zeros(5)), (jnp.zeros(5), nan)]:
        play = lk.rollout(GAME, *pair, jax.random.key(0), horizon=3, batch=2)
        assert all(np.isnan(r).all() for r in play.rewards)


def test_log_prob_of_what_cannot_happen_is_finite():
    theta = jnp.full(5, -1000.0)
    assert lk.log_prob(theta, jnp.array([0]), jnp.array([0])).tolist() == [-1000.0]


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("float64", 64)])
def test_dice_are_as_fine_as_the_policy(dtype, bits):
    theta = jnp.zeros(5, dtype)

    def play(key):
        return lk.rollout(GAME, theta, theta, key, horizon=2, batch=3)

    jaxpr = str(jax.make_jaxpr(play)(jax.random.key(0)))
    assert f"bit_width={bits}" in jaxpr and f"bit_width={96 - bits}" not in jaxpr


def test_what_has_probability_zero_never_happens(monkeypatch):
    """Not even where the uniform number is exactly 0."""
    monkeypatch.setattr(
        jax.random, "uniform", lambda key, shape, dtype: jnp.zeros(shape, dtype)
    )
    never = jnp.full(5, -jnp.inf)
    play = lk.rollout(GAME, never, -never, jax.random.key(0), horizon=3, batch=2)
    assert (play.actions[0] == 1).all() and (play.actions[1] == 0).all()


def test_rewards_have_the_dtype_of_the_payoffs():
    game = GAME._replace(payoff=GAME.payoff.at[0, 0, 0].set(-1 / 3))
    theta = jnp.full(5, 40.0, "float32")
    play = lk.rollout(game, theta, theta, jax.random.key(0), horizon=1, batch=1)
    assert play.rewards[0].item() == -1 / 3


def test_stacked_games_are_refused():
    stacked = jax.tree.map(lambda *x: jnp.stack(x), GAME, LOPSIDED)
    with pytest.raises(ValueError, match="payoff: expected"):
        lk.rollout(
            stacked, jnp.zeros(5), jnp.zeros(5), jax.random.key(0), horizon=1, batch=1
        )


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 0}, "horizon: expected an integer of at least 1, got 0"),
        ({"batch": 0}, "batch: expected an integer of at least 1, got 0"),
        ({"batch": 2.0}, "batch: expected an integer"),
        ({"game": "dilemma"}, "game: expected a MatrixGame"),
        ({"own": jnp.zeros(4)}, r"own: expected shape \(5,\), got \(4,\)"),
        ({"other": jnp.zeros(5, int)}, "other: expected floats"),
    ],
)
def test_bad_input(change, message):
    call = {"game": GAME, "own": jnp.zeros(5), "other": jnp.zeros(5)}
    call |= {"key": jax.random.key(0), "horizon": 3, "batch": 2} | change
    with pytest.raises(ValueError, match=message):
        lk.rollout(**call)


@pytest.mark.usefixtures("unchecked_shapes")
def test_log_prob_rejects_another_policy():
    with pytest.raises(ValueError, match="theta: expected shape"):
        lk.log_prob(jnp.zeros(4), jnp.array([4]), jnp.array([0]))


def plain_scan(game, own, other, key, horizon, batch):
    """Play round by round, as one would write it first: the oracle of `rollout`."""
    p, q = jax.nn.sigmoid(own), jax.nn.sigmoid(other)
    k_own, k_other = jax.random.split(key)
    u = jax.random.uniform(k_own, (horizon, batch), p.dtype)
    v = jax.random.uniform(k_other, (horizon, batch), q.dtype)

    def step(states, uniform):
        (s, z), (u, v) = states, uniform
        a, b = jnp.where(u < p[s], 0, 1), jnp.where(v < q[z], 0, 1)
        return (1 + 2 * a + b, 1 + 2 * b + a), (s, z, a, b)

    start = jnp.zeros(batch, int)
    s, z, a, b = (x.T for x in jax.lax.scan(step, (start, start), (u, v))[1])
    payoff = game.payoff
    return lk.Trajectory((s, z), (a, b), (payoff[0, a, b], payoff[1, a, b]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "horizon, batch",
    [(1, 1), pytest.param(2, 3, marks=pytest.mark.slow), (7, 5), (150, 33)],
)
def test_rollout_is_bit_for_bit_the_plain_scan(horizon, batch, dtype):
    game = lk.MatrixGame(np.arange(8.0).reshape(2, 2, 2), 0.9)
    for seed in range(4):
        k_own, k_other, key = jax.random.split(jax.random.key(seed), 3)
        own, other = (2 * jax.random.normal(k, (5,), dtype) for k in (k_own, k_other))
        got = lk.rollout(game, own, other, key, horizon=horizon, batch=batch)
        want = plain_scan(game, own, other, key, horizon, batch)
        jax.tree.map(np.testing.assert_array_equal, got, want)
        same = lambda x, y: x.dtype == y.dtype
        assert all(jax.tree.leaves(jax.tree.map(same, got, want)))


@pytest.mark.parametrize(
    "horizon", [1, pytest.param(2, marks=pytest.mark.slow), 3, 150]
)
def test_rounds_composed_in_any_order_are_rounds_in_turn(horizon):
    """What runs on a GPU, beside what runs here: all 256 maps, at random."""
    maps = jax.random.randint(jax.random.key(0), (horizon, 512), 0, 256, "int32")
    maps = maps.astype("uint8")
    one, other = rollouts._in_turn(maps), rollouts._in_parallel(maps)
    outcome = np.zeros(512, int)
    for t in range(horizon):
        outcome = (np.asarray(maps[t], int) >> (2 * outcome)) & 3
        np.testing.assert_array_equal(one[t], outcome)
    # in parallel the first map must lead all outcomes to one, as the first round does
    first = maps.at[0].set((maps[0] & 3) * 85)
    np.testing.assert_array_equal(
        rollouts._in_parallel(first), rollouts._in_turn(first)
    )
    assert one.shape == other.shape
