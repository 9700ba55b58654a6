"""A smooth stand-in for a game, on which a learner's rule runs and compiles at once.

Its values are a polynomial of the two players' five parameters, with numbers of no meaning.
A rule that is right for every `values` is right here, and each mistake shows.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lolakit.course.check import plain
from lolakit.course.check.verdict import array, call, diagnose, need

_draw = np.random.default_rng(0).normal
_M, _A, _B, _C = 0.3 * _draw(size=(2, 5, 5)), *(_draw(size=(3, 2, 5)))


def values(own: Any, other: Any, key: Any = None) -> Any:
    """Return [mine, theirs]: bilinear, and quadratic in `other`. NumPy or JAX."""
    del key
    return (_M @ other) @ own + _A @ own + _B @ other + 0.3 * (_C @ (other * other))


def derivatives() -> plain.Derivatives:
    """Return those of `values` at the point, by hand."""
    own, other = plain.POINT
    return plain.Derivatives(_M @ other + _A, own @ _M + _B + 0.6 * _C * other, _M)


def unrolled(lookahead: float, steps: int) -> np.ndarray:
    """Return the gradient of my value after `steps` naive steps of the other."""
    own, start = plain.POINT

    def after(own: np.ndarray) -> float:
        other = start
        for _ in range(steps):

            def theirs(other: np.ndarray) -> float:
                return values(own, other)[1]

            other = other + lookahead * plain.slope(theirs, other)
        return values(own, other)[0]

    return plain.slope(after, own)


def check_rule(
    make: Callable[..., Any],
    right: np.ndarray,
    mistakes: list[tuple[np.ndarray, str]],
    name: str,
) -> None:
    """Check what the learner's `make(values)` gives at the point."""
    rule = call(make, values, name=name)
    need(callable(rule), f"{name}: expected it to return a rule, a function.")
    at = map(jnp.asarray, plain.POINT)
    found = call(jax.jit(rule), *at, name=f"the rule of {name}")
    diagnose(
        array(found, (5,), f"the rule of {name}"),
        right,
        [(value, f"{name}: {hint}") for value, hint in mistakes],
        f"{name}: not yet. Does the rule use the `values` that it is made from, and "
        "nothing else?",
        # Numbers of size 1 to 10, differences of h = 1e-3; float32 keeps six digits.
        atol=1e-3,
    )
