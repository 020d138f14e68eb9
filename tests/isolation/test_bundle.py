"""Files beside a notebook: each process has a copy, and the system makes it."""

from __future__ import annotations

import errno
import os
import resource
import socket
import tracemalloc
from pathlib import Path

import pytest

from autograder.isolation import scratch
from autograder.isolation.bundle import Bundle, received
from autograder.isolation.errors import WireError

MIB = 1 << 20
FILES = {"a.txt": b"a", "empty": b"", "d/e/b.bin": bytes(range(256)) * 40, "ž.csv": b"1,2\n"}


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_contents_are_what_they_were(tmp_path: Path) -> None:
    """Read one by one, or copied; the open file that holds them is in no folder."""
    before = descriptors()
    made = Bundle.of(FILES, tmp_path)
    assert dict(made) == FILES
    assert list(tmp_path.iterdir()) == []
    scratch.fill(tmp_path, made)
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == FILES
    made.close()
    assert descriptors() == before


def test_no_files_need_no_open_file(tmp_path: Path) -> None:
    """Most submissions have none of their own."""
    before = descriptors()
    assert (dict(Bundle.of({}, tmp_path)), descriptors()) == ({}, before)


def test_what_can_not_be_written_leaves_nothing_open(tmp_path: Path) -> None:
    """A disk may be full."""
    before, limits = descriptors(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            Bundle.of({"a": b"a" * MIB}, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert descriptors() == before


def test_a_copy_is_its_owners(tmp_path: Path) -> None:
    """What is written into one is neither in the bundle nor in the next copy."""
    made = Bundle.of(FILES, tmp_path)
    for name in ("one", "two"):
        made.copy("a.txt", tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"a"
        (tmp_path / name).write_bytes(b"b")
    assert made["a.txt"] == b"a"
    made.close()


def test_a_copy_takes_no_memory(tmp_path: Path) -> None:
    """However large a file is, its content does not pass through Python."""
    made = Bundle.of({"large": bytes(16 * MIB)}, tmp_path)
    tracemalloc.start()
    try:
        made.copy("large", tmp_path / "large")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MIB
    assert (tmp_path / "large").stat().st_size == 16 * MIB
    made.close()


def test_where_the_system_copies_no_range_it_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From one file system to another, say."""

    def refuse(*_: int) -> int:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    made = Bundle.of({"first": b"1" * 5000, "large": b"ab" * MIB}, tmp_path)
    made.copy("large", tmp_path / "large")
    assert (tmp_path / "large").read_bytes() == b"ab" * MIB
    made.close()


def test_a_bundle_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    """Neither a copy nor a reading waits for what never comes."""
    made = Bundle.of(FILES, tmp_path)
    os.ftruncate(made.descriptors[0], 0)
    with pytest.raises(OSError, match="end too early"):
        made.copy("a.txt", tmp_path / "a.txt")
    with pytest.raises(OSError, match="end too early"):
        made["a.txt"]
    made.close()


def test_two_bundles_cross_with_their_open_files(tmp_path: Path) -> None:
    """The message itself has none of the contents; where both have a path, the first counts."""
    given, own = Bundle.of(FILES, tmp_path), Bundle.of({"a.txt": b"mine", "c": b"c"}, tmp_path)
    both = own.beside(given)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        both.send(ours)
        there = Bundle.read(both.to_json(), received(theirs))
    given.close()
    own.close()
    assert all(isinstance(number, int) for place in both.to_json().values() for number in place)
    assert dict(there) == {**FILES, "a.txt": b"mine", "c": b"c"}
    assert not any(map(os.get_inheritable, there.descriptors))
    there.close()


def test_an_empty_bundle_crosses(tmp_path: Path) -> None:
    """Where nothing lies beside a notebook, no open file is sent."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Bundle({}).send(ours)
        assert received(theirs) == []


def test_a_side_that_is_gone_is_told_of() -> None:
    """As for any other message."""
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(WireError, match="gone"):
        Bundle({}).send(ours)
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs, pytest.raises(WireError, match="closed"):
        received(theirs)
