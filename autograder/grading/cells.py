"""The cells of a file that was handed in, whatever editor, browser or hand it comes from.

Taken of a cell are its text, kind, id, pictures and nbgrader's marks: no output is believed, and
nothing of the notebook's own metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.grading import definitions
from autograder.grading.definitions import Definitions

MOST_BYTES = 64 << 20
MOST_CELLS = 5000
KINDS = ("code", "markdown", "raw")
NOTEBOOK = ".ipynb"
SCRIPTS = (".py", ".txt")
NO_NOTEBOOKS = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive", b"<": "a web page"}
# What nbconvert, Spyder and VS Code write where a cell begins.
CELL_TITLE = re.compile(r"^# (?:In\[[\d *]*\]:|%%.*|<codecell>)[ ]*$", re.MULTILINE)
LOST = "\ufffd"  # as decoding writes it, where a byte is no character
IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")


class UnreadableError(Exception):
    """A file holds no cells; the text says why, and follows the file's name."""


@dataclass(frozen=True, eq=False)
class Document:
    """What a file holds; `format` is nbformat's major number where the file has another than 4."""

    cells: Sequence[Cell]
    format: str = ""


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell as it was handed in.

    Args:
        kind: "code", "markdown" or "raw".
        text: its source, lines ending in newlines alone.
        id: nbformat's, or "".
        marks: nbgrader's metadata: grade_id, points and the like; empty where there is none.
        pictures: those in a markdown cell, by name.
        parted_from: the grade_id of the course's cell of which it was a part before
            `locked.parted`, or "".
        parse: False where what it defines is to be looked for without parsing it.
    """

    kind: str
    text: str
    id: str = ""
    marks: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)
    parted_from: str = ""
    parse: bool = True

    @property
    def grade_id(self) -> str:
        found = self.marks.get("grade_id")
        return found if isinstance(found, str) else ""

    @cached_property
    def stripped(self) -> str:
        """Its text without the space around it."""
        return self.text.strip()

    @property
    def damaged(self) -> bool:
        """Whether it has characters that no text can have."""
        return LOST in self.text

    @cached_property
    def defines(self) -> Definitions:
        """What it defines at its top level, even where it is no Python."""
        return definitions.read(self.text, self.parse)

    @property
    def names(self) -> frozenset[str]:
        """The functions and variables that it defines."""
        return self.defines.names

    @property
    def runs(self) -> bool:
        """Whether it is Python, its magics aside."""
        return self.defines.runs


def read(path: Path) -> Document:
    """What a notebook file holds, or a script that was made from one.

    Raises:
        UnreadableError: it has none.
        OSError: it can't be opened.
    """
    data = _content(path)
    for beginning, kind in NO_NOTEBOOKS.items():
        if data.lstrip().startswith(beginning):
            raise UnreadableError(f"is {kind}, not a notebook")
    text = data.decode(json.detect_encoding(data), "replace")
    try:
        document = json.loads(text, strict=False, parse_int=_number)
    except RecursionError:
        raise UnreadableError("is nested too deeply for a notebook") from None
    except json.JSONDecodeError as error:
        if path.suffix.lower() in SCRIPTS and not is_notebook(path.name):
            parts = CELL_TITLE.split(text)
            return Document([Cell("code", _clean(part).strip("\n")) for part in parts])
        raise UnreadableError(f"is cut off or damaged ({error})") from None
    entries = _entries(document)
    if len(entries) > MOST_CELLS:
        raise UnreadableError(f"has {len(entries):,} cells; at most {MOST_CELLS:,} are read")
    return Document([_cell(entry) for entry in entries], _other_format(document))


def is_notebook(name: str) -> bool:
    """Whether a file is one by its name: browsers add to the ending, and capitals are as good."""
    return NOTEBOOK in name.lower()


def _number(digits: str) -> float:
    """A whole number of a file, none of which has to be exact: Python reads no endless ones."""
    return int(digits) if len(digits) < 100 else float("inf")


def _other_format(document: Any) -> str:
    number = document.get("nbformat", 4) if isinstance(document, dict) else 4
    said = str(number) if isinstance(number, int) and 0 < number < 100 else "?"
    return "" if said == "4" else said


def _content(path: Path) -> bytes:
    if path.is_symlink():
        raise UnreadableError("is a link to another file")
    if not path.is_file():
        raise UnreadableError("is a folder" if path.is_dir() else "is no ordinary file")
    if (size := path.stat().st_size) > MOST_BYTES:
        limit = MOST_BYTES >> 20
        raise UnreadableError(f"has {size >> 20} MiB; at most {limit} are read: clear its outputs")
    if not (data := path.read_bytes()).strip():
        raise UnreadableError("is empty")
    return data


def _entries(document: Any) -> list[Mapping[str, Any]]:
    """The cells of a notebook of any format; up to format 3, they are in worksheets."""
    old = isinstance(document, dict) and "cells" not in document
    sheets = document.get("worksheets") if old else [document]
    parts = sheets if isinstance(sheets, list) else []
    found = [part["cells"] for part in parts if isinstance(part, dict) and "cells" in part]
    if not found or not all(isinstance(cells, list) for cells in found):
        raise UnreadableError("is no notebook: it has no cells")
    return [cell for cells in found for cell in cells if isinstance(cell, dict)]


def _cell(entry: Mapping[str, Any]) -> Cell:
    kind, metadata = entry.get("cell_type"), _object(entry.get("metadata"))
    text = _clean(_joined(entry.get("source", entry.get("input"))))
    if kind == "heading":  # of format 3
        kind, text = "markdown", f"# {text}"
    id = entry.get("id", metadata.get("id"))  # Colab keeps it in the metadata
    return Cell(
        kind=kind if kind in KINDS else "raw",
        text=text,
        id=id if isinstance(id, str) else "",
        marks=_object(metadata.get("nbgrader")),
        pictures=_pictures(entry.get("attachments")),
    )


def _joined(source: Any) -> str:
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _clean(text: str) -> str:
    """A text that any file and any program can hold: no NUL, no half of a surrogate pair."""
    return IMPOSSIBLE.sub(LOST, text.replace("\r\n", "\n").replace("\r", "\n"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _pictures(attachments: Any) -> dict[str, Any]:
    """The attachments that nbformat would accept: a name has types, each with text."""
    return {
        _clean(name): {_clean(kind): _clean(text) for kind, text in content.items()}
        for name, content in _object(attachments).items()
        if isinstance(content, dict) and all(isinstance(text, str) for text in content.values())
    }
