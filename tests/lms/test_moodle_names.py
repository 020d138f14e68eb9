"""What Moodle calls students' files: written and read alike."""

from __future__ import annotations

import pytest

from autograder.lms import moodle_names
from autograder.lms.moodle_names import Entry, Owner
from autograder.lms.people import plain
from tests.lms.hard_names import NAMES


@pytest.mark.parametrize("name", [" ".join(each) for each in NAMES], ids=range(len(NAMES)))
def test_a_folder_for_feedback_has_its_student(name: str) -> None:
    """Whatever the name is, the number is read back."""
    entry = Entry.read(f"{moodle_names.folder(name, '4711')}/losses.html")
    assert entry
    assert (entry.owner.number, entry.plugin, entry.path) == ("4711", "file", "losses.html")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Ana Pérez_4711_assignsubmission_file/a.ipynb", ("Ana Pérez", "4711", "a.ipynb")),
        ("Ana Pérez_4711_assignsubmission_file_/hw/a.ipynb", ("Ana Pérez", "4711", "hw/a.ipynb")),
        ("Ana Pérez_4711_assignsubmission_file_my-hw_v2", ("Ana Pérez", "4711", "my-hw_v2")),
        ("download/Team 3_58_assignsubmission_file/a.ipynb", ("Team 3", "58", "a.ipynb")),
        ("Default group_assignsubmission_file/a.ipynb", ("Default group", "", "a.ipynb")),
    ],
    ids=["folder", "before 4.1", "flat", "in a folder", "no number"],
)
def test_every_kind_of_entry(path: str, expected: tuple[str, str, str]) -> None:
    """A folder or a flat name, with a number or without."""
    name, number, rest = expected
    assert Entry.read(path) == Entry(Owner(name, number), "file", rest)


def test_another_name_is_none_of_moodle_s() -> None:
    """As of Canvas's zip."""
    assert Entry.read("doejane_1001_2001_binary.ipynb") is None


def test_the_roster_and_moodle_call_a_student_alike() -> None:
    """Moodle leaves out some signs, and writes "_" as a space."""
    assert plain("O'Brien, Seán_Óg") == plain("obrien,Seán  Óg")
