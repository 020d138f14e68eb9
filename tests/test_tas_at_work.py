"""TAs who score in the formgrader while the class is graded, on the same gradebook."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests import formgrader
from tests.course import autograder
from tests.formgrader import ask
from tests.tiny import answered, tiny_course

STUDENTS = [f"student{i:02}" for i in range(1, 13)]
# A request that waits for one submission to be recorded, on a machine that is busy with others.
LONGEST_SECONDS = 5.0

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def course(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A course whose class has been graded once, and the address of its gradebook."""
    course = tiny_course(tmp_path / "course")
    url = f"sqlite:///{course}/gradebook.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("GRADEBOOK_URL", url)
        assert autograder(course, "release", "tiny").returncode == 0
    hand_in(course, 0)
    assert autograder(course, "grade", "tiny").returncode == 0
    return course, url


def hand_in(course: Path, time: int) -> None:
    """Has everyone hand in another answer than before."""
    for student in STUDENTS:
        folder = course / "submitted" / student / "tiny"
        folder.mkdir(parents=True, exist_ok=True)
        double = f"def double(x):\n    return 2 * x + {time % 2}"
        notebook = answered(course, double, f"It doubles, for the {time}th time.")
        nbformat.write(notebook, folder / "tiny.ipynb")


@dataclass
class Given:
    """What a TA has given: the last score of each grade, and how long each request took."""

    scores: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def score(server: str, grades: list[str], comments: list[str], until: threading.Event) -> Given:
    """Gives scores and comments to one submission after the other, as fast as the page lets one."""
    given, draw = Given(), random.Random(0)

    def put(path: str, content: dict[str, object]) -> None:
        start = time.monotonic()
        done = ask(server, "PUT", path, content)
        given.seconds.append(time.monotonic() - start)
        if done.status_code != 200:
            given.errors.append(done.text)

    while not until.is_set():
        grade, comment = draw.choice(grades), draw.choice(comments)
        given.scores[grade] = draw.randrange(9) / 4
        put(f"api/grade/{grade}", {"manual_score": given.scores[grade]})
        given.comments[comment] = f"Said {len(given.seconds)} times."
        put(f"api/comment/{comment}", {"manual_comment": given.comments[comment]})
    return given


def entries(url: str) -> Iterator[tuple[str, str, float | str | None]]:
    """Of each grade and comment, its kind, its id and what a person gave it."""
    with Gradebook(url) as gradebook:
        for student in STUDENTS:
            notebook = gradebook.find_submission_notebook("tiny", "tiny", student)
            for grade in notebook.grades:
                yield "grade", grade.id, grade.manual_score
            for comment in notebook.comments:
                yield "comment", comment.id, comment.manual_comment


@pytest.mark.parametrize(
    "seconds", [5, pytest.param(60, marks=pytest.mark.slow)], ids=["short", "a-minute"]
)
def test_scoring_while_the_class_is_graded(course: tuple[Path, str], seconds: int) -> None:
    """Nobody waits longer than for one submission, and all that was given is there afterwards."""
    folder, url = course
    ids = list(entries(url))
    grades = [key for kind, key, _ in ids if kind == "grade"]
    comments = [key for kind, key, _ in ids if kind == "comment"]
    done, found = threading.Event(), list[Given]()
    with formgrader.started(folder) as server:
        ta = threading.Thread(target=lambda: found.append(score(server, grades, comments, done)))
        ta.start()
        try:
            rounds, end = 0, time.monotonic() + seconds
            while time.monotonic() < end or not rounds:
                rounds += 1
                hand_in(folder, rounds)
                graded = autograder(folder, "grade", "tiny", "--force")
                assert (graded.returncode, graded.stderr) in [(0, ""), (1, "")]
                assert "grader-error" not in graded.stdout
                assert f"{len(STUDENTS)} submissions" in graded.stdout
        finally:
            done.set()
            ta.join()
    (given,) = found
    assert given.errors == []
    assert max(given.seconds) < LONGEST_SECONDS
    assert len(given.seconds) > seconds
    kept = {key: value for _, key, value in entries(url)}
    assert {key: kept[key] for key in given.scores} == given.scores
    assert {key: kept[key] for key in given.comments} == given.comments
