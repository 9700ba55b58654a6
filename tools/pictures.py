"""Draw the logo, the cover picture, the map, and the first page's ladder: `make pictures`.

The logo is the path of two LOLA learners into the equilibrium of matching pennies. The
cover shows two vector fields and two learning curves. Nothing in them is invented: each
line is a run of the library, with the seeds below.
"""

from pathlib import Path

import jax
import ladder
import matplotlib.pyplot as plt
import numpy as np
import optax
import rooms

import lolakit as lk

STATIC = Path(__file__).parents[1] / "book" / "_static"
SEEDS = 2048


def lola(values, lookahead=1.0):
    """Return the paper's rule."""
    return lk.lola(values, lookahead=lookahead)


def pennies_rules(make_rule):
    """Return the rules of both seats of one-shot matching pennies."""
    game = lk.matching_pennies(gamma=0.0)
    return [make_rule(lk.exact_values(seat)) for seat in (game, game.swap())]


def draw_logo():
    """Two LOLA learners in matching pennies, from (0.8, 0.6) to the centre."""
    starts = [lk.from_probabilities([p] * 5) for p in (0.8, 0.6)]
    one, two = (
        lk.ascend(rule, optax.sgd(0.5), lambda key, start=start: start)
        for rule, start in zip(
            pennies_rules(lambda V: lola(V, lookahead=1.5)), starts, strict=True
        )
    )
    _, history = lk.play(one, two, jax.random.key(0), num_steps=400)
    x, y = (np.asarray(jax.nn.sigmoid(theta[:, 0])) for theta in history)
    fig, ax = plt.subplots(figsize=(1.6, 1.6), layout=None)
    ax.set_position((0, 0, 1, 1))
    ax.plot(
        x, y, color=lk.plots.BLUE, linewidth=8, linestyle="-", solid_capstyle="round"
    )
    ax.plot(x[0], y[0], "o", color=lk.plots.VERMILLION, markersize=15)
    reach = 1.3 * max(abs(x - 0.5).max(), abs(y - 0.5).max())
    ax.set(
        xlim=(0.5 - reach, 0.5 + reach), ylim=(0.5 - reach, 0.5 + reach), aspect="equal"
    )
    ax.axis("off")
    fig.savefig(STATIC / "logo.svg", transparent=True, metadata={"Date": None})


def learning_curve(make_rule):
    """Return the mean R of two equal learners in the IPD, shape [SEEDS, 200]."""
    game = lk.prisoners_dilemma()
    values = lk.exact_values(game)
    learner = lk.ascend(make_rule(values), optax.sgd(1.0), lk.normal_logits())

    def run(key):
        def record(theta_1, theta_2):
            return lk.per_step(values(theta_1, theta_2), game.gamma).mean()

        return lk.play(learner, learner, key, 200, record).history

    return lk.sweep(run, jax.random.split(jax.random.key(0), SEEDS), progress=False)


def draw_cover():
    """The fields of NL and LOLA in matching pennies, and both in the IPD."""
    fig, axes = plt.subplots(1, 3, figsize=(10.4, 3.5), width_ratios=[1, 1, 1.25])
    for ax, (name, rule) in zip(
        axes, {"naive": lk.naive, "LOLA": lola}.items(), strict=False
    ):
        lk.plots.vector_field(*pennies_rules(rule), ax)
        ax.set_title(f"{name} in matching pennies")
        ax.set(xlabel="player 1, P(heads)", ylabel="player 2, P(heads)")
    axes[1].set_ylabel("")
    curves = {"LOLA": learning_curve(lola), "naive": learning_curve(lk.naive)}
    lk.plots.learning_curves(curves, axes[2])
    axes[2].set(xscale="log", xlim=(1, 200), ylim=(-2.1, -0.9), ylabel="per-step value")
    axes[2].set_title("iterated prisoner's dilemma")
    axes[2].legend(loc="center right")
    fig.savefig(STATIC / "cover.png", dpi=110, metadata={"Software": None})


CARD = {"naive learners circle": lk.naive, "LOLA learners spiral in": lola}


def draw_card():
    """What stands beside a link that somebody shares: 1200 x 630, to be read when it is small."""
    fig = plt.figure(figsize=(12, 6.3), layout="none")
    fig.text(
        0.5,
        0.86,
        "Opponent shaping, by building it",
        ha="center",
        fontsize=40,
        weight="bold",
    )
    for left, (name, rule) in zip((0.05, 0.53), CARD.items(), strict=True):
        ax = fig.add_axes((left, 0.05, 0.42, 0.62))
        lk.plots.vector_field(*pennies_rules(rule), ax)
        ax.set(aspect="equal", xticks=[], yticks=[], xlabel="", ylabel="")
        ax.set_title(name, fontsize=26)
    fig.savefig(STATIC / "card.png", dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    lk.plots.use_style()
    draw_logo()
    draw_cover()
    draw_card()
    ladder.MENU.write_text(ladder.menu(), encoding="utf8")
    ladder.PAGE.write_text(ladder.draw(), encoding="utf8")
    rooms.PAGE.write_text(rooms.draw(), encoding="utf8")
    print(
        *(f"wrote {p.relative_to(STATIC.parents[1])}" for p in STATIC.glob("*.*g")),
        sep="\n",
    )
