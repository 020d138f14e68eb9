"""Moodle's worksheet: read as Moodle reads it, and changed in the cells that are meant alone."""

from __future__ import annotations

import random
import re

import pytest

from autograder.config import CourseError
from autograder.lms.moodle_sheet import Sheet
from tests.lms.moodle_importer import (
    CHINESE,
    ENGLISH,
    GERMAN,
    Language,
    Moodle,
    Participant,
    fgetcsv,
)

PEOPLE = {
    4711: Participant("Ana Pérez", "ana@example.org", comment='Said "well", yes'),
    4712: Participant("Li-Wei Chen, Jr.", "li@example.org", grade="3.00"),
    4720: Participant('Sam "Sammy" Lee', "sam@example.org", comment="two\nlines"),
}
LANGUAGES = pytest.mark.parametrize(
    "language", [ENGLISH, GERMAN, CHINESE], ids=["english", "german", "chinese"]
)
CODECS = [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")]


def sheet(text: str, codec: str = "utf-8") -> Sheet:
    """A worksheet, read."""
    return Sheet.read(text.encode(codec), "worksheet.csv")


@LANGUAGES
@pytest.mark.parametrize("online", [None, "1234 at 12:30", ""])
def test_columns_are_known_by_what_they_hold(language: Language, online: str | None) -> None:
    """In a language that nobody here knows, too."""
    read = sheet(Moodle(PEOPLE, language=language).worksheet(online=online))
    assert read.columns
    titles = [field.text for field in read.header]
    found = read.columns
    assert titles[found.identifier] == language.identifier
    assert titles[found.grade] == language.grade
    assert titles[found.most] == language.most
    assert found.can_change is not None
    assert titles[found.can_change] == language.can_change
    assert found.comments is not None
    assert titles[found.comments] == language.comments
    assert [titles[place] for place in found.identity] == [
        *(language.name, language.email, language.status)
    ]
    assert [read.participant(row) for row in read.rows] == ["4711", "4712", "4720"]


@LANGUAGES
def test_columns_are_known_when_all_have_one_grade_and_a_comment_of_ours(
    language: Language,
) -> None:
    """A worksheet that was filled in, uploaded, and downloaded again."""
    people = {
        number: Participant(f"Name {number}", f"{number}@x.org", "25.25", "25.25 of 32 points")
        for number in range(10, 14)
    }
    read = sheet(Moodle(people, 32.0, language).worksheet())
    assert read.columns
    assert read.header[read.columns.grade].text == language.grade
    assert read.columns.comments is not None
    assert read.header[read.columns.comments].text == language.comments


def test_a_number_of_all_before_the_grades_is_no_maximum() -> None:
    """As of a group in which all are, beside a column that is empty."""
    text = (
        "Kennung,Name,Matrikel,Gruppe,Stand,Note,Bestnote,Offen,Zeit,Text\n"
        "TN 1,A,,3,ja,,6.00,ja,-,\n"
        "TN 2,B,,3,ja,2.00,6.00,ja,4.12.2026 17:30,\n"
    )
    columns = sheet(text).columns
    assert columns
    assert (columns.grade, columns.most, columns.can_change, columns.comments) == (5, 6, 7, 9)


def test_an_empty_cell_before_a_quote_is_a_cell() -> None:
    """Where tabs part them, too, which elsewhere may stand before a quote."""
    read = sheet('a\tb\tc\td\n1\t\t"x"\t4\n')
    assert [field.text for field in read.rows[0]] == ["1", "", "x", "4"]


@pytest.mark.parametrize(("codec", "mark"), CODECS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_nothing_but_the_cell_changes(codec: str, mark: str, separator: str, line_end: str) -> None:
    """The encoding and its mark, the separator, line ends and quotes stay, byte for byte."""
    text = Moodle(PEOPLE).worksheet(separator, line_end, mark)
    read = sheet(text, codec)
    assert read.separator == separator
    assert read.changed({}) == text.encode(codec)
    assert read.columns
    grade = read.rows[1][read.columns.grade]
    changed = read.changed({grade: "4.5"}).decode(codec)
    before, after = text[: grade.start], text[grade.end :]
    assert changed == f"{before}4.5{after}"


def test_a_cell_that_was_quoted_stays_quoted() -> None:
    """As a spreadsheet that quotes all cells leaves it."""
    text = (
        '"Identifier","Grade","Maximum Grade","Last modified (grade)"\n"Participant 1","","6","-"\n'
    )
    read = sheet(text)
    assert read.columns
    assert read.changed({read.rows[0][read.columns.grade]: "4"}).decode() == text.replace(
        '1","",', '1","4",'
    )


def test_cells_are_those_that_moodle_reads() -> None:
    """Of 2,000 made-up rows, those that PHP would read: quotes, backslashes, blanks."""
    chance = random.Random(18)
    for _ in range(2000):
        cells = ["".join(chance.choices('ab"\\ ,;\n1', k=chance.randrange(6))) for _ in range(5)]
        raw = [f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells]
        row = ",".join(chance.choice((cell, chance.choice("ab"))) for cell in raw)
        text = f"a,b,c,d,e\n{row}\n"
        theirs = fgetcsv(text.strip(" \t\n"), ",")
        fits = all(len(each) == 5 for each in theirs)
        try:
            read = sheet(text)
        except CourseError:
            # Moodle takes a quote that nothing closes, and whatever follows, for the last cell.
            assert not fits or _is_open(row), row
            continue
        assert read.separator == ","
        ours = [[field.text for field in each] for each in read.rows]
        assert ours == theirs[1:], row


def _is_open(row: str) -> bool:
    return re.search(r'(?:^|,)[ \t]*"(?:[^"\\]|\\.|"")*$', row, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no grading worksheet with students in it"),
        ("a,b\n1,2\n", "is no grading worksheet with students in it"),
        ("a,b,c,d\n", "is no grading worksheet with students in it"),
        ("a,b,c,d\n1,2,3,4\n1,2,3\n", "line 3, does not fit its first line"),
        ('a,b,c,d\n1,2,3,"x\n', "line 2, does not fit its first line: a quote is missing"),
        ('a,b,c,d\n1,"x\\",3,4\n', "line 2, does not fit its first line"),
    ],
)
def test_what_moodle_would_refuse_is_one_line(text: str, problem: str) -> None:
    """Before it is uploaded, with the line that is wrong."""
    with pytest.raises(CourseError, match=re.escape(problem)):
        sheet(text)


def test_another_encoding_is_refused() -> None:
    """As a spreadsheet may save it: Moodle would show other names."""
    with pytest.raises(CourseError, match=r"is no text in UTF-8 or UTF-16: download .* again"):
        sheet("a,b,c,d\né,2,3,4\n", "latin-1")


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c,d\n1,2,3,4\n",
        "Identifier,Name,Grade,Scale\nParticipant 1,x,Good,Good Bad\nParticipant 2,y,,Good Bad\n",
    ],
    ids=["no-identifier", "a-scale"],
)
def test_columns_that_cannot_be_told(text: str) -> None:
    """Nothing is guessed."""
    assert sheet(text).columns is None


def test_a_large_worksheet_is_read_at_once() -> None:
    """A quote that nothing closes in it costs no more: no way back is tried."""
    people = {n: Participant(f"Name {n}", f"{n}@x.org", comment="x" * 200) for n in range(2000)}
    text = Moodle(people).worksheet()
    assert len(sheet(text).rows) == 2000
    with pytest.raises(CourseError, match="line 2002"):
        sheet(f'{text}"{"ab" * 50_000}')
