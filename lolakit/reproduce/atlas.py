"""What the result `atlas` runs: every rule in every ordinal game, played once and again.

The players of a pair have the same rule, and start from the same logits in all games and
for all rules, so that what differs is the game or the rule. One compiled program a rule.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from lolakit._seats import game_of
from lolakit.games.matrix import MatrixGame
from lolakit.games.memory_one import normal_logits
from lolakit.games.ordinal import PAIRS, all_payoffs
from lolakit.learners.ascend import ascend
from lolakit.learners.play import begin, play
from lolakit.reproduce.storage import Run
from lolakit.rules.adjustment import consensus, symplectic_adjustment
from lolakit.rules.cgd import cgd
from lolakit.rules.hola import hola
from lolakit.rules.lola import lola, lola_taylor
from lolakit.rules.lookahead import look_ahead
from lolakit.rules.naive import naive
from lolakit.rules.pola import pola
from lolakit.rules.sos import sos
from lolakit.types import Params, Rule, Values
from lolakit.values.exact import exact_values, shares

GAMMAS = {"once": 0.0, "again": 0.96}
"""How the games are played: one round, or rounds without end."""


def _unit(values: Values) -> Any:
    """Return 1 - gamma: what a value has to be multiplied with to be a payoff per step."""
    return 1 - game_of(values).gamma  # pyright: ignore[reportOptionalMemberAccess]


def proximal(values: Values) -> Rule:
    """Return POLA with a penalty of 4 for payoffs per step, so 4 / (1 - gamma) for sums."""
    unit = _unit(values)
    return pola(values, lookahead=1.0, outer_penalty=4 / unit, outer_rate=unit / 4)


RULES: dict[str, Callable[[Values], Rule]] = {
    "naive": naive,
    "LookAhead": partial(look_ahead, lookahead=1.0),
    "LOLA": partial(lola, lookahead=1.0),
    "LOLA, Taylor": partial(lola_taylor, lookahead=1.0),
    "SOS": partial(sos, lookahead=1.0),
    "HOLA, order 1": partial(hola, lookahead=1.0, order=1),
    "HOLA, order 2": partial(hola, lookahead=1.0, order=2),
    "CGD": partial(cgd, lookahead=1.0),
    "SGA": partial(symplectic_adjustment, weight=1.0, align=True),
    "consensus": partial(consensus, weight=1.0),
    "CGD, small": lambda values: cgd(values, lookahead=_unit(values)),
    "consensus, small": lambda values: consensus(values, weight=_unit(values)),
    "POLA": proximal,
}
"""Both step sizes are 1, as in the chapters, but where the name says small: there the
lookahead, or the weight, is 1 - gamma, as if values were payoffs per step. HOLA of order 1 is
`lola_unrolled`."""


def _everywhere(rule: Callable[[Values], Rule], steps: int) -> Run:
    """Return the run of one seed: two learners of this rule, in all games in all ways.

    `last` holds how often CC, CD, DC and DD come up at the end, of the 78 games [78, 4], for
    each way to play; and `first` what both earn after one update, mean over the games.
    """

    def in_one(payoff: Array, gamma: Array, key: Array) -> tuple[Array, Array]:
        game = MatrixGame(payoff, gamma)
        pair = [ascend(rule(exact_values(seat)), optax.sgd(1.0), normal_logits())
                for seat in (game, game.swap())]  # fmt: skip
        values = exact_values(game)
        final, V = play(pair[0], pair[1], key, steps, values)
        return shares(game, final[0][0], final[1][0]), (1 - gamma) * V[0]

    payoffs = jnp.asarray(all_payoffs()[*PAIRS])
    gammas = jnp.array([*GAMMAS.values()])

    @jax.jit
    def run(key: Array) -> dict[str, Any]:
        games = jax.vmap(in_one, in_axes=(0, None, None))
        last, first = jax.vmap(games, in_axes=(None, 0, None))(payoffs, gammas, key)
        # Multiples of 2^-9 take little room, and are as exact as the means need.
        last = jnp.round(512 * last) / 512
        return {
            "first": first.mean(axis=(0, 1)),
            "last": dict(zip(GAMMAS, last, strict=True)),
        }

    return run


def atlas_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `atlas`, one for each rule."""
    return {name: _everywhere(rule, sizes["steps"]) for name, rule in RULES.items()}


PATH = (0, 1, 4, 20, 200)
"""After so many updates a path shows how often both cooperate."""


def _paths(rule: Callable[[Values], Rule]) -> Run:
    """Return the run of one seed: the way of two learners of this rule, in all games.

    `path` holds, for each way to play, how often both cooperate after the updates of `PATH`,
    in the 78 games [78, len(PATH), 2], in 255ths; and `first`, the same after one update,
    mean over games and ways [2]. The starts are those of the atlas.
    """

    def in_one(payoff: Array, gamma: Array, key: Array) -> Array:
        game = MatrixGame(payoff, gamma)
        pair = [ascend(rule(exact_values(seat)), optax.sgd(1.0), normal_logits())
                for seat in (game, game.swap())]  # fmt: skip

        def cooperate(theta_1: Params, theta_2: Params) -> Array:
            CC, CD, DC, _ = shares(game, theta_1, theta_2)
            return jnp.stack([CC + CD, CC + DC])

        start = [theta for theta, _ in begin(pair[0], pair[1], key)]
        later = play(pair[0], pair[1], key, PATH[-1], cooperate).history
        way = jnp.concatenate([cooperate(*start)[None], later])
        return way[jnp.array(PATH)]

    payoffs = jnp.asarray(all_payoffs()[*PAIRS])
    gammas = jnp.array([*GAMMAS.values()])

    @jax.jit
    def run(key: Array) -> dict[str, Any]:
        games = jax.vmap(in_one, in_axes=(0, None, None))
        ways = jax.vmap(games, in_axes=(None, 0, None))(payoffs, gammas, key)
        bytes_ = jnp.round(255 * ways).astype(jnp.uint8)
        first = ways[:, :, PATH.index(1)].mean(axis=(0, 1))
        return {"first": first, "path": dict(zip(GAMMAS, bytes_, strict=True))}

    return run


def path_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Return the runs of the result `atlas_paths`, one for each rule."""
    del sizes
    return {name: _paths(rule) for name, rule in RULES.items()}


def everywhere(last: Any) -> np.ndarray:
    """Return the outcomes of all 144 games from those of the 78 [..., 78, 4].

    Two players of one rule that exchange their seats play the mirrored game: there CD and
    DC change places. Shape [..., 12, 12, 4].
    """
    last, (one, two) = np.asarray(last), PAIRS
    count = int(one.max()) + 1
    there = np.empty((*last.shape[:-2], count, count, 4))
    there[..., two, one, :] = last[..., [0, 2, 1, 3]]
    there[..., one, two, :] = last
    return there


def earned(result: Mapping[str, Any], rule: str, way: str) -> np.ndarray:
    """Return what both earn per step at the end, [seeds, 12, 12, 2], of a stored `atlas`.

    `way` is a name of `GAMMAS`. In the mirrored games the seeds are those of the others.
    """
    outcomes = everywhere(result["runs"][rule][f"last/{way}"])
    return np.einsum("...a,...ia->...i", outcomes, all_payoffs().reshape(12, 12, 2, 4))


def gained(result: Mapping[str, Any], rule: str, way: str) -> np.ndarray:
    """Return by how much that is more than naive learners earn from the same starts."""
    return earned(result, rule, way) - earned(result, "naive", way)
