"""The explorers for a live kernel: they follow their sliders, with the library's numbers."""

import builtins
import re
import xml.etree.ElementTree as ET

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lolakit as lk
from lolakit.course.interactive import widgets


@pytest.fixture(autouse=True)
def _has_ipywidgets():
    pytest.importorskip("ipywidgets")


def parts(explorer):
    """Controls by description, the picture, and the sentence."""
    rows, shown, said = explorer.children
    return {c.description: c for c in rows.children}, shown, said


def numbers(text):
    return [float(x.replace("−", "-")) for x in re.findall(r"[-−]?\d+\.\d+", text)]


def test_policies_follow_their_sliders():
    controls, shown, said = parts(widgets.explore_policies(lk.stag_hunt(gamma=0.9)))
    before = shown.value
    p = {1: [0.1, 0.9, 0.3, 0.6, 0.2], 2: [0.8, 0.7, 0.2, 0.5, 0.4]}
    for player, policy in p.items():
        for state, x in zip(lk.STATES, policy, strict=True):
            controls[f"player {player}, {state}"].value = x
    controls["discount"].value = 0.5
    game = lk.stag_hunt(gamma=0.5)
    V = lk.exact_values(game)(*map(lk.from_probabilities, p.values()))
    assert shown.value != before
    wanted = lk.per_step(V, 0.5)
    np.testing.assert_allclose(numbers(said.value)[:2], wanted, rtol=0, atol=5.1e-4)
    ET.fromstring(shown.value)


def test_lookahead_follows_its_sliders():
    game = lk.stag_hunt(gamma=0.9)  # it will be played once
    controls, shown, said = parts(widgets.explore_lookahead(game))
    before = shown.value
    controls["player 1"].value = "LOLA, Taylor"
    controls["player 2"].value = "naive"
    controls["lookahead"].value = 0.5
    controls["start, player 1"].value = 0.7
    once = game._replace(gamma=0.0)
    rules = (
        lk.lola_taylor(lk.exact_values(once), lookahead=0.5),
        lk.naive(lk.exact_values(once.swap())),
    )
    a, b = (jnp.full(5, jnp.log(p / (1 - p))) for p in (0.7, 0.5))
    step = jax.jit(lambda a, b: (a + rules[0](a, b), b + rules[1](b, a)))
    for _ in range(200):
        a, b = step(a, b)
    wanted = jax.nn.sigmoid(jnp.array([a[0], b[0]]))
    np.testing.assert_allclose(numbers(said.value), wanted, rtol=0, atol=5.1e-4)
    assert shown.value != before and "LOLA, Taylor meets naive" in shown.value
    ET.fromstring(shown.value)


def test_steps_follow_their_sliders():
    explorer = widgets.explore_steps(pairs=6, updates=40)
    controls, shown, said = parts(explorer)
    before = shown.value
    assert shown.value.count("<circle") == 4 + 6  # the corners and the pairs
    controls["K"].value = 2
    assert shown.value != before and said.value.startswith("K × lookahead = 0.60")
    controls["lookahead"].value = 0.01
    # So short a look ahead is nearly none: within 40 updates no pair gets to cooperate.
    assert " 0.00 [" in said.value and "of 6 pairs" in said.value
    ET.fromstring(shown.value)
    with pytest.raises(ValueError, match="pairs: expected"):
        widgets.explore_steps(pairs=0)


def test_without_ipywidgets_it_says_what_to_install(monkeypatch):
    load = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "ipywidgets":
            raise ImportError(name)
        return load(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for make in (
        widgets.explore_policies,
        widgets.explore_lookahead,
        widgets.explore_steps,
    ):
        with pytest.raises(ImportError, match=r"pip install 'lolakit\[widgets\]'"):
            make()
