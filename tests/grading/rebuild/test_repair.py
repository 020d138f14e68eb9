"""The sentences that a TA reads of a repair, its limits, and the order of what is rebuilt."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from random import Random

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import determine_grade

from autograder import config
from autograder.grading import assignment as assignments
from autograder.grading.assignment import Assignment, is_run
from autograder.grading.intake import cells, reading
from autograder.grading.intake.cells import Cell, Document
from autograder.grading.intake.folder import walk
from autograder.grading.rebuild import handed_in
from autograder.grading.rebuild.match import Match
from autograder.grading.rebuild.repair import without_remarks
from autograder.grading.rebuild.skeleton import Given
from tests.tiny import RIGHT, answered, tiny_course

Change = Callable[[NotebookNode], None]
WRONG = "def double(x):\n    return 3 * x"


@pytest.fixture(scope="module")
def course(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released course of one small notebook."""
    return tiny_course(tmp_path_factory.mktemp("repair") / "course")


@pytest.fixture(scope="module")
def tiny(course: Path) -> Assignment:
    """Its assignment."""
    return assignments.read(config.load(course), "tiny")


def told(assignment: Assignment, folder: Path) -> list[str]:
    """The flags of a folder, each as a line."""
    flags = handed_in.notebooks(walk(folder), assignment.skeletons, assignment.files)[1]
    return [f"{flag.kind} {flag.cell}: {flag.detail}" for flag in flags]


def rebuilt(assignment: Assignment, folder: Path) -> list[str]:
    """The texts of the rebuilt notebook's cells."""
    return [cell.source for cell in graded(assignment, folder).cells]


def graded(assignment: Assignment, folder: Path) -> NotebookNode:
    """The notebook as it is graded."""
    found = handed_in.notebooks(walk(folder), assignment.skeletons, assignment.files)[0]
    return found["tiny"]


def hand_in(notebook: NotebookNode, folder: Path, name: str = "tiny.ipynb") -> None:
    """Writes a notebook as it is, broken or not."""
    (folder / name).write_text(json.dumps(notebook))


def remove(*numbers: int) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells = [c for n, c in enumerate(notebook.cells) if n not in numbers]

    return change


def again(source: str) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells.insert(3, nbformat.from_dict({**notebook.cells[2], "source": source}))

    return change


def write(number: int, source: str) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells[number].source = source

    return change


def mark(number: int, **marks: object) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells[number].metadata.nbgrader.update(marks)

    return change


def move(number: int, to: int) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells.insert(to, notebook.cells.pop(number))

    return change


def strip(*numbers: int) -> Change:
    def change(notebook: NotebookNode) -> None:
        for number in numbers:
            notebook.cells[number].metadata = {}

    return change


PUT_BACK = "restored : tiny.ipynb was mended, and no answer changed: "
SENTENCES = {
    "nothing": (strip(), []),
    "answer-gone": (
        remove(2),
        ["missing-cell double: tiny.ipynb lacks double: not answered."],
    ),
    "answers-gone": (
        remove(2, 4),
        ["missing-notebook : tiny.ipynb holds none of its answer cells."],
    ),
    "given-gone": (remove(0), [PUT_BACK + "1 given cell deleted."]),
    "given-cells-gone": (remove(0, 1), [PUT_BACK + "2 given cells deleted."]),
    "test-gone": (remove(3), [PUT_BACK + "test_double deleted."]),
    "test-changed": (write(3, "pass"), [PUT_BACK + "test_double changed."]),
    "test-mixed": (
        write(3, "assert double(2) == 4\n\nprint(1)"),
        [PUT_BACK + "test_double parted from what the student wrote there."],
    ),
    "moved": (move(2, 4), [PUT_BACK + "double moved."]),
    "copied": (again(RIGHT), [PUT_BACK + "double copied."]),
    "another": (
        again(WRONG),
        [
            "duplicate-cell double: tiny.ipynb has 2 different answers in double; "
            "the last that runs was graded."
        ],
    ),
    "points": (
        mark(3, points=1000),
        ["metadata-changed test_double: tiny.ipynb: points changed in test_double."],
    ),
    "locks": (
        mark(2, locked=True, schema_version=99),
        ["metadata-changed double: tiny.ipynb: locked, schema_version changed in double."],
    ),
    "metadata-lost": (
        strip(2, 3, 4),
        ["metadata-changed : tiny.ipynb: nbgrader's metadata is lost in double, why."],
    ),
    "another-grade-id": (
        mark(2, grade_id="triple"),
        ["metadata-changed double: tiny.ipynb: the grade_id is another's in double."],
    ),
    "damaged": (
        write(4, "half \ud83d"),
        [PUT_BACK + "why with characters that can't be read."],
    ),
}


@pytest.mark.parametrize(("change", "sentences"), SENTENCES.values(), ids=SENTENCES)
def test_what_is_said(
    change: Change, sentences: list[str], course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    """Each repair is told, and nothing else."""
    notebook = answered(course)
    change(notebook)
    hand_in(notebook, tmp_path)
    assert told(tiny, tmp_path) == sentences


def insert(number: int, cell: NotebookNode) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells.insert(number, cell)

    return change


def change_cell(number: int, **values: object) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells[number].update(values)

    return change


TITLE, GIVEN, WHY = "# Doubling", "factor = 2", "It doubles."
EMPTY = "YOUR ANSWER HERE"
ELSEWHERE = f"{EMPTY}\n\n*Nothing was written here; see the student's own cells.*"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
BROKEN = WRONG + ")"
NO_WORDS = write(4, EMPTY)
# What was done, the kinds of the flags, and the cells' texts; "test" for the source's.
PLACES: dict[str, tuple[list[Change], list[str], list[str]]] = {
    "another-name": (
        [write(2, "def twice(x):\n    return 2 * x")],
        [],
        [TITLE, GIVEN, "def twice(x):\n    return 2 * x", "test", WHY],
    ),
    "given-rewritten": ([write(1, "import math")], [], [TITLE, "import math", RIGHT, "test", WHY]),
    "given-as-text": (
        [change_cell(1, cell_type="markdown")],
        ["restored"],
        [TITLE, GIVEN, GIVEN, RIGHT, "test", WHY],
    ),
    "given-changed-without-id": (
        [change_cell(1, id="x", source="factor = 2  # mine")],
        [],
        [TITLE, "factor = 2  # mine", RIGHT, "test", WHY],
    ),
    "given-replaced": (
        [change_cell(1, id="x", source="import math")],
        ["restored"],
        [TITLE, "import math", GIVEN, RIGHT, "test", WHY],
    ),
    "note-for-an-answer": (
        [remove(2), insert(2, new_markdown_cell("I could not."))],
        ["missing-cell"],
        [TITLE, GIVEN, "I could not.", STUB, "test", WHY],
    ),
    "code-below-the-question": (
        [NO_WORDS, insert(5, new_code_cell("double(3)"))],
        [],
        [TITLE, GIVEN, RIGHT, "test", EMPTY, "double(3)"],
    ),
    "words-as-comments-below": (
        [NO_WORDS, insert(5, new_code_cell("# It doubles."))],
        [],
        [TITLE, GIVEN, RIGHT, "test", ELSEWHERE, "# It doubles."],
    ),
    "headings-below": (
        [NO_WORDS, insert(5, new_markdown_cell("# Notes\n## More"))],
        [],
        [TITLE, GIVEN, RIGHT, "test", ELSEWHERE, "# Notes\n## More"],
    ),
    "words-below": (
        [NO_WORDS, insert(5, new_markdown_cell("# Notes\nIt adds."))],
        ["metadata-changed"],
        [TITLE, GIVEN, RIGHT, "test", "# Notes\nIt adds."],
    ),
    "emptied": ([write(4, " \n")], [], [TITLE, GIVEN, RIGHT, "test", EMPTY]),
    "emptied-and-words-above": (
        [write(4, ""), insert(4, new_markdown_cell("It adds."))],
        [],
        [TITLE, GIVEN, RIGHT, "test", "It adds.", ELSEWHERE],
    ),
    "words-above": (
        [NO_WORDS, insert(4, new_markdown_cell("It adds."))],
        [],
        [TITLE, GIVEN, RIGHT, "test", "It adds.", ELSEWHERE],
    ),
    "the-course's-words-below": (
        [NO_WORDS, insert(5, new_markdown_cell("Doubling"))],
        [],
        [TITLE, GIVEN, RIGHT, "test", ELSEWHERE, "Doubling"],
    ),
    "formula-in-words": (
        [insert(5, new_markdown_cell("double = 2 * x"))],
        [],
        [TITLE, GIVEN, RIGHT, "test", WHY, "double = 2 * x"],
    ),
    "answer-in-the-words": (
        [strip(2, 3, 4), write(4, f"```python\n{RIGHT}\n```"), remove(2)],
        ["missing-cell", "metadata-changed"],
        [TITLE, GIVEN, f"```python\n{RIGHT}\n```", "test", EMPTY],
    ),
    "words-in-two-cells": (
        [remove(4), insert(4, new_markdown_cell("first")), insert(5, new_markdown_cell("second"))],
        ["metadata-changed"],
        [TITLE, GIVEN, RIGHT, "test", "first", "second"],
    ),
    "broken-draft-below": (
        [again(BROKEN)],
        ["duplicate-cell"],
        [TITLE, GIVEN, RIGHT, BROKEN, "test", WHY],
    ),
    "call-in-a-copy": ([again("double(3)")], [], [TITLE, GIVEN, RIGHT, "double(3)", "test", WHY]),
    "draft-as-text": (
        [again(WRONG), change_cell(3, cell_type="markdown")],
        ["duplicate-cell"],
        [TITLE, GIVEN, RIGHT, WRONG, "test", WHY],
    ),
}


@pytest.mark.parametrize(("changes", "kinds", "texts"), PLACES.values(), ids=PLACES)
def test_what_stands_where(
    changes: list[Change],
    kinds: list[str],
    texts: list[str],
    course: Path,
    tiny: Assignment,
    tmp_path: Path,
) -> None:
    """Each cell of the source once, in order, and the student's own where they stood."""
    notebook = answered(course)
    for change in changes:
        change(notebook)
    hand_in(notebook, tmp_path)
    found = rebuilt(tiny, tmp_path)
    assert ["test" if text.startswith("assert") else text for text in found] == texts
    assert [line.partition(" ")[0] for line in told(tiny, tmp_path)] == kinds


@pytest.mark.parametrize("text", [EMPTY, "", " \n\n"], ids=["untouched", "emptied", "blank"])
def test_who_wrote_nothing_waits_for_nobody(
    text: str, course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    """An emptied answer is worth what an untouched one is; with words beside it a person looks."""
    notebook = answered(course, why=text)
    hand_in(notebook, tmp_path)
    assert determine_grade(graded(tiny, tmp_path).cells[4]) == (0, 2)
    notebook.cells.append(new_code_cell("# It adds."))
    hand_in(notebook, tmp_path)
    assert determine_grade(graded(tiny, tmp_path).cells[4]) == (None, 2)


@pytest.mark.parametrize(
    ("name", "says"), [("timestamp.txt", ""), ("answers.docx", "see answers.docx"), ("a.csv", "")]
)
def test_a_document_beside_an_answer_in_words(
    name: str, says: str, course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    """Who wrote nothing in the notebook may have written it there."""
    notebook = answered(course)
    NO_WORDS(notebook)
    hand_in(notebook, tmp_path)
    (tmp_path / name).write_text("2026-11-24 12:30")
    text = rebuilt(tiny, tmp_path)[4]
    assert (says in text) if says else (text == EMPTY)


def test_which_file_is_graded(course: Path, tiny: Assignment, tmp_path: Path) -> None:
    """Whoever answered anything comes first, then the right name; what can't be read is told."""
    hand_in(answered(course), tmp_path, "draft.ipynb")
    assert told(tiny, tmp_path) == ["renamed : tiny.ipynb was found in draft.ipynb."]
    (tmp_path / "tiny.ipynb").write_text("")
    assert told(tiny, tmp_path) == [
        "unreadable : tiny.ipynb is empty; draft.ipynb was graded.",
    ]
    hand_in(answered(course, WRONG), tmp_path)
    assert told(tiny, tmp_path) == [
        "duplicate-notebook : draft.ipynb also answered tiny.ipynb; tiny.ipynb was graded."
    ]
    hand_in(answered(course, why=""), tmp_path)
    (tmp_path / "draft.ipynb").write_text("{")
    assert [line.partition(" is")[0] for line in told(tiny, tmp_path)] == [
        "unreadable : draft.ipynb"
    ]


@pytest.mark.parametrize("wanted", ["tiny.ipynb", "other.ipynb"])
def test_what_is_told_of_many_files(
    wanted: str, course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    """However many there are, whatever they are called: a few printable lines say it."""
    deep = tmp_path / ("\x1b[31m" + "d" * 200) / ("e" * 200) / ("f\n" * 100)
    deep.mkdir(parents=True)
    for number in range(150):
        (deep / f"{number}{'x' * 200}.ipynb").write_text("{")
        (deep / f"{number}.docx").write_text("")
    hand_in(answered(course, why=""), tmp_path, wanted)
    hand_in(answered(course, WRONG), deep, f"{'y' * 200}.ipynb")
    lines = told(tiny, tmp_path)
    assert len(lines) < 12
    assert all(len(line) < 600 and line.isprintable() for line in lines)
    assert all(len(text) < 600 and "\x1b" not in text for text in rebuilt(tiny, tmp_path))


@pytest.mark.parametrize(
    ("module", "limit", "value", "says"),
    [
        (cells, "MOST_BYTES", 100, "tiny.ipynb has 0 MiB; at most 0 are read: clear its outputs"),
        (cells, "MOST_CELLS", 4, "tiny.ipynb has 5 cells; at most 4 are read"),
        (reading, "MOST_FILES", 1, "1 files are, with 256 MiB and 5,000 cells"),
        (reading, "MOST_BYTES", 100, "100 files are, with 0 MiB and 5,000 cells"),
        (cells, "MOST_CELLS", 9, "100 files are, with 256 MiB and 9 cells"),
    ],
)
def test_limits(
    module: object,
    limit: str,
    value: int,
    says: str,
    course: Path,
    tiny: Assignment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is too much is not read, and that is said; the notebook's own name comes first."""
    for name in ("a.ipynb", "tiny.ipynb", "z.ipynb"):
        hand_in(answered(course, why=""), tmp_path, name)
    monkeypatch.setattr(module, limit, value)
    lines = told(tiny, tmp_path)
    if says.startswith("tiny"):
        assert lines == [f"unreadable : {says}."]
    else:
        looked = "was not looked into: at most"
        assert f"unreadable : z.ipynb {looked} {says} together." in lines
        assert not any("tiny.ipynb" in line for line in lines)


def test_own_cells_stay_where_they_stood(course: Path, tiny: Assignment, tmp_path: Path) -> None:
    """Between the cells of the course between which they were, in order."""
    notebook = answered(course)
    for place, cell in (
        (5, new_markdown_cell("last")),
        (3, new_code_cell("third")),
        (2, new_code_cell("second")),
        (0, new_markdown_cell("first")),
    ):
        notebook.cells.insert(place, cell)
    hand_in(notebook, tmp_path)
    texts = rebuilt(tiny, tmp_path)
    assert [texts[n] for n in (0, 3, 5, 8)] == ["first", "second", "third", "last"]
    assert len(texts) == 9


def test_the_cells_that_were_not_moved(tiny: Assignment) -> None:
    """As many as can be in order; counted by trying all."""
    random = Random(4)
    for _ in range(200):
        places = random.sample(range(9), random.randint(0, 7))
        document = Document([Cell("code", "") for _ in places])
        found = {place: number for number, place in enumerate(places)}
        given = Given(tiny.skeletons.values())
        steady = Match(tiny.skeletons["tiny"], document, given, found=found).steady()
        order = [places[number] for number in sorted(steady)]
        assert order == sorted(order)
        for size in range(len(steady) + 1, len(places) + 1):
            longer = combinations(places, size)
            assert not any(list(some) == sorted(some) for some in longer)


def test_a_cell_that_its_author_skips_is_not_run(
    course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    """The tag of an own cell is kept; no other is, and none of anything that is no list."""
    notebook = answered(course)
    for tags in (["slow", "skip-execution"], ["slow"], "skip-execution", {"skip-execution": 1}):
        notebook.cells.append({**new_code_cell("1 / 0"), "metadata": {"tags": tags}})
    hand_in(notebook, tmp_path)
    own = [cell for cell in graded(tiny, tmp_path).cells if cell.source == "1 / 0"]
    assert [is_run(cell) for cell in own] == [False, True, True, True]
    assert [cell.metadata.get("tags") for cell in own] == [["skip-execution"], None, None, None]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (ELSEWHERE, EMPTY),
        ("# double, triple stands in another cell.", ""),
        (f"{RIGHT}\n# it stands in another cell.", f"{RIGHT}\n# it stands in another cell."),
    ],
    ids=["words", "code", "a-students-own"],
)
def test_remarks_are_not_what_a_student_wrote(text: str, own: str) -> None:
    """What was put in the place of an answer is taken off again, and nothing of a student's."""
    assert without_remarks(text) == own
