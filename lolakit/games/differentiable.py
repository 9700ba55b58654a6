"""Games of any two pytrees of numbers: values from a function, and the papers' examples.

A matrix game asks five logits of each player. Here a game is any differentiable function
of both players' parameters, so that one number each will do and a rule can be drawn.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Complex, Float

from lolakit import _validate
from lolakit._field import field
from lolakit.types import Params, Scalar, Values


class DifferentiableGame:
    """Values of a game given by a function of both players' parameters.

    It is called like any `values`: `game(own, other) -> [mine, theirs]`, shape [2].
    """

    def __init__(self, V: Callable[[Params, Params], tuple[Any, Any]]):
        _validate.function("V", V)
        self.V = V

    def __call__(
        self, own: Params, other: Params, key: Array | None = None
    ) -> Float[Array, "2"]:
        """Return [mine, theirs] at (own, other). Nothing is sampled: no key is needed."""
        pair = self.V(own, other)
        try:
            mine, theirs = (jnp.reshape(x, ()) for x in pair)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"V: expected two numbers, (V_1, V_2), got {_validate.shown(pair)}"
            ) from error
        return jnp.stack([mine, theirs])

    def swap(self) -> "DifferentiableGame":
        """Return the same game as player 2 sees it: own parameters and values first.

        >>> V = hamiltonian().swap()(jnp.array([2.0]), jnp.array([3.0]))
        >>> [round(float(x), 2) for x in V]  # mine is x y, as player 2's
        [6.0, -6.0]
        """
        return type(self)(lambda own, other: tuple(self.V(other, own))[::-1])


class _OneNumberEach(DifferentiableGame):
    """A game of one number each: more of them would be summed unseen."""

    def __call__(
        self, own: Params, other: Params, key: Array | None = None
    ) -> Float[Array, "2"]:
        for name, theta in (("own", own), ("other", other)):
            if not isinstance(theta, float) and getattr(theta, "size", 0) != 1:
                got = _validate.shown(theta)
                raise ValueError(
                    f"{name}: expected one number, of shape [1], got {got}"
                )
        return super().__call__(own, other, key)


def differentiable_game(
    V: Callable[[Params, Params], tuple[Any, Any]],
) -> DifferentiableGame:
    """Return the values of any two-player game, for any rule of the library.

    Args:
        V: `V(x, y) -> (V_1, V_2)`: what players 1 and 2 earn when their parameters are x
            and y, two pytrees of float arrays. Two numbers, differentiable in both.

    Returns:
        `values(own, other, key=None) -> [mine, theirs]`, seen from player 1's seat;
        `.swap()` gives those of player 2's.

    >>> from lolakit import look_ahead
    >>> game = differentiable_game(lambda x, y: (x * y, -x * y))
    >>> at = jnp.array(1.0), jnp.array(2.0)
    >>> float(look_ahead(game, lookahead=0.5)(*at))  # y - 0.5 x
    1.5
    """
    return DifferentiableGame(V)


def tandem() -> DifferentiableGame:
    """Return the tandem game, V_i = 2 x_i - (x_1 + x_2)^2, of one number each, shape [1].

    Two people on a bicycle: each wants to move, and a fall hurts both. All points with
    x_1 + x_2 = 1 are stable fixed points, and V_1 + V_2 = 0 there; x_1 + x_2 = 1/2 would be
    best for both together. Letcher et al. (2019).
    """

    def V(x: Params, y: Params) -> Array:
        x, y = jnp.sum(x), jnp.sum(y)
        return 2 * jnp.stack([x, y]) - (x + y) ** 2

    return _OneNumberEach(V)  # pyright: ignore[reportArgumentType]


def hamiltonian() -> DifferentiableGame:
    """Return the zero-sum game V_1 = -x y = -V_2, of one number each, shape [1].

    The simultaneous gradient (-y, x) only turns round the fixed point at 0: its Jacobian
    is antisymmetric. Balduzzi et al. (2018); the losses are x y and -x y.
    """

    def V(x: Params, y: Params) -> Array:
        product = jnp.sum(x) * jnp.sum(y)
        return jnp.stack([-product, product])

    return _OneNumberEach(V)  # pyright: ignore[reportArgumentType]


def balduzzi() -> DifferentiableGame:
    """Return the game V_1 = -x^2/2 - 10 x y, V_2 = -y^2/2 + 10 x y, shape [1] each.

    Its fixed point at 0 is stable, since both pull inwards, but ten times as strong as the
    pull is the turning: steps that are not small leave it. Balduzzi et al. (2018).
    """

    def V(x: Params, y: Params) -> Array:
        x, y = jnp.sum(x), jnp.sum(y)
        return jnp.stack([-(x**2) / 2 - 10 * x * y, -(y**2) / 2 + 10 * x * y])

    return _OneNumberEach(V)  # pyright: ignore[reportArgumentType]


def ultimatum() -> DifferentiableGame:
    """Return the ultimatum game: V_1 = 5 f + 8 (1 - f) a, V_2 = 5 f + 2 (1 - f) a.

    Ten coins: player 1 offers half of them with probability f = sigmoid(x), which is
    always accepted, or else two, which player 2 accepts with probability a = sigmoid(y);
    when they are refused nobody gets any. Shape [1] each. Willi et al. (2022).
    """

    def V(x: Params, y: Params) -> Array:
        fair, accepts = jax.nn.sigmoid(jnp.sum(x)), jax.nn.sigmoid(jnp.sum(y))
        unfair = (1 - fair) * accepts
        return jnp.stack([5 * fair + 8 * unfair, 5 * fair + 2 * unfair])

    return _OneNumberEach(V)  # pyright: ignore[reportArgumentType]


def quadratic(Q: Any, c: Any = None) -> DifferentiableGame:
    """Return the game V_i = z' Q_i z / 2 + c_i' z, where z is x and y, one after the other.

    Args:
        Q: Q[i] is player i's matrix [2, n, n], of which only the symmetric part counts.
        c: c[i] is player i's slope at 0 [2, n]; none by default.

    Returns:
        The game; x and y are pytrees with n numbers together.

    >>> same = quadratic([[[0, -1], [-1, 0]], [[0, 1], [1, 0]]])  # the Hamiltonian game
    >>> [float(v) for v in same(jnp.array([2.0]), jnp.array([3.0]))]
    [-6.0, 6.0]
    """
    matrices = _validate.numbers("Q", Q, "numbers of shape (2, n, n)")
    shape = np.shape(Q)
    if len(shape) != 3 or shape[0] != 2 or shape[1] != shape[2] or not shape[1]:
        raise ValueError(f"Q: expected shape (2, n, n), got {shape}")
    slopes = None
    if c is not None:
        slopes = _validate.numbers("c", c, f"numbers of shape {shape[:2]}")
        if np.shape(c) != shape[:2]:
            raise ValueError(f"c: expected shape {shape[:2]}, got {np.shape(c)}")
    for name, x in (("Q", matrices), ("c", slopes)):
        if x is not None and not np.isfinite(x).all():
            raise ValueError(
                f"{name}: expected finite numbers, got {_validate.shown(x)}"
            )

    def V(x: Params, y: Params) -> Array:
        z, _ = ravel_pytree((x, y))
        if z.size != shape[1]:
            raise ValueError(
                f"own, other: expected {shape[1]} numbers together, got {z.size}"
            )
        form = jnp.einsum(
            "ijk,j,k->i", jnp.asarray(Q, z.dtype), z, z, precision="highest"
        )
        linear = (
            0
            if c is None
            else jnp.matmul(jnp.asarray(c, z.dtype), z, precision="highest")
        )
        return form / 2 + linear

    return DifferentiableGame(V)  # pyright: ignore[reportArgumentType]


class FixedPoint(NamedTuple):
    """What a fixed point is, by the Jacobian J of the simultaneous gradient.

    Attributes:
        kind: "stable", "unstable", "strict saddle" or "none of these": the first that
            holds. An unstable point is a strict saddle too.
        eigenvalues: of J [n]. A real part above 0 is a direction that leads away.
        growth: eigenvalues of the symmetric part of J, from small to large [n]: the
            bounds of z' J z / z' z.
    """

    kind: str
    eigenvalues: Complex[np.ndarray, "n"]
    growth: Float[np.ndarray, "n"]


def fixed_point(
    values: Values, own: Params, other: Params, *, tolerance: Scalar = 1e-5
) -> FixedPoint:
    """Return what kind of fixed point (own, other) is.

    With v = (grad_own V_own, grad_other V_other), which is 0 there, and J = dv::

        stable          z' J z <= 0 for all z
        unstable        z' J z >  0 for all z but 0
        strict saddle   an eigenvalue of J has a positive real part

    Letcher et al. (2019), where losses go down: their H is -J. Near a stable point where J
    can be inverted, LookAhead and SOS come to it if steps are small; naive learners need
    not, as `hamiltonian` shows. SOS keeps away from strict saddles.

    Args:
        values: `values(own, other) -> [mine, theirs]`, shape [2], exact.
        own: parameters of the one ...
        other: ... and of the other, at a fixed point.
        tolerance: what counts as 0, relative to the largest entry of J.

    Returns:
        `FixedPoint(kind, eigenvalues, growth)`.

    Raises:
        ValueError: where v is not 0: a shift of the parameters by `tolerance` of their
            size, or of 1 if that is larger, could not be the reason.

    >>> fixed_point(hamiltonian(), jnp.zeros(1), jnp.zeros(1)).kind
    'stable'
    """
    _validate.function("values", values)
    for name, theta in (("own", own), ("other", other)):
        _validate.parameters(name, theta)
    tolerance = _validate.positive("tolerance", tolerance)
    z, apart = ravel_pytree((own, other))
    v = lambda z: ravel_pytree(field(values, *apart(z)))[0]
    J, speed = np.asarray(jax.jacobian(v)(z), float), np.abs(v(z)).max()
    scale = np.abs(J).max()
    if not speed <= tolerance * scale * max(1.0, float(np.abs(z).max())):
        raise ValueError(
            "own, other: expected a fixed point, where no gradient is left, got one of "
            f"size {speed:.2g} beside a Jacobian of size {scale:.2g}"
        )
    eigenvalues, growth = np.linalg.eigvals(J), np.linalg.eigvalsh((J + J.T) / 2)
    nothing = tolerance * scale
    if growth.max() <= nothing:
        kind = "stable"
    elif growth.min() > nothing:
        kind = "unstable"
    else:
        away = eigenvalues.real.max() > nothing
        kind = "strict saddle" if away else "none of these"
    return FixedPoint(kind, eigenvalues.astype(complex), growth)
