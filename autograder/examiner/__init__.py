"""What runs the grade cells: in a process of its own, apart from the student's.

A hidden cell imports `grade`, and ends in a call of it with an exercise's name and the function.
`examiners` starts them and gives them work; `worker` is what runs in one, and `examination` what it
does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.examiner.cell import GradedCell, grade

__all__ = ["GradedCell", "grade"]


def __getattr__(name: str) -> Any:
    """`grade` and `GradedCell`, when asked for: they need torch, and a coordinator does not."""
    if name in __all__:
        from autograder.examiner import cell

        return getattr(cell, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
