"""The package as a whole: public names, docstrings that run, the layers' small print."""

import ast
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

WITH_NAMES = ("lolakit.reproduce",)
ROOT = Path(__file__).parents[1]
MODULES = [
    "lolakit",
    *(m.name for m in pkgutil.walk_packages(lk.__path__, "lolakit.")),
]
LONG_EXAMPLES = ("lolakit.values.network_play", "lolakit.rules.alignment")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(x, marks=pytest.mark.slow if x in LONG_EXAMPLES else ())
        for x in MODULES
    ],
)
def test_examples_in_docstrings_run(name):
    importlib.import_module(name)
    assert doctest.testmod(sys.modules[name]).failed == 0


def test_the_import_starts_no_device():
    """Or jax.distributed.initialize(), which must come first, would come too late.

    And the modules of the flat names can be imported: here other tests have done so already.
    """
    names = ("assignment", "check", "differentiable", "interactive", "mfos", "mmaml", "ppo",
             "stats", "storage", "tournament", "widgets")  # fmt: skip
    ask = "import lolakit.{0} as m; assert m.__name__.endswith('{0}'); "
    ask += "from lolakit.{0} import __doc__"
    lines = [
        "import lolakit, lolakit.course.interactive.widgets",
        "from jax._src import xla_bridge",
        "assert not xla_bridge.backends_are_initialized()",
        *(ask.format(name) for name in names),
        "from lolakit.reproduce import stored",
    ]
    program = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(program, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there_and_documented():
    for name in lk.__all__:
        thing = getattr(lk, name)
        if name != "STATES":
            assert inspect.getdoc(thing), name


def test_the_reference_names_what_is_public():
    pages = [ROOT / "book" / "api.md", *(ROOT / "book" / "api").glob("*.md")]
    text = "".join(path.read_text(encoding="utf8") for path in pages)
    modules = dict(re.findall(r"automodule:: (\S+)\n(?:   :members:(.*))?", text))
    for name in lk.__all__:
        thing = getattr(lk, name)
        if name != "STATES" and not inspect.ismodule(thing):
            listed = modules[thing.__module__].replace(",", " ").split()
            assert not listed or thing.__name__ in listed, name


def test_each_room_has_its_page_of_the_reference():
    rooms = {path.parent.name for path in (ROOT / "lolakit").glob("*/__init__.py")}
    pages = {path.stem: path for path in (ROOT / "book" / "api").glob("*.md")}
    assert rooms == set(pages)
    for room, path in pages.items():
        shown = re.findall(r"auto\w+:: lolakit\.(\w+)", path.read_text(encoding="utf8"))
        assert set(shown) == {room}


@pytest.mark.parametrize("room", ["games", "values", "rules", "learners"])
def test_a_function_that_chapters_teach_fits_a_screen(room):
    """Forty lines of code, docstring apart, can be read without scrolling."""
    for path in (ROOT / "lolakit" / room).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.FunctionDef):
                code = node.body[1:] if ast.get_docstring(node) else node.body
                lines = node.end_lineno - code[0].lineno + 1 if code else 0
                assert lines <= 40, f"{path.name}: {node.name}"


def test_no_module_is_hidden_by_what_it_exports():
    """Rooms hold modules and nothing else, so `lolakit.rules.lola` is always the module."""
    for name in MODULES:
        room, _, module = name.rpartition(".")
        if room.count(".") == 1 and room not in WITH_NAMES:
            importlib.import_module(name)
            assert inspect.ismodule(getattr(sys.modules[room], module)), name


@pytest.mark.parametrize("page", ["README.md", "book/how-to-use.md"])
def test_the_example_of_the_page_runs(page, capsys):
    """It prints the mean R of LOLA learners, about -1.05 with a 95 % interval."""
    text = (ROOT / page).read_text(encoding="utf8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    assert sum(bool(line.strip()) for line in code.splitlines()) <= 15
    exec(code, {})
    value, low, high = map(float, re.findall(r"-?\d+\.\d+", capsys.readouterr().out))
    assert low < value < high
    assert -1.08 < value < -1.02
