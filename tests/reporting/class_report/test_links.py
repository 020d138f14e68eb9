"""Where the report leads: to nbgrader's pages, and to a file in feedback/ whatever its name is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from autograder.config import load
from autograder.reporting import reports
from autograder.reporting.class_report.links import FORMGRADER, Links

STUDENT = 'O"Brien #1 50%?'


@pytest.fixture
def links(tmp_path: Path) -> Links:
    """Those of a course without pages."""
    (tmp_path / "course_config.py").write_text("")
    return Links(load(tmp_path), "hw", tmp_path / "reports")


def test_the_formgrader_s_pages(links: Links) -> None:
    """As nbgrader's own pages lead to them."""
    assert links.submission("a1b2") == f"{FORMGRADER}/submissions/a1b2/"
    assert links.notebook("my nb") == f"{FORMGRADER}/gradebook/hw/my%20nb/"
    assert links.of_student("a/b") == f"{FORMGRADER}/manage_students/a%2Fb/hw/"


def test_another_address(links: Links) -> None:
    """With or without a slash at its end."""
    other = Links(links.settings, "hw", links.folder, "https://hub/user/ta/formgrader/")
    assert other.submission("a1") == "https://hub/user/ta/formgrader/submissions/a1/"


def test_a_feedback_page_that_is_there(links: Links) -> None:
    """The address is relative, so that the course's folder may be moved; none leads nowhere."""
    assert links.feedback(STUDENT) == ""
    page = links.settings.step("feedback", "hw", STUDENT) / "hw.html"
    page.parent.mkdir(parents=True)
    page.write_text("")
    address = links.feedback(STUDENT)
    assert address.startswith("../feedback/O%22Brien%20%231%2050%25%3F/")
    assert (links.folder / unquote(address)).resolve() == page


@pytest.mark.parametrize("assignment", ["hw", "week 1: #sums?"])
def test_a_page_of_similar_submissions_that_is_there(links: Links, assignment: str) -> None:
    """It lies beside the report; none leads nowhere."""
    other = replace(links, assignment=assignment)
    assert other.similar == ""
    page = reports.of_similar(other.settings, assignment)
    page.parent.mkdir()
    page.write_text("")
    assert ":" not in other.similar
    assert (other.folder / unquote(other.similar)).resolve() == page
