"""Writes the pages: `python tools/build.py`, in the environment of the book.

The chapters are shown as they are committed; `make test` runs them. Pages under `book/` that
hold code are run here, once, and then taken from a cache. This module decides when the cache
and the pages of an earlier build are no longer true, builds what is missing with every
warning an error, and puts the wheel and the notebooks beside the pages.

LOLAKIT_LANGUAGE=zh_CN builds the book in that language (tools/translate.py) into a folder of
the site, and LOLAKIT_LANGUAGE=all every language; without it the book is built in English.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import aside
import languages
import pages
import publish
import translate
import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
SITE = BUILD / "html"

# What Sphinx, Jupyter Book and the kernels say on every run and no reader acts on.
NOISE = re.compile(
    r"(reading|writing|copying|building|preparing|pickling|checking|dumping|looking|loading|"
    r"updating|generating|highlighting|parsing) .*|myst(-nb)? v.*|sphinx-multitoc.*|\[etoc\].*|"
    r"Using jupyter-cache.*|\[IPKernelApp\] WARNING . Kernel is running over TCP.*|"
    r"making output directory.*|(Source Folder|Config Path|Output Path): .*|=+|\s*|"
    r".*: (Excluded from execution by pattern|Cached executed notebook|Executing notebook).*|"
    r"Running (Sphinx|Jupyter-Book) .*|Finished generating HTML.*|Your book's HTML pages.*|"
    r"You can look at your book.*|Or paste this line.*|\s*(_build/html|file:///).*"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def digest(paths: Iterable[Path], *words: str) -> str:
    """Return a hash of these files' names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        total.update(path.read_bytes())
    for word in words:
        total.update(f"{word}\0".encode())
    return total.hexdigest()


def inside(*folders: str) -> list[Path]:
    """Return all files in these folders of the project, without what Python compiled."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return [
        path for path in found if path.is_file() and "__pycache__" not in path.parts
    ]


def wanted() -> dict[str, str]:
    """Return what the results of the pages' code, what all pages and what the site depend on."""
    library = [p for p in inside("lolakit") if p.suffix in (".py", ".js", ".json")]
    kept = ROOT / "benchmarks" / "results.json"
    runs = digest([*library, kept, ROOT / "constraints.txt"], sys.version)
    # the pages of the reference and the chapters' run times come from what runs depend on
    looks = [
        ROOT / "_toc.yml",
        ROOT / "_config.yml",
        *inside("book/_ext", "book/_static"),
    ]
    pages = digest(looks, runs, *publish.place(str(ROOT)))
    sources = [*inside("book", "notebooks", "lolakit", "tools"), *ROOT.glob("*.toml")]
    # the wheel holds the one, the page of references the other
    sources += [*ROOT.glob("README.md"), *ROOT.glob("CITATION.cff")]
    sources = [path for path in sources if path.suffix != ".po"]
    return {"runs": runs, "pages": pages, "site": digest(sources, pages)}


def stamp() -> Path:
    """Return the file that says what the last complete build was made from."""
    return BUILD / "build-stamp.json"


def finished() -> dict[str, str]:
    """Return what it says; nothing if no build was completed since."""
    try:
        return aside.read(stamp(), "", "runs", "pages", "site")
    except (OSError, ValueError):
        return {}


def forget_stale() -> None:
    """Drop what earlier builds left that a change has made untrue.

    The execution cache knows pages by their cells alone: with the library changed it would
    serve yesterday's numbers. And Sphinx looks at pages alone: with an extension, the style
    or the table of contents changed, it would leave the site as it was.
    """
    old, new = finished(), wanted()
    stamp().unlink(missing_ok=True)  # until it is done, nobody may trust its pages
    if old.get("runs") != new["runs"] and (BUILD / ".jupyter_cache").exists():
        print("   lolakit or its dependencies changed: every page's code runs again")
        shutil.rmtree(BUILD / ".jupyter_cache")
    if old.get("pages") != new["pages"]:
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        shutil.rmtree(SITE, ignore_errors=True)


def run(command: list[str]) -> int:
    """Run a command, print its output as it comes but for the noise; its exit status."""
    with subprocess.Popen(
        command, cwd=ROOT, text=True, encoding="utf8", errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            line = COLOUR.sub("", line.rstrip())
            # A warning may stand at the end of a line of noise ("parsing bibtex file ...").
            if not NOISE.fullmatch(line) or "WARNING: " in line or "ERROR: " in line:
                print(line, flush=True)
    return process.returncode


def command() -> list[str]:
    """Return what builds the pages."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    return [program or "jupyter-book", "build", ".", "-W", "-n", "--keep-going"]


# --- the book in another language -----------------------------------------------------------


def settings(language: str) -> str:
    """Return `_config.yml` for a language."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    config["title"] = translate.words(language).get(config["title"], config["title"])
    config["execute"]["cache"] = str(
        BUILD / ".jupyter_cache"
    )  # the same code, run once
    config["sphinx"]["local_extensions"] = {
        name: str(ROOT / folder)
        for name, folder in config["sphinx"]["local_extensions"].items()
    }
    config["sphinx"]["config"]["language"] = language
    config["sphinx"]["config"]["locale_dirs"] = [str(BUILD / "locale")]
    return yaml.safe_dump(config, allow_unicode=True)


def edition(language: str) -> int:
    """Build the pages of a language into a folder of the site; 0 if all went well."""
    folder, target = BUILD / language, SITE / language
    mark = folder / "build-stamp.json"
    now = {**wanted(), "messages": digest((translate.LOCALE / language).rglob("*.*"))}
    try:
        before = aside.read(mark, "", *now)
    except (OSError, ValueError):
        before = dict.fromkeys(now)
    if before != now:
        mark.unlink(missing_ok=True)
        # the words of figures are no file that Sphinx knows
        if any(before[x] != now[x] for x in ("pages", "messages")):
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        translate.compile_to(BUILD / "locale", language)
        config = folder / "_config.yml"
        config.write_text(settings(language), encoding="utf8")
        if status := run(
            [*command(), "--config", str(config), "--path-output", str(folder)]
        ):
            shutil.rmtree(folder / "_build", ignore_errors=True)
            return status
        mark.write_text(json.dumps(now), encoding="utf8")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder / "_build" / "html", target)
    languages.share(SITE, target)
    return 0


def asked() -> list[str]:
    """Return the languages to build."""
    word = os.environ.get("LOLAKIT_LANGUAGE") or translate.ENGLISH
    known = [translate.ENGLISH, *translate.languages()]
    if word != "all" and word not in known:
        sys.exit(f"LANGUAGE should be one of {', '.join(known)}, or all; it is {word}")
    return known if word == "all" else [word]


def main() -> int:
    """Build what was asked for; 0 if all went well."""
    if not Path("/dev/nvidiactl").exists():  # as the chapters do
        os.environ.setdefault("XLA_FLAGS", publish.FEWER_PASSES)
    for language in asked():
        build = english() if language == translate.ENGLISH else edition(language)
        if build:
            return build
    if SITE.exists():
        _, address = publish.place(str(ROOT))
        languages.join(SITE, address)
        if address:
            text = publish.sitemap(SITE, address)
            (SITE / "sitemap.xml").write_text(text, encoding="utf8")
    return 0


def english() -> int:
    """Build the book; 0 if all went well."""
    if finished() == wanted() and SITE.exists():
        print("   nothing has changed since the site was built")
        return 0
    forget_stale()
    if status := run(command()):
        # Sphinx says a warning once, when it reads a page: forget that it has read them, or
        # the very same build would pass the second time.
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        return status
    wheel = publish.publish(SITE, publish.place(str(ROOT)), Path(sys.executable))
    aside.write(stamp(), json.dumps(wanted()) + "\n")
    print(f"   {wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
    times = aside.read(BUILD / "page_times.json", "Run `make clean`")
    for name, seconds in times.items():
        print(f"   {name} ran in {seconds:.1f} s")
    print(*(f"   {line}" for line in pages.Site(SITE).summary()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
