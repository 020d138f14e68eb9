"""When a submission was handed in, as its folder says."""

from __future__ import annotations

import re
import warnings
from datetime import datetime
from pathlib import Path

from dateutil.parser import UnknownTimezoneWarning, parse
from nbgrader.utils import parse_utc

from autograder.grading.folder import TIMESTAMP
from autograder.words import printable

MOST_CHARACTERS = 100
YEAR_FIRST = re.compile(r"\d{4}")


def read(folder: Path) -> datetime | None:
    """When a folder's submission was handed in, if that is known.

    Raises:
        ValueError: its timestamp is none.
    """
    path = folder / TIMESTAMP
    try:
        if not path.is_file() or path.is_symlink():
            return None
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(MOST_CHARACTERS).strip()
        with warnings.catch_warnings(action="error", category=UnknownTimezoneWarning):
            if len({parse(text, default=datetime(year, 1, year)).date() for year in (1, 2)}) == 2:
                raise ValueError("no year, month and day")
            if not YEAR_FIRST.match(text) and parse(text) != parse(text, dayfirst=True):
                raise ValueError("month and day may be the other way round")
        return parse_utc(text)
    except (ValueError, OverflowError, UnknownTimezoneWarning):
        raise ValueError(f"{TIMESTAMP} holds no time: {printable(text[:40])!r}.") from None
    except OSError as error:
        raise ValueError(f"{TIMESTAMP} can't be opened: {error.strerror}.") from None
