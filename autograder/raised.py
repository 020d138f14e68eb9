"""What a student's code has raised in another process, when it is raised again in this one.

It is of the same type, if that is one of Python's. What is known of it beside its text is its cause
(`raise … from …`), as multiprocessing.pool does with the traceback of another process; and its
context, which stays where a test raises it once more `from None`.
"""

from __future__ import annotations


class StudentsDoing(Exception):  # noqa: N818 (a fact, not an error of ours)
    """That an exception is the student's doing: it is the cause of that exception.

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


def caused(error: BaseException, doing: StudentsDoing) -> BaseException:
    """The exception, known as the student's doing however it is raised, and raised again."""
    error.__cause__ = error.__context__ = doing
    return error


def students_doing(error: BaseException) -> StudentsDoing | None:
    """What is known of an exception that is the student's doing; None for any other."""
    for found in (error, error.__cause__, error.__context__):
        if isinstance(found, StudentsDoing):
            return found
    return None
