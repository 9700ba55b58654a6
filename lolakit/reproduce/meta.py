"""What the results `mmaml` and its kin, `mfos` and `head_to_head` run."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from lolakit.games.matrix import MatrixGame
from lolakit.learners.play import play
from lolakit.meta import mfos, mmaml
from lolakit.meta.metagame import meta_episodes
from lolakit.meta.self_play import self_play
from lolakit.reproduce.players import (
    GAMES,
    OPPONENTS,
    STARTS,
    naive_learner,
    network,
    opponent_of,
    starts_of,
    trained_start,
)
from lolakit.reproduce.storage import Run, stored
from lolakit.types import Learner
from lolakit.values.exact import exact_values, per_step

MEETINGS = 512
"""How often M-FOS meets M-MAML in `mfos_published_runs`, after each training."""


def start_run(name: str, updates: int, **options: Any) -> Run:
    """Return the run that trains a start against naive learners."""
    game = GAMES[name]

    def run(key: Array) -> dict[str, Any]:
        options.update(updates=updates, progress=False)
        start, history = mmaml.train(game, naive_learner(game.swap()), key, **options)
        first, thin = history[0], history[9::10]
        return {"first": first, "history": thin, **start._asdict()}

    return run


def mmaml_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Train a start against naive learners, in each game.

    history holds J and alpha after every tenth update; phi and alpha are the last.
    """

    return {name: start_run(name, sizes["updates"]) for name in GAMES}


def mmaml_settings_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Train starts for the dilemma with a larger batch, and with a step size kept at 1."""
    updates = sizes["updates"]
    return {
        "larger batch": start_run("IPD", updates, batch=sizes["batch"]),
        "alpha = 1": start_run("IPD", updates, alpha=1.0),
    }


def mmaml_step_one_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Train starts with the step size of 1 that they play with, and a learning rate of 0.1.

    J counts the values before each step, as in the published code. For the dilemma also
    with a step size that is learned, and with the values after each step.
    """
    updates = sizes["updates"]
    how = {"alpha": 1.0, "learning_rate": 0.1, "count": "before"}
    return {name: start_run(name, updates, **how) for name in GAMES} | {
        "IPD, alpha learned": start_run("IPD", updates, **how | {"alpha": None}),
        "IPD, counted after": start_run("IPD", updates, **how | {"count": "after"}),
    }


def mfos_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Train M-FOS against each opponent and against itself, in each game.

    R holds the values of both, mean of eight episodes at a time. Networks are the last.
    """
    how = {"episodes": sizes["episodes"], "batch": sizes["batch"], "progress": False}

    def against(name: str, opponent: str) -> Run:
        def train(key: Array) -> dict[str, Any]:
            game = GAMES[name]
            make = opponent_of(name, opponent)
            agent = mfos.train(game, make(game.swap()), key, **how)
            return {**_thin(agent.history), "network": agent.network}

        return train

    def together(name: str) -> Run:
        def train(key: Array) -> dict[str, Any]:
            one, two = self_play(GAMES[name], naive_learner, key, **how)
            nets = {"network": one.network, "network_2": two.network}
            return {**_thin(one.history), **nets}

        return train

    return {
        f"{name}, {opponent}": against(name, opponent)
        if opponent in OPPONENTS
        else together(name)
        for name in GAMES
        for opponent in (*OPPONENTS, "M-FOS")
    }


def _thin(history: np.ndarray) -> dict[str, np.ndarray]:
    """Return the values of the first episode, and means of eight episodes at a time."""
    blocks = len(history) // 8
    means = history[: 8 * blocks].reshape(blocks, 8, 2).mean(axis=1)
    return {"first": history[0], "R": means}


def mfos_published_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Train M-FOS against M-MAML with the published starts, and let the two meet.

    mean_R holds the values of both, mean over the updates and over `MEETINGS` of them: one number
    for each training, so that an interval over seeds is one over trainings.
    """
    how = {"episodes": sizes["episodes"], "batch": sizes["batch"], "progress": False}

    def against(name: str) -> Run:
        game, make = GAMES[name], trained_start(name, "published")

        def train_and_play(key: Array) -> dict[str, Any]:
            k_train, k_play = jax.random.split(key)
            agent = mfos.train(game, make(game.swap()), k_train, **how)
            seen = meta_episodes(
                game,
                mfos.learner(agent.network, game),
                make(game.swap()),
                k_play,
                batch=MEETINGS,
            )
            return {**_thin(agent.history), "mean_R": seen.R.mean(axis=(0, 1))}

        return train_and_play

    return {name: against(name) for name in GAMES}


def head_to_head_runs(sizes: Mapping[str, int]) -> dict[str, Run]:
    """Play every pair of NL, LOLA, M-MAML in both orders, these against fixed policies, and
    M-FOS against each. M-MAML plays once with their starts and once with ours.

    mean_R holds the values of both, mean over the updates; of M-MAML also over its starts,
    one meeting with each, of a start with itself where both are M-MAML. M-FOS is one of its trained
    networks, at random: the one that was trained against this opponent.
    """

    def value(game: MatrixGame, one: Learner, two: Learner, key: Array) -> Array:
        V = exact_values(game)
        R = play(
            one, two, key, sizes["steps"], lambda a, b: per_step(V(a, b), game.gamma)
        )
        return R.history.mean(axis=0)

    def simple(name: str, row: str, column: str) -> Run:
        game = GAMES[name]
        sources = [STARTS[x] for x in (row, column) if x in STARTS]

        def meeting(which: Any, key: Array) -> Array:
            one, two = (opponent_of(name, x, which) for x in (row, column))
            return value(game, one(game), two(game.swap()), key)

        def run(key: Array) -> dict[str, Array]:
            if not sources:
                return {"mean_R": meeting(None, key)}
            which = np.arange(len(starts_of(name, sources[0])))
            each = jax.vmap(meeting)(which, jax.random.split(key, len(which)))
            return {"mean_R": each.mean(axis=0)}

        return jax.jit(run)

    def shaping(name: str, column: str) -> Run:
        game, label = GAMES[name], f"{name}, {column}"

        def run(key: Array) -> dict[str, Array]:
            k_which, k_play = jax.random.split(key)
            seeds = len(stored("mfos")["runs"][label]["first"])
            which = jax.random.randint(k_which, (), 0, seeds)
            one = mfos.learner(network(label, which), game)
            if column == "M-FOS":
                two = mfos.learner(network(label, which, "network_2"), game.swap())
            else:
                two = opponent_of(name, column)(game.swap())
            return {"mean_R": value(game, one, two, k_play)}

        return jax.jit(run)

    plain = ("NL", "LOLA")
    pairs = [(row, column) for row in plain for column in ("fixed", *plain)]
    for start in STARTS:
        pairs += [(row, start) for row in plain]
        pairs += [(start, column) for column in ("fixed", *plain, start)]
    return {
        f"{name}: {row} / {column}": simple(name, row, column)
        for name in GAMES
        for row, column in pairs
    } | {
        f"{name}: M-FOS / {column}": shaping(name, column)
        for name in GAMES
        for column in (*OPPONENTS, "M-FOS")
    }
