"""What else a source notebook may hold of its solutions, when their text has been cleared.

nbgrader clears text and outputs. Pictures, the state of widgets and what editors keep in metadata
stay as they were; here only what is known to be harmless does.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from nbformat import NotebookNode

# `attachment:NAME` in a text, by itself or between < and >, where it may have spaces.
PICTURE = re.compile(r"<attachment:([^>\n]+)>|attachment:([^\s)\"'>]+)")
OF_NOTEBOOK = (
    {"kernelspec", "language_info", "orig_nbformat", "title", "authors", "celltoolbar"}
    | {"jupytext", "rise", "livereveal", "toc", "toc-autonumbering", "accelerator"}
)  # fmt: skip
OF_CELL = (
    {"nbgrader", "tags", "editable", "deletable", "collapsed", "scrolled", "jupyter", "vscode"}
    | {"slideshow", "format", "raw_mimetype", "hide_input", "init_cell", "cellView"}
)  # fmt: skip
LONGEST = 60  # characters of a text that an editor's settings have


def clear(notebook: NotebookNode) -> None:
    """Takes it out of a notebook in which solutions, hidden tests and mark schemes are cleared.

    Cells that nbgrader knows have no outputs afterwards, and no metadata but settings; any cell the
    pictures alone that its text shows.
    """
    _keep(notebook.metadata, OF_NOTEBOOK)
    for cell in notebook.cells:
        _clear_pictures(cell)
        if "nbgrader" in cell.metadata:
            others = {key for key, value in cell.metadata.items() if not _is_setting(value)}
            _keep(cell.metadata, OF_CELL - (others - {"nbgrader"}))
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None


def _clear_pictures(cell: NotebookNode) -> None:
    found = {unquote(between or plain) for between, plain in PICTURE.findall(cell.source)}
    pictures = {name: data for name, data in cell.pop("attachments", {}).items() if name in found}
    if pictures:
        cell.attachments = pictures


def _keep(metadata: NotebookNode, known: set[str]) -> None:
    for key in metadata.keys() - known:
        del metadata[key]


def _is_setting(value: Any) -> bool:
    """Whether a value of a cell's metadata is an editor's setting, and no text of somebody's."""
    if isinstance(value, dict):
        return all(map(_is_setting, value.values()))
    if isinstance(value, list):
        return all(map(_is_setting, value))
    return not isinstance(value, str) or len(value) <= LONGEST
