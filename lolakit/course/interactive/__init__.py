"""Figures that move: they need no kernel and no network, and stand still without scripts.

Each function returns a `Figure`, which Jupyter shows. What the browser computes itself, it
computes as the library does (a test compares the two); the rest the library computed.
With a live kernel, `lolakit.widgets` has the same for games and rules of your own.
"""

from lolakit.course.interactive.atlas import atlas
from lolakit.course.interactive.belief_from_play import belief_from_play
from lolakit.course.interactive.circle import circle
from lolakit.course.interactive.coin_board import coin_board
from lolakit.course.interactive.estimates import estimates
from lolakit.course.interactive.frame import Figure
from lolakit.course.interactive.learning_run import learning_run, meta_episode
from lolakit.course.interactive.look_ahead_steps import look_ahead_steps
from lolakit.course.interactive.meetings import meetings
from lolakit.course.interactive.memory_one import memory_one
from lolakit.course.interactive.naive_field import naive_field
from lolakit.course.interactive.sampled_directions import sampled_directions
from lolakit.course.interactive.twenty_rounds import twenty_rounds
from lolakit.course.interactive.vector_field import vector_field
from lolakit.course.interactive.where_to_start import where_to_start

__all__ = [
    "Figure", "atlas", "belief_from_play", "circle", "coin_board", "estimates", "learning_run",
    "look_ahead_steps", "meetings", "memory_one", "meta_episode", "naive_field",
    "sampled_directions", "twenty_rounds", "vector_field", "where_to_start",
]  # fmt: skip
