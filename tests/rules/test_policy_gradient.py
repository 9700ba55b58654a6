"""Sampled rules against enumeration: exact expectations, no tolerance for luck.

A rule is a function of the games that `sample` draws. So its expectation is a sum over
all batches that could be drawn, each with its probability. For a few rounds, and batches
of one, two or four games, that sum can be carried out.
"""

import itertools

import corridor
import jax
import jax.numpy as jnp
import numpy as np
import optax
import oracles
import pytest
from oracles import enumerate_derivatives, sigmoid

import lolakit as lk
from lolakit.rules.policy_gradient import advantages, cross_weights
from lolakit.values.baselines import returns

GAMES = {
    "dilemma": lk.prisoners_dilemma(),
    "pennies": lk.matching_pennies(),
    "lopsided": lk.MatrixGame(
        [[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8
    ),
}
THETA = np.array([0.3, -0.7, 1.1, 0.2, -0.4]), np.array([-0.5, 0.8, 0.1, -1.2, 0.6])
OWN, OTHER = (jnp.asarray(theta) for theta in THETA)


def all_games(game, horizon):
    """Return every joint history as a Trajectory, and its probability."""
    play = lk.Trajectory(*oracles.all_games(game.payoff, horizon))
    probability = np.ones(4**horizon)
    for theta, states, actions in zip(THETA, play.states, play.actions, strict=True):
        p = sigmoid(theta)[states]
        probability *= np.where(actions == 0, p, 1 - p).prod(axis=1)
    return jax.tree.map(jnp.asarray, play), probability


def expectation(make, game, horizon, batch):
    """Return the exact expectation of the rule `make(**sampling)` over batches."""
    play, probability = all_games(game, horizon)
    index = np.stack(np.meshgrid(*[np.arange(len(probability))] * batch), -1)
    index = index.reshape(-1, batch)
    weights = probability[index].prod(axis=1)

    def direction(rows):
        def sample(game, own, other, key, *, horizon, batch):
            return jax.tree.map(lambda x: x[rows], play)

        rule = make(game, horizon=horizon, batch=batch, sample=sample)
        return rule(OWN, OTHER, jax.random.key(0))

    total = np.zeros(5)
    run = jax.jit(jax.vmap(direction))
    for rows in np.array_split(np.arange(len(index)), -(-len(index) // 4096)):
        total += weights[rows] @ np.asarray(run(index[rows]))
    return total


def truth(game, horizon, lookahead):
    _, g1, g2, g12 = enumerate_derivatives(game.payoff, game.gamma, *THETA, horizon)
    return g1[0] + lookahead * g12[1] @ g2[0]


def close(a, b):
    # Sums of at most 65 536 terms of size 10, in float64.
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


def test_the_oracle_knows_the_golden_value():
    V, g1, _, _ = enumerate_derivatives(GAMES["dilemma"].payoff, 0.96, *THETA, 3)
    np.testing.assert_allclose(V, [-4.7343186178, -3.9105503082], rtol=1e-10)
    golden = [-0.41592477, -0.09191374, -0.16555597, -0.10767045, -0.11000693]
    np.testing.assert_allclose(g1[0], golden, atol=1e-8, rtol=0)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_the_oracle_agrees_with_finite_differences(game):
    e = 1e-5
    _, g1, _, g12 = enumerate_derivatives(game.payoff, game.gamma, *THETA, 3)
    for i in range(5):
        up, down = THETA[0] + e * np.eye(5)[i], THETA[0] - e * np.eye(5)[i]
        high = enumerate_derivatives(game.payoff, game.gamma, up, THETA[1], 3)
        low = enumerate_derivatives(game.payoff, game.gamma, down, THETA[1], 3)
        # Second-order differences: error e^2 times a third derivative below 10.
        for slope, column in [(g1[:, i], 0), (g12[:, i], 2)]:
            numeric = (high[column] - low[column]) / (2 * e)
            np.testing.assert_allclose(slope, numeric, rtol=0, atol=1e-8)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
@pytest.mark.parametrize("horizon", [1, 3])
def test_naive_pg_is_unbiased(game, horizon):
    def rule(game, **how):
        return lk.naive_pg(game, baseline=lk.no_baseline, **how)

    close(expectation(rule, game, horizon, batch=1), truth(game, horizon, 0.0))


@pytest.mark.parametrize("baseline", [lk.batch_mean, lk.state_value])
@pytest.mark.parametrize("batch", [2, 3])
def test_baselines_keep_naive_pg_unbiased(baseline, batch):
    game, horizon = GAMES["lopsided"], {2: 3, 3: 2}[batch]

    def rule(game, **how):
        return lk.naive_pg(game, baseline=baseline, **how)

    close(expectation(rule, game, horizon, batch), truth(game, horizon, 0.0))


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_lola_pg_with_a_split_batch_is_unbiased(game):
    def rule(game, **how):
        return lk.lola_pg(game, lookahead=0.7, baseline=lk.no_baseline, **how)

    close(expectation(rule, game, 3, batch=2), truth(game, 3, 0.7))


def test_an_odd_batch_is_split_too():
    def rule(game, **how):
        return lk.lola_pg(game, lookahead=0.7, baseline=lk.no_baseline, **how)

    close(
        expectation(rule, GAMES["lopsided"], 2, batch=3),
        truth(GAMES["lopsided"], 2, 0.7),
    )


@pytest.mark.parametrize("baseline", [lk.batch_mean, lk.state_value])
def test_baselines_keep_lola_pg_unbiased(baseline):
    """Four games: halves of two, so that each has another one to compare with."""
    game = GAMES["lopsided"]

    def rule(game, **how):
        return lk.lola_pg(game, lookahead=0.7, baseline=baseline, **how)

    close(expectation(rule, game, 2, batch=4), truth(game, 2, 0.7))


def test_one_batch_for_both_factors_is_biased():
    """E[H w] of the same games = H w + Cov(H, w) / B: off at B = 1, half as much at 2."""
    game = GAMES["dilemma"]

    def rule(game, **how):
        return lk.lola_pg(
            game, lookahead=1.0, baseline=lk.no_baseline, split=False, **how
        )

    right = truth(game, 3, 1.0)
    one, two = (expectation(rule, game, 3, batch) - right for batch in (1, 2))
    assert np.linalg.norm(one) > np.linalg.norm(right)  # 0.64 and 0.57
    close(one, 2 * two)


@pytest.mark.parametrize("split", [True, False])
def test_real_samples_meet_enumeration(split):
    """The library's own sampler, within 4.5 standard errors of the exact direction."""
    game = GAMES["dilemma"]
    rule = lk.lola_pg(game, horizon=4, batch=256, lookahead=1.0, split=split)
    keys = jax.random.split(jax.random.key(0), 400)
    draws = np.asarray(jax.jit(jax.vmap(lambda k: rule(OWN, OTHER, k)))(keys))
    error = draws.mean(axis=0) - truth(game, 4, 1.0)
    # Not split: the bias is of order 1 / 256 of the noise of one game, here below the
    # standard error of 400 * 256 games.
    assert (np.abs(error) < 4.5 * draws.std(axis=0, ddof=1) / 20).all()


def test_long_play_gives_the_exact_rule():
    """At T = 150 the rounds left out are worth 0.96^150 = 0.2 %."""
    game = GAMES["dilemma"]
    exact = lk.lola(lk.exact_values(game), lookahead=1.0)(OWN, OTHER)
    rule = lk.lola_pg(game, horizon=150, batch=2000, lookahead=1.0)
    keys = jax.random.split(jax.random.key(1), 20)
    draws = np.asarray(jax.lax.map(lambda k: rule(OWN, OTHER, k), keys))
    error = np.abs(draws.mean(axis=0) - np.asarray(exact))
    tolerance = 5 * draws.std(axis=0, ddof=1) / np.sqrt(20) + 0.01 * np.abs(exact).max()
    assert (error < tolerance).all()


def test_lookahead_zero_is_the_naive_rule():
    game, key = GAMES["lopsided"], jax.random.key(5)
    sizes = {"horizon": 6, "batch": 8}
    lola = lk.lola_pg(game, lookahead=0.0, **sizes)(OWN, OTHER, key)
    close(lola, lk.naive_pg(game, **sizes)(OWN, OTHER, key))


def test_lookahead_can_be_traced():
    def direction(eta):
        rule = lk.lola_pg(GAMES["lopsided"], horizon=3, batch=4, lookahead=eta)
        return rule(OWN, OTHER, jax.random.key(0))

    at = jax.jit(jax.vmap(direction))(jnp.array([0.0, 1.0, 2.0]))
    close(at[2] - at[1], at[1] - at[0])
    assert np.abs(at[1] - at[0]).max() > 0.01


def test_cross_weights_are_the_double_sum():
    """Against the definition: the sum over t, and over all pairs of rounds up to t."""
    rng = np.random.default_rng(0)
    c, g, r = rng.normal(size=(3, 4, 6))
    gamma, total = 0.9, 0.0
    for t in range(6):
        total += gamma**t * r[:, t] * g[:, : t + 1].sum(1) * c[:, : t + 1].sum(1)
    A = gamma ** np.arange(6) * np.asarray(returns(jnp.asarray(r), gamma))
    W = cross_weights(jnp.asarray(c), jnp.asarray(A))
    close((W * g).sum(axis=1), total)


def test_returns_by_hand():
    R = returns(jnp.array([[1.0, 2.0, 4.0]]), 0.5)
    assert R.tolist() == [[3.0, 4.0, 4.0]]
    assert returns(jnp.array([[1.0, 2.0, 4.0]]), 0.0).tolist() == [[1.0, 2.0, 4.0]]


def test_batch_mean_leaves_the_game_itself_out():
    R = jnp.array([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    expected = [[4.0, 40.0], [3.5, 35.0], [1.5, 15.0]]
    assert lk.batch_mean(None, R, 0.9).tolist() == expected


def test_state_value_by_hand():
    states = jnp.array([[0, 1], [0, 1], [0, 2]])
    R = jnp.array([[1.0, 4.0], [3.0, 8.0], [7.0, 5.0]])
    b = np.asarray(lk.state_value(states, R, 0.5))
    # State 2 was visited by game 3 alone: it gets the weighted mean of the others.
    alone = (1 + 3 + 0.5 * 4 + 0.5 * 8) / 3
    np.testing.assert_allclose(b, [[5, 8], [4, 4], [2, alone]], rtol=1e-12)


def test_state_value_keeps_its_digits_in_float32():
    """A state the others see late, with weights that are small beside the game's own."""
    states = jnp.array([[3, 0, 0, 0], [0, 0, 0, 3], [0, 0, 0, 3], [0, 0, 0, 0]])
    G = jnp.array(np.random.default_rng(0).normal(size=(4, 4)), "float32")
    b = lk.state_value(states, G, 0.01)
    assert b.dtype == "float32"
    # Games 2 and 3 saw state 3 in the last round: for game 1 their mean is its value.
    np.testing.assert_allclose(b[0, 0], (G[1, 3] + G[2, 3]) / 2, rtol=1e-6)
    # And where nobody else was, there is nothing left over to divide by.
    alone = lk.state_value(states.at[1:, 3].set(0), G, 0.01)
    weights = 0.01 ** np.arange(4)
    expected = (np.asarray(G)[1:] @ weights).sum() / (3 * weights.sum())
    np.testing.assert_allclose(alone[0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("batch", "split"),
    [(7, True), (4, False), *(pytest.param(*x, marks=pytest.mark.slow)
                              for x in ((4, True), (7, False)))],
)  # fmt: skip
def test_one_estimate_by_loops(split, batch):
    """The same games through NumPy loops: baselines, halves and weights, all of it."""
    game, key = GAMES["lopsided"], jax.random.key(2)
    rule = lk.lola_pg(game, horizon=5, batch=batch, lookahead=0.7, split=split)
    play = lk.rollout(game, OWN, OTHER, key, horizon=5, batch=batch)
    expected = oracles.lola_pg(
        jax.tree.map(np.asarray, play), game.gamma, *THETA, 0.7, split
    )
    close(rule(OWN, OTHER, key), expected)


def test_a_baseline_is_asked_about_its_own_seat():
    play = lk.rollout(
        GAMES["lopsided"], OWN, OTHER, jax.random.key(0), horizon=4, batch=3
    )
    for seat in (0, 1):
        asked = []

        def spy(states, G, gamma, asked=asked):
            asked.append((states, G, gamma))
            return jnp.ones_like(G)

        A = advantages(play, seat, 0.8, spy)
        ((states, G, gamma),) = asked
        assert gamma == 0.8
        np.testing.assert_array_equal(states, play.states[seat])
        np.testing.assert_allclose(G, returns(play.rewards[seat], 0.8))
        np.testing.assert_allclose(A, 0.8 ** np.arange(4) * (np.asarray(G) - 1))


def test_state_value_of_more_states():
    states = jnp.array([[6, 2], [6, 0], [2, 6]])
    G = jnp.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    b = lk.state_value(states, G, 1.0, num_states=7)
    assert b[0].tolist() == [4.5, 5.0]  # state 6 of games 2 and 3; state 2 of game 3


@pytest.mark.parametrize("name", ["naive_pg", "lola_pg"])
def test_float32_policies_in_a_float64_game(name):
    """The direction has the dtype of the policy, whatever the payoffs are in."""
    extra = {"lookahead": 1.0} if name == "lola_pg" else {}
    rule = getattr(lk, name)(GAMES["dilemma"], horizon=3, batch=4, **extra)
    thetas = OWN.astype("float32"), OTHER.astype("float32")
    assert rule(*thetas, jax.random.key(0)).dtype == "float32"


@pytest.mark.parametrize("name", ["naive_pg", "lola_pg"])
def test_a_rule_remembers_its_seat(name):
    extra = {"lookahead": 1.0} if name == "lola_pg" else {}
    rule = getattr(lk, name)(GAMES["pennies"], horizon=3, batch=4, **extra)
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(learner, learner, jax.random.key(0), 1)


@pytest.mark.parametrize("baseline", [lk.batch_mean, lk.state_value])
def test_baselines_make_the_noise_smaller(baseline):
    game, keys = GAMES["dilemma"], jax.random.split(jax.random.key(0), 200)

    def noise(baseline):
        rule = lk.lola_pg(game, horizon=50, batch=64, lookahead=1.0, baseline=baseline)
        draws = jax.jit(jax.vmap(lambda k: rule(OWN, OTHER, k)))(keys)
        return np.asarray(draws).var(axis=0).sum()

    # Facts of this game at this point: rewards are far from 0, so most is offset.
    assert noise(baseline) < 0.2 * noise(lk.no_baseline)


@pytest.mark.slow
def test_another_world_with_network_policies():
    """A corridor and two small networks stand in for the game, no rule is touched."""
    game, (k_1, k_2, k_draws) = (
        corridor.Corridor(),
        jax.random.split(jax.random.key(0), 3),
    )
    own, other = corridor.network(k_1), corridor.network(k_2)

    def values(own, other, key=None):
        return corridor.values(game, own, other)

    exact = jax.jit(lk.lola(values, lookahead=1.0))(own, other)
    rule = lk.lola_pg(
        game, horizon=2, batch=500, lookahead=1.0,
        sample=corridor.sample, log_prob=corridor.move_log_prob,
    )  # fmt: skip
    keys = jax.random.split(k_draws, 400)
    draws = jax.jit(jax.vmap(lambda k: rule(own, other, k)))(keys)
    for estimate, right in zip(
        jax.tree.leaves(draws), jax.tree.leaves(exact), strict=True
    ):
        assert estimate.shape[1:] == right.shape
        error = np.abs(np.asarray(estimate).mean(axis=0) - np.asarray(right))
        # 20 numbers: 4.5 standard errors are passed by chance once in 7000 runs.
        assert (error < 4.5 * np.asarray(estimate).std(axis=0, ddof=1) / 20).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("baseline", [lk.no_baseline, lk.batch_mean, lk.state_value])
def test_finite_at_saturated_logits(dtype, baseline):
    game = GAMES["dilemma"]
    game = game._replace(payoff=game.payoff.astype(dtype))
    rule = jax.jit(
        lk.lola_pg(game, horizon=20, batch=8, lookahead=1.0, baseline=baseline)
    )
    for own, other in itertools.product([30.0, -30.0], repeat=2):
        theta = jnp.full(5, own, dtype), jnp.full(5, other, dtype)
        direction = rule(*theta, jax.random.key(0))
        assert direction.dtype == dtype and np.isfinite(direction).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 0}, "horizon: expected an integer of at least 1, got 0"),
        ({"batch": -3}, "batch: expected an integer of at least 1, got -3"),
        ({"batch": 1}, "batch: expected at least 2 games to split, got 1"),
        ({"lookahead": float("nan")}, "lookahead: expected a finite number, got nan"),
        ({"lookahead": jnp.ones(2)}, "lookahead: expected one number"),
        ({"baseline": "mean"}, "baseline: expected a function, got 'mean'"),
        ({"sample": None}, "sample: expected a function"),
        ({"log_prob": None}, "log_prob: expected a function"),
        ({"game": "dilemma"}, "game: expected a MatrixGame, or another with gamma"),
        (
            {"game": corridor.Corridor(gamma=1.5)},
            "gamma: expected 0 <= gamma <= 1, got 1.5",
        ),
        (
            {"game": corridor.Corridor(gamma=float("nan"))},
            "gamma: expected a finite number",
        ),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_input(change, message):
    call = {
        "game": GAMES["dilemma"],
        "horizon": 3,
        "batch": 4,
        "lookahead": 1.0,
    } | change
    with pytest.raises(ValueError, match=message):
        lk.lola_pg(**call)
    if not {"lookahead"} & set(change) and "split" not in message:
        with pytest.raises(ValueError, match=message):
            lk.naive_pg(**{k: v for k, v in call.items() if k != "lookahead"})


def test_a_batch_of_one_needs_no_baseline():
    key = jax.random.key(0)
    for baseline in (lk.batch_mean, lk.state_value):
        rule = lk.naive_pg(GAMES["dilemma"], horizon=3, batch=1, baseline=baseline)
        with pytest.raises(ValueError, match=r"expected at least 2 games .*, got 1"):
            rule(OWN, OTHER, key)
    sizes = {"horizon": 3, "batch": 1, "baseline": lk.no_baseline}
    rule = lk.lola_pg(GAMES["dilemma"], lookahead=1.0, split=False, **sizes)
    assert np.isfinite(rule(OWN, OTHER, key)).all()


@pytest.mark.usefixtures("unchecked_shapes")
def test_play_and_baselines_of_the_wrong_shape_are_refused():
    def wrong(change):
        def sample(*args, **sizes):
            play = lk.rollout(*args, **sizes)
            return play._replace(rewards=jax.tree.map(change, play.rewards))

        return sample

    sizes, key = {"horizon": 3, "batch": 4}, jax.random.key(0)
    for change, message in [
        (jnp.transpose, r"rewards: expected shape \(4, 3\), got \(3, 4\)"),
        (lambda r: r.astype(int), "rewards: expected floats, got dtype int64"),
    ]:
        rule = lk.naive_pg(GAMES["dilemma"], **sizes, sample=wrong(change))
        with pytest.raises(ValueError, match=message):
            rule(OWN, OTHER, key)
    for b in (0.0, jnp.zeros(3)):
        rule = lk.naive_pg(GAMES["dilemma"], **sizes, baseline=lambda *_, b=b: b)
        with pytest.raises(ValueError, match=r"baseline: expected shape \(4, 3\)"):
            rule(OWN, OTHER, key)
    for states in (jnp.full((2, 3), 5), jnp.zeros((2, 3))):
        with pytest.raises(ValueError, match="states: expected integers from 0 to 4"):
            lk.state_value(states, jnp.zeros((2, 3)), 0.9)


def test_a_rule_that_samples_wants_a_key():
    for rule in (
        lk.naive_pg(GAMES["dilemma"], horizon=3, batch=2),
        lk.lola_pg(GAMES["dilemma"], horizon=3, batch=2, lookahead=1.0),
    ):
        with pytest.raises(ValueError, match="key: expected a key"):
            rule(OWN, OTHER)
