"""The folder in which a student's kernel may write: made, measured and removed from outside."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.isolation.bundle import Bundle
from autograder.isolation.sandbox import NOBODY

TOO_MUCH = "wrote more files, or larger ones, than it may"  # what a kernel is ended for


def make(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A new folder inside `folder` with these files, all of them the kernel's own."""
    scratch = Path(tempfile.mkdtemp(prefix="kernel-", dir=folder))
    fill(scratch, files)
    if os.geteuid() == 0:
        for path in (scratch, *scratch.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return scratch


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files into a folder, by their paths in it."""
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(files, Bundle):
            files.copy(name, path)
        else:
            path.write_bytes(files[name])


def usage(scratch: Path, enough: int) -> tuple[int, int]:
    """The bytes and the number of files and folders in it; counting stops at `enough` of them."""
    size = count = 0
    left = [scratch]
    while left and count < enough:
        try:
            entries = list(os.scandir(left.pop()))
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError:  # closed to us, or deeper than a path can say: nobody needs such a one
            return size, enough
        for entry in entries:
            count += 1
            try:
                if entry.is_dir(follow_symlinks=False):
                    left.append(Path(entry.path))
                else:
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                continue  # removed meanwhile
    return size, count


def remove(scratch: Path) -> None:
    """Removes it with all that is in it: folders without permissions, and of any depth, too."""
    removed = secrets.token_hex(8)  # made now: no student's code can know it
    left = [scratch]
    emptied: list[Path] = []
    while left:
        folder = left.pop()
        folder.chmod(0o700)
        for number, entry in enumerate(sorted(folder.iterdir())):
            if entry.is_symlink() or not entry.is_dir():
                entry.unlink()
            else:  # up to the top, or its path would grow too long to name
                entry.chmod(0o700)  # renaming a folder writes to it
                left.append(entry.rename(scratch / f"{removed}-{len(emptied)}-{number}"))
        emptied.append(folder)
    for folder in reversed(emptied):
        folder.rmdir()
