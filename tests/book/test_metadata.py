"""tools/metadata.py: what a package index shows, from the build's environment alone."""

import email
import importlib.util
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location(
    "tools_metadata", ROOT / "tools" / "metadata.py"
)
metadata = importlib.util.module_from_spec(spec)
spec.loader.exec_module(metadata)

FULL = metadata.Place("owner/name", "https://owner.github.io/name/")
GITHUB = metadata.Place("owner/name", "")
ADDRESS = metadata.Place("", "https://book.example/")
NOWHERE = metadata.Place("", "")
README = (ROOT / "README.md").read_text(encoding="utf8")


@pytest.mark.parametrize(("text", "here", "expected"), [
    ("[a](notebooks/1_x.ipynb)", FULL, "[a](https://owner.github.io/name/notebooks/1_x.html)"),
    ("[a](book/x.md#b)", ADDRESS, "[a](https://book.example/book/x.html#b)"),
    ("[a](book/x.md)", GITHUB, "[a](https://github.com/owner/name/blob/main/book/x.md)"),
    ("![a](book/_static/x.png)", FULL, "![a](https://owner.github.io/name/_static/x.png)"),
    ("![a](book/_static/x.png)", GITHUB,
     "![a](https://github.com/owner/name/raw/main/book/_static/x.png)"),
    ("see [`a` [b]](LICENSE).", NOWHERE, "see `a` [b]."),
    ("![a](book/_static/x.png)", NOWHERE, ""),
    ("[a](https://x.example) [b](#c)", FULL, "[a](https://x.example) [b](#c)"),
])  # fmt: skip
def test_a_link_of_the_readme(text, here, expected):
    assert metadata.readme(text, here) == expected


@pytest.mark.parametrize("here", [FULL, GITHUB, ADDRESS, NOWHERE])
def test_no_link_of_our_readme_stays_relative(here):
    text = metadata.readme(README, here)
    assert README.count("](") > 12
    assert not re.findall(r"\]\((?!https://)", text)
    assert metadata.readme(text, here) == text
    code = re.findall(r"^```.*?^```", README, re.M | re.S)
    assert code == re.findall(r"^```.*?^```", text, re.M | re.S)


def test_files_that_the_readme_links_are_there():
    for _, _, path in metadata.LINK.findall(README):
        assert (ROOT / path).is_file(), path


def test_addresses_are_those_of_the_build_or_none():
    assert metadata.urls(NOWHERE) == {}
    assert metadata.urls(ADDRESS) == {"Homepage": "https://book.example/"}
    assert set(metadata.urls(FULL)) == {"Homepage", "Source", "Issues", "Changelog"}
    assert "Homepage" not in metadata.urls(GITHUB)
    assert "[project.urls]" not in (ROOT / "pyproject.toml").read_text(encoding="utf8")


@pytest.mark.parametrize("repository", ["", "owner/name"])
def test_a_built_wheel_says_where_it_is_from(tmp_path, monkeypatch, repository):
    pytest.importorskip("hatchling")
    monkeypatch.setenv("GITHUB_REPOSITORY", repository or "nowhere")  # no such name
    monkeypatch.delenv("LOLAKIT_ADDRESS", raising=False)
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        tmp_path,
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        said = email.message_from_string(archive.read(name).decode())
    found = said.get_all("Project-URL") or []
    assert all("/owner/name" in url or "owner.github.io/name" in url for url in found)
    assert len(found) == (4 if repository else 0)
    assert said["Description-Content-Type"] == "text/markdown"
    assert "# Opponent shaping" in said.get_payload()
    assert "](book/" not in said.get_payload()


def test_a_tag_has_to_agree_with_version_citation_and_changelog(tmp_path):
    (tmp_path / "lolakit").mkdir()
    files = {
        "lolakit/__init__.py": '__version__ = "1.2.3"\n',
        "CITATION.cff": "title: x\nversion: 1.2.3\ndate-released: 2026-12-01\n",
        "CHANGELOG.md": "# Changelog\n\n## [1.2.3] - 2026-12-01\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    assert not metadata.complaints(tmp_path, "v1.2.3")
    assert "tag is v1.2" in metadata.complaints(tmp_path, "v1.2")[0]
    for name, old, new, word in [
        ("CITATION.cff", "version: 1.2.3", "version: 1.2.2", "another version"),
        ("CITATION.cff", "date-released: 2026-12-01\n", "", "needs one line"),
        ("CHANGELOG.md", "2026-12-01", "2026-12-02", "no heading"),
    ]:
        (tmp_path / name).write_text(files[name].replace(old, new), encoding="utf8")
        (found,) = metadata.complaints(tmp_path, "v1.2.3")
        assert word in found
        (tmp_path / name).write_text(files[name], encoding="utf8")
