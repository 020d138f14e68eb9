"""Which column of Moodle's grading worksheet is what.

Their titles are in the teacher's language, and which there are is the site's choice. They are known
by Moodle's titles in the languages of `moodle_languages`, and else by what they hold, in the order
in which Moodle writes them (https://github.com/moodle/moodle, mod/assign/gradingtable.php): the
identifier; who it is, the status, and dates of the student's own; the grade and the most that it
may be; whether it can be changed, which every row says in words; when the submission and, as the
last time, the grade were modified, which every row says or has a "-"; comments.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.lms import dates, moodle_languages
from autograder.lms.points import NUMBER

NEEDED = ("identifier", "grade", "most", "modified")  # or the grades are not known by titles
PARTICIPANT = re.compile(r"(?P<word>[^0-9]+)(?P<number>[0-9]{1,18})")  # "Participant 4711"
DRAFT = re.compile("[(（]")  # of all states "Draft (not submitted)" alone has something in brackets
PART = " - "  # between the parts of a status
MOST_STATES = 8  # that a status may be
NOTHING = ("", "-")  # what stands where there is no time

Cells = Sequence[str]  # what a column's say, without blanks around


@dataclass(frozen=True)
class Grades:
    """Where the grades stand.

    Args:
        grade: what is to be filled in.
        most: the most that a grade may be.
        can_change: whether Moodle takes another grade; None where that is not known.
        modified: when the grade was.
        comments: the teacher's; None where there are none.
    """

    grade: int
    most: int
    can_change: int | None
    modified: int
    comments: int | None


@dataclass(frozen=True)
class Columns:
    """Which column is what.

    Args:
        identifier: "Participant 4711".
        identity: the columns that may say who it is: name, email, ….
        status: what became of the submission; None where that is not known.
        submitted: when; None where that is not known.
        grades: where the grades stand; None where that can't be told.
    """

    identifier: int
    identity: tuple[int, ...]
    status: int | None
    submitted: int | None
    grades: Grades | None


def found(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns | None:
    """Which column is what; None where none has the participants.

    Args:
        titles: of the columns.
        rows: what stands in each of them, as many cells as there are titles; at least one row.
    """
    columns = [[row[place].strip() for row in rows] for place in range(len(titles))]
    titled = moodle_languages.places(titles)
    identifier = _identifier(columns, titled.get("identifier"))
    if identifier is None:
        return None
    grades = _titled_grades(titled) or _grades(columns, identifier)
    others = [place for place in range(len(columns)) if place != identifier]
    identity = [place for place in others if grades is None or place < grades.grade]
    submitted = titled.get("submitted")
    if submitted is None:
        may_be = range(grades.most + 1, grades.modified) if grades else others
        submitted = next((place for place in may_be if _are_times(columns[place])), None)
    status = titled.get("status")
    if status is None:
        times = columns[submitted] if submitted is not None else None
        before = [place for place in identity if submitted is None or place < submitted]
        status = next((place for place in before if _is_status(columns[place], times)), None)
    return Columns(identifier, tuple(identity), status, submitted, grades)


def state(status: str) -> str:
    """What became of a submission, as its status says first."""
    return status.partition(PART)[0].strip()


def says_time(cell: str) -> bool:
    """Whether something stands where a time may."""
    return cell.strip() not in NOTHING


def _identifier(columns: Sequence[Cells], titled: int | None) -> int | None:
    """The column of the participants: the one of that title, or else the first that may be it."""
    if titled is not None and _identifies(columns[titled], alone=False):
        return titled
    return next((place for place, cells in enumerate(columns) if _identifies(cells)), None)


def _identifies(cells: Cells, *, alone: bool = True) -> bool:
    """Whether a column has one word and another number in each cell that says anything.

    Args:
        cells: of the column.
        alone: whether it may have nothing else.
    """
    said = [cell for cell in cells if cell]
    matches = [match for cell in said if (match := PARTICIPANT.fullmatch(cell))]
    numbers, words = {match["number"] for match in matches}, {match["word"] for match in matches}
    fits = not alone or len(matches) == len(said)
    return fits and len(matches) == len(numbers) and len(words) == 1


def _titled_grades(titled: Mapping[str, int]) -> Grades | None:
    """Where the grades stand, by titles; None where one of `NEEDED` is missing."""
    if any(name not in titled for name in NEEDED):
        return None
    return Grades(
        titled["grade"],
        titled["most"],
        titled.get("can_change"),
        titled["modified"],
        titled.get("comments"),
    )


def _grades(columns: Sequence[Cells], identifier: int) -> Grades | None:
    """Where the grades stand, by what the columns hold; None where that can't be told."""
    pairs = [
        place
        for place in range(identifier + 1, len(columns) - 2)
        if _are_grades(columns[place], columns[place + 1]) and _are_words(columns[place + 2])
    ]
    if not pairs:
        return None
    grade = pairs[-1]
    times = [
        place
        for place in range(grade + 3, len(columns))
        if all(cell == "-" or dates.may_be(cell) for cell in columns[place])
    ]
    if not times:
        return None
    comments = times[-1] + 1 if times[-1] + 1 < len(columns) else None
    return Grades(grade, grade + 1, times[0] - 1, times[-1], comments)


def _are_grades(grades: Cells, most: Cells) -> bool:
    """Whether a column may hold grades, and the next one the most that one may be."""
    if len({*most}) != 1 or not NUMBER.fullmatch(most[0]):
        return False
    return all(not cell or NUMBER.fullmatch(cell) for cell in grades)


def _are_words(cells: Cells) -> bool:
    """Whether each row has a word or two, and no number."""
    return all(cell and not NUMBER.fullmatch(cell) for cell in cells)


def _are_times(cells: Cells) -> bool:
    """Whether a column says times, and nothing else, where it says anything."""
    said = [cell for cell in cells if says_time(cell)]
    return bool(said) and all(map(dates.may_be, said))


def _is_status(cells: Cells, submitted: Cells | None) -> bool:
    """Whether a column says of each row one of few things, others where nothing was submitted.

    Args:
        cells: of the column.
        submitted: when each was; None where that is not known.
    """
    states = Counter(map(state, cells))
    if "" in states or len(states) > MOST_STATES or any(map(NUMBER.fullmatch, states)):
        return False
    if submitted is None:
        return any(map(DRAFT.search, states))
    said: dict[bool, set[str]] = {True: set(), False: set()}
    for cell, time in zip(cells, submitted, strict=True):
        said[says_time(time)].add(state(cell))
    return not said[True] & said[False] and len(states) < max(len(cells), 2)
