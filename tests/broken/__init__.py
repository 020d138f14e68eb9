"""Ways in which a submission comes to be broken, and what each must be worth.

Each begins with a right submission, of full marks, and breaks it in one way. The modules list
their cases in CASES as they are imported.
"""

from tests.broken import (  # noqa: F401
    answers,
    archives,
    cells,
    contents,
    folders,
    metadata,
    notebooks,
)
from tests.broken.case import CASES, Case

__all__ = ["CASES", "Case"]
