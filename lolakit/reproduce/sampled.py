"""What the results of sampled learning run: NL-PG, LOLA-PG, LOLA-DiCE, modelling."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from lolakit.games.matrix import MatrixGame, matching_pennies, prisoners_dilemma
from lolakit.games.memory_one import (
    always_cooperate,
    always_defect,
    normal_logits,
    tit_for_tat,
)
from lolakit.learners.ascend import ascend, fixed
from lolakit.learners.modelled import modelled
from lolakit.learners.play import play
from lolakit.reproduce.storage import Run
from lolakit.rules.alignment import advantage_alignment, loqa
from lolakit.rules.lola import lola_unrolled
from lolakit.rules.lookahead import without_graph
from lolakit.rules.naive import naive
from lolakit.rules.policy_gradient import lola_pg, naive_pg
from lolakit.types import Learner, Rule, Scalar, World
from lolakit.values.dice import dice_values
from lolakit.values.exact import exact_values, per_step
from lolakit.values.objectives import Objective, baseline_dice, centred_dice

GAMES = {"IPD": prisoners_dilemma, "IMP": matching_pennies}


def curves(make: Callable[[MatrixGame], Learner], game: MatrixGame, steps: int) -> Run:
    """Return the run of `make(game)` against `make(game.swap())`, over `steps` updates.

    R [steps, 2] after each is exact, whatever they learn from; theta_1 [5] is the last.
    """
    values, one, two = exact_values(game), make(game), make(game.swap())

    def run(key: Array) -> dict[str, Array]:
        final, R = play(
            one, two, key, steps, lambda a, b: per_step(values(a, b), game.gamma)
        )
        return {"R": R, "theta_1": final[0][0]}

    return jax.jit(run)


def _first_and_last(run: Run) -> Run:
    """Return a run that keeps R after the first and the last update of another's."""

    def ends(key: Array) -> dict[str, Array]:
        R = run(key)["R"]
        return {"R_1": R[0], "R": R[-1]}

    return jax.jit(ends)


def uniform_logits(key: Array) -> Array:
    """Draw five logits from U(-1, 1)."""
    return jax.random.uniform(key, (5,), minval=-1.0, maxval=1.0)


_PAPER, _SCRIPT = (1.0, normal_logits(1.0)), (0.2, normal_logits(0.447))
"""delta and the first logits: Foerster et al. (2018), and the script published with their
DiCE paper (there the normal distribution is truncated)."""
SHOWN: dict[str, tuple[float, float]] = {
    "NL": (0.145, 0.0),
    "K = 1": (0.1, 0.3),
    "K = 2": (0.09, 0.15),
}
"""delta and eta that runs published with the DiCE paper show. Their files hold all logits, and
`tools/published_settings.py` reads the settings off them; the first are from U(-1, 1)."""


def _learner(rule: Any, settings: tuple[float, Any], **options: Any) -> Any:
    delta, start = settings
    return lambda game: ascend(rule(game, **options), optax.sgd(delta), start)


def _play_sizes(sizes: Mapping[str, int]) -> dict[str, Any]:
    return {k: sizes[k] for k in ("horizon", "batch")}


def lola_pg_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """NL-PG and LOLA-PG in both games of the paper; LOLA-PG at two lookaheads."""
    each = _play_sizes(sizes)
    rules = {
        "NL-PG": _learner(naive_pg, _PAPER, **each),
        "LOLA-PG": _learner(lola_pg, _PAPER, **each, lookahead=1.0),
        "LOLA-PG, lookahead 0.5": _learner(lola_pg, _PAPER, **each, lookahead=0.5),
    }
    return {
        f"{rule}, {name}": curves(make, game(), sizes["steps"])
        for name, game in GAMES.items()
        for rule, make in rules.items()
    }


def opponent_modelling_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """LOLA-PG that knows the other's parameters, and one that estimates them."""
    each = _play_sizes(sizes)
    knows = _learner(lola_pg, _PAPER, **each, lookahead=1.0)

    def models(game: MatrixGame) -> Learner:
        return modelled(knows(game), game, **each)

    return {
        label: curves(make, prisoners_dilemma(), sizes["steps"])
        for label, make in {"LOLA-PG, knows": knows, "LOLA-PG, models": models}.items()
    }


def lola_dice(game: World, *, lookahead: Scalar, steps: int, **sizes: Any) -> Rule:
    """Return LOLA-DiCE: `lola_unrolled` on sampled values."""
    values = dice_values(game, **sizes)
    return lola_unrolled(values, lookahead=lookahead, steps=steps)


def _naive_dice(game: World, **sizes: Any) -> Rule:
    return naive(dice_values(game, **sizes))


def lola_dice_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Learning curves: naive, LOLA-PG, LOLA-DiCE with K steps, a modelled opponent.

    "Their settings" are those that the published runs show, not those of their script.
    """
    each = _play_sizes(sizes)

    def cut(game: World) -> Rule:
        values = without_graph(dice_values(game, **each))
        return lola_unrolled(values, lookahead=0.1, steps=3)

    three = _learner(lola_dice, _SCRIPT, **each, lookahead=0.1, steps=3)
    learners = {
        "NL": _learner(_naive_dice, _SCRIPT, **each),
        "LOLA-PG": _learner(lola_pg, _SCRIPT, **each, lookahead=0.3),
        "K = 1": _learner(lola_dice, _SCRIPT, **each, lookahead=0.1, steps=1),
        "K = 2": _learner(lola_dice, _SCRIPT, **each, lookahead=0.1, steps=2),
        "K = 3": three,
        "K = 3, modelled": lambda game: modelled(three(game), game, **each),
        "K = 3, graph cut": _learner(cut, _SCRIPT),
    }
    for label, (delta, eta) in SHOWN.items():
        rule, steps = _naive_dice, {}
        if label != "NL":
            rule, steps = lola_dice, {"lookahead": eta, "steps": int(label[-1])}
        theirs = _learner(rule, (delta, uniform_logits), **each, **steps)
        learners[f"{label}, their settings"] = theirs
    return {
        label: curves(make, prisoners_dilemma(), sizes["steps"])
        for label, make in learners.items()
    }


PRODUCTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0, 2.0)
"""K * lookahead in the result `lookahead_steps`."""


def lookahead_steps_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """R of both after the first and the last update, for K against K * lookahead."""
    each = _play_sizes(sizes)

    def last(K: int, product: float) -> Run:
        make = _learner(lola_dice, _SCRIPT, **each, lookahead=product / K, steps=K)
        return _first_and_last(curves(make, prisoners_dilemma(), sizes["steps"]))

    return {
        f"K = {K}, {product}": last(K, product)
        for K in (1, 2, 3)
        for product in PRODUCTS
    }


SECOND = {"delta": 0.2, "lookahead": 0.3}
"""Of the result `second_program`: the steps of Adam, and the size of the imagined steps."""


def mean_reward(states: Array, G: Array, gamma: Scalar) -> Array:
    """Return the mean reward of each state in the batch, as a baseline [games, rounds].

    The program of `second_program` fits its baseline to single rewards, and not to what
    comes after, so that hardly anything of the return is taken away.
    """
    r = G - gamma * jnp.pad(G[:, 1:], ((0, 0), (0, 1)))
    here = jax.nn.one_hot(states, 5)
    return here @ (jnp.einsum("bts,bt->s", here, r) / here.sum((0, 1)).clip(1))


def second_program_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """LOLA-DiCE as in a second public program: Adam, logits of zero, its baseline.

    R of both after the first and the last update, with that baseline and with centred DiCE.
    """
    objectives = {"": baseline_dice(mean_reward), ", centred": centred_dice}

    def last(K: int, objective: Objective) -> Run:
        def make(game: MatrixGame) -> Learner:
            rule = lola_dice(
                game, lookahead=SECOND["lookahead"], steps=K, objective=objective,
                **_play_sizes(sizes),
            )  # fmt: skip
            return ascend(rule, optax.adam(SECOND["delta"]), lambda key: jnp.zeros(5))

        return _first_and_last(curves(make, prisoners_dilemma(), sizes["steps"]))

    return {
        f"K = {K}{name}": last(K, objective)
        for name, objective in objectives.items()
        for K in (1, 2, 3)
    }


FIRST_ORDER = {"delta": 0.3, "weight": 1.0, "temperature": 1.0, "decay": 0.9}
"""Of the result `first_order`: the step of all learners, beta, and LOQA's two numbers."""


def first_order_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Advantage Alignment and LOQA: themselves, each other, naive ones, fixed policies.

    R after the first and the last update, and both last policies.
    """
    each, game = _play_sizes(sizes), prisoners_dilemma()
    settings = FIRST_ORDER["delta"], normal_logits()

    def aligns(weight: float, **options: Any) -> Any:
        return _learner(advantage_alignment, settings, **each, weight=weight, **options)

    def asks(temperature: float, **options: Any) -> Any:
        numbers = {"temperature": temperature, "decay": FIRST_ORDER["decay"]}
        return _learner(loqa, settings, **each, **(numbers | options))

    beta, tau = FIRST_ORDER["weight"], FIRST_ORDER["temperature"]
    AA, LOQA, NL = aligns(beta), asks(tau), aligns(0.0)
    policies = {"AllD": always_defect(), "AllC": always_cooperate()}
    policies |= {"TFT": tit_for_tat()}
    others = {
        name: lambda _, theta=theta: fixed(theta) for name, theta in policies.items()
    }
    pairs = {
        "NL": (NL, NL),
        "AA": (AA, AA),
        "LOQA": (LOQA, LOQA),
        "AA / LOQA": (AA, LOQA),
    }
    pairs |= {f"AA / {name}": (AA, two) for name, two in {"NL": NL, **others}.items()}
    pairs |= {
        f"LOQA / {name}": (LOQA, two) for name, two in {"NL": NL, **others}.items()
    }
    for label, make in {
        "AA, weight 0.3": aligns(0.3),
        "AA, weight 3": aligns(3.0),
        "AA, not discounted": aligns(beta, discounted=False),
        "AA, whole returns": aligns(beta, decay=1.0),
        "LOQA, temperature 3": asks(3.0),
        "LOQA, not discounted": asks(tau, discounted=False),
    }.items():
        pairs[label] = make, make
    return {
        label: _ends(one(game), two(game.swap()), game, sizes["steps"])
        for label, (one, two) in pairs.items()
    }


def _ends(one: Learner, two: Learner, game: MatrixGame, steps: int) -> Run:
    values = exact_values(game)

    def run(key: Array) -> dict[str, Array]:
        final, R = play(
            one, two, key, steps, lambda a, b: per_step(values(a, b), game.gamma)
        )
        (theta_1, _), (theta_2, _) = final
        return {"R_1": R[0], "R": R[-1], "theta_1": theta_1, "theta_2": theta_2}

    return jax.jit(run)
