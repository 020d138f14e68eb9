"""nbgrader's gradebook: looked for, and waited for."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nbgrader.api import InvalidEntry
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from autograder.words import line, without_password

Result = TypeVar("Result")

LOCKED_SECONDS = 60.0
PAUSE_SECONDS = 0.2  # at most, before the next try
MOST_CLASHES = 5
# PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
BUSY = {"40001", "40P01", "55P03"}  # not to be put in an order, deadlock, lock not available
MADE_MEANWHILE = {"42P07", "42701", "42710"}  # a table, a column, a type is there already
RESTARTING = {"57P01", "57P02", "57P03"}
INSTALLED_BY = {"psycopg": "pip install 'psycopg[binary]'"}  # a driver's module, and how
STARTING = "the database system is"  # … starting up, shutting down, in recovery mode


def is_there(db_url: str) -> bool:
    """Whether there is a gradebook to open; nbgrader would make the file of one that is not.

    Of a database that is no SQLite file nobody can tell before it is opened.
    """
    address = make_url(db_url)
    return address.drivername != "sqlite" or Path(address.database or "").is_file()


def trouble(error: SQLAlchemyError | ImportError) -> str:
    """What keeps a gradebook from being used, in one line that tells no password."""
    told = line(without_password(str(error).splitlines()[0]))
    if isinstance(error, SQLAlchemyError):
        return told
    module = (error.name or "").partition(".")[0]
    how = INSTALLED_BY.get(module) or "install it beside this kit"
    return f"{told}: its database's Python driver is not installed ({how})"


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
    """
    deadline, clashes = time.monotonic() + seconds, 0
    while True:
        try:
            return work()
        except (DBAPIError, InvalidEntry) as error:
            if isinstance(error, InvalidEntry | IntegrityError):
                clashes += 1
                if clashes == MOST_CLASHES:
                    raise
                continue
            answered = answered or _is_lost(error)
            waits = _is_locked(error) or (answered and _is_away(error))
            if not waits or time.monotonic() > deadline:
                raise
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
