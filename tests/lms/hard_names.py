"""Students with names that are hard to write into a table, and classes of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from autograder.grading.roster import Student
from autograder.lms.points import ABSENT, LeftOut, Points, Row

NAMES = (
    ("Jane", "Doe"),
    ("José", "García-López, María"),
    ("Sean", 'O"Brien, Jr.'),
    ("Two\nLines", "Tab\tand\rReturn"),
    ("=cmd()", "=1+1"),
    ("@SUM(A1)", "+49"),
    ("-2", "−3"),
    ("محمد", "عبد الله"),
    ("\u202eevil", "\u200fRTL"),
    ("Sam", "Lee"),
    ("Sam", "Lee"),
    ("Points Possible", "Student"),
    ("李", "伟"),
    ("a;b;c;d;e;f", ";;"),
    ("<script>alert(1)</script>", "&amp;"),
    ("Back\\", 'slash\\"'),
    ("'quoted'", "`tick`"),
    ("", "Cher"),
    ("L" * 300, "Long"),
)
MOST = 6.0
CELLS: Mapping[str, tuple[str, ...]] = {"tiny": ("test_double", "why")}


def student(number: int, **others: str) -> Student:
    """A student with one of the names, and a number in all LMSs."""
    first, last = NAMES[number % len(NAMES)]
    known = {
        "first_name": first,
        "last_name": last,
        "email": f"s{number}@example.org",
        "lms_user_id": str(1000 + number),
        "username": f"user{number}",
        "section": "Sec 1",
    }
    return Student(f"student{number:02}", **{**known, **others})


def row(who: Student, points: float | None, lost: float = 0.0) -> Row:
    """A graded student's row; None for one who is excused."""
    if points is None:
        return Row(who, "excused", None)
    return Row(
        who,
        "graded",
        points,
        points + lost,
        lost,
        {"tiny": points},
        {("tiny", "test_double"): points, ("tiny", "why"): lost},
    )


def points(rows: Sequence[Row], *left_out: LeftOut, most: float = MOST) -> Points:
    """The points of a class of these."""
    people = {each.student.student_id: each.student for each in rows}
    others = {each.student: Student(each.student) for each in left_out}
    return Points(tuple(rows), tuple(left_out), most, CELLS, {**people, **others})


def some_class(seed: int, size: int = 40) -> Points:
    """A class of random points, some of them excused, some late, some absent."""
    chance = random.Random(seed)
    rows, left_out = list[Row](), list[LeftOut]()
    for number in range(size):
        who = student(number)
        kind = chance.random()
        if kind < 0.1:
            left_out.append(LeftOut(who.student_id, ABSENT))
        elif kind < 0.2:
            rows.append(row(who, None))
        else:
            lost = chance.choice((0.0, 0.0, 0.25, 1 / 3))
            rows.append(row(who, max(0.0, chance.choice((0, 0.5, 2.75, 4, 6)) - lost), lost))
    return points(rows, *left_out)
