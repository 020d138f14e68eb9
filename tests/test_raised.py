"""What is the student's doing is known by the exception itself, whatever a test does with it."""

from __future__ import annotations

import pytest

from autograder.isolation.errors import Stopped
from autograder.raised import StudentsDoing, marked, students_doing
from autograder.results import FlagKind


def test_the_mark_tells_what_is_known() -> None:
    """A remote function raises a student's exception again from what is known of it."""
    doing = StudentsDoing(student_line=" in line 3,")
    with pytest.raises(ValueError, match="own") as caught:
        raise marked(ValueError("own"), doing)
    assert students_doing(caught.value) is doing


AGAIN = (
    "raise",
    "raise error",
    "raise error from None",
    "raise error from KeyError()",
    "import copy\n    raise copy.copy(error)",
    "try:\n        f()\n    except NameError as another:\n        raise another from None",
)


@pytest.mark.parametrize("again", AGAIN)
def test_it_stays_known_where_a_test_raises_it_again(again: str) -> None:
    """A hidden cell would show the text of what it takes for its own NameError."""
    doing = StudentsDoing()
    cell = f"try:\n    f()\nexcept NameError as error:\n    {again}"

    def f() -> None:
        raise marked(NameError("the arguments"), doing)

    with pytest.raises(NameError) as raised:
        exec(cell, {"f": f})
    assert students_doing(raised.value) is doing


def test_what_is_raised_while_a_stop_is_handled_is_not_the_students() -> None:
    """An error of ours would never be told as one."""
    ours = KeyError("ours")
    ours.__cause__ = ours.__context__ = Stopped(FlagKind.TIMEOUT, "ran for more than 10 s")
    assert students_doing(ours) is None


def test_a_stop_is_the_students_doing_itself() -> None:
    """It has no line: the kernel was ended from outside, or has not said."""
    doing = students_doing(Stopped(FlagKind.TIMEOUT, "ran for more than 10 s"))
    assert doing is not None
    assert (str(doing), doing.student_line, doing.unfit) == ("ran for more than 10 s", "", "")


def test_what_a_test_raises_of_a_students_exception_is_its_own() -> None:
    """Only the exception that a call raised is the student's, none that a test makes of it."""
    students = ValueError("own")
    marked(students, StudentsDoing())
    with pytest.raises(KeyError) as caught:
        raise KeyError("the test's") from students
    assert students_doing(caught.value) is None
