"""A course to try a TA's hour in: a class's work as Canvas hands it out, and nothing graded yet.

    python -m tests.practice FOLDER

makes the course that docs/tas.md walks through. In it lie `submissions.zip`, with the bundled class
and two more students, and `student33-binary.ipynb`, which student33 sends when asked. The exercises
are the course's own, in `exercises/`, so that one can be mended.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.classroom.build import build
from tests.classroom.student import Student, students
from tests.course import ROOT, clone
from tests.lms.downloads import canvas_name, table, zip_of

CONFIG = """
# For practice: the assignment's column in Canvas's gradebook, and what a late day costs.
c.Course.canvas_column = {"losses": "Losses by hand (4321)"}
c.LatePolicy.percent_a_day = 10
"""
DUE = "2026-12-04 17:00:00 UTC"
IN_TIME = "2026-12-02 10:00:00 UTC"
CUT_OFF, FORBIDDEN = "student33", "student34"
SOFTMAX = "def softmax(z):\n    return torch.softmax(z, dim=-1)"
SENT_LATER = f"{CUT_OFF}-binary.ipynb"


def make(course: Path) -> int:
    """Makes the course in a folder that is not there yet; how many have handed in."""
    clone(course)
    ours = shutil.ignore_patterns("__pycache__")
    bundled = ROOT / "autograder" / "exercises" / "losses"
    shutil.copytree(bundled, course / "exercises" / "losses", ignore=ours)
    with (course / "course_config.py").open("a", encoding="utf-8") as config:
        config.write(CONFIG)
    everyone = classmates()
    (course / "roster.csv").write_text(_roster(everyone), encoding="utf-8")
    with TemporaryDirectory() as name:
        built = Path(name) / "built"
        shutil.copytree(course / "release", built / "release")
        build(built, everyone=everyone)
        zip_of(course / "submissions.zip", _entries(built, everyone))
        shutil.copy(_folder(built, CUT_OFF) / "binary.ipynb", course / SENT_LATER)
    return sum(student.submitted is not None for student in everyone)


def classmates() -> tuple[Student, ...]:
    """The bundled class, and two more: one whose file is cut off, one who calls torch's softmax."""
    everyone = students()
    right = dict(everyone[0].cells)
    cut_off = Student(CUT_OFF, "Uploads half a file.", right, submitted=IN_TIME)
    forbidden = {**right, "softmax": SOFTMAX}
    caller = Student(FORBIDDEN, "Calls torch's softmax.", forbidden, submitted=IN_TIME)
    return (*everyone, cut_off, caller)


def _entries(built: Path, everyone: Sequence[Student]) -> Iterator[tuple[str, bytes]]:
    """What Canvas's zip holds: its number of the student and of the file is in each name."""
    attachment = 2000
    for student in everyone:
        late = "LATE_" if student.submitted and student.submitted > DUE else ""
        who = canvas_name(f"{student.number:02}Student")
        for path in sorted(_folder(built, student.student_id).glob("*.ipynb")):
            attachment += 1
            content = path.read_bytes()
            if (student.student_id, path.name) == (CUT_OFF, "binary.ipynb"):
                content = content[: len(content) * 2 // 3]
            yield f"{who}_{late}{_number(student)}_{attachment}_{path.name}", content


def _roster(everyone: Sequence[Student]) -> str:
    rows = [("student_id", "first_name", "last_name", "email", "lms_user_id")]
    for student in everyone:
        name = student.student_id
        rows.append((name, "Student", name[-2:], f"{name}@example.org", str(_number(student))))
    return table(rows)


def _number(student: Student) -> int:
    """Canvas's number of a student."""
    return 1000 + student.number


def _folder(built: Path, student: str) -> Path:
    return built / "submitted" / student / "losses"


def main(arguments: list[str]) -> int:
    """The exit code: 0 when the course is made, 2 when it can't be."""
    if len(arguments) != 1 or Path(arguments[0]).exists():
        print("usage: python -m tests.practice FOLDER (one that is not there)", file=sys.stderr)
        return 2
    course = Path(arguments[0])
    print(f"The work of {make(course)} students: {course / 'submissions.zip'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
