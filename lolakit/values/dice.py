"""DiCE: a sampled objective whose derivatives, of any order, are estimates of the true ones.

What is sampled has no derivative; how likely it was has one. The magic box carries it::

    magic_box(x) = exp(x - stop_gradient(x))      value 1, derivative magic_box(x) dx
    L = sum over costs c of magic_box(sum of log p(w) over all w that influence c) c

The expectation of L is that of the summed costs, and so is that of each derivative.
Foerster et al. (2018), "DiCE: The Infinitely Differentiable Monte Carlo Estimator".
"""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.types import Params, Values, World
from lolakit.values.objectives import Objective, centred_dice, magic_box
from lolakit.values.rollouts import LogProb, Sampler, log_prob, rollout, sampler_of


def dice_objective(
    log_probs: Mapping[str, Any],
    costs: Mapping[str, Any],
    parents: Mapping[str, Iterable[str]],
    baselines: Mapping[str, Any] | None = None,
) -> Array:
    """Return the DiCE objective of any stochastic computation graph::

        sum_c magic_box(sum_{w in W_c} log p(w)) c  +  sum_w (1 - magic_box(log p(w))) b_w

    W_c holds the stochastic nodes from which a path leads to the cost c, over however
    many others. Its value is the sum of the costs.

    Args:
        log_probs: for each stochastic node the log-probability of what was drawn there,
            as a function of the parameters: an array of any shape, such as [batch].
        costs: for each cost node its value, of the same shape. It may depend on the
            parameters directly.
        parents: for *every* node the nodes that it depends on directly, () if none. A
            name that is neither in `log_probs` nor in `costs` is a deterministic node.
        baselines: for some stochastic nodes a number b_w, which must not depend on what
            was drawn at w, nor on anything that w influences. It makes the first
            derivative less noisy.

    Raises:
        ValueError: for a node without an entry in `parents`, a parent or a baseline of
            an unknown node, a name used twice, a graph with a cycle, something that is
            no number, or arrays of more than one shape (numbers go with any).
    """
    baselines = baselines or {}
    for node, names in parents.items():
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise ValueError(
                f"parents: expected a list of names for {node!r}, got {names!r}"
            )
    parents = {node: tuple(names) for node, names in parents.items()}
    _check_shapes(log_probs=log_probs, costs=costs, baselines=baselines)
    if both := sorted(log_probs.keys() & costs.keys()):
        raise ValueError(f"costs: {both} are names in log_probs too")
    nodes = {*log_probs, *costs}
    if missing := sorted(nodes - parents.keys()):
        raise ValueError(
            f"parents: expected an entry for every node, none for {missing}"
        )
    if unknown := sorted({p for ps in parents.values() for p in ps} - parents.keys()):
        raise ValueError(f"parents: expected names of nodes, got {unknown}")
    if unknown := sorted(baselines.keys() - log_probs.keys()):
        raise ValueError(f"baselines: expected names in log_probs, got {unknown}")
    try:
        order = list(TopologicalSorter(parents).static_order())
    except CycleError as error:
        raise ValueError(f"parents: expected no cycle, got {error.args[1]}") from None
    above: dict[str, set[str]] = {}
    for node in order:
        above[node] = set(parents[node]).union(*(above[p] for p in parents[node]))
    total = 0.0
    for name, c in costs.items():
        W = sorted(above[name] & log_probs.keys())
        total = total + (magic_box(sum(log_probs[w] for w in W)) if W else 1) * c
    for w, b in baselines.items():
        total = total + (1 - magic_box(log_probs[w])) * lax.stop_gradient(b)
    return jnp.asarray(total)


def dice_values(
    game: World,
    *,
    horizon: int,
    batch: int,
    objective: Objective = centred_dice,
    sample: Sampler = rollout,
    log_prob: LogProb = log_prob,
) -> Values:
    """Return `values(own, other, key) -> [mine, theirs]` from samples, by DiCE.

    Differentiable any number of times, in both arguments: each derivative estimates that
    of the value of `horizon` rounds. So every rule takes it in place of `exact_values`,
    and LOLA-DiCE is::

        lola_unrolled(dice_values(game, horizon=150, batch=128), lookahead=0.3, steps=2)

    A reward is influenced by all actions of both players up to and including its own
    round: `plain_dice` is `dice_objective` on that graph. Rewards may not depend on the
    parameters in any other way; such a derivative is left out.

    Args:
        game: what `sample` plays; only `game.gamma` is read here.
        horizon: rounds in a game.
        batch: games drawn at each call.
        objective: `centred_dice`, `plain_dice`, `baseline_dice(...)`, `loaded_dice(...)`.
        sample: draws play, like `rollout`.
        log_prob: log-probabilities of the policies, like `lolakit.log_prob`.

    Raises:
        ValueError: for a horizon or batch below 1, or functions that are none. A call
            raises it for no key, or a batch of 1 where the objective needs more.
    """
    draw = sampler_of(game, horizon, batch, sample)
    for name, function in (("objective", objective), ("log_prob", log_prob)):
        _validate.function(name, function)

    def values(own: Params, other: Params, key: Array | None = None) -> Any:
        play = draw(*lax.stop_gradient((own, other)), key)
        mine, theirs = map(log_prob, (own, other), play.states, play.actions)
        for x in (mine, theirs):
            _validate.float_array("log_prob", x, play.rewards[0].shape)
        log_pi = mine + theirs
        each = [
            objective(log_pi, states, r.astype(log_pi.dtype), game.gamma)
            for states, r in zip(play.states, play.rewards, strict=True)
        ]
        for x in each:
            _validate.float_array("objective", x, (), "It is summed over games.")
        return jnp.stack(each)

    remember_game(values, game)
    return values


def _check_shapes(**groups: Mapping[str, Any]) -> None:
    shapes = {}
    for group, nodes in groups.items():
        for node, x in nodes.items():
            if not (isinstance(x, float | int) or hasattr(x, "dtype")):
                raise ValueError(
                    f"{group}: expected numbers or arrays, got {x!r} for {node!r}"
                )
            shapes[f"{group}[{node!r}]"] = jnp.shape(x)
    if len(set(shapes.values()) - {()}) > 1:
        raise ValueError(
            f"graph: expected numbers and arrays of one shape, got {shapes}"
        )
