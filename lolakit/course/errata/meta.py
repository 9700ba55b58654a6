"""Meta-learners and models that are read, trained or fed in a way that was not meant."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from lolakit.games.matrix import MatrixGame
from lolakit.meta import mfos, mmaml
from lolakit.meta.mmaml import Start
from lolakit.meta.ppo import Network
from lolakit.types import Learner, Params, Tree, World
from lolakit.values.rollouts import Sampler, Trajectory


def mfos_learner_of_steps(network: Network, game: MatrixGame) -> Learner:
    """Return M-FOS with what the network draws taken for a step, phi + a.

    Wrong: a *is* the next policy. Right: `lolakit.meta.mfos.learner`. Found in notes
    (E27).
    """
    right = mfos.learner(network, game)

    def update(key: Array, own: Params, other: Params, state: Tree) -> Any:
        a, state = right.update(key, own, other, state)
        return own + a, state

    return Learner(right.init, update)


def meta_gradient_of_own_learning(
    start: Start, game: MatrixGame, opponent: Learner, key: Array, **sizes: int
) -> Start:
    """Return the gradient of J with the opponent's way taken as given.

    Wrong: M-MAML differentiates through both learners. Right: the sum of both
    parts of `lolakit.meta.mmaml.meta_gradient`. Notes that speak of fast adaptation
    leave the peer out (E31).
    """
    return mmaml.meta_gradient(start, game, opponent, key, **sizes)[0]


def mmaml_learner_with_step_one(start: Start, game: MatrixGame) -> Learner:
    """Return M-MAML at its learned start, with a step size of 1.

    Wrong: alpha was learned together with phi; another alpha is another agent.
    Right: `lolakit.meta.mmaml.learner`. Found in public code.
    """
    return mmaml.learner(start._replace(alpha=jnp.ones_like(start.alpha)), game)


def watching_myself(sample: Sampler) -> Sampler:
    """Return a sampler that shows my own states and actions as those of the other.

    Wrong: a model that is fitted to them is a model of myself. Right: `sample`.
    Found in public code.
    """

    def mirror(
        game: World, own: Params, other: Params, key: Array, **sizes: int
    ) -> Any:
        play = sample(game, own, other, key, **sizes)
        s, a = play.states[0], play.actions[0]
        return Trajectory((s, s), (a, a), play.rewards)

    return mirror
