"""Small submissions as text: their cells and files, and what a person is told of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograder.checks import ByHand
from autograder.examiner.review import Program, of_cell, of_file, suspects
from autograder.exercises.losses.rule import BY_HAND
from tests.asked import EXERCISES
from tests.classroom.student import Student

TITLE = re.compile(r"^# === (.+)\n", re.MULTILINE)
CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)
ASKED = frozenset(exercise.name for exercise in EXERCISES)
GIVEN = """
import torch
import torch.nn.functional as F
from torch import nn
from helper import look
z, y = torch.randn(5, 3), torch.randint(3, (5,))
p = torch.rand(5)
"""


def read(text: str) -> dict[str, str]:
    """The submissions in a text by their titles, which are lines `# === title`."""
    _, *parts = TITLE.split(text)
    titles = parts[::2]
    doubles = {title for title in titles if titles.count(title) > 1}
    assert not doubles, doubles
    return dict(zip(titles, parts[1::2], strict=True))


def told(submission: str, rule: ByHand = BY_HAND) -> Mapping[str, Sequence[str]]:
    """What is told of a submission, by cell or file.

    Its cells begin with lines `# %%`; a cell of an answer with `# %% answer`, a file with its path.
    What stands before the first of them is a cell too.
    """
    first, *parts = CELL.split(submission)
    texts = [of_cell("", GIVEN, given=True), of_cell("cell 1", first)]
    for number, (title, source) in enumerate(zip(parts[::2], parts[1::2], strict=True), start=2):
        title = title.strip()
        if title.endswith(".py"):
            texts.append(of_file(title, title, source))
        else:
            place = title or f"cell {number}"
            texts.append(of_cell(place, source, answer=title == "answer"))
    return suspects(Program(), [text for text in texts if text], [rule], ASKED)


def read_class(student: Student) -> Mapping[str, Sequence[str]]:
    """What is told of a student of the class, both notebooks together."""
    answers = [(n, c) for n, c in student.cells.items() if not n.startswith("written_")]
    texts = [of_cell(name, source, answer=True) for name, source in answers]
    texts += [of_cell("extra", extra.source) for extra in student.extras]
    return suspects(Program(), [text for text in texts if text], [BY_HAND], ASKED)
