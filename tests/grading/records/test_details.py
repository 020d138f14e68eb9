"""What came of a submission is kept beside its scores: flags, checks, versions, and from what."""

from __future__ import annotations

import csv
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from sqlalchemy import select, update

from autograder import __version__
from autograder.config import CourseError
from autograder.grading.records import details, tables
from autograder.grading.records.details import Details, NotebookRecord, most_memory
from autograder.grading.records.tables import SUBMISSIONS
from autograder.results import CheckResult, Flag, SubmissionResult
from tests.course import ROOT, autograder, run
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

WRONG = "def double(x):\n    return 3 * x"


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A course with nobody in it."""
    return tiny_course(tmp_path / "course")


def hand_in(course: Path, *answer: str) -> None:
    """Puts a submission of student01 in place."""
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(answered(course, *answer), folder / "tiny.ipynb")


def graded(course: Path, assignment: str = "tiny") -> dict[str, tuple[dict[str, Any], Details]]:
    """Each student's record as `grade --json` has it, and what the gradebook has of it."""
    done = autograder(course, "grade", assignment, "--json", "g.json")
    assert (course / "g.json").exists(), done.stderr
    records = json.loads((course / "g.json").read_text())["submissions"]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        kept = details.read(gradebook, assignment)
    assert kept.keys() == {record["student"] for record in records}
    return {record["student"]: (record, kept[record["student"]]) for record in records}


@pytest.mark.slow
def test_it_is_what_the_json_says(released: Path) -> None:
    """Every flag, and every check with its points, its message, its cause and its hint."""
    for student in ("student01", "student22"):
        shutil.copytree(
            ROOT / "tests" / "grading" / "course_4faadda" / "submitted" / student / "losses",
            released / "submitted" / student / "losses",
        )
    causes = 0
    for record, kept in graded(released, "losses").values():
        result = SubmissionResult.from_json(record)
        assert most_memory(kept.notebooks.values()) == result.memory_bytes
        assert (result.memory_bytes or 0) > 0
        assert (kept.status, kept.seconds, kept.flags) == (
            result.status,
            result.seconds,
            result.flags,
        )
        with_checks = {name: cell.checks for name, cell in result.cells.items() if cell.checks}
        assert with_checks
        assert kept.checks == with_checks
        causes += sum(bool(check.cause) for checks in kept.checks.values() for check in checks)
        assert (
            kept.versions.items()
            >= {
                "autograder": __version__,
                "nbgrader": version("nbgrader"),
                "torch": version("torch"),
            }.items()
        )
        parts = {
            "python",
            "kit",
            "source",
            "exercises",
            "submission",
            "limits",
            "sandbox",
            "secret",
            "lateness",
            "handed-in",
        }
        packages = {"autograder", "nbgrader", "torch", "numpy", "ipython"}
        assert parts == kept.versions.keys() - packages
    assert causes


def test_what_a_function_prints_in_a_hidden_call_is_kept_and_shown_nowhere(course: Path) -> None:
    """The record has it, by the test that called; a student, the JSON and the copy don't."""
    hand_in(course, "def double(x):\n    print('called with', x)\n    return 2 * x")
    record, kept = graded(course)["student01"]
    assert kept.printed == {"test_double": "called with 2\ncalled with -3"}
    assert "called with -3" not in json.dumps(record)
    assert (
        "called with -3"
        not in (course / "autograded" / "student01" / "tiny" / "tiny.ipynb").read_text()
    )
    hand_in(course)
    _, kept = graded(course)["student01"]
    assert kept.printed == {}


def test_the_digest_is_of_what_was_graded(course: Path) -> None:
    """It stays while nothing changes, a person's score aside; another answer has another."""
    hand_in(course)
    _, first = graded(course)["student01"]
    assert len(first.digest) == 64
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("why", "tiny", "tiny", "student01").manual_score = 1
        gradebook.db.commit()
    _, again = graded(course)["student01"]
    assert again.digest == first.digest
    hand_in(course, WRONG)
    _, other = graded(course)["student01"]
    assert other.digest != first.digest
    path = course / "source" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace("# Doubling", "# Twice"))
    assert autograder(course, "release", "tiny").returncode == 0
    _, of_new_source = graded(course)["student01"]
    assert of_new_source.digest != other.digest


def test_that_nothing_could_be_graded_is_kept_until_something_is(course: Path) -> None:
    """A failure is in the kit's own table alone: nbgrader has no entry of it."""
    (course / "submitted" / "student01" / "tiny").mkdir(parents=True)
    record, kept = graded(course)["student01"]
    assert (record["status"], kept.status, kept.digest) == ("failed", "failed", "")
    assert [flag.to_json() for flag in kept.flags] == record["flags"]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.assignment_submissions("tiny") == []
    hand_in(course)
    _, kept = graded(course)["student01"]
    assert (kept.status, kept.flags) == ("graded", ())


@pytest.mark.slow
def test_nbgrader_reads_the_gradebook_as_before(course: Path) -> None:
    """Its commands grade into the same tables, export, write feedback and mend the database."""
    hand_in(course)
    assert run(course, "nbgrader", "autograde", "tiny").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert details.read(gradebook, "tiny")["student01"].status == "graded"
    for command in (["export"], ["generate_feedback", "tiny"], ["db", "upgrade"]):
        done = run(course, "nbgrader", *command)
        assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader((course / "grades.csv").read_text().splitlines())
    assert (row["student_id"], row["score"]) == ("student01", "4.0")


NOTEBOOK = '{"tiny": {"digest": "d", "copy": "c", "cells": [], "flags": [], "memory_bytes": %s}}'
DAMAGED = [
    *(("checks", text) for text in ("", "{", "5", "[]", '{"t": 5}', '{"t": [{"name": "a"}]}')),
    *(("flags", text) for text in ("null", "{}", "[5]", '[{"kind": "no"}]', '[{"kind": "late"}]')),
    *(("versions", text) for text in ("[]", '{"kit": 5}', "[" * 100_000)),
    *(("printed", text) for text in ("5", '{"t": null}')),
    *(("plots", text) for text in ("[]", '{"t": 5}', '{"t": {"lines": {}}}')),
    *(
        ("notebooks", text)
        for text in ("[]", '{"tiny": 5}', NOTEBOOK % "-1", NOTEBOOK % '"1"', NOTEBOOK % "true")
    ),
    ("status", "unheard"),
]


@pytest.mark.parametrize(("column", "text"), DAMAGED)
def test_a_damaged_row_is_told_when_it_is_read(course: Path, column: str, text: str) -> None:
    """All others are as they were, and so is who has one."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for student in ("student01", "it's"):
            details.keep(gradebook, "tiny", student, Details("graded", 1.0, ()))
        damage = update(SUBMISSIONS).where(SUBMISSIONS.c.student_id == "it's")
        gradebook.db.execute(damage.values({column: text}))
        kept = details.read(gradebook, "tiny")
    assert kept.keys() == {"student01", "it's"}
    assert kept["student01"].status == "graded"
    assert kept.get("student02") is None
    with pytest.raises(CourseError) as told:
        kept.get("it's")
    assert str(told.value).startswith("""the record of 'it'"'"'s' is damaged (""")
    assert str(told.value).endswith(
        """), grade it again: `autograder grade tiny --student='it'"'"'s'`"""
    )
    assert len(str(told.value)) < 250


def test_the_greediest_notebook_is_the_submissions_number() -> None:
    """What is not known of one is passed over; of none, nothing is known."""
    of = [NotebookRecord("d", memory_bytes=each) for each in (3, None, 5, 0)]
    assert most_memory(of) == 5
    assert most_memory(of[1:2]) is None
    assert most_memory([]) is None


def test_a_record_of_an_older_kit_has_no_memory(gradebook_url: str) -> None:
    """It is read as ever, and kept anew with what is known then."""
    with Gradebook(gradebook_url) as gradebook:
        tables.prepare(gradebook)
        gradebook.add_assignment("hw")
        known = Details("graded", 1.0, (), notebooks={"hw": NotebookRecord("d", memory_bytes=7)})
        details.keep(gradebook, "hw", "student01", known)
        assert details.read(gradebook, "hw")["student01"] == known
        (text,) = gradebook.db.execute(select(SUBMISSIONS.c.notebooks)).scalars()
        older = {name: {**kept} for name, kept in json.loads(text).items()}
        assert older["hw"].pop("memory_bytes") == 7
        gradebook.db.execute(update(SUBMISSIONS).values(notebooks=json.dumps(older)))
        found = details.read(gradebook, "hw")["student01"]
        assert found.notebooks == {"hw": NotebookRecord("d")}
        assert most_memory(found.notebooks.values()) is None


def test_a_row_has_a_bound(course: Path) -> None:
    """What a student may have written into a flag or a check is cut, and printable."""
    text = "\x1b[31m" + "x" * 1_000_000
    checks = {"test": (CheckResult(text, False, 0.0, 1.0, text, text),)}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        flag = Flag("restored", "", text)
        details.keep(gradebook, "tiny", "student01", Details("graded", 1.0, (flag,), checks))
        (row,) = gradebook.db.execute(SUBMISSIONS.select())
        assert sum(len(str(value)) for value in row) < 10_000
        assert "\x1b" not in str(row)
        assert details.read(gradebook, "tiny")["student01"].flags == (flag,)


def test_of_two_who_record_the_later_one_ends_it(gradebook_url: str) -> None:
    """Who began before may not say that all is there: what is kept may be the other's."""
    with Gradebook(gradebook_url) as gradebook:
        tables.prepare(gradebook)
        assignment_id = gradebook.add_assignment("hw").id

        def digest() -> str:
            return details.read(gradebook, "hw")["student01"].digest

        details.write(gradebook, assignment_id, "student01", None, Details("failed", 0.0, ()))
        first = details.begin(gradebook, assignment_id, "student01")
        second = details.begin(gradebook, assignment_id, "student01")
        assert first != second
        assert digest() == ""
        assert not details.end(gradebook, first, "a" * 64)
        assert digest() == ""
        assert details.end(gradebook, second, "b" * 64)
        assert digest() == "b" * 64
