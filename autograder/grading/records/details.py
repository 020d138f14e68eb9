"""What came of a submission beside its scores, kept in the gradebook for whoever reads it later.

Scores and comments are nbgrader's: a person may change them at any time, and nothing here repeats
them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, TypeVar, get_args
from uuid import uuid4

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment
from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, select, update

from autograder import __version__
from autograder.config import CourseError
from autograder.grading.records.judgement import Graded
from autograder.grading.records.tables import SUBMISSIONS, is_current
from autograder.isolation.memory import read_bytes
from autograder.results import CheckResult, Flag, FlagKind, Plot, Status
from autograder.words import line, printable

Kind = TypeVar("Kind", dict[str, Any], list[Any])
DAMAGED = (KeyError, TypeError, ValueError, RecursionError)  # what a damaged row raises
BEGUN = "begun "  # in the place of a digest, where a record is not whole
RENEW = (
    update(SUBMISSIONS)
    .where(
        SUBMISSIONS.c.assignment_id == bindparam("assignment"),
        SUBMISSIONS.c.student_id == bindparam("student"),
    )
    .values({name: bindparam(f"new_{name}") for name in ("status", "flags", "versions")})
)
NOTE = (
    update(SUBMISSIONS)
    .where(
        SUBMISSIONS.c.assignment_id == bindparam("assignment"),
        SUBMISSIONS.c.student_id == bindparam("student"),
    )
    .values(versions=bindparam("new_versions"))
)
# Flags of what may have been no doing of the submission's: the kit failed, or the system took a
# process away.
TRIED_AGAIN = frozenset({FlagKind.GRADER_ERROR, FlagKind.KERNEL_DIED})
DIED = "died"  # among the versions of what a record comes from: the digest of what a kernel died of
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
        copy: a digest of the graded copy.
        cells: the grade_ids of its graded cells, as they stand in it.
        flags: what was unusual in it.
        memory_bytes: the most that one of its kernels has taken, beyond what it began with; None
            where none was measured, or an older kit graded it.
    """

    digest: str
    copy: str = ""
    cells: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    memory_bytes: int | None = None


def in_order(grades: Iterable[Graded], notebooks: Iterable[NotebookRecord]) -> list[Graded]:
    """The grades as their cells stand in the notebooks: a database may give them in any order."""
    cells = (cell for notebook in notebooks for cell in notebook.cells)
    order = {cell: place for place, cell in enumerate(cells)}
    return sorted(grades, key=lambda grade: (order.get(grade.name, len(order)), grade.name))


def most_memory(notebooks: Iterable[NotebookRecord]) -> int | None:
    """The most bytes that a kernel of any of these has taken; None where that of none is known."""
    known = (each.memory_bytes for each in notebooks)
    return max((each for each in known if each is not None), default=None)


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
        content: a digest of what of the submission is the student's; "" where that is not known.
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
    content: str = ""
    handed_in: tuple[Flag, ...] = ()
    notebooks: Mapping[str, NotebookRecord] = field(default_factory=dict)

    @property
    def may_come_out_otherwise(self) -> bool:
        """Whether another run may give something else, though all that it comes from is the same.

        A kernel that has died twice is taken to do so each time.
        """
        kinds = {flag.kind for flag in self.flags} & TRIED_AGAIN
        if kinds == {FlagKind.KERNEL_DIED}:
            return self.versions.get(DIED) != died_again(self.digest)
        return bool(kinds)


def died_again(digest: str) -> str:
    """What stands beside DIED where a kernel has died twice of what has this digest."""
    return f"{digest} again"


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
        "content": details.content,
        "handed_in": _flags_json(details.handed_in),
        "notebooks": json.dumps(
            {
                name: {**asdict(kept), "flags": [flag.to_json() for flag in kept.flags]}
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


@dataclass(frozen=True)
class Told:
    """What is told otherwise of a submission than when it was graded.

    Args:
        student: whose it is.
        status: of it.
        flags: all that it has.
        versions: of what its record comes from.
    """

    student: str
    status: Status
    flags: tuple[Flag, ...]
    versions: Mapping[str, str]


def renew(gradebook: Gradebook, assignment_id: str, told: Iterable[Told]) -> None:
    """Keeps what is told otherwise of submissions of an assignment; the caller commits."""
    rows = [
        {
            "student": each.student,
            "assignment": assignment_id,
            "new_status": each.status,
            "new_flags": _flags_json(each.flags),
            "new_versions": json.dumps(dict(each.versions)),
        }
        for each in told
    ]
    if rows:
        gradebook.db.connection().execute(RENEW, rows)


def versions(gradebook: Gradebook, assignment_id: str, student: str) -> dict[str, str]:
    """The versions of what a submission's record comes from; none where it has no readable one."""
    row = select(SUBMISSIONS.c.versions).where(_is_of(assignment_id, student))
    found = gradebook.db.execute(row).scalar()
    try:
        return _texts(found) if found else {}
    except DAMAGED:
        return {}


Versions = dict[str, dict[str, str]]  # of what each record comes from, by student


def versions_of_class(
    gradebook: Gradebook, assignment: str, students: Sequence[str] = ()
) -> tuple[Versions, Versions]:
    """The versions of an assignment's records: of those that are whole, and of all others.

    Whole are those of submissions that were graded, and whose record was brought to an end.

    Args:
        gradebook: with the kit's tables.
        assignment: its name.
        students: whose records; everyone's where none are named.
    """
    kept = SUBMISSIONS.c
    rows = select(kept.student_id, kept.versions, kept.status, kept.digest).where(
        kept.assignment_id == Assignment.id, Assignment.name == assignment, is_current()
    )
    if students:
        rows = rows.where(kept.student_id.in_(students))
    whole, others = Versions(), Versions()
    for student, told, status, digest in gradebook.db.execute(rows):
        is_whole = status != "failed" and digest and not digest.startswith(BEGUN)
        with suppress(*DAMAGED):
            (whole if is_whole else others)[student] = _texts(told)
    return whole, others


def note_versions(gradebook: Gradebook, assignment_id: str, versions: Mapping[str, Any]) -> None:
    """Keeps other versions of what students' records come from; the caller commits."""
    rows = [
        {"student": student, "assignment": assignment_id, "new_versions": json.dumps(each)}
        for student, each in versions.items()
    ]
    if rows:
        gradebook.db.connection().execute(NOTE, rows)


def begin(gradebook: Gradebook, assignment_id: str, student: str) -> str:
    """Notes that what is kept of a submission is no more what was graded; the caller commits.

    Returns:
        What stands in the place of a digest, until `end`.
    """
    begun = f"{BEGUN}{uuid4().hex}"
    gradebook.db.execute(
        update(SUBMISSIONS).where(_is_of(assignment_id, student)).values(digest=begun)
    )
    return begun


def end(gradebook: Gradebook, begun: str, digest: str) -> bool:
    """Notes of what all is kept that was begun, unless someone else has begun since.

    Until the caller commits, nobody else can begin.

    Args:
        gradebook: where it was begun.
        begun: as `begin` has returned it.
        digest: of all that the record comes from.
    """
    rows = update(SUBMISSIONS).where(SUBMISSIONS.c.digest == begun).values(digest=digest)
    return bool(gradebook.db.execute(rows).rowcount)


def _is_of(assignment_id: str, student: str) -> ColumnElement[bool]:
    """Whether a row is of this submission."""
    return and_(SUBMISSIONS.c.assignment_id == assignment_id, SUBMISSIONS.c.student_id == student)


class Kept(Mapping[str, Details]):
    """The details of an assignment's submissions, by student.

    Each is read when it is asked for: one that is damaged costs nobody else theirs.
    """

    def __init__(self, assignment: str, rows: Mapping[str, Row[Any]]) -> None:
        self._assignment, self._rows = assignment, rows

    def __getitem__(self, student: str) -> Details:
        """The details of a student's submission.

        Raises:
            CourseError: they are damaged.
        """
        row = self._rows[student]
        try:
            return of_row(row)
        except DAMAGED as error:
            name = shlex.quote(printable(student))
            raise CourseError(
                f"the record of {name} is damaged ({line(str(error), 80)}), grade it again: "
                f"`autograder grade {self._assignment} --student={name}`"
            ) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def read(gradebook: Gradebook, assignment: str) -> Kept:
    """The details of an assignment's submissions, by student."""
    rows = select(SUBMISSIONS).where(
        SUBMISSIONS.c.assignment_id == Assignment.id, Assignment.name == assignment, is_current()
    )
    return Kept(assignment, {row.student_id: row for row in gradebook.db.execute(rows)})


def of_row(row: Row[Any]) -> Details:
    """What a row of SUBMISSIONS says.

    Raises:
        KeyError, TypeError, ValueError, RecursionError: it is damaged.
    """
    if row.status not in get_args(Status):
        raise ValueError(f"{row.status!r} is no status")
    return Details(
        status=row.status,
        seconds=float(row.seconds),
        flags=flags(row.flags),
        checks={
            grade_id: tuple(map(CheckResult.from_json, there))
            for grade_id, there in _parsed(row.checks, dict).items()
        },
        digest="" if row.digest.startswith(BEGUN) else row.digest,
        versions=_texts(row.versions),
        printed=_texts(row.printed),
        plots={
            grade_id: Plot.from_json(plot) for grade_id, plot in _parsed(row.plots, dict).items()
        },
        content=row.content,
        handed_in=flags(row.handed_in),
        notebooks={
            name: NotebookRecord(
                kept["digest"],
                kept["copy"],
                tuple(kept["cells"]),
                tuple(map(Flag.from_json, kept["flags"])),
                read_bytes(kept.get("memory_bytes")),
            )
            for name, kept in _parsed(row.notebooks, dict).items()
        },
    )


def flags(text: str) -> tuple[Flag, ...]:
    """The flags that a column holds as JSON; it raises what `of_row` does."""
    return tuple(map(Flag.from_json, _parsed(text, list)))


def _parsed(text: str, kind: type[Kind]) -> Kind:
    """What a column holds as JSON, if it is of this kind."""
    found = json.loads(text)
    if not isinstance(found, kind):
        raise TypeError(f"{type(found).__name__} instead of a {kind.__name__}")
    return found


def _texts(text: str) -> dict[str, str]:
    """The texts, by name, that a column holds as JSON."""
    found = _parsed(text, dict)
    if not all(isinstance(each, str) for each in found.values()):
        raise TypeError("something else than a text")
    return found
