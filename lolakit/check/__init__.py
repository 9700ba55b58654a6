"""Checks of the exercises: each says whether an answer is right, and never what is right.

`lk.check.ex1_2(answer)` checks Exercise 1.2. What it returns is true or false, and shows as a
sentence: a wrong answer gets a hint. A check never raises, so that a notebook whose
exercises are still open runs from top to bottom.
"""

from lolakit.check.chapter6 import ex6_1, ex6_2, ex6_3, ex6_4
from lolakit.check.verdict import Verdict

__all__ = ["Verdict", "ex6_1", "ex6_2", "ex6_3", "ex6_4"]
