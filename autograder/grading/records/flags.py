"""What a person may want to know of a submission, from what its run left behind."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from nbformat import NotebookNode

from autograder.examiner.points import value
from autograder.grading.records import outcome
from autograder.grading.records.judgement import Remark, Score
from autograder.results import AGAIN, Flag, FlagKind, Status, SubmissionResult
from autograder.words import printable

MOST = 50  # flags of a submission that are told


def status(flags: Sequence[Flag]) -> Status:
    """Whether a graded submission wants a look."""
    return "flagged" if any(flag.open for flag in flags) else "graded"


def action(flags: Sequence[Flag], assignment: str, student: str) -> str:
    """The one thing to do first about a submission; "" where nothing is."""
    wanting = [flag for flag in flags if not flag.settled]
    if not wanting:
        return ""
    return _filled(min(wanting, key=_urgency).kind.action, assignment, student)


def again(assignment: str, student: str) -> str:
    """The command that grades a submission again, as it can be copied into a shell."""
    return _filled(AGAIN, assignment, student)


def _filled(text: str, assignment: str, student: str) -> str:
    """An action with the names in it, quoted for a shell."""
    return text.format(
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
    urgent = sorted(different, key=_urgency)
    firsts = {flag.kind: flag for flag in reversed(urgent)}
    urgent.sort(key=lambda flag: flag is not firsts[flag.kind])
    left = urgent[MOST - 1 :]
    kinds = ", ".join(sorted({flag.kind for flag in left}))
    more = Flag(FlagKind.MORE_FLAGS, "", f"And {len(left)} more: {kinds}.")
    return (*sorted(urgent[: MOST - 1], key=_urgency), more)


def gathered(
    handed_in: tuple[Flag, ...],
    notebooks: Iterable[tuple[Flag, ...]],
    late: tuple[Flag, ...],
    judged: tuple[Sequence[Score], Sequence[Remark]],
    above: tuple[Sequence[Score], Mapping[str, float]],
) -> tuple[Flag, ...]:
    """All flags of a graded submission.

    Args:
        handed_in: those of what was handed in.
        notebooks: those of each notebook's run.
        late: that of one that came late.
        judged: scores and comments that a person gave for another answer.
        above: scores that a person gave beyond what is given, and that by the grade's id.
    """
    of_notebooks = tuple(flag for flags in notebooks for flag in flags)
    by_people = changed(*judged) + above_maximum(*above)
    return told(handed_in + of_notebooks + late + by_people)


def _urgency(flag: Flag) -> int:
    """How urgent a flag's kind is: 0 is the most."""
    return len(FlagKind) if flag.settled else flag.kind.urgency


def urgency(result: SubmissionResult) -> tuple[bool, int]:
    """Where a submission stands in a list of what to do: what could not be graded comes first."""
    return result.status != "failed", min(map(_urgency, result.flags), default=len(FlagKind))


def late(seconds: float | None, cost: str = "") -> tuple[Flag, ...]:
    """The flag of a submission that came so long after the due date; none for one in time.

    Args:
        seconds: how long; None where it is not known.
        cost: what that costs, to be told behind it.
    """
    if seconds is None or seconds <= 0:
        return ()
    hours, minutes = divmod(int(seconds) // 60, 60)
    return (Flag(FlagKind.LATE, "", f"{hours} h {minutes} min after the due date{cost}."),)


def failures(tests: Sequence[NotebookNode]) -> tuple[Flag, ...]:
    """Flags for the tests in which the kit itself failed."""
    found = [(test.metadata.nbgrader.grade_id, outcome.grader_failure(test)) for test in tests]
    return tuple(
        Flag(FlagKind.GRADER_ERROR, grade_id, failure) for grade_id, failure in found if failure
    )


def too_much(tests: Sequence[NotebookNode]) -> tuple[Flag, ...]:
    """Flags for the tests whose value is more than they are worth."""
    above = [(t.metadata.nbgrader.grade_id, t) for t in tests if outcome.score(t) is None]
    return tuple(
        Flag(
            FlagKind.SCORE_ABOVE_MAXIMUM,
            grade_id,
            f"{grade_id} ended in {value(test.outputs):g}, and it is worth "
            f"{outcome.maximum(test):g}: a person has to score it.",
        )
        for grade_id, test in above
    )


def _given(grade: Score) -> str:
    """What a person gave an answer."""
    extra = f"{grade.extra_credit or 0:g} extra credit"
    if grade.manual_score is None:
        return extra
    return f"{grade.manual_score:g}" + (f" and {extra}" if grade.extra_credit else "")


def changed(grades: Sequence[Score], comments: Sequence[Remark]) -> tuple[Flag, ...]:
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
        Flag(FlagKind.CHANGED_ANSWER, name, f"{name} changed after a person {what}")
        for name, what in scored + said
    )


def above_maximum(grades: Sequence[Score], max_scores: Mapping[str, float]) -> tuple[Flag, ...]:
    """Flags for the scores by hand that are more than their cells are worth."""
    return tuple(
        Flag(
            FlagKind.SCORE_ABOVE_MAXIMUM,
            grade.name,
            f"a person gave {grade.name} {grade.manual_score:g}, and it is worth "
            f"{max_scores[grade.id]:g} by now.",
        )
        for grade in grades
    )
