"""What the result `exact` runs: published numbers of rules with exact gradients."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from lolakit.games.differentiable import tandem
from lolakit.games.matrix import MatrixGame, matching_pennies, prisoners_dilemma
from lolakit.games.memory_one import normal_logits
from lolakit.learners.ascend import ascend
from lolakit.learners.play import play
from lolakit.reproduce.storage import Run
from lolakit.rules.hola import hola
from lolakit.rules.lola import lola, lola_taylor, lola_unrolled
from lolakit.rules.lookahead import look_ahead
from lolakit.rules.naive import naive
from lolakit.types import Learner, Rule, Values
from lolakit.values.exact import exact_values, per_step


def ends(one: Learner, two: Learner, values: Values, scale: float, steps: int) -> Run:
    """Return the run of `steps` updates: R after the first and the last, theta_1 last."""

    def run(key: Array) -> dict[str, Array]:
        final, R = play(one, two, key, steps, lambda a, b: scale * values(a, b))
        return {"R_1": R[0], "R": R[-1], "theta_1": final[0][0]}

    return jax.jit(run)


def in_game(
    game: MatrixGame, one: Any, two: Any, steps: int, delta: float = 1.0, **init: Any
) -> Run:
    """Return the run of two rules, each given as a function of values, with steps of delta."""

    def learner(rule: Any, game: MatrixGame) -> Learner:
        start = normal_logits(**init)
        return ascend(rule(exact_values(game)), optax.sgd(delta), start)

    players = learner(one, game), learner(two, game.swap())
    return ends(*players, exact_values(game), float(per_step(1.0, game.gamma)), steps)


def in_tandem(rule: Callable[[Values], Rule]) -> Run:
    """Thirty steps of 0.1 from N(0, 0.1^2)."""
    values = tandem()
    start = lambda key: 0.1 * jax.random.normal(key, (1,))
    learner = ascend(rule(values), optax.sgd(0.1), start)
    return ends(learner, learner, values, 1.0, 30)


def _by_adam(K: int) -> Run:
    """K exact look-ahead steps of 0.3, 50 steps of Adam, both from logits of zero."""
    game = prisoners_dilemma()
    values = exact_values(game)
    rule = lola_unrolled(values, lookahead=0.3, steps=K) if K else naive(values)
    learner = ascend(rule, optax.adam(0.2), lambda key: jnp.zeros(5))
    return ends(learner, learner, values, float(per_step(1.0, game.gamma)), 50)


def exact_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `exact`; their lengths belong to what was published.

    R_1 and R hold the per-step values of both after the first and the last update (in the
    tandem game: the values).
    """
    ipd, imp = prisoners_dilemma(), matching_pennies()
    paper, taylor = partial(lola, lookahead=1.0), partial(lola_taylor, lookahead=1.0)
    unrolled, ahead = (partial(r, lookahead=1.0) for r in (lola_unrolled, look_ahead))
    two = partial(hola, lookahead=1.0, order=2)
    same = {
        "NL, IPD": (ipd, naive, 200),
        "NL, IMP": (imp, naive, 200),
        "LOLA, IPD": (ipd, paper, 200),
        "LOLA, IMP": (imp, paper, 200),
        "Taylor, IPD": (ipd, taylor, 200),
        "unrolled, IPD": (ipd, unrolled, 200),
        "order two, IPD": (ipd, two, 200),
        "NL, IPD, 100 updates": (ipd, naive, 100),
        "Taylor, IPD, 100 updates": (ipd, taylor, 100),
        "LookAhead, IPD, 100 updates": (ipd, ahead, 100),
    }
    runs = {
        label: in_game(game, rule, rule, n) for label, (game, rule, n) in same.items()
    }
    runs["LOLA / NL, IPD"] = in_game(ipd, paper, naive, 200)
    runs["order two / LOLA, IPD"] = in_game(ipd, two, unrolled, 200)
    tenth = {"NL": naive, "Taylor": lola_taylor, "LookAhead": look_ahead}
    for name, rule in tenth.items():
        rule = rule if name == "NL" else partial(rule, lookahead=0.1)
        runs[f"{name}, tandem"] = in_tandem(rule)
    return runs


def one_sided_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `one_sided`: 200 updates of half the size, from N(0, 1).

    The lookahead is the pupil's true step, 0.5, and the 1 of the other results.
    """
    ipd = prisoners_dilemma()
    return {
        f"LOLA / NL, lookahead {eta}": in_game(
            ipd, partial(lola, lookahead=eta), naive, 200, delta=0.5
        )
        for eta in (0.5, 1.0)
    }


def adam_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `adam`: K exact look-ahead steps, nothing random."""
    return {f"K = {K}": _by_adam(K) for K in range(4)}
