"""What a record comes from, part by part: a digest of each, to say later which is another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from platform import python_version

from autograder.grading.assignment import Assignment
from autograder.grading.submission import Submission

KIT = Path(__file__).resolve().parents[1]
DIGITS = 16  # of a part's digest: enough to tell two of them apart


def origin(assignment: Assignment, submission: Submission) -> dict[str, str]:
    """A digest of each part that a submission's record comes from, packages apart.

    Args:
        assignment: as it was proved.
        submission: as it is run.
    """
    own = {name: submission.files[name] for name in submission.own}
    return {
        "python": python_version(),
        "kit": kit()[:DIGITS],
        "source": assignment.content[:DIGITS],
        "exercises": assignment.exercises.digest[:DIGITS],
        "submission": _digest(_own_texts(assignment, submission), own),
        "secret": hashlib.sha256(b"which key:" + submission.key).hexdigest()[:DIGITS],
    }


def _own_texts(assignment: Assignment, submission: Submission) -> dict[str, list[str]]:
    """What of each notebook is the student's, so that the course's may change beside it."""
    found = {}
    for name, notebook in submission.notebooks.items():
        given = {cell.source for cell in assignment.skeletons[name].notebook.cells}
        found[name] = [cell.source for cell in notebook.cells if cell.source not in given]
    return found


def _digest(content: object, files: Mapping[str, bytes]) -> str:
    """Of notebooks, and of the files beside them."""
    beside = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    text = json.dumps([content, beside], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


@cache
def kit() -> str:
    """A digest of the kit's own code."""
    digest = hashlib.sha256()
    for path in sorted(KIT.rglob("*.py")):
        digest.update(str(path.relative_to(KIT)).encode() + path.read_bytes())
    return digest.hexdigest()
