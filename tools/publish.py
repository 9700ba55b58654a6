"""What the site holds besides its pages: the wheel, and notebooks that install it.

    python tools/publish.py SITE      the wheel and the notebooks, into SITE/notebooks
    python tools/publish.py --setup   the set-up cell below, into notebooks/*.ipynb

The notebooks of the site are the chapters themselves. Where the book's address is known
(book/_ext/repository.py), their set-up cell installs the wheel of this very build from
there, and a badge that opens the copy in Colab stands first. Nothing else differs.
"""

import copy
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import aside

import notebooks as notebook_tool

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))
from repository import COLAB, Place, place  # noqa: E402

Notebook = dict[str, Any]

# The first code cell of every chapter. It runs in plain Python too: no magics. What is older
# than `needed`, the version of this very copy, or missing is installed.
SETUP = """\
# @title Set-up: is lolakit here?
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

# On a CPU most of a chapter's time is compiling. With fewer passes the compiler takes half to
# two thirds of the time, and what it makes is about as quick.
fewer_passes = (
    "LEVEL "
    "EMITTERS"
)
if not Path("/dev/nvidiactl").exists():
    os.environ.setdefault("XLA_FLAGS", fewer_passes)

needed = "0"  # or newer
published = ""  # in the copies that the book offers: its wheel's address
numbers = lambda name: [int(x) for x in re.findall(r"\\d+", name)[:3]]
try:
    import lolakit as lk
except ModuleNotFoundError:
    lk = None
if lk is None or numbers(lk.__version__) < numbers(needed):
    wheels = map(str, Path().glob("lolakit-*-any.whl"))
    wheel = max(wheels, key=numbers, default=published)
    found = f"{lk.__version__} is too old" if lk else "is not installed"
    if not wheel:
        raise ModuleNotFoundError(
            f"lolakit {found}. On your machine: pip install -e . in a copy of the "
            "book's repository. In Colab: download the wheel from the book's page 'How to "
            "use this book', upload it in the Files panel, and run this cell again."
        )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", wheel]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"pip could not install {wheel}. If this is a copy of the book that has not been "
            "published yet, its pages and its wheel are not there: run the workflow 'pages' "
            "and turn GitHub Pages on. Or upload a wheel in the Files panel, and run this "
            f"cell again. pip said: {done.stderr}"
        )
    for name in [x for x in sys.modules if x.split(".")[0] == "lolakit"]:
        del sys.modules[name]
    importlib.invalidate_caches()
    import lolakit as lk
""".rstrip()
LEVEL = "--xla_backend_optimization_level=1"
# the older ones for fused loops; an option that XLA does not know it ignores
EMITTERS = "--xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters"
FEWER_PASSES = f"{LEVEL} {EMITTERS}"
SETUP = SETUP.replace("LEVEL", LEVEL).replace("EMITTERS", EMITTERS)
NEEDED = 'needed = "0"'
UNPUBLISHED = 'published = ""'

README = """\
Opponent shaping, by building it

Open index.html: the book works from here, without a network.

The chapters are in the folder notebooks, with the library as a wheel beside them.
In an environment with Jupyter, open one and run it: its first cell installs the wheel
(from the network pip fetches only what else is missing: JAX, optax, matplotlib).
"""

# What stands at `latest/`: kept copies of older versions lead there.
LATEST = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=../index.html">
<title>The newest version</title>
<a href="../index.html">The newest version</a>
</html>
"""


def version() -> str:
    """Return the version of the library in this copy."""
    text = (ROOT / "lolakit" / "__init__.py").read_text(encoding="utf8")
    return re.findall(r'^__version__ = "(.+)"', text, re.M)[0]


def setup_cell(published: str = "") -> str:
    """Return the set-up cell that asks for this version, and installs the wheel at this address."""
    text = SETUP.replace(NEEDED, f"needed = {json.dumps(version())}")
    return text.replace(UNPUBLISHED, f"published = {json.dumps(published)}")


def first_code_cell(notebook: Notebook) -> dict[str, Any]:
    """Return the set-up cell of a chapter."""
    return next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def stamp(notebook: Notebook, docname: str, here: Place, wheel: str) -> Notebook:
    """Return the copy that the book offers; the same notebook where nothing is known."""
    result = copy.deepcopy(notebook)
    if here.address:
        folder = docname.rpartition("/")[0]
        first_code_cell(result)["source"] = setup_cell(
            f"{here.address}{folder}/{wheel}"
        )
    if here.repository:
        source = (
            f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({here.colab(docname)})"
            f" [This chapter in the book]({here.address}{docname}.html)"
        )
        badge = {
            "cell_type": "markdown",
            "id": "badge",
            "metadata": {},
            "source": source,
        }
        result["cells"].insert(0, badge)
    return result


def build_wheel(python: Path, folder: Path) -> Path:
    """Build the wheel with the hatchling of `python`'s environment: the same bytes each time."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            str(python),
            "-m",
            "hatchling",
            "build",
            "-t",
            "wheel",
            "-d",
            scratch,
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the wheel could not be built: {done.stderr}")
        (wheel,) = Path(scratch).glob("*.whl")
        for old in folder.glob("lolakit-*.whl"):
            old.unlink()
        return Path(shutil.copy(wheel, folder))


def publish(site: Path, here: Place, python: Path) -> Path:
    """Put the wheel and the notebooks into the site; return the wheel's path.

    The theme's download buttons lead to `_sources`: there lie the same copies.
    """
    folder = site / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(python, folder)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        source = aside.notebook(path)
        stamped = stamp(source, f"notebooks/{path.stem}", here, wheel.name)
        text = notebook_tool.dumps(notebook_tool.normalise(stamped))
        (folder / path.name).write_text(text, encoding="utf8")
        download = site / "_sources" / "notebooks" / path.name
        if download.exists():
            download.write_text(text, encoding="utf8")
    if here.address:
        (site / "sitemap.xml").write_text(sitemap(site, here.address), encoding="utf8")
        if not here.newest():  # else this is one of several versions: page_foot.py
            (site / "latest").mkdir(exist_ok=True)
            (site / "latest" / "index.html").write_text(LATEST, encoding="utf8")
    (site / ".nojekyll").touch()  # or GitHub Pages would leave out _static
    return wheel


def sitemap(site: Path, address: str) -> str:
    """Return the list of the book's pages for search engines; source listings are left out."""
    pages = sorted(
        path.relative_to(site).as_posix()
        # other languages lie in folders that are books themselves
        for edition in [site, *(path.parent for path in site.glob("*/index.html"))]
        for folder in ("book", "notebooks")
        for path in (edition / folder).rglob("*.html")
    )
    lines = [f"  <url><loc>{address}{page}</loc></url>" for page in pages]
    vocabulary = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>', f'<urlset xmlns="{vocabulary}">', *lines,
        "</urlset>", "",
    ])  # fmt: skip


def zip_site(site: Path, target: Path) -> None:
    """Pack the site into one folder of the same name: the same bytes for the same site."""
    files = {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file() and path.name not in (".nojekyll", ".buildinfo")
    }
    for name, data in files.items():
        if str(ROOT).encode() in data:
            raise ValueError(f"{name}: names the folder {ROOT} of this machine")
    files["README.txt"] = README.encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{target.stem}/{name}")  # of 1980, for all
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])


def write_setup() -> None:
    """Put the set-up cell into every chapter."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        before = path.read_text(encoding="utf8")
        notebook = aside.notebook(path)
        first_code_cell(notebook)["source"] = setup_cell()
        after = notebook_tool.dumps(notebook_tool.normalise(notebook))
        if after != before:
            path.write_text(after, encoding="utf8")
            print(f"{path.name}: written")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--setup":
        write_setup()
    else:
        made = publish(Path(sys.argv[1]), place(str(ROOT)), Path(sys.executable))
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        print(
            f"   {made.name}: {made.stat().st_size / 1e6:.1f} MB, sha256 {digest[:16]}"
        )
