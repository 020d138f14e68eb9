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
from nbgrader.api import Grade, Gradebook
from nbgrader.utils import is_grade, is_locked, is_solution
from sqlalchemy import Column, MetaData, String, Table

from autograder.grading.cells import names_of

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


def asked_again(gradebook: Gradebook, grade: Grade, answer: str, *, settled: bool) -> bool:
    """Notes the answer that is graded now; whether a person has judged another one.

    Args:
        gradebook: whose session is committed by the caller.
        grade: nbgrader's entry.
        answer: the hash of what is graded now.
        settled: whether a person's score stood, and nobody was asked to look at it, before.
    """
    row = gradebook.db.execute(ANSWERS.select().where(ANSWERS.c.grade_id == grade.id)).first()
    judged = row and (row.graded if settled else row.judged)
    values = {"graded": answer, "judged": judged}
    if row is None:
        gradebook.db.execute(ANSWERS.insert().values(grade_id=grade.id, **values))
    else:
        gradebook.db.execute(ANSWERS.update().where(ANSWERS.c.grade_id == grade.id).values(values))
    return grade.manual_score is not None and judged != answer


def settled(grade: Grade) -> bool:
    """Whether a person's score stands, and nobody is asked to look at it."""
    return grade.manual_score is not None and not grade.needs_manual_grade


def answer(notebook: NotebookNode, cell: NotebookNode) -> str:
    """A hash of what a grade cell grades.

    Of an answer in words that is the cell; of a test, whatever of the student's defines a name
    that the test mentions, or that such a cell mentions.
    """
    if is_solution(cell):
        return _hash([cell.source, cell.get("attachments", {})])
    theirs = [c for c in notebook.cells if c.cell_type == "code" and not _given(c)]
    found: set[int] = set()
    words = set(WORD.findall(cell.source))
    while more := [
        i for i, c in enumerate(theirs) if i not in found and names_of(c.source) & words
    ]:
        found.update(more)
        words = words.union(*(WORD.findall(theirs[i].source) for i in more))
    return _hash([theirs[i].source for i in sorted(found)])


def _given(cell: NotebookNode) -> bool:
    return bool(is_grade(cell) or is_locked(cell)) and not is_solution(cell)


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
