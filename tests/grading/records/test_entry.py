"""A submission's entry in the gradebook, beside the one that nbgrader makes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from sqlalchemy.exc import OperationalError

from autograder.grading.records.entry import enter

HANDED_IN = datetime(2026, 12, 1, 10, 30, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture
def gradebook(gradebook_url: str) -> Iterator[Gradebook]:
    """An assignment with two notebooks that have cells of every kind, and one that has none."""
    with Gradebook(gradebook_url) as gradebook:
        gradebook.add_assignment("hw")
        for notebook in ("second", "first"):
            gradebook.add_notebook(notebook, "hw")
            gradebook.add_task_cell("essay", notebook, "hw", max_score=3, cell_type="markdown")
            gradebook.add_solution_cell("answer", notebook, "hw")
            for name in ("test", "words"):
                kind = "code" if name == "test" else "markdown"
                gradebook.add_grade_cell(name, notebook, "hw", max_score=2, cell_type=kind)
            gradebook.add_solution_cell("words", notebook, "hw")
        gradebook.add_notebook("empty", "hw")
        yield gradebook


def described(entry: SubmittedAssignment) -> list[Any]:
    """All that is in an entry, in its order, but ids and whose it is."""

    def values(row: Any) -> dict[str, Any]:
        columns = row.__table__.columns
        return {c.name: getattr(row, c.name) for c in columns if not c.name.endswith("id")}

    return [
        values(entry),
        [
            (
                notebook.name,
                values(notebook),
                [(type(grade.cell), grade.name, values(grade)) for grade in notebook.grades],
                [(type(each.cell), each.name, values(each)) for each in notebook.comments],
            )
            for notebook in entry.notebooks
        ],
    ]


@pytest.mark.parametrize("handed_in", [None, HANDED_IN], ids=["unknown", "known"])
def test_it_is_as_nbgrader_makes_it(gradebook: Gradebook, handed_in: datetime | None) -> None:
    """The same rows with the same values, in the same order."""
    ours = described(enter(gradebook, "hw", "student01", handed_in))
    gradebook.db.commit()
    gradebook.add_student("student02")
    theirs = gradebook.add_submission("hw", "student02", timestamp=handed_in)
    assert ours == described(theirs)
    assert [name for name, *_ in ours[1]] == ["empty", "first", "second"]
    assert described(gradebook.find_submission("hw", "student01")) == ours


def test_what_is_there_stays(gradebook: Gradebook) -> None:
    """Entered again, only the time changes, and only where it is known."""
    gradebook.update_or_create_student("student01", first_name="Ada")
    entry = gradebook.add_submission("hw", "student01")
    entry.notebooks[1].grades[0].manual_score = 1.5
    entry.notebooks[1].comments[0].manual_comment = "Nice."
    gradebook.db.commit()
    before = described(entry)
    again = enter(gradebook, "hw", "student01", HANDED_IN)
    assert (again.id, again.student.first_name) == (entry.id, "Ada")
    before[0]["timestamp"] = HANDED_IN
    assert described(again) == before
    gradebook.db.commit()
    assert described(enter(gradebook, "hw", "student01", None)) == before


def test_an_assignment_that_is_not_there(gradebook: Gradebook) -> None:
    """Nobody is entered for it."""
    with pytest.raises(MissingEntry, match="No such assignment: other"):
        enter(gradebook, "other", "student01", None)
    assert gradebook.students == []


def test_nobody_scores_what_is_being_graded(gradebook: Gradebook) -> None:
    """From the reading of a recorded entry to the end of the transaction another one waits."""
    gradebook.add_student("student01")
    gradebook.add_submission("hw", "student01")
    gradebook.close()
    entry = enter(gradebook, "hw", "student01", None)
    url = f"{gradebook.engine.url}?timeout=0"
    with Gradebook(url) as theirs:
        grade = theirs.find_grade("test", "first", "hw", "student01")
        grade.manual_score = 1
        with pytest.raises(OperationalError, match="locked"):
            theirs.db.commit()
        theirs.db.rollback()
        assert entry.notebooks
        gradebook.db.commit()
        grade.manual_score = 1
        theirs.db.commit()
