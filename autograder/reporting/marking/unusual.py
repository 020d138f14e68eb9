"""What is unusual about a submission, as the formgrader's pages tell it: for a person's eyes alone.

It is on the pages only: a comment of nbgrader's would be shown to the student.
"""

from __future__ import annotations

import re
import shlex
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from autograder.grading.records.flagged import Flagged
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

    return _template().render(
        found=found, name=name, quoted=shlex.quote(name), around_name=around_name
    )


@cache
def _template() -> Template:
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template("unusual.html.j2")
