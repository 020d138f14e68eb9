"""What is kept of what happens while a kernel is asked."""

from __future__ import annotations

import pytest

from autograder.isolation.answers import MOST_PRINTED, NO_NOTES
from autograder.isolation.errors import CannotCrossError, Stopped
from autograder.isolation.incidents import MOST_NOTED, Incidents
from autograder.isolation.refusals import Notes
from autograder.raised import StudentsDoing, marked
from autograder.results import FlagKind

STOP = Stopped(FlagKind.KERNEL_DIED, "ended the kernel")


def test_a_stop_is_kept_with_a_name_and_is_a_strike() -> None:
    """Whoever asked sees it too, and knows whose call it was."""
    incidents = Incidents()
    tally = incidents.begin(strikes=2)
    with pytest.raises(Stopped) as caught, incidents.keeping_stops_of("f"):
        raise STOP
    assert caught.value.function == "f"
    assert incidents.stops == [("f", caught.value)]
    assert tally.strikes == 1


def test_what_is_told_alone_is_no_strike() -> None:
    """A cell that is stopped when it is run again, or too much memory that a call survived."""
    incidents = Incidents()
    incidents.tell_of("In [1]", STOP)
    incidents.tell_of_memory("f")
    assert [name for name, _ in incidents.stops] == ["In [1]", "f"]
    assert incidents.tally.strikes == 1


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        pytest.param(OSError("ours"), True, id="ours"),
        pytest.param(CannotCrossError("the test's"), False, id="test's"),
        pytest.param(STOP, False, id="stop"),
        pytest.param(marked(ValueError("theirs"), StudentsDoing()), False, id="student's"),
    ],
)
def test_an_error_of_ours_is_a_fault(error: Exception, ours: bool) -> None:
    """It is raised on, and known where a test catches it; what others do is none."""
    incidents = Incidents()
    tally = incidents.begin(strikes=1)
    with pytest.raises(type(error)), incidents.keeping_fault():
        raise error
    assert tally.fault is (error if ours else None)


def test_notes_are_kept_until_they_are_taken() -> None:
    """Each once, and no more than a number of each kind."""
    incidents = Incidents()
    incidents.keep_notes(NO_NOTES)
    assert not incidents.take_notes().any
    names = [f"module{number}" for number in range(MOST_NOTED + 5)]
    incidents.keep_notes(Notes(["os.fork"], ["a shell"], names[:3]))
    incidents.keep_notes(Notes(["os.fork"], [], names[3:]))
    assert incidents.take_notes() == Notes(["os.fork"], ["a shell"], names[:MOST_NOTED])
    assert not incidents.take_notes().any


def test_what_is_printed_is_kept_up_to_a_limit() -> None:
    """A line a call, whether or not it ended the line, and nothing of a call that said nothing."""
    tally = Incidents().begin(strikes=1)
    for text in ("one", "two\n", "", "three"):
        tally.note_printed(text)
    assert tally.printed.splitlines() == ["one", "two", "three"]
    for _ in range(3):
        tally.note_printed("x" * MOST_PRINTED)
    assert len(tally.printed) == MOST_PRINTED + 1  # a "…" says that it was cut
