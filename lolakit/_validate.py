"""Checks of user input, shared by every module: what was expected, and what came.

A value that JAX is tracing has a shape but no number yet. Checks of shape always
run; checks of value run wherever the value is known.
"""

import operator
from typing import Any

import jax
import numpy as np


def known(value: Any) -> np.ndarray | None:
    """Return the numbers of `value` as a NumPy array, or None while JAX traces it."""
    try:
        return np.asarray(value)
    except jax.errors.TracerArrayConversionError:
        return None


def function(name: str, value: Any) -> None:
    """Raise unless `value` can be called."""
    if not callable(value):
        raise ValueError(f"{name}: expected a function, got {value!r}")


def finite_scalar(name: str, value: Any) -> Any:
    """Return `value`, as a float if it is known; raise unless one finite real number.

    A Python float takes on the dtype of the arrays that it meets.
    """
    if np.shape(value) != ():
        raise ValueError(
            f"{name}: expected one number, got an array of shape {np.shape(value)}"
        )
    number = known(value)
    if number is not None and not (number.dtype.kind in "iuf" and np.isfinite(number)):
        raise ValueError(f"{name}: expected a finite number, got {value!r}")
    return value if number is None else float(number)


def fraction(name: str, value: Any) -> Any:
    """Return `value`, as a float if it is known; raise unless 0 <= value <= 1."""
    value = finite_scalar(name, value)
    if isinstance(value, float) and not 0 <= value <= 1:
        raise ValueError(f"{name}: expected 0 <= {name} <= 1, got {value!r}")
    return value


def discount(name: str, gamma: Any, dtype: Any) -> Any:
    """Return `gamma`; raise unless 0 <= gamma < 1, also when rounded to `dtype`."""
    gamma = finite_scalar(name, gamma)
    if isinstance(gamma, float) and not 0 <= gamma < 1:
        raise ValueError(f"{name}: expected 0 <= gamma < 1, got {gamma!r}")
    if isinstance(gamma, float) and np.asarray(gamma, dtype) == 1:
        raise ValueError(f"{name}: expected gamma < 1, got {gamma!r}, 1 in {dtype}")
    return gamma


def as_dtype(value: Any, dtype: Any) -> Any:
    """Return a number that goes with arrays of `dtype`: a Python number stays one."""
    if isinstance(value, float | int):
        return float(value)  # NumPy's numbers too, which would bring their own dtype
    return jax.numpy.asarray(value, dtype)


def positive_int(name: str, value: Any) -> int:
    """Return `value` as an int; raise unless it is a whole number, 1 or more."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{name}: expected an integer of at least 1, got {value!r}")
    return number


def indices(name: str, value: Any, size: int) -> None:
    """Raise unless `value` holds integers from 0 to size - 1, as far as it is known."""
    numbers = known(value)
    if not jax.numpy.issubdtype(jax.numpy.result_type(value), np.integer):
        raise ValueError(
            f"{name}: expected integers from 0 to {size - 1}, got dtype "
            f"{jax.numpy.result_type(value)}"
        )
    if numbers is not None and not ((numbers >= 0) & (numbers < size)).all():
        raise ValueError(
            f"{name}: expected integers from 0 to {size - 1}, got "
            f"{numbers.min()} to {numbers.max()}"
        )


def float_array(name: str, value: Any, shape: tuple[int, ...], hint: str = "") -> None:
    """Raise unless `value` is an array of floats of exactly this shape."""
    if not hasattr(value, "dtype"):
        raise ValueError(f"{name}: expected an array of shape {shape}, got {value!r}")
    if np.shape(value) != shape:
        raise ValueError(
            f"{name}: expected shape {shape}, got {np.shape(value)}. {hint}".rstrip()
        )
    if not jax.numpy.issubdtype(jax.numpy.result_type(value), np.floating):
        raise ValueError(
            f"{name}: expected floats, got dtype {jax.numpy.result_type(value)}"
        )
