"""The pictures of README and docs/, made anew from what is there now.

    python -m tests.pictures [NAME]...

makes docs/NAME.png of all, or of those that are named, in a browser (Debian: chromium). Look at
each before you commit it: nothing here knows whether a picture is a good one. Formulas in the
formgrader come from a network; without one they stand there as they are typed. 3 minutes.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbgrader.api import Gradebook
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from autograder import new_course
from tests import chromium, formgrader, practice
from tests.course import ROOT, autograder, clone, close_examiners
from tests.formgrader import TOKEN

Picture = Callable[[Browser, Path], bytes]  # a PNG, from a browser and a folder to work in

MOST_BYTES = 200_000
COLORS = 128
GREY = (185, 185, 185)  # between two parts of one page
LOG2 = '''def bce(y_hat, y, reduction="none"):
    """Binary cross-entropy of probabilities, each logarithm cut off at -100."""
    losses = -(y * torch.log2(y_hat) + (1 - y) * torch.log2(1 - y_hat))
    return losses if reduction == "none" else getattr(losses, reduction)()'''
COMMENT = "(a) is right. And (b): which predictions would such a training reward?"
WRONG = "student22"  # whose feedback is shown
QUIET = ".Toastify, .jp-toast-container { display: none !important }"


def notebook(browser: Browser, folder: Path) -> bytes:
    """What a student sees whose first function takes the wrong logarithm."""
    clone(folder / "course")
    path = folder / "course" / "release" / "losses" / "binary.ipynb"
    given = nbformat.read(path, as_version=4)
    for cell in given.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id == "bce":
            cell.source = LOG2
        if grade_id == "bce_visible":  # it fails, and the cell below it is to be run
            cell.metadata["tags"] = ["raises-exception"]
    nbformat.write(given, path)
    with lab(browser, folder / "course", "release/losses/binary.ipynb", 1100, 14_000) as page:
        page.get_by_text("| Idle").wait_for(timeout=120_000)  # before, nothing would be run
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        told = page.get_by_text("✗ Mend bce(y_hat, y) first")
        told.wait_for(state="attached", timeout=120_000)  # it may be out of sight
        page.wait_for_timeout(3000)  # formulas are drawn later
        first = page.locator(".jp-RenderedMarkdown p", has_text="Each curve is lowest at")
        y = top_of(first) - 8
        return page.screenshot(clip={"x": 40, "y": y, "width": 1020, "height": 1235})


def source(browser: Browser, folder: Path) -> bytes:
    """An instructor's notebook in JupyterLab, with what nbgrader knows of its cells."""
    course = folder / "my-course"
    new_course.make(course)
    with lab(browser, course, "source/hw1/mse.ipynb", 1280, 940) as page:
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Create assignment", exact=True).click()
        page.locator(".nbgrader-CellPoints:visible").first.wait_for()
        page.wait_for_timeout(2000)
        return page.screenshot()


def report(browser: Browser, folder: Path) -> bytes:
    """The page of the class, as `make practice` has it when it is graded."""
    course = graded(folder)
    assert autograder(course, "report", "losses").returncode == 1
    page = browser.new_page(viewport={"width": 1180, "height": 1130})
    page.goto((course / "reports" / "losses.html").as_uri())
    return page.screenshot()


def feedback(browser: Browser, folder: Path) -> bytes:
    """The points of somebody who got it wrong, and of the first exercise why, with a plot."""
    course = graded(folder)
    assert autograder(course, "feedback", "losses", "--student", WRONG).returncode == 0
    page = browser.new_page(viewport={"width": 1000, "height": 1400})
    page.goto((course / "feedback" / WRONG / "losses" / "losses.html").as_uri())
    article = page.locator("article").first
    why, plot = top_of(article), top_of(article.locator("figure").first)
    return strips(page, (0, top_of(page.locator("h1")) + 165), (why - 20, 430), (plot - 20, 335))


def marking(browser: Browser, folder: Path) -> bytes:
    """A submission in the formgrader: what is unusual about it, and an answer that was scored."""
    course = graded(folder)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        where = "written_misprint", "binary", "losses", practice.FORBIDDEN
        grade, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        comment.manual_comment = COMMENT
        address = f"submissions/{grade.notebook.id}/"
        gradebook.db.commit()
    with formgrader.started(course) as server:
        page = browser.new_page(viewport={"width": 1000, "height": 430})
        page.goto(f"{server}api/status?token={TOKEN}")
        page.goto(f"{server}formgrader/{address}", wait_until="networkidle")
        formgrader.await_scores(page)
        answer = top_of(page.get_by_text("The student's answer", exact=True).first)
        return strips(page, (0, 430), (answer - 20, 680))


@contextmanager
def lab(browser: Browser, course: Path, path: str, width: int, height: int) -> Iterator[Page]:
    """A notebook in JupyterLab, with nothing beside it."""
    with formgrader.started(course) as server:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.route("https://**/*", lambda route: route.abort())
        page.goto(f"{server}lab/tree/{path}?token={TOKEN}")
        page.add_style_tag(content=QUIET)
        page.locator(".jp-NotebookPanel-notebook").first.wait_for()
        page.keyboard.press("Control+b")  # closes the list of files
        page.wait_for_timeout(1000)
        yield page
        page.close()


def graded(folder: Path) -> Path:
    """The course of `make practice`, collected and graded, once for all pictures."""
    course = folder / "practice"
    if course.exists():
        return course
    practice.make(course)
    assert autograder(course, "release", "losses").returncode == 0
    assert autograder(course, "collect", "losses", str(course / "submissions.zip")).returncode == 0
    assert autograder(course, "grade", "losses").returncode == 1
    return course


def top_of(element: Locator) -> float:
    """How far down on its page something begins."""
    return float(element.evaluate("e => e.getBoundingClientRect().y + scrollY"))


def strips(page: Page, *spans: tuple[float, float]) -> bytes:
    """Parts of a page, each from so far down and so high, with a grey line between them."""
    shots = [
        page.screenshot(full_page=True, clip={"x": 0, "y": y, "width": 1000, "height": height})
        for y, height in spans
    ]
    parts = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    height = sum(part.height for part in parts) + 12 * (len(parts) - 1)
    whole = Image.new("RGB", (parts[0].width, height), GREY)
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height + 12
    content = io.BytesIO()
    whole.save(content, "PNG")
    return content.getvalue()


def small(picture: bytes) -> bytes:
    """The same in few colors."""
    content = io.BytesIO()
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    few.save(content, "PNG", optimize=True)
    assert content.tell() < MOST_BYTES, f"{content.tell()} bytes"
    return content.getvalue()


PICTURES: Mapping[str, Picture] = {
    "notebook": notebook,
    "source": source,
    "report": report,
    "feedback": feedback,
    "formgrader": marking,
}


def main(names: list[str]) -> int:
    """The exit code: 0 when they are in place, 2 where there is no such picture."""
    if unknown := sorted({*names} - PICTURES.keys()):
        print(f"no picture {unknown[0]!r}; there is: {', '.join(PICTURES)}", file=sys.stderr)
        return 2
    with TemporaryDirectory() as folder, chromium.started(Path(folder)) as browser:
        for name in names or PICTURES:
            picture = small(PICTURES[name](browser, Path(folder)))
            path = ROOT / "docs" / f"{name}.png"
            path.write_bytes(picture)
            print(f"{path}: {len(picture)} bytes", flush=True)
    close_examiners()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
