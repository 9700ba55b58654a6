"""Results that take longer than a chapter may: run them, store them, read them back.

    lolakit reproduce lola_pg

runs one result of `catalogue` at its settings and writes results/lola_pg.json: the numbers
of every seed, what was published beside ours, the command, the settings, the
versions and the time. Whatever stops it, the same command goes on where it stopped. The
book reads the runs that come with the package with `stored("lola_pg")`.
"""

import datetime
import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm.auto import tqdm

from lolakit import _validate
from lolakit.reproduce.catalogue import RESULTS
from lolakit.reproduce.published import rows
from lolakit.reproduce.storage import FOLDER, Run, stored
from lolakit.seeds import checkpoints

__all__ = ["FOLDER", "estimate", "run", "settings_of", "stored"]

SAVE_EVERY = 10.0
"""Seconds between two saves of what is finished."""
KIND, SECONDS = "finished seeds of a result", "seconds of all"
COMPILE = 2.0
"""Seconds that a run takes to compile, for `estimate`."""


def settings_of(name: str, **sizes: int) -> dict[str, Any]:
    """Return all settings of a result: its sizes, with some changed, and its constants.

    Raises:
        ValueError: for a name that is not in `RESULTS`, a size that the result does not
            have, or sizes below 1.
    """
    if not isinstance(name, str) or name not in RESULTS:
        raise ValueError(f"name: expected one of {sorted(RESULTS)}, got {name!r}")
    result = RESULTS[name]
    if unknown := sorted(sizes.keys() - result.sizes.keys()):
        raise ValueError(f"sizes: expected some of {[*result.sizes]}, got {unknown}")
    sizes = {k: _validate.positive_int(k, v) for k, v in (result.sizes | sizes).items()}
    dtype = str(jax.numpy.result_type(float))
    return {**sizes, **result.constants, "key": 0, "dtype": dtype}


def estimate(name: str, **sizes: int) -> float:
    """Return how many seconds `run` will take on a machine like that of the stored result.

    The stored time, by the product of all sizes, and `COMPILE` seconds for each run. NaN
    if none is stored yet.
    """
    settings = settings_of(name, **sizes)
    if not (FOLDER / f"{name}.json").is_file():
        return float("nan")
    result = stored(name)
    share = np.prod([settings[k] / result["settings"][k] for k in RESULTS[name].sizes])
    compiling = COMPILE * len(result["runs"])
    return float(compiling + share * max(result["seconds"] - compiling, 0.0))


def run(
    name: str,
    *,
    command: str = "",
    keep: Path | str | None = None,
    progress: bool = True,
    **sizes: int,
) -> dict[str, Any]:
    """Run one of `RESULTS` and return it as it is stored: a dictionary of plain numbers.

    `sizes` are those of the result, such as `seeds=2`; what is not given is as in the
    stored result. In the folder `keep` finished seeds are kept, every ten seconds or so: a
    second call goes on from there. It stays there, to be removed once the result is
    written (`write`): nothing that was computed is lost on the way.

    Beside `command`, `settings`, `versions`, `machine`, `date` and `seconds` (compilation
    included) the dictionary holds `rows`, what was published and ours, and `runs`. Each
    run has its own `seconds`, and arrays with a leading axis [seeds]; learning curves have
    `R` [seeds, steps, 2], and trained networks their weights, such as `network/actor/W1`.

    Raises:
        ValueError: for a name or sizes that `settings_of` refuses, or a folder `keep` of
            other settings or versions.
    """
    settings = settings_of(name, **sizes)
    packages = ("lolakit", "jax", "optax")
    versions = {"python": platform.python_version()} | {
        p: importlib.metadata.version(p) for p in packages
    }
    todo = RESULTS[name].runs({k: settings[k] for k in RESULTS[name].sizes})
    keys = jax.random.split(jax.random.key(settings["key"]), settings["seeds"])
    done: dict[str, Any] = {}
    with tqdm(total=len(todo) * len(keys), unit="seed", disable=not progress) as bar:
        for i, (label, one) in enumerate(todo.items()):
            bar.set_description(f"{name}: {label}")
            about = {"label": label, "settings": settings, "versions": versions}
            path = Path(keep) / f"{i:03d}.safetensors" if keep is not None else None
            for arrays, seconds, new in _seeds(one, keys, path, json.dumps(about)):
                bar.update(new)
                # Rounded as it is stored: the numbers in `rows` follow from the file.
                numbers = {
                    k: x if "/" in k else x.astype(float).round(4).tolist()
                    for k, x in arrays.items()
                }
                done[label] = {"seconds": round(seconds, 1), **numbers}
    return {
        "name": name,
        "command": command,
        "settings": settings,
        "versions": versions,
        "machine": f"{os.cpu_count()} CPU cores, {jax.default_backend()}",
        "date": datetime.date.today().isoformat(),
        "seconds": round(sum(one["seconds"] for one in done.values()), 1),
        "rows": rows(name, done),
        "runs": done,
    }


def _seeds(
    one: Run, keys: Any, path: Path | None, about: str
) -> Iterator[tuple[Mapping[str, np.ndarray], float, int]]:
    """Run seed by seed, from where `path` stopped; yield all seeds so far when saved.

    Side by side they would not fit in a processor's cache. Yields the arrays [seeds so
    far, ...], the seconds that they took, and how many seeds are new.
    """
    arrays, seconds = _load(path, about)
    count = len(next(iter(arrays.values()))) if arrays else 0
    yielded, fresh, begin = 0, [], time.perf_counter()
    for i in range(count, len(keys)):
        outcome = jax.device_get(one(keys[i]))
        leaves = jax.tree_util.tree_leaves_with_path(outcome)
        name = jax.tree_util.keystr
        fresh.append({name(p, simple=True, separator="/"): x for p, x in leaves})
        passed = time.perf_counter() - begin
        if passed > SAVE_EVERY or i == len(keys) - 1:
            new = {k: np.stack([seed[k] for seed in fresh]) for k in fresh[0]}
            arrays = {
                k: np.concatenate([arrays[k], x]) if arrays else x
                for k, x in new.items()
            }
            seconds, fresh, begin = seconds + passed, [], time.perf_counter()
            if path is not None:
                checkpoints.save(path, KIND, {**arrays, SECONDS: seconds}, about)
            yield arrays, seconds, i + 1 - yielded
            yielded = i + 1
    if yielded == 0:  # all were there
        yield arrays, seconds, len(keys)


def _load(path: Path | None, about: str) -> tuple[dict[str, np.ndarray], float]:
    """Return the finished seeds of one run, and the seconds that they took."""
    if path is None or not path.is_file():
        return {}, 0.0
    arrays = checkpoints.read(path, KIND, about)
    return arrays, float(arrays.pop(SECONDS))


if __name__ == "__main__":
    raise SystemExit("expected `lolakit reproduce NAME`, or `python -m lolakit ...`")
