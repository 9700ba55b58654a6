"""Results that take longer than a chapter may: run them, store them, read them back.

    python -m lolakit.reproduce lola_pg --seeds 40

runs one result at the settings of its paper and writes lolakit/results/lola_pg.json: the
numbers of every seed, with the command, the settings, the versions and the time. The
book reads the stored file with `stored("lola_pg")`. Runs of other sizes (--seeds,
--batch, --horizon, --steps) go where --out says.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from jaxtyping import Array
from tqdm.auto import tqdm

from lolakit import _validate
from lolakit.exact import exact_values, per_step
from lolakit.games import MatrixGame, matching_pennies, prisoners_dilemma
from lolakit.learners import ascend
from lolakit.opponent_modelling import modelled
from lolakit.play import play
from lolakit.policies import normal_logits
from lolakit.policy_gradient import lola_pg, naive_pg
from lolakit.types import Learner

FOLDER = Path(__file__).parent / "results"
GAMES = {"IPD": prisoners_dilemma, "IMP": matching_pennies}
PAPER = {"horizon": 150, "batch": 4000, "steps": 150}
"""Settings of Foerster et al. (2018) for NL-PG and LOLA-PG; both step sizes are 1."""
SIZES = {"seeds": 40, **PAPER}
"""Sizes of the stored results."""


def curves(make: Callable[[MatrixGame], Learner], game: MatrixGame, steps: int) -> Any:
    """Return a function of one key: R of both after each update [steps, 2], theta_1 [5].

    The two players start from N(0, 1) logits. R is exact, whatever they learn from.
    """
    values, one, two = exact_values(game), make(game), make(game.swap())

    def run(key: Array) -> dict[str, Array]:
        final, R = play(
            one, two, key, steps, lambda a, b: per_step(values(a, b), game.gamma)
        )
        return {"R": R, "theta_1": final[0][0]}

    return run


def _lola_pg(sizes: Any) -> dict[str, Any]:
    """NL-PG and LOLA-PG in both games of the paper; LOLA-PG at two lookaheads."""

    def learner(rule: Any, **options: Any) -> Callable[[MatrixGame], Learner]:
        return lambda game: ascend(
            rule(game, **sizes, **options), optax.sgd(1.0), normal_logits()
        )

    return {
        f"{rule}, {game}": (learner_of, game)
        for game in GAMES
        for rule, learner_of in {
            "NL-PG": learner(naive_pg),
            "LOLA-PG": learner(lola_pg, lookahead=1.0),
            "LOLA-PG, lookahead 0.5": learner(lola_pg, lookahead=0.5),
        }.items()
    }


def _opponent_modelling(sizes: Any) -> dict[str, Any]:
    """LOLA-PG that knows the other's parameters, and that estimates them."""

    def knows(game: MatrixGame) -> Learner:
        rule = lola_pg(game, **sizes, lookahead=1.0)
        return ascend(rule, optax.sgd(1.0), normal_logits())

    def models(game: MatrixGame) -> Learner:
        return modelled(knows(game), game, **sizes)

    return {"LOLA-PG, knows": (knows, "IPD"), "LOLA-PG, models": (models, "IPD")}


RESULTS = {"lola_pg": _lola_pg, "opponent_modelling": _opponent_modelling}


def run(
    name: str, *, seeds: int, horizon: int, batch: int, steps: int, command: str = ""
) -> dict[str, Any]:
    """Run one of `RESULTS` and return it as it is stored: a dictionary of plain numbers.

    Beside `command`, `settings`, `versions`, `machine`, `date` and `seconds` (compilation
    included) it holds `runs`. Each run has its own `seconds`, `R` per step [seeds, steps,
    2] and the last `theta_1` [seeds, 5].

    Raises:
        ValueError: for a name that is not in `RESULTS`, or sizes below 1.
    """
    if name not in RESULTS:
        raise ValueError(f"name: expected one of {sorted(RESULTS)}, got {name!r}")
    seeds = _validate.positive_int("seeds", seeds)
    start, done, dtype = time.perf_counter(), {}, None
    todo = RESULTS[name]({"horizon": horizon, "batch": batch})
    keys = jax.random.split(jax.random.key(0), seeds)
    for label, (make, game) in todo.items():
        begin = time.perf_counter()
        # Seed by seed: side by side they would not fit in a processor's cache.
        seed = jax.jit(curves(make, GAMES[game](), steps))
        each = [jax.device_get(seed(key)) for key in tqdm(keys, label, unit="seed")]
        dtype = str(each[0]["R"].dtype)
        took = round(time.perf_counter() - begin, 1)
        done[label] = {"game": game, "seconds": took}
        for name_, values in jax.tree.map(lambda *x: np.stack(x), *each).items():
            done[label][name_] = values.astype(float).round(4).tolist()
    return {
        "name": name,
        "command": command,
        "settings": {"seeds": seeds, "horizon": horizon, "batch": batch, "steps": steps}
        | {"key": 0, "delta": 1.0, "dtype": dtype},
        "versions": {"python": platform.python_version()}
        | {p: importlib.metadata.version(p) for p in ("lolakit", "jax", "optax")},
        "machine": f"{os.cpu_count()} CPU cores, {jax.default_backend()}",
        "date": datetime.date.today().isoformat(),
        "seconds": round(time.perf_counter() - start, 1),
        "runs": done,
    }


def stored(name: str) -> dict[str, Any]:
    """Return the stored result `name`, with R and theta_1 of its runs as arrays.

    Raises ValueError if there is none of that name.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        there = sorted(p.stem for p in FOLDER.glob("*.json"))
        raise ValueError(f"name: expected one of {there}, got {name!r}")
    result = json.loads(path.read_text())
    for one in result["runs"].values():
        one |= {k: np.array(one[k]) for k in ("R", "theta_1")}
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one result from the command line and write it."""
    parser = argparse.ArgumentParser(prog="python -m lolakit.reproduce")
    parser.add_argument("name", choices=sorted(RESULTS))
    for size, default in SIZES.items():
        parser.add_argument(f"--{size}", type=int, default=default)
    parser.add_argument("--out", type=Path, help="default: the stored result itself")
    given = parser.parse_args(arguments)
    sizes = {size: getattr(given, size) for size in SIZES}
    if given.out is None and sizes != SIZES:
        parser.error("sizes other than those of the stored result need --out FILE")
    words = sys.argv[1:] if arguments is None else arguments
    command = " ".join(["python -m lolakit.reproduce", *map(str, words)])
    result = run(given.name, **sizes, command=command)
    out = given.out or FOLDER / f"{given.name}.json"
    text = json.dumps(result, indent=1)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(_one_line_lists(text) + "\n")
    print(f"{out}: {result['seconds']} s")


def _one_line_lists(text: str) -> str:
    """Put lists of numbers, and lists of such lists, on one line each."""
    for inner in (r"[^][]+", r"\[[^][]+\](?:,\s+\[[^][]+\])*"):
        text = re.sub(
            rf"\[\s+({inner})\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text
        )
    return text


if __name__ == "__main__":
    main()
