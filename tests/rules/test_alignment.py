"""Advantage Alignment and LOQA: golden numbers, autodiff, enumeration, finite differences."""

import itertools

import corridor
import jax
import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from oracles import SEEN_BY_2, sigmoid

import lolakit as lk

KEY = jax.random.key(0)
# The worked trajectory of four rounds, gamma 0.9.
A_1, A_2 = jnp.array([[0.5, -1.0, 0.25, 2.0]]), jnp.array([[1.0, 0.5, -2.0, 0.4]])
R_2 = jnp.array([[-1.0, 0.0, -3.0, -2.0]])
V_2 = jnp.array([[-1.5, -1.0, -2.0, -1.8, 0.0]])
Q_OF_THE_OTHER_ACTION = jnp.array([[-1.2, -0.7, -2.5, -1.9]])
C = [[0, -1.4575296977, 1.4585821805, 0.0434899308]]
PI = [[0.02441118, 0.02608408, 0.09112296, 0.47502081]]


def test_advantage_alignment_gives_the_golden_numbers():
    past = lk.past_sum(A_1, 0.9)
    np.testing.assert_allclose(past, [[0, 0.45, -0.495, -0.2205]], atol=1e-12)
    published = lk.aligned(A_1, A_2, weight=0.9, decay=0.9)  # beta gamma, beta = 1
    want = [[0.5, -0.7975, 1.141, 1.92062]]
    np.testing.assert_allclose(published, want, atol=1e-12)


def test_two_more_forms_of_the_published_code_are_this_one_with_other_decays():
    """Its past sum is not discounted: divided by t, or times gamma^(t-1)."""
    t = jnp.arange(4.0)[None]
    shaping = lk.aligned(A_1, A_2, weight=1.0, decay=1.0) - A_1
    found = shaping[:, 1:] / t[:, 1:]
    np.testing.assert_allclose(found, [[0.25, 0.5, -1 / 30]], atol=1e-12)
    found = shaping[:, 1:] * 0.9 ** (t[:, 1:] - 1)
    np.testing.assert_allclose(found, [[0.25, 0.9, -0.081]], atol=1e-12)


def estimates():
    """Return A and pi of the worked trajectory, from the library."""
    A = lk.gae(R_2, V_2, 0.9, decay=1.0)
    G = A + V_2[:, :-1]
    actions = jnp.array([[0, 1, 1, 0]])  # whichever: the other action has the other q
    q = jnp.stack([Q_OF_THE_OTHER_ACTION] * 2, axis=-1)
    return A, lk.chosen(q, actions, G)


def test_loqa_gives_the_golden_numbers():
    A, pi = estimates()
    np.testing.assert_allclose(A[0, 0] + V_2[0, 0], -4.888, atol=1e-12)
    np.testing.assert_allclose(pi, PI, atol=1e-8)
    surrogate = lk.surrogate(jnp.log(pi), A_1)
    np.testing.assert_allclose(surrogate, -0.2976064237, atol=1e-10)
    shaping = lk.past_sum(A_1 * (1 - pi), 0.9 * 0.9) * A / 0.9
    np.testing.assert_allclose(shaping, C, atol=1e-9)


def fixed_play(batch=5, horizon=6, seed=0):
    """Return some play, and what draws it whatever is asked."""
    draw = np.random.default_rng(seed)
    integers = lambda n: draw.integers(n, size=(2, batch, horizon))
    s, a, r = integers(5), integers(2), draw.normal(size=(2, batch, horizon))
    play = lk.Trajectory(*(tuple(jnp.asarray(x)) for x in (s, a, r)))
    return play, lambda game, own, other, key, **sizes: play


def some_critic(states, actions, r, gamma):
    """Return values of the states that have nothing to do with the game."""
    table = jnp.sin(jnp.arange(15.0)).reshape(5, 3) + r.mean()
    return table[states, 0], table[states, 1:]


@pytest.mark.parametrize(
    ("tau", "decay", "discounted"),
    [(1.0, 0.9, True), (0.7, 1.0, False), *(pytest.param(*x, marks=pytest.mark.slow)
                                            for x in ((1.0, 0.9, False), (0.7, 1.0, True)))],
)  # fmt: skip
def test_loqa_is_the_gradient_through_the_softmax(discounted, tau, decay):
    """Autodiff goes through magic boxes and the softmax; the rule has 1 - pi worked out.

    The recursion is that of Loaded DiCE: from the last round on, what is earned above the
    critic's value, times what depends on my action of that round.
    """
    game, theta = (
        lk.prisoners_dilemma(gamma=0.9),
        jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]),
    )
    play, sample = fixed_play()
    s, a = play.states[0][:, :-1], play.actions[0][:, :-1]
    judged = [some_critic(*(x[i] for x in play), game.gamma) for i in (0, 1)]
    (v_1, _), (v_2, q_2) = judged
    r_1, r_2 = (r[:, :-1] for r in play.rewards)
    A_own = lk.gae(r_1, v_1, game.gamma)
    A_other = lk.gae(r_2, v_2, game.gamma, decay=1.0)
    G = A_other + v_2[:, :-1]
    gamma_t = (game.gamma ** jnp.arange(5.0) if discounted else jnp.ones(5))[None]

    def objective(theta):
        box = lk.magic_box(lk.log_prob(theta, s, a)) - 1
        later, c = [], jnp.zeros(5)
        for t in reversed(range(5)):
            later.append(c)  # what my play after round t adds: none of its own round
            c = A_other[:, t] * box[:, t] + game.gamma * decay * c
        Q = G + game.gamma * jnp.stack(later[::-1], axis=1)
        taken = jax.nn.one_hot(play.actions[1][:, :-1], 2)
        q = jnp.where(taken > 0, Q[..., None], q_2[:, :-1])
        log_pi = (jax.nn.log_softmax(q / tau) * taken).sum(axis=-1)
        both = lk.log_prob(theta, s, a) + log_pi
        return (gamma_t * A_own * both).sum() / len(s)

    rule = lk.loqa(
        game, horizon=6, batch=5, temperature=tau, decay=decay, discounted=discounted,
        critic=some_critic, sample=sample,
    )  # fmt: skip
    want = jax.grad(objective)(theta)
    np.testing.assert_allclose(rule(theta, theta, KEY), want, atol=1e-12)


@pytest.mark.parametrize("discounted", [True, False])
def test_with_pi_near_zero_loqa_is_advantage_alignment(discounted):
    """Where the other's action was all but impossible, 1 - pi is 1."""
    game, theta = (
        lk.prisoners_dilemma(gamma=0.9),
        jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]),
    )
    _, sample = fixed_play()

    def critic(states, actions, r, gamma):
        v, q = some_critic(states, actions, r, gamma)
        return v, q + 1000.0  # the chosen one's estimate is left far behind

    rest = {"horizon": 6, "batch": 5, "sample": sample, "discounted": discounted}
    loqa = lk.loqa(game, **rest, temperature=2.0, decay=1.0, critic=critic)

    def own_by_one_round(seat):
        play = sample(None, None, None, None)
        v, _ = critic(*(x[seat] for x in play), game.gamma)
        return lk.gae(play.rewards[seat][:, :-1], v, game.gamma, decay=float(seat))

    weights = lk.aligned(
        own_by_one_round(0), own_by_one_round(1), weight=0.5,
        decay=1.0 if discounted else game.gamma,
    )  # fmt: skip
    if discounted:
        weights = weights * game.gamma ** jnp.arange(5.0)[None]
    play = sample(None, None, None, None)
    s, a = play.states[0][:, :-1], play.actions[0][:, :-1]
    want = jax.grad(lambda th: lk.surrogate(lk.log_prob(th, s, a), weights))(theta)
    np.testing.assert_allclose(loqa(theta, theta, KEY), want, atol=1e-12)


# Two rounds of any game, in plain NumPy. Round 2 has logits 1 to 4, by the outcome of
# round 1; each player calls outcomes by its own seat.

OWN, OTHER = (
    np.array([0.3, -0.7, 1.1, 0.2, -0.4]),
    np.array([-0.5, 0.8, 0.1, -1.2, 0.6]),
)
GAME = lk.MatrixGame([[[1.0, -2.0], [4.0, 0.5]], [[3.0, 0.0], [-1.0, 2.0]]], gamma=0.8)
OUTCOMES = list(itertools.product((0, 1), repeat=2))


def acts(theta, logit):
    p = sigmoid(theta[logit])
    return np.array([p, 1 - p])


def second_round(own, other):
    """Return what round 2 is worth to both after each outcome [2, 4]."""
    worth = np.zeros((2, 4))
    for o in range(4):
        p, q = acts(own, 1 + o), acts(other, SEEN_BY_2[o])
        worth[:, o] = np.einsum("a,b,iab->i", p, q, np.asarray(GAME.payoff))
    return worth


def preference(own, other, first):
    """Return how much more C than D of round 1 is worth to the other, given my first move."""
    worth = second_round(own, other)[1].reshape(2, 2)
    q = first @ (np.asarray(GAME.payoff)[1] + GAME.gamma * worth)  # of b
    return q[0] - q[1]


def two_rounds(own, other):
    first = np.outer(acts(own, 0), acts(other, 0))
    worth = second_round(own, other).reshape(2, 2, 2)
    return ((np.asarray(GAME.payoff) + GAME.gamma * worth) * first).sum(axis=(1, 2))


def truth(own, other, beta):
    """Return the derivative of my value if the other's first logit follows its preference.

    By finite differences. Its own round 2 follows nothing: no later play of mine is left.
    """
    first, e, slopes = acts(own, 0), 1e-5, []
    base = preference(own, other, first)
    for i in range(5):
        moved = []
        for sign in (1, -1):
            x, y = own + sign * e * np.eye(5)[i], other.copy()
            y[0] += beta * (preference(x, other, first) - base)
            moved.append(two_rounds(x, y)[0])
        slopes.append((moved[0] - moved[1]) / (2 * e))
    return np.array(slopes)


def expectation(own, other, **options):
    """Return the rule's exact expectation over two rounds, with exact values as critic."""
    play = lk.Trajectory(*oracles.all_games(GAME.payoff, 3))
    probability = np.ones(len(play.rewards[0]))
    for theta, s, a in zip((own, other), play.states, play.actions, strict=True):
        p = sigmoid(theta)[s]
        probability *= np.where(a == 0, p, 1 - p).prod(axis=1)
    start, worth = two_rounds(own, other), second_round(own, other)
    after = [worth[0], worth[1][np.array(SEEN_BY_2) - 1]]  # by each seat's own states

    v = np.zeros((2, *play.rewards[0].shape))  # the game ends after two: then 0
    for seat in (0, 1):
        v[seat, :, 0] = start[seat]
        v[seat, :, 1] = after[seat][play.states[seat][:, 1] - 1]

    @jax.vmap
    def direction(one, v):
        one = jax.tree.map(lambda x: x[None], one)
        values = iter(v[:, None])  # the rule asks for own first

        def critic(states, actions, r, gamma):
            return next(values), jnp.zeros((1, 3, 2))

        rule = lk.advantage_alignment(
            GAME, horizon=3, batch=1, critic=critic,
            sample=lambda *args, **sizes: one, **options,
        )  # fmt: skip
        return rule(jnp.asarray(own), jnp.asarray(other), KEY)

    each = direction(jax.tree.map(jnp.asarray, play), jnp.asarray(v.swapaxes(0, 1)))
    return probability @ np.asarray(each)


def test_without_weight_it_is_the_gradient_of_two_rounds():
    found = expectation(OWN, OTHER, weight=0.0)
    # Second-order differences: error 1e-10 times a third derivative below 10.
    np.testing.assert_allclose(found, truth(OWN, OTHER, 0.0), atol=1e-8)


@pytest.mark.parametrize("beta", [0.7, -0.4])
def test_it_is_the_derivative_for_an_other_that_follows_its_preference(beta):
    """If my first move is certain, my advantage is all the other's doing."""
    own = OWN.copy()
    own[0] = 40.0
    found = expectation(own, OTHER, weight=beta)
    np.testing.assert_allclose(found, truth(own, OTHER, beta), atol=1e-8)
    assert np.abs(truth(own, OTHER, beta) - truth(own, OTHER, 0.0)).max() > 0.01


def test_if_my_move_is_not_certain_it_is_something_else():
    """My luck with my own move is paid to the other too, which no derivative says."""
    found = expectation(OWN, OTHER, weight=0.7)
    assert np.abs(found - truth(OWN, OTHER, 0.7)).max() > 0.01


@pytest.mark.parametrize("rule", ["aa", "loqa"])
def test_networks_in_another_world(rule):
    """The direction is the sum over rounds of a weight times the score of a network."""
    nets = [corridor.network(key) for key in jax.random.split(KEY)]
    world, sizes = corridor.Corridor(), {"horizon": 4, "batch": 3}

    def critic(states, actions, r, gamma):
        v = states.sum(axis=-1) - r.mean()
        return v, jnp.stack([v, v + 1, v - 1], axis=-1)

    options = sizes | {"sample": corridor.sample, "log_prob": corridor.move_log_prob}
    play = corridor.sample(world, *nets, KEY, **sizes)
    v, v_2 = (critic(*x, 0.9)[0] for x in zip(*play, strict=True))
    r, r_2 = (r[:, :-1] for r in play.rewards)
    own, t = lk.gae(r, v, 0.9), jnp.arange(3.0)[None]
    if rule == "aa":
        made = lk.advantage_alignment(world, weight=0.5, critic=critic, **options)
        weights = lk.aligned(own, lk.gae(r_2, v_2, 0.9), weight=0.5, decay=1.0)
    else:
        made = lk.loqa(world, temperature=2.0, critic=critic, **options)
        other = lk.gae(r_2, v_2, 0.9, decay=1.0)
        q, b = critic(play.states[1], None, play.rewards[1], 0.9)[1], play.actions[1]
        pi = lk.chosen(q[:, :-1], b[:, :-1], other + v_2[:, :-1], 2.0)
        weights = own + lk.past_sum(own * (1 - pi), 0.9) * other / (0.9 * 2.0)
    s, a = play.states[0][:, :-1], play.actions[0][:, :-1]
    slope = jax.jacrev(corridor.move_log_prob)(nets[0], s, a)  # [3, 3, ...]
    weights = 0.9**t * weights / 3
    want = jax.tree.map(lambda x: jnp.einsum("bt,bt...->...", weights, x), slope)
    for x, y in zip(*map(jax.tree.leaves, (made(*nets, KEY), want)), strict=True):
        np.testing.assert_allclose(x, y, atol=1e-12)


def test_one_round_is_refused():
    with pytest.raises(ValueError, match="horizon: expected an integer of at least 2"):
        lk.advantage_alignment(GAME, horizon=1, batch=2, weight=1.0)
    with pytest.raises(ValueError, match="decay: expected a positive number"):
        lk.loqa(GAME, horizon=2, batch=2, decay=0.0)
