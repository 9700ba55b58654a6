"""Answers to the exercises of Chapter 13, right and wrong."""

import jax.numpy as jnp
import numpy as np

from lolakit.course.check import chapter13


def by_hand(red, blue, coin, colour):
    rewards = [0, 0]
    for i, cell in enumerate((red, blue)):
        if cell == coin:
            rewards[i] += 1
            rewards[colour] -= 2 * (i != colour)
    return rewards


def step_by_hand(agents, coin, colour, actions):
    moves = [(0, 1), (0, -1), (1, 0), (-1, 0)]
    cells = []
    for cell, action in zip(agents, actions, strict=True):
        row, column = cell // 3 + moves[action][0], cell % 3 + moves[action][1]
        cells.append(row % 3 * 3 + column % 3)
    return np.array(cells), np.array(by_hand(*cells, coin, colour))


def slip(name):
    return lambda *given: chapter13.pay(*given, slip=name)


def step_slip(name):
    def function(*given):
        found = chapter13.step(*given, slip=name)
        return found[:2], found[2:]

    return function


RIGHT = {
    "ex13_1": [(0.09, 0.5, 0.5), (jnp.asarray(0.09), 1 / 2, np.float32(0.5))],
    "ex13_2": [(by_hand,), (lambda *given: chapter13.pay(*given),)],
    "ex13_3": [(step_by_hand,)],
    "ex13_4": [("c", "c", "a"), ("C", " c ", "A")],
}

WRONG = {
    "ex13_1": [
        ((0.18, 0.5, 0.5), "together in a round"),
        ((0.12, 0.5, 0.5), "what do the other picks do"),
        ((0.24, 0.5, 0.5), "what do the other picks do"),
        ((0.6, 0.5, 0.5), "per pick"),
        ((0.3, 0.5, 0.5), "per pick"),
        ((5.0, 0.5, 0.5), "reward: not yet"),
        ((0.09, 2 / 3, 0.5), "beside the thief's gain"),
        ((0.09, 1 / 3, 0.5), "beside the thief's gain"),
        ((0.09, 0.0, 0.5), "they lose 1 each time"),
        ((0.09, 1.0, 0.5), "each pick is a gain"),
        ((0.09, 0.9, 0.5), "break_even: not yet"),
        ((0.09, 0.5, 1.0), "two players share it"),
        ((0.09, 0.5, 0.15), "not at the one above"),
        ((0.09, 0.5, 0.3), "at a rate of one pick"),
        ((0.09, 0.5, 7.0), "best: not yet"),
    ],
    "ex13_2": [
        *(((slip(name),), hint) for name, hint in chapter13.SLIPS.items()),
        ((lambda *given: np.ones(2),), "pay_both: not yet"),
        ((lambda *given: np.ones(3),), "expected the shape"),
    ],
    "ex13_3": [
        *(((step_slip(name),), hint) for name, hint in chapter13.STEP_SLIPS.items()),
        ((lambda *given: (np.ones(2), np.ones(2)),), "coin_step: not yet"),
        ((lambda *given: np.ones(3),), "expected two things"),
    ],
    "ex13_4": [
        (("a", "c", "a"), "rate of picks"),
        (("b", "c", "a"), "very few picks"),
        (("c", "a", "a"), "would have done"),
        (("c", "b", "a"), "in more than what they take"),
        (("c", "c", "b"), "took every coin"),
        (("c", "c", "c"), "naive learner earns"),
    ],
}
