"""A graded notebook as its file has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

from nbformat import NotebookNode

# Of a mimebundle, what nbformat writes line by line beside text.
IN_LINES = ("application/javascript", "image/svg+xml")
NOT_KEPT = {"orig_nbformat", "orig_nbformat_minor", "signature"}  # of a notebook's metadata
START = "\n"  # of a line; those of what is inside something are indented by one space more


def text_of(notebook: NotebookNode) -> str:
    """A notebook of format 4 as `nbformat.writes` writes it, in a third of the time.

    That copies the notebook, and Python's JSON is slow at indenting. Nothing is validated here.
    """
    metadata = {key: value for key, value in notebook.metadata.items() if key not in NOT_KEPT}
    cells = [_cell(cell) for cell in notebook.cells]
    return _encoded({**notebook, "metadata": metadata, "cells": cells}, START)


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """A cell with its texts as lists of lines."""
    metadata = {key: value for key, value in cell["metadata"].items() if key != "trusted"}
    lined = {**cell, "metadata": metadata, "source": _lines(cell["source"])}
    if "attachments" in cell:
        pictures = cell["attachments"].items()
        lined["attachments"] = {name: _bundle(content) for name, content in pictures}
    if cell["cell_type"] == "code":
        lined["outputs"] = [_output(output) for output in cell["outputs"]]
    return lined


def _output(output: Mapping[str, Any]) -> Mapping[str, Any]:
    if output["output_type"] == "stream":
        return {**output, "text": _lines(output["text"])}
    return {**output, "data": _bundle(output["data"])} if "data" in output else output


def _bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        kind: _lines(value) if kind.startswith("text/") or kind in IN_LINES else value
        for kind, value in data.items()
    }


def _lines(text: Any) -> Any:
    return text.splitlines(keepends=True) if isinstance(text, str) else text


def _encoded(value: Any, line: str) -> str:
    """A value as JSON; `line` is how a line starts on which it ends."""
    if isinstance(value, str):
        return encode_basestring(value)
    inside = f"{line} "
    if isinstance(value, dict) and value:
        entries = (f"{encode_basestring(k)}: {_encoded(value[k], inside)}" for k in sorted(value))
        return _joined("{", entries, line, "}")
    if isinstance(value, list) and value:
        if {str}.issuperset(map(type, value)):  # lines, as most of a notebook is
            return _joined("[", map(encode_basestring, value), line, "]")
        return _joined("[", (_encoded(entry, inside) for entry in value), line, "]")
    return json.dumps(value)


def _joined(opening: str, parts: Iterable[str], line: str, closing: str) -> str:
    return f"{opening}{line} {f',{line} '.join(parts)}{line}{closing}"
