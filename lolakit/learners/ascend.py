"""From a rule to a learner: where to start, and how to step."""

from collections.abc import Callable

import jax
import optax
from jaxtyping import Array

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.types import Learner, Params, Rule, Tree


def ascend(
    rule: Rule,
    optimizer: optax.GradientTransformation,
    init: Callable[[Array], Params],
) -> Learner:
    """Return the learner that starts at `init(key)` and climbs `rule` with `optimizer`.

    With `optax.sgd(delta)` a step is own + delta * rule(own, other). optax minimises and
    we maximise: the one minus sign of the library is here. The state is the optimizer's.
    Raises ValueError if `rule` or `init` is no function or `optimizer` no optimizer.
    """
    for name, value in (("rule", rule), ("init", init)):
        _validate.function(name, value)
    _validate.optimizer("optimizer", optimizer)

    def start(key: Array) -> tuple[Params, Tree]:
        theta = init(key)
        state = optimizer.init(theta)
        _validate.steps("optimizer", optimizer, theta, state)
        return theta, state

    def update(
        key: Array, own: Params, other: Params, state: Tree
    ) -> tuple[Params, Tree]:
        downhill = jax.tree.map(lambda d: -d, rule(own, other, key))
        step, state = optimizer.update(downhill, state, own)
        return optax.apply_updates(own, step), state

    remember_game(update, rule)
    return Learner(start, update)


def fixed(theta: Params) -> Learner:
    """Return the learner that plays `theta` and never learns."""

    def start(key: Array) -> tuple[Params, Tree]:
        del key
        return theta, ()

    def update(
        key: Array, own: Params, other: Params, state: Tree
    ) -> tuple[Params, Tree]:
        del key, other
        return own, state

    return Learner(start, update)
