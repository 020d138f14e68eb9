"""Which cases are tried every day."""

from __future__ import annotations

import pytest

from tests.daily import daily

CASES = {"one": (1, 2), "two": (3, 4)}


def test_all_others_are_slow() -> None:
    """Each case has its name and its values; the mark is on those that are not named."""
    one, two = daily(CASES, "two")
    assert (one.id, one.values, [mark.name for mark in one.marks]) == ("one", (1, 2), ["slow"])
    assert (two.id, two.values, list(two.marks)) == ("two", (3, 4), [])


def test_one_value_is_no_tuple() -> None:
    """A text is one argument."""
    assert [case.values for case in daily({"a": "text"}, "a")] == [("text",)]


def test_a_case_that_is_not_there_is_refused() -> None:
    """A name that was misspelt would leave a case to CI."""
    with pytest.raises(ValueError, match="three"):
        daily(CASES, "one", "three")
