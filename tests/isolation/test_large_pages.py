"""What a zygote has loaded lies in large pages, where the system has them, and is what it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.isolation import large_pages
from autograder.isolation.large_pages import PAGE_SIZE, use_large_pages
from autograder.isolation.zygote import Zygote

MIB = 1 << 20
SAME = """
from autograder.isolation.large_pages import use_large_pages
numbers = [str(number) for number in range(500_000)]
moved = use_large_pages()
assert numbers == [str(number) for number in range(500_000)]
numbers[7] = "seven"  # it can be written to
print(moved)
"""

version = tuple(int(part) for part in os.uname().release.split(".")[:2])
has_them = pytest.mark.skipif(
    version < (6, 1) or not PAGE_SIZE.exists(), reason="Linux 6.1 collapses pages on request"
)


def _large_bytes(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("AnonHugePages:")[2].split()[0]) * 1024


@pytest.mark.usefixtures("processes")
@has_them
def test_what_lies_in_them_is_what_it_was() -> None:
    told = subprocess.run([sys.executable, "-c", SAME], capture_output=True, text=True, check=True)
    assert int(told.stdout) >= 8 * MIB  # of 30, where pages begin as the system places them


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
@has_them
def test_most_of_a_zygote_lies_in_them() -> None:
    with Zygote(many=True) as zygote:
        assert _large_bytes(zygote.process.pid) > 100 * MIB


@pytest.mark.parametrize("name", ["none", ""])
def test_where_there_are_none_all_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """No such file, or one that can't be read, as a folder."""
    monkeypatch.setattr(large_pages, "PAGE_SIZE", tmp_path / name)
    assert use_large_pages() == 0
