"""nbgrader's preprocessors on one notebook: the lists of course_config.py, in three parts.

`nbgrader autograde` runs the same lists in the same order, so both give the same grades. Only the
middle part runs a student's code, and only it needs no gradebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from traitlets.config import Config

Part = Literal["sanitize", "execute", "record"]


def parts(config: Config) -> dict[Part, list[Any]]:
    """The configured preprocessors: before, up to and including, and after execution."""
    converter = Autograde(config=config)
    autograde = converter.autograde_preprocessors
    split = 1 + [str(step).endswith("Execute") for step in autograde].index(True)
    return {
        "sanitize": converter.sanitize_preprocessors,
        "execute": autograde[:split],
        "record": autograde[split:],
    }


def process(
    steps: Sequence[Any], config: Config, notebook: str, names: Mapping[str, str], path: str = ""
) -> str:
    """The notebook after the steps.

    Args:
        steps: nbgrader preprocessors, or their dotted names.
        config: the course's configuration.
        notebook: the JSON text of a notebook.
        names: what nbgrader's preprocessors ask for: student, assignment, notebook, db_url.
        path: the folder in which code runs.
    """
    config = Config(config)
    config.Exporter.default_preprocessors = []
    exporter = NotebookExporter(config=config)
    for step in steps:
        exporter.register_preprocessor(step)
    resources = {"nbgrader": dict(names), "metadata": {"path": path, "name": names["notebook"]}}
    text, _ = exporter.from_notebook_node(nbformat.reads(notebook, as_version=4), resources)
    return text
