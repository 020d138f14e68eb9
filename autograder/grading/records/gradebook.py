"""nbgrader's gradebook: looked for, waited for, and copied."""

from __future__ import annotations

import filecmp
import glob
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from nbgrader.api import InvalidEntry
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError

Result = TypeVar("Result")

LOCKED_SECONDS = 60.0
MOST_CLASHES = 3
STAMPED = "[0-9]" * 8 + "-" + "[0-9]" * 6  # as the copies are named


def is_there(db_url: str) -> bool:
    """Whether there is a gradebook to open; nbgrader would make the file of one that is not.

    Of a database that is no SQLite file nobody can tell before it is opened.
    """
    address = make_url(db_url)
    return address.drivername != "sqlite" or Path(address.database or "").is_file()


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


def backup(db_url: str) -> Path | None:
    """A copy of an SQLite gradebook beside it; None for another kind of database.

    Where the last copy is the same, that is the one.
    """
    if not db_url.startswith("sqlite:///"):
        return None
    path = Path(db_url.removeprefix("sqlite:///"))
    copies = sorted(path.parent.glob(f"{glob.escape(path.stem)}-{STAMPED}{path.suffix}"))
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.stem}-{stamp}{path.suffix}")
    draft = copy.with_name(f".{copy.name}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    if copies and filecmp.cmp(draft, copies[-1], shallow=False):
        draft.unlink()
        return copies[-1]
    return draft.rename(copy)
