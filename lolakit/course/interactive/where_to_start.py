"""Where a start leads: three first policies of a naive learner, and whom it meets."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lolakit.course.interactive.frame import Figure, choice, number, slider
from lolakit.course.interactive.learning_run import BARS, bars
from lolakit.course.interactive.svg import dot, line, picture, plane
from lolakit.games.matrix import prisoners_dilemma
from lolakit.games.memory_one import normal_logits, tit_for_tat
from lolakit.learners.play import play
from lolakit.plots import GREEN
from lolakit.values.exact import exact_values, per_step

STARTS = {
    "random": "a random policy",
    "tft": "tit-for-tat, nearly",
    "mmaml": "a start of M-MAML",
}
OTHERS = {
    "naive": "a naive learner",
    "lola": "LOLA",
    "same": "one with the same start",
}
STEPS = 100
STOPS = (*range(21), *range(22, 41, 2), *range(45, 101, 5))
PLAYERS = ("player 1", "player 2")


class Run(NamedTuple):
    """A meeting: both policies at the start and after each step, and what they earn."""

    theta: Float[np.ndarray, "2 T 5"]
    R: Float[np.ndarray, "T 2"]


def starts(key: Any) -> dict[str, Any]:
    """Return the three first policies of player 1: the last is the best stored one of ten."""
    # Here, as it computes: `import lolakit` must not start JAX's devices.
    from lolakit.reproduce.storage import stored

    found = stored("mmaml_step_one")["runs"]["IPD"]
    best = int(found["history"][:, -10:, 0].mean(axis=1).argmax())
    first = normal_logits()(key)
    near = tit_for_tat(4.0).astype(first.dtype)
    return {
        "random": first,
        "tft": near,
        "mmaml": jnp.asarray(found["phi"][best], first.dtype),
    }


def meetings(key: Any) -> dict[str, dict[str, Run]]:
    """Return the learning run from each start against each other player."""
    from lolakit.reproduce.players import naive_learner, taylor_learner

    game, (k_1, k_2) = prisoners_dilemma(), jax.random.split(key)
    values, first = exact_values(game), starts(k_1)
    phi = jnp.stack([*first.values()])
    psi = jnp.broadcast_to(normal_logits()(k_2), phi.shape)

    def run(shapes: bool, own: Any, its: Any) -> Any:
        one = naive_learner(game, lambda key: own)
        two = naive_learner(game.swap(), lambda key: its)
        if shapes:
            two = taylor_learner(game.swap())._replace(init=two.init)
        after = play(one, two, key, STEPS).history
        theta = [
            jnp.concatenate([a[None], b])
            for a, b in zip((own, its), after, strict=True)
        ]
        return jnp.stack(theta), per_step(jax.vmap(values)(*theta), game.gamma)

    naive, lola = (jax.jit(jax.vmap(partial(run, shapes))) for shapes in (False, True))
    both = naive(jnp.concatenate([phi, phi]), jnp.concatenate([psi, phi]))
    found = [
        np.concatenate(x, dtype=float) for x in zip(both, lola(phi, psi), strict=True)
    ]
    rows = [(a, b) for b in ("naive", "same", "lola") for a in first]
    runs = {
        pair: Run(*run)
        for pair, run in zip(rows, zip(*found, strict=True), strict=True)
    }
    return {a: {b: runs[a, b] for b in OTHERS} for a in first}


def says(step: int, R: Float[np.ndarray, "T 2"]) -> str:
    """Return what both earn after a step, and the mean of player 1 so far."""
    one, two = R[step]
    words = (
        f"Step {step}: player 1 earns {number(one)} per step, player 2 {number(two)}."
    )
    if step == 0:
        return f"{words} Nobody has learned yet."
    mean = number(R[1 : step + 1, 0].mean())
    return f"{words} The mean of player 1 over the steps so far is {mean}."


def where_to_start(start: str = "random", other: str = "naive", key: int = 0) -> Figure:
    """Return the figure of a naive learner that may choose its start, step by step.

    Both players take naive steps of size 1 in the iterated prisoner's dilemma, but for LOLA,
    which takes those of `lolakit.lola_taylor` with lookahead 1.

    Args:
        start: the start at first, a name of `STARTS`.
        other: the other player at first, a name of `OTHERS`.
        key: the number of the random key, of the random starts.

    Returns:
        The figure; Jupyter shows it.

    Raises:
        ValueError: for a name that is not among these.
    """
    for name, value, known in (("start", start, STARTS), ("other", other, OTHERS)):
        if value not in known:
            raise ValueError(f"{name}: expected one of {[*known]}, got {value!r}")
    runs = meetings(jax.random.key(key))
    R = runs[start][other].R
    kept, last = np.array(STOPS), len(STOPS) - 1
    p = {a: {b: 1 / (1 + np.exp(-r.theta[:, kept])) for b, r in row.items()}
         for a, row in runs.items()}  # fmt: skip
    mean = lambda R: np.concatenate([[0.0], R[1:, 0].cumsum() / np.arange(1, len(R))])
    panel, back = plane(prisoners_dilemma())
    payoffs = picture(
        panel, "The plane of per-step values of the two players, with the polygon of feasible "
        "values, the pair of learners as a point, and the path that led there.", back,
        line(panel, R[kept].T, "trail", stroke=GREEN),
        dot(panel, R[-1], "point", fill=GREEN, r=7),
    )  # fmt: skip
    return Figure(
        "where_to_start",
        picture=[bars(PLAYERS, p[start][other][:, last]), payoffs],
        controls=[
            choice("start", "player 1 starts from", STARTS, start),
            choice("other", "it meets", OTHERS, other),
            slider("step", "step", last, 0, last, text=f"{{}} of {STEPS}", stops=STOPS, play=True),
        ],
        says=says(STEPS, R),
        caption="Learning in the iterated prisoner's dilemma, with naive steps of size 1. Bars: "
        "both policies, each from its owner's seat. Point: what they earn, and the way there. The "
        "start of M-MAML is the best of ten that were trained with the step size kept at 1 "
        "(stored). The other's first policy is random, and the same in all meetings but those of "
        "two with the same start.",
        data={
            "runs": {
                a: {
                    b: {"p": p[a][b].round(3).tolist(), "R": r.R[kept].round(4).tolist(),
                        "mean": mean(r.R)[kept].round(4).tolist()}
                    for b, r in row.items()
                }
                for a, row in runs.items()
            },
            "stops": STOPS,
            "plane": panel.coefficients(),
            "bars": BARS.coefficients(),
        },
    )  # fmt: skip
