"""What is done to a class at once: each deed a row, told in the same words of every tool."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.comparison.assignment import POINTS
from tests.comparison.courses import Course
from tests.comparison.otter import Otter
from tests.comparison.submissions import SUBMISSIONS
from tests.course import BIN

Tool = Course | Otter

STUDENTS = tuple(f"student0{number}" for number in range(1, 5))
BY_NAME = {submission.name: submission for submission in SUBMISSIONS}


def one_twice(tool: Tool) -> str:
    """The second of four has its answer's cell twice."""
    _class(tool)
    tool.hand_in(STUDENTS[1], BY_NAME["twice"])
    tool.grade_class()
    return _whole(tool)


def killed(tool: Tool) -> str:
    """The command is killed at the second of four, and given again."""
    if isinstance(tool, Otter):
        return "a command grades one file, and keeps no record"
    _class(tool)
    _killed_at_second(tool)
    tool.grade_class()
    return _whole(tool)


def changed(tool: Tool) -> str:
    """The first of four that are graded hands in another file, and all are graded again."""
    _class(tool)
    tool.grade_class()
    tool.hand_in(STUDENTS[0], BY_NAME["textbook"])
    tool.grade_class()
    stays = tool.scores()[STUDENTS[0]] == POINTS
    return "passed over: the first file's points stay" if stays else "graded"


def feedback(tool: Tool) -> str:
    """What a student with a wrong answer is handed back holds a hidden test's text, or not."""
    tool.hand_in(STUDENTS[0], BY_NAME["wrong"])
    tool.grade([STUDENTS[0]])
    return "shown" if tool.shows_hidden_tests(STUDENTS[0]) else "not shown"


DEEDS: dict[str, Callable[[Tool], str]] = {
    "four students, and the second's answer is there twice": one_twice,
    "killed while the second of four is graded, and the command given again": killed,
    "a graded student hands in another file, and the command is given again": changed,
    "a hidden test's text in what a student with a wrong answer is handed back": feedback,
}


def speed(tool: Tool, students: int) -> tuple[float, float]:
    """Seconds to grade a class of right answers, and to do the same again."""
    for number in range(students):
        tool.hand_in(f"student{number + 1:02}", BY_NAME["right"])
    return tool.grade_class(), tool.grade_class()


def _class(tool: Tool) -> None:
    for student in STUDENTS:
        tool.hand_in(student, BY_NAME["right"])


def _whole(tool: Tool) -> str:
    """How many have all the points that are theirs."""
    found = sum(score == POINTS for score in tool.scores().values())
    return f"{found} of {len(STUDENTS)} have their points"


def _killed_at_second(course: Course) -> None:
    """Grades everyone, until a second student's graded copy is begun or there."""
    program, *rest = course.grading
    data = {"JUPYTER_DATA_DIR": str(course.folder.parent / "jupyter")}
    with subprocess.Popen(
        [str(BIN / program), *rest],
        cwd=course.folder,
        env={**os.environ, **data},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        while _begun(course.folder / "autograded") < 2 and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)


def _begun(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
