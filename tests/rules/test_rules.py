"""The rules against the golden point, derivatives by hand, and each other."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles import rules

import lolakit as lk

logits = arrays(np.float64, 5, elements=st.floats(-5, 5))
payoffs = arrays(np.float64, (2, 2, 2), elements=st.floats(-3, 3))

SHAPING = [-0.0982462514, 3.8864977236, -11.3037719602, 3.5564007655, -5.3128863764]
LOOKAHEAD = [-0.0675889479, 1.3224911346, -5.7972656067, 0.4691745208, -1.8861316779]
GOLDEN = {
    "naive": [-0.4410473847, -1.3259747133, -2.852632498, -2.2753506141, -1.4023567155],
    "lola_taylor": [
        -0.6068825839,
        3.8830141449,
        -19.9536700649,
        1.7502246722,
        -8.6013747698,
    ],
    "lola_unrolled": [
        -0.3559732697,
        0.7775231563,
        -7.2468224665,
        1.7538436807,
        -6.5637967481,
    ],
}
GOLDEN["lola"] = np.add(GOLDEN["naive"], SHAPING).tolist()
GOLDEN["look_ahead"] = np.add(GOLDEN["naive"], LOOKAHEAD).tolist()
AHEAD = ["lola", "look_ahead", "lola_taylor", "lola_unrolled"]


def make(name, values, lookahead=1.0):
    if name == "naive":
        return lk.naive(values)
    return getattr(lk, name)(values, lookahead=lookahead)


@partial(jax.jit, static_argnums=0)
def by_rule(name, game, own, other, lookahead):
    return make(name, lk.exact_values(game), lookahead)(own, other)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name, point):
    rule = make(name, lk.exact_values(lk.prisoners_dilemma()))
    # The stored numbers have 10 decimals; the paper's rule is a sum of two of them.
    np.testing.assert_allclose(rule(*point), GOLDEN[name], rtol=0, atol=1e-9)


def test_golden_matching_pennies(point):
    V = lk.exact_values(lk.matching_pennies())
    shaping = [-0.0498020774, 0.0559463353, -0.3651725474, -0.161254328, 0.031579618]
    first = [-0.1739785627, 0.2851437685, -0.674673783, -0.0487889487, 0.1950830373]
    np.testing.assert_allclose(lk.naive(V)(*point), first, rtol=0, atol=1e-9)
    got = lk.lola(V, lookahead=1.0)(*point)
    np.testing.assert_allclose(got, np.add(first, shaping), rtol=0, atol=1e-9)
    # In a zero-sum game V_own = -V_other, so the LookAhead term equals the shaping term.
    got = lk.lola_taylor(V, lookahead=1.0)(*point)
    np.testing.assert_allclose(
        got, np.add(first, np.multiply(2, shaping)), rtol=0, atol=1e-9
    )


@pytest.mark.parametrize("name", GOLDEN)
@settings(deadline=None, max_examples=25)
@given(
    payoff=payoffs, gamma=st.floats(0, 0.96), own=logits, other=logits,
    lookahead=st.floats(-2, 2),
)  # fmt: skip
def test_rules_by_hand_in_both_seats(name, payoff, gamma, own, other, lookahead):
    game = lk.MatrixGame(payoff, gamma)
    # A rule is at most a product of a gradient (< 2e3) and a cross derivative (< 1e5).
    close = {"rtol": 1e-9, "atol": 1e-7}
    first = by_rule(name, game, own, other, lookahead)
    np.testing.assert_allclose(
        first, rules(payoff, gamma, own, other, lookahead)[name], **close
    )
    second = by_rule(name, game.swap(), other, own, lookahead)
    flipped = np.swapaxes(payoff[::-1], 1, 2)
    np.testing.assert_allclose(
        second, rules(flipped, gamma, other, own, lookahead)[name], **close
    )


def test_taylor_is_the_paper_rule_plus_the_lookahead_term(point):
    V = lk.exact_values(lk.prisoners_dilemma())
    extra = lk.lola_taylor(V, lookahead=1.0)(*point) - lk.lola(V, lookahead=1.0)(*point)
    np.testing.assert_allclose(extra, LOOKAHEAD, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", AHEAD)
def test_without_lookahead_all_are_naive(name, point):
    V = lk.exact_values(lk.prisoners_dilemma())
    got = make(name, V, lookahead=0.0)(*point)
    np.testing.assert_allclose(got, lk.naive(V)(*point), rtol=1e-12)


def test_unrolled_tends_to_taylor_for_a_short_lookahead(point):
    """Their difference is of second order: a tenth of the lookahead, a hundredth of it."""
    V = lk.exact_values(lk.prisoners_dilemma())

    def gap(eta):
        taylor = lk.lola_taylor(V, lookahead=eta)(*point)
        return jnp.linalg.norm(lk.lola_unrolled(V, lookahead=eta)(*point) - taylor)

    assert 80 < gap(1e-2) / gap(1e-3) < 120


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_unrolled_is_the_derivative_of_the_value_after_the_steps(steps, point):
    """Against central differences of a loop that takes the steps one by one."""
    V = lk.exact_values(lk.prisoners_dilemma())
    eta, (own, other) = 0.3, point

    def after(own):
        theta = other
        for _ in range(steps):
            theta = theta + eta * jax.grad(lambda t: V(own, t)[1])(theta)
        return V(own, theta)[0]

    got = lk.lola_unrolled(V, lookahead=eta, steps=steps)(*point)
    e = 1e-5
    wanted = [(after(own + d) - after(own - d)) / (2 * e) for d in e * jnp.eye(5)]
    np.testing.assert_allclose(
        got, wanted, rtol=0, atol=1e-6
    )  # e^2 times a third derivative


@pytest.mark.parametrize("name", AHEAD)
def test_lookahead_may_be_a_batch(name, point):
    V = lk.exact_values(lk.prisoners_dilemma())
    etas = jnp.array([0.1, 1.0])
    got = jax.vmap(lambda eta: make(name, V, eta)(*point))(etas)
    for row, eta in zip(got, etas.tolist(), strict=True):
        np.testing.assert_allclose(row, make(name, V, eta)(*point), rtol=1e-12)


@pytest.mark.parametrize("name", GOLDEN)
def test_parameters_may_be_any_pytree(name, point):
    """A rule knows nothing of logits: a dict with a matrix gives the same directions."""
    V = lk.exact_values(lk.prisoners_dilemma())

    def pack(theta):
        return {"start": theta[:1], "rest": (theta[1:].reshape(2, 2),)}

    def tree_values(own, other, key=None):
        flat = [
            jnp.concatenate([t["start"], t["rest"][0].ravel()]) for t in (own, other)
        ]
        return V(*flat, key)

    got = make(name, tree_values)(*map(pack, point))
    wanted = pack(make(name, V)(*point))
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-12), got, wanted)


@pytest.mark.parametrize("name", GOLDEN)
def test_sampled_values_get_fresh_keys(name, point):
    """No two evaluations of the values share a key, and none gets the rule's own."""
    seen = []
    exact = lk.exact_values(lk.prisoners_dilemma())

    def values(own, other, key=None):
        jax.debug.callback(
            lambda k: seen.append(tuple(k.tolist())), jax.random.key_data(key)
        )
        return exact(own, other)

    key = jax.random.key(0)
    if name == "lola_unrolled":
        lk.lola_unrolled(values, lookahead=1.0, steps=3)(*point, key)
    else:
        make(name, values)(*point, key)
    jax.effects_barrier()
    expected = {
        "naive": 1,
        "look_ahead": 2,
        "lola": 3,
        "lola_taylor": 3,
        "lola_unrolled": 4,
    }[name]
    assert len(set(seen)) == expected
    if (
        name == "lola_unrolled"
    ):  # the keys of the steps do not descend from the last one's
        outer, inner = jax.random.split(key, 2)
        wanted = [outer, *jax.random.split(inner, 3)]
        assert set(seen) == {tuple(jax.random.key_data(k).tolist()) for k in wanted}


@pytest.mark.parametrize("name", AHEAD)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "1", None, np.ones(2)])
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_lookahead_is_refused(name, bad):
    V = lk.exact_values(lk.prisoners_dilemma())
    with pytest.raises(ValueError, match="lookahead: expected"):
        make(name, V, bad)


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_game_in_place_of_values_is_refused(name):
    with pytest.raises(ValueError, match="values: expected a function, got"):
        make(name, lk.prisoners_dilemma())


@pytest.mark.parametrize("name", GOLDEN)
def test_a_rule_remembers_its_seat(name):
    """So two learners of the first seat are refused, where the seats differ."""
    rule = make(name, lk.exact_values(lk.matching_pennies()))
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(learner, learner, jax.random.key(0), 1)


def test_a_numpy_lookahead_takes_on_the_dtype_it_meets():
    game = lk.prisoners_dilemma()
    V = lk.exact_values(game._replace(payoff=game.payoff.astype("float32")))
    theta = jnp.zeros(5, "float32")
    for rule in (getattr(lk, name) for name in AHEAD):
        assert rule(V, lookahead=np.float64(0.5))(theta, theta).dtype == jnp.float32


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", True])
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_steps_are_refused(bad):
    V = lk.exact_values(lk.prisoners_dilemma())
    with pytest.raises(
        ValueError, match="steps: expected an integer of at least 1, got"
    ):
        lk.lola_unrolled(V, lookahead=1.0, steps=bad)
