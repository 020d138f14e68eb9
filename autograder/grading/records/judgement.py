"""A person's judgement of an answer, which stays until the answer changes.

nbgrader keeps the score and the comment that a person gave, but not what they were given for: a
table beside its own has, for each of them, a hash of the answer last graded and of the one judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from nbgrader.api import Gradebook
from sqlalchemy import bindparam

from autograder.grading.records.answers import hashed
from autograder.grading.records.tables import ANSWERS

Row = dict[str, Any]  # of ANSWERS
NOTED = ("graded", "judged", "comment")  # of an answer
UPDATE = (
    ANSWERS.update()
    .where(ANSWERS.c.id == bindparam("new_id"))
    .values({name: bindparam(f"new_{name}") for name in NOTED})
)


class Score(Protocol):
    """What nbgrader has of a graded cell: a Grade, or a row of that table."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def auto_score(self) -> float | None: ...
    @property
    def manual_score(self) -> float | None: ...
    @property
    def extra_credit(self) -> float | None: ...
    @property
    def needs_manual_grade(self) -> bool: ...


Graded = TypeVar("Graded", bound=Score)


class Remark(Protocol):
    """What a person said of an answer: nbgrader's Comment, or a row of that table."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def manual_comment(self) -> str | None: ...


class Notes:
    """What is noted of the answers in a submission: read at once, and written at once.

    Args:
        gradebook: whose session is committed by the caller.
        judgements: the grades and comments of the answers that are graded now.
        written: the rows of ANSWERS, by id, where the caller has read them.
    """

    def __init__(
        self,
        gradebook: Gradebook,
        judgements: Iterable[Score | Remark],
        written: Mapping[str, Row] | None = None,
    ) -> None:
        self._gradebook = gradebook
        self._ids = [judgement.id for judgement in judgements]
        self._written: dict[str, Row] | None = None if written is None else {**written}
        self._noted: dict[str, Row] = {}

    def _row(self, key: str) -> Row | None:
        """What is noted of an answer."""
        return self._noted.get(key) or self._read().get(key)

    def _read(self) -> Mapping[str, Row]:
        if self._written is None:
            rows = self._gradebook.db.execute(ANSWERS.select().where(ANSWERS.c.id.in_(self._ids)))
            self._written = {row.id: dict(row._mapping) for row in rows}
        return self._written

    @property
    def changed(self) -> bool:
        """Whether anything was noted that is not what was read."""
        return any(row != self._read().get(key) for key, row in self._noted.items())

    def as_before(self, grades: Iterable[Score], comments: Iterable[Remark]) -> None:
        """Notes that these answers are those that were graded last.

        Where no person has said anything, then or now, what is noted is right already.
        """
        for grade in grades:
            row = self._row(grade.id)
            if row and (row["judged"] or _is_judged(grade)):
                self.asked_again(grade, row["graded"])
        for comment in comments:
            row = self._row(comment.id)
            if row and (row["judged"] or row["comment"] or comment.manual_comment):
                self.commented(comment, row["graded"])

    def asked_again(self, grade: Score, answer: str, former: Collection[str] = ()) -> bool:
        """Notes the answer that is graded now; whether a person has judged another one.

        To be called before the grade is changed, in the same transaction: a score by hand that
        nobody was asked to look at again is a judgement of the answer that was graded last.

        Args:
            grade: nbgrader's entry.
            answer: the hash of what is graded now.
            former: other hashes of the same answer, as an older kit has noted them.
        """
        row = self._row(grade.id)
        judged: str | None
        if not _is_judged(grade):
            judged = None
        elif row is None:
            judged = answer
        else:
            judged = row["judged"] if grade.needs_manual_grade else row["graded"]
        judged = answer if judged in former else judged
        comment = row["comment"] if row else None
        self._noted[grade.id] = _as_row(grade.id, answer, judged, comment)
        return judged not in (None, answer)

    def commented(self, comment: Remark, answer: str, former: Collection[str] = ()) -> None:
        """Notes the answer that a person's comment stands beside now; as in `asked_again`.

        A comment that is new, or not what it was, is about the answer that was graded last.
        """
        row = self._row(comment.id)
        said = hashed([comment.manual_comment]) if comment.manual_comment else None
        if said is None:
            judged = None
        elif row is None:
            judged = answer
        else:
            judged = row["judged"] if row["comment"] == said else row["graded"]
        judged = answer if judged in former else judged
        self._noted[comment.id] = _as_row(comment.id, answer, judged, said)

    def on_another_answer(self, judgement: Score | Remark) -> bool:
        """Whether a person gave it for another answer than the one that was graded last."""
        row = self._row(judgement.id)
        return row is not None and row["judged"] not in (None, row["graded"])

    def write(self) -> None:
        """Writes what was noted, where it is not what was read."""
        written = self._read()
        new = [row for key, row in self._noted.items() if key not in written]
        changed = [row for key, row in self._noted.items() if row != written.get(key, row)]
        if new:
            self._gradebook.db.execute(ANSWERS.insert(), new)
        if changed:
            rows = [{f"new_{column}": value for column, value in row.items()} for row in changed]
            self._gradebook.db.execute(UPDATE, rows)
        self._written = {**written, **self._noted}
        self._noted = {}

    def commit(self) -> None:
        """Writes, and commits the session: what others note from here on is read again."""
        self.write()
        self._gradebook.db.commit()
        self._written = None


def _as_row(key: str, graded: str, judged: str | None, comment: str | None) -> Row:
    return {"id": key, "graded": graded, "judged": judged, "comment": comment}


def is_ungraded(grade: Score) -> bool:
    """Whether neither the machine nor a person gave a score."""
    return grade.auto_score is None and grade.manual_score is None


def _is_judged(grade: Score) -> bool:
    """Whether a person gave a score, or extra credit beside the machine's."""
    return grade.manual_score is not None or bool(grade.extra_credit)


def changed(
    notes: Notes, grades: Iterable[Score], comments: Iterable[Remark]
) -> tuple[list[Score], list[Remark]]:
    """The scores and comments of a submission that a person gave for another answer.

    Who confirms an answer's score has read the comment on it, too.
    """
    all_grades = list(grades)
    scored = {grade.name for grade in all_grades if _is_judged(grade)}
    return (
        [grade for grade in all_grades if notes.on_another_answer(grade)],
        [c for c in comments if notes.on_another_answer(c) and c.name not in scored],
    )


def above_maximum(grades: Iterable[Graded], max_scores: Mapping[str, float]) -> list[Graded]:
    """The scores that a person gave when a cell was worth more; each is to be asked about.

    Args:
        grades: of a submission.
        max_scores: what each may be at most, by the grade's id.
    """
    given = [(grade, grade.manual_score) for grade in grades]
    return [g for g, score in given if score is not None and score > max_scores[g.id]]
