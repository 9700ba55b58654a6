"""Sweep: chunks and devices change nothing, and no size of batch hangs."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lolakit as lk

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
    return {"V": V(one[0], two[0]), "theta": one[0]}
keys = jax.random.split(jax.random.key(0), int(sys.argv[2]))
spread = []
fetch = jax.device_get
def watched(tree):
    spread.append({(len(x.sharding.device_set), x.is_fully_replicated)
                   for x in jax.tree.leaves(tree)})
    return fetch(tree)
jax.device_get = watched
out = lk.sweep(run, keys, chunk=int(sys.argv[4]), progress=False)
assert all(isinstance(x, jax.Array) for x in out.values())
assert out["V"].shape == (len(keys), 2) and np.isfinite(out["V"]).all()
n = len(jax.devices())
assert all(s == {(n, n == 1)} for s in spread), spread
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
    assert done.stdout.split() == [str(devices)]
    return np.load(path)


def test_one_device_and_eight_give_the_same_numbers(tmp_path):
    """100 seeds do not divide by 8, nor by chunks of 72: the filling is dropped again."""
    one = in_a_process(tmp_path / "1.npz")
    for name, setting in {"8": {"devices": 8}, "c": {"devices": 8, "chunk": 9}}.items():
        many = in_a_process(tmp_path / f"{name}.npz", **setting)
        for key in one:
            np.testing.assert_array_equal(many[key], one[key])


@pytest.mark.parametrize("x64", [True, False], ids=["float64", "float32"])
def test_one_seed_a_device_gives_the_same_numbers_too(tmp_path, x64):
    """200 updates stretch a last digit to another outcome, so not one may differ."""
    setting = {"x64": x64, "seeds": 8, "steps": 200}
    one = in_a_process(tmp_path / "1.npz", **setting)
    many = in_a_process(tmp_path / "8.npz", devices=8, **setting)
    chunked = in_a_process(tmp_path / "c.npz", chunk=1, **setting)
    for key in one:
        np.testing.assert_array_equal(many[key], one[key])
        np.testing.assert_array_equal(chunked[key], one[key])


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
        x = jax.random.normal(key, (3,))
        return {"x": x, "n": (x > 0).sum()}

    for chunk in (1, 4, 9, 10, 50):
        got = lk.sweep(fn, keys, chunk=chunk, progress=False)
        jax.tree.map(np.testing.assert_array_equal, got, jax.vmap(fn)(keys))


def test_progress_bar_counts_seeds(capsys):
    keys = jax.random.split(jax.random.key(0), 10)
    lk.sweep(lambda key: jax.random.normal(key), keys, chunk=4)
    assert "10/10" in capsys.readouterr().err
    lk.sweep(lambda key: jax.random.normal(key), keys)  # one chunk: no bar
    assert capsys.readouterr().err == ""


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
