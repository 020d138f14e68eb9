"""A file of any size and contents is read in little memory, or is told not to be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from autograder.grading.intake import cells
from autograder.grading.intake.cells import UnreadableError

MOST_MIB = 300
TOO_MANY = "has too many values in it for a notebook: clear its outputs"
READ = r"""
import re, sys
from pathlib import Path
from autograder.grading.intake import cells

try:
    print(len(cells.read(Path(sys.argv[1])).cells))
except cells.UnreadableError as error:
    print(error)
status = Path("/proc/self/status").read_text()  # getrusage begins with what the parent had
print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024)
"""


def full(beginning: str, again: str, end: str) -> str:
    """A text as large as one that is read may be."""
    return beginning + again * ((cells.MOST_BYTES - len(beginning + end)) // len(again)) + end


def keys() -> str:
    """An object with as many names in it, none of them twice."""
    return "{" + ",".join(f'"{number:x}":0' for number in range(1 << 20, 5 << 20)) + "}"


def notebook(*outputs: object) -> str:
    """One with a cell that has these outputs."""
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": outputs}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def honest() -> Iterator[str]:
    """What real notebooks have much of."""
    picture = full("", "iVBORw0KGgo", "")[: 60 << 20]
    yield notebook({"output_type": "display_data", "data": {"image/png": picture}})
    yield notebook({"output_type": "stream", "text": [f"step {n}\n" for n in range(1_000_000)]})
    page = "[{'a': 1, \"b\": [1, 2, 3]}, " * 1_000_000
    yield notebook({"output_type": "display_data", "data": {"text/html": page}})
    drawn = {"data": [{"y": [n / 2 for n in range(2_000_000)]}]}
    yield notebook({"output_type": "display_data", "data": {"application/json": drawn}})


def read(path: Path) -> tuple[str, int]:
    """What a process that reads a file says, and the most memory that it had, in MiB."""
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    said, mib = done.stdout.splitlines()
    return said, int(mib)


HOSTILE: dict[str, Callable[[], str]] = {
    "objects": partial(full, "", "{},", ""),
    "objects-in-a-list": partial(full, "[", "{},", "{}]"),
    "lists-as-cells": partial(full, '{"cells":[', "[],", "[]]}"),
    "numbers": partial(full, '{"cells":[', "0,", "0]}"),
    "strings": partial(full, '{"cells":[', '"ab",', '""]}'),
    "keys": keys,
}


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_too_many_values(text: Callable[[], str], tmp_path: Path) -> None:
    """Nothing is made of what would be too much, and a line says so."""
    (tmp_path / "one.ipynb").write_text(text())
    said, mib = read(tmp_path / "one.ipynb")
    assert said == TOO_MANY
    assert mib < MOST_MIB


@pytest.mark.slow
@pytest.mark.usefixtures("processes")
def test_what_is_large_and_honest(tmp_path: Path) -> None:
    """Pictures, long streams, pages and drawings are read, in as little memory."""
    for text in honest():
        (tmp_path / "one.ipynb").write_text(text)
        said, mib = read(tmp_path / "one.ipynb")
        assert said == "1"
        assert mib < MOST_MIB


@pytest.mark.parametrize("end", ["", "\\", '\\"', "\n"], ids=["", "\\", "quoted", "n"])
def test_what_stands_in_a_string_is_no_value(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs in a text are not counted, however it ends; those after it are."""
    monkeypatch.setattr(cells, "MOST_BYTES_OF_VALUES", 10_000)
    path = tmp_path / "one.ipynb"
    text = json.dumps({"cells": [{"source": "{[,:" * 10_000 + end}]})
    path.write_text(text)
    assert len(cells.read(path).cells) == 1
    path.write_text(f"[{text}{', 1' * 1000}]")
    with pytest.raises(UnreadableError, match="too many values"):
        cells.read(path)


def test_a_string_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the rest of the file, and looked through once."""
    monkeypatch.setattr(cells, "MOST_BYTES_OF_VALUES", 10_000)
    path = tmp_path / "one.ipynb"
    path.write_text('["' + '\\"{' * 1_000_000)
    with pytest.raises(UnreadableError, match="is cut off"):
        cells.read(path)
