"""What a check says, and the small tools that the checks of all chapters are made of."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

__all__ = ["Verdict", "Wrong", "array", "call", "exercise", "need", "number", "wrong"]


class Verdict(NamedTuple):
    """The answer of a check: true if the exercise is solved, and a sentence for the learner."""

    exercise: str
    passed: bool
    message: str

    def __bool__(self) -> bool:
        """Whether the exercise is solved."""
        return self.passed

    def __repr__(self) -> str:
        """One line for the learner."""
        return f"{'✓' if self.passed else '✗'} Exercise {self.exercise}: {self.message}"


class Wrong(Exception):
    """An answer is not right; the text is a hint that does not give the answer away."""


def exercise(
    label: str,
) -> Callable[[Callable[..., str | None]], Callable[..., Verdict]]:
    """Turn a function that raises `Wrong` for a wrong answer into a check.

    The check never raises: a notebook with unanswered exercises runs from top to bottom.
    An answer that is still `...` (or None) is "no answer yet"; any other error while the
    answer is looked at is named in the message.

    Args:
        label: the exercise, as the chapter numbers it ("1.2").

    Returns:
        A decorator. The decorated function may return a sentence to add to "right".
    """

    def decorate(grade: Callable[..., str | None]) -> Callable[..., Verdict]:
        @functools.wraps(grade)
        def check(*answers: Any) -> Verdict:
            if not answers or any(
                answer is ... or answer is None for answer in answers
            ):
                return Verdict(
                    label, False, "no answer yet. Put yours in the place of `...`."
                )
            try:
                more = grade(*answers)
            except Wrong as hint:
                return Verdict(label, False, str(hint))
            except Exception as error:  # whatever a learner's answer may do
                return Verdict(label, False, f"{type(error).__name__}: {error}")
            return Verdict(label, True, f"right. {more}" if more else "right.")

        return check

    return decorate


def wrong(hint: str) -> NoReturn:
    """Say that the answer is wrong, with a hint."""
    raise Wrong(hint)


def need(condition: Any, hint: str) -> None:
    """Say that the answer is wrong, with this hint, unless `condition` holds."""
    if not condition:
        raise Wrong(hint)


def array(answer: Any, shape: tuple[int, ...], name: str = "the answer") -> np.ndarray:
    """The answer as an array of finite numbers of this shape, or `Wrong`."""
    try:
        found = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise Wrong(f"{name}: expected numbers, got {type(answer).__name__}.") from None
    need(
        found.shape == shape,
        f"{name}: expected the shape {shape}, got {found.shape}.",
    )
    need(np.isfinite(found).all(), f"{name}: not every number in it is finite.")
    return found


def number(answer: Any, name: str = "the answer") -> float:
    """The answer as one finite number, or `Wrong`."""
    if isinstance(answer, bool | np.bool_):
        raise Wrong(f"{name}: expected a number, got {answer}.")
    return float(array(answer, (), name))


def call(function: Any, *arguments: Any, name: str = "your function") -> Any:
    """The value of the learner's function at `arguments`, or `Wrong` if there is none."""
    need(
        callable(function),
        f"{name}: expected a function, got {type(function).__name__}.",
    )
    found = function(*arguments)
    need(
        found is not None and found is not ...,
        f"{name} returns nothing yet: end it with `return`.",
    )
    return found
