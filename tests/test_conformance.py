"""What every learner must do. A new algorithm is one line in LEARNERS."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk

INIT = lk.normal_logits()


def _relaxed(optimizer):
    """optax's Adam mixes int32 counts and floats; let it, and nothing else, promote."""

    def update(*args):
        with jax.numpy_dtype_promotion("standard"):
            return optimizer.update(*args)

    return optax.GradientTransformation(optimizer.init, update)


def _ascend(rule, optimizer=None):
    def learner(game):
        return lk.ascend(rule(lk.exact_values(game)), optimizer or optax.sgd(1.0), INIT)

    return learner


SIZES = {"horizon": 8, "batch": 6}


def _sampled(rule, **options):
    """A learner on a rule that plays the game itself."""

    def learner(game):
        return lk.ascend(rule(game, **SIZES, **options), optax.sgd(1.0), INIT)

    return learner


def _lola_dice(game, *, objective=lk.centred_dice, steps=1, **sizes):
    values = lk.dice_values(game, **sizes, objective=objective)
    return lk.lola_unrolled(values, lookahead=0.3, steps=steps)


def _modelled(learner, **options):
    return lambda game: lk.modelled(learner(game), game, **SIZES, **options)


def _pola(values):
    return lk.pola(values, lookahead=0.1, outer_penalty=100.0, outer_steps=3)


def _cola(values):
    """A rule that a short training makes, from networks of five units."""
    middle, key = jnp.zeros(5), jax.random.key(9)
    settings = {"updates": 2, "batch": 2, "hidden": (5,)}
    with jax.numpy_dtype_promotion("standard"):  # optax's Adam, as in _relaxed
        return lk.cola(values, middle, middle, key, lookahead=0.1, **settings).one


def _by_gradient():
    return lk.maximum_likelihood(
        lk.log_prob, jnp.zeros(5), _relaxed(optax.adam(0.1)), steps=3
    )


LEARNERS = {
    "fixed": lambda game: lk.fixed(lk.tit_for_tat()),
    "naive": _ascend(lk.naive),
    "naive, adam": _ascend(lk.naive, _relaxed(optax.adam(0.1))),
    "lola": _ascend(lambda V: lk.lola(V, lookahead=1.0)),
    "lola_taylor": _ascend(lambda V: lk.lola_taylor(V, lookahead=1.0)),
    "look_ahead": _ascend(lambda V: lk.look_ahead(V, lookahead=1.0)),
    "lola_unrolled": _ascend(lambda V: lk.lola_unrolled(V, lookahead=1.0)),
    "lola_unrolled, 3 steps": _ascend(
        lambda V: lk.lola_unrolled(V, lookahead=0.3, steps=3)
    ),
    "sos": _ascend(lambda V: lk.sos(V, lookahead=1.0)),
    "cgd": _ascend(lambda V: lk.cgd(V, lookahead=1.0)),
    "consensus": _ascend(lambda V: lk.consensus(V, weight=0.1)),
    "symplectic_adjustment": _ascend(
        lambda V: lk.symplectic_adjustment(V, weight=0.5, align=True)
    ),
    "hola, order 2": _ascend(lambda V: lk.hola(V, lookahead=0.3, order=2)),
    "pola": _ascend(_pola),
    "cola": _ascend(_cola),
    "naive_pg": _sampled(lk.naive_pg),
    "naive_pg, no baseline": _sampled(lk.naive_pg, baseline=lk.no_baseline),
    "lola_pg": _sampled(lk.lola_pg, lookahead=1.0),
    "lola_pg, one batch": _sampled(
        lk.lola_pg, lookahead=1.0, split=False, baseline=lk.state_value
    ),
    "advantage_alignment": _sampled(lk.advantage_alignment, weight=1.0),
    "loqa": _sampled(lk.loqa),
    "LOLA-DiCE": _sampled(_lola_dice),
    "LOLA-DiCE, 3 steps": _sampled(
        _lola_dice, objective=lk.loaded_dice(lk.state_value), steps=3
    ),
    "paper's LOLA on DiCE": _sampled(
        lambda game, **sizes: lk.lola(lk.dice_values(game, **sizes), lookahead=1.0)
    ),
    "modelled LOLA-DiCE": _modelled(_sampled(_lola_dice, steps=2)),
    "modelled lola": _modelled(_ascend(lambda V: lk.lola(V, lookahead=1.0)), window=2),
    "modelled lola_pg": _modelled(
        _sampled(lk.lola_pg, lookahead=1.0), model=_by_gradient()
    ),
}
GAMES = {
    "prisoners_dilemma": lk.prisoners_dilemma(),
    "matching_pennies": lk.matching_pennies(),
    "chicken": lk.chicken(gamma=0.5),
    "stag_hunt": lk.stag_hunt(),
}
OTHER = jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6])


VARIANTS = {
    "naive_pg, no baseline", "lola_pg, one batch", "lola_unrolled, 3 steps",
    "LOLA-DiCE, 3 steps", "paper's LOLA on DiCE", "modelled LOLA-DiCE",
}  # fmt: skip
"""Others of their kind are looked at each time, and these less often."""


@pytest.fixture(
    params=[
        pytest.param(x, marks=pytest.mark.slow if x in VARIANTS else ())
        for x in LEARNERS
    ]
)
def name(request):
    """Return the name of a learner."""
    return request.param


# Compiling is what takes long, and a game is a tree of numbers: one program serves all games.


@cache
def compiled(name):
    """Return `init(game, key)` and `update(game, key, own, other, state)`, compiled."""
    make = LEARNERS[name]
    return (
        jax.jit(lambda game, key: make(game).init(key)),
        jax.jit(lambda game, *args: make(game).update(*args)),
    )


@cache
def playing(name):
    """Return what plays a learner against a naive one in a game, compiled."""
    make, naive = LEARNERS[name], LEARNERS["naive"]
    key = jax.random.key(0)
    return jax.jit(
        lambda game: lk.play(make(game), naive(game.swap()), key, num_steps=20)
    )


def begin_and_update(init, update, key, other=OTHER):
    k_init, k_update = jax.random.split(key)
    theta, state = init(k_init)
    return update(k_update, theta, other, state)


def close(a, b, rtol=1e-9):
    jax.tree.map(
        lambda x, y: np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-9), a, b
    )


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_shapes_stay_and_nothing_is_nan(name, game):
    init, update = compiled(name)
    before = init(game, jax.random.key(0))
    after = update(game, jax.random.key(1), before[0], OTHER, before[1])
    jax.tree.map(lambda x, y: None if x.shape == y.shape else 1 / 0, before, after)
    assert jax.tree.structure(before) == jax.tree.structure(after)
    for x, y in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        assert np.isfinite(y).all()


def test_jit_changes_nothing_and_all_follows_from_the_key(name):
    """The game as an argument or as a constant, compiled or not, once or again."""
    game, key = GAMES["prisoners_dilemma"], jax.random.key(3)
    init, update = (partial(f, game) for f in compiled(name))
    made = begin_and_update(init, update, key)
    again = begin_and_update(init, update, key)
    jax.tree.map(np.testing.assert_array_equal, made, again)
    close(begin_and_update(*LEARNERS[name](game), key), made)


def test_vmap_is_a_loop(name):
    game = GAMES["prisoners_dilemma"]
    init, update = (partial(f, game) for f in compiled(name))
    one = partial(begin_and_update, init, update)
    keys = jax.random.split(jax.random.key(4), 3)
    batch = jax.jit(jax.vmap(one))(keys)
    for i, key in enumerate(keys):
        close(jax.tree.map(lambda x, i=i: x[i], batch), one(key))


@pytest.mark.slow  # of each: that a state keeps its shape, the first test says of all
@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_plays_against_a_naive_learner(name, game):
    _, history = playing(name)(game)
    for theta in history:
        assert theta.shape == (20, 5)
        assert np.isfinite(theta).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("logit", [-30.0, 30.0])
def test_finite_at_saturated_logits(name, dtype, logit):
    game = GAMES["prisoners_dilemma"]
    game = game._replace(payoff=game.payoff.astype(dtype))
    init, update = compiled(name)
    theta, state = jax.tree.map(
        lambda x: x.astype(dtype) if jnp.issubdtype(x.dtype, jnp.floating) else x,
        init(game, jax.random.key(0)),
    )
    theta = jnp.full_like(theta, logit)
    new, _ = update(game, jax.random.key(0), theta, -theta, state)
    assert new.dtype == dtype
    assert np.isfinite(new).all()
