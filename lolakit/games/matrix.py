"""Two-player games with two actions, and the four that the book plays.

Action 0 is to cooperate (or heads), action 1 is to defect (or tails). A game is
played again and again; each next round counts `gamma` times the one before it.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from lolakit import _validate
from lolakit.types import Scalar


class _Fields(NamedTuple):
    payoff: Float[Array, "2 2 2"]
    gamma: float | Float[Array, ""]


@jax.tree_util.register_pytree_node_class
class MatrixGame(_Fields):
    """A repeated two-player, two-action game.

    A textbook's table has the players last: `np.moveaxis(table, -1, 0)` brings it here.

    Attributes:
        payoff: `payoff[i, a, b]` is what player i earns in one round when player 1
            plays a and player 2 plays b. Shape [2, 2, 2], finite floats.
        gamma: the discount factor, 0 <= gamma < 1. With gamma = 0 only the first round
            counts: the one-shot game.

    Raises:
        ValueError: for a payoff of another shape, a payoff that is not finite, or a
            gamma outside [0, 1).

    >>> game = MatrixGame([[[3., 0.], [5., 1.]], [[3., 5.], [0., 1.]]], gamma=0.9)
    >>> float(game.payoff[0, 1, 0])  # player 1 defects, player 2 cooperates
    5.0
    """

    __slots__ = ()

    def __new__(cls, payoff: Any, gamma: Scalar) -> "MatrixGame":
        """Check the fields and build the game."""
        what = "numbers of shape (2, 2, 2)"
        with jax.ensure_compile_time_eval():  # known numbers stay known inside jit
            numbers = _validate.numbers("payoff", payoff, what)
            whole = numbers is not None and numbers.dtype.kind in "iu"
            if whole or not hasattr(payoff, "dtype"):
                payoff = numbers.astype(float)  # pyright: ignore[reportOptionalMemberAccess]
            payoff = jnp.asarray(payoff)
        _validate.float_array(
            "payoff", payoff, (2, 2, 2), "It is payoff[player, action_1, action_2]."
        )
        numbers = _validate.known(payoff)
        if numbers is not None and not np.isfinite(numbers).all():
            raise ValueError(
                f"payoff: expected finite numbers in {payoff.dtype}, got {numbers.tolist()}"
            )
        gamma = _validate.discount("gamma", gamma, payoff.dtype)
        return super().__new__(cls, payoff, gamma)

    @classmethod
    def _make(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, iterable: Any
    ) -> "MatrixGame":  # so that _replace checks too
        return cls(*iterable)

    @classmethod
    def from_bimatrix(cls, A: Any, B: Any = None, gamma: Scalar = 0.0) -> "MatrixGame":
        """Build a game from the two tables of a textbook, or of Nashpy, one for each player.

        In both, **rows are player 1's actions and columns player 2's**, cooperation first.
        Without B the game is symmetric: B = A'.

        Args:
            A: what player 1 earns [2, 2].
            B: what player 2 earns [2, 2].
            gamma: the discount factor; by default the game is played once.

        >>> MatrixGame.from_bimatrix([[3, 0], [5, 1]], gamma=0.9).payoff[1].tolist()
        [[3.0, 5.0], [0.0, 1.0]]
        """
        tables = []
        for name, table in (("A", A), ("B", A if B is None else B)):
            x = _validate.numbers(name, table, "numbers of shape (2, 2)")
            if np.shape(table) != (2, 2):
                raise ValueError(
                    f"{name}: expected numbers of shape (2, 2), got {_validate.shown(table)}"
                )
            tables.append(jnp.asarray(table if x is None else x.astype(float)))
        if B is None:
            tables[1] = tables[1].T
        return cls(jnp.stack(tables), gamma)

    def __str__(self) -> str:
        """Return the table of payoffs, player 1's row by row, and the discount.

        >>> print(prisoners_dilemma())
              C          D
        C  (-1, -1)    (-3, 0)
        D   (0, -3)   (-2, -2)
        gamma = 0.96
        """
        payoff = _validate.known(self.payoff)
        if payoff is None or payoff.shape != (2, 2, 2):
            return repr(self)
        cells = [
            [f"({payoff[0, a, b]:g}, {payoff[1, a, b]:g})" for b in (0, 1)]
            for a in (0, 1)
        ]
        width = max(len(cell) for row in cells for cell in row)
        head = f"   {'C':^{width}}   {'D':^{width}}".rstrip()
        rows = [
            f"{name}  {row[0]:>{width}}   {row[1]:>{width}}"
            for name, row in zip("CD", cells, strict=True)
        ]
        return "\n".join([head, *rows, f"gamma = {self.gamma}"])

    def swap(self) -> "MatrixGame":
        """Return the same game as player 2 sees it: own action first, own payoff first.

        >>> game = matching_pennies()
        >>> bool((game.swap().swap().payoff == game.payoff).all())
        True
        """
        with jax.ensure_compile_time_eval():
            payoff = jnp.swapaxes(self.payoff[::-1], 1, 2)
        return MatrixGame(payoff, self.gamma)

    # JAX rebuilds pytrees with leaves that are not numbers (stacked games, axes,
    # placeholders), so rebuilding skips the checks that building makes.
    def tree_flatten(self) -> tuple[tuple[Any, Any], None]:
        """Return the leaves (payoff, gamma)."""
        return (self.payoff, self.gamma), None

    @classmethod
    def tree_unflatten(cls, _: None, leaves: tuple[Any, Any]) -> "MatrixGame":
        """Rebuild a game from its leaves, unchecked."""
        return tuple.__new__(cls, leaves)


def check_game(name: str, game: Any) -> MatrixGame:
    """Return `game`, checked again: it may come out of a tree operation."""
    if not isinstance(game, MatrixGame):
        raise ValueError(f"{name}: expected a MatrixGame, got {_validate.shown(game)}")
    return MatrixGame(*game)


def _game(cells: list[list[tuple[int, int]]], gamma: Scalar) -> MatrixGame:
    """Build a game from the table of a textbook: cells[a][b] = (player 1, player 2)."""
    return MatrixGame(np.moveaxis(np.array(cells, dtype=float), -1, 0), gamma)


def prisoners_dilemma(gamma: Scalar = 0.96) -> MatrixGame:
    """Return the (iterated) prisoner's dilemma: CC -1,-1; CD -3,0; DC 0,-3; DD -2,-2.

    Whatever the other does, defecting earns 1 more now; both defecting earns each 1
    less than both cooperating. Payoffs and gamma of Foerster et al. (2018).
    """
    return _game([[(-1, -1), (-3, 0)], [(0, -3), (-2, -2)]], gamma)


def matching_pennies(gamma: Scalar = 0.9) -> MatrixGame:
    """Return (iterated) matching pennies: player 1 earns +1 on a match, else -1.

    Player 2 earns the opposite: the game is zero-sum, and its one equilibrium is to
    play each side with probability 1/2. Payoffs and gamma of Foerster et al. (2018).
    """
    return _game([[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]], gamma)


def chicken(gamma: Scalar = 0.0) -> MatrixGame:
    """Return chicken: CC 0,0; CD -1,1; DC 1,-1; DD -100,-100. One-shot by default.

    Each wants the other to swerve (cooperate), and a crash is a disaster for both.
    Payoffs of Lu et al. (2022), who play it one-shot (gamma = 0).
    """
    return _game([[(0, 0), (-1, 1)], [(1, -1), (-100, -100)]], gamma)


def stag_hunt(gamma: Scalar = 0.0) -> MatrixGame:
    """Return the stag hunt: CC 4,4; CD 0,3; DC 3,0; DD 2,2. One-shot by default.

    Hunting the stag together (CC) is best for both, hunting hare (DD) is safer: alone
    with the stag one earns nothing. Cooperating pays in one round if the other
    cooperates with probability above 2/3.
    """
    return _game([[(4, 4), (0, 3)], [(3, 0), (2, 2)]], gamma)


def by_name(gamma: Scalar) -> dict[str, MatrixGame]:
    """Return the four games above by their names in the book, all with the same gamma."""
    return {
        "prisoner's dilemma": prisoners_dilemma(gamma),
        "stag hunt": stag_hunt(gamma),
        "chicken": chicken(gamma),
        "matching pennies": matching_pennies(gamma),
    }
