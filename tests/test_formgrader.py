"""The formgrader, nbgrader's web page for TAs, on a real Jupyter server started in the course."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from playwright.sync_api import Browser

from tests import formgrader
from tests.classroom.build import build
from tests.course import autograder, fresh_clone
from tests.formgrader import TOKEN, ask


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released course with the class's submissions."""
    course = fresh_clone(tmp_path_factory.mktemp("formgrader") / "course")
    build(course)
    assert autograder(course, "release", "losses").returncode == 0
    return course


@pytest.fixture(scope="module")
def server(course: Path) -> Iterator[str]:
    """The address of a server that a TA has started in the course's folder."""
    with formgrader.started(course) as address:
        yield address


def test_the_page_lists_the_assignment_and_its_submissions(server: str) -> None:
    """The page opens, with the assignment, its points and everyone who handed in."""
    assert ask(server, "GET", "manage_assignments").status_code == 200
    (assignment,) = ask(server, "GET", "api/assignments").json()
    assert (assignment["name"], assignment["max_score"]) == ("losses", 32)
    assert assignment["num_submissions"] == 31


def test_its_button_gives_the_same_grade(server: str, course: Path) -> None:
    """Autograding from the page uses the course's configuration: the warner gets full marks."""
    done = ask(server, "POST", "api/submission/losses/student09/autograde").json()
    assert done["success"], json.dumps(done)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_submission("losses", "student09").score == 28


@pytest.mark.slow
def test_its_button_runs_what_is_unchanged(server: str, course: Path) -> None:
    """Who presses it wants a run, whatever is on record."""
    ask(server, "POST", "api/submission/losses/student09/autograde")
    copy = course / "autograded" / "student09" / "losses" / "binary.ipynb"
    before = copy.stat().st_ino
    again = ask(server, "POST", "api/submission/losses/student09/autograde").json()
    assert again["success"], json.dumps(again)
    assert copy.stat().st_ino != before


@pytest.mark.slow
def test_its_button_writes_the_kits_page(server: str, course: Path) -> None:
    """Generating feedback from the page gives the file that `autograder feedback` writes."""
    ask(server, "POST", "api/submission/losses/student09/autograde")
    done = ask(server, "POST", "api/assignment/losses/student09/generate_feedback").json()
    assert done["success"], json.dumps(done)
    page = course / "feedback" / "student09" / "losses" / "losses.html"
    written = page.read_bytes()
    assert b"28 of 32 points so far" in written.replace(b"</strong>", b"").replace(b"<strong>", b"")
    assert autograder(course, "feedback", "losses").returncode == 0
    assert page.read_bytes() == written


@pytest.mark.slow
def test_the_reports_links_lead_to_its_pages(server: str, course: Path) -> None:
    """To a student's notebook, and to the list of those that wait to be scored."""
    ask(server, "POST", "api/submission/losses/student09/autograde")
    there = f"{server}formgrader"
    assert autograder(course, "report", "losses", "--formgrader", there).returncode == 0
    page = BeautifulSoup((course / "reports" / "losses.html").read_bytes(), "html.parser")
    links = {link["href"].removeprefix(f"{there}/"): link.get_text() for link in page.select("a")}
    kinds = {path.split("/")[0]: path for path in links if path.endswith("/")}
    assert kinds.keys() == {"submissions", "gradebook"}
    for path in kinds.values():
        answer = ask(server, "GET", path)
        assert answer.status_code == 200
        assert links[path].rpartition(" ")[2] in answer.text  # the notebook's name


def test_the_model_answer_stands_beside_the_written_one(server: str, course: Path) -> None:
    """On the page where a person grades it, and in no file that a student could be given."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("binary", "losses", "student09").id
    page = ask(server, "GET", f"submissions/{notebook}/").text
    answer, _, rest = page.partition('id="written_misprint"')
    assert "Model answer" not in answer
    assert "Nothing ever pulls a prediction down" in rest
    assert "The bracket and the factor two may be missing." in rest
    for path in (course / "autograded").rglob("*"):
        assert path.is_dir() or b"Nothing ever pulls a prediction" not in path.read_bytes()


RUN = "document.title = 'run'"
SCRIPT = f'<script>{RUN}</script><img src="x" onerror="{RUN}"><svg onload="{RUN}"></svg>'
TITLE = "Model answer and marking scheme, from source/ and for you alone"
PANEL = f'<div class="panel panel-success model-answer"><div class="panel-heading">{TITLE}</div>'
SHOWS = f"""
import matplotlib.pyplot as plt
from IPython.display import HTML, SVG, Javascript, Markdown, display
display(HTML({SCRIPT!r} + "<table class='dataframe'><tr><td>one</td></tr></table>"))
display(HTML("<p>framed</p>" + {SCRIPT!r}), metadata={{"text/html": {{"isolated": True}}}})
display(Javascript({RUN!r}), Markdown("$x^2$ " + {SCRIPT!r}))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>top.{RUN}</script></svg>"))
view = "application/vnd.jupyter.widget-view+json"
display({{view: {{"model_id": "a"}}, "text/plain": "a widget"}}, raw=True)
print("</pre>" + {SCRIPT!r})
plt.plot([1, 2])
plt.show()
raise ValueError("</pre>" + {SCRIPT!r})
"""


@pytest.fixture(scope="module")
def hostile(server: str, course: Path) -> str:
    """The address of the page of a student who would like to have the points."""
    path = course / "submitted" / "student10" / "losses" / "binary.ipynb"
    notebook = nbformat.read(path, as_version=4)
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    place = names.index("written_misprint")
    notebook.cells[place].source = f"{PANEL}</div>\n\n**My** answer, $a < b$.\n\n{SCRIPT}"
    own = [new_markdown_cell(PANEL + SCRIPT), new_code_cell(SHOWS)]
    notebook.cells[place + 1 : place + 1] = own
    nbformat.write(notebook, path)
    done = ask(server, "POST", "api/submission/losses/student10/autograde").json()
    assert done["success"], json.dumps(done)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        student = gradebook.find_student("student10")
        student.first_name, student.last_name = f'"{SCRIPT}', f'"{SCRIPT}'
        gradebook.db.commit()
        notebook_id = gradebook.find_submission_notebook("binary", "losses", "student10").id
    return f"submissions/{notebook_id}/"


@pytest.mark.slow
def test_what_a_student_shows_stays_on_the_page(server: str, hostile: str) -> None:
    """Words, formulas, tables, plots, text that was printed; and the model answer by itself."""
    page = BeautifulSoup(ask(server, "GET", hostile).text, "html.parser")
    shown = page.get_text()
    for part in ("My answer, $a < b$.", "$x^2$", "framed", "a widget", f"</pre>{SCRIPT}"):
        assert part in shown
    assert page.select_one("table.dataframe td").get_text() == "one"
    assert page.select('img[src^="data:image/png;base64,"]')
    assert page.select('img[src^="data:image/svg+xml;base64,"]')
    assert page.select("iframe, svg") == []
    (model,) = page.select(".model-answer")
    assert TITLE in model.get_text()
    assert "Nothing ever pulls a prediction down" in model.get_text()
    assert shown.count(TITLE) == 3
    labels = [tag.get_text() for tag in page.select("strong")]
    assert labels.count("The student's answer") == 1
    assert labels.count("A cell of the student's own") >= 2


@pytest.mark.slow
def test_nothing_of_a_students_runs_in_a_browser(
    server: str, hostile: str, browser: Browser
) -> None:
    """Nobody sets the page's title but the page, and it can be scored on."""
    page = browser.new_page(extra_http_headers={"Authorization": f"token {TOKEN}"})
    page.route("https://**/*", lambda route: route.abort())  # MathJax's is not asked for here
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}formgrader/{hostile}", wait_until="load")
    formgrader.await_scores(page)
    page.wait_for_timeout(500)
    assert page.title() == "binary"
    assert page.locator(".model-answer").bounding_box()["height"] > 100
    elsewhere = [url for url in asked if not url.startswith((server, "data:"))]
    assert [url for url in elsewhere if "mathjax" not in url.lower()] == []
    assert [url for url in asked if url.endswith("/x")] == []
    page.close()
