"""Late work in a course: what `grade` takes off, and that whoever reads points reads the same."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.config import load
from autograder.examiner.examiners import Examiners
from autograder.grading.records.renewal import renew
from autograder.lms import earned
from autograder.lms.points import AGAIN
from autograder.reporting.class_report import report
from tests.course import autograder, command
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

POLICY = """
c.Course.due = {"tiny": "2026-12-04 18:00"}
c.LatePolicy.grace_minutes = 15
c.LatePolicy.percent_a_day = 10
c.LatePolicy.cap_percent = 50
"""
WRONG = "def double(x):\n    return 3 * x"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A released course: ana is two days late, ben in time, and of cem it is known only that."""
    course = tiny_course(tmp_path / "course")
    config(course, POLICY)
    hand_in(course, "ana", "2026-12-05 18:30 Europe/Zagreb")
    hand_in(course, "ben", "2026-12-04 18:00 Europe/Zagreb")
    hand_in(course, "cem", "LATE\n")
    return course


def config(course: Path, text: str) -> None:
    """Adds to course_config.py."""
    with (course / "course_config.py").open("a") as file:
        file.write(f"\n{text}\n")


def hand_in(course: Path, student: str, time: str = "", *answer: str) -> None:
    """Puts a submission in place."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(answered(course, *answer), folder / "tiny.ipynb")
    (folder / "timestamp.txt").write_text(time)


def roster(course: Path, *lines: str) -> None:
    """Writes a roster."""
    (course / "roster.csv").write_text("\n".join(lines) + "\n")


def grade(course: Path, *options: str) -> dict[str, Any]:
    """What `grade --json` writes, with the submissions by student."""
    done = autograder(course, "grade", "tiny", *options, "--json", "g.json")
    assert done.returncode in (0, 1), done.stderr
    whole: dict[str, Any] = json.loads((course / "g.json").read_text())
    by_student = {each["student"]: each for each in whole["submissions"]}
    return whole | {"submissions": by_student, "stdout": done.stdout}


def scored(course: Path, student: str, points: float) -> None:
    """Gives the written answer its points, as the formgrader does."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        found = gradebook.find_grade("why", "tiny", "tiny", student)
        found.manual_score, found.needs_manual_grade = points, False
        gradebook.db.commit()


def penalty(course: Path, student: str) -> float:
    """What nbgrader's own field says."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return float(gradebook.find_submission("tiny", student).late_submission_penalty)


def exported(course: Path) -> dict[str, tuple[float, float]]:
    """What nbgrader exports of each student: what is taken off, and what is left."""
    done = command(course, "nbgrader", "export")
    assert done.returncode == 0, done.stderr
    with (course / "grades.csv").open(newline="") as file:
        return {
            row["student_id"]: (float(row["late_submission_penalty"]), float(row["score"]))
            for row in csv.DictReader(file)
        }


def late(result: dict[str, Any]) -> list[str]:
    """What is told of a submission's lateness."""
    return [flag["detail"] for flag in result["flags"] if flag["kind"] == "late"]


@pytest.fixture
def no_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the notebooks that are examined from now on."""
    examined: list[str] = []
    examine = Examiners.examine

    def noted(self: Examiners, job: Any) -> Any:
        examined.append("".join(cell["text"] for cell in job.cells))
        return examine(self, job)

    monkeypatch.setattr(Examiners, "examine", noted)
    return examined


def test_points_before_lost_and_left(course: Path) -> None:
    """In JSON, in the flag, in the lines about the class, and in nbgrader's own field."""
    done = grade(course)
    assert done["submissions"]["ana"]["lateness"] == {
        "seconds_late": 88200.0,
        "extension": 0.0,
        "excused": False,
        "penalty": 0.8,
        "score_after": 3.2,
    }
    assert done["submissions"]["ana"]["score"] == 4
    assert late(done["submissions"]["ana"]) == [
        "24 h 30 min after the due date: 4 points, 0.8 lost, 3.2 left."
    ]
    assert "Points lost by being late: ana 4 − 0.8 = 3.2.\n" in done["stdout"]
    assert penalty(course, "ana") == 0.8
    ben = done["submissions"]["ben"]
    assert (ben["flags"], ben["lateness"]["seconds_late"], penalty(course, "ben")) == ([], 0, 0)


def test_of_whom_only_that_is_known_nothing_is_taken(course: Path) -> None:
    """The student is listed; what was known of an older hand-in counts no more."""
    cem = grade(course)["submissions"]["cem"]
    assert cem["flags"] == [
        {
            "kind": "unknown-time",
            "cell": "",
            "detail": "timestamp.txt says only LATE: how late it was is not known, and nothing is "
            "taken off for it.",
            "settled": False,
        }
    ]
    assert cem["lateness"]["seconds_late"] is None
    hand_in(course, "cem", "2026-12-10 18:00 UTC")
    assert grade(course)["submissions"]["cem"]["lateness"]["penalty"] == 2
    hand_in(course, "cem", "LATE")
    again = grade(course)["submissions"]["cem"]
    assert (again["lateness"], penalty(course, "cem")) == (cem["lateness"], 0)


def test_a_score_by_hand_changes_the_penalty(course: Path) -> None:
    """At the next grading, which runs nothing for it, and before feedback and nbgrader's export."""
    grade(course)
    scored(course, "ana", 1)
    done = grade(course)
    assert done["submissions"]["ana"]["status"] == "unchanged"
    assert done["submissions"]["ana"]["lateness"]["score_after"] == 4
    assert "  ana: lateness: -0.8 → -1\n" in done["stdout"]
    scored(course, "ana", 2)
    assert exported(course)["ana"] == (1.2, 4.8)
    scored(course, "ana", 1.5)
    assert autograder(course, "feedback", "tiny").returncode == 0
    page = (course / "feedback" / "ana" / "tiny" / "tiny.html").read_text()
    assert "1.1 points for lateness, of 5.5<" in page
    assert penalty(course, "ana") == 1.1
    assert late(grade(course)["submissions"]["ana"]) == [
        "24 h 30 min after the due date: 5.5 points, 1.1 lost, 4.4 left."
    ]
    assert grade(course, "--force")["submissions"]["ana"]["lateness"]["penalty"] == 1.1


def test_nbgraders_generate_feedback_does_so_too(course: Path) -> None:
    """As the formgrader's button, which calls the same."""
    grade(course)
    scored(course, "ana", 1)
    assert command(course, "nbgrader", "generate_feedback", "tiny").returncode == 0
    assert penalty(course, "ana") == 1
    assert "Taken off" in (course / "feedback" / "ana" / "tiny" / "tiny.html").read_text()


def test_another_policy_is_told_where_points_change(course: Path, no_runs: list[str]) -> None:
    """A rehearsal says the same and records nothing; nobody is run again."""
    grade(course)
    no_runs.clear()
    config(course, "c.LatePolicy.percent_a_day = 20")
    for options in (("--dry-run",), ()):
        done = grade(course, *options)
        assert done["differences"]["changes"] == [
            {
                "student": "ana",
                "cell": "",
                "check": "lateness",
                "before": -0.8,
                "after": -1.6,
            }
        ]
        assert penalty(course, "ana") == (0.8 if options else 1.6)
    config(course, "c.LatePolicy.cap_percent = 60")
    assert grade(course)["differences"]["changes"] == []
    assert no_runs == []


def test_without_a_policy_all_is_given_back(course: Path) -> None:
    """Whether the submission is run again or not."""
    for student, options in (("ana", ()), ("dan", ("--force",))):
        hand_in(course, student, "2026-12-05 18:30 Europe/Zagreb")
        grade(course)
        assert penalty(course, student) == 0.8
        before = (course / "course_config.py").read_text()
        config(course, "c.pop('LatePolicy')\nc.Autograde.autograde_preprocessors.pop()")
        done = grade(course, *options)
        assert penalty(course, student) == 0
        assert late(done["submissions"][student]) == ["24 h 30 min after the due date."]
        (course / "course_config.py").write_text(before)


def test_extensions_and_excuses_of_the_roster(course: Path, no_runs: list[str]) -> None:
    """Of who is graded for the first time, and of who was before; an extension may be shortened."""
    hand_in(course, "dan", "2026-12-05 18:30 Europe/Zagreb")
    roster(course, "student_id,extension tiny,excused tiny", "ana,36 hours,", "dan,,yes")
    done = grade(course)["submissions"]
    assert done["ana"]["flags"] == []
    assert done["ana"]["lateness"] | {"score_after": 0} == {
        "seconds_late": 0.0,
        "extension": 129600.0,
        "excused": False,
        "penalty": 0.0,
        "score_after": 0,
    }
    assert late(done["dan"]) == ["24 h 30 min after the due date, and excused: nothing is lost."]
    assert done["dan"]["lateness"]["excused"]
    no_runs.clear()
    roster(course, "student_id,extension tiny,excused tiny", "ana,1 day,", "dan,,")
    done = grade(course)["submissions"]
    assert no_runs == []
    assert late(done["ana"]) == ["0 h 30 min after the due date: 4 points, 0.4 lost, 3.6 left."]
    assert done["dan"]["lateness"]["penalty"] == 0.8
    assert grade(course, "--force")["submissions"]["ana"]["lateness"]["penalty"] == 0.4
    autograder(course, "feedback", "tiny")
    page = (course / "feedback" / "ana" / "tiny" / "tiny.html").read_text()
    assert "2026-12-05 18:00 Europe/Zagreb, with an extension" in page


def test_what_the_roster_says_and_nobody_can_read_stops_the_grading(course: Path) -> None:
    """One line, and nobody is graded."""
    roster(course, "student_id,extension", "ana,soon")
    done = autograder(course, "grade", "tiny")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "roster.csv, line 2: 'extension' of ana is 'soon'; '3 days'" in done.stderr
    assert not (course / "autograded").exists()


@pytest.mark.slow
def test_an_extension_of_what_has_no_due_date_is_told(course: Path) -> None:
    """Nobody is late, and no page fails over it."""
    config(course, "c.Course.due = {}")
    roster(course, "student_id,extension tiny", "ana,2026-12-08 18:00")
    done = grade(course)
    assert done["submissions"]["ana"]["flags"] == []
    told = "Counts for nothing, as tiny has no due date: extensions of ana in roster.csv and c.Late"
    assert told in done["stdout"]
    assert exported(course)["ana"] == (0, 4)


@pytest.mark.slow
def test_a_policy_and_nbgraders_plugin_are_refused(course: Path) -> None:
    """By whatever would read points; the setting of each is named."""
    grade(course)
    config(course, "c.LateSubmissionPlugin.penalty_method = 'zero'")
    said = "c.LatePolicy and c.LateSubmissionPlugin.penalty_method (zero) would both take points"
    for words in (
        ("autograder", "grade", "tiny"),
        ("autograder", "feedback", "tiny"),
        ("nbgrader", "autograde", "tiny"),
        ("nbgrader", "export"),
    ):
        done = command(course, *words)
        assert done.returncode != 0, words
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_nbgraders_own_plugin_follows_scores_too(course: Path) -> None:
    """Where it is configured, at the same moments."""
    config(course, "c.pop('LatePolicy')\nc.LateSubmissionPlugin.penalty_method = 'zero'")
    done = grade(course)
    assert late(done["submissions"]["ana"]) == [
        "24 h 30 min after the due date: 4 points, 4 lost, 0 left."
    ]
    scored(course, "ana", 1)
    assert autograder(course, "feedback", "tiny").returncode == 0
    assert penalty(course, "ana") == 5
    roster(course, "student_id,excused tiny", "ana,yes")
    assert grade(course)["submissions"]["ana"]["lateness"]["penalty"] == 0
    assert penalty(course, "ana") == 0


def test_groups_hand_in_and_lose_each_for_themselves(course: Path) -> None:
    """By when each copy came, and what the roster grants each."""
    for student in ("dan", "eva"):
        hand_in(course, student, "2026-12-05 18:30 Europe/Zagreb")
    roster(course, "student_id,group,extension", "dan,g,", "eva,g,2 days")
    done = grade(course)["submissions"]
    assert [done[student]["lateness"]["penalty"] for student in ("dan", "eva")] == [0.8, 0]


def test_a_record_that_is_damaged_costs_nobody_a_penalty(course: Path) -> None:
    """nbgrader's own fields are brought up to date all the same."""
    grade(course)
    scored(course, "ana", 1)
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook, gradebook:
        gradebook.execute("UPDATE autograder_submission SET checks = '{' WHERE student_id = 'ana'")
    assert exported(course)["ana"] == (1, 4)


@pytest.mark.slow
def test_a_failed_hand_in_stays_failed(course: Path) -> None:
    """Its record is not told otherwise because the points of a former one cost something else."""
    grade(course)
    scored(course, "ana", 1)
    (course / "submitted" / "ana" / "tiny" / "tiny.ipynb").write_text("{")
    assert grade(course)["submissions"]["ana"]["status"] == "failed"
    assert renew(load(course), "tiny", ["ana"], {}) == {}
    assert exported(course)["ana"] == (1, 4)
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook:
        rows = gradebook.execute("SELECT student_id, status FROM autograder_submission")
        assert dict(rows.fetchall())["ana"] == "failed"


@pytest.mark.slow
def test_what_a_policy_took_before_a_failed_hand_in_is_given_back(course: Path) -> None:
    """Whether a mended one is graded first, or the points are read as they are."""
    hand_in(course, "dan", "2026-12-05 18:30 Europe/Zagreb")
    grade(course)
    notebooks = [course / "submitted" / s / "tiny" / "tiny.ipynb" for s in ("ana", "dan")]
    mended = notebooks[1].read_text()
    for notebook in notebooks:
        notebook.write_text("{")
    grade(course)
    config(course, "c.pop('LatePolicy')\nc.Autograde.autograde_preprocessors.pop()")
    notebooks[1].write_text(mended)
    assert late(grade(course)["submissions"]["dan"]) == ["24 h 30 min after the due date."]
    assert penalty(course, "dan") == 0
    assert exported(course)["ana"] == (0, 4)


def test_without_a_time_a_newer_hand_in_is_not_late(course: Path) -> None:
    """What the gradebook has is of the one before; a time that a person gave stays."""
    hand_in(course, "dan")
    (course / "submitted" / "dan" / "tiny" / "timestamp.txt").unlink()
    grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_submission("tiny", "dan").timestamp = datetime(2026, 12, 4, 18)
        gradebook.db.commit()
    notebook = course / "submitted" / "ana" / "tiny" / "tiny.ipynb"
    notebook.with_name("timestamp.txt").unlink()
    notebook.write_text("{")
    assert grade(course, "--force")["submissions"]["dan"]["lateness"]["penalty"] == 0.4
    nbformat.write(answered(course, WRONG), notebook)
    ana = grade(course)["submissions"]["ana"]
    assert (ana["flags"], ana["lateness"]["seconds_late"]) == ([], None)
    assert penalty(course, "ana") == 0


def test_points_of_an_older_hand_in_stay_here(course: Path) -> None:
    """Neither exported nor told to be graded, until what lies there is."""
    settings = load(course)
    grade(course)
    for student in ("ana", "ben", "cem"):
        scored(course, student, 1)

    def again() -> list[str]:
        points = earned.read(settings, "tiny")
        assert {each.reason for each in points.left_out} <= {AGAIN}
        left = sorted(each.student for each in points.left_out)
        assert report.gather(settings, "tiny").roll.ungraded == tuple(left)
        return left

    assert again() == []
    hand_in(course, "ana", "2026-12-06 18:30 Europe/Zagreb", WRONG)
    hand_in(course, "ben", "2026-12-05 18:00 Europe/Zagreb")
    assert again() == ["ana", "ben"]
    grade(course)
    assert again() == []
