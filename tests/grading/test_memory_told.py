"""The memory that a submission takes: in its result, on record, and on the report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from sqlalchemy import select

from autograder.grading.records.tables import SUBMISSIONS
from tests.course import autograder
from tests.tiny import RIGHT, add_notebooks, tiny_course

pytestmark = pytest.mark.usefixtures("processes")

MIB = 1 << 20
TAKES = f"{RIGHT}\nx = bytearray(b'1') * (300 << 20)"
ANSWERS = {
    "little": RIGHT,
    "much": TAKES,
    "in-a-call": "def double(x):\n    y = bytearray(b'1') * (300 << 20)\n    return 2 * x",
    "too-much": f"{RIGHT}\nx = bytearray(b'1') * (3 << 30)",
    "ends": f"{RIGHT}\nimport os\nos._exit(1)",
    "loops": f"{TAKES}\nwhile True: pass",
}


def hand_in(course: Path, student: str, answer: str, notebook: str = "tiny") -> None:
    """Puts a notebook in place."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    answers = nbformat.read(course / "release" / "tiny" / f"{notebook}.ipynb", as_version=4)
    answers.cells[2].source = answer
    nbformat.write(answers, folder / f"{notebook}.ipynb")


def grade(course: Path, *options: str) -> dict[str, dict[str, Any]]:
    """What `grade --json` writes, by student."""
    done = autograder(course, "grade", "tiny", "--json", "g.json", *options)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads((course / "g.json").read_text())["submissions"]
    return {each["student"]: each for each in found}


def memory(results: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """The MiB of each submission."""
    taken = {name: each["memory_bytes"] for name, each in results.items()}
    return {name: each if each is None else each / MIB for name, each in taken.items()}


@pytest.fixture(scope="module")
def graded_once(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class in which everybody takes another amount; not to be changed, only copied."""
    course = tiny_course(tmp_path_factory.mktemp("memory") / "course")
    for student, answer in ANSWERS.items():
        hand_in(course, student, answer)
    broken = course / "submitted" / "broken" / "tiny"
    broken.mkdir(parents=True)
    (broken / "tiny.ipynb").write_text("no notebook")
    grade(course)
    return course


@pytest.fixture
def course(graded_once: Path, tmp_path: Path) -> Path:
    """A course of one's own with that class."""
    return Path(shutil.copytree(graded_once, tmp_path / "course"))


def test_each_is_told_what_it_took(graded_once: Path) -> None:
    """Cells and calls alike, whatever becomes of the kernel; of what could not run nothing."""
    results = json.loads((graded_once / "g.json").read_text())["submissions"]
    told = memory({each["student"]: each for each in results})
    assert told.pop("broken") is None
    little = told["little"]
    assert little is not None
    assert 0 < little < 30
    for student in ("much", "in-a-call", "loops"):
        assert 290 < (told[student] or 0) - little < 330
    for student in ("too-much", "ends"):
        assert 0 <= (told[student] or 0) < 60


def test_an_unchanged_submission_keeps_it(course: Path) -> None:
    """Nothing is measured where nothing is run; what is run again is measured anew."""
    first = memory(grade(course))
    hand_in(course, "much", RIGHT)
    second = grade(course)
    assert {name for name, each in second.items() if each["status"] == "unchanged"} >= {
        *("little", "in-a-call", "too-much", "loops")
    }
    told = memory(second)
    assert (told.pop("much") or 0) < 30
    for student in ("little", "in-a-call", "too-much", "loops"):
        assert told[student] == first[student]


def test_a_record_of_an_older_kit_tells_nothing(course: Path) -> None:
    """An unchanged one stays so; the report says of how many it is not known."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        (text,) = gradebook.db.execute(
            select(SUBMISSIONS.c.notebooks).where(SUBMISSIONS.c.student_id == "little")
        ).scalars()
        older = json.loads(text)
        assert older["tiny"].pop("memory_bytes") > 0
        rows = SUBMISSIONS.update().where(SUBMISSIONS.c.student_id == "little")
        gradebook.db.execute(rows.values(notebooks=json.dumps(older)))
        gradebook.db.commit()
    little = grade(course)["little"]
    assert (little["status"], little["memory_bytes"]) == ("unchanged", None)
    assert autograder(course, "report", "tiny").returncode == 1
    shown = BeautifulSoup((course / "reports" / "tiny.html").read_text(), "html.parser")
    told = " ".join(shown.select_one('section[aria-labelledby="time"]').get_text(" ").split())
    assert "Memory is not known of 2 submissions" in told  # nor of the one that can't be read
    most = told.partition("Who took most memory")[2]
    assert most.index("loops") < most.index("too-much")


@pytest.mark.slow
def test_of_several_notebooks_the_greediest_counts(tmp_path: Path) -> None:
    """Where one of them is run again, the other's is still known."""
    course = tiny_course(tmp_path / "course")
    add_notebooks(course, 1)
    assert autograder(course, "release", "tiny").returncode == 0
    hand_in(course, "student01", TAKES)
    hand_in(course, "student01", RIGHT, "tiny1")
    first = memory(grade(course))["student01"]
    assert first is not None
    assert 290 < first < 340
    hand_in(course, "student01", f"{RIGHT}  # a word", "tiny1")
    again = grade(course)
    assert again["student01"]["status"] != "unchanged"
    assert memory(again)["student01"] == first
    hand_in(course, "student01", RIGHT)
    assert (memory(grade(course))["student01"] or 0) < 30
