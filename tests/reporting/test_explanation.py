"""What a replayed grading says of a test, line by line."""

from __future__ import annotations

import pytest

from autograder.accounts import Account
from autograder.reporting import explanation
from autograder.results import CheckResult

PASSED = CheckResult("values", True, 1.0, 1.0)
SEED = "public, the same for everyone: seed 7, of bce/values/3"
OWN = "the student's own: seed 7, the HMAC-SHA256 of their key with bce/values/3"
WHENCE = {
    "public": ({}, SEED),
    "own": ({"secret": True}, OWN),
    "one-of-three": ({"turn": 2, "turns": 3}, f"{SEED}, drawing 2 of the 3 from it"),
    "own-one-of-three": (
        {"secret": True, "turn": 3, "turns": 3},
        f"{OWN}, drawing 3 of the 3 from it",
    ),
    "fixed": ({"fixed": True}, "fixed numbers: none of bce/values/3 is drawn from a seed"),
    "fixed-beside-own": (
        {"fixed": True, "secret": True, "turn": 1, "turns": 3},
        "fixed numbers: none of bce/values/3 is drawn from a seed",
    ),
}


@pytest.mark.parametrize(("known", "words"), WHENCE.values(), ids=WHENCE)
def test_where_numbers_come_from_is_told(known: dict[str, int | bool], words: str) -> None:
    """A seed where any of them was drawn from it, and which drawing where there are several."""
    account = Account("bce", "values", calls=1, index=3, seed=7, answer="1", **known)
    told = explanation.of_test(
        "test", [PASSED], [account], failed="", unproven="", printed="", whole=True
    )
    assert f"    draw      {words}" in [*told]


def test_a_test_that_its_own_solution_fails_says_what_came_of_it() -> None:
    """Of a plain one the reason, of another its checks."""
    plain = explanation.of_test(
        "test", [], [], failed="AssertionError", unproven="it is cold", printed="", whole=False
    )
    first = "✗ test: a person gives its points; its own solution fails here: it is cold"
    assert [*plain] == [first, "    here      AssertionError"]
    checked = explanation.of_test(
        "test", [PASSED], [], failed="", unproven="it is cold", printed="", whole=False
    )
    assert [*checked] == [first, "✓ test: 1 of 1 points"]
