"""Writing the page of a class into reports/."""

from __future__ import annotations

from pathlib import Path

from autograder.config import Settings
from autograder.reporting.class_report import page
from autograder.reporting.class_report.links import FORMGRADER, Links
from autograder.reporting.class_report.report import Report
from autograder.whole_file import write_whole

FOLDER = "reports"  # in the course


def write(settings: Settings, report: Report, formgrader: str = FORMGRADER) -> Path:
    """Writes the page; where it lies.

    Args:
        settings: the course's.
        report: what it says.
        formgrader: the address of that, for links.
    """
    path = settings.root / FOLDER / f"{report.assignment}.html"
    links = Links(settings, report.assignment, path.parent, formgrader)
    mode = 0o660 if settings.directory.groupshared else None
    write_whole(path, page.html(report, links, settings.course), mode)
    return path
