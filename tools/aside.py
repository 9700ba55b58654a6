"""Files that are replaced whole, and read with care.

Whatever interrupts a write, the old file is there or the new one.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any


def write(path: Path, text: str) -> None:
    """Write `text` beside `path`, flush it to the disk, and put it in its place."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        with open(unfinished, "w", encoding="utf8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def read(path: Path, way_out: str, *fields: str) -> dict[str, Any]:
    """Return the JSON object in a file, which has at least these fields.

    Raises:
        ValueError: for another file: what was expected, what came, and the way out.
    """
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected JSON, got {error}. {way_out}") from error
    there = [*found] if isinstance(found, dict) else type(found).__name__
    if not isinstance(found, dict) or not set(fields) <= found.keys():
        raise ValueError(
            f"{path}: expected an object with {[*fields]}, got {there}. {way_out}"
        )
    return found


def notebook(path: Path) -> dict[str, Any]:
    """Return a notebook, as its JSON."""
    return read(path, "Restore the notebook", "cells")
