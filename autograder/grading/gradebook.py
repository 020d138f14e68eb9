"""Waiting for a gradebook that someone else is writing to: the formgrader, or another command."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

Result = TypeVar("Result")

LOCKED_SECONDS = 60.0


def patiently(work: Callable[[], Result], seconds: float = LOCKED_SECONDS) -> Result:
    """What the work returns, begun again while the database is locked.

    Raises:
        OperationalError: it stayed locked for so long, or something else is wrong with it.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
