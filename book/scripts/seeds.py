"""LOLA against LOLA in the iterated prisoner's dilemma, from many seeds."""

import argparse

import jax
import numpy as np
import optax

import lolakit as lk

ask = argparse.ArgumentParser(description=__doc__)
ask.add_argument("--seeds", type=int, default=100_000)
ask.add_argument("--chunk", type=int, default=4096, help="seeds at a time, per device")
ask.add_argument("--path", help="a folder for finished chunks")
ask.add_argument("--out", default="R.npy", help="where the result goes")
ask.add_argument("--several", action="store_true", help="one process of several")
ask.add_argument("--coordinator", help="host:port of process 0, unless JAX knows")
ask.add_argument("--processes", type=int, help="how many, unless JAX knows")
ask.add_argument("--process", type=int, help="which one this is, unless JAX knows")
ask.add_argument(
    "--heartbeat", type=int, default=100, help="seconds of silence to death"
)
ask.add_argument("--parts", type=int, default=1, help="how many jobs share the seeds")
ask.add_argument("--part", type=int, help="which of them this is; all, if not given")
args = ask.parse_args()

if args.several:  # before all else that JAX does
    jax.distributed.initialize(
        args.coordinator,
        args.processes,
        args.process,
        heartbeat_timeout_seconds=args.heartbeat,
    )

game = lk.prisoners_dilemma()
values = lk.exact_values(game)
rule = lk.lola(values, lookahead=1.0)
learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())


def run(key):
    """Return what both earn per step, after 200 updates."""
    (one, two), _ = lk.play(learner, learner, key, num_steps=200)
    return lk.per_step(values(one[0], two[0]), game.gamma)


keys = jax.random.split(jax.random.key(0), args.seeds)
R = []
for part in range(args.parts) if args.part is None else [args.part]:
    mine = keys[np.array_split(np.arange(args.seeds), args.parts)[part]]
    path = None if args.path is None else f"{args.path}/{part}"
    R.append(lk.sweep(run, mine, chunk=args.chunk, path=path))
R = np.concatenate(R)

if jax.process_index() == 0:  # every process has the whole result; one writes it
    np.save(args.out, R)
    print(f"{len(R)} seeds, mean R {lk.stats.mean(R[:, 0])}")
