"""COLA: two networks against the consistent rules that are known in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk
from lolakit import differentiable
from lolakit.rules.cola import distance

pytestmark = pytest.mark.usefixtures("adam", "optimized")

ZERO, KEY = jnp.zeros(1), jax.random.key(0)


def tandem(x, y, a=0.1):
    """f = c0 + c1 (x + y) for both, where c1 is a root of c1 = -2 (1 + a c1)^2."""
    c1 = max(np.roots([2 * a**2, 4 * a + 1, 2]))
    c0 = 2 / (1 + 2 * a * (1 + a * c1))
    return c0 + c1 * (x + y), c0 + c1 * (x + y)


def hamiltonian(x, y, a=0.1):
    return -(2 * a * x + y) / (1 + 2 * a**2), (x - 2 * a * y) / (1 + 2 * a**2)


def balduzzi(x, y):
    """At a = .1, where the orders of HOLA run away."""
    return -7 * x - 3 * y, 3 * x - 7 * y


CLOSED = {"tandem": tandem, "hamiltonian": hamiltonian, "balduzzi": balduzzi}


def train(name, **settings):
    game = getattr(differentiable, name)()
    given = {"lookahead": 0.1, "batch": 16, "hidden": (), "updates": 4000} | settings
    return game, lk.cola(game, ZERO, ZERO, KEY, **given)


@pytest.mark.parametrize("name, rate", [
    ("tandem", 0.02), ("hamiltonian", 0.02), ("balduzzi", 0.1),
])  # fmt: skip
def test_affine_networks_find_the_closed_form(name, rate):
    """In both seats, and, since it is affine, outside of the region too."""
    _, found = train(name, learning_rate=rate)
    for x, y in ((0.3, -0.2), (-0.9, 0.4), (5.0, 3.0)):
        own, other = jnp.array([x]), jnp.array([y])
        got = found.one(own, other)[0], found.two(other, own)[0]
        np.testing.assert_allclose(got, CLOSED[name](x, y), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", CLOSED)
def test_the_closed_forms_are_consistent(name):
    """By their definition: each is the slope of its value after the other's step."""
    game, f, (x, y) = getattr(differentiable, name)(), CLOSED[name], (0.3, -0.2)
    h_1 = jax.grad(lambda x: game(x, y + 0.1 * f(x, y)[1])[0])(x)
    h_2 = jax.grad(lambda y: game(x + 0.1 * f(x, y)[0], y)[1])(y)
    np.testing.assert_allclose(f(x, y), (h_1, h_2), rtol=1e-9)


def test_where_it_rests_in_the_tandem_game():
    """At x + y = 1.1708, and not at the stable fixed points of the game, x + y = 1."""
    _, found = train("tandem", learning_rate=0.02)
    learner = lk.ascend(
        found.one, optax.sgd(0.1), lambda key: jax.random.normal(key, (1,))
    )
    _, (x, y) = lk.play(learner, learner, KEY, 200)
    assert (x + y)[-1, 0] == pytest.approx(1.1708203932, abs=1e-6)


@pytest.mark.slow
def test_networks_are_more_consistent_than_any_order():
    """In the ultimatum game nothing is affine. Each order believes the other to be one
    below itself; the loss that is reported is how wrong that is, over the same region."""
    game, found = train(
        "ultimatum", lookahead=1.0, hidden=(16, 16), updates=1500, region=2.0
    )
    assert found.loss.shape == (1500,)
    points = jax.random.uniform(KEY, (100, 2, 1), minval=-2, maxval=2)

    def loss(one, two):
        f = one, lambda own, other: two(other, own)
        return jax.jit(jax.vmap(lambda p: distance(game, 1.0, f, *p)))(points).mean()

    orders = [
        loss(*(lk.hola(V, lookahead=1.0, order=n) for V in (game, game.swap())))
        for n in range(4)
    ]
    left = loss(found.one, found.two)
    assert left < min(orders)
    # the mean over batches of 16 of the same points, at the end of the training
    assert left == pytest.approx(found.loss[-200:].mean(), rel=0.5)


@pytest.mark.slow
def test_networks_are_as_consistent_as_the_published_ones():
    """Ultimatum game, lookahead 5, points within +-7: the output that is stored in the
    notebook of Willi et al. (2022) has a mean loss of 0.00694 after 80 000 updates, beside
    1.17, 0.115 and 4.19 for the orders 1, 2 and 4. (Its selector says matching pennies; the
    title of its figure and where its learners end say ultimatum.) All are means over 100
    points. For the orders few points carry nearly all, so that their ratio to COLA's is not
    known to a factor of two. COLA's own loss is: its standard error is a tenth of the
    spread over points, which here is that of our networks."""
    settings = {"lookahead": 5.0, "region": 7.0, "hidden": (16, 16, 16), "batch": 64}
    game, found = train("ultimatum", updates=20_000, **settings)
    points = jax.random.uniform(KEY, (4000, 2, 1), minval=-7, maxval=7)
    f = found.one, lambda own, other: found.two(other, own)
    left = jax.jit(jax.vmap(lambda p: distance(game, 5.0, f, *p)))(points)
    assert left.mean() < 0.00694 + 2 * left.std() / 10


def test_trees_and_a_middle():
    """Networks of any parameters; points are drawn around the middle that is given."""
    game = differentiable.differentiable_game(
        lambda x, y: (-(x["a"] ** 2).sum() * y[0], (x["b"][0] * y[1]).sum())
    )
    own = {"a": jnp.ones(2), "b": jnp.full((1, 2), 3.0)}
    other = (jnp.array(1.0), jnp.ones(2))
    found = lk.cola(
        game, own, other, KEY, lookahead=0.1, updates=2, batch=2, hidden=(3,)
    )
    assert jax.tree.map(jnp.shape, found.one(own, other)) == jax.tree.map(
        jnp.shape, own
    )
    assert jax.tree.map(jnp.shape, found.two(other, own)) == jax.tree.map(
        jnp.shape, other
    )
    W = found.networks[0]
    assert W[0][0].shape == (3, 7) and W[1][0].shape == (4, 3)


def test_all_follows_from_the_key_and_many_train_at_once():
    game = differentiable.hamiltonian()
    train = lambda key: (
        lk.cola(
            game, ZERO, ZERO, key, lookahead=0.1, updates=5, batch=4, hidden=(4,)
        ).loss
    )
    keys = jax.random.split(KEY, 3)
    losses = jax.vmap(train)(keys)
    for key, loss in zip(keys, losses, strict=True):
        np.testing.assert_allclose(train(key), loss, rtol=1e-9)
    assert len(set(losses[:, 0].tolist())) == 3


def test_each_rule_remembers_its_seat():
    game = lk.matching_pennies()
    found = lk.cola(
        lk.exact_values(game), jnp.zeros(5), jnp.zeros(5), KEY, lookahead=0.1,
        updates=1, batch=1, hidden=(),
    )  # fmt: skip
    one, two = (lk.ascend(r, optax.sgd(1.0), lk.normal_logits()) for r in found[:2])
    lk.play(one, two, KEY, 1)
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(one, one, KEY, 1)
