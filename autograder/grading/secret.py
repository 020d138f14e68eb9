"""The course's secret, from which every student's own seeds come."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.config import CourseError

SECRET_BYTES = 32


def student_key(path: Path, assignment: str, student: str) -> bytes:
    """A student's own key for one assignment; the course's secret is made at first need."""
    return hmac.new(_secret(path), f"{assignment}/{student}".encode(), hashlib.sha256).digest()


def group_key(path: Path, assignment: str, group: str) -> bytes:
    """The key of those who hand in together: one hand-in meets one set of numbers.

    It is no student's: neither an assignment's name nor a student's has a slash in it.
    """
    return hmac.new(_secret(path), f"{assignment}//{group}".encode(), hashlib.sha256).digest()


def notebook_key(key: bytes, cells: Sequence[str], files: Mapping[str, str]) -> bytes:
    """The key of a notebook as it was handed in: another answer gets other numbers.

    So whatever was learnt of the numbers, by whatever way, is worth nothing when it is used. What
    counts is all that the kernel can read of the hand-in; what is the same for the whole class
    does not, nor do outputs, metadata and times, which no kernel gets.

    Args:
        key: the student's own, or the group's.
        cells: the texts of its code cells, in order.
        files: a digest of what lies beside it where it runs and is not the course's, by path. A
            file of the course's that a student has changed is replaced before, and is none of
            these.
    """
    text = json.dumps([list(cells), sorted(files.items())])
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _secret(path: Path) -> bytes:
    """The 32 bytes in the file, which only its owner can read.

    A new secret is written aside and linked into place, so that of two processes that need it
    first both get the same one, whole.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(SECRET_BYTES))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its secret is the course's
        finally:
            draft.unlink()
    try:
        secret = bytes.fromhex(path.read_text())
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise CourseError(
            f"{path} holds no secret of {SECRET_BYTES} bytes: restore it from a backup. A new one "
            "(remove the file) gives every student new numbers."
        )
    return secret
