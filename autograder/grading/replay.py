"""A grading done once more, with an account of every check: for an appeal, maybe years later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose

from autograder.accounts import Account
from autograder.config import CourseError, Settings
from autograder.examiner.examiners import ExaminerError, Examiners
from autograder.grading import assignment as assignments
from autograder.grading import origin, roster, submission
from autograder.grading.assignment import Assignment
from autograder.grading.execution import Execution, execute, refusal
from autograder.grading.intake import inbox
from autograder.grading.proof import prove
from autograder.grading.records import details, recorded
from autograder.grading.records.recorded import Recorded
from autograder.grading.solutions import Ran
from autograder.isolation.errors import SandboxError
from autograder.results import CheckResult, Flag, FlagKind, Status
from autograder.source_text import read_cell, used
from autograder.words import few, printable

NOTHING_READ = (FlagKind.MISSING_NOTEBOOK, FlagKind.UNREADABLE, FlagKind.MISPLACED)


@dataclass(frozen=True)
class Replayed:
    """One test of a grading that was done again.

    Args:
        test: its grade_id.
        points: what the machine gives; None where a person does.
        checks: the named checks that it ran, as they came out now.
        accounts: of them, in the same order.
        failed: why it was not passed, or "".
        unproven: why a person gives its points whatever came of it, or "".
        printed: what the student's functions printed when it called them.
        others: what comes out otherwise than on record, a sentence each.
    """

    test: str
    points: float | None = 0.0
    checks: Sequence[CheckResult] = ()
    accounts: Sequence[Account] = ()
    failed: str = ""
    unproven: str = ""
    printed: str = ""
    others: Sequence[str] = ()


@dataclass(frozen=True)
class Replay:
    """A grading that was done again.

    Args:
        whose: from whose name half of the draws come: assignment and student, or their group.
        tests: as they came out.
        status: on record.
        flags: on record.
        others: what is not as it was, a sentence each.
        unknown: parts of which the record does not say what they were.
        ungraded: why nothing of a notebook could be graded, by its name.
    """

    whose: str
    tests: Sequence[Replayed]
    status: Status = "graded"
    flags: Sequence[Flag] = ()
    others: Sequence[str] = ()
    unknown: Sequence[str] = ()
    ungraded: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_as_recorded(self) -> bool:
        """Whether all is as it was, and something could be graded of each notebook."""
        return not (self.others or self.ungraded or any(test.others for test in self.tests))


def replay(
    settings: Settings, name: str, student: str, function: str, examiners: Examiners
) -> Replay:
    """A student's grading, done again as it is recorded; nothing of it is recorded.

    Args:
        settings: the course's.
        name: the assignment's.
        student: whose.
        function: the tests that use this name alone, which a solution defines; "" for all.
        examiners: where it runs.

    Raises:
        CourseError: nothing is handed in or on record, there is no secret, or no test of that
            function; or it can't be run here.
    """
    source = assignments.read(settings, name)
    wanted = _tests(source, function)
    kept = _recorded(settings, name, student)
    if not settings.secret_path.is_file():
        raise CourseError(
            f"{settings.secret_path} is not there: without the secret of that grading its draws "
            "can't be made again. Restore it from a backup."
        )
    source = prove(settings, source, examiners)
    group = roster.groups(settings.roster_path).get(student, "")
    done = _done(settings, source, student, group, examiners)
    parts = {**details.installed(), **done.versions}
    others, unknown = origin.compared(kept.details.versions, parts)
    if done.notebooks and kept.details.status == "failed":
        others.append("on record, nothing of it could be graded")
    return Replay(
        printable(f"{name}//{group}, of the group" if group else f"{name}/{student}"),
        [each for each in _replayed(source, done, kept) if each.test in wanted],
        kept.details.status,
        kept.details.flags,
        others,
        unknown,
        dict(_ungraded(source, done, wanted)),
    )


def _tests(source: Assignment, function: str) -> list[str]:
    """The tests that use a name which a solution defines, by grade_id; all for "".

    Raises:
        CourseError: there are none.
    """
    cells = [cell for each in source.notebooks.values() for cell in each.cells]
    tests = [cell for cell in cells if cell["role"] == "test"]
    if not function:
        return [test["grade_id"] for test in tests]
    solutions = [read_cell(cell["text"]).bindings for cell in cells if cell["role"] == "solution"]
    known = sorted({name for each in solutions for name in each.functions | each.variables})
    found = [test["grade_id"] for test in tests if function in used(test["text"])]
    if function not in known or not found:
        raise CourseError(
            f"no test of {source.name} is of a function {printable(function)!r}; there is: "
            f"{few(known, len(known)) or 'nothing'}."
        )
    return found


def _recorded(settings: Settings, name: str, student: str) -> Recorded:
    """What is on record of a submission that is there.

    Raises:
        CourseError: nothing is, or nothing is handed in.
    """
    if student not in inbox.students(settings, name):
        raise CourseError(f"no submission of {name} by {printable(student)} in submitted/.")
    if (found := recorded.read(settings.directory.db_url, name, student)) is None:
        raise CourseError(
            f"{printable(student)} has no record of {name}: run `autograder grade {name} --student "
            f"{printable(student)}`."
        )
    return found


def _done(
    settings: Settings, source: Assignment, student: str, group: str, examiners: Examiners
) -> Execution:
    """The submission's run, with accounts of all checks.

    Raises:
        CourseError: it can't be run here.
    """
    handed_in = submission.read(settings, source, student, group)
    try:
        return execute(examiners, source, handed_in, explain=True)
    except SandboxError as error:
        raise refusal(error) from None
    except ExaminerError as error:
        raise CourseError(f"the submission could not be run here: {error}") from error


def _replayed(source: Assignment, done: Execution, kept: Recorded) -> Iterator[Replayed]:
    """The tests of the notebooks that ran."""
    for name, notebook in done.notebooks.items():
        ran = Ran(name, notebook, done.results)
        lost = ran.lost()
        for test, points in ran.points().items():
            unproven = source.proofs[name].unproven.get(test, "")
            given = None if unproven else points
            checks = done.results[test].checks if test in done.results else ()
            yield Replayed(
                test,
                given,
                checks,
                done.accounts.get(test, ()),
                lost.get(test, ""),
                unproven,
                done.printed.get(test, ""),
                tuple(_otherwise(test, given, checks, kept)),
            )


def _otherwise(
    test: str, points: float | None, checks: Sequence[CheckResult], kept: Recorded
) -> Iterator[str]:
    """What of a test comes out otherwise than on record, a sentence each."""
    if kept.details.status == "failed":
        return  # there is nothing to compare with
    before, now = (
        {check.name: (check.passed, check.points) for check in several}
        for several in (kept.details.checks.get(test, ()), checks)
    )
    for name in now | before:
        if now.get(name) != before.get(name):
            yield f"{name} comes out otherwise than on record"
    if test not in kept.points:
        yield f"{test} is not on record"
    elif not _same(points, kept.points[test]):
        gave, gives = _given(kept.points[test]), _given(points)
        yield f"{test} comes out otherwise than on record: {gives}, and then {gave}"


def _same(points: float | None, before: float | None) -> bool:
    if points is None or before is None:
        return points is before
    return isclose(points, before, abs_tol=1e-9)


def _given(points: float | None) -> str:
    """What the machine gives, in words."""
    return "a person gives its points" if points is None else f"the machine gives {points:g}"


def _ungraded(
    source: Assignment, done: Execution, wanted: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The notebooks with such tests of which nothing could be graded, each with the reason."""
    said = [flag.detail for flag in done.submission.flags if flag.kind in NOTHING_READ]
    for name in source.notebooks.keys() - done.notebooks.keys():
        if any(cell["grade_id"] in wanted for cell in source.notebooks[name].cells):
            own = [detail for detail in said if detail.startswith(f"{name}.ipynb ")]
            yield name, " ".join(own or said)
