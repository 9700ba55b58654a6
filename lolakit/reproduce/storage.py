"""Stored results: numbers that took longer to make than a chapter may take.

A result is one JSON file, so that it can be read without this library and compared line by
line. Arrays that are too long for text (those of a trained network) are in it
compressed, as base64.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Array

from lolakit.seeds import checkpoints

Run = Callable[[Array], dict[str, Any]]
"""From the key of one seed to a dictionary of arrays, or of trees of arrays."""
FOLDER = Path(__file__).parent / "results"
FIELDS = {"name", "command", "settings", "versions", "machine", "date", "seconds", "rows",
          "runs"}  # fmt: skip
"""What every stored result holds."""


def stored(name: str) -> dict[str, Any]:
    """Return the stored result `name`, with the lists of its runs as arrays.

    A run has the arrays of a trained network under names such as "network/actor/W1".
    Raises ValueError if there is none of that name.
    """
    there = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
    if not isinstance(name, str) or name not in there:
        raise ValueError(f"name: expected one of {[*there]}, got {name!r}")
    return read(there[name])


def read(path: Path | str) -> dict[str, Any]:
    """Return the result in a file that `write` has made, with the lists of its runs as arrays.

    Raises:
        ValueError: for another file, or one that is not as it was written.
    """
    way_out = "Give another path, or remove it"
    result = json_object(path, "a stored result", FIELDS, way_out)
    if result.pop("sha256", None) != _digest(result):
        raise ValueError(
            f"{path}: expected it as it was written, got a file that was changed. {way_out}"
        )
    for run in result["runs"].values():
        run |= {k: np.array(v) for k, v in run.items() if isinstance(v, list)}
        run |= {k: _unpacked(v) for k, v in run.items() if isinstance(v, dict)}
    return result


def json_object(
    path: Path | str, what: str, fields: Set[str], way_out: str
) -> dict[str, Any]:
    """Return the JSON object in a file, which has at least these fields.

    Raises:
        ValueError: for another file: what was expected, what came, and the way out.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path}: expected {what}, got a folder")
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path}: expected {what} in JSON, got another file ({error}). {way_out}"
        ) from error
    there = found.keys() if isinstance(found, dict) else set()
    if not there >= fields:
        raise ValueError(
            f"{path}: expected {what} with {sorted(fields)}, got "
            f"{sorted(there) or type(found).__name__}. {way_out}"
        )
    return found


def write(result: Mapping[str, Any], path: Path | str) -> None:
    """Write a result as JSON, complete or not at all. The arrays of its runs compressed."""
    runs = {
        label: {k: _packed(x) if isinstance(x, np.ndarray) else x for k, x in run.items()}
        for label, run in result["runs"].items()
    }  # fmt: skip
    packed = {**result, "runs": runs}
    text = json.dumps({**packed, "sha256": _digest(packed)}, indent=1)
    # written as it is read: bytes, so that no system changes the ends of lines
    words = (_one_line_lists(text) + "\n").encode()
    checkpoints.replace(path, lambda file: file.write_bytes(words))


def _digest(result: Mapping[str, Any]) -> str:
    """Return a hash of all but the hash, whatever the layout of the file."""
    text = json.dumps(result, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(x: np.ndarray) -> dict[str, Any]:
    """Return an array as what JSON can hold.

    First bytes of all numbers, then second bytes, and so on: so they compress better.
    """
    planes = np.frombuffer(x.tobytes(), np.uint8).reshape(-1, x.itemsize).T
    text = base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode()
    return {"dtype": x.dtype.str, "shape": list(x.shape), "planes": text}


def _unpacked(packed: dict[str, Any]) -> np.ndarray:
    dtype = np.dtype(packed["dtype"])
    data = zlib.decompress(base64.b64decode(packed["planes"]))
    planes = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, -1)
    return planes.T.copy().view(dtype).reshape(packed["shape"])


def _one_line_lists(text: str) -> str:
    """Put lists of numbers, and lists of such lists, on one line each."""
    for inner in (r"[^][{}]+", r"\[[^][]+\](?:,\s+\[[^][]+\])*"):
        text = re.sub(
            rf"\[\s+({inner})\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text
        )
    return text
