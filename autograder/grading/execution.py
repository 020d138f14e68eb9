"""Running a submission's notebooks: the only step that executes a student's code."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

import nbformat
from nbformat import NotebookNode

from autograder.accounts import Account
from autograder.config import CourseError
from autograder.examiner.jobs import Examined, ExaminesNotebooks, Job, Source
from autograder.grading import inputs
from autograder.grading.assignment import Assignment, Proof, is_run
from autograder.grading.origin import content, origin
from autograder.grading.records.details import NotebookRecord
from autograder.grading.secret import notebook_key
from autograder.grading.submission import Submission
from autograder.isolation.errors import SandboxError
from autograder.results import CellResult, Flag, FlagKind

Value = TypeVar("Value")


@dataclass(frozen=True)
class Kept:
    """A notebook of a submission as it was graded before.

    Args:
        record: what is on record of it.
        copy: the graded copy, as its file has it.
        results: of its tests that ran named checks, by grade_id.
        printed: what its functions printed when tests called them, by grade_id.
    """

    record: NotebookRecord
    copy: bytes
    results: Mapping[str, CellResult] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)


NOTHING: Mapping[str, Kept] = MappingProxyType({})


@dataclass(frozen=True)
class Execution:
    """A submission after its notebooks have run.

    Args:
        submission: as it was read.
        notebooks: those that were run, with outputs, by name.
        seconds: what it took, the reading too.
        flags: what was unusual in each of them.
        unproven: of each notebook, the tests whose points a person has to give, by grade_id.
        digests: of all that each of them comes from.
        kept: those that need no other run than the one on record, by name.
        printed: what the student's functions printed when tests called them, by grade_id.
        results: of the tests that ran named checks, by grade_id.
        accounts: of their checks, where these were wanted, by grade_id.
        memory_bytes: the most that a kernel of each notebook that was run has taken, by name; None
            where none was measured.
        versions: a digest of each part that this comes from.
        content: a digest of what of the submission is the student's.
    """

    submission: Submission
    notebooks: Mapping[str, NotebookNode]
    seconds: float
    flags: Mapping[str, tuple[Flag, ...]] = field(default_factory=dict)
    unproven: Mapping[str, frozenset[str]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, CellResult] = field(default_factory=dict)
    accounts: Mapping[str, Sequence[Account]] = field(default_factory=dict)
    memory_bytes: Mapping[str, int | None] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    content: str = ""

    @property
    def graded(self) -> frozenset[str]:
        """The notebooks of which there is something to record, by name."""
        return frozenset(self.notebooks) | self.kept.keys()

    @property
    def all_results(self) -> dict[str, CellResult]:
        """Results of all notebooks, those that were not run again included, by grade_id."""
        return _merged([self.results, *(each.results for each in self.kept.values())])

    @property
    def all_printed(self) -> dict[str, str]:
        """What was printed in calls of all notebooks, those not run again included."""
        return _merged([self.printed, *(each.printed for each in self.kept.values())])


def execute(
    examiners: ExaminesNotebooks,
    assignment: Assignment,
    submission: Submission,
    former: Mapping[str, Kept] = NOTHING,
    *,
    explain: bool = False,
) -> Execution:
    """The submission's notebooks with the outputs of a run.

    Args:
        examiners: where they run.
        assignment: as it was proved.
        submission: as it was read.
        former: notebooks as they were graded before: one that would be run again with all the same
            is not.
        explain: whether it is for a person's eyes alone, with accounts of all checks.
    """
    start = time.perf_counter()
    digests = {name: _digest(assignment, submission, name) for name in submission.notebooks}
    kept = {name: old for name, old in former.items() if old.record.digest == digests.get(name)}
    notebooks = {
        name: nbformat.from_dict(handed_in)
        for name, handed_in in submission.notebooks.items()
        if name not in kept
    }
    found = {
        name: run(examiners, assignment, name, notebook, submission, explain=explain)
        for name, notebook in notebooks.items()
    }
    every = found.values()
    return Execution(
        submission=submission,
        notebooks=notebooks,
        seconds=submission.seconds + time.perf_counter() - start,
        flags={
            name: _flags(each.flags, unproven(assignment, name)) for name, each in found.items()
        },
        unproven={name: frozenset(proof.unproven) for name, proof in assignment.proofs.items()},
        digests=digests,
        kept=kept,
        printed=_merged(each.printed for each in every),
        results=_merged(each.results for each in every),
        accounts=_merged(each.accounts for each in every),
        memory_bytes={name: each.memory_bytes for name, each in found.items()},
        versions=origin(assignment, submission),
        content=content(assignment, submission),
    )


def _flags(unusual: Iterable[Flag], not_proven: Sequence[Flag]) -> tuple[Flag, ...]:
    """What is unusual in a notebook, and the tests of it that its own solutions don't pass."""
    by_hand = {flag.cell for flag in not_proven}
    # That a value can't cross in such a test is the test's doing.
    return (
        *(f for f in unusual if f.kind != FlagKind.CANNOT_CROSS or f.cell not in by_hand),
        *not_proven,
    )


def _merged(parts: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    """What several notebooks have by grade_id, in one mapping."""
    return {name: value for each in parts for name, value in each.items()}


def _digest(assignment: Assignment, submission: Submission, name: str) -> str:
    """A digest of a notebook as it is run, and of all that it is graded with.

    What an editor calls its cells counts for nothing.
    """
    cells = [{**cell, "id": ""} for cell in submission.notebooks[name].cells]
    known = [assignment.digests[name], cells, submission.digests, submission.key.hex()]
    return inputs.digest(known)


def unproven(assignment: Assignment, name: str) -> list[Flag]:
    """A flag for each test of a notebook that its own solutions don't pass here."""
    return [
        Flag(
            FlagKind.UNPROVEN,
            cell,
            f"{name}: {cell} can't be graded here, by its own solution: {why}",
        )
        for cell, why in assignment.proofs.get(name, Proof()).unproven.items()
    ]


def run(
    examiners: ExaminesNotebooks,
    assignment: Assignment,
    name: str,
    notebook: NotebookNode,
    submission: Submission,
    *,
    explain: bool = False,
) -> Examined:
    """Puts the outputs of a run into a notebook.

    Args:
        examiners: where it runs.
        assignment: whose notebook it is.
        name: of the source notebook.
        notebook: a student's, sanitized.
        submission: that it is of.
        explain: as of `execute`.

    Returns:
        What came of it, with the notebook's name where a flag is of no cell.

    Raises:
        SandboxError: students' code can't be held in here.
        ExaminerError: the kit itself failed.
    """
    asked = job(assignment, name, notebook, submission)
    examined = examiners.examine(replace(asked, trusted=explain, explain=explain))
    _fill(notebook, examined)
    flags = [
        flag if flag.cell else replace(flag, detail=f"{name}: {flag.detail}")
        for flag in examined.flags
    ]
    return replace(examined, flags=flags)


def job(assignment: Assignment, name: str, notebook: NotebookNode, submission: Submission) -> Job:
    """A student's notebook as an examiner takes it, with the key of this hand-in.

    Arguments as of `run`.
    """
    source = assignment.notebooks[name]
    cells = _cells(notebook, source)
    students = {path: submission.digests[path] for path in submission.own}
    own = notebook_key(submission.key, [cell["text"] for cell in cells], students)
    return Job(source, cells, {**submission.files, **assignment.files}, own.hex())


def run_trusted(
    examiners: ExaminesNotebooks,
    assignment: Assignment,
    source: Source,
    notebook: NotebookNode,
    key: bytes,
) -> Examined:
    """Puts the outputs of a run into the instructor's own notebook; errors are told in full.

    Args:
        examiners: where it runs.
        assignment: whose notebook it is.
        source: the instructor's side.
        notebook: the same with its solutions.
        key: from which half of the draws come.

    Returns:
        What came of it.

    Raises:
        SandboxError, ExaminerError: as in `run`.
    """
    job = Job(source, _cells(notebook, source), assignment.files, key.hex(), trusted=True)
    examined = examiners.examine(job)
    _fill(notebook, examined)
    return examined


def refusal(error: SandboxError) -> CourseError:
    """What an operator is told where students' code can't be held in."""
    return CourseError(
        f"students' code can't be held in here: {error}. `autograder doctor` says what this "
        'machine lacks; --sandbox off, or c.Sandbox.policy = "off", runs it all the same, under '
        "your account."
    )


def _fill(notebook: NotebookNode, examined: Examined) -> None:
    """Puts the outputs of a run into its notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for number, (index, outputs) in enumerate(examined.outputs.items(), start=1):
        cell = notebook.cells[index]
        cell.outputs = [nbformat.from_dict(output) for output in outputs]
        cell.execution_count = number


def _cells(notebook: NotebookNode, source: Source) -> Sequence[dict[str, Any]]:
    """The code cells of a notebook as an examiner takes them."""
    cells, known = [], {cell["grade_id"] for cell in source.cells}
    for index, cell in enumerate(notebook.cells):
        if is_run(cell):
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            named = grade_id if grade_id in known else ""
            cells.append({"index": index, "grade_id": named, "text": cell.source})
    return cells
