"""What is unusual stands beside the answers: with what to do, as text, and with nobody's name."""

from __future__ import annotations

import re
from dataclasses import replace

from bs4 import BeautifulSoup

from autograder.grading.records.flagged import Flagged
from autograder.reporting.marking.unusual import box
from autograder.results import Flag

SCRIPT = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
READ = Flag("suspect-code", "f", "Cell 3 opens student07/notes.txt.")
SEEN = Flag("timeout", "f", "f took 10 s.", settled=True)
LATE = Flag("late", "", "1 h 0 min after the due date.")


def shown(*flags: Flag, student: str = "student07", **facts: bool) -> BeautifulSoup:
    """The box of a submission with these flags."""
    found = Flagged("hw", student, facts.pop("failed", False), flags, **facts)
    return BeautifulSoup(box(found), "html.parser")


def text(page: BeautifulSoup, *, names: bool) -> str:
    """What is read, once the student's name is shown, or before."""
    for tag in page.select(".name-hidden" if names else ".name-shown"):
        tag.extract()
    return re.sub(r"\s+", " ", page.get_text(" "))


def test_nothing_is_said_where_nothing_is_unusual() -> None:
    """Of a submission without flags, and of one that the kit has not graded."""
    assert box(Flagged("hw", "student07", False, ())) == ""
    assert box(None) == ""


def test_each_flag_has_what_to_do() -> None:
    """But for one that somebody has settled, or that is only noted."""
    page = shown(READ, SEEN, LATE)
    first, second, third = page.select("li")
    assert "→ read it: formgrader" in first.get_text()
    assert "settled: someone has looked at it" in second.get_text()
    assert "only noted" in third.get_text()
    assert "→" not in second.get_text() + third.get_text()
    assert "autograder settle hw student07 suspect-code" in text(page, names=True)
    assert "autograder settle" not in text(shown(SEEN, LATE), names=True)


def test_the_same_of_two_cells_is_told_once() -> None:
    """A visible and a hidden test that meet the same call; settled for one of them, it is not."""
    other = replace(READ, cell="f_hidden")
    assert len(shown(READ, other, LATE).select("li")) == 2
    assert len(shown(READ, replace(other, settled=True)).select("li")) == 2


def test_the_name_is_hidden_as_the_page_hides_it() -> None:
    """In what a flag says and in what to do; a part of another word is no name."""
    page = shown(READ, Flag("timeout", "f", "student070 is another."))
    hidden, named = text(page, names=False), text(shown(READ), names=True)
    assert "student07 " not in hidden.replace("student070", "")
    assert "opens STUDENT /notes.txt." in hidden
    assert "student070 is another." in hidden
    assert "opens student07 /notes.txt." in named


def test_names_and_details_are_text() -> None:
    """Whatever a student's files are called."""
    page = shown(Flag("misplaced", "", f"{SCRIPT} lies beside it."), student=SCRIPT)
    assert page.select("script, img") == []
    assert SCRIPT in page.get_text()
    assert page.get_text().count("\u202e") == 0
    assert "\u202e" not in shown(Flag("misplaced", "", "a\u202eb"), student="a\u202e").get_text()


def test_what_could_not_be_graded_is_told() -> None:
    """What stands on the page is of a former hand-in; a damaged record says what mends it."""
    failed = shown(Flag("unreadable", "", "cut off."), failed=True)
    assert "Nothing of what was handed in last could be graded" in failed.get_text()
    damaged = shown(damaged=True)
    assert "Its record is damaged: autograder grade hw makes it anew." in damaged.get_text()
