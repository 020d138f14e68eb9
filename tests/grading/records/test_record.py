"""Putting a graded submission on record: in few statements, and with steps of a course's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy import event

from autograder import config
from autograder.config import Settings
from autograder.grading import assignment as assignments
from autograder.grading import submission
from autograder.grading.execution import Execution
from autograder.grading.intake.folder import TIMESTAMP
from autograder.grading.records import details
from autograder.grading.records.record import record
from autograder.results import SubmissionResult
from tests.tiny import answered, tiny_course

# Of a new submission, and of one that is there.
MOST_STATEMENTS = {"in-time": (21, 14), "late": (23, 15)}
COMMITS = 2  # the grades, then that their copy is in place
STEPS = (
    "autograder.grading.preprocessors.Execute",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.preprocessors.GradeCellOutput",
    "autograder.grading.preprocessors.SaveAutoGrades",
)
LATE = "nbgrader.preprocessors.AssignLatePenalties"
DUE = 'c.Course.due = {"tiny": "2026-12-01 10:00"}\n'
OWN = '''"""A course's own late penalty, step, and kind of nbgrader's step."""

from nbgrader import preprocessors
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import BasePlugin
from autograder.grading.preprocessors import SaveAutoGrades


def told(url):
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade("test_double", "tiny", "tiny", "student01")
        entry = gradebook.find_submission_notebook("tiny", "tiny", "student01")
        return grade.auto_score, entry.late_submission_penalty


class Plugin(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        auto_score, before = told("sqlite:///gradebook.db")
        return min(score, auto_score / 4 + (before or 0) + total_seconds_late / 7200)


class Greedy(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score + 1


class Lenient(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return -1


class Step(preprocessors.NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata["told"] = list(told(resources["nbgrader"]["db_url"]))
        return nb, resources


class Theirs(preprocessors.AssignLatePenalties):
    pass


class Saves(SaveAutoGrades):
    pass
'''
# What a course may say of a late penalty, and what it is for one hour and 4 points: first, again.
PENALTIES: dict[str, tuple[str, list[float | None]]] = {
    "none": ("", [None, None]),
    "zero": ("c.LateSubmissionPlugin.penalty_method = 'zero'", [4.0, 4.0]),
    "own": ("c.AssignLatePenalties.plugin_class = 'own.Plugin'", [1.5, 3.0]),
    "above-the-score": ("c.AssignLatePenalties.plugin_class = 'own.Greedy'", [4.0, 4.0]),
    "below-0": ("c.AssignLatePenalties.plugin_class = 'own.Lenient'", [0.0, 0.0]),
    "disabled": (
        "c.AssignLatePenalties.enabled = False; c.LateSubmissionPlugin.penalty_method = 'zero'",
        [None, None],
    ),
}


@pytest.fixture
def course(processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course in which student01 has handed in one hour late; it is the current folder."""
    course = tiny_course(tmp_path / "course")
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course), folder / "tiny.ipynb")
    (folder / TIMESTAMP).write_text("2026-12-01 10:00:00 UTC\n")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=datetime(2026, 12, 1, 9))
    (course / "own.py").write_text(OWN)
    monkeypatch.chdir(course)
    monkeypatch.syspath_prepend(course)
    return course


def configured(course: Path, text: str, *steps: str) -> Settings:
    """A course's settings, with this text and these last steps after the usual ones."""
    path = course / "course_config.py"
    lines = f"\nc.Autograde.autograde_preprocessors = {[*STEPS, *steps]!r}\n{text}\n"
    path.write_text(path.read_text() + lines)
    return config.load(course)


def recorded(settings: Settings, gradebook: Gradebook) -> SubmissionResult:
    """What comes of student01's submission, whose test has passed."""
    read = submission.read(settings, assignments.read(settings, "tiny"), "student01")
    return record(settings, Execution(read, read.notebooks, 1.0), gradebook)


def penalty(gradebook: Gradebook) -> float | None:
    """What the gradebook takes off."""
    found = gradebook.find_submission_notebook("tiny", "tiny", "student01")
    taken: float | None = found.late_submission_penalty
    gradebook.close()
    return taken


@contextmanager
def counted(gradebook: Gradebook) -> Iterator[dict[str, int]]:
    """How many statements and commits the database is given in the block."""
    counts = {"statements": 0, "commits": 0}

    def statement(*_: object) -> None:
        counts["statements"] += 1

    def commit(*_: object) -> None:
        counts["commits"] += 1

    event.listen(gradebook.engine, "before_cursor_execute", statement)
    event.listen(gradebook.engine, "commit", commit)
    try:
        yield counts
    finally:
        event.remove(gradebook.engine, "before_cursor_execute", statement)
        event.remove(gradebook.engine, "commit", commit)


@pytest.mark.parametrize("late", MOST_STATEMENTS)
def test_a_record_takes_few_statements(course: Path, late: str) -> None:
    """However many cells there are: looked up one by one, these few take more already."""
    settings = configured(course, PENALTIES["zero"][0], LATE)
    with Gradebook(settings.directory.db_url) as gradebook:
        if late == "in-time":
            gradebook.update_or_create_assignment("tiny", duedate=None)
        for most in MOST_STATEMENTS[late]:
            with counted(gradebook) as counts:
                assert recorded(settings, gradebook).score == 4
            assert counts["statements"] <= most
            assert counts["commits"] == COMMITS


def test_a_record_that_is_half_done_has_no_digest(course: Path) -> None:
    """Between its two commits the scores are new, and what is kept beside them is not."""
    settings = configured(course, "", LATE)

    def kill(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "WHERE autograder_submission.digest = " in statement:
            raise KeyboardInterrupt

    with Gradebook(settings.directory.db_url) as gradebook:
        for digest in ("a" * 64, "b" * 64):
            read = submission.read(settings, assignments.read(settings, "tiny"), "student01")
            seen = replace(read.seen, digest=digest)
            run = Execution(replace(read, seen=seen), read.notebooks, 1.0)
            if digest == "b" * 64:
                event.listen(gradebook.engine, "before_cursor_execute", kill)
                with pytest.raises(KeyboardInterrupt):
                    record(settings, run, gradebook)
                event.remove(gradebook.engine, "before_cursor_execute", kill)
            else:
                record(settings, run, gradebook)
                assert details.read(gradebook, "tiny")["student01"].digest == digest
        assert details.read(gradebook, "tiny")["student01"].digest == ""


@pytest.mark.parametrize("step", [LATE, "own.Theirs"], ids=["stock", "own-kind"])
@pytest.mark.parametrize(("text", "expected"), PENALTIES.values(), ids=PENALTIES)
def test_a_late_penalty(course: Path, text: str, expected: list[float | None], step: str) -> None:
    """It is what nbgrader's own step gives, which any other kind of it runs as it stands."""
    settings = configured(course, text, step)
    penalties = []
    with Gradebook(settings.directory.db_url) as gradebook:
        for _ in expected:
            assert recorded(settings, gradebook).score == 4
            penalties.append(penalty(gradebook))
    assert penalties == expected


def test_in_time_a_penalty_goes(course: Path) -> None:
    """Whoever got an extension is graded again without it."""
    settings = configured(course, PENALTIES["zero"][0], LATE)
    with Gradebook(settings.directory.db_url) as gradebook:
        recorded(settings, gradebook)
        assert penalty(gradebook) == 4
        gradebook.grant_extension("tiny", "student01", hours=2)
        recorded(settings, gradebook)
        assert penalty(gradebook) is None


def test_an_extension_of_what_is_not_due(course: Path) -> None:
    """Nobody is late, where nbgrader itself fails to add the one to the other."""
    settings = configured(course, PENALTIES["zero"][0], LATE)
    with Gradebook(settings.directory.db_url) as gradebook:
        recorded(settings, gradebook)
        gradebook.grant_extension("tiny", "student01", hours=2)
        gradebook.update_or_create_assignment("tiny", duedate=None)
        assert recorded(settings, gradebook).lateness.seconds_late is None
        assert penalty(gradebook) is None


def test_a_step_of_the_courses_own_finds_what_was_saved_before_it(course: Path) -> None:
    """In a gradebook that it opens itself: the grades, and the late penalty."""
    settings = configured(course, PENALTIES["zero"][0], LATE, "own.Step")
    with Gradebook(settings.directory.db_url) as gradebook:
        recorded(settings, gradebook)
    copy = nbformat.read(course / "autograded" / "student01" / "tiny" / "tiny.ipynb", as_version=4)
    assert copy.metadata["told"] == [4, 4]


def test_what_others_write_meanwhile_is_read(course: Path) -> None:
    """One gradebook serves a class: between two submissions of it, people give scores."""
    settings = configured(course, "", LATE)
    with Gradebook(settings.directory.db_url) as gradebook:
        assert recorded(settings, gradebook).score == 4
        with Gradebook(settings.directory.db_url) as theirs:
            grade = theirs.find_grade("why", "tiny", "tiny", "student01")
            grade.manual_score, grade.needs_manual_grade = 2, False
            theirs.db.commit()
        result = recorded(settings, gradebook)
    assert (result.score, result.cells["why"].score) == (6, 2)


def test_a_changed_answer_is_told_by_a_step_of_the_courses_own(course: Path) -> None:
    """What it notes of the answers, in a gradebook that it opens itself, is read again."""
    settings = configured(course, "", "own.Saves")
    settings.config.Autograde.autograde_preprocessors.remove(STEPS[-1])
    with Gradebook(settings.directory.db_url) as gradebook:
        recorded(settings, gradebook)
        grade = gradebook.find_grade("why", "tiny", "tiny", "student01")
        grade.manual_score, grade.needs_manual_grade = 1, False
        gradebook.db.commit()
        path = course / "submitted" / "student01" / "tiny" / "tiny.ipynb"
        nbformat.write(answered(course, why="It adds."), path)
        assert "changed-answer" in [flag.kind for flag in recorded(settings, gradebook).flags]


def test_what_cant_be_recorded_leaves_nothing_behind(course: Path) -> None:
    """Neither rows, which the next record would commit, nor a lock, nor half a copy."""
    settings = configured(course, "", LATE)
    read = submission.read(settings, assignments.read(settings, "tiny"), "student01")
    (cell,) = (
        c for c in read.notebooks["tiny"].cells if c.cell_type == "code" and "2)" in c.source
    )
    cell.metadata.nbgrader.grade_id = "unknown"
    with Gradebook(settings.directory.db_url) as gradebook:
        with pytest.raises(MissingEntry, match="no entry for unknown"):
            record(settings, Execution(read, read.notebooks, 1.0), gradebook)
        with Gradebook(f"{settings.directory.db_url}?timeout=0") as theirs:
            theirs.add_student("student02")
            assert theirs.assignment_submissions("tiny") == []
        assert not (course / "autograded" / "student01").exists()
        assert recorded(settings, gradebook).score == 4
