"""A thousand damaged and forged archives: each ends in records or in one line, and nowhere else."""

from __future__ import annotations

import json
import random
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.config import load
from autograder.grading import assignment as assignments
from autograder.grading import submission
from tests.lms.courses import collect, course, everything, notebook
from tests.lms.downloads import canvas_class, moodle_class, packed, tar_of, zip_of
from tests.tiny import answered, tiny_course

EVERY_DAY, ALL = 50, 1000
SECONDS = 30.0  # of processor time for one
MEMORY = 1 << 30  # bytes

Change = Callable[[bytearray, random.Random], None]


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice([1, 3, 30])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _hole(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 200)]


def _copy(data: bytearray, chance: random.Random) -> None:
    start, place = chance.randrange(len(data)), chance.randrange(len(data))
    data[place:place] = data[start : start + chance.randrange(1, 500)]


def _numbers(data: bytearray, chance: random.Random) -> None:
    """Sizes and places that can't be."""
    place = chance.randrange(max(len(data) - 8, 1))
    data[place : place + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"])


def _of_directory(data: bytearray, chance: random.Random) -> None:
    """The same where a zip's own list is."""
    place = data.rfind(b"PK\x01\x02") + chance.randrange(46)
    if 0 <= place < len(data) - 4:
        data[place : place + 2] = chance.choice([b"\xff\xff", b"\0\0", b"\x01\x08"])


def _names(data: bytearray, chance: random.Random) -> None:
    """Names that lead elsewhere, or are none."""
    old = chance.choice([b".ipynb", b"binary", b"_10", b"47"])
    new = chance.choice([b"../../", b"/etc/a", b"\0", b"\xff\xfe", b"\n", b"//", b"\x1b[2J"])
    data[:] = data.replace(old, (new * 6)[: len(old)])


CHANGES: tuple[Change, ...] = (_flip, _cut, _hole, _copy, _numbers, _of_directory, _names)


def mutated(data: bytes, seed: int) -> bytes:
    """An archive after one to three changes."""
    chance, changed = random.Random(seed), bytearray(data)
    for _ in range(chance.randint(1, 3)):
        chance.choice(CHANGES)(changed, chance)
        changed = changed or bytearray(1)
    return bytes(changed)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[bytes]]:
    """A roster, and what may be handed out: zips and tars of both kinds."""
    folder = tmp_path_factory.mktemp("bases")
    answers = [{"binary.ipynb": notebook(answer=str(n) * 50)} for n in range(8)]
    canvas, moodle = canvas_class(folder, answers), moodle_class(folder, answers)
    entries = [(f"student0{n}/binary.ipynb", notebook(answer=str(n))) for n in range(1, 6)]
    folders = [zip_of(folder / "a.zip", entries), tar_of(folder / "b.tar", entries, "")]
    folders += [
        tar_of(folder / f"c.{packing}", entries, packing) for packing in ("gz", "bz2", "xz")
    ]
    paths = [canvas.archive, moodle.archive, *folders]
    return canvas.roster(), [path.read_bytes() for path in paths]


def seeds() -> list[object]:
    """All of them; some are for every day."""
    return [
        pytest.param(range(0, EVERY_DAY), id="daily"),
        *(
            pytest.param(range(start, start + EVERY_DAY), id=f"{start}", marks=pytest.mark.slow)
            for start in range(EVERY_DAY, ALL, EVERY_DAY)
        ),
    ]


@pytest.mark.parametrize("some", seeds())
def test_collecting_one_ends_in_a_line(
    some: range,
    bases: tuple[str, list[bytes]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 0, 1 or 2; no traceback; files in submitted/ and collected/ alone."""
    roster, archives = bases
    here = course(tmp_path / "course", roster)
    before = set(everything(tmp_path))
    for seed in some:
        archive = tmp_path / "download"
        archive.write_bytes(mutated(archives[seed % len(archives)], seed))
        start = time.thread_time()
        code = collect(here, archive)
        said = capsys.readouterr()
        assert time.thread_time() - start < SECONDS
        assert code in (0, 1, 2), seed
        assert len(said.err.splitlines()) == (code == 2), (seed, said.err)
        assert all(c.isprintable() or c == "\n" for c in said.out + said.err), seed
        archive.unlink()
        there = set(everything(tmp_path)) - before
        allowed = ("course/submitted/student", "course/collected/hw/")
        assert all(path.startswith(allowed) for path in there), (seed, there)
        for made in ("submitted", "collected"):
            shutil.rmtree(here / made, ignore_errors=True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < 4 * MEMORY


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("some", seeds())
def test_one_that_was_handed_in_ends_in_a_record(some: range, tmp_path: Path) -> None:
    """Its notebook is read, or a flag says why not."""
    here = tiny_course(tmp_path / "course")
    settings = load(here)
    asked = assignments.read(settings, "tiny")
    right = json.dumps(answered(here)).encode()
    files = {"hw/tiny.ipynb": right, "hw/data.csv": b"1,2\n" * 100}
    tars = [tar_of(tmp_path / f"a{p}", files.items(), p).read_bytes() for p in ("", "gz", "xz")]
    bases = [packed(files), packed({"inner.zip": packed(files)}), *tars]
    folder = here / "submitted" / "student01" / "tiny"
    folder.mkdir(parents=True)
    for seed in some:
        (folder / "hw.zip").write_bytes(mutated(bases[seed % len(bases)], seed))
        start = time.thread_time()
        read = submission.read(settings, asked, "student01")
        assert time.thread_time() - start < SECONDS
        assert read.notebooks or read.flags, seed
        assert all("\n" not in flag.detail for flag in read.flags)
        assert [path.name for path in folder.iterdir()] == ["hw.zip"]
