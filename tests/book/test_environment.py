"""pyproject.toml, constraints.txt, environment.yml and tools/colab.txt tell one story.

And so do the Makefile, noxfile.py and the workflows.
"""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# axelrod brings PyTorch, and no target needs it: it is left out of the lock
DIRECT = [
    *PROJECT["dependencies"],
    *(line for name, extra in EXTRAS.items() if name != "axelrod" for line in extra),
]
# every system and Python that the lock is for, as far as a marker can tell them apart
PLATFORMS = [
    {"python_full_version": python, "python_version": python.rpartition(".")[0],
     "sys_platform": system, "os_name": "nt" if system == "win32" else "posix",
     "implementation_name": "cpython", "platform_python_implementation": "CPython"}
    for python in ("3.11.7", "3.12.1", "3.13.0", "3.14.0")
    for system in ("linux", "darwin", "win32")
]  # fmt: skip


def pins(name, platform=PLATFORMS[0]):
    """Return package to version, of the lines that hold on this platform."""
    lines = (ROOT / name).read_text(encoding="utf8").splitlines()
    found = {}
    for line in lines:
        if line and not line.startswith("#"):
            pin = Requirement(line)
            (only,) = pin.specifier
            assert only.operator == "==" and not pin.url and not pin.extras, line
            if pin.marker is None or pin.marker.evaluate(platform):
                assert canonical(pin.name) not in found, f"{name}: {pin.name} twice"
                found[canonical(pin.name)] = only.version
    return found


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda p: f"{p['sys_platform']}-"
                         f"{p['python_version']}")  # fmt: skip
def test_each_direct_requirement_is_pinned_in_its_range(platform):
    pinned = pins("constraints.txt", platform)
    for line in DIRECT:
        wanted = Requirement(line)
        assert canonical(wanted.name) in pinned, f"{line} is not pinned: make lock"
        version = pinned[canonical(wanted.name)]
        assert wanted.specifier.contains(version), f"{line} is pinned at {version}"


def test_the_lock_names_no_registry_and_no_folder():
    text = (ROOT / "constraints.txt").read_text(encoding="utf8")
    assert "://" not in text and "@" not in text and "--" not in text


@pytest.mark.parametrize("line", PROJECT["dependencies"] + EXTRAS["widgets"])
def test_colab_meets_every_floor(line):
    wanted = Requirement(line)
    colab = pins("tools/colab.txt")
    if canonical(wanted.name) in colab:
        assert wanted.specifier.contains(colab[canonical(wanted.name)])


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_the_library_sets_no_ceiling(line):
    assert {s.operator for s in Requirement(line).specifier} == {">="}


def test_a_gpu_is_offered_what_jax_ships():
    assert EXTRAS["cuda"] == EXTRAS["cuda13"] == ["jax[cuda13]>=0.7.2"]
    assert EXTRAS["cuda12"] == ["jax[cuda12]>=0.7.2"]
    pinned = pins("constraints.txt")
    assert pinned["jax-cuda13-plugin"] == pinned["jax-cuda12-plugin"] == pinned["jax"]


def test_conda_takes_its_packages_from_the_same_place():
    import yaml  # not there where only the library is tested

    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf8"))
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
    source = (ROOT / "lolakit" / "__init__.py").read_text(encoding="utf8")
    (version,) = re.findall(r'^__version__ = "(.+)"$', source, flags=re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf8")
    assert f"\nversion: {version}\n" in citation


def test_no_python_package_of_jupyter_book_2():
    assert pins("constraints.txt")["jupyter-book"].startswith("1.")


# --- the targets ------------------------------------------------------------------------


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("run")


def test_every_target_is_a_session_that_says_what_it_does(runner):
    makefile = (ROOT / "Makefile").read_text(encoding="utf8").replace("\\\n", " ")
    (targets,) = re.findall(r"^TARGETS = (.*)$", makefile, re.M)
    sessions = runner.sessions()
    assert sorted(targets.split()) == sorted(sessions)
    for name, summary in sessions.items():
        assert summary.endswith((".", "?")) and len(summary) <= 80, name


def test_without_a_word_the_targets_are_listed(runner, capsys):
    assert runner.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"make {name} " in said for name in runner.sessions())
    assert runner.main(["bok"]) == 2
    assert "no session 'bok'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="not even root can write to /proc")
def test_a_home_folder_that_is_read_only_is_not_used(runner, monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runner.environment()["HOME"] == str(tmp_path)
    monkeypatch.setenv("HOME", "/proc")
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/cache")
    env = runner.environment()
    assert Path(env["HOME"]).is_dir() and Path(env["HOME"]).is_relative_to(tmp_path)
    assert Path(env["XDG_CACHE_HOME"]).is_relative_to(env["HOME"])


def test_an_old_python_is_told_what_is_needed():
    """The script gets as far as its message on a Python that could not run the rest."""
    source = (ROOT / "tools" / "run.py").read_text(encoding="utf8")
    head = source[: source.index("import ast")].replace("(3, 11)", "(4, 0)")
    ast.parse(head, feature_version=(3, 7))
    done = subprocess.run(
        [sys.executable, "-c", head, "book"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr and "make book" in done.stderr


def test_workflows_run_targets_that_are_there(runner):
    used = {"test"}  # .ci/run, if it is given nothing
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf8")
        used |= set(re.findall(r"run: (?:make|\.ci/run) ([a-z-]+)", text))
    assert used <= set(runner.sessions())
    needed = {"zip", "assignments", "test-colab", "test-floor", "test-slow", "publish"}
    assert needed <= used


def test_no_target_chooses_a_device_but_the_one_that_makes_what_is_committed():
    """A machine with a GPU uses it: nothing pins JAX to the CPU, `make notebooks` apart."""
    source = (ROOT / "noxfile.py").read_text(encoding="utf8")
    (line,) = [line for line in source.splitlines() if "JAX_PLATFORMS" in line]
    before = source[: source.index(line)]
    assert before.rpartition("\ndef ")[2].startswith("notebooks(")
    for path in [ROOT / "Makefile", *(ROOT / ".ci").iterdir(), *(ROOT / "tools").glob("*.py"),
                 *(ROOT / ".github" / "workflows").iterdir()]:  # fmt: skip
        text = path.read_text(encoding="utf8")
        assert "JAX_PLATFORM" not in text and "CUDA_VISIBLE" not in text, path


def test_what_brings_nox_and_what_the_tests_import_are_one_version(runner):
    assert (
        pins("constraints.txt")["nox"]
        == Requirement(runner.NOX).specifier.__str__()[2:]
    )


class Session:
    """Stands for a session of nox: keeps what it is asked to run, and makes no package."""

    posargs = ()

    def __init__(self, interrupt=""):
        self.said, self.notified, self.interrupt = [], [], interrupt

    def run(self, *words, **_):
        self.said.append(words)
        if self.interrupt and self.interrupt in words:
            raise KeyboardInterrupt
        if "venv" in words:
            Path(words[-1]).mkdir()

    def notify(self, name):
        self.notified.append(name)

    def log(self, _):
        pass


@pytest.fixture
def noxfile(monkeypatch, tmp_path):
    """The sessions, in an empty folder that has only what says what to install."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.delenv("LOLAKIT_PIP", raising=False)
    module = importlib.import_module("noxfile")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for name in ("ROOT", "BUILD", "SITE"):
        monkeypatch.setattr(module, name, tmp_path)
    monkeypatch.setattr(module, "GPU", tmp_path / "gpu.txt")
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/bin/{name}")
    return module


def test_an_environment_is_made_once(noxfile):
    session = Session()
    noxfile.everything(session)
    (uv, venv, *_), (_, pip, install, *words) = session.said
    assert (uv, venv, pip, install) == ("/bin/uv", "venv", "pip", "install")
    assert words[-5:] == ["-e", ".[book,test]", "pip", "-c", "constraints.txt"]
    noxfile.everything(session)  # nothing is asked of the network
    assert len(session.said) == 2


def test_an_environment_is_made_anew_when_what_it_should_hold_has_changed(noxfile):
    noxfile.everything(Session())
    (noxfile.ROOT / ".venv" / "old").touch()
    noxfile.GPU.write_text("cuda13", encoding="utf8")  # as `make gpu` does
    session = Session()
    noxfile.everything(session)
    assert ".[book,test,cuda13]" in session.said[1]
    assert not (noxfile.ROOT / ".venv" / "old").exists()


@pytest.mark.parametrize("word", ["venv", "pip"])
def test_an_interrupted_installation_is_begun_again(noxfile, word):
    with pytest.raises(KeyboardInterrupt):
        noxfile.everything(Session(interrupt=word))
    session = Session()
    noxfile.everything(session)
    assert len(session.said) == 2


@pytest.mark.slow
def test_pip_installs_where_uv_cannot_be_had(noxfile, monkeypatch):
    """For real: a virtual environment by the standard library, and pip in it."""
    monkeypatch.setattr(noxfile.shutil, "which", lambda name: None)
    (noxfile.ROOT / "none.txt").touch()

    class Real(Session):
        def run(self, *words, **_):
            subprocess.run(words, check=True, cwd=noxfile.ROOT)
            self.said.append(words)

    session = Real()
    env = noxfile.Environment(session, ".venv", "-r", "none.txt")
    assert session.said[0][:3] == (sys.executable, "-m", "venv")
    done = subprocess.run(
        [env.bin("python"), "-m", "pip", "--version"], capture_output=True
    )
    assert done.returncode == 0 and (noxfile.ROOT / ".venv" / "complete.txt").exists()


def test_every_guard_is_a_session_and_the_chapters_run_once(noxfile, runner):
    session = Session()
    noxfile.test(session)
    assert session.notified == list(noxfile.GUARDS)
    assert set(noxfile.GUARDS) <= set(runner.sessions())
    config = (ROOT / "_config.yml").read_text(encoding="utf8")
    assert 'exclude_patterns: ["notebooks/*"]' in config  # nbval runs them


def test_lab_trusts_the_notebooks_before_it_opens_them(noxfile):
    (noxfile.ROOT / "notebooks").mkdir()
    (noxfile.ROOT / "notebooks" / "one.ipynb").touch()
    session = Session()
    noxfile.lab(session)
    (trust, *chapters), (lab, folder) = session.said[-2:]
    assert trust.endswith("jupyter-trust") and lab.endswith("jupyter-lab")
    assert chapters == [str(noxfile.ROOT / folder / "one.ipynb")]
