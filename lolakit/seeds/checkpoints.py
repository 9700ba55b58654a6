"""Arrays with their description in a file: the one way in which lolakit keeps numbers.

A file is of the safetensors format, which holds numbers and cannot run code. Beside the
arrays it holds what it is (`kind`), what it is about, and a digest of everything: a file
that was cut off or changed is refused, and never half read.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lolakit.types import Tree

FORMAT = "2"
"""Written into every file; raised when what is in them changes."""

WAY_OUT = "Give another path, or remove it to begin anew"


def replace(path: Path | str, write: Callable[[Path], object]) -> None:
    """Let `write(file)` make a file beside `path`, and then put it in its place.

    It is flushed to the disk first. Whatever interrupts it, a full disk included, `path`
    holds the old file or the new one. Raises ValueError if `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: expected a file, got a folder. {WAY_OUT}")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        write(unfinished)
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def save(path: Path | str, kind: str, tree: Tree, about: str = "") -> None:
    """Write a pytree of arrays and numbers, of which a file of `kind` consists.

    `about` says what the numbers belong to; `read` and `load` ask for the same words.
    """
    arrays = {name: np.array(x, order="C") for name, x in _named(tree)}
    words = {"lolakit": kind, "format": FORMAT, "about": about}
    words["sha256"] = _digest(words, arrays)
    replace(path, lambda file: save_file(arrays, file, words))


def read(path: Path | str, kind: str, about: str = "") -> dict[str, np.ndarray]:
    """Return the arrays in a file of `kind` by their names, such as "state/0/mu".

    Raises:
        FileNotFoundError: if there is none.
        ValueError: for a file that is none of lolakit's, of another kind or format, about
            something else, or not as it was written.
    """
    if Path(path).is_dir():
        raise ValueError(f"{path}: expected a file, got a folder. {WAY_OUT}")
    try:
        with safe_open(path, framework="np") as file:
            words = dict(file.metadata() or {})
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise
    except (SafetensorError, OSError, AttributeError, TypeError) as error:
        # the last two: a type of numbers that NumPy does not have
        raise ValueError(
            f"{path}: expected a safetensors file, got another ({error}). {WAY_OUT}"
        ) from error
    wanted = {"lolakit": kind, "format": FORMAT, "about": about}
    for name, value in wanted.items():
        if words.get(name) != value:
            raise ValueError(
                f"{path}: expected a file with {name} = {value!r}, got "
                f"{words.get(name)!r}. {WAY_OUT}"
            )
    if words.pop("sha256", None) != _digest(words, arrays):
        raise ValueError(
            f"{path}: expected it as it was written, got a file that was cut off or "
            f"changed. {WAY_OUT}"
        )
    return arrays


def load(path: Path | str, kind: str, like: Tree, about: str = "") -> Any:
    """Return the pytree in a file of `kind`, with the structure of `like`.

    Raises:
        ValueError: as `read`, and for other shapes or types of numbers than `like` has. A
            leaf of `like` whose first axis has length 0 goes with any length.
    """
    arrays = read(path, kind, about)
    expected = {name: (x.shape, x.dtype.name) for name, x in _named(like)}
    found = {name: (x.shape, x.dtype.name) for name, x in arrays.items()}
    wrong = {
        name: (expected.get(name), found.get(name))
        for name in expected.keys() | found.keys()
        if not _goes_with(expected.get(name), found.get(name))
    }
    if wrong:
        raise ValueError(
            f"{path}: expected other arrays, (expected, got) = {wrong}. {WAY_OUT}"
        )
    structure = jax.tree.structure(like)
    return jax.tree.unflatten(structure, [arrays[name] for name, _ in _named(like)])


def _goes_with(expected: Any, found: Any) -> bool:
    if None in (expected, found) or expected[1] != found[1]:
        return False
    wanted, shape = expected[0], found[0]
    any_length = wanted[:1] == (0,) and len(wanted) == len(shape)
    return wanted == shape or (any_length and wanted[1:] == shape[1:])


def _digest(words: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> str:
    """Return a hash of all that a file holds, in an order of its own."""
    digest = hashlib.sha256(json.dumps(words, sort_keys=True).encode())
    for name, x in sorted(arrays.items()):
        digest.update(repr((name, x.dtype.str, x.shape)).encode())
        digest.update(np.ascontiguousarray(x).tobytes())
    return digest.hexdigest()


def _named(tree: Tree) -> list[tuple[str, np.ndarray]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    name = jax.tree_util.keystr
    return [
        (name(path, simple=True, separator="/"), np.asarray(x)) for path, x in leaves
    ]
