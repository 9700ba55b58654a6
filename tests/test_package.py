"""The package as a whole: public names, docstrings that run, the layers' small print."""

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lolakit as lk

ROOT = Path(__file__).parents[1]
MODULES = [
    "lolakit",
    *(m.name for m in pkgutil.walk_packages(lk.__path__, "lolakit.")),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    importlib.import_module(name)
    assert doctest.testmod(sys.modules[name]).failed == 0


def test_the_import_starts_no_device():
    """Or jax.distributed.initialize(), which must come first, would come too late."""
    ask = (
        "import lolakit, lolakit.widgets; from jax._src import xla_bridge; "
        "assert not xla_bridge.backends_are_initialized()"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there_and_documented():
    for name in lk.__all__:
        thing = getattr(lk, name)
        if name != "STATES":
            assert inspect.getdoc(thing), name


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_short(name):
    importlib.import_module(name)
    source = inspect.getsource(sys.modules[name])
    assert source.count("\n") <= 200, "one idea a module"


@pytest.mark.parametrize("page", ["README.md", "book/how-to-use.md"])
def test_the_example_of_the_page_runs(page, capsys):
    """It prints the mean R of LOLA learners, about -1.05 with a 95 % interval."""
    text = (ROOT / page).read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 15
    exec(code, {})
    value, low, high = map(float, re.findall(r"-?\d+\.\d+", capsys.readouterr().out))
    assert low < value < high
    assert -1.08 < value < -1.02
