"""A grading done once more, with an account of every check: for an appeal, maybe years later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbgrader.api import Gradebook

from autograder.accounts import Account
from autograder.config import CourseError, Settings
from autograder.examiner.examiners import ExaminerError, Examiners
from autograder.grading import assignment as assignments
from autograder.grading import roster, submission
from autograder.grading.assignment import Assignment
from autograder.grading.execution import execute, refusal
from autograder.grading.intake import inbox
from autograder.grading.proof import prove
from autograder.grading.records import details
from autograder.grading.records.details import Details
from autograder.grading.records.gradebook import patiently
from autograder.grading.solutions import Ran
from autograder.isolation.errors import SandboxError
from autograder.results import CheckResult
from autograder.source_text import bound, used
from autograder.words import few, printable

HOW = {
    "secret": "the key that half of the draws come from: is it another secret, or another group?",
    "submission": "what is in submitted/ is not what was graded",
    "source": "the notebooks in source/, or the files beside them",
    "exercises": "the modules of its exercises",
    "kit": "the kit's own code",
}


@dataclass(frozen=True)
class Replayed:
    """One test of a grading that was done again.

    Args:
        test: its grade_id.
        checks: the named checks that it ran, as they came out now.
        accounts: of them, in the same order.
        failed: why it was not passed, or "".
        printed: what the student's functions printed when it called them.
        recorded: its checks as they are on record.
    """

    test: str
    checks: Sequence[CheckResult] = ()
    accounts: Sequence[Account] = ()
    failed: str = ""
    printed: str = ""
    recorded: Sequence[CheckResult] = ()

    def changed(self) -> list[str]:
        """The checks that come out otherwise than on record."""
        before = {check.name: check.passed for check in self.recorded}
        now = {check.name: check.passed for check in self.checks}
        return [name for name in now | before if now.get(name) != before.get(name)]


@dataclass(frozen=True)
class Replay:
    """A grading that was done again.

    Args:
        whose: from whose name half of the draws come: assignment and student, or their group.
        tests: as they came out.
        others: what is not as it was, a sentence each.
        unknown: parts of which the record does not say what they were.
    """

    whose: str
    tests: Sequence[Replayed]
    others: Sequence[str] = ()
    unknown: Sequence[str] = field(default=())


def replay(
    settings: Settings, name: str, student: str, function: str, examiners: Examiners
) -> Replay:
    """A student's grading, done again as it is recorded; nothing of it is recorded.

    Args:
        settings: the course's.
        name: the assignment's.
        student: whose.
        function: the tests that use this name alone; "" for all.
        examiners: where it runs.

    Raises:
        CourseError: nothing is handed in or on record, there is no secret, or no test of that
            function; or it can't be run here.
    """
    source = assignments.read(settings, name)
    wanted = _tests(source, function)
    recorded = _recorded(settings, name, student)
    if not settings.secret_path.is_file():
        raise CourseError(
            f"{settings.secret_path} is not there: without the secret of that grading its draws "
            "can't be made again. Restore it from a backup."
        )
    source = prove(settings, source, examiners)
    group = roster.groups(settings.roster_path).get(student, "")
    handed_in = submission.read(settings, source, student, group)
    try:
        done = execute(examiners, source, handed_in, explain=True)
    except SandboxError as error:
        raise refusal(error) from None
    except ExaminerError as error:
        raise CourseError(f"the submission could not be run here: {error}") from error
    failed = {
        test: why
        for notebook, cells in done.notebooks.items()
        for test, why in Ran(notebook, cells, done.results).lost().items()
    }
    tests = [
        Replayed(
            test,
            done.results[test].checks if test in done.results else (),
            done.accounts.get(test, ()),
            failed.get(test, ""),
            done.printed.get(test, ""),
            recorded.checks.get(test, ()),
        )
        for test in wanted
        if _has(source, test, done.notebooks)
    ]
    others, unknown = _compared(recorded, {**details.installed(), **done.versions})
    whose = f"{name}//{group}, of the group" if group else f"{name}/{student}"
    return Replay(whose, tests, others, unknown)


def _tests(source: Assignment, function: str) -> list[str]:
    """The tests that use a name, by grade_id; all for "".

    Raises:
        CourseError: there are none.
    """
    cells = [cell for each in source.notebooks.values() for cell in each.cells]
    tests = [cell for cell in cells if cell["role"] == "test"]
    found = [t["grade_id"] for t in tests if not function or function in used(t["text"])]
    if not found:
        known = sorted(bound(cell["text"] for cell in cells if cell["role"] == "solution"))
        raise CourseError(
            f"no test of {source.name} uses {printable(function)!r}; there is: "
            f"{few(known, len(known)) or 'nothing'}."
        )
    return found


def _has(source: Assignment, test: str, notebooks: Mapping[str, object]) -> bool:
    """Whether a test is of a notebook that was handed in."""
    return any(
        cell["grade_id"] == test for name in notebooks for cell in source.notebooks[name].cells
    )


def _recorded(settings: Settings, name: str, student: str) -> Details:
    """What is on record of a submission that is there.

    Raises:
        CourseError: nothing is, or nothing is handed in.
    """
    if student not in inbox.students(settings, name):
        raise CourseError(f"no submission of {name} by {printable(student)} in submitted/.")

    def read() -> dict[str, Details]:
        with Gradebook(settings.directory.db_url) as gradebook:
            return details.read(gradebook, name)

    recorded = patiently(read)
    if student not in recorded:
        raise CourseError(
            f"{printable(student)} has no record of {name}: run `autograder grade {name} --student "
            f"{printable(student)}`."
        )
    return recorded[student]


def _compared(recorded: Details, now: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What is not as it was at the grading, a sentence each; and what nobody knows of."""
    before = recorded.versions
    others = [
        f"{part}: {HOW[part]}" if part in HOW else f"{part}: {before[part]} then, {value} now"
        for part, value in now.items()
        if before.get(part, value) != value
    ]
    return others, [part for part in now if part not in before]
