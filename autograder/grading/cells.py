"""The cells of a file that was handed in, whatever editor, browser or hand it comes from.

Taken of a cell are its text, kind, id, pictures and nbgrader's marks: no output is believed, and
nothing of the notebook's own metadata.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

MOST_BYTES = 64 << 20
MOST_CELLS = 5000
MOST_CHARACTERS = 100_000  # of a cell that is read as Python
KINDS = ("code", "markdown", "raw")
SCRIPTS = (".py", ".txt")
NO_NOTEBOOKS = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive", b"<": "a web page"}
# What nbconvert, Spyder and VS Code write where a cell begins.
CELL_TITLE = re.compile(r"^# (?:In\[[\d *]*\]:|%%.*|<codecell>)[ ]*$", re.MULTILINE)
DEFINITION = re.compile(
    r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
LOST = "\ufffd"  # as decoding writes it, where a byte is no character
IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")
MAGIC = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)


class UnreadableError(Exception):
    """A file holds no cells; the text says why, and follows the file's name."""


@dataclass(frozen=True, eq=False)
class Document:
    """What a file holds; `format` is nbformat's major number where the file says another than 4."""

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
    """

    kind: str
    text: str
    id: str = ""
    marks: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)

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
    def names(self) -> frozenset[str]:
        """What it defines at its top level, even where it is no Python."""
        return _names(self.text, self._tree)

    @cached_property
    def runs(self) -> bool:
        """Whether it is Python, its magics aside."""
        return self._tree is not None

    @cached_property
    def _tree(self) -> ast.Module | None:
        return _parsed(self.text)


def _parsed(text: str) -> ast.Module | None:
    """A text as Python, its magics aside; None where it is none."""
    if len(text) > MOST_CHARACTERS:
        return None
    for version in (text, MAGIC.sub(r"\1pass", text)):
        try:
            return ast.parse(version)
        except Exception:  # a student's text may bring any reader to its end
            continue
    return None


def names_of(text: str) -> frozenset[str]:
    """What a text defines for the cells after it.

    Where it is no Python, that is what is defined in lines that begin at its left edge.
    """
    return _names(text, _parsed(text))


def _names(text: str, tree: ast.Module | None) -> frozenset[str]:
    if tree is None:
        return frozenset(found[1] or found[2] for found in DEFINITION.finditer(text))
    return frozenset(_defined(tree))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Functions, classes and assigned names, inside `if` and the like too."""
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (part for target in targets for part in ast.walk(target)):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id
        elif not isinstance(node, ast.expr):
            nodes += ast.iter_child_nodes(node)


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
        document = json.loads(text, strict=False)
    except RecursionError:
        raise UnreadableError("is nested too deeply for a notebook") from None
    except ValueError as error:
        if path.suffix in SCRIPTS:
            parts = CELL_TITLE.split(text)
            return Document([Cell("code", _clean(part).strip("\n")) for part in parts])
        raise UnreadableError(f"is cut off or damaged ({error})") from None
    cells = [_cell(cell) for cell in _entries(document)]
    if len(cells) > MOST_CELLS:
        raise UnreadableError(f"has {len(cells):,} cells; at most {MOST_CELLS:,} are read")
    return Document(cells, _other_format(document))


def _other_format(document: Any) -> str:
    number = document.get("nbformat") if isinstance(document, dict) else None
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


def _entries(document: Any) -> Iterator[Mapping[str, Any]]:
    """The cells of a notebook of any format; up to format 3, they are in worksheets."""
    old = isinstance(document, dict) and "cells" not in document
    sheets = document.get("worksheets") if old else [document]
    parts = sheets if isinstance(sheets, list) else []
    found = [part["cells"] for part in parts if isinstance(part, dict) and "cells" in part]
    if not found or not all(isinstance(cells, list) for cells in found):
        raise UnreadableError("is no notebook: it has no cells")
    for cells in found:
        yield from (cell for cell in cells if isinstance(cell, dict))


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
