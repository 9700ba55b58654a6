"""M-MAML: learning where to start, and how fast to learn, among learners.

An agent and an opponent take T naive steps each. What the agent may choose is its first
policy phi and its step size alpha. Both are climbed by the exact gradient of what it earns
on the way, through all steps of both learners::

    J(phi, alpha) = mean over t = 1 ... T of (1 - gamma) V_1(theta_t, psi_t)
    theta_0 = phi,    theta_t+1 = theta_t + alpha grad_1 V_1(theta_t, psi_t)
    psi_0 ~ N(0, 1),  psi_t+1   = psi_t   + delta grad_2 V_2(theta_t, psi_t)

So the agent learns how its own learning and that of the other will go: both are in the
gradient. The sum begins after the first step, as all else does that this library counts in
the meta-game. With `count="before"` it goes over t = 0 ... T - 1, as in the published code.
The two differ by (R_T - R_0) / T. That is little, but R_0 is what a start earns before
anybody has learned, and in one-shot chicken it decides where the best starts are.

M-MAML is the exact-gradient form of Meta-MAPG (Kim et al., 2021) with which Lu et
al. (2022) compare M-FOS.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit._seats import remember_game
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.games.memory_one import normal_logits
from lolakit.learners.ascend import ascend
from lolakit.meta import metagame
from lolakit.meta.metagame import meta_episodes
from lolakit.rules.naive import naive
from lolakit.seeds import training
from lolakit.types import Learner, Scalar, Tree
from lolakit.values.exact import exact_values


class Start(NamedTuple):
    """What M-MAML learns.

    Attributes:
        phi: the first policy, five logits.
        alpha: the step size with which the agent learns on from there.
    """

    phi: Float[Array, "5"]
    alpha: Float[Array, ""]


class Trained(NamedTuple):
    """A trained start.

    Attributes:
        start: the learned policy and step size.
        history: after each update of the start J and alpha [updates, 2].
    """

    start: Start
    history: Float[np.ndarray, "updates 2"]


def learner(start: Start, game: MatrixGame) -> Learner:
    """Return the naive learner with exact gradients that begins at `start`.

    Lu et al. (2022) train alpha, but let their M-MAML agents play with a step size of 1:
    `learner(start._replace(alpha=1.0), game)`.
    """
    rule = naive(exact_values(game))
    return ascend(rule, optax.sgd(start.alpha), lambda key: start.phi)


def meta_value(
    start: Start, game: MatrixGame, opponent: Learner, key: Array, **options: Any
) -> Float[Array, ""]:
    """Return J, a mean over a batch of meta-episodes: differentiable in `start`.

    `options` are `num_steps` (T), `batch` and `count`, of
    `lolakit.meta.metagame.meta_episodes`.
    """
    me = learner(start, game)
    return meta_episodes(game, me, opponent, key, **options).R[..., 0].mean()


def meta_gradient(
    start: Start, game: MatrixGame, opponent: Learner, key: Array, **options: Any
) -> tuple[Start, Start]:
    """Return the gradient of J in two parts: (own learning, peer learning).

    The first part takes the opponent's way as given: psi_t does not change with phi and
    alpha. The second is all that goes through the opponent's learning: how my policies
    shape it. Their sum is the gradient. `options` are those of `meta_value`.
    """

    def given(key: Array, own: Array, other: Array, state: Tree) -> tuple[Array, Any]:
        return opponent.update(key, own, lax.stop_gradient(other), state)

    remember_game(given, opponent.update)
    all_of_it, own = (
        jax.grad(meta_value)(start, game, learns, key, **options)
        for learns in (opponent, Learner(opponent.init, given))
    )
    return own, jax.tree.map(jnp.subtract, all_of_it, own)


def train(
    game: MatrixGame,
    opponent: Learner,
    key: Array,
    *,
    updates: int = 1000,
    batch: int = 64,
    num_steps: int = 100,
    learning_rate: Any = 0.01,
    init: Callable[[Array], Array] | None = None,
    alpha: Scalar | None = None,
    count: str = "after",
    **options: Any,
) -> Trained:
    """Train a start against a learner, by Adam on the exact gradient of J.

    Args:
        game: as the agent sees it, in the first seat.
        opponent: a learner that can be differentiated, built on `game.swap()`.
        key: all numbers follow from it.
        updates: steps of Adam.
        batch: meta-episodes for each gradient.
        num_steps: T, learning steps of both in a meta-episode.
        learning_rate: of Adam.
        init: where phi begins; by default N(0, 1) logits.
        alpha: a step size to be kept. By default it is learned, from uniform in [0, 1].
            Who is going to play with a step size of 1 should be trained with it.
        count: what J is a mean of: the values "after" each step, or "before" it.
        **options: `path`, `save_every` and `progress` of `lolakit.seeds.training.run`.

    Raises:
        ValueError: for sizes below 1, an opponent that is no learner or sits in the agent's
            seat, another `count`, or a checkpoint of another training.
        FloatingPointError: if J or alpha is not finite.
    """
    learning_rate = _validate.finite_scalar("learning_rate", learning_rate)
    key, game = _validate.key("key", key), check_game("game", game)
    updates = _validate.positive_int("updates", updates)
    num_steps = _validate.positive_int("num_steps", num_steps)
    batch = _validate.positive_int("batch", batch)
    if not isinstance(opponent, Learner):
        raise ValueError(f"opponent: expected a Learner, got {opponent!r}")
    adam = optax.adam(learning_rate)
    sizes = {"num_steps": num_steps, "batch": batch, "count": count}
    k_phi, k_alpha, k_run = jax.random.split(key, 3)
    phi = (init or normal_logits())(k_phi)
    start = Start(phi, jax.random.uniform(k_alpha, (), phi.dtype))
    if alpha is not None:
        kept = _validate.finite_scalar("alpha", alpha)
        start = start._replace(alpha=jnp.asarray(kept, phi.dtype))

    def step(state: Tree, key: Array) -> tuple[Any, Array]:
        start, optimizer = state

        def loss(start: Start) -> Array:
            if alpha is not None:
                start = start._replace(alpha=lax.stop_gradient(start.alpha))
            return -meta_value(start, game, opponent, key, **sizes)

        J, downhill = jax.value_and_grad(loss)(start)
        change, optimizer = adam.update(downhill, optimizer)
        new: Any = optax.apply_updates(start, change)
        return (new, optimizer), jnp.stack([-J, new.alpha])

    about = metagame.describe(game, [opponent], batch, num_steps) | {
        "learning_rate": learning_rate,
        "kept alpha": np.array([alpha is not None, alpha or 0.0]),
        "count before": np.array(count == "before"),
    }
    (start, _), history = training.run(
        "M-MAML",
        step,
        (start, adam.init(start)),
        k_run,
        updates,
        about=about,
        **options,
    )
    return Trained(start, history)
