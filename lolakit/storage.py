"""Stored results: numbers that took longer to make than a chapter may take."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Array
from safetensors.numpy import load_file, save_file

Run = Callable[[Array], dict[str, Any]]
"""From the key of one seed to a dictionary of arrays, or of trees of arrays."""
FOLDER = Path(__file__).parent / "results"


def stored(name: str) -> dict[str, Any]:
    """Return the stored result `name`, with the lists of its runs as arrays.

    Arrays that are too long for a text file lie beside it: those of a trained network, say.
    A run has them under their names, such as "network/actor/W1".
    Raises ValueError if there is none of that name.
    """
    there = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
    if not isinstance(name, str) or name not in there:
        raise ValueError(f"name: expected one of {[*there]}, got {name!r}")
    result = json.loads(there[name].read_text())
    for one in result["runs"].values():
        one |= {k: np.array(v) for k, v in one.items() if isinstance(v, list)}
    beside = there[name].with_suffix(".safetensors")
    if beside.is_file():
        for key, array in load_file(beside).items():
            label, _, field = key.partition("|")
            result["runs"][label][field] = array
    return result


def write(result: dict[str, Any], path: Path) -> None:
    """Write a result as JSON, and the arrays of its runs beside it."""
    arrays, runs = {}, {}
    for label, run in result["runs"].items():
        runs[label] = {k: x for k, x in run.items() if not isinstance(x, np.ndarray)}
        for field in run.keys() - runs[label].keys():
            arrays[f"{label}|{field}"] = np.ascontiguousarray(run[field])
    if arrays:
        save_file(arrays, path.with_suffix(".safetensors"))
    text = json.dumps(result | {"runs": runs}, indent=1)
    path.write_text(_one_line_lists(text) + "\n")


def _one_line_lists(text: str) -> str:
    """Put lists of numbers, and lists of such lists, on one line each."""
    for inner in (r"[^][{}]+", r"\[[^][]+\](?:,\s+\[[^][]+\])*"):
        text = re.sub(
            rf"\[\s+({inner})\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text
        )
    return text
