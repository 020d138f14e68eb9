"""A person's judgement of an answer, which stays until the answer changes.

nbgrader keeps the score and the comment that a person gave, but not what they were given for: a
table beside its own has, for each grade, a hash of the answer last graded and of the one judged.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, SubmittedAssignment
from nbgrader.utils import is_grade, is_locked, is_solution
from sqlalchemy import Column, MetaData, String, Table

from autograder.grading.cells import names_of
from autograder.grading.repair import is_own

ANSWERS = Table(
    "autograder_answer",
    MetaData(),
    Column("grade_id", String(32), primary_key=True),  # nbgrader's Grade.id
    Column("graded", String(64), nullable=False),  # SHA-256
    Column("judged", String(64)),
)
WORD = re.compile(r"[^\W\d]\w*")


def prepare(gradebook: Gradebook) -> None:
    """Makes the table, where it is not there yet."""
    ANSWERS.create(gradebook.engine, checkfirst=True)


def asked_again(gradebook: Gradebook, grade: Grade, answer: str) -> bool:
    """Notes the answer that is graded now; whether a person has judged another one.

    To be called before the grade is changed, in the same transaction: a score by hand that nobody
    was asked to look at again is a judgement of the answer that was graded last.

    Args:
        gradebook: whose session is committed by the caller.
        grade: nbgrader's entry.
        answer: the hash of what is graded now.
    """
    row = gradebook.db.execute(ANSWERS.select().where(ANSWERS.c.grade_id == grade.id)).first()
    if grade.manual_score is None:
        judged = None
    elif row is None:
        judged = answer
    else:
        judged = row.judged if grade.needs_manual_grade else row.graded
    values = {"graded": answer, "judged": judged}
    if row is None:
        gradebook.db.execute(ANSWERS.insert().values(grade_id=grade.id, **values))
    else:
        gradebook.db.execute(ANSWERS.update().where(ANSWERS.c.grade_id == grade.id).values(values))
    return judged not in (None, answer)


def changed(gradebook: Gradebook, entry: SubmittedAssignment) -> list[Grade]:
    """The grades of a submission whose answer is not the one that a person judged."""
    other = ANSWERS.select().where(
        ANSWERS.c.judged.isnot(None), ANSWERS.c.judged != ANSWERS.c.graded
    )
    ids = {row.grade_id for row in gradebook.db.execute(other)}
    return [g for notebook in entry.notebooks for g in notebook.grades if g.id in ids]


def answer(notebook: NotebookNode, cell: NotebookNode) -> str:
    """A hash of what a grade cell grades.

    Of an answer in words that is the cell; of a test, the student's own cells, which can do
    anything, and whatever else of theirs defines a name that the test or such a cell mentions.
    """
    if is_solution(cell):
        return _hash([cell.source, cell.get("attachments", {})])
    theirs = [c for c in notebook.cells if c.cell_type == "code" and not _given(c)]
    names = [names_of(c.source) for c in theirs]
    words = [set(WORD.findall(c.source)) for c in theirs]
    found = {i for i, c in enumerate(theirs) if is_own(c)}
    wanted = set(WORD.findall(cell.source)).union(*(words[i] for i in found))
    while more := [i for i in range(len(theirs)) if i not in found and names[i] & wanted]:
        found.update(more)
        wanted.update(*(words[i] for i in more))
    return _hash([theirs[i].source for i in sorted(found)])


def _given(cell: NotebookNode) -> bool:
    return bool(is_grade(cell) or is_locked(cell)) and not is_solution(cell)


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
