"""The hours that docs/ walks through, walked: each command as a person types it, in order.

    python -m tests.walks [PAGE]...

prints, of all pages or of those that are named (`tas`), each command with what it prints now. What
a person does between two commands, in an editor or a browser, is done here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbgrader.api import Gradebook

from tests import practice
from tests.classroom.student import students
from tests.console import Shown, section, shown
from tests.course import ROOT, close_examiners, command, fresh_clone, run

Deed = Callable[[Path], None]  # what a person does in the folder where they are

# They ask for a screen, or for a network.
NOT_RUN = ("jupyter lab", "pip install", "make ", "source ")
COLUMNS = 96  # of the terminal
OURS, THEIRS = "torch.tensor([0, 0, 1, 1])", "torch.tensor([0.01, 0.01, 0.99, 0.99])"
WRONG, RIGHT = "student24", "student01"  # of the bundled class
STUDENTS_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "losses-by-hand"
c.Exchange.root = "{exchange}"
"""


@dataclass(frozen=True)
class Walk:
    """An hour of somebody's.

    Args:
        title: of its section.
        start: makes what is there before it in a folder, and returns where it begins.
        between: what is done before a command, in order; a command may come more than once.
    """

    title: str
    start: Callable[[Path], Path]
    between: tuple[tuple[str, Deed], ...] = ()

    def steps(self, page: str, folder: Path) -> Iterator[tuple[Shown, str]]:
        """Each command of the page's section, with what it has printed."""
        place, deeds = self.start(folder), list(self.between)
        for step in shown(section(page, self.title)):
            if deeds and deeds[0][0] == step.command:
                deeds.pop(0)[1](place)
            if step.command.startswith("cd "):
                place = (place / step.command.removeprefix("cd ")).resolve()
            elif not step.command.startswith(NOT_RUN):
                yield step, printed(place, step.command)
        assert not deeds, f"the page has no such command: {deeds[0][0]}"


def printed(folder: Path, typed: str) -> str:
    """What a command prints in a terminal; of the kit's, without how far it has come."""
    merged = "" if typed.startswith("autograder") else " 2>&1"
    browser = {"COLUMNS": str(COLUMNS), "BROWSER": "true"}  # which opens nothing, and says so
    return run(folder, "bash", "-c", f"{typed}{merged}", **browser).stdout


def _empty(folder: Path) -> Path:
    return folder


def _practice(folder: Path) -> Path:
    """The course of `make practice`, which is released."""
    practice.make(folder / "practice")
    _done(folder / "practice", "autograder", "release", "losses")
    return folder / "practice"


def _mend(course: Path) -> None:
    """No prediction is exactly 0 or 1 any more in one check."""
    module = course / "exercises" / "losses" / "binary.py"
    text = module.read_text(encoding="utf-8")
    assert text.count(OURS) == 1
    module.write_text(text.replace(OURS, THEIRS), encoding="utf-8")


def _score(course: Path) -> None:
    """Half the points for every written answer, as the formgrader records them."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for submission in gradebook.assignment_submissions("losses"):
            for grade in (grade for book in submission.notebooks for grade in book.grades):
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score / 2, False
        gradebook.db.commit()


def _students(folder: Path) -> Path:
    """A student's own folder, with the settings that reach the course's exchange."""
    course = fresh_clone(folder / "course")
    _done(course, "autograder", "release", "losses")
    _done(course, "nbgrader", "release_assignment", "losses")
    theirs = folder / "theirs"
    theirs.mkdir()
    config = STUDENTS_CONFIG.format(exchange=course / "exchange")
    (theirs / "nbgrader_config.py").write_text(config, encoding="utf-8")
    return theirs


def _answer(student: str) -> Deed:
    """Puts into the notebooks what a student of the bundled class wrote."""
    (author,) = (each for each in students() if each.student_id == student)

    def write(folder: Path) -> None:
        for path in sorted((folder / "losses").glob("*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            for cell in notebook.cells:
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
                cell.source = author.cells.get(grade_id, cell.source)
            nbformat.write(notebook, path)

    return write


def _hand_back(folder: Path) -> None:
    """What TAs do between the hand-in and the feedback."""
    course = folder.parent / "course"
    _done(course, "nbgrader", "collect", "losses")
    _done(course, "autograder", "grade", "losses")
    _done(course, "autograder", "feedback", "losses")
    _done(course, "nbgrader", "release_feedback", "losses")


def _done(course: Path, program: str, *arguments: str) -> None:
    done = command(course, program, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


VALIDATE = "nbgrader validate losses/binary.ipynb"
WALKS: Mapping[str, Walk] = {
    "instructors": Walk("An instructor's hour", _empty),
    "tas": Walk(
        "A TA's hour",
        _practice,
        (("autograder grade losses --dry-run", _mend), ("autograder feedback losses", _score)),
    ),
    "students": Walk(
        "Your assignment, from first to last",
        _students,
        (
            (VALIDATE, _answer(WRONG)),
            (VALIDATE, _answer(RIGHT)),
            ("nbgrader fetch_feedback losses", _hand_back),
        ),
    ),
}


def page(name: str) -> str:
    """A page's text."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """The exit code: 0."""
    for name in arguments or WALKS:
        with TemporaryDirectory() as folder:
            for step, output in WALKS[name].steps(page(name), Path(folder)):
                fits = "" if step.fits(output) else "    # the page shows something else"
                print(f"$ {step.command}{fits}\n{output}", flush=True)
    close_examiners()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
