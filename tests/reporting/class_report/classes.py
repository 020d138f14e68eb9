"""Classes of any size on record, by SQL: nothing is graded for them."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Comment, Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import insert

from autograder.config import Settings, load
from autograder.grading.records import tables
from autograder.grading.records.tables import SUBMISSIONS
from autograder.results import CheckResult, Flag

DUE = datetime(2026, 12, 4, 17, 0)  # UTC, as nbgrader has it
CHECKS = ("values", "shape", "large-logits", "gradient", "reduction")
FUNCTIONS = ("softmax", "entropy")
VERSIONS = {"autograder": "0.1.0", "python": "3.11.7", "source": "a89b2d5e5a6ccc55"}
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "hand"
c.Course.timezone = "Europe/Zagreb"
c.Course.due = {"hw": "2026-12-04 18:00"}
c.Autograde.autograde_preprocessors = [
    "autograder.grading.preprocessors.Execute",
    "autograder.grading.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
"""


@dataclass(frozen=True)
class Member:
    """A student of a class, and what is on record.

    Args:
        student: the id.
        passed: the checks of each function, by its name, that passed.
        written: the points of the written answer; None while it waits.
        flags: of the record.
        late: how long after the due date it came; None where no time is known.
        penalty: what that costs, of the notebook.
        extension: given to this student.
        status: of the record.
        seconds: that it took.
        memory: MiB that it took; None in a record of an older kit.
        cause, hint: of each failed check.
        versions: of the record.
    """

    student: str
    passed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    written: float | None = None
    flags: tuple[Flag, ...] = ()
    late: timedelta | None = -timedelta(hours=1)
    penalty: float = 0.0
    extension: timedelta | None = None
    status: str = "graded"
    seconds: float = 2.0
    memory: int | None = 40
    cause: str = ""
    hint: str = ""
    versions: dict[str, str] = field(default_factory=lambda: dict(VERSIONS))

    def checks(self, function: str) -> list[CheckResult]:
        """The results of a function's checks; each is worth a point."""
        there = self.passed.get(function, CHECKS)
        return [
            CheckResult(name, True, 1.0, 1.0)
            if name in there
            else CheckResult(name, False, 0.0, 1.0, f"{function} is wrong.", self.hint, self.cause)
            for name in CHECKS
        ]


def many(count: int, seed: int = 0) -> list[Member]:
    """Members by chance: who knows more passes more, and some have flags, or are late."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        skill = chance.random()
        passed = {
            function: tuple(name for name in CHECKS if chance.random() < 0.3 + 0.7 * skill)
            for function in FUNCTIONS
        }
        kinds = chance.sample(("timeout", "suspect-code", "left-out", "unreadable"), 3)
        flagged = tuple(Flag(kind, "softmax_hidden", f"{kind}: " + "words " * 40) for kind in kinds)
        late = timedelta(minutes=chance.randint(-3000, 1000))
        found.append(
            Member(
                f"student{number:05}",
                passed,
                written=chance.choice((None, 0.0, 1.0, 2.0)),
                flags=flagged,
                status="flagged",
                late=late,
                penalty=0.5 if late > timedelta() else 0.0,
                seconds=0.5 + 3 * chance.random(),
                memory=20 + 37 * number % 880 if number % 9 else None,
                cause=chance.choice(("", "The sign is flipped.", "The mean is taken twice.")),
                hint="Look at the last axis.",
            )
        )
    return found


def course(folder: Path, members: list[Member], db_url: str = "") -> Settings:
    """A course whose gradebook, roster and submitted/ have these members."""
    address = f"c.CourseDirectory.db_url = {db_url!r}\n" if db_url else ""
    (folder / "course_config.py").write_text(CONFIG + address)
    source(folder / "source" / "hw")
    roster = ["student_id,first_name,last_name"]
    roster += [f'"{m.student.replace(chr(34), chr(34) * 2)}",A,B' for m in members]
    (folder / "roster.csv").write_text("\n".join(roster), encoding="utf-8")
    for member in members:
        (folder / "submitted" / member.student / "hw").mkdir(parents=True)
    settings = load(folder)
    record(settings, members)
    return settings


def source(folder: Path) -> None:
    """A source notebook with the cells that the records are of."""
    cells = [new_markdown_cell("# Homework")]
    for function in FUNCTIONS:
        solution = {"grade": False, "solution": True, "locked": False, "task": False}
        test = {"grade": True, "solution": False, "locked": True, "task": False, "points": 5}
        cells += [
            new_markdown_cell(f"## Exercise: {function}"),
            _cell(new_code_cell(f"def {function}(z): ..."), function, solution),
            _cell(new_code_cell("..."), f"{function}_hidden", test),
        ]
    written = {"grade": True, "solution": True, "locked": False, "task": False, "points": 2}
    cells += [new_markdown_cell("## Exercise: why"), _cell(new_markdown_cell(""), "why", written)]
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), folder / "nb.ipynb")


def _cell(
    cell: nbformat.NotebookNode, name: str, metadata: dict[str, object]
) -> nbformat.NotebookNode:
    cell.metadata.nbgrader = {"grade_id": name, "schema_version": 3, **metadata}
    return cell


def record(settings: Settings, members: list[Member]) -> None:
    """Puts the members on record."""
    with Gradebook(settings.directory.db_url) as gradebook:
        tables.prepare(gradebook)
        assignment = gradebook.add_assignment("hw", duedate=DUE)
        notebook = gradebook.add_notebook("nb", "hw")
        cells = {}
        for name in (*(f"{function}_hidden" for function in FUNCTIONS), "why"):
            most, kind = (2, "markdown") if name == "why" else (5, "code")
            added = gradebook.add_grade_cell(name, "nb", "hw", max_score=most, cell_type=kind)
            cells[name] = added.id
        why = gradebook.add_solution_cell("why_text", "nb", "hw").id
        rows = _Rows(assignment.id, notebook.id, cells, why)
        for member in members:
            rows.add(member)
        for table, found in rows.found.items():
            if found:
                gradebook.db.execute(insert(table), found)
        gradebook.db.commit()


class _Rows:
    """Rows of nbgrader's tables and the kit's, in an order in which they can be inserted."""

    def __init__(self, assignment: str, notebook: str, cells: dict[str, str], why: str) -> None:
        self._assignment, self._notebook, self._cells, self._why = assignment, notebook, cells, why
        kinds = (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)
        self.found: dict[object, list[dict[str, object]]] = {
            **{kind.__table__: [] for kind in kinds},
            SUBMISSIONS: [],
        }

    def add(self, member: Member) -> None:
        """A member's rows; who failed has an entry of nbgrader's, too, of a hand-in before."""
        entry, theirs = uuid4().hex, uuid4().hex
        self._put(Student, id=member.student)
        self._put(
            SubmittedAssignment,
            id=entry,
            assignment_id=self._assignment,
            student_id=member.student,
            timestamp=None if member.late is None else DUE + member.late,
            extension=member.extension,
        )
        self._put(
            SubmittedNotebook,
            id=theirs,
            assignment_id=entry,
            notebook_id=self._notebook,
            late_submission_penalty=member.penalty,
        )
        for name, cell in self._cells.items():
            by_hand = name == "why"
            score = None if by_hand else self._points(member, name)
            self._put(
                Grade,
                id=uuid4().hex,
                notebook_id=theirs,
                cell_id=cell,
                auto_score=score,
                manual_score=member.written if by_hand else None,
                extra_credit=None,
                needs_manual_grade=by_hand and member.written is None,
            )
        self._put(Comment, id=uuid4().hex, notebook_id=theirs, cell_id=self._why)
        self._keep(member, entry)

    def _points(self, member: Member, cell: str) -> float:
        return sum(check.points for check in member.checks(cell.removesuffix("_hidden")))

    def _keep(self, member: Member, entry: str) -> None:
        checks = {f"{f}_hidden": [asdict(check) for check in member.checks(f)] for f in FUNCTIONS}
        flags = json.dumps([flag.to_json() for flag in member.flags])
        kept = {"digest": "d", "copy": "", "cells": [*self._cells], "flags": json.loads(flags)}
        if member.memory is not None:
            kept["memory_bytes"] = member.memory << 20
        self.found[SUBMISSIONS].append(
            {
                "assignment_id": self._assignment,
                "student_id": member.student,
                "submission_id": entry,
                "status": member.status,
                "seconds": member.seconds,
                "digest": "" if member.status == "failed" else "d" * 64,
                "versions": json.dumps(member.versions),
                "flags": flags,
                "checks": json.dumps({} if member.status == "failed" else checks),
                "content": "c" * 64,
                "notebooks": json.dumps({} if member.status == "failed" else {"nb": kept}),
            }
        )

    def _put(self, kind: type, **values: object) -> None:
        self.found[kind.__table__].append(values)  # type: ignore[attr-defined]
