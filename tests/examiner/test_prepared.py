"""What is the same for everyone is made before there is a student."""

from __future__ import annotations

from tests.examiner.notebooks import Examine, asked, given, graded

COUNT = "from autograder.checks import public\nmade = public._cases.cache_info().currsize"


def test_the_public_draws_are_there_before_the_first_test(examine: Examine) -> None:
    """Those of the notebook's own exercises; a test that asks for others makes them itself."""
    notebook = [given(COUNT), asked("bce"), graded("bce_test", f"{COUNT}\nassert made > 20, 'few'")]
    assert examine(notebook, {"bce": "def bce(y_hat, y): ..."}).error("bce_test") == ""
    other = [given(COUNT), asked("f"), graded("f_test", f"{COUNT}\nassert made == 0, 'some'")]
    assert examine(other, {"f": "def f(x): ..."}).error("f_test") == ""
