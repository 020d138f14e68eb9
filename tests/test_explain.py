"""`autograder explain`: a grading replayed for a person, and what is not as it was then."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from sqlalchemy import select, text

from autograder import new_course
from autograder.config import load
from autograder.grading.records.tables import KEPT, SCHEMA, SUBMISSIONS
from autograder.grading.replay import Replay, Replayed, replay
from tests.course import autograder, shared_examiners
from tests.test_release import texts
from tests.tiny import RIGHT as DOUBLE
from tests.tiny import marks, source, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

HEAD = 'def mse(y_hat, y, reduction="none"):\n'
RIGHT = (
    HEAD
    + """    losses = (y_hat - y) ** 2
    return losses if reduction == "none" else getattr(losses, reduction)()"""
)
# Wrong at its fourth call: two are the visible test's, and the second hidden one has a student's
# own numbers.
ONCE = f"calls = []\n{HEAD}    calls.append(1)\n" + RIGHT.removeprefix(HEAD).replace(
    "** 2", "** 2 + (len(calls) == 4)"
)
STUDENTS = {
    "right": RIGHT,
    "absolute": RIGHT.replace("(y_hat - y) ** 2", "(y_hat - y).abs()"),
    "once": ONCE,
    "twin": ONCE,
    "raising": HEAD + '    raise ValueError(f"\\x1b[2J{y}")',
    "absent": "",
    "printing": HEAD + '    print("\\x1b[2Jhere")\n    return y',
}
EVERYTHING = (
    "✓ everything is as it was graded: versions, kit, source, exercises, hand-in, limits, sandbox, "
    "secret"
)


def hand_in(course: Path, notebook: Path, answers: Mapping[str, str]) -> None:
    """Puts a released notebook into submitted/ for each student, with their answer in it."""
    for student, answer in answers.items():
        cells = nbformat.read(course / "release" / notebook, as_version=4)
        cells.cells[2].source = answer
        path = course / "submitted" / student / notebook
        path.parent.mkdir(parents=True)
        nbformat.write(cells, path)


@pytest.fixture(scope="module")
def graded_once(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with everyone graded: not to be changed, only copied."""
    course = tmp_path_factory.mktemp("explain") / "course"
    new_course.make(course)
    assert autograder(course, "release", "hw1").returncode == 0
    hand_in(course, Path("hw1", "mse.ipynb"), STUDENTS)
    done = autograder(course, "grade", "hw1", "--json", "grades.json")
    assert done.returncode == 0, done.stdout
    return course


TESTED = {"grade": True, "locked": True}
# Plain test cells: one with partial credit, one without, one that its own solution fails.
PLAIN = {"partial": ("double(2)", 4), "whole": ("assert double(1) == 2", 1)}
PLAIN["bad"] = ("assert double(1) == 3", 1)
HANDED_IN = {"right": DOUBLE, "above": "def double(x):\n    return 1e9", "damaged": "{"}


@pytest.fixture(scope="module")
def plain_once(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with plain tests and everyone graded, one of an empty folder, too."""
    course = tiny_course(tmp_path_factory.mktemp("plain") / "course")
    notebook = source()
    notebook.cells[3:] = [
        new_code_cell(text, id=name, metadata=marks(name, points=points, **TESTED))
        for name, (text, points) in PLAIN.items()
    ]
    nbformat.write(notebook, course / "source" / "tiny" / "tiny.ipynb")
    assert autograder(course, "release", "tiny").returncode == 0
    hand_in(course, Path("tiny", "tiny.ipynb"), HANDED_IN)
    (course / "submitted" / "damaged" / "tiny" / "tiny.ipynb").write_text("{")
    (course / "submitted" / "empty" / "tiny").mkdir(parents=True)
    assert autograder(course, "grade", "tiny").returncode == 1
    return course


@pytest.fixture
def plain(plain_once: Path, tmp_path: Path) -> Path:
    """A course of one's own with plain tests and everyone graded."""
    return Path(shutil.copytree(plain_once, tmp_path / "course"))


@pytest.fixture
def graded(graded_once: Path, tmp_path: Path) -> Path:
    """A course of one's own with everyone graded."""
    return Path(shutil.copytree(graded_once, tmp_path / "course"))


def lines(course: Path, *arguments: str, code: int = 0, of: str = "hw1") -> list[str]:
    """What the command prints."""
    done = autograder(course, "explain", of, *arguments)
    assert (done.returncode, done.stderr) == (code, ""), done.stdout
    return done.stdout.splitlines()


def replayed(course: Path, student: str) -> Replay:
    """A student's grading, done again."""
    return replay(load(course), "hw1", student, "", shared_examiners())


def hidden(course: Path, student: str) -> Replayed:
    """The hidden test of that."""
    return {test.test: test for test in replayed(course, student).tests}["mse_hidden"]


@pytest.mark.parametrize("student", STUDENTS)
def test_every_verdict_is_that_of_the_grading(student: str, graded_once: Path) -> None:
    """Each check comes out as it is on record, in the same words."""
    records = json.loads((graded_once / "grades.json").read_text())["submissions"]
    (record,) = (each for each in records if each["student"] == student)
    done = replayed(graded_once, student)
    assert (list(done.others), list(done.unknown)) == ([], [])
    for test in done.tests:
        now = [[c.name, c.passed, c.points, c.message, c.cause, c.hint] for c in test.checks]
        checks = record["cells"][test.test]["checks"]
        keys = ("name", "passed", "points", "message", "cause", "hint")
        assert now == [[check[key] for key in keys] for check in checks]
        assert list(test.others) == []
        assert [account.check for account in test.accounts] == [check.name for check in test.checks]


def test_a_failed_check_is_told_whole(graded_once: Path) -> None:
    """The draw, the call, the answer, the reference, the distance, and what was told of it."""
    told = lines(graded_once, "absolute")
    assert told[0].startswith("Half of the draws come from a key: the HMAC-SHA256 of the course's")
    assert "secret with hw1/absolute, and of that with the code and the files" in told[0]
    assert told[1] == EVERYTHING
    start = told.index("  ✗ values, 0 of 1 points: 1 call, 0 of them on numbers of their own")
    keys = [line[4:14].strip() for line in told[start + 1 : start + 10]]
    assert keys[0] == "draw"
    assert [key for key in keys if key][:6] == [
        *("draw", "called", "gave", "expected", "off by", "told")
    ]
    assert any("public, the same for everyone: seed " in line for line in told)
    assert any(line.startswith("    told      mse is wrong at 7 of 7 places:") for line in told)


def test_without_a_function_what_passed_is_left_out(graded_once: Path) -> None:
    """With one, all of its checks are told."""
    assert not [line for line in lines(graded_once, "right") if line.startswith("  ")]
    whole = lines(graded_once, "right", "mse")
    assert [line for line in whole if line.startswith("  ✓ values, 1 of 1 points: 20 calls, 10 of")]


def test_a_draw_of_the_students_own_is_nobody_elses(graded_once: Path) -> None:
    """Who hands in the same meets other numbers; replayed, the same come again."""
    mine, again, theirs = (hidden(graded_once, who) for who in ("once", "once", "twin"))
    first, other = mine.accounts[0], theirs.accounts[0]
    assert (first.check, first.secret, first.index) == ("values", True, 1)
    assert mine.accounts == again.accounts
    assert first.seed != other.seed
    assert first.arguments != other.arguments
    assert first.distance.startswith("1 at [")


def test_what_a_student_raises_and_prints_is_printable(graded_once: Path) -> None:
    """No escape sequence reaches the terminal; the hidden numbers in it do."""
    for student in ("raising", "printing", "absent"):
        told = lines(graded_once, student, "mse")
        assert all(line.isprintable() for line in told)
        assert "\x1b" not in "".join(told)
    whole = "\n".join(lines(graded_once, "raising"))
    assert "raises a ValueError in line 2" in whole
    assert "It says: ?[2Jtensor(" in whole
    assert "    printed   ?[2Jhere" in lines(graded_once, "printing", "mse")


def test_a_groups_name_is_printable(graded: Path) -> None:
    """Whatever stands in the roster."""
    (graded / "roster.csv").write_text("student_id,group\nright,\x1b[31mred\n")
    told = lines(graded, "right", code=1)
    assert "secret with hw1//?[31mred, of the group, and of that" in told[0]
    assert "\x1b" not in "".join(told)


def test_nothing_is_recorded(graded: Path) -> None:
    """Neither the gradebook nor a file of the course is changed."""
    before = texts(graded)
    lines(graded, "absolute")
    assert texts(graded) == before


def test_a_value_above_the_points_is_told(plain_once: Path) -> None:
    """An answer can't refuse its own account: a person scores what the machine could not."""
    told = lines(plain_once, "above", of="tiny")
    assert "✗ partial: it ended in 1e+09, and it is worth 4: a person has to score it" in told
    assert [line for line in told if line.startswith("✗ whole: AssertionError")]


def change_secret(course: Path) -> None:
    (course / ".course_secret").write_text("ab" * 32)


def change_group(course: Path) -> None:
    (course / "roster.csv").write_text("student_id,group\nonce,red\n")


def change_hand_in(course: Path) -> None:
    path = course / "submitted" / "once" / "hw1" / "mse.ipynb"
    path.write_text(path.read_text().replace("== 4", "== 5"))


def change_exercises(course: Path) -> None:
    path = course / "exercises" / "hw1.py"
    path.write_text(path.read_text() + "\n# more\n")


def change_source(course: Path) -> None:
    path = course / "source" / "hw1" / "mse.ipynb"
    path.write_text(path.read_text().replace("2 points: your", "2 points; your"))


def change_limits(course: Path) -> None:
    with (course / "course_config.py").open("a") as config:
        config.write("\nc.Sandbox.call_seconds = 9\n")


def change_versions(course: Path) -> None:
    with Gradebook(load(course).directory.db_url) as gradebook:
        (row,) = gradebook.db.execute(select(SUBMISSIONS).where(SUBMISSIONS.c.student_id == "once"))
        versions = {**json.loads(row.versions), "torch": "1.0", "numpy": "1.0", "kit": "0"}
        changed = SUBMISSIONS.update().where(SUBMISSIONS.c.student_id == "once")
        gradebook.db.execute(changed.values(versions=json.dumps(versions)))
        gradebook.db.commit()


CHANGES = {
    "secret": (change_secret, ["secret: the key that half of the draws come from: is it another"]),
    "group": (change_group, ["secret: the key that half of the draws come from: is it another"]),
    "hand-in": (change_hand_in, ["submission: what is in submitted/ is not what was graded"]),
    "exercises": (change_exercises, ["exercises: the modules of its exercises"]),
    "source": (change_source, ["source: the notebooks in source/"]),
    "limits": (
        change_limits,
        ["limits: what a student's code may use: c.Sandbox in course_config"],
    ),
    "versions": (
        change_versions,
        ["torch: 1.0 then, 2.", "numpy: 1.0 then, ", "kit: the kit's own code"],
    ),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_as_it_was_is_told(change, words: list[str], graded: Path) -> None:
    """By the record, part by part, with exit code 1; nothing else is."""
    change(graded)
    told = [line for line in lines(graded, "once", code=1) if line.startswith("✗ not as it was")]
    assert len(told) == len(words)
    for line, word in zip(told, words, strict=True):
        assert line.startswith(f"✗ not as it was graded: {word}")


def test_a_verdict_that_is_not_that_of_the_record_is_told(graded: Path) -> None:
    """A later hand-in, say, which is right by now."""
    path = graded / "submitted" / "absolute" / "hw1" / "mse.ipynb"
    shutil.copy(graded / "submitted" / "right" / "hw1" / "mse.ipynb", path)
    told = lines(graded, "absolute", code=1)
    assert "  ✗ values comes out otherwise than on record" in told


@pytest.mark.slow
def test_without_the_sandbox_it_is_another_run(graded_once: Path) -> None:
    """Even where everything comes out the same."""
    told = lines(graded_once, "right", "--sandbox", "off", code=1)
    assert [line for line in told if line.startswith("✗")] == [
        "✗ not as it was graded: sandbox: on then, off now"
    ]


def test_points_are_held_to_the_record_of_plain_tests_and_checks(graded: Path) -> None:
    """Whether a check is passed is not all: a weight may have changed since."""
    with Gradebook(load(graded).directory.db_url) as gradebook:
        gradebook.find_grade("mse_visible", "mse", "hw1", "right").auto_score = 0.5
        mine = SUBMISSIONS.c.student_id == "right"
        (row,) = gradebook.db.execute(select(SUBMISSIONS).where(mine))
        checks = json.loads(row.checks)
        checks["mse_hidden"][0]["points"] = 0.25
        gradebook.db.execute(SUBMISSIONS.update().where(mine).values(checks=json.dumps(checks)))
        gradebook.db.commit()
    told = lines(graded, "right", code=1)
    assert [line for line in told if line.startswith("  ✗")] == [
        "  ✗ mse_visible comes out otherwise than on record: the machine gives 1, and then the "
        "machine gives 0.5",
        "  ✗ values comes out otherwise than on record",
    ]


def test_a_score_by_hand_is_no_other_record(graded: Path) -> None:
    """What a person gives beside the machine's points is theirs to give."""
    with Gradebook(load(graded).directory.db_url) as gradebook:
        gradebook.find_grade("mse_visible", "mse", "hw1", "right").manual_score = 0.5
        gradebook.db.commit()
    assert EVERYTHING in lines(graded, "right")


def test_an_older_gradebook_is_read(graded: Path) -> None:
    """One that an older kit left is brought up to date first."""
    with Gradebook(load(graded).directory.db_url) as gradebook:
        gradebook.db.execute(text(f"ALTER TABLE {KEPT} DROP COLUMN plots"))
        gradebook.db.execute(SCHEMA.update().values(version=2))
        gradebook.db.commit()
    assert EVERYTHING in lines(graded, "right")


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("damaged", "tiny.ipynb is cut off or damaged ("),
        ("empty", "tiny.ipynb is not there; the folder is empty."),
    ],
)
def test_what_could_not_be_graded_is_told(student: str, reason: str, plain_once: Path) -> None:
    """What the record says of it, and the reason now."""
    told = lines(plain_once, student, of="tiny", code=1)
    assert "on record: failed" in told
    assert [line for line in told if line.startswith("  ") and reason in line]
    (why,) = (line for line in told if line.startswith("✗"))
    assert why.startswith(f"✗ tiny: nothing of it could be graded: {reason}")


def test_what_can_be_graded_by_now_is_another_hand_in(plain: Path) -> None:
    """Of which nothing was on record."""
    right, damaged = (plain / "submitted" / who / "tiny" for who in ("right", "damaged"))
    shutil.copy(right / "tiny.ipynb", damaged)
    told = lines(plain, "damaged", of="tiny", code=1)
    assert "✗ not as it was graded: on record, nothing of it could be graded" in told
    assert not [line for line in told if line.startswith("  ✗")]


def test_flags_and_a_test_that_its_own_solution_fails_are_told(plain_once: Path) -> None:
    """It is no student's loss: a person gives its points, as on record."""
    told = lines(plain_once, "right", of="tiny")
    assert "on record: flagged" in told
    assert [line for line in told if line.startswith("  unproven: tiny: bad can't be graded here")]
    (bad,) = (line for line in told if line.startswith("✗ "))
    assert bad.startswith("✗ bad: a person gives its points; its own solution fails here: ")


@pytest.mark.slow
def test_an_older_record_says_less(graded: Path) -> None:
    """Of one without digests only the versions are compared."""
    with Gradebook(load(graded).directory.db_url) as gradebook:
        versions = '{"autograder": "0.1.0"}'
        gradebook.db.execute(SUBMISSIONS.update().values(versions=versions))
        gradebook.db.commit()
    told = lines(graded, "right")
    assert told[1] == (
        "note the record does not say what these were: nbgrader, torch, numpy, ipython, python, "
        "kit, source, exercises, submission, limits, sandbox, secret"
    )


def without_secret(course: Path) -> None:
    (course / ".course_secret").unlink()


def without_record(course: Path) -> None:
    with Gradebook(load(course).directory.db_url) as gradebook:
        gradebook.db.execute(SUBMISSIONS.delete())
        gradebook.db.commit()


def without_gradebook(course: Path) -> None:
    (course / "gradebook.db").unlink()


def without_tables(course: Path) -> None:
    (course / "gradebook.db").unlink()
    Gradebook(load(course).directory.db_url).close()


REFUSED = {
    "function": (Path.exists, ("right", "softmax"), "no test of hw1 is of a function 'softmax'"),
    "module": (
        Path.exists,
        ("right", "torch"),
        "no test of hw1 is of a function 'torch'; there is: mse.",
    ),
    "gradebook": (without_gradebook, ("right",), "right has no record of hw1: run `autograder"),
    "tables": (without_tables, ("right",), "right has no record of hw1: run `autograder grade hw1"),
    "student": (Path.exists, ("nobody",), "no submission of hw1 by nobody in submitted/."),
    "secret": (without_secret, ("right",), "without the secret of that grading its draws can't be"),
    "record": (without_record, ("right",), "right has no record of hw1: run `autograder grade hw1"),
}


@pytest.mark.parametrize(("change", "asked", "words"), REFUSED.values(), ids=REFUSED)
def test_wrong_usage(change, asked: tuple[str, ...], words: str, graded: Path) -> None:
    """One line, exit code 2, and no secret is made."""
    change(graded)
    before = texts(graded)
    done = autograder(graded, "explain", "hw1", *asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert texts(graded).keys() == before.keys()
