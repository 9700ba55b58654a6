"""Sweep over processes: the same bits, a death that ends the others, chunks that stay.

The processes are on this machine and use the CPU. What they run is the script of the page
"Beyond one machine", as it stands there. Whoever dies, dies at a chunk of its own count:
nothing waits for a moment to pass. LIMIT only ends what hangs.
"""

import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "book" / "scripts" / "seeds.py"
SEEDS, CHUNK = 130, 40  # four chunks, the last not full
LIMIT = 240
HEARTBEAT = 6

CHILD = """
import os, runpy, signal, sys
import jax
import numpy as np
import lolakit as lk
from lolakit.seeds import processes
script, out, cheap, death = sys.argv[1], sys.argv[2], sys.argv[3] == "True", int(sys.argv[4])
def chaos(one, two, key, num_steps):
    x = jax.random.uniform(key, (2, 5))
    x = jax.lax.fori_loop(0, num_steps, lambda i, x: 3.9 * x * (1 - x), x)
    return ((x[:1], x[1:]), None)
lk.play = chaos if cheap else lk.play
chunks, together = [], processes.together
def watched(work, *args):
    if work.__name__ == "compute":
        chunks.append(args)
        if len(chunks) == death:
            os.kill(os.getpid(), signal.SIGKILL)
    return together(work, *args)
processes.together = watched
sys.argv = [script, *sys.argv[5:]]
np.save(out, runpy.run_path(script, run_name="__main__")["R"])
"""


def start(*command, devices=1, **variables):
    """Start a Python process with its own virtual devices, and none of our proxies."""
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    flags = f"--xla_force_host_platform_device_count={devices}"
    env |= {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags, **variables}
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ends(*running):
    """Wait for all; return what each wrote to stderr, and its exit status."""
    try:
        said = [process.communicate(timeout=LIMIT)[1] for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
    return [(text, p.returncode) for text, p in zip(said, running, strict=True)]


def fine(*running):
    for text, code in ends(*running):
        assert code == 0, text


def seeds(out, *args, cheap=True, death=0, **setting):
    """Start the page's script; what it calls R goes to `out`, from every process.

    If `cheap`, a chaotic map stands in for learning: it is compiled sooner, and stretches
    a last digit to another outcome too. Number `death` is the chunk to be killed at.
    """
    args = ["--seeds", SEEDS, "--chunk", CHUNK, "--out", f"{out}.script.npy", *args]
    return start("-c", CHILD, SCRIPT, out, cheap, death, *args, **setting)


def address():
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return f"localhost:{free.getsockname()[1]}"


def pair(folder, *args, deaths=(0, 0)):
    """Start two processes, told by arguments who they are and when they die."""
    args = ["--several", "--coordinator", address(), "--processes", 2, *args]
    return [
        seeds(folder / f"pair{i}.npy", "--process", i, *args, death=deaths[i])
        for i in (0, 1)
    ]  # fmt: skip


def contents(folder):
    """Return the time of each file in `folder`, and how often it holds each seed."""
    files = sorted(folder.rglob("*.safetensors"))
    held = Counter(int(i) for file in files for i in load_file(file)["seeds"])
    return {file: file.stat().st_mtime_ns for file in files}, held


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """Return R of the cheap script on one device."""
    out = tmp_path_factory.mktemp("one") / "R.npy"
    fine(seeds(out))
    R = np.load(out)
    assert R.shape == (SEEDS, 2)
    assert len(np.unique(R)) > SEEDS
    return R


@pytest.mark.slow
def test_the_script_of_the_page_gives_the_same_bits_in_two_processes(tmp_path):
    """The two find each other as they would under SLURM, from the environment."""
    slurm = {
        "SLURM_JOB_ID": "1", "SLURM_STEP_NODELIST": "localhost", "SLURM_NTASKS": "2",
        "SLURM_STEP_NUM_NODES": "1", "JAX_COORDINATOR_ADDRESS": address(),
    }  # fmt: skip
    two = [
        seeds(tmp_path / f"{i}.npy", "--several", cheap=False,
              **slurm, SLURM_PROCID=str(i), SLURM_LOCALID=str(i))
        for i in (0, 1)
    ]  # fmt: skip
    args = ["--seeds", SEEDS, "--chunk", CHUNK, "--out", tmp_path / "one.npy"]
    fine(start(SCRIPT, *args), *two)
    one = np.load(tmp_path / "one.npy")
    assert -1.1 < one.mean() < -1.0  # LOLA learners cooperate
    for name in ("0", "1", "0.npy.script"):
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), one)
    assert not (tmp_path / "1.npy.script.npy").exists()


@pytest.mark.slow
def test_eight_devices_give_the_same_bits(one, tmp_path):
    fine(seeds(tmp_path / "eight.npy", devices=8))
    np.testing.assert_array_equal(np.load(tmp_path / "eight.npy"), one)


@pytest.mark.slow
def test_a_process_dies_and_a_rerun_computes_what_is_missing(one, tmp_path):
    """Process 1 is killed in the second round: the 80 seeds of the first are kept.

    The rerun is one process with eight devices, which takes the other 50 at once. It
    need not wait for process 0, which JAX ends after HEARTBEAT seconds.
    """
    kept = tmp_path / "kept"
    first, second = pair(
        tmp_path, "--path", kept, "--heartbeat", HEARTBEAT, deaths=(0, 2)
    )
    ((_, killed),) = ends(second)
    assert killed == -9
    before, held = contents(kept)
    assert len(before) == 1
    assert held == Counter(range(80))
    rerun = seeds(tmp_path / "rerun.npy", "--path", kept, devices=8)
    (said, code), (problem, fault) = ends(first, rerun)
    assert code != 0
    assert "process 0 of 2: no answer from another process" in said
    assert fault == 0, problem
    np.testing.assert_array_equal(np.load(tmp_path / "rerun.npy"), one)
    after, held = contents(kept)
    assert len(after) == 2
    assert held == Counter(range(SEEDS))
    assert before.items() <= after.items()


@pytest.mark.slow
def test_the_jobs_of_an_array_and_the_one_that_collects(one, tmp_path):
    """Two jobs, each its part of the seeds; then one that finds all finished."""
    args = ["--path", tmp_path / "kept", "--parts", 2]
    fine(*[seeds(tmp_path / f"{i}.npy", *args, "--part", i) for i in range(2)])
    before, held = contents(tmp_path / "kept")
    assert held.total() == SEEDS
    parts = [np.load(tmp_path / f"{i}.npy") for i in range(2)]
    np.testing.assert_array_equal(np.concatenate(parts), one)
    fine(seeds(tmp_path / "all.npy", *args))
    assert contents(tmp_path / "kept")[0] == before
    np.testing.assert_array_equal(np.load(tmp_path / "all.npy"), one)


TROUBLE = """
import sys
import jax, numpy as np, pytest
import jax.numpy as jnp
import lolakit as lk
rank, folder = int(sys.argv[1]), sys.argv[3]
jax.distributed.initialize(sys.argv[2], 2, rank)
keys = jax.random.split(jax.random.key(0), 20)
def fn(key, extra=0.0):
    x = jax.random.normal(key, (3,))
    return {"x": x + extra, "n": (x > 0).sum(), "b": x[0] > 0, "minus": -0.0 * jnp.abs(x)}
def refused(kind, text, fn, keys=keys, **setting):
    with pytest.raises(kind, match=text):
        lk.sweep(fn, keys, progress=False, **setting)
other = "expected the same in every process, got another in process 1 than in process 0"
refused(ValueError, "fn: " + other, lambda key: fn(key, float(rank)))
refused(ValueError, "keys: " + other, fn, keys[rank:])
refused(ValueError, "keys: " + other, fn, keys[::1 - 2 * rank])
refused(ValueError, "chunk: " + other, fn, chunk=8 + rank)
refused(ValueError, "path: " + other, fn, path=[folder, None][rank])
want = jax.vmap(fn)(keys)
def check(**setting):
    got = lk.sweep(fn, keys, progress=False, **setting)
    for name, x in want.items():
        assert got[name].dtype == x.dtype and got[name].is_fully_addressable
        assert np.asarray(got[name]).tobytes() == np.asarray(x).tobytes(), name
check()
check(chunk=9)
# What process 0 has read reaches process 1, to the sign of zero, and is gone on from.
lk.sweep(fn, keys[:16], chunk=8, path=folder)
check(chunk=8, path=folder)
check(chunk=8, path=folder)
# What fails in one process is said in the other, and neither waits for the other.
words = [(ValueError, "expected the keys"), (RuntimeError, "process 0 failed")][rank]
refused(*words, fn, keys[::-1], chunk=8, path=folder)
def broken(x):
    if rank == 1:
        raise OSError("no space left")
    return x
def call(key):
    x = fn(key)["x"]
    return jax.pure_callback(broken, x, x, vmap_method="expand_dims")
words = [(RuntimeError, "process 1 failed"), (Exception, "no space left")][rank]
refused(*words, call, chunk=8)
check(chunk=8)
"""


@pytest.mark.slow
def test_what_goes_wrong_in_one_process_is_said_in_both(tmp_path):
    args = [address(), tmp_path / "kept"]
    fine(*[start("-c", TROUBLE, i, *args, devices=2) for i in (0, 1)])
