"""What courses write down stays where it is: each name on the page, and an older README's lines.

The files of `tests/grading/course_4faadda` are of an older kit, and as they were then.
"""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import nbformat
import pytest
import torch
from nbgrader.api import Gradebook
from torch import nn

from autograder.batch import converter
from autograder.checks import ByHand, Check, Curve, Draw, Exercise, Mistake, judge, kinds
from autograder.config import Course, LatePolicy, Sandbox, load
from autograder.grading import preprocessors
from tests.course import ROOT, run
from tests.tiny import answered, source

OLDER = ROOT / "tests" / "grading" / "course_4faadda"
NAME = re.compile(r"^\| `([\w.]+)` \|", re.MULTILINE)

# What an older kit had, as courses have it in their files.
STATEMENTS = (
    "from autograder.batch import converter; converter.install",
    "from autograder.batch.converter import install",
    "from autograder.examiner import grade",
    "from autograder.checks import ByHand, Check, Draw, Exercise, Mistake, kinds",
    "from autograder.checks.kinds import gradient, inputs_unchanged, reductions",
    "from autograder.checks.kinds import same_dtype, values",
    "from autograder.grading.preprocessors import ClearHiddenTests, Execute, GradeCellOutput",
    "from autograder.grading.preprocessors import RegisterCourse, SaveAutoGrades, SaveCells",
    "from autograder.grading.preprocessors import backup, grader_failure",
)

# Every setting of an older kit, with another value than its default.
SETTINGS: dict[str, object] = {
    "c.Course.due": {"losses": "2026-12-04 18:00"},
    "c.Course.timezone": "Europe/Zagreb",
    "c.Course.roster": "class.csv",
    "c.Course.secret": ".seed",
    "c.Sandbox.policy": "off",
    "c.Sandbox.cell_seconds": 31,
    "c.Sandbox.call_seconds": 11,
    "c.Sandbox.notebook_seconds": 601,
    "c.Sandbox.cpu_seconds": 602,
    "c.Sandbox.memory_mib": 2049,
    "c.Sandbox.file_mib": 65,
    "c.Sandbox.scratch_mib": 129,
    "c.Sandbox.scratch_files": 1001,
    "c.Sandbox.output_kib": 2047,
}


def listed() -> list[str]:
    """The names on the page."""
    return NAME.findall((ROOT / "docs" / "public-interface.md").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("processes")
def test_what_a_course_imports_is_there(tmp_path: Path) -> None:
    """In a process that has nothing of the kit's loaded yet."""
    done = run(tmp_path, "python", "-c", "\n".join(STATEMENTS))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [name for name in listed() if name.startswith("autograder.")])
def test_what_the_page_lists_is_there(name: str) -> None:
    """It is found under that name."""
    assert pkgutil.resolve_name(name) is not None


def test_the_page_lists_all_of_it() -> None:
    """No step, setting or import that a course may write down is missing."""
    steps = {
        f"autograder.grading.preprocessors.{name}"
        for name, step in vars(preprocessors).items()
        if isinstance(step, type) and step.__module__ == preprocessors.__name__
    }
    settings = {
        f"c.{part.__name__}.{name}"
        for part in (Course, LatePolicy, Sandbox)
        for name in part.class_own_traits(config=True)
    }
    parts = (ByHand, Check, Curve, Draw, Exercise, Mistake)
    of_checks = {f"autograder.checks.{part.__name__}" for part in parts}
    others = {
        f"{converter.__name__}.install",
        "autograder.examiner.grade",
        kinds.__name__,
        "autograder.grading.preprocessors.backup",
        "autograder.grading.preprocessors.grader_failure",
        *(f"autograder.lms.plugins.{lms}Export" for lms in ("Canvas", "Moodle", "Csv")),
    }
    assert len(listed()) == len(set(listed()))
    assert set(listed()) == steps | settings | of_checks | others
    assert set(listed()) >= SETTINGS.keys()


def test_every_setting_of_an_older_kit_is_read(tmp_path: Path) -> None:
    """What a course sets is what its parts get."""
    lines = [f"{name} = {value!r}" for name, value in SETTINGS.items()]
    config = (OLDER / "course_config.py").read_text()
    (tmp_path / "course_config.py").write_text("\n".join([config, *lines]))
    settings = load(tmp_path)
    parts = {"Course": settings.course, "Sandbox": settings.sandbox}
    for name, value in SETTINGS.items():
        _, part, setting = name.split(".")
        assert getattr(parts[part], setting) == value
        assert getattr(type(parts[part])(), setting) != value, f"{name} is set to its default"


def test_the_readme_has_not_left_an_older_course_behind() -> None:
    """The lines that it gives a course for stock nbgrader are those that it gave then."""
    assert (OLDER / "readme_snippet.py").read_text() in (ROOT / "docs/instructors.md").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_the_lines_of_an_older_readme_grade_a_course(tmp_path: Path) -> None:
    """A course for stock nbgrader with these lines is released, graded and given feedback."""
    course = tmp_path / "course"
    (course / "source" / "tiny").mkdir(parents=True)
    nbformat.write(source(), course / "source" / "tiny" / "tiny.ipynb")
    config = 'c = get_config()\nc.CourseDirectory.course_id = "tiny"\n'
    lines = (OLDER / "readme_snippet.py").read_text()
    (course / "nbgrader_config.py").write_text(config + lines)
    succeeds(course, "generate_assignment")
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    succeeds(course, "autograde")
    succeeds(course, "generate_feedback")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grades = gradebook.find_submission_notebook("tiny", "tiny", "student01").grades
        scores = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}
    assert scores == {"test_double": (4, False), "why": (None, True)}
    page = (course / "feedback" / "student01" / "tiny" / "tiny.html").read_text()
    text = " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "4 of 6 points so far 2 points wait for a person" in text
    assert "double(-3)" not in text


def succeeds(course: Path, command: str) -> None:
    """An nbgrader command on the assignment, which has to end well."""
    done = run(course, "nbgrader", command, "tiny", IPYTHONDIR=str(course.parent / "ipython"))
    assert done.returncode == 0, done.stderr


def test_the_exercise_of_an_older_readme_judges(tmp_path: Path) -> None:
    """A module as it was written then asks what it asked: a right answer is paid, a wrong told."""
    module: dict[str, object] = {"__name__": "mse"}
    exec((OLDER / "readme_exercise.py").read_text(), module)
    (exercise,) = module["EXERCISES"]  # type: ignore[misc]
    loss = nn.functional.mse_loss
    right = judge(exercise, lambda y_hat, y, reduction="none": loss(y_hat, y, reduction=reduction))
    assert (right.score, right.max_score) == (2.0, 2.0)
    wrong = judge(exercise, lambda y_hat, y, reduction="none": torch.abs(y_hat - y))
    assert wrong.score == 0
    assert wrong.checks[0].cause == "This is the absolute error: square the difference."
