"""Files that are in place whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from autograder.whole_file import write_whole


def test_it_is_in_place_with_its_permissions(tmp_path: Path) -> None:
    """In a folder that is made; what was there is gone."""
    path = tmp_path / "new" / "page.html"
    write_whole(path, "é")
    assert path.read_bytes() == "é".encode()
    write_whole(path, b"\xff", 0o600)
    assert path.read_bytes() == b"\xff"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_one_that_cannot_be_written_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is left of the try goes with the next one, but not another process's draft."""
    path = tmp_path / "page[1].html"
    write_whole(path, "old")
    monkeypatch.setattr(Path, "replace", lambda draft, target: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_whole(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    draft = tmp_path / f".{path.name}.{os.getpid()}"
    gone = draft.rename(tmp_path / f".{path.name}.{2**22 + 1}")  # no process has that number
    alive = tmp_path / f".{path.name}.{os.getppid()}"
    alive.write_text("another's")
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert alive.exists()
    assert not gone.exists()
