"""A notebook to examine, as plain data; what comes of it; and the errors of an examiner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from autograder.accounts import Account
from autograder.exercises.modules import Modules
from autograder.isolation.memory import read_bytes
from autograder.isolation.outputs import Output
from autograder.limits import Limits
from autograder.results import CellResult, Flag

IMPORTED = (".py", ".so", ".pyd", ".pyc")


class ExaminerError(Exception):
    """The examiner itself failed: the student is not to blame."""


class ExercisesError(ExaminerError):
    """Modules of the assignment's exercises can't be used; the text says which, where and why."""


class UnavailableError(ExaminerError):
    """There is nowhere left to examine notebooks: it is no trouble of the one that was in hand."""


def has_hidden_tests(cell: Mapping[str, Any]) -> bool:
    """Whether a cell has tests that students must not see.

    Args:
        cell: of the instructor's, as plain data; `source_cells.SourceCell` says what it has.
    """
    return cell["role"] == "test" and bool(cell["text"] != cell["released"])


@dataclass(frozen=True, eq=False)
class Source:
    """The instructor's side of a notebook, as plain data: the same for a whole class.

    Args:
        cells: the code cells; `source_cells.SourceCell` says what they are.
        files: what lies beside the notebook.
        limits: what a student's kernel may use.
        hidden: folders that it must not read, wherever they are.
        changed: names of the instructor's whose objects a solution changes in place.
        leaves: what each of its cells was seen to leave as it was; nothing where that is not known.
        exercises: what its tests may ask for by name.
    """

    cells: Sequence[Mapping[str, Any]]
    files: Mapping[str, bytes]
    limits: Limits
    hidden: Sequence[str] = ()
    changed: Sequence[str] = ()
    leaves: Sequence[Sequence[str] | None] = ()
    exercises: Modules = field(default_factory=Modules)

    def hidden_tests(self) -> list[str]:
        """The cells with tests that students must not see, by grade_id."""
        return [cell["grade_id"] for cell in self.cells if has_hidden_tests(cell)]


@dataclass(frozen=True)
class Job:
    """One notebook to examine, as plain data.

    Args:
        source: the instructor's side.
        cells: the submission's code cells; `student_cell.StudentCell` says what they are.
        files: the files beside the student's.
        key: the student's own, in hexadecimal digits.
        trusted: whether it is the instructor's own, or for a person's eyes alone, and errors are
            told in full.
        explain: whether accounts of all checks are wanted.
    """

    source: Source
    cells: Sequence[Mapping[str, Any]]
    files: Mapping[str, bytes]
    key: str
    trusted: bool = False
    explain: bool = False

    def own_files(self) -> dict[str, bytes]:
        """The student's own files: none that is the course's, unchanged."""
        given = self.source.files
        return {path: data for path, data in self.files.items() if given.get(path) != data}

    def own_modules(self) -> list[str]:
        """The student's own files that an import finds."""
        return [path for path in self.own_files() if path.endswith(IMPORTED)]


@dataclass(frozen=True)
class Examined:
    """What came of a notebook.

    Args:
        outputs: of each cell that was run, by its index, in order.
        flags: what a person may want to know.
        printed: what the student's functions printed when tests called them, by the tests'
            grade_ids; no cell shows it.
        results: of the tests that ran named checks, by grade_id.
        accounts: of their checks, where they were wanted, by grade_id.
        memory_bytes: the most that one of its kernels has taken, beyond what it began with; None
            where none was measured.
    """

    outputs: Mapping[int, list[Output]]
    flags: Sequence[Flag]
    printed: Mapping[str, str]
    results: Mapping[str, CellResult]
    accounts: Mapping[str, Sequence[Account]] = field(default_factory=dict)
    memory_bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "outputs": list(self.outputs.items()),
            "flags": [flag.to_json() for flag in self.flags],
            "printed": dict(self.printed),
            "results": {test: asdict(result) for test, result in self.results.items()},
            "accounts": {test: list(map(vars, several)) for test, several in self.accounts.items()},
            "memory_bytes": self.memory_bytes,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Examined:
        """What was written as this data; the outputs are taken as they are.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        results, accounts = data["results"].items(), data["accounts"].items()
        return cls(
            outputs=dict(sorted(data["outputs"])),
            flags=[Flag.from_json(flag) for flag in data["flags"]],
            printed=data["printed"],
            results={test: CellResult.from_json(named) for test, named in results},
            accounts={test: list(map(Account.from_json, several)) for test, several in accounts},
            memory_bytes=read_bytes(data["memory_bytes"]),
        )


@dataclass(frozen=True)
class Facts:
    """What running the instructor's own solutions tells: `proving` says what each is.

    Args:
        changed: names of given cells whose objects the solutions change in place.
        leaves: of each given cell the names of plain data that it leaves as they were; None of one
            that draws random numbers, and of any other cell.
        unsolved: the places of cells that use what has no solution, among all that are run.
        imports: names that a test uses and only solutions import, by its grade_id.
    """

    changed: Sequence[str]
    leaves: Sequence[Sequence[str] | None]
    unsolved: Sequence[int]
    imports: Mapping[str, Sequence[str]]


class ExaminesNotebooks(Protocol):
    """Where notebooks are examined, here or elsewhere; may be used by many threads at once."""

    def examine(self, job: Job) -> Examined:
        """What came of a notebook.

        Raises:
            SandboxError: students' code can't be held in.
            UnavailableError: no notebook can be examined any more.
            ExaminerError: this one could not be.
        """

    def stop(self) -> None:
        """Ends what runs, and whatever waits for that: nothing is begun any more."""
