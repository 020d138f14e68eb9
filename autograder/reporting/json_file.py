"""The file that `grade --json` writes: submissions go to disk as they come, in any order."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, TextIO

from autograder.config import CourseError
from autograder.results import ClassResult, SubmissionResult

INDENT = 1


def require_writable(path: Path) -> None:
    """Makes sure that a file can be written, before anyone is graded.

    Raises:
        CourseError: it can't.
    """
    if path.is_dir():
        raise CourseError(f"--json: {path} is a folder; name a file.")
    if not _is_device(path) and not os.access(path.resolve().parent, os.W_OK):
        raise CourseError(f"--json: there is no folder to write {path} into.")


class Submissions:
    """Submissions that are kept on disk as JSON, for a block: a class of them is large."""

    def __init__(self) -> None:
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 (the block's end closes it)
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, result: SubmissionResult) -> None:
        """Keeps one."""
        text = json.dumps(result.to_json()).encode()
        self._places[result.student] = (self._file.tell(), len(text))
        self._file.write(text)

    def texts(self) -> Iterator[str]:
        """Each as a line of JSON, by student."""
        for student in sorted(self._places):
            start, length = self._places[student]
            self._file.seek(start)
            yield self._file.read(length).decode()

    def __enter__(self) -> Submissions:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def write(path: Path, whole: ClassResult, submissions: Submissions) -> None:
    """Writes one object; in place only when it is whole, and where a link leads to.

    Args:
        path: of the file.
        whole: all but the submissions.
        submissions: those.
    """
    with _opened(path) as file:
        head = json.dumps(replace(whole, submissions=()).to_json(), indent=INDENT)
        before, after = head.split('"submissions": []')
        file.write(f'{before}"submissions": [')
        separator = "\n"
        for text in submissions.texts():
            file.write(f"{separator}{' ' * 2 * INDENT}{text}")
            separator = ",\n"
        closing = "]" if separator == "\n" else f"\n{' ' * INDENT}]"
        file.write(f"{closing}{after}\n")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A file to write to, for the block, in the place of the path when the block is done."""
    if _is_device(path):
        sys.stdout.flush()
        with path.open("a", encoding="utf-8") as stream:  # it may lead to a file that has begun
            yield stream
        return
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            yield stream
        if target.exists():
            shutil.copymode(target, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _is_device(path: Path) -> bool:
    """Whether it is a pipe, a terminal or /dev/stdout, which nothing takes the place of."""
    shown = str(path.absolute())
    opened = shown in ("/dev/stdout", "/dev/stderr") or shown.startswith(("/dev/fd/", "/proc/"))
    return path.exists() and (opened or not path.is_file())
