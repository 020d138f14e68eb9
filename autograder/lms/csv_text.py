"""Texts in a CSV that a spreadsheet may open: whole, in one line, and no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from autograder.words import line

# What a spreadsheet takes for the beginning of a formula; tab and CR are no part of one line.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
MOST_LETTERS = 200


def inert(text: str) -> str:
    """A text from outside as a cell: one line, and with an apostrophe where it may be a formula."""
    shown = line(text, MOST_LETTERS)
    return f"'{shown}" if text.startswith(FORMULA) or shown.lstrip().startswith(FORMULA) else shown


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, each cell whole: with commas, and quotes where they are needed."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
