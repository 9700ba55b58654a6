"""lolakit: opponent shaping by building it.

A game gives values; a rule turns values into a direction; a learner follows it; `play`
lets two learners learn at once. Start with the book's first chapter, or:

>>> import jax, optax, lolakit as lk
>>> game = lk.prisoners_dilemma()
>>> rule = lk.lola(lk.exact_values(game), lookahead=1.0)
>>> learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
>>> final, history = lk.play(learner, learner, jax.random.key(1), num_steps=100)

The folders are the layers, from below: `games` and `seeds`, `values`, `rules`, `learners`,
`meta`, `reproduce`, `course`. All that is meant for use is here, under its own name.
"""

import sys

from lolakit import plots
from lolakit.course import assignment, check, interactive
from lolakit.course.interactive import widgets
from lolakit.games import coin_game, coin_players, differentiable, networks, ordinal
from lolakit.games.classical import classical, from_axelrod
from lolakit.games.differentiable import differentiable_game
from lolakit.games.matrix import (
    MatrixGame,
    chicken,
    matching_pennies,
    prisoners_dilemma,
    stag_hunt,
)
from lolakit.games.memory_one import (
    STATES,
    always_cooperate,
    always_defect,
    from_other_seat,
    from_probabilities,
    grim_trigger,
    like_tit_for_tat,
    memory_one,
    normal_logits,
    tit_for_tat,
    trembling,
    win_stay_lose_shift,
    zero_determinant,
)
from lolakit.games.public_goods import public_goods
from lolakit.learners import tournament as _tournament
from lolakit.learners.actor_critic import (
    ActorCritic,
    actor_critic,
    first_actor_critic,
)
from lolakit.learners.ascend import ascend, fixed
from lolakit.learners.ecology import ecology
from lolakit.learners.experiment import Trace, experiment, trace
from lolakit.learners.hill_climbing import phc, wolf_phc
from lolakit.learners.many import play_many
from lolakit.learners.modelled import Modelled, modelled
from lolakit.learners.models import Model, counts, maximum_likelihood
from lolakit.learners.play import Played, play
from lolakit.learners.q_learning import (
    boltzmann,
    epsilon_greedy,
    joint_q_learner,
    q_learner,
)
from lolakit.learners.rounds import Episodes, Round, RoundLearner, play_rounds
from lolakit.learners.tournament import Standings, tournament
from lolakit.meta import mfos, mmaml, ppo
from lolakit.meta.metagame import MetaEpisodes, meta_episodes
from lolakit.meta.self_play import self_play
from lolakit.reproduce import storage
from lolakit.rules.adjustment import consensus, symplectic_adjustment
from lolakit.rules.alignment import (
    advantage_alignment,
    aligned,
    chosen,
    loqa,
    surrogate,
)
from lolakit.rules.cgd import cgd
from lolakit.rules.cola import Consistent, cola
from lolakit.rules.hola import hola
from lolakit.rules.lola import lola, lola_taylor, lola_unrolled
from lolakit.rules.lookahead import look_ahead
from lolakit.rules.naive import naive
from lolakit.rules.pola import pola
from lolakit.rules.policy_gradient import lola_pg, naive_pg
from lolakit.rules.sos import sos
from lolakit.seeds import stats
from lolakit.seeds.sweep import sweep
from lolakit.types import Learner, Rule, Values
from lolakit.values import network_play
from lolakit.values.advantages import fitted_critic, gae, past_sum
from lolakit.values.baselines import batch_mean, no_baseline, state_value
from lolakit.values.dice import dice_objective, dice_values
from lolakit.values.exact import exact_values, markov_chain, per_step
from lolakit.values.many import many_values
from lolakit.values.objectives import (
    baseline_dice,
    centred_dice,
    loaded_dice,
    magic_box,
    plain_dice,
)
from lolakit.values.rollouts import Trajectory, log_prob, rollout

__version__ = "0.1.0"

# Modules that can be imported without their room: `from lolakit.widgets import ...`.
sys.modules |= {
    "lolakit.assignment": assignment, "lolakit.check": check,
    "lolakit.coin_game": coin_game, "lolakit.coin_players": coin_players,
    "lolakit.networks": networks, "lolakit.network_play": network_play,
    "lolakit.differentiable": differentiable, "lolakit.interactive": interactive,
    "lolakit.mfos": mfos, "lolakit.mmaml": mmaml, "lolakit.ordinal": ordinal,
    "lolakit.ppo": ppo, "lolakit.stats": stats, "lolakit.storage": storage,
    "lolakit.tournament": _tournament, "lolakit.widgets": widgets,
}  # fmt: skip

# fmt: off
__all__ = [
    "STATES", "ActorCritic", "Consistent", "Episodes", "Learner", "MatrixGame", "MetaEpisodes",
    "Model", "Modelled", "Played", "Round", "RoundLearner", "Rule", "Standings", "Trace",
    "Trajectory", "Values", "actor_critic", "advantage_alignment", "aligned", "always_cooperate",
    "always_defect", "ascend", "assignment", "baseline_dice", "batch_mean", "boltzmann",
    "centred_dice", "cgd", "check", "chicken", "chosen", "classical", "coin_game", "coin_players",
    "cola", "consensus", "counts", "dice_objective", "dice_values", "differentiable",
    "differentiable_game", "ecology", "epsilon_greedy", "exact_values", "experiment",
    "first_actor_critic", "fitted_critic", "fixed", "from_axelrod", "from_other_seat",
    "from_probabilities", "gae", "grim_trigger", "hola", "interactive", "joint_q_learner",
    "like_tit_for_tat", "loaded_dice", "log_prob", "lola", "lola_pg", "lola_taylor",
    "lola_unrolled", "look_ahead", "loqa", "magic_box", "many_values", "markov_chain",
    "matching_pennies", "maximum_likelihood", "memory_one", "meta_episodes", "mfos", "mmaml",
    "modelled", "naive", "naive_pg", "network_play", "networks", "no_baseline", "normal_logits",
    "ordinal", "past_sum", "per_step", "phc", "plain_dice", "play", "play_many", "play_rounds",
    "plots", "pola", "ppo", "prisoners_dilemma", "public_goods", "q_learner", "rollout",
    "self_play", "sos", "stag_hunt", "state_value", "stats", "storage", "surrogate", "sweep",
    "symplectic_adjustment", "tit_for_tat", "tournament", "trace", "trembling", "widgets",
    "win_stay_lose_shift", "wolf_phc", "zero_determinant",
]
# fmt: on
