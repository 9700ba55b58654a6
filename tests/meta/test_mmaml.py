"""M-MAML: its meta-gradient against finite differences, its parts, its training."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk
from lolakit.meta import mmaml

pytestmark = pytest.mark.usefixtures("adam")

GAME = lk.MatrixGame([[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8)
V = jax.jit(lk.exact_values(GAME))
D_1 = jax.jit(jax.grad(lambda phi, psi: V(phi, psi)[0]))
D_2 = jax.jit(jax.grad(lambda phi, psi: V(phi, psi)[1], argnums=1))
START = mmaml.Start(jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]), jnp.array(0.6))
SIZES = {"num_steps": 6, "batch": 2}
KEY = jax.random.key(3)


def learns(game, step=0.7):
    return lk.ascend(
        lk.naive(lk.exact_values(game)), optax.sgd(step), lk.normal_logits()
    )


OPPONENT = learns(GAME.swap())


def psi_0(i):
    """The opponent's first policy in meta-episode i: `play` splits its key in three."""
    return OPPONENT.init(jax.random.split(jax.random.split(KEY, 2)[i], 3)[1])[0]


def walk(start, psi, given=None):
    """Return (J, the psi on the way) of one meta-episode, by a plain loop.

    With `given`, the opponent walks through these policies whatever I do.
    """
    phi, way, total = start.phi, [psi], 0.0
    for t in range(6):
        d_phi, d_psi = D_1(phi, psi), D_2(phi, psi)
        phi = phi + start.alpha * d_phi
        psi = psi + 0.7 * d_psi if given is None else given[t + 1]
        way.append(psi)
        total += 0.2 * V(phi, psi)[0] / 6
    return total, way


def differences(f, start, h=1e-5):
    """Central differences in the six numbers of a start."""
    flat, back = jax.flatten_util.ravel_pytree(start)
    steps = h * jnp.eye(6)
    return jnp.stack([(f(back(flat + e)) - f(back(flat - e))) / (2 * h) for e in steps])


def flat(start):
    return jax.flatten_util.ravel_pytree(start)[0]


def test_the_meta_value_by_a_plain_loop():
    right = np.mean([walk(START, psi_0(i))[0] for i in range(2)])
    found = mmaml.meta_value(START, GAME, OPPONENT, KEY, **SIZES)
    np.testing.assert_allclose(found, right, rtol=1e-12)


def test_the_values_before_each_step_by_a_plain_loop():
    """t = 0 ... T - 1, with what the first policies are worth and without the last."""

    def before(start, psi):
        phi, total = start.phi, 0.0
        for _ in range(6):
            total += 0.2 * V(phi, psi)[0] / 6
            d_phi, d_psi = D_1(phi, psi), D_2(phi, psi)
            phi, psi = phi + start.alpha * d_phi, psi + 0.7 * d_psi
        return total

    right = np.mean([before(START, psi_0(i)) for i in range(2)])
    how = (START, GAME, OPPONENT, KEY)
    found = mmaml.meta_value(*how, count="before", **SIZES)
    np.testing.assert_allclose(found, right, rtol=1e-12)
    after = mmaml.meta_value(*how, **SIZES)
    assert after == mmaml.meta_value(*how, count="after", **SIZES) != found
    # with one step there is nothing of the other's learning in it
    short = SIZES | {"num_steps": 1, "count": "before"}
    own, peer = mmaml.meta_gradient(*how, **short)
    first = [0.2 * D_1(START.phi, psi_0(i)) for i in range(2)]
    np.testing.assert_allclose(own.phi, np.mean(first, axis=0), rtol=1e-12)
    assert (flat(peer) == 0).all()


def test_the_meta_gradient_and_its_parts_against_finite_differences():
    """Errors of central differences: h^2 times a third derivative, and 1e-16 / h."""
    own, peer = mmaml.meta_gradient(START, GAME, OPPONENT, KEY, **SIZES)
    ways = [walk(START, psi_0(i))[1] for i in range(2)]

    def whole(start):
        return jnp.stack([walk(start, psi_0(i))[0] for i in range(2)]).mean()

    def of_own(start):
        return jnp.stack([walk(start, psi_0(i), ways[i])[0] for i in range(2)]).mean()

    np.testing.assert_allclose(flat(own), differences(of_own, START), atol=1e-8)
    total = jax.grad(mmaml.meta_value)(START, GAME, OPPONENT, KEY, **SIZES)
    np.testing.assert_allclose(flat(total), differences(whole, START), atol=1e-8)
    np.testing.assert_allclose(flat(own) + flat(peer), flat(total), atol=1e-12)
    assert jnp.abs(flat(peer)).max() > 0.01


def test_nobody_shapes_who_does_not_learn():
    still = lk.fixed(jnp.zeros(5))
    _, peer = mmaml.meta_gradient(START, GAME, still, KEY, **SIZES)
    assert (flat(peer) == 0).all()


def test_a_start_is_a_naive_learner():
    me = mmaml.learner(START, GAME)
    theta, state = me.init(KEY)
    np.testing.assert_array_equal(theta, START.phi)
    other = jnp.ones(5)
    moved, _ = me.update(KEY, theta, other, state)
    right = theta + 0.6 * jax.grad(lambda x: V(x, other)[0])(theta)
    np.testing.assert_allclose(moved, right, rtol=1e-12)
    played = mmaml.learner(START._replace(alpha=1.0), GAME).update(
        KEY, theta, other, state
    )
    np.testing.assert_allclose(played[0], theta + (right - theta) / 0.6, rtol=1e-12)


SMALL = {"batch": 2, "num_steps": 4, "learning_rate": 0.05, "progress": False}


def test_training_climbs_and_goes_on_after_a_break(tmp_path):
    whole = mmaml.train(GAME, OPPONENT, KEY, updates=40, **SMALL)
    assert whole.history.shape == (40, 2)
    assert whole.history[-10:, 0].mean() > whole.history[:10, 0].mean() + 0.1
    assert whole.history[-1, 1] == whole.start.alpha
    path = tmp_path / "start"
    mmaml.train(GAME, OPPONENT, KEY, updates=13, path=path, **SMALL)
    again = mmaml.train(GAME, OPPONENT, KEY, updates=40, path=path, **SMALL)
    jax.tree.map(np.testing.assert_array_equal, whole, again)
    with pytest.raises(ValueError, match="with learning_rate = "):
        how = SMALL | {"learning_rate": 0.1}
        mmaml.train(GAME, OPPONENT, KEY, updates=40, path=path, **how)
    with pytest.raises(ValueError, match="with count before = "):
        mmaml.train(GAME, OPPONENT, KEY, updates=40, path=path, count="before", **SMALL)
    with pytest.raises(ValueError, match="with opponent = "):
        mmaml.train(GAME, learns(GAME.swap(), 0.1), KEY, updates=40, path=path, **SMALL)


def test_a_start_begins_where_init_says():
    ones = mmaml.train(
        GAME, OPPONENT, KEY, updates=1, init=lambda key: jnp.ones(5), **SMALL
    )
    # One step of Adam: at most the learning rate in each number.
    np.testing.assert_allclose(ones.start.phi, 1.0, atol=0.0501)


def test_a_step_size_can_be_kept(tmp_path):
    how = SMALL | {"updates": 5, "path": tmp_path / "start"}
    kept = mmaml.train(GAME, OPPONENT, KEY, alpha=1.0, **how)
    assert kept.start.alpha == 1.0 and (kept.history[:, 1] == 1.0).all()
    with pytest.raises(ValueError, match="with kept alpha = "):
        mmaml.train(GAME, OPPONENT, KEY, **how)
    with pytest.raises(ValueError, match="alpha: expected a finite number"):
        mmaml.train(GAME, OPPONENT, KEY, alpha="large", **SMALL)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"opponent": None}, "opponent: expected a Learner, got None"),
        ({"opponent": learns(GAME)}, "second player to be built on game.swap"),
        ({"num_steps": 0}, "num_steps: expected an integer of at least 1, got 0"),
        ({"batch": 0}, "batch: expected an integer of at least 1, got 0"),
        ({"updates": 0}, "updates: expected an integer of at least 1, got 0"),
        ({"learning_rate": "fast"}, "learning_rate: expected a finite number"),
        ({"count": "all"}, 'count: expected "before" or "after", got \'all\''),
    ],
)
def test_bad_training(change, message):
    call = {"game": GAME, "opponent": OPPONENT, "key": KEY} | SMALL | {"updates": 1}
    with pytest.raises(ValueError, match=message):
        mmaml.train(**(call | change))
