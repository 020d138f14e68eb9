"""Outputs are gathered up to a limit, and believed only as far as nbformat knows them."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.isolation.errors import WireError
from autograder.isolation.outputs import (
    MOST,
    Output,
    Outputs,
    as_text,
    checked,
    error_output,
    json_bytes,
    kept,
    update,
)
from autograder.isolation.wire import MAX_JSON_BYTES

STREAM = {"output_type": "stream", "name": "stdout", "text": "one\n"}
ERROR = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]}
DISPLAY = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
RESULT = {**DISPLAY, "output_type": "execute_result", "execution_count": 3}


def display(text: str) -> Output:
    """An output that shows a text."""
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}


def stored(outputs: list[Output]) -> list[Output]:
    """The outputs as a notebook's file has them; an error where it is no notebook."""
    cell = new_code_cell()
    notebook = new_notebook(cells=[cell])
    cell.outputs = nbformat.from_dict(outputs)
    text = nbformat.writes(notebook)
    text.encode()
    nbformat.validate(json.loads(text))
    return nbformat.reads(text, 4).cells[0].outputs


# Gathering


def test_text_of_a_stream_is_joined() -> None:
    """What is written to one stream is one output until the other is written to."""
    outputs = Outputs(1000)
    for name, text in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")]:
        outputs.write(name, text)

    assert outputs.finished() == [
        {"output_type": "stream", "name": "stdout", "text": "ab"},
        {"output_type": "stream", "name": "stderr", "text": "c"},
        {"output_type": "stream", "name": "stdout", "text": "d"},
    ]
    assert not outputs.full


def test_text_past_the_limit_is_cut() -> None:
    """The beginning is kept, `full` says that it is not all, and nothing comes after."""
    outputs = Outputs(200)
    outputs.write("stdout", "a" * 100)
    outputs.write("stdout", "b" * 1000)
    outputs.write("stdout", "c")
    outputs.add(DISPLAY)
    (stream,) = outputs.finished()

    assert stream["text"].startswith("a" * 100 + "b")
    assert set(stream["text"]) == {"a", "b"}
    assert len(stream["text"]) <= 200
    assert outputs.full


@pytest.mark.parametrize("text", ["a\n" * 5000, "é" * 5000, "\0" * 50 + "a" * 9000])
def test_one_long_text_is_kept_nearly_up_to_the_limit(text: str) -> None:
    """Whatever its characters take in JSON, a print that is too long loses its end alone."""
    outputs = Outputs(6000)
    outputs.write("stdout", text)
    (stream,) = outputs.finished()
    assert text.startswith(stream["text"])
    assert 4000 < json_bytes(stream["text"]) <= 6000


def test_an_output_past_the_limit_is_dropped() -> None:
    """A rich output is kept whole or not at all."""
    outputs = Outputs(200)
    outputs.add(display("a"))
    outputs.add(display("b" * 200))

    assert outputs.finished() == [display("a")]
    assert outputs.full


def test_nothing_written_is_no_output() -> None:
    """An empty text makes no output."""
    outputs = Outputs(10)
    outputs.write("stdout", "")

    assert outputs.finished() == []


def test_an_output_is_updated_by_its_id() -> None:
    """New data takes the place of the old in every output of that id, and of no other."""
    outputs = Outputs(1000)
    outputs.add(display("a"), "one")
    outputs.add(display("b"), "two")
    outputs.add(display("c"), "one")
    outputs.add(display("d"))
    outputs.update(display("new"), "one")
    outputs.update(display("none"), "three")

    assert outputs.finished() == [display("new"), display("b"), display("new"), display("d")]


@pytest.mark.parametrize("wait", [False, True], ids=["now", "when-the-next-comes"])
def test_outputs_are_cleared(wait: bool) -> None:
    """`clear_output` forgets what was there, at once or when something new comes."""
    outputs = Outputs(1000)
    outputs.write("stdout", "old")
    outputs.clear(wait)
    assert bool(outputs.finished()) is wait
    outputs.add(DISPLAY)

    assert outputs.finished() == [DISPLAY]


def test_what_is_cleared_is_not_counted() -> None:
    """A loop that clears what it showed before may go on for ever."""
    outputs = Outputs(1000)
    for _ in range(300):
        outputs.write("stdout", "12345")
        outputs.clear(False)

    assert not outputs.full


def test_bytes_of_a_bundle_become_text() -> None:
    """A plot's bytes are in base64, and all else is as it was."""
    bundle = as_text({"image/png": b"\x89PNG", "text/plain": "p", "application/json": {"a": 1}})

    assert bundle == {"image/png": "iVBORw==", "text/plain": "p", "application/json": {"a": 1}}


def letters(outputs: Outputs) -> None:
    """Letters that take six bytes each in JSON."""
    outputs.write("stdout", "š" * 3_000_000)


def faces(outputs: Outputs) -> None:
    """Signs that take twelve."""
    for _ in range(3_000):
        outputs.write("stdout", "\U0001f600" * 1000)


def nuls(outputs: Outputs) -> None:
    """A binary file on the screen."""
    outputs.write("stderr", "\0" * 3_000_000)


def turns(outputs: Outputs) -> None:
    """Two streams in turn: the frame of an output is larger than its text."""
    for _ in range(200_000):
        outputs.write("stdout", ".")
        outputs.write("stderr", ".")


def displays(outputs: Outputs) -> None:
    """Many small displays."""
    for _ in range(50_000):
        outputs.add(DISPLAY)


@pytest.mark.parametrize("flood", [letters, faces, nuls, turns, displays])
def test_what_is_kept_fits_into_a_message(flood: Callable[[Outputs], None]) -> None:
    """At the largest limit that a course can set, whatever is printed can be sent."""
    outputs = Outputs(3 << 20)  # c.Sandbox.output_kib is 3072 at most
    flood(outputs)

    assert outputs.full
    text = json.dumps({"outputs": outputs.finished(), "id": 1}, separators=(",", ":"))
    assert len(text) < MAX_JSON_BYTES


# Believing


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(STREAM, id="stream"),
        pytest.param({**STREAM, "name": "stderr"}, id="stderr"),
        pytest.param(ERROR, id="error"),
        pytest.param(DISPLAY, id="display"),
        pytest.param({**DISPLAY, "data": {"application/json": {"a": [1, None]}}}, id="json"),
        pytest.param({**DISPLAY, "metadata": {"image/png": {"width": 3}}}, id="metadata"),
        pytest.param(RESULT, id="result"),
    ],
)
def test_well_formed_outputs_are_believed(output: Output) -> None:
    """An output that nbformat knows stays as it is."""
    assert checked([output, output]) == [output, output]
    assert stored(checked([output])) == [output]


@pytest.mark.parametrize(
    "output", [STREAM, ERROR, DISPLAY, RESULT], ids=["stream", "error", "display", "result"]
)
def test_what_the_format_does_not_know_is_left_out(output: Output) -> None:
    """A key that no output has does not come through."""
    assert checked([{**output, "transient": {}, "score": 5}]) == [output]


def test_what_no_page_can_be_made_with_is_left_out() -> None:
    """Metadata of a picture that is no object, the name of a file, a widget without a view."""
    metadata = {"image/png": 5, "filenames": {"image/png": "/etc/passwd"}, "collapsed": True}
    widget = {"application/vnd.jupyter.widget-view+json": "no view", "text/plain": "x"}
    (output,) = checked([{**DISPLAY, "data": widget, "metadata": metadata}])
    assert output == {**DISPLAY, "data": {"text/plain": "x"}, "metadata": {"collapsed": True}}


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param(None, id="none"),
        pytest.param(1, id="number"),
        pytest.param("stream", id="text"),
        pytest.param({"output_type": "stream"}, id="object"),
        pytest.param([None], id="list-of-none"),
        pytest.param([[]], id="list-of-lists"),
        pytest.param([{}], id="no-kind"),
        pytest.param([{**STREAM, "output_type": "pyout"}], id="old-kind"),
        pytest.param([{**STREAM, "output_type": ["stream"]}], id="kind-is-a-list"),
        pytest.param([{**STREAM, "name": "stdin"}], id="another-stream"),
        pytest.param([{**STREAM, "name": {}}], id="stream-is-an-object"),
        pytest.param([{**STREAM, "text": ["a"]}], id="text-is-a-list"),
        pytest.param([{**STREAM, "text": None}], id="no-text"),
        pytest.param([{**ERROR, "traceback": 5}], id="traceback-is-a-number"),
        pytest.param([{**ERROR, "traceback": [1]}], id="traceback-of-numbers"),
        pytest.param([{**ERROR, "ename": None}], id="no-name"),
        pytest.param([{"output_type": "error", "ename": "E"}], id="half-an-error"),
        pytest.param([{**DISPLAY, "data": []}], id="data-is-a-list"),
        pytest.param([{**DISPLAY, "data": {"text/plain": 5}}], id="text-is-a-number"),
        pytest.param([{**DISPLAY, "data": {"text/html": {"a": 1}}}], id="html-is-an-object"),
        pytest.param([{**DISPLAY, "data": {"image/png": None}}], id="image-is-nothing"),
        pytest.param([{**DISPLAY, "data": {"text/plain": ["a", 1]}}], id="lines-and-numbers"),
        pytest.param([{**DISPLAY, "metadata": None}], id="no-metadata"),
        pytest.param([{**RESULT, "execution_count": "x"}], id="count-is-text"),
        pytest.param([{**RESULT, "execution_count": None}], id="no-count"),
        pytest.param([{**RESULT, "execution_count": []}], id="count-is-a-list"),
        pytest.param([{**RESULT, "execution_count": math.inf}], id="count-is-infinite"),
        pytest.param([{**RESULT, "execution_count": math.nan}], id="count-is-no-number"),
        pytest.param([{**RESULT, "execution_count": -1}], id="count-is-negative"),
        pytest.param([STREAM, {**STREAM, "name": 1}], id="the-second"),
    ],
)
def test_malformed_outputs_are_an_error(outputs: Any) -> None:
    """What is no output is the other side's error, with its kind alone."""
    with pytest.raises(WireError, match=r"^no outputs: \w+$"):
        checked(outputs)


def nested(depth: int) -> Any:
    """Lists in lists."""
    deep: Any = []
    for _ in range(depth):
        deep = [deep]
    return deep


@pytest.mark.parametrize("place", ["data", "metadata"])
@pytest.mark.parametrize("depth", [20, 100, 300, 600, 900, 960])
def test_no_depth_of_data_breaks_the_reader_or_the_file(place: str, depth: int) -> None:
    """Data of any depth that JSON can have is an output that a file can hold, or an error."""
    deep = {"application/json": nested(depth)}
    with suppress(WireError):
        stored(checked([{**DISPLAY, place: deep}]))


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 10**4000, -0.0], ids=["nan", "inf", "huge", "zero"]
)
def test_odd_numbers_in_data_can_be_stored(value: float) -> None:
    """JSON data may have any number; what a browser's JSON has none for becomes a text."""
    with suppress(WireError):
        outputs = checked([{**DISPLAY, "data": {"application/json": value}}])
        stored(outputs)
        json.loads(json.dumps(outputs), parse_constant=pytest.fail)


def everywhere(tree: Any, junk: Any) -> list[Any]:
    """The trees with one part of it, each in turn, replaced."""
    changed = [junk]
    if isinstance(tree, list):
        for n in range(len(tree)):
            changed += [[*tree[:n], part, *tree[n + 1 :]] for part in everywhere(tree[n], junk)]
    elif isinstance(tree, dict):
        for key in tree:
            changed += [{**tree, key: part} for part in everywhere(tree[key], junk)]
            changed += [{k: v for k, v in tree.items() if k != key}]
    return changed


JUNK = [None, True, -1, 2**70, 0.5, 1e300, math.inf, math.nan, "", "x", [], ["x"], [1], {}]
JUNK += [{"a": 1}, {"text/plain": 1}, [["text/plain", "x"]], "stream", "error"]


@pytest.mark.parametrize(
    "output", [STREAM, ERROR, DISPLAY, RESULT], ids=["stream", "error", "display", "result"]
)
def test_whatever_is_believed_is_a_notebook(output: Output) -> None:
    """With anything anywhere in an output, it is an error, or nbformat's schema allows it."""
    for junk in JUNK:
        for changed in everywhere([output], junk):
            with suppress(WireError):
                stored(checked(changed))


def test_many_outputs_at_random_are_a_notebook_or_an_error() -> None:
    """Outputs with several changes at once, too."""
    random_ = random.Random(0)
    for _ in range(300):
        changed: Any = [dict(random_.choice([STREAM, ERROR, DISPLAY, RESULT])) for _ in range(2)]
        for _ in range(2):
            part = random_.choice(changed)
            part[random_.choice(list(part))] = random_.choice(JUNK)
        with suppress(WireError):
            stored(checked(changed))


def test_an_error_is_printable_but_for_colours() -> None:
    """Its name is a line and its text a page; a traceback keeps its colours and its last steps."""
    wild = "\x1b[2J\x07" + "spoof\n" * 8000
    steps = [f"\x1b[31m{n}\x1b[0m\n\tx\x07\x1b]0;t" for n in range(10_000)]
    [error] = checked([{"output_type": "error", "ename": wild, "evalue": wild, "traceback": steps}])
    assert error["ename"].isprintable()
    assert len(error["ename"]) <= 500
    assert "\x1b" not in error["evalue"]
    assert len(error["evalue"]) <= 2001
    assert len(error["traceback"]) == 200
    assert error["traceback"][-1] == "\x1b[31m9999\x1b[0m\n\tx??]0;t"


def test_an_error_of_a_few_words_is_printable() -> None:
    """What is told in the kit's words may hold a text of the student's."""
    output = error_output("ValueError", "\x1b[2J" + "spoof\n" * 8000)
    assert output["evalue"].startswith("?[2Jspoof\nspoof")
    assert len(output["evalue"]) <= 2001
    assert output["traceback"] == [output["evalue"]]


# Updates of earlier cells


def test_a_later_cell_updates_what_has_the_id() -> None:
    """Every earlier output of the id gets the new data, in place, and no other does."""
    first, other = [display("a"), STREAM.copy(), display("b")], [display("c")]
    shown: dict[str, list[Output]] = {}
    update(shown, {}, {"x": [0, 2]}, first, 1000)
    update(shown, {}, {"y": [0]}, other, 1000)
    update(shown, {"x": display("new"), "z": display("z")}, {}, [], 1000)
    assert first == [display("new"), STREAM, display("new")]
    assert other == [display("c")]


def test_an_update_of_many_outputs_is_bounded() -> None:
    """What would be more together than a cell may show changes nothing."""
    outputs = [display("a") for _ in range(9)]
    shown: dict[str, list[Output]] = {}
    update(shown, {}, {"x": list(range(9))}, outputs, 1000)
    update(shown, {"x": display("n" * 500)}, {}, [], 1000)
    assert outputs == [display("a")] * 9


@pytest.mark.parametrize(
    ("updates", "displays"),
    [
        (7, {}),
        ({"x": 7}, {}),
        ({"x": STREAM}, {}),
        ({"x": ERROR}, {}),
        ({}, 7),
        ({}, {"x": 7}),
        ({}, {"x": [9]}),
        ({}, {"x": [-1]}),
        ({}, {"x": ["0"]}),
    ],
)
def test_updates_that_make_no_sense_are_refused(updates: Any, displays: Any) -> None:
    """What an untrusted process says of updates is an error of its own, or nothing."""
    shown = {"x": [display("a")]}
    with pytest.raises(WireError):
        update(shown, updates, displays, [display("b")], 1000)


# Its own outputs


@pytest.mark.parametrize(
    "outputs",
    [
        [{**ERROR, "ename": 5}],
        [ERROR] * (MOST + 2),
        [display("x" * 200_000)] * 2,
        [{"output_type": "nothing"}],
    ],
    ids=["no-text", "many", "large", "no-kind"],
)
def test_what_would_not_be_believed_is_said_in_words(outputs: list[Output]) -> None:
    """A kernel does not send what would end it: the cell has an error of one line."""
    [error] = kept(outputs, 1000)
    assert error["ename"] == "OutputError"
    assert error["evalue"].startswith("What this cell showed can't be kept: ")


def test_what_would_be_believed_is_sent() -> None:
    """Ordinary outputs are sent as they are."""
    assert kept([STREAM, ERROR, DISPLAY, RESULT], 1000) == [STREAM, ERROR, DISPLAY, RESULT]
