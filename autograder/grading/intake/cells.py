"""The cells of a file that was handed in, whatever editor, browser or hand it comes from.

Taken of a cell are its text, kind, id, pictures, nbgrader's metadata, and whether it is to be run:
no output is believed, and nothing of the notebook's own metadata.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.grading.intake import definitions
from autograder.grading.intake.definitions import Definitions
from autograder.grading.intake.folder import NOTEBOOK

MOST_BYTES = 64 << 20
MOST_CELLS = 5000
MOST_OF_SCRIPT = 200_000  # characters
# What a value of JSON takes in Python beside its text, about; told by the sign that comes with it.
BYTES_OF_VALUES = {"{": 240, "[": 100, ":": 100, ",": 32, '"': 30}
MOST_BYTES_OF_VALUES = 160 << 20
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # one without an end is the rest
PART = re.compile(rf'(?:[^"]{{1,4096}}+|{STRING.pattern}){{1,1000}}+', re.DOTALL)  # of JSON
KINDS = ("code", "markdown", "raw")
SCRIPTS = (".py", ".txt")
PRINTS = (".pdf", ".html")  # of a notebook
NO_NOTEBOOKS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive",
    b"<<<<<<<": "full of git's conflict marks",
    b"<": "a web page",
}
SKIPPED = "skip-execution"  # the tag by which nbclient knows a cell that is not to be run
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
# What nbconvert, Spyder, VS Code, PyCharm and Databricks write where a cell begins.
CELL_TITLE = re.compile(r"^# ?(?:In\[[\d *]*\]:|%%.*|<codecell>|COMMAND -+)[ ]*$", re.MULTILINE)
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
        metadata: nbgrader's metadata: grade_id, points and the like; empty where there is none.
        pictures: those in a markdown cell, by name.
        parted_from: the grade_id of the course's cell of which it was a part before
            `locked.parted`, or "".
        parse: False where what it defines is to be looked for without parsing it.
        skipped: whether its author has told Jupyter not to run it.
    """

    kind: str
    text: str
    id: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)
    parted_from: str = ""
    parse: bool = True
    skipped: bool = False

    @property
    def grade_id(self) -> str:
        found = self.metadata.get("grade_id")
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
    if path.suffix.lower() in ARCHIVES:
        raise UnreadableError("is an archive, and was not unpacked")
    data = _content(path)
    for beginning, kind in NO_NOTEBOOKS.items():
        if data.lstrip().startswith(beginning):
            raise UnreadableError(f"is {kind}, not a notebook")
    text = data.decode(json.detect_encoding(data), "replace")
    del data  # it may be large
    if _takes_too_much(text):
        raise UnreadableError("has too many values in it for a notebook: clear its outputs")
    try:
        document = json.loads(text, strict=False, parse_int=_number)
    except RecursionError:
        raise UnreadableError("is nested too deeply for a notebook") from None
    except json.JSONDecodeError as error:
        if path.suffix.lower() in SCRIPTS and not is_notebook(path.name):
            if len(text) > MOST_OF_SCRIPT:
                raise UnreadableError("is too long for a notebook's script") from None
            return Document(_script(clean(text))[: MOST_CELLS + 1])
        raise UnreadableError(f"is cut off or damaged ({error})") from None
    entries = _entries(document)
    if len(entries) > MOST_CELLS:
        raise UnreadableError(f"has {len(entries):,} cells; at most {MOST_CELLS:,} are read")
    return Document([_cell(entry) for entry in entries], _other_format(document))


def _takes_too_much(text: str) -> bool:
    """Whether a text would be too large as Python's lists and strings, or has too many of them.

    They are counted before any is made: three characters may become seventy bytes. What stands
    within strings is looked at only where it could matter.
    """
    if _bytes_of_values(text) <= MOST_BYTES_OF_VALUES:
        return False
    taken = 0
    for part in PART.finditer(text):
        bare, strings = STRING.subn("", part[0])
        taken += _bytes_of_values(bare) + strings * 2 * BYTES_OF_VALUES['"']
        if taken > MOST_BYTES_OF_VALUES:
            return True
    return False


def _bytes_of_values(text: str) -> int:
    return sum(text.count(sign) * each for sign, each in BYTES_OF_VALUES.items())


def _script(text: str) -> list[Cell]:
    """The cells of a script; of one without titles each of its statements, a string as text.

    So Colab writes it, and what comes after a statement that fails is run all the same.
    """
    parts, reading = CELL_TITLE.split(text), definitions.read(text).reading
    tree = reading.tree if reading and reading.in_place else None
    if len(parts) > 1 or tree is None:
        return [Cell("code", part.strip("\n")) for part in parts]
    lines = text.split("\n")
    starts = [_first_line(node) for node in tree.body]
    ends = [*starts[1:], len(lines) + 1]
    return [
        _statement(node, "\n".join(lines[start - 1 : end - 1]).strip("\n"))
        for node, start, end in zip(tree.body, starts, ends, strict=True)
    ]


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _statement(node: ast.stmt, text: str) -> Cell:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return Cell("markdown", str(node.value.value))
    return Cell("code", text)


def is_notebook(name: str) -> bool:
    """Whether a file is one by its name: browsers add to the ending, and capitals are as good."""
    return NOTEBOOK in name.lower() and not name.lower().endswith(PRINTS)


def may_hold_one(path: Path) -> bool:
    """Whether a file may be a notebook, or an archive that one is in."""
    suffix = path.suffix.lower()
    return is_notebook(path.name) or suffix in (".json", "", *SCRIPTS, *ARCHIVES)


def _number(digits: str) -> float:
    """A whole number of a file, none of which has to be exact: Python reads no endless ones."""
    return int(digits) if len(digits) < 100 else float("inf")


def _other_format(document: Any) -> str:
    number = document.get("nbformat", 4) if isinstance(document, dict) else 4
    said = str(number) if type(number) is int and 0 < number < 100 else "?"
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
    text = clean(_joined(entry.get("source", entry.get("input"))))
    if kind == "heading":  # of format 3
        kind, text = "markdown", f"# {text}"
    id = entry.get("id", metadata.get("id"))  # Colab keeps it in the metadata
    return Cell(
        kind=kind if kind in KINDS else "raw",
        text=text,
        id=id if isinstance(id, str) else "",
        metadata=_object(metadata.get("nbgrader")),
        pictures=_pictures(entry.get("attachments")),
        skipped=isinstance(tags := metadata.get("tags"), list) and SKIPPED in tags,
    )


def _joined(source: Any) -> str:
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def clean(text: str) -> str:
    """A text that any file and any program can hold: no NUL, no half of a surrogate pair."""
    return IMPOSSIBLE.sub(LOST, text.replace("\r\n", "\n").replace("\r", "\n"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _pictures(attachments: Any) -> dict[str, Any]:
    """The attachments that nbformat would accept: a name has types, each with text or lines."""
    return {
        clean(name): {clean(kind): clean(_joined(text)) for kind, text in content.items()}
        for name, content in _object(attachments).items()
        if isinstance(content, dict) and content
    }
