"""Updates a second of each rule in the IPD, beside LOLA: 1000 seeds, 20 simultaneous updates.

`make bench ARGS='-- -k rules'`. Nothing else may run beside it. Compiled programs, exact
values; an update is one player's. How long a rule took to trace and compile is noted beside
it, as `compile s`, and `updates a second` is from the median run. COLA is two
networks; how well they are trained does not change how long they run, so here they are not.
"""

import time

import jax
import jax.numpy as jnp
import optax
import pytest

import lolakit as lk

SEEDS, STEPS = 1000, 20
ONE = {"lookahead": 1.0}
RULES = {
    "naive": lk.naive,
    "lola": lambda V: lk.lola(V, **ONE),
    "lola_taylor": lambda V: lk.lola_taylor(V, **ONE),
    "lola_unrolled": lambda V: lk.lola_unrolled(V, **ONE),
    "look_ahead": lambda V: lk.look_ahead(V, **ONE),
    "sos": lambda V: lk.sos(V, **ONE),
    "cgd": lambda V: lk.cgd(V, **ONE),
    "consensus": lambda V: lk.consensus(V, weight=1.0),
    "symplectic_adjustment": lambda V: lk.symplectic_adjustment(V),
    "symplectic_adjustment, aligned": lambda V: lk.symplectic_adjustment(V, align=True),
    "hola, order 2": lambda V: lk.hola(V, **ONE, order=2),
    "hola, order 3": lambda V: lk.hola(V, **ONE, order=3),
    "pola, 100 outer steps": lambda V: lk.pola(V, **ONE, outer_penalty=100.0),
    "cola": lambda V: (
        lk.cola(
            V, jnp.zeros(5), jnp.zeros(5), jax.random.key(1), **ONE, updates=1, batch=1
        ).one
    ),
}


def learning(rule):
    """Return the function of one key that plays a rule against itself in the IPD."""
    values = lk.exact_values(lk.prisoners_dilemma())
    learner = lk.ascend(rule(values), optax.sgd(1.0), lk.normal_logits())

    def run(key):
        return lk.play(learner, learner, key, STEPS, lambda a, b: ()).final[0][0]

    return run


@pytest.mark.parametrize("name", RULES)
def test_updates(benchmark, name):
    """Run the compiled program."""
    keys = jax.random.split(jax.random.key(0), SEEDS)
    run = jax.vmap(learning(RULES[name]))  # a training, if there is one, is not timed
    begin = time.perf_counter()
    program = jax.jit(run).lower(keys).compile()
    benchmark.extra_info["compile s"] = time.perf_counter() - begin
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(keys)), rounds=5, warmup_rounds=1
    )
    rate = 2 * SEEDS * STEPS / benchmark.stats.stats.median
    benchmark.extra_info["updates a second"] = rate
