"""The formgrader's other pages: nbgrader's templates, in which names are text and do nothing.

nbgrader puts the name of a student's folder on them as it is, HTML too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, PrefixLoader
from jinja2.ext import Extension
from nbgrader.coursedir import CourseDirectory

from autograder.grading.records import flagged
from autograder.words import printable

MOST = 50  # submissions of which a list says what is unusual
VARIABLE = re.compile(r'= "\{\{ (\w+) \}\}";')


def page(
    templates: BaseLoader, directory: CourseDirectory, name: str, values: Mapping[str, Any]
) -> str:
    """A page's HTML.

    Args:
        templates: nbgrader's.
        directory: the course.
        name: of the template.
        values: what nbgrader puts into it.
    """
    more: dict[str, Any] = {}
    if name == "manage_submissions.tpl":
        found = flagged.wanting(directory.db_url, values["assignment_id"])
        more = {"unusual": found, "most": MOST}
    return _environment(templates).get_template(name).render(**values, **more)


@cache
def _environment(nbgraders: BaseLoader) -> Environment:
    """Of two templates with a name the kit's comes first; it extends nbgrader's own."""
    both = ChoiceLoader(
        [PackageLoader(__package__), PrefixLoader({"nbgrader": nbgraders}), nbgraders]
    )
    made = Environment(loader=both, autoescape=True, extensions=[_InScripts])
    made.filters["printable"] = printable
    return made


class _InScripts(Extension):
    """Writes a value that a template gives to a script's variable as JavaScript has texts.

    What makes it harmless in HTML would change it there, and not keep a backslash from its effect.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return VARIABLE.sub(r"= {{ \1 | tojson }};", source)
