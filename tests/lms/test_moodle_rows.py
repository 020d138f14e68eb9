"""Whose row of Moodle's worksheet is whose, for `collect` and `export` alike."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.grading.roster import Student
from autograder.lms.moodle_rows import rows_of
from autograder.lms.moodle_sheet import Sheet
from autograder.lms.people import People
from tests.lms.moodle_importer import Moodle, Participant


def owners(students: Sequence[Student], participants: Sequence[Participant]) -> dict[str, str]:
    """Moodle's number of each student whose row is known; the first row has 1."""
    text = Moodle(dict(enumerate(participants, 1))).worksheet()
    sheet = Sheet.read(text.encode(), "worksheet.csv")
    found = rows_of(sheet, People(students), {})
    return {student: sheet.participant(row) for student, row in found.items()}


def test_a_name_beside_somebody_else_s_address_is_not_enough() -> None:
    """A namesake who is not on the roster has an address, too."""
    roster = [
        Student("ana", "Ana", "Pérez", "ana@uni.example"),
        Student("bo", "Bo", "Li", "bo@uni.example"),
        Student("sam", "Sam", "Lee", "sam@uni.example"),
        Student("zoe", "Zoë", "Berg"),
    ]
    there = [
        Participant("Ana Pérez", "ana@uni.example"),
        Participant("Li Bo", ""),
        Participant("Sam Lee", "another.sam@uni.example"),
        Participant("Berg, Zoë", "zoe@uni.example"),
        Participant("Bea Moss", "bea@uni.example"),
    ]
    assert owners(roster, there) == {"ana": "1", "bo": "2", "zoe": "4"}


def test_a_section_finds_its_rows_in_the_worksheet_of_all() -> None:
    """By addresses, though few of them are of anyone on the roster."""
    there = [Participant(f"Name {n}", f"user{n}@uni.example") for n in range(1, 31)]
    roster = [Student(f"s{n}", "Other", "Name", f"USER{n}@uni.example ") for n in (7, 19)]
    assert owners(roster, there) == {"s7": "7", "s19": "19"}


def test_numbers_that_are_few_of_the_roster_s_tell_nothing() -> None:
    """The numbers may be a telephone's; where they are of most, they are the students'."""
    roster = [Student("2", "Ana", "Pérez"), Student("3", "Bo", "Li")]
    there = [Participant(name, f"{n}") for n, name in enumerate(("A", "Bo Li", "C", "D", "E"))]
    assert owners(roster, there) == {"3": "2"}
    assert owners(roster, there[1:4]) == {"2": "2", "3": "3"}


def test_a_number_of_canvas_s_is_no_number_of_moodle_s() -> None:
    """A roster may have both."""
    roster = [Student("ana", lms_user_id="1001"), Student("bo", lms_user_id="1002")]
    assert owners(roster, [Participant("A", "1001"), Participant("B", "1002")]) == {}


def test_a_row_without_a_participant_is_nobody_s() -> None:
    """Someone has added it; Moodle passes it over."""
    text = Moodle({1: Participant("Ana Pérez", "ana@uni.example")}).worksheet()
    added = "Mean,Bo Li,bo@uni.example,,3.00,6.00,,,,\n"
    sheet = Sheet.read(f"{text}{added}".encode(), "worksheet.csv")
    roster = People([Student("bo", "Bo", "Li", "bo@uni.example"), Student("ana", "Ana", "Pérez")])
    assert sheet.columns
    assert [*rows_of(sheet, roster, {})] == ["ana"]
