"""1000 seeds x 200 simultaneous LOLA updates in the IPD: compile and run, apart.

`make bench`. Compared in one run: our elimination with an implicit derivative
(`lolakit.values.exact.solve`), and `jnp.linalg.solve` in its place, which calls LAPACK. Nothing
else may run beside it. The aim: at most 0.4 of the run time of `jnp.linalg.solve`, at no
more than 1.5 of its compile time, and the same numbers.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from peak import peak_memory

import lolakit as lk

SEEDS, STEPS = 1000, 200
exact = sys.modules["lolakit.values.exact"]
SOLVERS = {"lolakit": exact.solve, "jnp.linalg.solve": jnp.linalg.solve}


def learning(num_steps=STEPS):
    """Return the function of one key that plays LOLA against LOLA in the IPD."""
    game = lk.prisoners_dilemma()
    values = lk.exact_values(game)
    learner = lk.ascend(
        lk.lola(values, lookahead=1.0), optax.sgd(1.0), lk.normal_logits()
    )

    def run(key):
        (one, two), _ = lk.play(learner, learner, key, num_steps, lambda a, b: ())
        return values(one[0], two[0])

    return run


def keys(seeds=SEEDS):
    """Return the keys of the seeds."""
    return jax.random.split(jax.random.key(0), seeds)


@pytest.fixture(params=SOLVERS)
def solver(request, monkeypatch):
    """Put one of the solvers under `exact_values`."""
    monkeypatch.setattr(exact, "solve", SOLVERS[request.param])
    return request.param


def test_compile(benchmark, solver):
    """Trace and compile, from nothing each time."""

    def build():
        jax.clear_caches()
        return jax.jit(jax.vmap(learning())).lower(keys()).compile()

    benchmark.pedantic(build, rounds=5)


def test_run(benchmark, solver):
    """Run the compiled program."""
    program = jax.jit(jax.vmap(learning())).lower(keys()).compile()
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(keys())), rounds=9, warmup_rounds=1
    )


def test_run_20000_seeds(benchmark):
    """Twenty times the seeds, with our solver only: LAPACK's may never return."""
    many = keys(20_000)
    program = jax.jit(jax.vmap(learning())).lower(many).compile()
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(many)), rounds=3, warmup_rounds=1
    )


def test_same_numbers(benchmark, monkeypatch):
    """One LOLA update of each seed by both solvers: equal to 1e-5, in float32."""
    results = []
    for solve in SOLVERS.values():
        monkeypatch.setattr(exact, "solve", solve)
        rule = lk.lola(lk.exact_values(lk.prisoners_dilemma()), lookahead=1.0)
        pairs = jax.vmap(lambda key: jax.random.normal(key, (2, 5)))(keys())
        results.append(jax.jit(jax.vmap(rule))(pairs[:, 0], pairs[:, 1]))
    benchmark.pedantic(lambda: None)
    scale = np.linalg.norm(results[1], axis=1).max()
    gap = np.abs(results[0] - results[1]).max() / scale
    benchmark.extra_info["largest difference / largest update"] = float(gap)
    print(f"\n   largest difference / largest update: {gap:.1e}")
    assert gap < 1e-5


PEAK = """
from bench_exact import *
if sys.argv[1] != "import":
    exact.solve = SOLVERS[sys.argv[1]]
    jax.block_until_ready(jax.jit(jax.vmap(learning()))(keys(int(sys.argv[2]))))
"""


@pytest.mark.parametrize("case", ["import 0", "lolakit 1000", "lolakit 20000"])
def test_peak_memory(benchmark, case):
    """Peak resident memory of a process of its own, in MB (Linux)."""
    peak_memory(benchmark, PEAK, case)
