"""Several processes of one run: what they join, what they agree on, and how they fail.

After `jax.distributed.initialize()` each process runs the same program on devices of its
own. Nothing here is needed to compute a seed; it is needed to hand all seeds to everybody.
With one process each function gives back what it was given.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.experimental.multihost_utils import broadcast_one_to_all, process_allgather


def together(work: Callable[..., Any], *args: Any) -> Any:
    """Return what `work(*args)` gives in every process, joined along the first axis.

    Args:
        work: gives a pytree of arrays, of the same shapes in every process.
        args: its arguments.

    Raises:
        RuntimeError: if `work` failed in another process, or another process has died.
            A process in which `work` failed raises its own error.
    """
    mine = _attempt(work, *args)
    if jax.process_count() == 1:
        return mine
    with _others_alive():
        return process_allgather(mine, tiled=True)


def from_first(work: Callable[..., Any], *args: Any) -> Any:
    """Return, in every process, what `work(*args)` gives in process 0.

    As `together`, but for what the others give: only its shapes count. Arrays travel as
    bytes: a sum over processes, which it is underneath, loses the sign of minus zero.
    """

    def send(x: np.ndarray) -> np.ndarray:
        flat = np.ascontiguousarray(x).reshape(-1).view(np.uint8)
        return np.array(broadcast_one_to_all(flat)).view(x.dtype).reshape(x.shape)

    mine = _attempt(work, *args)
    if jax.process_count() == 1:
        return mine
    with _others_alive():
        return jax.tree.map(send, mine)


def agree(**values: bytes) -> None:
    """Raise ValueError, in every process, unless all processes gave the same `values`."""
    if jax.process_count() == 1:
        return
    devices = Counter(device.process_index for device in jax.devices())
    if len(set(devices.values())) > 1:
        raise ValueError(
            f"devices: expected as many in every process, got {dict(devices)}"
        )
    digests = [list(hashlib.sha256(value).digest()) for value in values.values()]
    everywhere = together(lambda: np.array([digests], np.uint8))
    for name, column in zip(values, np.moveaxis(everywhere, 1, 0), strict=True):
        others = np.flatnonzero((column != column[0]).any(axis=-1))
        if others.size:
            raise ValueError(
                f"{name}: expected the same in every process, "
                f"got another in process {others[0]} than in process 0"
            )


def _attempt(work: Callable[..., Any], *args: Any) -> Any:
    """Return `work(*args)`, or raise in every process if it fails in one.

    Who failed tells the others first: they would wait for it.
    """
    if jax.process_count() == 1:
        return work(*args)
    mine = failure = None
    try:
        mine = work(*args)
    except Exception as error:
        failure = error
    with _others_alive():
        failed = process_allgather(np.array([failure is not None]), tiled=True)
    if failure is not None:
        raise failure
    if failed.any():
        raise RuntimeError(
            f"{_name()}: process {np.flatnonzero(failed)[0]} failed, and its own message "
            "says why. Finished chunks are kept if sweep was given a path"
        )
    return mine


@contextmanager
def _others_alive() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # of several types, depending on how a connection ends
        raise RuntimeError(
            f"{_name()}: no answer from another process, which has probably died. "
            "Finished chunks are kept if sweep was given a path. Start all again to go on"
        ) from error


def _name() -> str:
    return f"process {jax.process_index()} of {jax.process_count()}"
