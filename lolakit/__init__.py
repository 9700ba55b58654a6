"""lolakit: opponent shaping by building it.

A game gives values; a rule turns values into a direction; a learner follows it; `play`
lets two learners learn at once. Start with the book's first chapter, or:

>>> import jax, optax, lolakit as lk
>>> game = lk.prisoners_dilemma()
>>> rule = lk.lola(lk.exact_values(game), lookahead=1.0)
>>> learner = lk.ascend(rule, optax.sgd(1.0), lk.normal_logits())
>>> final, history = lk.play(learner, learner, jax.random.key(1), num_steps=100)
"""

from lolakit import assignment, check, interactive, mfos, mmaml, plots, ppo, stats
from lolakit.baselines import batch_mean, no_baseline, state_value
from lolakit.dice import dice_objective, dice_values
from lolakit.exact import exact_values, markov_chain, per_step
from lolakit.games import (
    MatrixGame,
    chicken,
    matching_pennies,
    prisoners_dilemma,
    stag_hunt,
)
from lolakit.learners import ascend, fixed
from lolakit.lola import lola, lola_taylor, lola_unrolled
from lolakit.metagame import MetaEpisodes, meta_episodes
from lolakit.models import Model, counts, maximum_likelihood
from lolakit.naive import naive
from lolakit.objectives import (
    baseline_dice,
    centred_dice,
    loaded_dice,
    magic_box,
    plain_dice,
)
from lolakit.opponent_modelling import Modelled, modelled
from lolakit.play import Played, play
from lolakit.policies import (
    STATES,
    always_cooperate,
    always_defect,
    from_other_seat,
    from_probabilities,
    grim_trigger,
    like_tit_for_tat,
    normal_logits,
    tit_for_tat,
    win_stay_lose_shift,
    zero_determinant,
)
from lolakit.policy_gradient import lola_pg, naive_pg
from lolakit.rollouts import Trajectory, log_prob, rollout
from lolakit.self_play import self_play
from lolakit.sweep import sweep
from lolakit.tournament import Standings, tournament
from lolakit.types import Learner, Rule, Values

__version__ = "0.1.0"

# fmt: off
__all__ = [
    "STATES", "Learner", "MatrixGame", "MetaEpisodes", "Model", "Modelled", "Played",
    "Rule", "Standings", "Trajectory", "Values", "always_cooperate", "always_defect",
    "ascend", "assignment", "baseline_dice", "batch_mean", "centred_dice", "check",
    "chicken", "counts", "dice_objective", "dice_values", "exact_values", "fixed",
    "from_other_seat", "from_probabilities", "grim_trigger", "interactive",
    "like_tit_for_tat", "loaded_dice", "log_prob", "lola", "lola_pg", "lola_taylor",
    "lola_unrolled", "magic_box", "markov_chain", "matching_pennies",
    "maximum_likelihood", "meta_episodes", "mfos", "mmaml", "modelled", "naive",
    "naive_pg", "no_baseline", "normal_logits", "per_step", "plain_dice", "play",
    "plots", "ppo", "prisoners_dilemma", "rollout", "self_play", "stag_hunt",
    "state_value", "stats", "sweep", "tit_for_tat", "tournament", "win_stay_lose_shift",
    "zero_determinant",
]
# fmt: on
