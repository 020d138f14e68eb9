"""What need not run again is left as it was; what a person did meanwhile is told all the same."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.examiner.examiners import Examiners
from autograder.grading import inputs
from tests.course import BIN, autograder, command, run
from tests.tiny import answered, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

TABLES = (
    *("grade", "comment", "submitted_notebook", "submitted_assignment"),
    *("autograder_answer", "autograder_submission"),
)
WRONG = "def double(x):\n    return 3 * x"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A released course in which student01 is right and student02 is not."""
    course = tiny_course(tmp_path / "course")
    hand_in(course, "student01")
    hand_in(course, "student02", WRONG)
    return course


def hand_in(course: Path, student: str, *answer: str) -> Path:
    """Puts a submission in place; its folder."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(answered(course, *answer), folder / "tiny.ipynb")
    return folder


def grade(course: Path, *options: str) -> dict[str, Any]:
    """What `grade --json` writes."""
    done = autograder(course, "grade", "tiny", *options, "--json", "g.json")
    assert done.returncode in (0, 1), done.stderr
    whole: dict[str, Any] = json.loads((course / "g.json").read_text())
    return whole | {"exit": done.returncode, "stdout": done.stdout}


def statuses(course: Path, *options: str) -> dict[str, str]:
    """The status of each submission that is graded."""
    return {each["student"]: each["status"] for each in grade(course, *options)["submissions"]}


def everything(course: Path) -> dict[str, Any]:
    """The graded copies, and what the gradebook's tables have."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        tables = {
            name: sorted(
                map(repr, gradebook.db.connection().exec_driver_sql(f"SELECT * FROM {name}"))
            )
            for name in TABLES
        }
    files = sorted(path for path in (course / "autograded").rglob("*") if path.is_file())
    return tables | {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def no_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the notebooks that are examined from now on."""
    examined: list[str] = []
    examine = Examiners.examine

    def noted(self: Examiners, job: Any) -> Any:
        examined.append("".join(cell["text"] for cell in job.cells))
        return examine(self, job)

    monkeypatch.setattr(Examiners, "examine", noted)
    return examined


def test_a_second_run_runs_nothing_and_says_the_same(course: Path, no_runs: list[str]) -> None:
    """Cells, flags, action, points, table, exit code, files and tables stay as they are."""
    hand_in(course, "student03", "import socket\nsocket.socket().connect(('10.0.0.1', 80))")
    first, before = grade(course), everything(course)
    assert no_runs
    no_runs.clear()
    second = grade(course)
    assert no_runs == []
    assert {each["status"] for each in second["submissions"]} == {"unchanged"}
    same = ("student", "score", "max_score", "seconds", "memory_bytes", "cells", "flags", "action")
    for old, new in zip(first["submissions"], second["submissions"], strict=True):
        assert {key: old[key] for key in same} == {key: new[key] for key in same}
    assert second["exit"] == first["exit"] == 1
    table = [text.split("╰")[0] for text in (first["stdout"], second["stdout"])]
    assert "student03" in table[0]
    assert table[0].split("submissions:")[0] == table[1].split("submissions:")[0]
    assert everything(course) == before
    assert second["differences"] == {
        "compared": 3,
        "before": pytest.approx(4 / 3),
        "after": pytest.approx(4 / 3),
        "changes": [],
    }


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: hand_in(c, "student01", WRONG), id="an answer"),
        pytest.param(
            lambda c: (c / "submitted/student01/tiny/data.txt").write_text("1"), id="a file"
        ),
        pytest.param(
            lambda c: (c / "submitted/student01/tiny/timestamp.txt").write_text(
                "2026-01-01 10:00:00 UTC"
            ),
            id="a time",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda c: (c / "submitted/student01/loose.ipynb").write_text("{}"),
            id="beside it",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda c: (c / "roster.csv").write_text("student_id,group\nstudent01,g\nstudent02,\n"),
            id="a group",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda c: (c / "autograded/student01/tiny/tiny.ipynb").unlink(),
            id="a lost copy",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda c: (
                (c / "autograded/student01/tiny/tiny.ipynb").chmod(0o644),
                (c / "autograded/student01/tiny/tiny.ipynb").write_text(""),
            ),
            id="an empty copy",
        ),
    ],
)
def test_whose_hand_in_changed_is_graded_again(course: Path, change: Callable[[Path], Any]) -> None:
    """And nobody else; once."""
    grade(course)
    copy = course / "autograded" / "student01" / "tiny" / "tiny.ipynb"
    before = copy.read_bytes()
    change(course)
    first = grade(course)["submissions"]
    assert [each["status"] == "unchanged" for each in first] == [False, True]
    assert (copy.read_bytes() == before) == (first[0]["score"] == 4)
    assert set(statuses(course).values()) == {"unchanged"}


def config(course: Path, line: str) -> None:
    """Adds a line to course_config.py."""
    with (course / "course_config.py").open("a") as file:
        file.write(f"{line}\n")


def new_secret(course: Path) -> None:
    """Makes the course forget its secret."""
    (course / ".course_secret").unlink()


def new_source(course: Path, old: str, new: str) -> None:
    """Changes the source's text, and releases it."""
    path = course / "source" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace(old, new))
    done = autograder(course, "release", "tiny")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: config(c, "c.Sandbox.memory_mib = 1999"), id="a limit"),
        pytest.param(
            lambda c: config(c, "c.LimitOutput.max_lines = 999"),
            id="what a step is set to",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda c: config(c, "c.Course.timezone = 'Asia/Tokyo'"),
            id="the timezone",
            marks=pytest.mark.slow,
        ),
        pytest.param(new_secret, id="the secret"),
        pytest.param(
            lambda c: new_source(c, "# Doubling", "# Twice"), id="a text", marks=pytest.mark.slow
        ),
        pytest.param(lambda c: new_source(c, "double(-3) == -6", "double(-4) == -8"), id="a test"),
        pytest.param(
            lambda c: (c / "source/tiny/data.csv").write_text("1"),
            id="a file beside it",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_all_records_come_from_has_everyone_graded_again(
    course: Path, change: Callable[[Path], Any]
) -> None:
    """Whatever may have given other points, or another copy."""
    grade(course)
    assert set(statuses(course).values()) == {"unchanged"}
    change(course)
    assert set(statuses(course).values()) == {"graded"}


@pytest.mark.parametrize("part", ["kit", pytest.param("_installed", marks=pytest.mark.slow)])
def test_another_kit_or_another_package_has_everyone_graded_again(
    course: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its code, or the list of what is installed, is another."""
    grade(course)
    now = getattr(inputs, part)()
    monkeypatch.setattr(inputs, part, lambda: "another" if part == "kit" else [*now, "more-1.0"])
    assert set(statuses(course).values()) == {"graded"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: config(c, "c.Course.due = {'tiny': '2031-01-01 10:00'}"), id="due"),
        pytest.param(
            lambda c: (c / "roster.csv").write_text(
                "student_id\nstudent01\nstudent02\nstudent03\n"
            ),
            id="roster",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda c: c.rename(c.with_name("moved")),
            id="where the course lies",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_gives_no_points_has_nobody_graded_again(
    course: Path, change: Callable[[Path], Any]
) -> None:
    """A due date, a student more, another folder."""
    grade(course)
    change(course)
    moved = course if course.exists() else course.with_name("moved")
    assert set(statuses(moved).values()) == {"unchanged"}


def test_whose_grading_failed_is_graded_again(course: Path) -> None:
    """What could not be read may be there now, and what the kit failed in is tried anew."""
    (hand_in(course, "student03") / "tiny.ipynb").write_text("no notebook")
    assert statuses(course)["student03"] == "failed"
    assert statuses(course) == {
        "student01": "unchanged",
        "student02": "unchanged",
        "student03": "failed",
    }
    hand_in(course, "student03")
    done = grade(course)
    change = {"student": "student03", "cell": "", "check": "", "before": "failed", "after": 4}
    assert done["differences"]["changes"] == [change]
    assert "student03: all: failed → 4" in done["stdout"]


def test_whose_kernel_died_is_graded_once_more(course: Path, no_runs: list[str]) -> None:
    """The system may have taken it away: that notebook is run again, until it has died twice."""
    died = "import ctypes\ndef double(x):\n    ctypes.string_at(0)"
    for answer in (died, f"{died}  # and another answer"):
        hand_in(course, "student03", answer)
        for _ in range(2):
            no_runs.clear()
            third = grade(course)["submissions"][2]
            assert (third["status"], third["flags"][0]["kind"]) == ("flagged", "kernel-died")
            assert "string_at" in no_runs[-1]
        assert len(no_runs) == 1
        no_runs.clear()
        third = grade(course)["submissions"][2]
        assert (third["status"], third["flags"][0]["kind"]) == ("unchanged", "kernel-died")
        assert no_runs == []


@pytest.mark.slow
def test_force_grades_everyone_and_so_does_the_formgrader(course: Path) -> None:
    """By the word, and by nbgrader's; without it nbgrader's command leaves them, too."""
    grade(course)
    assert set(statuses(course, "--force").values()) == {"graded"}
    left = command(course, "nbgrader", "autograde", "tiny")
    assert (left.returncode, left.stderr.count("unchanged")) == (0, 2), left.stderr
    again = command(course, "nbgrader", "autograde", "tiny", "--force")
    assert (again.returncode, again.stderr.count(": graded, ")) == (0, 2), again.stderr


def test_a_persons_score_and_comment_need_no_run(course: Path, no_runs: list[str]) -> None:
    """They are in the result; and asked about once the answer changes."""
    grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        score = gradebook.find_grade("why", "tiny", "tiny", "student01")
        score.manual_score, score.needs_manual_grade = 1.5, False
        gradebook.find_comment("why", "tiny", "tiny", "student01").manual_comment = "Say why."
        gradebook.db.commit()
    no_runs.clear()
    first = grade(course)["submissions"][0]
    assert (first["status"], first["score"], first["cells"]["why"]["score"]) == (
        "unchanged",
        5.5,
        1.5,
    )
    assert no_runs == []
    hand_in(course, "student01", "def double(x):\n    return 2 * x", "Another answer.")
    (flag,) = grade(course)["submissions"][0]["flags"]
    assert (flag["kind"], flag["cell"]) == ("changed-answer", "why")
    (flag,) = grade(course)["submissions"][0]["flags"]  # as long as nobody has looked
    assert (flag["kind"], flag["cell"]) == ("changed-answer", "why")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("why", "tiny", "tiny", "student01").needs_manual_grade = False
        gradebook.db.commit()
    confirmed = grade(course)["submissions"][0]
    assert (confirmed["status"], confirmed["flags"]) == ("unchanged", [])


def taken(course: Path) -> float | None:
    """What is taken off student01's score."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        found = gradebook.find_submission_notebook("tiny", "tiny", "student01")
        penalty: float | None = found.late_submission_penalty
        return penalty


def test_a_new_due_date_is_told_and_counted_without_a_run(course: Path, no_runs: list[str]) -> None:
    """Late or not, and what the configured plugin takes off, follow the date."""
    config(course, "c.LateSubmissionPlugin.penalty_method = 'zero'")
    (course / "submitted/student01/tiny/timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    assert grade(course)["submissions"][0]["flags"] == []
    no_runs.clear()

    config(course, "c.Course.due = {'tiny': '2026-01-02 09:00'}")
    late = grade(course)["submissions"][0]
    assert [flag["kind"] for flag in late["flags"]] == ["late"]
    assert taken(course) == 4
    config(course, "c.Course.due = {'tiny': '2026-01-02 11:00'}")
    assert grade(course)["submissions"][0]["flags"] == []
    assert not taken(course)
    assert no_runs == []


def test_a_damaged_record_is_made_anew(course: Path) -> None:
    """Its row says what no kit wrote: nobody else is touched by that."""
    grade(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.db.connection().exec_driver_sql(
            "UPDATE autograder_submission SET flags = '{' WHERE student_id = 'student01'"
        )
        gradebook.db.commit()
    assert statuses(course) == {"student01": "graded", "student02": "unchanged"}
    assert set(statuses(course).values()) == {"unchanged"}


def two_notebooks(course: Path) -> None:
    """Gives the assignment a second notebook, and both students an answer in it."""
    source = course / "source" / "tiny"
    other = nbformat.read(source / "tiny.ipynb", as_version=4)
    other.cells[0].source = "# Another"
    for cell in other.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id += "_2"
    nbformat.write(other, source / "other.ipynb")
    assert autograder(course, "release", "tiny").returncode == 0
    for student in ("student01", "student02"):
        folder = course / "submitted" / student / "tiny"
        released = nbformat.read(course / "release" / "tiny" / "other.ipynb", as_version=4)
        released.cells[2].source = WRONG
        nbformat.write(released, folder / "other.ipynb")


@pytest.mark.slow
def test_of_a_changed_source_only_that_notebook_is_run(course: Path, no_runs: list[str]) -> None:
    """The other's points, copy and checks stay; who is affected is told, and by how much."""
    two_notebooks(course)
    grade(course)
    copies = [course / "autograded" / s / "tiny" / "tiny.ipynb" for s in ("student01", "student02")]
    before = [copy.read_bytes() for copy in copies]
    path = course / "source" / "tiny" / "other.ipynb"
    path.write_text(
        path.read_text()
        .replace("assert double(2) == 4", "assert double(2) in (4, 6)")
        .replace("assert double(-3) == -6", "assert double(-3) < 0")
    )
    assert autograder(course, "release", "tiny").returncode == 0
    no_runs.clear()
    done = grade(course)
    assert len(no_runs) == 2
    assert all("in (4, 6)" in text for text in no_runs)
    assert [copy.read_bytes() for copy in copies] == before
    assert done["differences"]["changes"] == [
        {"student": student, "cell": "test_double_2", "check": "", "before": 0.0, "after": 4.0}
        for student in ("student01", "student02")
    ]
    assert (done["differences"]["before"], done["differences"]["after"]) == (2, 6)
    assert "student01: test_double_2: 0 → 4" in done["stdout"]
    assert "Mean before lateness, of the 2 graded before: 2 → 6." in done["stdout"]
    whole = everything(course)
    grade(course, "--force")
    times = {name: content[0] for name, content in whole.items() if isinstance(content, tuple)}
    forced = {n: c[0] for n, c in everything(course).items() if isinstance(c, tuple)}
    assert forced == times


def whole_course(course: Path) -> dict[str, bytes]:
    """All files of a course but its gradebook's, which is closed, and what was proved."""
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook:
        text = "\n".join(gradebook.iterdump())
    files = {str(path): path.read_bytes() for path in course.rglob("*") if path.is_file()}
    kept = {name: content for name, content in files.items() if ".proofs" not in name}
    return {n: c for n, c in kept.items() if "gradebook.db" not in n} | {"dump": text.encode()}


@pytest.mark.slow
def test_a_rehearsal_says_it_and_records_nothing(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the gradebook nor a copy is other than before; then it really comes out so."""
    grade(course)
    new_source(course, "double(-3) == -6", "double(-3) < 0")
    new_source(course, "double(2) == 4", "double(2) in (4, 6)")
    hand_in(course, "student03")
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook:
        gradebook.execute("PRAGMA journal_mode = WAL")
    (course / "g.json").unlink()
    before = whole_course(course)
    temporary = course.parent / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    done = grade(course, "--dry-run")
    assert list(temporary.iterdir()) == []
    (course / "g.json").unlink()
    assert whole_course(course) == before
    assert done["recorded"] is False
    assert "Nothing of this is on record" in done["stdout"]
    real = grade(course)
    assert real["recorded"] is True
    assert real["differences"] == done["differences"]
    assert real["differences"]["changes"]


STEP = """
from nbgrader.preprocessors import NbGraderPreprocessor

class Step(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        return nb, resources
"""
USED = "c.Autograde.autograde_preprocessors.insert(0, {})"


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=pytest.mark.slow)
        for place in ("course_config.py", "a module", "a base class")
    ],
)
def test_a_step_of_the_courses_own_counts_with_its_code(course: Path, place: str) -> None:
    """Wherever it is written: in the configuration, beside it, or in what it derives from."""
    if place == "course_config.py":
        changed = course / "course_config.py"
        config(course, STEP + USED.format("Step"))
    else:
        name = "own_base" if place == "a base class" else "own_step"
        changed = course / f"{name}.py"
        changed.write_text(STEP)
        (course / "own_derived.py").write_text(
            "from own_base import Step as Base\nclass Step(Base): pass"
        )
        module = "own_derived" if place == "a base class" else "own_step"
        config(course, f"import sys; sys.path.insert(0, {str(course)!r})")
        config(course, USED.format(repr(f"{module}.Step")))

    def run_statuses() -> set[str]:
        done = run(course, "autograder", "grade", "tiny", "--json", "g.json")
        assert done.returncode == 0, done.stderr
        records = json.loads((course / "g.json").read_text())["submissions"]
        return {each["status"] for each in records}

    assert run_statuses() == {"graded"}
    assert run_statuses() == {"unchanged"}
    changed.write_text(
        changed.read_text().replace("return nb, resources", "return (nb, resources)")
    )
    assert run_statuses() == {"graded"}


def test_an_extension_needs_no_run(course: Path, no_runs: list[str]) -> None:
    """Who has more time is not late any more, by a step of the course's own plugin, too."""
    (course / "own_late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Late(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n"
        "        return score / 2\n"
    )
    config(course, f"import sys; sys.path.insert(0, {str(course)!r})")
    config(course, "c.AssignLatePenalties.plugin_class = 'own_late.Late'")
    config(course, "c.Course.due = {'tiny': '2026-01-02 09:00'}")
    (course / "submitted/student01/tiny/timestamp.txt").write_text("2026-01-02 10:00:00 UTC")
    assert [flag["kind"] for flag in grade(course)["submissions"][0]["flags"]] == ["late"]
    assert taken(course) == 2
    no_runs.clear()
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_grade("why", "tiny", "tiny", "student01").manual_score = 2
        gradebook.db.commit()
    assert [flag["kind"] for flag in grade(course)["submissions"][0]["flags"]] == ["late"]
    assert taken(course) == 3
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.find_submission("tiny", "student01").extension = timedelta(hours=2)
        gradebook.db.commit()
    assert grade(course)["submissions"][0]["flags"] == []
    assert not taken(course)
    assert no_runs == []


@pytest.mark.slow
def test_of_more_flags_than_are_told_each_kind_can_be_settled(course: Path) -> None:
    """And the flag that says how many more there are."""
    cells = "\n".join(f"def f{n}(): pass" for n in range(3))
    folder = hand_in(course, "student03", f"{cells}\ndef double(x):\n    return 2 * x")
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    for number in range(60):
        text = f"import subprocess\nsubprocess.run(['true', '{number}'])"
        notebook.cells.append(nbformat.v4.new_code_cell(text))
    nbformat.write(notebook, folder / "tiny.ipynb")
    flags = grade(course, "--student", "student03")["submissions"][0]["flags"]
    for kind in {flag["kind"] for flag in flags}:
        assert autograder(course, "settle", "tiny", "student03", kind).returncode == 0
    for options in ((), ("--force",)):
        assert grade(course, "--student", "student03", *options)["exit"] == 0


def test_a_settled_score_above_the_maximum_comes_back_with_another(course: Path) -> None:
    """A slip is asked about, whatever was settled before."""
    grade(course)

    def give(score: float) -> dict[str, Any]:
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            gradebook.find_grade("why", "tiny", "tiny", "student01").manual_score = score
            gradebook.db.commit()
        return grade(course)

    assert give(3)["exit"] == 1
    assert autograder(course, "settle", "tiny", "student01", "score-above-maximum").returncode == 0
    assert grade(course)["exit"] == 0
    assert give(30)["exit"] == 1


@pytest.mark.slow
def test_two_who_grade_at_once_leave_what_one_leaves(course: Path) -> None:
    """Each copy is whole, and nothing of a draft is left."""
    for number in range(3, 9):
        hand_in(course, f"student{number:02d}")
    command = [str(BIN / "autograder"), "grade", "tiny", "--force"]
    both = [
        subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in both:
        _, told = process.communicate(timeout=120)
        assert (process.returncode, told) == (0, b"")
    assert {path.name for path in (course / "autograded").iterdir()} == {
        f"student{number:02d}" for number in range(1, 9)
    }
    assert set(statuses(course).values()) == {"unchanged"}


@pytest.mark.slow
def test_a_settled_flag_is_told_as_such_until_the_answer_changes(course: Path) -> None:
    """It wants nobody any more; a new answer brings it back, a new test does not."""
    network = "import socket\nsocket.socket()\ndef double(x):\n    return 2 * x"
    hand_in(course, "student03", network)
    (flag,) = grade(course, "--student", "student03")["submissions"][0]["flags"]
    done = autograder(course, "settle", "tiny", "student03", flag["kind"])
    assert (done.returncode, done.stdout.startswith(f"settled: {flag['kind']}: ")) == (0, True)
    for options in ((), ("--force",)):
        after = grade(course, *options)
        third = after["submissions"][2]
        assert (after["exit"], third["action"]) == (0, "")
        assert third["flags"] == [flag | {"settled": True}]
        assert f"Settled: student03 ({flag['kind']})." in after["stdout"]
    new_source(course, "# Doubling", "# Twice")
    assert grade(course)["exit"] == 0
    hand_in(course, "student03", network.replace("2 * x", "x + x"))
    back = grade(course)
    assert (back["exit"], back["submissions"][2]["flags"]) == (1, [flag])


def test_a_hand_in_that_can_be_read_by_nobody_can_be_settled(course: Path) -> None:
    """It stays failed, and is asked about no more until something else is handed in."""
    path = hand_in(course, "student03") / "tiny.ipynb"
    path.write_text("no notebook")
    failed = grade(course)
    kinds = {flag["kind"] for flag in failed["submissions"][2]["flags"]}
    assert failed["exit"] == 1
    for kind in kinds:
        assert autograder(course, "settle", "tiny", "student03", kind).returncode == 0
    again = grade(course)
    assert (again["exit"], again["submissions"][2]["status"]) == (0, "failed")
    path.write_text("no notebook, either")
    assert grade(course)["exit"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("student01", "timeout"),
            "has no flag timeout of tiny that anyone has to look at; there is: none.",
        ),
        (("student09", "timeout"), "student09 has no record of tiny"),
        (("student01", "late"), "has no flag late of tiny that anyone has to look at"),
    ],
)
def test_what_can_t_be_settled_is_told(course: Path, arguments: tuple[str, str], told: str) -> None:
    """In one line, with what there is."""
    grade(course)
    done = autograder(course, "settle", "tiny", *arguments)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
