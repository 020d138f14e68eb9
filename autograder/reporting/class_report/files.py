"""Writing the page of a class into reports/."""

from __future__ import annotations

from pathlib import Path

from autograder.config import Settings
from autograder.reporting import reports
from autograder.reporting.class_report import page
from autograder.reporting.class_report.links import FORMGRADER, Links
from autograder.reporting.class_report.report import Report
from autograder.whole_file import write_whole


def write(settings: Settings, report: Report, formgrader: str = FORMGRADER) -> Path:
    """Writes the page; where it lies.

    Args:
        settings: the course's.
        report: what it says.
        formgrader: the address of that, for links.
    """
    path = reports.of_class(settings, report.assignment)
    links = Links(settings, report.assignment, path.parent, formgrader)
    mode = 0o660 if settings.directory.groupshared else None
    write_whole(path, page.html(report, links, settings.course), mode)
    return path
