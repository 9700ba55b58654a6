"""Rules of the differentiable-games family: golden values, matrices, and identities."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from fields import GOLDEN, POINT, RULES, SMALL, by_jacobian, derivatives, of_two
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lolakit as lk
from lolakit import differentiable

logits = arrays(np.float64, 5, elements=st.floats(-3, 3))
payoffs = arrays(np.float64, (2, 2, 2), elements=st.floats(-3, 3))
FAMILY = [name for name in RULES if name not in ("naive", "lola", "lola_taylor")]
NEW = [name for name in FAMILY if name != "look_ahead"]
IDS = [(game, name) for game, rows in GOLDEN.items() for name in rows]


@partial(jax.jit, static_argnums=0)
def by_rule(name, game, own, other, a):
    return RULES[name](lk.exact_values(game), a)(own, other)


@jax.jit
def all_derivatives(game, own, other):
    return derivatives(lk.exact_values(game), own, other)


def directions(name, game, a):
    """Return the rule's direction at the golden point of the game, in both seats."""
    if game in ("prisoners_dilemma", "matching_pennies"):
        one = getattr(lk, game)()
        return [
            by_rule(name, seat, *at, a)
            for seat, at in ((one, POINT), (one.swap(), POINT[::-1]))
        ]
    one = of_two(game)
    return [
        jax.jit(RULES[name](seat, a))(*at)
        for seat, at in ((one, SMALL), (one.swap(), SMALL[::-1]))
    ]


@pytest.mark.parametrize("game, name", IDS)
def test_golden(game, name):
    which, a = game.split()
    got = directions(name, which, float(a))
    # The stored numbers have 10 decimals.
    np.testing.assert_allclose(got, GOLDEN[game][name], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "game",
    [
        "ultimatum",
        *(
            pytest.param(x, marks=pytest.mark.slow)
            for x in ("tandem", "hamiltonian", "balduzzi")
        ),
    ],
)
def test_small_games_by_their_jacobian_in_both_seats(game):
    one = of_two(game)
    for V, at in ((one, (1.7, -0.6)), (one.swap(), (-0.6, 1.7))):
        own, other = (jnp.full(1, x) for x in at)
        wanted, _, _ = by_jacobian(*derivatives(V, own, other), 1, 0.3)
        for name, direction in wanted.items():
            got = RULES[name](V, 0.3)(own, other)
            np.testing.assert_allclose(got, direction, rtol=1e-12, err_msg=name)


@settings(deadline=None, max_examples=25)
@given(
    payoff=payoffs, gamma=st.floats(0, 0.9), own=logits, other=logits,
    a=st.floats(-1, 1),
)  # fmt: skip
def test_any_matrix_game_by_its_jacobian_in_both_seats(payoff, gamma, own, other, a):
    game = lk.MatrixGame(payoff, gamma)
    for seat, at in ((game, (own, other)), (game.swap(), (other, own))):
        v, J, worth = all_derivatives(seat, *at)
        wanted, _, _ = by_jacobian(v, J, worth, 5, a)
        size = 1 + float(abs(J).max()) * (1 + float(abs(v).max() + abs(worth).max()))
        lost = 1e-12 * size
        H_o = np.asarray(J).copy()
        H_o[:5, :5], H_o[5:, 5:] = 0, 0
        bad = np.linalg.cond(np.eye(10) - a * H_o)
        for name in ("look_ahead", "sos", "consensus", "symplectic_adjustment"):
            got = by_rule(name, seat, *at, a)
            np.testing.assert_allclose(got, wanted[name], rtol=0, atol=lost)
        # The normal equations square the condition of the system, and rounding is 1e-16.
        if bad < 1e4:
            got = by_rule("cgd", seat, *at, a)
            np.testing.assert_allclose(
                got, wanted["cgd"], rtol=0, atol=lost * bad**2 / 100 + lost
            )


def test_the_sign_of_the_adjustment_by_the_paper(many=200):
    """In quadratic games both signs occur; the paper's formula is for losses."""
    rng, seen = np.random.default_rng(0), []
    align = lambda V, *at: RULES["symplectic_adjustment, aligned"](V, 1.0)(*at)
    run = jax.jit(
        lambda Q, x, y: (
            align(differentiable.differentiable_game(form(Q)), x, y),
            derivatives(form(Q), x, y),
        )
    )

    def form(Q):
        def V(x, y, key=None):
            z = jnp.concatenate([x, y])
            return jnp.einsum("ijk,j,k->i", Q, z, z) / 2

        return V

    for _ in range(many):
        Q = rng.normal(size=(2, 4, 4))
        x, y = rng.normal(size=(2, 2))
        got, found = run(Q, x, y)
        wanted, _, sign = by_jacobian(*found, 2, 1.0)
        seen.append(sign)
        np.testing.assert_allclose(
            got, wanted["symplectic_adjustment, aligned"], rtol=0, atol=1e-12
        )
    assert {1.0, -1.0} == set(seen) and 10 < sum(s < 0 for s in seen) < many - 10


# --------------------------------------------------------------------- identities


def test_in_a_zero_sum_game_lookahead_the_papers_lola_and_sga_are_one():
    game = lk.matching_pennies()
    want = by_rule("look_ahead", game, *POINT, 1.0)
    for name in ("lola", "symplectic_adjustment"):
        got = by_rule(name, game, *POINT, 1.0)
        np.testing.assert_allclose(got, want, rtol=1e-12)


def test_where_there_is_a_potential_nothing_is_adjusted():
    """Tandem: both mixed derivatives are -2, and so A = 0."""
    V = differentiable.tandem()
    got = lk.symplectic_adjustment(V, weight=3.0)(*SMALL)
    np.testing.assert_allclose(got, lk.naive(V)(*SMALL), rtol=0, atol=1e-15)


def test_sos_with_all_of_its_shaping_is_the_full_taylor_rule():
    got = by_rule("sos", lk.prisoners_dilemma(), *POINT, 1.0)
    want = by_rule("lola_taylor", lk.prisoners_dilemma(), *POINT, 1.0)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("terms, power", [(1, 1), (2, 2), (3, 3)])
def test_competitive_descent_is_a_series_that_begins_as_lookahead(terms, power):
    """v + a H_o v + a^2 H_o^2 v + ...: what is left out grows as the next power of a."""
    v, J, _ = (np.asarray(x) for x in all_derivatives(lk.prisoners_dilemma(), *POINT))
    H_o = J.copy()
    H_o[:5, :5], H_o[5:, 5:] = 0, 0

    def left(a):
        series = sum(np.linalg.matrix_power(a * H_o, k) @ v for k in range(terms))
        return np.linalg.norm(
            by_rule("cgd", lk.prisoners_dilemma(), *POINT, a) - series[:5]
        )

    assert left(1e-3) / left(1e-4) == pytest.approx(10**power, rel=0.1)


def test_where_values_are_quadratic_order_one_is_taylor_to_second_order():
    """V_own(own, other + s) = V + w.s + s'Ss/2 exactly, with S the second derivative."""
    rng = np.random.default_rng(1)
    V = differentiable.quadratic(rng.normal(size=(2, 5, 5)), rng.normal(size=(2, 5)))
    own, other = jnp.array(rng.normal(size=2)), jnp.array(rng.normal(size=3))
    a = 0.3

    def expanded(own):
        s = a * jax.grad(lambda y: V(own, y)[1])(other)
        mine = lambda y: V(own, y)[0]
        S = jax.hessian(mine)(other)
        return mine(other) + jax.grad(mine)(other) @ s + s @ S @ s / 2

    got = lk.hola(V, lookahead=a, order=1)(own, other)
    np.testing.assert_allclose(got, jax.grad(expanded)(own), rtol=1e-12)


@pytest.mark.parametrize("name", ["look_ahead", "sos", "cgd", "hola 2"])
def test_without_lookahead_all_are_naive(name):
    game = lk.prisoners_dilemma()
    got = by_rule(name, game, *POINT, 0.0)
    np.testing.assert_allclose(got, by_rule("naive", game, *POINT, 0.0), rtol=1e-12)


def rest(a):
    """Return x + y where each rule rests in the tandem game, in closed form."""
    c0, c1, order = 2.0, -2.0, {}
    for n in range(1, 5):  # h^n = c0 + c1 (x + y)
        c0, c1 = 2 - 2 * a * c0 * (1 + a * c1), -2 * (1 + a * c1) ** 2
        order[f"hola {n}"] = -c0 / c1
    shaped = {"lola": 1 / (1 - 2 * a), "lola_taylor": (1 - 2 * a) / (1 - 4 * a)}
    same = ["naive", "look_ahead", "sos", "cgd", "symplectic_adjustment"]
    return dict.fromkeys(same, 1.0) | shaped | order


@pytest.mark.parametrize("name", rest(0.1))
def test_where_the_rules_come_to_rest_in_the_tandem_game(name):
    learner = lk.ascend(
        RULES[name](differentiable.tandem(), 0.1),
        optax.sgd(0.1),
        lambda key: jax.random.normal(key, (1,)),
    )
    run = lambda key: lk.play(learner, learner, key, 200, lambda a, b: a + b).history[
        -1
    ]
    ends = jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(0), 8))
    np.testing.assert_allclose(ends, rest(0.1)[name], rtol=0, atol=1e-9)


def test_where_the_rules_rest_in_numbers():
    found = rest(0.1)
    assert found["lola"] == pytest.approx(1.25)
    assert found["lola_taylor"] == pytest.approx(4 / 3)
    assert found["hola 1"] == pytest.approx(1.3125)
    assert [round(found[f"hola {n}"], 4) for n in (2, 3, 4)] == [1.1225, 1.1896, 1.1643]


# ----------------------------------------------------------- trees, keys, bad input


@pytest.mark.parametrize("name", FAMILY[:-2])
def test_parameters_may_be_any_pytree(name):
    V = differentiable.quadratic(np.random.default_rng(3).normal(size=(2, 7, 7)))
    flat = jnp.array([0.4, -1.0, 0.7, 0.2]), jnp.array([0.1, 0.9, -0.3])
    nested = (
        {"a": flat[0][:1], "b": (flat[0][1:].reshape(1, 3),)},
        [flat[1][:2], flat[1][2]],
    )
    got = RULES[name](V, 0.2)(*nested)
    assert jax.tree.structure(got) == jax.tree.structure(nested[0])
    got = jnp.concatenate([x.ravel() for x in jax.tree.leaves(got)])
    # another order of sums: rounding, times what the system of CGD makes of it
    np.testing.assert_allclose(got, RULES[name](V, 0.2)(*flat), rtol=1e-9)


KEYS = {
    "sos": 10, "cgd": 4, "symplectic_adjustment": 3, "consensus": 3,
    "symplectic_adjustment, aligned": 7, "hola 1": 2, "hola 2": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_sampled_values_get_fresh_keys(name):
    """A key for each factor, all apart, and none of them the rule's own."""
    seen, V = set(), differentiable.tandem()

    def values(own, other, key=None):
        jax.debug.callback(
            lambda k: seen.add(tuple(k.tolist())), jax.random.key_data(key)
        )
        return V(own, other)

    key = jax.random.key(0)
    jax.block_until_ready(RULES[name](values, 0.1)(*SMALL, key))
    jax.effects_barrier()
    assert len(seen) == KEYS[name]
    assert tuple(jax.random.key_data(key).tolist()) not in seen


@pytest.mark.parametrize("name", ["consensus", "symplectic_adjustment"])
def test_products_of_estimates_are_not_biased(name):
    """A game whose matrices are drawn anew with each key. With one key for both factors the
    second number would be off by 1 at least: half of the other's two numbers, times 2."""
    rng = np.random.default_rng(5)
    Q = jnp.array(rng.normal(size=(2, 4, 4)))

    def values(own, other, key=None):
        noise = jax.random.normal(key, Q.shape)
        return differentiable.quadratic(Q)(own, other) + differentiable_form(
            noise, own, other
        )

    def differentiable_form(M, own, other):
        z = jnp.concatenate([own, other])
        return jnp.einsum("ijk,j,k->i", M, z, z) / 2

    own, other = jnp.array([1.0, 2.0]), jnp.array([2.0, -1.0])
    keys = jax.random.split(jax.random.key(0), 20_000)
    got = jax.jit(jax.vmap(lambda k: RULES[name](values, 1.0)(own, other, k)))(keys)
    error = got.std(axis=0) / len(keys) ** 0.5
    wanted = RULES[name](differentiable.quadratic(Q), 1.0)(own, other)
    assert (abs(got.mean(axis=0) - wanted) < 5 * error).all()
    assert (5 * error < 1).all()


@pytest.mark.parametrize("make, name", [
    (lambda V, x: lk.sos(V, lookahead=x), "lookahead"),
    (lambda V, x: lk.cgd(V, lookahead=x), "lookahead"),
    (lambda V, x: lk.hola(V, lookahead=x, order=1), "lookahead"),
    (lambda V, x: lk.pola(V, lookahead=x, outer_penalty=1.0), "lookahead"),
    (lambda V, x: lk.consensus(V, weight=x), "weight"),
    (lambda V, x: lk.symplectic_adjustment(V, weight=x), "weight"),
    (lambda V, x: lk.sos(V, lookahead=1.0, a=x), "a"),
    (lambda V, x: lk.sos(V, lookahead=1.0, b=x), "b"),
])  # fmt: skip
@pytest.mark.parametrize("bad", [float("nan"), "1", None, np.ones(2)])
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_settings_are_refused(make, name, bad):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        make(differentiable.tandem(), bad)


@pytest.mark.parametrize("name", NEW)
def test_a_rule_remembers_its_seat(name):
    rule = RULES[name](lk.exact_values(lk.matching_pennies()), 0.1)
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(learner, learner, jax.random.key(0), 1)
