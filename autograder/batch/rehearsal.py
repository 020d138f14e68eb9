"""A grading of which nothing is recorded: done on a copy of the gradebook that is thrown away."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from nbgrader.api import Base
from sqlalchemy import MetaData, create_engine, inspect
from traitlets.config import Config

from autograder.config import Settings, from_config
from autograder.grading.records.gradebook import address, is_there

MOST_ROWS = 1_000  # in memory at once


@contextmanager
def rehearsal(settings: Settings) -> Iterator[Settings]:
    """The same course with another gradebook and another folder for graded copies, for a block.

    Nobody else can look into them.
    """
    folder = Path(mkdtemp(prefix="autograder-"))
    try:
        config = Config(settings.config)
        config.CourseDirectory = Config(config.CourseDirectory)
        config.CourseDirectory.db_url = _copied(settings.directory.db_url, folder / "gradebook.db")
        yield replace(from_config(config), copies=folder / "autograded")
    finally:
        shutil.rmtree(folder)


def _copied(db_url: str, path: Path) -> str:
    """The address of a copy of a gradebook: an SQLite file, whatever the gradebook is.

    Where there is no gradebook yet, neither is there a copy.
    """
    url = address(db_url)
    if url.get_backend_name() != "sqlite":
        _copy_tables(db_url, path)
    elif is_there(db_url):
        original = sqlite3.connect(str(url.database))
        with closing(original) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
    return f"sqlite:///{path}"


def _copy_tables(db_url: str, path: Path) -> None:
    """Copies a server's database into an SQLite file, as it is at one moment."""
    source = create_engine(db_url, isolation_level="REPEATABLE READ")
    target = create_engine(f"sqlite:///{path}")
    try:
        names = inspect(source).get_table_names()
        known = MetaData()
        for table in Base.metadata.sorted_tables:  # nbgrader's, in types that each kind knows
            table.to_metadata(known)
        known.reflect(source, only=[name for name in names if name not in known.tables])
        tables = [table for table in known.sorted_tables if table.name in names]
        for column in (column for table in tables for column in table.columns):
            column.server_default = None  # in the server's own words
        known.create_all(target, tables)
        with source.connect() as reading, target.begin() as writing:
            for table in tables:
                rows = reading.execution_options(yield_per=MOST_ROWS).execute(table.select())
                for some in rows.mappings().partitions():
                    writing.execute(table.insert(), list(map(dict, some)))
    finally:
        source.dispose()
        target.dispose()
