"""A pytest plugin for nbval: how long each notebook took, at the end (`-p chapter_times`).

Nothing fails for being slow: the machine may be, or may have other things to do. What the
book promises of an idle machine is measured by `make bench`.
"""

import os
from collections import Counter
from typing import Any

os.environ.pop(
    "PYTHONPATH", None
)  # it led here; the kernels are to find no module of tools

REMARK = 60.0
"""Seconds from which on a chapter gets a remark."""

_seconds: Counter[str] = Counter()


def pytest_runtest_logreport(report: Any) -> None:
    """Add up what the cells of a notebook took, the start of its kernel included."""
    name = report.nodeid.partition("::")[0]
    if name.endswith(".ipynb"):
        _seconds[name] += report.duration


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say it, once for each notebook."""
    for name, seconds in sorted(_seconds.items()):
        remark = "   over a minute" if seconds > REMARK else ""
        terminalreporter.write_line(f"{name} ran in {seconds:.1f} s{remark}")
