"""`autograder new`: a course that works at once, from a wheel in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from venv import create

import nbformat
import pytest

from autograder.config import load
from autograder.new_course import TEMPLATE, _move, make
from tests.course import BIN, ROOT, run
from tests.test_release import GRADEBOOKS

SITE = Path(sysconfig.get_path("purelib"))
FILES = [
    ".gitignore",
    "README.md",
    "course_config.py",
    "exercises/hw1.py",
    "nbgrader_config.py",
    "roster.csv",
    "source/hw1/mse.ipynb",
]
RIGHT = """def mse(y_hat, y, reduction="none"):
    loss = (y_hat - y) ** 2
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()"""
# The lines of a configuration that are each course's own, and why a release is made again.
OWN = re.compile(r"c\.CourseDirectory\.course_id|c\.Course\.|# .*nbgrader would")
WRONG = "def mse(y_hat, y, reduction='none'):\n    return (y_hat - y).abs()"


def files(folder: Path) -> list[str]:
    """All that lies in a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def installed(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the kit from a wheel, beside what it stands on."""
    folder = tmp_path_factory.mktemp("wheel")
    project, environment = folder / "project", folder / "environment"
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TEMPLATE.parent, project / "autograder", ignore=without)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-cache-dir", "-w", folder, project)
    (wheel,) = folder.glob("*.whl")
    create(environment)
    pip("--python", environment / "bin" / "python", "install", "--no-deps", "--no-index", wheel)
    (packages,) = environment.glob("lib/python*/site-packages")
    # What else is installed here, and no more: a path alone leaves the editable kit out.
    others = f"import site; site.PREFIXES.append({sys.prefix!r})\n{SITE}\n"
    (packages / "others.pth").write_text(others)
    return environment / "bin"


@pytest.mark.usefixtures("processes")
def test_git_leaves_grades_out(tmp_path: Path) -> None:
    """Neither a gradebook nor a copy of one, of either kind, is offered to be committed."""
    course = tmp_path / "course"
    make(course)
    run(course, "git", "init", "--quiet")
    assert run(course, "git", "check-ignore", *GRADEBOOKS).stdout.split() == GRADEBOOKS


def pip(*arguments: str | Path) -> None:
    """Runs this environment's pip."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def hand_in(course: Path, student: str, answer: str) -> None:
    """A student's answer, in the released notebook."""
    notebook = nbformat.read(course / "release" / "hw1" / "mse.ipynb", as_version=4)
    [cell] = (cell for cell in notebook.cells if cell.id == "mse")
    cell.source = answer
    (course / "submitted" / student / "hw1").mkdir(parents=True)
    nbformat.write(notebook, course / "submitted" / student / "hw1" / "mse.ipynb")


@pytest.mark.slow
def test_a_new_course_works_at_once_from_a_wheel(installed: Path, tmp_path: Path) -> None:
    """It is released, its source proves itself, and right and wrong answers get their scores."""
    course = tmp_path / "my course"

    def autograder(*arguments: str, folder: Path = course) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(installed), str(BIN), os.environ["PATH"]])
        return run(folder, str(installed / "autograder"), *arguments, PATH=path)

    made = autograder("new", "my course", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert files(course) == FILES
    assert "autograder release hw1" in made.stdout
    released = autograder("release", "hw1")
    assert released.returncode == 0, released.stderr
    assert released.stdout.splitlines() == [
        f"hw1: mse in {course / 'release' / 'hw1'}",
        "3 points by machine, 0 written; no due date (c.Course.due)",
    ]
    [proofs] = json.loads((course / ".proofs" / "hw1.json").read_text()).values()
    assert (proofs["mse"]["unproven"], proofs["mse"]["unasked"], proofs["mse"]["free"]) == (
        {},
        [],
        [],
    )
    hand_in(course, "student01", RIGHT)
    hand_in(course, "student02", WRONG)
    shutil.copytree(course / "release", course / "submitted" / "student03")
    graded = autograder("grade", "hw1", "--json", "g.json")
    records = json.loads((course / "g.json").read_text())
    scores = {record["student"]: record["score"] for record in records["submissions"]}
    assert scores == {"student01": 3, "student02": 0, "student03": 0}, graded.stderr
    [first, *_] = records["submissions"][1]["cells"]["mse_hidden"]["checks"]
    assert first["cause"] == "This is the absolute error: square the difference."
    assert [record["flags"] for record in records["submissions"]] == [[], [], []]
    assert graded.returncode == 0, graded.stdout


@pytest.mark.usefixtures("processes")
def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    """Whatever is in it stays, and nothing comes to it."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / ".hidden").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name, says in (
        ("there", "is not empty (it has .hidden): name a folder that is, or is not there"),
        ("file", "is a file: name a folder that is empty, or is not there"),
    ):
        done = run(tmp_path, "autograder", "new", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"autograder: {tmp_path / name} {says}")
    assert files(tmp_path) == ["file", "there/.hidden"]


@pytest.mark.parametrize("name", [".", "a/b", "empty"])
def test_a_course_is_made_where_it_is_wanted(tmp_path: Path, name: str) -> None:
    """In the folder where one is, in one that has to be made, in one that is empty."""
    (tmp_path / "here" / "empty").mkdir(parents=True)
    here = tmp_path / "here" / "empty" if name == "." else tmp_path / "here"
    make(here / name)
    assert files(here / name) == FILES
    assert load(here / name).assignments == ["hw1"]
    (here / name / "README.md").write_text("to be changed")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", ["a/b", "empty"])
def test_what_can_not_be_written_whole_is_not_written_at_all(tmp_path: Path, name: str) -> None:
    """On a full disk, say: no part is left, nor a folder that was made for it."""
    (tmp_path / "empty").mkdir()
    program = (
        "import resource, sys; from autograder.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500)); "
        f"sys.exit(main(['new', {name!r}]))"
    )
    done = run(tmp_path, sys.executable, "-c", program)
    assert (done.returncode, "File too large" in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["empty"]


def test_the_templates_settings_are_the_bundled_courses() -> None:
    """But for what is a course's own: they are said in two files, and change together."""
    ours, theirs = (
        [line for line in path.read_text().splitlines() if not OWN.match(line)]
        for path in (ROOT / "course_config.py", TEMPLATE / "course_config.py")
    )
    assert theirs == ours
    other = "nbgrader_config.py"
    assert (TEMPLATE / other).read_text() == (ROOT / other).read_text()


def test_the_readme_shows_the_templates_exercise() -> None:
    """The module that it calls a whole one is one that is graded by, above."""
    text = (TEMPLATE / "exercises" / "hw1.py").read_text()
    assert f"```python\n{text}```\n" in (ROOT / "docs/instructors.md").read_text()


def test_what_can_not_be_moved_whole_stays_where_it_was(tmp_path: Path) -> None:
    """The last step as well: where one is not moved, none is."""
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "from" / "first").write_text("one")
    with pytest.raises(FileNotFoundError):
        _move(tmp_path / "from", tmp_path / "to", ["first", "second"])
    assert files(tmp_path) == ["from/first"]
