"""Finished chunks of a sweep in a folder: what a rerun need not compute again.

A file holds the numbers of some seeds, which seeds these are, their keys and the program
that computed them. It is complete in itself and never changed: files from other numbers of
devices and processes lie side by side.
"""

import hashlib
import os
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array

from lolakit.seeds import checkpoints
from lolakit.types import Tree

KIND = "finished seeds"


class Sweep(NamedTuple):
    """What a folder must be about."""

    program: str  # names what is computed, and on what
    keys: np.ndarray  # [n, words] the numbers in the keys
    like: Tree  # shape and dtype of what one seed gives


def describe(fn: Any, keys: Array, lanes: int) -> Sweep:
    """Return what identifies a sweep of `fn` over `keys`, `lanes` seeds at a time.

    The program is named by a hash of what JAX makes of `fn`, numbers that it closes over
    included. Batch, version and platform belong to the name, as others round differently.
    """
    with jax.disable_jit(False):
        lowered = jax.jit(fn).lower(keys[0])
    digest = hashlib.sha256(lowered.as_text().encode()).hexdigest()[:16]
    made_by = f"JAX {jax.__version__}, {jax.default_backend()}"
    program = f"{digest} ({made_by}, {lanes} seeds at a time)"
    return Sweep(program, np.asarray(jax.random.key_data(keys)), lowered.out_info)


def load(path: Path | str | None, sweep: Sweep) -> tuple[np.ndarray, Any]:
    """Return which seeds are finished [n], and their numbers [n, ...], 0 elsewhere.

    Raises:
        ValueError: for a folder that is none, or chunks of another program or other keys.
    """
    number = len(sweep.keys)
    done = np.zeros(number, bool)
    out = jax.tree.map(lambda x: np.zeros((number, *x.shape), x.dtype), sweep.like)
    if path is None:
        return done, out
    if os.path.exists(path) and not os.path.isdir(path):
        raise ValueError(f"path: expected a folder, got the file {path}")
    nothing = {
        "program": np.zeros(0, np.uint8),
        "seeds": np.zeros(0, int),
        "keys": sweep.keys[:0],
        "out": jax.tree.map(lambda x: x[:0], out),
    }
    for file in sorted(Path(path).glob("*.safetensors")):
        found = checkpoints.load(file, KIND, nothing)
        program, seeds = _decoded(found["program"]), found["seeds"]
        if program != sweep.program:
            raise ValueError(
                f"{file}: expected seeds of the program {sweep.program}, got {program}. "
                "Any number inside the function counts: give each function its own folder"
            )
        sizes = {len(x) for x in jax.tree.leaves((seeds, found["keys"], found["out"]))}
        if len(sizes) > 1 or not seeds.size or (np.diff(seeds) <= 0).any():
            raise ValueError(
                f"{file}: expected numbers for each of its seeds, in their order, got "
                f"seeds {seeds.tolist()} and {sorted(sizes)} numbers. Remove it"
            )
        if seeds[0] < 0 or seeds[-1] >= number:
            raise ValueError(
                f"{file}: expected {number} keys or fewer, got key number "
                f"{seeds[0] if seeds[0] < 0 else seeds[-1]}"
            )
        if not np.array_equal(found["keys"], sweep.keys[seeds]):
            raise ValueError(
                f"{file}: expected the keys {sweep.keys[seeds[:1]].tolist()}..., "
                f"got {found['keys'][:1].tolist()}... for seeds {seeds[0]}..."
            )
        done[seeds] = True
        fill(out, seeds, found["out"])
    return done, out


def keep(path: Path | str | None, sweep: Sweep, seeds: np.ndarray, out: Any) -> None:
    """Write the numbers of these seeds, [len(seeds), ...], to a file of their own.

    Its name is used once, so runs that write at the same time do not disturb each other.
    """
    if path is None:
        return
    name = f"{seeds[0]:08d}-{seeds[-1]:08d}-{uuid.uuid4().hex[:8]}.safetensors"
    tree = {
        "program": np.frombuffer(sweep.program.encode(), np.uint8),
        "seeds": seeds,
        "keys": sweep.keys[seeds],
        "out": out,
    }
    checkpoints.save(Path(path) / name, KIND, tree)


def _decoded(letters: np.ndarray) -> str:
    return letters.tobytes().decode(errors="replace")


def fill(whole: Any, seeds: np.ndarray, part: Any) -> None:
    """Put the numbers of these seeds into their rows of `whole`, in place."""
    jax.tree.map(lambda rows, x: rows.__setitem__(seeds, x), whole, part)
