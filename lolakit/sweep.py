"""Many seeds: `vmap` over keys, spread over every device, in chunks."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array
from tqdm.auto import tqdm

from lolakit import _validate

LANES = 8
"""Fewest seeds that a device gets. A batch of 1 or 2 is compiled to other instructions,
which round differently, and learning stretches a last digit to another outcome."""


def sweep(
    fn: Callable[[Array], Any],
    keys: Array,
    *,
    chunk: int = 4096,
    progress: bool = True,
) -> Any:
    """Return `vmap(fn)(keys)`, with the seeds spread over every device that JAX sees.

    Each seed is a program of its own, so the numbers do not depend on how many devices
    or chunks there are.

    Args:
        fn: one key to any pytree of arrays (numbers, not keys).
        keys: [n] typed keys, `jax.random.split(key, n)`.
        chunk: at most how many seeds each device runs at a time (8 at least). Results
            wait in host memory and come back as arrays on the default device.
        progress: show a bar over seeds when there is more than one chunk.

    Raises:
        ValueError: if `keys` is not a non-empty vector of keys, or `chunk` < 1.
    """
    chunk = _validate.positive_int("chunk", chunk)
    _validate.function("fn", fn)
    dtype = getattr(keys, "dtype", np.dtype(object))
    if not jnp.issubdtype(dtype, jax.dtypes.prng_key) or keys.ndim != 1:
        raise ValueError(
            "keys: expected a vector of keys, jax.random.split(jax.random.key(0), n), "
            f"got {keys!r}"
        )
    if len(keys) < 1:
        raise ValueError("keys: expected at least one key, got none")
    devices = np.array(jax.devices())
    # Every call has the same size, a multiple of the devices: one compilation. What is
    # missing at the end is filled with the last key, and dropped again.
    calls = -(-len(keys) // (chunk * devices.size))
    size = max(-(-len(keys) // (calls * devices.size)), LANES) * devices.size
    seeds = NamedSharding(Mesh(devices, ("seeds",)), PartitionSpec("seeds"))
    run = jax.jit(jax.vmap(fn), in_shardings=seeds, out_shardings=seeds)
    parts = []
    with tqdm(
        total=len(keys), unit="seed", disable=not progress or size >= len(keys)
    ) as bar:
        for start in range(0, len(keys), size):
            index = np.minimum(np.arange(start, start + size), len(keys) - 1)
            count = min(size, len(keys) - start)
            done = jax.device_get(run(jax.device_put(keys[index], seeds)))
            parts.append(jax.tree.map(lambda a, count=count: a[:count], done))
            bar.update(count)
    return jax.tree.map(lambda *a: jnp.asarray(np.concatenate(a)), *parts)
