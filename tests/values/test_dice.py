"""DiCE against enumeration: derivatives of every order, exact expectations.

An objective is a function of what was sampled. So the expectation of its derivative is a
sum over all that could be sampled, each with its probability.
"""

import itertools
from typing import NamedTuple

import corridor
import jax
import jax.numpy as jnp
import numpy as np
import optax
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lolakit as lk

GAMES = {
    "dilemma": lk.prisoners_dilemma(),
    "pennies": lk.matching_pennies(),
    "lopsided": lk.MatrixGame(
        [[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8
    ),
}
THETA = jnp.array([0.3, -0.7, 1.1, 0.2, -0.4, -0.5, 0.8, 0.1, -1.2, 0.6])


def derivatives(f, x, number=3):
    """Return f and its first derivatives at x."""
    orders = [f]
    for _ in range(number):
        orders.append(jax.jacfwd(orders[-1]))
    return [d(x) for d in orders]


def close(estimates, exact, atol=1e-12):
    """Order by order, beside the largest entry: sums of some thousand terms in float64."""
    for estimate, right in zip(estimates, exact, strict=True):
        scale = max(1.0, np.abs(right).max())
        np.testing.assert_allclose(estimate, right, rtol=0, atol=atol * scale)


# ── the magic box ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("x", [-700.0, -1.0, 0.0, 3.0])
def test_magic_box(x):
    """1, and derivatives f', f'^2 + f'', f'^3 + 3 f' f'' for f = x^2."""
    value, first, second, third = derivatives(lambda x: lk.magic_box(x**2), x)
    assert value == 1 and first == 2 * x
    np.testing.assert_allclose(second, 4 * x**2 + 2, rtol=1e-14)
    np.testing.assert_allclose(third, 8 * x**3 + 12 * x, rtol=1e-14)


# ── any graph ────────────────────────────────────────────────────────────────────


@st.composite
def graphs(draw):
    """Return (kinds, parents, seed): up to six nodes, parents before children."""
    size = draw(st.integers(2, 6))
    kinds = [draw(st.sampled_from(["random", "fixed", "cost"])) for _ in range(size)]
    kinds[0], kinds[-1] = "random", "cost"
    edge = st.booleans()
    parents = {
        f"n{i}": [f"n{j}" for j in range(i) if draw(edge)]  # costs have children too
        for i in range(size)
    }
    return kinds, parents, draw(st.integers(0, 2**16))


def run_graph(kinds, parents, seed, theta, coins):
    """Return log-probabilities and costs of one outcome: coins is 0 or 1 per random node."""
    rng, value, log_probs, costs = np.random.default_rng(seed), {}, {}, {}
    coins = iter(coins)
    for (name, above), kind in zip(parents.items(), kinds, strict=True):
        # A quadratic function of theta and of the parents, so that costs have
        # derivatives of their own, and parents change those.
        a, b = rng.normal(size=3), rng.normal(size=(len(above), 3))
        v = jnp.stack([value[p] for p in above]) if above else jnp.zeros(0)
        level = a @ theta + v @ (b @ theta) + v.sum() * theta[0] ** 2 + v @ v
        if kind == "random":
            coin = next(coins)
            log_probs[name] = jax.nn.log_sigmoid(jnp.where(coin == 1, level, -level))
            value[name] = coin
        else:
            value[name] = level
        if kind == "cost":
            costs[name] = level
    return log_probs, costs


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(graphs())
def test_any_graph(graph):
    check_graph(graph)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(graphs())
def test_many_graphs(graph):
    check_graph(graph)


def check_graph(graph):
    """Value, gradient and Hessian of the expected cost, with and without baselines."""
    kinds, parents, seed = graph
    random = [n for n, kind in zip(parents, kinds, strict=True) if kind == "random"]
    outcomes = jnp.array(list(itertools.product([0.0, 1.0], repeat=len(random))))
    theta = jnp.array([0.3, -0.4, 0.2])

    def run(theta, coins):
        return run_graph(kinds, parents, seed, theta, coins)

    def expected(theta):
        def term(coins):
            log_probs, costs = run(theta, coins)
            return jnp.exp(sum(log_probs.values())) * sum(costs.values())

        return jax.vmap(term)(outcomes).sum()

    def estimated(theta):
        """The probabilities are numbers here: they weigh, and have no derivative."""

        def term(coins):
            log_probs, costs = run(theta, coins)
            P = jax.lax.stop_gradient(jnp.exp(sum(log_probs.values())))
            # A baseline at every node: of theta, and of what it does not influence.
            b = {
                w: theta @ theta + 3.0 + coins[jnp.array(free(w), int)].sum()
                for w in random
            }
            return P * jnp.stack(
                [
                    lk.dice_objective(log_probs, costs, parents),
                    lk.dice_objective(log_probs, costs, parents, b),
                ]
            )

        return jax.vmap(term)(outcomes).sum(axis=0)

    def reaches(w, name):
        return name == w or any(reaches(w, p) for p in parents[name])

    def free(w):
        return [i for i, n in enumerate(random) if not reaches(w, n)]

    @jax.jit
    def all_of_them(theta):
        return derivatives(expected, theta, 2), derivatives(estimated, theta, 2)

    exact, both = all_of_them(theta)
    for i in (0, 1):
        close([d[i] for d in both], exact)


def test_an_influence_may_go_through_other_nodes():
    """a -> b -> f -> c: the cost sees a only through a coin and a fixed node."""
    log_probs = {"a": jnp.array(-1.0), "b": jnp.array(-2.0), "other": jnp.array(-5.0)}
    parents = {"a": (), "b": ["a"], "f": ["b"], "c": ["f"], "other": ()}

    def objective(x):
        scaled = {name: x[i] * log for i, (name, log) in enumerate(log_probs.items())}
        return lk.dice_objective(scaled, {"c": 10.0}, parents)

    assert objective(jnp.ones(3)) == 10
    assert jax.grad(objective)(jnp.ones(3)).tolist() == [-10.0, -20.0, 0.0]


def test_a_baseline_is_a_number_times_one_minus_a_magic_box():
    """Of value 0; its derivatives are -b times those of the box: s, then s^2."""
    scores = {"v": 2.0, "w": 3.0}

    def objective(x):
        logs = {name: s * x for name, s in scores.items()}
        b = {"w": 5.0 + 7.0 * x}  # 12 at x = 1, and its slope is not seen
        return lk.dice_objective(logs, {"c": 10.0}, {"v": (), "w": (), "c": ["v"]}, b)

    found = derivatives(objective, 1.0, 2)
    assert [float(d) for d in found] == [10, 10 * 2 - 12 * 3, 10 * 4 - 12 * 9]


def test_a_graph_of_batches_and_a_cost_that_nothing_influences():
    """Parents that can be read only once count all the same: the cost sees its coin."""
    log_p, c = jnp.log(jnp.array([0.2, 0.5])), jnp.array([3.0, 4.0])

    def total(x):
        parents = {"w": (), "c": iter(["w"]), "d": ()}
        return lk.dice_objective({"w": x * log_p}, {"c": c, "d": 1}, parents)

    assert total(1.0).tolist() == [4.0, 5.0]
    np.testing.assert_allclose(jax.jacfwd(total)(1.0), c * log_p, rtol=1e-12)
    assert lk.dice_objective({}, {}, {}) == 0


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"costs": {"w": 1.0}}, r"costs: \['w'\] are names in log_probs too"),
        ({"parents": {"c": ()}}, r"an entry for every node, none for \['w'\]"),
        ({"parents": {"w": ()}}, r"an entry for every node, none for \['c'\]"),
        ({"parents": {"w": (), "c": ["v"]}}, r"expected names of nodes, got \['v'\]"),
        ({"parents": {"w": ["c"], "c": ["w"]}}, "expected no cycle, got"),
        ({"baselines": {"c": 1.0}}, r"expected names in log_probs, got \['c'\]"),
        ({"parents": {"w": (), "c": "w"}}, "expected a list of names for 'c', got 'w'"),
        ({"parents": {"w": None}}, "expected a list of names for 'w', got None"),
        ({"costs": {"c": [1.0]}}, r"costs: .* arrays, got \[1.0\] for 'c'"),
        ({"baselines": {"w": None}}, "baselines: .* arrays, got None for 'w'"),
        (
            {"log_probs": {"w": -jnp.ones(2)}, "baselines": {"w": jnp.ones(3)}},
            "arrays of one shape, got",
        ),
        (
            {"log_probs": {"w": -jnp.ones(2)}, "costs": {"c": jnp.ones((2, 1))}},
            "arrays of one shape, got",
        ),
    ],
)
def test_bad_graphs(change, message):
    graph = {"log_probs": {"w": -1.0}, "costs": {"c": 2.0}}
    graph |= {"parents": {"w": (), "c": ["w"]}}
    with pytest.raises(ValueError, match=message):
        lk.dice_objective(**(graph | change))


# ── games ────────────────────────────────────────────────────────────────────────


def log_probs_of(theta, states, actions):
    return jax.nn.log_sigmoid(jnp.where(actions == 0, theta[states], -theta[states]))


def all_games(game, horizon):
    play = lk.Trajectory(*oracles.all_games(game.payoff, horizon))
    return jax.tree.map(jnp.asarray, play)


def probability(theta, play):
    logs = [
        log_probs_of(theta[5 * i : 5 * i + 5], play.states[i], play.actions[i])
        for i in (0, 1)
    ]
    return jnp.exp(sum(logs).sum(axis=1))


def exact(game, horizon):
    """Return the value of `horizon` rounds of both, and its derivatives in all ten."""
    play = all_games(game, horizon)
    G = jnp.stack([r @ game.gamma ** jnp.arange(1.0 * horizon) for r in play.rewards])
    return derivatives(lambda theta: G @ probability(theta, play), THETA)


def expectation(game, horizon, batch, **options):
    """Return the expected objective of both and its derivatives, over all batches."""
    play = all_games(game, horizon)
    P = np.asarray(probability(THETA, play))
    index = np.stack(np.meshgrid(*[np.arange(len(P))] * batch), -1).reshape(-1, batch)
    weights = P[index].prod(axis=1)

    def estimate(rows):
        def sample(game, own, other, key, *, horizon, batch):
            return jax.tree.map(lambda x: x[rows], play)

        values = lk.dice_values(
            game, horizon=horizon, batch=batch, sample=sample, **options
        )
        key = jax.random.key(0)
        return derivatives(lambda theta: values(theta[:5], theta[5:], key), THETA)

    totals = [0.0] * 4
    run = jax.jit(jax.vmap(estimate))
    for rows in np.array_split(np.arange(len(index)), -(-len(index) // 256)):
        parts = run(index[rows])
        totals = [
            t + np.tensordot(weights[rows], np.asarray(x), 1)
            for t, x in zip(totals, parts, strict=True)
        ]
    return totals


def test_the_oracle_is_the_one_by_hand():
    game = GAMES["lopsided"]
    V, first, second, _ = exact(game, 3)
    v, g1, g2, g12 = oracles.enumerate_derivatives(
        game.payoff, game.gamma, THETA[:5], THETA[5:], 3
    )
    close([V, first[:, :5], first[:, 5:], second[:, :5, 5:]], [v, g1, g2, g12])


V_TABLE = jnp.array([1.0, -2.0, 0.5, 3.0, -1.5])


def known(states, G, gamma):
    """Any numbers at all may stand in for the value of a state."""
    return V_TABLE[states]


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
@pytest.mark.parametrize(
    "objective", [lk.plain_dice, lk.baseline_dice(known), lk.loaded_dice(known)]
)
def test_one_game_to_third_order(game, objective):
    """All derivatives in all ten parameters, for both players; three rounds."""
    right = exact(game, 3)
    found = expectation(game, 3, 1, objective=objective)
    if objective not in (lk.plain_dice,) and found[0].max() == 0:
        right[0] = np.zeros(2)  # Loaded DiCE has value 0
    close(found, right)


@pytest.mark.parametrize(
    "game", [pytest.param(GAMES["dilemma"], marks=pytest.mark.slow), GAMES["lopsided"]]
)
@pytest.mark.parametrize(
    "objective",
    [
        lk.centred_dice,
        lk.baseline_dice(lk.batch_mean),
        lk.baseline_dice(lk.state_value),
        lk.loaded_dice(lk.batch_mean),
        lk.loaded_dice(lk.state_value),
    ],
)
def test_what_is_fitted_to_other_games_keeps_every_order_unbiased(game, objective):
    found = expectation(game, 2, 2, objective=objective)
    right = exact(game, 2)
    close(found[1:], right[1:])


def test_the_mean_of_all_games_shrinks_every_derivative():
    """As published code centres: 1 - 1/batch of each derivative is left."""

    def published(log_pi, states, r, gamma):
        return lk.plain_dice(log_pi, states, r - r.mean(axis=0), gamma)

    with jax.numpy_rank_promotion("allow"):
        found = expectation(GAMES["lopsided"], 2, 2, objective=published)
    close(found[1:], [x / 2 for x in exact(GAMES["lopsided"], 2)[1:]])


OBJECTIVES = {
    "plain": lk.plain_dice,
    "centred": lk.centred_dice,
    "baseline": lk.baseline_dice(lk.state_value),
    "loaded": lk.loaded_dice(lk.state_value),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_forward_values(name):
    """The mean return of the games that were drawn; 0 for Loaded DiCE."""
    game, key = GAMES["lopsided"], jax.random.key(3)
    sizes = {"horizon": 7, "batch": 6}
    values = lk.dice_values(game, **sizes, objective=OBJECTIVES[name])
    play = lk.rollout(game, THETA[:5], THETA[5:], key, **sizes)
    G = [np.asarray(r).mean(axis=0) @ 0.8 ** np.arange(7) for r in play.rewards]
    expected = [0, 0] if name == "loaded" else G
    np.testing.assert_allclose(values(THETA[:5], THETA[5:], key), expected, atol=1e-12)


def test_the_game_is_a_graph():
    """One game of three rounds as a graph of 6 actions and 3 rewards: the same objective."""
    game, key = GAMES["lopsided"], jax.random.key(1)
    play = lk.rollout(game, THETA[:5], THETA[5:], key, horizon=3, batch=1)
    parents = {}
    for t in range(3):
        before = [f"{who}{t - 1}" for who in "ab"] if t else []
        parents |= {f"a{t}": before, f"b{t}": before, f"r{t}": [f"a{t}", f"b{t}"]}

    def graph(theta):
        logs = {}
        for i, who in enumerate("ab"):
            mine = theta[5 * i : 5 * i + 5]
            log_pi = log_probs_of(mine, play.states[i][0], play.actions[i][0])
            logs |= {f"{who}{t}": log_pi[t] for t in range(3)}
        return jnp.stack(
            [
                lk.dice_objective(
                    logs, {f"r{t}": 0.8**t * r[0, t] for t in range(3)}, parents
                )
                for r in play.rewards
            ]
        )

    def library(theta):
        values = lk.dice_values(game, horizon=3, batch=1, objective=lk.plain_dice)
        return values(theta[:5], theta[5:], key)

    found, right = (
        jax.jit(lambda x, f=f: derivatives(f, x))(THETA) for f in (library, graph)
    )
    close(found, right)


def gradient(values, index, seat=0, key=None):
    own, other = THETA[:5], THETA[5:]
    return jax.grad(lambda x: values(*x, key)[seat])((own, other))[index]


def test_every_seat_is_asked_about_its_own_play():
    asked = []

    def spy(log_pi, states, r, gamma):
        asked.append((states, r))
        return r.sum()

    game, key, sizes = GAMES["lopsided"], jax.random.key(0), {"horizon": 4, "batch": 3}
    lk.dice_values(game, **sizes, objective=spy)(THETA[:5], THETA[5:], key)
    play = lk.rollout(game, THETA[:5], THETA[5:], key, **sizes)
    for (states, r), s, rewards in zip(asked, play.states, play.rewards, strict=True):
        np.testing.assert_array_equal(states, s)
        np.testing.assert_array_equal(r, rewards)


def test_centred_dice_by_loops():
    """The gradient pays each round the reward less that of the other games."""
    rng = np.random.default_rng(0)
    x, r = jnp.asarray(rng.normal(size=(3, 4))), rng.normal(size=(3, 4))
    total = 0.0
    for i in range(3):
        for t in range(4):
            b = (r[:, t].sum() - r[i, t]) / 2
            total += 0.8**t * float(x[i, : t + 1].sum()) * (r[i, t] - b) / 3
    found = jax.grad(lambda c: lk.centred_dice(c * x, None, jnp.asarray(r), 0.8))(1.0)
    np.testing.assert_allclose(found, total, rtol=1e-12)
    game, key = GAMES["lopsided"], jax.random.key(0)
    default = lk.dice_values(game, horizon=3, batch=4)
    centred = lk.dice_values(game, horizon=3, batch=4, objective=lk.centred_dice)
    for seat in (0, 1):
        a, b = (gradient(V, 1, seat, key) for V in (default, centred))
        np.testing.assert_array_equal(a, b)


def test_a_value_is_a_number_to_the_derivatives():
    """A value that depends on the parameters is not differentiated."""
    r, states = jnp.ones((2, 3)), jnp.zeros((2, 3), int)

    def run(c, slope):
        value = lambda states, G, gamma: jnp.full_like(G, 2.0) + slope * (c - 1.0)
        objective = lk.loaded_dice(value)
        return objective(jnp.full((2, 3), -0.5) * c, states, r, 0.9)

    one, two = (jax.hessian(run)(1.0, slope) for slope in (0.0, 5.0))
    assert one == two != 0


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gamma_may_be_zero_traced_and_differentiated(name):
    payoff, key = GAMES["dilemma"].payoff, jax.random.key(0)

    def value(gamma):
        game = lk.MatrixGame(payoff, gamma)
        values = lk.dice_values(game, horizon=3, batch=4, objective=OBJECTIVES[name])
        own, other = THETA[:5].astype("float32"), THETA[5:].astype("float32")
        return values(own, other, key)[0]

    assert np.isfinite(jax.grad(value)(0.0))
    assert jax.jit(value)(jnp.array(0.5)).dtype == "float32"


@pytest.mark.parametrize("baseline", [lk.no_baseline, lk.batch_mean, lk.state_value])
def test_first_order_is_the_policy_gradient(baseline):
    """From the same key the same games, and the same estimate as by the score function."""
    game, key, sizes = GAMES["lopsided"], jax.random.key(4), {"horizon": 9, "batch": 5}
    right = lk.naive_pg(game, **sizes, baseline=baseline)(THETA[:5], THETA[5:], key)
    objectives = [lk.baseline_dice(baseline), lk.loaded_dice(baseline)]
    if baseline is lk.no_baseline:
        objectives.append(lk.plain_dice)
    for objective in objectives:
        values = lk.dice_values(game, **sizes, objective=objective)
        np.testing.assert_allclose(gradient(values, 0, key=key), right, atol=1e-12)


def test_second_order_of_loaded_dice_is_the_cross_term_of_lola_pg():
    """Both pay a pair of rounds the advantage of the later one."""
    game, key, sizes = GAMES["lopsided"], jax.random.key(4), {"horizon": 9, "batch": 6}
    values = lk.dice_values(game, **sizes, objective=lk.loaded_dice(lk.batch_mean))

    def along(own):
        V = jax.grad(lambda other: values(own, other, key)[1])(THETA[5:])
        return V @ jax.lax.stop_gradient(gradient(values, 1, key=key))

    shaping = jax.grad(along)(THETA[:5])
    rules = [
        lk.lola_pg(game, **sizes, lookahead=eta, split=False)(THETA[:5], THETA[5:], key)
        for eta in (0.0, 1.0)
    ]
    np.testing.assert_allclose(rules[1] - rules[0], shaping, atol=1e-11, rtol=0)


@pytest.mark.parametrize(("decay", "gae"), [(0.0, 0.5), (0.7, 0.0), (0.9, 1.0)])
def test_loaded_dice_by_loops(decay, gae):
    """Its definition, term by term, with derivatives of magic boxes written out."""
    gamma, rng = 0.8, np.random.default_rng(0)
    x, r = rng.normal(size=(3, 4)), jnp.asarray(rng.normal(size=(3, 4)))
    states = jnp.asarray(rng.integers(0, 5, size=(3, 4)))
    V = np.hstack([np.asarray(V_TABLE)[states], np.zeros((3, 1))])
    first, second = 0.0, 0.0
    for i in range(3):
        w = 0.0
        for t in range(4):
            w = decay * w + x[i, t]
            A = sum(
                (gamma * gae) ** (u - t) * (r[i, u] + gamma * V[i, u + 1] - V[i, u])
                for u in range(t, 4)
            )
            before = w - x[i, t]
            first += gamma**t * (w - before) * A / 3
            second += gamma**t * (w**2 - before**2) * A / 3
    objective = lk.loaded_dice(known, decay=decay, gae=gae)

    def scaled(c):  # log-probabilities c x, so that the derivative of w is w itself
        return objective(c * jnp.asarray(x), states, r, gamma)

    found = derivatives(scaled, 1.0)[:3]
    np.testing.assert_allclose(found, [0, first, second], atol=1e-12)


@pytest.mark.usefixtures("optimized")
def test_lola_dice_is_lola_unrolled():
    """Two steps of look-ahead on large batches: the exact rule, with the graph kept.

    T = 50 leaves out 0.8^50 = 1.4e-5 of the value, and as little of the rule. A bias
    of order 1/batch remains, from the noise of the inner steps; 1 % of the largest entry is
    ten times what it can be.
    """
    game, theta = GAMES["lopsided"], (THETA[:5], THETA[5:])
    how = {"lookahead": 0.3, "steps": 2}
    right = lk.lola_unrolled(lk.exact_values(game), **how)(*theta)
    values = lk.dice_values(game, horizon=50, batch=4000)
    rule = jax.jit(lk.lola_unrolled(values, **how))
    draws = np.array(
        [rule(*theta, key) for key in jax.random.split(jax.random.key(0), 24)]
    )
    error = draws.std(axis=0, ddof=1) / np.sqrt(24)
    gap = np.abs(draws.mean(axis=0) - right)
    assert (gap < 5 * error + 0.01 * np.abs(right).max()).all()
    # And that is no other rule: without its graph to theta_1 the step shapes nothing.
    look_ahead = jax.grad(
        lambda own: lk.exact_values(game)(
            own, jax.lax.stop_gradient(theta[1] + 0.6 * exact_step(game))
        )[0]
    )(theta[0])
    assert (np.abs(look_ahead - right) > 10 * error).any()


def exact_step(game):
    V = lk.exact_values(game)
    return jax.grad(lambda other: V(THETA[:5], other)[1])(THETA[5:])


def test_another_world():
    """Networks in a corridor: first order is the policy gradient of the same games."""
    game, (k_1, k_2, key) = corridor.Corridor(), jax.random.split(jax.random.key(0), 3)
    own, other = corridor.network(k_1), corridor.network(k_2)
    how = {"sample": corridor.sample, "log_prob": corridor.move_log_prob}
    how |= {"horizon": 5, "batch": 8}
    values = lk.dice_values(game, objective=lk.plain_dice, **how)
    found = jax.grad(lambda own: values(own, other, key)[0])(own)
    right = lk.naive_pg(game, baseline=lk.no_baseline, **how)(own, other, key)
    jax.tree.map(
        lambda x, y: np.testing.assert_allclose(x, y, atol=1e-12), found, right
    )


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtypes_and_saturated_logits(name, dtype):
    """The direction has the dtype of the policies, whatever the payoffs are in."""
    game = GAMES["dilemma"]
    values = lk.dice_values(game, horizon=6, batch=4, objective=OBJECTIVES[name])
    rule = jax.jit(lk.lola_unrolled(values, lookahead=0.5, steps=2))
    for a, b in itertools.product([30.0, -30.0], repeat=2):
        direction = rule(
            jnp.full(5, a, dtype), jnp.full(5, b, dtype), jax.random.key(0)
        )
        assert direction.dtype == dtype and np.isfinite(direction).all()


def test_rewards_may_depend_on_the_parameters_but_not_in_the_derivatives():
    """A sampler that pays by its parameters: what it paid is a number to `dice_values`."""

    def scaled(game, own, other, key, *, horizon, batch):
        play = lk.rollout(game, own, other, key, horizon=horizon, batch=batch)
        scale = own.sum() + other.sum()
        return play._replace(rewards=tuple(scale * r for r in play.rewards))

    game, key, sizes = GAMES["lopsided"], jax.random.key(0), {"horizon": 3, "batch": 4}
    usual, paid = (
        lk.dice_values(game, **sizes, objective=lk.plain_dice, sample=sample)
        for sample in (lk.rollout, scaled)
    )
    right = THETA.sum() * gradient(usual, 0, key=key)
    np.testing.assert_allclose(gradient(paid, 0, key=key), right, rtol=1e-12)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"log_pi": jnp.zeros((2, 1))}, r"r: expected shape \(2, 1\), got \(2, 3\)"),
        ({"log_pi": jnp.zeros(3)}, r"log_pi: expected an array \[batch, horizon\]"),
        ({"log_pi": None}, r"log_pi: expected an array \[batch, horizon\], got None"),
        ({"log_pi": jnp.zeros((2, 3), int)}, "log_pi: expected floats, got dtype int"),
        ({"r": jnp.zeros(3)}, r"r: expected shape \(2, 3\), got \(3,\)"),
        ({"gamma": 1.5}, "gamma: expected 0 <= gamma <= 1, got 1.5"),
        ({"gamma": "high"}, "gamma: expected a finite number"),
    ],
)
def test_objectives_refuse_what_does_not_fit(name, change, message):
    call = {"log_pi": jnp.zeros((2, 3)), "states": jnp.zeros((2, 3), int)}
    call |= {"r": jnp.ones((2, 3)), "gamma": 0.9} | change
    with pytest.raises(ValueError, match=message):
        OBJECTIVES[name](*call.values())


def test_a_discount_of_numpy_keeps_the_dtype_of_the_policies():
    logs, states = jnp.zeros((2, 3), "float32"), jnp.zeros((2, 3), int)
    for objective in OBJECTIVES.values():
        r = jnp.ones((2, 3), "float32")
        assert objective(logs, states, r, np.float64(0.9)).dtype == "float32"


class World(NamedTuple):
    gamma: float


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 0}, "horizon: expected an integer of at least 1, got 0"),
        ({"batch": 0}, "batch: expected an integer of at least 1, got 0"),
        ({"objective": "plain"}, "objective: expected a function, got 'plain'"),
        ({"sample": None}, "sample: expected a function"),
        ({"log_prob": 3}, "log_prob: expected a function, got 3"),
        ({"game": 3}, "game: expected a MatrixGame, or another with gamma"),
        ({"game": World(1.5)}, "gamma: expected 0 <= gamma <= 1, got 1.5"),
    ],
)
def test_bad_input(change, message):
    call = {"game": GAMES["dilemma"], "horizon": 3, "batch": 4} | change
    with pytest.raises(ValueError, match=message):
        lk.dice_values(**call)


@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_calls():
    game, key = GAMES["dilemma"], jax.random.key(0)
    with pytest.raises(ValueError, match="key: expected a key"):
        lk.dice_values(game, horizon=3, batch=4)(THETA[:5], THETA[5:])
    with pytest.raises(ValueError, match="expected at least 2 games"):
        lk.dice_values(game, horizon=3, batch=1)(THETA[:5], THETA[5:], key)
    short = lk.dice_values(
        game, horizon=3, batch=2, log_prob=lambda *a: lk.log_prob(*a)[:, :1]
    )
    with pytest.raises(ValueError, match=r"log_prob: expected shape \(2, 3\)"):
        short(THETA[:5], THETA[5:], key)

    def one_seat(*args, **sizes):
        (s, z), (a, b), r = lk.rollout(*args, **sizes)
        return lk.Trajectory((s, z[:1]), (a, b[:1]), r)

    broken = lk.dice_values(game, horizon=3, batch=2, sample=one_seat)
    with pytest.raises(ValueError, match=r"log_prob: expected shape .*got \(1, 3\)"):
        broken(THETA[:5], THETA[5:], key)
    for nothing in (lambda *a, **k: None, lambda *a, **k: tuple(lk.rollout(*a, **k))):
        values = lk.dice_values(game, horizon=3, batch=2, sample=nothing)
        with pytest.raises(ValueError, match="sample: expected it to return a Traj"):
            values(THETA[:5], THETA[5:], key)
    counted = lk.dice_values(
        game, horizon=3, batch=2, log_prob=lambda *a: jnp.zeros((2, 3), int)
    )
    with pytest.raises(ValueError, match="log_prob: expected floats, got dtype int"):
        counted(THETA[:5], THETA[5:], key)
    for seat in (0, 1):

        def short(*args, seat=seat, **sizes):
            play = lk.rollout(*args, **sizes)
            r = list(play.rewards)
            r[seat] = r[seat][:, :1]
            return play._replace(rewards=tuple(r))

        values = lk.dice_values(game, horizon=3, batch=2, sample=short)
        with pytest.raises(ValueError, match=r"rewards: expected shape \(2, 3\)"):
            values(THETA[:5], THETA[5:], key)
        calls = []

        def wrong(log_pi, states, r, gamma, seat=seat, calls=calls):
            calls.append(r)
            return r.sum() if len(calls) != seat + 1 else r

        values = lk.dice_values(game, horizon=3, batch=2, objective=wrong)
        with pytest.raises(ValueError, match=r"objective: expected shape \(\)"):
            values(THETA[:5], THETA[5:], key)
    for name in ("decay", "gae"):
        with pytest.raises(ValueError, match=f"{name}: expected 0 <= {name} <= 1"):
            lk.loaded_dice(lk.batch_mean, **{name: 1.5})
    for make in (lk.baseline_dice, lk.loaded_dice):
        with pytest.raises(ValueError, match=r"value: expected a function, got 0\.0"):
            make(0.0)
        short = lk.dice_values(
            game, horizon=3, batch=2, objective=make(lambda s, G, gamma: G[0])
        )
        with pytest.raises(ValueError, match=r"value: expected shape \(2, 3\)"):
            short(THETA[:5], THETA[5:], key)
        listed = make(lambda s, G, gamma: [1.0])
        with pytest.raises(ValueError, match=r"value: expected an array of shape"):
            listed(jnp.zeros((2, 3)), None, jnp.ones((2, 3)), 0.9)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("players", [1, 3])
def test_play_that_pays_another_number_of_players_is_refused(players):
    """Two values, of two players: one is not left out, and a third is not dropped."""

    def sample(*args, **sizes):
        play = lk.rollout(*args, **sizes)
        return play._replace(rewards=play.rewards[:1] * players)

    values = lk.dice_values(GAMES["dilemma"], horizon=3, batch=2, sample=sample)
    with pytest.raises(ValueError, match=r"argument 2 is (shorter|longer)"):
        values(THETA[:5], THETA[5:], jax.random.key(0))


def test_dice_values_remember_their_seat():
    values = lk.dice_values(GAMES["pennies"], horizon=3, batch=4)
    learner = lk.ascend(lk.naive(values), optax.sgd(1.0), lk.normal_logits())
    with pytest.raises(ValueError, match="second player to be built on"):
        lk.play(learner, learner, jax.random.key(0), 1)
