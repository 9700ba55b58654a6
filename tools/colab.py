"""Runs the published notebooks as Colab would: its versions, and no lolakit before they start.

The site is served on this machine. Each notebook is fetched from there into an empty
folder and run top to bottom; afterwards the environment is looked at, and put back.
"""

import contextlib
import functools
import hashlib
import json
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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


def run(
    python: Path,
    address: str,
    name: str,
    wheel: Path,
    call: Callable[[Iterable[object]], None],
) -> list[str]:
    """Run one published notebook; return the packages that its set-up cell added.

    Raises:
        RuntimeError: If the set-up cell replaced a package, or took another wheel.
        Exception: What `call` raises when the notebook fails.
    """
    before = packages(python)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        with urllib.request.urlopen(f"{address}notebooks/{name}") as answer:
            path.write_bytes(answer.read())
        try:
            call([python, TOOLS / "notebooks.py", "--execute", path])
        finally:
            after = packages(python)
            added = sorted(set(after) - set(before))
            if added:
                call([python, "-m", "pip", "uninstall", "--quiet", "--yes", *added])
    url = f"{address}notebooks/{wheel.name}"
    wrong = complaints(before, after, url, wheel.read_bytes())
    if packages(python) != before:
        wrong.append("the environment could not be put back")
    if wrong:
        raise RuntimeError("; ".join(wrong))
    return [f"{package} {after[package][0]}" for package in added]
