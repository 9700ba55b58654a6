"""Memory-one policies: five logits, and the famous ones.

A memory-one policy looks at the last round only. It is five probabilities of
cooperating, one for each thing that may have just happened::

    index   0      1   2   3   4
    state   start  CC  CD  DC  DD      own action first, in either seat

`theta` holds their logits: P(cooperate | state s) = sigmoid(theta[s]).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from lolakit import _validate
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.types import Params, Scalar

STATES = ("start", "CC", "CD", "DC", "DD")
"""The five states of a memory-one policy, own action first."""

Logits = Float[Array, "5"]

_OTHER_SEAT = np.array([0, 1, 3, 2, 4])


def from_other_seat(theta: Params) -> Array:
    """Reorder five numbers to the other player's names for the same five states.

    What one player calls CD the other calls DC; start, CC and DD are alike. The last
    axis is reordered, and doing it twice changes nothing. Shape [..., 5] to [..., 5].
    """
    _check_five("theta", theta)
    theta = jnp.asarray(theta)
    return theta[..., _OTHER_SEAT]


def at_least_float32(x: Array) -> Array:
    """Return numbers in 32 bits or more: with 16, sums over play lose all their digits."""
    return x if jnp.finfo(x.dtype).bits >= 32 else x.astype(jnp.float32)


def _check_five(name: str, theta: Params) -> None:
    # JAX clamps an index that is out of range: a wrong length would pass unseen.
    _validate.numbers(name, theta, "numbers of shape [..., 5]")
    if np.ndim(theta) < 1 or np.shape(theta)[-1] != 5:
        raise ValueError(f"{name}: expected shape [..., 5], got {np.shape(theta)}")


def normal_logits(scale: Scalar = 1.0) -> Callable[[Array], Array]:
    """Return `init(key) -> theta` that draws five logits from N(0, scale^2)."""
    scale = _validate.finite_scalar("scale", scale)

    def init(key: Array) -> Logits:
        return scale * jax.random.normal(key, (5,))

    return init


def from_probabilities(probabilities: Any, scale: float = 20.0) -> Logits:
    """Return the logits of five probabilities of cooperating, at most `scale` in size.

    A probability of 0 or 1 has no finite logit; it becomes the logit minus or plus
    `scale`, which at the default of 20 is within 3e-9 of it. Raises ValueError unless
    there are five numbers in [0, 1].
    """
    scale = _validate.finite_scalar("scale", scale)
    if not (isinstance(scale, float) and scale > 0):
        raise ValueError(f"scale: expected a positive number, got {scale!r}")
    p = _probabilities("probabilities", probabilities, STATES)
    with np.errstate(divide="ignore"):
        logits = np.log(p) - np.log1p(-p)
    return jnp.asarray(np.clip(logits, -scale, scale), dtype=float)


def _probabilities(name: str, value: Any, states: tuple[str, ...]) -> np.ndarray:
    """Return one probability for each of `states`; raise unless that is what came."""
    what = f"{len(states)} numbers in [0, 1], for {', '.join(states)}"
    p = _validate.numbers(name, value, what)
    if p is None:
        raise ValueError(f"{name}: expected {what}, got numbers that JAX is tracing")
    p = p.astype(float)
    if p.shape != (len(states),) or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"{name}: expected {what}, got {p.tolist()}")
    return p


def memory_one(
    probabilities: Any, *, first: Scalar = 1.0, scale: float = 20.0
) -> Logits:
    """Return the logits of a policy in the form of Axelrod's tournaments.

    There a memory-one player is four probabilities of cooperating, after CC, CD, DC and DD
    (own action first), and the first move stands apart: C, unless said otherwise.

    Args:
        probabilities: four numbers in [0, 1].
        first: the probability of cooperating in the first round.
        scale: bound on the logits, as in `from_probabilities`.

    >>> generous = memory_one([1, 1/3, 1, 1/3])  # generous tit-for-tat
    >>> [round(float(x), 2) for x in jax.nn.sigmoid(generous)]
    [1.0, 1.0, 0.33, 1.0, 0.33]
    """
    first = _validate.fraction("first", first)
    p = _probabilities("probabilities", probabilities, STATES[1:])
    return from_probabilities([first, *p], scale)


def trembling(theta: Logits, noise: Scalar) -> Logits:
    """Return the policy whose hand trembles: it does the other thing with P = `noise`.

    p becomes (1 - noise) p + noise (1 - p), in every state. Raises ValueError unless
    theta is five logits and 0 <= noise <= 1.

    >>> p = jax.nn.sigmoid(trembling(tit_for_tat(), 0.05))
    >>> [round(float(x), 2) for x in p]
    [0.95, 0.95, 0.05, 0.95, 0.05]
    """
    _check_five("theta", theta)
    theta = jnp.asarray(theta, float) if not hasattr(theta, "dtype") else theta
    noise = _validate.fraction("noise", noise)
    p, q = jax.nn.sigmoid(theta), jax.nn.sigmoid(-theta)
    return jnp.log((1 - noise) * p + noise * q) - jnp.log((1 - noise) * q + noise * p)


def always_cooperate(scale: float = 20.0) -> Logits:
    """Return the policy that always cooperates (AllC): five logits of size `scale`."""
    return from_probabilities([1, 1, 1, 1, 1], scale)


def always_defect(scale: float = 20.0) -> Logits:
    """Return the policy that always defects (AllD): five logits of size `scale`."""
    return from_probabilities([0, 0, 0, 0, 0], scale)


def tit_for_tat(scale: float = 20.0) -> Logits:
    """Return tit-for-tat: cooperate first, then do what the other did last."""
    return from_probabilities([1, 1, 0, 1, 0], scale)


def grim_trigger(scale: float = 20.0) -> Logits:
    """Return grim trigger: cooperate until anyone has defected, then never again."""
    return from_probabilities([1, 1, 0, 0, 0], scale)


def win_stay_lose_shift(scale: float = 20.0) -> Logits:
    """Return win-stay, lose-shift (Pavlov): cooperate after CC and DD, else defect."""
    return from_probabilities([1, 1, 0, 0, 1], scale)


def zero_determinant(
    game: MatrixGame,
    *,
    chi: float = 3.0,
    generous: bool = False,
    phi: float | None = None,
    scale: float = 20.0,
) -> Logits:
    """Return the zero-determinant policy that enforces R_own - k = chi (R_other - k).

    The equation holds against every opponent (R is the per-step value). The base k is
    the payoff of DD (extortion: the owner takes chi times the other's surplus) or, if
    `generous`, of CC (the owner bears chi times the other's shortfall).

    With a discount, a policy p enforces a R_own + b R_other + c = 0 exactly when
    gamma p(s) + (1 - gamma) p(start) - [own action in s is C] is proportional to
    a r_own(s) + b r_other(s) + c in every state s.

    Press and Dyson (2012); discounted form after Hilbe, Traulsen and Sigmund (2015).

    Args:
        game: the owner sits in its first seat; for the second pass `game.swap()`.
        chi: the slope, at least 1.
        generous: take CC, not DD, for the base.
        phi: how strongly the policy reacts; by default the feasible value that is
            largest in size.
        scale: bound on the logits.

    Returns:
        Five logits, shape [5].

    Raises:
        ValueError: if no such policy exists, or the game is not known (traced).
    """
    game = check_game("game", game)
    payoff, gamma = _validate.known(game.payoff), _validate.known(game.gamma)
    if payoff is None or gamma is None:
        raise ValueError("game: expected a known game, got one that JAX is tracing")
    for name, value in (("chi", chi), ("phi", 0.0 if phi is None else phi)):
        _validate.finite_scalar(name, value)
    r_own, r_other = payoff.reshape(2, 4)
    base, p_start = (r_own[0], 1.0) if generous else (r_own[3], 0.0)
    if chi < 1:
        raise ValueError(f"chi: expected a slope of at least 1, got {chi!r}")
    if not _validate.close(r_other[0 if generous else 3], base, 1e-9):
        raise ValueError(
            "zero_determinant: expected both players to earn the same base"
        )
    target = (r_own - base) - chi * (r_other - base)
    cooperated = np.array([1.0, 1.0, 0.0, 0.0])
    # p(s) = (cooperated - (1 - gamma) p_start + phi target) / gamma must lie in [0, 1].
    low = -(cooperated - (1 - gamma) * p_start)
    high = gamma + low
    fixed = abs(target) <= 1e-9 * abs(payoff).max() * chi
    if fixed.all():
        raise ValueError(
            "zero_determinant: expected payoffs that differ, got equal ones"
        )
    feasible = gamma > 0 and ((low[fixed] <= 1e-12) & (high[fixed] >= -1e-12)).all()
    ends = np.sort(
        [low[~fixed] / target[~fixed], high[~fixed] / target[~fixed]], axis=0
    )
    smallest, largest = ends[0].max(), ends[1].min()
    if not feasible or smallest > largest:
        raise ValueError(
            f"zero_determinant: no policy enforces slope chi={chi} with gamma={gamma}"
        )
    if phi is None:
        phi = float(max(smallest, largest, key=abs))
    least = 1e-9 * max(abs(smallest), abs(largest))
    if not smallest - least <= phi <= largest + least:
        raise ValueError(f"phi: expected {smallest:.4g} to {largest:.4g}, got {phi!r}")
    p = (cooperated - (1 - gamma) * p_start + phi * target) / gamma
    return from_probabilities(np.clip([p_start, *p], 0, 1), scale)


def like_tit_for_tat(theta: Float[Array, "*batch 5"]) -> Bool[Array, "*batch"]:
    """Return whether theta leans to tit-for-tat in all five states: our %TFT.

    P(cooperate) > 1/2 in start, CC and DC, and < 1/2 in CD and DD. The papers report a
    %TFT without its definition; this is the one that this book uses.
    """
    _check_five("theta", theta)
    theta = jnp.asarray(theta)
    cooperates = theta[..., np.array([0, 1, 3])] > 0
    defects = theta[..., np.array([2, 4])] < 0
    return cooperates.all(axis=-1) & defects.all(axis=-1)
