"""Small courses of other people's kinds: untouched they earn nothing, solved they earn all.

Each folder of `tests/courses` is one, made as its instructor would: notebooks in `source/`, and
what goes behind `course_config.py` or a `nbgrader_config.py` that was written for stock nbgrader.
`solved/` has the answers that the source lacks. Two students hand in: one what was released, as it
is, and one the solutions.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade, is_solution, is_task

from tests.course import ROOT, fresh_clone, run

pytestmark = pytest.mark.slow

COURSES = Path(__file__).parent / "courses"
UNTOUCHED, SOLVED = "student01", "student02"
WORDS = "I would say so for two reasons, and the first of them is the shape of the data."

# The date in course_config.py is the bundled assignment's.
NOT_DUE = "\nc.Course.due = {}\n"


@dataclass(frozen=True)
class Told:
    """What grading says of one submission: `scores` has None where a person is to grade."""

    status: str
    flags: tuple[str, ...]
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class Graded:
    """A course whose two submissions were graded.

    Args:
        points: of each test cell in the source.
        tasks: the source's task cells.
        exit_code: the grading command's.
        printed: by it, for who reads a failure.
        told: of each student.
    """

    points: Mapping[str, float]
    tasks: frozenset[str]
    exit_code: int
    printed: str
    told: Mapping[str, Told]


def readme_snippet() -> str:
    """What docs/instructors.md says that a course for stock nbgrader adds to its configuration."""
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/instructors.md").read_text(), re.DOTALL
    )
    (snippet,) = (block for block in blocks if "converter.install()" in block)
    return str(snippet)


def succeeds(course: Path, *command: str) -> None:
    """Runs a command that a course needs before anyone is graded."""
    done = run(course, *command, IPYTHONDIR=str(course.parent / "ipython"))
    assert done.returncode == 0, done.stdout + done.stderr


def small_course(name: str, folder: Path) -> Path:
    """One of `tests/courses`, with the kit's configuration, or its own with that addition."""
    course = Path(shutil.copytree(COURSES / name, folder / "course"))
    own, tail = course / "nbgrader_config.py", course / "config_tail.py"
    if own.exists():
        own.write_text(own.read_text() + readme_snippet())
    else:
        lines = tail.read_text() if tail.exists() else ""
        config = (ROOT / "course_config.py").read_text() + NOT_DUE + lines
        (course / "course_config.py").write_text(config)
        shutil.copy(ROOT / "nbgrader_config.py", course)
    return course


def quickstart(folder: Path) -> Path:
    """nbgrader's own example course, with the lines of docs/instructors.md."""
    succeeds(folder, "nbgrader", "quickstart", "course")
    with (folder / "course" / "nbgrader_config.py").open("a") as config:
        config.write(readme_snippet())
    return folder / "course"


def made(name: str, folder: Path) -> Path:
    """A course by its name: the bundled one, nbgrader's, or one of `tests/courses`."""
    if name == "bundled":
        return fresh_clone(folder / "course")
    return quickstart(folder) if name == "quickstart" else small_course(name, folder)


def assignment_of(course: Path) -> str:
    """Its one assignment."""
    (folder,) = (path for path in (course / "source").iterdir() if path.is_dir())
    return folder.name


def marked(path: Path) -> Iterator[tuple[str, NotebookNode]]:
    """The cells of a notebook that have a grade_id."""
    for cell in nbformat.read(path, as_version=4).cells:
        if grade_id := cell.metadata.get("nbgrader", {}).get("grade_id"):
            yield grade_id, cell


def notebooks(course: Path) -> list[Path]:
    """The sources of its assignment."""
    return sorted((course / "source" / assignment_of(course)).glob("*.ipynb"))


def machine_points(course: Path) -> dict[str, float]:
    """The points of each cell that a machine grades."""
    return {
        grade_id: cell.metadata.nbgrader.points
        for path in notebooks(course)
        for grade_id, cell in marked(path)
        if is_grade(cell) and not is_solution(cell)
    }


def tasks(course: Path) -> frozenset[str]:
    """The cells whose answer is whatever stands below them."""
    cells = (found for path in notebooks(course) for found in marked(path))
    return frozenset(grade_id for grade_id, cell in cells if is_task(cell))


def solution(cell: NotebookNode) -> str:
    """A solution cell's text as a student would have written it; in words, what anyone might."""
    if cell.cell_type != "code":
        return WORDS
    marks = ("### BEGIN SOLUTION", "### END SOLUTION")
    lines = cell.source.splitlines(keepends=True)
    return "".join(line for line in lines if line.strip() not in marks)


def solutions(course: Path, name: str) -> dict[str, str]:
    """The answers of a notebook, by grade_id: the source's, or else those in `solved/`."""
    source, solved = course / "source" / assignment_of(course) / name, course / "solved" / name
    paths = [source, *([solved] if solved.exists() else [])]
    return {
        grade_id: solution(cell)
        for path in paths
        for grade_id, cell in marked(path)
        if is_solution(cell)
    }


def solve(course: Path, path: Path) -> None:
    """Writes the solutions into a released notebook; below a task, a cell of the student's."""
    notebook, answers = nbformat.read(path, as_version=4), solutions(course, path.name)
    cells = []
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(grade_id, cell.source)
        cells += [cell, *([nbformat.v4.new_markdown_cell(WORDS)] if is_task(cell) else [])]
    notebook.cells = cells
    nbformat.write(notebook, path)


def hand_in(course: Path, student: str) -> Path:
    """A submission that is the released folder."""
    name = assignment_of(course)
    released = course / "release" / name
    return Path(shutil.copytree(released, course / "submitted" / student / name))


def from_json(course: Path) -> dict[str, Told]:
    """What `autograder grade --json` wrote of each student."""
    data: dict[str, Any] = json.loads((course / "grades.json").read_text())
    return {
        each["student"]: Told(
            each["status"],
            tuple(f"{flag['kind']}: {flag['detail']}" for flag in each["flags"]),
            {grade_id: cell["score"] for grade_id, cell in each["cells"].items()},
        )
        for each in data["submissions"]
    }


def from_log(course: Path, log: str) -> dict[str, Told]:
    """What `nbgrader autograde` logged of each student, and what is in the gradebook."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = {
            submission.student.id: {
                grade.name: None if grade.needs_manual_grade else grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(assignment_of(course))
        }
    return {
        student: Told(
            *re.findall(rf"{student}: (\w+), [\d.]+ points", log),
            tuple(re.findall(rf"WARNING\W*{student}: (.*)", log)),
            scores[student],
        )
        for student in (UNTOUCHED, SOLVED)
    }


def grade(name: str, folder: Path) -> Graded:
    """Makes a course, releases its assignment, and grades both hand-ins in one run.

    A course without `course_config.py` was written for stock nbgrader, and has its commands alone.
    """
    course = made(name, folder)
    assignment, plain = assignment_of(course), not (course / "course_config.py").exists()
    succeeds(
        course,
        *(["nbgrader", "generate_assignment"] if plain else ["autograder", "release"]),
        assignment,
    )
    hand_in(course, UNTOUCHED)
    for path in hand_in(course, SOLVED).glob("*.ipynb"):
        solve(course, path)
    ours = ("autograder", "grade", assignment, "--json", "grades.json")
    command = ("nbgrader", "autograde", assignment) if plain else ours
    done = run(course, *command, IPYTHONDIR=str(course.parent / "ipython"))
    told = from_log(course, done.stderr) if plain else from_json(course)
    printed = done.stdout + done.stderr
    return Graded(machine_points(course), tasks(course), done.returncode, printed, told)


UNPROVEN = "cannot-be-proved"
SMALL = sorted(path.name for path in COURSES.iterdir() if path.is_dir() and path.name != UNPROVEN)
HONEST = ["bundled", "quickstart", *SMALL]


@pytest.fixture(scope="module")
def grading(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Graded]]]:
    """The courses that the tests to be run ask for, a core at work on each."""
    asked = [
        item.callspec.params["graded"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__)
    ]
    folders = {name: tmp_path_factory.mktemp(name) for name in dict.fromkeys(asked)}
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield {name: pool.submit(grade, name, folder) for name, folder in folders.items()}
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def graded(request: pytest.FixtureRequest, grading: Mapping[str, Future[Graded]]) -> Graded:
    """A course by its name, with both students graded."""
    return grading[request.param].result()


each_course = pytest.mark.parametrize("graded", HONEST, indirect=True)


@each_course
def test_an_untouched_release_earns_nothing(graded: Graded) -> None:
    """Each test cell gives it 0, and so does an answer in words; only a task waits for a person."""
    scores = graded.told[UNTOUCHED].scores
    waiting = {cell for cell, score in scores.items() if score is None}
    assert waiting <= graded.tasks
    assert scores == {cell: None if cell in waiting else 0.0 for cell in scores}


@each_course
def test_the_solutions_earn_every_point(graded: Graded) -> None:
    """Each test cell gives its points; the answers in words wait for a person."""
    scores = graded.told[SOLVED].scores
    assert {cell: scores[cell] for cell in graded.points} == graded.points
    assert {scores[cell] for cell in scores.keys() - graded.points} <= {None}


@each_course
@pytest.mark.parametrize("student", [UNTOUCHED, SOLVED], ids=["untouched", "solved"])
def test_nothing_is_flagged(graded: Graded, student: str) -> None:
    """Neither submission has anything that a person is told of."""
    told = graded.told[student]
    assert told.flags == ()
    assert told.status == "graded"


@each_course
def test_the_run_ends_as_one_where_all_is_well(graded: Graded) -> None:
    """Its exit code is 0."""
    assert graded.exit_code == 0, graded.printed


@pytest.mark.parametrize("graded", [UNPROVEN], indirect=True)
@pytest.mark.parametrize("student", [UNTOUCHED, SOLVED], ids=["untouched", "solved"])
def test_what_the_source_cannot_prove_waits_for_a_person(graded: Graded, student: str) -> None:
    """Test cells that can't be run apart have no score and are told; the others have theirs."""
    unproven = {"twice_test", "squares_test"}
    told = graded.told[student]
    assert {cell for cell in graded.points if told.scores[cell] is None} == unproven
    assert {flag.partition(":")[0] for flag in told.flags} == {"unproven"}
    rest = {cell: points for cell, points in graded.points.items() if cell not in unproven}
    share = 1.0 if student == SOLVED else 0.0
    assert {cell: told.scores[cell] for cell in rest} == {c: p * share for c, p in rest.items()}
