"""Read the settings of published LOLA-DiCE runs off the logits that are stored with them.

    python tools/published_settings.py FOLDER
    python tools/published_settings.py --ours

FOLDER is `notebooks/dice/results` in a copy of the repository `alshedivat/lola`. Beside the
returns of each run lies `params.npy`, the logits of both players after each update. An update
is delta times a direction, up to noise. So: compute the exact direction at each pair of stored
policies, for some lookahead eta, and regress the changes of the logits on it, through the
origin. The slope is delta, and R2, the share of the squared changes that it explains, says how
well this eta fits. With `--ours` the same is done with ten runs of this library, whose eta is
0.3 and whose delta is 0.145: so one sees what R2 to expect, and whether 0.3 is found again.
The page on reproduction compares our learners with the published runs.
"""

import sys
from pathlib import Path

import jax
import numpy as np
import optax
from scipy import stats

import lolakit as lk
from lolakit.reproduce.sampled import lola_dice, uniform_logits

ORDER = [4, 0, 1, 2, 3]
"""Theirs is CC, CD, DC, DD and then the start, each player from its own seat."""
ETAS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
RUNS = {
    0: "ipd_bs64_nl",
    1: "ipd_bs64_magic",
    2: "ipd_bs64_2inner",
    3: "ipd_bs64_3inner",
}
"""K, the number of imagined steps, and the folder of its runs."""


def logits(folder: Path | str) -> list[np.ndarray]:
    """Return the logits of each run, [updates, 2, 5], in this library's order."""
    runs = []
    for file in sorted(Path(folder).glob("run-*/params.npy")):
        theta = np.load(file, allow_pickle=False)
        if theta.ndim != 3 or theta.shape[1:] != (2, 5) or not np.isfinite(theta).all():
            raise ValueError(
                f"{file}: expected logits [updates, 2, 5], got {theta.shape}"
            )
        runs.append(theta[:, :, ORDER].astype(float))
    return runs


def fit(runs: list[np.ndarray], K: int, eta: float) -> tuple[float, float]:
    """Return delta and R2 of the changes of all logits on the exact direction."""
    values = lk.exact_values(lk.prisoners_dilemma())
    rule = lk.lola_unrolled(values, lookahead=eta, steps=K) if K else lk.naive(values)
    direction = jax.jit(jax.vmap(rule))
    x, y = [], []
    for theta in runs:
        for i in (0, 1):
            x.append(np.ravel(direction(theta[:-1, i], theta[:-1, 1 - i])))
            y.append(np.ravel(np.diff(theta[:, i], axis=0)))
    x, y = np.concatenate(x), np.concatenate(y)
    delta = x @ y / (x @ x)
    return float(delta), float(1 - ((y - delta * x) ** 2).sum() / (y @ y))


def ours(seeds: int = 10, updates: int = 31) -> list[np.ndarray]:
    """Return the logits of sampled runs whose settings are known, [updates, 2, 5] each."""
    one, two = (
        lk.ascend(
            lola_dice(seat, lookahead=0.3, steps=1, horizon=150, batch=64),
            optax.sgd(0.145),
            uniform_logits,
        )
        for seat in (lk.prisoners_dilemma(), lk.prisoners_dilemma().swap())
    )
    run = jax.jit(lambda key: lk.play(one, two, key, updates, lambda *x: x).history)
    keys = jax.random.split(jax.random.key(7), seeds)
    return [np.stack(run(key), axis=1).astype(float) for key in keys]


def main(folder: Path) -> None:
    """Print the fits, and which law the first logits follow."""
    firsts = []
    for K, name in RUNS.items():
        runs = logits(folder / name)
        moves = int(np.argmax(np.any(np.diff(runs[0], axis=0), axis=(1, 2))))
        firsts += [np.ravel(theta[0]) for theta in runs]
        print(f"K = {K}: {len(runs)} runs, which begin to move at update {moves}")
        early, all_ = [x[moves : moves + 31] for x in runs], [x[moves:] for x in runs]
        for eta in ETAS if K else (0.0,):
            (d, r), (d_all, r_all) = fit(early, K, eta), fit(all_, K, eta)
            print(
                f"  eta {eta:.2f}: delta {d:.3f}, R2 {r:.3f} over 30 updates; "
                f"delta {d_all:.3f}, R2 {r_all:.3f} over all"
            )
    first = np.unique(np.concatenate(firsts))
    cut = stats.truncnorm(-2, 2, scale=0.2**0.5)
    for law, cdf in (("U(-1, 1)", stats.uniform(-1, 2).cdf), ("the script's", cut.cdf)):
        p = stats.kstest(first, cdf).pvalue
        print(f"first logits, {len(first)}: Kolmogorov-Smirnov p {p:.1e} for {law}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    jax.config.update("jax_enable_x64", True)
    if sys.argv[1] == "--ours":
        runs = ours()
        for eta in ETAS:
            delta, R2 = fit(runs, 1, eta)
            print(f"eta {eta:.2f}: delta {delta:.3f}, R2 {R2:.3f} over 30 updates")
    else:
        main(Path(sys.argv[1]))
