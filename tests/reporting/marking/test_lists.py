"""On the formgrader's lists a name is text, also in scripts, and all that nbgrader has is there."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.grading.records import details, tables
from autograder.grading.records.details import Details
from autograder.reporting.marking import lists
from autograder.results import Flag, Status
from tests.course import BIN

STOCK = str(files("nbgrader.server_extensions.formgrader") / "templates")
GONE = "formgrade_404.tpl"
TEMPLATES = sorted(path.name for path in Path(STOCK).glob("*.tpl"))
NAMES = ("student_id", "assignment_id", "notebook_id", "course_dir", "exchange", "current_config")
OTHERS = {"url_prefix": ".", "default_timezone": "+0000", "base_url": "/user/ta", "windows": False}
HOSTILE = "\"'\\x22</script></pre><img src=x onerror=\"document.title='run'\">"


def page(folder: Path, template: str, name: str) -> BeautifulSoup:
    """A page on which everything is called this."""
    values: dict[str, Any] = {**dict.fromkeys(NAMES, name), **OTHERS, "exchange_missing": True}
    resources = {**dict.fromkeys((*NAMES, "filename", "student"), name), "base_url": "/user/ta"}
    if template == GONE:
        values = {"resources": resources}  # as nbgrader gives them
    directory = CourseDirectory(config=Config({"CourseDirectory": {"root": str(folder)}}))
    html = lists.page(FileSystemLoader(STOCK), directory, template, values)
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize("template", TEMPLATES)
def test_names_are_text(template: str, tmp_path: Path) -> None:
    """A page has the same elements whatever the names on it are, and says them."""
    hostile, plain = (page(tmp_path, template, name) for name in (HOSTILE, "a"))
    assert [tag.name for tag in hostile.find_all(True)] == [
        tag.name for tag in plain.find_all(True)
    ]
    for tag in plain.find_all("script", src=True):
        assert tag["src"].startswith("/user/ta/formgrader/static/")


@pytest.mark.parametrize("template", [name for name in TEMPLATES if name != GONE])
def test_a_page_is_nbgraders_own(template: str, tmp_path: Path) -> None:
    """With plain names nothing on it is another."""
    values = {**dict.fromkeys(NAMES, "a"), **OTHERS, "exchange_missing": True}
    stock = Environment(loader=FileSystemLoader(STOCK)).get_template(template).render(**values)
    expected = BeautifulSoup(stock, "html.parser").prettify().split()
    assert page(tmp_path, template, "a").prettify().split() == expected


def test_what_is_gone_is_told_of(tmp_path: Path) -> None:
    """nbgrader's own page of it can't be made: it lacks a template."""
    shown = page(tmp_path, GONE, "a").get_text()
    assert "The graded copy of a is not there" in shown
    assert "autograder grade a" in shown


def test_a_script_has_the_name_as_it_is(tmp_path: Path) -> None:
    """What a list asks for is found, an apostrophe in it or not."""
    script = page(tmp_path, "manage_students_assignments.tpl", HOSTILE).prettify()
    (variable,) = re.findall("var student_id = (.*);", script)
    assert variable.startswith(r'"\"\u0027\\x22\u003c/script\u003e')


FLAG = Flag("suspect-code", "f", f"{HOSTILE} is read.")
SLOW = Flag("timeout", "f", "f took 10 s.")


def test_what_wants_a_look_stands_above_the_list(
    processes: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of its flags and what to do; of very many submissions the most urgent."""
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        gradebook.add_assignment("hw")
        tables.prepare(gradebook)
        for student in (HOSTILE, *(f"student{number:02}" for number in range(99))):
            status: Status = "failed" if student == HOSTILE else "flagged"
            details.keep(gradebook, "hw", student, Details(status, 1.0, (FLAG, SLOW)))
        gradebook.db.commit()
    shown = page(tmp_path, "manage_submissions.tpl", "hw")
    assert shown.select("img") == []
    first, second, *_, last = shown.select("#unusual li")
    assert f"{HOSTILE} could not be graded" in " ".join(first.get_text().split())
    assert "(and 1 more)" in first.get_text()
    assert first.select("a") == []
    assert second.select_one("a")["href"] == "/user/ta/formgrader/manage_students/student00/hw"
    assert "→ read it: formgrader" in second.get_text()
    assert last.get_text() == "And 50 more: autograder report hw has all."
