"""What is estimated, from what, and that nothing else of the other is read."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk
from lolakit.learners.models import standard_normal

GAME = lk.prisoners_dilemma()
V = lk.exact_values(GAME)
SIZES = {"horizon": 10, "batch": 4}
LOLA = lk.ascend(lk.lola(V, lookahead=1.0), optax.sgd(1.0), lk.normal_logits())


def observed(theta, horizon=50, batch=40, key=0):
    """Return what `theta` was seen to do against a coin: states and actions."""
    play = lk.rollout(
        GAME, jnp.zeros(5), theta, jax.random.key(key), horizon=horizon, batch=batch
    )
    return play.states[1], play.actions[1]


def fit_once(model, data, estimate=None):
    start = model.start if estimate is None else estimate
    window = jax.tree.map(lambda x: x[None], model.digest(*data))
    return model.fit(start, window, jnp.array([True]))


def test_counts_by_hand():
    states = jnp.array([[0, 1, 1], [0, 4, 4]])
    actions = jnp.array([[0, 0, 1], [0, 1, 1]])
    estimate = fit_once(lk.counts(prior=0.5), (states, actions))
    # start: 2 C; CC: a C and a D; DD: 2 D; CD and DC never.
    expected = np.log([2.5 / 0.5, 1.0, 1.0, 1.0, 0.5 / 2.5])
    np.testing.assert_allclose(estimate, expected, atol=1e-12, rtol=0)


def test_counts_converge_to_the_policy(point):
    """Within 4.5 standard errors: sd of a logit is 1 / sqrt(n p (1 - p))."""
    theta = point[1]
    states, actions = observed(theta, horizon=100, batch=1000)
    assert lk.counts().digest(states, actions).sum() == 100_000  # no small integers
    estimate = np.asarray(fit_once(lk.counts(), (states, actions)))
    n = np.bincount(np.asarray(states).ravel(), minlength=5)
    p = np.asarray(jax.nn.sigmoid(theta))
    assert (n >= 1000).all()
    assert (np.abs(estimate - theta) < 4.5 / np.sqrt(n * p * (1 - p))).all()


def test_gradient_steps_find_what_counting_finds(point):
    """The prior of `counts` as a log-density: the two maximise the same function."""

    def pseudo_counts(theta):
        return 0.5 * (jax.nn.log_sigmoid(theta) + jax.nn.log_sigmoid(-theta)).sum()

    model = lk.maximum_likelihood(
        lk.log_prob, jnp.zeros(5), optax.sgd(3.0), steps=4000, log_prior=pseudo_counts
    )
    batches = [observed(point[1], key=key) for key in (0, 1)]

    def fit(model, seen):
        digests = [model.digest(*batch) for batch in batches]
        data = jax.tree.map(lambda *x: jnp.stack(x), *digests)
        return model.fit(model.start, data, jnp.array(seen))

    for seen in ([True, True], [True, False]):
        exact = fit(lk.counts(prior=0.5), seen)
        np.testing.assert_allclose(fit(model, seen), exact, atol=1e-6, rtol=0)


def test_the_default_prior_is_standard_normal():
    """n times C in one state: the maximum has n sigmoid(-theta) = theta."""
    states = jnp.zeros((1, 20), int)
    model = lk.maximum_likelihood(lk.log_prob, jnp.zeros(5), optax.sgd(2.0), steps=500)
    theta = fit_once(model, (states, states))
    np.testing.assert_allclose(20 * jax.nn.sigmoid(-theta[0]), theta[0], atol=1e-6)


def test_the_optimizer_sees_the_parameters():
    """Weight decay is an optimizer that needs them."""
    optimizer = optax.chain(optax.add_decayed_weights(0.1), optax.sgd(1.0))
    model = lk.maximum_likelihood(lk.log_prob, jnp.ones(5), optimizer, steps=1)
    plain = lk.maximum_likelihood(lk.log_prob, jnp.ones(5), optax.sgd(1.0), steps=1)
    data = observed(jnp.zeros(5))
    gap = fit_once(plain, data) - fit_once(model, data)
    np.testing.assert_allclose(gap, 0.1, rtol=1e-12)


def test_a_warm_start_goes_on_from_the_last_estimate(point):
    """Two fits of ten steps are one fit of twenty."""
    short, long = (
        lk.maximum_likelihood(lk.log_prob, jnp.zeros(5), optax.sgd(0.5), steps=steps)
        for steps in (10, 20)
    )
    data = observed(point[1])
    twice = fit_once(short, data, fit_once(short, data))
    np.testing.assert_allclose(twice, fit_once(long, data), rtol=1e-12)


def test_unseen_rows_of_the_window_do_not_count(point):
    for model in (
        lk.counts(),
        lk.maximum_likelihood(lk.log_prob, jnp.zeros(5), optax.sgd(0.5), steps=5),
    ):
        one, two = (model.digest(*observed(point[1], key=key)) for key in (0, 1))
        both = jax.tree.map(lambda *x: jnp.stack(x), one, two)
        first = model.fit(model.start, both, jnp.array([True, False]))
        alone = jax.tree.map(lambda x: x[None], one)
        right = model.fit(model.start, alone, jnp.array([True]))
        np.testing.assert_allclose(first, right, rtol=1e-12)
        assert (model.fit(model.start, both, jnp.array([True, True])) != first).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_states_never_visited_stay_finite(dtype):
    """Both always cooperate: CD, DC and DD are never seen, and no D at all."""
    states = jnp.array([[0] + [1] * 500] * 20)
    data = states, jnp.zeros_like(states)
    by_gradient = lk.maximum_likelihood(
        lk.log_prob, jnp.zeros(5, dtype), optax.sgd(5.0), steps=2000
    )
    counted = fit_once(lk.counts(), data, jnp.zeros(5, dtype))
    for estimate in (counted, fit_once(by_gradient, data)):
        assert estimate.dtype == dtype and np.isfinite(estimate).all()
        assert (np.abs(estimate)[jnp.array([2, 3, 4])] == 0).all()
        assert (np.asarray(estimate)[:2] > 2).all()


def test_the_prior_is_a_standard_normal_density():
    tree = {"w": jnp.array([1.0, 2.0]), "b": jnp.array(2.0)}
    assert standard_normal(tree) == -4.5


def test_the_fit_takes_the_mean_over_the_rounds_seen():
    """The same play once and twice: the same step of the same length."""
    model = lk.maximum_likelihood(
        lk.log_prob, jnp.zeros(5), optax.sgd(1.0), steps=1, log_prior=lambda theta: 0.0
    )
    one = jax.tree.map(lambda x: x[None], model.digest(*observed(jnp.ones(5))))
    two = jax.tree.map(lambda x: jnp.concatenate([x, x]), one)
    once = model.fit(model.start, one, jnp.array([True]))
    twice = model.fit(model.start, two, jnp.array([True, True]))
    np.testing.assert_allclose(once, twice, rtol=1e-12)
    # One step from 0: the share of rounds in each state, times (share of C - 1/2).
    states, actions = (np.asarray(x) for x in observed(jnp.ones(5)))
    step = [((states == s) * (0.5 - actions)).mean() for s in range(5)]
    np.testing.assert_allclose(once, step, rtol=1e-12)


def test_a_log_prob_that_is_singular_where_nothing_was_seen():
    """Rows without play hold zeros, and this policy has no derivative there."""

    def log_prob(theta, states, actions):
        side = states / jnp.linalg.norm(states, axis=-1, keepdims=True)
        z = side @ theta
        return jax.nn.log_sigmoid(jnp.where(actions == 0, z, -z))

    def sample(game, own, other, key, *, horizon, batch):
        states = jax.random.normal(key, (batch, horizon, 2))
        actions = jnp.zeros((batch, horizon), int)
        return lk.Trajectory(
            (states, states), (actions, actions), (states[..., 0],) * 2
        )

    inner = lk.Learner(
        lambda key: (jnp.zeros(2), ()), lambda key, own, other, s: (own, s)
    )
    model = lk.maximum_likelihood(log_prob, jnp.zeros(2), optax.sgd(0.5), steps=3)
    learner = lk.modelled(inner, GAME, **SIZES, window=3, model=model, sample=sample)
    own, state = learner.init(jax.random.key(0))
    for i in range(4):
        _, state = learner.update(jax.random.key(i), own, jnp.ones(2), state)
        assert np.isfinite(state.estimate).all()
    nothing = model.fit(model.start, state.data, jnp.array([False] * 3))
    assert (nothing == 0).all()  # where the prior has its maximum


def test_any_differentiable_policy_can_be_modelled():
    """A policy of another shape: the probability to cooperate only depends on t."""

    def log_prob(theta, states, actions):
        z = theta["slope"] * states + theta["level"]
        return jax.nn.log_sigmoid(jnp.where(actions == 0, z, -z))

    truth = {"slope": jnp.array(-0.6), "level": jnp.array(1.0)}
    states = jnp.broadcast_to(jnp.arange(6.0), (4000, 6))
    p = jax.nn.sigmoid(truth["slope"] * states + truth["level"])
    draws = jax.random.uniform(jax.random.key(0), p.shape)
    actions = jnp.where(draws < p, 0, 1)
    start = jax.tree.map(jnp.zeros_like, truth)
    model = lk.maximum_likelihood(log_prob, start, optax.sgd(0.5), steps=500)
    estimate = fit_once(model, (states, actions))
    # Fisher information of 24 000 rounds: standard errors 0.008 and 0.024; times 4.5.
    assert abs(estimate["slope"] - truth["slope"]) < 0.04
    assert abs(estimate["level"] - truth["level"]) < 0.11


def no_peeking(game, own, other, key, *, horizon, batch):
    """Play that has nothing to do with `other`: always the same."""
    return lk.rollout(
        game, jnp.zeros(5), jnp.ones(5), jax.random.key(7), horizon=horizon, batch=batch
    )


def by_gradient():
    return lk.maximum_likelihood(lk.log_prob, jnp.zeros(5), optax.sgd(1.0), steps=5)


INNER = {
    "lola": LOLA,
    "lola_pg": lk.ascend(
        lk.lola_pg(GAME, **SIZES, lookahead=1.0), optax.sgd(1.0), lk.normal_logits()
    ),
}


@pytest.mark.parametrize("inner", INNER.values(), ids=INNER)
@pytest.mark.parametrize("model", [lk.counts, by_gradient])
def test_only_the_simulator_reads_the_other(inner, model):
    """With play that ignores `other`, even a policy of NaN changes no bit."""
    learner = lk.modelled(inner, GAME, **SIZES, model=model(), sample=no_peeking)
    own, state = learner.init(jax.random.key(0))
    runs = [
        learner.update(jax.random.key(1), own, other, state)
        for other in (jnp.zeros(5), jnp.full(5, 3.0), jnp.full(5, jnp.nan))
    ]
    for run in runs[1:]:
        jax.tree.map(np.testing.assert_array_equal, runs[0], run)
    assert np.isfinite(runs[0][0]).all()


def test_what_play_does_not_show_changes_nothing():
    """The real simulator: in states that are never reached theta_2 may be anything."""
    learner = lk.modelled(LOLA, GAME, **SIZES)
    own, state = jnp.full(5, 20.0), learner.init(jax.random.key(0))[1]
    other = jnp.array([40.0, 40.0, -3.0, 0.0, 2.0])
    hidden = other.at[jnp.array([2, 3, 4])].set(jnp.array([5.0, -9.0, 1.0]))
    shown = other.at[1].set(-40.0)
    run, same, different = (
        learner.update(jax.random.key(1), own, theta, state)
        for theta in (other, hidden, shown)
    )
    jax.tree.map(np.testing.assert_array_equal, run, same)
    assert (run[0] != different[0]).any()
    # The learner inside, told the truth, does see the difference.
    told = [
        LOLA.update(jax.random.key(1), own, t, state.inner)[0] for t in (other, hidden)
    ]
    assert (told[0] != told[1]).any()


def test_only_states_and_actions_of_the_other_are_read():
    """Its rewards, and what the owner saw and did, may be anything."""

    def garbled(game, own, other, key, **sizes):
        play = lk.rollout(game, own, other, key, **sizes)
        nan = jnp.full_like(play.rewards[0], jnp.nan)
        return lk.Trajectory((nan, play.states[1]), (nan, play.actions[1]), (nan, nan))

    clean, dirty = (
        lk.modelled(LOLA, GAME, **SIZES, sample=sample)
        for sample in (lk.rollout, garbled)
    )
    own, state = clean.init(jax.random.key(0))
    a, b = (
        learner.update(jax.random.key(1), own, jnp.ones(5), state)
        for learner in (clean, dirty)
    )
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_the_update_is_the_inner_learner_at_the_estimate():
    learner = lk.modelled(LOLA, GAME, **SIZES)
    own, state = learner.init(jax.random.key(0))
    new, after = learner.update(jax.random.key(1), own, jnp.ones(5), state)
    again, _ = LOLA.update(jax.random.key(9), own, after.estimate, state.inner)
    np.testing.assert_allclose(new, again, rtol=1e-12)


def test_what_goes_where():
    """Two keys of their own, the sizes as given, and the memory of the inner learner."""
    seen = []

    def sample(game, own, other, key, *, horizon, batch):
        seen.append((jax.random.key_data(key), horizon, batch))
        return lk.rollout(game, own, other, key, horizon=horizon, batch=batch)

    def update(key, own, other, state):
        seen.append((jax.random.key_data(key), state))
        return own, state + 1

    inner = lk.Learner(lambda key: (jnp.zeros(5), 7), update)
    learner = lk.modelled(inner, GAME, horizon=10, batch=4, sample=sample)
    own, state = learner.init(jax.random.key(0))
    seen.clear()
    for expected in (7, 8):
        _, state = learner.update(jax.random.key(1), own, jnp.ones(5), state)
        (k_watch, *sizes), (k_learn, inner_state) = seen
        assert sizes == [10, 4] and inner_state == expected
        used = {tuple(k_watch.tolist()), tuple(k_learn.tolist()), (0, 1)}  # key(1)
        assert len(used) == 3
        seen.clear()


def test_the_fit_goes_on_from_the_last_estimate():
    model = by_gradient()
    learner = lk.modelled(LOLA, GAME, **SIZES, model=model)
    own, state = learner.init(jax.random.key(0))
    for i in range(2):
        before = state.estimate
        _, state = learner.update(jax.random.key(i), own, jnp.ones(5), state)
    again = model.fit(before, state.data, jnp.array([True]))
    np.testing.assert_allclose(state.estimate, again, rtol=1e-12)
    assert (again != model.fit(model.start, state.data, jnp.array([True]))).any()


def test_a_modelled_learner_remembers_its_seat():
    pennies = lk.matching_pennies()
    inner = lk.ascend(
        lk.naive(lk.exact_values(pennies)), optax.sgd(1.0), lk.normal_logits()
    )
    learner = lk.modelled(inner, pennies, **SIZES)
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(learner, learner, jax.random.key(0), 1)


@pytest.mark.parametrize("window", [1, 3])
def test_the_window_holds_the_last_updates(window):
    """After five updates the data are those of the last `window`, newest first."""
    learner = lk.modelled(LOLA, GAME, **SIZES, window=window)
    own, state = learner.init(jax.random.key(0))
    seen = []
    for i in range(5):
        assert state.num_seen == min(i, window)
        _, state = learner.update(jax.random.key(i), own, jnp.ones(5), state)
        seen.insert(0, state.data[0])
        total = np.sum(seen[:window], axis=0) + 0.5
        np.testing.assert_allclose(
            state.estimate, np.log(total[:, 0] / total[:, 1]), rtol=1e-12
        )
        assert total.sum() == min(i + 1, window) * 40 + 5
    np.testing.assert_array_equal(state.data, jnp.stack(seen[:window]))


def test_a_modelled_learner_starts_where_both_say():
    """The estimate at the model's start, the player where the learner inside begins."""
    model = lk.maximum_likelihood(lk.log_prob, jnp.arange(5.0), optax.sgd(1.0), steps=1)
    learner = lk.modelled(LOLA, GAME, **SIZES, model=model)
    for key in jax.random.split(jax.random.key(0)):
        own, state = learner.init(key)
        np.testing.assert_array_equal(own, LOLA.init(key)[0])
        np.testing.assert_array_equal(state.estimate, jnp.arange(5.0))


def test_the_estimate_can_be_recorded():
    learner = lk.modelled(LOLA, GAME, **SIZES)
    _, (policies, estimates) = lk.play(
        learner, lk.fixed(jnp.zeros(5)), jax.random.key(0), 4,
        record_states=lambda state_1, state_2: state_1.estimate,
    )  # fmt: skip
    assert policies[0].shape == estimates.shape == (4, 5)
    assert len(np.unique(estimates, axis=0)) == 4


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 0}, "horizon: expected an integer of at least 1, got 0"),
        ({"batch": 0}, "batch: expected an integer of at least 1, got 0"),
        ({"window": 0}, "window: expected an integer of at least 1, got 0"),
        ({"learner": lk.naive(V)}, "learner: expected a Learner"),
        ({"model": lk.counts}, "model: expected a Model"),
        ({"sample": 3}, "sample: expected a function, got 3"),
    ],
)
def test_bad_input(change, message):
    call = {"learner": LOLA, "game": GAME} | SIZES | change
    with pytest.raises(ValueError, match=message):
        lk.modelled(**call)


def test_the_wrong_seat_is_refused():
    pennies = lk.matching_pennies()
    inner = lk.ascend(
        lk.naive(lk.exact_values(pennies)), optax.sgd(1.0), lk.normal_logits()
    )
    assert lk.modelled(inner, pennies, **SIZES)
    with pytest.raises(ValueError, match="same seat of the game"):
        lk.modelled(inner, pennies.swap(), **SIZES)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("jit", [False, True])
def test_a_model_of_another_policy_is_refused(jit):
    """`counts` knows five states. In a world of nine it would drop four, and go on."""
    other = jnp.zeros(9)

    def sample(game, own, other, key, *, horizon, batch):
        return no_peeking(game, own, other, key, horizon=horizon, batch=batch)

    learner = lk.modelled(LOLA, GAME, **SIZES, sample=sample)
    own, state = learner.init(jax.random.key(0))
    update = jax.jit(learner.update) if jit else learner.update
    with pytest.raises(ValueError, match=r"shapes of the other's, \(9,\);.*are \(5,\)"):
        update(jax.random.key(0), own, other, state)
    with pytest.raises(ValueError, match="model: expected parameters of the shapes"):
        update(jax.random.key(0), own, {"w": other}, state)


@pytest.mark.usefixtures("unchecked_shapes")
def test_counts_of_what_is_no_memory_one_play_are_refused():
    digest, good = lk.counts().digest, jnp.zeros((2, 3), int)
    for states, actions, message in [
        (good + 5, good, "states: expected integers from 0 to 4, got 5 to 5"),
        (good, good + 2, "actions: expected integers from 0 to 1, got 2 to 2"),
        (good, good - 1, "actions: expected integers from 0 to 1, got -1 to -1"),
        (good.astype(float), good, "states: expected integers from 0 to 4, got dtype"),
        (good, good[0], r"actions: expected the shape of states, \(2, 3\), got \(3,\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            digest(states, actions)


@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_models():
    with pytest.raises(ValueError, match="prior: got 1e-300, 0 in float32"):
        fit_once(lk.counts(1e-300), observed(jnp.zeros(5)), jnp.zeros(5, "float32"))
    assert standard_normal({}) == 0
    for prior in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="prior: expected a"):
            lk.counts(prior=prior)
    good = {"log_prob": lk.log_prob, "start": jnp.zeros(5)}
    good |= {"optimizer": optax.sgd(1.0), "steps": 3}
    for name, value in [
        ("steps", 0),
        ("log_prob", None),
        ("optimizer", 0.1),
        ("start", None),
    ]:
        with pytest.raises(ValueError, match=f"{name}: expected"):
            lk.maximum_likelihood(**(good | {name: value}))


@pytest.mark.parametrize("model", [lk.counts, by_gradient])
def test_an_empty_history_is_refused(model):
    empty, some = jnp.zeros((0, 5), int), jnp.zeros((1, 5), int)
    for states, actions in [(empty, empty), (some, empty), (empty, some)]:
        with pytest.raises(ValueError, match="expected at least one round of history"):
            model().digest(states, actions)
