"""docs/json.md says what `autograder grade --json` writes: each key, its types, and no other."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.results import (
    CellResult,
    Change,
    CheckResult,
    ClassResult,
    Differences,
    Flag,
    FlagKind,
    Lateness,
    SubmissionResult,
)
from tests.course import ROOT, autograder
from tests.tiny import marks, tiny_course

PAGE = ROOT / "docs" / "json.md"
SECTIONS = [
    *("The file", "A submission", "Lateness", "A cell", "A check", "A flag"),
    *("What changed", "A change"),
]
TYPES = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    type(None): "null",
}

CHECK = CheckResult("values", False, 0.0, 1.0, "is wrong at [1].", "Which sign?")
CELLS = {"test": CellResult(0.5, 1.0, (CHECK,)), "written": CellResult(None, 2.0)}
LATE = Flag(FlagKind.LATE, "", "1 h 0 min after the due date.")
RECORD = SubmissionResult("student01", "flagged", 0.5, 3.0, 0.25, CELLS, (LATE,), "read it")
TIMELY = replace(
    RECORD,
    student="student04",
    lateness=Lateness(0.0, 60.0, True, 0.5),
    memory_bytes=30 << 20,
)
# One of each, and a value of each type that a key may have.
CHANGES = (
    Change("student01", "test", "values", 1.0, 0.0),
    Change("student02", "", "", "failed", "failed"),
    Change("student03", "test", "", None, None),
)
MEANS = Differences(1, 1.0, 0.0, CHANGES)
EXAMPLE = ClassResult("tiny", "on", (RECORD, TIMELY), ("student02",), MEANS)
NO_MEANS = Differences()

SOLVED = """
import torch
def bce(y_hat, y, reduction="none"):
    ### BEGIN SOLUTION
    yes, no = torch.log(y_hat).clamp(min=-100), torch.log1p(-y_hat).clamp(min=-100)
    losses = -(y * yes + (1 - y) * no)
    return {"none": losses, "mean": losses.mean(), "sum": losses.sum()}[reduction]
    ### END SOLUTION
"""
ASKED = """
### BEGIN HIDDEN TESTS
from autograder.examiner import grade
grade("bce", bce)
### END HIDDEN TESTS
"""

Keys = dict[str, set[str]]  # the types of each key's values


def page() -> dict[str, Keys]:
    """The keys that the page names, by section."""
    found: dict[str, Keys] = defaultdict(dict)
    section = ""
    for text in PAGE.read_text(encoding="utf-8").splitlines():
        if text.startswith("## "):
            section = text.removeprefix("## ")
        if row := re.match(r"\| `(\w+)` \| ([^|]+) \|", text):
            found[section][row[1]] = {each.split()[0] for each in row[2].split(" or ")}
    return found


def written(data: Mapping[str, Any]) -> dict[str, Keys]:
    """The keys that are in an output, by the section that is about them."""
    submissions = data["submissions"]
    late = [each["lateness"] for each in submissions]
    cells = [cell for each in submissions for cell in each["cells"].values()]
    checks = [check for cell in cells for check in cell["checks"]]
    flags = [flag for each in submissions for flag in each["flags"]]
    differences = data["differences"]
    groups = (
        [data],
        submissions,
        late,
        cells,
        checks,
        flags,
        [differences],
        differences["changes"],
    )
    return {section: keys(group) for section, group in zip(SECTIONS, groups, strict=True)}


def keys(objects: Iterable[Mapping[str, Any]]) -> Keys:
    """The keys of some objects; each has all of them, since none is ever left out."""
    found: Keys = defaultdict(set)
    objects = list(objects)
    for each in objects:
        assert each.keys() == objects[0].keys()
        for key, value in each.items():
            found[key].add(TYPES[type(value)])
    return found


@pytest.fixture(scope="module")
def real(processes: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command writes of a class of two, of whom one hands in."""
    course = tiny_course(tmp_path_factory.mktemp("json") / "course")
    scored = {"grade": True, "locked": True, "points": 4}
    cells = [
        new_code_cell(SOLVED, metadata=marks("bce", solution=True)),
        new_code_cell(ASKED, metadata=marks("bce_hidden", **scored)),
        new_markdown_cell("Why?", metadata=marks("why", grade=True, solution=True, points=2)),
    ]
    nbformat.write(new_notebook(cells=cells), course / "source" / "tiny" / "tiny.ipynb")
    assert autograder(course, "release", "tiny").returncode == 0
    (course / "roster.csv").write_text("student_id\nstudent01\nstudent02\n")
    folder = course / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    notebook = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
    notebook.cells[0].source = "def bce(y_hat, y, reduction=None):\n    return y_hat - y"
    nbformat.write(notebook, folder / "tiny.ipynb")
    (folder / "timestamp.txt").write_text("yesterday evening\n")
    autograder(course, "grade", "tiny")
    notebook.cells[0].source = SOLVED
    nbformat.write(notebook, folder / "tiny.ipynb")
    autograder(course, "grade", "tiny", "--json", "grades.json")
    return json.loads((course / "grades.json").read_text(encoding="utf-8"))


def test_the_page_has_a_section_for_each_object() -> None:
    """No table stands under another heading."""
    assert list(page()) == SECTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_names_each_key_that_is_written(section: str) -> None:
    """And no other; with each type that its values may have, null too."""
    found: Keys = defaultdict(set)
    for example in (EXAMPLE, replace(EXAMPLE, differences=NO_MEANS)):
        for key, types in written(json.loads(json.dumps(example.to_json())))[section].items():
            found[key] |= types
    assert page()[section] == found


@pytest.mark.parametrize("section", SECTIONS)
def test_the_command_writes_what_the_page_says(section: str, real: dict[str, Any]) -> None:
    """Each key of the page is in a real file, and each there is on the page, in its types."""
    found, told = written(real)[section], page()[section]
    assert found.keys() == told.keys()
    assert {key: types - told[key] for key, types in found.items() if types - told[key]} == {}


def test_the_real_file_has_one_of_each(real: dict[str, Any]) -> None:
    """Or what is said of it here would be said of nothing."""
    assert real["absent"] == ["student02"]
    assert all(written(real)[section] for section in SECTIONS)


def test_the_readme_leads_to_the_page() -> None:
    """Who reads of --json finds what is in it."""
    assert "(docs/json.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
