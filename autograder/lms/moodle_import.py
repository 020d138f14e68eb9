"""A table for the import into Moodle's gradebook, where there is no worksheet to fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.lms.csv_text import FORMULA, table
from autograder.lms.moodle_rows import plain
from autograder.lms.points import ABOVE, EXCUSED, LeftOut, Points, Reason, written
from autograder.words import line

IMPORTED = ("email", "username", "idnumber")  # what Moodle's import may know a student by
MOST_IMPORTED = 100  # a number above stops that import, on a site that is set up as usual
NO_IDENTITY = Reason("nothing on the roster that Moodle's import would know the student by")


@dataclass(frozen=True)
class Imported:
    """A table for the import into Moodle's gradebook.

    Args:
        text: of the file.
        known_by: the title of the first column: what Moodle knows a student by.
        left_out: who has points and no row.
    """

    text: str
    known_by: str
    left_out: Sequence[LeftOut]


def to_import(points: Points, assignment: str) -> Imported:
    """The table: what Moodle knows each student by, and the points.

    Nobody without that is in it, for Moodle would give such points to the student above.

    Args:
        points: of the class.
        assignment: its name, which is the column's title.
    """
    counts = {
        field: Counter(plain(getattr(student, field)) for student in points.people.values())
        for field in IMPORTED
    }
    known_by = max(IMPORTED, key=lambda field: sum(n == 1 for n in _named(counts[field])))
    rows, left_out = [[known_by, line(assignment)]], list[LeftOut]()
    for row in points.rows:
        mark = getattr(row.student, known_by)
        sure = _is_safe(mark) and counts[known_by][plain(mark)] == 1
        if row.points is None:
            left_out.append(LeftOut(row.student.student_id, EXCUSED))
        elif not sure:
            left_out.append(LeftOut(row.student.student_id, NO_IDENTITY))
        elif row.points > MOST_IMPORTED:
            left_out.append(LeftOut(row.student.student_id, ABOVE))
        else:
            rows.append([mark, written(row.points)])
    return Imported(table(rows), known_by, left_out)


def _named(counts: Mapping[str, int]) -> list[int]:
    """How many have each name, but for who has none."""
    return [number for name, number in counts.items() if name]


def _is_safe(mark: str) -> bool:
    """Whether a text is there, is one line, and neither a formula nor hard for Moodle to read."""
    return bool(mark) and mark.isprintable() and not mark.startswith(FORMULA) and "\\" not in mark
