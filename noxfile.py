"""What `make` runs: one session for each target, and for each part of `make test`.

`make NAME` is `python tools/run.py NAME`, which brings nox and uv. All sessions that need
the book or its guards share `.venv`, which is also the environment to work in. No session
chooses a device for JAX: it takes a GPU if it sees one. Only what is committed is made on
the CPU (`notebooks`).
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tools"))
import colab  # noqa: E402
import publish  # noqa: E402

nox.needs_version = ">=2026.4"
nox.options.default_venv_backend = "none"  # environments are made below
nox.options.sessions = []

BUILD = ROOT / "_build"
SITE = BUILD / "html"
CONSTRAINTS = ROOT / "constraints.txt"
COLAB = ROOT / "tools" / "colab.txt"
GPU = ROOT / ".venv-gpu.txt"  # the extra that `make gpu` has chosen

UNLOCKED = {"axelrod"}  # an extra that brings PyTorch, which no target needs
TWINE = "twine==7.0.0"  # looks at a release; nothing else needs it
PYTHONS = ("3.11", "3.12", "3.13")
COLAB_PYTHON = "3.13"
# What the library's own tests need: the other guards do not depend on the Python version.
LIBRARY_TESTS = ("pytest", "pytest-xdist", "hypothesis", "beartype")
LIBRARY_MARKS = ("-m", "not book and not browser and not slow")

# Two workers: the book promises to build on two cores. With nbval (which brings its own
# collector, hence `no:python`) one notebook must stay in one worker, hence loadscope. No
# cell is that slow: the limit is there for one that hangs.
XDIST = ("-n", "2")
TOOLS = {"PYTHONPATH": str(ROOT / "tools")}  # for the plugin chapter_times
NBVAL = (
    "-p", "no:python", "-p", "chapter_times", "--nbval-lax", "--nbval-current-env",
    "--nbval-cell-timeout", "600", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg",
    "--dist", "loadscope", *XDIST,
)  # fmt: skip

# Random hashes off; Jupyter's kernels are those of the environment, not of the home folder.
VARIABLES = {
    "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1",
    "JUPYTER_PLATFORM_DIRS": "1", "JUPYTER_PREFER_ENV_PATH": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a remark in every kernel
    "MPLBACKEND": None, "PYTHONPATH": None, "PYTHONHOME": None, "VIRTUAL_ENV": None,
}  # fmt: skip


# --- environments -------------------------------------------------------------------------


class Environment:
    """A virtual environment, made when it is not there or no longer what is asked for."""

    def __init__(
        self, session: nox.Session, name: str, *requirements: str, python: str = ""
    ) -> None:
        """Make it, with uv if it can be had, else with pip.

        Args:
            session: that runs in it.
            name: of its folder.
            requirements: what to install; constraints are said with `-c`.
            python: minor version, or empty for the Python that runs this.
        """
        self.session, self.folder = session, ROOT / name
        self.uv = None if os.environ.get("LOLAKIT_PIP") else shutil.which("uv")
        # of pyproject.toml only what is installed by: not the settings of the linters
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
        about = [sys.version, sys.base_prefix, str(ROOT), python, *requirements]
        pins = [path.read_text(encoding="utf8") for path in (CONSTRAINTS, COLAB)]
        words = json.dumps([*about, project["project"], *pins])
        wanted = hashlib.sha256(words.encode()).hexdigest()
        stamp = self.folder / "complete.txt"
        if stamp.exists() and stamp.read_text(encoding="utf8") == wanted:
            return  # so that no network is needed
        session.log(f"packages into {name}: {'uv' if self.uv else 'pip, some minutes'}")
        # what is half made, or was made in another folder, is not worth repairing
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.uv:
            which = ("--python", python or sys.executable)
            self._call(self.uv, "venv", "--quiet", *which, self.folder)
            self._call(self.uv, "pip", "install", "--quiet", "--python", self.bin("python"),
                       *requirements)  # fmt: skip
        else:
            base = shutil.which(f"python{python}") if python else sys.executable
            if base is None:
                session.error(f"Python {python} was not found on the PATH")
            self._call(base, "-m", "venv", self.folder)
            self._call(self.bin("python"), "-m", "pip", "install", "-qq",
                       "--disable-pip-version-check", *requirements)  # fmt: skip
        stamp.write_text(wanted, encoding="utf8")

    def _call(self, *words: object) -> None:
        self.session.run(*map(str, words), env=VARIABLES, external=True)

    def bin(self, name: str) -> Path:
        """Return a command that its packages have brought."""
        if os.name == "nt":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def run(self, command: str, *words: object, **env: str) -> None:
        """Run one of its commands in the root of the project; a failure ends the session."""
        arguments = [str(self.bin(command)), *map(str, words)]
        self.session.run(*arguments, env={**VARIABLES, **env}, external=True)

    @contextlib.contextmanager
    def beside(self, command: str, *words: object) -> Iterator[None]:
        """Run one beside what is done in here; what it says is printed at the end."""
        env = {k: v for k, v in {**os.environ, **VARIABLES}.items() if v is not None}
        words = (self.bin(command), *map(str, words))
        with tempfile.TemporaryFile("w+", encoding="utf8") as said:
            running = subprocess.Popen(
                words, cwd=ROOT, env=env, stdout=said, stderr=said
            )
            try:
                yield
            finally:
                failed = running.wait()
                said.seek(0)
                print(said.read())
        if failed:
            self.session.error(f"{command} failed with exit code {failed}")

    def pytest(self, *words: object, **env: str) -> None:
        """Run pytest, with what stands after `--` on the command line."""
        self.run("python", "-m", "pytest", *words, *self.session.posargs, **env)


def everything(session: nox.Session) -> Environment:
    """Return the environment for the book, its guards, and working on both."""
    gpu = GPU.read_text(encoding="utf8").strip() if GPU.exists() else ""
    extras = "book,test" + (f",{gpu}" if gpu else "")
    return Environment(
        session, ".venv", "-e", f".[{extras}]", "pip", "-c", "constraints.txt"
    )


def pins(*names: str) -> list[str]:
    """Return the lines of constraints.txt for these packages."""
    lines = CONSTRAINTS.read_text(encoding="utf8").splitlines()
    return [line for line in lines if line.split("==")[0] in names]


# --- the book ---------------------------------------------------------------------------


def build(session: nox.Session, **env_vars: str) -> Environment:
    """Bring the site up to date; every target that needs it takes this one."""
    env = everything(session)
    env.run("python", "tools/build.py", **env_vars)
    return env


@nox.session
def book(session: nox.Session) -> None:
    """Build the book and print the page to open (in Chinese: LANGUAGE=zh_CN)."""
    build(session)
    language = os.environ.get("LOLAKIT_LANGUAGE", "en")
    folder = SITE if language in ("", "en", "all") else SITE / language
    print(f"\nOpen {folder / 'index.html'}")


@nox.session
def translate(session: nox.Session) -> None:
    """Bring the catalogues of the other languages up to date with the English."""
    env = everything(session)
    env.run("python", "tools/translate.py", *session.posargs)


@nox.session(name="publish")
def publish_site(session: nox.Session) -> None:
    """The site for a web server: all languages, wheel, notebooks that install it."""
    build(session, LOLAKIT_LANGUAGE="all")
    here = publish.place(str(ROOT))
    if here.address:
        print(f"{SITE} is made to be served at {here.address}")
    else:
        print("No address is known, so its notebooks install no wheel by themselves:")
        print("set GITHUB_REPOSITORY=OWNER/NAME or LOLAKIT_ADDRESS=https://...")


@nox.session(name="zip")
def zip_book(session: nox.Session) -> None:
    """The book as one file that opens from disk, and a look at its pages."""
    env = build(session, LOLAKIT_LANGUAGE="all")
    (wheel,) = (SITE / "notebooks").glob("lolakit-*.whl")
    archive = BUILD / f"lolakit-book-{wheel.name.split('-')[1]}.zip"
    publish.zip_site(SITE, archive)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        env.pytest("-m", "browser", "-rs", "tests/browser",
                   LOLAKIT_SITE=str(Path(folder, archive.stem)))  # fmt: skip
    print(f"\n{archive}: {archive.stat().st_size / 1e6:.1f} MB")


@nox.session
def pdf(session: nox.Session) -> None:
    """The whole book as one PDF to print, by a headless Chromium."""
    build(session).run("python", "tools/pdf.py")


@nox.session
def package(session: nox.Session) -> None:
    """Wheel and source package for an index, as twine wants them."""
    env = everything(session)
    env.run("python", "tools/metadata.py")
    shutil.rmtree(BUILD / "dist", ignore_errors=True)
    env.run("python", "-m", "hatchling", "build", "-d", BUILD / "dist")
    twine = Environment(session, ".venv-release", TWINE)
    made = sorted((BUILD / "dist").iterdir())
    twine.run("twine", "check", "--strict", *made)
    print(*made, sep="\n")


# --- the guards -------------------------------------------------------------------------

GUARDS = ("checks", "library", "chapters", "browser")


@nox.session
def test(session: nox.Session) -> None:
    """Run everything that guards the project."""
    everything(session)
    for name in GUARDS:
        session.notify(name)


@nox.session
def lint(session: nox.Session) -> None:
    """Lint code and notebooks, and their formatting."""
    env = everything(session)
    env.run("ruff", "check", ".")
    env.run("ruff", "format", "--check", ".")


def pyright(env: Environment) -> tuple[str, ...]:
    """Return the command that checks types."""
    return "pyright", "--warnings", "--pythonpath", str(env.bin("python"))


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package."""
    env = everything(session)
    env.run(*pyright(env))


@nox.session
def layers(session: nox.Session) -> None:
    """Check that each module imports only from the layers below it."""
    everything(session).run("lint-imports")


@nox.session
def outputs(session: nox.Session) -> None:
    """Check the notebooks' bytes, and that their outputs are of today's code."""
    everything(session).run("python", "tools/notebooks.py", "--check")


@nox.session
def checks(session: nox.Session) -> None:
    """Do what types, lint, layers and outputs do, at once."""
    env = everything(session)
    with env.beside(*pyright(env)):
        for part in (lint, layers, outputs):
            part(session)


@nox.session
def library(session: nox.Session) -> None:
    """Test the library, the notebooks' text and the tooling."""
    # a worker traces a program once for all tests of a file
    everything(session).pytest(
        *XDIST, "--dist", "loadfile", "-m", "not browser and not slow"
    )


@nox.session
def nbval(session: nox.Session) -> None:
    """Run each chapter: its assertions hold and its marked outputs agree."""
    everything(session).pytest(*NBVAL, "notebooks", **TOOLS)


@nox.session
def chapters(session: nox.Session) -> None:
    """Do what nbval and book do, at once: building the book leaves a core idle."""
    env = everything(session)
    with env.beside("python", "tools/build.py"):
        env.pytest(*NBVAL, "notebooks", **TOOLS)


@nox.session
def slides(session: nox.Session) -> None:
    """Make slides of each chapter, readable without a network, and look at them."""
    env = everything(session)
    env.run("python", "tools/slides.py")
    env.pytest("-rs", "tests/book/test_slides.py")
    print(f"\nOpen {BUILD / 'slides' / 'index.html'}")


def in_a_browser(path: Path) -> bool:
    """Tell whether tests of a file need a browser; to import all in order to know takes long."""
    return path.parent.name == "browser" or "mark.browser" in path.read_text(
        encoding="utf8"
    )


@nox.session
def browser(session: nox.Session) -> None:
    """Open every built page in a headless Chromium, and the slides."""
    env = everything(session)
    env.run("python", "tools/slides.py")
    files = filter(in_a_browser, sorted((ROOT / "tests").rglob("test_*.py")))
    # a worker draws the figures that move once for all tests of them
    env.pytest(
        *XDIST, "--dist", "loadfile", "-m", "browser and not slow", "-rs", *files
    )


@nox.session(name="test-slow")
def test_slow(session: nox.Session) -> None:
    """Run what is too long for every change: before a release, and weekly."""
    build(session, LOLAKIT_LANGUAGE="all").pytest(*XDIST, "-m", "slow", "-rs")


@nox.session(name="test-floor")
def test_floor(session: nox.Session) -> None:
    """Library and notebooks on Colab's versions (Python 3.13), the oldest supported."""
    env = Environment(session, ".venv-floor", "-e", ".", "-r", COLAB.relative_to(ROOT).as_posix(),
                      *pins(*LIBRARY_TESTS, "nbval"), python=COLAB_PYTHON)  # fmt: skip
    env.pytest(*XDIST, *LIBRARY_MARKS)
    env.pytest(*NBVAL, "notebooks", **TOOLS)


def colab_environment(session: nox.Session) -> Environment:
    """Return what stands for Colab's image: its versions, and no lolakit."""
    return Environment(session, ".venv-colab", "-r", COLAB.relative_to(ROOT).as_posix(), "pip",
                       *pins("nbclient"), python=COLAB_PYTHON)  # fmt: skip


def in_colab(
    session: nox.Session, env: Environment, what: str, run: object, *words
) -> None:
    """Run a notebook as Colab would; say what pip added, and fail if it did more."""

    def call(command) -> None:
        session.run(*map(str, command), env=VARIABLES, external=True)

    try:
        print(f"{what}: pip added {', '.join(run(env.bin('python'), *words, call))}")
    except BaseException:
        # pip may have replaced what the next run is compared with: make it anew then
        shutil.rmtree(env.folder, ignore_errors=True)
        raise


@nox.session(name="test-colab")
def test_colab(session: nox.Session) -> None:
    """The published notebooks on Colab's versions, without lolakit."""
    builder, env = everything(session), colab_environment(session)
    site = BUILD / "colab"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    with colab.served(site) as address:
        here = publish.Place("owner/name", address)
        wheel = publish.publish(site, here, builder.bin("python"))
        for path in sorted((site / "notebooks").glob("*.ipynb")):
            words = (address, path.name, wheel)
            in_colab(session, env, path.stem, colab.run_chapter, *words)


@nox.session(name="test-pythons")
def test_pythons(session: nox.Session) -> None:
    """The library's tests on each supported Python, or on those in LOLAKIT_PYTHONS."""
    for version in os.environ.get("LOLAKIT_PYTHONS", " ".join(PYTHONS)).split():
        env = Environment(session, f".venv-{version}", "-e", ".", *LIBRARY_TESTS,
                          "-c", "constraints.txt", python=version)  # fmt: skip
        env.pytest(*XDIST, *LIBRARY_MARKS)


@nox.session
def mutants(session: nox.Session) -> None:
    """Break the core of the library on purpose: do the tests notice?"""
    env = Environment(session, ".venv-mutants", "-e", ".", "pytest", "hypothesis", "beartype",
                      "mutmut==3.8.1", "-c", "constraints.txt")  # fmt: skip
    # Most of what a mutant compiles, the one before it has compiled too.
    kept = {"JAX_COMPILATION_CACHE_DIR": str(BUILD / "mutants-jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}  # fmt: skip
    # mutmut would keep results of tests that have changed since
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    env.run("mutmut", "run", "--max-children", "1", **kept)
    env.run("mutmut", "results")
    env.run("mutmut", "export-cicd-stats")
    counts = json.loads(
        (ROOT / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf8")
    )
    found = counts["killed"] + counts["timeout"] + counts["segfault"]
    print(f"noticed: {found} of {counts['total']} mutants")


# --- making what is committed -------------------------------------------------------------


@nox.session
def notebooks(session: nox.Session) -> None:
    """Run the notebooks in place, on the CPU, and normalise them for a commit."""
    everything(session).run("python", "tools/notebooks.py", "--execute", *session.posargs,
                            JAX_PLATFORMS="cpu")  # fmt: skip


@nox.session
def pictures(session: nox.Session) -> None:
    """Draw the logo and the cover from runs of the library."""
    everything(session).run("python", "tools/pictures.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Time the library and each chapter, and keep it for the book's page."""
    env, raw = everything(session), BUILD / "benchmarks.json"
    BUILD.mkdir(exist_ok=True)
    print("alone on the machine, please")
    env.pytest("benchmarks", "-p", "no:xdist", "-s", "-o", "python_files=bench_*.py",
               "--benchmark-only", f"--benchmark-json={raw}",
               "--benchmark-columns=min,median,max,rounds")  # fmt: skip
    env.run("python", "tools/benchmarks.py", raw)


LOCK_HEADER = """\
# Every package of every extra, and what they need, at one version for each Python: one file for
# all systems, for uv and for pip (`pip install -e '.[book,test]' -c constraints.txt`).
# Made by `make lock`, not edited by hand.
"""


@nox.session
def lock(session: nox.Session) -> None:
    """Remake constraints.txt from the newest versions."""
    uv = shutil.which("uv")
    if uv is None:
        session.error("the lock is made by uv, which was not found")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))[
        "project"
    ]
    extras = set(project["optional-dependencies"]) - UNLOCKED
    chosen = [word for extra in sorted(extras) for word in ("--extra", extra)]
    made = session.run(uv, "pip", "compile", "pyproject.toml", *chosen, "--universal",
                       "--python-version", PYTHONS[0], "--upgrade", "--no-annotate", "--no-header",
                       "--quiet", silent=True, external=True)  # fmt: skip
    CONSTRAINTS.write_text(LOCK_HEADER + made, encoding="utf8", newline="\n")


# --- working and teaching -----------------------------------------------------------------


@nox.session
def lab(session: nox.Session) -> None:
    """Open JupyterLab on the notebooks."""
    env = everything(session)
    # of a notebook that is not trusted JupyterLab strips the stored moving figures
    env.run("jupyter-trust", *sorted((ROOT / "notebooks").glob("*.ipynb")))
    env.run("jupyter-lab", "notebooks")


@nox.session
def gpu(session: nox.Session) -> None:
    """Add JAX for an NVIDIA GPU (EXTRA=cuda12 for drivers before 580)."""
    GPU.write_text(os.environ.get("EXTRA", "cuda"), encoding="utf8")
    everything(session).run("python", "-c", "import jax; print(jax.devices())")


CARD = """
import jax
card = jax.devices()[0]
print(card.platform, (card.memory_stats() or {}).get("bytes_limit", 0), card.device_kind)
"""
PER_WORKER = 5e9  # bytes of a card that a worker of the tests may need, or a chapter


@nox.session(name="test-gpu")
def test_gpu(session: nox.Session) -> None:
    """Run the library's tests and each chapter on the GPU that JAX sees."""
    env = everything(session)
    # all memory is JAX's to give, not the first worker's; and the same bits each time
    here = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            "XLA_FLAGS": "--xla_gpu_deterministic_ops=true"}  # fmt: skip
    found = session.run(
        env.bin("python"), "-c", CARD, env=here, silent=True, external=True
    )
    platform, memory, kind = str(found).splitlines()[-1].split(" ", 2)
    if platform == "cpu":
        session.skip(
            "JAX sees no GPU here, so there is nothing to test (see `make gpu`)"
        )
    workers = max(1, min(os.cpu_count() or 1, int(float(memory) / PER_WORKER)))
    print(f"{kind}: {workers} workers")
    env.pytest("-n", str(workers), *LIBRARY_MARKS, **here)
    env.pytest(*NBVAL, "-n", str(workers), "notebooks", **TOOLS, **here)


@nox.session
def exam(session: nox.Session) -> None:
    """A paper of 90 minutes and its marking sheet, to print (your own: SECRET=...)."""
    everything(session).run("python", "tools/exam.py", *session.posargs)


@nox.session
def assignments(session: nox.Session) -> None:
    """Student and instructor versions, autograder, tests (private ones: SECRET=...)."""
    # otter brings packages that the book does not need: an environment of its own
    env = Environment(session, ".venv-assignments", "-e", ".", "otter-grader[grading]==7.0.0",
                      "pytest", "pip", "-c", "constraints.txt")  # fmt: skip
    if os.environ.get("LOLAKIT_SECRET"):
        env.run("python", "tools/assignments.py", *session.posargs)
        print(
            f"\nFor you alone: {BUILD / 'private'}; for students: the *-student.zip in it"
        )
        return
    env.run("python", "tools/assignments.py")
    env.pytest("assignments/test_grading.py", "assignments/test_private_grading.py")
    inside = colab_environment(session)
    for built in sorted((BUILD / "assignments").glob("a*")):
        for solved in (False, True):
            name = f"{built.name}{' solved' if solved else ''}"
            in_colab(session, inside, name, colab.run_assignment, built, solved)
