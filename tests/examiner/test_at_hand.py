"""Which exercise `grade` means where no examiner says it: by the notebook's folder, or its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.config import CourseError
from autograder.examiner.at_hand import of_notebook
from tests.asked import EXERCISES
from tests.own_exercises import own_course


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Two assignments that both ask for `softmax`, with one argument and with two."""
    return own_course(tmp_path / "course")


def arguments(folder: Path, name: str = "softmax") -> int:
    """How many arguments the function of an exercise takes."""
    return of_notebook(folder, name).reference.__code__.co_argcount


@pytest.mark.parametrize(
    "folder", ["source/{}", "release/{}", "submitted/student01/{}", "autograded/student01/{}"]
)
def test_a_notebooks_folder_says_whose_it_is(course: Path, folder: str) -> None:
    """In the source, where it is run by hand, and in what nbgrader's own commands make of it."""
    assert [arguments(course / folder.format(name)) for name in ("hw-1", "hw-2")] == [1, 2]


def test_the_nearest_course_counts(course: Path) -> None:
    """A course may lie in another's folder."""
    inner = own_course(course / "source" / "hw-2")
    (inner / "exercises" / "hw-2.py").unlink()
    assert arguments(inner / "source" / "hw-1") == 1
    with pytest.raises(LookupError, match=r"0 exercises .* no hw-2\.py and no folder hw-2"):
        arguments(inner / "source" / "hw-2")


def test_the_source_directory_is_the_configurations_to_say(course: Path) -> None:
    """A course that does not say where it is lies where that file does, not where one works."""
    config = 'c = get_config()\nc.CourseDirectory.source_directory = "written"\n'
    (course / "course_config.py").write_text(config)
    (course / "source").rename(course / "written")
    assert [arguments(course / "written" / name) for name in ("hw-1", "hw-2")] == [1, 2]


@pytest.mark.parametrize("place", ["elsewhere", "source", "exercises"])
def test_elsewhere_a_name_that_one_assignment_has_is_its(course: Path, place: str) -> None:
    """The bundled ones count as well; of a name that two have, one sentence says what to do."""
    folder = course / place
    assert of_notebook(folder, "nll").name == "nll"
    with pytest.raises(LookupError) as caught:
        of_notebook(folder, "softmax")
    assert str(caught.value) == (
        "3 assignments have an exercise called 'softmax': hw-1, hw-2, losses; and "
        f"{folder} is no folder of one: run the notebook in its assignment's folder, in a course."
    )


def test_outside_of_a_course_there_are_the_bundled_ones(tmp_path: Path) -> None:
    """A notebook on a desktop."""
    assert {of_notebook(tmp_path, each.name).name for each in EXERCISES} == {
        each.name for each in EXERCISES
    }
    with pytest.raises(LookupError, match=r"^0 exercises are called 'hinge'; there are: bce, "):
        of_notebook(tmp_path, "hinge")


def test_an_assignment_has_none_of_anothers(course: Path) -> None:
    """Where the folder says whose the notebook is, nothing else is looked at."""
    with pytest.raises(LookupError, match=r"^0 exercises are called 'nll'; there are: softmax"):
        of_notebook(course / "source" / "hw-1", "nll")
    (course / "exercises" / "hw-2.py").write_text("1 / 0")
    assert arguments(course / "source" / "hw-1") == 1
    with pytest.raises(LookupError, match=r"ZeroDivisionError in .*hw-2\.py, line 1"):
        arguments(course / "source" / "hw-2")


def test_what_a_module_says_now_counts(course: Path) -> None:
    """A notebook is run again after its exercise was changed, in the same process."""
    path = course / "exercises" / "hw-1.py"
    assert of_notebook(course / "source" / "hw-1", "softmax").points == 2
    path.write_text(path.read_text().replace("1.5", "2.5"))
    assert of_notebook(course / "source" / "hw-1", "softmax").points == 3


def test_a_configuration_that_cannot_be_read_is_told(course: Path) -> None:
    """It is what says where the source is."""
    (course / "course_config.py").write_text("1 / 0")
    with pytest.raises(CourseError, match="ZeroDivisionError"):
        arguments(course / "source" / "hw-1")
