"""Keep what `make bench` measured: benchmarks/results.json, which the book's page draws.

    python tools/benchmarks.py raw.json

`raw.json` is pytest-benchmark's own file; kept are the times, what the benchmarks noted,
the machine and the versions.
"""

import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path

KEPT = Path(__file__).parent.parent / "benchmarks" / "results.json"


def memory() -> str:
    """Memory of this machine, in GB (Linux; elsewhere empty)."""
    path = Path("/proc/meminfo")
    if not path.exists():
        return ""
    return f"{int(path.read_text().split()[1]) / 2**20:.0f} GB"


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
            "memory": memory(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": {"python": platform.python_version(), **versions},
        "seconds": times,
    }


if __name__ == "__main__":
    kept = slim(json.loads(Path(sys.argv[1]).read_text()))
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    print(f"{KEPT.name}: {len(kept['seconds'])} measurements")
