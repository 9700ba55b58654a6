"""LOLA-DiCE in the IPD: batch 128, horizon 150, 200 simultaneous updates of both players.

`make bench`. Nothing else may run beside it. The aims on two cores, for one run with
K = 1, 2, 3 steps of look-ahead: 0.8, 1.2 and 1.7 s, after a compilation of 5 s at most.
Then 16 seeds side by side, and how time and memory grow with K and with the horizon.
"""

import jax
import optax
import pytest
from peak import peak_memory

import lolakit as lk

GAME = lk.prisoners_dilemma()
KEY = jax.random.key(0)


def learning(steps, horizon=150, batch=128, updates=200, seeds=None):
    """Return the run of one seed, or of several side by side, and its key or keys."""
    values = lk.dice_values(GAME, horizon=horizon, batch=batch)
    rule = lk.lola_unrolled(values, lookahead=0.3 / steps, steps=steps)
    learner = lk.ascend(rule, optax.sgd(0.2), lk.normal_logits())

    def run(key):
        return lk.play(learner, learner, key, updates).history

    if seeds is None:
        return run, KEY
    return jax.vmap(run), jax.random.split(KEY, seeds)


def build(*args, **options):
    """Return the compiled run and its keys."""
    run, keys = learning(*args, **options)
    return jax.jit(run).lower(keys).compile(), keys


def timed(benchmark, *args, rounds=5, **options):
    """Time the compiled run."""
    program, keys = build(*args, **options)
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(keys)), rounds=rounds, warmup_rounds=1
    )


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_compile(benchmark, steps):
    """Trace and compile, from nothing each time."""

    def fresh():
        jax.clear_caches()
        return build(steps)

    benchmark.pedantic(fresh, rounds=3)


@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_run(benchmark, steps):
    """One seed."""
    timed(benchmark, steps)


@pytest.mark.parametrize("horizon", [75, 300, 600])
def test_run_horizon(benchmark, horizon):
    """One seed, two steps, other horizons."""
    timed(benchmark, 2, horizon=horizon, rounds=3)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_run_16_seeds(benchmark, steps):
    """Sixteen seeds side by side."""
    timed(benchmark, steps, seeds=16, rounds=2)


PEAK = """
from bench_dice import *
steps, horizon = map(int, sys.argv[1:])
program, keys = build(steps, horizon=horizon, batch=4000, updates=2)
jax.block_until_ready(program(keys))
"""


@pytest.mark.parametrize(
    "case", ["1 2", "1 150", "2 150", "3 150", "6 150", "2 300", "2 600"]
)
def test_peak_memory(benchmark, case):
    """Peak resident memory, K and horizon, at batch 4000: a process of its own, in MB."""
    peak_memory(benchmark, PEAK, case)
