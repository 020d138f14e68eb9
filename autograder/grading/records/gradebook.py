"""nbgrader's gradebook: looked for, and waited for."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nbgrader.api import Gradebook, InvalidEntry, SubmittedAssignment
from sqlalchemy import create_engine, exists, inspect, select, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)

from autograder.words import line, without_password

Result = TypeVar("Result")

# What using a gradebook raises: the database, its driver that is not there, and nbgrader, which
# makes an InvalidEntry of whatever the database says at a commit.
GRADEBOOK_ERRORS = (SQLAlchemyError, ImportError, InvalidEntry)
LOCKED_SECONDS = 60.0
PAUSE_SECONDS = 0.2  # at most, before the next try
LOCK_TIMEOUT = "5s"  # of one try on a PostgreSQL server, which by itself waits for ever
MOST_CLASHES = 5
# PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
HELD = "55P03"  # lock not available
BUSY = {"40001", "40P01", HELD}  # the others: not to be put in an order, deadlock
MADE_MEANWHILE = {"42P07", "42701", "42710"}  # a table, a column, a type is there already
RESTARTING = {"57P01", "57P02", "57P03"}
INSTALLED_BY = {"psycopg": "pip install 'psycopg[binary]'"}  # a driver's module, and how
RELEASE_IT = (
    "someone's transaction holds what is wanted: end that one, as docs/postgresql.md says, and try "
    "again"
)
STARTING = "the database system is"  # … starting up, shutting down, in recovery mode


def address(db_url: str) -> URL:
    """A database's address in its parts.

    Raises:
        ArgumentError: it is none; what SQLAlchemy says of a port may be the password.
    """
    try:
        return make_url(db_url)
    except ValueError:
        raise ArgumentError(
            "what stands in the place of the port is no number (is the @ missing that ends the "
            "password?)"
        ) from None


def is_there(db_url: str) -> bool:
    """Whether there is a gradebook to open; nbgrader would make the file of one that is not.

    Of a database that is no SQLite file nobody can tell before it is opened.
    """
    url = address(db_url)
    return url.drivername != "sqlite" or Path(url.database or "").is_file()


def bound_waiting(gradebook: Gradebook) -> None:
    """Has the transaction wait for what others hold for some seconds, and then fail.

    SQLite does so by itself. `patiently` begins again, and ends.
    """
    if gradebook.engine.dialect.name == "postgresql":
        gradebook.db.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))


def has_submissions(db_url: str) -> bool:
    """Whether any submission is recorded in a gradebook; nothing is made or changed in it."""
    if not is_there(db_url):
        return False
    engine = create_engine(db_url)
    try:
        return patiently(lambda: _has_submissions(engine))
    finally:
        engine.dispose()


def _has_submissions(engine: Engine) -> bool:
    if not inspect(engine).has_table(SubmittedAssignment.__tablename__):
        return False
    with engine.connect() as connection:
        return bool(connection.execute(select(exists(select(SubmittedAssignment.id)))).scalar())


def trouble(error: Exception) -> str:
    """What keeps a gradebook from being used, in one line that tells no password.

    Args:
        error: one of GRADEBOOK_ERRORS.
    """
    error = told_by_database(error)
    told = line(without_password(str(error)).splitlines()[0])
    if isinstance(error, DBAPIError) and _state(error) == HELD:
        return f"{told}: {RELEASE_IT}"
    if not isinstance(error, ImportError):
        return told
    module = (error.name or "").partition(".")[0]
    how = INSTALLED_BY.get(module) or "install it beside this kit"
    return f"{told}: its database's Python driver is not installed ({how})"


def told_by_database(error: Exception) -> Exception:
    """The database's own error, where nbgrader has made an InvalidEntry of it; else the error."""
    inner = error.__context__ if isinstance(error, InvalidEntry) else None
    return inner if isinstance(inner, SQLAlchemyError) else error


def patiently(
    work: Callable[[], Result], seconds: float = LOCKED_SECONDS, *, answered: bool = False
) -> Result:
    """What the work returns, begun again while the database is locked.

    It is also begun again, a few times, where someone else has just entered the same, and while a
    server is away that has answered before: it is being restarted.

    Args:
        work: each try is to open a transaction of its own.
        seconds: so long at most.
        answered: whether this process has reached the database already; otherwise nobody waits for
            a server that may not be there.

    Raises:
        DBAPIError: it stayed locked or away for so long, or something else is wrong with it.
        InvalidEntry: nbgrader refused an entry each time, and the database had said nothing.
    """
    deadline, clashes = time.monotonic() + seconds, 0
    while True:
        try:
            return work()
        except (DBAPIError, InvalidEntry) as raised:
            error = told_by_database(raised)
            if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
                clashes += 1
                if clashes == MOST_CLASHES:
                    raise
                continue
            answered = answered or _is_lost(error)
            waits = _is_locked(error) or (answered and _is_away(error))
            if not waits or time.monotonic() > deadline:
                if error is raised:
                    raise
                raise error from None
            time.sleep(random.uniform(0, PAUSE_SECONDS))  # or two might meet again and again


def _state(error: DBAPIError) -> str:
    """PostgreSQL's code of an error, as each of its drivers names it; "" where there is none."""
    raised = error.orig
    return getattr(raised, "sqlstate", None) or getattr(raised, "pgcode", None) or ""


def _is_locked(error: DBAPIError) -> bool:
    """Whether others are at work on the same, or have just made it."""
    if _state(error) in BUSY | MADE_MEANWHILE:
        return True
    return isinstance(error, OperationalError) and "locked" in str(error)


def _is_lost(error: DBAPIError) -> bool:
    """Whether a server that has answered goes away, or is there and takes nobody yet."""
    told = _state(error) in RESTARTING or STARTING in str(error.orig)
    return told or error.connection_invalidated


def _is_away(error: DBAPIError) -> bool:
    """Whether a server does not answer, or has stopped answering."""
    silent = isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)
    return _is_lost(error) or (silent and not _state(error))
