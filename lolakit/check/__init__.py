"""Checks of the exercises: each says whether an answer is right, and never what is right.

`lk.check.ex1_2(answer)` checks Exercise 1.2. What it returns is true or false, and shows as a
sentence: a wrong answer gets a hint. A check never raises, so that a notebook whose
exercises are still open runs from top to bottom.
"""

from lolakit.check.chapter1 import ex1_1, ex1_2, ex1_3, ex1_4
from lolakit.check.chapter2 import ex2_1, ex2_2, ex2_3
from lolakit.check.chapter3 import ex3_1, ex3_2, ex3_3, ex3_4
from lolakit.check.chapter4 import ex4_1, ex4_2, ex4_3, ex4_4, ex4_5
from lolakit.check.chapter5 import ex5_1, ex5_2, ex5_3, ex5_4
from lolakit.check.verdict import Verdict

# fmt: off
__all__ = [
    "Verdict",
    "ex1_1", "ex1_2", "ex1_3", "ex1_4",
    "ex2_1", "ex2_2", "ex2_3",
    "ex3_1", "ex3_2", "ex3_3", "ex3_4",
    "ex4_1", "ex4_2", "ex4_3", "ex4_4", "ex4_5",
    "ex5_1", "ex5_2", "ex5_3", "ex5_4",
]
# fmt: on
