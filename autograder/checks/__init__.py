"""How an answer is judged: takes functions, returns results.

Knows nothing of notebooks, processes or of which functions are asked for. Read in this order:
`comparison` (is it equal?), `draws` (on what numbers?), `exercise` (what is asked?), `trial` (one
check on one function), `kinds` (of check), `judging` (every check of an exercise).
"""

from autograder.checks import kinds
from autograder.checks.comparison import Failure, compare
from autograder.checks.draws import Draw
from autograder.checks.exercise import Case, Check, Exercise, Function, Mistake
from autograder.checks.judging import judge

__all__ = [
    "Case",
    "Check",
    "Draw",
    "Exercise",
    "Failure",
    "Function",
    "Mistake",
    "compare",
    "judge",
    "kinds",
]
