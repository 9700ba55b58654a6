"""The meta-game, its agent, and training that can be interrupted."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

import lolakit as lk
from lolakit.meta import mfos
from lolakit.meta.metagame import meta_episodes
from lolakit.meta.ppo import Network, gaussian, ppo
from lolakit.seeds import checkpoints, training

pytestmark = pytest.mark.usefixtures("adam")

GAME = lk.MatrixGame([[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8)
SMALL = {"batch": 3, "num_steps": 4, "agent": ppo(hidden=5), "progress": False}


def learns(game, step=1.0):
    return lk.ascend(
        lk.naive(lk.exact_values(game)), optax.sgd(step), lk.normal_logits()
    )


def networks(game, hidden=6, seed=0):
    return mfos.fresh(ppo(hidden=hidden), game, jax.random.key(seed))[0]


def test_the_meta_game_by_hand():
    """The agent sees both policies of the step before; the opponent learns from them."""
    network = networks(GAME)
    me = mfos.learner(network, GAME)
    seen = meta_episodes(
        GAME, me, learns(GAME.swap()), jax.random.key(1), num_steps=4, batch=2
    )
    V = jax.jit(lk.exact_values(GAME))
    theirs = jax.jit(jax.grad(lambda psi, phi: V(phi, psi)[1]))
    for i in range(2):
        for t in range(1, 4):
            phi, psi = seen.theta_1[t - 1, i], seen.theta_2[t - 1, i]
            s = 1 / (1 + np.exp(-np.concatenate([phi, psi])))
            np.testing.assert_allclose(seen.states[0].s[t, i], s, rtol=1e-12)
            mean, variance = gaussian(network.actor, jnp.asarray(s))
            log_p = stats.norm(mean, np.sqrt(variance)).logpdf(seen.theta_1[t, i])
            np.testing.assert_allclose(seen.states[0].log_p[t, i], log_p.sum())
            moved = psi + theirs(psi, phi)
            np.testing.assert_allclose(seen.theta_2[t, i], moved, atol=1e-12)
            R = 0.2 * V(seen.theta_1[t, i], seen.theta_2[t, i])
            np.testing.assert_allclose(seen.R[t, i], R, rtol=1e-12)


def test_policies_are_drawn_from_the_gaussian_of_the_network():
    network = networks(GAME)
    update = mfos.learner(network, GAME).update
    own, other = jnp.linspace(-1, 1, 5), jnp.linspace(2, -2, 5)
    keys = jax.random.split(jax.random.key(0), 20_000)
    nothing = mfos.Memory(jnp.zeros(10), jnp.zeros(()))
    a, memory = jax.vmap(lambda key: update(key, own, other, nothing))(keys)
    mean, variance = gaussian(network.actor, memory.s[0])
    # 5 standard errors of a mean, and of a variance, of 20 000 draws
    assert (jnp.abs(a.mean(axis=0) - mean) < 5 * jnp.sqrt(variance / 20_000)).all()
    assert (jnp.abs(a.var(axis=0) / variance - 1) < 5 * np.sqrt(2 / 20_000)).all()


def test_in_a_one_shot_game_one_logit_is_seen_and_chosen():
    game = lk.chicken()
    network = networks(game)
    assert network.actor.W1.shape == (6, 2) and network.actor.W2.shape == (2, 6)
    update = mfos.learner(network, game).update
    own, other = jnp.arange(5.0), jnp.arange(5.0, 10.0)
    nothing = mfos.Memory(jnp.zeros(2), jnp.zeros(()))
    theta, memory = update(jax.random.key(0), own, other, nothing)
    np.testing.assert_array_equal(memory.s, jax.nn.sigmoid(jnp.array([0.0, 5.0])))
    assert theta[0] != 0 and (theta[1:] == own[1:]).all()


def same(a, b):
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_training_follows_from_its_key_and_goes_on_after_a_break(tmp_path):
    key, path = jax.random.key(0), tmp_path / "agents" / "one.safetensors"
    whole = mfos.train(GAME, learns(GAME.swap()), key, episodes=5, **SMALL)
    assert whole.history.shape == (5, 2)
    how = SMALL | {"path": path, "save_every": 2}
    short = mfos.train(GAME, learns(GAME.swap()), key, episodes=3, **how)
    np.testing.assert_array_equal(short.history, whole.history[:3])
    longer = mfos.train(GAME, learns(GAME.swap()), key, episodes=5, **how)
    same(whole, longer)
    with pytest.raises(ValueError, match="at most 4 steps, got 5"):
        mfos.train(GAME, learns(GAME.swap()), key, episodes=4, **how)
    other = mfos.train(
        GAME, learns(GAME.swap()), jax.random.key(1), episodes=5, **SMALL
    )
    assert (other.history != whole.history).all()


def test_an_interruption_loses_at_most_the_last_chunk(tmp_path, monkeypatch):
    path, how = tmp_path / "one", SMALL | {"save_every": 2}
    count, usual = [], jax.random.fold_in

    def breaks(key, i):
        count.append(i)
        if i == 5:
            raise KeyboardInterrupt
        return usual(key, i)

    monkeypatch.setattr(jax.random, "fold_in", breaks)
    with pytest.raises(KeyboardInterrupt):
        mfos.train(
            GAME, learns(GAME.swap()), jax.random.key(0), episodes=9, path=path, **how
        )
    monkeypatch.undo()
    assert count[-1] == 5
    opponent = learns(GAME.swap())
    on = mfos.train(GAME, opponent, jax.random.key(0), episodes=4, path=path, **how)
    assert len(on.history) == 4  # written before the break, and read back here
    on = mfos.train(GAME, opponent, jax.random.key(0), episodes=9, path=path, **how)
    same(on, mfos.train(GAME, opponent, jax.random.key(0), episodes=9, **how))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A call of `train` whose checkpoint is there."""
    call = {"game": GAME, "opponent": learns(GAME.swap()), "key": jax.random.key(0)}
    call |= SMALL | {"episodes": 1, "path": tmp_path_factory.mktemp("agents") / "one"}
    with jax.numpy_dtype_promotion("standard"):  # optax's Adam mixes
        mfos.train(**call)
    return call


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"game": lk.prisoners_dilemma()}, "with payoff = "),
        ({"game": GAME._replace(gamma=0.9)}, "with gamma = 0.9"),
        ({"opponent": learns(GAME.swap(), 0.5)}, "with opponent = "),
        ({"key": jax.random.key(1)}, "with key = "),
        ({"batch": 4}, "with sizes = "),
        ({"agent": ppo(hidden=5, entropy_weight=0.5)}, "with agent = "),
        ({"agent": ppo(hidden=6)}, "expected other arrays"),
        ({"game": lk.chicken()}, "expected other arrays"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(trained, change, message):
    call = trained | change
    if "game" in change:
        call["opponent"] = learns(call["game"].swap())
    with pytest.raises(ValueError, match=message):
        mfos.train(**call)


def test_a_checkpoint_of_almost_the_same_sizes_is_refused_too(tmp_path):
    def go(path, size, rate):
        about = {"size": np.array([size]), "rate": rate}
        step = lambda state, key: (state + 1.0, state)
        how = {"about": about, "path": path, "progress": False}
        return training.run("count", step, jnp.zeros(()), jax.random.key(0), 2, **how)

    path = tmp_path / "one"
    assert (
        go(path, 4096, 0.96)[1].tolist() == [0, 1] == go(path, 4096, 0.96)[1].tolist()
    )
    for size, rate in ((4097, 0.96), (4096, 0.961)):
        with pytest.raises(ValueError, match="expected a training with"):
            go(path, size, rate)


def test_checkpoints_refuse_other_files(tmp_path, monkeypatch):
    path, tree = tmp_path / "one", {"a": np.arange(3.0), "b": (1, np.ones((2, 2)))}
    checkpoints.save(path, "thing", tree)
    same(checkpoints.load(path, "thing", tree), tree)
    assert [p.name for p in tmp_path.iterdir()] == ["one"]
    with pytest.raises(ValueError, match=r"lolakit = 'else', got 'thing'"):
        checkpoints.load(path, "else", tree)
    for like in (
        {"a": np.arange(3.0)},
        {**tree, "c": 1},
        {**tree, "a": np.zeros(4)},
        {**tree, "a": np.arange(3)},
    ):
        with pytest.raises(ValueError, match="expected other arrays"):
            checkpoints.load(path, "thing", like)
    any_length = checkpoints.load(path, "thing", {**tree, "a": np.zeros(0)})
    same(any_length, tree)
    monkeypatch.setattr(checkpoints, "FORMAT", "3")
    with pytest.raises(ValueError, match="format = '3', got '2'"):
        checkpoints.load(path, "thing", tree)
    path.write_text("something else", encoding="utf8")
    with pytest.raises(ValueError, match="expected a safetensors file"):
        checkpoints.load(path, "thing", tree)
    with pytest.raises(FileNotFoundError):
        checkpoints.load(tmp_path / "none", "thing", tree)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"opponent": 3}, "opponent: expected a Learner, got 3"),
        ({"opponent": lk.fixed(jnp.zeros(4))}, "expected a learner with five logits"),
        ({"opponent": learns(GAME)}, "second player to be built on game.swap"),
        ({"num_steps": 0}, "num_steps: expected an integer of at least 1, got 0"),
        ({"batch": 0}, "batch: expected an integer of at least 1, got 0"),
        ({"episodes": 0}, "episodes: expected an integer of at least 1, got 0"),
        ({"save_every": 0}, "save_every: expected an integer of at least 1, got 0"),
    ],
)
def test_bad_training(change, message):
    call = {"game": GAME, "opponent": learns(GAME.swap()), "key": jax.random.key(0)}
    call |= SMALL | {"episodes": 1} | change
    with pytest.raises(ValueError, match=message):
        mfos.train(**call)


def test_what_is_not_finite_stops_the_training(tmp_path):
    nothing = lk.fixed(jnp.full(5, jnp.nan))
    path = tmp_path / "one"
    with pytest.raises(FloatingPointError, match="not finite by step 1"):
        mfos.train(GAME, nothing, jax.random.key(0), episodes=1, path=path, **SMALL)
    assert not path.exists()


def test_it_learns_to_drive_straight_on():
    """Chicken against somebody who always swerves: straight on earns 1, chance about 1/2.

    3/4 is half of the way; with an entropy bonus nobody reaches 1 in 40 episodes.
    """
    swerves = lk.fixed(lk.always_cooperate())
    agent = mfos.train(
        lk.chicken(),
        swerves,
        jax.random.key(0),
        episodes=40,
        batch=32,
        num_steps=10,
        agent=ppo(hidden=32, learning_rate=0.01),
        progress=False,
    )
    assert agent.history[0, 0] < 0.6 < 0.75 < agent.history[-1, 0]
    np.testing.assert_allclose(agent.history.sum(axis=1), 0, atol=1e-6)


# ── self-play ────────────────────────────────────────────────────────────────────


def together(anneal, episodes=2, **options):
    return lk.self_play(
        GAME,
        learns,
        jax.random.key(0),
        episodes=episodes,
        anneal=anneal,
        **SMALL,
        **options,
    )


def test_agents_that_meet_see_the_same_games():
    one, two = together(anneal=1.0)
    np.testing.assert_array_equal(one.history, two.history[:, ::-1])


def test_agents_apart_play_simple_learners():
    """With no mixture, each seat is an ordinary training against a naive learner."""
    one, two = together(anneal=0.0, episodes=1)
    keys = jax.random.split(jax.random.key(0), 3)
    runs = jax.random.split(jax.random.fold_in(keys[0], 0), 3)[1:]
    for agent, seat, key, run in zip(
        (one, two), (GAME, GAME.swap()), keys[1:], runs, strict=True
    ):
        state = mfos.fresh(SMALL["agent"], seat, key)
        me = mfos.learner(state[0], seat)
        seen = meta_episodes(seat, me, learns(seat.swap()), run, num_steps=4, batch=3)
        np.testing.assert_allclose(agent.history[0], seen.R.mean((0, 1)), rtol=1e-10)
        right, _ = mfos.learn(SMALL["agent"], state, seat, seen, 0)
        jax.tree.map(
            lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-9),
            agent.network,
            right,
        )


def test_the_mixture_shifts_as_announced():
    """anneal = 1/20: they meet in episode e with probability e / 20."""
    one, two = together(anneal=1 / 20, episodes=40)
    met = (one.history == two.history[:, ::-1]).all(axis=1)
    assert met[20:].all() and not met[:5].all()
    assert 3 <= met[:20].sum() <= 17  # 10.5 expected, sd 1.8: 4 sd either way


@pytest.mark.slow
def test_self_play_goes_on_after_a_break(tmp_path):
    whole = together(anneal=0.5, episodes=4)
    together(anneal=0.5, episodes=2, path=tmp_path / "pair")
    same(whole, together(anneal=0.5, episodes=4, path=tmp_path / "pair"))
    with pytest.raises(ValueError, match="with anneal = "):
        together(anneal=0.25, episodes=4, path=tmp_path / "pair")
    with pytest.raises(ValueError, match="simple: expected a Learner"):
        lk.self_play(GAME, lambda game: 3, jax.random.key(0), episodes=1)


def test_a_network_is_a_learner_for_play():
    me = mfos.learner(networks(GAME), GAME)
    with pytest.raises(ValueError, match=r"built on game.swap\(\)"):
        lk.play(me, me, jax.random.key(0), 1)
    them = mfos.learner(
        Network(*networks(GAME, seed=1)), GAME.swap(), init=lambda k: jnp.ones(5)
    )
    final, _ = lk.play(me, them, jax.random.key(0), 3)
    assert final[0][0].shape == final[1][0].shape == (5,)
