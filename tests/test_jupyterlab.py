"""The formgrader as a TA has it: in a real JupyterLab, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page

from autograder import new_course
from autograder.grading.records import details
from tests import formgrader
from tests.course import autograder, fresh_clone, run
from tests.formgrader import TOKEN, ask
from tests.tiny import RIGHT, answered, tiny_course

RUN = "document.title='run'"
HOSTILE = f"<img src=x onerror={RUN}>"  # as a folder may be called
STARTS = "import subprocess\n\ndef double(x):\n    subprocess.run(['ls'])\n    return x"
CLASS = {"student01": RIGHT, "student02": STARTS, HOSTILE: STARTS}
HEADING = "For you alone: what is unusual about this submission"
# What Jupyter and nbgrader say for themselves: formulas need a network, which there is none here.
NOT_OURS = re.compile(r"MathJax is not defined|\(https://|allow-scripts and allow-same-origin")


def hand_in(course: Path, student: str) -> None:
    """Puts a student's submission in place."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(answered(course, CLASS[student]), folder / "tiny.ipynb")


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in which all but student01 are graded."""
    course = tiny_course(tmp_path_factory.mktemp("lab") / "course")
    for student in CLASS:
        hand_in(course, student)
    ids = [part for student in CLASS if student != "student01" for part in ("--student", student)]
    assert autograder(course, "grade", "tiny", *ids).returncode == 1
    return course


@pytest.fixture(scope="module")
def server(course: Path) -> Iterator[str]:
    """The address of a JupyterLab in the course's folder."""
    with formgrader.started(course) as address:
        yield address


@contextmanager
def listened_to(browser: Browser) -> Iterator[Page]:
    """A page of the browser's; when it closes, nothing that went wrong in it may have been ours."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.route("https://**/*", lambda route: route.abort())
    wrong = list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def hear(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            wrong.append(f"{said.text} ({said.location['url']})")

    page.on("console", hear)
    yield page
    page.close()
    assert [each for each in wrong if not NOT_OURS.search(each)] == []


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page of somebody who has logged in."""
    with listened_to(browser) as page:
        page.goto(f"{server}api/status?token={TOKEN}")
        yield page


def of_notebook(course: Path, student: str) -> str:
    """The address of the formgrader's page of a student's notebook."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return f"submissions/{gradebook.find_submission_notebook('tiny', 'tiny', student).id}/"


def opened(page: Page, server: str) -> Frame:
    """The formgrader, opened by the menu of JupyterLab."""
    page.goto(f"{server}lab?token={TOKEN}")
    page.get_by_role("menuitem", name="Nbgrader").click()
    with page.expect_event("framenavigated", lambda frame: "manage_assign" in frame.url) as found:
        page.get_by_role("menuitem", name="Formgrader", exact=True).click()
    return found.value


def put(page: Page, field: str, text: str, frame: Frame, kind: str) -> None:
    """Types into a field and leaves it; returns when that is saved."""
    with page.expect_response(lambda said: f"/api/{kind}/" in said.url) as saved:
        frame.locator(field).fill(text)
        frame.locator(field).press("Tab")
    assert saved.value.ok


@pytest.mark.slow
def test_a_ta_grades_from_the_menu_of_jupyterlab(page: Page, server: str, course: Path) -> None:
    """The class, the button that grades as the kit does, the scheme, a score and a comment."""
    frame = opened(page, server)
    row = frame.locator("tr", has=frame.get_by_role("link", name="tiny", exact=True))
    row.get_by_role("link", name="3", exact=True).click()
    row = frame.locator("tr", has_text="student01")
    assert "needs autograding" in row.inner_text()
    row.locator(".autograde a").click()
    log = frame.locator("#success-modal pre")
    log.wait_for()
    assert "student01: graded, 4 points" in log.inner_text()
    frame.locator("#success-modal .modal-footer button").click()
    frame.locator("#success-modal").wait_for(state="detached")
    row.get_by_text("needs manual grading").wait_for()
    assert row.locator(".score").inner_text() == "4 / 6"

    row.locator(".student-name a").click()
    frame.get_by_role("link", name="tiny", exact=True).last.click()
    formgrader.await_scores(frame)
    answer, model = frame.get_by_text("It doubles."), frame.locator(".model-answer")
    assert "Because." in model.inner_text()
    assert answer.bounding_box()["y"] < model.bounding_box()["y"]
    assert frame.get_by_text(HEADING).count() == 0
    put(page, "#why", "1.5", frame, "grade")
    put(page, "#why-comment", "Nearly: *why* does it?", frame, "comment")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("tiny", "student01")
        assert (submission.score, submission.needs_manual_grade) == (5.5, False)
        comment = gradebook.find_comment("why", "tiny", "tiny", "student01")
        assert comment.manual_comment == "Nearly: *why* does it?"
        kept = details.read(gradebook, "tiny")["student01"]
    assert kept.status == "graded"
    assert kept.digest
    told = formgrader.log_of(course).read_text()
    assert [line for line in told.splitlines() if re.match(r"\[[EC] |Traceback", line)] == []


@pytest.mark.slow
def test_flags_are_seen_by_who_grades_and_not_by_students(
    page: Page, server: str, course: Path
) -> None:
    """In the list and beside the answers, with what to do, until somebody has settled them."""
    page.goto(f"{server}formgrader/manage_submissions/tiny")
    page.get_by_text("For you alone: 2 submissions want a look").click()
    told = page.locator("#unusual li", has_text="student02")
    told.get_by_text("sandbox-violation").wait_for()
    assert (
        "→ read it: formgrader, Manual Grading, or autograded/student02/tiny" in told.inner_text()
    )
    told.get_by_role("link").click()
    page.get_by_role("link", name="tiny", exact=True).last.click()
    box = page.locator(".unusual")
    assert HEADING in box.inner_text()
    assert "subprocess" in box.inner_text()
    assert "autograder settle tiny STUDENT sandbox-violation" in box.inner_text()
    assert "student02" not in page.locator("body").inner_text()
    page.locator(".glyphicon-eye-open.name-hidden").click()
    assert "autograder settle tiny student02 sandbox-violation" in box.inner_text()

    assert autograder(course, "settle", "tiny", "student02", "sandbox-violation").returncode == 0
    page.reload()
    assert "settled: someone has looked at it" in box.inner_text()
    assert "→" not in box.inner_text()
    page.goto(f"{server}formgrader/manage_submissions/tiny")
    page.get_by_text("For you alone: 1 submission wants a look").wait_for()

    assert autograder(course, "feedback", "tiny").returncode == 0
    for path in (course / "feedback" / "student02").rglob("*.html"):
        assert not re.search("sandbox-violation|For you alone|subprocess.Popen", path.read_text())
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("tiny", "tiny", "student02")
        assert [comment.comment for comment in notebook.comments if comment.comment] == []


LISTS: dict[str, Callable[[str], str]] = {
    "the-class": lambda _: "manage_submissions/tiny",
    "students": lambda _: "manage_students",
    "a-student": lambda name: f"manage_students/{name}",
    "a-students-notebooks": lambda name: f"manage_students/{name}/tiny",
    "manual-grading": lambda _: "gradebook/tiny/tiny",
}


@pytest.mark.slow
@pytest.mark.parametrize("where", LISTS.values(), ids=LISTS)
def test_a_folders_name_is_text_on_every_list(
    where: Callable[[str], str], page: Page, server: str, course: Path
) -> None:
    """It fetches nothing and runs nothing, and its rows are there."""
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    name = HOSTILE.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    page.goto(f"{server}formgrader/{where(name)}", wait_until="networkidle")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        graded = len(gradebook.assignment_submissions("tiny"))  # 2, or 3 after the walk above
    listed = (graded,) if where is LISTS["manual-grading"] else (1, 3)
    assert page.locator("#main-table tr").count() in listed
    assert "Loading" not in page.locator("#main-table").inner_text()
    assert page.title() == "nbgrader formgrade"
    assert page.locator("img").count() == 0
    assert [url for url in asked if url.endswith("/x")] == []


@pytest.mark.slow
def test_a_graded_copy_that_is_gone_is_told_of(server: str, course: Path) -> None:
    """With what makes it again; its path may be a student's making."""
    (course / "autograded" / HOSTILE / "tiny" / "tiny.ipynb").unlink()
    answer = ask(server, "GET", of_notebook(course, HOSTILE))
    assert answer.status_code == 404
    page = BeautifulSoup(answer.text, "html.parser")
    assert "autograder grade tiny" in page.get_text()
    assert f"autograded/{HOSTILE}/tiny/tiny.ipynb" in page.get_text()
    assert page.select("img") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "make", [fresh_clone, lambda folder: new_course.make(folder)], ids=["bundled", "new"]
)
def test_a_fresh_course_has_an_exchange(
    make: Callable[[Path], object], processes: None, tmp_path: Path
) -> None:
    """The formgrader warns of none that is missing; students write there once it is opened."""
    course = tmp_path / "course"
    make(course)
    (assignment,) = (path.name for path in (course / "source").iterdir())
    assert autograder(course, "release", assignment).returncode == 0
    exchange = course / "exchange"
    assert not exchange.exists()
    with formgrader.started(course) as address:
        assert "warning-exchange" not in ask(address, "GET", "manage_assignments").text
        assert exchange.stat().st_mode & 0o022 == 0
        done = ask(address, "POST", f"api/assignment/{assignment}/release").json()
        assert done["success"], done
        (listed,) = ask(address, "GET", "api/assignments").json()
    assert listed["status"] == "released"
    assert exchange.stat().st_mode & 0o777 == 0o777
    (inbound,) = exchange.glob("*/inbound")
    assert inbound.stat().st_mode & 0o777 == 0o733
    told = formgrader.log_of(course).read_text()
    assert "Unwritable directory" not in told
    again = run(course, "nbgrader", "release_assignment", assignment, "--force")
    assert again.returncode == 0, again.stderr
