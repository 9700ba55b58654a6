"""Results that take longer than a chapter may: run them, store them, read them back.

    python -m lolakit.reproduce lola_pg --seeds 40

runs one result of `lolakit.experiments` at its settings and writes
lolakit/results/lola_pg.json: the numbers of every seed, with the command, the settings,
the versions and the time. The book reads the stored file with `stored("lola_pg")`. Runs
of other sizes (--seeds, --batch, --horizon, --steps) go where --out says.
"""

import argparse
import datetime
import importlib.metadata
import os
import platform
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm.auto import tqdm

from lolakit import _validate
from lolakit.experiments import RESULTS
from lolakit.storage import FOLDER, stored, write

__all__ = ["FOLDER", "main", "run", "stored"]


def run(name: str, *, command: str = "", **sizes: int) -> dict[str, Any]:
    """Run one of `RESULTS` and return it as it is stored: a dictionary of plain numbers.

    `sizes` are those of the result, such as `seeds=2`; what is not given is as in the
    stored result. Beside `command`, `settings`, `versions`, `machine`, `date` and `seconds`
    (compilation included) the dictionary holds `runs`. Each run has its own `seconds`, and
    arrays with a leading axis [seeds]; learning curves have `R` [seeds, steps, 2], and
    trained networks their weights, such as `network/actor/W1`.

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
    todo = result.runs(sizes)
    start, done = time.perf_counter(), {}
    keys = jax.random.split(jax.random.key(0), sizes["seeds"])
    for label, one in todo.items():
        begin = time.perf_counter()
        # Seed by seed: side by side they would not fit in a processor's cache.
        each = [jax.device_get(one(key)) for key in tqdm(keys, label, unit="seed")]
        done[label] = {"seconds": round(time.perf_counter() - begin, 1)}
        stacked = jax.tree.map(lambda *x: np.stack(x), *each)
        for path, x in jax.tree_util.tree_leaves_with_path(stacked):
            field = jax.tree_util.keystr(path, simple=True, separator="/")
            numbers = x.astype(float).round(4).tolist()
            done[label][field] = x if "/" in field else numbers
    return {
        "name": name,
        "command": command,
        "settings": {**sizes, **result.constants, "key": 0, "dtype": _dtype()},
        "versions": {"python": platform.python_version()}
        | {p: importlib.metadata.version(p) for p in ("lolakit", "jax", "optax")},
        "machine": f"{os.cpu_count()} CPU cores, {jax.default_backend()}",
        "date": datetime.date.today().isoformat(),
        "seconds": round(time.perf_counter() - start, 1),
        "runs": done,
    }


def _dtype() -> str:
    return str(jax.numpy.result_type(float))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one result from the command line and write it."""
    parser = argparse.ArgumentParser(prog="python -m lolakit.reproduce")
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, result in RESULTS.items():
        one = names.add_parser(name)
        for size, default in result.sizes.items():
            one.add_argument(f"--{size}", type=int, default=default)
        one.add_argument("--out", type=Path, help="default: the stored result itself")
    given = parser.parse_args(arguments)
    standard = RESULTS[given.name].sizes
    sizes = {size: getattr(given, size) for size in standard}
    if given.out is None and sizes != standard:
        parser.error("sizes other than those of the stored result need --out FILE")
    out = given.out or FOLDER / f"{given.name}.json"
    if out.is_dir():
        parser.error(f"--out: expected a file, {out} is a folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # now, not after hours
        parser.error(f"--out: expected a file in a folder, got {out} ({error})")
    words = sys.argv[1:] if arguments is None else arguments
    command = f"python -m lolakit.reproduce {shlex.join(map(str, words))}"
    result = run(given.name, **sizes, command=command)
    write(result, out)
    print(f"{out}: {result['seconds']} s")


if __name__ == "__main__":
    main()
