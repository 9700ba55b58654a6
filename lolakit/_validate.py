"""Checks of user input, shared by every module: what was expected, and what came.

A value that JAX is tracing has a shape but no number yet. Checks of shape always
run; checks of value run wherever the value is known.
"""

import operator
from numbers import Real
from typing import Any

import jax
import numpy as np
from jaxtyping import Array


def known(value: Any) -> np.ndarray | None:
    """Return the numbers of `value` as a NumPy array, or None while JAX traces it."""
    try:
        return np.asarray(value)
    except jax.errors.TracerArrayConversionError:
        return None


def shown(value: Any) -> str:
    """Return `value` as an error shows it: in one line, and not all of a long array."""
    words = " ".join(repr(value).split())
    return words if len(words) <= 200 else f"{words[:197]}..."


def function(name: str, value: Any) -> None:
    """Raise unless `value` can be called."""
    if not callable(value):
        raise ValueError(f"{name}: expected a function, got {shown(value)}")


def numbers(
    name: str, value: Any, what: str, booleans: bool = False
) -> np.ndarray | None:
    """Return real numbers as an array of NumPy's, None while JAX traces them.

    Raises ValueError for what are no numbers, or no array: words, None, rows of several
    lengths. `what` says what is expected. Whole numbers of any size and fractions pass.
    """
    got = ValueError(f"{name}: expected {what}, got {shown(value)}")
    try:
        array = known(value)
        if array is not None and array.dtype.kind == "O":
            if not all(isinstance(x, Real) for x in array.ravel()):
                raise got
            array = array.astype(float)
    except (TypeError, ValueError, OverflowError) as error:
        raise got from error
    if array is None or (booleans and array.dtype == bool):
        return array
    if not jax.numpy.issubdtype(array.dtype, np.number) or array.dtype.kind == "c":
        raise got
    return array


def finite_scalar(name: str, value: Any) -> Any:
    """Return `value`, as a float if it is known; raise unless one finite real number.

    A Python float takes on the dtype of the arrays that it meets.
    """
    number = numbers(name, value, "a finite number")
    if np.shape(value) != ():
        raise ValueError(
            f"{name}: expected one number, got an array of shape {np.shape(value)}"
        )
    if number is not None and not np.isfinite(number):
        raise ValueError(f"{name}: expected a finite number, got {shown(value)}")
    return value if number is None else float(number)


def close(a: Any, b: Any, rtol: float) -> bool:
    """Return whether two arrays agree to `rtol` of the largest number in the second."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and bool(
        (abs(a - b) <= rtol * abs(b).max(initial=0)).all()
    )


def key(name: str, value: Any) -> Array:
    """Return a key, also one in the older form of jax.random.PRNGKey(0), as a typed key."""
    return keys(name, value, "a key, jax.random.key(0)", ())


def keys(name: str, value: Any, what: str, shape: tuple[int | None, ...]) -> Array:
    """Return typed keys of a shape in which None stands for any length."""
    dtype = getattr(value, "dtype", None)
    if dtype == np.uint32 and np.shape(value)[-1:] == (2,):
        value = jax.random.wrap_key_data(value)
        dtype = value.dtype
    found = np.shape(value) if dtype is not None else ()
    fits = len(found) == len(shape) and all(
        n in (None, m) for n, m in zip(shape, found, strict=True)
    )
    if (
        dtype is None
        or not jax.numpy.issubdtype(dtype, jax.dtypes.prng_key)
        or not fits
    ):
        raise ValueError(f"{name}: expected {what}, got {shown(value)}")
    return value


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


def not_negative(name: str, value: Any) -> Any:
    """Return `value`, as a float if it is known; raise unless it is 0 or more."""
    value = finite_scalar(name, value)
    if isinstance(value, float) and value < 0:
        raise ValueError(f"{name}: expected 0 or more, got {value!r}")
    return value


def positive(name: str, value: Any) -> Any:
    """Return `value`, as a float if it is known; raise unless it is above 0."""
    value = finite_scalar(name, value)
    if isinstance(value, float) and not value > 0:
        raise ValueError(f"{name}: expected a positive number, got {value!r}")
    return value


def between(name: str, value: Any, low: Any, high: Any) -> Any:
    """Return `value`, as a float if it is known; raise unless low < value < high."""
    value = finite_scalar(name, value)
    if isinstance(value, float) and not low < value < high:
        raise ValueError(
            f"{name}: expected a number between {low} and {high}, got {value!r}"
        )
    return value


def whole(name: str, value: Any, least: int) -> int:
    """Return `value` as an int; raise unless it is a whole number, `least` or more."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ValueError(
            f"{name}: expected an integer of at least {least}, got {value!r}"
        )
    return number


def positive_int(name: str, value: Any) -> int:
    """Return `value` as an int; raise unless it is a whole number, 1 or more."""
    return whole(name, value, least=1)


def parameters(name: str, value: Any) -> None:
    """Raise unless `value` is a pytree of float arrays, finite where it is known."""
    what = f"{name}: expected parameters, a pytree of finite floats"
    leaves = jax.tree.leaves(value)
    if not leaves:
        raise ValueError(f"{what}, got {shown(value)}")
    for leaf in leaves:
        array = numbers(name, leaf, "parameters, a pytree of finite floats")
        dtype = leaf.dtype if array is None else array.dtype
        if not jax.numpy.issubdtype(dtype, np.floating):
            raise ValueError(f"{what}, got {dtype}")
        if array is not None and not np.isfinite(array).all():
            raise ValueError(f"{what}, got {shown(array)}")


def indices(name: str, value: Any, size: int) -> None:
    """Raise unless `value` holds integers from 0 to size - 1, as far as it is known."""
    what = f"integers from 0 to {size - 1}"
    array = numbers(name, value, what)
    dtype = value.dtype if array is None else array.dtype
    if not jax.numpy.issubdtype(dtype, np.integer):
        raise ValueError(f"{name}: expected {what}, got dtype {dtype}")
    if array is not None and not ((array >= 0) & (array < size)).all():
        raise ValueError(f"{name}: expected {what}, got {array.min()} to {array.max()}")


def float_array(name: str, value: Any, shape: tuple[int, ...], hint: str = "") -> None:
    """Raise unless `value` is an array of floats of exactly this shape."""
    if not hasattr(value, "dtype"):
        raise ValueError(
            f"{name}: expected an array of shape {shape}, got {shown(value)}"
        )
    if np.shape(value) != shape:
        raise ValueError(
            f"{name}: expected shape {shape}, got {np.shape(value)}. {hint}".rstrip()
        )
    if not jax.numpy.issubdtype(jax.numpy.result_type(value), np.floating):
        raise ValueError(
            f"{name}: expected floats, got dtype {jax.numpy.result_type(value)}"
        )


def optimizer(name: str, value: Any) -> None:
    """Raise unless `value` is an optimizer, as optax has them."""
    if not (
        callable(getattr(value, "init", None))
        and callable(getattr(value, "update", None))
    ):
        raise ValueError(f"{name}: expected one of optax's, got {shown(value)}")


def steps(name: str, optimizer: Any, theta: Any, state: Any) -> None:
    """Raise unless an optimizer steps from a gradient and parameters alone."""
    try:
        jax.eval_shape(optimizer.update, theta, state, theta)
    except TypeError as error:
        raise ValueError(
            f"{name}: expected one of optax's that needs a gradient and parameters, and "
            f"nothing else, got one that says: {error}"
        ) from error
