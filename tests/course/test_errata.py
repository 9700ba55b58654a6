"""Each mistake fails a criterion that the right version meets.

What both are measured by is one function. The right version meets it to rounding, or within
a bound that is stated; the wrong one misses it by a stated gap. Most gaps are golden
numbers, measured with other code.
"""

import re
from functools import cache, partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import oracles
import pytest

import lolakit as lk
from lolakit.course import errata
from lolakit.meta.mmaml import Start
from lolakit.reproduce.players import naive_learner, network, standings
from lolakit.reproduce.storage import stored
from lolakit.values.baselines import discounts

DILEMMA, PENNIES = lk.prisoners_dilemma(), lk.matching_pennies()
A, B = jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]), jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6])
V = lk.exact_values(DILEMMA)
T = 3
ROUNDING = (
    1e-11  # relative: sums of some thousand terms in float64, and their derivatives
)


def error(x, right):
    """Return the length of x - right, relative to right."""
    return float(np.linalg.norm(np.asarray(x - right)) / np.linalg.norm(right))


def cosine(x, y):
    x, y = np.ravel(x), np.ravel(y)
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def told_apart(distance, right, wrong, gap, tolerance=ROUNDING):
    """Assert that `distance` is within the tolerance for `right`, beyond the gap for `wrong`."""
    assert distance(right) <= tolerance < gap < distance(wrong)


@cache
def short(horizon=T):
    """Return V, grad_1 V, grad_2 V and grad_1 grad_2 V of a short dilemma, by enumeration."""
    return oracles.enumerate_derivatives(DILEMMA.payoff, DILEMMA.gamma, A, B, horizon)


@cache
def long(game=DILEMMA.gamma):
    """Return grad_1 V, grad_2 V and grad_1 grad_2 V of the infinite dilemma, by hand."""
    return oracles.derivatives(DILEMMA.payoff, game, A, B)


# ── what the criteria rest on ────────────────────────────────────────────────────


def test_the_histories_are_those_of_the_oracle():
    games, P = errata.all_games(DILEMMA, A, B, T)
    right = oracles.all_games(DILEMMA.payoff, T)
    for x, y in zip(jax.tree.leaves(games), jax.tree.leaves(right), strict=True):
        np.testing.assert_array_equal(x, y)
    assert P.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("batch", [1, 2])
def test_expected_values_have_the_derivatives_of_the_oracle(batch):
    f = errata.expected(by_box(lk.plain_dice), DILEMMA, horizon=2, batch=batch)
    for x, right in zip(derivatives(f), short(2), strict=True):
        np.testing.assert_allclose(x, right, rtol=0, atol=1e-12)


def test_state_values_are_those_of_the_enumeration():
    v = errata.state_values(DILEMMA, A, B, T)
    assert v.shape == (T + 1, 5) and (v[T] == 0).all()
    np.testing.assert_allclose(v[0, 0], short()[0][0], rtol=1e-14)
    for s in range(1, 5):  # two rounds from state s on: a game that starts there
        theta = A.at[0].set(A[s]), B.at[0].set(lk.from_other_seat(B)[s])
        right = oracles.enumerate_values(DILEMMA.payoff, DILEMMA.gamma, *theta, T - 1)
        np.testing.assert_allclose(v[1, s], right[0], rtol=1e-14)


@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_sizes():
    with pytest.raises(ValueError, match="horizon: expected an integer of at least 1"):
        errata.expected(lk.naive_pg, DILEMMA, horizon=0)
    with pytest.raises(ValueError, match="batch: expected an integer of at least 1"):
        errata.expected(lk.naive_pg, DILEMMA, horizon=1, batch=0)
    with pytest.raises(ValueError, match="horizon: expected an integer of at least 1"):
        errata.all_games(DILEMMA, A, B, 0)
    with pytest.raises(ValueError, match="t: expected integers from 0 to 2"):
        errata.naive_pg_of_one_round(DILEMMA, horizon=3, batch=1, t=3)
    with pytest.raises(ValueError, match="steps: expected an integer of at least 1"):
        errata.unrolled_restarting(V, lookahead=1.0, steps=0)


# ── rules ────────────────────────────────────────────────────────────────────────

RULES = {
    "lola": lk.lola,
    "taylor": lk.lola_taylor,
    "unrolled": lk.lola_unrolled,
    "the other's gradient": errata.lola_with_the_others_gradient,
    "contracted over own": errata.lola_contracted_over_own,
    "a minus": errata.lola_with_a_minus,
    "no graph": errata.unrolled_without_graph,
}


@jax.jit
def _directions(game):
    values = lk.exact_values(game)
    found = {name: rule(values, lookahead=1.0) for name, rule in RULES.items()}
    found["one step"] = lk.lola_unrolled(values, lookahead=0.3)
    found["two steps"] = lk.lola_unrolled(values, lookahead=0.3, steps=2)
    restarting = errata.unrolled_restarting(values, lookahead=0.3, steps=2)
    small = errata.unrolled_without_graph(values, lookahead=1e-4)
    found |= {"restarting": restarting, "no graph, small": small}
    naive = lk.naive(values)(A, B)
    return {name: rule(A, B) - naive for name, rule in found.items()}, naive


@cache
def directions(game="dilemma"):
    """Return the naive direction at the golden point, and what each rule adds to it."""
    games = {"dilemma": DILEMMA, "pennies": PENNIES}
    terms, naive = _directions(games[game])
    return {name: np.asarray(x) for name, x in terms.items()} | {"naive": naive}


def test_e1_a_step_of_delta_squared():
    rule, delta = jax.jit(lk.naive(V)), 0.5
    right = lk.ascend(rule, optax.sgd(delta), lambda key: A)
    wrong = errata.ascend_with_delta_squared(rule, delta, lambda key: A)

    def distance(learner):
        theta, state = learner.init(jax.random.key(0))
        moved, _ = learner.update(jax.random.key(0), theta, B, state)
        return error(moved - theta, delta * long()[0][0])

    told_apart(distance, right, wrong, 0.499)  # half the step: an error of 1/2


def test_e3_the_whole_surrogate_is_another_rule():
    _, g2, g12 = long()

    def distance(name):
        return error(directions()[name], g12[1] @ g2[0])

    told_apart(distance, "lola", "taylor", 0.4)
    left_over = directions()["taylor"] - directions()["lola"]
    np.testing.assert_allclose(left_over, g12[0] @ g2[1], rtol=1e-11)


@pytest.mark.parametrize(
    ("wrong", "cos"),
    [
        ("the other's gradient", -0.9991),  # E8
        ("contracted over own", -0.4543),  # E4
        ("a minus", -1.0),
    ],
)
def test_e4_e8_and_a_sign_in_the_shaping_term(wrong, cos):
    _, g2, g12 = long()
    right = g12[1] @ g2[0]
    told_apart(lambda name: error(directions()[name], right), "lola", wrong, 1.4)
    assert cosine(directions()[wrong], right) == pytest.approx(cos, abs=5e-5)


def test_e8_golden_values():
    golden = [0.0825725992, -2.5654752978, 7.3828246213, -2.0638886351, 3.1531416738]
    found = directions()["the other's gradient"]
    np.testing.assert_allclose(found, golden, rtol=0, atol=1e-9)
    half_square = jax.grad(lambda a: (jax.grad(lambda b: V(a, b)[1])(B) ** 2).sum() / 2)
    assert error(found, jax.jit(half_square)(A)) < ROUNDING  # what it climbs
    zero_sum = directions("pennies")  # exactly opposite
    np.testing.assert_allclose(
        zero_sum["the other's gradient"], -zero_sum["lola"], rtol=1e-12
    )


def test_e11_and_e24_the_graph_of_the_imagined_step():
    def after(own):
        return V(own, B + jax.grad(lambda other: V(own, other)[1])(B))[0]

    e = 1e-5 * jnp.eye(5)
    ends = jax.jit(jax.vmap(after))(A[None] + jnp.concatenate([e, -e]))
    slopes = (ends[:5] - ends[5:]) / 2e-5

    def distance(name):
        return error(directions()[name] + directions()["naive"], slopes)

    # Values near 40 are rounded to 1e-13 by some ten operations: over 2e-5, 1e-8.
    told_apart(distance, "unrolled", "no graph", 0.48, 1e-8)
    # E24: a first derivative at the foreseen parameters is the rule without a graph.
    foreseen = jax.jit(jax.grad(lambda own: V(own, B + long()[1][1])[0]))(A)
    assert error(directions()["no graph"], foreseen - directions()["naive"]) < ROUNDING
    # To first order in the step it adds the LookAhead term; the next order is 1e-4 of it,
    # times a constant below 10.
    look_ahead = directions()["taylor"] - directions()["lola"]
    assert error(directions()["no graph, small"] / 1e-4, look_ahead) < 1e-3


def test_restarted_steps_are_one_step():
    found = directions()
    assert error(found["restarting"], found["one step"]) < ROUNDING
    assert error(found["two steps"], found["one step"]) > 0.3


def test_e19_what_taylor_leaves_out_and_what_lola_keeps():
    @jax.jit
    def parts(eta):
        g2, step = jax.jacobian(V, 1)(A, B)
        H = jax.hessian(lambda b: V(A, b)[0])(B)
        left_out = V(A, B + eta * step)[0] - V(A, B)[0] - eta * g2 @ step
        turn = jax.jacobian(lambda a: jax.grad(lambda b: V(a, b)[1])(B))(
            A
        )  # grad_1 step
        return left_out / eta**2, step @ H @ step, g2 @ turn

    left_out, square, kept = parts(1e-4)
    # What follows is eta times a third derivative along a step of length 5.
    assert error(left_out, 0.5 * square) < 1e-2
    assert error(left_out, square) > 0.49  # without the factor one half
    np.testing.assert_allclose(directions()["lola"], kept, rtol=1e-11)


def test_e20_the_box_does_not_undo_taylor():
    """Taylor's rule on DiCE is Taylor's; the unrolled rule without a box has no expansion."""
    boxed = errata.expected(by_box(lk.plain_dice), DILEMMA, horizon=2)

    def probabilities(a, b, key=None):  # of two rounds, and no box anywhere
        games, P = errata.all_games(DILEMMA, a, b, 2)
        return P @ jnp.stack([r[:, 0] + 0.96 * r[:, 1] for r in games.rewards], axis=1)

    @jax.jit
    def each():
        return [
            [rule(values, lookahead=1.0)(A, B) for values in (boxed, probabilities)]
            for rule in (lk.lola_taylor, lk.lola_unrolled)
        ]

    taylor, unrolled = each()
    assert error(*taylor) < ROUNDING and error(*unrolled) < ROUNDING
    assert error(taylor[0], unrolled[0]) > 0.01
    assert error(directions()["taylor"], directions()["unrolled"]) > 1  # exact values


@cache
def forecast():
    """Return the step that LOLA expects of the other at the golden point, and LOLA's own."""
    real = jax.jit(lk.lola(V, lookahead=1.0))(B, A)
    return long()[1][1], np.asarray(real)


def test_e36_a_lola_learner_does_not_foresee_another():
    assert error(*forecast()) > 1 and abs(cosine(*forecast())) < 0.1


# ── learning ─────────────────────────────────────────────────────────────────────


@partial(jax.jit, static_argnums=0)
def _run(make, game, paid, lookahead, delta, starts):
    rule, values = make(game, lookahead), lk.exact_values(paid)

    def update(pair, _):
        return pair + delta[:, None] * jax.vmap(rule)(pair, pair[::-1]), None

    def each(start):
        pair = jax.lax.scan(update, start, None, length=200)[0]
        return lk.per_step(values(pair[0], pair[1]), paid.gamma)

    return jax.vmap(each)(starts)


STARTS = jax.random.normal(jax.random.key(0), (64, 2, 5))


def learn(
    make, game=DILEMMA, lookahead=1.0, delta=(1.0, 1.0), starts=STARTS, paid=None
):
    """Return R [64, 2] after 200 updates of both, with step sizes delta, in a symmetric game.

    R is that of the game `paid`, or of the game. One compilation for each
    `make(game, lookahead) -> rule`.
    """
    numbers = jnp.array(lookahead), jnp.array(delta)
    return np.asarray(_run(make, game, paid or game, *numbers, starts))


def lola(game, lookahead):
    return lk.lola(lk.exact_values(game), lookahead=lookahead)


def others_gradient(game, lookahead):
    values = lk.exact_values(game)
    return errata.lola_with_the_others_gradient(values, lookahead=lookahead)


def no_graph(game, lookahead):
    return errata.unrolled_without_graph(lk.exact_values(game), lookahead=lookahead)


def unrolled(game, lookahead):
    return lk.lola_unrolled(lk.exact_values(game), lookahead=lookahead)


def per_step(game, lookahead):
    return lk.lola(errata.exact_values_per_step(game), lookahead=lookahead)


def no_swap(game, lookahead):
    return lk.lola(errata.exact_values_without_swap(game), lookahead=lookahead)


def everybody(game, lookahead):
    values = errata.values_for_everybody(lk.exact_values(game))
    return lk.lola(values, lookahead=lookahead)


def cooperative(R):
    return lk.stats.share(R.mean(axis=1) > -1.2)


@cache
def right_R():
    return learn(lola)


@pytest.mark.parametrize("wrong", [others_gradient, per_step, no_swap])
def test_wrong_learners_do_not_cooperate(wrong):
    """E8, values per step, no swap. Golden: 92 % of LOLA's pairs cooperate, and 0 %."""

    def defects(R):
        return 1 - cooperative(R).value

    # At a share of 0.92, fewer than 0.8 of 64 come once in 2000; at 0.01, more than four of
    # 64 once in 4000.
    told_apart(defects, right_R(), learn(wrong), 1 - 4.5 / 64, tolerance=0.2)


def test_a_minus_before_the_term_defects():
    minus = learn(lola, lookahead=-1.0)  # the rule, by `directions`
    assert error(directions()["a minus"], -directions()["lola"]) < ROUNDING
    assert cooperative(minus).high < 0.1 and cooperative(minus).value == 0


def test_e11_without_the_graph_nobody_cooperates():
    """Golden: .84 and .02."""
    through, cut = (cooperative(learn(make)) for make in (unrolled, no_graph))
    assert through.low > 0.6 > 0.2 > cut.high
    assert through.low < 0.84 < through.high and cut.low < 0.02 < cut.high


def test_values_per_step_with_longer_steps():
    """25 times the steps and the lookahead are the same updates, but for rounding."""
    again = learn(per_step, lookahead=25.0, delta=(25.0, 25.0))
    # Learning stretches the last digit to another outcome in a seed or two of 64.
    assert abs(cooperative(again).value - cooperative(right_R()).value) < 0.05
    values = errata.exact_values_per_step(DILEMMA)
    naive, both = jax.jit(
        lambda: (lk.naive(values)(A, B), lk.lola(values, lookahead=1.0)(A, B))
    )()
    assert error(naive, 0.04 * directions()["naive"]) < ROUNDING
    assert error(both - naive, 0.04**2 * directions()["lola"]) < ROUNDING


def soft(policy):
    """Return starts in which player 2 plays a soft policy; with delta = (1, 0) it stays."""
    return STARTS.at[:, 1].set(policy(4.0))


@pytest.mark.parametrize(
    ("policy", "golden"),
    [
        (lk.always_cooperate, (-0.036, -2.981)),
        (lk.always_defect, (-1.976, None)),
    ],
)
def test_e23_lola_climbs_its_own_value(policy, golden):
    R = learn(lola, delta=(1.0, 0.0), starts=soft(policy)).mean(axis=0)
    for mine, right in zip(R, golden, strict=True):
        assert right is None or mine == pytest.approx(right, abs=5e-4)
    shared = learn(everybody, delta=(1.0, 0.0), starts=soft(policy)).mean(axis=0)
    assert shared[0] < R[0] - 0.9  # who climbs the sum gives all that away


def test_a_start_that_makes_it_easy():
    def starts(init):
        return jax.vmap(init)(jax.random.split(jax.random.key(0), 128))

    def spread(init):
        p = jax.nn.sigmoid(starts(init))
        return float(p.max() - p.min())

    # The library's starts cover most of (0, 1); these, less than a fifteenth.
    easy = errata.probabilities_as_logits()
    assert spread(easy) < 0.06 < 0.9 < spread(lk.normal_logits())
    once = jax.nn.sigmoid(jnp.array([0.0, 1.0]))  # of a uniform number, and twice
    np.testing.assert_allclose(once, [0.5, 0.73], rtol=0, atol=0.005)
    np.testing.assert_allclose(jax.nn.sigmoid(once), [0.62, 0.68], rtol=0, atol=0.005)
    R = learn(lola, starts=starts(easy).reshape(64, 2, 5))
    assert cooperative(R).value == 1 > cooperative(right_R()).value


@pytest.mark.parametrize("lookahead", [0.0, 1.0])  # the naive rule, and LOLA
def test_one_matrix_for_both(lookahead):
    """Golden: +.997 for each, in a zero-sum game."""
    game = errata.game_by_transposing(PENNIES)
    told_apart(lambda g: float(abs(g.payoff.sum(axis=0)).max()), PENNIES, game, 1.9, 0)
    R = learn(lola, game=game, lookahead=lookahead)
    np.testing.assert_allclose(R.mean(axis=0), 0.997, rtol=0, atol=2e-3)


# ── sampled play ─────────────────────────────────────────────────────────────────


MIXED = errata.second_derivative
FIRST = partial(lk.naive_pg, baseline=lk.no_baseline)
ESTIMATES = {
    "naive_pg": FIRST,
    **{f"t = {t}": partial(errata.naive_pg_of_one_round, t=t) for t in range(T)},
    "half, first": partial(FIRST, log_prob=errata.mean_log_prob),
    "mixed": MIXED,
    "same round": partial(MIXED, cross=errata.cross_weights_of_the_same_round),
    "first round": partial(MIXED, cross=errata.cross_weights_of_the_first_round),
    "half, mixed": partial(MIXED, log_prob=errata.mean_log_prob),
    "times probability": errata.second_derivative_times_probability,
}


@cache
def estimates():
    """Return the expectation of each estimate. One compilation for all."""
    rules = {k: errata.expected(f, DILEMMA, horizon=T) for k, f in ESTIMATES.items()}
    return jax.jit(lambda: {k: rule(A, B) for k, rule in rules.items()})()


@pytest.mark.parametrize(("t", "golden"), [(0, 0.506), (1, 0.888), (2, 0.914)])
def test_e6_a_free_t(t, golden):
    def distance(name):
        return error(estimates()[name], short()[1][0])

    told_apart(distance, "naive_pg", f"t = {t}", golden - 5e-4)
    assert distance(f"t = {t}") < golden + 5e-4


def test_e6_is_right_where_there_is_one_round():
    one = errata.expected(errata.naive_pg_of_one_round, DILEMMA, horizon=1)
    assert error(one(A, B), short(1)[1][0]) < ROUNDING


@pytest.mark.parametrize(
    ("wrong", "golden"), [("same round", 0.792), ("first round", 0.827)]
)
def test_e7_pairs_of_rounds(wrong, golden):
    def distance(name):
        return error(estimates()[name], short()[3][1])

    told_apart(distance, "mixed", wrong, golden - 5e-4)
    assert distance(wrong) < golden + 5e-4


def test_half_a_log_probability():
    """First order 2 x 1/2 = 1, second order 2 x 1/4 = 1/2: a lookahead of one half."""
    states = jnp.array([[0, 2, 4]])
    for actions in (jnp.array([[0, 1, 1]]), jnp.array([[1, 0, 1]])):
        half = errata.mean_log_prob(A, states, actions)
        whole = lk.log_prob(A, states, actions)
        np.testing.assert_allclose(2 * half, whole, rtol=1e-15)
    assert error(2 * estimates()["half, first"], short()[1][0]) < ROUNDING

    def distance(x):
        return error(x, short()[3][1])

    wrong = 2 * estimates()["half, mixed"]
    told_apart(distance, estimates()["mixed"], wrong, 0.499)
    assert distance(2 * wrong) < ROUNDING


def test_rewards_times_their_probability():
    w, right = short()[2][0], short()[3][1]
    wrong = estimates()["times probability"]
    told_apart(lambda x: error(x, right), estimates()["mixed"], wrong, 0.8)
    assert np.linalg.norm(wrong) < 0.16 * np.linalg.norm(right)
    assert cosine(wrong, right) < 0.8
    # Golden numbers are of the shaping term with the matrix transposed as well.
    ratio = np.linalg.norm(w @ wrong) / np.linalg.norm(right @ w)
    assert ratio == pytest.approx(0.148, abs=5e-4)
    assert cosine(w @ wrong, right @ w) == pytest.approx(0.408, abs=5e-4)


def test_a_game_in_its_own_mean():
    def distance(baseline):
        make = partial(lk.naive_pg, baseline=baseline)
        found = errata.expected(make, DILEMMA, horizon=1, batch=2)(A, B)
        return error(found, short(1)[1][0])

    told_apart(distance, lk.batch_mean, errata.batch_mean_with_itself, 0.499)
    assert distance(errata.batch_mean_with_itself) == pytest.approx(0.5, abs=1e-12)


@cache
@jax.jit
def three_rounds():
    """Return player 1's rewards, values v_t and v_t+1, one-round values, scores; and P."""
    games, P = errata.all_games(DILEMMA, A, B, T)
    g1 = jax.jacfwd(lk.log_prob)(A, games.states[0], games.actions[0])
    a, b = games.actions
    s = jnp.hstack([games.states[0], 1 + 2 * a[:, -1:] + b[:, -1:]])
    tables = errata.state_values, errata.state_values_of_one_round
    v, v_one = (table(DILEMMA, A, B, T)[jnp.arange(T + 1), s] for table in tables)
    return games.rewards[0], v, v_one, g1, P


def test_one_step_returns():
    r, v, _, g1, P = three_rounds()

    def distance(G):
        found = np.einsum("n,nt,nti->i", P, discounts(G, 0.96) * G, g1)
        return error(found, short()[1][0])

    wrong = errata.one_step_return_of_this_state(r, v, 0.96)
    told_apart(distance, r + 0.96 * v[:, 1:], wrong, 0.36)


@cache
def variances():
    """Return the variance from one game: without a baseline, with v of one round, with v."""
    r, v, v_one, g1, P = map(np.asarray, three_rounds())
    gamma = 0.96 ** np.arange(T)
    togo = np.cumsum((gamma * r)[:, ::-1], axis=1)[:, ::-1]  # gamma^t G_t

    def noise(values):
        each = np.einsum("nt,nti->ni", togo - gamma * values[:, :T], g1)
        assert error(P @ each, short()[1][0]) < ROUNDING
        return P @ ((each - P @ each) ** 2).sum(axis=1)

    return noise(0 * v), noise(v_one), noise(v)


def test_a_critic_of_immediate_rewards_is_no_bias_and_more_noise():
    none, next_reward, value = variances()
    assert 2 * value < next_reward < none / 2


# ── DiCE ─────────────────────────────────────────────────────────────────────────


def by_box(objective):
    return partial(lk.dice_values, objective=objective)


def derivatives(f):
    """Return f, grad_1 f, grad_2 f and grad_1 grad_2 f at the golden point."""

    @jax.jit
    def all_of_them():
        mixed = jax.jacfwd(jax.jacrev(f), 1)(A, B)
        return f(A, B), jax.jacobian(f)(A, B), jax.jacobian(f, 1)(A, B), mixed

    return all_of_them()


def test_e15_and_e16_the_box():
    x = jnp.array([-40.0, -1.3, -0.2])  # log-probabilities

    def distance(box):
        slope = jax.vmap(jax.grad(box))(x)
        return float(abs(box(x) - 1).max() + abs(slope - 1).max())

    for wrong in (errata.box_blocked_forward, errata.box_active_backward):
        told_apart(distance, lk.magic_box, wrong, 0.99, tolerance=0)
    assert (errata.box_active_backward(x) == 1).all()  # right in value alone


@pytest.mark.parametrize(
    ("make", "gradient", "mixed"),
    [
        (by_box(lk.plain_dice), 0.0, 0.0),  # the right one
        (errata.dice_values_of_own_actions, 0.0, 1.0),  # E12
        (by_box(errata.dice_of_earlier_rounds), 0.652, 0.693),  # E12
        (by_box(errata.dice_without_scores), 1.0, 1.0),  # E17
    ],
    ids=["right", "own actions", "earlier rounds", "no scores"],
)
def test_e12_and_e17_what_is_in_the_box(make, gradient, mixed):
    value, g1, g2, g12 = derivatives(errata.expected(make, DILEMMA, horizon=T))
    right = short()
    assert error(value, right[0]) < ROUNDING  # the value does not tell
    found = error(g2[1], right[2][1]), error(g12[1], right[3][1])
    for x, golden in zip(found, (gradient, mixed), strict=True):
        assert x == pytest.approx(golden, abs=5e-4 if golden else ROUNDING)
    if not mixed:
        assert np.linalg.norm(g1[0]) == pytest.approx(0.482, abs=5e-4)  # golden


def test_e18_the_third_derivative_is_estimated_and_not_that_of_the_reward():
    u = jnp.array([1.0, -1.0, 2.0, 0.5, 1.0])

    def slope(f):
        return lambda x: jax.jvp(f, (x,), (1.0,))[1]

    def third(f):
        return jax.jit(slope(slope(slope(f))))(0.0)

    def true(x):
        games, P = errata.all_games(DILEMMA, A + x * u, B, 2)
        return P @ (games.rewards[0][:, 0] + 0.96 * games.rewards[0][:, 1])

    def distance(objective):
        f = errata.expected(by_box(objective), DILEMMA, horizon=2)
        return error(third(lambda x: f(A + x * u, B)[0]), third(true))

    told_apart(distance, lk.plain_dice, errata.dice_without_scores, 0.99)


# ── values, seats and games ──────────────────────────────────────────────────────


def test_the_swap_of_states():
    right, wrong = V(A, B), errata.exact_values_without_swap(DILEMMA)(A, B)
    assert right[0] == pytest.approx(-38.372, abs=5e-4)  # golden, both
    assert wrong[0] == pytest.approx(-37.364, abs=5e-4)
    by_lapack = oracles.values(DILEMMA.payoff, DILEMMA.gamma, A, B)
    told_apart(lambda x: error(x, by_lapack), right, wrong, 0.02)


def test_the_complement_is_the_swap_for_tit_for_tat_only():
    def distance(convert, theta):
        return float(abs(convert(theta) - lk.from_other_seat(theta)).max())

    wrong = errata.from_other_seat_by_complement
    assert distance(wrong, lk.tit_for_tat()) == 0
    assert distance(wrong, lk.always_defect()) == 40  # logits of -20 become 20


@cache
def patient_slope():
    """Return the naive direction at the golden point with a discount of 0.99."""
    values = errata.exact_values_with_default_discount(DILEMMA)
    return np.asarray(jax.jit(lk.naive(values))(A, B))


def test_a_default_discount():
    wrong = errata.exact_values_with_default_discount(DILEMMA)

    def distance(values):
        return error(jax.jit(lk.naive(values))(A, B), long()[0][0])

    told_apart(distance, V, wrong, 3)
    # The gradient is longer, and nearly parallel.
    times = np.linalg.norm(patient_slope()) / np.linalg.norm(long()[0][0])
    assert 3.9 < times < 4.3 and cosine(patient_slope(), long()[0][0]) > 0.99
    # LOLA cooperates as often: the rule as it learns with 0.99, the values of the game.
    patient = learn(lola, game=DILEMMA._replace(gamma=0.99), paid=DILEMMA)
    assert cooperative(patient).low > 0.8
    np.testing.assert_allclose(
        wrong(A, B), oracles.values(DILEMMA.payoff, 0.99, A, B), rtol=1e-12
    )


def test_symmetric_games_hide_mistakes_of_seats():
    same = errata.game_by_transposing(DILEMMA), errata.swap_forgotten(DILEMMA)
    for game, right in zip(same, (DILEMMA, DILEMMA.swap()), strict=True):
        np.testing.assert_array_equal(game.payoff, right.payoff)


def test_a_seat_that_was_not_swapped():
    right = oracles.derivatives(PENNIES.payoff, PENNIES.gamma, A, B)[1][1]

    def distance(seat):
        return error(jax.jit(lk.naive(lk.exact_values(seat(PENNIES))))(B, A), right)

    told_apart(distance, lk.MatrixGame.swap, errata.swap_forgotten, 1.99)
    one = lk.ascend(lk.naive(lk.exact_values(PENNIES)), optax.sgd(1.0), lambda key: A)
    with pytest.raises(ValueError, match=r"to be built on game\.swap"):
        lk.play(one, one, jax.random.key(0), 1)


def test_e25_tit_for_tat():
    def distance(policy):
        return float(abs(lk.per_step(V(policy(), policy()), DILEMMA.gamma) + 1).max())

    # Probabilities are within 3e-9 of 0 and 1, and a slip costs a few rounds of each 25.
    wrong = errata.copycat_that_starts_with_defection
    told_apart(distance, lk.tit_for_tat, wrong, 0.99, 1e-6)
    R = lk.per_step(V(wrong(), wrong()), DILEMMA.gamma)
    np.testing.assert_allclose(R, [-2, -2], rtol=0, atol=1e-6)
    R = lk.per_step(V(lk.tit_for_tat(), lk.always_defect()), DILEMMA.gamma)
    np.testing.assert_allclose(R, [-2.04, -1.92], rtol=0, atol=1e-6)
    others = 3 * jax.random.normal(jax.random.key(0), (500, 5))
    R = jax.jit(jax.vmap(lambda other: V(lk.tit_for_tat(), other)))(others)
    assert (R[:, 0] - R[:, 1]).max() < 1e-5  # never ahead


def test_e33_one_round_is_not_the_game():
    def distance(values):
        V = values(DILEMMA)(lk.tit_for_tat(), lk.always_defect())
        return error(lk.per_step(V, DILEMMA.gamma), jnp.array([-2.04, -1.92]))

    wrong = errata.exact_values_of_one_round
    assert distance(lk.exact_values) < 1e-6 < 0.9 < distance(wrong)
    first = wrong(DILEMMA)(lk.tit_for_tat(), lk.always_defect())
    np.testing.assert_allclose(first, [-3, 0], rtol=0, atol=1e-6)
    slope = jax.jit(lk.naive(wrong(DILEMMA)))(A, B)
    assert slope[0] != 0 and (slope[1:] == 0).all()


# ── learners, models and worlds ──────────────────────────────────────────────────


def test_a_model_of_myself():
    model, key = lk.counts(), jax.random.key(0)
    sizes = {"horizon": 150, "batch": 64}

    @partial(jax.jit, static_argnums=0)
    def believed(sample):
        play = sample(DILEMMA, A, B, key, **sizes)
        data = model.digest(play.states[1], play.actions[1])[None]
        return jax.nn.sigmoid(model.fit(model.start, data, jnp.array([True])))

    def distance(sample):
        return float(abs(believed(sample) - jax.nn.sigmoid(B)).max())

    wrong = errata.watching_myself(lk.rollout)
    # 64 first rounds: a standard error of 0.06, and five of them.
    told_apart(distance, lk.rollout, wrong, 0.32, 0.3)
    assert abs(believed(wrong) - jax.nn.sigmoid(A)).max() < 0.3


def test_e27_an_action_is_a_policy():
    """The density with which the network chose is that of the policy that it plays."""
    net = jax.tree.map(lambda x: x.astype(float), network("IPD, NL", 0))

    @partial(jax.jit, static_argnums=0)
    def off(make):
        learner = make(net, DILEMMA)
        _, memory = learner.init(jax.random.key(0))
        theta, memory = learner.update(jax.random.key(1), A, B, memory)
        chosen = lk.ppo.log_density(*lk.ppo.gaussian(net.actor, memory.s), theta)
        return abs(chosen - memory.log_p)

    told_apart(off, lk.mfos.learner, errata.mfos_learner_of_steps, 0.1)


@cache
def added_to_the_policy():
    """Return what an agent earns whose actions are added to its policy, and what they earn."""
    net = jax.tree.map(lambda x: x.astype(float), network("IPD, NL", 0))
    pair = errata.mfos_learner_of_steps(net, DILEMMA), naive_learner(DILEMMA.swap())
    play = jax.jit(partial(lk.meta_episodes, DILEMMA, *pair, num_steps=100, batch=64))
    R = float(play(jax.random.key(0)).R[..., 0].mean())
    return R, standings("IPD").cell("M-FOS", "NL").value


def test_e27_added_to_its_policy_an_agent_does_not_earn_what_it_learned_to():
    wrong, right = added_to_the_policy()
    assert wrong < -1.3 < -0.6 < right


def test_e31_the_peer_part_of_the_meta_gradient():
    start = Start(jax.random.normal(jax.random.key(1), (5,)), jnp.array(0.3))
    sizes = {"num_steps": 10, "batch": 16}
    how = start, DILEMMA, naive_learner(DILEMMA.swap()), jax.random.key(0)

    @jax.jit
    def each():
        right = jax.grad(partial(lk.mmaml.meta_value, **sizes))(*how)
        return right.phi, errata.meta_gradient_of_own_learning(*how, **sizes).phi

    @jax.jit
    def J(phi):
        return lk.mmaml.meta_value(start._replace(phi=phi), *how[1:], **sizes)

    e = 1e-5 * jnp.eye(5)[3]  # P(C) after DC
    slope = (J(start.phi + e) - J(start.phi - e)) / 2

    def distance(phi):
        return abs(float(phi @ e / slope - 1))

    # Differences of values near 2, over 1e-6: ten digits less, and five to spare.
    right, wrong = each()
    told_apart(distance, right, wrong, 1, 1e-5)
    assert cosine(right, wrong) < 0  # by more than a right angle


def test_a_learned_step_size_belongs_to_its_start():
    start = Start(A, jnp.array(0.01))

    def distance(make):
        learner = make(start, DILEMMA)
        theta, state = learner.init(jax.random.key(0))
        moved, _ = jax.jit(learner.update)(jax.random.key(0), theta, B, state)
        return error(moved - theta, start.alpha * long()[0][0])

    wrong = errata.mmaml_learner_with_step_one
    told_apart(distance, lk.mmaml.learner, wrong, 98)


def test_ties_of_the_coin_game():
    def right(red, blue, coin_is_red):
        for_red = int(red) - 2 * (blue and coin_is_red)
        return for_red, int(blue) - 2 * (red and not coin_is_red)

    def surplus(rewards):  # of red over blue, both on the coin, over both colours
        pairs = [rewards(True, True, colour) for colour in (True, False)]
        return sum(red - blue for red, blue in pairs)

    told_apart(surplus, right, errata.coin_rewards_red_first, 3, 0)
    assert surplus(errata.coin_rewards_red_first) == 4
    for colour in (True, False):  # with at most one at the coin the two agree
        for who in ((True, False), (False, True), (False, False)):
            assert errata.coin_rewards_red_first(*who, colour) == right(*who, colour)


def test_loaded_dice_is_no_return():
    log_pi, r = (
        jnp.log(jnp.full((4, 9), 0.3)),
        jnp.linspace(-3.0, 0.0, 36).reshape(4, 9),
    )
    states = jnp.arange(36).reshape(4, 9) % 5
    mean = (discounts(r, 0.96) * r).sum() / 4

    loaded = lk.loaded_dice(lk.state_value)

    @jax.jit
    def each():
        return [f(log_pi, states, r, 0.96) for f in (lk.plain_dice, loaded)]

    right, wrong = each()
    told_apart(lambda x: abs(float(x / mean - 1)), right, wrong, 0.99)
    assert wrong == 0


def test_a_step_of_chicken():
    slope = jax.jit(lk.naive(lk.exact_values(lk.chicken())))
    moved = A + slope(A, B)
    assert moved[0] == pytest.approx(15.272, abs=5e-4)  # golden, from 0.3
    assert abs(slope(moved, B)[0]) < 1e-4 < 1 < abs(slope(A, B)[0])  # nothing is left
    assert jax.nn.sigmoid(jnp.float32(17.0)) == 1  # and soon rounds to 1
    assert abs(DILEMMA.payoff).max() == 3 and abs(lk.chicken().payoff).max() == 100


def test_e30_to_swerve_is_sure_of_minus_one():
    """What M-FOS falls short of in the stored trainings of Chapter 8, which asserts it."""
    assert lk.chicken().payoff[0, 0].min() == -1
    R = stored("mfos")["runs"]["chicken, LOLA"]["R"][:, -6:, 0].mean(axis=1)
    assert R.max() < -1.5


# ── the page ─────────────────────────────────────────────────────────────────────

PAGE = Path(__file__).parents[2] / "book" / "errata.md"
EVERY = [f"{letter}{i + 1}" for letter, n in (("E", 36), ("P", 20)) for i in range(n)]
LARGEST = ["P5", "E8", "E11", "E7", "P1", "P3"]  # first on the page, with a figure each
# Typos, twins of other entries, and what no formula shows, are in the table alone.
TABLE_ONLY = {
    "E2", "E5", "E9", "E13", "E14", "E16", "E18", "E19", "E21", "E24", "E26", "E28", "E29",
    "E32", "E34", "E35", "P20",
}  # fmt: skip


def page():
    return PAGE.read_text(encoding="utf8")


def entries():
    """Return the entries above the table: number -> text."""
    parts = re.split(r"^(?=\([ep]\d+\)=$)|^(?=## |\(by-number\)=)", page(), flags=re.M)
    found = [re.match(r"\((.+)\)=\n### ([EP]\d+)\. ", part) for part in parts]
    some = [(m[1], m[2], part) for m, part in zip(found, parts, strict=True) if m]
    assert [label for label, *_ in some] == [number.lower() for _, number, _ in some]
    assert len(re.findall(r"^### ", page(), re.M)) == len(some)  # each with its label
    return {number: part for _, number, part in some}


def prose(entry):
    """Return an entry without its cells and listings."""
    return re.sub(r"^```.*?^```", "", entry, flags=re.S | re.M)


def rows():
    """Return the table of the appendix: number -> (what is right, whether it is a link)."""
    table = page().split("(by-number)=")[1]
    link = r"\{ref\}`([EP]\d+) <([ep]\d+)>`"
    found = re.findall(rf"^\| (?:{link}|([EP]\d+)) \| (.+) \|$", table, re.M)
    assert all(a.lower() == b for a, b, *_ in found)
    assert len({a or c for a, _, c, _ in found}) == len(found)
    return {a or c: (text, bool(a)) for a, _, c, text in found}


@pytest.mark.book
def test_every_number_has_a_row_that_says_what_is_right():
    assert list(rows()) == EVERY
    for number, (text, _) in rows().items():
        assert len(text) > 20 and text.endswith("."), number
    # It is a link exactly where there is an entry.
    assert {number for number, (_, link) in rows().items() if link} == set(entries())


@pytest.mark.book
def test_an_entry_stands_once_and_the_largest_come_first():
    assert list(entries())[: len(LARGEST)] == LARGEST
    assert sorted(entries()) == sorted(set(EVERY) - TABLE_ONLY)
    for number in LARGEST:
        entry = entries()[number]
        assert "plt.show()" in entry and "assert " in entry, number
    topics = re.findall(r"^## (.+)$", page(), re.M)[1:7]
    first_words = [topic.split()[0] for topic in topics]
    assert first_words == [
        "Values",
        "Rules",
        "Sampling",
        "DiCE",
        "Meta-learning",
        "Settings",
    ]


@pytest.mark.book
def test_each_entry_has_symptom_cause_fix_and_where_it_was_seen():
    for number, entry in entries().items():
        words = re.findall(r"^- \*\*(\w+)\.?\*\*", entry, re.M)
        assert words == ["Symptom", "Cause", "Fix", "Seen"], number
        seen = entry.split("- **Seen**")[1].split("\n")[0]
        where = r" in notes| in `[\w-]+/[\w-]+`| in no program| as a setting in `"
        assert re.match(where, seen), number
        if (
            number[0] == "P" and " in no program" not in seen
        ):  # public: a file, a commit
            assert re.search(r"\[[^]]+\]\[[\w-]+\]", seen) and "commit" in seen, number


@pytest.mark.book
def test_links_to_lines_of_public_code_name_a_commit_and_are_used():
    links = dict(re.findall(r"^\[([\w-]+)\]: (\S+)$", page(), re.M))
    used = set(re.findall(r"\]\[([\w-]+)\]", prose(page())))
    assert used == set(links) and len(links) > 15
    for link in links.values():
        assert re.fullmatch(
            r"https://github.com/[\w-]+/[\w-]+/(blob|commit)/[0-9a-f]{40}\b.*", link
        ), link
    for short in re.findall(r"commit `([0-9a-f]{7})`", page()):
        assert any(f"/{short}" in link for link in links.values()), short


def said():
    """Return what entries say in numbers, as computed here: number -> phrases."""
    point = directions()
    free = [error(estimates()[f"t = {t}"], short()[1][0]) for t in range(T)]
    mixed = {
        k: error(estimates()[k], short()[3][1]) for k in ("same round", "first round")
    }
    before = by_box(errata.dice_of_earlier_rounds)
    _, _, g2, g12 = derivatives(errata.expected(before, DILEMMA, horizon=T))
    boxes = error(g2[1], short()[2][1]), error(g12[1], short()[3][1])
    unswapped = errata.exact_values_without_swap(DILEMMA)(A, B)[0]
    kind = learn(lola, delta=(1.0, 0.0), starts=soft(lk.always_cooperate)).mean(axis=0)
    tft = lk.per_step(V(lk.tit_for_tat(), lk.always_defect()), DILEMMA.gamma)
    weighed = np.linalg.norm(estimates()["times probability"])
    returns = three_rounds()
    slope = np.einsum(
        "n,nt,nti->i",
        returns[4],
        discounts(returns[0], 0.96)
        * errata.one_step_return_of_this_state(returns[0], returns[1], 0.96),
        returns[3],
    )
    none, next_reward, value = variances()
    times = np.linalg.norm(patient_slope()) / np.linalg.norm(long()[0][0])
    chicken = A + jax.jit(lk.naive(lk.exact_values(lk.chicken())))(A, B)
    transposed = learn(lola, game=errata.game_by_transposing(PENNIES)).mean()
    minus = learn(lola, lookahead=-1.0).mean(axis=1) > -1.2
    wrong_way = ("the other's gradient", "contracted over own")
    others, own = (cosine(point[name], point["lola"]) for name in wrong_way)
    earned, trained = added_to_the_policy()
    return {
        "E3": [f"by {error(point['taylor'], point['lola']):.0%}".replace("%", " %")],
        "E4": [f"cosine to the right term is {own:.2f}"],
        "E6": ["is {:.2f}, {:.2f} and {:.2f}".format(*free)],
        "E7": [
            f"is {mixed['same round']:.2f} with",
            f"and {mixed['first round']:.2f} with",
        ],
        "E8": [f"is {others:.4f}"],
        "E12": ["errors are {:.2f} and {:.2f} by".format(*boxes)],
        "E17": [f"a length of {np.linalg.norm(short()[1][0]):.3f}"],
        "E23": ["earns {:.3f}, and the kind player {:.3f}".format(*kind)],
        "E25": [
            "defect {:.2f}, and the other {:.2f}".format(*tft),
            "earn -2 and not -1",
        ],
        "E27": [f"earns {earned:.2f} against", f"the {trained:.2f} that such"],
        "E33": [
            f"gives tit-for-tat -3 against always defect, where the game gives {tft[0]:.2f}"
        ],
        "E36": [f"their cosine is {cosine(*forecast()):.2f}"],
        "P1": [f"earn {transposed:.3f} each"],
        "P3": [f"becomes {unswapped:.2f} instead of {V(A, B)[0]:.2f}"],
        "P6": [
            f"is {times:.1f} times",
            f"(cosine {cosine(patient_slope(), long()[0][0]):.3f})",
        ],
        "P8": [
            f"of {len(minus)}, {'none' if not minus.any() else minus.sum()} cooperates"
        ],
        "P9": [
            f"three rounds, {weighed / np.linalg.norm(short()[3][1]):.0%} of".replace(
                "%", " %"
            )
        ],
        "P10": [f"off by {error(slope, short()[1][0]):.2f} of"],
        "P11": [
            f"is {none:.2f} without a baseline, {next_reward:.2f} with this one "
            f"and {value:.2f} with the value"
        ],
        "P12": ["with two games, by half"],  # test_a_game_in_its_own_mean
        "P18": [f"from {A[0]} to {chicken[0]:.2f}"],
    }


# Settings, and numbers that tests above assert as they stand: of P15's two sigmoids.
GIVEN = {
    "E1": {"0.5"}, "E22": {"0.3", "0.1", "0.6"}, "P6": {"0.99", "0.96", "0.9"},
    "P15": {"0.5", "0.73", "0.62", "0.68"},
}  # fmt: skip


@pytest.mark.book
def test_numbers_in_prose_are_the_computed_ones():
    """Each phrase stands in its entry, and no other number with a decimal point does."""
    phrases = said()
    for number, entry in entries().items():
        text = " ".join(prose(entry).replace("−", "-").split())
        for phrase in phrases.get(number, []):
            assert phrase in text, (number, phrase)
            text = text.replace(phrase, "")
        text = re.sub(r"Exercise \d\.\d", "", text)
        left = set(re.findall(r"(?<![\w.])-?\d+\.\d+", text)) - GIVEN.get(number, set())
        assert not left, (number, left)


@pytest.mark.book
def test_the_page_has_six_figures_that_are_described():
    cells = re.findall(r"^```\{code-cell\}.*?^```", page(), re.S | re.M)
    figures = [cell for cell in cells if "plt.show()" in cell]
    assert len(figures) == 6
    for cell in figures:
        (alt,) = re.findall(r"alt: >-\n((?: {6}.*\n)+)", cell)
        assert len(" ".join(alt.split())) >= 40
        assert re.search(r"caption: >-\n {6}\S", cell) and "name: fig-errata-" in cell


@pytest.mark.book
def test_every_mistake_is_on_the_page():
    assert [name for name in errata.__all__ if name not in page()] == []
