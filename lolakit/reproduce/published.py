"""What others have published, beside ours: one row for each number.

A row says where the number stands and how ours is measured on the stored runs. Numbers
called "published code" were obtained by running that code or from result files that came
with it. Those marked * are the papers' own as our notes have them, not read again there;
"quoted" are those that a public reproduction quotes from the paper's tables, too.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lolakit.reproduce.measures import (
    Row,
    agreement,
    final_R,
    late_R,
    mean_of,
    mean_policy_like_tft,
    nash_share,
    share_of,
    tft_share,
)
from lolakit.reproduce.players import OPPONENTS, STARTS
from lolakit.seeds.stats import Estimate, Z, share


def rows(name: str, runs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a result as plain dictionaries, ours measured on `runs`."""
    made = []
    for row in ROWS[name]:
        if row.label in runs:
            ours = Estimate(*(round(float(x), 4) for x in row.measure(runs[row.label])))
            made.append(
                {
                    "what": row.what,
                    "source": row.source,
                    "published": row.published,
                    "ours": ours.value,
                    "low": ours.low,
                    "high": ours.high,
                    "agrees": agreement(row, ours),
                    "setting": row.setting,
                    "label": row.label,
                }
            )
    return made


def _se(spread: float, runs: int) -> float:
    return Z * spread / runs**0.5


_PAPER = "Foerster et al. (2018), Table 3"
_QUOTED = ", quoted"
_OWN = "%TFT and %Nash by our definitions"


def _table_3(rule: str, label: str, TFT: float, R: float, Nash: float) -> list[Row]:
    ipd, imp = f"{label}, IPD", f"{label}, IMP"
    return [
        Row(f"{rule}, IPD: R", _PAPER + _QUOTED, R, ipd, final_R),
        Row(f"{rule}, IPD: %TFT", _PAPER + _QUOTED, TFT, ipd, tft_share, 0.0005, _OWN),
        Row(f"{rule}, IMP: R", _PAPER + (_QUOTED if "Ex" in rule else " *"), 0.0, imp,
            final_R),
        Row(f"{rule}, IMP: %Nash", f"{_PAPER} *", Nash, imp, nash_share, 0.0005, _OWN),
    ]  # fmt: skip


def _table_4(label: str, setting: str, how: str = "") -> list[Row]:
    what = f"LOLA-Ex against NL-Ex{how}, IPD: R of"
    source = "Foerster et al. (2018), Table 4" + _QUOTED
    return [
        Row(f"{what} LOLA", source, -1.28, label, final_R, setting=setting),
        Row(f"{what} NL", source, -1.54, label, lambda run: final_R(run, 1),
            setting=setting),
    ]  # fmt: skip


_SOS = "published code of Letcher et al. (2019)"
_ADAM = "a public LOLA-DiCE implementation, exact values"
_ONE_RUN = "figure of a public LOLA-DiCE implementation, read off"
_FIGURE = "figure of the published code of Letcher et al. (2019), read off"
_COLA = "stored output of the published notebook of Willi et al. (2022)"
_POLA = "published code of Zhao et al. (2022), run"
_AS_SCRIPT = "step sizes as in the published script, not as in the published runs"
_DICE = "published result files of Foerster et al. (2018, DiCE), 5 runs"
_LOQA = "Aghajohari et al. (2024), Figure 1 *"
_AA = "Duque et al. (2025), Figure 1 *"
_BARS = (
    "theirs is drawn as bars without numbers; ours has other sizes and no exploration"
)


def _bars(what: str, label: str, source: str) -> Row:
    what = f"{what}, IPD: mean policy is like tit-for-tat (1: yes)"
    return Row(what, source, 1.0, label, mean_policy_like_tft, setting=_BARS)


def _adam(K: int, R: float) -> Row:
    what = f"{K} look-ahead steps, Adam, from zeros: R after 50 updates"
    return Row(what, _ADAM, R, f"K = {K}", final_R, 5e-5, "deterministic")


def _second(K: int, R: float, spread: float) -> Row:
    """A single run: its own error is the spread of ours over seeds."""
    what = f"LOLA-DiCE, K = {K}, Adam, from zeros: R after 200 updates"
    measure = lambda run: mean_of(np.asarray(run["R"]).mean(axis=1))
    return Row(what, _ONE_RUN, R, f"K = {K}", measure, Z * spread,
               "theirs one run, its error the spread of our seeds")  # fmt: skip


def _curve(what: str, label: str, R: float, spread: float, setting: str = "") -> Row:
    what = f"{what}: R, last 20 updates"
    return Row(what, _DICE, R, label, late_R, _se(spread, 5), setting)


def _theirs(eta: str = "") -> str:
    return f"step size, {eta}and starts as their stored logits show"


def _correlation(kind: str, published: float) -> Row:
    return Row(
        f"DiCE: {kind} correlation at 100 000 games", "Foerster et al. (2018, DiCE) *",
        published, "plain, 98304", lambda run: mean_of(run[kind]), 0.005,
        "98 304 games; our policies are drawn from N(0, 1)",
    )  # fmt: skip


_POLA_READ = "figures of Zhao et al. (2022), read off"
_SMALL = "ours two layers and two bits, 400 updates of 512 games"
_OTHER = "ours is Advantage Alignment: another algorithm in the same game"


def _late(field: str) -> Callable[[Any], Estimate]:
    """Return the measure of the Coin Game: the mean over the last 100 updates, of both."""

    def measure(run: Any) -> Estimate:
        x = np.asarray(run[field])[:, -3:]
        return mean_of(x.reshape(len(x), -1).mean(axis=1))

    return measure


def _field_of(field: str) -> Callable[[Any], Estimate]:
    return lambda run: mean_of(run[field])


def _consistency(rule: str, label: str, cosine: float, spread: float) -> Row:
    """A mean over 100 points; `spread` over points is ours, theirs is not published."""
    what = f"{rule}, ultimatum game at 5: cosine to the look-ahead at its like"
    return Row(what, _COLA, cosine, label, _field_of("cosine"), _se(spread, 100))


def _distance(rule: str, label: str, distance: float, spread: float) -> Row:
    what = f"{rule}, ultimatum game at 5: distance from the look-ahead at its like"
    measure = _field_of("distance")
    return Row(what, _COLA, distance, label, measure, _se(spread, 100))


def _at_the_end(rule: str, label: str, V: float, spread: float) -> Row:
    what = f"{rule}, ultimatum game at 5: V after 500 updates"
    return Row(what, _COLA, V, label, final_R, _se(spread, 10) or 0.005)


def _found(rule: str, label: str, hits: int, runs: int, setting: str = "") -> Row:
    """A share of few runs: its error is how far Wilson's interval reaches."""
    theirs = share(np.arange(runs) < hits)
    what = f"{rule}: share that finds tit-for-tat"
    error = max(theirs.high - theirs.value, theirs.value - theirs.low)
    measure = lambda run: share_of(np.asarray(run["found"]) > 0)
    return Row(what, _POLA, hits / runs, label, measure, error, setting)


_NAN = "theirs ends in NaN in most runs, and ours never does"
_STEPS = "500 steps to each maximum; theirs stop by a threshold"

ROWS: dict[str, list[Row]] = {
    "coin_game": [
        Row("independent learners, Coin Game: own share", "Foerster et al. (2018) *", 0.5,
            "naive", _late("share"), 0.02, "actor and critic; two bits of memory"),
        Row("POLA-DiCE, Coin Game: own share", _POLA_READ, 0.82, "AA", _late("share"), 0.02,
            _OTHER),
        Row("POLA-DiCE, Coin Game: R", _POLA_READ, 0.26, "AA", _late("R"), 0.01,
            _OTHER),
    ],
    "exact": [
        *_table_3("NL-Ex", "NL", 0.208, -1.98, 0.0),
        *_table_3("LOLA-Ex", "LOLA", 0.810, -1.06, 0.988),
        *_table_4("LOLA / NL, IPD", "step size 1; theirs 0.5"),
        Row("NL, IPD: R after 100 updates", _SOS, -2.00, "NL, IPD, 100 updates", final_R),
        Row("LOLA (Taylor), IPD: R after 100 updates", _SOS, -0.98,
            "Taylor, IPD, 100 updates", final_R, _se(0.12, 20)),
        Row("LookAhead, IPD: R after 100 updates", _SOS, -1.95,
            "LookAhead, IPD, 100 updates", final_R),
        Row("NL, tandem game: V after 30 updates", _SOS, 0.00, "NL, tandem", final_R),
        Row("LOLA (Taylor), tandem game: V after 30 updates", _SOS, -0.441,
            "Taylor, tandem", final_R, _se(0.14, 100)),
        Row("LookAhead, tandem game: V after 30 updates", _SOS, 0.00,
            "LookAhead, tandem", final_R),
    ],
    "one_sided": [
        row
        for eta in (0.5, 1.0)
        for row in _table_4(f"LOLA / NL, lookahead {eta}", f"lookahead {eta}; theirs unknown",
                            f", steps of 0.5, lookahead {eta}")
    ],
    "coin_variants": [],
    "coin_long": [
        Row("LOLA, Coin Game: own share", "Foerster et al. (2018) *", 0.8, "LOLA-DiCE",
            _late("share"), 0.05, f"theirs LOLA-PG with LSTMs, about 80 %; {_SMALL}"),
        Row("LOLA-DiCE, Coin Game: own share", _POLA_READ, 0.50, "LOLA-DiCE",
            _late("share"), 0.01, _SMALL),
        Row("LOLA-DiCE, Coin Game: R", _POLA_READ, 0.003, "LOLA-DiCE", _late("R"), 0.005,
            _SMALL),
        Row("POLA-DiCE, Coin Game, beside a GRU: own share", _POLA_READ, 0.82, "AA, GRU",
            _late("share"), 0.02, _OTHER),
        Row("POLA-DiCE, Coin Game, beside a GRU: R", _POLA_READ, 0.26, "AA, GRU",
            _late("R"), 0.01, _OTHER),
    ],
    "coin_costs": [],
    "adam": [_adam(K, R) for K, R in enumerate((-1.9969, -1.0055, -1.0131, -1.0220))],
    "general_games": [
        Row("SOS, IPD: R after 100 updates", _SOS, -1.02, "SOS, IPD", final_R),
        Row("CGD, IPD: R after 100 updates", _SOS, -1.99, "CGD, IPD", final_R),
        Row("SGA, IPD: R after 100 updates", _FIGURE, -1.87, "SGA, IPD", final_R, 0.02),
        Row("consensus, IPD: R after 100 updates", _FIGURE, -1.70, "consensus, IPD",
            final_R, 0.02),
        Row("SOS, tandem game: V after 30 updates", _SOS, -0.03, "SOS, tandem", final_R,
            _se(0.14, 100)),
        Row("CGD, tandem game: V after 30 updates", _SOS, -0.01, "CGD, tandem", final_R,
            _se(0.14, 100)),
        _consistency("HOLA 1", "HOLA 1, consistency", 0.823, 0.344),
        _consistency("HOLA 2", "HOLA 2, consistency", 0.959, 0.358),
        _consistency("HOLA 4", "HOLA 4, consistency", 0.885, 0.411),
        _consistency("SOS", "SOS, consistency", 0.902, 0.409),
        _consistency("CGD", "CGD, consistency", 0.941, 0.310),
        _distance("HOLA 1", "HOLA 1, consistency", 0.409, 0.776),
        _distance("HOLA 2", "HOLA 2, consistency", 0.088, 1.266),
        _distance("SOS", "SOS, consistency", 0.193, 0.836),
        _at_the_end("HOLA 2", "HOLA 2, ultimatum", 5.301, 0.948),
        _at_the_end("CGD", "CGD, ultimatum", 6.799, 1.548),
        _found("LOLA, factor 1.1", "LOLA, 1.1", 20, 20),
        _found("LOLA, factor 1.33", "LOLA, 1.33", 4, 20, _NAN),
        _found("LOLA, factor 1.6", "LOLA, 1.6", 0, 20, _NAN),
        _found("LOLA with a step of 5, factor 1.33", "LOLA, step 5, 1.33", 20, 20),
        _found("LOLA with a step of 5, factor 1.6", "LOLA, step 5, 1.6", 20, 20),
        _found("POLA, factor 1.33", "POLA, 1.33", 5, 5, _STEPS),
        _found("LOLA in pre-conditioned parameters, factor 1.33",
               "LOLA, pre-conditioned, lookahead 3, 1.33", 0, 20,
               "as its README says; it names no setting"),
    ],
    "cola": [
        Row("COLA, ultimatum game at 5: consistency loss", _COLA, 0.0069,
            "COLA, ultimatum", _field_of("squared"), _se(0.038, 100),
            "20 000 updates at 0.01, falling; theirs 80 000 at 0.001"),
        _distance("COLA", "COLA, ultimatum", 0.042, 0.098),
        _consistency("COLA", "COLA, ultimatum", 0.920, 0.193),
        _at_the_end("COLA", "COLA, ultimatum", 5.000, 0.0),
    ],
    "lola_pg": [
        *_table_3("NL-PG", "NL-PG", 0.200, -1.98, 0.132),
        *_table_3("LOLA-PG", "LOLA-PG", 0.664, -1.17, 0.932),
    ],
    "opponent_modelling": [],
    "pg_directions": [],
    "atlas": [],
    "atlas_paths": [],
    "dice_correlation": [_correlation("gradient", 0.999), _correlation("hessian", 0.97)],
    "lola_dice": [
        _curve("NL", "NL", -1.991, 0.001, _AS_SCRIPT),
        _curve("LOLA-PG", "LOLA-PG", -1.746, 0.356, "lookahead 0.3; theirs unknown"),
        _curve("LOLA-DiCE, K = 1", "K = 1", -1.182, 0.057, _AS_SCRIPT),
        _curve("LOLA-DiCE, K = 2", "K = 2", -1.123, 0.049, _AS_SCRIPT),
        _curve("LOLA-DiCE, K = 3", "K = 3", -1.105, 0.059, _AS_SCRIPT),
        _curve("NL, their settings", "NL, their settings", -1.991, 0.001, _theirs()),
        _curve("LOLA-DiCE, K = 1, their settings", "K = 1, their settings",
               -1.182, 0.057, _theirs("lookahead 0.3 ")),
        _curve("LOLA-DiCE, K = 2, their settings", "K = 2, their settings",
               -1.123, 0.049, _theirs("lookahead 0.15 ")),
    ],
    "lookahead_steps": [],
    "second_program": [
        _second(1, -1.03, 0.36), _second(2, -1.06, 0.30), _second(3, -1.69, 0.25),
    ],
    "first_order": [
        _bars("LOQA, as published without gamma^t", "LOQA, not discounted", _LOQA),
        _bars("LOQA", "LOQA", _LOQA),
        _bars("Advantage Alignment, without gamma^t", "AA, not discounted", _AA),
        _bars("Advantage Alignment", "AA", _AA),
    ],
    "mmaml": [],
    "mmaml_settings": [],
    "mmaml_step_one": [],
    "mfos": [],
    "mfos_published": [],
    "head_to_head": [],
    "tournament": [],
    "tournament_long": [],
}  # fmt: skip

_LU = "published code of Lu et al. (2022), run"
_AGAIN = "an independent re-run of it, one seed"
CELLS = {
    "IPD": [(-0.998, -1.983, -1.516, -1.278), (-1.365, -1.309, -1.090, -1.040),
            (-1.117, -1.252, -1.152, -1.175)],
    "IMP": [(0.366, 0.003, 0.188, -0.001), (0.087, -0.188, -0.001, -0.201),
            (0.367, 0.002, 0.184, 0.003)],
    "chicken": [(-0.517, 0.002, -0.977, -0.274), (-46.8, 0.941, -86.5, 0.401),
                (-0.668, 0.264, -0.417, -0.150)],
}  # fmt: skip
_MFOS = {
    "IPD": (-0.51, -0.73, -0.68, -1.01),
}
RERUN = {
    "IPD": (-0.477, -1.024, -0.917, -1.004),
    "IMP": (0.810, 0.782, 0.832, 0.016),
    "chicken": (0.969, -3.58, 0.987, 0.990),
}


def _cell(game: str, row: str, column: str, R: float, source: str, error: float) -> Row:
    """Return the row of a meeting. M-MAML's name says with which starts it plays."""

    def mine(run: Any) -> Estimate:
        return mean_of(np.asarray(run["mean_R"])[:, 0])

    def best(run: Any) -> Estimate:
        return mean_of(np.asarray(run["mean_R"]).max(axis=1))

    setting = "our own starts" if "M-MAML, our starts" in (row, column) else ""
    setting = "trained with a batch of 128, not 4096" if row == "M-FOS" else setting
    what, label = f"{row} against {column}, {game}: R", f"{game}: {row} / {column}"
    if (game, row, column) == ("chicken", "M-FOS", "M-FOS"):
        what, mine = f"{what} of the winner", best
    if source == _AGAIN:
        what += " (re-run)"
    return Row(what, source, R, label, mine, error, setting)


def _their_starts(game: str, R: float, source: str) -> Row:
    """Return the row of M-FOS against M-MAML with the published starts."""
    what = f"M-FOS against M-MAML, their starts, {game}: R"
    return Row(
        f"{what} (re-run)" if source == _AGAIN else what, source, R, game,
        lambda run: mean_of(np.asarray(run["mean_R"])[:, 0]), 0.005,
        "trained with a batch of 128, not 4096; an interval over three trainings",
    )  # fmt: skip


for _game, _table in CELLS.items():
    for _row, _values in zip(OPPONENTS, _table, strict=True):
        for _column, _R in zip(("fixed", *OPPONENTS), _values, strict=True):
            _error = 0.05 if abs(_R) > 40 else 0.0005
            for _start in STARTS if "M-MAML" in (_row, _column) else ("",):
                _one, _two = (_start if x == "M-MAML" else x for x in (_row, _column))
                ROWS["head_to_head"].append(_cell(_game, _one, _two, _R, _LU, _error))
for _source, _ends in (
    ("Lu et al. (2022) *", _MFOS),
    (_AGAIN, RERUN),
):
    for _game, _values in _ends.items():
        for _column, _R in zip((*OPPONENTS, "M-FOS"), _values, strict=True):
            ROWS["head_to_head"].append(
                _cell(_game, "M-FOS", _column, _R, _source, 0.005)
            )
            if _column == "M-MAML":
                ROWS["mfos_published"].append(_their_starts(_game, _R, _source))

_TOURNAMENT = "Foerster et al. (2018), figure of the tournament, read off"
FIGURE = {
    "IPD": {"LOLA": -1.1, "WoLF-PHC": -1.33, "NL-Q": -1.6, "PHC": -1.6, "JAL-Q": -1.98,
            "NL": -2.1},
    "IMP": {"NL-Q": 0.14, "JAL-Q": 0.10, "PHC": 0.09, "WoLF-PHC": 0.03, "LOLA": -0.09,
            "NL": -0.25},
}  # fmt: skip
"""Ends of the curves in the figure: mean reward over all opponents, as far as one can read."""
READING = {"IPD": 0.05, "IMP": 0.03}
"""How far such a reading may be off."""


def _league(name: str, player: str, setting: str, label: str = "") -> Row:
    """Return the row of a curve's end. Its name says which of our runs it is compared with."""
    game = name.split(",")[0]

    def mine(run: Any) -> Estimate:  # the six of the figure, and no one else
        return mean_of(np.asarray(run["last"])[:, :6, 0].mean(axis=1))

    return Row(
        f"tournament, {name}: {player} against all", _TOURNAMENT, FIGURE[game][player],
        f"{name}: {label or player}", mine, READING[game], setting,
    )  # fmt: skip


for _game, _curves in FIGURE.items():
    for _player in _curves:
        ROWS["tournament"].append(
            _league(_game, _player, "10 rounds, as in the script")
        )
for _player in FIGURE["IPD"]:
    ROWS["tournament_long"].append(_league("IPD, long", _player, "150 rounds"))
ROWS["tournament_long"].append(
    _league("IPD, long", "NL", "150 rounds; for NL the script's fixed player", "fixed")
)

NOT_DONE = (
    ("LOLA in the coin game", "Foerster et al. (2018)",
     "the published script has 100 000 updates of 4000 games of 150 rounds, twelve "
     "times the rounds of LOLA-DiCE, whose cost is in coin_costs"),
    ("LOLA-PG with recurrent policies", "Foerster et al. (2018)", "as the coin game"),
    ("LOLA-DiCE with a model of the other, K = 2", "Foerster et al. (2018, DiCE)",
     "a choice: ours has K = 3 with a model, in the result lola_dice"),
    ("EG and LSS in the dilemma", "Letcher et al. (2019)",
     "a choice: extragradient and local symplectic surgery are not in the library"),
    ("tables and figures of COLA in other games", "Willi et al. (2022)",
     "their numbers are not in the published notebook, which stores one game"),
    ("POLA with networks, exact values, and in pre-conditioned parameters",
     "Zhao et al. (2022)", "published as a figure only; ours is in the result general_games"),
    ("POLA and LOLA-DiCE with recurrent policies", "Zhao et al. (2022)",
     "50 000 updates of 2000 games, or 250 with 200 steps of 1000 games: one update of "
     "LOLA-DiCE is timed in coin_costs, and with two layers it is in coin_long"),
    ("M-FOS at a batch of 4096", "Lu et al. (2022)",
     "about 13 minutes a run: all 36, with self-play, are some 10 hours; ours: batch 128"),
    ("M-FOS by a genetic algorithm", "Lu et al. (2022)", "2048 agents for 64 generations"),
    ("M-FOS in the coin game", "Lu et al. (2022)",
     "published as figures only; one of its 1000 meta-episodes is timed in coin_costs"),
    ("LOQA and Advantage Alignment in the dilemma, in numbers", "their papers",
     "published are bars of five probabilities and no number: one row each says if the bars "
     "are in our order"),
    ("LOQA and Advantage Alignment in the coin game and beyond", "their papers",
     "recurrent networks for hours on a GPU; Chapter 12 has both in the dilemma"),
    ("Meta-MAPG, Good Shepherd, Shaper", "their papers", "later algorithms, beyond this book"),
)  # fmt: skip
"""Headline results without a row: (what, source, why)."""
