"""Policies: their definitions, their seats, and zero-determinant enforcement."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lolakit as lk


@jax.jit
def exact(game, own, other):
    return lk.exact_values(game)(own, other)


PURE = {
    "tit_for_tat": [1, 1, 0, 1, 0],
    "always_defect": [0, 0, 0, 0, 0],
    "always_cooperate": [1, 1, 1, 1, 1],
    "grim_trigger": [1, 1, 0, 0, 0],
    "win_stay_lose_shift": [1, 1, 0, 0, 1],
}


@pytest.mark.parametrize("name", PURE)
def test_pure_policies(name):
    make = getattr(lk, name)
    np.testing.assert_allclose(jax.nn.sigmoid(make()), PURE[name], rtol=0, atol=3e-9)
    assert set(np.abs(make(scale=3.0)).tolist()) == {3.0}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_from_probabilities_inverts_the_sigmoid(dtype):
    p = [0.1, 0.5, 0.9, 0.0, 1.0]
    theta = lk.from_probabilities(p).astype(dtype)
    np.testing.assert_allclose(jax.nn.sigmoid(theta), p, rtol=0, atol=1e-7)


@pytest.mark.parametrize("bad", [[0.5] * 4, [0.5] * 4 + [1.1], [0.5] * 4 + [np.nan]])
def test_bad_probabilities_are_refused(bad):
    with pytest.raises(ValueError, match="probabilities: expected 5 numbers in"):
        lk.from_probabilities(bad)


@pytest.mark.parametrize("scale", [0.0, -3.0, float("nan")])
def test_a_scale_that_would_turn_a_policy_round_is_refused(scale):
    for make in (*(getattr(lk, name) for name in PURE), lk.always_cooperate):
        with pytest.raises(ValueError, match="scale: expected"):
            make(scale)


def test_zero_determinant_with_a_negative_phi():
    """Here the only policies that enforce the line have phi < 0."""
    payoff = [[[-0.53, 0.38], [1.54, -0.12]], [[-0.53, -1.59], [2.23, -0.12]]]
    game = lk.MatrixGame(payoff, 0.99)
    zd = lk.zero_determinant(game, chi=2.0)
    for key in jax.random.split(jax.random.key(0), 5):
        other = 2 * jax.random.normal(key, (5,))
        R = lk.per_step(exact(game, zd, other), 0.99)
        np.testing.assert_allclose(R[0] + 0.12, 2 * (R[1] + 0.12), rtol=0, atol=1e-5)


def test_other_seat_swaps_cd_and_dc_only():
    np.testing.assert_array_equal(lk.from_other_seat(jnp.arange(5)), [0, 1, 3, 2, 4])
    theta = jax.random.normal(jax.random.key(0), (7, 5))
    np.testing.assert_array_equal(lk.from_other_seat(lk.from_other_seat(theta)), theta)


def test_normal_logits_have_the_scale_asked_for():
    draw = jax.vmap(lk.normal_logits(2.0))(jax.random.split(jax.random.key(0), 20_000))
    assert draw.shape == (20_000, 5)
    # The standard error of a standard deviation is sd / sqrt(2 n); 5 of them.
    np.testing.assert_allclose(
        draw.std(), 2.0, rtol=0, atol=5 * 2 / np.sqrt(2 * draw.size)
    )
    with pytest.raises(ValueError, match="scale: expected a finite number, got nan"):
        lk.normal_logits(float("nan"))


def test_like_tit_for_tat():
    assert bool(lk.like_tit_for_tat(0.1 * lk.tit_for_tat()))
    assert not bool(lk.like_tit_for_tat(lk.always_defect()))
    for state in range(5):  # every state counts, and leaning means strictly
        assert not bool(lk.like_tit_for_tat(lk.tit_for_tat().at[state].multiply(-1)))
        assert not bool(lk.like_tit_for_tat(lk.tit_for_tat().at[state].set(0)))
    batch = jnp.stack([lk.tit_for_tat(), lk.always_cooperate()])
    assert lk.like_tit_for_tat(batch).tolist() == [True, False]


@settings(deadline=None, max_examples=60)
@given(
    chi=st.floats(1.0, 10.0),
    gamma=st.floats(0.8, 0.99),
    generous=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
    spread=st.floats(0.1, 10),
)
def test_zero_determinant_enforces_its_line(chi, gamma, generous, seed, spread):
    game = lk.prisoners_dilemma(gamma)
    try:
        zd = lk.zero_determinant(game, chi=chi, generous=generous)
    except ValueError as error:
        assert "no policy enforces" in str(error)
        return
    other = spread * jax.random.normal(jax.random.key(seed), (5,))
    R = lk.per_step(exact(game, zd, other), gamma)
    base = -1.0 if generous else -2.0
    # Probabilities of 0 and 1 are off by at most 2.1e-9 a round, which the equation
    # weighs by the payoffs (at most 3) times chi over phi, and phi is above 0.001.
    np.testing.assert_allclose(R[0] - base, chi * (R[1] - base), rtol=0, atol=1e-5)


def test_zero_determinant_takes_the_largest_phi():
    """At gamma = 0.96, chi = 3: phi <= 1 / (1 + 2 chi), where P(C | CD) is 0."""
    game = lk.prisoners_dilemma()
    p = jax.nn.sigmoid(lk.zero_determinant(game, chi=3.0))
    np.testing.assert_allclose(
        p, [0, (1 - 2 / 7) / 0.96, 0, 5 / 7 / 0.96, 0], rtol=0, atol=3e-9
    )
    same = lk.zero_determinant(game, chi=3.0, phi=1 / 7)
    np.testing.assert_allclose(jax.nn.sigmoid(same), p, rtol=0, atol=1e-8)
    with pytest.raises(ValueError, match="phi: expected"):
        lk.zero_determinant(game, chi=3.0, phi=0.001)  # P(C | CC) would exceed 1


def test_zero_determinant_refuses_what_does_not_exist():
    game = lk.prisoners_dilemma()
    with pytest.raises(
        ValueError, match=r"chi: expected a slope of at least 1, got 0\.5"
    ):
        lk.zero_determinant(game, chi=0.5)
    with pytest.raises(ValueError, match="phi: expected"):
        lk.zero_determinant(game, phi=5.0)
    with pytest.raises(ValueError, match="no policy enforces slope"):
        lk.zero_determinant(lk.prisoners_dilemma(gamma=0.0))
    with pytest.raises(ValueError, match="same base"):
        lk.zero_determinant(lk.matching_pennies())
    with pytest.raises(ValueError, match="payoffs that differ"):
        lk.zero_determinant(lk.MatrixGame(jnp.ones((2, 2, 2)), 0.9))
    with pytest.raises(ValueError, match="expected a known game"):
        jax.jit(lk.zero_determinant)(game)


def test_memory_one_is_the_form_of_axelrods_tournaments():
    """Four probabilities after CC, CD, DC, DD; the first move apart, and C by default."""
    p = jax.nn.sigmoid(lk.memory_one([0.9, 0.2, 0.7, 0.1]))
    np.testing.assert_allclose(p, [1.0, 0.9, 0.2, 0.7, 0.1], atol=3e-9)
    p = jax.nn.sigmoid(lk.memory_one([0.9, 0.2, 0.7, 0.1], first=0.5))
    np.testing.assert_allclose(p, [0.5, 0.9, 0.2, 0.7, 0.1], rtol=1e-12)
    np.testing.assert_array_equal(lk.memory_one([1, 0, 1, 0]), lk.tit_for_tat())


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.5, 1.0])
def test_a_trembling_hand_does_the_other_thing(noise):
    p = jnp.array([0.9, 0.2, 0.5, 0.999, 1e-3])
    theta = jnp.log(p) - jnp.log1p(-p)
    got = jax.nn.sigmoid(lk.trembling(theta, noise))
    np.testing.assert_allclose(got, (1 - noise) * p + noise * (1 - p), rtol=1e-12)
    assert np.isfinite(jax.jacobian(lk.trembling)(theta, noise)).all()


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_zero_determinant_does_not_depend_on_the_unit_of_payoffs(scale):
    game = lk.prisoners_dilemma()
    wanted = lk.zero_determinant(game, chi=3.0)
    small = lk.MatrixGame(scale * game.payoff, game.gamma)
    np.testing.assert_allclose(lk.zero_determinant(small, chi=3.0), wanted, rtol=1e-6)
    with pytest.raises(ValueError, match=r"phi: expected .* to"):
        lk.zero_determinant(small, chi=3.0, phi=1.0 / scale)
