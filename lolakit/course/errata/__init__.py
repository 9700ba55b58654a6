"""Common mistakes, made on purpose: what the errata page runs beside the right version.

Each function here is wrong, and its name says how. Its docstring says what
would be right. It has the signature of the right one, so that the two can be
compared. Two helpers are not wrong: `expected` and `state_values`, which
compute exact expectations in short games; and `second_derivative` is right
until it is given a wrong part. Nothing else in the library imports this
package.
"""

from lolakit.course.errata.boxes import (
    box_active_backward,
    box_blocked_forward,
    dice_of_earlier_rounds,
    dice_values_of_own_actions,
    dice_without_scores,
)
from lolakit.course.errata.enumeration import all_games, expected, state_values
from lolakit.course.errata.meta import (
    meta_gradient_of_own_learning,
    mfos_learner_of_steps,
    mmaml_learner_with_step_one,
    watching_myself,
)
from lolakit.course.errata.rules import (
    ascend_with_delta_squared,
    lola_contracted_over_own,
    lola_with_a_minus,
    lola_with_the_others_gradient,
    unrolled_restarting,
    unrolled_without_graph,
)
from lolakit.course.errata.sampled import (
    batch_mean_with_itself,
    cross_weights_of_the_first_round,
    cross_weights_of_the_same_round,
    mean_log_prob,
    naive_pg_of_one_round,
    one_step_return_of_this_state,
    second_derivative,
    second_derivative_times_probability,
    state_values_of_one_round,
)
from lolakit.course.errata.values import (
    exact_values_of_one_round,
    exact_values_per_step,
    exact_values_with_default_discount,
    exact_values_without_swap,
    from_other_seat_by_complement,
    game_by_transposing,
    swap_forgotten,
    values_for_everybody,
)
from lolakit.course.errata.worlds import (
    coin_rewards_red_first,
    copycat_that_starts_with_defection,
    probabilities_as_logits,
)

# fmt: off
__all__ = [
    "all_games", "ascend_with_delta_squared", "batch_mean_with_itself",
    "box_active_backward", "box_blocked_forward", "coin_rewards_red_first",
    "copycat_that_starts_with_defection", "cross_weights_of_the_first_round",
    "cross_weights_of_the_same_round", "dice_of_earlier_rounds",
    "dice_values_of_own_actions", "dice_without_scores", "exact_values_of_one_round",
    "exact_values_per_step", "exact_values_with_default_discount",
    "exact_values_without_swap", "expected", "from_other_seat_by_complement",
    "game_by_transposing", "lola_contracted_over_own", "lola_with_a_minus",
    "lola_with_the_others_gradient", "mean_log_prob", "meta_gradient_of_own_learning",
    "mfos_learner_of_steps", "mmaml_learner_with_step_one", "naive_pg_of_one_round",
    "one_step_return_of_this_state", "probabilities_as_logits", "second_derivative",
    "second_derivative_times_probability", "state_values", "state_values_of_one_round",
    "swap_forgotten", "unrolled_restarting", "unrolled_without_graph",
    "values_for_everybody", "watching_myself",
]
# fmt: on
