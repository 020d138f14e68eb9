"""docs/comparison.md says of this kit and of stock nbgrader what a run of them finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.comparison import gradescope
from tests.comparison.courses import Course, Kit, Stock
from tests.comparison.listener import listening
from tests.comparison.page import PAGE, tables
from tests.comparison.submissions import SUBMISSIONS
from tests.comparison.whole_class import DEEDS
from tests.course import command

# Stock nbgrader is pinned: what it does changes with its version alone.
STOCK = pytest.param(Stock, id="stock", marks=pytest.mark.long)
BOTH = pytest.mark.parametrize("kind", [pytest.param(Kit, id="kit"), STOCK])


def written(kind: type[Course]) -> dict[str, str]:
    """What the page says of a tool, a text a row."""
    return {what: row[kind.name] for what, row in tables().items() if kind.name in row}


def test_the_page_has_every_row() -> None:
    """One for each submission and each deed, and what Gradescope's documentation says to it."""
    rows = tables()
    names = {submission.what: submission.name for submission in SUBMISSIONS}
    names |= {what: deed.__name__ for what, deed in DEEDS.items()}
    assert len(names) > 20
    said = {what: rows[what][gradescope.TITLE] for what in names}
    assert said == {what: gradescope.says(name) for what, name in names.items()}


def test_the_page_has_every_source() -> None:
    """A number in brackets leads to an address."""
    page = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^(\d+)\. <(.*)>$", page, re.MULTILINE)
    numbered = enumerate(gradescope.SOURCES, start=1)
    assert listed == [(str(number), address) for number, address in numbered]
    cited = {int(number) for number in re.findall(r"\[(\d)\]", page)}
    assert cited == {number for number, _ in enumerate(gradescope.SOURCES, start=1)}


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
@BOTH
def test_each_submission_ends_as_the_page_says(kind: type[Course], tmp_path: Path) -> None:
    """In points, and in what else the tool says of it."""
    with listening() as port:
        course = kind(tmp_path / "course", port, command)
        for submission in SUBMISSIONS:
            course.hand_in(submission.name, submission)
        outcomes = course.grade([submission.name for submission in SUBMISSIONS])
    page = written(kind)
    found = {each.what: outcomes[each.name].text() for each in SUBMISSIONS}
    assert found == {each.what: page[each.what] for each in SUBMISSIONS}


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("what", DEEDS)
@BOTH
def test_each_deed_ends_as_the_page_says(kind: type[Course], what: str, tmp_path: Path) -> None:
    """Of a class."""
    course = kind(tmp_path / "course", 0, command)
    assert DEEDS[what](course) == written(kind)[what]
