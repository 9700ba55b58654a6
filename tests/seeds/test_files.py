"""What is computed is not lost, and what is read is what was written.

Each thing that lolakit keeps is written with a failure at every file operation in turn, and
read from files that were cut off, changed, or are others.
"""

import contextlib
import errno
import json
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

import lolakit as lk
from lolakit.__main__ import app
from lolakit.reproduce import players, storage
from lolakit.reproduce import run as reproduce
from lolakit.reproduce.catalogue import RESULTS
from lolakit.seeds import checkpoints, training

# --- failures -----------------------------------------------------------------------------

CHANGES = {
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.truncate",
    "test.save_file",
}  # fmt: skip


class Failing:
    """Counts changes of files below a folder, and lets one of them fail."""

    def __init__(self):
        self.root, self.count, self.at = None, 0, None
        sys.addaudithook(self)

    def __call__(self, event, args):
        if self.root is None or event not in CHANGES or not args:
            return
        if event == "open" and not (
            isinstance(args[1], str) and set(args[1]) & set("wxa+")
        ):
            return
        if str(args[0]).startswith(self.root):
            self.count += 1
            if self.count == self.at:
                raise OSError(errno.ENOSPC, f"no space left: {event}")

    @contextlib.contextmanager
    def below(self, root, at=None):
        self.root, self.count, self.at = str(root), 0, at
        try:
            yield
        finally:
            self.root = None


FAILING = Failing()


@pytest.fixture(autouse=True)
def _safetensors_is_seen(monkeypatch):
    """It is not written in Python; a failure leaves half of the file, as a full disk does."""
    save = checkpoints.save_file

    def save_file(arrays, file, words):
        save(arrays, file, words)
        try:
            sys.audit("test.save_file", str(file))
        except OSError:
            file.write_bytes(file.read_bytes()[:100])
            raise

    monkeypatch.setattr(checkpoints, "save_file", save_file)


class Work(NamedTuple):
    """Something that is kept on the way: how to do it, and how much of it was computed."""

    do: callable  # (folder) -> the result
    computed: list


@pytest.fixture
def reproducing(monkeypatch):
    computed = []

    def one(key):
        computed.append(1)
        return {"x": jax.random.normal(key, (2,)), "net": {"W": np.ones(3)}}

    result = RESULTS["mmaml"]._replace(
        runs=lambda sizes: {"a": one, "b": one}, sizes={"seeds": 3}, constants={}
    )
    monkeypatch.setitem(RESULTS, "mmaml", result)
    monkeypatch.setattr(reproduce, "rows", lambda name, done: [])
    monkeypatch.setattr(reproduce, "SAVE_EVERY", -1.0)  # after each seed

    def do(folder):
        done = CliRunner().invoke(app, ["reproduce", "mmaml", "--out", str(folder)])
        if done.exit_code == 1 and "No space" not in done.output + str(done.exception):
            raise OSError(done.output)
        if done.exit_code:
            raise OSError(errno.ENOSPC, done.output)
        runs = storage.read(folder / "mmaml.json")["runs"]
        return {
            label: {"x": run["x"], "W": run["net/W"]} for label, run in runs.items()
        }

    return Work(do, computed)


@pytest.fixture
def sweeping(monkeypatch):
    computed, fetch = [], jax.device_get
    monkeypatch.setattr(
        jax, "device_get", lambda x: computed.append(1) or fetch(x)
    )  # once for each chunk
    keys = jax.random.split(jax.random.key(0), 24)
    do = lambda folder: {
        "": {
            "x": lk.sweep(jax.random.normal, keys, chunk=8, progress=False, path=folder)
        }
    }
    return Work(do, computed)


@pytest.fixture
def trained():
    computed = []

    def step(state, key):
        jax.debug.callback(lambda: computed.append(1))
        return state + jax.random.normal(key, (2,)), state

    def do(folder):
        about, how = {"rate": 0.5}, {"save_every": 1, "progress": False}
        state, history = training.run(
            "walk", step, jnp.zeros(2), jax.random.key(0), 4, about=about,
            path=folder / "walk.safetensors", **how,
        )  # fmt: skip
        jax.effects_barrier()
        return {"": {"state": state, "history": history}}

    return Work(do, computed)


@pytest.mark.parametrize("name", ["reproducing", "sweeping", "trained"])
def test_a_failure_at_any_file_operation_loses_one_step_at_most(
    name, request, tmp_path
):
    """Of what was computed before it, all but what was just being kept is found again."""
    work = request.getfixturevalue(name)
    (tmp_path / "whole").mkdir()
    with FAILING.below(tmp_path):
        whole = work.do(tmp_path / "whole")
        operations = FAILING.count
    total = len(work.computed)
    assert operations >= 4 and total >= 3
    for at in range(1, operations + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        work.computed.clear()
        with FAILING.below(tmp_path, at), contextlib.suppress(OSError):
            work.do(folder)
        before = len(work.computed)
        got = work.do(folder)
        again = len(work.computed) - before
        assert before + again <= total + 1, f"operation {at}"
        jax.tree.map(np.testing.assert_array_equal, got, whole)
        assert not list(folder.rglob("*.unfinished")), "nothing is left behind"


def test_a_result_that_is_there_survives_every_failure_of_a_new_one(
    reproducing, tmp_path
):
    """With --force: the old result or the new one, never neither."""
    first = reproducing.do(tmp_path)
    words = ["reproduce", "mmaml", "--force", "--seeds", "2", "--out", str(tmp_path)]
    with FAILING.below(tmp_path):
        assert CliRunner().invoke(app, words).exit_code == 0
        operations = FAILING.count
    for at in range(1, operations + 1):
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        reproducing.do(tmp_path)
        with FAILING.below(tmp_path, at):
            CliRunner().invoke(app, words)
        seeds = len(storage.read(tmp_path / "mmaml.json")["runs"]["a"]["x"])
        assert seeds in (2, len(first["a"]["x"]))


@pytest.fixture
def small_disk(tmp_path):
    """A folder that holds 24 kB, where one can be made."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_there(small_disk):
    file = small_disk / "one.safetensors"
    checkpoints.save(file, "thing", {"x": np.arange(1000.0)})
    with pytest.raises(Exception, match="No space left"):
        checkpoints.save(file, "thing", {"x": np.arange(4000.0)})
    with pytest.raises(OSError, match="No space left"):
        checkpoints.replace(file, lambda path: path.write_bytes(bytes(40_000)))
    found = checkpoints.load(file, "thing", {"x": np.zeros(0)})
    np.testing.assert_array_equal(found["x"], np.arange(1000.0))
    assert [p.name for p in small_disk.iterdir()] == [file.name]


@pytest.mark.parametrize("kind", ["a folder", "a folder of the same name"])
def test_a_folder_in_the_way_is_seen_before_anything_is_computed(
    kind, reproducing, tmp_path
):
    (tmp_path / "mmaml.json").mkdir()
    done = CliRunner().invoke(app, ["reproduce", "mmaml", "--out", str(tmp_path)])
    assert done.exit_code == 2 and not reproducing.computed
    with pytest.raises(ValueError, match="expected a file, got a folder"):
        checkpoints.save(tmp_path, "thing", {"x": 1.0})
    with pytest.raises(ValueError, match="expected a file, got a folder"):
        checkpoints.load(tmp_path, "thing", {"x": 1.0})


# --- files that are others ----------------------------------------------------------------


def spoilt(data, others, rng):
    """Yield the bytes of a file: cut off, with one byte changed, swapped, and others."""
    for n in {
        0,
        1,
        7,
        8,
        9,
        len(data) // 2,
        len(data) - 1,
        *rng.integers(0, len(data), 20),
    }:
        yield data[:n]
    for n in {*range(12), *rng.integers(0, len(data), 60)}:
        yield data[:n] + bytes([data[n] ^ (1 << rng.integers(8))]) + data[n + 1 :]
    for _ in range(10):  # two parts change places
        a, b, c, d = np.sort(rng.integers(0, len(data), 4))
        yield data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
    yield from (
        data + b"\0",
        data * 2,
        b"{",
        b"{}",
        b"[]",
        b"[" * 100_000,
        b"null",
        *others,
    )


def only_right_or_refused(path, read, right, others=()):
    """Reading gives the right numbers, or a ValueError that names the file and a way out."""
    data, rng, refused = path.read_bytes(), np.random.default_rng(0), 0
    for changed in spoilt(data, others, rng):
        path.write_bytes(changed)
        try:
            got = read()
        except ValueError as error:
            refused += 1
            for words in (str(path), "expected", "got"):
                assert words in str(error), error
        else:
            jax.tree.map(np.testing.assert_array_equal, got, right)
    path.write_bytes(data)
    jax.tree.map(np.testing.assert_array_equal, read(), right)
    return refused


def test_a_spoilt_checkpoint_is_refused(tmp_path):
    path, tree = tmp_path / "a", {"x": np.arange(3.0), "n": np.arange(4)}
    checkpoints.save(tmp_path / "b", "thing", tree | {"x": np.arange(1.0, 4.0)}, "else")
    others = [(tmp_path / "b").read_bytes()]
    checkpoints.save(path, "thing", tree, "this")
    read = lambda: checkpoints.load(path, "thing", tree, "this")
    assert only_right_or_refused(path, read, tree, others) > 90


def test_a_spoilt_result_is_refused(tmp_path):
    path = tmp_path / "a.json"
    net = np.arange(6, dtype="float32").reshape(2, 3)
    runs = {"IPD": {"R": [[1.5, 2.0]], "net/W": net}}
    result = dict.fromkeys(storage.FIELDS, 0) | {"runs": runs}
    other = result | {"runs": {"IPD": {"R": [[1.5, 2.5]], "net/W": net}}}
    storage.write(other, path)
    words = path.read_text(encoding="utf8")
    swapped = words.replace("2.5", "2.0").encode()  # one's numbers, the other's hash
    storage.write(result, path)
    read = lambda: storage.read(path)["runs"]
    right = {"IPD": {"R": np.array(runs["IPD"]["R"]), "net/W": net}}
    assert only_right_or_refused(path, read, right, [swapped]) > 80


def test_spoilt_seeds_of_a_sweep_are_refused(tmp_path):
    keys = jax.random.split(jax.random.key(0), 12)

    def read(path=tmp_path):
        return lk.sweep(jax.random.normal, keys, chunk=8, progress=False, path=path)

    right = read()
    file = max(tmp_path.iterdir())
    assert only_right_or_refused(file, read, right) > 90


@pytest.mark.parametrize("change", [
    {"seeds": lambda x: x - 16}, {"seeds": lambda x: x[::-1]}, {"seeds": lambda x: x[:-1]},
    {"seeds": lambda x: np.zeros_like(x)}, {"seeds": lambda x: x.astype("int32")},
    {"out": lambda x: np.zeros(x.shape, "int64")}, {"out": lambda x: x[:-1]},
    {"out": lambda x: np.stack([x, x], 1)}, {"out": lambda x: x.astype("float32")},
    {"keys": lambda x: x[::-1]}, {"keys": lambda x: x[:0]},
    {"program": lambda x: x[:-1]}, {"program": lambda x: np.append(x, np.uint8(255))},
])  # fmt: skip
def test_a_chunk_with_a_right_hash_and_wrong_numbers_is_refused(tmp_path, change):
    """As another program might write it: shapes, types, ranges and order are asked for."""
    keys = jax.random.split(jax.random.key(0), 12)
    sweep = lambda: lk.sweep(
        jax.random.normal, keys, chunk=8, progress=False, path=tmp_path
    )
    sweep()
    file = max(tmp_path.iterdir())
    arrays = checkpoints.read(file, "finished seeds")
    ((name, changed),) = change.items()
    checkpoints.save(file, "finished seeds", arrays | {name: changed(arrays[name])})
    with pytest.raises(ValueError, match=rf"{file.name}: expected .*, got"):
        sweep()


# --- the table of a tournament ------------------------------------------------------------

STANDINGS = lk.Standings(
    ("NL", "LOLA"),
    np.linspace(-3, 0, 24).reshape(2, 2, 2, 3),
    np.full((2, 2, 2, 3), 0.5),
)
NAMES = lambda value: np.frombuffer(json.dumps(value).encode(), np.uint8)


def test_spoilt_standings_are_refused(tmp_path):
    path = tmp_path / "table.safetensors"
    checkpoints.save(path, "other things", {"R": STANDINGS.R})
    others = [path.read_bytes()]
    STANDINGS.save(path)
    read = lambda: lk.Standings.load(path)._asdict() | {"names": 0}
    right = STANDINGS._asdict() | {"names": 0}
    assert only_right_or_refused(path, read, right, others) > 90
    assert lk.Standings.load(path).names == STANDINGS.names


@pytest.mark.parametrize("change", [
    {"names": NAMES(["NL"])}, {"names": NAMES(["NL", "NL"])}, {"names": NAMES([1, 2])},
    {"names": NAMES("NL")}, {"names": NAMES([])}, {"names": NAMES({"NL": 1, "LOLA": 2})},
    {"names": np.zeros(3, np.uint8)}, {"names": np.full(3, 255, np.uint8)}, {"names": None},
    {"R": STANDINGS.R[:1]}, {"R": STANDINGS.R[..., :1]}, {"R": STANDINGS.R[..., 0]},
    {"R": STANDINGS.R.astype(int)}, {"R": STANDINGS.R * np.nan}, {"R": None},
    {"R": np.where(STANDINGS.R < -2, np.inf, 0.0)},
    {"cooperation": STANDINGS.cooperation[..., :2]}, {"cooperation": STANDINGS.cooperation * 3},
    {"cooperation": STANDINGS.cooperation * np.nan}, {"cooperation": -STANDINGS.cooperation},
    {"cooperation": STANDINGS.cooperation.astype(int)}, {"more": np.zeros(2)},
])  # fmt: skip
def test_standings_with_a_right_hash_and_wrong_numbers_are_refused(tmp_path, change):
    path = tmp_path / "table.safetensors"
    arrays = STANDINGS._asdict() | {"names": NAMES(STANDINGS.names)} | change
    kept = {name: x for name, x in arrays.items() if x is not None}
    checkpoints.save(path, "standings of a tournament", kept)
    with pytest.raises(ValueError, match=r"table\.safetensors: expected .*, got"):
        lk.Standings.load(path)


# --- the published starts -------------------------------------------------------------------


def test_published_starts_are_as_measured_or_refused(tmp_path, monkeypatch):
    right = players.PUBLISHED.read_text(encoding="utf8")
    copy = tmp_path / "starts.json"
    copy.write_text(right, encoding="utf8")
    expected = {name: players.published_starts(name) for name in players.GAMES}
    monkeypatch.setattr(players, "PUBLISHED", copy)
    kept = json.loads(right)
    assert np.array_equal(expected["IPD"], kept["starts"]["IPD"])
    assert expected["chicken"].shape == (10, 5) and not expected["chicken"][:, 1:].any()

    wrong = [right[:n] for n in range(0, len(right), 97)] + ["{", "{}", "[]", "null"]
    rows = kept["starts"]["IPD"]
    for spoilt in (rows[:-1], [row[:4] for row in rows], [[*rows[0][:4], None], *rows[1:]],
                   [[*rows[0][:4], float("nan")], *rows[1:]], "IPD", None):  # fmt: skip
        wrong.append(json.dumps({**kept, "starts": {**kept["starts"], "IPD": spoilt}}))
    for text in wrong:
        copy.write_text(text, encoding="utf8")
        with pytest.raises(ValueError, match=re.escape(str(copy))) as error:
            players.published_starts("IPD")
        assert "expected" in str(error.value) and "Install" in str(error.value)
    with pytest.raises(ValueError, match="name: expected one of"):
        players.published_starts("poker")
