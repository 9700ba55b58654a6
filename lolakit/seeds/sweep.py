"""Many seeds: `vmap` over keys, spread over every device and process, in chunks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import SingleDeviceSharding
from jaxtyping import Array
from tqdm.auto import tqdm

from lolakit import _validate
from lolakit.seeds import chunks, processes

LANES = 8
"""Fewest seeds in a batch. One of 1 or 2 is compiled to yet other instructions."""


def sweep(
    fn: Callable[[Array], Any],
    keys: Array,
    *,
    chunk: int = 4096,
    progress: bool = True,
    path: Path | str | None = None,
) -> Any:
    """Return `vmap(fn)(keys)`, with the seeds spread over every device that JAX sees.

    A device runs `chunk` seeds at a time, neither more nor fewer, however many devices and
    processes there are. Batches of another size are compiled to other instructions, which
    round differently, and learning stretches a last digit to another outcome: so the
    numbers depend on `chunk`, but not on devices and processes.

    After `jax.distributed.initialize()` every process calls `sweep` with the same
    arguments, computes its share, and gets the whole result.

    Args:
        fn: one key to any pytree of arrays (numbers, not keys).
        keys: [n] typed keys, `jax.random.split(key, n)`.
        chunk: how many seeds each device runs at a time: all keys if there are fewer, and
            8 at least. A device gets none before the one before it has a full chunk, so
            `n / chunk` should exceed the number of devices. Results wait in host memory
            and come back as arrays on the default device.
        progress: show a bar over seeds when there is more than one round.
        path: a folder for finished chunks. What it holds is not computed again, also with
            more keys after the same ones, or other numbers of devices and processes.
            Only process 0 reads and writes it.

    Raises:
        ValueError: if `keys` is not a non-empty vector of keys, or `chunk` < 1; if `path`
            holds seeds of another function, of other keys or of another `chunk`; if
            processes differ in their arguments.
        RuntimeError: if another process has failed or died.
    """
    chunk = _validate.positive_int("chunk", chunk)
    _validate.function("fn", fn)
    what = "a vector of keys, jax.random.split(jax.random.key(0), n)"
    keys = _validate.keys("keys", keys, what, (None,))
    if len(keys) < 1:
        raise ValueError("keys: expected at least one key, got none")
    if not isinstance(path, Path | str | None):
        raise ValueError(f"path: expected a folder or None, got {path!r}")
    rank, ranks = jax.process_index(), jax.process_count()
    lanes = max(min(chunk, len(keys)), LANES)
    folder = path if rank == 0 else None  # one process reads and writes
    done, whole, about = np.zeros(len(keys), bool), None, None
    if path is not None or ranks > 1:
        about = chunks.describe(fn, keys, lanes)
        processes.agree(
            keys=about.keys.tobytes(),
            chunk=str(chunk).encode(),
            path=b"" if path is None else b"a folder",
            fn=about.program.encode(),
        )
    if path is not None:
        done, whole = processes.from_first(chunks.load, folder, about)
    todo = np.flatnonzero(~done)
    rounds = -(-todo.size // (lanes * ranks))  # if each process used one device
    devices = jax.local_devices()[:rounds]
    run = _compiled(fn, keys, lanes, devices)

    def compute(index: np.ndarray) -> Any:
        shares = zip(run, devices, np.split(index, len(devices)), strict=True)
        out = [one(jax.device_put(keys[i], device)) for one, device, i in shares]
        return jax.tree.map(lambda *a: np.concatenate(a), *jax.device_get(out))

    # What is missing in the last round is filled with the last key, and dropped again.
    size = lanes * max(len(devices), 1) * ranks
    with tqdm(
        total=len(keys), initial=int(done.sum()), unit="seed",
        disable=not progress or size >= todo.size or rank > 0,
    ) as bar:  # fmt: skip
        for start in range(0, todo.size, size):
            new = todo[start : start + size]
            batch = np.pad(new, (0, size - new.size), mode="edge")
            part = processes.together(compute, np.split(batch, ranks)[rank])
            part = jax.tree.map(lambda a, new=new: a[: new.size], part)
            if path is not None:
                processes.together(chunks.keep, folder, about, new, part)
            if whole is None:
                whole = jax.tree.map(
                    lambda a: np.zeros((len(keys), *a.shape[1:]), a.dtype), part
                )
            chunks.fill(whole, new, part)
            bar.update(new.size)
    return jax.tree.map(jnp.asarray, whole)


def _compiled(
    fn: Callable[[Array], Any], keys: Array, lanes: int, devices: list[Any]
) -> list[Any]:
    """Return `vmap(fn)` over `lanes` keys for each device: the same instructions on all.

    One program for several devices at once (a sharded one) is compiled to others than a
    program for one, and lets devices wait for each other.
    """
    # somebody looks inside, so nothing is compiled
    if jax.config.jax_disable_jit:  # pyright: ignore[reportAttributeAccessIssue]
        return [jax.vmap(fn)] * len(devices)
    run = jax.jit(jax.vmap(fn))
    lowered = [
        run.lower(
            jax.ShapeDtypeStruct(
                (lanes,), keys.dtype, sharding=SingleDeviceSharding(device)
            )
        )
        for device in devices
    ]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda program: program.compile(), lowered))
