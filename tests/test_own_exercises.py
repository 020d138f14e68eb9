"""A course's own exercises, from its folder: released, graded, changed, broken, and kept apart."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.config import load
from autograder.examiner.examiners import Examiners
from autograder.grading import assignment as assignments
from autograder.grading.proof import _key
from tests.course import STOCK, autograder, command
from tests.memory import holds
from tests.own_exercises import MARKER, POINTS, WHAT, WRONG, hand_in, module, own_course, source


@pytest.fixture(scope="module")
def released(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both assignments are released: not to be changed, only copied."""
    course = own_course(tmp_path_factory.mktemp("own") / "course")
    for assignment in WHAT:
        succeeds(course, "autograder", "release", assignment)
    return course


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    """A course of one's own."""
    return Path(shutil.copytree(released, tmp_path / "course"))


def succeeds(course: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command says that has to end well."""
    done = command(course, *words)
    assert done.returncode == 0, done.stderr + done.stdout
    return done


def graded(course: Path, assignment: str, *options: str) -> dict[str, dict[str, Any]]:
    """The records of an assignment, by student."""
    done = autograder(course, "grade", assignment, "--json", "g.json", *options)
    assert done.returncode in (0, 1), done.stderr
    records = json.loads((course / "g.json").read_text())["submissions"]
    return {record["student"]: record for record in records}


def test_two_assignments_ask_for_one_name(course: Path) -> None:
    """Each is released and graded by its own module; the rule and the hint are the exercise's."""
    for assignment, (_, right) in WHAT.items():
        hand_in(course, "student01", assignment, right)
        hand_in(course, "student02", assignment, WRONG[assignment])
        records = graded(course, assignment)
        assert records["student01"]["score"] == POINTS[assignment]
        assert records["student01"]["flags"] == []
        assert records["student02"]["score"] == 0
        checks = records["student02"]["cells"]["softmax_hidden"]["checks"]
        if assignment == "hw-1":
            assert checks[0]["cause"] == "Only exp so far."
        else:
            assert "calls torch's own softmax (aten." in checks[0]["message"]
            assert {check["cause"] for check in checks} == {"Write it from exp and sum."}
    assert not list((course / "exercises").rglob("*.pyc"))


def test_a_changed_exercise_grades_and_proves_again(course: Path) -> None:
    """What a module says now is what everyone is graded by; the source is proved by it first."""
    hand_in(course, "student01", "hw-1", WRONG["hw-1"])
    assert graded(course, "hw-1")["student01"]["score"] == 0
    path = course / "exercises" / "hw-1.py"
    path.write_text(path.read_text().replace("Only exp so far.", "Then divide it."))
    checks = graded(course, "hw-1")["student01"]["cells"]["softmax_hidden"]["checks"]
    assert checks[0]["cause"] == "Then divide it."
    path.write_text(path.read_text().replace("1.5", "1.0"))
    done = autograder(course, "grade", "hw-1")
    assert done.returncode == 2
    assert "the cell is worth 2 points, and its checks add up to 1.5" in done.stderr
    path.write_text(module("hw-1").replace("(z, dim", "(-z, dim"))
    done = autograder(course, "grade", "hw-1")
    assert done.returncode == 2
    assert "its own solutions pass none of its tests here" in done.stderr


def test_mended_checks_are_told_one_by_one(course: Path) -> None:
    """Points that went from one check to another, and a check that everyone passes now."""
    hand_in(course, "student01", "hw-1", WHAT["hw-1"][1])
    hand_in(course, "student02", "hw-1", WRONG["hw-1"])
    before = graded(course, "hw-1")["student01"]["cells"]["softmax_hidden"]["checks"]
    assert [check["points"] for check in before] == [1.5, 0.5]
    values, inputs = (check["name"] for check in before)
    path = course / "exercises" / "hw-1.py"
    path.write_text(module("hw-1").replace("1.5", "1.25").replace("(0.5, _case", "(0.75, _case"))
    done = autograder(course, "grade", "hw-1", "--json", "g.json")
    whole = json.loads((course / "g.json").read_text())["differences"]
    assert whole["compared"] == 2
    assert whole["before"] == whole["after"] == 1
    changed = [
        (each["student"], each["cell"], each["check"], each["before"], each["after"])
        for each in whole["changes"]
    ]
    assert changed == [
        ("student01", "softmax_hidden", values, 1.5, 1.25),
        ("student01", "softmax_hidden", inputs, 0.5, 0.75),
    ]
    assert f"student01: softmax_hidden {values}: 1.5 → 1.25" in done.stdout


def test_a_proof_is_kept_for_what_the_modules_say(tmp_path: Path) -> None:
    """Another assignment's count for nothing."""
    course = own_course(tmp_path / "course")
    settings = load(course)
    first = _key(assignments.read(settings, "hw-1"))
    (course / "exercises" / "hw-2.py").write_text("# another")
    assert _key(assignments.read(settings, "hw-1")) == first
    (course / "exercises" / "hw-1.py").write_text("# another")
    assert _key(assignments.read(settings, "hw-1")) != first


STOPPED = (
    ("autograder", "release", "hw-1"),
    ("autograder", "grade", "hw-1"),
    ("nbgrader", "generate_assignment", "hw-1", "--force"),
)


@pytest.mark.slow
def test_a_broken_module_stops_its_own_assignment_alone(course: Path) -> None:
    """With file and line, whoever releases or grades it; no old release or record is touched."""
    for assignment, (_, right) in WHAT.items():
        hand_in(course, "student01", assignment, right)
    before = (course / "release" / "hw-1" / "one.ipynb").read_bytes()
    file = course / "exercises" / "hw-1.py"
    file.write_text("\nimport not_here\n")
    for words in STOPPED:
        done = command(course, *words)
        assert done.returncode == (2 if words[0] == "autograder" else 1)
        assert f"ModuleNotFoundError in {file}, line 2: No module named" in done.stderr
        assert "Traceback" not in done.stderr
    assert (course / "release" / "hw-1" / "one.ipynb").read_bytes() == before
    assert not (course / "autograded").exists()
    assert graded(course, "hw-2")["student01"]["score"] == POINTS["hw-2"]


def test_modules_that_nothing_asks_for_must_import_too(course: Path) -> None:
    """A notebook without a test, or with other tests: the module is the assignment's."""
    path = course / "source" / "hw-1" / "one.ipynb"
    notebook = source("hw-1")
    del notebook.cells[2]
    nbformat.write(notebook, path)
    (course / "exercises" / "hw-1.py").write_text("1 / 0")
    done = autograder(course, "release", "hw-1")
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "by",
    [
        "autograder release",
        pytest.param("nbgrader generate_assignment", marks=pytest.mark.slow),
    ],
)
def test_a_module_and_a_folder_stop_a_release(course: Path, by: str) -> None:
    """By either command: which of them is meant can't be known."""
    (course / "exercises" / "hw-1").mkdir()
    done = command(course, *by.split(), "hw-1")
    assert done.returncode != 0
    assert "the exercises of hw-1 can't be read: " in done.stderr


@pytest.mark.slow
def test_nbgraders_own_commands_know_the_assignment(course: Path) -> None:
    """`validate` in the source, and stock `autograde`, which runs grade cells in the notebook."""
    config = course / "course_config.py"
    for assignment, (_, right) in WHAT.items():
        done = succeeds(course, "nbgrader", "validate", f"source/{assignment}/one.ipynb")
        assert "Success" in done.stdout
        hand_in(course, "student01", assignment, right)
        stock = config.read_text()
        config.write_text(stock + STOCK)
        succeeds(course, "nbgrader", "autograde", assignment, "--force")
        config.write_text(stock)
        text = (course / "autograded" / "student01" / assignment / "one.ipynb").read_text()
        assert f'"{POINTS[assignment]}"' in text


def test_a_kernel_can_not_read_them(course: Path) -> None:
    """No file of the course's folder is there for an answer, when it runs or when it is called."""
    snoop = f"""import os, sys
def look():
    found = [name for name in sys.modules if name.startswith("exercises_")]
    for path in ("hw-1.py", "hw-2.py", ""):
        for way in (open, os.listdir):
            try:
                found.append(way(os.path.join({str(course / "exercises")!r}, path)))
            except OSError:
                pass
    return found
print("found", look())
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True) + len(look())
"""
    hand_in(course, "student01", "hw-1", snoop)
    assert graded(course, "hw-1")["student01"]["score"] == 2
    path = course / "autograded" / "student01" / "hw-1" / "one.ipynb"
    [output] = nbformat.read(path, as_version=4).cells[1].outputs
    assert output.text == "found []\n"


@pytest.mark.slow
def test_what_kernels_are_forked_from_has_nothing_of_them(course: Path) -> None:
    """Of a module only the operators that its rule names cross; examiners have all of it."""
    side = assignments.read(load(course), "hw-1").notebooks["one"]
    with Examiners() as examiners, examiners.pool.opened(side) as opened:
        kernels, examining = (pid(each.pidfd) for each in (opened.kernels, opened.examiners))
        assert holds(examining, MARKER.encode())
        assert not holds(kernels, MARKER.encode())
        assert not holds(opened.zygote.process.pid, MARKER.encode())
        written = [path for path in opened.zygote.folder.rglob("*") if path.is_file()]
        assert not [path for path in written if MARKER.encode() in path.read_bytes()]


def pid(pidfd: int) -> int:
    """The process that a descriptor stands for."""
    return int(Path(f"/proc/self/fdinfo/{pidfd}").read_text().partition("Pid:")[2].split()[0])
