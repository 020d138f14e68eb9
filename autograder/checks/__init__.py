"""How an answer is judged: takes functions, returns results.

Knows nothing of notebooks, processes or of which functions are asked for. Read in this order:
`comparison` (is it equal?), `draws` (on what numbers?), `public` (which of them are everyone's?),
`questions` (asked together), `attempts` (what came back), `advice` (what an exception says),
`trial` (one check on one function), `mistakes` and `patterns` (what can go wrong), `curve` (how is
it drawn?), `exercise` (what is asked?), `kinds` (of check), `causes` (what did go wrong?),
`accounting` (for a person's eyes), `judging` (every check of an exercise), `by_hand` (what may not
be called), `careless` (right values, wrongly given back).
"""

from autograder.checks import kinds
from autograder.checks.by_hand import ByHand, forbidden
from autograder.checks.comparison import Failure, compare
from autograder.checks.curve import Curve
from autograder.checks.draws import Draw
from autograder.checks.exercise import Check, Exercise
from autograder.checks.judging import blame, judge, passes
from autograder.checks.mistakes import Mistake, reduced
from autograder.checks.public import Case
from autograder.checks.trial import Function

__all__ = [
    "ByHand",
    "Case",
    "Check",
    "Curve",
    "Draw",
    "Exercise",
    "Failure",
    "Function",
    "Mistake",
    "blame",
    "compare",
    "forbidden",
    "judge",
    "kinds",
    "passes",
    "reduced",
]
