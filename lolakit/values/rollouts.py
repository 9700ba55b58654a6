"""Sampled play: many games of a finite horizon, side by side, in one scan.

The layers above need two functions and nothing else: one that plays, like `rollout`,
and one that says how likely an action was, like `log_prob`. A grid world with network
policies brings its own two; `Trajectory` is what they have in common.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from lolakit import _validate
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.games.memory_one import Logits, at_least_float32
from lolakit.types import Params, Tree, World


class Trajectory(NamedTuple):
    """Play as both players saw it: pairs (own, other), each [batch, horizon].

    Attributes:
        states: what each player saw before it acted, from its own seat. In a matrix
            game an index into `STATES`, 0 to 4; elsewhere any pytree of arrays with the
            leading axes [batch, horizon]. Both act at once: no state shows the other's
            action of the same round.
        actions: what each did; in a matrix game 0 (cooperate) or 1 (defect).
        rewards: what each earned in that round.
    """

    states: tuple[Any, Any]
    actions: tuple[Any, Any]
    rewards: tuple[Float[Array, "batch horizon"], Float[Array, "batch horizon"]]


@runtime_checkable
class Sampler(Protocol):
    """What can stand in for `rollout`: another world, or other policies.

    `game` is handed through untouched; the rules themselves read only `game.gamma`.
    """

    def __call__(
        self,
        game: World,
        own: Params,
        other: Params,
        key: Array,
        *,
        horizon: int,
        batch: int,
    ) -> Trajectory:
        """Play `batch` games of `horizon` rounds."""
        ...


@runtime_checkable
class LogProb(Protocol):
    """What can stand in for `log_prob`: the log-probabilities of another policy."""

    def __call__(self, theta: Params, states: Tree, actions: Tree) -> Array:
        """Return log pi(action | state), shape [batch, horizon], differentiable in theta."""
        ...


def rollout(
    game: MatrixGame,
    own: Logits,
    other: Logits,
    key: Array,
    *,
    horizon: int,
    batch: int,
) -> Trajectory:
    """Play `batch` games of `horizon` rounds between two memory-one policies.

    Both act at once on what happened in the round before, each from its own seat.
    Probabilities are rounded up to multiples of 2^-23 in float32 and of 2^-52 in
    float64. If a policy holds a NaN, so do all rewards.

    Args:
        game: `own` sits in its first seat.
        own: five logits, shape [5].
        other: five logits, shape [5], in the order of the other's own seat.
        key: consumed.
        horizon: rounds in a game, at least 1.
        batch: games played side by side, at least 1.

    Raises:
        ValueError: for a `game` that is no MatrixGame, policies that are not five
            logits, or a horizon or batch below 1.

    >>> from lolakit import always_defect, prisoners_dilemma, tit_for_tat
    >>> key = jax.random.key(0)
    >>> play = rollout(
    ...     prisoners_dilemma(), tit_for_tat(), always_defect(), key, horizon=3, batch=1
    ... )
    >>> play.actions[0].tolist(), play.rewards[0].tolist()
    ([[0, 1, 1]], [[-3.0, -2.0, -2.0]])
    """
    game = check_game("game", game)
    horizon = _validate.positive_int("horizon", horizon)
    batch = _validate.positive_int("batch", batch)
    for name, theta in (("own", own), ("other", other)):
        _validate.float_array(name, theta, (5,), "Use jax.vmap for a batch.")
    p, q = (jax.nn.sigmoid(at_least_float32(theta)) for theta in (own, other))
    k_own, k_other = jax.random.split(_validate.key("key", key))
    u = jax.random.uniform(k_own, (horizon, batch), p.dtype)
    v = jax.random.uniform(k_other, (horizon, batch), q.dtype)

    o = _outcomes(p, q, u, v).T.astype(int)
    before, first = o[:, :-1], jnp.zeros((batch, 1), int)
    s = jnp.concatenate([first, 1 + before], axis=1)
    z = jnp.concatenate([first, 1 + _swapped(before)], axis=1)
    a, b = o >> 1, o & 1
    # A probability that is not a number would play as D, unseen: say so in the rewards.
    broken = jnp.isnan(p).any() | jnp.isnan(q).any()
    payoff = jnp.where(broken, jnp.nan, game.payoff)
    return Trajectory((s, z), (a, b), (payoff[0, a, b], payoff[1, a, b]))


# Play is a chain: what happens in a round depends on the round before. But once its uniform
# numbers are drawn, a round is a map of the four outcomes to the four, whatever came before,
# and maps can be composed in any order: (f g) h = f (g h). A map is one byte, two bits for
# each outcome 2 a + b: CC, CD, DC, DD.


def _outcomes(p: Array, q: Array, u: Array, v: Array) -> Array:
    """Return the outcome of each round [horizon, batch], from all that is random."""
    maps = _maps(p, q, u, v)
    # A GPU waits at each step of a scan; on a CPU the scan does the least work.
    return lax.platform_dependent(maps, cpu=_in_turn, default=_in_parallel)


def _maps(p: Array, q: Array, u: Array, v: Array) -> Array:
    """Return each round as a map [horizon, batch]; the first leads all outcomes to one."""
    outcome = np.arange(4)
    first = (np.arange(len(u)) == 0)[:, None, None]
    s = np.where(first, 0, 1 + outcome)  # [horizon, 1, 4], in the first round: start
    z = np.where(first, 0, 1 + _swapped(outcome))
    # not smaller: so that NaN plays D
    a, b = (~(x[..., None] < y) for x, y in ((u, p[s]), (v, q[z])))
    after = 2 * a.astype(jnp.uint8) + b.astype(jnp.uint8)
    return (after << np.array(2 * outcome, np.uint8)[None, None]).sum(
        axis=-1, dtype=jnp.uint8
    )


def _in_turn(maps: Array) -> Array:
    """Apply one map after the other."""

    def step(outcome: Array, mapping: Array) -> tuple[Array, Array]:
        outcome = (mapping >> (2 * outcome)) & 3
        return outcome, outcome

    return lax.scan(step, jnp.zeros_like(maps[0]), maps)[1]


def _in_parallel(maps: Array) -> Array:
    """Compose all maps up to each round, in log2(horizon) levels."""

    def compose(first: Array, then: Array) -> Array:
        steps = [((then >> (2 * ((first >> i) & 3))) & 3) << i for i in (0, 2, 4, 6)]
        return steps[0] | steps[1] | steps[2] | steps[3]

    return lax.associative_scan(compose, maps) & 3


def _swapped(outcome: Tree) -> Tree:
    """Return outcomes as the other calls them: CD for DC."""
    return (outcome >> 1) | ((outcome & 1) << 1)


def log_prob(
    theta: Logits, states: Int[Array, "*n"], actions: Int[Array, "*n"]
) -> Float[Array, "*n"]:
    """Return log pi(action | state) of a memory-one policy, for arrays of any shape.

    log sigmoid(theta[s]) for C (action 0) and log sigmoid(-theta[s]) for D (action 1):
    finite for every finite logit. Raises ValueError unless theta is five logits.
    """
    _validate.float_array("theta", theta, (5,), "Use jax.vmap for a batch.")
    _validate.indices("states", states, 5)
    _validate.indices("actions", actions, 2)
    if np.shape(states) != np.shape(actions):
        raise ValueError(
            f"states: expected the shape of actions, {np.shape(actions)}, got "
            f"{np.shape(states)}"
        )
    theta = at_least_float32(theta)
    return jax.nn.log_sigmoid(jnp.stack([theta, -theta], axis=1))[states, actions]


def check_world(name: str, game: World) -> None:
    """Raise unless `game` has a discount `gamma` in [0, 1]."""
    if not hasattr(game, "gamma"):
        raise ValueError(
            f"{name}: expected a MatrixGame, or another with gamma, got "
            f"{_validate.shown(game)}"
        )
    _validate.fraction("gamma", game.gamma)


def sampler_of(
    game: World, horizon: int, batch: int, sample: Sampler
) -> Callable[[Params, Params, Array | None], Trajectory]:
    """Return `draw(own, other, key)`: play of these sizes, its rewards checked.

    Raises ValueError here for a horizon or batch below 1, or a `game` without a discount
    `gamma` in [0, 1]; when drawing, for no key, or rewards of other sizes.
    """
    check_world("game", game)
    _validate.function("sample", sample)
    horizon = _validate.positive_int("horizon", horizon)
    batch = _validate.positive_int("batch", batch)

    def draw(own: Params, other: Params, key: Array | None) -> Trajectory:
        if key is None:
            raise ValueError("key: expected a key, since this draws samples, got None")
        key = _validate.key("key", key)
        play = sample(game, own, other, key, horizon=horizon, batch=batch)
        if not isinstance(play, Trajectory):
            raise ValueError(
                f"sample: expected it to return a Trajectory, got {play!r}"
            )
        for r in play.rewards:
            _validate.float_array(
                "rewards", r, (batch, horizon), "It is what `sample` returned."
            )
        return play

    return draw
