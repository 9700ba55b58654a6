"""Runs notebooks as Colab would: its versions, and no lolakit before they start.

A chapter is fetched from the site, which is served on this machine, into an empty folder. An
assignment is set up as the README.txt of its pack tells the students. Each is run top to
bottom; afterwards the environment is looked at, and put back.
"""

import contextlib
import functools
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import textwrap
import threading
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aside

TOOLS = Path(__file__).resolve().parent

# Runs in the environment: {package: [version, what pip noted about a direct address]}.
LOOK = """
import importlib.metadata, json
print(json.dumps({
    d.metadata["Name"].lower(): [d.version, d.read_text("direct_url.json")]
    for d in importlib.metadata.distributions()
}))
"""
Packages = dict[str, tuple[str, str | None]]
Call = Callable[[Iterable[object]], None]

# otter does some things otherwise in Colab, and knows it by the name of the shell.
SHELL = 'type(get_ipython()).__module__ = "google.colab._shell"\n'


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing about what it serves."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the folder on this machine only; gives the address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def packages(python: Path) -> Packages:
    """Return what is installed, name to version and origin."""
    answer = subprocess.run(
        [str(python), "-c", LOOK], capture_output=True, text=True, check=True
    )
    return {name: tuple(pair) for name, pair in json.loads(answer.stdout).items()}


def complaints(before: Packages, after: Packages, url: str, wheel: bytes) -> list[str]:
    """Return what a set-up cell has done that it must not do, or has not done."""
    found = [
        f"{name} {old[0]} became {after[name][0] if name in after else 'nothing'}"
        for name, old in before.items()
        if after.get(name) != old
    ]
    if "lolakit" in before:
        found.append("lolakit was there before the notebook ran")
    if "lolakit" not in after:
        return [*found, "lolakit was not installed"]
    note = json.loads(after["lolakit"][1] or "{}")
    if note.get("url") != url:
        found.append(f"lolakit came from {note.get('url')}, expected {url}")
    if note.get("archive_info", {}).get("hash") != (
        f"sha256={hashlib.sha256(wheel).hexdigest()}"
    ):
        found.append("the wheel that was installed is not the one that was built")
    return found


def run(python: Path, path: Path, url: str, wheel: Path, call: Call) -> list[str]:
    """Run one notebook in its folder; return the packages that its set-up cell added.

    Raises:
        RuntimeError: If the set-up cell replaced a package, or took another wheel.
        Exception: What `call` raises when the notebook fails.
    """
    before = packages(python)
    try:
        call([python, TOOLS / "notebooks.py", "--execute", path])
    finally:
        after = packages(python)
        added = sorted(set(after) - set(before))
        if added:
            call([python, "-m", "pip", "uninstall", "--quiet", "--yes", *added])
    wrong = complaints(before, after, url, wheel.read_bytes())
    if packages(python) != before:
        wrong.append("the environment could not be put back")
    if wrong:
        raise RuntimeError("; ".join(wrong))
    return [f"{package} {after[package][0]}" for package in added]


def run_chapter(
    python: Path, address: str, name: str, wheel: Path, call: Call
) -> list[str]:
    """Run one published notebook; as `run`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        with urllib.request.urlopen(f"{address}notebooks/{name}") as answer:
            path.write_bytes(answer.read())
        url = f"{address}notebooks/{wheel.name}"
        return run(python, path, url, wheel, call)


def first_cell(readme: str) -> str:
    """Return the cell that the README.txt of a pack gives for Colab."""
    (cell,) = re.findall(r"first cell[^\n]*:\n\n((?: +\S.*\n)+)", readme)
    return textwrap.dedent(cell)


def checks(notebook: dict[str, Any]) -> dict[str, bool]:
    """Return of each `grader.check` that ran whether the answer had the right form."""
    found = {}
    for cell in notebook["cells"]:
        asked = re.fullmatch(r'grader\.check\("(\w+)"\)', "".join(cell["source"]))
        if asked:
            said = (output.get("data", {}) for output in cell["outputs"])
            found[asked[1]] = any(
                "All test cases passed" in "".join(data.get("text/plain", ""))
                for data in said
            )
    return found


def run_assignment(python: Path, built: Path, solved: bool, call: Call) -> list[str]:
    """Run a student's notebook as it is handed out, or the solved one in its place.

    As `run`; and what it lacks is `RuntimeError` too: each check has to pass if all is
    solved, and none of them if nothing is.
    """
    name = built.name
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()  # as pip will name it
        pack = Path(shutil.copy(built / f"{name}-student.zip", folder))
        with zipfile.ZipFile(pack) as archive:
            readme = archive.read("README.txt").decode()
            (wheel,) = (n for n in archive.namelist() if n.endswith(".whl"))
        source = built / ("instructor" if solved else "student") / f"{name}.ipynb"
        notebook = aside.notebook(source)
        cell = {"cell_type": "code", "id": "first", "metadata": {}, "outputs": []}
        cell |= {"execution_count": None, "source": SHELL + first_cell(readme)}
        notebook["cells"].insert(0, cell)
        path = folder / f"{name}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf8")
        url = (folder / wheel).as_uri()
        added = run(python, path, url, built / "student" / wheel, call)
        found = checks(aside.notebook(path))
    if not found or any(passed != solved for passed in found.values()):
        raise RuntimeError(f"the checks passed, or did not: {found}")
    return added
