"""Play by rounds: what each player sees, and what every learner from play must do."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk

GAME = lk.MatrixGame([[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8)
KEY = jax.random.key(0)


def witness():
    """A learner from play that plays half and half, and keeps all that it is shown."""

    def update(key, own, seen, state):
        kept, n = state
        row = jnp.stack([jnp.asarray(x, float) for x in seen])
        return own, (kept.at[n].set(row), n + 1)

    start = (jnp.zeros((12, 5)), jnp.zeros((), int))
    return lk.RoundLearner(lambda key: (jnp.zeros(5), start), update)


def test_both_see_the_same_rounds_from_their_own_seats():
    final, seen = lk.play_rounds(witness(), witness(), GAME, KEY, episodes=3, horizon=4)
    mine, theirs = (np.asarray(state[0]) for _, state in final)
    np.testing.assert_array_equal(mine[:, 1], theirs[:, 2])  # my action is its other's
    np.testing.assert_array_equal(mine[:, 2], theirs[:, 1])
    a, b = mine[:, 1].astype(int), mine[:, 2].astype(int)
    np.testing.assert_array_equal(mine[:, 3], GAME.payoff[0][a, b])
    np.testing.assert_array_equal(theirs[:, 3], GAME.payoff[1][a, b])
    np.testing.assert_array_equal(mine[:, 4], 1 + 2 * a + b)
    np.testing.assert_array_equal(theirs[:, 4], 1 + 2 * b + a)
    for one in (mine, theirs):
        before = one.reshape(3, 4, 5)[:, :, 0]
        assert (before[:, 0] == 0).all()  # an episode begins anew
        np.testing.assert_array_equal(before[:, 1:], one.reshape(3, 4, 5)[:, :-1, 4])
    both = np.stack([mine[:, 3], theirs[:, 3]], axis=1).reshape(3, 4, 2)
    np.testing.assert_allclose(seen.rewards, both.mean(axis=1))
    np.testing.assert_allclose(seen.cooperated[:, 0], 1 - a.reshape(3, 4).mean(axis=1))
    assert len({tuple(x) for x in mine.reshape(3, -1)}) > 1  # episodes differ


def test_learners_with_gradients_learn_once_an_episode_as_in_play():
    def naive(game):
        return lk.ascend(
            lk.naive(lk.exact_values(game)), optax.sgd(0.3), lk.normal_logits()
        )

    one, two = naive(GAME), naive(GAME.swap())
    by_rounds = lk.play_rounds(one, two, GAME, KEY, episodes=3, horizon=2)
    right = lk.play(one, two, KEY, num_steps=3)  # exact gradients need no key
    for a, b in zip(by_rounds.history.recorded, right.history, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_gradient_learner_reads_what_a_learner_from_play_has_come_to():
    handed = lk.Learner(
        lambda key: (jnp.zeros(5), jnp.zeros(5)),
        lambda key, own, other, state: (own, other),
    )
    learner = lk.q_learner(0.8, learning_rate=0.5)
    (_, (theta, _)), _ = final = lk.play_rounds(
        handed, learner, GAME, KEY, episodes=4, horizon=3
    )
    np.testing.assert_array_equal(final.final[0][1], theta)


def test_lola_pg_with_a_model_meets_a_learner_from_play():
    """It draws games of its own to watch and to learn from; the other learns from the rounds."""
    sizes = {"horizon": 4, "batch": 6}
    rule = lk.lola_pg(GAME, **sizes, lookahead=1.0)
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
    shaper = lk.modelled(learner, GAME, **sizes)
    other = lk.wolf_phc(0.8, learning_rate=0.3, delta=0.1)
    final, seen = lk.play_rounds(shaper, other, GAME, KEY, episodes=2, horizon=3)
    assert final[0][1].num_seen == 1 and final[1][1].n == 6
    assert all(np.isfinite(x).all() for x in jax.tree.leaves((final, seen)))


def test_actions_follow_the_policies_and_the_noise():
    """5 standard errors of a share of 20 000 rounds are 5 sqrt(p (1 - p) / 20 000)."""
    theta = lk.from_probabilities([0.8] * 5)
    for noise, right in ((0.0, 0.8), (0.1, 0.9 * 0.8 + 0.1 * 0.2)):
        played = lk.play_rounds(
            lk.fixed(theta),
            lk.fixed(theta),
            GAME,
            KEY,
            episodes=1000,
            horizon=20,
            noise=noise,
        )
        found = played.history.cooperated.mean(axis=0)
        assert (abs(found - right) < 5 * (right * (1 - right) / 20_000) ** 0.5).all()
        assert found[0] != found[1]


def test_long_play_earns_what_the_stationary_distribution_says():
    """Mean reward in long episodes: the left eigenvector of P, within 5 standard errors."""
    own, other = (
        lk.memory_one([0.8, 0.3, 0.6, 0.2]),
        lk.memory_one([0.7, 0.4, 0.5, 0.3]),
    )
    P = np.asarray(lk.markov_chain(own, other)[1])
    visits = np.linalg.matrix_power(P, 200)[0]
    seen = lk.play_rounds(
        lk.fixed(own), lk.fixed(other), GAME, KEY, episodes=100, horizon=1000
    ).history.rewards  # fmt: skip
    error = np.asarray(seen).std(axis=0, ddof=1) / 10
    right = np.asarray(GAME.payoff).reshape(2, 4) @ visits
    assert (abs(np.asarray(seen).mean(axis=0) - right) < 5 * error + 0.01).all()


MAKE = {
    "q_learner": lambda gamma: lk.q_learner(gamma, learning_rate=0.3),
    "q_learner, boltzmann": lambda gamma: lk.q_learner(
        gamma, learning_rate=lambda n: 1 / (2 + n), explore=lk.boltzmann(0.5)
    ),
    "joint_q_learner": lambda gamma: lk.joint_q_learner(gamma, learning_rate=0.3),
    "phc": lambda gamma: lk.phc(gamma, learning_rate=0.3, delta=0.1),
    "wolf_phc": lambda gamma: lk.wolf_phc(gamma, learning_rate=0.3, delta=0.1),
}
GAMES = {
    "prisoners_dilemma": lk.prisoners_dilemma(),
    "matching_pennies": lk.matching_pennies(),
    "chicken": lk.chicken(gamma=0.5),
}


@cache
def playing(name):
    """Return what plays a learner against a LOLA learner in a game, compiled."""

    def run(game, key):
        rule = lk.lola(lk.exact_values(game.swap()), lookahead=1.0)
        lola = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
        one = MAKE[name](game.gamma)
        return lk.play_rounds(one, lola, game, key, episodes=5, horizon=3)

    return jax.jit(run)


@pytest.mark.parametrize("name", MAKE)
def test_every_learner_from_play_meets_a_gradient_learner(name):
    run = playing(name)
    for game in GAMES.values():
        played = run(game, KEY)
        for x in jax.tree.leaves(played):
            assert np.isfinite(x).all()
        jax.tree.map(np.testing.assert_array_equal, played, run(game, KEY))
    keys = jax.random.split(KEY, 3)
    game = GAMES["prisoners_dilemma"]
    many = jax.vmap(run, (None, 0))(game, keys)
    for i, key in enumerate(keys):
        close = lambda a, b, i=i: np.testing.assert_allclose(
            a[i], b, rtol=1e-9, atol=1e-9
        )
        jax.tree.map(close, many, run(game, key))


@pytest.mark.parametrize("name", MAKE)
def test_shapes_and_types_stay(name):
    learner = MAKE[name](0.9)
    before = learner.init(KEY)
    ints = (jnp.asarray(x) for x in (0, 1, 0))
    seen = lk.Round(*ints, jnp.asarray(-1.0), jnp.asarray(3))
    after = learner.update(KEY, before[0], seen, before[1])
    for x, y in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
    assert jax.tree.structure(before) == jax.tree.structure(after)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"episodes": 0}, "episodes: expected an integer of at least 1"),
        ({"horizon": 0}, "horizon: expected an integer of at least 1"),
        ({"noise": 2.0}, "noise: expected 0 <= noise <= 1"),
        ({"two": 3}, "two: expected a Learner, got 3"),
        ({"one": lk.fixed(jnp.zeros(3))}, "one: expected a player of five logits"),
        ({"record": 3}, "record: expected a function"),
    ],
)
def test_bad_input(change, message):
    one = lk.fixed(jnp.zeros(5))
    call = {
        "one": one,
        "two": one,
        "game": GAME,
        "key": KEY,
        "episodes": 1,
        "horizon": 1,
    }
    with pytest.raises(ValueError, match=message):
        lk.play_rounds(**call | change)


def test_the_wrong_seat_is_refused():
    rule = lk.naive(lk.exact_values(GAME))
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
    for one, two in ((lk.fixed(jnp.zeros(5)), learner), (learner, learner)):
        with pytest.raises(ValueError, match="seat"):
            lk.play_rounds(one, two, GAME, KEY, episodes=1, horizon=1)


def test_play_says_that_learners_from_play_need_rounds():
    learner = lk.q_learner(0.8, learning_rate=0.5)
    with pytest.raises(ValueError, match=r"one: .*play_rounds"):
        lk.play(learner, lk.fixed(jnp.zeros(5)), KEY, 1)
