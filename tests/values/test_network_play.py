"""The four types carry networks on a grid: no rule of the library is touched for it.

On a board of 2 x 2 cells all games of two rounds can be listed: 48 boards to begin with, 256
ways to move, and each place of a new coin. That gives values and derivatives without a sample.
"""

import itertools
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

import lolakit as lk
from lolakit.games import coin_game as coins
from lolakit.games import networks
from lolakit.meta.ppo import Episodes, ppo
from lolakit.values.network_play import boards_played, log_prob_of, sampler

GAME = coins.rules(size=2, memory=True, gamma=0.9)
POLICIES = {
    "mlp": networks.mlp_policy(GAME.inputs, 4, hidden=3, scale=1.0),
    "gru": networks.gru_policy(GAME.inputs, 4, hidden=2, scale=1.0),
}
MOVES = list(itertools.product(range(4), repeat=2))


def board(agents, lying, took=(False, False), age=0):
    return coins.State(
        jnp.array(agents), jnp.array(lying), jnp.array(took), jnp.array(age)
    )


@cache
def games_of_two_rounds():
    """All of them: what was seen, done and earned, and how likely the world made it."""
    cells, told = range(4), []
    step = jax.jit(lambda s, a: coins.step(GAME, s, a, jax.random.key(0)))
    see = jax.jit(lambda s: coins.observe(GAME, s))
    starts = [
        (red, blue, cell, colour)
        for red, blue, cell in itertools.permutations(cells, 3)
        for colour in (0, 1)
    ]
    for red, blue, cell, colour in starts:
        lying = [-1, -1]
        lying[colour] = cell
        first = board((red, blue), lying)
        for moves in MOVES:
            after, r = step(first, jnp.array(moves))
            places = [tuple(np.asarray(after.coins))]
            if (r != 0).any():  # a coin was taken: the new one may lie on any free cell
                new = 1 - colour
                free = [c for c in cells if c not in np.asarray(after.agents)]
                places = [tuple(c if i == new else -1 for i in (0, 1)) for c in free]
            for lying_then in places:
                then = after._replace(coins=jnp.array(lying_then))
                for last in MOVES:
                    _, s = step(then, jnp.array(last))
                    told.append((see(first), see(then), moves, last, r, s,
                                 1 / len(starts) / len(places)))  # fmt: skip
    x, y, a, b, r, s, p = (np.array(column) for column in zip(*told, strict=True))
    seen = np.stack([x, y], axis=1)  # [games, rounds, seats, inputs]
    return seen, np.stack([a, b], axis=1), np.stack([r, s], axis=1), p


def listed_values(policy):
    """Return the exact values of two rounds, differentiable."""
    seen, acts, r, p = map(jnp.asarray, games_of_two_rounds())
    log_prob = log_prob_of(policy)

    def values(own, other, key=None):
        log_p = sum(
            log_prob(theta, seen[:, :, i], acts[:, :, i]).sum(axis=1)
            for i, theta in enumerate((own, other))
        )
        worth = r[:, 0] + GAME.gamma * r[:, 1]
        return (p * jnp.exp(log_p)) @ worth

    return values


# what takes long is tried with the GRU by `make test-slow`
ALSO_GRU = pytest.mark.parametrize(
    "policy", ["mlp", pytest.param("gru", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture(params=POLICIES)
def policy(request):
    return POLICIES[request.param]


@pytest.fixture
def thetas(policy):
    return [policy.init(k) for k in jax.random.split(jax.random.key(7), 2)]


def doors(policy):
    return {"sample": sampler(policy), "log_prob": log_prob_of(policy)}


def agree(draws, right):
    """Means of draws [n, ...] are within 4.5 standard errors of what they estimate."""
    for x, y in zip(jax.tree.leaves(draws), jax.tree.leaves(right), strict=True):
        x, y = np.asarray(x), np.asarray(y)
        error = x.std(axis=0, ddof=1) / np.sqrt(len(x))
        # of a hundred numbers one is outside by chance once in 1500 runs
        assert (np.abs(x.mean(axis=0) - y) <= 4.5 * error + 1e-12).all()


def test_the_list_is_complete(policy, thetas):
    seen, acts, _, p = games_of_two_rounds()
    log_p = sum(log_prob_of(policy)(thetas[i], jnp.asarray(seen[:, :, i]),
                                    jnp.asarray(acts[:, :, i])) for i in (0, 1))  # fmt: skip
    np.testing.assert_allclose(p @ np.exp(log_p.sum(axis=1)), 1, rtol=1e-12)


@ALSO_GRU
def test_play_is_worth_what_the_list_says(policy, thetas):
    n = 20_000
    play = sampler(policy)(GAME, *thetas, jax.random.key(1), horizon=2, batch=n)
    V = listed_values(policy)(*thetas)
    for r, v in zip(play.rewards, V, strict=True):
        G = np.asarray(r) @ np.array([1, GAME.gamma])
        assert abs(G.mean() - v) < 4.5 * G.std() / np.sqrt(n)


def test_log_prob_is_how_it_was_played(policy, thetas):
    """Step by step, with the policy's own memory: the slow way gives the same."""
    play = sampler(policy)(GAME, *thetas, jax.random.key(2), horizon=4, batch=3)
    for theta, s, a in zip(thetas, play.states, play.actions, strict=True):
        fast = log_prob_of(policy)(theta, s, a)
        for g in range(3):
            memory = policy.memory
            for t in range(4):
                log_p, memory = policy.act(theta, memory, s[g, t])
                np.testing.assert_allclose(fast[g, t], log_p[a[g, t]], rtol=1e-12)


@ALSO_GRU
def test_naive_pg(policy, thetas):
    exact = jax.jit(lk.naive(listed_values(policy)))(*thetas)
    rule = lk.naive_pg(GAME, horizon=2, batch=200, **doors(policy))
    keys = jax.random.split(jax.random.key(3), 100)
    agree(jax.jit(jax.vmap(lambda k: rule(*thetas, k)))(keys), exact)


@ALSO_GRU
def test_lola_pg(policy, thetas):
    exact = jax.jit(lk.lola(listed_values(policy), lookahead=2.0))(*thetas)
    rule = lk.lola_pg(GAME, horizon=2, batch=200, lookahead=2.0, **doors(policy))
    keys = jax.random.split(jax.random.key(4), 100)
    agree(jax.jit(jax.vmap(lambda k: rule(*thetas, k)))(keys), exact)


@pytest.mark.slow
def test_dice_values_and_lola_unrolled(policy, thetas):
    """First derivatives of both values; then the rule itself against the exact one.

    The step inside is estimated, so the rule's bias is of the order of 1 / batch: with 2000
    games it is a twentieth of the direction at most.
    """
    V = listed_values(policy)
    values = lk.dice_values(GAME, horizon=2, batch=2000, **doors(policy))
    keys = jax.random.split(jax.random.key(5), 20)
    slopes = jax.jit(jax.jacrev(V, argnums=(0, 1)))(*thetas)
    draws = jax.vmap(lambda k: jax.jacrev(values, argnums=(0, 1))(*thetas, k))
    agree(jax.jit(draws)(keys), slopes)
    exact = jax.jit(lk.lola_unrolled(V, lookahead=1.0))(*thetas)
    rule = lk.lola_unrolled(values, lookahead=1.0)
    found = jax.jit(jax.vmap(lambda k: rule(*thetas, k)))(keys)
    x = ravel_pytree(jax.tree.map(lambda leaf: leaf.mean(axis=0), found))[0]
    y = ravel_pytree(exact)[0]
    each = jax.vmap(lambda tree: ravel_pytree(tree)[0])(found)
    noise = jnp.sqrt((each.var(axis=0, ddof=1) / len(keys)).sum())
    assert jnp.linalg.norm(x - y) < 3 * noise + 0.05 * jnp.linalg.norm(y)


@pytest.mark.slow  # the directions themselves are tested above
@ALSO_GRU
def test_each_learns_for_some_updates(policy, adam):
    """naive_pg, lola_pg, LOLA-DiCE and a modelled opponent, in `play`, as they are."""
    sizes, start = {"horizon": 4, "batch": 8}, policy.init(jax.random.key(0))
    each = sizes | doors(policy)
    dice = lk.lola_unrolled(lk.dice_values(GAME, **each), lookahead=0.1)
    rules = [lk.naive_pg(GAME, **each), lk.lola_pg(GAME, **each, lookahead=0.1), dice]
    learners = [lk.ascend(rule, optax.adam(0.01), policy.init) for rule in rules]
    model = lk.maximum_likelihood(log_prob_of(policy), start, optax.adam(0.1), steps=2)
    learners.append(
        lk.modelled(learners[-1], GAME, **sizes, model=model, sample=sampler(policy))
    )
    for learner in learners:
        run = jax.jit(lambda k, one=learner: lk.play(one, one, k, 3, lambda a, b: ()))
        final = run(jax.random.key(1)).final
        moved = jax.tree.map(lambda a, b: jnp.abs(a - b).max(), final[0][0], start)
        assert all(np.isfinite(x) and x > 0 for x in jax.tree.leaves(moved))


@pytest.mark.slow
def test_ppo_of_mfos_plays_too(adam):
    """Its action is four numbers, the largest of which is the move; the world stays as it is.

    Adam's first step is the sign of the gradient times its rate. So the first step of PPO, whose
    ratio is 1, must have the sign that finite differences of the same objective have.
    """
    agent = ppo(hidden=4, epochs=1, learning_rate=1e-3, gamma=0.9)
    net, optimizer = agent.init(jax.random.key(0), GAME.inputs, 4)
    bot = networks.scripted(lambda seen: jnp.ones(4))
    steps, batch, key = 3, 40, jax.random.key(1)
    from lolakit.meta.ppo import forward, gaussian, log_density, normalised_returns

    keys = jax.random.split(key, batch)
    boards = jax.vmap(lambda k: coins.reset(GAME, k))(keys)
    told = []
    for t in range(steps):
        k_a, k_b, k_s = jax.random.split(jax.random.fold_in(key, t), 3)
        seen = jax.vmap(lambda s: coins.observe(GAME, s))(boards)
        mean, variance = gaussian(net.actor, seen[:, 0].T)
        a = mean + jnp.sqrt(variance) * jax.random.normal(k_a, mean.shape)
        theirs = jax.random.categorical(
            k_b, jax.vmap(lambda s: bot.act((), (), s)[0])(seen[:, 1])
        )
        moves = jnp.stack([a.argmax(axis=0), theirs], axis=1)
        boards, r = jax.vmap(lambda s, m, k: coins.step(GAME, s, m, k))(
            boards, moves, jax.random.split(k_s, batch)
        )
        told.append((seen[:, 0], a.T, log_density(mean, variance, a), r[:, 0]))
    s, a, log_p, r = (jnp.stack(x) for x in zip(*told, strict=True))
    after, _ = agent.update(net, optimizer, Episodes(s, a, log_p, r))

    G, flat = normalised_returns(r, 0.9), lambda x: x.reshape(-1, x.shape[-1]).T
    v = forward(net.critic, flat(s))[0]

    def objective(actor):
        mean, variance = gaussian(actor, flat(s))
        ratio = jnp.exp(log_density(mean, variance, flat(a)) - log_p.ravel())
        H = 0.5 * jnp.log(2 * jnp.pi * jnp.e * variance).sum(axis=0)
        return (ratio * (G.ravel() - v) + 0.01 * H).mean()

    vector, back = ravel_pytree(net.actor)
    went = ravel_pytree(after.actor)[0] - vector
    h, f = 1e-5, jax.jit(lambda x: objective(back(x)))
    for i in range(0, len(vector), 7):
        slope = (f(vector.at[i].add(h)) - f(vector.at[i].add(-h))) / (2 * h)
        if abs(slope) > 1e-7:  # below, Adam's epsilon counts
            assert jnp.sign(went[i]) == jnp.sign(slope)


def test_boards_go_on():
    """Ten rounds, and ten more from where they ended, are twenty rounds of one game."""
    policy = POLICIES["mlp"]
    thetas = tuple(policy.init(k) for k in jax.random.split(jax.random.key(8), 2))
    boards = jax.vmap(lambda k: coins.reset(GAME, k))(
        jax.random.split(jax.random.key(9), 5)
    )
    _, before, last = boards_played(
        GAME, (policy, policy), thetas, boards, jax.random.key(0), horizon=10
    )
    assert np.asarray(before.age)[:, -1].tolist() == [9] * 5
    assert np.asarray(last.age).tolist() == [10] * 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sampler(3), "one: expected a Policy"),
        (lambda: sampler(POLICIES["mlp"], "x"), "two: expected a Policy"),
        (lambda: log_prob_of(None), "policy: expected a Policy"),
    ],
)
def test_bad_input(call, words, unchecked_shapes):
    with pytest.raises(ValueError, match=words):
        call()
