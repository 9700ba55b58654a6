"""The Coin Game: agent-steps a second, updates a second, and own share against seconds.

`make bench ARGS='-- -k coin_game'`. Nothing else may run beside it. A step of a game is two
agent-steps. `compile s` is noted beside each; the rest is from the median run.
"""

import time

import jax
import jax.numpy as jnp
import optax
import pytest

import lolakit as lk
from lolakit.reproduce.coin import DECAY, WEIGHT, learner, networks
from lolakit.values.network_play import log_prob_of, outcome, sampler

GAME = lk.coin_game.rules(memory=True)
BATCH, ROUNDS = 8192, 100
UPDATES = 50


def compiled(benchmark, function, *given):
    """Compile, note how long it took, and time the program."""
    begin = time.perf_counter()
    program = jax.jit(function).lower(*given).compile()
    benchmark.extra_info["compile s"] = time.perf_counter() - begin
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(*given)), rounds=5, warmup_rounds=1
    )
    return benchmark.stats.stats.median


def walk(game, key, batch=BATCH, rounds=ROUNDS):
    """Return the sum of rewards of random walkers: games side by side."""

    def round_(boards, key):
        k_act, k_step = jax.random.split(key)
        actions = jax.random.randint(k_act, (batch, 2), 0, game.actions)
        keys = jax.random.split(k_step, batch)
        boards, r = jax.vmap(lambda s, a, k: lk.coin_game.step(game, s, a, k))(
            boards, actions, keys
        )
        return boards, r.sum()

    k_boards, k_play = jax.random.split(key)
    keys = jax.random.split(k_boards, batch)
    boards = jax.vmap(lambda k: lk.coin_game.reset(game, k))(keys)
    return jax.lax.scan(round_, boards, jax.random.split(k_play, rounds))[1].sum()


@pytest.mark.parametrize("name", ["plain", *lk.coin_game.VARIANTS])
def test_steps(benchmark, name):
    """Random walkers in each variant: at least 1e7 agent-steps a second."""
    game = lk.coin_game.rules(**lk.coin_game.VARIANTS.get(name, {}))
    seconds = compiled(benchmark, lambda key: walk(game, key), jax.random.key(0))
    benchmark.extra_info["agent-steps a second"] = 2 * BATCH * ROUNDS / seconds


def pg(rule):
    """Return a learner on a rule that knows no network."""
    policy = networks(GAME)
    doors = {"sample": sampler(policy), "log_prob": log_prob_of(policy)}
    made = rule(GAME, horizon=32, batch=128, **doors)
    return lk.ascend(made, optax.adam(0.008), policy.init)


def dice(game, **each):
    """Return LOLA-DiCE with one imagined step."""
    return lk.lola_unrolled(lk.dice_values(game, **each), lookahead=1.0)


LEARNERS = {
    "actor and critic": lambda: learner(GAME, networks(GAME), 0.0),
    "Advantage Alignment": lambda: learner(GAME, networks(GAME), WEIGHT),
    "Advantage Alignment, GRU": lambda: learner(
        GAME, lk.networks.gru_policy(GAME.inputs, GAME.actions), WEIGHT
    ),
    "naive_pg": lambda: pg(lk.naive_pg),
    "lola_pg": lambda: pg(lambda game, **each: lk.lola_pg(game, lookahead=1.0, **each)),
    "LOLA-DiCE": lambda: pg(dice),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_updates(benchmark, name):
    """Both players learn, from 128 games of 32 rounds each."""
    one = LEARNERS[name]()
    run = lambda key: lk.play(one, one, key, UPDATES, lambda a, b: ()).final
    seconds = compiled(benchmark, run, jax.random.key(0))
    benchmark.extra_info["updates of both a second"] = UPDATES / seconds
    benchmark.extra_info["decay"] = DECAY


@pytest.mark.parametrize("updates", [100, 200, 400, 600])
def test_share_against_seconds(benchmark, updates):
    """What a pair of Advantage Alignment has learned after so many updates, and when."""
    policy, one = networks(GAME), learner(GAME, networks(GAME), WEIGHT)

    def run(key):
        final, _ = lk.play(one, one, key, updates, lambda a, b: ())
        thetas = final[0][0].policy, final[1][0].policy
        found = outcome(GAME, (policy, policy), thetas, key)
        return jnp.stack([found.share, found.rate])

    compiled(benchmark, run, jax.random.key(0))
    share, rate = jax.jit(run)(jax.random.key(0))
    benchmark.extra_info |= {"own share": float(share), "pick rate": float(rate)}
