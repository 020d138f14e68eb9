"""The outputs of a cell, as nbformat has them: gathered up to a limit, and believed if well formed.

nbformat/v4/nbformat.v4.schema.json says what they are. Nothing here imports IPython: both sides
speak of outputs.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from autograder.isolation.errors import WireError
from autograder.isolation.wire import MAX_JSON_BYTES
from autograder.words import line, lines

Output = dict[str, Any]

STREAM_BYTES = 60  # of JSON around the text of a stream
ERROR_BYTES = 1 << 17  # of an error that is kept when all other output is dropped
MOST = 1000  # outputs of a cell
MOST_STEPS = 200  # of a traceback, each in an entry of its own
CONTROL = re.compile(r"(?!\x1b\[[0-9;]*m)[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WIDGET = "application/vnd.jupyter.widget-view+json"
MAX_DEPTH = 50  # of JSON in an output: what reads notebooks follows it by recursion


@dataclass
class Outputs:
    """The outputs of one cell, as nbformat has them, up to a number of bytes.

    What comes after is dropped, and `full` says so.
    """

    limit_bytes: int
    items: list[Output] = field(default_factory=list)
    full: bool = False
    updates: dict[str, Output] = field(default_factory=dict)  # of earlier cells' outputs, by id
    _bytes: int = 0
    _clear: bool = False

    def add(self, output: Output, display_id: Any = None) -> None:
        """Adds an output if there is room; an error is added even where there is none."""
        output = _shallow(output)
        size, error = len(json.dumps(output)), output["output_type"] == "error"
        if self._fits(size) or (error and size < ERROR_BYTES):
            self._clear_if_waiting()
            if display_id is not None:
                self._replace(output, display_id)
            self.items.append(output if display_id is None else {**output, "id": display_id})

    def write(self, name: str, text: str) -> None:
        """Text of a stream, joined to what is there of it."""
        if self.full:
            return
        self._clear_if_waiting()
        last = self.items[-1] if self.items else {}
        joins = last.get("output_type") == "stream" and last["name"] == name
        around = STREAM_BYTES if last and not joins else 0
        left = max(self.limit_bytes - self._bytes - around, 0)
        if not self._fits(json_bytes(text) + around):
            text = _cut(text, left)
        if not text:
            return
        if joins:
            last["parts"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "parts": [text]})

    def update(self, output: Output, display_id: Any) -> None:
        """New data for the output of that id, as a progress bar gives."""
        output = _shallow(output)
        if self._fits(len(json.dumps(output))):
            self._replace(output, display_id)
            self.updates[str(display_id)] = output

    def displays(self) -> dict[str, list[int]]:
        """Which of the outputs have an id, by which a later cell may update them."""
        found: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            if "id" in item:
                found.setdefault(str(item["id"]), []).append(place)
        return found

    def clear(self, wait: bool) -> None:
        """Forgets the outputs so far; with `wait`, when the next one comes."""
        self._clear = True
        if not wait:
            self._clear_if_waiting()

    def printed(self) -> str:
        """The text of its streams."""
        return "".join(part for item in self.items for part in item.get("parts", ()))

    def finished(self) -> list[Output]:
        """The outputs as nbformat stores them."""
        done = []
        for item in self.items:
            plain = {key: value for key, value in item.items() if key not in ("id", "parts")}
            if "parts" in item:
                plain["text"] = "".join(item["parts"])
            done.append(plain)
        return done

    def _fits(self, size: int) -> bool:
        self._bytes += size
        self.full = self.full or self._bytes > self.limit_bytes or len(self.items) >= MOST
        return not self.full

    def _replace(self, output: Output, display_id: Any) -> None:
        for item in self.items:
            if item.get("id") == display_id:
                item.update(data=output["data"], metadata=output["metadata"])

    def _clear_if_waiting(self) -> None:
        if self._clear:
            self.items.clear()
            self._clear, self._bytes = False, 0


def error_output(ename: str, text: str) -> Output:
    """An error that is told in a few words."""
    text = lines(text)
    return {"output_type": "error", "ename": ename, "evalue": text, "traceback": [text]}


def is_out_of_memory(kind: object, text: object) -> bool:
    """Whether an error says that memory ran out: Python's, numpy's or torch's."""
    return str(kind).endswith("MemoryError") or "t allocate memory" in str(text)


def ran_out_of_memory(outputs: Iterable[Output]) -> bool:
    """Whether a cell that showed this has ended because memory ran out."""
    return any(is_out_of_memory(output.get("ename"), output.get("evalue")) for output in outputs)


def json_bytes(text: str) -> int:
    """What a text takes in JSON, without its quotes."""
    return len(json.dumps(text)) - 2


def _cut(text: str, limit_bytes: int) -> str:
    """As much of a text as takes no more than so many bytes of JSON."""
    count = limit_bytes
    while (size := json_bytes(text[:count])) > limit_bytes:
        count = count * limit_bytes // size
    return text[:count]


def as_text(data: dict[str, Any]) -> dict[str, Any]:
    """A bundle of MIME types as a notebook has it: bytes, such as a plot's, in base64."""
    return {kind: _as_text(kind, value) for kind, value in data.items()}


def _as_text(kind: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if kind.endswith("json") or isinstance(value, list) else str(value)


def kept(outputs: list[Output], limit_bytes: int) -> list[Output]:
    """The outputs; an error in their place where the other side would refuse them as malformed."""
    try:
        return checked(outputs, limit_bytes)
    except WireError as error:
        return [error_output("OutputError", f"What this cell showed can't be kept: {error}.")]


def update(
    shown: dict[str, list[Output]], updates: Any, displays: Any, outputs: list[Output], most: int
) -> None:
    """Gives outputs of earlier cells their new data, and learns which of a cell's have an id.

    Args:
        shown: the outputs so far that have an id, by it; changed in place.
        updates: what an untrusted process sent: an output by the id of those that it updates.
        displays: the same: places among the outputs of this cell, by their id.
        outputs: of this cell.
        most: bytes of all that is changed.

    Raises:
        WireError: it makes no sense.
    """
    try:
        for display_id, new in ((_text(key), _checked(value)) for key, value in updates.items()):
            most -= len(json.dumps(new)) * len(shown.get(display_id, ()))
            for output in shown.get(display_id, ()) if most >= 0 else ():
                output.update(data=new["data"], metadata=new["metadata"])
        for display_id, places in displays.items():
            found = [outputs[_count(place)] for place in places[:MOST]]
            shown.setdefault(display_id, []).extend(o for o in found if "data" in o)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise WireError(f"no updates: {type(error).__name__}") from None


def checked(outputs: Any, limit_bytes: int = MAX_JSON_BYTES) -> list[Output]:
    """The outputs that an untrusted process sent, with what the format knows and nothing else.

    Raises:
        WireError: they are no outputs, or more than `Outputs` gathers.
    """
    try:
        if len(outputs) > MOST + 1:
            raise WireError("more outputs than are kept")
        found = [_checked(output) for output in outputs]
        if len(json.dumps(found, separators=(",", ":"))) > limit_bytes + ERROR_BYTES:
            raise WireError("larger outputs than are kept")
        return found
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise WireError(f"no outputs: {type(error).__name__}") from None


def _checked(output: Any) -> Output:
    kind = output["output_type"]
    if kind == "stream" and output["name"] in ("stdout", "stderr"):
        return {"output_type": kind, "name": output["name"], "text": _text(output["text"])}
    if kind == "error":
        trace = [_coloured(_text(step)) for step in output["traceback"][-MOST_STEPS:]]
        names = {"ename": line(_text(output["ename"])), "evalue": lines(_text(output["evalue"]))}
        return {"output_type": kind, **names, "traceback": trace}
    if kind in ("display_data", "execute_result"):
        data = {_text(name): _data(name, value) for name, value in output["data"].items()}
        if not isinstance(data.get(WIDGET, {}), dict):
            del data[WIDGET]
        bundle = {"output_type": kind, "data": data, "metadata": _metadata(output["metadata"])}
        if kind == "execute_result":
            bundle["execution_count"] = _count(output["execution_count"])
        return bundle
    raise ValueError("no kind of output")


def _metadata(value: Any) -> dict[str, Any]:
    """What a page can be made with: an object under a MIME type, and no names of files."""
    return {
        name: content
        for name, content in dict(_shallow(value)).items()
        if name != "filenames" and ("/" not in name or isinstance(content, dict))
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _data(kind: str, value: Any) -> Any:
    """What stands under a MIME type: JSON under one of JSON, text or lines under any other."""
    if kind.endswith("json"):
        return _shallow(value)
    return [_text(line) for line in value] if isinstance(value, list) else _text(value)


def _coloured(text: str) -> str:
    """A text whose only control characters are line ends, tabs and what begins a colour."""
    return CONTROL.sub("?", text)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("no count")
    return value


def _shallow(value: Any, depth: int = 0) -> Any:
    """The value without what is nested too deep, or what only Python reads: NaN, Infinity."""
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, list):
        return [_shallow(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: _shallow(item, depth + 1) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
