"""Independent routes to the same numbers: plain NumPy, no autodiff, nothing of lolakit.

The state after a round is 2 * action_1 + action_2 with C = 0 and D = 1; player 2's
logits are in its own order, so player 2 reads state (a, b) as (b, a).
"""

import itertools

import numpy as np

SIGMOID_AT = [1, 2, 3, 4]
SEEN_BY_2 = [1, 3, 2, 4]


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, dtype=np.float64)))


def enumerate_values(payoff, gamma, theta_1, theta_2, horizon):
    """Sum over every joint history of `horizon` rounds: probability times return."""
    p_1, p_2 = sigmoid(theta_1), sigmoid(theta_2)
    total = np.zeros(2)
    rounds = list(itertools.product([0, 1], repeat=2))
    for history in itertools.product(rounds, repeat=horizon):
        probability, value, index_1, index_2 = 1.0, np.zeros(2), 0, 0
        for t, (a, b) in enumerate(history):
            probability *= p_1[index_1] if a == 0 else 1 - p_1[index_1]
            probability *= p_2[index_2] if b == 0 else 1 - p_2[index_2]
            value += gamma**t * np.asarray(payoff)[:, a, b]
            index_1, index_2 = 1 + 2 * a + b, 1 + 2 * b + a
        total += probability * value
    return total


def chain(theta_1, theta_2):
    """Return (p0, P) by the definition, one entry at a time."""
    p_1, p_2 = sigmoid(theta_1), sigmoid(theta_2)
    rows = []
    for s in range(5):
        x = p_1[0] if s == 0 else p_1[SIGMOID_AT[s - 1]]
        y = p_2[0] if s == 0 else p_2[SEEN_BY_2[s - 1]]
        rows.append([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)])
    return np.array(rows[0]), np.array(rows[1:])


def values(payoff, gamma, theta_1, theta_2):
    """Return [V_1, V_2] by NumPy's LAPACK solve."""
    p0, P = chain(theta_1, theta_2)
    r = np.asarray(payoff, dtype=np.float64).reshape(2, 4)
    return np.array([p0 @ np.linalg.solve(np.eye(4) - gamma * P, ri) for ri in r])


def _chain_slopes(theta_1, theta_2):
    """Return dA[i], dB[j], dAB[i][j]: the stacked [p0; P], differentiated by hand."""
    x = sigmoid(theta_1)
    y = sigmoid(np.asarray(theta_2)[[0, 1, 3, 2, 4]])
    dx, dy = x * (1 - x), y * (1 - y)
    by_x = np.stack([y, 1 - y, -y, -(1 - y)], 1)
    by_y = np.stack([x, -x, 1 - x, -(1 - x)], 1)
    dA, dB, dAB = np.zeros((5, 5, 4)), np.zeros((5, 5, 4)), np.zeros((5, 5, 5, 4))
    back = [0, 1, 3, 2, 4]  # logit j of player 2 acts in state back[j] of player 1
    for s in range(5):
        dA[s, s] = dx[s] * by_x[s]
        dB[back[s], s] = dy[s] * by_y[s]
        dAB[s, back[s], s] = dx[s] * dy[s] * np.array([1, -1, -1, 1])
    return dA, dB, dAB


def derivatives(payoff, gamma, theta_1, theta_2):
    """Return grad_1 V [2, 5], grad_2 V [2, 5], grad_1 grad_2 V [2, 5, 5], by hand.

    V = p0' M r with M = (I - gamma P)^-1, so dV = dp0' M r + gamma p0' M dP M r, and
    once more by the product rule.
    """
    p0, P = chain(theta_1, theta_2)
    M = np.linalg.inv(np.eye(4) - gamma * P)
    dA, dB, dAB = _chain_slopes(theta_1, theta_2)
    g1, g2, g12 = np.zeros((2, 5)), np.zeros((2, 5)), np.zeros((2, 5, 5))
    for k, r in enumerate(np.asarray(payoff, dtype=np.float64).reshape(2, 4)):
        d, v = p0 @ M, M @ r
        for i in range(5):
            g1[k, i] = dA[i, 0] @ v + gamma * d @ dA[i, 1:] @ v
            g2[k, i] = dB[i, 0] @ v + gamma * d @ dB[i, 1:] @ v
            for j in range(5):
                a, b, ab = dA[i], dB[j], dAB[i, j]
                g12[k, i, j] = (
                    ab[0] @ v
                    + gamma * (a[0] @ M @ b[1:] @ v + b[0] @ M @ a[1:] @ v)
                    + gamma * d @ ab[1:] @ v
                    + gamma**2 * (d @ a[1:] @ M @ b[1:] @ v + d @ b[1:] @ M @ a[1:] @ v)
                )
    return g1, g2, g12


def rules(payoff, gamma, theta_1, theta_2, lookahead):
    """Return the update of player 1 by each rule, from the derivatives by hand."""
    g1, g2, g12 = derivatives(payoff, gamma, theta_1, theta_2)
    stepped = np.asarray(theta_2, dtype=np.float64) + lookahead * g2[1]
    h1, h2, _ = derivatives(payoff, gamma, theta_1, stepped)
    return {
        "naive": g1[0],
        "lola": g1[0] + lookahead * g12[1] @ g2[0],
        "look_ahead": g1[0] + lookahead * g12[0] @ g2[1],
        "lola_taylor": g1[0] + lookahead * (g12[1] @ g2[0] + g12[0] @ g2[1]),
        "lola_unrolled": h1[0] + lookahead * g12[1] @ h2[0],
    }


def all_games(payoff, horizon):
    """Return every joint history: states, actions and rewards, pairs [4^horizon, horizon]."""
    acts = np.array(list(itertools.product([0, 1], repeat=2 * horizon)))
    a, b = acts[:, ::2], acts[:, 1::2]
    first = np.zeros((len(acts), 1), int)
    s = np.hstack([first, 1 + 2 * a[:, :-1] + b[:, :-1]])
    z = np.hstack([first, 1 + 2 * b[:, :-1] + a[:, :-1]])
    payoff = np.asarray(payoff)
    return (s, z), (a, b), (payoff[0, a, b], payoff[1, a, b])


def enumerate_derivatives(payoff, gamma, theta_1, theta_2, horizon):
    """Return V [2], grad_1 V [2, 5], grad_2 V [2, 5], grad_1 grad_2 V [2, 5, 5].

    The value of `horizon` rounds is sum_h P(h) return(h) over all joint histories h, and
    P is a product of probabilities: its derivatives are products of its own factors'.
    """
    p = sigmoid(theta_1), sigmoid(theta_2)
    V, g1, g2, g12 = (
        np.zeros(2),
        np.zeros((2, 5)),
        np.zeros((2, 5)),
        np.zeros((2, 5, 5)),
    )
    rounds = list(itertools.product([0, 1], repeat=2))
    for history in itertools.product(rounds, repeat=horizon):
        factor, slope, value, index = [1.0, 1.0], [np.zeros(5), np.zeros(5)], 0, (0, 0)
        for t, actions in enumerate(history):
            for i in (0, 1):
                s, c = index[i], p[i][index[i]]
                q, dq = (c, c * (1 - c)) if actions[i] == 0 else (1 - c, -c * (1 - c))
                slope[i] = slope[i] * q  # the product rule, one factor more
                slope[i][s] += factor[i] * dq
                factor[i] *= q
            a, b = actions
            value = value + gamma**t * np.asarray(payoff)[:, a, b]
            index = 1 + 2 * a + b, 1 + 2 * b + a
        V += factor[0] * factor[1] * value
        g1 += np.outer(value, slope[0] * factor[1])
        g2 += np.outer(value, slope[1] * factor[0])
        g12 += value[:, None, None] * np.outer(slope[0], slope[1])
    return V, g1, g2, g12


def _score(theta, states, actions):
    """Return grad log pi of each round, [batch, horizon, 5]: 1[C] - p in its state."""
    p = sigmoid(theta)[states]
    slope = np.where(actions == 0, 1 - p, -p)
    return slope[:, :, None] * np.eye(5)[states]


def lola_pg(play, gamma, theta_1, theta_2, lookahead, split):
    """Return the LOLA-PG estimate from given games, with the leave-one-out batch mean.

    By explicit loops: pairs of rounds (k, l) are paid what follows the later one.
    """
    (s, z), (a, b), rewards = play
    n, horizon = a.shape
    g1, g2 = _score(theta_1, s, a), _score(theta_2, z, b)

    def advantage(r, rows):
        G = np.array(
            [
                [
                    sum(gamma ** (u - t) * r[i, u] for u in range(t, horizon))
                    for t in range(horizon)
                ]
                for i in rows
            ]
        )
        others = (G.sum(axis=0) - G) / (len(rows) - 1)
        return gamma ** np.arange(horizon) * (G - others)

    half = n // 2
    parts = [range(half), range(half, n)] if split else [range(n)]
    worths = []
    for rows in parts:
        A = advantage(rewards[0], rows)
        worths.append(np.einsum("nt,nti->i", A, g2[list(rows)]) / len(rows))
    shaping = np.zeros(5)
    for rows, w in zip(parts, worths[::-1], strict=True):
        A = advantage(rewards[1], rows)
        for j, i in enumerate(rows):
            for k in range(horizon):
                for l in range(horizon):
                    shaping += A[j, max(k, l)] * (g2[i, k] @ w) * g1[i, l] / n
    first = np.einsum("nt,nti->i", advantage(rewards[0], range(n)), g1) / n
    return first + lookahead * shaping
