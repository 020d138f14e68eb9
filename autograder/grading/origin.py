"""What a record comes from, part by part: a digest of each, to say later which is another one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from platform import python_version
from typing import Any

from autograder.grading.assignment import Assignment
from autograder.grading.inputs import digest, kit
from autograder.grading.submission import Submission
from autograder.limits import Limits

DIGITS = 16  # of a part's digest: enough to tell two of them apart
# What each part is; of any other the record has the thing itself.
WHAT = {
    "secret": "the key that half of the draws come from: is it another secret, or another group?",
    "submission": "what is in submitted/ is not what was graded",
    "source": "the notebooks in source/, or the files beside them",
    "exercises": "the modules of its exercises",
    "limits": "what a student's code may use: c.Sandbox in course_config.py",
    "kit": "the kit's own code",
}


def origin(assignment: Assignment, submission: Submission) -> dict[str, str]:
    """A digest of each part that a submission's record comes from, packages apart.

    Args:
        assignment: as it was proved.
        submission: as it is run.
    """
    limits = [notebook.limits for notebook in assignment.notebooks.values()]
    return {
        "python": python_version(),
        "kit": kit()[:DIGITS],
        "source": assignment.content[:DIGITS],
        "exercises": assignment.exercises.digest[:DIGITS],
        "submission": content(assignment, submission)[:DIGITS],
        "limits": digest([[_apart_from_policy(each) for each in limits], {}])[:DIGITS],
        "sandbox": "on" if all(each.sandbox for each in limits) else "off",
        "secret": hashlib.sha256(b"which key:" + submission.key).hexdigest()[:DIGITS],
    }


def content(assignment: Assignment, submission: Submission) -> str:
    """A digest of what of a submission is the student's: their texts, and their files."""
    own = {name: submission.digests[name] for name in submission.own}
    return digest([_own_texts(assignment, submission), own])


def compared(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What is not as it was, a sentence each; and the parts of which nobody knows what they were.

    Args:
        before: each part as it is on record; an older record has fewer.
        now: each part, and the version of each package.
    """
    others = [
        f"{part}: {WHAT[part]}" if part in WHAT else f"{part}: {before[part]} then, {value} now"
        for part, value in now.items()
        if before.get(part, value) != value
    ]
    return others, [part for part in now if part not in before]


def _apart_from_policy(limits: Limits) -> dict[str, Any]:
    """The limits alone, by their names."""
    return {name: value for name, value in asdict(limits).items() if name != "sandbox"}


def _own_texts(assignment: Assignment, submission: Submission) -> dict[str, list[str]]:
    """What of each notebook is the student's, so that the course's may change beside it."""
    found = {}
    for name, notebook in submission.notebooks.items():
        given = {cell.source for cell in assignment.skeletons[name].notebook.cells}
        found[name] = [cell.source for cell in notebook.cells if cell.source not in given]
    return found
