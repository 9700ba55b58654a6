"""Games of any two pytrees: the papers' examples, both seats, and their fixed points."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lolakit as lk
from lolakit import differentiable
from lolakit.types import Values

NAMES = ["tandem", "hamiltonian", "balduzzi", "ultimatum"]
numbers = st.floats(-3, 3)


def by_hand(name, x, y):
    f, c = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(-y))
    return {
        "tandem": (2 * x - (x + y) ** 2, 2 * y - (x + y) ** 2),
        "hamiltonian": (-x * y, x * y),
        "balduzzi": (-(x**2) / 2 - 10 * x * y, -(y**2) / 2 + 10 * x * y),
        "ultimatum": (5 * f + 8 * (1 - f) * c, 5 * f + 2 * (1 - f) * c),
    }[name]


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=25)
@given(x=numbers, y=numbers)
def test_values_by_hand_in_both_seats(name, x, y):
    game, (own, other) = (
        getattr(differentiable, name)(),
        (jnp.full(1, x), jnp.full(1, y)),
    )
    wanted = by_hand(name, x, y)
    np.testing.assert_allclose(game(own, other), wanted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        game.swap()(other, own), wanted[::-1], rtol=0, atol=1e-12
    )
    np.testing.assert_array_equal(game.swap().swap()(own, other), game(own, other))


@pytest.mark.parametrize("name, V", [
    ("tandem", [0.59, -0.41]), ("hamiltonian", [0.06, -0.06]),
    ("balduzzi", [0.555, -0.62]), ("ultimatum", [4.4047846730, 3.2553556063]),
])  # fmt: skip
def test_golden_values(name, V):
    game = getattr(differentiable, name)()
    got = game(jnp.array([0.3]), jnp.array([-0.2]))
    np.testing.assert_allclose(got, V, rtol=0, atol=1e-9)


def test_it_is_values_like_any_other():
    game = lk.differentiable_game(lambda x, y: (x @ y, -(x @ y)))
    assert isinstance(game, Values)
    own, other = jnp.arange(3.0), jnp.ones(3)
    np.testing.assert_array_equal(game(own, other), [3.0, -3.0])
    np.testing.assert_array_equal(lk.naive(game)(own, other), other)
    np.testing.assert_array_equal(lk.naive(game.swap())(other, own), -own)


def test_trees_of_any_two_shapes():
    game = lk.differentiable_game(lambda x, y: (x["a"].sum() * y, x["b"] - y**2))
    own, other = {"a": jnp.ones((2, 2)), "b": jnp.array(5.0)}, jnp.array(3.0)
    assert game(own, other).tolist() == [12.0, -4.0]
    assert game.swap()(other, own).tolist() == [-4.0, 12.0]


@pytest.mark.parametrize(
    "pair", [1.0, (1.0,), (1.0, 2.0, 3.0), (np.ones(2), 1.0), (None, 1.0)]
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_not_two_numbers_is_refused(pair):
    game = lk.differentiable_game(lambda x, y: pair)
    with pytest.raises(
        ValueError, match=r"^V: expected two numbers, \(V_1, V_2\), got"
    ):
        game(jnp.ones(1), jnp.ones(1))


QUADRATIC = {
    "tandem": (-2 * np.ones((2, 2, 2)), [[2, 0], [0, 2]]),
    "hamiltonian": ([[[0, -1], [-1, 0]], [[0, 1], [1, 0]]], None),
    "balduzzi": ([[[-1, -10], [-10, 0]], [[0, 10], [10, -1]]], [[0, 0], [0, 0]]),
}


@pytest.mark.parametrize("name", QUADRATIC)
def test_the_quadratic_games_of_the_papers(name):
    Q, c = QUADRATIC[name]
    game, named = differentiable.quadratic(Q, c), getattr(differentiable, name)()
    for x, y in ((0.3, -0.2), (2.0, 1.0)):
        at = jnp.array([x]), jnp.array([y])
        np.testing.assert_allclose(game(*at), named(*at), rtol=0, atol=1e-13)


def test_a_quadratic_game_says_how_many_numbers_it_takes():
    game = differentiable.quadratic(np.zeros((2, 3, 3)))
    assert game(jnp.ones(1), jnp.ones(2)).tolist() == [0.0, 0.0]
    with pytest.raises(
        ValueError, match="own, other: expected 3 numbers together, got 2"
    ):
        game(jnp.ones(1), jnp.ones(1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [jnp.ones(2), [1.0], {"a": 1.0}])
def test_more_than_one_number_is_not_summed_unseen(name, bad):
    game, one = getattr(differentiable, name)(), jnp.ones(1)
    for which, at in (("own", (bad, one)), ("other", (one, bad))):
        for seat in (game, game.swap()):
            with pytest.raises(ValueError, match=f"^{which}: expected one number"):
                seat(*at)


# ------------------------------------------------------------------------ fixed points


def of(H, n=1):
    """Return a game with J = -H at 0: player i's rows, with its own block symmetric."""
    H = np.asarray(H, float)
    Q = np.zeros((2, len(H), len(H)))
    Q[0, :n, :n], Q[1, n:, n:] = -H[:n, :n], -H[n:, n:]
    Q[0, :n, n:], Q[0, n:, :n] = -H[:n, n:], -H[:n, n:].T
    Q[1, n:, :n], Q[1, :n, n:] = -H[n:, :n], -H[n:, :n].T
    return differentiable.quadratic(Q)


@pytest.mark.parametrize("H, kind", [
    ([[1, 0], [0, 1]], "stable"),
    ([[0, 1], [-1, 0]], "stable"),  # x'Hx = 0: only turning
    ([[1, 10], [-10, 1]], "stable"),
    ([[2, 2], [2, 2]], "stable"),  # flat along one line
    ([[0, 0], [0, 0.5]], "stable"),
    ([[-1, 0], [0, -1]], "unstable"),
    ([[-1, 10], [-10, -2]], "unstable"),
    ([[1, 0], [0, -1]], "strict saddle"),
    ([[1, 2], [2, 1]], "strict saddle"),  # eigenvalues 3 and -1
    ([[-1, 0], [0, 0]], "strict saddle"),  # not definite
    ([[1, 3], [-1, 0]], "none of these"),  # .5 +- 1.66 i, and not positive semi-definite
    ([[1, 3], [0, 1]], "none of these"),
])  # fmt: skip
def test_kinds_of_fixed_points(H, kind):
    """Letcher et al. (2019), Definition 2, at the origin of a game with this Hessian."""
    zero = jnp.zeros(1)
    found = differentiable.fixed_point(of(H), zero, zero)
    assert found.kind == kind
    J = -np.asarray(H, float)  # two by two: trace and determinant say both eigenvalues
    np.testing.assert_allclose(found.eigenvalues.sum(), np.trace(J), atol=1e-12)
    np.testing.assert_allclose(
        found.eigenvalues.prod(), np.linalg.det(J), rtol=1e-12, atol=1e-12
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_kinds_by_the_definition(seed):
    """Against quadratic forms along many lines, and against what the definitions imply."""
    rng = np.random.default_rng(seed)
    H = rng.normal(size=(3, 3)) + rng.choice([-2, 0, 2]) * np.eye(3)
    H[1, 2] = H[2, 1]  # the second player has two numbers: its own block is symmetric
    found = differentiable.fixed_point(of(H), jnp.zeros(1), jnp.zeros(2))
    z = rng.normal(size=(2000, 3))
    forms = np.einsum("ni,ij,nj->n", z, H, z)
    if found.kind == "stable":
        assert (forms >= 0).all() and (np.linalg.eigvals(H).real >= 0).all()
    if found.kind == "unstable":
        assert (forms < 0).all()
    if found.kind in ("unstable", "strict saddle"):
        assert np.linalg.eigvals(H).real.min() < 0
    else:
        assert np.linalg.eigvals(H).real.min() >= 0


def test_the_fixed_points_of_the_papers_games():
    zero, half = jnp.zeros(1), jnp.full(1, 0.5)
    assert (
        differentiable.fixed_point(differentiable.balduzzi(), zero, zero).kind
        == "stable"
    )
    found = differentiable.fixed_point(differentiable.tandem(), half, half)
    assert found.kind == "stable"
    np.testing.assert_allclose(sorted(found.eigenvalues.real), [-4, 0], atol=1e-12)
    found = differentiable.fixed_point(differentiable.hamiltonian(), zero, zero)
    np.testing.assert_allclose(abs(found.eigenvalues.imag), [1, 1], atol=1e-12)


def test_pennies_may_turn_and_chicken_has_a_saddle():
    """Matrix games too: one-shot, at the mixed equilibrium, where five logits are one."""

    def one_shot(game):
        V = lk.exact_values(game._replace(gamma=0.0))
        five = lambda x: jnp.concatenate([x, jnp.zeros(4)])
        return lambda x, y, key=None: V(five(x), five(y))

    zero = jnp.zeros(1)
    assert (
        differentiable.fixed_point(one_shot(lk.matching_pennies()), zero, zero).kind
        == "stable"
    )
    # Chicken: indifferent where P(D) (100 - 1) = P(C), P(C) = .99
    at = jnp.full(1, np.log(99.0))
    assert (
        differentiable.fixed_point(one_shot(lk.chicken()), at, at).kind
        == "strict saddle"
    )


def test_a_point_that_is_no_fixed_point_is_refused():
    with pytest.raises(
        ValueError, match=r"own, other: expected a fixed point, .* got one of size"
    ):
        differentiable.fixed_point(differentiable.tandem(), jnp.ones(1), jnp.ones(1))


def test_a_point_found_by_learning_will_do():
    """In float32, some 1e-6 away from the point itself."""
    half = jnp.full(1, 0.5, "float32")
    found = differentiable.fixed_point(differentiable.tandem(), half + 1e-6, half)
    assert found.kind == "stable"


def test_it_is_differentiable_and_compiles():
    game = differentiable.ultimatum()
    both = jax.jit(jax.hessian(lambda x, y: game(x, y)[0]))(jnp.ones(1), jnp.ones(1))
    assert np.isfinite(both).all()
