"""Sweep: devices change nothing, and no size of batch hangs."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lolakit as lk
from lolakit.seeds import chunks

LEARNING = """
import sys
import jax
jax.config.update("jax_enable_x64", sys.argv[1] == "x64")
import numpy as np, optax
import lolakit as lk
game = lk.prisoners_dilemma()
V = lk.exact_values(game)
learner = lk.ascend(lk.lola(V, lookahead=1.0), optax.sgd(1.0), lk.normal_logits())
def run(key):
    (one, two), _ = lk.play(learner, learner, key, int(sys.argv[3]), record=lambda a, b: ())
    values = V(one[0], two[0])
    return {"V": values, "R": lk.per_step(values, game.gamma), "theta": one[0]}
keys = jax.random.split(jax.random.key(0), int(sys.argv[2]))
spread = []
fetch = jax.device_get
def watched(tree):
    spread.append([{x.device for x in jax.tree.leaves(part)} for part in tree])
    return fetch(tree)
jax.device_get = watched
out = lk.sweep(run, keys, chunk=int(sys.argv[4]), progress=False)
assert all(isinstance(x, jax.Array) for x in out.values())
assert out["V"].shape == (len(keys), 2) and np.isfinite(out["V"]).all()
n = min(len(jax.devices()), -(-len(keys) // max(int(sys.argv[4]), 8)))
assert all(len(parts) == n for parts in spread), spread
assert all(len(x) == 1 for parts in spread for x in parts), spread
assert all(len(set().union(*parts)) == n for parts in spread), spread
print(n)
np.savez(sys.argv[5], **out)
"""


def in_a_process(
    path, *, devices=1, x64=True, seeds=100, steps=50, chunk=4096, limit=300
):
    """Run LEARNING in a process of its own; return its results."""
    args = ["x64" if x64 else "x32", str(seeds), str(steps), str(chunk), str(path)]
    flags = f"--xla_force_host_platform_device_count={devices}"
    done = subprocess.run(
        [sys.executable, "-c", LEARNING, *args],
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
        timeout=limit, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(min(devices, -(-seeds // max(chunk, 8))))]
    return np.load(path)


@pytest.mark.slow
@pytest.mark.parametrize(("x64", "chunk", "devices"), [(True, 13, 3), (False, 20, 8)])
def test_one_device_and_several_give_the_same_bits(tmp_path, x64, chunk, devices):
    """100 seeds are eight chunks, three rounds of three devices; or five chunks, one round.

    Shared out evenly, the float32 seeds would run in batches of 13, in which the last
    digit of some R is another than in batches of 20.
    """
    setting = {"x64": x64, "chunk": chunk, "steps": 200}
    one = in_a_process(tmp_path / "1.npz", **setting)
    many = in_a_process(tmp_path / "many.npz", devices=devices, **setting)
    for key in one:
        np.testing.assert_array_equal(many[key], one[key])


@pytest.mark.slow
@pytest.mark.parametrize("x64", [True, False], ids=["float64", "float32"])
def test_twenty_thousand_seeds_return(tmp_path, x64):
    """LAPACK under a vmapped scan hung at 10 000 systems; nothing of ours may.

    The learning below takes about two seconds; five minutes is a hang.
    """
    in_a_process(tmp_path / "big.npz", x64=x64, seeds=20_000, steps=20, chunk=20_000)


def test_no_lapack_under_the_scan():
    """The reason that it returns: no custom call stands in the compiled program."""
    V = lk.exact_values(lk.prisoners_dilemma())
    rule = jax.vmap(lk.lola_unrolled(V, lookahead=1.0, steps=2))
    text = jax.jit(rule).lower(jnp.zeros((3, 5)), jnp.zeros((3, 5))).as_text()
    assert "custom_call" not in text


def test_sweep_is_vmap_over_any_pytree():
    keys = jax.random.split(jax.random.key(0), 10)

    def fn(key):
        x = jax.random.uniform(key, (3,))  # made of bits: in every program the same
        return {"x": x, "n": (x > 0.5).sum()}

    for chunk in (1, 4, 9, 10, 50):
        got = lk.sweep(fn, keys, chunk=chunk, progress=False)
        jax.tree.map(np.testing.assert_array_equal, got, jax.vmap(fn)(keys))


def test_progress_bar_counts_seeds(capsys):
    keys = jax.random.split(jax.random.key(0), 10)
    lk.sweep(lambda key: jax.random.normal(key), keys, chunk=4)
    assert "10/10" in capsys.readouterr().err
    lk.sweep(lambda key: jax.random.normal(key), keys)  # one chunk: no bar
    assert capsys.readouterr().err == ""


def noise(key):
    return {"x": jax.random.normal(key, (3,)), "sign": jax.random.normal(key) > 0}


def kept_noise(folder, number=20, **setting):
    keys = jax.random.split(jax.random.key(0), number)
    setting = {"chunk": 8, "progress": False, "path": folder} | setting
    return lk.sweep(noise, keys, **setting)


def same_noise(got):
    want = kept_noise(None, len(got["sign"]))
    jax.tree.map(np.testing.assert_array_equal, got, want)


@pytest.fixture
def computed(monkeypatch):
    """Return a list that gets the results of every chunk that is computed."""
    calls, fetch = [], jax.device_get
    monkeypatch.setattr(jax, "device_get", lambda x: calls.append(x) or fetch(x))
    return calls


def test_a_sweep_that_broke_off_goes_on(tmp_path, computed, monkeypatch):
    """Three chunks, of which the third is not written: the rerun computes the third."""
    keep, folder = chunks.keep, tmp_path / "new" / "kept"

    def full(path, sweep, seeds, out):
        if seeds[0] == 16:
            raise OSError("no space left on device")
        keep(path, sweep, seeds, out)

    monkeypatch.setattr(chunks, "keep", full)
    with pytest.raises(OSError, match="no space left"):
        kept_noise(folder)
    monkeypatch.setattr(chunks, "keep", keep)
    assert len(computed) == 3
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert len(before) == 2
    (folder / "00000016-00000019-killed.safetensors.unfinished").write_bytes(b"half")
    same_noise(kept_noise(folder))
    after = {file: file.stat().st_mtime_ns for file in folder.glob("*.safetensors")}
    assert len(after) == 3
    assert before.items() <= after.items()
    computed.clear()
    got = kept_noise(folder)
    assert computed == []
    same_noise(got)


def test_more_keys_after_the_same_ones(tmp_path, computed):
    same_noise(kept_noise(tmp_path, 20))
    computed.clear()
    got = kept_noise(tmp_path, 30)
    assert len(computed) == 2  # ten new seeds, in chunks of 8
    same_noise(got)


def test_the_bar_begins_with_what_is_finished(tmp_path, capsys, monkeypatch):
    same_noise(kept_noise(tmp_path, 20, progress=True))
    assert "20/20" in capsys.readouterr().err
    kept_noise(tmp_path, 50, progress=True)
    bar = capsys.readouterr().err
    assert "20/50" in bar
    assert "50/50" in bar


def test_two_runs_at_the_same_time_in_one_folder(tmp_path, monkeypatch):
    """A whole run happens while another writes its second chunk: nothing is lost."""
    keep, second = chunks.keep, []

    def meanwhile(path, sweep, seeds, out):
        if seeds[0] == 8 and not second:
            second.append(True)
            same_noise(kept_noise(tmp_path))
        keep(path, sweep, seeds, out)

    monkeypatch.setattr(chunks, "keep", meanwhile)
    same_noise(kept_noise(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1 + 2 + 2  # none was written over
    same_noise(kept_noise(tmp_path))


def test_a_folder_of_another_sweep_is_refused(tmp_path):
    """What came and what was expected is said; the folder stays as it is."""
    keys = jax.random.split(jax.random.key(0), 20)
    kept_noise(tmp_path)
    files = sorted(tmp_path.iterdir())

    def refused(match, fn=noise, keys=keys, chunk=8):
        with pytest.raises(ValueError, match=match):
            lk.sweep(fn, keys, chunk=chunk, progress=False, path=tmp_path)

    def doubled(key):
        return noise(key) | {"x": 2.0 * noise(key)["x"]}

    refused(
        r"expected other arrays, \(expected, got\) =.*out.*x", lambda k: noise(k)["x"]
    )
    refused(r"other arrays.*more.*float64.*None", lambda k: noise(k) | {"more": 1.0})
    refused("expected seeds of the program .*, got .*Any number inside", doubled)
    refused("expected .*9 seeds at a time.*, got .*8 seeds at a time", chunk=9)
    refused(r"expected the keys \[\[.*got \[\[.*seeds 0", keys=keys[::-1])
    refused("expected 12 keys or fewer, got key number 1[59]", keys=keys[:12])
    rbg = jax.random.split(jax.random.key(0, impl="rbg"), 20)
    refused("expected", keys=rbg)
    assert sorted(tmp_path.iterdir()) == files
    same_noise(kept_noise(tmp_path))
    (tmp_path / "other.safetensors").write_bytes(b"not one of ours")
    refused("expected a safetensors file")


def test_a_number_inside_the_function_is_part_of_the_program(tmp_path):
    """A step size, or an array that is closed over, to the last digit."""
    keys = jax.random.split(jax.random.key(0), 8)

    def fn(step, table):
        return lambda key: step * jax.random.normal(key, (3,)) + table

    table = jnp.arange(3.0)
    want = lk.sweep(fn(0.1, table), keys, path=tmp_path)
    for step, other in ((0.1, table.at[1].add(1e-15)), (0.1 + 1e-16, table)):
        with pytest.raises(ValueError, match="expected seeds of the program"):
            lk.sweep(fn(step, other), keys, path=tmp_path)
    got = lk.sweep(fn(0.1, jnp.arange(3.0)), keys, path=tmp_path)
    np.testing.assert_array_equal(got, want)


@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_input_is_refused():
    key = jax.random.key(0)
    for keys in (key, [key], None, jax.random.split(key, (2, 2)), jnp.arange(3.0)):
        with pytest.raises(ValueError, match="keys: expected a vector of keys"):
            lk.sweep(lambda k: k, keys)
    with pytest.raises(ValueError, match="at least one key"):
        lk.sweep(lambda k: k, jax.random.split(key, 0))
    with pytest.raises(ValueError, match="chunk: expected an integer of at least 1"):
        lk.sweep(lambda k: k, jax.random.split(key, 3), chunk=0)
    for path in (3, ["kept"]):
        with pytest.raises(ValueError, match="path: expected a folder or None"):
            lk.sweep(lambda k: k, jax.random.split(key, 3), path=path)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="path: expected a folder, got the file"):
        kept_noise(tmp_path / "file")


def test_without_jit_it_gives_the_same_numbers_and_can_be_looked_into(tmp_path):
    """jax.disable_jit() is what one tries first when something is wrong."""
    keys, seen = jax.random.split(jax.random.key(0), 10), []

    def fn(key):
        seen.append(key)
        return jax.random.normal(key, (2,))

    want = lk.sweep(fn, keys, chunk=8)
    with jax.disable_jit():
        got = lk.sweep(fn, keys, chunk=8)
        kept = lk.sweep(fn, keys, chunk=8, path=tmp_path)
        player = lambda game: lk.fixed(lk.tit_for_tat())
        table = lk.tournament({"TFT": player}, lk.prisoners_dilemma(), keys[0], num_steps=2,
                              seeds=2, progress=False)  # fmt: skip
    np.testing.assert_allclose(got, want, rtol=1e-12)
    np.testing.assert_allclose(kept, want, rtol=1e-12)
    np.testing.assert_allclose(table.R, -1.0, rtol=1e-6)
