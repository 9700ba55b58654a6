"""Checks of Chapter 6, DiCE."""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lolakit.course.check import plain
from lolakit.course.check.verdict import (
    array,
    call,
    choice,
    diagnose,
    exercise,
    need,
    number,
    wrong,
)
from lolakit.games.matrix import prisoners_dilemma

__all__ = ["ex6_1", "ex6_2", "ex6_3", "ex6_4", "ex6_5"]


@exercise("6.1")
def ex6_1(hessian: Any, same: Any) -> str:
    """Check Exercise 6.1. Pass four numbers [2, 2], and one of the letters."""
    bar = np.array([0.2, -0.4])

    def product(z: np.ndarray) -> float:  # of two boxes, near bar
        return float(np.exp(z - bar).prod())

    right = plain.slope(lambda z: plain.slope(product, z), bar)
    found = array(hessian, (2, 2), "hessian")
    mistakes = [
        (
            np.zeros((2, 2)),
            "hessian: the value of a box is the same everywhere. Its derivative is not "
            "that of a constant: it is the box again, times what comes from inside.",
        ),
        (
            np.diag(np.diag(right)),
            "hessian: look at the mixed entries again. After the derivative in x both "
            "boxes are still there, and one of them holds y.",
        ),
        (
            right - np.diag(np.diag(right)),
            "hessian: look at the diagonal again. A box can be differentiated twice.",
        ),
        (
            np.full((2, 2), found[0, 0]),
            "hessian: all alike, but not these. If they depend on x and y, think of the "
            "bar: a box is e^(x - bar x), not e^x.",
        ),
    ]
    otherwise = (
        "hessian: not yet. Differentiate with the rule of the magic box, twice, and only "
        "then put in the value of a box. It does not depend on x and y."
    )
    # Central differences are right to 1e-6 here, and a mistake is off by much more.
    diagnose(found, right, mistakes, otherwise, atol=1e-4)
    hints = {
        "b": "same: differentiate box(x + y) twice too, and compare the mixed entries.",
        "c": "same: the derivative of box(x + y) in x: what is it times, and what is that "
        "of the product?",
    }
    choice(same, "abc", hints, "same")
    return "An exponential turns sums into products, so a set and a product are alike."


@exercise("6.2")
def ex6_2(factor: Any) -> str:
    """Check Exercise 6.2. Pass a function of the number of games B."""
    games = np.array([2, 3, 10])
    found = np.array(
        [number(call(factor, int(B), name="factor"), "factor(B)") for B in games]
    )
    # What is left of a reward, less the mean of all, in units of it less that of the others.
    right = np.array([_left(np.linspace(-2.0, 1.0, B)) for B in games])
    mistakes = [
        (1 - right, "factor: this is how much is lost. How much is left?"),
        (1 / right, "factor: the other way round. This one would repair it."),
        (
            np.ones(3),
            "factor: but a game's own reward is in the mean that is subtracted from it.",
        ),
        (
            right**2,
            "factor: a reward stands in each derivative once, of whatever order it is.",
        ),
        (
            1 - 1 / np.maximum(games - 1, 1),
            "factor: the mean over all games has B terms, and B - 1 come from the others.",
        ),
    ]
    same = "factor: the more games, the less does one of them count in the mean."
    for value, hint in mistakes:
        if np.allclose(found, value, rtol=0, atol=1e-6):
            wrong(hint)
    need(np.ptp(found) > 1e-6, same)
    otherwise = (
        "factor: not yet. Write the mean over all B games as one B-th of the game itself "
        "and the rest of the others, and subtract it from the reward."
    )
    diagnose(found, right, [], otherwise, atol=1e-6)  # float32 keeps seven digits
    return "A correlation with the true derivative cannot see it."


def _left(r: np.ndarray) -> float:
    return float((r[0] - r.mean()) / (r[0] - r[1:].mean()))


@exercise("6.3")
def ex6_3(gradient_y: Any, gradient_x: Any) -> str:
    """Check Exercise 6.3. Pass two expected gradients [2], with either baseline."""
    names, given = ("gradient_y", "gradient_x"), (gradient_y, gradient_x)
    found = [array(x, (2,), name) for name, x in zip(names, given, strict=True)]
    right, *goals = _coins(lambda P: P)
    sloppy = _coins(np.ones_like)[1:]
    twice = _coins(lambda P: P, twice=True)[1:]
    need(
        not np.allclose(found, goals[::-1], rtol=0, atol=_DIGITS),
        "the two are swapped: first the baseline of y, then that of x.",
    )
    for i, name in enumerate(names):
        error = f"{name}: this is the error. Pass the gradient itself."
        mistakes = [
            (
                right,
                f"{name}: this is the true gradient. But y is drawn after x and depends "
                "on it: compute what such a baseline does.",
            ),
            (goals[i] - right, error),
            (abs(goals[i] - right), error),
            (2 * right - goals[i], f"{name}: look at the sign of the baseline's term."),
            (
                twice[i],
                f"{name}: the probability is differentiated too. Put a stop_gradient "
                "around it: the boxes know already how it changes.",
            ),
            (sloppy[i], f"{name}: weigh each outcome with its probability."),
        ]
        otherwise = (
            f"{name}: not yet. Take the objective of each of the four outcomes, weigh it "
            "with its probability, held fixed, add, and differentiate."
        )
        diagnose(found[i], goals[i], mistakes, otherwise, atol=_DIGITS)
    return "One of them is no baseline: it knows what was drawn at its node."


_DIGITS = 1e-3
"""Three digits after the point are enough: what a mistake gives is further away."""


def _coins(weight: Any, twice: bool = False) -> list[np.ndarray]:
    """Return the gradient of the small example, and both with a baseline: of y, of x.

    The outcomes are weighed with `weight` of their probabilities. With `twice` these are
    differentiated too.
    """
    theta, total = np.array([0.3, -0.7]), np.zeros((3, 2))
    for x, y in itertools.product((0, 1), repeat=2):
        p, q = plain.sigmoid([theta[0], theta[1] + x * theta[0]])
        P = np.prod(np.where([x, y], [p, q], [1 - p, 1 - q]))
        at_x, at_y = (x - p) * np.array([1, 0]), (y - q) * np.array([x, 1])
        costs = 2 * x, theta[1] * y
        # grad c_2, and each cost times the scores of what influences it
        plain_one = np.array([0, y]) + costs[0] * at_x + costs[1] * (at_x + at_y)
        plain_one = plain_one + twice * sum(costs) * (at_x + at_y)
        less = np.stack([0 * at_x, (5 + x) * at_y, (5 + y) * at_x])
        total += weight(P) * (plain_one - less)
    return list(total)


@exercise("6.4")
def ex6_4(errors: Any, mistake: Any) -> str:
    """Check Exercise 6.4. Pass two relative errors, to two digits, and a letter."""
    found = array(errors, (2,), "errors")
    right = _errors(0.0, 0.9)
    mistakes = [
        (np.zeros(2), "errors: this is the gradient's. Look at the mixed block."),
        (right[::-1], "errors: the two are swapped: first decay=0, then decay=0.9."),
        (
            _errors(0.0, 0.9, relative=False),
            "errors: divide by the length of the right block: relative to it.",
        ),
        (
            _errors(0.0, 0.9, player=0),
            "errors: this is about player 1's value. Take player 2's.",
        ),
        (
            _errors(0.0, 0.1),
            "errors: at decay=0.9 most of the round before is kept, not a tenth.",
        ),
    ]
    otherwise = (
        "errors: not yet. `errors` of the chapter gives the mixed block's as the second "
        "number; give it `from_library(lk.loaded_dice(given, decay=...))`."
    )
    # Two digits after the point: the nearest mistake is further away.
    diagnose(found, right, mistakes, otherwise, atol=0.006)
    hints = {
        "a": "mistake: that one is in the gradient already. Is it wrong here?",
        "c": "mistake: nothing is contracted here. Which pairs of scores are left?",
    }
    choice(mistake, "abc", hints, "mistake")
    return "A bias, taken on purpose, that is meant to buy less noise."


def _errors(*decays: float, player: int = 1, relative: bool = True) -> np.ndarray:
    """Return the errors of the mixed block of a player's value, one for each decay."""
    game = prisoners_dilemma()
    games = plain.histories(game, *plain.POINT, 3)
    discounted = float(game.gamma) ** np.arange(3) * games.rewards[player]
    to_go = np.cumsum(discounted[:, ::-1], axis=1)[:, ::-1]

    def block(decay: float) -> np.ndarray:
        # A value of the state would drop out of this mean.
        total, past = np.zeros((5, 5)), np.zeros_like(games.scores[:, :, 0])
        for t in range(3):
            now = decay * past + games.scores[:, :, t]  # grad w_t, of both players
            pairs = np.einsum("ni,nj->nij", *now)
            pairs -= decay**2 * np.einsum("ni,nj->nij", *past)
            total += np.einsum("n,n,nij->ij", games.P, to_go[:, t], pairs)
            past = now
        return total

    off = np.array([np.linalg.norm(block(decay) - block(1.0)) for decay in decays])
    return off / np.linalg.norm(block(1.0)) if relative else off


@exercise("6.5")
def ex6_5(my_dice: Any) -> str:
    """Check Exercise 6.5. Pass a function of two policies and a batch of games."""
    rng, derivatives = np.random.default_rng(65), _derivatives(my_dice)
    for player in (0, 1):
        _check_point(my_dice, derivatives, _Pairs(rng.normal(size=10), player))
    return "The value, its gradient and its Hessian, from fifteen lines or so."


def _check_point(my_dice: Any, derivatives: Any, batch: "_Pairs") -> None:
    theta, one = batch.theta, batch.of(3, 9)  # two games, seen before all pairs are
    found = call(my_dice, theta[:5], theta[5:], *one, batch.gamma, name="my_dice")
    _check_value(number(found, "my_dice"), one[2], batch.gamma)
    each = batch.each(derivatives)
    slope, hessian = (np.tensordot(batch.often, x, 1) for x in each)
    for half in (slope[:5], slope[5:]):
        need(
            np.allclose(slope, 0.0, atol=_CLOSE) or not np.allclose(half, 0.0),
            "my_dice: one player's half of the gradient is zero. A reward is influenced "
            "by what both of them did.",
        )
    right = plain.slope(batch.value, theta)
    mistakes = [
        (0 * right, "my_dice: its gradient is zero. Is the reward behind a box?"),
        (
            right / 2,
            "my_dice: of two games the gradient is half as long as it must be. A game may "
            "not be in the mean that is subtracted from it.",
        ),
        (
            batch.of_earlier_rounds(),
            "my_dice: a box that ends one round early. An action influences the reward of "
            "its own round too.",
        ),
    ]
    otherwise = (
        "my_dice: its expected gradient is not that of the value. Which actions are in the "
        "box of round t, and does the baseline know any of them?"
    )
    diagnose(slope, right, mistakes, otherwise, atol=_CLOSE)
    again = plain.slope(lambda x: plain.slope(batch.value, x), theta)
    lost = (
        "my_dice: the gradient is right on average, the Hessian is not. What must survive "
        "the first derivative, to be there for the second?"
    )
    diagnose(hessian, again, [], lost, atol=_CLOSE)
    shifted = zip(each, batch.each(derivatives, shift=5.0), strict=True)
    need(
        max(abs(x - y).max() for x, y in shifted) < _CLOSE,
        "my_dice: right on average, but not centred. Pay 5 more in every round, and the "
        "derivatives from two games should stay what they are.",
    )


_CLOSE = 1e-3
"""Central differences are right to 1e-5 here, float32 to 1e-5, and a mistake is off by 0.01
or more."""


def _check_value(found: float, r: np.ndarray, gamma: float) -> None:
    each = r @ gamma ** np.arange(r.shape[1])
    mistakes = [
        (each.sum(), "my_dice: take the mean over the games, not the sum."),
        (r.sum(axis=1).mean(), "my_dice: a later round counts less: where is gamma?"),
        (
            0.0,
            "my_dice: its value is 0, and should be the mean return. Centre in the "
            "derivatives only: add the mean return back where nothing is boxed.",
        ),
    ]
    otherwise = "my_dice: its value is not the mean return. Every box has the value 1."
    diagnose(found, each.mean(), mistakes, otherwise, atol=_CLOSE)


class _Pairs:
    """All pairs of two-round games of two policies, and how often each pair comes."""

    def __init__(self, theta: np.ndarray, player: int) -> None:
        self.theta, self.game = theta, prisoners_dilemma()
        self.gamma = float(self.game.gamma)
        acts = np.array(list(itertools.product([0, 1], repeat=4)))
        self.actions = acts[:, ::2], acts[:, 1::2]
        self.games = self.histories(theta)
        self.r = self.games.rewards[player]
        self.pairs = np.array(list(itertools.product(range(16), repeat=2)))
        self.often = self.games.P[self.pairs].prod(axis=1)

    def histories(self, theta: np.ndarray) -> plain.Histories:
        return plain.histories(self.game, theta[:5], theta[5:], 2)

    def value(self, theta: np.ndarray) -> float:
        """Return the expected return, from the probabilities of all games."""
        return self.histories(theta).P @ (self.r @ self.gamma ** np.arange(2))

    def of_earlier_rounds(self) -> np.ndarray:
        """Return the expected gradient, with the scores of the rounds before t only."""
        first = np.concatenate([*self.games.scores[:, :, 0]], axis=1)  # [games, 10]
        return self.gamma * (self.games.P * self.r[:, 1]) @ first

    def of(self, *which: Any) -> tuple[Any, Any, np.ndarray]:
        """Return states and actions of both players in some games, and one's rewards.

        Of integers: one batch. Of arrays: a batch for each of their entries.
        """
        n = np.stack(which, axis=-1)
        (seen, seen_2), (mine, theirs) = self.games.states, self.actions
        return (seen[n], seen_2[n]), (mine[n], theirs[n]), self.r[n]

    def each(self, derivatives: Any, shift: float = 0.0) -> list[np.ndarray]:
        """Return the gradients and the Hessians of all pairs, with `shift` more in each round."""
        states, actions, r = self.of(*self.pairs.T)
        found = derivatives(jnp.asarray(self.theta), states, actions, r + shift)
        return [np.asarray(x, float) for x in found]


def _derivatives(my_dice: Any) -> Any:
    """Return a function that computes gradient and Hessian of each pair, compiled once."""
    gamma = float(prisoners_dilemma().gamma)

    def f(theta: Any, states: Any, actions: Any, r: Any) -> Any:
        return my_dice(theta[:5], theta[5:], states, actions, r, gamma)

    def both(*inputs: Any) -> Any:
        return jax.grad(f)(*inputs), jax.hessian(f)(*inputs)

    return jax.jit(jax.vmap(both, (None, 0, 0, 0)))
