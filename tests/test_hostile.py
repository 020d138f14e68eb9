"""The hostile class: who would take points, look at what is hidden, or get in the way of others.

Each file of tests/classroom/hostile holds one way of trying, and says what it must get. What it
attempts prints a line `tried …` in a cell of its own; what succeeds prints a line `FOUND …`. Two
honest students are graded beside them, and must not notice.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from autograder.checks import judge
from autograder.config import load
from autograder.grading import assignment as assignments
from autograder.grading import roster, submission
from autograder.grading.execution import job
from autograder.results import SubmissionResult
from tests.asked import EXERCISES
from tests.classroom.build import Class, build
from tests.classroom.student import HOSTILE, Student, students
from tests.course import SMALL_LIMITS, autograder, fresh_clone, run

pytestmark = pytest.mark.slow  # each that never ends is waited for

HONEST = tuple(s for s in students() if s.student_id in ("student01", "student08"))
EVERYONE = (*HONEST, *students(HOSTILE))
by_student = pytest.mark.parametrize("student", EVERYONE, ids=lambda s: s.student_id)

SYSTEM_V_KEY = 0x0BADC0DE  # what hostile32 asks for
ANYONES = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue")  # where anyone may write


@dataclass(frozen=True)
class Graded:
    """A course after grading: what was expected, what the record says, and what was left behind."""

    course: Path
    group: Class
    data: dict[str, Any]
    temporary: Path

    def result(self, student: Student) -> SubmissionResult:
        (found,) = (s for s in self.data["submissions"] if s["student"] == student.student_id)
        return SubmissionResult.from_json(found)

    def outputs(self, student: Student) -> Iterator[tuple[str, str]]:
        """The name and all the output, as text, of each code cell of the graded copy."""
        folder = self.course / "autograded" / student.student_id / "losses"
        for path in sorted(folder.glob("*.ipynb")):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    name = cell["metadata"].get("nbgrader", {}).get("grade_id") or cell["id"]
                    yield f"{path.stem}/{name}", _text(cell["outputs"])


def _text(outputs: list[dict[str, Any]]) -> str:
    """What outputs show; not the student's own source, which tracebacks quote."""
    parts: list[str] = []
    for output in outputs:
        parts += [str(text) for text in output.get("data", {}).values()]
        parts += ["".join(output.get("text", [])), output.get("evalue", "")]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def graded(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The hostile class and two honest students, graded once."""
    course = fresh_clone(tmp_path_factory.mktemp("hostile") / "course")
    with (course / "course_config.py").open("a", encoding="utf-8") as config:
        config.write(SMALL_LIMITS)
    group = build(course, everyone=EVERYONE)
    temporary = course.parent / "temporary"
    temporary.mkdir()
    assert autograder(course, "release", "losses").returncode == 0
    command = ("autograder", "grade", "losses", "--json", "grades.json")
    done = run(course, *command, TMPDIR=str(temporary))
    assert done.returncode == 1, done.stderr  # flags want a person
    return Graded(course, group, json.loads((course / "grades.json").read_text()), temporary)


# What each gets ------------------------------------------------------------------------------


@by_student
def test_every_cell_gets_what_was_earned(graded: Graded, student: Student) -> None:
    """No trick earns a point, and no honest function beside it loses one."""
    cells = graded.result(student).cells
    assert {name: cell.score for name, cell in cells.items()} == graded.group.expected(student)


@by_student
def test_the_expected_checks_fail(graded: Graded, student: Student) -> None:
    """Where a file names the checks that must fail, these fail and no others."""
    for grade_id, verdict in student.expected.items():
        checks = graded.result(student).cells[grade_id].checks
        if checks:
            failed = [check.name for check in checks if not check.passed]
            everything = [check.name for check in checks]
            assert failed == (everything if verdict.failing == "all" else list(verdict.failing))


@by_student
def test_the_flags_are_those_of_the_file(graded: Graded, student: Student) -> None:
    """What was tried is flagged at the cell that tried it; nobody else has a flag."""
    flags = {(flag.kind, flag.cell) for flag in graded.result(student).flags}
    assert flags == set(student.flags)


def test_many_ways_lead_to_no_full_score_without_a_flag(graded: Graded) -> None:
    """Who would have torch's losses for their own, in at least 40 ways: a person sees each."""
    would = [s for s in EVERYONE if "hostile" in s.student_id and 70 <= s.number < 90]
    assert sum(len(student.cells) for student in would) >= 40
    full = sum(exercise.points for exercise in EXERCISES)
    for student in would:
        result = graded.result(student)
        score = sum(result.cells[name].score or 0 for name in graded.group.expected(student))
        assert result.flags or score < full, student.student_id


@by_student
def test_a_submission_ends_with_a_record(graded: Graded, student: Student) -> None:
    """The status says whether there are flags, and the graded copy is whole."""
    result = graded.result(student)
    assert result.status == ("flagged" if result.flags else "graded")
    folder = graded.course / "autograded" / student.student_id / "losses"
    assert {"binary.ipynb", "multiclass.ipynb"} <= {path.name for path in folder.iterdir()}


# What each saw -------------------------------------------------------------------------------


@by_student
def test_nothing_was_found(graded: Graded, student: Student) -> None:
    """No cell says that a trick worked."""
    found = {name: text[:500] for name, text in graded.outputs(student) if "FOUND" in text}
    assert not found


@by_student
def test_what_a_file_means_to_try_it_tried(graded: Graded, student: Student) -> None:
    """Each `tried …` in the source is in an output: the trick did not fail for another reason."""
    sources = [*student.cells.values(), *(extra.source for extra in student.extras)]
    announced = {text for source in sources for text in re.findall(r'["\'](tried [\w ]+)', source)}
    shown = "\n".join(text for _, text in graded.outputs(student))
    assert not {text for text in announced if text.strip() not in shown}


def _hidden_numbers(graded: Graded, student: Student) -> set[str]:
    """The numbers that only hidden calls have as arguments, as Python writes them."""
    numbers: set[str] = set()
    for exercise, key in itertools.product(EXERCISES, _keys(graded, student)):

        def recorded(*arguments: Tensor, **options: Any) -> Any:
            floating = [a.detach() for a in arguments if a.is_floating_point()]
            numbers.update(repr(value) for a in floating for value in a.flatten().tolist())
            return exercise.reference(*arguments, **options)  # noqa: B023 (called in this round)

        for demo in exercise.checks[:1]:
            assert demo.name == "demo"
        judge(exercise, recorded, key)
    assert numbers
    return {number for number in numbers if len(number) > 12}


def _keys(graded: Graded, student: Student) -> list[bytes]:
    """The keys of a student's notebooks, as they were handed in."""
    settings = load(graded.course)
    assignment = assignments.read(settings, "losses")
    group = roster.groups(settings.roster_path)[student.student_id]
    read = submission.read(settings, assignment, student.student_id, group)
    return [
        bytes.fromhex(job(assignment, name, notebook, read).key)
        for name, notebook in read.notebooks.items()
    ]


def test_no_hidden_argument_is_shown(graded: Graded) -> None:
    """No number that a hidden call had as an argument is in the graded copy or on the page."""
    (student,) = (s for s in EVERYONE if "hidden calls" in s.theme)
    numbers = _hidden_numbers(graded, student) - _lecture()
    assert len(numbers) > 1000
    done = run(
        graded.course, "nbgrader", "generate_feedback", "losses", "--student", student.student_id
    )
    assert done.returncode == 0, done.stderr
    pages = graded.course / "feedback" / student.student_id / "losses"
    texts = [path.read_text(encoding="utf-8") for path in pages.glob("*.html")]
    texts += [text for _, text in graded.outputs(student)]
    shown = {number for text in texts for number in re.findall(r"-?\d\.\d{10,}", text)}
    assert not shown & numbers


def _lecture() -> set[str]:
    """The lecture's own numbers: hidden checks use them too."""
    torch.manual_seed(0)
    z = torch.randn(5)
    drawn = [torch.randn(5, 3) for _ in range(4)][-1]
    values = [z, torch.sigmoid(z), drawn, torch.log_softmax(drawn, -1)]
    return {repr(value) for tensor in values for value in tensor.flatten().tolist()}


@by_student
def test_no_key_and_no_hidden_source_is_shown(graded: Graded, student: Student) -> None:
    """No output holds the student's secret key, or a line of the hidden tests' own."""
    keys = [key.hex() for key in _keys(graded, student)]
    text = "\n".join(text for _, text in graded.outputs(student))
    for secret in (*keys, "BEGIN HIDDEN TESTS", 'grade("', "from autograder.examiner import"):
        assert secret not in text


# What is left behind -------------------------------------------------------------------------


def test_no_process_is_left(graded: Graded) -> None:
    """No process has the run's temporary folder in its command line: a zygote and its forks do."""
    left = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue  # it has ended
        if os.fsencode(graded.temporary) in line:
            left.append(line)
    assert not left


def test_no_file_is_left(graded: Graded) -> None:
    """The run's temporary folder is empty, and no hostile file is where anyone may write."""
    assert not list(graded.temporary.iterdir())
    assert not [path for folder in ANYONES for path in Path(folder).glob("*hostile-*")]


@pytest.mark.parametrize("kind", ["shm", "sem", "msg"])
def test_no_system_v_object_is_left(graded: Graded, kind: str) -> None:
    """No segment, semaphore or queue has the key that was asked for."""
    lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
    assert SYSTEM_V_KEY not in {int(line.split()[0]) for line in lines}
