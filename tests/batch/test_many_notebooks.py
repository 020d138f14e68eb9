"""An assignment of many notebooks: each is opened once for a class, where memory allows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.batch.grading import grade_class
from autograder.config import load
from autograder.examiner import pool
from autograder.examiner.examiners import OPENED
from autograder.examiner.jobs import Source
from autograder.examiner.opened import Opened
from autograder.isolation.child import Child
from autograder.isolation.zygote import Zygote
from tests.course import autograder
from tests.tiny import add_notebooks, tiny_course


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_each_notebook_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many students have handed it in, and in whatever order notebooks are taken."""
    course = tiny_course(tmp_path / "course")
    add_notebooks(course, OPENED)
    assert autograder(course, "release", "tiny").returncode == 0
    for student in ("student01", "student02"):
        shutil.copytree(course / "release" / "tiny", course / "submitted" / student / "tiny")
    opened: list[Source] = []

    def start(zygote: Zygote, examiners: Child, source: Source) -> Opened:
        opened.append(source)
        return there(zygote, examiners, source)

    there = pool.start
    monkeypatch.setattr(pool, "start", start)
    done = list(grade_class(load(course), "tiny", ["student01", "student02"], jobs=1))
    assert [(each.result.student, each.result.score) for each in done] == [
        ("student01", 0),
        ("student02", 0),
    ]
    assert len(opened) == len(set(opened)) == OPENED + 1
