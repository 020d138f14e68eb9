"""What a course released, handed in as it was or with the course's own answers, has no flag.

The shapes of notebooks are those of real courses; each is released by the course's own steps.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from autograder import config
from autograder.config import Settings
from autograder.examiner.examiners import Examiners
from autograder.grading import assignment as assignments
from autograder.grading import submission
from autograder.grading.release import release
from tests.course import ROOT
from tests.tiny import marks

CASES = ROOT / "tests" / "cases"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
HEADER = """
c.IncludeHeaderFooter.header = "header.ipynb"
"""


def given(text: str, **others: Any) -> NotebookNode:
    """Code of the course's that says nothing of itself."""
    return new_code_cell(text, **others)


def locked(grade_id: str, text: str = "import math") -> NotebookNode:
    """Code that students may not change."""
    return new_code_cell(text, metadata=marks(grade_id, locked=True))


def solution(grade_id: str, text: str, **others: Any) -> NotebookNode:
    """Code that students write."""
    return new_code_cell(text, metadata=marks(grade_id, solution=True, **others))


def region(before: str, text: str, after: str = "") -> str:
    """A solution with text around it that is released."""
    parts = (before, "### BEGIN SOLUTION", text, "### END SOLUTION", after)
    return "\n".join(part for part in parts if part)


def check(grade_id: str, text: str, points: float = 1) -> NotebookNode:
    """A test."""
    return new_code_cell(text, metadata=marks(grade_id, grade=True, locked=True, points=points))


def written(grade_id: str, text: str = "Because.", points: float = 2) -> NotebookNode:
    """A question that is answered in words."""
    return new_markdown_cell(
        text, metadata=marks(grade_id, grade=True, solution=True, points=points)
    )


def task(grade_id: str, text: str) -> NotebookNode:
    """A task, beside which students write."""
    return new_markdown_cell(text, metadata=marks(grade_id, locked=True, task=True, points=3))


DOUBLE = "def double(x):\n    return 2 * x"
TRIPLE = "def triple(x):\n    return 3 * x"
SCHEME = "\n\n=== BEGIN MARK SCHEME ===\n2 for a plot\n=== END MARK SCHEME ==="
PICTURE = {"a.png": {"image/png": "aGVsbG8="}}

SHAPES: dict[str, Sequence[NotebookNode]] = {
    "example-of-the-same-name": [
        given(DOUBLE),
        solution("double", region("", DOUBLE)),
        check("test_double", "assert double(2) == 4"),
    ],
    "example-after-the-answer": [
        solution("double", DOUBLE),
        check("test_double", "assert double(2) == 4"),
        given("def double(x):\n    return x + x"),
    ],
    "locked-example": [
        locked("example", DOUBLE),
        solution("double", DOUBLE),
        check("test_double", "assert double(2) == 4"),
    ],
    "test-that-defines-it": [
        solution("double", DOUBLE),
        check("test_double", "def double(x):\n    return x\nassert double(2) == 2"),
        check("test_one", "assert 1"),
    ],
    "variables-of-the-same-name": [
        given("x = 1"),
        solution("first", "x = 2"),
        check("test_first", "assert x == 2"),
        solution("second", "x = 3"),
        check("test_second", "assert x == 3"),
        given("x = 2"),
    ],
    "a-function-improved": [
        solution("naive", region("def f(x):", "    return x")),
        check("test_naive", "assert f(1) == 1"),
        solution("better", region("def f(x):", "    return x + 0")),
        check("test_better", "assert f(1) == 1"),
    ],
    "a-function-given-and-improved": [
        solution("first", region("def f(x):\n    return x\n\n\ndef g(x):", "    return f(x)")),
        solution("second", region("def f(x):", "    return x + 0")),
    ],
    "helpers-in-a-solution": [
        solution("first", "def helper(x):\n    return x\n\n\nx = helper(1)"),
        solution("second", "x = 5\ny = 6"),
        solution("third", "y = 7"),
        check("test", "assert y == 7"),
    ],
    "nothing-but-stubs": [
        *(solution(f"cell-{n}", f"print({n})") for n in range(4)),
        check("test", "assert True"),
    ],
    "a-stub-that-is-given": [
        given(STUB),
        solution("double", DOUBLE),
        given(STUB),
        new_markdown_cell("YOUR ANSWER HERE"),
        written("why"),
        new_markdown_cell("YOUR ANSWER HERE"),
    ],
    "the-same-twice": [
        new_markdown_cell("---"),
        given("import math"),
        new_markdown_cell("---"),
        solution("double", DOUBLE),
        given("import math"),
        new_markdown_cell("---"),
        check("test_1", "assert True"),
        check("test_2", "assert True"),
        new_markdown_cell("---"),
    ],
    "locked-twice": [
        locked("one"),
        solution("double", DOUBLE),
        locked("two"),
        solution("triple", TRIPLE),
        locked("three"),
    ],
    "empty-cells": [
        given(""),
        solution("double", DOUBLE),
        given(""),
        given("  \n"),
        new_markdown_cell(""),
        new_raw_cell(""),
        locked("nothing", ""),
    ],
    "an-empty-test": [solution("double", DOUBLE), check("test_double", "")],
    "raw-cells": [
        new_raw_cell("---\ntitle: Doubling\n---"),
        solution("double", DOUBLE),
        new_raw_cell("text"),
        new_raw_cell("text"),
    ],
    "marked-and-nothing-else": [
        new_code_cell("import math", metadata=marks("cell-1")),
        new_code_cell("import math", metadata=marks("cell-1")),
        solution("double", DOUBLE),
        check("test_double", "assert double(2) == 4"),
    ],
    "without-task": [
        new_code_cell(
            "x = 1",
            metadata={
                "nbgrader": {
                    "grade": False,
                    "grade_id": "x",
                    "locked": False,
                    "schema_version": 3,
                    "solution": True,
                }
            },
        ),
        check("test_x", "assert x == 1", 0.5),
    ],
    "task": [task("essay", "Write an essay below."), given("")],
    "task-with-a-scheme": [task("essay", "Write an essay." + SCHEME), new_markdown_cell("")],
    "two-tasks-alike": [task("one", "Draw." + SCHEME), given(""), task("two", "Draw." + SCHEME)],
    "answer-in-code-that-a-person-grades": [
        solution("plot", region("import math", "x = math.pi"), grade=True, points=3),
        solution("free", "x = 2", grade=True, points=1, locked=False),
    ],
    "hidden-tests-alone": [
        solution("double", DOUBLE),
        check("test_double", "### BEGIN HIDDEN TESTS\nassert double(2) == 4\n### END HIDDEN TESTS"),
        check("test_more", "### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"),
    ],
    "odd-names": [
        solution("-", DOUBLE),
        check("1", "assert double(2) == 4"),
        locked("None", "x = 1"),
        written("__why__", "x"),
    ],
    "attachments-outputs-tags": [
        new_markdown_cell("![a](attachment:a.png)", attachments=PICTURE, metadata={"tags": ["t"]}),
        given("1 + 1", outputs=[new_output("stream", text="2")], execution_count=3),
        solution("double", DOUBLE),
        new_markdown_cell(
            "![a](attachment:a.png)",
            attachments=PICTURE,
            metadata=marks("figure", locked=True),
        ),
    ],
    "line-ends-and-space": [
        given("import math\r\nx = 1\r\n"),
        given("import math  \n\n\n"),
        locked("setup", "  y = 1\r\nz = 2   \n\n"),
        new_code_cell(region("x = 0", "x = 3\r"), metadata=marks("x", solution=True)),
        check("test_x", "assert x\r\nassert x == 3\r\n"),
        new_markdown_cell("One\r\ntwo\x00"),
        task("essay", "One\r\n\r\ntwo"),
    ],
    "magics": [
        locked("setup", "%load_ext autoreload\n%autoreload 2"),
        given("%%time\nimport math"),
        given("files = !ls"),
        solution("double", "%%time\n" + DOUBLE),
        check("test_double", "assert double(2) == 4"),
    ],
    "no-solution-in-it": [
        solution("double", region("def double(x):", "    raise NotImplementedError()")),
        solution("nothing", STUB),
        solution("blank", ""),
        solution("given", "x = 1  # change it"),
        written("whom", "YOUR ANSWER HERE"),
    ],
    "solution-that-only-raises": [
        solution("double", "def double(x):\n    raise ValueError(x)"),
        solution("later", "def later():\n    pass"),
    ],
    "solution-as-given": [
        given("import math"),
        solution("imports", "import math"),
        given("x = 1"),
        solution("x", "x = 1"),
        check("test_x", "assert x == 1"),
        new_markdown_cell("Because."),
        written("why", "Because."),
    ],
    "solutions-alike": [
        solution("first", "x = 1"),
        solution("second", "x = 1"),
        written("why", "Yes."),
        written("whom", "Yes."),
    ],
    "a-class-in-parts": [
        solution("point", region("class Point:", "    def __init__(self):\n        self.x = 1")),
        check("test_point", "assert Point().x == 1"),
        solution("more", "class Point(Point):\n    y = 2"),
        check("test_more", "assert Point().y == 2"),
        check("test_one", "assert 1"),
    ],
    "a-cell-of-many-names": [
        solution("all", f"{DOUBLE}\n\n\n{TRIPLE}"),
        check("test_all", "assert double(1) + triple(1) == 5"),
        solution("double", DOUBLE),
        check("test_double", "assert double(1) == 2"),
    ],
    "no-python": [
        new_markdown_cell("# R"),
        given("x <- 1"),
        solution("double", region("double <- function(x) {", "  2 * x", "}")),
        check("test_double", "stopifnot(double(1) == 2)"),
        check("test_one", "1"),
    ],
    "nothing-to-do": [new_markdown_cell("# Read"), given("import math"), locked("one")],
    "tests-of-what-is-given": [
        given("x = 0  # change it"),
        check("test_x", "assert x == 0"),
        new_markdown_cell("# Read"),
    ],
    "header": [solution("double", DOUBLE), check("test_double", "assert double(2) == 4")],
}
FILES = ("e-task-source", "e-task-with-mark-scheme-source")
WAYS = ("with-ids", "without-ids")


def _old(notebook: NotebookNode) -> None:
    """As programs wrote notebooks before cells had ids."""
    notebook.nbformat_minor = 2
    for cell in notebook.cells:
        cell.pop("id", None)


def _notebook(shape: str) -> NotebookNode:
    if shape in FILES:
        return nbformat.read(CASES / f"{shape}.ipynb", as_version=4)
    notebook = new_notebook(cells=[nbformat.from_dict(cell) for cell in SHAPES[shape]])
    if shape == "no-python":
        notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    return notebook


def _write(notebook: NotebookNode, path: Path) -> None:
    path.write_text(nbformat.writes(notebook, version=nbformat.NO_CONVERT))


def _header() -> NotebookNode:
    return new_notebook(
        cells=[
            new_markdown_cell("Fill in your name.", metadata=marks("jupyter", locked=True)),
            given('NAME = ""'),
            solution("student", 'YEAR = "first"'),
        ]
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A course with an assignment of each shape, from an old program and from a new one."""
    folder = tmp_path_factory.mktemp("untouched") / "course"
    folder.mkdir()
    (folder / "course_config.py").write_text((ROOT / "course_config.py").read_text())
    nbformat.write(_header(), folder / "header.ipynb")
    for shape in (*SHAPES, *FILES):
        for way in WAYS:
            source = folder / "source" / f"{shape}-{way}"
            source.mkdir(parents=True)
            notebook = _notebook(shape)
            if way == "without-ids":
                _old(notebook)
            _write(notebook, source / "one.ipynb")
    return config.load(folder)


def _released(
    course: Settings, examiners: Examiners, shape: str, way: str
) -> tuple[Settings, str, Path]:
    name = f"{shape}-{way}"
    if shape == "header":
        course.config.IncludeHeaderFooter.header = str(course.root / "header.ipynb")
    else:
        course.config.IncludeHeaderFooter.header = ""
    there, folder = course.step("release", name), course.step("submitted", name, "student01")
    if not there.exists():
        release(course, name, examiners)
    shutil.copytree(there, folder, dirs_exist_ok=True)
    return course, name, folder / "one.ipynb"


def _told(course: Settings, name: str) -> list[str]:
    read = submission.read(course, assignments.read(course, name), "student01")
    return [f"{flag.kind} {flag.cell}: {flag.detail}" for flag in read.flags]


def _texts(course: Settings, name: str) -> list[str]:
    read = submission.read(course, assignments.read(course, name), "student01")
    return [cell.source for cell in read.notebooks["one"].cells]


# Every second is tried as it is, and every sixth without ids, every day; all are in CI.
CASES_EACH_WAY = [
    pytest.param(
        shape, way, marks=pytest.mark.slow if place % (6 if way == "without-ids" else 2) else ()
    )
    for place, shape in enumerate((*SHAPES, *FILES))
    for way in WAYS
]
each_shape = pytest.mark.parametrize(("shape", "way"), CASES_EACH_WAY)


@each_shape
def test_untouched(course: Settings, examiners: Examiners, shape: str, way: str) -> None:
    """Nobody who did nothing is told to have done anything, and each text stands where it did."""
    settings, name, path = _released(course, examiners, shape, way)
    texts = [cell.source.strip() for cell in nbformat.read(path, as_version=4).cells]
    assert _told(settings, name) == []
    assert [_visible(text) for text in _texts(settings, name)] == list(map(_visible, texts))


def _visible(text: str) -> str:
    """A text without its hidden tests, and with plain line ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return plain.partition("### BEGIN HIDDEN TESTS")[0].strip()


@each_shape
def test_the_course_s_own_answers(
    course: Settings, examiners: Examiners, shape: str, way: str
) -> None:
    """Nobody who answers as the course does is told to have done anything else."""
    settings, name, path = _released(course, examiners, shape, way)
    notebook = nbformat.read(path, as_version=4)
    solved = _solved(_notebook(shape))
    for cell in notebook.cells:
        marked = cell.metadata.get("nbgrader", {})
        if marked.get("solution") and marked["grade_id"] in solved:
            cell.source = solved[marked["grade_id"]]
    _write(notebook, path)
    assert _told(settings, name) == []
    texts = [_visible(cell.source) for cell in notebook.cells]
    assert [_visible(text) for text in _texts(settings, name)] == texts


def _solved(source: NotebookNode) -> dict[str, str]:
    solutions = (c for c in source.cells if c.metadata.get("nbgrader", {}).get("solution"))
    return {
        cell.metadata.nbgrader.grade_id: "\n".join(
            line for line in cell.source.split("\n") if " SOLUTION" not in line
        )
        for cell in solutions
    }
