"""An assignment's notebooks: solved, blank, and with one function left blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograder.config import CourseError
from autograder.examiner.changes import Texts
from autograder.examiner.examiners import Examiners, Source
from autograder.grading.assignment import Assignment, Proof
from autograder.grading.proof import RUNS
from autograder.grading.solutions import Ran, run_without
from autograder.source_text import bound, used
from autograder.verification.finding import Finding, Verdict, found
from autograder.verification.jupyter import Plain
from autograder.words import few

BLANK = "let it use what an answer binds, and fail where that is not written"


def of_proofs(assignment: Assignment) -> Iterator[Finding]:
    """What running the solutions as students are run has shown."""
    wrong, free, notes = list[str](), list[str](), list[str]()
    for name, proof in assignment.proofs.items():
        file = f"{name}.ipynb"
        wrong += [
            f"{file}: {cell} is not passed by its own solution here: {reason}"
            for cell, reason in proof.unproven.items()
        ]
        wrong += [
            f"{file}: {cell} asks for what has no solution in the source: write it"
            for cell in proof.unasked
        ]
        wrong += [f"{file}: {cell} fails here: {why}" for cell, why in proof.failing.items()]
        free += [
            f"{file}: {cell} gives points to who has written nothing: {BLANK}"
            for cell in proof.free
        ]
        notes += _notes(file, proof)
    tests = [test for source in assignment.notebooks.values() for test in _tests(source)]
    points = sum(test["points"] for test in tests)
    sound = f"all {points:g} points of {len(tests)} tests, {RUNS} times, isolated"
    yield from found("solutions", wrong, sound)
    # A test that its own solution fails gives a blank notebook nothing, whatever else it does.
    yield from found("blank notebook", free, "0 points, isolated", tried=not wrong)
    yield from (Finding(Verdict.NOTE, "solutions", note) for note in notes)


def _notes(file: str, proof: Proof) -> Iterator[str]:
    """What its author should know of a notebook, and need not mend."""
    if proof.changed:
        yield f"{file}: they change {few(proof.changed)} in place, so tests take the student's"
    for cell, names in proof.imports.items():
        yield f"{file}: {cell} uses {few(names)}, which only a solution imports"


def of_plain_runs(assignment: Assignment, runs: Sequence[Plain]) -> Iterator[Finding]:
    """What running the notebooks by Jupyter has shown."""
    wrong, free = list[str](), list[str]()
    for run in runs:
        file, unasked = f"{run.solved.name}.ipynb", _unasked(assignment, run.solved.name)
        if run.error:
            wrong.append(f"{file}: {run.error}")
        failed = _failed(run.solved)
        if unasked:  # what has no solution fails, and what uses it
            failed = {cell: why for cell, why in failed.items() if cell not in unasked}
        else:
            failed |= dict(run.solved.failing(()).values())
        wrong += [f"{file}: {cell} fails in Jupyter: {reason}" for cell, reason in failed.items()]
        free += [
            f"{file}: {cell} gives points in Jupyter to who has written nothing: {BLANK}"
            for cell in run.blank.paid()
        ]
    yield from found("solutions in Jupyter", wrong, "every point, and no cell fails")
    yield from found("blank notebook in Jupyter", free, "0 points", tried=not wrong)


def _failed(ran: Ran) -> dict[str, str]:
    """The tests that were not passed; of a wrong exercise, which all are judged by, that alone."""
    try:
        return ran.failed()
    except CourseError as error:
        return {"a test": str(error)}


def _unasked(assignment: Assignment, name: str) -> Sequence[str]:
    return assignment.proofs[name].unasked if name in assignment.proofs else ()


def one_by_one(examiners: Examiners, assignment: Assignment) -> Iterator[Finding]:
    """What a notebook loses that lacks one function: what does not use it keeps every point.

    A function that fails for that one alone is told so.
    """
    wrong, lacking = list[str](), list[str]()
    for name, source in assignment.notebooks.items():
        texts = Texts((cell["text"] for cell in source.cells), {})
        for place, cell in enumerate(source.cells):
            names = bound([cell["text"]]) if cell["role"] == "solution" else set[str]()
            if not names or cell["text"].strip() == cell["released"].strip():
                continue
            lacking.append(cell["grade_id"] or few(sorted(names)))
            ran = run_without(examiners, assignment, name, source, place)
            needing = {
                test["grade_id"]: bool(texts.reach(used(test["text"])) & names)
                for test in _tests(source)
            }
            own = _own_tests(source, names)
            wrong += [
                f"{name}.ipynb, {lacking[-1]} left blank: {sentence}"
                for sentence in _of_lack(ran, assignment.proofs[name], needing, own, names)
            ]
    sound = f"each of {few(lacking, len(lacking))} left blank costs no test that does not use it"
    passed = not any(proof.unproven for proof in assignment.proofs.values())
    if lacking:
        yield from found("one function blank", wrong, sound, tried=passed)


def _own_tests(source: Source, names: set[str]) -> set[str]:
    """The tests that call one of the names themselves, by grade_id."""
    return {test["grade_id"] for test in _tests(source) if used(test["text"]) & names}


def _of_lack(
    ran: Ran, proof: Proof, needing: Mapping[str, bool], own: set[str], names: set[str]
) -> Iterator[str]:
    """What is wrong with what tests say of a notebook in which one function is blank.

    Args:
        ran: the notebook.
        proof: what is known of its tests.
        needing: of each test, whether it uses the function.
        own: those that call it themselves.
        names: the function's.
    """
    failed = {test: why for test, why in _failed(ran).items() if test not in proof.unproven}
    for test, reason in failed.items():
        if not needing.get(test) and test not in proof.unasked:
            yield f"{test} loses points and does not use it: {reason}"
    if own and not own & failed.keys():
        yield f"{few(sorted(own))} loses no point, and uses it: let it fail where that is missing"
    judged = any(test in ran.results for test in own)  # else nobody knows that it is wrong
    for test in failed.keys() - own if judged else ():
        checks = ran.results[test].checks if test in ran.results else ()
        if any(not c.passed and not any(n in c.cause for n in names) for c in checks):
            yield f"{test} is not told that it fails for {few(sorted(names))} alone"


def tests(assignment: Assignment) -> list[str]:
    """The texts of an assignment's test cells."""
    return [test["text"] for source in assignment.notebooks.values() for test in _tests(source)]


def _tests(source: Source) -> list[Mapping[str, Any]]:
    """The test cells of a source."""
    return [cell for cell in source.cells if cell["role"] == "test"]
