"""Checks of the exercises: each says whether an answer is right, and never what is right.

`lk.check.ex1_2(answer)` checks Exercise 1.2. What it returns is true or false, and shows as a
sentence: a wrong answer gets a hint. A check never raises, so that a notebook whose
exercises are still open runs from top to bottom.
"""

from lolakit.course.check.chapter1 import ex1_1, ex1_2, ex1_3, ex1_4
from lolakit.course.check.chapter2 import ex2_1, ex2_2, ex2_3
from lolakit.course.check.chapter3 import ex3_1, ex3_2, ex3_3, ex3_4, ex3_5, ex3_6
from lolakit.course.check.chapter4 import (
    ex4_1,
    ex4_2,
    ex4_3,
    ex4_4,
    ex4_5,
    ex4_6,
    ex4_7,
)
from lolakit.course.check.chapter5 import ex5_1, ex5_2, ex5_3, ex5_4
from lolakit.course.check.chapter6 import ex6_1, ex6_2, ex6_3, ex6_4, ex6_5
from lolakit.course.check.chapter7 import ex7_1, ex7_2, ex7_3, ex7_4, ex7_5
from lolakit.course.check.chapter8 import ex8_1, ex8_2, ex8_3, ex8_4, ex8_5
from lolakit.course.check.chapter9 import ex9_1, ex9_2, ex9_3, ex9_4, ex9_5
from lolakit.course.check.chapter10 import ex10_1, ex10_2, ex10_3, ex10_4
from lolakit.course.check.chapter11 import ex11_1, ex11_2, ex11_3, ex11_4
from lolakit.course.check.chapter12 import ex12_1, ex12_2, ex12_3, ex12_4
from lolakit.course.check.chapter13 import ex13_1, ex13_2, ex13_3, ex13_4
from lolakit.course.check.chapter14 import ex14_1, ex14_2, ex14_3, ex14_4
from lolakit.course.check.verdict import Verdict

# fmt: off
__all__ = [
    "Verdict",
    "ex1_1", "ex1_2", "ex1_3", "ex1_4",
    "ex2_1", "ex2_2", "ex2_3",
    "ex3_1", "ex3_2", "ex3_3", "ex3_4", "ex3_5", "ex3_6",
    "ex4_1", "ex4_2", "ex4_3", "ex4_4", "ex4_5", "ex4_6", "ex4_7",
    "ex5_1", "ex5_2", "ex5_3", "ex5_4",
    "ex6_1", "ex6_2", "ex6_3", "ex6_4", "ex6_5",
    "ex7_1", "ex7_2", "ex7_3", "ex7_4", "ex7_5",
    "ex8_1", "ex8_2", "ex8_3", "ex8_4", "ex8_5",
    "ex9_1", "ex9_2", "ex9_3", "ex9_4", "ex9_5",
    "ex10_1", "ex10_2", "ex10_3", "ex10_4",
    "ex11_1", "ex11_2", "ex11_3", "ex11_4",
    "ex12_1", "ex12_2", "ex12_3", "ex12_4",
    "ex13_1", "ex13_2", "ex13_3", "ex13_4",
    "ex14_1", "ex14_2", "ex14_3", "ex14_4",
]
# fmt: on
