"""A submission's entry in the gradebook, beside the one that nbgrader makes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from autograder.grading.records import tables
from autograder.grading.records.entry import enter, lock
from autograder.grading.records.gradebook import patiently, trouble

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
    """All that is in an entry but ids and whose it is, with its notebooks in their order."""

    def values(row: Any) -> dict[str, Any]:
        columns = row.__table__.columns
        return {c.name: getattr(row, c.name) for c in columns if not c.name.endswith("id")}

    def by_name(rows: Iterable[Any]) -> list[Any]:  # a server gives them in any order
        found = [(row.name, type(row.cell), values(row)) for row in rows]
        return sorted(found, key=lambda row: row[0])

    return [
        values(entry),
        [
            (each.name, values(each), by_name(each.grades), by_name(each.comments))
            for each in entry.notebooks
        ],
    ]


@pytest.mark.parametrize("handed_in", [None, HANDED_IN], ids=["unknown", "known"])
def test_it_is_as_nbgrader_makes_it(gradebook: Gradebook, handed_in: datetime | None) -> None:
    """The same rows with the same values, and the notebooks in the same order."""
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
    (grade,) = [each for each in entry.notebooks[1].grades if each.name == "test"]
    grade.manual_score = 1.5
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


# Has one who scores say at once that they would have to wait.
NO_WAIT = {"sqlite": "timeout=0", "postgresql": "options=-c%20lock_timeout%3D1"}


@pytest.mark.parametrize("judged", ["score", "comment"])
def test_nobody_scores_what_is_being_graded(gradebook: Gradebook, judged: str) -> None:
    """From the reading of a recorded entry to the end of the transaction another one waits."""
    gradebook.add_student("student01")
    gradebook.add_submission("hw", "student01")
    gradebook.close()
    entry = enter(gradebook, "hw", "student01", None)
    address = gradebook.engine.url
    url = f"{address.render_as_string(False)}?{NO_WAIT[address.get_backend_name()]}"
    with Gradebook(url) as theirs:

        def score() -> None:
            if judged == "score":
                theirs.find_grade("test", "first", "hw", "student01").manual_score = 1
            else:
                theirs.find_comment("words", "first", "hw", "student01").manual_comment = "So?"
            theirs.db.commit()

        with pytest.raises(OperationalError, match="lock"):
            score()
        theirs.db.rollback()
        assert entry.notebooks
        gradebook.db.commit()
        score()


def test_what_is_judged_meanwhile_is_seen(gradebook: Gradebook) -> None:
    """A score that someone commits while the entry is waited for is in what is then read."""
    gradebook.add_student("student01")
    gradebook.add_submission("hw", "student01")
    url = gradebook.engine.url.render_as_string(False)
    with Gradebook(url) as theirs, ThreadPoolExecutor(1) as pool:
        grade = theirs.find_grade("test", "first", "hw", "student01")
        gradebook.close()
        grade.manual_score = 1.5
        theirs.db.flush()

        def read() -> list[float | None]:
            notebooks = enter(gradebook, "hw", "student01", None).notebooks
            scores = [g.manual_score for n in notebooks for g in n.grades if g.manual_score]
            gradebook.close()
            return scores

        found = pool.submit(read)
        time.sleep(1)
        theirs.db.commit()
        assert found.result(30) == [1.5]


# One that someone has left open; in the end the server ends it, or a test might have no end.
LEFT_OPEN = "SET idle_in_transaction_session_timeout = '20s'"


@pytest.fixture
def left_open(server_url: str) -> Iterator[psycopg.Connection]:
    """A connection on which nothing is committed."""
    address = make_url(server_url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        connection.execute(LEFT_OPEN)
        connection.commit()
        yield connection
        connection.rollback()


def refused(work: Callable[[], Any]) -> str:
    """What is told of work for which nobody waits more than once; it fails in some seconds."""
    start = time.monotonic()
    with pytest.raises(OperationalError) as error:
        patiently(work, seconds=0)
    assert 4 < time.monotonic() - start < 15
    return trouble(error.value)


@pytest.mark.slow
def test_an_entry_that_someone_holds_is_not_waited_for_without_end(
    server_url: str, left_open: psycopg.Connection
) -> None:
    """A grading that is suspended, say: all others are told what to do."""
    with Gradebook(server_url) as gradebook:
        gradebook.add_assignment("hw")
        gradebook.add_student("student01")
        entry_id = gradebook.add_submission("hw", "student01").id
        gradebook.db.commit()
        left_open.execute("UPDATE submitted_assignment SET timestamp = NULL")
        told = refused(lambda: lock(gradebook, entry_id))
    assert told.endswith("end that one, as docs/postgresql.md says, and try again")
    assert told.isprintable()


@pytest.mark.slow
def test_tables_that_someone_reads_are_not_waited_for_without_end(
    server_url: str, left_open: psycopg.Connection
) -> None:
    """To add a column to one that an open psql has looked at, say."""
    with Gradebook(server_url) as gradebook:
        tables.prepare(gradebook)
        gradebook.db.execute(text("ALTER TABLE autograder_submission DROP COLUMN plots"))
        gradebook.db.execute(tables.SCHEMA.update().values(version=2))
        gradebook.db.commit()
        left_open.execute("SELECT * FROM autograder_submission")
        told = refused(lambda: tables.prepare(gradebook))
    assert told.endswith("end that one, as docs/postgresql.md says, and try again")
