"""How run time grows: with seeds, batch, horizon and look-ahead steps, one at a time.

`make bench`. Nothing else may run beside it. Compiled programs; the compilation is noted
beside each, as `compile s`.
"""

import time

import jax
import optax
import pytest

import lolakit as lk

GAME = lk.prisoners_dilemma()
KEY = jax.random.key(0)


def timed(benchmark, function, *args, rounds=5):
    """Time a compiled function, and note how long it took to trace and compile."""
    begin = time.perf_counter()
    program = jax.jit(function).lower(*args).compile()
    benchmark.extra_info["compile s"] = time.perf_counter() - begin
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(*args)), rounds=rounds, warmup_rounds=1
    )


def pair():
    """Return two policies, drawn from N(0, 1)."""
    return jax.random.normal(KEY, (2, 5))


@pytest.mark.parametrize("seeds", [10, 100, 1000, 10_000, 100_000])
def test_seeds(benchmark, seeds):
    """LOLA with exact gradients, 20 simultaneous updates."""
    values = lk.exact_values(GAME)
    learner = lk.ascend(
        lk.lola(values, lookahead=1.0), optax.sgd(1.0), lk.normal_logits()
    )

    def run(key):
        return lk.play(learner, learner, key, 20, lambda a, b: ()).final[0][0]

    timed(benchmark, jax.vmap(run), jax.random.split(KEY, seeds))


@pytest.mark.parametrize("batch", [250, 1000, 4000, 16_000])
def test_batch(benchmark, batch):
    """One LOLA-PG direction, horizon 150."""
    rule = lk.lola_pg(GAME, horizon=150, batch=batch, lookahead=1.0)
    timed(benchmark, rule, *pair(), KEY)


@pytest.mark.parametrize("horizon", [50, 150, 450, 1350])
def test_horizon(benchmark, horizon):
    """One LOLA-PG direction, batch 1000."""
    rule = lk.lola_pg(GAME, horizon=horizon, batch=1000, lookahead=1.0)
    timed(benchmark, rule, *pair(), KEY)


@pytest.mark.parametrize("K", [1, 2, 4, 8, 16])
def test_steps(benchmark, K):
    """One LOLA-DiCE direction with K look-ahead steps, batch 128, horizon 150."""
    values = lk.dice_values(GAME, horizon=150, batch=128)
    rule = lk.lola_unrolled(values, lookahead=0.3 / K, steps=K)
    timed(benchmark, rule, *pair(), KEY, rounds=20)
