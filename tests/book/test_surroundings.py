"""The first command of the README where others would run it: `make test-slow`.

A copy without `.git`, in a folder whose name has a space and letters beyond ASCII, with a home
folder that nobody can write to, is interrupted at three moments, then built, then built again
without a network.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# Folders that the project's own files are in, and the files beside them.
MADE = shutil.ignore_patterns("_build", ".venv*", ".git", "mutants", "results", "__pycache__",
                              ".nox", ".pytest_cache", ".ruff_cache", ".hypothesis")  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "Bücher & Spiele 对手"
    shutil.copytree(ROOT, folder, ignore=MADE)
    # `results` is also where the package keeps what it ships
    for kept in ROOT.glob("lolakit/**/results"):
        shutil.copytree(kept, folder / kept.relative_to(ROOT))
    return folder


def start(folder, *before):
    """Begin `make book` as a group of processes that can be interrupted as a whole."""
    env = {
        k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "XDG_", "UV_"))
    }
    env |= {
        "HOME": "/proc",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # there not even root can write
    env.pop("PYTHONPATH", None)
    command = [*before, sys.executable, "tools/run.py", "book"]
    return subprocess.Popen(command, cwd=folder, env=env, text=True, start_new_session=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip


@pytest.mark.skipif(
    sys.platform != "linux", reason="takes /proc and unshare from Linux"
)
def test_the_book_is_built_in_odd_surroundings(copy):
    for seconds in (3, 12, 40):
        running = start(copy)
        time.sleep(seconds)
        os.killpg(running.pid, signal.SIGINT)
        running.communicate(timeout=60)
        assert running.returncode != 0

    first = start(copy)
    said, _ = first.communicate()
    assert first.returncode == 0, said
    page = copy / "_build" / "html" / "book" / "intro.html"
    assert page.exists() and "Open " in said

    # without root there may be no namespace without a network to be had
    alone = (
        ["unshare", "--net"]
        if os.geteuid() == 0
        else ["unshare", "--net", "--map-root-user"]
    )
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        alone = []
    before, begin = page.stat().st_mtime_ns, time.perf_counter()
    again = start(copy, *alone)
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert page.stat().st_mtime_ns == before  # nothing was built that was there
    print(f"second run: {time.perf_counter() - begin:.1f} s, {alone}")
