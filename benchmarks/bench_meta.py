"""M-FOS and M-MAML in the IPD: one meta-episode, its parts, and whole trainings.

`make bench`. Nothing else may run beside it. The aim on two cores: 0.035 s for a
meta-episode with a batch of 128 (100 steps, then four epochs of PPO).
"""

import jax
import numpy as np
import pytest

import lolakit as lk
from lolakit.meta import mfos, mmaml
from lolakit.reproduce.players import naive_learner, taylor_learner

GAME = lk.prisoners_dilemma()
KEY = jax.random.key(0)
OPPONENTS = {"NL": naive_learner, "LOLA": taylor_learner}


def parts(batch, make=naive_learner):
    """Return playing, learning and both, with what they need."""
    agent, opponent = lk.ppo.ppo(), make(GAME.swap())
    state = mfos.fresh(agent, GAME, KEY)

    def playing(state, key):
        me = mfos.learner(state[0], GAME)
        return lk.meta_episodes(GAME, me, opponent, key, batch=batch)

    def learning(state, seen):
        return mfos.learn(agent, state, GAME, seen, 0)

    def both(state, key):
        seen = playing(state, key)
        return learning(state, seen), seen.R.mean((0, 1))

    return playing, learning, both, state


def timed(benchmark, function, *args, rounds=10):
    """Time a compiled function."""
    program = jax.jit(function).lower(*args).compile()
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(*args)), rounds=rounds, warmup_rounds=1
    )


@pytest.mark.parametrize("name", OPPONENTS)
def test_compile(benchmark, name):
    """Trace and compile one meta-episode, from nothing each time."""
    *_, both, state = parts(128, OPPONENTS[name])

    def fresh():
        jax.clear_caches()
        jax.jit(both).lower(state, KEY).compile()

    benchmark.pedantic(fresh, rounds=3)


@pytest.mark.parametrize("batch", [128, 512, 4096])
@pytest.mark.parametrize("name", OPPONENTS)
def test_meta_episode(benchmark, name, batch):
    """Play it and learn from it."""
    *_, both, state = parts(batch, OPPONENTS[name])
    timed(benchmark, both, state, KEY, rounds=10 if batch < 4096 else 3)


@pytest.mark.parametrize("batch", [128, 512, 4096])
def test_playing(benchmark, batch):
    """The rollout alone."""
    playing, *_, state = parts(batch)
    timed(benchmark, playing, state, KEY, rounds=5)


@pytest.mark.parametrize("batch", [128, 512, 4096])
def test_learning(benchmark, batch):
    """PPO alone."""
    playing, learning, _, state = parts(batch)
    timed(benchmark, learning, state, jax.jit(playing)(state, KEY), rounds=5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_training(benchmark, seed):
    """640 episodes against a naive learner, all included; and when it first earns -0.55."""

    def train():
        jax.clear_caches()
        agent = mfos.train(
            GAME,
            naive_learner(GAME.swap()),
            jax.random.key(seed),
            episodes=640,
            progress=False,
        )
        eight = np.convolve(agent.history[:, 0], np.ones(8) / 8, "valid")
        benchmark.extra_info["episodes"] = int(np.argmax(eight > -0.55)) + 8
        benchmark.extra_info["R"] = agent.history[-8:].mean(axis=0).tolist()

    benchmark.pedantic(train, rounds=1)


def test_mmaml_update(benchmark):
    """Forty updates of a start, batch 64, through 100 steps of both, compilation apart."""
    opponent = naive_learner(GAME.swap())
    start = mmaml.Start(lk.normal_logits()(KEY), jax.numpy.array(0.5))

    def loss(start, key):
        return -mmaml.meta_value(start, GAME, opponent, key, batch=64, num_steps=100)

    def updates(start, keys):
        return jax.lax.scan(
            lambda s, k: (
                jax.tree.map(lambda a, b: a - 0.01 * b, s, jax.grad(loss)(s, k)),
                0,
            ),
            start,
            keys,
        )

    timed(benchmark, updates, start, jax.random.split(KEY, 40), rounds=5)
