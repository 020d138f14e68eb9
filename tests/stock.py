"""Stock nbgrader beside this kit, on every broken submission: the figures of docs/tas.md.

    python -m tests.stock

runs `nbgrader autograde` with nbgrader's own steps on the class of `tests/broken`, then for each
student alone, then `autograder grade`, and counts whose machine's points are right. 20 minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from tests.broken import CASES, Case
from tests.classroom.build import build
from tests.classroom.student import students
from tests.course import STOCK, fresh_clone, run

RIGHT = "student01"


def course_of(cases: list[Case], right: Path, course: Path) -> Path:
    """A released course with the right submission, and what these students made of it."""
    shutil.copytree(right, course, symlinks=True)
    for case in cases:
        folder = course / "submitted" / case.student / "losses"
        shutil.copytree(course / "submitted" / RIGHT / "losses", folder)
        case.broken(folder)
    return course


def graded(course: Path, cases: list[Case]) -> int:
    """How many have a graded copy and the machine's points that are theirs."""
    right = 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for case in cases:
            try:
                score = gradebook.find_submission("losses", case.student).score
            except MissingEntry:
                continue
            there = (course / "autograded" / case.student / "losses").exists()
            right += there and score == case.score
    return right


def main() -> None:
    """Prints a line for each way of grading."""
    worth = [case for case in CASES if case.score is not None]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        right = fresh_clone(root / "right")
        build(right, everyone=tuple(s for s in students() if s.student_id == RIGHT))
        assert run(right, "autograder", "release", "losses").returncode == 0
        ours = course_of(CASES, right, root / "ours")
        run(ours, "autograder", "grade", "losses", "--json", "grades.json")
        assert len(json.loads((ours / "grades.json").read_text())["submissions"]) == len(CASES) + 1
        print(f"{len(CASES)} submissions, {len(worth)} of them with something to grade")
        print(f"autograder grade: {graded(ours, worth)} right", flush=True)

        with (right / "course_config.py").open("a", encoding="utf-8") as config:
            config.write(STOCK)
        stock = course_of(CASES, right, root / "stock")
        run(stock, "nbgrader", "autograde", "losses")
        print(f"nbgrader autograde, all at once: {graded(stock, worth)} right", flush=True)

        def alone(case: Case) -> int:
            course = course_of([case], right, root / f"alone-{CASES.index(case)}")
            run(course, "nbgrader", "autograde", "losses", f"--student={case.student}")
            done = graded(course, [case])
            shutil.rmtree(course)
            return done

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            print(f"nbgrader autograde, one by one: {sum(pool.map(alone, worth))} right")


if __name__ == "__main__":
    main()
