"""Files that are replaced whole: whatever interrupts it, the old one is there or the new one."""

import contextlib
import os
from pathlib import Path


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
