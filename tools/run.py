"""Runs the sessions of noxfile.py on a bare machine: brings nox and uv first.

    python3 tools/run.py                 the list of sessions
    python3 tools/run.py book            one of them, or several
    python3 tools/run.py library -- -k dice    what follows -- goes to the session

Needs a Python >= 3.11 and nothing else, not even make. nox runs the sessions; uv installs
packages, some ten times as fast as pip. Where uv cannot be had, or LOLAKIT_PIP is set, pip
does.
"""

import sys

# ruff: noqa: UP031, UP036  (an old Python has to get as far as the message below)
if sys.version_info < (3, 11):
    sys.stderr.write(
        "lolakit needs Python 3.11 or newer, and this is Python %s.\n"
        "Install a newer one, or name the one to use: make %s PYTHON=/path/to/python3.12\n"
        % (sys.version.split()[0], " ".join(sys.argv[1:2]))
    )
    sys.exit(2)

import ast
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-nox"
NOX, UV = "nox==2026.10.20", "uv==0.13.9"
CLEANED = ("_build", "mutants", "dist", ".nox", ".pytest_cache", ".ruff_cache", ".hypothesis",
           ".benchmarks", ".import_linter_cache", ".jupyter_cache")  # fmt: skip


def sessions() -> dict[str, str]:
    """Each session of noxfile.py and the first line of what it says about itself."""
    tree, found = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf8")), {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            named = [word.value.value for one in node.decorator_list
                     if isinstance(one, ast.Call) for word in one.keywords]  # fmt: skip
            summary = (ast.get_docstring(node) or "").partition("\n")[0]
            found[named[0] if named else node.name] = summary
    return {**found, "clean": "Remove whatever the others made."}


def clean() -> None:
    """Remove all that the sessions made, their environments included."""
    for path in [*(ROOT / name for name in CLEANED), *ROOT.glob(".venv*")]:
        if path.is_dir():
            print(f"removing {path.name}")
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()


def tool(name: str) -> Path:
    """A command of the environment that this script makes."""
    if os.name == "nt":
        return HOME / "Scripts" / f"{name}.exe"
    return HOME / "bin" / name


def bootstrap() -> None:
    """Make the environment with nox and, if it can be had, uv; do nothing if it is there."""
    pip_only = bool(os.environ.get("LOLAKIT_PIP"))
    wanted = f"{NOX} {UV} {pip_only} {sys.version} {sys.base_prefix} {ROOT}"
    stamp = HOME / "complete.txt"
    if stamp.exists() and stamp.read_text(encoding="utf8") == wanted:
        return
    print("── nox and uv into .venv-nox", flush=True)
    # `--clear`: what an interruption left half made is not worth repairing
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)]).returncode:
        sys.exit("This Python cannot make virtual environments. On Debian and Ubuntu: install "
                 "python3-venv. Or name another: PYTHON=/path/to/python")  # fmt: skip
    pip = [tool("python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.run([*pip, NOX]).returncode:
        sys.exit(f"pip could not install {NOX}: is there a network?")
    if not pip_only and subprocess.run([*pip, "--only-binary=:all:", UV]).returncode:
        print("   no uv for this machine: pip installs instead, which takes longer")
    stamp.write_text(wanted, encoding="utf8")


def writable(folder: str) -> bool:
    """Whether files can be made there, or in the nearest folder above that exists."""
    path = Path(folder).expanduser()
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        probe = path / f".lolakit-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return path.is_dir()


def environment() -> dict[str, str]:
    """Return the variables of all sessions: what was made above comes first on the PATH.

    Pythons of pyenv are found there too: its own commands of that name only say where they
    are. And where nobody can write to the home folder, another one serves.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"))
    folders = [
        tool("nox").parent,
        os.environ["PATH"],
        *sorted(pyenv.glob("versions/*/bin")),
    ]
    env = {**os.environ, "PATH": os.pathsep.join(map(str, folders))}
    if not writable("~"):
        home = ROOT / "_build" / "home"
        home.mkdir(parents=True, exist_ok=True)
        env |= {"HOME": str(home), "USERPROFILE": str(home)}
        inside = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "UV_CACHE_DIR")
        env |= {name: str(home / name.lower()) for name in inside if name in env}
    return env


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    names = arguments[: arguments.index("--")] if "--" in arguments else arguments
    known = sessions()
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        for name in unknown:
            print(f"there is no session {name!r}", file=sys.stderr)
        for name, summary in known.items():
            print(f"  make {name:14} {summary}")
        return 2 if unknown else 0
    if names == ["clean"]:
        clean()
        return 0
    bootstrap()
    command = [tool("nox"), "-f", ROOT / "noxfile.py", "-s", *arguments]
    try:
        return subprocess.run(list(map(str, command)), env=environment()).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
