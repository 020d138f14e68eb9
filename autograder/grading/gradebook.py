"""nbgrader's gradebook: waited for, and used often without paying each time."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from nbgrader import api
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import IntegrityError, OperationalError

Result = TypeVar("Result")

LOCKED_SECONDS = 60.0
MOST_CLASHES = 3


def patiently(work: Callable[[], Result], seconds: float = LOCKED_SECONDS) -> Result:
    """What the work returns, begun again while the database is locked.

    It is also begun again, a few times, where someone else has just entered the same.

    Raises:
        OperationalError: it stayed locked for so long, or something else is wrong with it.
    """
    deadline, clashes = time.monotonic() + seconds, 0
    while True:
        try:
            return work()
        except (IntegrityError, InvalidEntry):
            clashes += 1
            if clashes == MOST_CLASHES:
                raise
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise


@contextmanager
def one_engine() -> Iterator[None]:
    """Lets all gradebooks that are opened in the block share an engine for each database.

    nbgrader's preprocessors open one each, for every notebook, and SQLAlchemy compiles every
    statement anew for a new engine: that takes longer than the statements.
    """
    own = api.create_engine
    api.create_engine = functools.cache(own)
    try:
        yield
    finally:
        api.create_engine = own
