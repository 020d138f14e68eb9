"""A small course into which downloads are collected, and what lies in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autograder.cli import main

CONFIG = 'c = get_config()\nc.Course.timezone = "Europe/Zagreb"\n'
ASKED = {"binary": ("bce", "logits"), "softmax": ("softmax", "nll")}


def notebook(name: str = "binary", answer: str = "", **others: Any) -> bytes:
    """A notebook of the assignment with something of its own in it."""
    cells = [
        {
            "cell_type": "code",
            "source": f"{grade_id} = 0  # {answer}",
            "metadata": {"nbgrader": {"grade_id": grade_id, "solution": True, "grade": False}},
            "outputs": [],
            "execution_count": None,
        }
        for grade_id in ASKED[name]
    ]
    made = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **others}
    return json.dumps(made).encode()


def course(folder: Path, roster: str = "") -> Path:
    """A course with an assignment hw, and this roster."""
    source = folder / "source" / "hw"
    source.mkdir(parents=True)
    for name in ASKED:
        (source / f"{name}.ipynb").write_bytes(notebook(name))
    (folder / "course_config.py").write_text(CONFIG)
    if roster:
        (folder / "roster.csv").write_text(roster, encoding="utf-8")
    return folder


def collect(course: Path, *arguments: object) -> int:
    """The exit code of `autograder collect hw …`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "120")  # whatever the terminal's are
        return main(["--course", str(course), "collect", "hw", *map(str, arguments)])


def submitted(course: Path) -> dict[str, dict[str, bytes]]:
    """What is in submitted/, by student and path, but for the times."""
    return {
        folder.parent.name: {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != "timestamp.txt"
        }
        for folder in sorted((course / "submitted").glob("*/hw"))
    }


def times(course: Path) -> dict[str, str]:
    """What each timestamp.txt says."""
    return {
        path.parent.parent.name: path.read_text().strip()
        for path in sorted((course / "submitted").glob("*/hw/timestamp.txt"))
    }


def aside(course: Path) -> dict[str, list[bytes]]:
    """What is kept aside, by student."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((course / "collected" / "hw" / "aside").glob("*/*/**/*")):
        if path.is_file():
            student = path.relative_to(course / "collected" / "hw" / "aside").parts[0]
            found.setdefault(student, []).append(path.read_bytes())
    return found


def everything(course: Path) -> Mapping[str, tuple[bytes, int]]:
    """Every file of the course, hidden ones too, with its content and its time of change."""
    return {
        str(path.relative_to(course)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(course.rglob("*"))
        if path.is_file()
    }
