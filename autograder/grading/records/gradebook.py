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

from nbgrader.api import Base, InvalidEntry
from sqlalchemy import MetaData, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError

Result = TypeVar("Result")

LOCKED_SECONDS = 60.0
MOST_CLASHES = 3
MOST_ROWS = 1_000  # in memory at once
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


def copied(db_url: str, folder: Path) -> str:
    """The address of a copy of a gradebook, in a folder: an SQLite file, whatever the gradebook is.

    Where there is no gradebook yet, neither is there a copy.
    """
    path = folder / "gradebook.db"
    if db_url.startswith("sqlite:///"):
        if is_there(db_url):
            original = sqlite3.connect(db_url.removeprefix("sqlite:///"))
            with closing(original) as source, closing(sqlite3.connect(path)) as target:
                source.backup(target)
    else:
        _copy_tables(db_url, path)
    return f"sqlite:///{path}"


def _copy_tables(db_url: str, path: Path) -> None:
    """Copies a database of any kind into an SQLite file."""
    source, target = create_engine(db_url), create_engine(f"sqlite:///{path}")
    try:
        names = inspect(source).get_table_names()
        known = MetaData()
        for table in Base.metadata.sorted_tables:  # nbgrader's, in types that each kind knows
            table.to_metadata(known)
        known.reflect(source, only=[name for name in names if name not in known.tables])
        tables = [table for table in known.sorted_tables if table.name in names]
        known.create_all(target, tables)
        with source.connect() as reading, target.begin() as writing:
            for table in tables:
                rows = reading.execution_options(yield_per=MOST_ROWS).execute(table.select())
                for some in rows.mappings().partitions():
                    writing.execute(table.insert(), list(map(dict, some)))
    finally:
        source.dispose()
        target.dispose()
