"""What came of a submission beside its scores, kept in the gradebook for whoever reads it later.

Scores and comments are nbgrader's: a person may change them at any time, and nothing here repeats
them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from sqlalchemy import ColumnElement, and_, delete, select, update

from autograder import __version__
from autograder.grading.records.tables import SUBMISSIONS, is_current
from autograder.results import CheckResult, Flag, Plot, Status

PACKAGES = ("nbgrader", "torch", "numpy", "ipython")


@cache
def installed() -> Mapping[str, str]:
    """The versions of what gives a submission its record."""
    return {"autograder": __version__, **{package: version(package) for package in PACKAGES}}


@dataclass(frozen=True)
class NotebookRecord:
    """What is kept of one notebook, so that a run can leave it as it is.

    Args:
        digest: of all that it was graded from and with.
        flags: what was unusual in it.
    """

    digest: str
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Details:
    """What came of one submission; all of it is as bounded as `results` makes it.

    Args:
        status: "graded", "flagged" or "failed".
        seconds: what it took.
        flags: what a person may want to know.
        checks: the named checks of each cell that has any, by grade_id.
        digest: of all that the record comes from, "" where that is not known.
        versions: of the packages that it was made with, and a digest of each part of what it
            comes from, as `origin` has them.
        printed: what the student's functions printed when tests called them, by the tests'
            grade_ids: for a person's eyes, as it may tell a hidden test's arguments.
        plots: of wrong functions, by the tests' grade_ids.
        folder: a digest of the folder that was handed in, but for the time; "" where not known.
        handed_in: what was unusual in what was handed in, whatever came of its notebooks.
        notebooks: what is kept of those that were graded, by name.
    """

    status: Status
    seconds: float
    flags: tuple[Flag, ...]
    checks: Mapping[str, tuple[CheckResult, ...]] = field(default_factory=dict)
    digest: str = ""
    versions: Mapping[str, str] = field(default_factory=installed)
    printed: Mapping[str, str] = field(default_factory=dict)
    plots: Mapping[str, Plot] = field(default_factory=dict)
    folder: str = ""
    handed_in: tuple[Flag, ...] = ()
    notebooks: Mapping[str, NotebookRecord] = field(default_factory=dict)


def keep(gradebook: Gradebook, assignment: str, student: str, details: Details) -> None:
    """Keeps the details of a submission in the place of older ones; the caller commits.

    Raises:
        MissingEntry: the gradebook does not know the assignment.
    """
    assignment_id = gradebook.find_assignment(assignment).id
    entry = select(SubmittedAssignment.id).where(
        SubmittedAssignment.assignment_id == assignment_id,
        SubmittedAssignment.student_id == student,
    )
    submission_id = gradebook.db.execute(entry).scalar()
    write(gradebook, assignment_id, student, submission_id, details)


def write(
    gradebook: Gradebook,
    assignment_id: str,
    student: str,
    submission_id: str | None,
    details: Details,
) -> None:
    """Keeps the details of a submission whose ids in the gradebook are known; as `keep`."""
    row = {
        "assignment_id": assignment_id,
        "student_id": student,
        "submission_id": submission_id,
        "status": details.status,
        "seconds": details.seconds,
        "digest": details.digest,
        "versions": json.dumps(dict(details.versions)),
        "flags": _flags_json(details.flags),
        "checks": json.dumps(
            {grade_id: list(map(asdict, checks)) for grade_id, checks in details.checks.items()}
        ),
        "printed": json.dumps(dict(details.printed)),
        "plots": json.dumps({grade_id: asdict(plot) for grade_id, plot in details.plots.items()}),
        "folder": details.folder,
        "handed_in": _flags_json(details.handed_in),
        "notebooks": json.dumps(
            {
                name: {"digest": kept.digest, "flags": [flag.to_json() for flag in kept.flags]}
                for name, kept in details.notebooks.items()
            }
        ),
    }
    gradebook.db.execute(delete(SUBMISSIONS).where(_is_of(assignment_id, student)))
    gradebook.db.execute(SUBMISSIONS.insert().values(row))


def _flags_json(flags: Iterable[Flag]) -> str:
    return json.dumps([flag.to_json() for flag in flags])


def retell(
    gradebook: Gradebook, assignment_id: str, student: str, status: Status, flags: Iterable[Flag]
) -> None:
    """Keeps another status and other flags of a submission that was graded; the caller commits."""
    row = update(SUBMISSIONS).where(_is_of(assignment_id, student))
    gradebook.db.execute(row.values(status=status, flags=_flags_json(flags)))


def forget_digest(gradebook: Gradebook, assignment_id: str, student: str) -> None:
    """Notes that what is kept of a submission is no more what was graded; the caller commits."""
    row = update(SUBMISSIONS).where(_is_of(assignment_id, student))
    gradebook.db.execute(row.values(digest=""))


def _is_of(assignment_id: str, student: str) -> ColumnElement[bool]:
    """Whether a row is of this submission."""
    return and_(SUBMISSIONS.c.assignment_id == assignment_id, SUBMISSIONS.c.student_id == student)


def read(gradebook: Gradebook, assignment: str) -> dict[str, Details]:
    """The details of an assignment's submissions, by student."""
    rows = select(SUBMISSIONS).where(
        SUBMISSIONS.c.assignment_id == Assignment.id, Assignment.name == assignment, is_current()
    )
    return {row.student_id: of_row(row) for row in gradebook.db.execute(rows)}


def of_row(row: Any) -> Details:
    """What a row of SUBMISSIONS says.

    Raises:
        KeyError, TypeError, ValueError: it is damaged.
    """
    checks = json.loads(row.checks)
    return Details(
        status=row.status,
        seconds=row.seconds,
        flags=_flags(json.loads(row.flags)),
        checks={
            grade_id: tuple(map(CheckResult.from_json, there)) for grade_id, there in checks.items()
        },
        digest=row.digest,
        versions=json.loads(row.versions),
        printed=json.loads(row.printed),
        plots={grade_id: Plot.from_json(plot) for grade_id, plot in json.loads(row.plots).items()},
        folder=row.folder,
        handed_in=_flags(json.loads(row.handed_in)),
        notebooks={
            name: NotebookRecord(kept["digest"], _flags(kept["flags"]))
            for name, kept in json.loads(row.notebooks).items()
        },
    )


def _flags(data: Iterable[Mapping[str, Any]]) -> tuple[Flag, ...]:
    return tuple(map(Flag.from_json, data))
