"""The modules of an assignment's exercises as texts: which they are, and where they lie.

They are read here once, by whoever has something examined, and imported where it is examined:
nothing here imports torch.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = "exercises"  # of a course
BUNDLED = Path(__file__).parent


@dataclass(frozen=True)
class Modules:
    """The modules of an assignment's exercises: equal where they have the same content.

    Args:
        assignment: its name.
        folder: where they lie, or would lie.
        parts: what in the folder is the assignment's own, without ending: its modules list
            exercises. Others are there to be imported by these.
        texts: of all of them, by path in the folder: "hw-1.py", "hw-2/binary.py".
        digest: of all that lies there for the assignment, data too.
    """

    assignment: str = ""
    folder: str = ""
    parts: tuple[str, ...] = ()
    texts: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        texts = {path: base64.b64encode(text).decode() for path, text in self.texts.items()}
        return {**vars(self), "parts": list(self.parts), "texts": texts}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Modules:
        """What `to_json` made the data of."""
        texts = {path: base64.b64decode(text) for path, text in data["texts"].items()}
        return cls(**{**data, "parts": tuple(data["parts"]), "texts": texts})


def of(
    course: Path, assignment: str, assignments: Collection[str] = (), *, asks: bool = False
) -> Modules:
    """The modules of an assignment's exercises: the course's own, else the bundled; or none.

    Args:
        course: its folder.
        assignment: the assignment's name.
        assignments: all of the course's: what is named like another is no part of these.
        asks: whether its notebooks call `grade`. An older kit asked the bundled exercises of every
            assignment: in a course without a folder for its own, they still are, where one does.

    Raises:
        OSError: they can't be read, or there are a module and a folder of its name.
    """
    folder = course / FOLDER
    module, package = folder / f"{assignment}.py", folder / assignment
    if module.is_file() and package.is_dir():
        raise FileExistsError(f"{module} and {package}/ are both there: keep one of the two.")
    if module.is_file() or package.is_dir():
        others = {*assignments} - {assignment}
        there = [path.name for path in folder.iterdir()]
        names = [name for name in there if name.removesuffix(".py") not in others]
        return _read(folder, assignment, (assignment,), names)
    if assignment in bundled_names():
        return bundled(assignment, (assignment,))
    if asks and not folder.is_dir():
        return bundled(assignment, bundled_names())
    return Modules(assignment, str(folder))


def bundled(assignment: str, names: tuple[str, ...]) -> Modules:
    """The bundled exercises of these assignments, to be asked in one."""
    return _read(BUNDLED, assignment, names, names)


def bundled_names() -> tuple[str, ...]:
    """The bundled assignments."""
    return tuple(sorted(path.parent.name for path in BUNDLED.glob("*/__init__.py")))


def _read(folder: Path, assignment: str, parts: tuple[str, ...], names: Sequence[str]) -> Modules:
    """What lies under these names in a folder."""
    texts, digest = {}, hashlib.sha256()
    for path in sorted(path for name in names for path in _files(folder / name)):
        content, inside = path.read_bytes(), path.relative_to(folder).as_posix()
        digest.update(f"{len(content)} {inside}\n".encode() + content)
        if path.suffix == ".py":
            texts[inside] = content
    return Modules(assignment, str(folder), parts, texts, digest.hexdigest())


def _files(path: Path) -> Iterator[Path]:
    """The files at or under a path, but for hidden ones and what Python keeps of modules."""
    for file in path.rglob("*") if path.is_dir() else (path,):
        names = (path.name, *file.relative_to(path).parts)
        hidden = any(name.startswith(".") or name == "__pycache__" for name in names)
        if file.is_file() and not hidden:
            yield file
