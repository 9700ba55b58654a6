"""What others have published, beside ours: one row for each number.

A row says where the number stands and how ours is measured on the stored runs. Numbers
called "published code" were obtained by running that code or from result files that came
with it. Those marked * are the papers' own as our notes have them, not read again there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lolakit.reproduce.measures import (
    Row,
    agreement,
    final_R,
    late_R,
    mean_of,
    nash_share,
    tft_share,
)
from lolakit.reproduce.players import OPPONENTS, STARTS
from lolakit.seeds.stats import Estimate, Z


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


_PAPER = "Foerster et al. (2018), Table 3 *"
_OWN = "%TFT and %Nash by our definitions"


def _table_3(rule: str, label: str, TFT: float, R: float, Nash: float) -> list[Row]:
    ipd, imp = f"{label}, IPD", f"{label}, IMP"
    return [
        Row(f"{rule}, IPD: R", _PAPER, R, ipd, final_R),
        Row(f"{rule}, IPD: %TFT", _PAPER, TFT, ipd, tft_share, 0.0005, _OWN),
        Row(f"{rule}, IMP: R", _PAPER, 0.0, imp, final_R),
        Row(f"{rule}, IMP: %Nash", _PAPER, Nash, imp, nash_share, 0.0005, _OWN),
    ]


_SOS = "published code of Letcher et al. (2019)"
_ADAM = "a public LOLA-DiCE implementation, exact values"
_AS_SCRIPT = "step sizes as in the published script, not as in the published runs"
_DICE = "published result files of Foerster et al. (2018, DiCE), 5 runs"


def _adam(K: int, R: float) -> Row:
    what = f"{K} look-ahead steps, Adam, from zeros: R after 50 updates"
    return Row(what, _ADAM, R, f"K = {K}", final_R, 5e-5, "deterministic")


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


ROWS: dict[str, list[Row]] = {
    "exact": [
        *_table_3("NL-Ex", "NL", 0.208, -1.98, 0.0),
        *_table_3("LOLA-Ex", "LOLA", 0.810, -1.06, 0.988),
        Row("LOLA-Ex against NL-Ex, IPD: R of LOLA", "Foerster et al. (2018) *", -1.28,
            "LOLA / NL, IPD", final_R),
        Row("LOLA-Ex against NL-Ex, IPD: R of NL", "Foerster et al. (2018) *", -1.54,
            "LOLA / NL, IPD", lambda run: final_R(run, 1)),
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
    "adam": [_adam(K, R) for K, R in enumerate((-1.9969, -1.0055, -1.0131, -1.0220))],
    "lola_pg": [
        *_table_3("NL-PG", "NL-PG", 0.200, -1.98, 0.132),
        *_table_3("LOLA-PG", "LOLA-PG", 0.664, -1.17, 0.932),
    ],
    "opponent_modelling": [],
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
    "mmaml": [],
    "mmaml_settings": [],
    "mmaml_step_one": [],
    "mfos": [],
    "head_to_head": [],
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

NOT_DONE = (
    ("tournament of six learners, 1000 episodes", "Foerster et al. (2018)",
     "a choice: it needs JAL-Q, WoLF-PHC and others, which this book does not build"),
    ("LOLA in the coin game", "Foerster et al. (2018)",
     "a sampled game with recurrent networks: days of computing"),
    ("LOLA-PG with recurrent policies", "Foerster et al. (2018)", "as the coin game"),
    ("LOLA-DiCE with a model of the other, K = 2", "Foerster et al. (2018, DiCE)",
     "a choice: ours has K = 3 with a model, in the result lola_dice"),
    ("SOS and CGD in the dilemma and the tandem game", "Letcher et al. (2019)",
     "Chapter 10 has both rules in these games, and not yet each published number"),
    ("COLA and higher orders of LOLA", "Willi et al. (2022)",
     "lk.cola and lk.hola are in the library; order two is in the result exact"),
    ("POLA and LOLA-DiCE with recurrent policies", "Zhao et al. (2022)",
     "50 000 updates of recurrent networks: days"),
    ("M-FOS at a batch of 4096", "Lu et al. (2022)",
     "about 13 minutes a run: all 36, with self-play, are some 10 hours; ours: batch 128"),
    ("M-FOS by a genetic algorithm, and in the coin game", "Lu et al. (2022)",
     "2048 agents for 64 generations; hours of recurrent networks"),
    ("Meta-MAPG, Good Shepherd, Shaper, LOQA, Advantage Alignment", "their papers",
     "later algorithms, beyond this book"),
)  # fmt: skip
"""Headline results without a row: (what, source, why)."""
