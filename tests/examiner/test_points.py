"""What a test cell's outputs are worth: one reading, which examiner, proof and record share."""

from __future__ import annotations

import pytest

from autograder.examiner.grade_cell import Verdict
from autograder.examiner.points import points
from autograder.examiner.source_cells import SourceCell
from autograder.isolation.outputs import Output, error_output

ERROR = error_output("AssertionError", "no")


def result(text: str) -> Output:
    """The value of a cell's last expression."""
    return {"output_type": "execute_result", "data": {"text/plain": text}}


WORTH: dict[str, tuple[list[Output], float | None]] = {
    "nothing": ([], 4.0),
    "printed": ([{"output_type": "stream", "name": "stdout", "text": "0.5"}], 4.0),
    "all": ([result("4.0")], 4.0),
    "some": ([result("3.5")], 3.5),
    "none": ([result("0")], 0.0),
    "text": ([result("'done'")], 4.0),
    "empty": ([result("")], 4.0),
    "picture": ([{"output_type": "execute_result", "data": {"image/png": "iVBO"}}], 4.0),
    "error": ([ERROR], 0.0),
    "error-after-a-value": ([result("4.0"), ERROR], 0.0),
    "first-of-two": ([result("3.0"), result("4.0")], 3.0),
    "below-0": ([result("-1")], 0.0),
    "far-below-0": ([result("-inf")], 0.0),
    "no-number": ([result("nan")], 0.0),
    "above": ([result("4.5")], None),
    "far-above": ([result("1e9")], None),
    "endless": ([result("inf")], None),
    "many-digits": ([result("9" * 5000)], None),
    "rounded-up": ([result("4.000000000000001")], 4.0),
    "rounded-down": ([result("3.9999999999999996")], 4.0),
}


@pytest.mark.parametrize(("outputs", "worth"), WORTH.values(), ids=list(WORTH))
def test_a_test_is_worth_its_points_or_the_number_that_it_ends_in(
    outputs: list[Output], worth: float | None
) -> None:
    """An error costs all, a number from 0 to the points gives as many, anything else gives all.

    Of more than there is nobody knows what it should be: it has no worth.
    """
    assert points(outputs, 4.0) == worth


@pytest.mark.parametrize(("outputs", "worth"), WORTH.values(), ids=list(WORTH))
def test_points_are_lost_where_a_test_is_not_worth_all(
    outputs: list[Output], worth: float | None
) -> None:
    """The examiner tells setbacks where the record has less than all, or waits for a person."""
    test = SourceCell("test", "t", "pass", "pass", points=4.0)
    assert Verdict(outputs).loses_points(test) == (worth != 4.0)
