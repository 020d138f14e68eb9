"""All that is verified of an assignment, one thing after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from autograder.config import CourseError, Settings
from autograder.examiner.examiners import Examiners
from autograder.grading.assignment import Assignment, read
from autograder.grading.proof import prove
from autograder.verification import exercises, notebooks
from autograder.verification.course_copy import course_copy
from autograder.verification.finding import Finding, Verdict
from autograder.verification.jupyter import plain_runs
from autograder.verification.release import of_release

AT_ONCE = 2  # of what needs no examiners


def verify(settings: Settings, name: str, examiners: Examiners) -> Iterator[Finding]:
    """What is found, as it comes; nothing of the course is changed but its proof.

    Args:
        settings: the course's.
        name: the assignment's.
        examiners: where notebooks are examined.
    """
    try:
        assignment = read(settings, name)
    except CourseError as error:
        yield Finding(Verdict.WRONG, "source", str(error))
        return
    with ThreadPoolExecutor(AT_ONCE) as pool, course_copy(settings, name) as copy:
        reports = pool.submit(exercises.tried, assignment.exercises)
        plain = pool.submit(plain_runs, copy, assignment)
        proved = yield from _of_solutions(settings, assignment, examiners)
        yield from notebooks.of_plain_runs(proved or assignment, plain.result())
        if proved:
            yield from notebooks.one_by_one(examiners, proved)
        yield from exercises.findings(assignment.exercises, reports.result())
        yield from exercises.of_tests(reports.result()[0], notebooks.tests(assignment))
        if proved:
            yield from of_release(settings, copy, proved, examiners)


def _of_solutions(
    settings: Settings, assignment: Assignment, examiners: Examiners
) -> Generator[Finding, None, Assignment | None]:
    """What the solutions show; the assignment with that, or None where nobody is graded by it."""
    try:
        proved = prove(settings, assignment, examiners, anew=True)
    except CourseError as error:
        yield Finding(Verdict.WRONG, "solutions", str(error))
        return None
    yield from notebooks.of_proofs(proved)
    return proved
