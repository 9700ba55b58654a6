"""Figures: what they draw is the data, and every function takes and returns axes."""

import base64
import io

import jax
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import lolakit as lk
from lolakit import plots


@pytest.fixture(autouse=True)
def _style():
    plots.use_style()
    yield
    plt.close("all")


def test_a_figure_for_jupyter_has_twice_the_pixels_and_looks_the_same():
    ax = plots.policy_bars({"tit-for-tat": lk.tit_for_tat()})
    data, size = plots._sharp(ax.figure)
    seen = Image.open(io.BytesIO(base64.b64decode(data)))
    assert seen.mode == "P"
    assert (
        abs(seen.width - 2 * size["width"])
        <= 1
        >= abs(seen.height - 2 * size["height"])
    )
    assert abs(size["width"] - 6.4 * 96) < 30 and round(seen.info["dpi"][0]) == 192
    whole = io.BytesIO()
    ax.figure.savefig(whole, dpi=192, bbox_inches="tight")
    apart = np.abs(
        np.asarray(Image.open(whole).convert("RGB"), int)
        - np.asarray(seen.convert("RGB"), int)
    )
    assert apart.mean() < 0.5 and len(data) < len(whole.getvalue())
    assert plots._sharp(ax.figure)[0] == data


def test_polygon_is_the_convex_hull():
    ax = plots.payoff_plane(lk.prisoners_dilemma())
    corners = {tuple(xy) for xy in ax.patches[0].get_xy().round(6).tolist()}
    assert corners == {(-1, -1), (-3, 0), (0, -3), (-2, -2)}
    places = {text.get_text(): text.xy for text in ax.texts}
    assert places == {"CC": (-1, -1), "CD": (-3, 0), "DC": (0, -3), "DD": (-2, -2)}
    inner = lk.MatrixGame([[[1, 0], [3, 1.2]], [[1, 3], [0, 1.2]]], 0.5)
    ax = plots.payoff_plane(inner)
    assert (1.2, 1.2) not in {tuple(xy) for xy in ax.patches[0].get_xy().tolist()}
    ax = plots.payoff_plane(lk.matching_pennies())  # zero-sum: the hull is a segment
    assert {tuple(xy) for xy in ax.patches[0].get_xy().tolist()} == {(1, -1), (-1, 1)}


def test_policy_bars_are_probabilities():
    seeds = jax.random.normal(jax.random.key(0), (50, 5))
    ax = plots.policy_bars({"tit-for-tat": lk.tit_for_tat(), "seeds": seeds})
    heights = [bar.get_height() for bar in ax.patches]
    np.testing.assert_allclose(heights[:5], [1, 1, 0, 1, 0], rtol=0, atol=1e-8)
    np.testing.assert_allclose(heights[5:], jax.nn.sigmoid(seeds).mean(0))
    whiskers = np.array([s[:, 1] for s in ax.collections[0].get_segments()]).T
    wanted = np.quantile(jax.nn.sigmoid(seeds), [0.1, 0.9], axis=0)
    np.testing.assert_allclose(whiskers, wanted)
    assert [t.get_text() for t in ax.get_xticklabels()] == list(lk.STATES)


def test_learning_curves_are_means():
    y = np.random.default_rng(0).normal(size=(20, 30))
    ax = plots.learning_curves({"NL": y, "LOLA": y + 1})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), y.mean(0))
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), np.arange(1, 31))
    band = ax.collections[0].get_paths()[0].vertices
    middle = band[band[:, 0] == 7][:, 1]
    np.testing.assert_allclose(sorted(set(middle)), np.quantile(y[:, 6], [0.1, 0.9]))
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    with pytest.raises(ValueError, match=r"NL: expected shape \[seeds, steps\]"):
        plots.learning_curves({"NL": y[0]})


def test_a_colour_can_be_kept_for_a_learner():
    y = np.zeros((4, 3))
    ax = plots.learning_curves({"LOLA": y, "models": y}, colours=["k", plots.GREEN])
    assert [line.get_color() for line in ax.lines] == ["k", plots.GREEN]
    ax = plots.policy_bars({"a": np.zeros(5), "b": np.zeros(5)}, colours=["r", "b"])
    found = [bar.get_facecolor()[:3] for bar in ax.patches]
    assert found == [(1, 0, 0)] * 5 + [(0, 0, 1)] * 5


def test_vector_field_points_where_the_rule_points():
    game = lk.prisoners_dilemma(gamma=0.0)
    rule = lk.naive(lk.exact_values(game))
    ax = plots.vector_field(rule, rule, grid=6)
    for path in ax.collections[0].get_paths():  # in the one-shot game both go down
        (x0, y0), (x1, y1) = path.vertices[0], path.vertices[-1]
        assert x1 <= x0 and y1 <= y0
    lazy = plots.vector_field(rule, lambda a, b: 0 * rule(a, b), grid=6)
    for path in lazy.collections[0].get_paths():  # only player 1, on the x axis, moves
        (x0, y0), (x1, y1) = path.vertices[0], path.vertices[-1]
        assert x1 <= x0 and y1 == pytest.approx(y0)
    pennies = lk.naive(lk.exact_values(lk.matching_pennies(gamma=0.0)))
    with pytest.raises(ValueError, match="vector_field: expected the second player"):
        plots.vector_field(pennies, pennies)
    with pytest.raises(ValueError, match="grid: expected at least 2 points"):
        plots.vector_field(rule, rule, grid=1)
    with pytest.raises(ValueError, match="grid: expected an integer of at least 1"):
        plots.vector_field(rule, rule, grid=0)


def test_a_head_to_head_table_says_its_numbers():
    R = np.arange(8.0).reshape(2, 2, 1, 2).repeat(2, axis=2)
    table = lk.Standings(("a", "b"), R)
    ax = plots.head_to_head(table)
    assert [t.get_text() for t in ax.texts] == ["0.50", "2.50", "4.50", "6.50"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.5, 2.5], [4.5, 6.5]])
    # dark squares have white numbers
    assert [t.get_color() for t in ax.texts] == ["white", "white", "black", "black"]


def test_differences_are_drawn_where_they_are():
    rows = [
        {
            "what": "a",
            "ours": -1.0,
            "low": -1.2,
            "high": -0.9,
            "published": -1.5,
            "agrees": "no",
        },
        {
            "what": "b",
            "ours": 0.5,
            "low": 0.4,
            "high": 0.6,
            "published": 0.5,
            "agrees": "yes",
        },
    ]
    ax = plots.differences(rows)
    drawn = {c.get_label(): c.lines[0].get_xydata().tolist() for c in ax.containers}
    assert drawn == {"yes": [[0.0, 1.0]], "nearly": [], "no": [[0.5, 0.0]]}
    bars = {c.get_label(): c.lines[2][0].get_segments() for c in ax.containers}
    np.testing.assert_allclose(bars["no"][0], [[0.3, 0], [0.6, 0]])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]


def test_exploitation_says_by_how_much():
    R = np.zeros((2, 2, 2, 2))
    R[0, 1], R[1, 0] = -1.0, -2.5
    ax = plots.exploitation(lk.Standings(("a", "b"), R))
    words = [text.get_text() for text in ax.texts]
    assert words == ["", "+1.50", "\u22121.50", ""]
    assert len(ax.patches) == 4


def test_a_population_is_drawn_as_bands():
    shares = lk.ecology([[0.0, 0.0], [1.0, 1.0]], generations=20)
    ax = plots.ecology(shares, ["low", "high"])
    assert [text.get_text() for text in ax.texts] == ["high"]
    assert len(ax.collections) == 2
    with pytest.raises(ValueError, match=r"shares: expected \[generations, 3\]"):
        plots.ecology(shares, ["a", "b", "c"])
