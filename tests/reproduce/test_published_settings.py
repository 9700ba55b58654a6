"""tools/published_settings.py finds the settings of runs whose settings are known."""

import importlib.util
from pathlib import Path

import jax
import numpy as np
import optax
import pytest

import lolakit as lk

SCRIPT = Path(__file__).parents[2] / "tools" / "published_settings.py"
_spec = importlib.util.spec_from_file_location("published_settings", SCRIPT)
settings = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(settings)


@pytest.mark.parametrize(("K", "eta", "delta"), [(0, 0.0, 0.145), (2, 0.15, 0.1)])
def test_the_settings_are_those_that_made_the_run(tmp_path, K, eta, delta):
    """An exact run, written in the order of the published files and read back."""
    game = lk.prisoners_dilemma()
    V = lk.exact_values(game)
    rule = lk.lola_unrolled(V, lookahead=eta, steps=K) if K else lk.naive(V)
    learner = lk.ascend(rule, optax.sgd(delta), lk.normal_logits(0.5))
    play = lk.play(learner, learner, jax.random.key(0), 12, lambda *theta: theta)
    theta = np.stack(play.history, axis=1)
    (tmp_path / "run-1").mkdir()
    theirs = theta[:, :, [1, 2, 3, 4, 0]]  # CC, CD, DC, DD, start
    np.save(tmp_path / "run-1" / "params.npy", theirs)
    runs = settings.logits(tmp_path)
    np.testing.assert_array_equal(runs, [theta])
    found = settings.fit(runs, K, eta)
    # Nothing is random: what is left is rounding, in float64.
    np.testing.assert_allclose(found, (delta, 1.0), rtol=1e-9)
    if K:
        assert max(settings.fit(runs, K, x)[1] for x in (0.05, 0.25)) < 0.999
        assert settings.fit([x[:, ::-1, ::-1] for x in runs], K, eta)[1] < 0.9
