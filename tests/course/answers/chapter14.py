"""Answers to the exercises of Chapter 14, right and wrong."""

import numpy as np

from lolakit.course.check import chapter14


def by_hand(Q, p, mean, visits, s, a, r, s_next, alpha, gamma, delta):
    """As one would write it, with the values of both policies."""
    Q[s, a] += alpha * (r + gamma * max(Q[s_next]) - Q[s, a])
    visits[s] += 1
    mean[s] += (p[s] - mean[s]) / visits[s]
    worth = p[s] * Q[s, 0] + (1 - p[s]) * Q[s, 1]
    usual = mean[s] * Q[s, 0] + (1 - mean[s]) * Q[s, 1]
    step = delta if worth > usual + 1e-12 else 2 * delta
    p[s] = min(1, p[s] + step) if Q[s, 0] >= Q[s, 1] else max(0, p[s] - step)
    return Q, p, mean, visits


def slip(name):
    """A function that makes one of the slips."""

    def function(Q, p, mean, visits, *given):
        state = chapter14.Wolf(Q, p, mean, visits)
        return tuple(chapter14.wolf_step(state, *given, slip=name))

    return function


POPULATION = chapter14.three_strategies()
PEAK, LAST = POPULATION[:, 1].max(), POPULATION[-1, 2]
RIGHT = {
    "ex14_1": [(-(1 - 0.96**10), 113), (-0.335, np.int64(113))],
    "ex14_2": [(0.5 + np.log(1.5), 25, "b"), (0.905, 26, "B"), (0.91, 25, "b")],
    "ex14_3": [(by_hand,), (slip(""),)],
    "ex14_4": [(PEAK, LAST, "c"), (round(PEAK, 2), round(LAST, 2), "C")],
}
WRONG = {
    "ex14_1": [
        ((0.335, 113), "negative"),
        ((-8.379, 113), "discounted sum"),
        ((-0.4, 113), "count less"),
        ((-0.362, 113), "eleven"),
        ((-1, 113), "limit"),
        ((-0.67, 113), "always defect"),
        ((0, 113), "each earns"),
        ((-0.5, 113), "ten terms"),
        ((-0.335, 112), "still"),
        ((-0.335, 114), "one fewer"),
        ((-0.335, 57), "10 %"),
        ((-0.335, 100), "above 1 %"),
        ((-0.335, 20), "falls short"),
        ((-0.335, 112.8), "whole"),
    ],
    "ex14_2": [
        ((0.405, 25, "b"), "from 1/2"),
        ((0.58, 25, "b"), "five states"),
        ((1.0, 25, "b"), "far shorter"),
        ((0.5, 25, "b"), "does move"),
        ((0.095, 25, "b"), "towards C"),
        ((0.7, 25, "b"), "sum of"),
        ((0.905, 50, "b"), "winner"),
        ((0.905, 100, "b"), "all the way"),
        ((0.905, 13, "b"), "2/100"),
        ((0.905, 5, "b"), "how far"),
        ((0.905, 25, "a"), "would learn"),
        ((0.905, 25, "c"), "at once"),
    ],
    "ex14_3": [
        *(((slip(name),), hint) for name, hint in chapter14.SLIPS.items()),
        ((lambda *given: given[:3],), "four arrays"),
        ((lambda *given: (0.9 * given[0], *given[1:4]),), "one round by hand"),
    ],
    "ex14_4": [
        ((1 / 3, LAST, "c"), "begin"),
        ((0.0, LAST, "c"), "end"),
        ((POPULATION[:, 2].max(), LAST, "c"), "tit-for-tat"),
        ((0.5, LAST, "c"), "one column"),
        ((PEAK, POPULATION[-1, 0], "c"), "AllC"),
        ((PEAK, 1.0, "c"), "somebody else"),
        ((PEAK, 0.5, "c"), "last entry"),
        ((PEAK, LAST, "a"), "meeting"),
        ((PEAK, LAST, "b"), "alone"),
    ],
}
