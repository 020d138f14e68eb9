"""nbgrader's preprocessors on one notebook: the lists of course_config.py, in two parts.

`nbgrader autograde` runs the same lists in the same order, so both give the same grades. Between
the two parts is the step that runs a student's code: `execution` does its work here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograder.config import CourseError

Part = Literal["sanitize", "record"]

EXECUTE = "autograder.grading.preprocessors.Execute"


def parts(config: Config) -> dict[Part, list[Any]]:
    """The configured preprocessors before and after execution.

    Raises:
        CourseError: the step that keeps students' code apart is not among them.
    """
    converter = Autograde(config=config)
    autograde = [_name(step) for step in converter.autograde_preprocessors]
    if EXECUTE not in autograde:
        raise CourseError(
            f"c.Autograde.autograde_preprocessors has no {EXECUTE}: without it, students' code "
            "would run beside the hidden tests."
        )
    place = autograde.index(EXECUTE)
    return {
        "sanitize": converter.sanitize_preprocessors + converter.autograde_preprocessors[:place],
        "record": converter.autograde_preprocessors[place + 1 :],
    }


def _name(step: Any) -> str:
    return step if isinstance(step, str) else f"{step.__module__}.{step.__qualname__}"


def process(
    steps: Sequence[Any], config: Config, notebook: str, names: Mapping[str, str]
) -> NotebookNode:
    """The notebook after the steps.

    nbconvert's exporter would copy and validate the whole notebook after each step; here it is
    validated once, when it is written.

    Args:
        steps: nbgrader preprocessors, or their dotted names.
        config: the course's configuration.
        notebook: the JSON text of a notebook.
        names: what nbgrader's preprocessors ask for: student, assignment, notebook, db_url.
    """
    resources = ResourcesDict(nbgrader=dict(names), metadata={"name": names["notebook"]})
    node = nbformat.reads(notebook, as_version=4)
    for step in steps:
        kind = import_item(step) if isinstance(step, str) else step
        node, resources = kind(config=config)(node, resources)
    return node
