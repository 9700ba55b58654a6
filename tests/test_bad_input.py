"""Whatever wrong thing a public function is given, it says at the door what it expected.

Each argument of each function is replaced, one at a time, by things of every other kind. The
answer is a ValueError that begins with the argument's name and says what was expected and what
came, or a right use of what was given: `FINE` says where, and why.
"""

from fractions import Fraction
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lolakit as lk

pytestmark = pytest.mark.usefixtures("unchecked_shapes", "adam")

GAME, KEY = lk.prisoners_dilemma(), jax.random.key(0)
V, TFT = lk.exact_values(GAME), lk.tit_for_tat()
NAIVE = lk.ascend(lk.naive(V), optax.sgd(1.0), lk.normal_logits())
LOGS, REWARDS = jnp.zeros((3, 4)), jnp.ones((3, 4))
STATES = jnp.zeros((3, 4), int)
SIZES = {"horizon": 4, "batch": 4}
COIN, WALK = lk.coin_game.rules(memory=True), lk.networks.mlp_policy(38, 4, hidden=2)
BOARD = lk.coin_game.reset(COIN, KEY)
PAIR = {"game": COIN, "policies": (WALK, WALK), "thetas": (WALK.init(KEY),) * 2}
TABLE = {"learning_rate": 0.1, "explore": lk.boltzmann(1.0), "scale": 1.0}
VECTOR = {(a, b): 0.5 for a in "CD" for b in "CD"}
PLAYER = SimpleNamespace(classifier={}, strategy=print, _four_vector=VECTOR)
GIVEN = {
    "advantage_alignment": {"game": GAME, **SIZES, "weight": 1.0, "decay": 0.0},
    "aligned": {"own": REWARDS, "other": REWARDS, "weight": 1.0, "decay": 0.9},
    "MatrixGame": {"payoff": GAME.payoff, "gamma": 0.9},
    "MatrixGame.from_bimatrix": {"A": [[1, 2], [3, 4]], "B": [[1, 2], [3, 4]], "gamma": 0.9},
    "actor_critic": {"game": COIN, "policy": WALK, **SIZES, "weight": 0.1, "decay": 0.9,
                     "entropy": 0.1, "other_policy": WALK},
    "always_cooperate": {"scale": 5.0},
    "always_defect": {"scale": 5.0},
    "ascend": {"rule": lk.naive(V), "optimizer": optax.sgd(1.0), "init": lk.normal_logits()},
    "baseline_dice": {"value": lk.state_value},
    "batch_mean": {"states": STATES, "G": REWARDS, "gamma": 0.9},
    "centred_dice": {"log_pi": LOGS, "states": STATES, "r": REWARDS, "gamma": 0.9},
    "cgd": {"values": V, "lookahead": 1.0},
    "boltzmann": {"temperature": 1.0},
    "chicken": {"gamma": 0.5},
    "chosen": {"q": jnp.ones((3, 4, 2)), "actions": STATES, "estimate": REWARDS,
               "temperature": 1.0},
    "coin_game.rules": {"gamma": 0.9, "size": 3, "coins": 1, "colour": "random", "tie": "red",
                        "respawn": "free", "stay": True, "view": "own", "memory": True,
                        "episode": 5},
    "coin_game.reset": {"game": COIN, "key": KEY},
    "coin_game.step": {"game": COIN, "state": BOARD, "actions": jnp.array([0, 1]), "key": KEY},
    "coin_game.observe": {"game": COIN, "state": BOARD},
    "coin_players.every_coin": {"game": COIN},
    "coin_players.own_coins": {"game": COIN},
    "coin_players.tit_for_tat_on_colour": {"game": COIN},
    "classical": {"game": GAME},
    "cola": {"values": V, "own": TFT, "other": TFT, "key": KEY, "lookahead": 1.0, "region": 1.0,
             "updates": 1, "batch": 1, "hidden": (2,), "learning_rate": 0.1},
    "consensus": {"values": V, "weight": 1.0},
    "counts": {"prior": 0.5},
    "dice_values": {"game": GAME, **SIZES},
    "differentiable.fixed_point": {"values": lk.differentiable.tandem(), "own": jnp.full(1, 0.5),
                                   "other": jnp.full(1, 0.5), "tolerance": 1e-5},
    "differentiable.quadratic": {"Q": jnp.zeros((2, 2, 2)), "c": jnp.zeros((2, 2))},
    "differentiable_game": {"V": lambda x, y: (x, y)},
    "ecology": {"R": np.eye(5), "generations": 2, "shares": [1.0] * 5, "pressure": 1.0},
    "epsilon_greedy": {"epsilon": 0.1},
    "exact_values": {"game": GAME},
    "fitted_critic": {"states": STATES, "actions": STATES, "r": REWARDS, "gamma": 0.9},
    "first_actor_critic": {"game": COIN, "policy": WALK, "hidden": 2},
    "from_axelrod": {"player": PLAYER, "scale": 5.0},
    "from_other_seat": {"theta": TFT},
    "from_probabilities": {"probabilities": [1, 0.5, 0, 1, 0], "scale": 5.0},
    "gae": {"r": REWARDS, "v": jnp.ones((3, 5)), "gamma": 0.9, "decay": 0.5},
    "grim_trigger": {"scale": 5.0},
    "hola": {"values": V, "lookahead": 1.0, "order": 1},
    "joint_q_learner": {"gamma": 0.9, **TABLE, "prior": 0.5},
    "like_tit_for_tat": {"theta": TFT},
    "loaded_dice": {"value": lk.state_value, "decay": 1.0, "gae": 1.0},
    "log_prob": {"theta": TFT, "states": STATES, "actions": STATES},
    "lola": {"values": V, "lookahead": 1.0},
    "lola_pg": {"game": GAME, **SIZES, "lookahead": 1.0},
    "lola_taylor": {"values": V, "lookahead": 1.0},
    "lola_unrolled": {"values": V, "lookahead": 1.0, "steps": 1},
    "look_ahead": {"values": V, "lookahead": 1.0},
    "loqa": {"game": GAME, **SIZES, "temperature": 1.0, "decay": 0.9},
    "many_values": {"game": lk.public_goods(3), "seat": 1},
    "markov_chain": {"own": TFT, "other": TFT},
    "matching_pennies": {"gamma": 0.9},
    "maximum_likelihood": {
        "log_prob": lk.log_prob, "start": TFT, "optimizer": optax.adam(0.1), "steps": 2,
    },
    "memory_one": {"probabilities": [1, 0, 1, 0], "first": 1.0, "scale": 5.0},
    "meta_episodes": {"game": GAME, "one": NAIVE, "two": NAIVE, "key": KEY, "num_steps": 1,
                      "batch": 2},
    "mfos.train": {"game": GAME, "opponent": NAIVE, "key": KEY, "episodes": 1, "batch": 2,
                   "num_steps": 2, "progress": False},
    "mmaml.train": {"game": GAME, "opponent": NAIVE, "key": KEY, "updates": 1, "batch": 2,
                    "num_steps": 2, "learning_rate": 0.1, "progress": False},
    "modelled": {"learner": NAIVE, "game": GAME, **SIZES, "window": 1},
    "naive": {"values": V},
    "naive_pg": {"game": GAME, **SIZES},
    "network_play.log_prob_of": {"policy": WALK},
    "network_play.outcome": {**PAIR, "key": KEY, **SIZES},
    "network_play.sampler": {"one": WALK, "two": WALK},
    "networks.gru_policy": {"inputs": 3, "actions": 2, "hidden": 2, "scale": 0.1},
    "networks.mlp": {"inputs": 3, "outputs": 2, "hidden": 2, "scale": 0.1},
    "networks.mlp_policy": {"inputs": 3, "actions": 2, "hidden": 2, "scale": 0.1},
    "networks.scripted": {"choose": lambda seen: seen},
    "normal_logits": {"scale": 1.0},
    "past_sum": {"x": REWARDS, "decay": 0.9},
    "ordinal.equilibria": {"game": GAME},
    "ordinal.names_of": {"game": GAME},
    "ordinal.ordinal_game": {"one": "chicken", "two": "hero", "gamma": 0.5},
    "per_step": {"V": jnp.ones(2), "gamma": 0.9},
    "phc": {"gamma": 0.9, "learning_rate": 0.1, "delta": 0.1, "exploration": 0.1, "scale": 1.0},
    "plain_dice": {"log_pi": LOGS, "states": STATES, "r": REWARDS, "gamma": 0.9},
    "experiment": {"game": GAME, "make_1": lambda game: NAIVE, "make_2": lambda game: NAIVE,
                   "key": KEY, "num_steps": 1, "seeds": 1},
    "trace": {"game": GAME, "make_1": lambda game: NAIVE, "make_2": lambda game: NAIVE,
              "num_steps": 1},
    "play": {"one": NAIVE, "two": NAIVE, "key": KEY, "num_steps": 1},
    "play_rounds": {"one": lk.fixed(TFT), "two": lk.fixed(TFT), "game": GAME, "key": KEY,
                    "episodes": 1, "horizon": 1, "noise": 0.1},
    "play_many": {"learners": [NAIVE, NAIVE], "key": KEY, "num_steps": 1},
    "pola": {"values": V, "lookahead": 1.0, "outer_penalty": 1.0, "outer_rate": 0.01,
             "outer_steps": 1, "inner_penalty": 0.0, "inner_steps": 1,
             "log_policy": lk.log_prob},
    "prisoners_dilemma": {"gamma": 0.9},
    "q_learner": {"gamma": 0.9, **TABLE},
    "public_goods": {"players": 3, "multiplier": 2.0, "gamma": 0.9},
    "rollout": {"game": GAME, "own": TFT, "other": TFT, "key": KEY, **SIZES},
    "self_play": {"game": GAME, "simple": lambda game: NAIVE, "key": KEY, "episodes": 1,
                  "batch": 2, "num_steps": 2, "progress": False},
    "sos": {"values": V, "lookahead": 1.0, "a": 0.5, "b": 0.1},
    "stag_hunt": {"gamma": 0.5},
    "state_value": {"states": STATES, "G": REWARDS, "gamma": 0.9},
    "stats.mean": {"samples": [1.0, 2.0]},
    "stats.share": {"hits": [True, False]},
    "surrogate": {"log_pi": LOGS, "weights": REWARDS},
    "sweep": {"fn": jax.random.normal, "keys": jax.random.split(KEY, 3), "chunk": 2},
    "symplectic_adjustment": {"values": V, "weight": 1.0},
    "tit_for_tat": {"scale": 5.0},
    "tournament": {"players": {"NL": lambda game: NAIVE}, "game": GAME, "key": KEY,
                   "num_steps": 1, "seeds": 2, "horizon": 2, "noise": 0.1, "last": 1,
                   "progress": False},
    "trembling": {"theta": TFT, "noise": 0.1},
    "win_stay_lose_shift": {"scale": 5.0},
    "wolf_phc": {"gamma": 0.9, "learning_rate": 0.1, "delta": 0.1, "ratio": 2.0,
                 "exploration": 0.1, "scale": 1.0},
    "zero_determinant": {"game": GAME, "chi": 3.0, "phi": 0.1, "scale": 5.0},
}  # fmt: skip

WRONG = {
    "None": None, "a word": "1", "not a number": float("nan"), "infinity": float("inf"),
    "minus one": -1, "a half too much": 1.5, "an object": object(), "no numbers": [],
    "ragged": [1.0, [2.0]], "words": ["1", "0"], "a dictionary": {"a": 1.0},
    "complex": 1j, "three": jnp.ones(3), "NaNs": np.full(5, np.nan), "whole": jnp.arange(5),
    "a game": GAME, "a key": KEY, "a function": lambda *args: None, "a class": dict,
}  # fmt: skip

FUNCTIONS = "a function", "a class"
NUMBERS = "minus one", "a half too much"
FINE = {
    # argument -> things that are not wrong there
    "lookahead": NUMBERS, "prior": ("a half too much",),
    "scale": ("a half too much",), "V": (*WRONG,),  # any numbers: it is for display
    "networks.mlp.scale": NUMBERS, "networks.mlp_policy.scale": NUMBERS,
    "networks.gru_policy.scale": NUMBERS, "entropy": NUMBERS, "choose": FUNCTIONS,
    **dict.fromkeys([f"{f}.game" for f in GIVEN if "coin" in f or "actor" in f], ()),
    "network_play.outcome.game": (), "other_policy": ("None",),
    "network_play.sampler.two": ("None",), "thetas": (*WRONG,),
    "coin_game.step.state": (), "coin_game.observe.state": (*WRONG,),
    "normal_logits.scale": NUMBERS, "batch_mean.gamma": (*WRONG,),
    "per_step.gamma": ("three",), "trembling.theta": ("NaNs", "whole"),
    "state_value.states": (), "log_prob.states": (), "fitted_critic.states": (),
    "temperature": ("a half too much",),
    "differentiable_game.V": FUNCTIONS, "weight": NUMBERS,
    "outer_rate": NUMBERS, "outer_penalty": ("a half too much",), "region": ("a half too much",),
    "inner_penalty": ("a half too much",), "tolerance": ("a half too much",),
    "log_policy": FUNCTIONS, "cola.learning_rate": ("a half too much",),
    "ordinal.ordinal_game.two": ("None",),  # the same as player 1's
    "differentiable.quadratic.c": ("None",), "hidden": ("no numbers",),  # no hidden layer
    # one number more: both together are no fixed point, and both are named
    "differentiable.fixed_point.other": ("a half too much",),

    # steps and exploration may be functions of the rounds seen, and a scale may be zero
    "boltzmann.temperature": (*FUNCTIONS, "a half too much"), "epsilon": FUNCTIONS,
    "explore": FUNCTIONS,
    "delta": FUNCTIONS, "q_learner.learning_rate": FUNCTIONS, "phc.learning_rate": FUNCTIONS,
    "joint_q_learner.learning_rate": FUNCTIONS, "wolf_phc.learning_rate": FUNCTIONS,
    "ratio": ("a half too much",), "pressure": ("a half too much",), "shares": ("None", "whole"),
    "q_learner.explore": ("None", *FUNCTIONS), "joint_q_learner.explore": ("None", *FUNCTIONS),
    "tournament.last": ("None",),
    "multiplier": ("a half too much",), "many_values.game": (),
    "learning_rate": NUMBERS, "phi": ("None",), "chi": ("a half too much",),
    "samples": ("whole", "three"), "hits": ("three",),
    "key": ("a key",), "start": (*WRONG,),  # any pytree, whose leaves no one knows
    "value": FUNCTIONS, "fn": FUNCTIONS, "rule": FUNCTIONS, "init": FUNCTIONS,
    # a class is called, and raises what dict raises
    "values": FUNCTIONS, **dict.fromkeys(["simple", "make_1", "make_2"], ("a class",)),
     "log_prob": FUNCTIONS, "game": ("a game",),
    "B": ("None",), "states": (*WRONG,),  # handed through where they are not read
    "progress": (*WRONG,), "from_other_seat.theta": ("NaNs", "whole"),
    "like_tit_for_tat.theta": ("NaNs", "whole"),
    "theta": ("NaNs",), "own": ("NaNs",), "other": ("NaNs",),
}  # fmt: skip


def cases():
    for function, given in GIVEN.items():
        for argument in given:
            fine = FINE.get(f"{function}.{argument}", FINE.get(argument, ()))
            kinds = [kind for kind in WRONG if kind not in fine]
            if kinds:
                yield pytest.param(
                    function, argument, kinds, id=f"{function}-{argument}"
                )


def find(name):
    found = lk
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("function, argument, kinds", [*cases()])
def test_what_is_wrong_is_refused_at_the_door(function, argument, kinds):
    for kind in kinds:
        with pytest.raises(ValueError) as refused:
            find(function)(**GIVEN[function] | {argument: WRONG[kind]})
        said = str(refused.value)
        assert said.startswith(argument) and "expected" in said, f"{kind}: {said}"


TRACED = {
    "from_probabilities": lambda x: lk.from_probabilities(x * jnp.ones(5)),
    "memory_one": lambda x: lk.memory_one(x * jnp.ones(4)),
    "zero_determinant": lambda x: lk.zero_determinant(lk.prisoners_dilemma(x)),
    "naive_pg": lambda x: lk.naive_pg(GAME, horizon=x, batch=4),
    "lola_unrolled": lambda x: lk.lola_unrolled(V, lookahead=1.0, steps=x),
    "tournament": lambda x: lk.tournament(
        {"a": lambda game: NAIVE}, GAME, KEY, seeds=x
    ),
    "from_probabilities, scale": lambda x: lk.tit_for_tat(x),
}


@pytest.mark.parametrize("name", TRACED)
def test_what_must_be_known_is_refused_while_it_is_traced(name):
    with pytest.raises(ValueError, match=r"^\w+: expected .*, got"):
        jax.jit(TRACED[name])(1.0 if "PG" in name else 0.5)


@pytest.mark.parametrize("optimizer", [optax.lbfgs(), optax.polyak_sgd(0.1)])
def test_an_optimizer_that_needs_more_than_a_gradient_is_refused(optimizer):
    learner = lk.ascend(lk.naive(V), optimizer, lk.normal_logits())
    with pytest.raises(
        ValueError, match=r"^optimizer: expected one .* nothing else, got"
    ):
        lk.play(learner, learner, KEY, 1)


def old_and_new(run):
    jax.tree.map(
        np.testing.assert_array_equal,
        run(jax.random.PRNGKey(7)),
        run(jax.random.key(7)),
    )


@pytest.mark.parametrize("run", [
    lambda key: lk.play(NAIVE, NAIVE, key, 2),
    lambda key: lk.rollout(GAME, TFT, TFT, key, horizon=3, batch=2),
    lambda key: lk.tournament({"NL": lambda game: NAIVE}, GAME, key, num_steps=2, seeds=2).R,
    lambda key: lk.meta_episodes(GAME, NAIVE, NAIVE, key, num_steps=2, batch=2),
    lambda key: lk.sweep(jax.random.normal, jax.random.split(key, 3)),
    pytest.param(lambda key: lk.mmaml.train(GAME, NAIVE, key, updates=1, batch=2, num_steps=2,
                                            progress=False), marks=pytest.mark.slow),
    pytest.param(lambda key: lk.mfos.train(GAME, NAIVE, key, episodes=1, batch=2, num_steps=2,
                                           progress=False), marks=pytest.mark.slow),
    lambda key: lk.dice_values(GAME, horizon=3, batch=2)(TFT, TFT, key),
])  # fmt: skip
def test_keys_of_the_older_form_give_the_same_numbers(run):
    old_and_new(run)


def test_numbers_of_any_kind_make_a_game():
    """Fractions and whole numbers beyond 64 bits are numbers; words and complex ones are not."""
    third = [[[Fraction(1, 3), 0], [1, 2]], [[1, 2], [3, 10**30]]]
    payoff = lk.MatrixGame(third, 0.5).payoff
    assert payoff[0, 0, 0] == 1 / 3 and payoff[1, 1, 1] == 1e30


def test_every_public_function_is_in_the_table():
    functions = {n for n in lk.__all__ if callable(getattr(lk, n)) and n not in TYPES}
    table = {name.split(".")[0] for name in GIVEN}
    assert functions - table <= {
        "dice_objective", "fixed", "magic_box", "no_baseline",  # tested beside their use
    }  # fmt: skip


TYPES = {
    "ActorCritic", "Consistent", "Episodes", "Learner", "MetaEpisodes", "Model", "Modelled",
    "Played", "Round", "RoundLearner", "Rule", "Standings", "Trace", "Trajectory", "Values",
}  # fmt: skip
