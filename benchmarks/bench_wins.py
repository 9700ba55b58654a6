"""What made things faster or smaller, before and after, in one run.

`make bench`. Nothing else may run beside it. Each pair computes the same numbers, which is
asserted first. The fifth pair, the 4x4 solver, is in bench_exact.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bench_meta import parts
from jax import lax
from peak import peak_memory

import lolakit as lk
from lolakit.meta.ppo import Episodes, clipped, entropy, gaussian, log_density
from lolakit.meta.ppo import forward as network_forward

GAME = lk.prisoners_dilemma()
KEY = jax.random.key(0)


def timed(benchmark, function, *args, rounds=10):
    """Time a compiled function."""
    program = jax.jit(function).lower(*args).compile()
    benchmark.pedantic(
        lambda: jax.block_until_ready(program(*args)), rounds=rounds, warmup_rounds=2
    )


def ppo_by_rows(network, optimizer, episodes):
    """PPO as one would write it first: all samples at once, each through vmap."""
    adam = optax.adam(0.002)
    G = lk.ppo.normalised_returns(episodes.r, 0.99)
    rows = [x.reshape(G.size, *x.shape[2:]) for x in (*episodes[:3], G)]

    def loss(network, s, a, log_p, G):
        mean, variance = gaussian(network.actor, s)
        v = network_forward(network.critic, s)[0]
        ratio = jnp.exp(log_density(mean, variance, a) - log_p)
        gain = clipped(ratio, G - lax.stop_gradient(v), 0.2)
        return 0.5 * (v - G) ** 2 - gain - 0.01 * entropy(variance)

    def epoch(learned, _):
        network, optimizer = learned
        down = jax.grad(lambda n: jax.vmap(loss, (None, 0, 0, 0, 0))(n, *rows).mean())(
            network
        )
        step, optimizer = adam.update(down, optimizer)
        return (optax.apply_updates(network, step), optimizer), None

    return lax.scan(epoch, (network, optimizer), None, length=4)[0]


@pytest.fixture(scope="module")
def ppo_case():
    """A network, its optimizer and a batch of 128 meta-episodes."""
    agent = lk.ppo.ppo()
    playing, _, _, (network, optimizer) = parts(128)
    seen = jax.jit(playing)((network, optimizer), KEY)
    memory = seen.states[0]
    episodes = Episodes(memory.s, seen.theta_1, memory.log_p, seen.R[..., 0])
    case = network, optimizer, episodes
    after, before = (jax.jit(f)(*case)[0] for f in (agent.update, ppo_by_rows))
    for a, b in zip(jax.tree.leaves(after), jax.tree.leaves(before), strict=True):
        # Adam's first steps are of size 0.002 whatever the gradient: a few rounded signs
        assert np.quantile(abs(a - b), 0.99) < 1e-4
    return {"rows": ppo_by_rows, "columns in pieces": agent.update}, case


@pytest.mark.parametrize("how", ["rows", "columns in pieces"])
def test_ppo(benchmark, ppo_case, how):
    """Four epochs of PPO on 12 800 samples."""
    functions, case = ppo_case
    timed(benchmark, functions[how], *case)


def objective(log_probs):
    """Return DiCE's objective of given play, and with which log-probabilities."""

    def value(theta, play):
        log_pi = log_probs(theta, play)
        return lk.plain_dice(log_pi, play.states[0], play.rewards[0], GAME.gamma)

    return value


def outside(theta, play):
    """All rounds' log-probabilities at once, as in the library."""
    return sum(map(lk.log_prob, theta, play.states, play.actions))


def inside(theta, play):
    """Round by round, in a scan as a simulator would do it."""

    def step(_, seen):
        states, actions = seen
        return (), sum(map(lk.log_prob, theta, states, actions))

    by_round = jax.tree.map(jnp.transpose, (play.states, play.actions))
    return lax.scan(step, (), by_round)[1].T


@pytest.mark.parametrize("how", ["inside the scan", "outside"])
def test_log_probabilities(benchmark, how):
    """Second derivatives of DiCE's objective, batch 512, horizon 150."""
    theta = tuple(jax.random.normal(KEY, (2, 5)))
    play = jax.jit(lambda k: lk.rollout(GAME, *theta, k, horizon=150, batch=512))(KEY)
    functions = {
        name: jax.hessian(objective(log_probs))
        for name, log_probs in (("inside the scan", inside), ("outside", outside))
    }
    one, two = (jax.jit(f)(theta, play)[0][1] for f in functions.values())
    np.testing.assert_allclose(one, two, atol=1e-3 * abs(one).max())
    timed(benchmark, functions[how], theta, play)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_precision(benchmark, dtype):
    """LOLA with exact gradients, 1000 seeds, 50 updates."""
    with jax.enable_x64(dtype == "float64"):
        game = lk.prisoners_dilemma()
        rule = lk.lola(lk.exact_values(game), lookahead=1.0)
        learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())

        def run(key):
            return lk.play(learner, learner, key, 50, lambda a, b: ()).final[0][0]

        keys = jax.random.split(jax.random.key(0), 1000)
        assert jax.eval_shape(run, keys[0]).dtype == dtype
        timed(benchmark, jax.vmap(run), keys)


@pytest.mark.parametrize("how", ["kept", "donated"])
def test_donated_buffers(benchmark, how):
    """One meta-episode of M-FOS, batch 128: its old network given back to the memory."""
    *_, both, state = parts(128)
    donate = (0,) if how == "donated" else ()
    program = jax.jit(both, donate_argnums=donate).lower(state, KEY).compile()
    kept = [state]

    def step():
        kept[0], R = jax.block_until_ready(program(kept[0], KEY))
        return R

    benchmark.pedantic(step, rounds=20, warmup_rounds=2)


PEAK = """
import jax, optax
import lolakit as lk
game = lk.prisoners_dilemma()
rule = lk.lola_unrolled(lk.exact_values(game), lookahead=1.0, steps=2)
learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
def run(key):
    return lk.play(learner, learner, key, 20).history[0].mean()
lk.sweep(run, jax.random.split(jax.random.key(0), 100_000), chunk=int(sys.argv[1]))
"""


@pytest.mark.parametrize("chunk", ["100000", "4096"])
def test_chunks(benchmark, chunk):
    """Peak memory of 100 000 seeds that each look at their history, in MB."""
    peak_memory(benchmark, PEAK, chunk)
