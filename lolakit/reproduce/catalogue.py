"""Every result that `lolakit reproduce` can make: what it is, its sizes and its runs."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lolakit.reproduce.atlas import PATH, atlas_runs, path_runs
from lolakit.reproduce.coin import GAMES, LOOKAHEAD, coin_runs, long_runs, variant_runs
from lolakit.reproduce.coin_costs import SIZES, cost_runs
from lolakit.reproduce.correlations import BATCHES, correlation_runs
from lolakit.reproduce.directions import BATCHES as DIRECTIONS
from lolakit.reproduce.directions import direction_runs
from lolakit.reproduce.exact import adam_runs, exact_runs, one_sided_runs
from lolakit.reproduce.general import cola_runs, general_runs
from lolakit.reproduce.league import league_runs, long_league_runs
from lolakit.reproduce.meta import (
    MEETINGS,
    head_to_head_runs,
    mfos_published_runs,
    mfos_runs,
    mmaml_runs,
    mmaml_settings_runs,
    mmaml_step_one_runs,
)
from lolakit.reproduce.sampled import (
    FIRST_ORDER,
    SECOND,
    first_order_runs,
    lola_dice_runs,
    lola_pg_runs,
    lookahead_steps_runs,
    opponent_modelling_runs,
    second_program_runs,
)
from lolakit.reproduce.storage import Run


class Result(NamedTuple):
    """One result.

    Attributes:
        about: what it is, in one line.
        sizes: `seeds` and whatever else the command line may change, with the values of
            the stored result.
        quick: smaller sizes for `--quick`, a try of a minute or so.
        constants: settings that belong to the result, and are stored beside the sizes.
        runs: `runs(sizes) -> {label: run}`.
    """

    about: str
    sizes: dict[str, int]
    quick: dict[str, int]
    constants: dict[str, Any]
    runs: Callable[[Mapping[str, int]], dict[str, Run]]


_GAMES = {"horizon": 150, "batch": 4000}
_PG = {"seeds": 40, **_GAMES, "steps": 150}
_DICE = {"seeds": 32, "horizon": 150, "batch": 64, "steps": 200}
_FEW = {"seeds": 2, "batch": 512, "steps": 50}
_SCRIPT = {"delta": 0.2, "scale": 0.447}
_MMAML = {"seeds": 10, "updates": 1000}
_STEPS = {"num_steps": 100}

RESULTS = {
    "exact": Result(
        "rules with exact gradients: NL, LOLA and its kin in three games",
        {"seeds": 500},
        {"seeds": 50},
        {},
        exact_runs,
    ),
    "one_sided": Result(
        "LOLA against a naive learner, both with a step size of 0.5",
        {"seeds": 500},
        {"seeds": 50},
        {"delta": 0.5},
        one_sided_runs,
    ),
    "adam": Result(
        "exact look-ahead of none to three steps with Adam; nothing random",
        {"seeds": 1},
        {},
        {},
        adam_runs,
    ),
    "general_games": Result(
        "rules of general games, LOLA of higher order, and LOLA and POLA in other parameters",
        {"seeds": 256},
        {"seeds": 16},
        {},
        general_runs,
    ),
    "cola": Result(
        "COLA in the ultimatum game: networks trained to be consistent, and what they play",
        {"seeds": 16, "updates": 20_000},
        {"seeds": 4, "updates": 2_000},
        {},
        cola_runs,
    ),
    "lola_pg": Result(
        "NL-PG and LOLA-PG in the dilemma and in matching pennies",
        _PG,
        _FEW,
        {"delta": 1.0},
        lola_pg_runs,
    ),
    "pg_directions": Result(
        "updates of NL-PG and LOLA-PG at one pair of policies, by batch size",
        {"seeds": 24, "horizon": 150, "batch": DIRECTIONS[-1]},
        {"batch": 256},
        {},
        direction_runs,
    ),
    "opponent_modelling": Result(
        "LOLA-PG that estimates the other's policy from its play",
        _PG,
        _FEW,
        {"delta": 1.0},
        opponent_modelling_runs,
    ),
    "dice_correlation": Result(
        "sampled derivatives against exact ones, by batch size and variance reduction",
        {"seeds": 16, "horizon": 150, "batch": BATCHES[-1]},
        {"seeds": 4, "batch": 1024},
        {},
        correlation_runs,
    ),
    "lola_dice": Result(
        "learning curves of LOLA-DiCE with one, two and three look-ahead steps",
        _DICE,
        {"seeds": 4},
        _SCRIPT,
        lola_dice_runs,
    ),
    "lookahead_steps": Result(
        "number of look-ahead steps against their length",
        _DICE | {"seeds": 16},
        {"seeds": 1},
        _SCRIPT,
        lookahead_steps_runs,
    ),
    "second_program": Result(
        "LOLA-DiCE as in a second public program: Adam, zeros, steps of 0.3",
        _DICE | {"seeds": 16, "batch": 128},
        {"seeds": 1},
        dict(SECOND),
        second_program_runs,
    ),
    "first_order": Result(
        "Advantage Alignment and LOQA: themselves, naive learners, fixed policies",
        {"seeds": 256, "horizon": 32, "batch": 32, "steps": 200},
        {"seeds": 8},
        dict(FIRST_ORDER),
        first_order_runs,
    ),
    "mmaml": Result(
        "M-MAML: learned starts, in three games",
        _MMAML,
        {"seeds": 2, "updates": 200},
        _STEPS,
        mmaml_runs,
    ),
    "mmaml_settings": Result(
        "M-MAML in the dilemma with a larger batch, and with a step size kept at 1",
        _MMAML | {"batch": 512},
        {"seeds": 2, "updates": 50, "batch": 128},
        _STEPS,
        mmaml_settings_runs,
    ),
    "mmaml_step_one": Result(
        "M-MAML with the step size of 1 that it plays with: learned starts, in three games",
        _MMAML,
        {"seeds": 2, "updates": 100},
        _STEPS | {"learning_rate": 0.1},
        mmaml_step_one_runs,
    ),
    "mfos": Result(
        "M-FOS against each opponent and against itself, in three games",
        {"seeds": 3, "episodes": 1024, "batch": 128},
        {"seeds": 2, "episodes": 64, "batch": 64},
        _STEPS,
        mfos_runs,
    ),
    "mfos_published": Result(
        "M-FOS against M-MAML with the published starts, in three games",
        {"seeds": 3, "episodes": 1024, "batch": 128},
        {"seeds": 2, "episodes": 64, "batch": 64},
        _STEPS | {"meetings": MEETINGS},
        mfos_published_runs,
    ),
    "head_to_head": Result(
        "every learner against every other, in three games (from stored agents)",
        {"seeds": 512, "steps": 100},
        {"seeds": 32},
        {},
        head_to_head_runs,
    ),
    "coin_game": Result(
        "the Coin Game: independent learners, and Advantage Alignment",
        {"seeds": 8, "updates": 300},
        {"seeds": 2, "updates": 100},
        {"weight": 0.3, "decay": 0.5, "horizon": 32, "batch": 128},
        coin_runs,
    ),
    "coin_variants": Result(
        "the Coin Game: Advantage Alignment without memory, and against a robber",
        {"seeds": 8, "updates": 300},
        {"seeds": 2, "updates": 100},
        {"weight": 0.3, "decay": 0.5, "horizon": 32, "batch": 128},
        variant_runs,
    ),
    "coin_long": Result(
        "the Coin Game in longer runs: a GRU in place of the bits, and LOLA-DiCE",
        {"seeds": 8, "updates": 800},
        {"seeds": 2, "updates": 100},
        {
            "weight": 0.3,
            "decay": 0.5,
            "horizon": 32,
            "batch": 128,
            "LOLA-DiCE": {"lookahead": LOOKAHEAD, "batch": GAMES},
        },
        long_runs,
    ),
    "coin_costs": Result(
        "the Coin Game: seconds for one step of two published trainings, at their sizes",
        {"seeds": 3},
        {"seeds": 1},
        dict(SIZES),
        cost_runs,
    ),
    "tournament": Result(
        "six learners, everyone against everyone, in two games; the dilemma also with noise",
        {"seeds": 24, "episodes": 1000, "horizon": 10},
        {"seeds": 2, "episodes": 100},
        {"noise": 0.01},
        league_runs,
    ),
    "tournament_long": Result(
        "the tournament of the dilemma in long episodes, with the script's fixed player",
        {"seeds": 8, "episodes": 1000, "horizon": 150},
        {"seeds": 2, "episodes": 100},
        {},
        long_league_runs,
    ),
    "atlas": Result(
        "each rule against itself in all ordinal games, played once and again and again",
        {"seeds": 32, "steps": 200},
        {"seeds": 1},
        {"delta": 1.0, "lookahead": 1.0},
        atlas_runs,
    ),
    "atlas_paths": Result(
        "how often both cooperate along the way there, for the map's third picture",
        {"seeds": 5},
        {"seeds": 2},
        {"after": [*PATH], "delta": 1.0, "lookahead": 1.0},
        path_runs,
    ),
}
