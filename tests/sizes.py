"""How grading grows with the class: speed, memory, what is written, a second run, a kill at half.

    python -m tests.sizes                           classes of 20, 200 and 2,000: half an hour
    python -m tests.sizes --students 20 200

Each class is the bundled one, most of it more than once, with a few hostile ones spread over it.
It is graded to the half and killed, graded to the end, and graded once more. So are three classes
of 20 with a small notebook: alone, as twelve, and beside 70 MiB of data. BENCHMARKS.md keeps the
tables.
"""

from __future__ import annotations

import argparse
import json
import os
import random
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
FEW = 20
SMALL = (  # what is beside the class, how many notebooks, and bytes beside them
    ("a small notebook", 1, 0),
    ("twelve small notebooks", 12, 0),
    ("a small notebook and 70 MiB of data beside it", 1, 70 * 2**20),
)
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
    options = parser.parse_args()
    print_machine()
    for students in options.students:
        with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
            course = _course(Path(folder) / "course", students)
            _measure(course, "losses", students, f"{students} students, two notebooks each")
    for title, notebooks, data in SMALL:
        with tempfile.TemporaryDirectory(prefix="sizes-") as folder:
            course = _small_course(Path(folder) / "course", FEW, notebooks, data)
            _measure(course, "tiny", FEW, f"{FEW} students, {title}")


def _course(folder: Path, students: int) -> Path:
    """A released course with so many students, the hostile ones anywhere among them."""
    course = fresh_clone(folder)
    honest = [student for student in all_students() if student.submitted]
    hostile = [student for student in all_students(HOSTILE) if student.number < FIRST_ENDLESS]
    few = hostile[: max(1, students // HOSTILE_SHARE)]
    build(course, everyone=[*honest, *few][-students:])
    (course / "roster.csv").unlink()
    submitted = course / "submitted"
    there = sorted(submitted.iterdir())
    again = [path for path in there if path.name.startswith("student")]
    names = [f"member{number:05d}" for number in range(students)]
    random.Random(0).shuffle(names)
    for number in range(students - len(there)):
        shutil.copytree(again[number % len(again)], submitted / names.pop())
    for path in there:
        path.rename(submitted / names.pop())
    _run(course, "release", "losses")
    return course


def _small_course(folder: Path, students: int, notebooks: int, data: int) -> Path:
    """A course of one assignment with so many small notebooks, and so many bytes beside them."""
    course = tiny_course(folder)
    add_notebooks(course, notebooks - 1)
    if data:
        (course / "source" / "tiny" / "data.bin").write_bytes(os.urandom(data))
    _run(course, "release", "tiny")
    for student in range(students):
        place = course / "submitted" / f"student{student:05d}" / "tiny"
        shutil.copytree(course / "release" / "tiny", place)
        for path in place.glob("*.ipynb"):
            notebook = nbformat.read(path, as_version=4)
            notebook.cells[2].source = answered(course).cells[2].source
            nbformat.write(notebook, path)
    return course


def _measure(course: Path, assignment: str, students: int, title: str) -> None:
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
    print(f"\n{title}")
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
