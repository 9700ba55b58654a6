"""Answers to the exercises of Chapter 4, right and wrong."""

import jax.numpy as jnp
import numpy as np
import oracles

import lolakit as lk

A = np.array([0.3, -0.7, 1.1, 0.2, -0.4])
B = np.array([-0.5, 0.8, 0.1, -1.2, 0.6])
T = 4
PAYOFF = np.asarray(lk.prisoners_dilemma().payoff)
(S, Z), (ACTS, BCTS), REWARDS = oracles.all_games(PAYOFF, T)
G1 = oracles._score(A, S, ACTS)
G2 = oracles._score(B, Z, BCTS)


def likely(theta, states, actions):
    p = oracles.sigmoid(theta)[states]
    return np.where(actions == 0, p, 1 - p).prod(axis=1)


P = likely(A, S, ACTS) * likely(B, Z, BCTS)


def to_go(r):
    return np.cumsum(r[:, ::-1], axis=1)[:, ::-1]


def errors(gamma):
    """Of the estimators without gamma^t in front, and without any discount."""
    step = gamma ** np.arange(T)
    D = to_go(step * REWARDS[0])
    g = oracles.enumerate_derivatives(PAYOFF, gamma, A, B, T)[1][0]
    dropped, bare = (
        np.einsum("n,nt,nti->i", P, w, G1) for w in (D / step, to_go(REWARDS[0]))
    )
    off = np.linalg.norm(dropped - g)
    return (
        off / np.linalg.norm(g),
        off / np.linalg.norm(dropped),
        np.linalg.norm(bare - g) / np.linalg.norm(g),
    )


E96, E50 = errors(0.96), errors(0.5)


def plain_mean(states, G, gamma):
    return jnp.broadcast_to(G.mean(axis=0), G.shape)


def shrink(B):
    return 1 - 1 / B


WORTH = [oracles.enumerate_derivatives(PAYOFF, 0.96, A, B, T)[2][i] for i in (0, 1)]


def estimates(later=np.maximum, worth=0, pays=1, gamma=0.96, sign=1, seat=1, mask=1):
    """Pairs of rounds by loops; each argument spoils it in one place."""

    def shaping_estimates(b):
        step = gamma ** np.arange(T)
        b = sign * np.asarray(b)[(S, Z)[seat]]
        paid = to_go(step * REWARDS[pays]) - step * b
        rows = np.zeros((len(P), 5))
        for k in range(T):
            for l in range(T):
                if mask or k == l:
                    c = G2[:, k] @ WORTH[worth]
                    rows += (paid[:, later(k, l)] * c)[:, None] * G1[:, l]
        return rows

    return shaping_estimates


def pair_sum(M, w):
    total = sum(M[n] @ w[m] for n in range(len(w)) for m in range(len(w)) if n != m)
    return total / (len(w) * (len(w) - 1))


def crossed(M, w):
    half = len(w) // 2
    one, two = slice(None, half), slice(half, None)
    both = [M[x].mean(0) @ w[y].mean(0) for x, y in ((one, two), (two, one))]
    return sum(both) / 2


def ratio(B):
    return (B**2 - B) / (B**2 / 2)


def played(payoff, theta_1, theta_2, T, B, seed, other_seat=True):
    """Rounds as lists, game by game side by side: states, actions and rewards of both."""
    random = np.random.default_rng(seed)
    s, z, rounds = np.zeros(B, int), np.zeros(B, int), []
    for _ in range(T):
        a = (random.random(B) > oracles.sigmoid(theta_1)[s]).astype(int)
        b = (random.random(B) > oracles.sigmoid(theta_2)[z]).astype(int)
        rounds.append((s, z, a, b, payoff[0, a, b], payoff[1, a, b]))
        s, z = 1 + 2 * a + b, 1 + (2 * b + a if other_seat else 2 * a + b)
    return [np.stack(x, axis=1) for x in zip(*rounds, strict=True)]


def policy_gradient(payoff, gamma, theta_1, theta_2, T, B, seed, **spoilt):
    """By loops over rounds; each argument of `spoilt` spoils it in one place."""
    seat = spoilt.get("seat", True)
    s, z, a, b, *r = played(payoff, theta_1, theta_2, T, B, seed, seat)
    one = theta_1, s, a
    g = oracles._score(*((theta_2, z, b) if spoilt.get("theirs") else one))
    rows, r = np.zeros((B, 5)), r[spoilt.get("pays", 0)]
    for t in range(1 if spoilt.get("first") else T):
        for l in range(t, t + 1 if spoilt.get("now") else T):
            power = {"none": 0, "from t": l - t}.get(spoilt.get("discount"), l)
            rows += (gamma**power * r[:, l])[:, None] * g[:, t]
    return rows


def shaping(payoff, gamma, theta_1, theta_2, w, T, B, seed, **spoilt):
    """As in the text: for each reward, both sums of scores up to its round."""
    s, z, a, b, *r = played(payoff, theta_1, theta_2, T, B, seed)
    g, h = oracles._score(theta_1, s, a), oracles._score(theta_2, z, b)
    if spoilt.get("flip"):
        g, h = h, g
    later = spoilt.get("later", max)
    rows, r = np.zeros((B, 5)), r[spoilt.get("pays", 1)]
    for t in range(T):
        for k in range(T):
            for l in [k] if spoilt.get("same") else range(T):
                now = t == k == l if spoilt.get("now") else later(k, l) <= t
                paid = now * gamma**t * r[:, t] * (h[:, k] @ w)
                rows += paid[:, None] * g[:, l]
    return rows


def with_baseline(payoff, gamma, theta_1, theta_2, T, B, seed):
    """Another right answer: less a number, times scores, whose mean is 0."""
    s, _, a, *_ = played(payoff, theta_1, theta_2, T, B, seed)
    rows = policy_gradient(payoff, gamma, theta_1, theta_2, T, B, seed)
    return rows + oracles._score(theta_1, s, a)[:, 0]


def spoil(function, **spoilt):
    return lambda *play: function(*play, **spoilt)


RIGHT = {
    "ex4_1": [(E96[0], E50[0]), (0.05, 0.76)],
    "ex4_2": [
        (shrink, plain_mean),
        (shrink, lambda s, G, g: 0 * G + np.mean(G, axis=0)[None]),
    ],
    "ex4_3": [(0.34, "b"), (lk.stats.Estimate(0.34375, 0.2, 0.52), "b")],
    "ex4_4": [(estimates(),), (lambda b: jnp.asarray(estimates()(b)),)],
    "ex4_5": [
        (0.0, 0.93, "b"),
        (lk.stats.Estimate(0.0, 0.0, 0.01), jnp.asarray(0.926), "B"),
    ],
    "ex4_6": [
        (pair_sum, ratio),
        (
            lambda M, w: (
                (M.sum(0) @ w.sum(0) - jnp.einsum("nij,nj->i", M, w))
                / (len(w) ** 2 - len(w))
            ),
            lambda B: jnp.asarray(2 - 2 / B),
        ),
    ],
    "ex4_7": [
        (policy_gradient, shaping),
        (with_baseline, lambda *play: jnp.asarray(shaping(*play))),
        # Paid from the earlier round on, even from the first, a pair has more noise and
        # the same mean: until both acts are done, a score of mean 0 multiplies the rest.
        (policy_gradient, spoil(shaping, later=min)),
    ],
}

WRONG = {
    "ex4_1": [
        ((100 * E96[0], E50[0]), "per cent"),
        ((E96[0], E50[1]), "not the wrong"),
        ((E96[2], E50[0]), "error_96: the returns"),
        ((E96[0], E50[2]), "error_50: the returns"),
        ((E50[0], E96[0]), "other discount"),
        ((E96[0], E96[0]), "error_50: this is the other"),
        ((0.0, E50[0]), "still in it"),
        ((0.5, E50[0]), "anew"),
    ],
    "ex4_2": [
        ((lambda B: 1, plain_mean), "left out of the mean"),
        ((lambda B: 1 / B, plain_mean), "What remains"),
        ((lambda B: B / (B - 1), plain_mean), "longer, or shorter"),
        ((lambda B: (B - 1) / (B + 1), plain_mean), "how many games"),
        ((lambda B: 0.5, plain_mean), "shrink(5)"),
        ((0.5, plain_mean), "expected a function"),
        ((shrink, lk.batch_mean), "leaves the game itself out"),
        ((shrink, lambda s, G, g: G.mean(axis=1, keepdims=True) + 0 * G), "axis 0"),
        ((shrink, lambda s, G, g: G.mean() + 0 * G), "for each round"),
        ((shrink, lambda s, G, g: G - G.mean(axis=0)[None]), "library subtracts"),
        ((shrink, lambda s, G, g: G.mean(axis=0)), "expected the shape (3, 4)"),
        ((shrink, lambda s, G, g: 0 * G), "over all the games"),
    ],
    "ex4_3": [
        ((0.0, "b"), "NL-PG"),
        ((0.81, "b"), "batch=8"),
        ((34, "b"), "fraction of the seeds"),
        ((0.34, "a"), "none of its seeds"),
        ((0.34, "c"), "whether they meet"),
    ],
    "ex4_4": [
        ((estimates(mask=0),), "not only k = l"),
        ((estimates(worth=1),), "not by V_2"),
        ((estimates(pays=0),), "player 2's rewards"),
        ((estimates(gamma=1.0),), "gamma^m"),
        ((estimates(sign=0),), "subtract b"),
        ((estimates(sign=-1),), "b is subtracted"),
        ((estimates(seat=0),), "player 2's seat"),
        ((estimates(later=np.minimum),), "later of its two rounds"),
        ((estimates(later=lambda k, l: l),), "later of its two rounds"),
        ((lambda b: P @ estimates()(b),), "expected the shape (256, 5)"),
        ((lambda b: P[:, None] * estimates()(b),), "before any mean"),
        ((lambda b: estimates()(np.asarray(b) ** 2),), "with another b"),
    ],
    "ex4_5": [
        ((0.93, 0.0, "b"), "exchanged"),
        ((0.2, 0.93, "b"), "share_long: too many"),
        ((0.0, 0.0, "b"), "pennies.swap()"),
        ((0.0, 0.52, "b"), "with 1000 updates"),
        ((0.0, 93, "b"), "fraction of the seeds"),
        ((0.0, 0.93, "a"), "point then"),
        ((0.0, 0.93, "c"), "linearise"),
    ],
    "ex4_6": [
        ((lambda M, w: M.mean(0) @ w.mean(0), ratio), "a game with itself"),
        (
            (lambda M, w: jnp.einsum("nij,nj->i", M, w) / len(w), ratio),
            "to be left out",
        ),
        (
            (lambda M, w: pair_sum(M, w) * (len(w) ** 2 - len(w)), ratio),
            "this is the sum",
        ),
        ((lambda M, w: pair_sum(M, w) * (1 - 1 / len(w)), ratio), "how many products"),
        ((lambda M, w: 2 * pair_sum(M, w), ratio), "both orders of two games"),
        ((lambda M, w: pair_sum(M.swapaxes(1, 2), w), ratio), "not w times M"),
        ((crossed, ratio), "this is the split"),
        ((lambda M, w: 0 * w[0], ratio), "product of the two sums"),
        ((lambda M, w: pair_sum(M, w)[None], ratio), "expected the shape (5,)"),
        ((pair_sum, lambda B: 1 / ratio(B)), "other way up"),
        ((pair_sum, lambda B: ratio(B) / 2), "both orders with the split"),
        ((pair_sum, lambda B: 2 * ratio(B)), "both ways"),
        ((pair_sum, lambda B: 2), "Which are left out"),
        ((pair_sum, lambda B: B * (B - 1)), "the number of pairs"),
        ((pair_sum, lambda B: 7), "has each of the two"),
    ],
    "ex4_7": [
        ((lambda *play: -policy_gradient(*play), shaping), "downhill"),
        ((lambda *play: policy_gradient(*play) / play[-2], shaping), "divided by B"),
        ((spoil(policy_gradient, first=True), shaping), "first round only"),
        ((spoil(policy_gradient, discount="none"), shaping), "discount is missing"),
        (
            (spoil(policy_gradient, discount="from t"), shaping),
            "in front of the return",
        ),
        ((spoil(policy_gradient, now=True), shaping), "by its own round"),
        ((spoil(policy_gradient, pays=1), shaping), "player 2's rewards"),
        ((spoil(policy_gradient, theirs=True), shaping), "player 2's scores"),
        ((spoil(policy_gradient, seat=False), shaping), "its own action first"),
        ((lambda *play: policy_gradient(*play)[:9], shaping), "expected the shape"),
        ((lambda *play: np.ones((play[-2], 5)), shaping), "all rows are alike"),
        ((policy_gradient, lambda *play: -shaping(*play)), "the wrong way"),
        (
            (policy_gradient, lambda *play: shaping(*play) / play[-2]),
            "shaping: return the",
        ),
        ((policy_gradient, spoil(shaping, same=True)), "one and the same round"),
        ((policy_gradient, spoil(shaping, pays=0)), "player 2's rewards pay"),
        ((policy_gradient, spoil(shaping, flip=True)), "goes with player 2's"),
        ((policy_gradient, spoil(shaping, now=True)), "one sum over rounds"),
    ],
}
