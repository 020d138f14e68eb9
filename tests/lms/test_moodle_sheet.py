"""Moodle's worksheet: read as Moodle reads it, and changed in the cells that are meant alone."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.config import CourseError
from autograder.lms.moodle_columns import Grades
from autograder.lms.moodle_sheet import MOST_BYTES, Sheet
from tests.lms.languages import LANGUAGES, Language
from tests.lms.moodle_importer import Moodle, Participant, fgetcsv

PEOPLE = {
    4711: Participant("Ana Pérez", "ana@example.org", comment='Said "well", yes'),
    4712: Participant("Li-Wei Chen, Jr.", "li@example.org", grade="3.00"),
    4720: Participant('Sam "Sammy" Lee', "sam@example.org", comment="two\nlines"),
}
CODECS = [(codec, mark) for codec in ("utf-8", "utf-16-le", "utf-16-be") for mark in ("", "\ufeff")]


def sheet(text: str, codec: str = "utf-8") -> Sheet:
    """A worksheet, read."""
    return Sheet.read(text.encode(codec), "worksheet.csv")


def grades(read: Sheet) -> Grades:
    """Where in a worksheet the grades stand."""
    assert read.columns
    assert read.columns.grades
    return read.columns.grades


@LANGUAGES
@pytest.mark.parametrize("online", [None, "1234 at 12:30", ""])
def test_columns_are_known_by_what_they_hold(language: Language, online: str | None) -> None:
    """In a language that nobody here knows, too."""
    read = sheet(Moodle(PEOPLE, language=language).worksheet(online=online))
    titles = [field.text for field in read.header]
    assert read.columns
    assert titles[read.columns.identifier] == language.identifier
    found = grades(read)
    assert titles[found.grade] == language.grade
    assert titles[found.most] == language.most
    assert found.can_change is not None
    assert titles[found.can_change] == language.can_change
    assert titles[found.modified] == language.last_grade
    assert found.comments is not None
    assert titles[found.comments] == language.comments
    assert read.columns.submitted is not None
    assert titles[read.columns.submitted] == language.last_submission
    assert [titles[place] for place in read.columns.identity] == [
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
    found = grades(read)
    assert read.header[found.grade].text == language.grade
    assert found.comments is not None
    assert read.header[found.comments].text == language.comments


@LANGUAGES
@pytest.mark.parametrize("locked", [False, True])
def test_titles_are_not_needed(language: Language, locked: bool) -> None:
    """What the columns hold tells the same as Moodle's own titles."""
    people = {number: replace(each, locked=locked) for number, each in PEOPLE.items()}
    text = Moodle(people, language=language).worksheet()
    header, _, rows = text.partition("\n")
    bare = ",".join(f"c{number}" for number in range(len(language.titles)))
    assert header.count(",") == bare.count(",")
    assert sheet(f"{bare}\n{rows}").columns == sheet(text).columns


def test_a_due_date_is_no_time_of_submission() -> None:
    """Moodle shows a student's own dates before the grade, and not of all assignments the time."""
    rows = [
        "TN 1,A,Abgegeben,4.12.2026 17:30,,6.00,Neu,ja,5.12.2026 11:00,-,",
        "TN 2,B,Nichts,4.12.2026 17:30,2.00,6.00,Neu,ja,-,6.12.2026 10:00,gut",
        "TN 3,C,Nichts,4.12.2026 17:30,,6.00,Neu,ja,-,-,",
    ]
    columns = sheet("\n".join(["k,n,s,d,b,m,w,o,a,z,t", *rows])).columns
    assert columns
    assert (columns.status, columns.submitted) == (2, 8)
    without = [",".join(row.split(",")[:8] + row.split(",")[9:]) for row in rows]
    columns = sheet("\n".join(["k,n,s,d,b,m,w,o,z,t", *without])).columns
    assert columns
    assert columns.submitted is None
    assert columns.grades
    assert (columns.grades.grade, columns.grades.can_change, columns.grades.modified) == (4, 7, 8)


def test_a_word_of_many_languages_tells_none() -> None:
    """A column called ID may have a student's number."""
    text = "Nummer,ID,Status,Punkte\nTN 1,AB 7,x,1\nTN 2,AB 8,y,2\n"
    columns = sheet(text).columns
    assert columns
    assert columns.identifier == 0


def test_rows_without_anything_are_none() -> None:
    """As a spreadsheet leaves them; they stay in the file."""
    text = Moodle(PEOPLE).worksheet() + ",,,,,,,,,\n ,,,,,,,,,x\n".replace("x", " ")
    read = sheet(text)
    assert len(read.rows) == len(PEOPLE)
    assert read.changed({}) == text.encode()


def test_what_moodle_would_refuse_can_be_read() -> None:
    """A comment that ends with a backslash makes Moodle's own file one that it can't read."""
    people = {**PEOPLE, 4711: replace(PEOPLE[4711], comment="See C:\\")}
    text = Moodle(people).worksheet()
    with pytest.raises(CourseError, match="line 2, does not fit its first line"):
        sheet(text)
    read = Sheet.read(text.encode(), "worksheet.csv", strict=False)
    assert [read.participant(row) for row in read.rows] == ["4711", "4712", "4720"]
    ragged = Moodle(PEOPLE).worksheet() + "Participant 4799,Some One\n"
    read = Sheet.read(ragged.encode(), "worksheet.csv", strict=False)
    assert [read.participant(row) for row in read.rows] == ["4711", "4712", "4720", "4799"]
    assert {len(row) for row in read.rows} == {len(read.header)}


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    """Too large, or not there."""
    path = tmp_path / "worksheet.csv"
    with pytest.raises(CourseError, match=r"worksheet\.csv can't be read: No such file"):
        Sheet.open(path)
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(CourseError, match=r"worksheet\.csv is too large"):
        Sheet.open(path)


def test_a_number_of_all_before_the_grades_is_no_maximum() -> None:
    """As of a group in which all are, beside a column that is empty."""
    text = (
        "Kennung,Name,Matrikel,Gruppe,Stand,Note,Bestnote,Offen,Zeit,Text\n"
        "TN 1,A,,3,ja,,6.00,ja,-,\n"
        "TN 2,B,,3,ja,2.00,6.00,ja,4.12.2026 17:30,\n"
    )
    columns = grades(sheet(text))
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
    grade = read.rows[1][grades(read).grade]
    changed = read.changed({grade: "4.5"}).decode(codec)
    before, after = text[: grade.start], text[grade.end :]
    assert changed == f"{before}4.5{after}"


def test_a_cell_that_was_quoted_stays_quoted() -> None:
    """As a spreadsheet that quotes all cells leaves it."""
    text = (
        '"Identifier","Grade","Maximum Grade","Last modified (grade)"\n"Participant 1","","6","-"\n'
    )
    read = sheet(text)
    assert read.changed({read.rows[0][grades(read).grade]: "4"}).decode() == text.replace(
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
    columns = sheet(text).columns
    assert columns is None or columns.grades is None


def test_a_large_worksheet_is_read_at_once() -> None:
    """A quote that nothing closes in it costs no more: no way back is tried."""
    people = {n: Participant(f"Name {n}", f"{n}@x.org", comment="x" * 200) for n in range(2000)}
    text = Moodle(people).worksheet()
    assert len(sheet(text).rows) == 2000
    with pytest.raises(CourseError, match="line 2002"):
        sheet(f'{text}"{"ab" * 50_000}')
