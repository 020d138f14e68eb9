"""A person's judgement of an answer, which stays until the answer changes.

nbgrader keeps the score and the comment that a person gave, but not what they were given for: a
table beside its own has, for each grade, a hash of the answer last graded and of the one judged.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

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


class Answers:
    """The answers in a graded notebook, as hashes.

    Args:
        notebook: as it was graded.
        files: the student's own, by path.
    """

    def __init__(self, notebook: NotebookNode, files: Mapping[str, bytes]) -> None:
        cells = [c for c in notebook.cells if c.cell_type == "code" and not _given(c)]
        self._sources = [cell.source for cell in cells]
        self._names = [names_of(source) for source in self._sources]
        self._words = [set(WORD.findall(source)) for source in self._sources]
        self._own = {i for i, cell in enumerate(cells) if is_own(cell)}
        self._files = files

    def hash_of(self, cell: NotebookNode) -> str:
        """A hash of what a grade cell grades.

        Of an answer in words that is the cell; of a test, the student's own cells, which can do
        anything, and whatever else of theirs defines a name that the test or such a cell mentions;
        so too their files whose name is mentioned.
        """
        if is_solution(cell):
            return _hash([cell.source, cell.get("attachments", {})])
        found = set(self._own)
        wanted = set(WORD.findall(cell.source)).union(*(self._words[i] for i in found))
        while more := {i for i, names in enumerate(self._names) if names & wanted} - found:
            found |= more
            wanted.update(*(self._words[i] for i in more))
        sources = [self._sources[i] for i in sorted(found)]
        return _hash(sources + _mentioned(wanted, self._files))


def _mentioned(words: set[str], files: Mapping[str, bytes]) -> list[list[str]]:
    """The names and hashes of the files that the words name, and of those that they name."""
    found: dict[str, str] = {}
    while more := [name for name in sorted(files.keys() - found) if _stems(name) & words]:
        for name in more:
            found[name] = hashlib.sha256(files[name]).hexdigest()
            if name.endswith(".py"):
                words = words | set(WORD.findall(files[name].decode(errors="replace")))
    return [list(item) for item in sorted(found.items())]


def _stems(name: str) -> set[str]:
    return {part.partition(".")[0] for part in PurePath(name).parts}


def _given(cell: NotebookNode) -> bool:
    return bool(is_grade(cell) or is_locked(cell)) and not is_solution(cell)


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
