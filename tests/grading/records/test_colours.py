"""Outputs that are cheap to show, and steer no terminal."""

from __future__ import annotations

import time

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.grading.records import colours

TRACEBACK = "\x1b[0;31mValueError\x1b[0m: no\tnumber\n"


def tamed(*outputs: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The outputs of a cell that has these."""
    notebook = new_notebook(cells=[new_code_cell(outputs=list(outputs))])
    colours.tame(notebook)
    return list(notebook.cells[0].outputs)


def test_an_ordinary_output_stays_as_it_is() -> None:
    """Coloured tracebacks, text, tables, pictures and data of the kit's own are not touched."""
    data = {
        "text/plain": "tensor(1.)",
        "text/html": "<b>1</b>",
        "image/png": "iVBO",
        "application/json": {},
    }
    outputs = [
        new_output("error", ename="ValueError", evalue="no", traceback=[TRACEBACK]),
        new_output("stream", text=TRACEBACK),
        new_output("display_data", data=data),
    ]
    assert tamed(*map(nbformat.from_dict, outputs)) == outputs


def test_what_steers_a_terminal_is_taken_out() -> None:
    """Titles, moves of the cursor, bells and the like, in every text that is shown."""
    text = "a\x1b]0;title\x07b\x1b[2Jc\x07\x08d\x1b\x9b1me\x1b[f"
    stream, error, data = tamed(
        new_output("stream", text=text),
        new_output("error", ename=text, evalue=text, traceback=[text]),
        new_output("display_data", data={"text/plain": text, "text/html": [text]}),
    )
    assert stream.text == "abcd1me"
    assert (error.ename, error.evalue, error.traceback) == ("abcd1me", "abcd1me", ["abcd1me"])
    assert data.data == {"text/plain": "abcd1me", "text/html": ["abcd1me"]}


def test_very_many_colours_are_cheap_to_convert() -> None:
    """A page of 255,000 sequences takes seconds, not half a minute: of so many some are kept."""
    outputs = [new_output("stream", text="\x1b[m" * 255_000 + "x")]
    outputs += [new_output("stream", text=f"{n}\x1b[31mx" * 1000) for n in range(90)]
    notebook = new_notebook(cells=[new_code_cell(outputs=outputs)])
    colours.tame(notebook)
    assert sum(o.text.count("\x1b") for o in notebook.cells[0].outputs) == colours.MOST
    start = time.process_time()
    HTMLExporter().from_notebook_node(notebook)
    assert time.process_time() - start < 10


def test_long_runs_of_half_sequences_are_read_once() -> None:
    """No text makes the reading slow."""
    start = time.process_time()
    for text in ("\x1b[0;", "\x1b]", "\x1b[" + ";" * 41 + "\x1b", "\x9b"):
        tamed(new_output("stream", text=text * 200_000))
    assert time.process_time() - start < 10
