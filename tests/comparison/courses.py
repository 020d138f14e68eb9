"""A course that this kit grades, and one that stock nbgrader grades: neither has the other's files.

Each stops what never ends after its own time; a kernel of this kit may have 512 MiB.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from tests.comparison.assignment import MARK, NAME, for_nbgrader, for_this_kit
from tests.comparison.outcome import Outcome
from tests.comparison.submissions import Places, Submission
from tests.course import ROOT, run

LIMITS = """
c.Course.due = {}
c.Sandbox.memory_mib = 512
"""
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "comparison"
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]  # of tests.course: run, or command


class Course(ABC):
    """A released course with a gradebook of nbgrader's.

    Args:
        folder: where it is made; its parent is a folder of its own.
        port: where something listens, for answers that look for it.
        run: how a command is run in it.
    """

    name: str
    source: NotebookNode
    tests: Path  # the hidden tests' file, from the folder
    hidden: str  # a text that only hidden cells have

    def __init__(self, folder: Path, port: int, run: Run = run) -> None:
        self.folder, self.run = folder, run
        neighbour = self._place("right") / f"{NAME}.ipynb"
        witness = folder.parent / f"{folder.name}-was-here"
        self.places = Places(folder / self.tests, neighbour, port, witness)
        (folder / "source" / NAME).mkdir(parents=True)
        nbformat.write(self.source, folder / "source" / NAME / f"{NAME}.ipynb")
        self.configure()
        self.must(*self.release)

    release: Sequence[str]
    grading: Sequence[str]
    feedback: Sequence[str]

    @abstractmethod
    def configure(self) -> None:
        """Writes the configuration, and what is beside the source."""

    @abstractmethod
    def grade(self, students: Sequence[str]) -> dict[str, Outcome]:
        """Grades these and no others; what each ended in."""

    def must(self, *command: str) -> None:
        """Runs a command that has no reason to fail."""
        done = self.run(self.folder, *command)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-1000:]}")

    def hand_in(self, student: str, submission: Submission) -> Path:
        """Puts a submission into the student's folder; where it lies."""
        path = self._place(student) / f"{NAME}.ipynb"
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True)
        release = nbformat.read(self.folder / "release" / NAME / path.name, as_version=4)
        nbformat.write(submission.written(release, self.places), path)
        submission.spoil(path)
        return path.parent

    def grade_class(self) -> float:
        """Grades everyone by one command; its seconds."""
        start = time.perf_counter()
        self.run(self.folder, *self.grading)
        return time.perf_counter() - start

    def scores(self) -> dict[str, float]:
        """The points of everyone who has a graded copy."""
        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as gradebook:
            return {
                submission.student.id: submission.score
                for submission in gradebook.assignment_submissions(NAME)
                if (self.folder / "autograded" / submission.student.id / NAME).exists()
            }

    def shows_hidden_tests(self, student: str) -> bool:
        """Whether the page that the student is handed back has a hidden test's text."""
        self.must(*self.feedback)
        pages = list((self.folder / "feedback" / student / NAME).glob("*.html"))
        assert pages, student
        return any(self.hidden in page.read_text(encoding="utf-8") for page in pages)

    @abstractmethod
    def told(self, student: str) -> list[str]:
        """What the student is handed back of tests that failed, a text each."""

    def _place(self, student: str) -> Path:
        return self.folder / "submitted" / student / NAME


class Kit(Course):
    """This kit."""

    name = "this kit"
    source = for_this_kit()
    tests = Path("exercises") / f"{NAME}.py"
    hidden = "autograder.examiner"
    release = ("autograder", "release", NAME)
    grading = ("autograder", "grade", NAME)
    feedback = ("autograder", "feedback", NAME)

    def configure(self) -> None:
        config = (ROOT / "course_config.py").read_text(encoding="utf-8") + LIMITS
        (self.folder / "course_config.py").write_text(config, encoding="utf-8")
        shutil.copy(ROOT / "nbgrader_config.py", self.folder)
        (self.folder / "exercises").mkdir()
        shutil.copy(Path(__file__).parent / self.tests, self.folder / "exercises")

    def grade(self, students: Sequence[str]) -> dict[str, Outcome]:
        chosen = [word for student in students for word in ("--student", student)]
        self.must(*self.grading, "--force", *chosen, "--json", str(self._report))
        found = json.loads(self._report.read_text(encoding="utf-8"))["submissions"]
        return {each["student"]: _of_record(each) for each in found}

    def told(self, student: str) -> list[str]:
        self.grade([student])
        (record,) = json.loads(self._report.read_text(encoding="utf-8"))["submissions"]
        checks = [check for cell in record["cells"].values() for check in cell["checks"]]
        failed = [check for check in checks if not check["passed"]]
        return [f"{check['name']}: {check['message']} {check['hint']}" for check in failed]

    @property
    def _report(self) -> Path:
        return self.folder / "grades.json"


def _of_record(record: dict[str, object]) -> Outcome:
    """A submission as the kit's JSON has it."""
    flags = record["flags"]
    assert isinstance(flags, list)
    kinds = sorted({f"`{flag['kind']}`" for flag in flags})
    score = record["score"] if record["status"] != "failed" else None
    assert score is None or isinstance(score, float)
    return Outcome(score, ", ".join(kinds))


class Stock(Course):
    """nbgrader with its own steps, in a course that does not know of this kit."""

    name = "stock nbgrader"
    source = for_nbgrader()
    tests = Path("source") / NAME / f"{NAME}.ipynb"
    hidden = MARK
    release = ("nbgrader", "generate_assignment", NAME)
    grading = ("nbgrader", "autograde", NAME)
    feedback = ("nbgrader", "generate_feedback", NAME, "--force")

    def configure(self) -> None:
        (self.folder / "nbgrader_config.py").write_text(STOCK_CONFIG, encoding="utf-8")

    def grade(self, students: Sequence[str]) -> dict[str, Outcome]:
        return {student: self._grade(student) for student in students}

    def _grade(self, student: str) -> Outcome:
        done = self.run(self.folder, *self.grading, "--force", f"--student={student}")
        said = f"exit code {done.returncode}" if done.returncode else ""
        return Outcome(self.scores().get(student), said)

    def told(self, student: str) -> list[str]:
        graded = self.folder / "autograded" / student / NAME / f"{NAME}.ipynb"
        cells = nbformat.read(graded, as_version=4).cells
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        return [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]
