"""Where the pages on a class lie in a course."""

from __future__ import annotations

from pathlib import Path

from autograder.config import Settings

FOLDER = "reports"


def of_class(settings: Settings, assignment: str) -> Path:
    """The page that a TA opens first, once it is written."""
    return settings.root / FOLDER / f"{assignment}.html"


def of_similar(settings: Settings, assignment: str) -> Path:
    """The page of similar submissions, once it is written."""
    return settings.root / FOLDER / f"{assignment}-similar.html"
