"""What a person may want to know of a submission, from what its run left behind."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from nbformat import NotebookNode
from nbgrader.api import Comment, Grade

from autograder.examiner.points import value
from autograder.grading import outcome
from autograder.results import Flag, Status, SubmissionResult
from autograder.words import printable

MOST = 50  # flags of a submission that are told
ORDINARY = {"late", "renamed", "restored"}  # noted, and nobody is asked to look

AGAIN = "autograder grade {assignment} --student{is_}{student}"
READ = "read it: formgrader, Manual Grading, or autograded/{student}/{assignment}"
SCORE = "score it by hand: formgrader, Manual Grading"
PUT = "submitted/{student}/{assignment}"
ASK = f"ask for the .ipynb, put it into {PUT} in the other's place, and {AGAIN}"
# What a person may do about each kind of flag, the most urgent first.
ACTIONS = {
    "grader-error": f"{AGAIN}; if it says so again, {SCORE}, and tell us",
    "misplaced": f"put the notebooks into a folder {PUT}, and {AGAIN}",
    "unreadable": ASK,
    "missing-notebook": f"ask for the .ipynb, put it into {PUT} beside what is there, and {AGAIN}",
    "missing-cell": ASK,
    "duplicate-notebook": f"ask which counts, remove the other from {PUT}, and {AGAIN}",
    "changed-answer": "change the score (to confirm it, to another one and back) or the comment: "
    "formgrader, Manual Grading",
    "score-above-maximum": "set the score: formgrader, Manual Grading",
    "sandbox-violation": READ,
    "suspect-code": READ,
    "forbidden-call": READ,
    "missing-package": f"install it, and {AGAIN}; or {READ}",
    "unproven": f"{SCORE}; `autograder release` says what is wrong with the test",
    "cannot-cross": SCORE,
    "unknown-time": f"write the time into {PUT}/timestamp.txt, as 2026-12-04 17:30 UTC; {AGAIN}",
    "duplicate-cell": f"{READ}; the other answer stands beside the graded one",
    "metadata-changed": f"{READ}; are the answers in their places?",
    "left-out": f"see whether an answer needs it: {PUT}",
    "given-failed": READ,
    "not-available": READ,
    "kernel-died": READ,
    "timeout": READ,
    "memory-limit": READ,
    "disk-limit": READ,
    "output-limit": READ,
    "more-flags": READ,
}


def status(flags: Sequence[Flag]) -> Status:
    """Whether a graded submission wants a look."""
    return "graded" if all(flag.kind in ORDINARY for flag in flags) else "flagged"


def action(flags: Sequence[Flag], assignment: str, student: str) -> str:
    """The one thing to do first about a submission; "" where nothing is."""
    kinds = {flag.kind for flag in flags}
    first = next((text for kind, text in ACTIONS.items() if kind in kinds), "")
    return first.format(
        assignment=shlex.quote(assignment),
        student=shlex.quote(printable(student)),
        is_="=" if student.startswith("-") else " ",
    )


def told(flags: Sequence[Flag]) -> tuple[Flag, ...]:
    """The flags of a record; of very many the most urgent, and how many more there are.

    The first of each kind comes before any other: who provokes many of one kind hides none.
    """
    different = tuple(dict.fromkeys(flags))
    if len(different) <= MOST:
        return different
    urgent = sorted(different, key=_rank)
    firsts = {flag.kind: flag for flag in reversed(urgent)}
    urgent.sort(key=lambda flag: flag is not firsts[flag.kind])
    left = urgent[MOST - 1 :]
    kinds = ", ".join(sorted({flag.kind for flag in left}))
    more = Flag("more-flags", "", f"And {len(left)} more: {kinds}.")
    return (*sorted(urgent[: MOST - 1], key=_rank), more)


def _rank(flag: Flag) -> int:
    """How urgent a flag's kind is: 0 is the most."""
    return [*ACTIONS, flag.kind].index(flag.kind)


def urgency(result: SubmissionResult) -> tuple[bool, int]:
    """Where a submission stands in a list of what to do: what could not be graded comes first."""
    kinds = {flag.kind for flag in result.flags}
    place = next((n for n, kind in enumerate(ACTIONS) if kind in kinds), len(ACTIONS))
    return result.status != "failed", place


def late(seconds: float) -> tuple[Flag, ...]:
    """The flag of a submission that came so long after the due date; none for one in time."""
    if seconds <= 0:
        return ()
    hours, minutes = divmod(int(seconds) // 60, 60)
    return (Flag("late", "", f"{hours} h {minutes} min after the due date."),)


def failures(tests: Sequence[NotebookNode]) -> tuple[Flag, ...]:
    """Flags for the tests in which the kit itself failed."""
    told = [(test.metadata.nbgrader.grade_id, outcome.grader_failure(test)) for test in tests]
    return tuple(Flag("grader-error", grade_id, failure) for grade_id, failure in told if failure)


def too_much(tests: Sequence[NotebookNode]) -> tuple[Flag, ...]:
    """Flags for the tests whose value is more than they are worth."""
    above = [(t.metadata.nbgrader.grade_id, t) for t in tests if outcome.score(t) is None]
    return tuple(
        Flag(
            "score-above-maximum",
            grade_id,
            f"{grade_id} ended in {value(test.outputs):g}, and it is worth "
            f"{outcome.maximum(test):g}: a person has to score it.",
        )
        for grade_id, test in above
    )


def _given(grade: Grade) -> str:
    """What a person gave an answer."""
    extra = f"{grade.extra_credit or 0:g} extra credit"
    if grade.manual_score is None:
        return extra
    return f"{grade.manual_score:g}" + (f" and {extra}" if grade.extra_credit else "")


def changed(grades: Sequence[Grade], comments: Sequence[Comment]) -> tuple[Flag, ...]:
    """Flags for the answers that changed after a person had judged them."""
    scored = [
        (
            grade.name,
            f"gave it {_given(grade)}; the machine "
            + ("gives it none." if grade.auto_score is None else f"gives {grade.auto_score:g}."),
        )
        for grade in grades
    ]
    said = [(comment.name, "wrote a comment on it.") for comment in comments]
    return tuple(
        Flag("changed-answer", name, f"{name} changed after a person {what}")
        for name, what in scored + said
    )


def above_maximum(grades: Sequence[Grade]) -> tuple[Flag, ...]:
    """Flags for the scores by hand that are more than their cells are worth."""
    return tuple(
        Flag(
            "score-above-maximum",
            grade.name,
            f"a person gave {grade.name} {grade.manual_score:g}, and it is worth "
            f"{grade.max_score:g} by now.",
        )
        for grade in grades
    )
