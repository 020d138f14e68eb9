"""The source proves itself: what its own solutions get, before anyone else is graded by it.

They are run three times, as a submission is. A test that they don't pass here can't judge anybody:
it waits for a person in every submission. That all is well is kept beside the gradebook, by
content; a source of which something is unproven is tried again by every run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from autograder.config import CourseError, Settings
from autograder.examiner.examiners import Examiners
from autograder.examiner.jobs import ExaminerError, ExercisesError, Facts, Source
from autograder.grading import execution, inputs
from autograder.grading.assignment import Assignment, Proof
from autograder.grading.intake import definitions
from autograder.grading.solutions import run_solved, run_untouched
from autograder.isolation.errors import SandboxError
from autograder.whole_file import write_whole
from autograder.words import few

FOLDER = ".proofs"
RUNS = 3


def prove(
    settings: Settings, assignment: Assignment, examiners: Examiners, *, anew: bool = False
) -> Assignment:
    """The assignment with what its own solutions showed; they are run where that is not kept.

    Args:
        settings: the course's.
        assignment: as it was read.
        examiners: where the solutions run: on this machine, whose word a whole class is graded by.
        anew: whether they are run all the same.

    Raises:
        CourseError: an exercise is wrong, no test that has a solution is passed, or no notebook
            can be run here.
    """
    path = settings.root / FOLDER / f"{assignment.name}.json"
    key = _key(assignment)
    if anew or (proofs := _kept(path, key)) is None:
        try:
            proofs = {name: _proof(examiners, assignment, name) for name in assignment.notebooks}
        except SandboxError as error:
            raise execution.refusal(error) from None
        except ExercisesError as error:
            raise CourseError(str(error)) from None
        except ExaminerError as error:
            raise CourseError(
                f"source/{assignment.name}: its solutions could not be run here: {error}"
            ) from error
        _require_some(assignment, proofs)
        if not any(proof.unproven for proof in proofs.values()):  # or a bad day would stay
            _keep(path, key, proofs)
    notebooks = {
        name: _with_known(source, proofs[name].changed, proofs[name].leaves)
        for name, source in assignment.notebooks.items()
    }
    digests = {
        name: inputs.of_notebook(settings, source, proofs[name].unproven, assignment.file_digests)
        for name, source in notebooks.items()
    }
    digest = inputs.of_class(settings, assignment.skeletons, digests)
    return replace(assignment, notebooks=notebooks, proofs=proofs, digest=digest, digests=digests)


def told_of_proof(assignment: Assignment) -> Iterator[str]:
    """What an instructor should know of a proved assignment, a line each."""
    for name, source in assignment.notebooks.items():
        if source.changed:
            yield (
                f"{name}.ipynb: solutions change {few(source.changed)} in place, so tests take the "
                "student's: what they expect must not lie in it."
            )
        proof = assignment.proofs[name]
        for cell, reason in proof.failing.items():
            yield f"{name}.ipynb: {cell} fails here: {reason}"
        for cell, names in proof.imports.items():
            yield (
                f"{name}.ipynb: {cell} uses {few(names)}, which only a solution imports, so an "
                "answer without that import has to be looked at: import it in the test, unless "
                "that is asked for."
            )
        for cell, reason in proof.unproven.items():
            yield (
                f"{name}.ipynb: {cell} is not passed by its own solution here, so a person has to "
                f"score it in every submission: {reason}"
            )
        if free := proof.free:
            yield (
                f"{name}.ipynb: {few(free)} gives points to who has written nothing: let it use "
                "what an answer binds, and fail where that is not written."
            )


def _proof(examiners: Examiners, assignment: Assignment, name: str) -> Proof:
    """What the solutions of one notebook show."""
    source = assignment.notebooks[name]
    if not any(cell["role"] == "test" for cell in source.cells) and not source.exercises.parts:
        return Proof()  # nothing is to be judged, and nothing can be wrong with exercises
    facts = examiners.facts(source)
    proof = _shown(examiners, assignment, name, facts)
    if not proof.unproven:
        return proof
    # A test may need a cell that was passed over.
    whole = _shown(examiners, assignment, name, replace(facts, leaves=()))
    return whole if len(whole.unproven) < len(proof.unproven) else proof


def _shown(examiners: Examiners, assignment: Assignment, name: str, facts: Facts) -> Proof:
    """What the solutions of one notebook show, examined with these facts of its cells."""
    source = assignment.notebooks[name]
    changed = _taken(examiners, assignment, name, source, facts)
    source = _with_known(source, changed, facts.leaves)
    failed: dict[str, str] = {}
    failing: dict[int, tuple[str, str]] = {}
    for number in range(RUNS):
        ran = run_solved(examiners, assignment, name, source, number)
        failed = ran.failed() | failed
        failing = ran.failing(facts.unsolved) | failing
    kept = set(facts.changed) - set(changed)
    unasked = _tests_at(source, facts.unsolved)
    unproven = {
        test["grade_id"]: failed[test["grade_id"]]
        + _of_changed(test["text"], kept)
        + _of_failing(place, failing)
        for place, test in enumerate(source.cells)
        if test["grade_id"] in failed.keys() - set(unasked)
    }
    free = run_untouched(examiners, assignment, name, source).paid()
    reasons = dict(failing[place] for place in sorted(failing))
    return Proof(unproven, changed, facts.leaves, unasked, free, reasons, facts.imports)


def _tests_at(source: Source, places: Sequence[int]) -> list[str]:
    """The grade_ids of the tests among the cells at these places."""
    cells = [source.cells[place] for place in places]
    return [cell["grade_id"] for cell in cells if cell["role"] == "test"]


def _of_failing(place: int, failing: Mapping[int, tuple[str, str]]) -> str:
    """What is said of the first cell above a test that fails."""
    above = sorted(other for other in failing if other < place)
    name, reason = failing[above[0]] if above else ("", "")
    return f"; {name}, above it, fails: {reason}" if name else ""


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

    def failed(names: Sequence[str]) -> set[str]:
        ran = run_solved(examiners, assignment, name, _with_known(source, names, ()), 0)
        return ran.failed().keys() - set(_tests_at(source, facts.unsolved))

    if not facts.changed or not failed(facts.changed):
        return facts.changed
    without = failed(())
    good = [each for each in facts.changed if failed((each,)) <= without]
    return good if failed(good) <= without else ()


def _with_known(
    source: Source, changed: Sequence[str], leaves: Sequence[Sequence[str] | None]
) -> Source:
    """The source with what is known of its cells; itself where nothing is.

    Args:
        source: the instructor's side.
        changed: names that are the student's, since solutions change them in place.
        leaves: what each cell leaves as it was.
    """
    known = changed or leaves
    return replace(source, changed=tuple(changed), leaves=tuple(leaves)) if known else source


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
    files = assignment.file_digests
    asked = assignment.exercises.digest
    return inputs.digest([notebooks, files, asked, inputs.here()])


def _kept(path: Path, key: str) -> dict[str, Proof] | None:
    """The proofs that were kept for this key; None where there are none."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: Proof(**proof) for name, proof in kept[key].items()}
    except (OSError, ValueError, KeyError, TypeError):  # of another key, or half of a disk's doing
        return None


def _keep(path: Path, key: str, proofs: Mapping[str, Proof]) -> None:
    """Keeps the proofs in the place of older ones."""
    kept = {key: {name: asdict(proof) for name, proof in proofs.items()}}
    write_whole(path, json.dumps(kept, indent=1) + "\n")
