"""What a student's code has raised in another process, when it is raised again in this one.

It is of the same type, if that is one of Python's, so it carries what is known of it as a mark: by
its type alone nobody could tell it from what the test itself has raised.
"""

from __future__ import annotations

MARK = "students_doing"  # an attribute: a copy has it, and what is raised again


class StudentsDoing(Exception):  # noqa: N818 (a fact, not an error of ours)
    """That an exception is the student's doing: the mark of that exception, or it itself.

    Args:
        text: what is said of it.
        student_line: the student's own line in words: " in line 3, `return 1 / 0`,"; "" where none
            is known.
        unfit: that the function's signature does not take such a call, in words; or "".
    """

    def __init__(
        self, text: str = "in the student's code", *, student_line: str = "", unfit: str = ""
    ) -> None:
        super().__init__(text)
        self.student_line = student_line
        self.unfit = unfit


def marked(error: BaseException, doing: StudentsDoing) -> BaseException:
    """The exception, marked as the student's doing."""
    vars(error)[MARK] = doing
    return error


def students_doing(error: BaseException) -> StudentsDoing | None:
    """What is known of an exception that is the student's doing; None for any other."""
    found = error if isinstance(error, StudentsDoing) else vars(error).get(MARK)
    return found if isinstance(found, StudentsDoing) else None
