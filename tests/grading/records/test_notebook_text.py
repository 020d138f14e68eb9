"""A graded notebook's file is the one that nbformat writes."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from autograder.grading.records.notebook_text import text_of
from tests.course import ROOT


def odd() -> NotebookNode:
    """A notebook with what ordinary ones do not have."""
    bundle = {
        "text/plain": "a\r\nb\x85c\n",
        "image/svg+xml": "<svg>\n</svg>",
        "image/png": "aGk=\n",
        "application/json": {"b": [1, 2.5, None, True, [], {}], "a": "x\ny"},
        "application/javascript": "1\n2",
    }
    outputs = [
        new_output("stream", text="one\ntwo"),
        new_output("display_data", bundle, metadata={"image/png": {"width": 3}}),
        new_output("execute_result", bundle, execution_count=2),
        new_output("error", ename="E", evalue="v\nw", traceback=["\x1b[31mé", ""]),
    ]
    cells = [
        new_code_cell("x = 1\n\ny = '\u2028\"\\'", outputs=outputs, execution_count=1),
        new_code_cell("", metadata={"trusted": True, "tags": ["a"]}),
        new_markdown_cell("é 漢 😀\n", attachments={"a.png": {"image/png": "aGk="}}),
        new_raw_cell("---\n"),
    ]
    return new_notebook(cells=cells, metadata={"signature": "s", "orig_nbformat": 3, "k": {}})


def graded() -> list[Path]:
    """The notebooks that are bundled, and some that were graded."""
    folders = (ROOT / "source", ROOT / "release", ROOT / "tests" / "grading" / "course_4faadda")
    return sorted(path for folder in folders for path in folder.rglob("*.ipynb"))


@pytest.mark.parametrize("path", graded(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_notebook_is_written_as_nbformat_does(path: Path) -> None:
    """Byte by byte: whoever compares two files sees what has changed, and no other layout."""
    notebook = nbformat.read(path, as_version=4)
    assert text_of(notebook) == nbformat.writes(notebook)


def test_whatever_a_notebook_may_hold_is_written_so() -> None:
    """Line ends of every kind, bundles, attachments, what is not kept; it is not changed."""
    notebook = odd()
    before = nbformat.from_dict(notebook)
    assert text_of(notebook) == nbformat.writes(notebook)
    assert notebook == before
