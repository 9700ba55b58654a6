"""The tournament of Foerster et al. (2018): six learners, everyone against everyone.

Each learns from what it may see. NL and LOLA have exact gradients, and read the other's
policy after each episode; the four others see play only, and learn after each round.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from lolakit.games.matrix import MatrixGame, matching_pennies, prisoners_dilemma
from lolakit.games.memory_one import normal_logits
from lolakit.learners.ascend import ascend, fixed
from lolakit.learners.hill_climbing import phc, wolf_phc
from lolakit.learners.q_learning import joint_q_learner, q_learner
from lolakit.learners.rounds import play_rounds
from lolakit.learners.tournament import Standings
from lolakit.reproduce.storage import Run, stored
from lolakit.rules.lola import lola
from lolakit.rules.naive import naive
from lolakit.types import Learner
from lolakit.values.exact import exact_values

Make = Callable[[MatrixGame], Learner]


def _falling(start: float, slope: float) -> Callable[[Any], Any]:
    """Return n -> 1 / (start + slope n)."""
    return lambda n: 1 / (start + slope * n)


_ALPHA: dict[str, Any] = {"learning_rate": _falling(100, 1e-4)}
_SLOW, _WOLF = _falling(20_000, 1.0), _falling(100, 5e-5)


def _exact(rule: Any, **options: Any) -> Make:
    """Return exact gradients, with a step of 1 after each episode."""
    return lambda game: ascend(
        rule(exact_values(game), **options), optax.sgd(1.0), normal_logits()
    )


LEARNERS: dict[str, Make] = {
    "NL": _exact(naive),
    "LOLA": _exact(lola, lookahead=1.0),
    "JAL-Q": lambda game: joint_q_learner(game.gamma, **_ALPHA),
    "NL-Q": lambda game: q_learner(game.gamma, **_ALPHA),
    "PHC": lambda game: phc(game.gamma, **_ALPHA, delta=_SLOW),
    "WoLF-PHC": lambda game: wolf_phc(game.gamma, **_ALPHA, delta=_WOLF),
}
"""The six, at the settings of the published script; both games with gamma = 0.96."""
GAMES = {"IPD": prisoners_dilemma(), "IMP": matching_pennies(gamma=0.96)}
MOSTLY_D = fixed(jnp.full(5, np.log(0.2 / 0.8), float))
"""The player that the published script lists as NL: C with probability 0.2, whatever happens."""
BLOCK, LAST = 50, 100
"""Episodes that a point of a learning curve, and that a score, are the mean of."""


def against(
    make: Make,
    columns: Mapping[str, Make],
    sizes: Mapping[str, int],
    curves: bool = True,
) -> Callable[[MatrixGame, Any, Array], dict[str, Array]]:
    """Return what plays one learner, in the first seat, against each of the columns.

    It is a compiled function of the game, the noise and a key. `first` [columns, 2] is what
    both earn in a round of the first episode, `last` the mean over the last 100, and `theta`
    [columns, 2, 5] what they play at the end. With `curves`, R [columns, blocks, 2] is the
    mean over each 50 episodes.
    """
    size = {k: sizes[k] for k in ("episodes", "horizon")}

    def meet(other: Make, game: MatrixGame, noise: Any, key: Array) -> dict[str, Array]:
        players = make(game), other(game.swap())
        nothing = lambda theta_1, theta_2: ()
        played = play_rounds(*players, game, key, **size, noise=noise, record=nothing)
        (one, _), (two, _) = played.final
        r = played.history.rewards
        found = {"first": r[0], "last": r[-LAST:].mean(axis=0)}
        found["theta"] = jnp.stack([one, two])
        if curves:
            blocks = size["episodes"] // BLOCK
            found["R"] = r[: blocks * BLOCK].reshape(blocks, BLOCK, 2).mean(axis=1)
        return found

    def run(game: MatrixGame, noise: Any, key: Array) -> dict[str, Array]:
        met = [meet(other, game, noise, key) for other in columns.values()]
        return jax.tree.map(lambda *x: jnp.stack(x), *met)

    return jax.jit(run)


def league_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Play all six against all six in both games, and in the dilemma with a noise of 1 %."""
    rows = {row: against(make, LEARNERS, sizes) for row, make in LEARNERS.items()}
    settings = {"IPD": ("IPD", 0.0), "IMP": ("IMP", 0.0), "IPD, noise": ("IPD", 0.01)}
    return {
        f"{name}: {row}": lambda key, run=run, game=game, noise=noise: run(
            GAMES[game], noise, key
        )
        for name, (game, noise) in settings.items()
        for row, run in rows.items()
    }


def long_league_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Play all six in the dilemma in long episodes, and the fixed player of the script too."""
    players = LEARNERS | {"fixed": lambda game: MOSTLY_D}
    rows = {row: against(make, players, sizes, False) for row, make in players.items()}
    return {
        f"IPD, long: {row}": lambda key, run=run: run(GAMES["IPD"], 0.0, key)
        for row, run in rows.items()
    }


def league(name: str, result: str = "tournament") -> Standings:
    """Return the stored standings of "IPD", "IMP", "IPD, noise" or "IPD, long".

    R is what happened in the last 100 episodes. In the dilemma cooperation follows from it:
    r_1 = -2 - [1 cooperates] + 2 [2 cooperates], in each round.
    """
    runs = {k.split(": ")[1]: v for k, v in stored(result)["runs"].items()
            if k.split(": ")[0] == name}  # fmt: skip
    names = tuple(runs)
    seeds = len(next(iter(runs.values()))["last"])
    R = np.zeros((len(names), len(names), 2, seeds))
    for i, row in enumerate(names):
        both = runs[row]["last"]  # [seeds, columns, 2]
        R[i, :, 0], R[:, i, 1] = both[..., 0].T, both[..., 1].T
    if not name.startswith("IPD"):
        return Standings(names, R)
    theirs = R.swapaxes(0, 1)[:, :, ::-1]  # what the column earns in the same meetings
    return Standings(names, R, 2 + (R + 2 * theirs) / 3)
