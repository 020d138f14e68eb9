"""What is in a gradebook, to be compared with another's."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Base
from sqlalchemy import create_engine, select

from autograder.grading.records.tables import METADATA


def contents(url: str) -> dict[str, list[dict[str, Any]]]:
    """What is in all tables, without what differs between two runs: ids, times and durations."""
    found = {}
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in [*Base.metadata.sorted_tables, *METADATA.sorted_tables]:
            kept = [c for c in table.columns if not c.name.endswith("id") and c.name != "seconds"]
            if kept:
                rows = [dict(row._mapping) for row in connection.execute(select(*kept))]
                found[table.name] = sorted(rows, key=repr)
    engine.dispose()
    return found
