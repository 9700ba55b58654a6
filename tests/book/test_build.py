"""tools/build.py: what an earlier build left is dropped when it is no longer true, else kept."""

import importlib
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def build(monkeypatch, tmp_path):
    """The module, on a small project that has been built."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    module = importlib.import_module("build")
    for name, path in {"ROOT": tmp_path, "BUILD": tmp_path / "_build",
                       "SITE": tmp_path / "_build" / "html"}.items():  # fmt: skip
        monkeypatch.setattr(module, name, path)
    monkeypatch.setattr(module.publish, "place", lambda _: ("", ""))
    for name in ("lolakit/a.py", "lolakit/js/a.js", "benchmarks/results.json", "_toc.yml",
                 "_config.yml", "constraints.txt", "book/_ext/a.py", "book/_static/a.css",
                 "_build/html/a", "_build/.jupyter_cache/a", "_build/.doctrees/a"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf8")
    (tmp_path / "_build/build-stamp.json").write_text(
        json.dumps(module.wanted()), encoding="utf8"
    )
    return module


def left(build):
    """What of the earlier build is still there."""
    return {name for name in ("html", ".jupyter_cache", ".doctrees")
            if (build.BUILD / name).exists()}  # fmt: skip


def test_with_nothing_changed_all_is_kept(build):
    build.forget_stale()
    assert left(build) == {"html", ".jupyter_cache", ".doctrees"}


@pytest.mark.parametrize("name", ["lolakit/a.py", "lolakit/js/a.js", "constraints.txt",
                                  "benchmarks/results.json"])  # fmt: skip
def test_a_change_of_the_library_runs_the_pages_again(build, name):
    (build.ROOT / name).write_text("changed", encoding="utf8")
    build.forget_stale()
    assert left(build) == set()


@pytest.mark.parametrize("name", ["_toc.yml", "_config.yml", "book/_ext/a.py",
                                  "book/_static/a.css"])  # fmt: skip
def test_a_change_of_the_book_s_looks_writes_all_pages_again(build, name):
    (build.ROOT / name).write_text("changed", encoding="utf8")
    build.forget_stale()
    assert left(build) == {".jupyter_cache"}


def test_a_complete_build_of_the_same_sources_is_taken_as_it_is(
    build, monkeypatch, capsys
):
    monkeypatch.setattr(build, "run", lambda _: 3)
    assert build.main() == 0
    assert "nothing has changed" in capsys.readouterr().out
    (build.ROOT / "book" / "page.md").write_text("new", encoding="utf8")
    assert build.main() == 3  # Sphinx knows which pages to read


@pytest.mark.parametrize("how", ["fails", "is interrupted"])
def test_after_a_build_that_did_not_end_the_pages_are_written_again(
    build, monkeypatch, how
):
    def run(command):
        assert command[1:3] == ["build", "."] and "-W" in command
        if how == "fails":
            return 1
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "run", run)
    (build.ROOT / "book" / "page.md").write_text("new", encoding="utf8")
    if how == "fails":
        assert build.main() == 1
    else:
        with pytest.raises(KeyboardInterrupt):
            build.main()
    build.forget_stale()
    assert not left(build) & {"html", ".doctrees"}


def test_noise_is_not_shown_and_a_warning_in_it_is(build, capfd):
    lines = r"print('reading sources... [ 50%] a\nreading x WARNING: bad\nsaid')"
    assert build.run([sys.executable, "-c", lines]) == 0
    assert capfd.readouterr().out.splitlines() == ["reading x WARNING: bad", "said"]


@pytest.fixture
def chinese(build, monkeypatch):
    """The module, on a project that has a Chinese edition; `calls` are the builds."""
    monkeypatch.setattr(build.translate, "LOCALE", build.ROOT / "book" / "locale")
    monkeypatch.setattr(build.translate, "words", lambda *_: {"A title": "标题"})
    (build.ROOT / "book/locale/zh_CN").mkdir(parents=True)
    (build.ROOT / "book/locale/zh_CN/done.txt").touch()
    (build.ROOT / "_config.yml").write_text(
        "title: A title\nexecute: {}\nsphinx: {local_extensions: {a: b}, config: {}}\n",
        encoding="utf8",
    )
    build.calls = []

    def run(command):
        build.calls.append(command)
        html = build.BUILD / "zh_CN" / "_build" / "html"
        html.mkdir(parents=True)
        (html / "index.html").write_text("<head></head>", encoding="utf8")
        return 0

    monkeypatch.setattr(build, "run", run)
    monkeypatch.setenv("LOLAKIT_LANGUAGE", "zh_CN")
    return build


def test_another_language_is_built_into_a_folder_of_the_site(chinese):
    assert chinese.main() == 0
    assert (chinese.SITE / "zh_CN" / "index.html").exists()
    (command,) = chinese.calls
    config = Path(command[command.index("--config") + 1]).read_text(encoding="utf8")
    assert "title: 标题" in config and "language: zh_CN" in config
    assert chinese.main() == 0 and len(chinese.calls) == 1  # nothing has changed
    done = chinese.ROOT / "book/locale/zh_CN/words.po"
    done.write_text("changed", encoding="utf8")
    assert chinese.main() == 0 and len(chinese.calls) == 2


def test_a_language_that_is_not_there_is_said_so(chinese, monkeypatch):
    monkeypatch.setenv("LOLAKIT_LANGUAGE", "de")
    with pytest.raises(SystemExit, match="en, zh_CN, or all; it is de"):
        chinese.main()
    monkeypatch.delenv("LOLAKIT_LANGUAGE")
    assert chinese.asked() == ["en"]
