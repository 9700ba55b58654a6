"""Answers to the exercises of Chapter 9, right and wrong."""

import jax
import jax.numpy as jnp
import numpy as np

import lolakit as lk

GAME = lk.prisoners_dilemma()
V = lk.exact_values(GAME)


def wrapped(cut):
    """Turn cut(own, other) -> (own, other) into a function from learner to learner."""

    def deaf(opponent):
        def update(key, own, other, state):
            return opponent.update(key, *cut(own, other), state)

        return lk.Learner(opponent.init, update)

    return deaf


stop = jax.lax.stop_gradient
deaf = wrapped(lambda own, other: (own, stop(other)))


def deaf_by_its_result(opponent):
    def update(key, own, other, state):
        return stop(opponent.update(key, own, other, state))

    return opponent._replace(update=update)


def elsewhere(opponent):
    return lk.Learner(lambda key: (jnp.zeros(5), jnp.zeros(())), deaf(opponent).update)


def half_an_update(opponent):
    update = deaf(opponent).update
    return opponent._replace(update=lambda *arguments: update(*arguments)[0])


J = np.array([-1.989, -1.009, -0.744])
HUNT = np.array([[2.2, 3.94], [3.76, 4.0]])


PHI = jnp.array([0.3, -0.7, 1.1, 0.2, -0.4])
PSI = jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6])
SCALE = 1 - GAME.gamma


def R_1(phi, psi, cut=lambda phi: phi):
    """What one step of the other leads to, by the definition of J."""
    psi_1 = psi + jax.grad(lambda x: V(cut(phi), x)[1])(psi)
    return lk.per_step(V(phi, psi_1), GAME.gamma)[0]


GRADIENT = jax.jit(jax.grad(R_1))(PHI, PSI)
OWN = jax.jit(jax.grad(lambda phi, psi: R_1(phi, psi, stop)))(PHI, PSI)
SWAPPED = jax.jit(jax.grad(R_1))(PSI, PHI)
NAIVE = lk.naive(V)(PHI, PSI)
PAPER = jax.jit(lk.lola(V, lookahead=1.0))(PHI, PSI)
TAYLOR = jax.jit(lk.lola_taylor(V, lookahead=1.0))(PHI, PSI)
UNROLLED = jax.jit(lk.lola_unrolled(V, lookahead=1.0))(PHI, PSI)


def parts(x, T, *, step=0.5, new=False, keep=0.5, first=1):
    """J and the two parts of its slope in the picture's game, carried along."""
    y, dx, dy, rows = 0.0, 1.0, 0.0, []
    for _ in range(T + 1):
        rows.append([y - x**2 / 2, -x * dx, dy])
        x_1, dx_1 = (1 - step) * x, (1 - step) * dx
        a, da = (x_1, dx_1) if new else (x, dx)
        x, dx, y, dy = x_1, dx_1, (1 - step) * y + step * a, keep * dy + step * da
    return np.mean(rows[first : first + T], axis=0)


def parts_by_differences(x, T, h=1e-3):
    """The same from the definition: the other's way moved on, and taken as given."""

    def J(x, way=None):
        y, values, seen = 0.0, [], []
        for t in range(T):
            x, y = x / 2, (x + y) / 2 if way is None else way[t]
            values.append(y - x**2 / 2)
            seen.append(y)
        return np.mean(values), seen

    value, way = J(x)
    whole = (J(x + h)[0] - J(x - h)[0]) / (2 * h)
    own = (J(x + h, way)[0] - J(x - h, way)[0]) / (2 * h)
    return [value, own, whole - own]


def other_parts(change):
    """A wrong answer: a function of J, own and peer part, and T."""
    return lambda x, T: change(*parts(x, T), T)


RIGHT = {
    "ex9_1": [(deaf, -1.96, -0.63), (deaf_by_its_result, jnp.asarray(-1.9), -0.7)],
    "ex9_2": [(J, "b"), (J.round(2).tolist(), "b")],
    "ex9_3": [(HUNT, "b"), ([[2.32, 3.933], [3.733, 4.0]], "B")],
    "ex9_4": [(GRADIENT, "c"), (SCALE * UNROLLED, "c"), (GRADIENT.round(3), "c")],
    "ex9_5": [(parts,), (parts_by_differences,)],
}

WRONG = {
    "ex9_1": [
        (
            (wrapped(lambda own, other: (own, other)), -1.96, -0.63),
            "a derivative in my",
        ),
        ((wrapped(lambda own, other: (stop(own), other)), -1.96, -0.63), "`other`"),
        ((wrapped(lambda own, other: (other, stop(own))), -1.96, -0.63), "other steps"),
        ((wrapped(lambda own, other: (own, 0 * other)), -1.96, -0.63), "other steps"),
        ((lambda opponent: opponent.update, -1.96, -0.63), "return a Learner"),
        ((elsewhere, -1.96, -0.63), "begins elsewhere"),
        ((half_an_update, -1.96, -0.63), "two things"),
        ((deaf, -0.63, -1.96), "exchanged"),
        ((deaf, -0.64, -0.63), "as good as before"),
        ((deaf, -1.3, -0.63), "on its way"),
        ((deaf, -1.96, -1.5), "keeps the start good"),
        ((deaf, -49.0, -15.0), "below the worst payoff"),
    ],
    "ex9_2": [
        (([-2.006, -1.008, -1.581], "b"), "what the naive learner earns"),
        ((J[::-1], "b"), "other way round"),
        ((J[[1, 0, 2]], "b"), "exchanged"),
        (([-1.998, -1.001, -0.718], "b"), "after the last step"),
        ((25 * J, "b"), "below the worst payoff"),
        (([-1.989, -1.009, -1.96], "b"), "alpha = 0"),
        (([-1.5, -1.5, -1.5], "b"), "meta_value"),
        ((J, "a"), "row of seed 7"),
        ((J, "c"), "column of alpha"),
    ],
    "ex9_3": [
        ((HUNT.T, "b"), "turned over"),
        ((HUNT[::-1, ::-1], "b"), "come first"),
        (([[2.6, 3.993], [3.993, 4.0]], "b"), "played once"),
        (([[2.2, 3.94], [3.76, 2.0]], "b"), "two tit-for-tats"),
        (([[3.5, 3.94], [3.76, 4.0]], "b"), "two naive learners"),
        (([[2.2, 3.5], [2.9, 4.0]], "b"), "not yet"),
        ((-HUNT, "b"), "payoffs"),
        ((HUNT, "a"), "have to know"),
        ((HUNT, "c"), "round to answer in"),
    ],
    "ex9_4": [
        ((UNROLLED, "c"), "length"),
        ((NAIVE, "c"), "naive learning"),
        ((SCALE * NAIVE, "c"), "naive learning"),
        ((PAPER, "a"), "paper's LOLA"),
        ((SCALE * TAYLOR, "b"), "Taylor rule"),
        ((OWN, "d"), "own part alone"),
        ((GRADIENT - OWN, "c"), "peer part alone"),
        ((SWAPPED, "c"), "exchanged"),
        ((-GRADIENT, "c"), "downhill"),
        ((jnp.ones(5), "c"), "wherever phi stands"),
        ((GRADIENT, "a"), "The paper's LOLA is"),
        ((GRADIENT, "b"), "The Taylor rule is"),
        ((GRADIENT, "d"), "as given"),
    ],
    "ex9_5": [
        ((other_parts(lambda J, own, peer, T: [J, peer, own]),), "exchanged"),
        ((other_parts(lambda J, own, peer, T: [T * J, T * own, T * peer]),), "a mean"),
        ((other_parts(lambda J, own, peer, T: [J, own, own + peer]),), "third is"),
        ((other_parts(lambda J, own, peer, T: [J, own + peer, peer]),), "second is"),
        ((lambda x, T: parts(x, T, first=0),), "before each step"),
        ((lambda x, T: parts(x, T, new=True),), "answered my new number"),
        ((lambda x, T: parts(x, T, keep=1.0),), "shrinks as well"),
        ((lambda x, T: parts(x, T, step=1.0, keep=0.0),), "one half"),
        ((other_parts(lambda J, own, peer, T: [J, -own, peer]),), "Begin with T = 1"),
        ((lambda x, T: parts(x, T)[:2],), "shape"),
    ],
}

EMPTY = {
    "ex9_1": [(lambda opponent: None, -1.96, -0.63)],
    "ex9_5": [(lambda x, T: None,)],
}
