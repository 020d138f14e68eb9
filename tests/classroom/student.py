"""One student of the class: what they wrote, how it reached us, and the score it must get.

A student is a Python file in percent format, which editors show as cells:

    \"\"\"Adds 1e-8 inside every log, as many tutorials do.\"\"\"

    import torch                                     # for the editor: comes before the first cell

    # %% expected                                    {grade_id: (score, names of failing checks)}
    # %% flags                                       [(kind, cell), ...] that the record shows
    # %% submitted 2026-12-05 07:31:00 UTC           otherwise in time
    # %% absent                                      on the roster, but hands nothing in
    # %% bce                                         the source of the cell with that grade_id
    # %% extra before bce                            a cell of the student's own, or `after`
    # %% written_misprint [markdown]                 an answer, as comment lines

Only cells with less than full marks are listed in `expected`; a visible cell names no checks, and
"all" stands for every check. A function that has no cell is left as it was released. Who lists no
flags gets none but those of handing in late.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from typing import Literal

STUDENTS = Path(__file__).parent / "students"
HOSTILE = Path(__file__).parent / "hostile"  # who would take points, or get in the way of others
TITLE = re.compile(r"^# %% (.+)$", re.MULTILINE)

Failing = tuple[str, ...] | Literal["all"]


@dataclass(frozen=True)
class Verdict:
    """The score that a grade cell must get, and the names of the checks that must fail."""

    score: float
    failing: Failing


@dataclass(frozen=True)
class Extra:
    """A cell that the student added, beside the cell `grade_id`."""

    where: Literal["before", "after"]
    grade_id: str
    source: str


@dataclass(frozen=True)
class Student:
    """A student file, read.

    Args:
        student_id: "student07".
        theme: the file's docstring: what is particular about this student.
        cells: source by grade_id, code and answers, in the file's order.
        extras: cells of the student's own.
        expected: verdicts that are not full marks, by grade_id.
        flags: (kind, cell) of each flag that the record must show, and no others.
        submitted: the timestamp, or None where nothing is handed in.
    """

    student_id: str
    theme: str
    cells: Mapping[str, str] = field(default_factory=dict)
    extras: tuple[Extra, ...] = ()
    expected: Mapping[str, Verdict] = field(default_factory=dict)
    flags: tuple[tuple[str, str], ...] = ()
    submitted: str | None = None

    @property
    def number(self) -> int:
        """7 for student07."""
        return int(self.student_id.lstrip(ascii_lowercase))


def students(folder: Path = STUDENTS) -> tuple[Student, ...]:
    """The whole class whose files are in a folder, in order."""
    return tuple(read(path) for path in sorted(folder.glob("[!_]*.py")))


def read(path: Path) -> Student:
    """The student whom the file describes.

    Raises:
        ValueError: it has a title twice.
    """
    preamble, *parts = TITLE.split(path.read_text(encoding="utf-8"))
    titles = parts[::2]
    if doubles := sorted({title for title in titles if titles.count(title) > 1}):
        raise ValueError(f"{path.name} has more than one cell {doubles[0]!r}.")
    blocks = {title: body.strip("\n") for title, body in zip(titles, parts[1::2], strict=True)}
    student_id = path.name.partition("_")[0]
    return Student(
        student_id=student_id,
        theme=ast.get_docstring(ast.parse(preamble)) or "",
        cells=dict(_cells(blocks)),
        extras=tuple(_extra(title, body) for title, body in blocks.items() if _is_extra(title)),
        expected=_verdicts(blocks.get("expected", "{}")),
        flags=tuple(map(tuple, ast.literal_eval(blocks.get("flags", "[]").strip()))),
        submitted=None if "absent" in blocks else _submitted(titles, student_id),
    )


def _cells(blocks: Mapping[str, str]) -> list[tuple[str, str]]:
    cells = []
    for title, body in blocks.items():
        if title.endswith(" [markdown]"):
            lines = [line.removeprefix("#").removeprefix(" ") for line in body.splitlines()]
            cells.append((title.removesuffix(" [markdown]"), "\n".join(lines)))
        elif " " not in title and title not in ("expected", "flags", "absent"):
            cells.append((title, body))
    return cells


def _is_extra(title: str) -> bool:
    return title.startswith("extra ")


def _extra(title: str, body: str) -> Extra:
    _, where, grade_id = title.split(" ")
    if where not in ("before", "after"):
        raise ValueError(f"An extra cell comes before or after a cell, not {where!r}.")
    return Extra("before" if where == "before" else "after", grade_id, body)


def _verdicts(literal: str) -> dict[str, Verdict]:
    return {
        grade_id: Verdict(float(score), "all" if failing == "all" else tuple(failing))
        for grade_id, (score, failing) in ast.literal_eval(literal).items()
    }


def _submitted(titles: list[str], student_id: str) -> str:
    """The time that the file gives, or a minute of the student's own, days before it is due."""
    for title in titles:
        if title.startswith("submitted "):
            return title.removeprefix("submitted ")
    return f"2026-12-01 10:{int(student_id[-2:]) % 60:02}:00 UTC"
