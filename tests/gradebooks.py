"""What is in a gradebook, to be compared with another's."""

from __future__ import annotations

import re
from typing import Any

from nbgrader.api import Base
from sqlalchemy import create_engine, select

from autograder.grading.records.tables import METADATA

MEASURED = re.compile(r'"memory_bytes": \d+')  # of a notebook on record


def contents(url: str) -> dict[str, list[dict[str, Any]]]:
    """What is in all tables, without what differs between two runs: ids, times and memory."""
    found = {}
    engine = create_engine(url)
    with engine.connect() as connection:
        for table in [*Base.metadata.sorted_tables, *METADATA.sorted_tables]:
            kept = [c for c in table.columns if not c.name.endswith("id") and c.name != "seconds"]
            if kept:
                rows = [dict(row._mapping) for row in connection.execute(select(*kept))]
                for row in rows:
                    if "notebooks" in row:
                        row["notebooks"] = MEASURED.sub("", row["notebooks"])
                found[table.name] = sorted(rows, key=repr)
    engine.dispose()
    return found
