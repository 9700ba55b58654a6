"""The Coin Game's longer runs and their costs: each part by a second route."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk
from lolakit.games import coin_game, networks
from lolakit.reproduce import coin, coin_costs
from lolakit.reproduce import run as reproduce
from lolakit.values.network_play import log_prob_of, sampler

pytestmark = pytest.mark.usefixtures("adam")
GAME = coin_game.rules(size=2, memory=True, gamma=0.9)
POLICY = networks.mlp_policy(GAME.inputs, 4, hidden=3, scale=1.0)
SIZES = {"horizon": 5, "batch": 6}


def cut(game, own, other, key, *, horizon, batch):
    """The play of `dice_and_critic`, without the round that only the critics see."""
    sizes = {"horizon": horizon + 1, "batch": batch}
    play = sampler(POLICY)(game, own, other, key, **sizes)
    return jax.tree.map(lambda x: x[:, :-1], play)


def two_players(blank):
    start = lk.first_actor_critic(GAME, POLICY, hidden=3)
    both = [start(k) for k in jax.random.split(jax.random.key(1))]
    if not blank:
        return both
    return [x._replace(critic=jax.tree.map(jnp.zeros_like, x.critic)) for x in both]


@pytest.mark.parametrize("lookahead", [pytest.param(0.0, marks=pytest.mark.slow), 0.7])
def test_with_a_blank_critic_it_is_plain_dice(lookahead):
    """With v = 0 and a decay of 1 Loaded DiCE telescopes into DiCE, game by game."""
    one, two = two_players(blank=True)
    key = jax.random.key(2)
    loaded = coin.dice_and_critic(GAME, POLICY, **SIZES, decay=1.0)
    doors = {"sample": cut, "log_prob": log_prob_of(POLICY)}
    plain = lk.dice_values(GAME, **SIZES, objective=lk.plain_dice, **doors)
    ours, theirs = (
        jax.jit(lk.lola_unrolled(values, lookahead=lookahead))(*both, key)
        for values, both in ((loaded, (one, two)), (plain, (one.policy, two.policy)))
    )
    for a, b in zip(*map(jax.tree.leaves, (ours.policy, theirs)), strict=True):
        # float64, sums of 30 rounds and their products: 1e-16 times some thousand
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
        assert abs(b).max() > 0.01


def test_the_critic_learns_as_that_of_an_actor_and_critic():
    one, two = two_players(blank=False)
    key = jax.random.key(3)
    loaded = coin.dice_and_critic(GAME, POLICY, **SIZES, decay=0.8)
    found = jax.jit(jax.grad(lambda own: loaded(own, two, key)[0]))(one).critic
    rule = jax.jit(lk.actor_critic(GAME, POLICY, **SIZES, decay=0.8))
    for a, b in zip(
        *map(jax.tree.leaves, (found, rule(one, two, key).critic)), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_a_lookahead_is_felt():
    one, two = two_players(blank=False)
    key = jax.random.key(4)
    values = coin.dice_and_critic(GAME, POLICY, **SIZES)
    rule = jax.jit(
        lambda x: lk.lola_unrolled(values, lookahead=x)(one, two, key).policy
    )
    near, far = rule(0.0), rule(1.0)
    apart = jax.tree.map(lambda a, b: abs(a - b).max(), near, far)
    assert max(jax.tree.leaves(apart)) > 1e-3


SMALL = {"batch": 4, "games": 3, "horizon": 5, "hidden": 2, "epochs": 2,
         "opponent_hidden": 3, "opponent_epochs": 4}  # fmt: skip


def test_m_fos_judges_its_games_as_it_played_them():
    """The gates are worked out twice: game by game, and for all games at once."""
    world = coin_costs.shaping(**SMALL)
    agent = coin_costs.fresh(world, jax.random.key(0))
    play = jax.jit(lambda key: coin_costs.meta_episode(world, agent, key))(
        jax.random.key(1)
    )
    seen, acted = play.states[0], play.actions[0]
    assert seen.shape == (3, 4, 5, 36) and play.rewards[1].shape == (3, 4, 5)
    found, v = coin_costs.judged(world, agent, seen, acted)
    gate = jnp.ones(2)
    for i in range(3):
        theta = coin_costs.gated(agent.act, gate)
        log_p = log_prob_of(world.acts)(theta, seen[i], acted[i])
        np.testing.assert_allclose(found[i], log_p, rtol=0, atol=1e-12)
        h = np.zeros((4, 2))
        for b in range(4):
            memory = world.acts.memory
            for t in range(5):
                memory = world.acts.act(agent.look, memory, seen[i, b, t])[1]
            h[b] = memory
        gate = jax.nn.sigmoid(agent.gate.W @ h.mean(axis=0) + agent.gate.b)
    assert v.shape == found.shape and np.isfinite(v).all()


def test_returns_over_a_meta_episode():
    """As in the published code: backwards, with the mean of the batch where a game ends."""
    r = np.random.default_rng(0).normal(size=(3, 4, 5))
    rounds = r.transpose(0, 2, 1).reshape(15, 4)
    own, everyone, G = np.zeros(4), 0.0, []
    for t, x in enumerate(rounds[::-1]):
        if t and t % 5 == 0:
            own = np.full(4, everyone)
        own, everyone = x + 0.9 * own, x.mean() + 0.9 * everyone
        G.insert(0, own)
    found = coin_costs.meta_returns(jnp.asarray(r), 0.9)
    slow = np.array(G).reshape(3, 5, 4).transpose(0, 2, 1)
    np.testing.assert_allclose(found, slow, rtol=0, atol=1e-12)
    assert abs(coin_costs.standard(found).mean()) < 1e-12


def test_the_opponent_of_m_fos_learns_what_paid():
    """Of two moves one is paid, whatever is seen: after some epochs it is the likelier."""
    world = coin_costs.shaping(**SMALL)
    rival, adam = world.start(jax.random.key(0)), optax.adam(0.05)
    seen = jax.random.normal(jax.random.key(1), (64, 5, 36))
    acted = jax.random.randint(jax.random.key(2), (64, 5), 0, 2)
    G = coin_costs.standard((acted == 1).astype(float))
    state = rival, adam.init(rival)
    loss = coin_costs.rival_loss(rival, seen, acted, G)
    learned, _ = jax.jit(lambda: coin_costs.descended(loss, adam, state, 40))()
    before, after = (
        jax.nn.softmax(networks.two_layers(x.policy, seen)).mean(axis=(0, 1))
        for x in (rival, learned)
    )
    # the clip ends what one batch may do: a fifth of what was likely, and a bit beyond
    assert after[1] > 1.1 * before[1] and after[0] < 0.9 * before[0]
    assert loss(learned) < loss(rival)


def test_timing_compiles_once_and_counts_seconds_of_one_step():
    traced = []

    def step(state, key):
        traced.append(key)
        return state + 1, {"first": state}

    run = coin_costs.timed(lambda key: jnp.zeros(2), step)
    found = [run(jax.random.key(i)) for i in (0, 1)]
    assert len(traced) == 1
    for x in found:
        assert x["cost"] > 0 and x["cost"].shape == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LOLA-DiCE", "M-FOS"])
def test_a_step_is_timed_and_compiled_once(name):
    sizes = {"batch": 4, "horizon": 3, "hidden": 2} if name == "LOLA-DiCE" else SMALL
    make = {"LOLA-DiCE": coin_costs.lola_update, "M-FOS": coin_costs.mfos_episode}[name]
    start, step = make(**sizes)
    traced = []

    def counted(state, key):
        traced.append(name)
        return step(state, key)

    run = coin_costs.timed(start, counted)
    one, again, other = (run(jax.random.key(i)) for i in (0, 0, 1))
    assert len(traced) == 1
    for found in (one, again, other):
        assert found["cost"] > 0 and found["cost"].shape == ()
        assert found["first"].shape == (2,) and np.isfinite(found["first"]).all()
    np.testing.assert_array_equal(one["first"], again["first"])
    assert not np.array_equal(one["first"], other["first"])
    new, _ = jax.jit(step)(start(jax.random.key(0)), jax.random.key(1))
    moved = jax.tree.map(lambda a, b: abs(a - b).max(), new, start(jax.random.key(0)))
    assert max(map(float, jax.tree.leaves(moved))) > 0
    assert all(np.isfinite(x).all() for x in jax.tree.leaves(new))


def test_the_shape_of_the_stored_runs():
    result = reproduce.stored("coin_long")
    seeds = result["settings"]["seeds"]
    measured = result["settings"]["updates"] // coin.EVERY + 1
    half = result["settings"]["updates"] // 2 // coin.EVERY + 1
    for label, run in result["runs"].items():
        n = half if "DiCE" in label else measured
        for field, more in {"share": (), "rate": (), "R": (2,)}.items():
            assert run[field].shape == (seeds, n, *more)
        assert run["theft"].shape == (seeds, 2, 2)
        assert run["R to taker"].shape == run["R to owner"].shape == (seeds, 2)
        # each pick by the owner adds 1 to the pair, each other -1: four digits are stored
        pair = run["rate"] * (2 * run["share"] - 1)
        np.testing.assert_allclose(run["R"].sum(axis=-1), pair, atol=4e-4)
    costs = reproduce.stored("coin_costs")
    for name in coin_costs.SIZES:
        assert costs["settings"][name] == coin_costs.SIZES[name]
    for run in costs["runs"].values():
        assert (run["cost"] > 0).all()


def test_the_claims_of_the_stored_runs():
    """What chapter 13 says of them."""
    runs = reproduce.stored("coin_long")["runs"]
    late = {k: run["share"][:, -3:].mean(axis=1) for k, run in runs.items()}
    theft = {k: run["theft"].mean(axis=(0, 1)).round(2) for k, run in runs.items()}
    assert f"{lk.stats.mean(late['AA, GRU']):.2f}" == "0.68 [0.65, 0.70]"
    assert f"{lk.stats.mean(late['AA, no bits']):.2f}" == "0.64 [0.61, 0.67]"
    assert theft["AA, GRU"].tolist() == [0.26, 0.74]
    apart = lk.stats.mean(late["LOLA-DiCE"] - late["naive, DiCE"])
    assert apart.low < 0 < apart.high < 0.05
    assert all(run["rate"][:, -3:].mean(axis=1).min() > 0.6 for run in runs.values())
    costs = reproduce.stored("coin_costs")
    lola, mfos = (run["cost"].mean() / 3600 for run in costs["runs"].values())
    days = lola * costs["settings"]["LOLA-DiCE"]["updates"] / 24
    assert 2 < days < 3 and 1 < mfos * costs["settings"]["M-FOS"]["episodes"] < 2
