"""Exact values against closed forms, enumeration, LAPACK and derivatives by hand."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from jax.test_util import check_grads
from oracles import derivatives, enumerate_values, values

import lolakit as lk
from lolakit.values.exact import exact_state_values, shares
from lolakit.values.solve import solve

logits = arrays(np.float64, 5, elements=st.floats(-30, 30))
payoffs = arrays(np.float64, (2, 2, 2), elements=st.floats(-10, 10))
gammas = st.floats(0, 0.99)


@jax.jit
def exact(game, own, other):
    return lk.exact_values(game)(own, other)


@jax.jit
def exact_derivatives(game, own, other):
    V = lk.exact_values(game)
    cross = jax.jacfwd(jax.jacrev(V, argnums=0), argnums=1)
    return *jax.jacrev(V, argnums=(0, 1))(own, other), cross(own, other)


GOLDEN = {
    "V": [-38.3723558534, -35.9759380778],
    "grad1V1": [
        -0.4410473847,
        -1.3259747133,
        -2.852632498,
        -2.2753506141,
        -1.4023567155,
    ],
    "grad2V1": [0.6735780045, 2.7528661221, 4.4226495781, 4.1351620349, 2.8037051945],
    "grad1V2": [0.6657809087, 2.5015915813, 4.0569540573, 3.7310829918, 2.5300490005],
    "grad2V2": [
        -0.4248937123,
        -1.5056824453,
        -2.7591055578,
        -2.7839665977,
        -1.6120511004,
    ],
}


def test_golden_values_and_gradients(point):
    V = lk.exact_values(lk.prisoners_dilemma())
    np.testing.assert_allclose(V(*point), GOLDEN["V"], rtol=0, atol=1e-9)
    J1, J2 = jax.jacobian(V, argnums=(0, 1))(*point)
    for got, name in [(J1[0], "grad1V1"), (J2[0], "grad2V1"), (J1[1], "grad1V2")]:
        np.testing.assert_allclose(got, GOLDEN[name], rtol=0, atol=1e-9)
    np.testing.assert_allclose(J2[1], GOLDEN["grad2V2"], rtol=0, atol=1e-9)


def test_golden_matching_pennies(point):
    V = lk.exact_values(lk.matching_pennies())
    np.testing.assert_allclose(
        V(*point), [-1.1281706631, 1.1281706631], rtol=0, atol=1e-9
    )


def test_golden_short_game(point):
    V = enumerate_values(lk.prisoners_dilemma().payoff, 0.96, *point, horizon=3)
    np.testing.assert_allclose(V, [-4.7343186178, -3.9105503082], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("one", "two", "R"),
    [
        ("tit_for_tat", "tit_for_tat", (-1, -1)),
        ("tit_for_tat", "always_defect", (-2.04, -1.92)),
        ("always_defect", "always_cooperate", (0, -3)),
        ("always_defect", "always_defect", (-2, -2)),
        ("win_stay_lose_shift", "win_stay_lose_shift", (-1, -1)),
        ("grim_trigger", "always_defect", (-2.04, -1.92)),
    ],
)
def test_closed_forms(one, two, R):
    theta_1, theta_2 = getattr(lk, one)(), getattr(lk, two)()
    V = lk.exact_values(lk.prisoners_dilemma())(theta_1, theta_2)
    # Each probability is within 2.1e-9 of 0 or 1, for about 1 / (1 - gamma) = 25
    # rounds, and a slip costs at most 3 in each round after it: 2 * 25 * 3 * 2.1e-9.
    np.testing.assert_allclose(lk.per_step(V, 0.96), R, rtol=0, atol=4e-7)


def test_coin_tossers_earn_the_mean_payoff():
    V = lk.exact_values(lk.prisoners_dilemma())(jnp.zeros(5), jnp.zeros(5))
    np.testing.assert_allclose(lk.per_step(V, 0.96), [-1.5, -1.5], rtol=0, atol=1e-12)


def test_value_from_a_state_is_that_of_a_game_that_begins_there(point):
    game, (own, other) = lk.prisoners_dilemma(gamma=0.9), point
    found = exact_state_values(game, own, other)
    # The other calls my CD its DC.
    for state, seen in enumerate((0, 1, 3, 2, 4)):
        begin = own.at[0].set(own[state]), other.at[0].set(other[seen])
        np.testing.assert_allclose(found[state], exact(game, *begin)[0], rtol=1e-12)
    single = [x.astype(jnp.float32) for x in point]
    payoff = game.payoff.astype(jnp.float32)
    few = exact_state_values(lk.MatrixGame(payoff, 0.9), *single)
    assert few.dtype == jnp.float32
    late = lk.MatrixGame(payoff, 1 - 1e-5)
    with pytest.raises(ValueError, match="gamma"):  # no digits are left
        exact_state_values(late, *single)


def test_shares_are_those_of_the_rounds(point):
    game = lk.prisoners_dilemma(gamma=0.9)
    p0, P = map(np.asarray, lk.markov_chain(*point))
    terms, now = np.zeros(4), p0
    for t in range(400):  # what is left out is 0.9^400 = 5e-19
        terms, now = terms + 0.1 * 0.9**t * now, now @ P
    assert shares(game, *(x.astype(jnp.float32) for x in point)).dtype == jnp.float32
    found = shares(game, *point)
    np.testing.assert_allclose(found, terms, rtol=1e-12)
    R = lk.per_step(exact(game, *point), 0.9)
    np.testing.assert_allclose(game.payoff.reshape(2, 4) @ found, R, rtol=1e-12)


def test_a_value_per_step_has_a_discount_from_0_to_1():
    V = jnp.array(3.0)
    assert lk.per_step(V, 0.0) == 3 and lk.per_step(V, 1.0) == 0
    np.testing.assert_array_equal(lk.per_step(V, jnp.array([0.0, 0.5])), [3, 1.5])
    assert jax.jit(lk.per_step)(V, 0.5) == 1.5
    for gamma in (-0.1, 1.1, jnp.array([0.5, 1.5]), jnp.array([])):
        with pytest.raises(ValueError, match="discount from 0 to 1"):
            lk.per_step(V, gamma)


def test_one_shot_value_is_the_expected_payoff(point):
    game = lk.chicken(gamma=0.0)
    p, q = (jax.nn.sigmoid(theta[0]) for theta in point)
    expected = jnp.einsum(
        "iab,a,b->i", game.payoff, *(jnp.array([z, 1 - z]) for z in (p, q))
    )
    np.testing.assert_allclose(lk.exact_values(game)(*point), expected, rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    payoff=payoffs, gamma=gammas, own=logits, other=logits, horizon=st.integers(1, 5)
)
def test_enumeration_of_a_short_game(payoff, gamma, own, other, horizon):
    """V = (all histories of T rounds) + gamma^T p0' P^T (I - gamma P)^-1 r."""
    game = lk.MatrixGame(payoff, gamma)
    p0, P = lk.markov_chain(jnp.asarray(own), jnp.asarray(other))
    after = p0 @ jnp.linalg.matrix_power(P, horizon)
    rest = (
        after
        @ np.linalg.inv(np.eye(4) - gamma * np.asarray(P))
        @ payoff.reshape(2, 4).T
    )
    V = exact(game, own, other)
    short = enumerate_values(payoff, gamma, own, other, horizon)
    # |V| <= 10 / (1 - gamma) <= 1000; a hundred roundings of that.
    np.testing.assert_allclose(
        V, short + gamma**horizon * rest, rtol=0, atol=1e5 * 2.3e-16 * 100
    )


@settings(deadline=None, max_examples=150)
@given(payoff=payoffs, gamma=gammas, own=logits, other=logits)
def test_any_game_any_policies(payoff, gamma, own, other):
    game = lk.MatrixGame(payoff, gamma)
    V = exact(game, own, other)
    # The condition number of I - gamma P is at most (1 + gamma) / (1 - gamma) < 200,
    # |V| is at most 1000, and a solve of size 4 rounds some 50 times.
    slack = 50 * 2.3e-16 * 200 * 1000
    np.testing.assert_allclose(V, values(payoff, gamma, own, other), rtol=0, atol=slack)
    for i in range(2):  # a weighted mean of payoffs
        R = lk.per_step(V[i], gamma)
        assert payoff[i].min() - slack <= R <= payoff[i].max() + slack
    swapped = exact(game.swap(), other, own)
    np.testing.assert_allclose(swapped[::-1], V, rtol=0, atol=slack)


@settings(deadline=None, max_examples=40)
@given(payoff=payoffs, gamma=gammas, own=logits, other=logits)
def test_derivatives_by_hand(payoff, gamma, own, other):
    g1, g2, g12 = derivatives(payoff, gamma, own, other)
    J1, J2, H = exact_derivatives(lk.MatrixGame(payoff, gamma), own, other)
    # A derivative has two, a cross derivative three factors M, each at most 100.
    np.testing.assert_allclose(J1, g1, rtol=0, atol=1e-8)
    np.testing.assert_allclose(J2, g2, rtol=0, atol=1e-8)
    np.testing.assert_allclose(H, g12, rtol=0, atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(gamma=gammas, other=logits)
def test_tit_for_tat_never_beats_its_opponent(gamma, other):
    V = exact(lk.prisoners_dilemma(gamma), lk.tit_for_tat(), other)
    # Not more than the 2.1e-9 by which its probabilities miss 0 and 1, times 3 / 0.01^2.
    assert V[0] - V[1] <= 1e-4
    assert V[0] - V[1] >= -3 - 1e-4  # it loses at most one round of 0 against -3


def test_seats_are_not_states():
    """Forgetting to reorder the second player's logits gives another, wrong, value."""
    a, b = (
        jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]),
        jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6]),
    )
    V = lk.exact_values(lk.prisoners_dilemma())
    np.testing.assert_allclose(V(a, b)[0], -38.372, rtol=0, atol=1e-3)
    np.testing.assert_allclose(
        V(a, lk.from_other_seat(b))[0], -37.364, rtol=0, atol=1e-3
    )


def test_float32_agrees_with_float64(point):
    game64, game32 = lk.prisoners_dilemma(), lk.prisoners_dilemma()
    game32 = game32._replace(payoff=game32.payoff.astype("float32"))
    point32 = [theta.astype("float32") for theta in point]
    V64, V32 = lk.exact_values(game64), lk.exact_values(game32)
    assert V32(*point32).dtype == jnp.float32
    np.testing.assert_allclose(V32(*point32), V64(*point), rtol=2e-5)
    J64, J32 = jax.jacobian(V64)(*point), jax.jacobian(V32)(*point32)
    np.testing.assert_allclose(J32, J64, rtol=0, atol=1e-5)


def test_no_product_is_left_to_the_default_precision(point):
    """Which is less than float32 on GPUs and TPUs. What is asked for can be read anywhere."""
    V = lk.exact_values(lk.prisoners_dilemma())
    for function in (V, jax.jacrev(V)):
        program = jax.jit(function).lower(*point).as_text()
        products = [line for line in program.splitlines() if "dot_general" in line]
        assert products
        assert all("precision = [HIGHEST, HIGHEST]" in line for line in products)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("signs", list(itertools.product([-30.0, 30.0], repeat=2)))
def test_finite_at_saturated_logits(dtype, signs):
    game = lk.prisoners_dilemma()
    game = game._replace(payoff=game.payoff.astype(dtype))
    own, other = (jnp.full(5, s, dtype) for s in signs)
    for out in (exact(game, own, other), *exact_derivatives(game, own, other)):
        assert out.dtype == dtype
        assert np.isfinite(out).all()


def test_solve_and_its_derivatives():
    key = jax.random.key(0)
    A = 5 * jnp.eye(4) + jax.random.uniform(key, (4, 4))
    b = jnp.arange(4.0)
    np.testing.assert_allclose(solve(A, b), np.linalg.solve(A, b), rtol=1e-13)

    def from_numpy(A, b):  # check_grads calls with NumPy arrays
        return solve(jnp.asarray(A), jnp.asarray(b))

    check_grads(from_numpy, (A, b), order=3, modes=("fwd", "rev"))


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("shape", [(4,), (6,), (), (3, 5)])
def test_theta_of_another_shape_is_refused(shape):
    V = lk.exact_values(lk.prisoners_dilemma())
    with pytest.raises(ValueError, match=r"own: expected shape \(5,\), got"):
        V(jnp.zeros(shape), jnp.zeros(5))
    with pytest.raises(ValueError, match=r"other: expected shape \(5,\), got"):
        V(jnp.zeros(5), jnp.zeros(shape))


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_not_one_game_is_refused():
    game = lk.prisoners_dilemma()
    stack = jax.tree.map(lambda *x: jnp.stack(x), game, game)
    doubled = jax.tree.map(lambda x: 2 * x, game)  # gamma is 1.92 now
    for bad, message in [
        (game.payoff, "game: expected a MatrixGame"),
        (None, "game: expected a MatrixGame"),
        (stack, "payoff: expected shape"),
        (doubled, "gamma: expected 0 <= gamma < 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            lk.exact_values(bad)


@pytest.mark.usefixtures("unchecked_shapes")
def test_wrong_lengths_are_refused_where_jax_would_clamp():
    for bad in (jnp.zeros(4), jnp.zeros((2, 6)), jnp.array(1.0)):
        for function in (lk.from_other_seat, lk.like_tit_for_tat):
            with pytest.raises(ValueError, match=r"theta: expected shape \[..., 5\]"):
                function(bad)
    with pytest.raises(ValueError, match=r"other: expected shape \(5,\), got \(1,\)"):
        lk.markov_chain(jnp.zeros(5), jnp.zeros(1))
    with pytest.raises(ValueError, match=r"own: expected an array of shape \(5,\)"):
        lk.exact_values(lk.prisoners_dilemma())([0.1] * 5, jnp.zeros(5))


@pytest.mark.usefixtures("unchecked_shapes")
def test_integer_theta_is_refused():
    with pytest.raises(ValueError, match="own: expected floats, got dtype int64"):
        lk.exact_values(lk.prisoners_dilemma())(jnp.arange(5), jnp.zeros(5))


# --- precision: a value has three right digits, or there is an error ----------------------


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
@pytest.mark.parametrize("gamma", [0.0, 0.9, 0.96, 0.99, 0.998, 0.999, 0.9998])
def test_values_have_three_right_digits_at_every_discount_that_is_taken(gamma, dtype):
    """Against the same policies in 64 bits; relative to what the highest payoff is worth."""
    rng = np.random.default_rng(0)
    for scale in (0.5, 2.0, 8.0, 20.0) * 5:
        own, other = (jnp.asarray(scale * rng.normal(size=5), dtype) for _ in range(2))
        payoff = lk.prisoners_dilemma().payoff
        low = lk.MatrixGame(
            payoff.astype("float64" if dtype == "float64" else "float32"), gamma
        )
        V = lk.exact_values(low)(own, other)
        assert V.dtype == ("float64" if dtype == "float64" else "float32")
        wide = own.astype("float64"), other.astype("float64")
        right = values(payoff, gamma, *wide)
        assert (
            abs(np.asarray(V, float) - right).max() * (1 - gamma)
            < 1e-3 * abs(payoff).max()
        )


@pytest.mark.parametrize("gamma", [0.999, 0.9998])
def test_derivatives_have_three_right_digits_in_float32(gamma):
    """Where 1 - gamma is small they are no small differences of large numbers."""
    rng = np.random.default_rng(1)
    for scale in (0.5, 1.0, 2.0) * 5:
        own, other = (
            jnp.asarray(scale * rng.normal(size=5), "float32") for _ in range(2)
        )
        game = lk.prisoners_dilemma(gamma)
        V = lk.exact_values(game._replace(payoff=game.payoff.astype("float32")))
        slope = jax.jacobian(V)(own, other)[0]
        right = derivatives(game.payoff, gamma, own, other)[0][0]
        gap = abs(np.asarray(slope, float) - right)
        assert gap.max() < 1e-3 * abs(right).max()


@pytest.mark.parametrize("dtype, gamma", [
    ("bfloat16", 0.9999), ("float32", 0.9999), ("float32", 0.9999999),
    ("float64", 1 - 1e-13),
])  # fmt: skip
def test_a_discount_that_would_leave_no_digits_is_refused(dtype, gamma):
    payoff = lk.prisoners_dilemma().payoff.astype(
        "float64" if dtype == "float64" else "float32"
    )
    game, theta = lk.MatrixGame(payoff, gamma), jnp.zeros(5, dtype)
    with pytest.raises(
        ValueError, match=r"gamma: expected at most 0\.999.* got .*more bits"
    ):
        lk.exact_values(game)(theta, theta)
    traced = jax.jit(lambda g: lk.exact_values(lk.MatrixGame(payoff, g))(theta, theta))
    assert jnp.isnan(traced(jnp.asarray(gamma))).all()  # it cannot be said, but is seen


def test_sampled_play_of_narrow_logits_keeps_its_digits():
    """Sums over 150 rounds and 512 games, of logits in 16 bits: as in 32."""
    game, key = lk.prisoners_dilemma(), jax.random.key(0)
    own, other = lk.tit_for_tat(1.0), lk.win_stay_lose_shift(1.0)
    V = lk.dice_values(game, horizon=150, batch=512)
    narrow = V(own.astype("bfloat16"), other.astype("bfloat16"), key)
    wide = V(own.astype("float32"), other.astype("float32"), key)
    np.testing.assert_array_equal(narrow, wide)  # 1 is exact in 16 bits
