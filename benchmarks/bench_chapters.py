"""Each chapter cold: a process of its own, nothing compiled before, alone on the machine.

What the book promises is judged by these numbers, not by a test: each chapter under a minute
on two idle cores, compilation included. The reference program is timed before the first and
after the last of them; the ratio to it can be compared between machines.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
REFERENCE = Path(__file__).parent / "reference.py"


def cold(*command):
    """Run a Python program that finds nothing that was compiled before."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    subprocess.run([sys.executable, *map(str, command)], check=True, env=env,
                   stdout=subprocess.DEVNULL)  # fmt: skip


def time(benchmark, *command):
    benchmark.pedantic(cold, args=command, rounds=1)


@pytest.mark.parametrize("when", ["before"])
def test_reference(benchmark, when):
    time(benchmark, REFERENCE)


@pytest.mark.parametrize("name", [path.stem for path in CHAPTERS])
def test_chapter(benchmark, name):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"{name}.ipynb")
        copy.write_bytes((ROOT / "notebooks" / copy.name).read_bytes())
        time(benchmark, ROOT / "tools" / "notebooks.py", "--execute", copy)


@pytest.mark.parametrize("when", ["after"])
def test_reference_again(benchmark, when):
    time(benchmark, REFERENCE)
