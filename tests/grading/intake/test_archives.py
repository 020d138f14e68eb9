"""Archives that somebody made, or forged: what is read of them, and what is only told."""

from __future__ import annotations

import io
import lzma
import os
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.grading.intake.archive import OUTSIDE, ArchiveError
from autograder.grading.intake.archives import OF_STUDENT, opened, summed_up
from autograder.limits import MIB
from tests.daily import daily

ENTRY, DIRECTORY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def zipped(*entries: tuple[str, bytes]) -> bytes:
    """A zip with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(*entries: tuple[str, bytes], packing: str = "") -> bytes:
    """A tar with these entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{packing}") as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def with_flags(data: bytes, flags: int) -> bytes:
    """A zip with these flags of each entry."""
    changed = bytearray(data)
    for signature, offset in ((ENTRY, 6), (DIRECTORY, 8)):
        place = changed.find(signature)
        while place >= 0:
            struct.pack_into("<H", changed, place + offset, flags)
            place = changed.find(signature, place + 4)
    return bytes(changed)


def patched(data: bytes, signature: bytes, offset: int, layout: str, *values: int) -> bytes:
    """A zip in whose last record of a kind something else stands."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, changed.rfind(signature) + offset, *values)
    return bytes(changed)


def read(data: bytes, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """What an archive holds, by path, and what is told of the rest."""
    path = folder / "archive"
    path.write_bytes(data)
    with opened(path) as archive:
        found = {member.path: b"".join(archive.pieces(member)) for member in archive.members}
        return found, list(summed_up(archive.left))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zipped(("hw/a.ipynb", b"a" * 9999), ("b.txt", b"")), id="zip"),
        *(
            pytest.param(
                tarred(("hw/a.ipynb", b"a" * 9999), ("b.txt", b""), packing=packing),
                id=f"tar {packing}".strip(),
            )
            for packing in ("", "gz", "bz2", "xz")
        ),
    ],
)
def test_what_is_in_it_is_read(data: bytes, tmp_path: Path) -> None:
    """Whatever kind of archive it is; its name does not matter."""
    assert read(data, tmp_path) == ({"hw/a.ipynb": b"a" * 9999, "b.txt": b""}, [])


NAMES = {
    "absolute": ("/etc/passwd", None),
    "up": ("../x", None),
    "up and down": ("a/../../x", None),
    "a drive": ("C:/x", None),
    "dots": ("./a/./b", "a/b"),
    "decomposed": ("Pe\u0301rez", "P\u00e9rez"),
    "a control character": ("a\x1b[2Jb\n", "a_[2Jb_"),
    "no name": ("/", None),
    "spaces": (" a b ", " a b "),
}


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize(("name", "path"), NAMES.values(), ids=NAMES)
def test_a_name_leads_nowhere_else(
    make: Callable[..., bytes], name: str, path: str | None, tmp_path: Path
) -> None:
    """What leads out of the folder is left, and told; others are made harmless."""
    found, told = read(make((name, b"1"), ("good", b"2")), tmp_path)
    assert found == {"good": b"2", **({path: b"1"} if path else {})}
    assert bool(told) == (path is None and (name != "/" or make is tarred))


def test_a_long_name_is_cut_and_a_deep_one_told(tmp_path: Path) -> None:
    """It keeps its ending; what lies deeper than is looked into is left."""
    deep = "a/" * 30 + "b.txt"
    found, told = read(tarred(("ä" * 300 + ".ipynb", b"1"), (deep, b"2")), tmp_path)
    (name,) = found
    assert len(name.encode()) <= 255
    assert name.startswith("äää")
    assert name.endswith(".ipynb")
    assert told == [f"…{deep[-79:] if len(deep) > 80 else deep} lies too deep"] or (
        told == [f"{deep} lies too deep"]
    )


def test_files_of_one_name_are_all_kept(tmp_path: Path) -> None:
    """The second gets a number, capitals are no difference; a file is no folder."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a.txt", b"1"), ("A.TXT", b"2"), ("a.txt", b"3"), ("a.txt/b", b"4"))
    found, told = read(data, tmp_path)
    assert found == {"a.txt": b"1", "A (2).TXT": b"2", "a (3).txt": b"3"}
    assert told == ["a.txt/b lies in what is a file, too"]


def test_names_that_do_not_say_their_encoding(tmp_path: Path) -> None:
    """UTF-8 where they are that, or else cp437."""
    assert [*read(with_flags(zipped(("Pérez.txt", b"")), 0), tmp_path)[0]] == ["Pérez.txt"]
    old = with_flags(zipped(("Pérez.txt", b"")), 0).replace("é".encode(), b"\x82\x82")
    assert [*read(old, tmp_path)[0]] == ["Pééérez.txt".replace("ééé", "éé")]


def test_backslashes_of_old_windows_programs_part_folders(tmp_path: Path) -> None:
    """Where the archive says that such a system made it."""
    data = zipped(("hw\\a.txt", b"1"), ("..\\b.txt", b"2"))
    by_dos = bytearray(data)
    place = by_dos.find(DIRECTORY)
    while place >= 0:
        by_dos[place + 5] = 0
        place = by_dos.find(DIRECTORY, place + 4)
    assert read(bytes(by_dos), tmp_path) == ({"hw/a.txt": b"1"}, [f"../b.txt {OUTSIDE}"])


def test_links_and_devices_are_left(tmp_path: Path) -> None:
    """In a tar and in a zip."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            *(("a", tarfile.SYMTYPE), ("b", tarfile.LNKTYPE)),
            *(("c", tarfile.CHRTYPE), ("d", tarfile.FIFOTYPE)),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert read(out.getvalue(), tmp_path) == ({}, ["a, b is a link", "c, d is no file"])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zip_:
        for name, mode in (("a", stat.S_IFLNK), ("c", stat.S_IFCHR)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (mode | 0o644) << 16
            zip_.writestr(entry, "/etc/passwd")
    assert read(out.getvalue(), tmp_path) == ({}, ["a is a link", "c is no file"])


def test_what_is_packed_otherwise_is_left(tmp_path: Path) -> None:
    """Encrypted, or in bzip2, which zipfile unpacks without any bound."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", bytes(1000))
    told = ["a is packed in a way that is not read here: zip it anew"]
    assert read(out.getvalue(), tmp_path) == ({}, told)
    encrypted = with_flags(zipped(("a", b"1"), ("b", b"2")), 1)
    assert read(encrypted, tmp_path) == ({}, ["a, b is encrypted"])


def many_entries(number: int) -> bytes:
    """A zip that says it has so many entries, all the same."""
    plain = zipped(("a.txt", b"1"))
    start, end = plain.index(DIRECTORY), plain.index(END)
    entry = plain[start:end]
    size = len(entry) * number
    short = min(number, 0xFFFF)
    tail = struct.pack("<4s4H2LH", END, 0, 0, short, short, size, start, 0)
    return plain[:start] + entry * number + tail


def overlapping() -> bytes:
    """A zip whose entries share a content."""
    return many_entries(5)


def chain_of_long_names(number: int) -> bytes:
    """A tar in which one header for a long name follows on the other."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10
    return (info.tobuf() + b"a" * 10 + bytes(502)) * number


def pax(content: bytes) -> bytes:
    """A tar with an extended header."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, len(content)
    return info.tobuf() + content + bytes(-len(content) % 512)


def of_size(size: int) -> bytes:
    """A tar whose entry says that it has another size."""
    header = bytearray(tarfile.TarInfo("a").tobuf())
    header[124:136] = b"\xff" * 8 + struct.pack(">i", size) if size < 0 else b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


FORGED = {
    "nothing": (lambda: b"", "is no archive"),
    "a text": (lambda: b"no archive at all" * 100, "is no archive"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "7z archive, which is not opened"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100), "rar archive, which is not opened"),
    "zip cut off": (lambda: zipped(("a", os.urandom(9999)))[:5000], "cut off or damaged"),
    "tar.gz cut off": (
        lambda: tarred(("a", os.urandom(9999)), packing="gz")[:5000],
        "cut off or damaged",
    ),
    "tar.xz cut off": (
        lambda: tarred(("a", os.urandom(9999)), packing="xz")[:5000],
        "cut off or damaged",
    ),
    "shared content": (lambda: overlapping(), "share their content"),
    "many entries": (
        lambda: many_entries(20_000),
        "20,000 entries or more; at most 10,000 are read",
    ),
    "very many entries": (lambda: many_entries(100_000), "says of itself what can't be"),
    "a bomb": (lambda: zipped(("a", bytes(100 * MIB))), "would become 100 MiB"),
    "a bomb as tar.gz": (lambda: tarred(("a", bytes(100 * MIB)), packing="gz"), "more than 64 MiB"),
    "a bomb as tar.xz": (lambda: lzma.compress(bytes(100 * MIB)), "more than 64 MiB"),
    "long names": (lambda: chain_of_long_names(5000), "cut off or damaged"),
    "a long pax header": (lambda: pax(b"1" * 100_000), "says of itself what can't be"),
    "many pax headers": (lambda: pax(b"1" * 15_000) * 2_000, "takes too long"),
    "an entry of no size": (lambda: of_size(-512), "can't be|damaged"),
    "an entry beyond the end": (lambda: of_size(5 << 20), "cut off"),
}


@pytest.mark.parametrize(
    ("make", "told"), daily(FORGED, *(FORGED.keys() - {"a bomb as tar.xz", "many pax headers"}))
)
def test_what_is_forged_ends_in_a_line(
    make: Callable[[], bytes], told: str, tmp_path: Path
) -> None:
    """Soon, and without filling memory."""
    data = make()
    start = time.thread_time()
    with pytest.raises(ArchiveError, match=told) as error:
        read(data, tmp_path)
    assert "\n" not in str(error.value)
    assert time.thread_time() - start < OF_STUDENT.seconds + 10


@pytest.mark.parametrize(
    "data",
    [
        patched(zipped(("a", b"1234")), DIRECTORY, 24, "<L", 0xFFFFFFF0),
        patched(zipped(("a", b"1234")), DIRECTORY, 24, "<L", 2),
        patched(zipped(("a", b"1234")), DIRECTORY, 24, "<L", 9999),
        patched(zipped(("a", b"1234")), DIRECTORY, 16, "<L", 9999),
        patched(zipped(("a", b"1234")), DIRECTORY, 42, "<L", 9999),
        patched(zipped(("a", b"1234")), DIRECTORY, 20, "<L", 0xFFFFFFFF),
        patched(zipped(("a", b"1234")), END, 12, "<L", 0x7FFFFFFF),
        patched(zipped(("a", b"1234")), END, 16, "<L", 0x7FFFFFFF),
    ],
    ids=["larger than is read", "less", "more", "crc", "place", "packed", "list", "its place"],
)
def test_what_an_archive_says_of_itself_is_not_believed(data: bytes, tmp_path: Path) -> None:
    """Sizes and places are wrong: a line each, and nothing of the file."""
    try:
        found, told = read(data, tmp_path)
    except ArchiveError:
        return
    assert found == {}
    assert len(told) == 1


def test_a_large_file_is_left_and_the_others_read(tmp_path: Path) -> None:
    """One student's does not keep a class from its own."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(("a", bytes(2 * MIB)), ("b", b"1")))
    with opened(path, replace(OF_STUDENT, member_bytes=MIB)) as archive:
        assert [member.path for member in archive.members] == ["b"]
        assert list(summed_up(archive.left)) == ["a has more than 1 MiB"]


def test_trouble_of_the_reader_is_no_damage(tmp_path: Path) -> None:
    """An error in the block is its own."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(("a", b"1")))
    with pytest.raises(ValueError, match="mine"), opened(path):
        raise ValueError("mine")
