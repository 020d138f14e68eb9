"""Waiting for a locked gradebook or for another's entry, and for nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest
from nbgrader.api import Gradebook, InvalidEntry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from autograder.grading.records.gradebook import MOST_CLASHES, patiently

LOCKED = OperationalError("UPDATE grade", {}, Exception("database is locked"))
BROKEN = OperationalError("UPDATE grade", {}, sqlite3.OperationalError("no such table: grade"))


def raised(sqlstate: str, message: str = "") -> DBAPIError:
    """What SQLAlchemy makes of an error of a PostgreSQL server's, or of the way to it."""
    own = (
        psycopg.errors.lookup(sqlstate)(message) if sqlstate else psycopg.OperationalError(message)
    )
    found = DBAPIError.instance("UPDATE grade", {}, own, psycopg.Error, dialect=PGDialect_psycopg())
    assert isinstance(found, DBAPIError)
    return found


BUSY = {
    "sqlite": LOCKED,
    "no-order": raised("40001"),
    "deadlock": raised("40P01"),
    "lock-not-available": raised("55P03"),
    "a-table": raised("42P07"),
    "a-column": raised("42701"),
    "going-down": raised("57P01"),
    "starting-up": raised("", "FATAL:  the database system is starting up"),
}


@pytest.mark.parametrize("error", BUSY.values(), ids=BUSY.keys())
def test_a_locked_gradebook_is_tried_again(error: Exception) -> None:
    """The work is begun again until it gets through, and its result is given."""
    failures = [error, error]

    def work() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert patiently(work) == "done"


CLASHES = {
    "sqlalchemy": IntegrityError("INSERT", {}, Exception("UNIQUE")),
    "nbgrader": InvalidEntry("UNIQUE"),
    "a-row": raised("23505"),
}


@pytest.mark.parametrize("error", CLASHES.values(), ids=CLASHES.keys())
def test_what_another_has_just_entered_is_found(error: Exception) -> None:
    """Two who grade at once clash now and then; whatever clashes each time is an error."""
    calls: list[int] = []

    def work() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return "done"

    def never() -> None:
        calls.append(1)
        raise error

    assert patiently(work) == "done"
    calls.clear()
    with pytest.raises(type(error)):
        patiently(never)
    assert len(calls) == MOST_CLASHES


def test_nbgraders_own_commit_is_waited_for(sqlite_url: str) -> None:
    """It tells of an invalid entry where another holds the file: that is no clash."""
    path = make_url(sqlite_url).database or ""
    with Gradebook(f"{sqlite_url}?timeout=0") as gradebook:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OperationalError, match="locked"):
                patiently(lambda: gradebook.add_student("student01"), seconds=0)
            tries: list[int] = []

            def enter() -> None:
                tries.append(1)
                if len(tries) > MOST_CLASHES:
                    other.rollback()
                gradebook.add_student("student01")

            patiently(enter)
        assert [student.id for student in gradebook.students] == ["student01"]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(BROKEN, 60.0), (LOCKED, 0.0), (raised("42501"), 60.0), (raised("", "refused"), 60.0)],
    ids=["broken", "locked-too-long", "no-permission", "nobody-there"],
)
def test_patience_ends(error: DBAPIError, seconds: float) -> None:
    """Another error is raised at once, a lock that stays after the time that was given."""
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise error

    with pytest.raises(DBAPIError):
        patiently(work, seconds)
    assert len(calls) == 1


@pytest.mark.parametrize("answered", [False, True])
def test_a_server_that_has_answered_is_waited_for(answered: bool) -> None:
    """While it is away nothing answers at its address; it has answered where it goes away, too."""
    refused = raised("", "connection refused")
    failures = [refused, refused] if answered else [refused, raised("57P01")]

    def work() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert patiently(work, answered=answered) == "done"


def test_an_error_of_a_file_is_no_server_that_is_away() -> None:
    """Whatever was reached before, what is broken stays so."""
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise BROKEN

    with pytest.raises(OperationalError):
        patiently(work, answered=True)
    assert len(calls) == 1
