"""A class in the gradebook of `tests.tiny`'s course, put there without a grading."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import insert, select

from autograder.grading import roster
from autograder.grading.records.tables import SUBMISSIONS
from autograder.results import Flag

COLUMNS = (
    *("student_id", "first_name", "last_name", "email", "lms_user_id", "idnumber", "username"),
    *("section", "group", "excused"),
)


@dataclass(frozen=True)
class Member:
    """Someone in the class.

    Args:
        student: as the roster is to have them.
        double: points of the test by machine, of 4.
        why: points of the written answer, of 2; None where a person has still to give them.
        penalty: for being late.
        again: whether a person has to look at the written answer once more.
        status: of the kit's record; "" for none.
        flags: in it.
        graded: whether nbgrader has an entry.
        listed: whether the roster has them.
        handed_in: whether something lies in submitted/.
        comment: a person's, on the written answer.
    """

    student: roster.Student
    double: float = 4.0
    why: float | None = 2.0
    penalty: float | None = None
    again: bool = False
    status: str = "graded"
    flags: Sequence[Flag] = ()
    graded: bool = True
    listed: bool = True
    handed_in: bool = True
    comment: str = ""
    others: dict[str, str] = field(default_factory=dict)


def fill(course: Path, members: Sequence[Member]) -> None:
    """Puts a class into the gradebook, the roster and submitted/."""
    with (course / "roster.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**asdict(each.student), **each.others} for each in members if each.listed)
    for each in members:
        if each.handed_in:
            (course / "submitted" / each.student.student_id / "tiny").mkdir(parents=True)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assignment = gradebook.find_assignment("tiny").id
        rows = _rows(gradebook, assignment, members)
        for table, values in rows.items():
            if values:
                gradebook.db.execute(insert(table), values)
        gradebook.db.commit()


def _rows(
    gradebook: Gradebook, assignment: str, members: Sequence[Member]
) -> dict[Any, list[dict[str, Any]]]:
    """What is put into each table."""
    notebook = gradebook.db.execute(
        select(Notebook.id).where(Notebook.assignment_id == assignment)
    ).scalar_one()
    of_notebook = select(BaseCell.id, BaseCell.name, BaseCell.type)
    there = gradebook.db.execute(of_notebook.where(BaseCell.notebook_id == notebook))
    cells = {(cell.type, cell.name): cell.id for cell in there}
    rows: dict[Any, list[dict[str, Any]]] = {
        table: []
        for table in (
            *(Student.__table__, SubmittedAssignment.__table__, SubmittedNotebook.__table__),
            *(Grade.__table__, Comment.__table__, SUBMISSIONS),
        )
    }
    for place, each in enumerate(members):
        key = each.student.student_id
        entry = f"entry{place:08}"
        rows[Student.__table__].append({"id": key})
        if each.status:
            rows[SUBMISSIONS].append(
                {
                    **{"assignment_id": assignment, "student_id": key, "status": each.status},
                    **{"submission_id": entry if each.graded else None, "seconds": 1.0},
                    **{"digest": "x", "versions": "{}", "checks": "{}"},
                    "flags": json.dumps([flag.to_json() for flag in each.flags]),
                }
            )
        if not each.graded:
            continue
        rows[SubmittedAssignment.__table__].append(
            {
                **{"id": entry, "assignment_id": assignment, "student_id": key},
                "timestamp": datetime(2026, 12, 4, 12, 0),
            }
        )
        rows[SubmittedNotebook.__table__].append(
            {
                **{"id": entry, "assignment_id": entry, "notebook_id": notebook, "flagged": False},
                "late_submission_penalty": each.penalty,
            }
        )
        waits = each.why is None or each.again
        rows[Grade.__table__] += [
            _grade(entry, cells["GradeCell", "test_double"], "d", auto_score=each.double),
            _grade(
                entry,
                cells["GradeCell", "why"],
                "w",
                manual_score=each.why,
                needs_manual_grade=waits,
            ),
        ]
        rows[Comment.__table__].append(
            {
                **{
                    "id": f"c{entry}",
                    "notebook_id": entry,
                    "cell_id": cells["SolutionCell", "why"],
                },
                "manual_comment": each.comment or None,
            }
        )
    return rows


def _grade(entry: str, cell: str, kind: str, **scores: Any) -> dict[str, Any]:
    empty = {"auto_score": None, "manual_score": None, "needs_manual_grade": False}
    return {"id": f"{kind}{entry}", "notebook_id": entry, "cell_id": cell, **empty, **scores}
