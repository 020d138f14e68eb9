"""What of a graded notebook is put on the formgrader's page, so that nothing in it does anything.

The page belongs to a person who may change every score. What a student wrote, and what was shown by
any cell while the student's code ran, is made harmless here; how a cell's Markdown becomes harmless
HTML is `pages`' and `markup`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output

from autograder.reporting import markup

WHOSE = "autograder"  # the key of a cell's metadata that says whose it is
GIVEN, ANSWER, MODEL, OWN = "given", "answer", "model", "own"
# What an output may be. A widget and JavaScript are not among it: their text stands for them.
SHOWN = (
    *("text/plain", "text/html", "text/markdown", "text/latex"),
    *("image/svg+xml", "image/png", "image/jpeg"),
)


def notebook(graded: NotebookNode, whose: Callable[[NotebookNode], str]) -> NotebookNode:
    """A copy of a graded notebook with nothing but what is shown.

    Args:
        graded: is left as it is.
        whose: says of a cell whether it is GIVEN, an ANSWER that a person grades, the student's
            OWN, or "" for anything else.
    """
    known = {key: graded.metadata[key] for key in ("language_info",) if key in graded.metadata}
    cells = [_cell(cell, whose(cell)) for cell in graded.cells]
    return from_dict({**graded, "metadata": known, "cells": cells})


def _cell(cell: NotebookNode, whose: str) -> dict[str, Any]:
    """A cell: of its metadata nothing but nbgrader's, and whose it is."""
    shown: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": cell.get("id", ""),
        "metadata": {WHOSE: whose},
        "source": cell.source,
    }
    if "nbgrader" in cell.metadata:
        marks = cell.metadata.nbgrader
        name = escape(str(marks.get("grade_id", "")))  # the template puts it there as it is
        shown["metadata"]["nbgrader"] = {**marks, "grade_id": name}
    if cell.cell_type == "code":
        count = cell.get("execution_count")
        shown["execution_count"] = count if isinstance(count, int) else None
        shown["outputs"] = [_output(output) for output in cell.get("outputs", ())]
    elif cell.cell_type == "raw":  # nbconvert would take it for HTML
        shown |= {"cell_type": "markdown", "source": f"~~~~~~\n{cell.source}\n~~~~~~"}
    else:
        shown["attachments"] = cell.get("attachments", {})
    return shown


def _output(output: NotebookNode) -> NotebookNode:
    """An output, of all its forms those that do nothing."""
    kind = output.output_type
    if kind == "stream":
        return new_output(kind, name=output.name, text=output.text)
    if kind == "error":
        return new_output(kind, ename="", evalue="", traceback=output.traceback)
    data = {form: output.data[form] for form in SHOWN if form in output.data}
    if "text/html" in data:
        data["text/html"] = markup.harmless(data["text/html"])
        if not markup.is_visible(data["text/html"]):
            del data["text/html"]
    sizes = {form: _size(output.get("metadata", {}).get(form)) for form in data}
    return new_output("display_data", data=data, metadata=sizes)


def _size(metadata: Any) -> dict[str, int]:
    """The width and height of a picture."""
    given = metadata if isinstance(metadata, dict) else {}
    return {key: given[key] for key in ("width", "height") if isinstance(given.get(key), int)}
