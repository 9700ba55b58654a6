"""Opponent modelling: estimate the other's policy from its play, and learn against that.

What is estimated is the other's *policy*. That it learns, by which rule and how fast,
and what it earns, is still assumed. Foerster et al. (2018), "Learning with
Opponent-Learning Awareness".
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from lolakit import _validate
from lolakit._seats import check_same_seat, remember_game
from lolakit.learners.models import Model, counts
from lolakit.types import Learner, Params, Tree, World
from lolakit.values.rollouts import Sampler, check_world, rollout


class Modelled(NamedTuple):
    """The state of a `modelled` learner.

    Attributes:
        estimate: the other's parameters as estimated in the last update.
        data: the last digests, newest first, leading axis [window].
        num_seen: how many of them hold play, at most window.
        inner: the state of the learner inside.
    """

    estimate: Params
    data: Tree
    num_seen: Int[Array, ""]
    inner: Any


def modelled(
    learner: Learner,
    game: World,
    *,
    horizon: int,
    batch: int,
    window: int = 1,
    model: Model | None = None,
    sample: Sampler = rollout,
) -> Learner:
    """Return `learner` with the other's parameters replaced by an estimate from play.

    Each update draws play of the two true policies, adds what the other did to a window
    of past play, fits the estimate, and lets `learner` update against the estimate. The
    true parameters of the other go into `sample` and nowhere else; of the play, only
    the other's states and actions are read. A learner that samples on its own, such as
    one on `lola_pg`, plays against the estimate. A policy of NaN goes unnoticed here,
    since only its rewards show it: look for it in what `play` records.

    Args:
        learner: any learner that is built on the same seat of `game`.
        game: what `sample` plays.
        horizon: rounds in a game.
        batch: games watched before each update.
        window: how many updates back play is remembered. A longer window has less
            noise, and lags more behind an opponent that learns.
        model: `counts()` by default; `maximum_likelihood(...)` for other policies.
        sample: draws play, like `rollout`.

    Returns:
        A Learner. Its state is a `Modelled`, whose `estimate` is the other's policy as
        last estimated.

    Raises:
        ValueError: for a horizon, batch or window below 1, a `learner` or `model` of
            another kind, or a learner built on the other seat of the game. An update
            raises it if the model's parameters have not the shapes of the other's.
    """
    check_world("game", game)
    horizon = _validate.positive_int("horizon", horizon)
    batch = _validate.positive_int("batch", batch)
    window = _validate.positive_int("window", window)
    model = counts() if model is None else model
    for name, value, kind in (("learner", learner, Learner), ("model", model, Model)):
        if not isinstance(value, kind):
            raise ValueError(f"{name}: expected a {kind.__name__}, got {value!r}")
    _validate.function("sample", sample)
    check_same_seat("modelled", learner.update, game)

    def watch(own: Params, other: Params, key: Array) -> Any:
        play = sample(game, own, other, key, horizon=horizon, batch=batch)
        return model.digest(play.states[1], play.actions[1])

    def start(key: Array) -> tuple[Params, Modelled]:
        own, inner = learner.init(key)
        shapes = jax.eval_shape(watch, own, model.start, key)
        data = jax.tree.map(lambda x: jnp.zeros((window, *x.shape), x.dtype), shapes)
        return own, Modelled(model.start, data, jnp.zeros((), int), inner)

    def update(
        key: Array, own: Params, other: Params, state: Modelled
    ) -> tuple[Params, Modelled]:
        _check_shapes(model.start, other)
        k_watch, k_learn = jax.random.split(key)
        new = watch(own, other, k_watch)
        data = jax.tree.map(
            lambda old, new: jnp.concatenate([new[None], old[:-1]]), state.data, new
        )
        num_seen = jnp.minimum(state.num_seen + 1, window)
        seen = jnp.arange(window) < num_seen
        estimate = model.fit(state.estimate, data, seen)
        own, inner = learner.update(k_learn, own, estimate, state.inner)
        return own, Modelled(estimate, data, num_seen, inner)

    remember_game(update, game)
    return Learner(start, update)


def _check_shapes(start: Params, other: Params) -> None:
    ours, theirs = (jax.tree.map(jnp.shape, x) for x in (start, other))
    if ours != theirs:
        raise ValueError(
            f"model: expected parameters of the shapes of the other's, {theirs}; "
            f"those of `model.start` are {ours}"
        )
