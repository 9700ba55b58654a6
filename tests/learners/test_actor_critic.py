"""Actor and critic: their direction from the same play, written again in slow NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

import lolakit as lk
from lolakit.games import coin_game, coin_players, networks
from lolakit.values.network_play import outcome, sampler

GAME = coin_game.rules(size=2, memory=True, gamma=0.9)
POLICIES = {
    "mlp": networks.mlp_policy(GAME.inputs, 4, hidden=3, scale=1.0),
    "gru": networks.gru_policy(GAME.inputs, 4, hidden=2, scale=1.0),
}
SIZES = {"horizon": 5, "batch": 6}


def slow_gae(r, v, gamma, decay):
    A = np.zeros_like(r)
    for t in reversed(range(r.shape[1])):
        later = A[:, t + 1] if t + 1 < r.shape[1] else 0
        A[:, t] = r[:, t] + gamma * v[:, t + 1] - v[:, t] + gamma * decay * later
    return A


judged = jax.jit(networks.two_layers)


def v(critic, s):
    return np.asarray(judged(critic, s))[..., 0]


def slow_log_p(policy, theta, seen, acted):
    out, act = np.zeros(acted.shape), jax.jit(policy.act)
    for g in range(acted.shape[0]):
        memory = policy.memory
        for t in range(acted.shape[1]):
            log_p, memory = act(theta, memory, seen[g, t])
            out[g, t] = log_p[acted[g, t]]
    return out


@pytest.mark.parametrize(
    ("name", "weight"),
    [
        ("mlp", 0.0),
        ("gru", 0.7),
        pytest.param("mlp", 0.7, marks=pytest.mark.slow),
        pytest.param("gru", 0.0, marks=pytest.mark.slow),
    ],
)
def test_direction(name, weight):
    """By central differences of both objectives, the play and its advantages held fixed."""
    policy, decay, entropy = POLICIES[name], 0.8, 0.1
    start = lk.first_actor_critic(GAME, policy, hidden=3)
    own, other = map(start, jax.random.split(jax.random.key(1)))
    key = jax.random.key(2)
    rule = lk.actor_critic(
        GAME, policy, **SIZES, weight=weight, decay=decay, entropy=entropy
    )
    found = jax.jit(rule)(own, other, key)

    play = sampler(policy)(GAME, own.policy, other.policy, key, horizon=6, batch=6)
    each = []
    for i, theta in enumerate((own, other)):
        r = np.asarray(play.rewards[i])[:, :-1]
        A = slow_gae(r, v(theta.critic, play.states[i]), 0.9, decay)
        each.append((A, (A - A.mean()) / (A.std() + 1e-8)))
    (gae, mine), (_, theirs) = each
    past = np.array([[sum(0.9 ** (t - k) * row[k] for k in range(t)) for t in range(5)]
                     for row in mine])  # fmt: skip
    A = mine + weight * theirs * past
    seen, acted = (np.asarray(x[0])[:, :-1] for x in (play.states, play.actions))
    log_p = slow_log_p(policy, own.policy, seen, acted)
    worth = A - entropy * log_p
    target = gae + v(own.critic, seen)
    objectives = {
        "policy": lambda theta: (worth * slow_log_p(policy, theta, seen, acted)).mean(),
        "critic": lambda theta: -0.5 * ((v(theta, seen) - target) ** 2).mean(),
    }
    for part, f in objectives.items():
        flat, back = ravel_pytree(getattr(own, part))
        right, _ = ravel_pytree(getattr(found, part))
        h = 1e-5
        for i in range(0, len(flat), 5):
            slope = (f(back(flat.at[i].add(h))) - f(back(flat.at[i].add(-h)))) / (2 * h)
            # error of the difference h^2 = 1e-10, of its rounding 1e-16 / h = 1e-11
            np.testing.assert_allclose(right[i], slope, rtol=0, atol=1e-8)


def test_naive_reads_nothing_of_the_other():
    """With weight 0 the other's critic may be anything; with more it counts."""
    policy = POLICIES["mlp"]
    start = lk.first_actor_critic(GAME, policy, hidden=3)
    own, other = map(start, jax.random.split(jax.random.key(3)))
    odd = other._replace(critic=jax.tree.map(lambda x: x + 1, other.critic))
    for weight, same in ((0.0, True), (0.5, False)):
        rule = lk.actor_critic(GAME, policy, **SIZES, weight=weight)
        one, two = (rule(own, x, jax.random.key(4)) for x in (other, odd))
        equal = jax.tree.map(lambda a, b: bool(jnp.array_equal(a, b)), one, two)
        assert all(jax.tree.leaves(equal.policy)) == same
        assert all(jax.tree.leaves(equal.critic))


def test_a_scripted_player_learns_a_critic_only(adam):
    policy, bot = POLICIES["mlp"], coin_players.every_coin(GAME)
    one = lk.ascend(
        lk.actor_critic(GAME, policy, **SIZES, weight=0.3, other_policy=bot),
        optax.adam(0.01), lk.first_actor_critic(GAME, policy, hidden=3),
    )  # fmt: skip
    two = lk.ascend(
        lk.actor_critic(GAME, bot, **SIZES, other_policy=policy),
        optax.adam(0.01), lk.first_actor_critic(GAME, bot, hidden=3),
    )  # fmt: skip
    final, _ = lk.play(one, two, jax.random.key(5), 3, lambda a, b: ())
    assert final[1][0].policy == ()
    assert all(np.isfinite(x).all() for x in jax.tree.leaves(final))


def test_outcome_counts_what_hand_written_players_do():
    game = coin_game.rules(memory=True)
    own, every = coin_players.own_coins(game), coin_players.every_coin(game)
    tit = coin_players.tit_for_tat_on_colour(game)
    key, sizes = jax.random.key(6), {"horizon": 20, "batch": 50}
    meet = jax.jit(
        lambda a, b: outcome(game, (a, b), ((), ()), key, **sizes),
        static_argnums=(0, 1),
    )
    both = meet(own, own)
    assert both.share == 1 and both.theft[0, 0] == 0 and np.isnan(both.theft[0, 1])
    assert both.R.sum() > 0 and both.rate > 0.3
    greedy = meet(every, every)
    # colours do not matter to either: half, within 4.5 standard errors of its picks
    picks = float(greedy.rate) * 1000
    assert abs(greedy.share - 0.5) < 4.5 * 0.5 / np.sqrt(picks)
    taken = meet(tit, every)
    assert taken.theft[0, 0] == 0 and taken.theft[0, 1] == 1  # it answers, always
    assert taken.R[1] > taken.R[0]  # but only after the loss


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"policy": 1}, "policy: expected a Policy"),
        ({"horizon": 0}, "horizon: expected an integer"),
        ({"batch": 0}, "batch: expected an integer"),
        ({"weight": float("nan")}, "weight: expected a finite number"),
        ({"decay": 2.0}, "decay: expected"),
        ({"entropy": "x"}, "entropy: expected"),
        ({"other_policy": "x"}, "other_policy: expected a Policy"),
    ],
)
def test_bad_input(wrong, words, unchecked_shapes):
    given = {"policy": POLICIES["mlp"], **SIZES} | wrong
    with pytest.raises(ValueError, match=words):
        lk.actor_critic(GAME, given.pop("policy"), **given)
