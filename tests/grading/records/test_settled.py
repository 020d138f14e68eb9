"""A flag that is settled while a submission is graded anew: the newer record stands."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from traitlets.config import Config

from autograder.config import CourseError, Settings, from_config
from autograder.grading.records import details, tables
from autograder.grading.records.details import Details
from autograder.grading.records.entry import enter
from autograder.grading.records.settled import settle
from autograder.results import Flag, FlagKind

TIMEOUT = Flag(FlagKind.TIMEOUT, "test", "It ran for 30 s.")

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture
def settings(gradebook_url: str, tmp_path: Path) -> Settings:
    """A course in which student01 has a flag to be looked at."""
    with Gradebook(gradebook_url) as gradebook:
        tables.prepare(gradebook)
        gradebook.add_assignment("hw")
        gradebook.add_notebook("hw", "hw")
        gradebook.add_grade_cell("test", "hw", "hw", max_score=2, cell_type="code")
        gradebook.add_student("student01")
        gradebook.add_submission("hw", "student01")
        before = Details("flagged", 1.0, (TIMEOUT,), content="a" * 64)
        details.keep(gradebook, "hw", "student01", before)
        gradebook.db.commit()
    config = Config()
    config.CourseDirectory.update({"db_url": gradebook_url, "root": str(tmp_path)})
    return from_config(config)


def test_what_is_graded_meanwhile_stands(settings: Settings) -> None:
    """Who settles waits for who grades, and is told that there is no such flag any more."""
    with Gradebook(settings.directory.db_url) as gradebook, ThreadPoolExecutor() as pool:
        entry = enter(gradebook, "hw", "student01", None)
        place = entry.assignment_id, entry.student_id, entry.id
        details.write(gradebook, *place, Details("graded", 1.0, (), content="b" * 64))
        settling = pool.submit(settle, settings, "hw", "student01", FlagKind.TIMEOUT)
        time.sleep(1)
        assert not settling.done()
        gradebook.db.commit()
        with pytest.raises(CourseError, match="student01 has no flag timeout of hw"):
            settling.result()
    with Gradebook(settings.directory.db_url) as gradebook:
        now = details.read(gradebook, "hw")["student01"]
    assert (now.status, now.flags) == ("graded", ())


def test_a_flag_is_settled(settings: Settings) -> None:
    """Where nobody grades at the same time, at once."""
    (flag,) = settle(settings, "hw", "student01", FlagKind.TIMEOUT)
    assert flag.settled
