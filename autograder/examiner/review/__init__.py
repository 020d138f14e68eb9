"""A reading of the student's source, for what goes around the by-hand rule unseen.

It runs nothing, costs nobody a point, and is for a person to look at. Read in this order: `texts`
(what is read?), `scopes` and `program` (what are names bound to?), `atoms`, `standing`, `passed`,
`expressions`, `calls`, `plain` and `literals` (what may an expression stand for?), `runs` (what
texts are handed on to be run?), `ways` (by what names is a process taken apart?), `uses`,
`call_reader` and `reader` (which are in a statement?), `reach` (which statements does an answer
reach?), `suspects` (all in all), `flags` (how is it told?).
"""

from autograder.examiner.review.flags import flags, program_of
from autograder.examiner.review.program import Program
from autograder.examiner.review.suspects import suspects
from autograder.examiner.review.texts import Text, of_cell, of_file, source_of

__all__ = ["Program", "Text", "flags", "of_cell", "of_file", "program_of", "source_of", "suspects"]
