"""The source proves itself: what its own solutions get, before anyone else is graded by it.

They are run three times, as a submission is. A test that they don't pass here can't judge anybody:
it waits for a person in every submission. That all is well is kept beside the gradebook, by
content; a source of which something is unproven is tried again by every run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from nbformat import NotebookNode

from autograder.config import CourseError, Settings
from autograder.examiner.points import value
from autograder.examiner.processes import Examiners, Facts, Source
from autograder.grading import definitions, execution, outcome
from autograder.grading.assignment import Assignment, Proof
from autograder.grading.preprocessors import GradeCellOutput
from autograder.isolation.processes import SandboxError
from autograder.words import few, line

FOLDER = ".proofs"
RUNS = 3
KIT = Path(__file__).resolve().parents[1]


def prove(settings: Settings, assignment: Assignment, examiners: Examiners) -> Assignment:
    """The assignment with what its own solutions showed; they are run where that is not kept.

    Raises:
        CourseError: an exercise is wrong, no test that has a solution is passed, or no notebook
            can be run here.
    """
    path = settings.root / FOLDER / f"{assignment.name}.json"
    key = _key(assignment)
    if (proofs := _kept(path, key)) is None:
        try:
            proofs = {name: _proof(examiners, assignment, name) for name in assignment.notebooks}
        except SandboxError as error:
            raise execution.refusal(error) from None
        _require_some(assignment, proofs)
        if not any(proof.unproven for proof in proofs.values()):  # or a bad day would stay
            _keep(path, key, proofs)
    notebooks = {
        name: _with_changed(source, proofs[name].changed)
        for name, source in assignment.notebooks.items()
    }
    return replace(assignment, notebooks=notebooks, proofs=proofs)


def told_of_proof(assignment: Assignment) -> Iterator[str]:
    """What an instructor should know of a proved assignment, a line each."""
    for name, source in assignment.notebooks.items():
        if source.changed:
            yield (
                f"{name}.ipynb: solutions change {few(source.changed)} in place, so tests take the "
                "student's: what they expect must not lie in it."
            )
        for cell, reason in assignment.proofs[name].unproven.items():
            yield (
                f"{name}.ipynb: {cell} is not passed by its own solution here, so a person has to "
                f"score it in every submission: {reason}"
            )
        if free := assignment.proofs[name].free:
            yield f"{name}.ipynb: {few(free)} gives points to who has written nothing."


def _proof(examiners: Examiners, assignment: Assignment, name: str) -> Proof:
    """What the solutions of one notebook show."""
    source = assignment.notebooks[name]
    if not any(cell["role"] == "test" for cell in source.cells):
        return Proof()
    facts = examiners.facts(source)
    changed = _taken(examiners, assignment, name, source, facts)
    source = _with_changed(source, changed)
    failed: dict[str, str] = {}
    for number in range(RUNS):
        failed = _failed(examiners, assignment, name, source, number) | failed
    kept = set(facts.changed) - set(changed)
    unproven = {
        cell["grade_id"]: failed[cell["grade_id"]] + _of_changed(cell["text"], kept)
        for cell in source.cells
        if cell["grade_id"] in failed.keys() - set(facts.unasked)
    }
    untouched = deepcopy(assignment.skeletons[name].notebook)
    ran = _ran(examiners, assignment, source, untouched, 0)
    free = [grade_id for grade_id, cell in ran.items() if outcome.score(cell) != 0]
    return Proof(unproven, changed, facts.unasked, free)


def _of_changed(test: str, kept: set[str]) -> str:
    """What is said of the changed objects that a test uses and can't take from the student."""
    used = sorted(kept & definitions.words(test))
    return f"; solutions change {few(used)}, which can't cross" if used else ""


def _taken(
    examiners: Examiners, assignment: Assignment, name: str, source: Source, facts: Facts
) -> Sequence[str]:
    """The names of changed objects that tests take from the student: no test fails for it.

    One that can't cross fails those that use it; they may pass with the instructor's own.
    """

    def failing(names: Sequence[str]) -> set[str]:
        changing = _with_changed(source, names)
        return _failed(examiners, assignment, name, changing, 0).keys() - set(facts.unasked)

    if not facts.changed or not failing(facts.changed):
        return facts.changed
    without = failing(())
    good = [each for each in facts.changed if failing((each,)) <= without]
    return good if failing(good) <= without else ()


def _with_changed(source: Source, changed: Sequence[str]) -> Source:
    """The source where these names are the student's; itself where there are none."""
    return replace(source, changed=tuple(changed)) if changed else source


def _failed(
    examiners: Examiners, assignment: Assignment, name: str, source: Source, number: int
) -> dict[str, str]:
    """The tests that the solutions don't pass in one run, by grade_id, each with the reason.

    Raises:
        CourseError: an exercise is wrong.
    """
    solved = deepcopy(assignment.skeletons[name].solved)
    failed = {}
    for grade_id, cell in _ran(examiners, assignment, source, solved, number).items():
        _require_sound(f"{name}.ipynb, {grade_id}", cell)
        if outcome.score(cell) != outcome.maximum(cell):
            failed[grade_id] = _reason(cell)
    return failed


def _ran(
    examiners: Examiners,
    assignment: Assignment,
    source: Source,
    notebook: NotebookNode,
    number: int,
) -> dict[str, NotebookNode]:
    """The test cells of a notebook that has been run, by grade_id.

    Args:
        examiners: where it runs.
        assignment: whose notebook it is.
        source: the instructor's side.
        notebook: the same as somebody could hand it in; it gets the outputs.
        number: of the run, from which half of the draws come.
    """
    key = hashlib.sha256(f"proof {number}".encode()).digest()
    execution.run_trusted(examiners, assignment, source, notebook, key)
    return {
        test.metadata.nbgrader.grade_id: GradeCellOutput().preprocess_cell(test, {}, 0)[0]
        for test in filter(outcome.is_test, notebook.cells)
    }


def _require_sound(where: str, cell: NotebookNode) -> None:
    """Makes sure that a test's exercise is there, and is worth what the cell is.

    Raises:
        CourseError: it is not.
    """
    if failure := outcome.grader_failure(cell):
        raise CourseError(f"{where}: the exercise can't be judged: {failure}")
    points, result = outcome.maximum(cell), outcome.result(cell)
    if result and result.max_score != points:
        raise CourseError(
            f"{where}: the cell is worth {points:g} points, and its checks add up to "
            f"{result.max_score:g}: give the cell as many, or change the checks."
        )
    if outcome.score(cell) is None:
        raise CourseError(f"{where}: the cell gives {value(cell.outputs):g} of {points:g} points.")


def _reason(cell: NotebookNode) -> str:
    """Why a test's points are not given."""
    for output in cell.outputs:
        if output.output_type == "error":
            last = (output.traceback or [output.evalue])[-1]
            return line(last if output.ename in last else f"{output.ename}: {last}")
    if result := outcome.result(cell):
        lost = [check for check in result.checks if not check.passed]
        return line("; ".join(f"{check.name}: {check.message}" for check in lost))
    return "it gives less than its points"


def _require_some(assignment: Assignment, proofs: Mapping[str, Proof]) -> None:
    """Makes sure that the solutions pass a test, if there are any.

    Raises:
        CourseError: they pass none.
    """
    tests = {
        (name, cell["grade_id"])
        for name, source in assignment.notebooks.items()
        for cell in source.cells
        if cell["role"] == "test"
    }
    failed = {(name, cell): why for name, p in proofs.items() for cell, why in p.unproven.items()}
    unasked = {(name, cell) for name, proof in proofs.items() for cell in proof.unasked}
    if failed and tests - unasked == failed.keys():
        (name, cell), why = next(iter(failed.items()))
        raise CourseError(
            f"source/{assignment.name}: its own solutions pass none of its tests here. The first: "
            f"{name}.ipynb, {cell}: {why}"
        )


def _key(assignment: Assignment) -> str:
    """A digest of all that a proof depends on."""
    notebooks = {
        name: [list(map(dict, source.cells)), asdict(source.limits)]
        for name, source in assignment.notebooks.items()
    }
    files = {name: hashlib.sha256(data).hexdigest() for name, data in assignment.files.items()}
    text = json.dumps([notebooks, files, sys.version, _installed(), _kit()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _installed() -> list[str]:
    """The packages that a notebook could import here, with their versions."""
    return sorted(f"{found.name} {found.version}" for found in distributions())


@cache
def _kit() -> str:
    """A digest of the kit's own code, exercises included."""
    digest = hashlib.sha256()
    for path in sorted(KIT.rglob("*.py")):
        digest.update(str(path.relative_to(KIT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _kept(path: Path, key: str) -> dict[str, Proof] | None:
    """The proofs that were kept for this key; None where there are none."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: Proof(**proof) for name, proof in kept[key].items()}
    except (OSError, ValueError, KeyError, TypeError):  # of another key, or half of a disk's doing
        return None


def _keep(path: Path, key: str, proofs: Mapping[str, Proof]) -> None:
    """Keeps the proofs in the place of older ones."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    kept = {key: {name: asdict(proof) for name, proof in proofs.items()}}
    draft.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
