"""Classical strategies of Axelrod's tournaments, as memory-one policies; and his library's.

Most of what won and lost in these tournaments looks at the last round only, so it is five
probabilities. Names and numbers are those of the Axelrod library, version 4.14.

Axelrod (1984), "The Evolution of Cooperation"; Press and Dyson (2012) for the extortioner.
"""

from typing import Any

from lolakit import _validate
from lolakit.games.matrix import MatrixGame, check_game
from lolakit.games.memory_one import (
    Logits,
    always_cooperate,
    always_defect,
    grim_trigger,
    memory_one,
    tit_for_tat,
    win_stay_lose_shift,
    zero_determinant,
)


def classical(game: MatrixGame) -> dict[str, Logits]:
    """Return the classical strategies by their names, from the nicest to the meanest.

    Args:
        game: a prisoner's dilemma. Only the two zero-determinant strategies look at it: they
            bear or take three times the difference to CC or to DD.

    Returns:
        Names to five logits, each in the order of the owner's own seat.

    Raises:
        ValueError: for what is no MatrixGame, or one in which there is no
            zero-determinant strategy of slope 3.

    >>> from lolakit import prisoners_dilemma
    >>> [*classical(prisoners_dilemma())][:3]
    ['AllC', 'TFT', 'generous TFT']
    """
    game = check_game("game", game)
    return {
        "AllC": always_cooperate(),
        "TFT": tit_for_tat(),
        "generous TFT": memory_one([1, 1 / 3, 1, 1 / 3]),
        "WSLS": win_stay_lose_shift(),
        "firm but fair": memory_one([1, 0, 1, 2 / 3]),
        "generous ZD": zero_determinant(game, chi=3.0, generous=True),
        "grim": grim_trigger(),
        "Joss": memory_one([0.9, 0, 0.9, 0]),
        "suspicious TFT": memory_one([1, 0, 1, 0], first=0.0),
        "random": memory_one([0.5] * 4, first=0.5),
        "extortion": zero_determinant(game, chi=3.0),
        "AllD": always_defect(),
    }


def from_axelrod(player: Any, scale: float = 20.0) -> Logits:
    """Return a memory-one player of the Axelrod library as five logits.

    Of a `MemoryOnePlayer` the four probabilities and the first move are read. A player of
    another class with a memory of at most one round that does nothing at random is asked
    what it does at first and in each of the four states.

    The library is optional: `pip install "lolakit[axelrod]"`.

    Args:
        player: such as `axelrod.GTFT()`.
        scale: bound on the logits, as in `from_probabilities`.

    Returns:
        Five logits, shape [5].

    Raises:
        ValueError: for what is no player of that library, or one whose memory is longer, or
            one that is random in a way that it does not tell.
        ModuleNotFoundError: where the library is needed and is not installed.
    """
    classifier = getattr(player, "classifier", None)
    if not isinstance(classifier, dict) or not hasattr(player, "strategy"):
        raise ValueError(
            "player: expected a player of the Axelrod library, such as axelrod.GTFT(), "
            f"got {_validate.shown(player)}"
        )
    vector = getattr(player, "_four_vector", None)
    if isinstance(vector, dict):
        p = {str(a) + str(b): float(x) for (a, b), x in vector.items()}
        first = float(str(getattr(player, "_initial", "C")) == "C")
        four = [p[state] for state in ("CC", "CD", "DC", "DD")]
        return memory_one(four, first=first, scale=scale)
    depth, stochastic = classifier.get("memory_depth"), classifier.get("stochastic")
    if depth not in (0, 1) or stochastic:
        raise ValueError(
            f"player: expected a memory-one player whose probabilities are known, got "
            f"{_validate.shown(player)}, of memory depth {depth}"
            f"{', which is random' if stochastic else ''}"
        )
    first, *four = (
        float(_answer(player, s) == "C") for s in ("", "CC", "CD", "DC", "DD")
    )
    return memory_one(four, first=first, scale=scale)


def _answer(player: Any, state: str) -> str:
    """Return what a deterministic player does after one round, or in the first."""
    try:
        from axelrod import Action, MockPlayer  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "axelrod: expected the Axelrod library, which is not installed: "
            'pip install "lolakit[axelrod]"'
        ) from error
    me, other = player.clone(), MockPlayer([Action.C])
    if state:
        mine, theirs = (Action.from_char(x) for x in state)
        me.history.append(mine, theirs)
        other.history.append(theirs, mine)
    return str(me.strategy(other))
