"""The answers in a graded notebook, as hashes: whether one is what it was, not what it says."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

from autograder.grading.intake import definitions
from autograder.grading.rebuild.repair import is_own

NO_ANSWER = ""  # instead of an answer's hash
# Code with one of these may change what no name of its own tells.
WIDE = {"exec", "eval", "setattr", "delattr", "globals", "vars", "locals", "__dict__"}


class Answers:
    """The answers in a graded notebook, as hashes.

    Args:
        notebook: as it was graded.
        files: the student's own, by path.
        digests: the SHA-256 of each of them, in hexadecimal digits.
    """

    def __init__(
        self, notebook: NotebookNode, files: Mapping[str, bytes], digests: Mapping[str, str]
    ) -> None:
        self._cells = notebook.cells
        self._contents, self._digests = files, digests
        cells = [c for c in notebook.cells if c.cell_type == "code" and not _given(c)]
        self._sources = [cell.source.strip() for cell in cells]
        read = [definitions.read(source) for source in self._sources]
        self._names = [each.bound for each in read]
        self._words = [definitions.words(source) for source in self._sources]
        self._everywhere = {
            i
            for i, cell in enumerate(cells)
            if is_own(cell) or self._words[i] & WIDE or read[i].sets_attributes
        }
        self._files = {
            name: (
                digests[name],
                definitions.words(content.decode(errors="replace"))
                if name.endswith(".py")
                else frozenset(),
            )
            for name, content in files.items()
        }

    def hash_of(self, cell: NotebookNode) -> str:
        """A hash of what a grade cell grades, or of an answer.

        - Of an answer in words: its cell, and the student's own text right beside it.
        - Of a task: whatever stands there that is not the course's.
        - Of code: the student's own cells; any cell of theirs that may change what others have
          defined; each that defines a name which the graded cell, or one of these, mentions; and
          their files whose names are mentioned.
        """
        if cell.cell_type != "code":
            return hashed(
                [[c.source.strip(), c.get("attachments", {})] for c in self._around(cell)]
            )
        found = set(self._everywhere)
        wanted = {*definitions.words(cell.source)}.union(*(self._words[i] for i in found))
        while more := {i for i, names in enumerate(self._names) if names & wanted} - found:
            found |= more
            wanted.update(*(self._words[i] for i in more))
        sources = [self._sources[i] for i in sorted(found)]
        if is_solution(cell):
            sources.append(cell.source.strip())
        return hashed(sources + _mentioned(wanted, self._files))

    def former_hashes_of(self, cell: NotebookNode) -> tuple[str, ...]:
        """Other hashes under which an older kit may have noted an answer that a person grades.

        An answer that a student has emptied is graded with the text that was released. An older kit
        has noted it as the empty text that it was.
        """
        if not (is_grade(cell) and is_solution(cell) and is_as_released(cell)):
            return ()
        emptied = NotebookNode({**cell, "source": "", "attachments": {}})
        cells = [emptied if other is cell else other for other in self._cells]
        former = Answers(NotebookNode(cells=cells), self._contents, self._digests)
        return (former.hash_of(emptied),)

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


def _mentioned(words: set[str], files: Mapping[str, tuple[str, frozenset[str]]]) -> list[list[str]]:
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


def hashed(parts: Sequence[object]) -> str:
    """The SHA-256 of values that JSON has."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
