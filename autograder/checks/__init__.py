"""How an answer is judged: takes functions, returns results.

Knows nothing of notebooks, processes or of which functions are asked for. Read in this order:
`comparison` (is it equal?), `draws` (on what numbers?), `trial` (one check on one function),
`mistakes` (what went wrong?), `exercise` (what is asked?), `kinds` (of check), `judging` (every
check of an exercise).
"""

from autograder.checks import kinds
from autograder.checks.comparison import Failure, compare
from autograder.checks.draws import Draw
from autograder.checks.exercise import Case, Check, Exercise
from autograder.checks.judging import judge
from autograder.checks.mistakes import Mistake, reduced
from autograder.checks.trial import Function

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
    "reduced",
]
