"""Writing the page of similar submissions into reports/."""

from __future__ import annotations

from pathlib import Path

from autograder.config import Settings
from autograder.reporting import reports
from autograder.reporting.similar import page
from autograder.reporting.similar.ranking import Ranking
from autograder.whole_file import write_whole


def write(settings: Settings, ranking: Ranking) -> Path:
    """Writes the page; where it lies."""
    path = reports.of_similar(settings, ranking.assignment)
    write_whole(path, page.html(ranking), 0o660 if settings.directory.groupshared else 0o600)
    return path


def in_short(ranking: Ranking) -> list[str]:
    """What a terminal is told."""
    if ranking.too_small:
        return [f"{ranking.students} graded: too few to say what is rare among them."]
    found = len(ranking.pairs) + ranking.more
    ungraded = [f"{len(ranking.ungraded)} not graded, so not compared."] if ranking.ungraded else []
    return [
        f"{ranking.students:,} submissions compared, {ranking.compared:,} pairs: {found} stand"
        f"{'s' if found == 1 else ''} out. Evidence for a person to read, and no verdict.",
        *ungraded,
    ]
