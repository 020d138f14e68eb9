"""Archives in a submission: what of them is read, and how long it lies anywhere."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from autograder.grading.intake import unpacking
from autograder.grading.intake.archives import OF_STUDENT
from autograder.grading.intake.folder import walk
from autograder.grading.intake.reading import read_all
from autograder.grading.intake.unpacking import unpacked
from autograder.limits import MIB
from tests.grading.intake.test_archives import many_entries, tarred, zipped

NOTEBOOK = b'{"cells": [{"cell_type": "code", "source": "1"}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty submission, and a temporary folder of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "hw").mkdir()
    return tmp_path / "hw"


def read(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The files with cells, and what is told of others."""
    with unpacked(walk(folder)) as there:
        files, failed = read_all(there, there.inside, {"a.ipynb"})
        assert all(there.place(path).exists() for path in there.inside)
    assert list((folder.parent / "temporary").iterdir()) == []
    return sorted(files), failed


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("hw.zip", zipped(("a.ipynb", NOTEBOOK))),
        ("HW.ZIP", zipped(("a.ipynb", NOTEBOOK))),
        ("hw.tar", tarred(("a.ipynb", NOTEBOOK))),
        ("hw.tar.gz", tarred(("a.ipynb", NOTEBOOK), packing="gz")),
        ("hw.tgz", tarred(("a.ipynb", NOTEBOOK), packing="gz")),
        ("hw.tar.xz", tarred(("a.ipynb", NOTEBOOK), packing="xz")),
        ("hw.tar.bz2", tarred(("a.ipynb", NOTEBOOK), packing="bz2")),
        ("hw.zip", tarred(("a.ipynb", NOTEBOOK), packing="gz")),
        ("a.ipynb", zipped(("a.ipynb", NOTEBOOK))),
    ],
    ids=["zip", "capitals", "tar", "gz", "tgz", "xz", "bz2", "gz called zip", "zip called ipynb"],
)
def test_a_notebook_in_an_archive_is_read(name: str, data: bytes, folder: Path) -> None:
    """By its place there; the archive itself is not looked into as a file."""
    (folder / name).write_bytes(data)
    place = f"{name} (unpacked)" if name.endswith(".ipynb") else name
    assert read(folder) == ([f"{place}/a.ipynb"], {})


def test_archives_in_archives(folder: Path) -> None:
    """Three deep, and no deeper."""
    data = zipped(("a.ipynb", NOTEBOOK))
    for n in range(3):
        data = zipped((f"{n}.zip", data))
    (folder / "hw.zip").write_bytes(data)
    assert read(folder) == (
        [],
        {"hw.zip/2.zip/1.zip/0.zip": "lies in 3 archives inside one another"},
    )
    (folder / "hw.zip").write_bytes(zipped(("1.zip", zipped(("a.ipynb", NOTEBOOK)))))
    assert read(folder) == (["hw.zip/1.zip/a.ipynb"], {})


def test_files_beside_the_notebook_come_with_it(folder: Path) -> None:
    """And those that can't be taken are told."""
    entries = (("hw/a.ipynb", NOTEBOOK), ("hw/data.csv", b"1,2"), ("../x.csv", b"3"))
    (folder / "hw.zip").write_bytes(zipped(*entries, ("../b.ipynb", b"")))
    with unpacked(walk(folder)) as there:
        files, left = there.files()
        assert {name: path.read_bytes() for name, path in files.items()} == {
            "hw.zip/hw/data.csv": b"1,2"
        }
        assert left == ["hw.zip/../x.csv"]
        assert there.failed == {"hw.zip/../b.ipynb": "leads outside the folder"}


def test_data_stays_as_it_is(folder: Path) -> None:
    """An archive without a notebook is a file like others, for the notebook that opens it."""
    (folder / "a.ipynb").write_bytes(NOTEBOOK)
    (folder / "data.zip").write_bytes(zipped(("x.csv", b"1"), ("lib.py", b"x = 1")))
    (folder / "more.zip").write_bytes(zipped(("data.zip", zipped(("x.csv", b"1")))))
    (folder / "arrays.npz").write_bytes(zipped(("x.npy", b"1")))
    assert read(folder) == (["a.ipynb"], {})
    with unpacked(walk(folder)) as there:
        assert sorted(there.files()[0]) == ["arrays.npz", "data.zip", "more.zip"]


def test_a_script_is_looked_for_where_there_is_no_notebook(folder: Path) -> None:
    """One that was made from it."""
    (folder / "hw.zip").write_bytes(zipped(("a.py", b"x = 1")))
    assert read(folder) == (["hw.zip/a.py"], {})


FAILING = {
    "cut off": (zipped(("a.ipynb", NOTEBOOK))[:80], "is cut off or damaged"),
    "none": (b"no archive", "is no archive that can be read, or a damaged one"),
    "7z": (
        b"7z\xbc\xaf\x27\x1c" + bytes(99),
        "is a 7z archive, which is not opened: unpack it, or zip it",
    ),
    "rar": (
        b"Rar!\x1a\x07\x01\x00",
        "is a rar archive, which is not opened: unpack it, or zip it",
    ),
    "bomb": (
        zipped(("a.ipynb", bytes(100 * MIB))),
        "would become 100 MiB; of one so large at most 64 MiB are read",
    ),
    "outside": (
        zipped(("../a.ipynb", NOTEBOOK)),
        "holds no notebook that can be read: ../a.ipynb leads outside the folder",
    ),
    "20,000 entries": (
        many_entries(20_000),
        "has 20,000 entries or more; at most 10,000 are read",
    ),
    "100,000 entries": (many_entries(100_000), "says of itself what can't be"),
}


@pytest.mark.parametrize(("data", "why"), FAILING.values(), ids=FAILING)
def test_what_cannot_be_unpacked_is_told(data: bytes, why: str, folder: Path) -> None:
    """In a sentence that follows its name; nothing of it is written."""
    (folder / "hw.zip").write_bytes(data)
    assert read(folder) == ([], {"hw.zip": why})


def test_all_archives_together_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes, and in number; links are not followed."""
    data = zipped(("a.ipynb", NOTEBOOK), ("x", bytes(60 * MIB)))
    for n in range(6):
        (folder / f"{n}.zip").write_bytes(data)
    (folder / "link.zip").symlink_to(folder / "0.zip")
    files, failed = read(folder)
    most = OF_STUDENT.total_bytes // (60 * MIB)
    assert files == [f"{n}.zip/a.ipynb" for n in range(most)]
    assert [*failed][:2] == [f"{most}.zip", f"{most + 1}.zip"]
    monkeypatch.setattr(unpacking, "MOST_ARCHIVES", 1)
    files, failed = read(folder)
    assert files == ["0.zip/a.ipynb"]
    assert failed["1.zip"] == "was not unpacked: at most 1 archives are"


def test_a_link_is_not_followed(folder: Path) -> None:
    """It may lead to another's."""
    (folder.parent / "other.zip").write_bytes(zipped(("a.ipynb", NOTEBOOK)))
    (folder / "link.zip").symlink_to(folder.parent / "other.zip")
    files, _ = read(folder)
    assert files == []


def test_a_folder_without_archives_is_itself(folder: Path) -> None:
    """It costs nothing."""
    (folder / "a.ipynb").write_bytes(NOTEBOOK)
    there = walk(folder)
    with unpacked(there) as same:
        assert same is there
