"""Figures that move: what the browser shows is the library's, and everyone can use it.

The first half needs no browser. The second opens each figure from a file, with the network
off, in a headless Chromium, as `test_browser` does.
"""

import functools
import importlib
import itertools
import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from browsing import browser  # noqa: F401  (a fixture)

import lolakit as lk
from lolakit.course import interactive
from lolakit.course.interactive import frame, svg
from lolakit.course.interactive.atlas import VIEWS, WAYS, Atlas
from lolakit.course.interactive.coin_board import (
    RULES,
    SCRIPTED,
    probabilities,
    state_of,
)
from lolakit.course.interactive.estimates import exact_derivatives, per_game
from lolakit.course.interactive.learning_run import MOST
from lolakit.course.interactive.meetings import typical
from lolakit.course.interactive.memory_one import POLICIES, earned, shares
from lolakit.course.interactive.twenty_rounds import unpacked
from lolakit.course.interactive.vector_field import GRID, both, trajectory, velocities
from lolakit.games import coin_game
from lolakit.games.matrix import by_name
from lolakit.games.networks import mlp_policy
from lolakit.games.ordinal import PAIRS
from lolakit.learners.models import counts
from lolakit.meta.ppo import Layers, gaussian
from lolakit.reproduce import directions
from lolakit.reproduce.atlas import earned as earned_in_atlas
from lolakit.reproduce.players import network
from lolakit.reproduce.storage import stored

# the functions of these names stand before their modules
(
    belief_from_play,
    circle,
    naive_field,
    sampled_directions,
    twenty_rounds,
    where_to_start,
) = (
    importlib.import_module(f"lolakit.course.interactive.{name}")
    for name in (
        "belief_from_play",
        "circle",
        "naive_field",
        "sampled_directions",
        "twenty_rounds",
        "where_to_start",
    )
)
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
EPS = np.finfo(float).eps
PRODUCTS = [0.1, 0.3, 0.6, 1.0]
MEETINGS = {
    (a, b): np.array([[-2.0, -2.0], [-1.5, -1.25 - i - j], [-1.0, -1.0 - i / 2]])
    for i, a in enumerate(("LOLA", "NL-Q"))
    for j, b in enumerate(("LOLA", "NL-Q"))
}
SHARES = {
    1: [0.0, 1.0, 0.06, 0.11],
    2: [0.0, 1.0, 0.06, 0.09],
    3: [0.0, 0.98, 0.05, 0.1],
}


def short_run():
    """Three updates of two pairs of learners."""
    game = lk.prisoners_dilemma()
    V = lk.exact_values(game)

    def run(rule):
        learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
        return lk.play(learner, learner, jax.random.key(0), num_steps=3).history

    return {"LOLA": run(lk.lola(V, lookahead=1.0)), "naive": run(lk.naive(V))}


NETWORK = mlp_policy(38, 4, hidden=7, scale=1.0).init(jax.random.key(4))
MAKE = {
    "coin_board": lambda: interactive.coin_board({"a network": NETWORK}),
    "atlas": interactive.atlas,
    "belief_from_play": interactive.belief_from_play,
    "memory_one": interactive.memory_one,
    "circle": interactive.circle,
    "twenty_rounds": interactive.twenty_rounds,
    "naive_field": interactive.naive_field,
    "sampled_directions": interactive.sampled_directions,
    "vector_field": interactive.vector_field,
    "where_to_start": interactive.where_to_start,
    "learning_run": lambda: interactive.learning_run(short_run(), caption="Three updates."),
    "meta_episode": lambda: interactive.meta_episode(seeds=2, steps=12),
    "estimates": lambda: interactive.estimates(repeats=4, horizon=5),
    "meetings": lambda: interactive.meetings(MEETINGS, step=50, caption="Two by two."),
    "look_ahead_steps": lambda: interactive.look_ahead_steps(
        PRODUCTS, {"exact": SHARES, "sampled": {K: s[::-1] for K, s in SHARES.items()}}, 1
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def figures():
    return {name: make() for name, make in MAKE.items()}


@pytest.fixture(params=MAKE)
def name(request):
    return request.param


def drawn(figure):
    """The named parts of the still picture: name -> (attributes, text)."""
    tree = ET.fromstring(f"<div>{''.join(figure.picture)}</div>")
    return {
        e.attrib["data-part"]: (
            {k: v for k, v in e.attrib.items() if k != "data-part"}, e.text or "",
        )
        for e in tree.iter()
        if "data-part" in e.attrib
    }  # fmt: skip


def test_html_is_small_stable_and_nobody_elses_business(figures, name):
    html = str(figures[name])
    # the atlas holds the ways of five pairs in all games by all rules, a byte a number
    assert len(html.encode()) < (260_000 if name == "atlas" else 100_000)
    assert (
        html == figures[name]._repr_html_() == str(MAKE[name]())
    )  # the same in each run
    assert repr(figures[name]) == f"<interactive figure {figures[name].name}>"
    # Ids would clash where a figure is shown twice; an address would need the network; a
    # dollar or a \( would be MathJax's.
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"\sid=|https?://(?!www\.w3\.org/2000/svg)", html)
    assert not re.search(r"\$|\\\(|\\\[", outside)
    assert html.count("<script") == html.count("</script>") == 2


def test_each_panel_says_what_it_shows(figures, name):
    for panel in figures[name].picture:
        root = ET.fromstring(panel)
        assert root.attrib["role"] == "img"
        assert len(root.attrib["aria-label"]) >= 40
        sizes = [float(e.attrib.get("font-size", 13)) for e in root.iter()]
        width = float(root.attrib["viewBox"].split()[2])
        # at 400 px the figure leaves 350 px to a panel: no text below 10 px
        assert min(sizes) * min(350 / width, 1) >= 10
    assert figures[name].says and figures[name].caption


def test_numbers_read_as_numbers():
    assert [frame.number(x) for x in (-1.05, -0.001, 2)] == ["−1.05", "0.00", "2.00"]
    assert frame.number(-40, 0) == "−40"


def test_data_cannot_end_its_script():
    evil = interactive.Figure(
        "memory_one",
        picture=[],
        controls=[],
        says="<b>",
        caption="",
        data={"x": "</script>"},
    )
    assert str(evil).count("</script>") == 2 and "<b>" not in str(evil)


def test_polygon_holds_the_game():
    panel, back = svg.plane(lk.prisoners_dilemma())
    (points,) = re.findall(r'points="([^"]*)"', back)
    corners = {tuple(map(float, pair.split(","))) for pair in points.split()}
    wanted = np.round(np.stack(panel.at([-1, -3, 0, -2], [-1, 0, -3, -2]), axis=1), 1)
    assert corners == {tuple(corner) for corner in wanted.tolist()}


def test_shares_are_those_of_play():
    """Of enough rounds: gamma^400 < 1e-7, and the rounds' distributions are p0' P^t."""
    game = lk.prisoners_dilemma()
    own, other = (
        jnp.array([0.3, -0.7, 1.1, 0.2, -0.4]),
        jnp.array([-0.5, 0.8, 0.1, -1.2, 0.6]),
    )
    p, P = map(np.asarray, lk.markov_chain(own, other))
    total = np.zeros(4)
    for t in range(400):
        total += (1 - game.gamma) * game.gamma**t * p
        p = p @ P
    found = shares(game, own, other)
    np.testing.assert_allclose(found, total, rtol=0, atol=1e-7)


def test_trajectory_takes_the_steps_of_the_rule():
    game = lk.stag_hunt(0.0)
    rules = both(game, lambda V: lk.lola(V, lookahead=2.0), lk.naive)
    way = trajectory(rules, jnp.array([0.3, 0.8]), steps=2)
    theta = [jnp.full(5, jnp.log(p / (1 - p))) for p in (0.3, 0.8)]
    for k in range(3):
        now = [float(jax.nn.sigmoid(t[0])) for t in theta]
        np.testing.assert_allclose(way[k], now, rtol=1e-12)
        theta = [theta[0] + rules[0](*theta), theta[1] + rules[1](*theta[::-1])]


def test_sampled_games_average_to_the_exact_derivatives():
    """Unbiased, but for gamma^150 of the end: within 4.5 standard errors and a hundredth."""
    drawn = per_game(4096, 150, jax.random.key(3))
    exact = np.array(exact_derivatives())
    error = drawn.std(axis=-1, ddof=1) / np.sqrt(4096)
    assert (abs(drawn.mean(axis=-1) - exact) < 4.5 * error + 0.01 * abs(exact)).all()
    own, other = (
        jnp.array(x) for x in ([0.3, -0.7, 1.1, 0.2, -0.4], [-0.5, 0.8, 0.1, -1.2, 0.6])
    )
    V = lk.exact_values(lk.prisoners_dilemma())
    e = 1e-4
    (up, up_2), (down, _) = (
        [V(own.at[2].add(s * e), other.at[3].add(d * e))[0] for d in (1, -1)]
        for s in (1, -1)
    )
    low, high = (V(own.at[2].add(s * e), other)[0] for s in (-1, 1))
    # central differences: their error is of order e^2
    np.testing.assert_allclose(exact[0], (high - low) / (2 * e), rtol=1e-5)
    mixed = (up - up_2 - down + V(own.at[2].add(-e), other.at[3].add(-e))[0]) / (
        4 * e * e
    )
    np.testing.assert_allclose(exact[1], mixed, rtol=1e-4)


def test_more_games_lower_the_spread():
    data = interactive.estimates(repeats=30, horizon=20).data
    spreads = np.array(data["spreads"])
    # 64 times as many games: 8 times less spread; 30 repeats know it to about a quarter
    ratio = spreads[0] / spreads[-1]
    assert ((ratio > 4) & (ratio < 16)).all()


def test_stored_directions_are_those_of_the_librarys_rules(figures):
    """The first three of each kind, by `naive_pg` and `lola_pg`; and the angles."""
    data = figures["sampled_directions"].data
    run = stored("pg_directions")["settings"]
    # in float32 as it was stored, to four digits: sums over 16 or 64 games of 150 rounds
    try:
        jax.config.update("jax_enable_x64", False)
        game = lk.prisoners_dilemma()
        own, other = map(jnp.array, (directions.OWN, directions.OTHER))
        keys = jax.random.split(jax.random.key(run["key"]), run["seeds"])[:3]
        for at, B in enumerate(data["batches"][:2]):
            how = {"horizon": run["horizon"], "batch": B}
            rules = lk.naive_pg(game, **how), lk.lola_pg(game, **how, lookahead=1.0)
            for row, rule in enumerate(rules):
                one = jax.jit(lambda key, rule=rule: rule(own, other, key))
                found = [np.asarray(one(jax.random.fold_in(k, B))) for k in keys]
                shown = np.array(data["ends"][at][row][:3])
                wanted = np.stack(found)[:, [2, 1]]
                np.testing.assert_allclose(shown, wanted, rtol=1e-4, atol=1e-3)
    finally:
        jax.config.update("jax_enable_x64", True)
    V, drawn = lk.exact_values(lk.prisoners_dilemma()), sampled_directions.samples()
    own, other = map(jnp.array, (directions.OWN, directions.OTHER))
    for row, rule in enumerate((lk.naive(V), lk.lola(V, lookahead=1.0))):
        right, each = np.asarray(rule(own, other)), drawn[:, row]
        lengths = np.linalg.norm(each, axis=-1) * np.linalg.norm(right)
        off = np.degrees(np.arccos(each @ right / lengths))
        np.testing.assert_allclose(
            np.array(data["off"])[:, row], np.median(off, axis=1), rtol=0, atol=1e-4
        )


def test_run_holds_what_the_library_computes():
    runs = short_run()
    data = interactive.learning_run(runs).data["runs"]
    V = lk.exact_values(lk.prisoners_dilemma())
    for label, (one, two) in runs.items():
        p = np.stack([jax.nn.sigmoid(one), jax.nn.sigmoid(two)])
        np.testing.assert_allclose(data[label]["p"], p, rtol=0, atol=0.5e-3 + EPS)
        R = [lk.per_step(V(a, b), 0.96) for a, b in zip(one, two, strict=True)]
        np.testing.assert_allclose(data[label]["R"], R, rtol=0, atol=0.5e-4 + 8 * EPS)


@pytest.fixture(scope="module")
def step_by_step():
    """A function of a start and a player: logits and R after each of 100 steps, by the rules."""
    game, keys = lk.prisoners_dilemma(), jax.random.split(jax.random.key(0))
    V = lk.exact_values(game)
    rules = {"naive": lk.naive(V), "lola": lk.lola_taylor(V, lookahead=1.0)}
    first = where_to_start.starts(keys[0])
    random = lk.normal_logits()(keys[1])
    update = {k: jax.jit(lambda a, b, r=r: a + r(a, b)) for k, r in rules.items()}
    value = jax.jit(lambda a, b: lk.per_step(V(a, b), game.gamma))

    def way(start, other):
        a, b = first[start], first[start] if other == "same" else random
        learns, thetas, R = update.get(other, update["naive"]), [(a, b)], [value(a, b)]
        for _ in range(100):
            a, b = update["naive"](a, b), learns(b, a)
            thetas.append((a, b))
            R.append(value(a, b))
        return np.asarray(thetas), np.asarray(R)

    return way


@pytest.mark.parametrize("start", where_to_start.STARTS)
@pytest.mark.parametrize("other", where_to_start.OTHERS)
def test_starts_lead_where_the_rules_lead(figures, step_by_step, start, other):
    data = figures["where_to_start"].data
    theta, R = step_by_step(start, other)
    run, kept = data["runs"][start][other], np.array(data["stops"])
    p = np.asarray(jax.nn.sigmoid(theta)).swapaxes(0, 1)[:, kept]
    # a hundred steps of a smooth map: their roundings stay far below what is written
    np.testing.assert_allclose(run["p"], p, rtol=0, atol=0.5e-3 + 1e-6)
    np.testing.assert_allclose(run["R"], R[kept], rtol=0, atol=0.5e-4 + 1e-6)
    for t, mean in zip(kept[1:], run["mean"][1:], strict=True):
        assert abs(mean - R[1 : t + 1, 0].mean()) < 0.5e-4 + 1e-6


def test_the_start_of_mmaml_is_the_best_of_ten():
    runs = stored("mmaml_step_one")["runs"]["IPD"]
    J = runs["history"][:, -10:, 0].mean(axis=1)
    found = where_to_start.starts(jax.random.key(0))["mmaml"]
    np.testing.assert_array_equal(found, runs["phi"][J.argmax()].astype(found.dtype))


def test_long_runs_are_thinned():
    theta = jnp.zeros((1000, 5))
    data = interactive.learning_run({"still": (theta, theta)}, at=0, begin=0).data
    assert data["stops"][0] == 0 and data["stops"][-1] == len(theta) - 1
    data = interactive.learning_run({"still": (theta, theta)}, at=1000).data
    stops = data["stops"]
    assert len(stops) == MOST and stops[0] == 1 and stops[-1] == 1000


def test_meta_episode_is_chapter_8():
    """M-FOS teaches first and collects later: the naive learner ends below mutual defection."""
    run = interactive.meta_episode(seeds=1).data["runs"]["agent 1"]
    R = np.array(run["R"])
    assert R.shape == (100, 2) and R[20:, 1].mean() < -2 < -1 < R[20:, 0].mean()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: interactive.atlas(rule="M-FOS"), "rule: expected one of"),
        (lambda: interactive.atlas(one="poker"), "one: expected one of"),
        (lambda: interactive.memory_one("tit for tat"), "one: expected one of"),
        (lambda: interactive.coin_board({"a": jnp.ones(3)}), "networks: expected two layers"),
        (lambda: interactive.coin_board({}, red="a stranger"), "red: expected one of"),
        (lambda: interactive.vector_field("poker"), "game: expected one of"),
        (lambda: interactive.vector_field(lookahead=4.0), r"lookahead: expected a number"),
        (lambda: interactive.belief_from_play(horizon=0), "horizon: expected"),
        (lambda: interactive.belief_from_play(horizon=201), "horizon: expected at most 200"),
        (lambda: interactive.belief_from_play(at=21), "at: expected one of"),
        (lambda: interactive.naive_field("poker"), "game: expected one of"),
        (lambda: interactive.naive_field(start=(0.5, 1.0)), "start: expected two probabilities"),
        (lambda: interactive.where_to_start("nowhere"), "start: expected one of"),
        (lambda: interactive.where_to_start(other="nobody"), "other: expected one of"),
        (lambda: interactive.learning_run({}), "runs: expected"),
        (lambda: interactive.learning_run({"a": (jnp.zeros((3, 4)), jnp.zeros((3, 4)))}), "runs: "),
        (lambda: interactive.learning_run(short_run(), at=4), "at: expected a step from 1 to 3"),
        (lambda: interactive.learning_run(short_run(), begin=2), "begin: expected 0 or 1, got 2"),
        (lambda: interactive.meta_episode(seeds=4), "seeds: expected"),
        (lambda: interactive.estimates(repeats=1), "repeats: expected at least 2"),
        (lambda: interactive.meetings({}), "runs: expected"),
        (lambda: interactive.meetings({("a", "b"): np.zeros((3, 3))}), "runs: expected"),
        (lambda: interactive.meetings(
            {(a, a): np.zeros((3, 2)) for a in "ab"}), "runs: expected every pair, got none for"),
        (lambda: interactive.meetings(MEETINGS, first=("LOLA", "AllD")), "first: expected"),
        (lambda: interactive.look_ahead_steps([1.0, 0.5], {"a": {1: [0.0, 0.0]}}), "products: "),
        (lambda: interactive.look_ahead_steps([1.0], {"a": {1: [2.0]}}), "shares: a, K = 1"),
        (lambda: interactive.look_ahead_steps([1.0], {"a": {1: [0.0]}, "b": {}}), "shares: b"),
        (lambda: interactive.look_ahead_steps([1.0], {"a": {1: [0.0]}}, 1), "at: expected"),
    ],
)  # fmt: skip
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def html_figures(path):
    for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
        for output in cell.get("outputs", []):
            html = "".join(output.get("data", {}).get("text/html", ""))
            if 'class="lk"' in html:
                yield html


@pytest.mark.book
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_figures_of_a_page_weigh_little(path):
    assert sum(len(html.encode()) for html in html_figures(path)) <= 400_000


@pytest.mark.book
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_figures_have_the_scripts_of_today(path):
    """Else run `make notebooks`: readers of a notebook see what was stored."""
    for html in html_figures(path):
        (kind,) = re.findall(r'<figure class="lk" data-lk="(\w+)"', html)
        for file in ("figure.css", "common.js", f"{kind}.js"):
            assert frame.read(file) in html, f"{kind}: {file}"


@pytest.mark.book
def test_the_book_has_six_figures_that_move():
    assert sum(len(list(html_figures(path))) for path in NOTEBOOKS) >= 6


# --- In the browser ---

PAGE = "<!doctype html><html lang='en'><meta charset='utf-8'><title>A page</title><body>{}</body>"
STATE = """figure => Object.fromEntries([...figure.querySelectorAll("[data-part]")].map(e =>
  [e.dataset.part, [Object.fromEntries([...e.attributes].map(a => [a.name, a.value])),
                    e.textContent]]))"""
AT_REST = "document.querySelector('.lk-says').getAttribute('aria-busy') === 'false'"
TWO_FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""
COMPUTE = "(figure, s) => figure.lolakit.compute({...figure.lolakit.read(), ...s})"


@pytest.fixture(scope="module")
def tabs(browser):  # noqa: F811
    """The tabs that tests share, with what each has said: a new one takes longer than a look."""
    kept = {}

    def tab(number, scripts):
        if (number, scripts) not in kept:
            context = browser.new_context(offline=True, java_script_enabled=scripts)
            tab, said = context.new_page(), []
            tab.on("console", lambda message: said.append(message.text))
            tab.on("pageerror", lambda error: said.append(str(error)))
            tab.on("request", lambda request: said.append(request.url))
            kept[number, scripts] = tab, said
        return kept[number, scripts]

    yield tab
    for tab, _ in kept.values():
        tab.context.close()


@pytest.fixture
def show(tabs, tmp_path):
    """A function that opens HTML from a file, offline; messages and requests fail the test."""
    heard = []

    def open_page(html, width=1280, scripts=True):
        page = tmp_path / f"page{len(heard)}.html"
        page.write_text(PAGE.format(html), encoding="utf8")
        tab, said = tabs(len(heard), scripts)
        said.clear()
        heard.append((page.as_uri(), said))
        tab.set_viewport_size({"width": width, "height": 900})
        tab.goto(page.as_uri(), wait_until="load")
        if folder := os.environ.get("LOLAKIT_SCREENSHOTS"):
            tab.screenshot(
                path=Path(folder) / f"{tmp_path.name}-{len(heard)}.png", full_page=True
            )
        return tab

    yield open_page
    for page, said in heard:
        assert said == [page]


@pytest.fixture
def opened(show, figures):
    """A function that opens one figure, and returns the tab and the figure's element."""

    def open_figure(name, **options):
        tab = show(str(figures[name]), **options)
        return tab, tab.query_selector("figure.lk")

    return open_figure


def close_to(one, two):
    """Attributes agree: words are the same, numbers to the digit that is written."""
    pattern = r"-?\d+\.?\d*"
    assert re.sub(pattern, "#", one) == re.sub(pattern, "#", two)
    numbers = [list(map(float, re.findall(pattern, x))) for x in (one, two)]
    np.testing.assert_allclose(numbers[0], numbers[1], rtol=0, atol=0.1 + 1e-9)


@pytest.mark.browser
def test_script_draws_what_python_drew(opened, figures, name):
    """Nothing jumps when the script starts, so the still picture is right too."""
    _, element = opened(name)
    live = element.evaluate(STATE)
    for part, (attributes, text) in drawn(figures[name]).items():
        if not list(ET.fromstring(f"<a>{text}</a>")) and part.startswith(
            ("said", "axis", "title")
        ):
            assert live[part][1] == text
        for key, value in attributes.items():
            close_to(value, live[part][0][key])
    assert live["says"][1] == figures[name].says


@pytest.mark.browser
def test_without_scripts_it_is_a_picture(opened, figures, name):
    tab, _ = opened(name, scripts=False)
    assert tab.locator("svg").first.is_visible()
    assert tab.locator("figcaption").is_visible()
    assert tab.locator(".lk-says").inner_text() == figures[name].says
    assert not tab.locator(".lk-controls").is_visible()


CUT_OFF = """() => [...document.querySelectorAll("svg text")].filter(t => {
  const inner = t.getBoundingClientRect(), outer = t.closest("svg").getBoundingClientRect();
  return getComputedStyle(t.parentElement).display !== "none" && inner.width && (
    inner.left < outer.left - 1 || inner.right > outer.right + 1
    || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1);
}).map(t => t.textContent)"""


@pytest.mark.browser
def test_figure_fits_the_window(opened, name):
    """It does not widen the page, and no text is cut off by its picture."""
    tab, _ = opened(name)
    for width in (1280, 400, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= width
        assert not tab.evaluate(CUT_OFF), width


@pytest.mark.browser
def test_a_phone_shows_what_moves_and_a_finger_can_move_it(opened, name):
    """Panels, controls and the sentence are in sight at once, but for the atlas's details."""
    _, element = opened(name, width=390)
    seen = element.evaluate("""f => {
      const box = (e) => e.getBoundingClientRect(), all = (s) => [...f.querySelectorAll(s)];
      const size = (t) => { const m = t.getScreenCTM();
        return parseFloat(getComputedStyle(t).fontSize) * Math.hypot(m.a, m.b); };
      const parts = all(".lk-picture svg, .lk-controls, .lk-says").map(box);
      return {
        height: Math.max(...parts.map(b => b.bottom)) - Math.min(...parts.map(b => b.top)),
        small: all("svg text").filter(t => box(t).width && size(t) < 9.9)
          .map(t => t.textContent),
        narrow: all("input, select, button, [data-part^=handle]").filter(e => e.tabIndex >= 0
          || e.dataset.part).filter(e => Math.min(box(e).width, box(e).height) < 24)
          .map(e => e.dataset.part || e.dataset.control),
      };
    }""")
    assert name == "atlas" or seen["height"] <= 800
    assert not seen["small"] and not seen["narrow"]


@pytest.mark.browser
def test_every_control_has_a_name_and_the_picture_a_description(opened, name):
    """As the browser tells a screen reader."""
    tab, element = opened(name)
    session = tab.context.new_cdp_session(tab)
    nodes = [
        n
        for n in session.send("Accessibility.getFullAXTree")["nodes"]
        if not n["ignored"]
    ]
    session.detach()
    roles = {}
    for node in nodes:
        roles.setdefault(node["role"]["value"], []).append(
            node.get("name", {}).get("value", "")
        )
    controls = element.evaluate(
        "f => f.querySelectorAll('input, select, button').length"
    )
    found = [
        n for role in ("slider", "combobox", "button") for n in roles.get(role, [])
    ]
    assert len(found) == controls and all(map(str.strip, found))
    images = roles.get("image", []) + roles.get("img", [])
    assert len(images) == element.evaluate("f => f.querySelectorAll('svg').length")
    assert all(len(label) >= 40 for label in images)
    assert all(roles.get("group", ["a name"]))
    texts = element.evaluate(
        "f => [...f.querySelectorAll('input')].map(i => i.getAttribute('aria-valuetext'))"
    )
    assert all(texts)


@pytest.mark.browser
def test_keyboard_alone_moves_it(opened, name):
    """Tab reaches each control in turn; arrow keys change what is seen and what is said."""
    tab, element = opened(name)
    controls = element.query_selector_all("input, select, button")
    for control in controls:
        tab.keyboard.press("Tab")
        assert control.evaluate("c => c === document.activeElement")
        assert (
            float(control.evaluate("c => parseFloat(getComputedStyle(c).outlineWidth)"))
            >= 2
        )
        # else JupyterLab takes the keys for itself
        assert control.evaluate("c => c.hasAttribute('data-lm-suppress-shortcuts')")
        if control.evaluate("c => c.type") != "range":
            continue
        before = element.evaluate(STATE)
        low = control.evaluate("c => c.value === c.min")
        tab.keyboard.press("ArrowRight" if low else "ArrowLeft")
        tab.evaluate(TWO_FRAMES)
        after = element.evaluate(STATE)
        assert after["says"][1] or before["says"][1]
        assert after != before
        said = control.evaluate("c => c.getAttribute('aria-valuetext')")
        shown = control.evaluate(
            "c => c.closest('.lk-control').querySelector('output').textContent"
        )
        assert said == shown


@pytest.mark.browser
def test_words_follow_and_are_spoken_once_at_rest(opened):
    tab, element = opened("memory_one")
    slider = tab.get_by_role("slider", name="discount")
    slider.focus()
    before = element.evaluate(STATE)["says"][1]
    menu = tab.get_by_role("combobox", name="policy").nth(1)
    menu.select_option("always defect")
    tab.wait_for_function(AT_REST)
    said = tab.locator(".lk-says")
    assert said.inner_text() != before and said.get_attribute("aria-live") == "polite"
    # R of tit-for-tat against always-defect, as in Chapter 1
    assert said.inner_text().startswith(
        "Player 1 earns −2.040 per step, player 2 −1.920."
    )
    one = tab.get_by_role("slider", name="CC", exact=True).nth(1)
    one.focus()
    tab.keyboard.press("ArrowRight")
    assert menu.input_value() == ""  # set by hand now


@pytest.mark.browser
def test_memory_one_computes_what_the_library_computes(opened):
    """R = (1 - gamma) r' (I - gamma P')^-1 p0: its condition is below 2 / (1 - gamma).

    A dozen roundings in each entry, also on the library's way through logits, each worth
    EPS, are so amplified and then multiplied by the largest payoff.
    """
    _, element = opened("memory_one")
    rng, worst = np.random.default_rng(0), 0.0
    points = [rng.integers(0, 101, (2, 5)) / 100 for _ in range(30)]
    points += [np.array([a, b]) for a in POLICIES.values()
               for b in POLICIES.values()]  # fmt: skip
    for i, p in enumerate(points):
        gamma = (0.0, 0.5, 0.96, 0.99)[i // 4 % 4]
        label, game = [*by_name(gamma).items()][i % 4]
        settings = {f"p {k + 1} {s}": float(p[k, s]) for k in (0, 1) for s in range(5)}
        found = element.evaluate(COMPUTE, settings | {"game": label, "gamma": gamma})
        R, share = earned(game, p[0], p[1])
        bound = 12 * EPS * 2 / (1 - gamma)
        most = float(abs(game.payoff).max())
        np.testing.assert_allclose(found["share"], share, rtol=0, atol=bound)
        np.testing.assert_allclose(found["R"], R, rtol=0, atol=4 * most * bound)
        worst = max(worst, abs(np.array(found["R"]) - R).max())
    print(f"largest difference of R: {worst:.1e}")


@functools.cache
def in_the_field(who, other):
    """Functions of a game and a lookahead: the velocities at points, the path from a start."""

    def rules(game, eta):
        lola = lambda V: lk.lola(V, lookahead=eta)
        if who == "naive":
            return both(game, lk.naive)
        return both(game, lola, lk.naive if other == "naive" else None)

    return (
        jax.jit(lambda game, eta, points: velocities(rules(game, eta), points)),
        jax.jit(lambda game, eta, start: trajectory(rules(game, eta), start)),
    )


@pytest.mark.browser
@pytest.mark.parametrize("label", by_name(0.0))
def test_vector_field_computes_what_the_library_computes(opened, label):
    """The field to rounding; the path to rounding, as the steps amplify it.

    How much they do, a path that starts 1e-7 away shows. 200 steps each add roundings of a
    few EPS of the step, whose length is at most the largest payoff's.
    """
    _, element = opened("vector_field")
    game = by_name(0.0)[label]
    points = jnp.array([(a, b) for a in GRID for b in GRID])
    for eta, other, start in [(0.0, "LOLA", (0.6, 0.5)), (1.0, "LOLA", (0.2, 0.9)),
                              (2.5, "naive", (0.55, 0.4))]:  # fmt: skip
        settings = {
            "game": label,
            "lookahead": eta,
            "other": other,
            "p 1": start[0],
            "p 2": start[1],
        }
        found = element.evaluate(COMPUTE, settings)
        for who in ("naive", "LOLA"):
            field, path = (
                functools.partial(f, game, eta) for f in in_the_field(who, other)
            )
            velocity = np.asarray(field(points))
            scale = float(abs(game.payoff).max()) ** 2 * (
                1 + eta
            )  # of the terms that are added
            np.testing.assert_allclose(
                found[who]["field"], velocity, rtol=0, atol=16 * EPS * scale
            )
            way = np.asarray(path(jnp.array(start)))
            moved = np.asarray(path(jnp.array(start) + jnp.array([1e-7, -1e-7])))
            amplified = np.maximum.accumulate(abs(moved - way).max(axis=1)) / 1e-7
            bound = 200 * 16 * EPS * scale * np.maximum(amplified, 1)
            error = abs(np.array(found[who]["way"]) - way).max(axis=1)
            off = abs(np.array(found[who]["field"]) - velocity).max()
            print(
                f"{label}, {who}: field {off:.1e}, path {error.max():.1e} < {bound.max():.1e}"
            )
            assert (error <= bound).all()
            assert bound.max() < 1e-6  # so that the check means something


def naive_ways(label):
    """A function of starts: the library's path of naive learners, and what both earn on it."""
    game = by_name(0.0)[label]
    rules, V = both(game, lk.naive), lk.exact_values(game)

    @jax.jit
    def ways(start):
        way = trajectory(rules, start, naive_field.STEPS)
        theta = jnp.repeat(jnp.log(way / (1 - way))[..., None], 5, axis=-1)
        return way, jax.vmap(V)(theta[:, 0], theta[:, 1])  # gamma = 0: V is R

    return lambda start: [np.asarray(x) for x in ways(jnp.array(start))]


@pytest.mark.browser
@pytest.mark.parametrize("label", by_name(0.0))
def test_naive_field_computes_what_the_library_computes(opened, label):
    """The field, the path and what both earn: in the browser, and in the still picture.

    Roundings are counted as in the vector field's test. What both earn is off by as much as
    the path, times a slope of at most twice the largest payoff for each player.
    """
    _, element = opened("naive_field")
    game, ways = by_name(0.0)[label], naive_ways(label)
    payoff = np.asarray(game.payoff)
    points = jnp.array([(a, b) for a in GRID for b in GRID])
    velocity = np.asarray(jax.jit(
        lambda p: velocities(both(game, lk.naive), p))(points))  # fmt: skip
    most, drawn = (
        float(abs(payoff).max()),
        np.random.default_rng(2).uniform(0.02, 0.98, (6, 2)),
    )
    for start in [(0.6, 0.6), (0.9, 0.3), *drawn]:
        settings = {"game": label, "p 1": float(start[0]), "p 2": float(start[1])}
        found = element.evaluate(COMPUTE, settings)
        np.testing.assert_allclose(
            found["field"], velocity, rtol=0, atol=16 * EPS * 2 * most
        )
        way, R = ways(start)
        moved, _ = ways(np.add(start, [1e-7, -1e-7]))
        amplified = np.maximum.accumulate(abs(moved - way).max(axis=1)) / 1e-7
        bound = naive_field.STEPS * 16 * EPS * 2 * most * np.maximum(amplified, 1)
        assert bound.max() < 1e-6  # so that the check means something
        still = naive_field.path(payoff, start)
        for path, income in (
            (np.array(found["way"]), np.array(found["R"])),
            (still, naive_field.earned(payoff, still)),
        ):
            assert (abs(path - way).max(axis=1) <= bound).all()
            assert (abs(income - R).max(axis=1) <= 4 * most * bound).all()


@pytest.mark.browser
def test_start_of_naive_learners_is_dragged_or_put_elsewhere(opened):
    """By the handle, by a click; the curves follow, and the slider goes through the updates."""
    tab, element = opened("naive_field")
    handle = tab.locator('[data-part="handle"]')
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y + 30, steps=5)
    tab.mouse.up()
    settings = element.evaluate("f => f.lolakit.read()")
    assert settings["p 1"] > 0.8 and settings["p 2"] < 0.55
    tab.wait_for_function(AT_REST)
    after = handle.bounding_box()
    # the slider's steps of 0.01 are 3 px wide
    assert abs(after["x"] + after["width"] / 2 - (x + 60)) <= 4
    square = tab.locator("svg").first.bounding_box()
    tab.mouse.click(
        square["x"] + square["width"] / 2, square["y"] + square["height"] / 3
    )
    tab.evaluate(TWO_FRAMES)
    assert element.evaluate("f => f.lolakit.read()")["p 1"] < 0.6
    update = tab.get_by_role("slider", name="update")
    update.focus()
    tab.keyboard.press("Home")
    tab.wait_for_function(AT_REST)
    state = element.evaluate(STATE)
    assert state["says"][1].startswith("Update 0: ")
    assert state["now"][0]["cx"] == state["start"][0]["cx"]


@pytest.mark.browser
def test_circle_computes_what_the_library_computes(opened):
    """Both paths to rounding, as the steps amplify it; see the vector field's test."""
    _, element = opened("circle")
    rng = np.random.default_rng(1)
    paths = {
        who: jax.jit(lambda p, r=rules: trajectory(r, p, circle.STEPS, circle.STEP))
        for who, rules in circle.rules().items()
    }
    for start in [(0.85, 0.5), *rng.uniform(0.02, 0.98, (8, 2))]:
        settings = {"p 1": float(start[0]), "p 2": float(start[1])}
        found = element.evaluate(COMPUTE, settings)
        for who, path in paths.items():
            way = np.asarray(path(jnp.array(start)))
            moved = np.asarray(path(jnp.array(start) + jnp.array([1e-7, -1e-7])))
            amplified = np.maximum.accumulate(abs(moved - way).max(axis=1)) / 1e-7
            bound = circle.STEPS * 32 * EPS * np.maximum(amplified, 1)
            error = abs(np.array(found[who]) - way).max(axis=1)
            assert (error <= bound).all() and bound.max() < 1e-6


@pytest.mark.browser
def test_start_button_lets_them_learn(opened):
    """The answer is not drawn before; afterwards it follows the dot, which a tap moves too."""
    tab, element = opened("circle")
    count = "f => f.querySelector('[data-part=\"way LOLA\"]').points.length"
    assert element.evaluate(count) == circle.SHOWN + 1
    # a frame is told the time at which it began, which may be before the key was pressed
    tab.evaluate("performance.now = () => 1e9")
    tab.get_by_role("button").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_function(
        "document.querySelector('.lk-says').textContent.includes('After')"
    )
    assert element.evaluate(count) == circle.STEPS + 1
    _, ways = circle.pairs()
    for way in ways.values():
        far = frame.number(circle.from_middle(way[-1]))
        assert far in tab.locator(".lk-says").inner_text()
    box = tab.locator("svg").bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    tab.evaluate(TWO_FRAMES)
    assert element.evaluate("f => f.lolakit.read()")["p 1"] < 0.6
    assert element.evaluate(count) == circle.STEPS + 1


@pytest.mark.browser
def test_opponents_learn_as_the_librarys_do(opened):
    """Naive and LOLA: one step on exact values; M-FOS: mean and variance of its next policy.

    Values solve (I - gamma P) u = r, whose condition is below 2 / (1 - gamma) = 50. A
    derivative holds two solutions and LOLA's three, in each some dozens of roundings of
    numbers up to 3 / (1 - gamma) = 75.
    """
    _, element = opened("twenty_rounds")
    data = element.evaluate("f => f.lolakit.data")
    actor = Layers(**{k: jnp.asarray(unpacked(v)) for k, v in data["actor"].items()})
    made = twenty_rounds.learners(actor)
    steps = {k: jax.jit(made[k].update) for k in ("naive", "LOLA")}
    V = jax.jit(lk.exact_values(lk.prisoners_dilemma()))
    rng, worst = np.random.default_rng(0), 0.0
    for scale in (0.0, 0.5, 1.0, 2.0, 4.0):
        for _ in range(8):
            own, other = jnp.asarray(scale * rng.normal(size=(2, 5)))
            ask = lambda f, *a: element.evaluate(
                f"(f, a) => f.lolakit.{f}(...a)", list(a)
            )
            found = ask("values", own.tolist(), other.tolist())
            assert np.allclose(found["V"], V(own, other), rtol=1e-12, atol=0)
            for name in ("naive", "LOLA"):
                wanted, _ = steps[name](jax.random.key(0), own, other, made[name].init(
                    jax.random.key(0))[1])  # fmt: skip
                step = ask("update", name, own.tolist(), other.tolist())
                most = 75 if name == "naive" else 75 * 75 * 50
                bound = 64 * EPS * 50 * most
                assert bound < 1e-6
                np.testing.assert_allclose(step, wanted, rtol=0, atol=bound)
                worst = max(worst, float(abs(np.array(step) - wanted).max()))
            seen = jax.nn.sigmoid(jnp.concatenate([own, other]))
            for one, two in zip(ask("gaussian", own.tolist(), other.tolist()),
                                gaussian(actor, seen), strict=True):  # fmt: skip
                # sums of 256 products
                most = float(abs(actor.W2).sum(axis=1).max())
                np.testing.assert_allclose(one, two, rtol=0, atol=256 * EPS * most)
    print(f"largest difference of a step: {worst:.1e}")


def test_weights_are_the_stored_ones_to_16_bits():
    """And what M-FOS then does is what the stored network does, to a thousandth of a logit."""
    stored = network(twenty_rounds.AGENT, 0).actor
    kept = twenty_rounds.weights()
    for name, x in stored._asdict().items():
        assert (
            abs(unpacked(kept[name]) - np.asarray(x)).max()
            <= kept[name]["scale"] * 0.51
        )
    actor = Layers(**{k: jnp.asarray(unpacked(v)) for k, v in kept.items()})
    s = jax.random.uniform(jax.random.key(0), (10, 1000))
    s = s.astype(float)
    stored = jax.tree.map(lambda x: jnp.asarray(x, float), stored)
    exact, rounded = (gaussian(net, s)[0] for net in (stored, actor))
    # a hidden unit's input is off by 11 half scales at most, an output by those of 256 units
    half = {k: v["scale"] / 2 for k, v in kept.items()}
    off = 10 * half["W1"] + half["b1"]
    bound = off * abs(stored.W2).sum(axis=1).max() + 256 * half["W2"] + half["b2"]
    assert abs(exact - rounded).max() < bound


@pytest.mark.browser
def test_a_game_of_twenty_rounds(opened):
    """Counting, payoffs and the end of the game; the opponents' games stand side by side."""
    tab, element = opened("twenty_rounds")
    game = lk.prisoners_dilemma()
    for name in twenty_rounds.OPPONENTS:
        tab.get_by_role("combobox").select_option(name)
        for k in range(twenty_rounds.ROUNDS):
            tab.get_by_role(
                "button", name="Defect" if k % 3 == 2 else "Cooperate"
            ).click()
            tab.evaluate(TWO_FRAMES)
        assert tab.get_by_role("button", name="Defect").is_disabled()
        kept = element.evaluate("(f, n) => f.lolakit.games[n]", name)
        you, it = np.array(kept["moves"]).T
        assert you.tolist() == [int(k % 3 == 2) for k in range(20)]
        R = np.asarray(game.payoff)[:, you, it].mean(axis=1)
        said = tab.locator(".lk-says").inner_text()
        assert f"you earn {frame.number(R[0])} a round, it {frame.number(R[1])}" in said
        states = np.concatenate([[0], 1 + 2 * you[:-1] + it[:-1]])
        model = counts(twenty_rounds.PRIOR)
        digest = model.digest(jnp.asarray(states), jnp.asarray(you))
        wanted = model.fit(jnp.zeros(5), digest[None], jnp.array([True]))
        found = element.evaluate(
            "(f, n) => f.lolakit.estimate(f.lolakit.games[n])", name
        )
        np.testing.assert_allclose(found, wanted, rtol=0, atol=4 * EPS * 4)
        assert (
            tab.locator(f'[data-part="end {name}"]').get_attribute("visibility")
            == "visible"
        )
    tab.get_by_role("button", name="New game").click()
    tab.evaluate(TWO_FRAMES)
    assert tab.get_by_role("button", name="Defect").is_enabled()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["learning_run", "meta_episode"])
def test_run_shows_the_librarys_numbers(opened, figures, name):
    tab, element = opened(name)
    data = figures[name].data
    for label, run in data["runs"].items():
        tab.get_by_role("combobox").select_option(label)
        for step in range(len(data["stops"])):
            found = element.evaluate(COMPUTE, {"step": step})
            assert found["R"] == run["R"][step]
            assert found["p"] == [p[step] for p in run["p"]]
    tab.get_by_role("slider").focus()
    tab.keyboard.press("End")
    tab.wait_for_function(AT_REST)
    live = element.evaluate(STATE)
    a, b, c, d = data["plane"]
    x, y = run["R"][-1]
    close_to(live["point"][0]["cx"], str(a + b * x))
    close_to(live["point"][0]["cy"], str(c + d * y))
    assert frame.number(x) in live["says"][1] and frame.number(y) in live["says"][1]
    tall = data["bars"][3]
    for player in (0, 1):
        for state in range(5):
            height = live[f"bar {player} {state}"][0]["height"]
            close_to(height, str(abs(tall) * run["p"][player][-1][state]))


@pytest.mark.browser
def test_where_to_start_shows_the_librarys_numbers(opened, figures):
    tab, element = opened("where_to_start")
    data = figures["where_to_start"].data
    for start, row in data["runs"].items():
        tab.get_by_role("combobox", name="starts from").select_option(start)
        for other, run in row.items():
            tab.get_by_role("combobox", name="it meets").select_option(other)
            for step in range(len(data["stops"])):
                found = element.evaluate(COMPUTE, {"step": step})
                assert found["R"] == run["R"][step] == found["way"][-1]
                assert found["p"] == [p[step] for p in run["p"]]
                assert found["mean"] == run["mean"][step]
    tab.get_by_role("slider").focus()
    tab.keyboard.press("Home")
    tab.wait_for_function(AT_REST)
    assert "Nobody has learned yet." in tab.locator(".lk-says").inner_text()


@pytest.mark.browser
def test_play_button_plays_to_the_end_and_again(opened, figures):
    tab, _ = opened("learning_run")
    button, slider = tab.get_by_role("button"), tab.get_by_role("slider")
    button.focus()
    tab.keyboard.press("Enter")
    assert button.inner_text() == "Pause"
    tab.wait_for_function("document.querySelector('button').textContent === 'Play'")
    assert slider.input_value() == slider.get_attribute("max")
    tab.keyboard.press("Space")
    tab.wait_for_function("document.querySelector('input').value === '1'")
    tab.keyboard.press("Space")
    assert button.inner_text() == "Play"


@pytest.mark.browser
def test_look_ahead_steps_shows_the_shares(opened):
    tab, element = opened("look_ahead_steps")
    for at, product in enumerate(PRODUCTS):
        found = element.evaluate(COMPUTE, {"at": at})
        assert found["product"] == product
        for (K, eta, share), (wanted, row) in zip(
            found["at"], SHARES.items(), strict=True
        ):
            assert (K, share) == (wanted, row[at]) and abs(eta - product / K) < EPS
    dots = lambda: [element.evaluate(STATE)[f"dot {k}"][0]["cx"] for k in range(3)]
    assert len(set(dots())) == 1  # one product
    tab.get_by_role("combobox", name="horizontal axis").select_option("lookahead")
    tab.wait_for_function(
        "document.querySelector('[data-part=axis]').textContent.startsWith('look')"
    )
    assert len(set(dots())) == 3
    tab.get_by_role("combobox", name="values").select_option("sampled")
    found = element.evaluate(COMPUTE, {"at": 0})
    assert [share for *_, share in found["at"]] == [s[-1] for s in SHARES.values()]


@pytest.mark.browser
def test_meetings_shows_the_pair_that_was_chosen(opened):
    tab, element = opened("meetings")
    tab.get_by_role("combobox", name="player 2").select_option("NL-Q")
    found = element.evaluate(COMPUTE, {"step": 1})
    assert found["R"] == MEETINGS["LOLA", "NL-Q"][1].tolist()
    assert found["way"] == MEETINGS["LOLA", "NL-Q"][:2].tolist()


@pytest.mark.browser
def test_estimates_shows_the_samples(opened, figures):
    _, element = opened("estimates")
    data = figures["estimates"].data
    for at in range(7):
        found = element.evaluate(COMPUTE, {"batch": at})
        assert found == {"means": data["means"][at], "spreads": data["spreads"][at]}


@pytest.mark.browser
def test_sampled_directions_shows_the_samples(opened, figures):
    """All stops; and lines that leave the picture are cut at its edge, not bent."""
    _, element = opened("sampled_directions")
    data = figures["sampled_directions"].data
    for at in range(len(data["batches"])):
        found = element.evaluate(COMPUTE, {"batch": at})
        assert found == {"ends": data["ends"][at], "off": data["off"][at]}
    panel, ends = svg.Panel((-1, 1), (-1, 1)), np.array([[0.5, 0.2], [-4.0, 2.0]])
    lines = re.findall(r"L(\S+) (\S+?)(?=M|$)", sampled_directions.fan(panel, ends))
    wanted = np.stack(panel.at([0.5, -1.0], [0.2, 0.5]), axis=1)
    np.testing.assert_allclose(np.array(lines, float), wanted, atol=0.051)


@pytest.mark.browser
def test_belief_is_that_of_the_librarys_model(opened, figures):
    """At each stop, for both games and three priors: what `counts` fits to so much play."""
    tab, element = opened("belief_from_play")
    data, game = figures["belief_from_play"].data, lk.prisoners_dilemma()
    other = jnp.array(belief_from_play.OTHER)
    for who, (_, own) in belief_from_play.PLAYERS.items():
        play = lk.rollout(
            game, jnp.array(own), other, jax.random.key(0), horizon=200, batch=1
        )
        states, actions = (np.asarray(x[1][0]) for x in (play.states, play.actions))
        assert data["games"][who] == {
            "states": states.tolist(), "actions": actions.tolist()}  # fmt: skip
        n = np.zeros((len(data["stops"]), 5, 2), int)
        for counted, rounds in zip(n, data["stops"], strict=True):
            np.add.at(counted, (states[:rounds], actions[:rounds]), 1)
        assert (n[-1] == lk.counts(1.0).digest(states, actions)).all()
        for prior in (0.5, 2.0, 5.0):
            fit = jax.jit(jax.vmap(lk.counts(prior).fit, (None, 0, None)))
            found = element.evaluate(
                """(figure, [s, stops]) => stops.map(
                step => figure.lolakit.compute({...figure.lolakit.read(), ...s, step}))""",
                [{"who": who, "prior": prior}, list(range(len(n)))],
            )
            assert [each["n"] for each in found] == n.tolist()
            fitted = fit(jnp.zeros(5), jnp.array(n)[:, None], jnp.array([True]))
            # two logarithms, an exponential and a quotient of numbers below 6
            right = np.asarray(jax.nn.sigmoid(fitted))
            shown = [each["p"] for each in found]
            np.testing.assert_allclose(shown, right, rtol=16 * EPS, atol=0)
    tab.get_by_role("combobox").select_option("mixed")
    slider = tab.get_by_role("slider", name="rounds seen")
    slider.focus()
    tab.keyboard.press("End")
    tab.wait_for_function(AT_REST)
    live = element.evaluate(STATE)
    C, D = np.array(found[-1]["n"])[1]  # both were computed at 200 rounds
    assert live["said C 1"][1] == f"{C} C" and live["said D 1"][1] == f"{D} D"
    assert live["says"][1].startswith("After 200 rounds it believes: ")


@pytest.mark.browser
def test_atlas_shows_the_stored_numbers(opened):
    """All games, rules and views; and in one game what both earn, to the thousandth."""
    _, element = opened("atlas")
    result = stored("atlas")
    known, games = Atlas(result), [*itertools.product(range(12), repeat=2)]
    for view, way in itertools.product(VIEWS, WAYS):
        for rule in range(len(known.rules)):
            settings = {"view": view, "way": way, "rule": rule}
            live = element.evaluate(COMPUTE, settings)["looks"]
            assert live == [[*known.look(view, way, rule, i, j)] for i, j in games]
    for way in WAYS:
        live = element.evaluate(COMPUTE, {"way": way, "one": 3, "two": 6})["R"]
        for name, R in zip(known.rules, live, strict=True):
            exact = earned_in_atlas(result, name, way)[:, 3, 6].mean(axis=0)
            # Each of four stored shares is off by 2^-10 at most; made to sum to one, that
            # is 4 * 2^-10, times a payoff of at most 4. Then thousandths: 10 * 0.0005.
            np.testing.assert_allclose(np.array(R) / 1000, exact, atol=0.021)


@pytest.mark.browser
def test_atlas_draws_the_stored_ways(opened):
    """In all games of one row and its mirror, by two rules: the bytes of the stored result."""
    _, element = opened("atlas")
    runs = stored("atlas_paths")["runs"]
    ask = (
        "(f, [rule, way, games]) => games.map(([one, two]) => "
        "f.lolakit.compute({...f.lolakit.read(), rule, way, one, two}).ways)"
    )
    for k, way in itertools.product((2, len(runs) - 1), WAYS):
        games = [*itertools.product((5,), range(5, 12))]  # the upper half, by rows
        kept = [*runs.values()][k][f"path/{way}"]
        numbers = [*zip(*map(np.ndarray.tolist, PAIRS), strict=True)]
        right = np.stack([kept[:, numbers.index(game)] / 255 for game in games])
        live = element.evaluate(ask, [k, way, games])
        np.testing.assert_allclose(live, right, atol=1e-12)
        # the first is symmetric, and its own mirror image
        mirrored = element.evaluate(ask, [k, way, [game[::-1] for game in games[1:]]])
        np.testing.assert_allclose(mirrored, right[1:, ..., ::-1], atol=1e-12)


@pytest.mark.browser
def test_a_click_or_a_key_chooses_a_game_of_the_atlas(opened):
    tab, element = opened("atlas")
    squares = tab.locator("[data-part='high 6 1']")
    squares.click(position={"x": 16, "y": 6})
    tab.wait_for_function(AT_REST)
    said = tab.locator(".lk-says")
    assert said.inner_text().startswith("stag hunt / leader, LOLA, played again")
    two = tab.get_by_role("slider", name="player 2")
    two.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function(AT_REST)
    assert said.inner_text().startswith("stag hunt / hero")
    assert two.get_attribute("aria-valuetext") == "hero"
    tab.get_by_role("combobox", name="colour").select_option("nash")
    tab.get_by_role("combobox", name="rule").select_option(label="CGD")
    tab.wait_for_function(AT_REST)
    assert "stag hunt / hero, CGD" in said.inner_text()
    state = element.evaluate(STATE)
    x, y = (float(state["chosen"][0][k]) for k in "xy")
    assert (x, y) == (float(state["low 6 2"][0]["x"]), float(state["low 6 2"][0]["y"]))


@pytest.mark.browser
def test_start_can_be_dragged(opened):
    tab, element = opened("vector_field")
    handle = tab.locator('[data-part="handle LOLA"]').bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x - 60, y - 40, steps=5)
    tab.mouse.up()
    tab.mouse.move(x, y)  # let go: it stays
    settings = element.evaluate("f => f.lolakit.read()")
    assert settings["p 1"] < 0.55 and settings["p 2"] > 0.55
    tab.wait_for_function(AT_REST)
    after = tab.locator('[data-part="start naive"]').bounding_box()
    other = tab.locator('[data-part="start LOLA"]').bounding_box()
    assert after["x"] < other["x"]  # both panels follow
    # the slider's steps of 0.01 are 3 px wide
    assert abs(other["x"] + other["width"] / 2 - (x - 60)) <= 4
    assert abs(other["y"] + other["height"] / 2 - (y - 40)) <= 4


REDRAW = """figure => {
  const times = [], {controls, redraw} = figure.lolakit;
  const sliders = Object.values(controls).filter(c => c.type === "range");
  for (let i = 0; i < 60; i++) {
    const slider = sliders[i % sliders.length];
    if (slider) {
      slider.value = Number(slider.min) + (slider.max - slider.min) * ((i * 37) % 100) / 100;
    }
    const start = performance.now();
    redraw();
    figure.getBoundingClientRect();  // the layout belongs to it
    const between = performance.now();
    for (let k = 1, sum = 0; k < 800_000; k++) sum += Math.hypot(k, sum);
    times.push([between - start, performance.now() - between]);
  }
  return [0, 1].map(k => Math.min(...times.map(t => t[k])));
}"""
ONE_FRAME = """figure => new Promise(done => {
  const says = figure.querySelector(".lk-says"), slider = figure.querySelector("input");
  let writes = 0;
  if (!slider) return done(0);
  new MutationObserver(changes => { writes += changes.length; })
    .observe(slider.closest(".lk-control").querySelector("output"), {childList: true});
  for (let i = 0; i < 20; i++) {
    slider.value = i % 2 ? slider.min : slider.max;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
  }
  requestAnimationFrame(() => setTimeout(() => done(writes), 50));
})"""


@pytest.mark.browser
def test_redrawing_is_less_work_than_a_frame_has_room_for(opened, name):
    """Beside a fixed piece of work, about a quarter of a frame of 16 ms on a machine of 2026.

    The two take turns, and of each the quickest counts: a machine with other things to do
    breaks into most of them, into redraws more than into arithmetic, but not into all.
    """
    _, element = opened(name)
    redraw, work = element.evaluate(REDRAW)
    print(f"{name}: a redraw takes {redraw:.2f} ms, the work beside it {work:.2f}")
    assert redraw < work
    assert element.evaluate(ONE_FRAME) <= 1, "many events, one redraw"


# Which of the figures look or speak otherwise than at the last call.
MOVED = """() => {
  const looks = [...document.querySelectorAll("figure.lk")].map(figure =>
    [...figure.querySelectorAll("[data-part]")].map(e => e.textContent
      + [...e.attributes].filter(a => a.name !== "aria-busy").map(a => a.value)).join());
  const moved = looks.map((look, k) => look === window.looks?.[k] ? -1 : k);
  window.looks = looks;
  return moved.filter(k => k >= 0);
}"""


@pytest.mark.browser
def test_all_figures_on_one_page_twice(show, figures):
    """They share a page: each moves alone, also beside a twin."""
    tab = show("".join(map(str, figures.values())) * 2)
    elements = tab.query_selector_all("figure.lk")
    assert len(elements) == 2 * len(MAKE)
    tab.evaluate(MOVED)
    for i, element in enumerate(elements):
        slider = element.query_selector("input")
        if slider:
            slider.focus()
            end = slider.evaluate("c => c.value !== c.max")
            tab.keyboard.press("End" if end else "Home")
        else:
            element.query_selector("button").evaluate("b => b.click()")
        tab.evaluate(TWO_FRAMES)
        assert tab.evaluate(MOVED) == [i]


AS_JUPYTERLAB = """html => {
  // JupyterLab sets innerHTML, and then puts a fresh copy in the place of each script.
  const node = document.body.appendChild(document.createElement("div"));
  node.innerHTML = html;
  for (const old of node.querySelectorAll("script")) {
    const script = document.createElement("script");
    for (const {name, value} of old.attributes) script.setAttribute(name, value);
    script.textContent = old.textContent;
    old.replaceWith(script);
  }
}"""

MOVE = """() => {
  const slider = document.querySelector("figure.lk input");
  if (!slider) return document.querySelector("figure.lk button").click();
  slider.value = slider.value === slider.max ? slider.min : slider.max;
  slider.dispatchEvent(new Event("input", {bubbles: true}));
}"""
CHANGED = "before => document.querySelector('.lk-picture').innerHTML !== before"


@pytest.mark.browser
def test_lives_where_outputs_live(show, figures, name):
    """In JupyterLab's page, and in an iframe that may run scripts and nothing else (Colab)."""
    tab = show("")
    tab.evaluate(AS_JUPYTERLAB, str(figures[name]))
    frame_in_page = "<iframe sandbox='allow-scripts' width='700' height='900'></iframe>"
    boxed = show(frame_in_page)
    boxed.locator("iframe").evaluate(
        "(f, html) => { f.srcdoc = html; }", PAGE.format(str(figures[name]))
    )
    boxed.frame_locator("iframe").locator(".lk-controls").wait_for(state="visible")
    for place in (tab, boxed.frames[1]):
        assert place.evaluate("!!document.querySelector('figure.lk').lolakit")
        before = place.locator(".lk-picture").inner_html()
        place.evaluate(MOVE)
        place.wait_for_function(CHANGED, arg=before, timeout=5000)


def boards(number=25):
    """Boards of the Coin Game with the coin on a free cell, by chance: what a page may show."""
    draw = np.random.default_rng(3)
    for _ in range(number):
        one, two, cell = (int(x) for x in draw.choice(9, 3, replace=False))
        two = one if draw.random() < 0.2 else two  # players may share a cell
        coins = [-1, -1]
        coins[draw.integers(2)] = cell
        took = [int(x) for x in draw.integers(2, size=2)]
        actions = [int(x) for x in draw.integers(4, size=2)]
        yield [one, two], coins, took, actions, float(draw.random())


@pytest.mark.browser
def test_coin_game_of_the_page_is_that_of_the_library(opened, figures):
    """Both policies, where the players go, what they earn and where the next coin lies."""
    _, element = opened("coin_board")
    W1, b1, W2, b2 = map(
        jnp.asarray, figures["coin_board"].data["networks"]["a network"]
    )
    net, scripted = (
        ((W1, b1), (W2, b2)),
        {k: make(RULES) for k, make in SCRIPTED.items()},
    )
    net = tuple(type(NETWORK[0])(*layer) for layer in net)
    step = jax.jit(lambda s, a: coin_game.step(RULES, s, a, jax.random.key(0)))
    for agents, coins, took, actions, u in boards():
        shown = {"agents": agents, "coins": coins, "took": took, "round": 3,
                 "earned": [0, 0], "picked": [0, 0], "rewards": [0, 0]}  # fmt: skip
        state = state_of(agents, coins, [bool(x) for x in took])
        seen = coin_game.observe(RULES, state)
        for name in ("a network", *scripted):
            found = element.evaluate(
                COMPUTE, {"board": shown, "red": name, "blue": name}
            )
            if name == "a network":
                right = probabilities(net, state)
            else:
                act = scripted[name].act
                right = [np.exp(act((), (), seen[i])[0]) for i in (0, 1)]
            np.testing.assert_allclose(found["p"], right, rtol=0, atol=1e-12)
        after, rewards = step(state, jnp.array(actions))
        there = "(f, [board, actions, u]) => f.lolakit.step(board, actions, u)"
        found = element.evaluate(there, [shown, actions, u])
        assert found["rewards"] == rewards.tolist()
        assert found["agents"] == after.agents.tolist()
        assert found["took"] == after.took.astype(int).tolist()
        if (rewards == 0).all():
            assert found["coins"] == after.coins.tolist() == coins
            continue
        lies = [x >= 0 for x in found["coins"]]
        assert lies == (after.coins >= 0).tolist()
        free = [c for c in range(9) if c not in found["agents"]]
        assert max(found["coins"]) == free[int(u * len(free))]


@pytest.mark.browser
def test_coin_game_can_be_played_and_taken_back(opened):
    """Three rounds by the arrows, two back, twelve by red's own policy, a new game."""
    tab, element = opened("coin_board")
    state = lambda: element.evaluate("f => f.lolakit.compute(f.lolakit.read())")
    begin = state()
    for move in (0, 2, 0):
        before = state()["agents"]
        tab.click(f'[data-part="move {move}"]')
        tab.evaluate(TWO_FRAMES)
        after = state()
        went = coin_game.moved(RULES, jnp.array(before), jnp.array([move, 0]))
        assert after["agents"][0] == int(went[0])
    assert after["round"] == 3 and "Round 3" in tab.locator(".lk-says").inner_text()
    slider = tab.locator('[data-control="step"]')
    slider.focus()
    for key, number in (
        ("ArrowLeft", 2),
        ("ArrowLeft", 1),
        ("PageUp", None),
        ("End", 40),
    ):
        tab.keyboard.press(key)
        tab.evaluate(TWO_FRAMES)
        assert number is None or state()["round"] == number
    tab.click('[data-part="new"]')
    tab.evaluate(TWO_FRAMES)
    assert state() == begin
    tab.select_option('[data-control="took 0"]', "1")
    tab.evaluate(TWO_FRAMES)
    assert state()["took"] == [1, 0] and state()["p"][1] != begin["p"][1]


def test_the_typical_run_is_the_one_nearest_to_the_mean():
    R = np.zeros((3, 4, 2)) + np.array([0.0, 1.0, 3.0])[:, None, None]
    assert typical(R) == 1  # the mean is 4/3


def test_meetings_say_who_plays():
    figure = interactive.meetings(MEETINGS, step=50)
    assert figure.says == "Episode 150: LOLA earns −1.00 per round, LOLA −1.00."
    assert figure.data["stops"] == [50, 100, 150]
    assert figure.data["runs"]["NL-Q"]["LOLA"][1] == [-1.5, -2.25]
