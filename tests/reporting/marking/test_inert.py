"""Of a graded notebook nothing but what is shown is left, and none of that does anything."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

from autograder.reporting.marking import inert
from autograder.reporting.marking.inert import WHOSE

SCRIPT = "<script>document.title = 'run'</script>"
PLAIN = {"text/plain": "as text"}


def shown(cell: NotebookNode, **metadata: Any) -> NotebookNode:
    """What is left of a cell."""
    graded = new_notebook(cells=[cell], metadata=metadata)
    (left,) = inert.notebook(graded, lambda cell: "own").cells
    return left


def output(metadata: dict[str, Any] | None = None, **data: str) -> NotebookNode:
    """What is left of an output with these forms, "text_html" for text/html."""
    forms = {form.replace("_", "/", 1): text for form, text in data.items()}
    made = new_output("display_data", data={**forms, **PLAIN}, metadata=metadata or {})
    (left,) = shown(new_code_cell("show()", outputs=[made])).outputs
    return left


@pytest.mark.parametrize(
    "form",
    [
        *("application/javascript", "application/vnd.jupyter.widget-view+json"),
        *("application/vnd.plotly.v1+json", "text/vnd.mermaid", "application/pdf"),
    ],
)
def test_what_runs_is_left_out_and_its_text_stays(form: str) -> None:
    """JavaScript, widgets, and what only a program can draw."""
    assert output(**{form: "document.title = 'run'"}).data == PLAIN


def test_a_table_of_pandas_stays() -> None:
    """Without its script; what only a script would have filled is left out for its text."""
    table = '<table border="1" class="dataframe"><tbody><tr><td>1</td></tr></tbody></table>'
    assert (
        output(text_html=f"<div>{table}{SCRIPT}</div>").data["text/html"] == f"<div>{table}</div>"
    )
    assert output(text_html=f"<div id='plot'></div>{SCRIPT}").data == PLAIN


def test_pictures_and_formulas_stay() -> None:
    """Plots in both forms; a picture has a size, and no other metadata."""
    sizes = {"image/png": {"width": 30, "height": "x", "filename": "y"}, "isolated": True}
    left = output(sizes, image_png="AAAA", **{"image/svg+xml": "<svg/>"}, text_latex="$x$")
    assert left.data == {
        "text/latex": "$x$", "image/svg+xml": "<svg/>", "image/png": "AAAA", **PLAIN
    }  # fmt: skip
    assert left.metadata["image/png"] == {"width": 30}
    assert not any(left.metadata.get(form) for form in left.metadata if form != "image/png")


def test_an_output_is_in_no_frame_of_its_own() -> None:
    """Which would run what is in it."""
    left = output({"text/html": {"isolated": True}}, text_html="<b>x</b>")
    assert left.metadata["text/html"] == {}


def test_what_is_printed_and_what_is_raised_stays() -> None:
    """Text is nbconvert's to make harmless."""
    printed = new_output("stream", text="\x1b[31mred")
    raised = new_output("error", ename="E", evalue="x", traceback=["line"])
    left = shown(new_code_cell("f()", outputs=[printed, raised], execution_count=3))
    assert left.execution_count == 3
    assert [each.get("text") or each.traceback for each in left.outputs] == [
        "\x1b[31mred",
        ["line"],
    ]


def test_raw_text_is_text() -> None:
    """nbconvert would show it as HTML."""
    left = shown(new_raw_cell("<b>x</b>", metadata={"raw_mimetype": "text/html"}))
    assert (left.cell_type, left.source) == ("markdown", "~~~~~~\n<b>x</b>\n~~~~~~")


def test_metadata_says_nothing_but_whose_a_cell_is() -> None:
    """A widget's state in the notebook's, or a note that a cell is not to be shown."""
    cell = new_markdown_cell("x", metadata={"transient": {"remove_source": True}, WHOSE: "model"})
    assert shown(cell).metadata == {WHOSE: "own"}
    state = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    graded = new_notebook(metadata={"widgets": state, "language_info": {"name": "python"}})
    assert inert.notebook(graded, str).metadata == {"language_info": {"name": "python"}}
