"""The one reader of Python source: what a cell or a file binds, uses, imports and changes.

Matching, examining and the by-hand rule ask it, and keep their own rules about what it says. It
runs nothing, and what can't be read is an answer. `parsing` alone asks Python's parser, and IPython
for its own syntax; `shell_calls` knows what becomes of that; `bindings`, `uses` and `statements`
look at the names; `reading` keeps all that of one text together, and `names` asks it of cells.
"""

from autograder.source_text.bindings import Bindings
from autograder.source_text.names import (
    bound,
    imports_of,
    may_use,
    rebound,
    used,
    used_in_calls,
)
from autograder.source_text.parsing import MOST_EFFORT, effort, parse_expression, too_long
from autograder.source_text.reading import Reading, read_cell, read_file
from autograder.source_text.shell_calls import is_ipythons, without_options, words_of
from autograder.source_text.statements import Statement
from autograder.source_text.uses import EVERYTHING

__all__ = [
    "EVERYTHING",
    "MOST_EFFORT",
    "Bindings",
    "Reading",
    "Statement",
    "bound",
    "effort",
    "imports_of",
    "is_ipythons",
    "may_use",
    "parse_expression",
    "read_cell",
    "read_file",
    "rebound",
    "too_long",
    "used",
    "used_in_calls",
    "without_options",
    "words_of",
]
