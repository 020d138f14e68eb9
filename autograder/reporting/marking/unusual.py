"""What is unusual about a submission, as the formgrader's pages tell it: for a person's eyes alone.

It is on the pages only: a comment of nbgrader's would be shown to the student.
"""

from __future__ import annotations

import re
import shlex
from functools import cache

from jinja2 import Template

from autograder.grading.records.flagged import Flagged
from autograder.reporting.self_contained import environment
from autograder.words import printable


def box(found: Flagged | None) -> str:
    """HTML for the page of a submission; "" where nothing is unusual.

    That page hides whose the submission is until somebody asks, and so does the box.
    """
    if not found or not (found.flags or found.failed or found.damaged):
        return ""
    name = printable(found.student)

    def around_name(text: str) -> list[str]:
        return re.split(rf"(?<!\w){re.escape(name)}(?!\w)", text)

    flags = {(flag.kind, flag.detail, flag.settled): flag for flag in found.flags}
    return _template().render(
        found=found,
        flags=[*flags.values()],  # one that two cells have alike is told once
        name=name,
        quoted=shlex.quote(name),
        around_name=around_name,
    )


@cache
def _template() -> Template:
    return environment(__package__).get_template("templates/unusual.html.j2")
