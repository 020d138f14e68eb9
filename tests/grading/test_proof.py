"""The source proves itself before anyone is graded by it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.config import CourseError, Settings, load
from autograder.examiner.examiners import Examiners
from autograder.grading.assignment import Assignment, read
from autograder.grading.proof import prove, told_of_proof
from tests.course import ROOT, autograder, run
from tests.daily import daily
from tests.tiny import marks, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

SOLVED = "### BEGIN SOLUTION\ndef f(x):\n    return 2 * x\n### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
GRADE = HIDDEN.format("from autograder.examiner import grade\ngrade({!r}, {})")

SCORE = GRADE.format("bce", "f").replace("grade('bce'", "score = grade('bce'")
# The reference takes two arguments, and the check's case gives one.
BROKEN = HIDDEN.format("""import autograder.examiner.cell as cell
from autograder.checks import Exercise, kinds
check = kinds.values("values", 1.0, lambda draw: (draw.normal((3,)),), "")
cell.find = lambda name: Exercise(name, lambda x, y: x * y, (check,))
cell.grade("two", lambda x: 2 * x)""")


def given(text: str) -> NotebookNode:
    """A cell of the instructor's own."""
    return new_code_cell(text)


def solution(text: str, grade_id: str = "f") -> NotebookNode:
    """A cell that students write."""
    return new_code_cell(text, metadata=marks(grade_id, solution=True))


def checked(grade_id: str, text: str, points: float = 1) -> NotebookNode:
    """A test cell."""
    return new_code_cell(text, metadata=marks(grade_id, grade=True, locked=True, points=points))


PASSED = checked("passed", "assert f(1) == 2")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A course without an assignment."""
    (tmp_path / "course_config.py").write_text((ROOT / "course_config.py").read_text())
    return load(tmp_path)


def assignment(settings: Settings, *cells: NotebookNode) -> Assignment:
    """An assignment of one notebook, as it is read."""
    folder = settings.root / "source" / "one"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), folder / "one.ipynb")
    return read(settings, "one")


def test_a_sound_source_is_proved(settings: Settings, examiners: Examiners) -> None:
    """Its solutions pass every test, and nothing has to be told of it."""
    sound = assignment(settings, solution(SOLVED), PASSED, checked("h", HIDDEN.format("f(2) == 4")))
    proved = prove(settings, sound, examiners)
    assert dict(proved.proofs["one"].unproven) == {}
    assert list(told_of_proof(proved)) == []


UNPROVEN = {
    "assertion": ([], checked("bad", "assert f(1) == 3"), "AssertionError"),
    "hidden": ([], checked("bad", HIDDEN.format("assert f(1) == 3, f(1)")), "AssertionError: 2"),
    "set-up": (
        [given("limit = 1 / 0")],
        checked("bad", "assert f(1) < limit"),
        "NameError: name 'limit' is not defined",
    ),
    "cannot-cross": ([], checked("bad", "f(object())"), "can't cross"),
    "partial-credit": ([], checked("bad", "f(0.25)"), "it gives less than its points"),
    "now-and-then": (
        [],
        checked(
            "bad",
            "import os\nassert os.environ['AUTOGRADER_STUDENT_KEY'] != "
            f"'{hashlib.sha256(b'proof 2').hexdigest()}'",
        ),
        "AssertionError",
    ),
    "an-object-that-is-changed-and-cannot-cross": (
        [given("class Box:\n    n = 0\nbox = Box()"), solution("box.n = f(1)", "g")],
        checked("bad", "assert box.n == 2"),
        "can't cross",
    ),
}


@pytest.mark.parametrize(
    ("cells", "bad", "reason"),
    daily(UNPROVEN, "hidden", "set-up", "cannot-cross", "now-and-then"),
)
def test_a_test_that_its_own_solution_fails_is_named(
    settings: Settings,
    examiners: Examiners,
    cells: list[NotebookNode],
    bad: NotebookNode,
    reason: str,
) -> None:
    """With the reason in full, hidden or not; the other tests are proved."""
    proved = prove(settings, assignment(settings, solution(SOLVED), *cells, PASSED, bad), examiners)
    assert list(proved.proofs["one"].unproven) == ["bad"]
    assert reason in proved.proofs["one"].unproven["bad"]
    assert any(line.startswith("one.ipynb: bad is not passed") for line in told_of_proof(proved))


FAILING = {
    "given": (given("import not_here\nlimit = 3"), "cell 1", "No module named 'not_here'"),
    "file": (given("limit = int(open('limit.txt').read())"), "cell 1", "FileNotFoundError"),
    "solution": (solution("limit = 3 +", "limit"), "limit", "SyntaxError"),
}


@pytest.mark.parametrize(("cell", "name", "reason"), FAILING.values(), ids=list(FAILING))
def test_a_cell_of_the_source_that_fails_is_named(
    settings: Settings, examiners: Examiners, cell: NotebookNode, name: str, reason: str
) -> None:
    """By itself, and as the reason of a test below it that is not passed for it."""
    below = [solution(SOLVED), PASSED, checked("bad", "assert f(1) < limit"), given("1 / 0")]
    proved = prove(settings, assignment(settings, cell, *below), examiners)
    proof = proved.proofs["one"]
    assert list(proof.failing) == [name, "cell 5"]
    assert reason in proof.failing[name]
    assert f"; {name}, above it, fails: " in proof.unproven["bad"]
    assert reason in proof.unproven["bad"]
    assert any(f"{name} fails here: " in line for line in told_of_proof(proved))


def test_a_cell_that_is_meant_to_fail_is_not_told(settings: Settings, examiners: Examiners) -> None:
    """One with nbclient's tag for that; nor one that has no solution to run on."""
    meant = new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    nothing = solution("# YOUR CODE HERE\nraise NotImplementedError()", "g")
    cells = [meant, nothing, given("print(g(1))")]
    proved = prove(settings, assignment(settings, *cells, solution(SOLVED), PASSED), examiners)
    assert list(told_of_proof(proved)) == []


def test_an_import_that_only_a_solution_makes_is_told(
    settings: Settings, examiners: Examiners
) -> None:
    """Of a test that uses it beside an answer; not where the import is what is asked for."""
    imports = SOLVED.replace("def f", "import math\ndef f")
    beside = checked("beside", "assert f(math.pi) == math.tau")
    alone = checked("alone", "assert math.pi > 3")
    proved = prove(settings, assignment(settings, solution(imports), beside, alone), examiners)
    assert dict(proved.proofs["one"].imports) == {"beside": ["math"]}
    assert any("beside uses math, which only a solution" in line for line in told_of_proof(proved))


CHANGED = {
    "list": (
        "log = []",
        "def f(x):\n    log.append(x)\n    return 2 * x",
        "f(3)\nassert log[-1] == 3",
    ),
    "dict": ("made = {}", "made['f'] = 2\ndef f(x):\n    return 2 * x", "assert made == {'f': 2}"),
    "tensor": (
        "import torch\nw = torch.zeros(2)",
        "w.add_(1)\ndef f(x):\n    return 2 * x",
        "assert w.sum() == 2",
    ),
}


@pytest.mark.parametrize(("first", "text", "tested"), CHANGED.values(), ids=list(CHANGED))
def test_an_object_that_the_solution_changes_is_the_students(
    settings: Settings, examiners: Examiners, first: str, text: str, tested: str
) -> None:
    """Only where a test can't be passed otherwise; what a test expects must not lie in it."""
    cells = [given(f"{first}\nkept = [1]"), solution(text), PASSED, checked("changed", tested)]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert dict(proved.proofs["one"].unproven) == {}
    name = first.rpartition("\n")[2].partition(" ")[0]
    assert list(proved.notebooks["one"].changed) == [name]
    assert list(told_of_proof(proved)) == [
        f"one.ipynb: solutions change {name} in place, so tests take the student's: what they "
        "expect must not lie in it."
    ]


def test_only_what_harms_no_test_is_taken(settings: Settings, examiners: Examiners) -> None:
    """Of two changed objects one can't cross: the other is the student's all the same."""
    cells = [
        given("class Box:\n    n = 0\nbox, log = Box(), []"),
        solution("box.n = 1\nlog.append(1)\ndef f(x):\n    return 2 * x"),
        PASSED,
        checked("log", "assert log == [1]"),
        checked("box", "assert isinstance(box, Box)"),
    ]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert list(proved.proofs["one"].changed) == ["log"]
    assert dict(proved.proofs["one"].unproven) == {}


def test_what_a_solution_changes_is_the_students_where_no_test_needs_it(
    settings: Settings, examiners: Examiners
) -> None:
    """Who empties a given list that was to be sorted is judged on the empty one."""
    cells = [given("data = [3, 1]"), solution("data.sort()"), checked("t", "assert len(data) == 2")]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert list(proved.proofs["one"].changed) == ["data"]


def test_what_has_no_solution_is_not_asked(settings: Settings, examiners: Examiners) -> None:
    """A cell that clearing leaves as it is has none: a test that uses its names is no failure."""
    blank = solution("# YOUR CODE HERE\nraise NotImplementedError()", "g")
    cells = [solution(SOLVED), PASSED, blank, checked("asks", "assert g(1) == 1")]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert dict(proved.proofs["one"].unproven) == {}


@pytest.mark.parametrize(
    "text", ["assert 1", "2 if 'f' in dir() else 1", "2 if 'f' in dir() else 5"]
)
def test_what_is_paid_for_nothing_is_told(
    settings: Settings, examiners: Examiners, text: str
) -> None:
    """A test that an untouched notebook passes, or that pays it, is the instructor's to mend."""
    cells = [solution(SOLVED), PASSED, checked("free", text, 2)]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert list(told_of_proof(proved)) == [
        "one.ipynb: free gives points to who has written nothing: let it use what an answer binds, "
        "and fail where that is not written."
    ]


def test_a_sum_that_is_a_little_off_is_all_of_the_points(
    settings: Settings, examiners: Examiners
) -> None:
    """As 0.1 + 0.2 is, to a computer."""
    cells = [solution(SOLVED), PASSED, checked("sum", "f(0.05) + f(0.1)", 0.3)]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert dict(proved.proofs["one"].unproven) == {}


WRONG = {
    "none-passes": (
        [solution(SOLVED), checked("bad", "assert f(1) == 3")],
        "source/one: its own solutions pass none of its tests here. The first: one.ipynb, bad: ",
    ),
    "sum-of-points": (
        [
            solution(
                SOLVED.replace("f(x)", "softmax(z)").replace("2 * x", "z.softmax(-1)"),
                "softmax",
            ),
            checked("softmax_hidden", GRADE.format("softmax", "softmax"), 7),
        ],
        "one.ipynb, softmax_hidden: the cell is worth 7 points, and its checks add up to 3: give "
        "the cell as many, or change the checks.",
    ),
    "unknown-exercise": (
        [solution(SOLVED), PASSED, checked("bad", GRADE.format("mse2", "f"))],
        "one.ipynb, bad: the exercise can't be judged: LookupError: 0 exercises are called 'mse2'",
    ),
    "no-result": (
        [solution(SOLVED), PASSED, checked("bad", SCORE)],
        "one.ipynb, bad: the exercise can't be judged: the hidden cell gave no result: its last "
        "line must be grade(…) itself",
    ),
    "a-failing-check": (
        [solution(SOLVED), PASSED, checked("bad", BROKEN)],
        "one.ipynb, bad: the exercise can't be judged: check 'values': TypeError: ",
    ),
    "too-many-points": (
        [solution(SOLVED), PASSED, checked("bad", "f(3.0)")],
        "one.ipynb, bad: the cell gives 6 of 1 points.",
    ),
}


@pytest.mark.parametrize(("cells", "says"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_exercise_stops_everything(
    settings: Settings, examiners: Examiners, cells: list[NotebookNode], says: str
) -> None:
    """Nobody is graded by it; the sentence says which cell, and what to mend."""
    with pytest.raises(CourseError) as caught:
        prove(settings, assignment(settings, *cells), examiners)
    assert str(caught.value).startswith(says)
    assert not (settings.root / ".proofs").exists()


def test_a_proof_is_kept_by_content(settings: Settings, examiners: Examiners) -> None:
    """The same source is not run again, another is."""
    sound = assignment(settings, solution(SOLVED), PASSED)
    prove(settings, sound, examiners)
    with Examiners() as idle:
        assert dict(prove(settings, read(settings, "one"), idle).proofs["one"].unproven) == {}
        assert idle.pool.zygotes is None
    other = assignment(settings, solution(SOLVED), PASSED, checked("bad", "assert f(1) == 3"))
    assert list(prove(settings, other, examiners).proofs["one"].unproven) == ["bad"]


def test_a_proof_that_was_cut_off_is_made_again(settings: Settings, examiners: Examiners) -> None:
    """Whatever is in the file, the source is proved."""
    sound = assignment(settings, solution(SOLVED), PASSED)
    prove(settings, sound, examiners)
    [path] = (settings.root / ".proofs").iterdir()
    path.write_text(path.read_text()[:40])
    assert dict(prove(settings, sound, examiners).proofs["one"].unproven) == {}


def with_a_bad_test(folder: Path) -> Path:
    """A course whose source has a test that its own solution fails; it is not released again."""
    course = tiny_course(folder)
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(4, checked("bad", HIDDEN.format("assert double(1) == 3")))
    nbformat.write(notebook, path)
    return course


@pytest.mark.slow
def test_an_unproven_test_waits_for_a_person(tmp_path: Path) -> None:
    """No machine score and never 0, in `autograder grade` and in nbgrader's own command."""
    course = with_a_bad_test(tmp_path / "course")
    released = autograder(course, "release", "tiny")
    assert released.returncode == 0
    assert "bad is not passed by its own solution here" in released.stdout
    for student in ("student01", "student02"):
        folder = course / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        answered = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
        answered.cells[2].source = "def double(x):\n    return 2 * x"
        nbformat.write(answered, folder / "tiny.ipynb")
    graded = autograder(course, "grade", "tiny", "--student", "student01", "--json", "g")
    assert graded.returncode == 1
    [record] = json.loads((course / "g").read_text())["submissions"]
    assert record["cells"]["bad"]["score"] is None
    assert record["cells"]["test_double"]["score"] == 4
    assert [(flag["kind"], flag["cell"]) for flag in record["flags"]] == [("unproven", "bad")]
    stock = run(course, "nbgrader", "autograde", "tiny", "--student", "student02")
    assert "unproven: " in stock.stderr
    export = autograder(course, "grade", "tiny", "--student", "student02", "--json", "g")
    assert export.returncode == 1
    assert waiting(course) == {"student01": True, "student02": True}


def waiting(course: Path) -> dict[str, bool]:
    """Of each student, whether a person has still to score the unproven cell."""
    with Gradebook(load(course).directory.db_url) as gradebook:
        found = gradebook.find_assignment("tiny").submissions
        return {
            entry.student.id: gradebook.find_grade(
                "bad", "tiny", "tiny", entry.student.id
            ).needs_manual_grade
            for entry in found
        }


@pytest.mark.slow
def test_a_score_of_an_unproven_test_stays(tmp_path: Path) -> None:
    """Who has scored the cell is not asked again when the same answer is graded again."""
    course = with_a_bad_test(tmp_path / "course")
    by_nbgrader = run(course, "nbgrader", "generate_assignment", "tiny", "--force")
    assert by_nbgrader.returncode == 0
    assert "bad is not passed by its own solution here" in by_nbgrader.stderr
    (course / "submitted" / "student01").mkdir(parents=True)
    shutil.copytree(course / "release" / "tiny", course / "submitted" / "student01" / "tiny")
    assert autograder(course, "grade", "tiny").returncode == 1
    with Gradebook(load(course).directory.db_url) as gradebook:
        grade = gradebook.find_grade("bad", "tiny", "tiny", "student01")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    assert autograder(course, "grade", "tiny", "--json", "g").returncode == 1
    [record] = json.loads((course / "g").read_text())["submissions"]
    assert record["cells"]["bad"]["score"] == 1
    assert waiting(course) == {"student01": False}


@pytest.mark.slow
def test_nbgraders_own_release_stops_at_a_wrong_source(tmp_path: Path) -> None:
    """As the kit's own does, with the same sentence."""
    course = tiny_course(tmp_path / "course")
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].source = GRADE.format("mse2", "double")
    nbformat.write(notebook, path)
    says = "tiny.ipynb, test_double: the exercise can't be judged: LookupError: 0 exercises are"
    by_kit = autograder(course, "release", "tiny")
    by_nbgrader = run(course, "nbgrader", "generate_assignment", "tiny", "--force")
    assert by_kit.returncode == 2
    assert says in by_kit.stderr
    assert by_nbgrader.returncode != 0
    assert says in by_nbgrader.stderr


def test_a_test_that_needs_a_cell_which_was_passed_over_is_proved_with_all_of_them(
    settings: Settings, examiners: Examiners
) -> None:
    """No text tells that an import makes a part of a package that is there already."""
    cells = [
        given("import torch"),
        solution(SOLVED),
        PASSED,
        given("import torch.utils.show_pickle"),
        checked("part", "assert f(1) == 2\nassert torch.utils.show_pickle"),
    ]
    proved = prove(settings, assignment(settings, *cells), examiners)
    assert dict(proved.proofs["one"].unproven) == {}
    assert not proved.notebooks["one"].leaves
