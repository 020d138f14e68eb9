"""Builds the class: every student's submission, from the release and the student's file.

    python -m tests.classroom.build COURSE

reads COURSE/release/losses, and writes COURSE/submitted/ and COURSE/roster.csv. The same release
gives the same bytes. Nothing here knows what any function computes: a cell goes where its grade_id
is, and points come from the release.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tests.classroom.student import Extra, Student, students

ROSTER = ("student_id", "first_name", "last_name", "email", "group")


class ClassError(Exception):
    """The class can't be built; the text says why, and what to do."""


@dataclass(frozen=True)
class GradeCell:
    """A cell of the release that carries points; `manual` if a person grades it."""

    grade_id: str
    points: float
    manual: bool


@dataclass(frozen=True)
class Class:
    """The students, and the grade cells of the release that they worked from."""

    assignment: str
    students: tuple[Student, ...]
    cells: tuple[GradeCell, ...]

    @property
    def submissions(self) -> tuple[Student, ...]:
        """The students who handed something in."""
        return tuple(student for student in self.students if student.submitted)

    def expected(self, student: Student) -> dict[str, float | None]:
        """The score that each grade cell must get; None where a person has to give it."""
        return {cell.grade_id: _score(student, cell) for cell in self.cells}

    def machine_score(self, student: Student) -> float:
        """What all machine-graded cells of the student must add up to."""
        return sum(score or 0.0 for score in self.expected(student).values())


def build(
    course: Path, assignment: str = "losses", everyone: Sequence[Student] | None = None
) -> Class:
    """The class, written as submissions and a roster into the course.

    Args:
        course: its folder.
        assignment: what was handed in.
        everyone: the students; the honest class, where nobody is named.

    Raises:
        ClassError: the course has no release of the assignment, or a roster that is not ours, or
            a student's cell has no place in the release.
    """
    release = _release(course, assignment)
    everyone = students() if everyone is None else tuple(everyone)
    files = {course / "roster.csv": _roster(everyone)}
    for student in everyone:
        if student.submitted:
            folder = course / "submitted" / student.student_id / assignment
            files |= {folder / name: text for name, text in _submission(student, release).items()}
    _refuse_other_roster(course / "roster.csv", files)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return Class(assignment, everyone, tuple(_grade_cells(release)))


def main(arguments: list[str]) -> int:
    """The exit code: 0 when the class is built, 2 when it can't be."""
    if len(arguments) != 1:
        print("usage: python -m tests.classroom.build COURSE", file=sys.stderr)
        return 2
    try:
        built = build(Path(arguments[0]))
    except ClassError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Wrote {len(built.submissions)} submissions of a class of {len(built.students)}.")
    return 0


def _release(course: Path, assignment: str) -> dict[str, NotebookNode]:
    folder = course / "release" / assignment
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise ClassError(
            f"{folder} has no notebooks: release the assignment first "
            f"(nbgrader generate_assignment {assignment})."
        )
    return {path.name: nbformat.read(path, as_version=4) for path in paths}


def _submission(student: Student, release: Mapping[str, NotebookNode]) -> dict[str, str]:
    """The text of each file that the student hands in, by name."""
    placed: set[str] = set()
    files = {"timestamp.txt": str(student.submitted)}
    for name, notebook in release.items():
        notebook = deepcopy(notebook)
        placed |= _graft(student, notebook)
        files[name] = nbformat.writes(notebook) + "\n"
    wanted = {*student.cells, *(extra.grade_id for extra in student.extras)}
    if homeless := sorted(wanted - placed):
        raise ClassError(
            f"{student.student_id} writes {homeless[0]!r}; the release has no such cell."
        )
    return files


def _graft(student: Student, notebook: NotebookNode) -> set[str]:
    """The grade_ids of the notebook, whose cells now hold what the student wrote."""
    cells = []
    for cell in notebook.cells:
        grade_id = _grade_id(cell)
        if grade_id in student.cells:
            cell.source = student.cells[grade_id]
        beside = [extra for extra in student.extras if extra.grade_id == grade_id]
        cells += [_cell(student, extra) for extra in beside if extra.where == "before"]
        cells.append(cell)
        cells += [_cell(student, extra) for extra in beside if extra.where == "after"]
    notebook.cells = cells
    return {_grade_id(cell) for cell in cells}


def _cell(student: Student, extra: Extra) -> NotebookNode:
    name = f"{student.student_id}/{extra.where}/{extra.grade_id}"
    cell = nbformat.v4.new_code_cell(extra.source)
    cell.id = hashlib.sha256(name.encode()).hexdigest()[:8]
    return cell


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _grade_cells(release: Mapping[str, NotebookNode]) -> list[GradeCell]:
    return [
        GradeCell(_grade_id(cell), float(marks["points"]), bool(marks["solution"]))
        for notebook in release.values()
        for cell in notebook.cells
        if (marks := cell.metadata.get("nbgrader", {})).get("grade")
    ]


def _score(student: Student, cell: GradeCell) -> float | None:
    """An untouched answer gets 0 from nbgrader without a person; so does an unwritten function."""
    if cell.manual:
        return None if cell.grade_id in student.cells else 0.0
    if cell.grade_id in student.expected:
        return student.expected[cell.grade_id].score
    function = cell.grade_id.rpartition("_")[0]
    return cell.points if function in student.cells else 0.0


def _roster(everyone: tuple[Student, ...]) -> str:
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(ROSTER)
    for student in everyone:
        name, group = student.student_id, "AB"[student.number % 2]
        rows.writerow((name, "Student", name[-2:], f"{name}@example.org", group))
    return file.getvalue()


def _refuse_other_roster(roster: Path, files: Mapping[Path, str]) -> None:
    if roster.exists() and roster.read_text(encoding="utf-8") != files[roster]:
        raise ClassError(
            f"{roster} lists another class, and building this one would replace it: "
            "name another course folder."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
