"""What being late takes off, brought up to date in a gradebook, in few statements."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import (
    Grade,
    Gradebook,
    GradeCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy import Engine, event, insert, select
from traitlets.config import Config

from autograder.config import Settings, from_config
from autograder.grading import late
from autograder.grading.records import details, tables
from autograder.grading.records.details import Details

pytestmark = pytest.mark.usefixtures("processes")

DUE = datetime(2026, 12, 4, 17)
POINTS = {"a": 8.0, "b": 20.0}  # of each notebook's one cell
MANY = 2_000


@pytest.fixture
def settings(gradebook_url: str, tmp_path: Path) -> Settings:
    """A course with an assignment of two notebooks, ten percent a day, and nobody in it."""
    with Gradebook(gradebook_url) as gradebook:
        gradebook.add_assignment("tiny", duedate=DUE)
        for name, points in POINTS.items():
            gradebook.add_notebook(name, "tiny")
            gradebook.add_grade_cell(*("test", name, "tiny"), max_score=points, cell_type="code")
        gradebook.db.commit()
    return course(gradebook_url, tmp_path)


def course(url: str, folder: Path, text: str = "c.LatePolicy.percent_a_day = 10") -> Settings:
    """A course's settings."""
    config = Config()
    config.CourseDirectory.db_url, config.CourseDirectory.root = url, str(folder)
    config.Course.timezone = "Europe/Zagreb"
    exec(text, {"c": config})
    return from_config(config)


def hand_in(settings: Settings, hours: float, *students: str) -> None:
    """Enters students' submissions, so long after they were due, with all points."""
    with Gradebook(settings.directory.db_url) as gradebook:
        assignment = gradebook.find_assignment("tiny")
        cells = {
            cell.notebook.name: (cell.notebook.id, cell.id)
            for cell in gradebook.db.execute(select(GradeCell)).scalars()
        }
        time = DUE + timedelta(hours=hours)
        rows: dict[type, list[dict[str, object]]] = {
            Student: [{"id": s} for s in students],
            SubmittedAssignment: [
                {"id": s, "assignment_id": assignment.id, "student_id": s, "timestamp": time}
                for s in students
            ],
            SubmittedNotebook: [
                {"id": f"{s}-{name}", "assignment_id": s, "notebook_id": notebook}
                for s in students
                for name, (notebook, _) in cells.items()
            ],
            Grade: [
                {
                    "id": f"{s}-{name}",
                    "notebook_id": f"{s}-{name}",
                    "cell_id": cell,
                    "auto_score": POINTS[name],
                    "needs_manual_grade": False,
                }
                for s in students
                for name, (_, cell) in cells.items()
            ],
        }
        for kind, some in rows.items():
            gradebook.db.execute(insert(kind.__table__), some)  # type: ignore[attr-defined]
        gradebook.db.commit()


def penalties(settings: Settings, student: str) -> list[float | None]:
    """What the gradebook takes off each notebook."""
    with Gradebook(settings.directory.db_url) as gradebook:
        entry = gradebook.find_submission("tiny", student)
        return [n.late_submission_penalty for n in sorted(entry.notebooks, key=lambda n: n.name)]


def score(settings: Settings, student: str, notebook: str, points: float) -> None:
    """Gives a score by hand, as the formgrader does."""
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.find_grade("test", notebook, "tiny", student).manual_score = points
        gradebook.db.commit()


def roster(settings: Settings, *lines: str) -> None:
    """Writes a roster."""
    settings.roster_path.write_text("\n".join(lines) + "\n")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that any database is given in the block, each once for all its rows."""
    given: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        given.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield given
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def writing(given: list[str]) -> list[str]:
    """Those that write."""
    return [each for each in given if each.split()[0] in ("UPDATE", "INSERT", "DELETE")]


def test_penalties_follow_scores_dates_and_policy(settings: Settings) -> None:
    """Whatever changes, they are what the policy says of what there is now."""
    hand_in(settings, 25, "late")
    hand_in(settings, 0, "punctual")
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [1.6, 4.0]
    assert penalties(settings, "punctual") == [None, None]
    score(settings, "late", "b", 10)
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [1.6, 2.0]
    settings.course.due = {"tiny": "2026-12-05 18:00"}
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [0.8, 1.0]
    settings.late_policy.percent_a_day = 50
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [4.0, 5.0]
    settings.course.due = {"tiny": "2026-12-06 18:00"}
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [None, None]


def test_scores_below_0_extra_credit_and_none(settings: Settings) -> None:
    """Never more than there is, and never less than nothing."""
    hand_in(settings, 1, "late")
    score(settings, "late", "a", -2)
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [None, 1.8]
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.find_grade("test", "a", "tiny", "late").extra_credit = 3
        gradebook.db.commit()
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [0.1, 2.0]
    for notebook in POINTS:
        score(settings, "late", notebook, 0)
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.find_grade("test", "a", "tiny", "late").extra_credit = None
        gradebook.db.commit()
    late.update(settings, "tiny")
    assert penalties(settings, "late") == [None, None]


def test_an_extension_of_the_roster_goes_into_the_gradebook(settings: Settings) -> None:
    """And may be shortened; what the gradebook has stays where the roster names none."""
    hand_in(settings, 25, "ana", "ben")
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.grant_extension("tiny", "ben", days=2)
    roster(settings, "student_id,extension tiny", "ana,2 days", "ben,")
    late.update(settings, "tiny")
    assert penalties(settings, "ana") == penalties(settings, "ben") == [None, None]
    roster(settings, "student_id,extension tiny", "ana,2026-12-05 18:00", "ben,0 days")
    late.update(settings, "tiny")
    assert penalties(settings, "ana") == [0.8, 2.0]
    assert penalties(settings, "ben") == [1.6, 4.0]
    with Gradebook(settings.directory.db_url) as gradebook:
        extensions = [gradebook.find_submission("tiny", s).extension for s in ("ana", "ben")]
    assert extensions == [timedelta(days=1), timedelta()]


def test_who_is_excused_loses_nothing(settings: Settings) -> None:
    """However late it came; and loses again when the excuse goes."""
    hand_in(settings, 25, "ana")
    roster(settings, "student_id,excused tiny", "ana,yes")
    late.update(settings, "tiny")
    assert penalties(settings, "ana") == [None, None]
    roster(settings, "student_id,excused tiny", "ana,")
    late.update(settings, "tiny")
    assert penalties(settings, "ana") == [1.6, 4.0]


def test_without_a_due_date_nobody_is_late(settings: Settings) -> None:
    """An extension is not written, which nbgrader could not add to anything; both are told."""
    hand_in(settings, 25, "ana")
    with Gradebook(settings.directory.db_url) as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=None)
    roster(settings, "student_id,extension tiny", "ana,2026-12-08 18:00")
    late.update(settings, "tiny")
    assert penalties(settings, "ana") == [None, None]
    with Gradebook(settings.directory.db_url) as gradebook:
        assert gradebook.find_submission("tiny", "ana").extension is None
    assert late.remarks(settings, "tiny") == [
        "Counts for nothing, as tiny has no due date: extensions of ana in roster.csv and "
        "c.LatePolicy."
    ]
    settings.course.due = {"tiny": "2026-12-04 18:00"}
    assert late.remarks(settings, "tiny") == []


ZERO = "c.LateSubmissionPlugin.penalty_method = 'zero'"


def fail(settings: Settings, student: str) -> None:
    """Keeps that a later hand-in could not be graded."""
    with Gradebook(settings.directory.db_url) as gradebook:
        tables.prepare(gradebook)
        details.keep(gradebook, "tiny", student, Details("failed", 1.0, ()))
        gradebook.db.commit()


def test_of_a_failed_hand_in_penalties_follow_the_rule(settings: Settings, tmp_path: Path) -> None:
    """Those of the points before it: by the policy, by nbgrader's step, by none; scores, too."""
    hand_in(settings, 30, "ana", "ben")
    fail(settings, "ana")
    late.update(settings, "tiny")
    assert penalties(settings, "ana") == penalties(settings, "ben") == [1.6, 4.0]
    url = settings.directory.db_url
    by_step, by_none = course(url, tmp_path, ZERO), course(url, tmp_path, "")
    late.update(by_step, "tiny")
    assert penalties(settings, "ana") == [8.0, 20.0]
    score(settings, "ana", "a", 3)
    late.update(by_step, "tiny")
    assert penalties(settings, "ana") == [3.0, 20.0]
    with statements() as given:
        late.update(by_step, "tiny")
    assert writing(given) == []
    roster(settings, "student_id,excused tiny", "ana,yes")
    late.update(by_step, "tiny")
    assert penalties(settings, "ana") == [None, None]
    roster(settings, "student_id,extension tiny", "ana,1 hour")
    late.update(by_step, "tiny")
    assert penalties(settings, "ana") == [3.0, 20.0]
    late.update(by_none, "tiny")
    assert penalties(settings, "ana") == [None, None]
    assert penalties(settings, "ben") == [1.6, 4.0]  # another program's: nobody knows whose that is
    with Gradebook(url) as gradebook:
        assert details.read(gradebook, "tiny")["ana"].status == "failed"


def test_nbgraders_own_export_says_the_same(settings: Settings, tmp_path: Path) -> None:
    """Its sums are those of what each notebook loses."""
    hand_in(settings, 25, "late")
    score(settings, "late", "a", 7.25)
    late.update(settings, "tiny")
    with Gradebook(settings.directory.db_url) as gradebook:
        CsvExportPlugin(to=str(tmp_path / "grades.csv")).export(gradebook)
        entry = gradebook.find_submission("tiny", "late")
        kept = [max(0.0, each.score - each.late_submission_penalty) for each in entry.notebooks]
    with (tmp_path / "grades.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    found = [float(row[key]) for key in ("raw_score", "late_submission_penalty", "score")]
    assert found == pytest.approx([27.25, 5.45, 21.8])
    assert sum(kept) == pytest.approx(21.8)


def test_what_is_not_released_has_no_penalty(settings: Settings, tmp_path: Path) -> None:
    """Nothing is made for it: no entry, and no gradebook."""
    late.update(settings, "later")
    elsewhere = course(f"sqlite:///{tmp_path}/none.db", tmp_path)
    late.update(elsewhere, "tiny")
    late.update_all(elsewhere)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.slow
def test_a_class_takes_few_statements_and_is_written_once(settings: Settings) -> None:
    """However many there are, in the first place; then nothing is written but what changes."""
    students = [f"student{number:04}" for number in range(MANY)]
    hand_in(settings, 0, *students[:-30])
    hand_in(settings, 25, *students[-30:])
    with statements() as given:
        late.update(settings, "tiny")
    assert len(writing(given)) <= 6  # two parts of those who are late
    assert len(given) < 105  # with those that make the tables
    assert penalties(settings, students[-1]) == [1.6, 4.0]
    with statements() as given:
        late.update_all(settings)
    assert writing(given) == []
    score(settings, students[-1], "a", 4)
    with statements() as given:
        late.update(settings, "tiny")
    assert len(writing(given)) == 2  # the lock, and the penalties
    assert penalties(settings, students[-1]) == [0.8, 4.0]
