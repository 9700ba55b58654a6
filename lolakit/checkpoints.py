"""Trees of arrays in a file: safetensors, which holds numbers and cannot run code."""

import os
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

FORMAT = "1"
"""Written into every file; raised when what is in them changes."""


def save(path: Path | str, kind: str, tree: Any) -> None:
    """Write a pytree of arrays and numbers, of which a file of `kind` consists.

    The file is written beside `path` and then put in its place: whatever interrupts it,
    `path` holds the old checkpoint or the new one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    arrays = {name: np.array(x, order="C") for name, x in _named(tree)}
    save_file(arrays, unfinished, {"lolakit": kind, "format": FORMAT})
    os.replace(unfinished, path)


def load(path: Path | str, kind: str, like: Any) -> Any:
    """Return the pytree in a file of `kind`, with the structure of `like`.

    Raises:
        ValueError: for a file that is none of lolakit's, of another kind or format, or
            with other arrays than `like` has. A leaf of `like` whose first axis has
            length 0 goes with any length.
    """
    try:
        with safe_open(path, framework="np") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: expected a safetensors file ({error})") from error
    found = (about.get("lolakit"), about.get("format"))
    if found != (kind, FORMAT):
        raise ValueError(
            f"{path}: expected a checkpoint of {kind}, format {FORMAT}, got {found}"
        )
    expected = {name: np.shape(x) for name, x in _named(like)}
    shapes = {name: x.shape for name, x in arrays.items()}
    wrong = {
        name: (expected.get(name), shapes.get(name))
        for name in expected.keys() | shapes.keys()
        if not _goes_with(expected.get(name), shapes.get(name))
    }
    if wrong:
        raise ValueError(f"{path}: expected other arrays, (expected, got) = {wrong}")
    structure = jax.tree.structure(like)
    return jax.tree.unflatten(structure, [arrays[name] for name, _ in _named(like)])


def _goes_with(expected: Any, shape: Any) -> bool:
    if None in (expected, shape) or len(expected) != len(shape):
        return False
    return expected == shape or (expected[:1] == (0,) and expected[1:] == shape[1:])


def _named(tree: Any) -> list[tuple[str, Any]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return [
        (jax.tree_util.keystr(path).strip("."), np.asarray(x)) for path, x in leaves
    ]
