"""The table in docs/tas.md of flags has each kind once, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.results import FlagKind
from tests.course import ROOT

HEADER = "| flag | says | do |"


def rows() -> Iterator[list[str]]:
    """The cells of each row of the table."""
    _, table = (ROOT / "docs/tas.md").read_text(encoding="utf-8").split(f"{HEADER}\n")
    _, *lines = table.split("\n\n")[0].splitlines()
    return ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)


def test_the_table_has_each_kind_once() -> None:
    """A kind that is added or taken away is added to, or taken from, what a TA reads."""
    told = [kind for first, *_ in rows() for kind in re.findall(r"`([^`]+)`", first)]
    assert sorted(told) == sorted(FlagKind)


def test_each_row_says_what_a_flag_means_and_what_to_do() -> None:
    """No row has an empty cell."""
    assert [row for row in rows() if len(row) != 3 or not all(row)] == []
