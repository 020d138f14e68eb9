"""A course that an older kit has graded, and people have judged, opens and is graded again.

The course is `course_4faadda`, of four students; its README says how it was made.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from tests.course import autograder, run

OLDER = Path(__file__).parent / "course_4faadda"
MADE = ("autograded", "gradebook.db", ".course_secret", "release")  # by the older kit

Place = tuple[str, str]  # a student and a cell


@dataclass(frozen=True)
class Entries:
    """What a gradebook has of a class."""

    by_machine: Mapping[Place, float | None]
    by_person: Mapping[Place, tuple[float | None, float | None]]  # score, extra credit
    comments: Mapping[Place, str | None]
    waiting: frozenset[Place]  # for a person


@dataclass(frozen=True)
class Again:
    """How the older course was graded again, and what its gradebook has after."""

    done: subprocess.CompletedProcess[str]
    entries: Entries
    report: dict[str, Any]


def copied(folder: Path, *without: str) -> Path:
    """The older course in a folder of its own."""
    course = folder / "course"
    shutil.copytree(OLDER, course, ignore=lambda path, _: without if Path(path) == OLDER else ())
    for beside in (*course.glob("release/losses"), *course.glob("autograded/*/losses")):
        shutil.copy(course / "source" / "losses" / "helper.py", beside)
    if (secret := course / ".course_secret").exists():
        secret.chmod(0o600)
    return course


def entries(course: Path) -> Entries:
    """What the course's gradebook has."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        notebooks = [
            (submission.student.id, notebook)
            for submission in gradebook.assignment_submissions("losses")
            for notebook in submission.notebooks
        ]
        grades = {(who, grade.name): grade for who, book in notebooks for grade in book.grades}
        return Entries(
            {place: grade.auto_score for place, grade in grades.items()},
            {place: (grade.manual_score, grade.extra_credit) for place, grade in grades.items()},
            {(who, c.name): c.manual_comment for who, book in notebooks for c in book.comments},
            frozenset(place for place, grade in grades.items() if grade.needs_manual_grade),
        )


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Entries:
    """What the older kit has left."""
    return entries(copied(tmp_path_factory.mktemp("before")))


@pytest.fixture(scope="module")
def fresh(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Entries:
    """The same submissions in a course in which nobody was graded yet."""
    course = copied(tmp_path_factory.mktemp("fresh"), *MADE)
    assert autograder(course, "release", "losses").returncode == 0
    assert autograder(course, "grade", "losses").returncode == 1  # one is flagged
    return entries(course)


@pytest.fixture(scope="module")
def again(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Again:
    """The older course, graded by today's command, and then by nbgrader's own."""
    course = copied(tmp_path_factory.mktemp("older"))
    done = autograder(course, "grade", "losses", "--json", "grades.json")
    assert (course / "grades.json").exists(), done.stderr
    report = json.loads((course / "grades.json").read_text())
    return Again(done, entries(course), report)


@pytest.fixture(scope="module")
def by_nbgrader(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Again:
    """The older course, graded by nbgrader's own command."""
    course = copied(tmp_path_factory.mktemp("older"))
    done = run(course, "nbgrader", "autograde", "losses", "--force")
    return Again(done, entries(course), {})


@pytest.fixture(params=["again", "by_nbgrader"])
def graded(processes: None, request: pytest.FixtureRequest) -> Again:
    """The older course after either command."""
    result: Again = request.getfixturevalue(request.param)
    return result


def test_the_course_is_one_that_people_have_judged(before: Entries) -> None:
    """It holds the judgements of the list, of each kind one."""
    for given in json.loads((OLDER / "judgements.json").read_text()):
        place = (given["student"], given["cell"])
        if "comment" in given:
            assert before.comments[place] == given["comment"]
        else:
            scores = given.get("manual_score"), given.get("extra_credit")
            assert before.by_person[place] == scores
    assert before.waiting == {
        ("student07", "written_equivalence"),
        ("student30", "written_misprint"),
    }


@pytest.mark.slow
def test_nobody_is_asked_again(again: Again, before: Entries) -> None:
    """The one flag is of what was handed in; who waited waits, and nobody else."""
    assert again.entries.waiting == before.waiting
    flags = {
        (record["student"], flag["kind"], flag["cell"])
        for record in again.report["submissions"]
        for flag in record["flags"]
    }
    assert flags == {("student30", "metadata-changed", "bce")}
    assert again.done.returncode == 1, again.done.stderr  # for that flag


@pytest.mark.slow
def test_nbgrader_asks_nobody_either(by_nbgrader: Again, before: Entries) -> None:
    """Its command grades all four, and warns of the same flag alone."""
    assert by_nbgrader.done.returncode == 0, by_nbgrader.done.stderr
    assert by_nbgrader.entries.waiting == before.waiting
    assert "changed-answer" not in by_nbgrader.done.stderr
    assert by_nbgrader.done.stderr.count("metadata-changed") == 1


@pytest.mark.slow
def test_what_a_person_gave_stays(graded: Again, before: Entries) -> None:
    """Scores, extra credit and comments are what they were."""
    assert graded.entries.by_person == before.by_person
    assert graded.entries.comments == before.comments


@pytest.mark.slow
def test_the_machine_gives_what_it_gives_in_a_new_course(graded: Again, fresh: Entries) -> None:
    """An older gradebook changes no score of today's kit."""
    assert graded.entries.by_machine == fresh.by_machine
    assert fresh.by_machine["student01", "bce_hidden"] == 4
    assert fresh.by_machine["student22", "bce_hidden"] == 0
