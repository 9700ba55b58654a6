"""pyproject.toml, constraints.txt, environment.yml and tools/colab.txt tell one story.

And so do the Makefile, tools/house.py and the workflows.
"""

import importlib
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.book

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [
    *PROJECT["dependencies"],
    *(line for extra in EXTRAS.values() for line in extra),
]


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in kept), (
        f"{name}: not plain pins"
    )
    return {canonical(line.split("==")[0]): line.split("==")[1] for line in kept}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("line", DIRECT)
def test_each_direct_requirement_is_pinned_in_its_range(line):
    wanted = Requirement(line)
    pinned = pins("constraints.txt")
    assert canonical(wanted.name) in pinned, (
        f"{wanted.name} is not in constraints.txt: make lock"
    )
    version = pinned[canonical(wanted.name)]
    assert wanted.specifier.contains(version), (
        f"constraints.txt pins {wanted.name} at {version}"
    )


@pytest.mark.parametrize("line", PROJECT["dependencies"] + EXTRAS["widgets"])
def test_colab_meets_every_floor(line):
    wanted = Requirement(line)
    colab = pins("tools/colab.txt")
    if canonical(wanted.name) in colab:
        assert wanted.specifier.contains(colab[canonical(wanted.name)])


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_the_library_sets_no_ceiling(line):
    assert {s.operator for s in Requirement(line).specifier} == {">="}


def test_conda_takes_its_packages_from_the_same_place():
    import yaml  # not there where only the library is tested

    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-c constraints.txt", "-e .[book,test]"]}
    names = [line.split("=")[0] for line in conda]
    assert names == ["python", "pip"], (
        "conda gives Python and pip; the pins are constraints.txt's"
    )
    python = next(line for line in conda if line.startswith("python=")).removeprefix(
        "python="
    )
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python)


def test_the_citation_has_the_version_of_the_package():
    source = (ROOT / "lolakit" / "__init__.py").read_text()
    (version,) = re.findall(r'^__version__ = "(.+)"$', source, flags=re.MULTILINE)
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_no_python_package_of_jupyter_book_2():
    assert pins("constraints.txt")["jupyter-book"].startswith("1.")


@pytest.fixture
def house(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("house")


def test_every_target_is_listed_and_does_something(house):
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: help (.*)$", makefile, re.M)
    (run,) = re.findall(r"^(.*):\n\t@\$\(PYTHON\) tools/house\.py \$@$", makefile, re.M)
    described = re.findall(r"^([a-z-]+): *## \S", makefile, re.M)
    assert phony.split() == run.split() == described[1:]
    assert set(described[1:]) == set(house.COMMANDS)


def test_workflows_run_targets_that_are_there(house):
    used = {"test"}  # .ci/run, if it is given nothing
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        used |= set(re.findall(r"run: (?:make|\.ci/run) ([a-z-]+)", path.read_text()))
    assert used <= set(house.COMMANDS)
    assert {"zip", "assignments", "test-colab", "test-floor", "publish"} <= used


def test_lab_trusts_the_notebooks_before_it_opens_them(house, monkeypatch):
    said = []
    monkeypatch.setattr(house, "install_all", lambda _: Path("bin/python"))
    monkeypatch.setattr(house, "call", lambda words: said.append([*map(str, words)]))
    assert house.lab() == 0
    (trust, *notebooks), (lab, folder) = said
    assert trust.endswith("jupyter-trust") and lab.endswith("jupyter-lab")
    assert notebooks == sorted(map(str, (ROOT / folder).glob("*.ipynb"))) != []
