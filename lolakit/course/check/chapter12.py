"""Checks of Chapter 12, first-order shaping."""

from typing import Any

import numpy as np

from lolakit.course.check.verdict import (
    array,
    call,
    choice,
    diagnose,
    exercise,
    need,
    number,
    share,
)

__all__ = ["ex12_1", "ex12_2", "ex12_3", "ex12_4"]


@exercise("12.1")
def ex12_1(weights: Any, so: Any) -> str:
    """Check Exercise 12.1. Pass the three weights, and one of the letters."""
    mine, other = np.array([1.0, -2.0, 1.0]), np.array([1.0, 1.0, -1.0])
    before, upto = np.array([0.0, 1.0, -1.0]), np.array([1.0, -1.0, 0.0])
    mistakes = [
        (mine + before * other, "weights: where is beta?"),
        (mine + 0.5 * upto * other, "weights: the account is that before the round."),
        (0.5 * before * other, "weights: this is what is added. Where is the naive part?"),
        (mine + 0.5 * before * mine, "weights: the account is multiplied by whose advantage?"),
        (mine + 0.5 * np.array([0.0, 1.0, 2.0]) * other,
         "weights: whose advantages are in the account?"),
        (mine, "weights: this is the naive gradient."),
    ]  # fmt: skip
    diagnose(
        array(weights, (3,), "weights"),
        mine + 0.5 * before * other,
        mistakes,
        "weights: not yet. Write the account before each round first.",
        atol=1e-6,
    )
    hints = {
        "b": "so: a product of two negative numbers is what?",
        "c": "so: the account is not zero in round 2.",
    }
    choice(so, "abc", hints, "so")
    return "Where it went badly, what is bad for the other is encouraged."


@exercise("12.2")
def ex12_2(difference: Any) -> str:
    """Check Exercise 12.2. Pass one number x - y, to three digits."""
    gamma = 0.96
    mistakes = [
        (1.0, "this is tit-for-tat, and there C is worth 0.92 more."),
        (0.5, "nearly: my answer comes a round later, so it is discounted."),
        (1 / gamma, "how much does my C instead of my D earn the other? Not 1."),
        (2 * gamma, "this is what a certain answer is worth. Which part of it pays 1?"),
        (0.0, "then I do not answer, and C costs the other 1."),
        (1 / (3 * gamma), "compare the other's reward where I play C and where I play D, "
         "with the same action of its own."),
    ]  # fmt: skip
    diagnose(
        number(difference, "difference"),
        1 / (2 * gamma),
        [(value, f"difference: {hint}") for value, hint in mistakes],
        "difference: not yet. C costs the other 1 now. What does my answer pay, as a "
        "function of x - y?",
        atol=6e-4,
    )
    return "Half a tit-for-tat is enough, and less than half is not, however patient one is."


_SLIPS = {
    "no gamma^t": "the weight of round t has a factor gamma^t.",
    "account with itself": "the account holds the rounds before t, without round t.",
    "accounts exchanged": "my advantages are in the account, the other's beside it.",
    "not accounted": "the other's advantage is there, but where is my account?",
    "no beta": "beta is missing.",
    "no naive": "where is my own advantage of the round?",
    "no next value": "an advantage is the reward and gamma times the next value, less this.",
    "next not discounted": "the value of the next state is discounted by gamma.",
    "gamma in the account": "with gamma^t before all of it the account is a plain sum.",
}


def _weights(
    r_1: Any, r_2: Any, v_1: Any, v_2: Any, gamma: Any, beta: Any, slip: str = ""
) -> Any:
    """Return the weights that the exercise asks for, or what they are with one slip."""
    step = {"no next value": 0.0, "next not discounted": 1.0}.get(slip, gamma)
    A, B = (r + step * v[:, 1:] - v[:, :-1] for r, v in ((r_1, v_1), (r_2, v_2)))
    into, beside = (B, A) if slip == "accounts exchanged" else (A, B)
    account = np.cumsum(into, axis=1) - into
    if slip == "account with itself":
        account = account + into
    if slip == "not accounted":
        account = np.ones_like(A)
    if slip == "gamma in the account":
        account = np.zeros_like(A)
        for t in range(1, A.shape[1]):
            account[:, t] = gamma * (account[:, t - 1] + A[:, t - 1])
    factor = 1.0 if slip == "no beta" else beta
    naive = 0.0 if slip == "no naive" else A
    discount = 1.0 if slip == "no gamma^t" else gamma ** np.arange(A.shape[1])
    return discount * (naive + factor * account * beside)


@exercise("12.3")
def ex12_3(weights_of: Any) -> str:
    """Check Exercise 12.3. Pass the function of r_1, r_2, v_1, v_2, gamma and beta."""
    draw = np.random.default_rng(12)
    r_1, r_2 = draw.normal(size=(2, 3, 5))
    v_1, v_2 = draw.normal(size=(2, 3, 6))
    given = r_1, r_2, v_1, v_2, 0.8, 0.7
    found = call(weights_of, *given, name="weights_of")
    diagnose(
        array(found, (3, 5), "weights_of"),
        _weights(*given),
        [
            (_weights(*given, slip=k), f"weights_of: {hint}")
            for k, hint in _SLIPS.items()
        ],
        "weights_of: not yet. Compute both players' advantages, then the account, and "
        "compare each with the numbers of the picture.",
        atol=1e-4,  # numbers of size 1, of which float32 keeps six digits
    )
    return "All that a policy gradient needs to become a shaper."


@exercise("12.4")
def ex12_4(at_a_tenth: Any, at_three_tenths: Any, why: Any) -> str:
    """Check Exercise 12.4. Pass two shares of pairs, and one of the letters."""
    few, many = (
        share(at_a_tenth, "at_a_tenth"),
        share(at_three_tenths, "at_three_tenths"),
    )
    need(few < many, "at_a_tenth: more weight, more cooperation. Is a share exchanged?")
    # The starts are given. Four standard errors of 256 others (0.019 and 0.021) are let
    # through.
    for name, found, low, high in (
        ("at_a_tenth", few, 0.02, 0.19),
        ("at_three_tenths", many, 0.78, 0.96),
    ):
        need(
            low < found < high,
            f"{name}: too {'few' if found <= low else 'many'}. Count pairs whose mean R is "
            "above -1.2, after 200 updates with steps of 0.3.",
        )
    hints = {
        "a": "why: how large are the two terms, as beta becomes small?",
        "c": "why: the preferences do not depend on beta at all.",
    }
    choice(why, "abc", hints, "why")
    return "How sharply the other follows its preferences is an assumption, and it decides."
