"""What is handed in packed, by students and by those who mean harm."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from tests.broken.case import ALL, MULTICLASS, case

NAMES = ("binary.ipynb", "multiclass.ipynb")


def _packed(folder: Path, prefix: str = "") -> bytes:
    """The submission's files as a zip, and no longer beside it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            archive.writestr(prefix + name, (folder / name).read_bytes())
            (folder / name).unlink()
    return out.getvalue()


@case(ALL, ("renamed", ""), ("renamed", ""))
def zipped(folder: Path) -> None:
    (folder / "hw.zip").write_bytes(_packed(folder))


@case(ALL, ("renamed", ""), ("renamed", ""))
def zipped_twice(folder: Path) -> None:
    inner = _packed(folder, "Hausübung 1/")
    with zipfile.ZipFile(folder / "Abgabe.zip", "w") as archive:
        archive.writestr("hw.zip", inner)
        archive.writestr("__MACOSX/._hw.zip", b"\0\5\26\7")


@case(ALL, ("renamed", ""), ("renamed", ""))
def tarred(folder: Path) -> None:
    with tarfile.open(folder / "losses.tar.gz", "w:gz") as archive:
        for name in NAMES:
            archive.add(folder / name, f"losses/{name}")
            (folder / name).unlink()


@case(MULTICLASS, ("missing-notebook", ""))
def bomb_beside(folder: Path) -> None:
    (folder / "binary.ipynb").unlink()
    with zipfile.ZipFile(folder / "binary.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("binary.ipynb", bytes(100 << 20))


@case(MULTICLASS, ("missing-notebook", ""), ("renamed", ""), ("left-out", ""))
def leading_outside(folder: Path) -> None:
    with zipfile.ZipFile(folder / "hw.zip", "w") as archive:
        archive.writestr("multiclass.ipynb", (folder / "multiclass.ipynb").read_bytes())
        archive.writestr("../../student01/losses/binary.ipynb", b"{}")
        archive.writestr("/etc/cron.d/mine", b"")
    for name in NAMES:
        (folder / name).unlink()


@case(None, ("unreadable", ""), ("missing-notebook", ""))
def seven_zip(folder: Path) -> None:
    (folder / "binary.ipynb").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    (folder / "multiclass.ipynb").rename(folder / "multiclass.7z")
    (folder / "multiclass.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))


@case(ALL)
def data_beside(folder: Path) -> None:
    with zipfile.ZipFile(folder / "data.zip", "w") as archive:
        archive.writestr("numbers.csv", b"1,2,3")
