"""tools/publish.py, tools/colab.py, book/_ext/repository.py: what the published book offers."""

import copy
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WHEEL = "lolakit-0.1.0-py3-none-any.whl"


def load(name):
    """Import a tool by its path, with its neighbours."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        spec = importlib.util.spec_from_file_location(
            f"tools_{name}", ROOT / "tools" / f"{name}.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(ROOT / "tools"))


publish, colab = load("publish"), load("colab")
assignments = load("assignments")
PUBLISHED = publish.Place("owner/name", "https://owner.github.io/name/")
NOWHERE = publish.Place("", "")


def read(path):
    return json.loads(path.read_text(encoding="utf8"))


def source(cell):
    return "".join(cell["source"])


# --- where a copy lives -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "remote", "expected"),
    [
        ({}, None, ("", "")),
        ({"GITHUB_REPOSITORY": "owner/name"}, None, PUBLISHED),
        ({}, "https://github.com/owner/name.git", PUBLISHED),
        ({}, "git@github.com:owner/name.git", PUBLISHED),
        ({}, "https://gitlab.com/owner/name.git", ("", "")),
        ({}, "/srv/copies/name", ("", "")),
        (
            {"GITHUB_REPOSITORY": "Owner/Name"},
            None,
            ("Owner/Name", "https://owner.github.io/Name/"),
        ),
        (
            {"GITHUB_REPOSITORY": "Owner/owner.github.io"},
            None,
            ("Owner/owner.github.io", "https://owner.github.io/"),
        ),
        ({"GITHUB_REPOSITORY": "owner/a b"}, None, ("", "")),
        (
            {
                "GITHUB_REPOSITORY": "owner/name",
                "LOLAKIT_ADDRESS": "https://book.example",
            },
            None,
            ("owner/name", "https://book.example/"),
        ),
        ({"LOLAKIT_ADDRESS": "http://localhost:1/"}, None, ("", "http://localhost:1/")),
    ],
)
def test_place(variables, remote, expected, tmp_path, monkeypatch):
    for name in ("GITHUB_REPOSITORY", "LOLAKIT_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    if remote:
        subprocess.run(
            ["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True
        )
    assert publish.place(str(tmp_path)) == expected


def test_doors_lead_to_the_repository_of_the_build():
    doors = PUBLISHED.doors("notebooks/01_x")
    assert list(doors) == ["Colab", "Kaggle", "Binder", "Codespaces"]
    assert all("owner/name" in address for _, address in doors.values())
    for name in ("Colab", "Kaggle"):
        assert doors[name][1].endswith("owner/name/blob/gh-pages/notebooks/01_x.ipynb")
    assert doors["Binder"][1].endswith(
        "owner/name/main?urlpath=lab/tree/notebooks/01_x.ipynb"
    )


def test_a_codespace_makes_the_book():
    about = read(ROOT / ".devcontainer" / "devcontainer.json")
    assert about["postCreateCommand"] == "make book"


# --- the set-up cell --------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_chapter_has_the_same_set_up_cell(path):
    cell = publish.first_code_cell(read(path))
    assert source(cell) == publish.setup_cell(), "run: python tools/publish.py --setup"


PIP = """
import pathlib, sys
pathlib.Path("pip-was-asked").write_text(" ".join(sys.argv[1:]))
if pathlib.Path("pip-fails").exists():
    sys.exit("no such wheel")
pathlib.Path({packages!r}, "lolakit.py").write_text("__version__ = 'of the wheel'")
"""


def run_setup(cell, folder):
    """Run it on a bare Python, with a pip that makes an empty lolakit; what was pip asked?"""
    packages = folder / "packages"
    (packages / "pip").mkdir(parents=True, exist_ok=True)
    (packages / "pip" / "__main__.py").write_text(
        PIP.format(packages=str(packages)), encoding="utf8"
    )
    (packages / "pip" / "__init__.py").touch()
    done = subprocess.run(  # -S: without the environment's own packages
        [sys.executable, "-S", "-c", cell + "\nprint(lk.__name__)"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    asked = folder / "pip-was-asked"
    return done, asked.read_text(encoding="utf8") if asked.exists() else None


def test_set_up_leaves_pip_alone_where_lolakit_is(tmp_path):
    (tmp_path / "packages").mkdir()
    here = f"__version__ = {publish.version()!r}"
    (tmp_path / "packages" / "lolakit.py").write_text(here, encoding="utf8")
    done, asked = run_setup(publish.setup_cell("http://localhost/x.whl"), tmp_path)
    assert done.stdout == "lolakit\n", done.stderr
    assert asked is None


@pytest.mark.parametrize("beside", [[], ["lolakit-0.1.0-py3-none-any (1).whl"]])
def test_set_up_says_what_to_do_where_there_is_no_wheel(tmp_path, beside):
    for name in beside:  # a browser's second download, which pip would refuse
        (tmp_path / name).touch()
    done, asked = run_setup(publish.setup_cell(), tmp_path)
    assert done.returncode == 1
    assert "ModuleNotFoundError: lolakit is not installed" in done.stderr
    assert "pip install -e ." in done.stderr
    assert "Files panel" in done.stderr
    assert asked is None


@pytest.mark.parametrize(
    ("published", "beside", "wheel"),
    [
        ("", [WHEEL], WHEEL),
        ("http://localhost/x.whl", [], "http://localhost/x.whl"),
        ("http://localhost/x.whl", [WHEEL], WHEEL),
        ("", [WHEEL, "lolakit-0.2.0-py3-none-any.whl"], "lolakit-0.2.0-py3-none-any.whl"),
        ("", ["lolakit-0.9.0-py3-none-any.whl", "lolakit-0.10.0-py3-none-any.whl"],
         "lolakit-0.10.0-py3-none-any.whl"),
    ],
)  # fmt: skip
def test_set_up_installs_the_wheel(tmp_path, published, beside, wheel):
    for name in beside:
        (tmp_path / name).touch()
    done, asked = run_setup(publish.setup_cell(published), tmp_path)
    assert done.stdout == "lolakit\n", done.stderr
    assert asked == f"install --quiet {wheel}"


def test_set_up_shows_what_pip_says_when_it_fails(tmp_path):
    (tmp_path / "pip-fails").touch()
    done, asked = run_setup(publish.setup_cell("http://localhost/x.whl"), tmp_path)
    assert done.returncode == 1
    assert "RuntimeError: pip could not install http://localhost/x.whl" in done.stderr
    assert "not been published yet" in done.stderr and "Files panel" in done.stderr
    assert "pip said: no such wheel" in done.stderr
    assert asked


def test_set_up_replaces_a_library_that_is_too_old(tmp_path):
    """With no wheel it says so; 0.0.9 is older than what this copy has."""
    (tmp_path / "packages").mkdir()
    old = tmp_path / "packages" / "lolakit.py"
    old.write_text("__version__ = '0.0.9'", encoding="utf8")
    done, asked = run_setup(publish.setup_cell(), tmp_path)
    assert "lolakit 0.0.9 is too old" in done.stderr and asked is None
    cell = publish.setup_cell("http://localhost/x.whl") + "\nprint(lk.__version__)"
    done, asked = run_setup(cell, tmp_path)
    assert done.stdout == "of the wheel\nlolakit\n", done.stderr
    assert asked


def test_a_release_moves_the_set_up_cell():
    import lolakit

    assert f'needed = "{lolakit.__version__}"' in publish.setup_cell()


def test_the_sitemap_names_the_pages_of_the_book(tmp_path):
    for page in ("book/intro.html", "notebooks/01_x.html", "_modules/x.html"):
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).touch()
    text = publish.sitemap(tmp_path, "https://owner.github.io/name/")
    found = re.findall("<loc>(.*?)</loc>", text)
    home = "https://owner.github.io/name"
    assert found == [f"{home}/book/intro.html", f"{home}/notebooks/01_x.html"]


# --- stamped notebooks ------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stamped_chapter_differs_in_badge_and_set_up_alone(path):
    chapter = read(path)
    before = copy.deepcopy(chapter)
    name = f"notebooks/{path.stem}"
    badge, *rest = publish.stamp(chapter, name, PUBLISHED, WHEEL)["cells"]
    assert chapter == before
    assert badge["cell_type"] == "markdown"
    link = f"/github/owner/name/blob/gh-pages/{name}.ipynb)"
    assert link in source(badge)
    address = f"https://owner.github.io/name/notebooks/{WHEEL}"
    setup = publish.first_code_cell({"cells": rest})
    (changed,) = (
        line for line in source(setup).splitlines()
        if line not in publish.setup_cell().splitlines()
    )  # fmt: skip
    assert changed.startswith(f'published = "{address}"  #')
    setup["source"] = publish.first_code_cell(chapter)["source"]
    assert rest == chapter["cells"]


def test_a_chapter_without_a_place_is_itself():
    chapter = read(NOTEBOOKS[0])
    assert publish.stamp(chapter, "notebooks/x", NOWHERE, WHEEL) == chapter


def test_a_chapter_with_an_address_alone_has_no_badge():
    chapter = read(NOTEBOOKS[0])
    here = publish.Place("", "http://localhost:1/")
    stamped = publish.stamp(chapter, "notebooks/x", here, WHEEL)
    assert len(stamped["cells"]) == len(chapter["cells"])
    assert f'"http://localhost:1/notebooks/{WHEEL}"' in source(
        publish.first_code_cell(stamped)
    )


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site of one downloadable chapter, and a wheel that takes no time to build."""

    def build(python, folder):
        (folder / WHEEL).write_bytes(b"a wheel")
        return folder / WHEEL

    monkeypatch.setattr(publish, "build_wheel", build)
    downloads = tmp_path / "site" / "_sources" / "notebooks"
    downloads.mkdir(parents=True)
    (downloads / NOTEBOOKS[0].name).write_text("as Sphinx left it", encoding="utf8")
    return tmp_path / "site"


def test_publish_fills_the_site(site):
    wheel = publish.publish(site, PUBLISHED, Path("python"))
    assert wheel == site / "notebooks" / WHEEL
    made = sorted((site / "notebooks").glob("*.ipynb"))
    assert [path.name for path in made] == [path.name for path in NOTEBOOKS]
    assert (site / ".nojekyll").exists()
    (download,) = (site / "_sources" / "notebooks").iterdir()
    assert download.read_bytes() == made[0].read_bytes()
    once = [path.read_bytes() for path in made]
    publish.publish(site, PUBLISHED, Path("python"))
    assert [path.read_bytes() for path in made] == once


def test_latest_leads_from_an_old_version_to_the_newest(site):
    old = publish.Place("owner/name", "https://owner.github.io/name/v1.2.0/")
    publish.publish(site, old, Path("python"))
    assert not (site / "latest").exists()
    assert old.newest() == "https://owner.github.io/name/latest/"
    publish.publish(site, PUBLISHED, Path("python"))
    assert "url=../index.html" in (site / "latest" / "index.html").read_text(
        encoding="utf8"
    )
    assert PUBLISHED.newest() == NOWHERE.newest() == ""
    assert publish.Place("", "https://example.org/views/").newest() == ""


def test_the_foot_says_the_version_and_where_to_write():
    page_foot = pytest.importorskip("page_foot")
    assert page_foot.foot(NOWHERE, "book/a", "1.2.0") == (
        "<p>Version <span>1.2.0</span></p>"
    )
    text = page_foot.foot(PUBLISHED, "book/a", "1.2.0")
    (link,) = re.findall('href="([^"]+)"', text)
    asked = urllib.parse.urlsplit(link.replace("&amp;", "&"))
    assert asked.path == "/owner/name/issues/new"
    about = urllib.parse.parse_qs(asked.query)
    assert about["title"] == ["book/a: "]
    assert about["body"] == [
        "https://owner.github.io/name/book/a.html, version 1.2.0\n\n"
    ]
    assert "issues" not in page_foot.foot(PUBLISHED, "", "1.2.0")


def test_without_a_place_the_site_has_the_chapters_byte_for_byte(site):
    publish.publish(site, NOWHERE, Path("python"))
    for path in NOTEBOOKS:
        assert (site / "notebooks" / path.name).read_bytes() == path.read_bytes()


def test_the_wheel_is_the_same_each_time_and_alone(tmp_path):
    pytest.importorskip("hatchling")
    (tmp_path / "lolakit-0.0.1-py3-none-any.whl").touch()
    once = publish.build_wheel(Path(sys.executable), tmp_path).read_bytes()
    again = publish.build_wheel(Path(sys.executable), tmp_path)
    assert again.read_bytes() == once
    assert list(tmp_path.iterdir()) == [again]


# --- the zip ----------------------------------------------------------------------------------


def test_zip_is_one_folder_and_the_same_bytes_each_time(tmp_path):
    site = tmp_path / "site"
    (site / "_static").mkdir(parents=True)
    for name in ("index.html", "_static/a.css", ".nojekyll", ".buildinfo"):
        (site / name).write_text(name, encoding="utf8")
    first, second = tmp_path / "1" / "book-1.zip", tmp_path / "2" / "book-1.zip"
    for target, time in ((first, 1_000_000_000), (second, 1_700_000_000)):
        target.parent.mkdir()
        for path in site.rglob("*"):
            os.utime(path, (time, time))
        publish.zip_site(site, target)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = {"book-1/README.txt", "book-1/_static/a.css", "book-1/index.html"}
        assert set(archive.namelist()) == names
        assert b"Open index.html" in archive.read("book-1/README.txt")


def test_zip_refuses_a_path_of_this_machine(tmp_path):
    (tmp_path / "index.html").write_text(f"made in {ROOT}", encoding="utf8")
    with pytest.raises(ValueError, match=r"index\.html: names the folder"):
        publish.zip_site(tmp_path, tmp_path.parent / "book.zip")


# --- the proof on Colab's versions ------------------------------------------------------------

BEFORE = {"jax": ("0.7.2", None)}
NOTE = {
    "url": "http://localhost/x.whl",
    "archive_info": {
        "hash": "sha256=96f3df2bd4d6b4e8ba24ed6ee3d6f1ce5f6ac0cf3e62eea41a86e8f2f1d4b0ac"
    },
}


def installed(**changes):
    note = copy.deepcopy(NOTE)
    note["archive_info"]["hash"] = f"sha256={colab.hashlib.sha256(b'w').hexdigest()}"
    note.update(changes)
    return ("0.1.0", json.dumps(note))


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (BEFORE, {**BEFORE, "lolakit": installed(), "tqdm": ("4", None)}, None),
        (BEFORE, {"jax": ("0.10.2", None), "lolakit": installed()}, "became 0.10.2"),
        (BEFORE, {"lolakit": installed()}, "became nothing"),
        (BEFORE, BEFORE, "was not installed"),
        (
            {**BEFORE, "lolakit": installed()},
            {**BEFORE, "lolakit": installed()},
            "before the notebook",
        ),
        (BEFORE, {**BEFORE, "lolakit": ("0.1.0", None)}, "came from None"),
        (BEFORE, {**BEFORE, "lolakit": installed(url="http://x/")}, "came from http"),
        (
            BEFORE,
            {**BEFORE, "lolakit": installed(archive_info={"hash": "sha256=0"})},
            "not the one that was built",
        ),
    ],
)
def test_complaints_about_what_a_set_up_cell_did(before, after, word):
    found = colab.complaints(before, after, NOTE["url"], b"w")
    assert bool(found) == bool(word)
    if word:
        assert word in found[0]


def test_served_gives_the_folder_on_this_machine_alone(tmp_path):
    (tmp_path / "x.txt").write_text("here", encoding="utf8")
    with colab.served(tmp_path) as address:
        assert address.startswith("http://127.0.0.1:")
        with colab.urllib.request.urlopen(f"{address}x.txt") as answer:
            assert answer.read() == b"here"


def test_the_readme_of_a_pack_gives_the_cell_that_is_run():
    readme = assignments.readme("a1", WHEEL)
    cell = colab.first_cell(readme).splitlines()
    assert cell[:2] == ["!unzip -qo a1-student.zip", f"%pip install -q ./{WHEEL}"]
    assert cell[2:] == [f"%pip install -q --no-deps {assignments.OTTER_CHECKS}"]
    assert assignments.OTTER_CHECKS.startswith(assignments.OTTER)


def test_checks_are_read_from_the_outputs():
    def asked(question, *said):
        outputs = [{"name": "stderr", "text": ["a remark"]}]
        outputs += [{"data": {"text/plain": [text]}} for text in said]
        return {"source": [f'grader.check("{question}")'], "outputs": outputs}

    cells = [
        {"source": ["# grader.check"]},
        asked("q1", "q1 results: All test cases passed!"),
        asked("q2", "q2 results:\n    q2 - 1 result: Test case failed"),
        asked("q3"),
    ]
    found = colab.checks({"cells": cells})
    assert found == {"q1": True, "q2": False, "q3": False}


# --- the branch of the site -------------------------------------------------------------------


def git(folder, *words):
    done = subprocess.run(
        ["git", "-C", folder, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_pages_puts_the_site_on_its_branch_and_leaves_the_checkout(
    tmp_path, monkeypatch
):
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "a")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@example.org")
    remote, checkout = tmp_path / "remote", tmp_path / "checkout"
    git(tmp_path, "init", "-q", "--bare", remote)
    git(tmp_path, "clone", "-q", remote, checkout)
    (checkout / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "pages", checkout / ".ci" / "pages")
    (checkout / ".gitignore").write_text("_build/\n_static/\n", encoding="utf8")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "source")
    html = checkout / "_build" / "html"
    (html / "_static").mkdir(parents=True)
    for name in (".nojekyll", "index.html", "_static/a.css"):
        (html / name).write_text(name, encoding="utf8")
    for _ in range(2):
        subprocess.run([checkout / ".ci" / "pages"], check=True, capture_output=True)
        files = git(remote, "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
        assert sorted(files) == [".nojekyll", "_static/a.css", "index.html"]
        assert git(remote, "rev-list", "--count", "gh-pages") == "1"
        assert git(checkout, "status", "--porcelain") == ""
        assert git(checkout, "ls-files").splitlines() == [".ci/pages", ".gitignore"]


# --- the buttons ------------------------------------------------------------------------------

CHAPTER = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
    },
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# A chapter"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "source": "1",
            "execution_count": None,
            "outputs": [],
        },
    ],
}
PAGE = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# Code in Markdown

```{code-cell}
2
```
"""
TOC = """\
format: jb-book
root: book/intro
chapters:
  - file: book/how-to-use
  - file: notebooks/01_x
"""


@pytest.fixture(params=["owner/name", ""], ids=["owner", "no owner"])
def pages(request, tmp_path):
    """The pages of a small book that is configured as ours; and the owner."""
    pytest.importorskip("jupyter_book")
    book = tmp_path / "a-book"
    book.mkdir()
    for name in ("_config.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, book)
    for name in ("_ext", "_static"):
        shutil.copytree(ROOT / "book" / name, book / "book" / name)
    shutil.copytree(ROOT / "tools", book / "tools")  # its extensions import from there
    (book / "book" / "references.bib").touch()
    (book / "_toc.yml").write_text(TOC, encoding="utf8")
    (book / "book" / "intro.md").write_text(
        "# Begin\n\nThe {wheel}`wheel`.\n", encoding="utf8"
    )
    (book / "book" / "how-to-use.md").write_text(PAGE, encoding="utf8")
    (book / "notebooks").mkdir()
    (book / "notebooks" / "01_x.ipynb").write_text(json.dumps(CHAPTER), encoding="utf8")
    env = {**os.environ, "GITHUB_REPOSITORY": request.param, "LOLAKIT_ADDRESS": ""}
    done = subprocess.run(
        [Path(sys.executable).parent / "jupyter-book", "build", book, "-W", "-n"],
        env=env, cwd=book, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    html = book / "_build" / "html"
    names = ("notebooks/01_x", "book/how-to-use", "book/intro")
    return request.param, {
        name: (html / f"{name}.html").read_text(encoding="utf8") for name in names
    }


def links(page):
    return set(re.findall(r'href="([^"]+)"', page))


@pytest.mark.slow
def test_links_to_the_wheel_and_buttons_that_are_the_owners_or_not_there(pages):
    owner, page = pages
    (version,) = re.findall(
        r'^__version__ = "(.+)"$',
        (ROOT / "lolakit" / "__init__.py").read_text(encoding="utf8"),
        re.M,
    )
    wheel = f"../notebooks/lolakit-{version}-py3-none-any.whl"  # publish puts it there
    assert wheel in links(page["book/intro"])
    github = {
        name: sorted(x for x in links(text) if x.startswith("https://github.com"))
        for name, text in page.items()
    }
    opened = (
        "https://colab.research.google.com/github/owner/name/blob/gh-pages/notebooks/"
    )
    colab_links = {
        name: sorted(link for link in links(text) if "colab.research" in link)
        for name, text in page.items()
    }
    if not owner:
        assert set(map(tuple, github.values())) == {()}
        assert set(map(tuple, colab_links.values())) == {()}
        by_hand = "../book/how-to-use.html#run-it-in-colab"
        assert by_hand in links(page["notebooks/01_x"])
        assert 'rel="canonical"' not in page["book/intro"]
        return
    home = "https://github.com/owner/name"
    for name, suffix in (
        ("notebooks/01_x", ".ipynb"),
        ("book/how-to-use", ".md"),
        ("book/intro", ".md"),
    ):
        # the menu's and the foot's link to a new issue say different things of the page
        found = {link.split("?")[0] for link in github[name]}
        assert sorted(found) == [
            home, f"{home}/edit/main/{name}{suffix}", f"{home}/issues/new"
        ]  # fmt: skip
    # also not on a page that is Markdown with code in it: Colab opens notebooks alone
    assert colab_links == {
        "notebooks/01_x": [f"{opened}01_x.ipynb"],
        "book/how-to-use": [],
        "book/intro": [],
    }
    others = ("www.kaggle.com", "mybinder.org", "codespaces.new")
    for name, text in page.items():
        there = [any(other in link for link in links(text)) for other in others]
        assert there == [name == "notebooks/01_x"] * 3
    assert "_static/card.png" in page["book/intro"]
    canonical = "https://owner.github.io/name/book/intro.html"
    assert f'<link rel="canonical" href="{canonical}"' in page["book/intro"]
