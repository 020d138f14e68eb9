"""The pages of the bundled class: nothing hidden is on them, and a browser shows them well."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, Page
from torch import Tensor

from autograder.checks import judge
from autograder.config import load
from autograder.grading import assignment as assignments
from autograder.grading import roster, submission
from autograder.grading.execution import job
from autograder.reporting.feedback.gathering import Gathering
from autograder.reporting.feedback.notebook import text
from tests.asked import EXERCISES
from tests.classroom.build import build
from tests.classroom.student import students
from tests.course import ROOT, autograder, fresh_clone

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("processes")]

HANDED_IN = [student.student_id for student in students() if student.submitted]
# All points, a plot with two lines and with one, mistakes of every kind, nothing written, half
# done, late, and one on whom a person has had a say.
LOOKED_AT = ("student01", "student10", "student15", "student29", "student30", "student31")
SCORED = "student15"
COMMENT = r"""Nearly. The second term is $(1 - y_i) \log(1 - \hat{y}_i)$:

$$
\ell = -\frac{1}{N} \sum_{i=1}^{N} \bigl(y_i \log \hat{y}_i + (1 - y_i) \log(1 - \hat{y}_i)\bigr)
$$

| a | b |
|:--|--:|
| an_unusually_long_name_that_nothing_breaks_into_lines_of_a_phone = 1 | 2 |

    losses = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat))  # a line of code
"""
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
DIGITS = re.compile(r"(?<![\d.])\d+\.\d{6,}")


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class, graded, with its pages."""
    course = fresh_clone(tmp_path_factory.mktemp("pages") / "course")
    build(course)
    assert autograder(course, "release", "losses").returncode == 0
    assert autograder(course, "grade", "losses").returncode == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        where = "written_misprint", "binary", "losses", SCORED
        grade, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        comment.manual_comment = COMMENT
        gradebook.db.commit()
    assert autograder(course, "feedback", "losses").returncode == 0
    return course


def path(course: Path, student: str) -> Path:
    """A student's page."""
    return course / "feedback" / student / "losses" / "losses.html"


def test_everyone_who_handed_in_has_a_page_under_each_name(course: Path) -> None:
    """That of the assignment, and those that nbgrader's exchange asks for; all are the same."""
    assert {folder.name for folder in (course / "feedback").iterdir()} == {*HANDED_IN}
    for student in HANDED_IN:
        page = path(course, student)
        for name in ("binary", "multiclass"):
            assert page.with_name(f"{name}.html").read_bytes() == page.read_bytes()


@pytest.mark.parametrize("student", HANDED_IN)
def test_no_hidden_source_is_on_a_page(course: Path, student: str) -> None:
    """No line of a hidden test, of the source's own answers, or of the kit's exercises."""
    page = unescape(path(course, student).read_text(encoding="utf-8"))
    assert [line for line in hidden_lines() if line in page] == []


def test_no_hidden_source_or_number_is_in_a_feedback_notebook(course: Path) -> None:
    """It says what the page says; the pictures are drawn from what everyone may see."""
    lines, found = hidden_lines(), set[str]()
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gathering = Gathering.of(load(course), gradebook, "losses")
        for student in HANDED_IN:
            notebook = nbformat.reads(text(gathering.feedback(student)), as_version=4)
            assert {cell.cell_type for cell in notebook.cells} == {"markdown"}
            said = unescape("\n".join(cell.source for cell in notebook.cells))
            assert [line for line in lines if line in said] == []
            if student in ("student10", "student22", "student27"):
                own = re.sub(r"^```.*?^```$", "", said, flags=re.DOTALL | re.MULTILINE)
                shown = {number[: number.index(".") + 7] for number in DIGITS.findall(own)}
                assert shown & hidden_numbers(course, student) == set()
                found.add(student)
    assert len(found) == 3


def hidden_lines() -> set[str]:
    """What no student is to see of the source and the kit."""
    lines = set[str]()
    for notebook in (ROOT / "source" / "losses").glob("*.ipynb"):
        for cell in nbformat.read(notebook, as_version=4).cells:
            hidden = "\n".join(HIDDEN.findall(cell.source))
            lines |= {line.strip() for line in hidden.split("\n")}
            if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("written_"):
                lines |= {line for line in cell.source.split("\n") if "Model answer" in line}
    assert len(lines) >= 8
    lines |= {"BEGIN HIDDEN", "autograder.examiner", "Traceback", "site-packages", "DEMO_Z"}
    return lines - {""}


def hidden_numbers(course: Path, student: str) -> set[str]:
    """The numbers of hidden draws, and what is right for them, with six decimals.

    The lecture's are the first check's alone, and every student has them.
    """
    settings = load(course)
    group = roster.groups(settings.roster_path)[student]
    assignment = assignments.read(settings, "losses")
    read = submission.read(settings, assignment, student, group)
    keys = [
        bytes.fromhex(job(assignment, name, notebook, read).key)
        for name, notebook in read.notebooks.items()
    ]
    found = set[str]()
    for exercise, key in itertools.product(EXERCISES, keys):

        def recorded(*arguments: Tensor, **options: Any) -> Any:
            answer = exercise.reference(*arguments, **options)  # noqa: B023 (called in this round)
            for tensor in (*arguments, answer):
                if tensor.is_floating_point():
                    values = tensor.detach().abs().flatten().tolist()
                    found.update(f"{value:.6f}" for value in values)
            return answer

        lecture, *others = exercise.checks
        assert lecture.name == "demo"
        judge(replace(exercise, checks=tuple(others)), recorded, key)
    return found


def test_no_hidden_number_is_on_a_page(course: Path) -> None:
    """No input of a hidden call, and no value that is expected of one."""
    found = set[str]()
    for student in ("student10", "student22", "student27"):
        numbers = hidden_numbers(course, student)
        assert len(numbers) > 1000
        page = BeautifulSoup(path(course, student).read_text(encoding="utf-8"), "html.parser")
        for own in page.select("pre, .answer"):  # the student's own words
            own.decompose()
        shown = {number[: number.index(".") + 7] for number in DIGITS.findall(str(page))}
        assert shown & numbers == set()
        found |= shown
    assert found  # what a visible test has said: or nothing was searched


# In a browser ----------------------------------------------------------------------------------


WINDOWS = [*itertools.product((390, 1280), ("light", "dark"))]


@pytest.fixture(params=WINDOWS, ids=lambda window: f"{window[0]}-{window[1]}")
def shown(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of a phone's or a desk's width, in light or dark."""
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield page
    page.close()


@pytest.mark.parametrize("student", LOOKED_AT)
def test_a_browser_shows_it_well(course: Path, shown: Page, student: str) -> None:
    """axe finds nothing serious, nothing is wider than the window, and nothing is asked for."""
    asked, said = list[str](), list[str]()
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: said.append(message.text))
    address = path(course, student).as_uri()
    shown.goto(address)
    for closed in shown.query_selector_all("details:not([open])"):
        closed.evaluate("element => element.open = true")
    assert (asked, said) == ([address], [])
    root = "document.documentElement"
    assert shown.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    found = Axe().run(shown).response["violations"]
    serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
    assert serious == []


def test_dark_and_paper_have_colours_of_their_own(course: Path, browser: Browser) -> None:
    """Dark in a dark room, white on paper wherever it is printed."""
    colours = {}
    for scheme, medium in itertools.product(("light", "dark"), ("screen", "print")):
        page = browser.new_page(color_scheme=scheme)
        page.goto(path(course, SCORED).as_uri())
        page.emulate_media(media=medium, color_scheme=scheme)
        colours[scheme, medium] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.close()
    white = "rgb(255, 255, 255)"
    assert colours.pop(("dark", "screen")) != white
    assert {*colours.values()} == {white}


def test_formulas_are_drawn_without_a_network(course: Path, browser: Browser) -> None:
    """A fraction is as high as two lines, where its MathML is understood."""
    page = browser.new_page()
    page.goto(path(course, SCORED).as_uri())
    fraction = page.query_selector(".comment mfrac")
    assert fraction.bounding_box()["height"] > 25
    page.close()
