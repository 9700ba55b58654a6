"""Build, test and look after the book: what `make` runs.

Standard library only, so that it runs on a bare Python >= 3.11. It makes a virtual
environment from `constraints.txt` first (and again only when that has changed), then runs
the steps of one command, says what each of them does and how long it took.

    python3 tools/house.py {book,publish,zip,test,test-floor,test-colab,...}
"""

import sys

# ruff: noqa: UP031, UP036  (an old Python has to get as far as the message below)
if sys.version_info < (3, 11):
    sys.stderr.write(
        "lolakit needs Python 3.11 or newer, and this is Python %s.\n"
        "Install a newer one, or name the one to use: make %s PYTHON=/path/to/python3.12\n"
        % (sys.version.split()[0], " ".join(sys.argv[1:]) or "help")
    )
    sys.exit(2)

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import colab
import pages
import publish

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
SITE = BUILD / "html"
CONSTRAINTS = ROOT / "constraints.txt"
COLAB = ROOT / "tools" / "colab.txt"

PYTHONS = ("3.11", "3.12", "3.13")
COLAB_PYTHON = "3.13"
# Seconds that a chapter may take, compilation included: what the book promises for two idle
# cores. A shared build machine took a seventh longer for the same run, 1669 s for 1478 s.
CHAPTER_LIMIT = 68.0 if os.environ.get("CI") else 60.0
# What the library's own tests need: the other guards do not depend on the Python version.
LIBRARY_TESTS = ("pytest", "pytest-xdist", "hypothesis", "beartype")
MUTATION_TESTS = ("pytest", "hypothesis", "beartype", "mutmut==3.8.1")
LIBRARY_MARKS = ("-m", "not book and not browser")

# Two workers: the book promises to build on two cores. With nbval (which brings its own
# collector, hence `no:python`) one notebook must stay in one worker, hence loadscope.
XDIST = ("-n", "2")
NBVAL = (
    "-p", "no:python", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "120",
    "--nbval-sanitize-with", "tests/nbval_sanitize.cfg", "--dist", "loadscope", *XDIST,
)  # fmt: skip


class Failed(Exception):
    """A step failed; its own output has said why."""


# --- running and reporting ------------------------------------------------------------------


class Report:
    """Runs named steps, and closes with a table of what each of them took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, bool]] = []
        self.tests: list[tuple[str, str]] = []  # step, pytest's closing line
        self.extra: list[str] = []

    def step(self, name: str, what: str, work: Callable[[], object]) -> bool:
        """Run `work`; True if it went well. `what` tells the reader what is going on."""
        print(f"\n── {name}: {what}", flush=True)
        start = time.perf_counter()
        try:
            work()
            good = True
        except Failed as error:
            good = False
            print(f"\n✗ {name} failed{f': {error}' if str(error) else ''}", flush=True)
        seconds = time.perf_counter() - start
        self.rows.append((name, seconds, good))
        print(f"   {'ok' if good else 'FAILED'} after {seconds:.1f} s", flush=True)
        return good

    def pytest(self, name: str, what: str, python: Path, *args: str) -> bool:
        """Run pytest as a step, and keep its closing line for the summary."""

        def work() -> None:
            code, lines = tee([python, "-m", "pytest", *args])
            closing = re.compile(r"^=* ?((\d+ \w+(, )?)+|no tests ran) in .*?=*$")
            found = [line.strip("= ") for line in lines if closing.match(line)]
            self.tests.append((name, found[-1] if found else "no closing line"))
            if code:
                raise Failed(f"pytest ended with exit status {code}")

        return self.step(name, what, work)

    def close(self) -> int:
        """Print the summary; the exit status of the whole run."""
        failed = [name for name, _, good in self.rows if not good]
        width = max((len(name) for name, _, _ in self.rows), default=0)
        width = max(width, len("all but install")) + 2
        print("\n── summary")
        for name, seconds, good in self.rows:
            print(f"   {name:{width}}{seconds:8.1f} s{'' if good else '   FAILED'}")
        work = sum(
            seconds for name, seconds, _ in self.rows if not name.startswith("install")
        )
        print(f"   {'all but install':{width}}{work:8.1f} s")
        for line in self.extra:
            print(f"   {line}")
        if self.tests:
            counts: dict[str, int] = {}
            for name, line in self.tests:
                print(f"   {name}: {line}")
                for number, outcome in re.findall(
                    r"(\d+) (passed|failed|errors?|skipped)", line
                ):
                    outcome = "errors" if outcome.startswith("error") else outcome
                    counts[outcome] = counts.get(outcome, 0) + int(number)
            order = [
                o for o in ("failed", "errors", "passed", "skipped") if o in counts
            ]
            totals = ", ".join(f"{counts[outcome]} {outcome}" for outcome in order)
            print(f"   tests altogether: {totals or 'none'}")
        print(f"✗ failed: {', '.join(failed)}" if failed else "✓ everything passed")
        return 1 if failed else 0


def environment() -> dict[str, str]:
    """Variables that make runs repeatable: no random hashes, no surprise accelerator."""
    env = dict(os.environ)
    env.update(PYTHONHASHSEED="0", PYTHONUNBUFFERED="1", JUPYTER_PLATFORM_DIRS="1")
    env.setdefault("JAX_PLATFORMS", "cpu")
    env.update(PYDEVD_DISABLE_FILE_VALIDATION="1")  # a remark in every kernel
    # Jupyter must take the kernel of our own environment, not one in the home folder
    env.update(JUPYTER_PREFER_ENV_PATH="1")
    for name in ("MPLBACKEND", "PYTHONPATH", "PYTHONHOME"):
        env.pop(name, None)
    return env


def call(command: Iterable[object]) -> None:
    """Run a command in the root of the project, its output passing through."""
    words = [str(word) for word in command]
    code = subprocess.run(words, cwd=ROOT, env=environment(), check=False).returncode
    if code:
        raise Failed(f"exit status {code}")


# What Sphinx, Jupyter Book and the kernels say on every run and no reader acts on.
NOISE = re.compile(
    r"(reading|writing|copying|building|preparing|pickling|checking|dumping|looking|loading|"
    r"updating|generating|highlighting|parsing) .*|myst(-nb)? v.*|sphinx-multitoc.*|\[etoc\].*|"
    r"Using jupyter-cache.*|\[IPKernelApp\] WARNING . Kernel is running over TCP.*|"
    r"making output directory.*|(Source Folder|Config Path|Output Path): .*|=+|\s*|"
    r"Running (Sphinx|Jupyter-Book) .*|Finished generating HTML.*|Your book's HTML pages.*|"
    r"You can look at your book.*|Or paste this line.*|\s*(_build/html|file:///).*"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def tee(command: Iterable[object]) -> tuple[int, list[str]]:
    """Run a command, print its output as it comes but for the noise, and return it."""
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words, cwd=ROOT, env=environment(), text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        line = COLOUR.sub("", line.rstrip())
        # A warning may stand at the end of a line of noise ("parsing bibtex file ...").
        if not NOISE.fullmatch(line) or ("WARNING: " in line or "ERROR: " in line):
            print(line, flush=True)
            lines.append(line)
    return process.wait(), lines


# --- virtual environments -------------------------------------------------------------------


def find_python(version: str) -> Path | None:
    """An interpreter of this minor version that really runs: PATH, then pyenv, then uv."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += sorted(map(str, pyenv.glob(f"{version}*/bin/python")), reverse=True)
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        candidates.insert(0, sys.executable)
    for candidate in filter(None, candidates):
        # a pyenv shim is on the PATH also for versions that are not switched on
        probe = [
            candidate,
            "-c",
            "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])",
        ]
        answer = subprocess.run(probe, capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip() == version:
            return Path(candidate)
    if shutil.which("uv"):
        answer = subprocess.run(
            ["uv", "python", "find", version], capture_output=True, text=True
        )
        if answer.returncode == 0 and answer.stdout.strip():
            return Path(answer.stdout.strip())
    return None


def venv_python(name: str) -> Path:
    """The interpreter inside the virtual environment `name`."""
    return ROOT / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(report: Report, name: str, python: Path, *requirements: str) -> Path:
    """Make the virtual environment `name` unless it is there and up to date."""
    stamp = ROOT / name / "house-stamp"
    version = subprocess.run(
        [str(python), "-VV"], capture_output=True, text=True
    ).stdout
    # of pyproject.toml only what pip reads: not the settings of the linters
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = [version, str(ROOT), json.dumps(project), *requirements]
    wanted = digest([CONSTRAINTS, COLAB], extra)
    if stamp.exists() and stamp.read_text() == wanted and venv_python(name).exists():
        return venv_python(name)

    def work() -> None:
        # `--clear`: a half-made or moved environment is not worth repairing
        command = [str(python), "-m", "venv", "--clear", str(ROOT / name)]
        if subprocess.run(command, check=False).returncode:
            raise Failed(
                "this Python cannot make virtual environments (on Debian and Ubuntu: "
                "install python3-venv), or name another: PYTHON=/path/to/python"
            )
        pip = [venv_python(name), "-m", "pip", "install", "--disable-pip-version-check"]
        call([*pip, "-qq", *requirements])  # errors only
        stamp.write_text(wanted)

    if not report.step(f"install {name}", "pinned packages, a minute or two", work):
        sys.exit(report.close())
    return venv_python(name)


def install_all(report: Report) -> Path:
    """The environment for everything: the book and all its guards."""
    python = Path(sys.executable)
    return install(
        report, ".venv", python, "-e", ".[book,test]", "-c", "constraints.txt"
    )


def install_colab(report: Report, python: Path) -> Path:
    """The environment that stands for Colab's image: its versions, and no lolakit."""
    tools = [line for line in CONSTRAINTS.read_text().splitlines()
             if line.split("==")[0] == "nbclient"]  # fmt: skip
    return install(report, ".venv-colab", python, "-r", str(COLAB), *tools)


def colab_step(
    report: Report, name: str, what: str, run: Callable[[], list[str]]
) -> None:
    """Run a notebook as Colab would; say what pip added, and fail if it did more."""

    def work() -> None:
        try:
            print(f"   pip added {', '.join(run())}")
        except (Failed, RuntimeError) as error:
            # pip may have replaced what the next run is compared with: make it anew then
            (ROOT / ".venv-colab" / "house-stamp").unlink(missing_ok=True)
            raise Failed(str(error)) from error

    report.step(name, what, work)


def digest(paths: Iterable[Path], extra: Iterable[str] = ()) -> str:
    """A hash of these files' names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(ROOT)}\0".encode())
        total.update(path.read_bytes() if path.exists() else b"")
    for word in extra:
        total.update(f"{word}\0".encode())
    return total.hexdigest()


def script(python: Path, name: str) -> Path:
    """A command that the packages in the environment of `python` have brought."""
    return python.parent / name


# --- the book -------------------------------------------------------------------------------


def forget_stale(python: Path) -> None:
    """Drop what earlier builds left that a change has made untrue.

    The execution cache knows notebooks by their cells alone: with the library changed it
    would serve yesterday's numbers. And Sphinx looks at pages alone: with an extension, the
    style or the table of contents changed, it would leave the site as it was.
    """
    library = [*(ROOT / "lolakit").rglob("*.py"), CONSTRAINTS]
    library += (ROOT / "lolakit" / "interactive" / "js").iterdir()
    version = subprocess.run(
        [str(python), "-VV"], capture_output=True, text=True
    ).stdout
    runs = digest(library, extra=[version])
    book = [ROOT / "_toc.yml", ROOT / "_config.yml"]
    book += [
        *(ROOT / "book" / "_ext").glob("*.py"),
        *(ROOT / "book" / "_static").iterdir(),
    ]
    pages = digest(book, extra=[runs, *publish.place(str(ROOT))])
    stamp = BUILD / "house-stamp.json"
    old = json.loads(stamp.read_text()) if stamp.exists() else {}
    if old.get("runs") != runs and (BUILD / ".jupyter_cache").exists():
        print("   lolakit or its dependencies changed: every chapter runs again")
        shutil.rmtree(BUILD / ".jupyter_cache")
    if old.get("pages") != pages:
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        shutil.rmtree(SITE, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    stamp.write_text(json.dumps({"runs": runs, "pages": pages}) + "\n")


def add_downloads(
    report: Report, site: Path, here: publish.Place, python: Path
) -> Path:
    """Put the wheel and the notebooks beside the pages; return the wheel's path."""
    try:
        wheel = publish.publish(site, here, python)
    except subprocess.CalledProcessError as error:
        raise Failed("the wheel could not be built") from error
    report.extra.append(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
    return wheel


def build_book(report: Report, python: Path) -> bool:
    """Execute the chapters, write the pages; every warning is an error. True if well."""

    def work() -> None:
        forget_stale(python)
        command = [
            script(python, "jupyter-book"),
            "build",
            ".",
            "-W",
            "-n",
            "--keep-going",
        ]
        code, _ = tee(command)
        if code:
            # Sphinx says a warning once, when it reads a page: forget that it has read
            # them, or the very same build would pass the second time.
            shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
            raise Failed(f"exit status {code}")
        add_downloads(report, SITE, publish.place(str(ROOT)), python)
        chapters = json.loads((BUILD / "chapter_times.json").read_text())
        for chapter, seconds in chapters.items():
            report.extra.append(
                f"{chapter} runs in {seconds:.1f} s, compilation included"
            )
        report.extra += pages.Site(SITE).summary()
        slow = [
            chapter for chapter, seconds in chapters.items() if seconds > CHAPTER_LIMIT
        ]
        if slow:
            raise Failed(f"over {CHAPTER_LIMIT:.0f} s: {', '.join(slow)}")

    return report.step(
        "book", "run the chapters that changed and write the pages", work
    )


# --- the commands ---------------------------------------------------------------------------


def book() -> int:
    """Build the book and say where it is."""
    report = Report()
    build_book(report, install_all(report))
    status = report.close()
    if status == 0:
        print(f"\nOpen {SITE / 'index.html'}")
    return status


def publish_site() -> int:
    """Build what a web server needs, and say at which address the notebooks expect it."""
    status = book()
    here = publish.place(str(ROOT))
    if status == 0 and here.address:
        print(f"{SITE} is made to be served at {here.address}")
    elif status == 0:
        print("No address is known, so its notebooks install no wheel by themselves:")
        print("set GITHUB_REPOSITORY=OWNER/NAME or LOLAKIT_ADDRESS=https://...")
    return status


def zip_book() -> int:
    """Build the book, pack it into one file, and read that file as its readers will."""
    report = Report()
    python = install_all(report)
    if not build_book(report, python):
        return report.close()
    (wheel,) = (SITE / "notebooks").glob("lolakit-*.whl")
    archive = BUILD / f"lolakit-book-{wheel.name.split('-')[1]}.zip"

    def pack() -> None:
        try:
            publish.zip_site(SITE, archive)
        except ValueError as error:
            raise Failed(str(error)) from error
        report.extra.append(f"{archive.name}: {archive.stat().st_size / 1e6:.1f} MB")

    if report.step("zip", "pack the site", pack):
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder)
            os.environ["LOLAKIT_SITE"] = str(Path(folder, archive.stem))
            report.pytest("unpacked", "pages, keys and links of the unpacked book, no network",
                          python, "-m", "browser", "-rs", "tests/test_browser.py",
                          "tests/test_keyboard.py", "tests/test_site.py")  # fmt: skip
            del os.environ["LOLAKIT_SITE"]
    status = report.close()
    if status == 0:
        print(f"\n{archive}")
    return status


def test() -> int:
    """Run every guard, also after one has failed, and list those that did."""
    report = Report()
    python = install_all(report)

    def check(name: str, what: str, *command: object) -> None:
        report.step(name, what, lambda: call(command))

    ruff = script(python, "ruff")
    check("ruff check", "lint code and notebooks", ruff, "check", ".")
    check(
        "ruff format",
        "formatting of code and notebooks",
        ruff,
        "format",
        "--check",
        ".",
    )
    check("pyright", "types of the package", script(python, "pyright"),
          "--warnings", "--pythonpath", python)  # fmt: skip
    check("import-linter", "the layers of the package", script(python, "lint-imports"))
    check("notebook bytes", "committed notebooks are normalised",
          python, "tools/notebooks.py", "--check")  # fmt: skip
    report.pytest("pytest", "the library, the notebooks' lint, the tooling",
                  python, *XDIST, "-m", "not browser")  # fmt: skip
    # The book runs each chapter as a first reader would, and keeps what it compiled; nbval
    # runs them again with that.
    programs = BUILD / "programs"
    shutil.rmtree(programs, ignore_errors=True)
    os.environ["LOLAKIT_PROGRAMS"] = str(programs)
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.3"
    # without this the folder's name would be a part of what names a program
    os.environ["JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES"] = "none"
    build_book(report, python)
    del os.environ["LOLAKIT_PROGRAMS"]
    for file in list(programs.glob("*/*")):
        file.replace(programs / file.name)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(programs)
    report.pytest("nbval", "run the notebooks, compare the marked outputs",
                  python, *NBVAL, "notebooks")  # fmt: skip
    del os.environ["JAX_COMPILATION_CACHE_DIR"]
    report.step("slides", "select from the notebooks, write _build/slides",
                lambda: call([python, "tools/slides.py"]))  # fmt: skip
    report.pytest("browser", "open every built page in a headless Chromium",
                  python, "-m", "browser", "-rs", "tests")  # fmt: skip
    if "skipped" in report.tests[-1][1]:
        report.extra.append(
            "!! THE PAGES WERE NOT LOOKED AT: install Chromium, or set CHROMIUM"
        )
    return report.close()


def test_floor() -> int:
    """Library and notebooks on the versions of Colab, the oldest that are supported."""
    report = Report()
    python = find_python(COLAB_PYTHON)
    if python is None:
        print(f"✗ Colab's Python {COLAB_PYTHON} was not found (PATH, pyenv, uv).")
        return 1
    tools = [line for line in CONSTRAINTS.read_text().splitlines()
             if line.split("==")[0] in (*LIBRARY_TESTS, "nbval")]  # fmt: skip
    inside = install(report, ".venv-floor", python, "-e", ".", "-r", str(COLAB), *tools)
    report.pytest("floor pytest", "the library on Colab's versions",
                  inside, *XDIST, *LIBRARY_MARKS)  # fmt: skip
    report.pytest("floor nbval", "the notebooks on Colab's versions",
                  inside, *NBVAL, "notebooks")  # fmt: skip
    return report.close()


def test_colab() -> int:
    """Each chapter as Colab opens it: the published copy, Colab's versions, no lolakit."""
    report = Report()
    python = find_python(COLAB_PYTHON)
    if python is None:
        print(f"✗ Colab's Python {COLAB_PYTHON} was not found (PATH, pyenv, uv).")
        return 1
    builder = install_all(report)  # has what builds the wheel
    inside = install_colab(report, python)
    site = BUILD / "colab"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    made: list[Path] = []
    with colab.served(site) as address:
        here = publish.Place("owner/name", address)
        report.step("site", "the wheel and the notebooks that install it",
                    lambda: made.append(add_downloads(report, site, here, builder)))  # fmt: skip
        for path in sorted((site / "notebooks").glob("*.ipynb")):

            def work(name: str = path.name) -> list[str]:
                return colab.run_chapter(inside, address, name, made[0], call)

            colab_step(report, path.stem, "from its set-up cell down", work)
    return report.close()


def test_pythons() -> int:
    """The library's tests on each supported Python, or on those in LOLAKIT_PYTHONS."""
    report = Report()
    for version in os.environ.get("LOLAKIT_PYTHONS", " ".join(PYTHONS)).split():
        python = find_python(version)
        if python is None:

            def missing() -> None:
                raise Failed(
                    "install it, or say which to test: LOLAKIT_PYTHONS='3.11 3.12'"
                )

            report.step(f"python {version}", "NOT FOUND (PATH, pyenv, uv)", missing)
            continue
        inside = install(report, f".venv-{version}", python,
                         "-e", ".", *LIBRARY_TESTS, "-c", "constraints.txt")  # fmt: skip
        report.pytest(
            f"python {version}", "the library's tests", inside, *XDIST, *LIBRARY_MARKS
        )
    return report.close()


def mutants() -> int:
    """Break the core of the library on purpose, and see whether the tests notice."""
    report = Report()
    inside = install(report, ".venv-mutants", Path(sys.executable),
                     "-e", ".", *MUTATION_TESTS, "-c", "constraints.txt")  # fmt: skip
    # Most of what a mutant compiles, the one before it has compiled too.
    os.environ.update(
        JAX_COMPILATION_CACHE_DIR=str(BUILD / "mutants-jax"),
        JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
        JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES="-1",
    )
    mutmut = script(inside, "mutmut")

    def work() -> None:
        # mutmut would keep results of tests that have changed since
        shutil.rmtree(ROOT / "mutants", ignore_errors=True)
        call([mutmut, "run", "--max-children", "1"])
        call([mutmut, "results"])
        call([mutmut, "export-cicd-stats"])
        counts = json.loads((ROOT / "mutants" / "mutmut-cicd-stats.json").read_text())
        found = counts["killed"] + counts["timeout"] + counts["segfault"]
        report.extra.append(f"noticed: {found} of {counts['total']} mutants")

    report.step("mutants", "one small change at a time; half an hour", work)
    return report.close()


def notebooks() -> int:
    """Run the notebooks in place; unchanged results leave every byte as it was."""
    report = Report()
    python = install_all(report)

    def work() -> None:
        code, _ = tee([python, "tools/notebooks.py", "--execute"])
        if code:
            raise Failed(f"exit status {code}")

    report.step("notebooks", "run in place, then normalise", work)
    return report.close()


def pictures() -> int:
    """Draw the logo and the cover from runs of the library."""
    report = Report()
    python = install_all(report)

    def work() -> None:
        call([python, "tools/pictures.py"])

    report.step("pictures", "run the library, draw into book/_static", work)
    return report.close()


def bench() -> int:
    """Time the library: compile and run apart, peak memory; keep it for the book's page."""
    report = Report()
    python, raw = install_all(report), BUILD / "benchmarks.json"
    BUILD.mkdir(exist_ok=True)
    good = report.pytest("bench", "alone on the machine, please", python, "benchmarks",
                         "-p", "no:xdist", "-s", "-o", "python_files=bench_*.py",
                         "--benchmark-only", f"--benchmark-json={raw}",
                         "--benchmark-columns=min,median,max,rounds")  # fmt: skip
    if good:
        report.step("keep", "write benchmarks/results.json",
                    lambda: call([python, "tools/benchmarks.py", raw]))  # fmt: skip
    return report.close()


def lab() -> int:
    """JupyterLab on the notebooks."""
    python = install_all(Report())
    chapters = sorted((ROOT / "notebooks").glob("*.ipynb"))
    try:
        # of a notebook that is not trusted JupyterLab strips the stored moving figures
        call([script(python, "jupyter-trust"), *chapters])
        call([script(python, "jupyter-lab"), "notebooks"])
    except (Failed, KeyboardInterrupt):
        return 1
    return 0


LOCK_HEADER = """\
# Every package of the extras `book` and `test`, and what they need, at one version each.
# A constraints file: `pip install -e '.[book,test]' -c constraints.txt` installs the same
# set on Python 3.11, 3.12 and 3.13. Made by `make lock` on the oldest of them, because
# what runs there runs on the others. Not edited by hand.
"""


def lock() -> int:
    """Resolve the newest versions in a fresh environment and write constraints.txt."""
    report = Report()
    oldest = find_python(PYTHONS[0])
    if oldest is None:
        print(f"✗ the lock is made on Python {PYTHONS[0]}, which was not found")
        return 1
    shutil.rmtree(ROOT / ".venv-lock", ignore_errors=True)
    # setuptools and wheel are dependencies too, and a venv of 3.11 brings an old setuptools
    python = install(report, ".venv-lock", oldest,
                     ".[book,test]", "--upgrade", "setuptools", "wheel")  # fmt: skip

    def write() -> None:
        command = [str(python), "-m", "pip", "freeze", "--all", "--exclude", "lolakit",
                   "--exclude", "pip"]  # fmt: skip
        pins = subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout
        lines = sorted(pins.split("\n"), key=str.lower)
        odd = [
            line for line in lines if line and not re.fullmatch(r"[\w.-]+==\S+", line)
        ]
        if odd:
            raise Failed(f"not plain pins: {odd}")
        CONSTRAINTS.write_text(LOCK_HEADER + "\n".join(filter(None, lines)) + "\n")
        shutil.rmtree(ROOT / ".venv-lock")

    report.step(
        "lock",
        "write constraints.txt; now run `make test` and `make test-pythons`",
        write,
    )
    return report.close()


def slides() -> int:
    """Slides of each chapter, from the notebooks as they are committed."""
    report = Report()
    python = install_all(report)

    def work() -> None:
        call([python, "tools/slides.py"])

    good = report.step("slides", "select from the notebooks, write _build/slides", work)
    if good:
        report.pytest("browser", "open all slides in a headless Chromium",
                      python, "-rs", "tests/test_slides.py")  # fmt: skip
        print(f"\nOpen {BUILD / 'slides' / 'index.html'}")
    return report.close()


def assignments() -> int:
    """Both versions of each assignment, its autograder, and a trial of the grader."""
    report = Report()
    # otter brings packages that the book does not need: an environment of its own
    python = install(report, ".venv-assignments", Path(sys.executable), "-e", ".",
                     "otter-grader[grading]==7.0.0", "pytest", "-c", "constraints.txt")  # fmt: skip
    good = report.step("assignments", "run the solutions, write _build/assignments",
                       lambda: call([python, "tools/assignments.py"]))  # fmt: skip
    if good:
        report.pytest("grader", "grade right, wrong and broken submissions",
                      python, "assignments/test_grading.py")  # fmt: skip
        assignments_in_colab(report)
    return report.close()


def assignments_in_colab(report: Report) -> None:
    """Each pack as Colab runs it: set up by its README, Colab's versions, no lolakit."""
    python = find_python(COLAB_PYTHON)
    if python is None:
        report.extra.append(
            f"!! NOT RUN AS IN COLAB: its Python {COLAB_PYTHON} was not found"
        )
        return
    inside = install_colab(report, python)
    for built in sorted((BUILD / "assignments").glob("a*")):
        for solved in (False, True):

            def work(built: Path = built, solved: bool = solved) -> list[str]:
                return colab.run_assignment(inside, built, solved, call)

            name = f"{built.name}{' solved' if solved else ''} in Colab"
            colab_step(report, name, "set up by the README.txt of its pack", work)


def clean() -> int:
    """Remove all that the other commands made, the environments included."""
    names = ["_build", "mutants", ".pytest_cache", ".ruff_cache", ".hypothesis",
             ".benchmarks", ".import_linter_cache", ".jupyter_cache", "dist"]  # fmt: skip
    doomed = [ROOT / name for name in names] + list(ROOT.glob(".venv*"))
    for path in filter(Path.exists, doomed):
        print(f"removing {path.name}")
        shutil.rmtree(path)
    return 0


COMMANDS: dict[str, Callable[[], int]] = {
    "book": book, "publish": publish_site, "zip": zip_book, "test": test,
    "test-floor": test_floor, "test-colab": test_colab, "test-pythons": test_pythons,
    "mutants": mutants, "notebooks": notebooks, "pictures": pictures, "bench": bench,
    "lock": lock, "lab": lab, "clean": clean,
    "slides": slides, "assignments": assignments,
}  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    try:
        sys.exit(COMMANDS[sys.argv[1]]())
    except KeyboardInterrupt:
        sys.exit(130)
