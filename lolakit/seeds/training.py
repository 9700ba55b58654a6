"""A long loop of updates: with a bar, checkpoints, and the same numbers after a break."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Array
from tqdm.auto import tqdm

from lolakit import _validate
from lolakit.seeds import checkpoints
from lolakit.types import Tree


def run(
    kind: str,
    step: Callable[[Any, Array], tuple[Any, Array]],
    state: Tree,
    key: Array,
    number: int,
    *,
    about: Mapping[str, Any],
    path: Path | str | None = None,
    save_every: int = 32,
    progress: bool = True,
) -> tuple[Any, np.ndarray]:
    """Return the state after `number` steps, and what each step recorded [number, ...].

    Args:
        kind: what is trained; it names the bar and the checkpoint.
        step: `step(state, key) -> (state, record)`; the record is an array of floats. It
            is compiled once. Step i gets the key `fold_in(key, i)`.
        state: where to begin.
        key: all numbers follow from it.
        number: of steps.
        about: arrays that say what is trained: a checkpoint must hold the same.
        path: the checkpoint, written after every `save_every` steps and at the end. If
            there is one, the loop goes on from there.
        save_every: steps between checkpoints.
        progress: show a bar.

    Raises:
        ValueError: for sizes below 1, or a checkpoint of another training, or of more
            steps.
        FloatingPointError: if a record is not finite. The checkpoint is then older.
    """
    number = _validate.positive_int("number", number)
    save_every = _validate.positive_int("save_every", save_every)
    about = {**about, "key": jax.random.key_data(key)}
    shape = jax.eval_shape(step, state, key)[1].shape
    history = np.zeros((0, *shape))
    if path is not None and Path(path).exists():
        like = {"about": about, "state": state, "history": history}
        found = checkpoints.load(path, kind, like)
        for name, value in about.items():
            if not _same(found["about"][name], np.asarray(value)):
                raise ValueError(
                    f"{path}: expected a training with {name} = {np.asarray(value)}, "
                    f"got {found['about'][name]}"
                )
        state, history = found["state"], found["history"]
    if len(history) > number:
        raise ValueError(f"{path}: expected at most {number} steps, got {len(history)}")
    compiled, new = jax.jit(step), []
    with tqdm(
        total=number, initial=len(history), desc=kind, disable=not progress
    ) as bar:
        while len(history) < number:
            i = len(history) + len(new)
            state, record = compiled(state, jax.random.fold_in(key, i))
            new.append(record)
            bar.update()
            if i + 1 == number or (i + 1) % save_every == 0:
                history = np.concatenate([history, np.array(jax.device_get(new))])
                new = []
                if not np.isfinite(history).all():
                    raise FloatingPointError(f"{kind}: not finite by step {i + 1}")
                if path is not None:
                    saved = {"about": about, "state": state, "history": history}
                    checkpoints.save(path, kind, saved)
    return state, history


def _same(found: np.ndarray, value: np.ndarray) -> bool:
    """Whole numbers exactly; others but for what float32 rounds in some ten operations."""
    if value.dtype.kind in "iub":
        return bool(np.array_equal(found, value))
    return _validate.close(found, value, 1e-5)
