"""What a check says, and the small tools that the checks of all chapters are made of."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType
from typing import Any, NamedTuple, NoReturn

import numpy as np

from lolakit.seeds.stats import Estimate

__all__ = [
    "Verdict",
    "Wrong",
    "array",
    "call",
    "choice",
    "diagnose",
    "exercise",
    "names",
    "need",
    "number",
    "share",
    "wrong",
]


NO_ANSWER = "no answer yet. Put yours in the place of `...`."
NO_RETURN = "returns nothing yet: end it with `return`."


class Verdict(NamedTuple):
    """The answer of a check: true if the exercise is solved, and a sentence for the learner."""

    exercise: str
    passed: bool
    message: str

    def __bool__(self) -> bool:
        """Whether the exercise is solved."""
        return self.passed

    def __repr__(self) -> str:
        """One line for the learner: right, not right, or still to do."""
        to_do = self.message.endswith((NO_ANSWER, NO_RETURN))
        sign = "✓" if self.passed else "○" if to_do else "✗"
        return f"{sign} Exercise {self.exercise}: {self.message}"


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
        def check(*answers: Any, **named: Any) -> Verdict:
            given = (*answers, *named.values())
            if not given or any(answer is ... or answer is None for answer in given):
                return Verdict(label, False, NO_ANSWER)
            try:
                more = grade(*answers, **named)
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
    """The answer as one finite number, or `Wrong`; of an `Estimate`, its value."""
    if isinstance(answer, Estimate):
        answer = answer.value
    if isinstance(answer, bool) or getattr(answer, "dtype", None) == np.dtype(bool):
        raise Wrong(f"{name}: expected a number, got {answer}.")
    return float(array(answer, (), name))


def share(answer: Any, name: str = "the answer") -> float:
    """The answer as a share, a number between 0 and 1, or `Wrong`."""
    found = number(answer, name)
    need(
        0 <= found <= 1,
        f"{name}: a share is a fraction of the seeds, no count and no per cent.",
    )
    return found


def choice(
    answer: Any, options: str, hints: Mapping[str, str], name: str = "the answer"
) -> None:
    """`Wrong` unless the answer is the one letter of `options` that has no hint."""
    found = answer.strip().lower() if isinstance(answer, str) else None
    if found not in tuple(options):
        got = repr(answer) if isinstance(answer, str) else type(answer).__name__
        letters = ", ".join(f'"{letter}"' for letter in options)
        raise Wrong(f"{name}: expected one of {letters}, got {got}.")
    if found in hints:
        raise Wrong(hints[found])


def diagnose(
    found: Any,
    right: Any,
    mistakes: Iterable[tuple[Any, str]],
    otherwise: str,
    atol: Any,
) -> None:
    """`Wrong` unless `found` is `right` to `atol`: with the hint of the mistake it shows.

    Args:
        found: the answer, a number or an array.
        right: what it should be.
        mistakes: pairs of what a mistake leads to, and the hint for it.
        otherwise: the hint for any other answer.
        atol: how far two numbers may be apart that count as the same.
    """
    if np.allclose(found, right, rtol=0, atol=atol):
        return
    for value, hint in mistakes:
        if np.allclose(found, value, rtol=0, atol=atol):
            raise Wrong(hint)
    raise Wrong(otherwise)


def call(function: Any, *arguments: Any, name: str = "your function") -> Any:
    """The value of the learner's function at `arguments`, or `Wrong` if there is none."""
    need(
        callable(function),
        f"{name}: expected a function, got {type(function).__name__}.",
    )
    found = function(*arguments)
    need(
        found is not None and found is not ...,
        f"{name} {NO_RETURN}",
    )
    return found


def names(function: Any, package: str) -> bool:
    """Whether a function, or one that it calls, names something of a package."""
    todo, seen = [function], set()
    while todo:
        one = inspect.unwrap(todo.pop())
        code = getattr(one, "__code__", None)
        if code is None or id(one) in seen:
            continue
        seen.add(id(one))
        names = {name for part in _parts(code) for name in part.co_names}
        cells = [cell.cell_contents for cell in one.__closure__ or ()]
        for value in [one.__globals__.get(name) for name in names] + cells:
            home = getattr(
                value, "__name__" if inspect.ismodule(value) else "__module__", ""
            )
            if str(home).split(".")[0] == package:
                return True
            todo.append(value)
        if package in names:  # imported inside
            return True
    return False


def _parts(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code, and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
