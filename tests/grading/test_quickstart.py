"""The example course of `nbgrader quickstart` gets the grades that stock nbgrader gives it.

Its tests are plain asserts, and one deletes a student's function and binds it again. Nothing in
the course is changed but its nbgrader_config.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbgrader.api import Gradebook
from traitlets.config.loader import PyFileConfigLoader

from tests.course import ROOT, run

pytestmark = pytest.mark.slow

Grades = dict[tuple[str, str], tuple[float | None, bool]]

EXAMPLES = Path(nbgrader.__path__[0]) / "docs" / "source" / "user_guide" / "submitted"

# The smallest change: the way of grading, and the step that stands for it. The other steps are
# nbgrader's own.
EXECUTE = """
from autograder.batch import converter
converter.install()
c.Autograde.autograde_preprocessors = [
    "autograder.grading.preprocessors.Execute",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""

# Answers beside those that nbgrader brings, each by the cell that it changes.
ANSWERS: dict[str, Mapping[str, str]] = {
    "right": {},
    "alone": {
        "sum_of_squares": "def sum_of_squares(n):\n    return sum(i * i for i in range(n + 1))"
    },
    "prints": {
        "squares": 'def squares(n):\n    print("<", n)\n    return [1] * n\nprint(squares(3))'
    },
    "no-python": {"sum_of_squares": "def sum_of_squares(n:\n    return"},
}


def everything() -> str:
    """The three lists of this checkout's course_config.py."""
    config = PyFileConfigLoader("course_config.py", path=str(ROOT)).load_config()
    autograde, generate = config.Autograde, config.GenerateAssignment
    return (
        "\nfrom autograder.batch import converter\nconverter.install()"
        f"\nc.Autograde.sanitize_preprocessors = {autograde.sanitize_preprocessors!r}"
        f"\nc.Autograde.autograde_preprocessors = {autograde.autograde_preprocessors!r}"
        f"\nc.GenerateAssignment.preprocessors = {generate.preprocessors!r}\n"
    )


def nbgrader_says(course: Path, *command: str) -> None:
    """Runs an nbgrader command, which has to succeed."""
    done = run(course, "nbgrader", *command, IPYTHONDIR=str(course.parent / "ipython"))
    assert done.returncode == 0, done.stderr


def hand_in(course: Path, student: str, folder: Path, cells: Mapping[str, str]) -> None:
    """A submission that is a folder's files, with other text in some cells."""
    submitted = course / "submitted" / student / "ps1"
    shutil.copytree(folder, submitted)
    path = submitted / "problem1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = cells.get(grade_id, cell.source)
    nbformat.write(notebook, path)


def grades(course: Path) -> Grades:
    """Each student's cell: its automatic score, and whether a person has to look."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions("ps1")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


@pytest.fixture(scope="module")
def graded(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Grades the class in a new quickstart course with more lines in its nbgrader_config.py."""

    def grade(lines: str) -> Path:
        folder = tmp_path_factory.mktemp("quickstart")
        nbgrader_says(folder, "quickstart", "example")
        course = folder / "example"
        with (course / "nbgrader_config.py").open("a") as config:
            config.write(lines)
        nbgrader_says(course, "generate_assignment", "ps1")
        for student, cells in ANSWERS.items():
            hand_in(course, student, course / "source" / "ps1", cells)
        hand_in(course, "blank", course / "release" / "ps1", {})
        for example in sorted(EXAMPLES.iterdir()):
            hand_in(course, example.name, example / "ps1", {})
        nbgrader_says(course, "autograde", "ps1")
        return course

    return grade


@pytest.fixture(scope="module")
def stock(graded: Callable[[str], Path]) -> Grades:
    """The grades that nbgrader itself gives."""
    return grades(graded(""))


@pytest.fixture(
    scope="module",
    params=[pytest.param(lambda: EXECUTE, id="execute"), pytest.param(everything, id="everything")],
)
def ours(request: pytest.FixtureRequest, graded: Callable[[str], Path]) -> Path:
    """The course graded with this kit's steps."""
    return graded(request.param())


def test_the_grades_are_those_of_stock_nbgrader(ours: Path, stock: Grades) -> None:
    """Every cell of every submission has the same score, and asks for a person where it did."""
    assert grades(ours) == stock


def test_the_class_tells_right_from_wrong(stock: Grades) -> None:
    """The comparison means something: each test cell is passed by one and failed by another."""
    tests = ("correct_squares", "squares_invalid_input", "correct_sum_of_squares")
    for cell in (*tests, "sum_of_squares_uses_squares"):
        scores = {score for (_, name), (score, _) in stock.items() if name == cell}
        assert len(scores) == 2
        assert 0.0 in scores
    assert stock["alone", "sum_of_squares_uses_squares"][0] == 0.0
    assert stock["right", "sum_of_squares_uses_squares"][0] == 0.5


def test_no_cell_of_a_right_submission_shows_an_error(ours: Path) -> None:
    """The cell after the one that deletes `squares` finds it again, as in one kernel."""
    notebook = nbformat.read(ours / "autograded" / "right" / "ps1" / "problem1.ipynb", 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [o for cell in code for o in cell.outputs if o.output_type == "error"] == []
    shown = [output.data["text/plain"] for cell in code for output in cell.outputs]
    assert shown == ["[1, 4, 9, 16, 25, 36, 49, 64, 81, 100]", "385"]
