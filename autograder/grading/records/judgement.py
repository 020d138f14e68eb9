"""A person's judgement of an answer, which stays until the answer changes.

nbgrader keeps the score and the comment that a person gave, but not what they were given for: a
table beside its own has, for each of them, a hash of the answer last graded and of the one judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment

from autograder.grading.records.answers import hashed
from autograder.grading.records.tables import ANSWERS


class Notes:
    """What is noted of the answers in a submission: read at once, and written at once.

    Args:
        gradebook: whose session is committed by the caller.
        judgements: the grades and comments of the answers that are graded now.
    """

    def __init__(self, gradebook: Gradebook, judgements: Iterable[Grade | Comment]) -> None:
        self._gradebook = gradebook
        ids = [judgement.id for judgement in judgements]
        rows = gradebook.db.execute(ANSWERS.select().where(ANSWERS.c.id.in_(ids)))
        self._rows = {row.id: row for row in rows}
        self._noted: dict[str, dict[str, str | None]] = {}

    def asked_again(self, grade: Grade, answer: str, former: Collection[str] = ()) -> bool:
        """Notes the answer that is graded now; whether a person has judged another one.

        To be called before the grade is changed, in the same transaction: a score by hand that
        nobody was asked to look at again is a judgement of the answer that was graded last.

        Args:
            grade: nbgrader's entry.
            answer: the hash of what is graded now.
            former: other hashes of the same answer, as an older kit has noted them.
        """
        row = self._rows.get(grade.id)
        if not _is_judged(grade):
            judged = None
        elif row is None:
            judged = answer
        else:
            judged = row.judged if grade.needs_manual_grade else row.graded
        judged = answer if judged in former else judged
        self._noted[grade.id] = {"graded": answer, "judged": judged}
        return judged not in (None, answer)

    def commented(self, comment: Comment, answer: str, former: Collection[str] = ()) -> None:
        """Notes the answer that a person's comment stands beside now; as in `asked_again`.

        A comment that is new, or not what it was, is about the answer that was graded last.
        """
        row = self._rows.get(comment.id)
        said = hashed([comment.manual_comment]) if comment.manual_comment else None
        if said is None:
            judged = None
        elif row is None:
            judged = answer
        else:
            judged = row.judged if row.comment == said else row.graded
        judged = answer if judged in former else judged
        self._noted[comment.id] = {"graded": answer, "judged": judged, "comment": said}

    def write(self) -> None:
        """Writes what was noted, where it is not what was read."""
        for key, values in self._noted.items():
            row = self._rows.get(key)
            if row is None:
                self._gradebook.db.execute(ANSWERS.insert().values(id=key, **values))
            elif any(getattr(row, column) != value for column, value in values.items()):
                update = ANSWERS.update().where(ANSWERS.c.id == key)
                self._gradebook.db.execute(update.values(values))


def _is_judged(grade: Grade) -> bool:
    """Whether a person gave a score, or extra credit beside the machine's."""
    return grade.manual_score is not None or bool(grade.extra_credit)


def changed(gradebook: Gradebook, entry: SubmittedAssignment) -> tuple[list[Grade], list[Comment]]:
    """The scores and comments of a submission that a person gave for another answer.

    Who confirms an answer's score has read the comment on it, too.
    """
    other = ANSWERS.select().where(
        ANSWERS.c.judged.isnot(None), ANSWERS.c.judged != ANSWERS.c.graded
    )
    ids = {row.id for row in gradebook.db.execute(other)}
    grades = [grade for notebook in entry.notebooks for grade in notebook.grades]
    comments = [comment for notebook in entry.notebooks for comment in notebook.comments]
    scored = {grade.name for grade in grades if _is_judged(grade)}
    return (
        [grade for grade in grades if grade.id in ids],
        [comment for comment in comments if comment.id in ids and comment.name not in scored],
    )


def above_maximum(entry: SubmittedAssignment) -> list[Grade]:
    """The scores that a person gave when a cell was worth more; each is asked about now.

    To be committed by the caller.
    """
    grades = [grade for notebook in entry.notebooks for grade in notebook.grades]
    above = [g for g in grades if g.manual_score is not None and g.manual_score > g.max_score]
    for grade in above:
        grade.needs_manual_grade = True
    return above
