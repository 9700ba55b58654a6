"""Every test runs in float64, with JAX's strict promotion and with shapes checked."""

import os
import tempfile
from pathlib import Path

# Before JAX starts. XLA's older way to make loops of fused operations compiles in half the time.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters"
)

import jax
from hypothesis import Phase, settings
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

# Many tests compile the same program again: in one run, over all of its processes, it is
# compiled once. The first process makes the folder, and those that it starts inherit it.
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    _programs = tempfile.TemporaryDirectory(prefix="lolakit-tests-")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = _programs.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
jax.config.update("jax_compilation_cache_dir", os.environ["JAX_COMPILATION_CACHE_DIR"])
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)

# Most of the time goes into compiling. Without the compiler's costly passes programs run slower
# and give the same to rounding, which is what these tests are about; the chapters and the
# stored results, which are compared in processes of their own, are compiled in full.
jax.config.update("jax_disable_most_optimizations", True)

# The checks of exercises are plain NumPy in a million small calls, with no shape to check.
_lolakit = Path(__file__).parents[1] / "lolakit"
_parts = [*_lolakit.glob("*"), *(_lolakit / "course").glob("*")]
_names = {
    ".".join(x.relative_to(_lolakit.parent).with_suffix("").parts) for x in _parts
}
_plain = {"lolakit.course", "lolakit.course.check"}
with install_import_hook(sorted(_names - _plain), "beartype.beartype"):
    import lolakit  # noqa: F401

import jax.numpy as jnp  # noqa: E402
import matplotlib  # noqa: E402
import pytest  # noqa: E402
from jaxtyping import config  # noqa: E402

matplotlib.use("agg")

# `make mutants` asks whether a test fails, not for the smallest example of it.
settings.register_profile(
    "mutants",
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
)


def pytest_collection_modifyitems(items):
    """Mark what guards pages and tooling, and what needs a browser, by its folder."""
    for item in items:
        if (folder := item.path.parent.name) in ("book", "browser"):
            item.add_marker(folder)


@pytest.fixture(autouse=True, scope="module")
def forget_programs():
    """Free what a module has compiled: a worker would grow to several gigabytes."""
    yield
    jax.clear_caches()


def _in_full():
    """Compile in full: for the few programs that run longer than they compile."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


optimized = pytest.fixture(_in_full, name="optimized")
optimized_module = pytest.fixture(_in_full, scope="module", name="optimized_module")


@pytest.fixture
def unchecked_shapes():
    """Switch the shape checker off, to see the library's own errors for bad input."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


@pytest.fixture
def point():
    """Return the golden point: logits in each owner's own order."""
    return jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]), jnp.array(
        [-0.5, 0.8, 0.1, -1.2, 0.6]
    )


@pytest.fixture
def adam():
    """Let optax's Adam mix its counter with its floats, which strict promotion refuses."""
    with jax.numpy_dtype_promotion("standard"):
        yield
