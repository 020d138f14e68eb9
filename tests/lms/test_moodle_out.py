"""Points for Moodle, read back by the rules of Moodle's own importers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from autograder.config import CourseError
from autograder.grading.roster import Student
from autograder.lms import moodle_out
from autograder.lms.moodle_import import NO_IDENTITY, to_import
from autograder.lms.moodle_out import LOCKED, NO_ROW, Filled
from autograder.lms.moodle_sheet import Sheet
from autograder.lms.origins import Origin
from autograder.lms.points import ABOVE, EXCUSED, LeftOut, Points, written
from tests.lms.hard_names import points, row, some_class, student
from tests.lms.languages import CROATIAN, ENGLISH, GERMAN, LANGUAGES, Language
from tests.lms.moodle_importer import (
    Import,
    InvalidImportError,
    Moodle,
    Participant,
)


def participants(made: Points, **others: str) -> dict[int, Participant]:
    """All of a class, as Moodle shows them."""
    return {
        4700 + place: Participant(f"{each.first_name} {each.last_name}", each.email, **others)
        for place, each in enumerate(made.people.values())
    }


def fill(
    made: Points, moodle: Moodle, origins: Mapping[str, Origin] | None = None, **options: bool
) -> Filled:
    """The worksheet of an assignment, filled in."""
    sheet = Sheet.read(moodle.worksheet().encode(), "worksheet.csv")
    return moodle_out.fill(made, sheet, origins or {}, **options)


@LANGUAGES
@pytest.mark.parametrize("newest", [False, True], ids=["older", "newest"])
@pytest.mark.parametrize("seed", range(8))
def test_everyone_gets_their_points_whatever_they_are_called(
    seed: int, newest: bool, language: Language
) -> None:
    """And nobody else's; who is passed over is told beforehand."""
    made = some_class(seed)
    moodle = Moodle(participants(made), language=language, newest=newest)
    filled = fill(made, moodle)
    numbers = {key: 4700 + place for place, key in enumerate(made.people)}
    grades, comments = moodle.imports(filled.content)
    expected = {
        numbers[each.student.student_id]: float(written(each.points))
        for each in made.rows
        if each.points is not None
    }
    zeros = {numbers[student] for student in filled.zeros}
    assert zeros == {number for number, grade in expected.items() if grade == 0}
    if newest:
        expected = {number: grade for number, grade in expected.items() if grade}
    assert grades == expected
    assert {each.student for each in filled.left_out} == {
        each.student.student_id for each in made.rows if each.points is None
    }
    assert {each.reason for each in filled.left_out} <= {EXCUSED}
    assert comments.keys() == expected.keys() | zeros


def test_rows_of_others_stay_as_they_are() -> None:
    """Who has no points keeps the grade and the comment that Moodle has."""
    made = points([row(student(0), 4.5)], LeftOut("student01", NO_ROW))
    people = {
        1: Participant("Jane Doe", "s0@example.org"),
        2: Participant("Some One", "other@example.org", "3.00", "Said"),
    }
    moodle = Moodle(people)
    filled = fill(made, moodle)
    before, after = moodle.worksheet().splitlines(), filled.content.decode().splitlines()
    assert (after[0], after[2]) == (before[0], before[2])
    assert filled.nobodys == ["2"]
    assert moodle.imports(filled.content) == ({1: 4.5}, {1: "4.5 of 6 points"})


def test_a_comment_is_html_that_moodle_reads_whole() -> None:
    """With lateness and what a person wrote; quotes, backslashes and HTML are only text."""
    comment = 'Nearly: \\"x\\" \\\n<img src=x> & =1'
    made = points([replace(row(student(0), 4.5, 0.5), comments={"why": comment})])
    moodle = Moodle(participants(made))
    _, comments = moodle.imports(fill(made, moodle).content)
    assert comments == {
        4700: "4.5 of 6 points, after 0.5 for lateness<br>why: Nearly: &#92;&quot;x&#92;&quot; "
        "&#92;<br>&lt;img src=x&gt; &amp; =1"
    }


def test_a_comment_that_someone_wrote_stays_and_one_of_ours_is_renewed() -> None:
    """However Moodle gives ours back."""
    made = points([row(student(number), 4.5) for number in (0, 1, 2)])
    people = participants(made)
    people[4700] = replace(people[4700], comment="See me.")
    people[4701] = replace(people[4701], comment="<p>2 of 6 points<br>why: old</p>", grade="2.00")
    filled = fill(made, Moodle(people))
    _, comments = Moodle(people).imports(filled.content)
    assert comments == {4701: "4.5 of 6 points", 4702: "4.5 of 6 points"}
    assert (filled.kept, filled.replaced) == (["student00"], ["student01"])


@pytest.mark.parametrize(
    "said",
    [
        "3 of 10 points: as said in class, keep me",
        "<p>2 of 6 points</p><p>See me.</p>",
        "<p>2 of 6 points<br>why: old</p><p>See me.</p>",
        "2 of 6 points<br>See me: soon",
        "2 of 6 points, after 1 for lateness, which I take back",
        "2 of 6 points.",
    ],
)
def test_a_comment_that_someone_wrote_stays_though_it_begins_as_ours(said: str) -> None:
    """What is written here is known by all of it."""
    made = points([row(student(0), 4.5)])
    people = {4700: replace(participants(made)[4700], comment=said)}
    filled = fill(made, Moodle(people))
    assert Moodle(people).imports(filled.content) == ({4700: 4.5}, {})  # no other comment
    assert filled.kept == ["student00"]


def test_whatever_is_written_here_is_renewed() -> None:
    """As it is, and as Moodle's editor gives it back."""
    comments = {"why": 'a <b> & "c" \\: 1 of 2 points\n\nmore', "t-1": "x" * 5000, "q": "\nof\n"}
    for lost, theirs in ((0.0, {}), (0.5, {}), (0.5, comments)):
        made = points([replace(row(student(0), 4.5, lost), comments=theirs)])
        empty = Moodle(participants(made))
        ((number, ours),) = empty.imports(fill(made, empty).content)[1].items()
        for said in (ours, f'<p dir="ltr">{ours}</p>\n'.replace("<br>", "<br />\n")):
            people = {number: replace(participants(made)[number], comment=said)}
            filled = fill(points([row(student(0), 5.0)]), Moodle(people))
            assert filled.kept == []
            assert Moodle(people).imports(filled.content)[1] == {number: "5 of 6 points"}


def test_what_moodle_would_pass_over_is_told() -> None:
    """A grade that is locked, one above the maximum; in German, too."""
    made = points([row(student(number), 4.5) for number in range(4)])
    for language in (ENGLISH, GERMAN, CROATIAN):
        people = participants(made)
        people[4701] = replace(people[4701], locked=True)
        filled = fill(made, Moodle(people, language=language))
        assert filled.left_out == [LeftOut("student01", LOCKED)]
    extra = points([row(student(0), 7.0), row(student(1), 6.0)])
    filled = fill(extra, Moodle(participants(extra)))
    assert filled.left_out == [LeftOut("student00", ABOVE)]


def test_another_maximum_is_refused_or_scaled() -> None:
    """25 of 32 points are no 25 of 100."""
    made = points([row(student(0), 4.5, 0.6)])
    moodle = Moodle(participants(made), most=100.0)
    with pytest.raises(CourseError, match=r"Moodle's maximum grade is 100 .* worth 6: .*--scale"):
        fill(made, moodle)
    assert moodle.imports(fill(made, moodle, scaled=True).content) == (
        {4700: 75.0},
        {4700: "75 of 100 points, after 10 for lateness"},
    )


def test_columns_that_cannot_be_told_are_one_line() -> None:
    """What to do is change Moodle's language."""
    sheet = Sheet.read(b"a,b,c,d\n1,2,3,4\n", "w.csv")
    with pytest.raises(CourseError, match=r"w.csv: it can't be told .* choose English"):
        moodle_out.fill(points([]), sheet, {})


# Whose row it is -------------------------------------------------------------------------------


def test_namesakes_are_told_apart_by_address_alone() -> None:
    """Two Sam Lees, of whom the worksheet shows no address: neither gets the other's points."""
    made = points([row(student(9), 2.0), row(student(10), 5.0), row(student(0), 1.0)])
    with_mail, without = participants(made), participants(made)
    without = {number: replace(each, email="") for number, each in without.items()}
    grades, _ = Moodle(with_mail).imports(fill(made, Moodle(with_mail)).content)
    assert grades == {4700: 2.0, 4701: 5.0, 4702: 1.0}
    filled = fill(made, Moodle(without))
    assert Moodle(without).imports(filled.content)[0] == {4702: 1.0}
    assert filled.left_out == [LeftOut("student09", NO_ROW), LeftOut("student10", NO_ROW)]


def test_what_collect_knows_tells_namesakes_apart() -> None:
    """By Moodle's number of the student in this assignment, if the name is the same."""
    made = points([row(student(9), 2.0), row(student(10), 5.0)])
    people = {number: replace(each, email="") for number, each in participants(made).items()}
    origins = {
        "student09": Origin("moodle", "4700", "Sam Lee"),
        "student10": Origin("moodle", "4701", "Sam  LEE"),
    }
    moodle = Moodle(people)
    assert moodle.imports(fill(made, moodle, origins).content)[0] == {4700: 2.0, 4701: 5.0}


def test_a_namesake_who_is_not_on_the_roster_costs_nobody_a_row() -> None:
    """Nor gets anyone's points; and of two on the roster one row may be either's."""
    made = points([row(student(9), 2.0)])
    people = {1: Participant("Sam Lee"), 2: Participant("Sam Lee", "s9@example.org")}
    assert Moodle(people).imports(fill(made, Moodle(people)).content)[0] == {2: 2.0}
    made = points([row(student(9), 2.0), row(student(10), 5.0)])
    people = {1: Participant("Sam Lee"), 2: Participant("Jane Doe")}
    filled = fill(made, Moodle(people))
    assert Moodle(people).imports(filled.content)[0] == {}
    assert [each.reason for each in filled.left_out] == [NO_ROW, NO_ROW]


def test_of_two_rows_that_are_one_student_s_neither_is_filled() -> None:
    """Nobody knows which one counts."""
    made = points([row(student(0), 2.0)])
    people = {1: Participant("A", "s0@example.org"), 2: Participant("B", "user0")}
    filled = fill(made, Moodle(people))
    assert Moodle(people).imports(filled.content) == ({}, {})
    assert filled.left_out == [LeftOut("student00", NO_ROW)]


def test_the_worksheet_of_another_assignment_gives_nobody_another_s_points() -> None:
    """There the same number is someone else."""
    made = points([row(student(0), 2.0), row(student(2), 5.0)])
    people = {4700: Participant("Someone Else"), 4701: Participant("Jane Doe")}
    origins = {"student00": Origin("moodle", "4700", "Jane Doe")}
    filled = fill(made, Moodle(people), origins)
    assert Moodle(people).imports(filled.content)[0] == {4701: 2.0}


def test_a_group_s_name_is_nobody_s_number() -> None:
    """A column in which two rows say the same tells of neither who it is."""
    others = [
        Student("7", "Ana", "Seven"),
        Student("8", "Ben", "Eight"),
        Student("9", "Cy", "Nine"),
    ]
    made = points([row(each, float(place)) for place, each in enumerate(others, 1)])
    people = {
        1: Participant("Ben Eight", "7"),
        2: Participant("Cy Nine", "7"),
        3: Participant("Ana Seven", "8"),
        4: Participant("Dee Ten", "8"),
    }
    filled = fill(made, Moodle(people))
    assert Moodle(people).imports(filled.content)[0] == {1: 2.0, 2: 3.0, 3: 1.0}


def test_names_are_compared_as_people_read_them() -> None:
    """Composed or not, in any case, in either order, with whatever blanks between."""
    made = points([row(Student("a", "José", "Pérez"), 2.0), row(Student("b", "Li", "Wei"), 3.0)])
    people = {1: Participant("JOSE\u0301  Pérez"), 2: Participant("Wei, Li")}
    assert Moodle(people).imports(fill(made, Moodle(people)).content)[0] == {1: 2.0, 2: 3.0}


# Without a worksheet ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_the_import_gives_everyone_their_points(seed: int) -> None:
    """All of it is taken: what would stop it is left out and told."""
    made = some_class(seed)
    out = to_import(made, "losses")
    assert out.known_by == "email"
    users = {each.email: key for key, each in made.people.items() if each.email}
    site = Import(users)
    site.imports(out.text.encode())
    assert site.grades == {
        each.student.student_id: float(written(each.points))
        for each in made.rows
        if each.points is not None
    }
    assert {each.reason for each in out.left_out} <= {EXCUSED}


def test_who_cannot_be_known_for_sure_is_no_row_of_the_import() -> None:
    """A blank would be the student above; a formula, a shared address or too much stops all."""
    rows = [
        row(student(0), 1.0),
        row(student(1, email=""), 2.0),
        row(student(2, email="=a@example.org"), 3.0),
        row(student(3, email="same@example.org"), 4.0),
        row(student(5, email="SAME@example.org"), 5.0),
        row(student(6, email="a\n@example.org"), 5.0),
        *(row(student(number), 1.5) for number in range(7, 10)),
        row(student(10), 100.5),
    ]
    made = points([replace(each, student=replace(each.student, username="")) for each in rows])
    out = to_import(made, "losses")
    assert out.left_out == [
        *(LeftOut(f"student{n:02}", NO_IDENTITY) for n in (1, 2, 3, 5, 6)),
        LeftOut("student10", ABOVE),
    ]
    site = Import({f"s{n}@example.org": f"student{n:02}" for n in range(11)})
    site.imports(out.text.encode())
    assert site.grades == {
        **{"student00": 1.0},
        **{f"student{number:02}": 1.5 for number in range(7, 10)},
    }


def test_what_most_have_is_what_they_are_known_by() -> None:
    """A user name where few have an address."""
    made = points([row(student(n, email="" if n else "a@example.org"), 1.0) for n in range(3)])
    assert to_import(made, "losses").text.splitlines()[:2] == [
        "username,losses",
        "user0,1",
    ]


def test_the_reader_of_the_import_is_strict() -> None:
    """Or these tests would tell nothing."""
    site = Import({"a": "a"})
    for text in ("email,x\nb,1\n", "email,x\na,101\n", "email,x\na\n"):
        with pytest.raises(InvalidImportError):
            site.imports(text.encode())
    site.imports(b"email,x\na,1\n,2\n")
    assert site.grades == {"a": 2.0}
