"""A person's judgement of an answer, which stays until the answer changes.

nbgrader keeps the score and the comment that a person gave, but not what they were given for: a
table beside its own has, for each of them, a hash of the answer last graded and of the one judged.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

from nbformat import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

from autograder.grading.intake import definitions
from autograder.grading.rebuild.repair import is_own
from autograder.grading.records.tables import ANSWERS

NO_ANSWER = ""  # instead of an answer's hash
# Code with one of these may change what no name of its own tells.
WIDE = {"exec", "eval", "setattr", "delattr", "globals", "vars", "locals", "__dict__"}


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
        said = _hash([comment.manual_comment]) if comment.manual_comment else None
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


class Answers:
    """The answers in a graded notebook, as hashes.

    Args:
        notebook: as it was graded.
        files: the student's own, by path.
    """

    def __init__(self, notebook: NotebookNode, files: Mapping[str, bytes]) -> None:
        self._cells = notebook.cells
        self._contents = files
        cells = [c for c in notebook.cells if c.cell_type == "code" and not _given(c)]
        self._sources = [cell.source.strip() for cell in cells]
        read = [definitions.read(source) for source in self._sources]
        self._names = [each.bound for each in read]
        self._words = [definitions.words(source) for source in self._sources]
        self._everywhere = {
            i
            for i, cell in enumerate(cells)
            if is_own(cell) or self._words[i] & WIDE or _sets_attributes(read[i].tree)
        }
        self._files = {
            name: (
                hashlib.sha256(content).hexdigest(),
                definitions.words(content.decode(errors="replace"))
                if name.endswith(".py")
                else set(),
            )
            for name, content in files.items()
        }

    def hash_of(self, cell: NotebookNode) -> str:
        """A hash of what a grade cell grades, or of an answer.

        Of an answer in words that is the cell, and the student's own text beside it; of a task
        whatever stands there that is not the course's. Of code it is
        the student's own cells, and others that change what is not theirs; whatever else of theirs
        defines a name that the graded or such a cell mentions; so too their files whose name is
        mentioned.
        """
        if cell.cell_type != "code":
            return _hash([[c.source.strip(), c.get("attachments", {})] for c in self._around(cell)])
        found = set(self._everywhere)
        wanted = definitions.words(cell.source).union(*(self._words[i] for i in found))
        while more := {i for i, names in enumerate(self._names) if names & wanted} - found:
            found |= more
            wanted.update(*(self._words[i] for i in more))
        sources = [self._sources[i] for i in sorted(found)]
        if is_solution(cell):
            sources.append(cell.source.strip())
        return _hash(sources + _mentioned(wanted, self._files))

    def former_hashes_of(self, cell: NotebookNode) -> tuple[str, ...]:
        """Under which else an older kit may have noted an answer that a person has to grade.

        One that a student has emptied is now graded with the text that was released; it was noted
        as the empty text that it had.
        """
        if not (is_grade(cell) and is_solution(cell) and is_as_released(cell)):
            return ()
        emptied = NotebookNode({**cell, "source": "", "attachments": {}})
        cells = [emptied if other is cell else other for other in self._cells]
        return (Answers(NotebookNode(cells=cells), self._contents).hash_of(emptied),)

    def _around(self, cell: NotebookNode) -> list[NotebookNode]:
        """A cell, with what a student wrote for it right above and below it."""
        belongs = _is_unmarked if is_task(cell) else _is_own_text
        start = stop = self._cells.index(cell)
        while start > 0 and belongs(self._cells[start - 1]):
            start -= 1
        while stop + 1 < len(self._cells) and belongs(self._cells[stop + 1]):
            stop += 1
        return list(self._cells[start : stop + 1])


def is_as_released(cell: NotebookNode) -> bool:
    """Whether an answer is as students had it: by its checksum, nobody wrote anything."""
    return bool(cell.metadata.nbgrader.get("checksum") == compute_checksum(cell))


def _is_own_text(cell: NotebookNode) -> bool:
    return is_own(cell) and cell.cell_type != "code"


def _is_unmarked(cell: NotebookNode) -> bool:
    """Whether a student may have written in a cell, and it is no other answer."""
    return not (is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell))


def _sets_attributes(tree: ast.Module | None) -> bool:
    """Whether code gives an attribute of anything a value, or takes it away."""
    nodes = ast.walk(tree) if tree else ()
    return any(isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load) for n in nodes)


def _mentioned(words: set[str], files: Mapping[str, tuple[str, set[str]]]) -> list[list[str]]:
    """The names and hashes of the files that the words name, and of those that they name.

    Args:
        words: of an answer.
        files: the hash and the words of each.
    """
    stems: dict[str, list[str]] = defaultdict(list)
    for name in files:
        for stem in _stems(name):
            stems[stem].append(name)
    found: set[str] = set()
    waiting = set(words)
    while waiting:
        more = {name for word in waiting for name in stems.pop(word, ())} - found
        found |= more
        waiting = set[str]().union(*(files[name][1] for name in more))
    return [[name, files[name][0]] for name in sorted(found)]


def _stems(name: str) -> set[str]:
    return {part.partition(".")[0] for part in PurePath(name).parts}


def _given(cell: NotebookNode) -> bool:
    return bool(is_grade(cell) or is_locked(cell)) and not is_solution(cell)


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
