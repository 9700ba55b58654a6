"""Keep what `make bench` measured: benchmarks/results.json, which the book's page draws.

    python tools/benchmarks.py raw.json

`raw.json` is pytest-benchmark's own file; kept are the times, what the benchmarks noted,
the machine and the versions. A run of some of the files only (`make bench ARGS='-- -k chapter'`)
replaces their measurements, and says for each of these files where and when it was made.
"""

import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path

import aside
import jax

FOLDER = Path(__file__).parent.parent / "benchmarks"


def kept_in(platform: str) -> Path:
    """Return the file for measurements on this kind of device: a GPU's are kept apart."""
    return FOLDER / (
        "results.json" if platform == "cpu" else f"results-{platform}.json"
    )


def memory() -> str:
    """Memory of this machine, in GB (Linux; elsewhere empty)."""
    path = Path("/proc/meminfo")
    if not path.exists():
        return ""
    return f"{int(path.read_text(encoding='utf-8').split()[1]) / 2**20:.0f} GB"


def slim(raw: dict) -> dict:
    """Return what the page needs of pytest-benchmark's report."""
    times = {
        f"{Path(one['fullname'].split('::')[0]).stem}: {one['name']}": {
            "median": one["stats"]["median"],
            "min": one["stats"]["min"],
            "max": one["stats"]["max"],
            "rounds": one["stats"]["rounds"],
            **one["extra_info"],
        }
        for one in raw["benchmarks"]
    }
    versions = {p: importlib.metadata.version(p) for p in ("jax", "jaxlib", "optax")}
    return {
        "command": "make bench",
        "date": raw["datetime"][:10],
        "machine": {
            "processor": raw["machine_info"]["cpu"]["brand_raw"],
            "cores": os.cpu_count(),
            "device": jax.devices()[0].device_kind,
            "memory": memory(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {"python": platform.python_version(), **versions},
        "seconds": times,
    }


def files(kept: dict) -> set[str]:
    """Return the names of the files whose measurements are there."""
    return {name.partition(":")[0] for name in kept["seconds"]}


def merged(old: dict, new: dict) -> dict:
    """Return what is to be kept after a run: of the files that it holds, its numbers alone."""
    measured, seconds = files(new), old.get("seconds", {})
    others = {k: v for k, v in seconds.items() if k.partition(":")[0] not in measured}
    if not others:
        return new
    about = {k: v for k, v in new.items() if k not in ("seconds", "parts")}
    parts = {k: v for k, v in old.get("parts", {}).items() if k not in measured}
    return {
        **old,
        "parts": {**parts, **dict.fromkeys(sorted(measured), about)},
        "seconds": {**others, **new["seconds"]},
    }


if __name__ == "__main__":
    new = slim(aside.read(Path(sys.argv[1]), "Run `make bench`", "benchmarks"))
    kept_as = kept_in(jax.default_backend())
    old = (
        aside.read(kept_as, "Restore or remove it", "seconds")
        if kept_as.exists()
        else {}
    )
    kept = merged(old, new)
    aside.write(kept_as, json.dumps(kept, indent=1) + "\n")
    print(
        f"{kept_as.name}: {len(new['seconds'])} measurements of {len(kept['seconds'])}"
    )
