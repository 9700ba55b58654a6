"""Sampled play and LOLA-PG at the paper's size: batch 4000, horizon 150, tabular.

`make bench`. Nothing else may run beside it. The aims on two cores: `rollout` at 1e7
rounds a second or more; a simultaneous LOLA-PG update of both players in 0.125 s or less;
and memory that grows in proportion to horizon and batch. Beside the library's rule runs a
straightforward version: the paper's surrogate, differentiated twice, with one batch for
both factors and for parameters that are one vector.
"""

import jax
import jax.numpy as jnp
import optax
import pytest
from peak import peak_memory

import lolakit as lk

GAME = lk.prisoners_dilemma()
HORIZON, BATCH = 150, 4000
KEY = jax.random.key(0)


def policies():
    """Return two policies, drawn from N(0, 1)."""
    return tuple(jax.random.normal(key, (5,)) for key in jax.random.split(KEY))


def library(horizon=HORIZON, batch=BATCH, **options):
    """Return the library's rule."""
    return lk.lola_pg(GAME, horizon=horizon, batch=batch, lookahead=1.0, **options)


def straightforward(horizon=HORIZON, batch=BATCH):
    """Return the same rule as one would write it first: a surrogate, differentiated."""
    discount = GAME.gamma ** jnp.arange(horizon)

    def rule(own, other, key):
        play = lk.rollout(GAME, own, other, key, horizon=horizon, batch=batch)
        r1, r2 = (discount * (r - r.mean(axis=0)) for r in play.rewards)

        def value(own, other, r):
            thetas = (own, other)
            logs = map(lk.log_prob, thetas, play.states, play.actions)
            one, two = (jnp.cumsum(log, axis=1) for log in logs)
            return (
                (r * one).sum() / batch,
                (r * two).sum() / batch,
                (r * one * two).sum() / batch,
            )

        worth = jax.grad(lambda other: value(own, other, r1)[1])(other)

        def surrogate(own):
            theirs = jax.grad(lambda other: value(own, other, r2)[2])(other)
            return value(own, other, r1)[0] + worth @ theirs

        return jax.grad(surrogate)(own)

    return rule


def update_of_both(rule):
    """Return one simultaneous update of two players on `rule`."""
    learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())

    def update(key, theta_1, theta_2):
        k_1, k_2 = jax.random.split(key)
        state = learner.init(key)[1]
        one, _ = learner.update(k_1, theta_1, theta_2, state)
        two, _ = learner.update(k_2, theta_2, theta_1, state)
        return one, two

    return update


def timed(benchmark, function, *args, rounds=15):
    program = jax.jit(function).lower(*args).compile()
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(*args)), rounds=rounds, warmup_rounds=2
    )


def test_rollout(benchmark):
    """Game steps a second."""

    def play(key, own, other):
        return lk.rollout(GAME, own, other, key, horizon=HORIZON, batch=BATCH)

    timed(benchmark, play, KEY, *policies())
    rate = HORIZON * BATCH / benchmark.stats.stats.median
    benchmark.extra_info["game steps a second"] = rate
    print(f"\n   {rate:.2e} game steps a second")


RULES = {
    "library": library,
    "library, no split": lambda: library(split=False),
    "library, state value": lambda: library(baseline=lk.state_value),
    "straightforward": straightforward,
}


@pytest.mark.parametrize("name", RULES)
def test_update_run(benchmark, name):
    """One update of both players, compiled."""
    timed(benchmark, update_of_both(RULES[name]()), KEY, *policies())


@pytest.mark.parametrize("name", ["library", "straightforward"])
def test_update_compile(benchmark, name):
    """Trace and compile the update, from nothing each time."""

    def build():
        jax.clear_caches()
        return jax.jit(update_of_both(RULES[name]())).lower(KEY, *policies()).compile()

    benchmark.pedantic(build, rounds=5)


PEAK = """
from bench_policy_gradient import *
horizon, batch = map(int, sys.argv[1:])
update = jax.jit(update_of_both(library(horizon, batch)))
jax.block_until_ready(update(KEY, *policies()))
"""


@pytest.mark.parametrize(
    "sizes", ["1 4", "150 4000", "300 4000", "150 8000", "300 8000", "600 8000"]
)
def test_peak_memory(benchmark, sizes):
    """Peak resident memory of a process that makes one update, in MB (Linux)."""
    peak_memory(benchmark, PEAK, sizes)
