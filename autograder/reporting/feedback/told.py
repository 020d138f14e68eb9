"""What one student is told: plain data, with the sums that a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.reporting.feedback.handed_in import Answer
from autograder.results import CheckResult, Plot, left, lost

# What checks of the kit's own kinds are called, where their names are a programmer's.
WORDS: Mapping[str, str] = {
    "dtype": "same dtype",
    "inputs": "inputs left as they were",
}


def plain(name: str) -> str:
    """A check's name in words."""
    return WORDS.get(name, name.replace("-", " ").replace("_", " "))


@dataclass(frozen=True)
class Score:
    """What one cell with points came to.

    Args:
        name: its grade_id.
        title: what it is called beside its exercise.
        points: None where a person has still to give them.
        most: what it is worth.
        checks: those that it ran by name.
        failure: what it said where it has none and failed.
        by_person: whether a person gave the points.
        extra: a person's extra credit, which is among the points.
        again: whether a person will look at the points once more.
    """

    name: str
    title: str
    points: float | None
    most: float
    checks: tuple[CheckResult, ...] = ()
    failure: str = ""
    by_person: bool = False
    extra: float = 0.0
    again: bool = False


@dataclass(frozen=True)
class Cause:
    """What is behind failed checks.

    Args:
        text: why they fail, and what to do now.
        said: what the checks say, where all of them say the same; else "".
        checks: their names in words.
    """

    text: str
    said: str
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """What is told of one exercise.

    Args:
        title: its heading in the notebook.
        answers: what the student wrote for it.
        scores: of its cells with points.
        comments: what a person wrote.
        silent: whether nothing was written for it.
        plots: where its functions are wrong.
    """

    title: str
    answers: tuple[Answer, ...]
    scores: tuple[Score, ...]
    comments: tuple[str, ...] = ()
    silent: bool = False
    plots: tuple[Plot, ...] = ()

    @property
    def points(self) -> float:
        """Those that are given so far."""
        return sum(score.points or 0 for score in self.scores)

    @property
    def most(self) -> float:
        """What it is worth."""
        return sum(score.most for score in self.scores)

    @property
    def waiting(self) -> float:
        """The points that a person has still to decide on."""
        return sum(score.most for score in self.scores if score.points is None)

    @property
    def whole(self) -> bool:
        """Whether all its points are there."""
        return self.points >= self.most

    @property
    def causes(self) -> list[Cause]:
        """What is behind failed checks, each cause once."""
        found: dict[str, list[CheckResult]] = {}
        for check in (check for score in self.scores for check in score.checks):
            if check.cause:
                found.setdefault(check.cause, []).append(check)
        return [_cause(text, checks) for text, checks in found.items()]


def _cause(text: str, checks: Sequence[CheckResult]) -> Cause:
    said = {check.message for check in checks}
    names = dict.fromkeys(plain(check.name) for check in checks)
    return Cause(text, said.pop() if len(said) == 1 else "", tuple(names))


@dataclass(frozen=True)
class Notebook:
    """What is told of one notebook.

    Args:
        title: its heading.
        exercises: in their order.
        there: whether it was handed in.
        shown: whether what was handed in can be shown.
    """

    title: str
    exercises: tuple[Exercise, ...]
    there: bool = True
    shown: bool = True


@dataclass(frozen=True)
class Lateness:
    """When a submission came, each as people in the course read a time; "" where that is not known.

    Args:
        handed_in: when it came.
        due: when it was to come.
        by: how much later it came; "" for in time.
        penalty: points that are taken off for that.
        extended: whether the student had longer than others.
    """

    handed_in: str = ""
    due: str = ""
    by: str = ""
    penalty: float = 0.0
    extended: bool = False


@dataclass(frozen=True)
class Feedback:
    """All that one student is told of an assignment.

    Args:
        assignment: its name.
        student: the student's id.
        name: what the student is called, where the roster says it.
        notebooks: in their order; none where nothing could be graded.
        lateness: when it was handed in.
        failed: whether the last hand-in could not be graded.
    """

    assignment: str
    student: str
    name: str
    notebooks: tuple[Notebook, ...]
    lateness: Lateness
    failed: bool = False

    @property
    def exercises(self) -> list[Exercise]:
        """Those of all notebooks."""
        return [exercise for notebook in self.notebooks for exercise in notebook.exercises]

    @property
    def before(self) -> float:
        """Those that are given so far, what lateness costs among them."""
        return sum(each.points for each in self.exercises)

    @property
    def points(self) -> float:
        """Those that are given so far, without what lateness costs."""
        return left(self.before, self.lateness.penalty)

    @property
    def lost(self) -> float:
        """What lateness costs of them."""
        return lost(self.before, self.lateness.penalty)

    @property
    def most(self) -> float:
        """What all is worth."""
        return sum(exercise.most for exercise in self.exercises)

    @property
    def waiting(self) -> float:
        """The points that a person has still to decide on."""
        return sum(exercise.waiting for exercise in self.exercises)


def late_by(handed_in: datetime | None, due: datetime | None) -> str:
    """How much later than it was due something came; "" for in time, or where that is not known."""
    if handed_in is None or due is None or handed_in <= due:
        return ""
    minutes = int((handed_in - due).total_seconds() // 60)
    days, minutes = divmod(minutes, 24 * 60)
    parts = [(days, "day"), (minutes // 60, "hour"), (minutes % 60, "minute")]
    return (
        _several(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)
        or "less than a minute"
    )


def _several(parts: Iterable[str]) -> str:
    *first, last = ["", *parts]
    return f"{', '.join(first[1:])} and {last}" if len(first) > 1 else last
