"""How grading grows with the class: speed, memory, what is written, a second run, a kill at half.

    python -m tests.sizes                           classes of 20, 200 and 2,000: half an hour
    python -m tests.sizes --students 20 200
    python -m tests.sizes --notebooks 12 --students 20      an assignment of so many notebooks

Each class is the bundled one, some of it more than once, with a few hostile ones in it. It is
graded to the half and killed, graded to the end, and graded once more. BENCHMARKS.md keeps a table.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.benchmark import BIN, print_machine
from tests.classroom.build import build
from tests.classroom.student import HOSTILE
from tests.classroom.student import students as all_students
from tests.course import fresh_clone, run
from tests.tiny import add_notebooks, answered, tiny_course

HOSTILE_SHARE = 50  # one in so many, as long as there are others
FIRST_ENDLESS = 50  # from this number on, hostile students wait for a limit
# Runs the command in this process, and tells its processor time and its most memory at the end.
MEASURED = """
import atexit, resource, runpy, sys

def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"measured: {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}", file=sys.stderr)

atexit.register(tell)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Run:
    """What one command took.

    Args:
        seconds: by the clock.
        own_seconds: of processor time, in the command's own process.
        mib: the most memory of that process.
    """

    seconds: float
    own_seconds: float
    mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[20, 200, 2000], metavar="N")
    parser.add_argument("--notebooks", type=int, default=0, metavar="N")
    options = parser.parse_args()
    print_machine()
    for students in options.students:
        with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
            course, assignment = _course(Path(folder) / "course", students, options.notebooks)
            _measure(course, assignment, students)


def _course(folder: Path, students: int, notebooks: int) -> tuple[Path, str]:
    """A released course with so many students, and the assignment's name."""
    if notebooks:
        return _course_of_many(folder, students, notebooks), "tiny"
    course = fresh_clone(folder)
    honest = [student for student in all_students() if student.submitted]
    hostile = [student for student in all_students(HOSTILE) if student.number < FIRST_ENDLESS]
    few = hostile[: max(1, students // HOSTILE_SHARE)]
    build(course, everyone=[*honest, *few][-students:])
    submitted = course / "submitted"
    there = [path for path in sorted(submitted.iterdir()) if path.name.startswith("student")]
    for number in range(students - len(list(submitted.iterdir()))):
        shutil.copytree(there[number % len(there)], submitted / f"more{number:05d}")
    (course / "roster.csv").unlink()
    _run(course, "release", "losses")
    return course, "losses"


def _course_of_many(folder: Path, students: int, notebooks: int) -> Path:
    """A course of one assignment with so many small notebooks."""
    course = tiny_course(folder)
    add_notebooks(course, notebooks - 1)
    _run(course, "release", "tiny")
    for student in range(students):
        place = course / "submitted" / f"student{student:05d}" / "tiny"
        shutil.copytree(course / "release" / "tiny", place)
        for path in place.glob("*.ipynb"):
            notebook = nbformat.read(path, as_version=4)
            notebook.cells[2].source = answered(course).cells[2].source
            nbformat.write(notebook, path)
    return course


def _measure(course: Path, assignment: str, students: int) -> None:
    """Grades to the half, to the end, and once more; prints what that took."""
    half, seconds = _to_the_half(course, assignment, students // 2)
    rest = _run(course, "grade", assignment)
    again = _run(course, "grade", assignment, "--json", "again.json")
    report = json.loads((course / "again.json").read_text())["submissions"]
    unchanged = sum(each["status"] == "unchanged" for each in report)
    files = [path for path in (course / "autograded").rglob("*") if path.is_file()]
    written = sum(path.stat().st_size for path in files)
    rows = {
        "graded to the half and killed": f"{half} in {seconds:.1f} s",
        "… then to the end": f"{students - half} in {rest.seconds:.1f} s",
        "submissions a second, start included": f"{(students - half) / rest.seconds:.2f}",
        "coordinator, processor ms a submission": (
            f"{1000 * rest.own_seconds / (students - half):.0f}"
        ),
        "coordinator, most memory, MiB": f"{rest.mib:.0f}",
        "files in autograded/, a submission": f"{len(files) / students:.1f}",
        "KiB there, a submission": f"{written / students / 1024:.0f}",
        "KiB of gradebook, a submission": (
            f"{(course / 'gradebook.db').stat().st_size / students / 1024:.0f}"
        ),
        "once more": f"{again.seconds:.2f} s, {unchanged} unchanged, {again.mib:.0f} MiB",
    }
    print(f"\n{students} students")
    for label, text in rows.items():
        print(f"  {label:42}{text}", flush=True)


def _to_the_half(course: Path, assignment: str, half: int) -> tuple[int, float]:
    """Grades until so many are on record, and kills it; how many are, and how long it took."""
    start = time.perf_counter()
    command = [str(BIN / "autograder"), "grade", assignment]
    with subprocess.Popen(
        command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        while (done := _graded(course)) < half and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
    return done, time.perf_counter() - start


def _graded(course: Path) -> int:
    folder = course / "autograded"
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


def _run(course: Path, *arguments: str) -> Run:
    start = time.perf_counter()
    done = run(course, sys.executable, "-c", MEASURED, str(BIN / "autograder"), *arguments)
    if done.returncode not in (0, 1):
        sys.exit(f"autograder {' '.join(arguments)} failed: {done.stderr[-500:]}")
    own, mib = map(float, done.stderr.rpartition("measured:")[2].split())
    return Run(time.perf_counter() - start, own, mib)


if __name__ == "__main__":
    main()
