"""The course's secret, from which every student's own seeds come."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from autograder.config import CourseError

SECRET_BYTES = 32


def student_key(path: Path, assignment: str, student: str) -> bytes:
    """A student's own key for one assignment; the course's secret is made at first need."""
    return hmac.new(_secret(path), f"{assignment}/{student}".encode(), hashlib.sha256).digest()


def notebook_key(key: bytes, cells: Sequence[str]) -> bytes:
    """The key of a student's notebook as it was handed in: another answer gets other numbers.

    So whatever was learnt of the numbers, by whatever way, is worth nothing when it is used.
    """
    return hmac.new(key, json.dumps(cells).encode(), hashlib.sha256).digest()


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
