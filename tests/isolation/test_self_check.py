"""What `doctor` tries in a kernel: refused by one that is held in, done by one that is not."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.config import Sandbox
from autograder.isolation import self_check
from autograder.isolation.outputs import Output
from autograder.isolation.sandbox import Part
from autograder.isolation.self_check import Run
from autograder.isolation.student_kernel import StudentKernel
from autograder.words import short

MIB = 1 << 20
LIMITS = replace(Sandbox().limits(), file_bytes=2 * MIB, scratch_bytes=4 * MIB)
NAMES = ["read", "connect", "fork", "signal", "disk"]
ON = "grade nothing here: this machine does not hold students' code in"
OFF = 'c.Sandbox.policy = "on", or --sandbox on, refuses it'
SIZES = {"file_bytes": LIMITS.file_bytes, "scratch_bytes": LIMITS.scratch_bytes}


def run_in(kernel: StudentKernel) -> Run:
    """Runs cells in a kernel, as an examiner would."""
    return lambda cells: [kernel.run(number, cell).outputs for number, cell in enumerate(cells, 1)]


def told(parts: Sequence[Part]) -> dict[str, str]:
    """The lines of parts by their names, as the command prints them."""
    return {part.name: f"{'✓' if part.there else '✗'} {part.detail}" for part in parts}


def in_folders(*folders: Path) -> str:
    """What is tried to be read in folders."""
    return ", ".join(f"a file in {short(str(folder))}" for folder in folders)


def children() -> list[str]:
    """The processes that this one has started and that are there."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return sorted(listed.split())


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made; its own, so that others' are not counted."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course's folder."""
    folder = tmp_path / "course"
    folder.mkdir()
    return folder


@pytest.fixture
def nothing_left(processes: None, course: Path, temporary: Path) -> Iterator[None]:
    """What was made is removed: files, processes and descriptors."""

    def there() -> tuple[list[Path], list[Path], list[str], int]:
        descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (numbers)
        return [*course.iterdir()], [*temporary.iterdir()], children(), descriptors

    before = there()
    yield
    assert there() == before


def test_all_is_refused_by_a_kernel_that_is_held_in(
    new_kernel: Any, course: Path, temporary: Path
) -> None:
    """Each line names what was tried."""
    made = told(self_check.check(run_in(new_kernel(**SIZES)), LIMITS, [course]))
    assert made == {
        "read": f"✓ refused: {in_folders(course, temporary)}, other kernels' folders",
        "connect": "✓ refused: a port of 127.0.0.1, a Unix socket",
        "fork": "✓ refused: another process, a program",
        "signal": "✓ refused: SIGTERM to another process",
        "disk": "✓ refused: a file outside its own folder, more than 2 MiB in a file, "
        "more than 4 MiB in all",
    }


def test_all_is_done_by_a_kernel_that_nothing_holds_in(
    new_kernel: Any, course: Path, temporary: Path
) -> None:
    """Each attempt can succeed, and is told; what it writes in all is measured from outside."""
    limits = replace(LIMITS, sandbox=False)
    kernel = new_kernel(sandbox=False, **SIZES)
    made = told(self_check.check(run_in(kernel), limits, [course]))
    assert made == {
        "read": f"✗ not refused: {in_folders(course, temporary)}, other kernels' folders; {OFF}",
        "connect": f"✗ not refused: a port of 127.0.0.1, a Unix socket; {OFF}",
        "fork": f"✗ not refused: another process, a program; {OFF}",
        "signal": f"✗ not refused: SIGTERM to another process; {OFF}",
        "disk": f"✗ not refused: a file outside its own folder, more than 2 MiB in a file; {OFF}",
    }


@pytest.mark.parametrize("sandbox", [True, False], ids=["held-in", "not-held-in"])
@pytest.mark.usefixtures("nothing_left")
def test_nothing_is_left_of_the_attempts(new_kernel: Any, course: Path, sandbox: bool) -> None:
    """Whether they succeed or not."""
    kernel = new_kernel(sandbox=sandbox, **SIZES)
    limits = replace(LIMITS, sandbox=sandbox)
    assert [part.name for part in self_check.check(run_in(kernel), limits, [course])] == NAMES
    kernel.close()


@pytest.mark.usefixtures("nothing_left")
def test_nothing_is_left_where_they_break_off(course: Path) -> None:
    """An error in the middle of them is the caller's, and what was made goes all the same."""

    def broken(cells: Sequence[str]) -> Sequence[Sequence[Output]]:
        raise RuntimeError("no kernel")

    with pytest.raises(RuntimeError, match="no kernel"):
        self_check.check(broken, LIMITS, [course])


def test_more_than_is_allowed_in_all(new_kernel: Any, course: Path) -> None:
    """A kernel that may write more than the settings say is found out."""
    kernel = new_kernel(file_bytes=LIMITS.file_bytes, scratch_bytes=16 * MIB)
    made = told(self_check.check(run_in(kernel), LIMITS, [course]))
    assert made["disk"] == f"✗ not refused: more than 4 MiB in all; {ON}"
    assert {line[0] for name, line in made.items() if name != "disk"} == {"✓"}


def test_a_larger_file_than_is_allowed(new_kernel: Any, course: Path) -> None:
    """So is one whose files may be larger."""
    kernel = new_kernel(file_bytes=16 * MIB, scratch_bytes=LIMITS.scratch_bytes)
    made = told(self_check.check(run_in(kernel), LIMITS, [course]))
    assert made["disk"] == f"✗ not refused: more than 2 MiB in a file; {ON}"


def test_a_file_in_a_folder_that_kernels_read(
    new_kernel: Any, course: Path, readable_paths: list[str]
) -> None:
    """A course that lies where the interpreter does would be open to all of them."""
    kernel = new_kernel(paths=[*readable_paths, str(course)], **SIZES)
    made = told(self_check.check(run_in(kernel), LIMITS, [course]))
    assert made["read"] == (
        f"✗ not refused: {in_folders(course)}; kernels read the interpreter's folders: keep the "
        "course, its gradebook and temporary files out of them"
    )


def test_a_limit_that_the_disk_has_no_room_for(new_kernel: Any, course: Path) -> None:
    """It is not tried: it would fill the disk, as a student's code could."""
    limits = replace(LIMITS, scratch_bytes=1 << 60)
    made = told(self_check.check(run_in(new_kernel(**SIZES)), limits, [course]))
    start, _, advice = made["disk"].partition("; ")
    assert start == (
        "✗ not refused: 1099511627776 MiB in all, more than half of what is free in "
        f"{short(tempfile.gettempdir())}"
    )
    assert advice == "lower c.Sandbox.scratch_mib, or make room"


def lying(run: Run) -> Run:
    """A kernel that does all, and says that all was refused."""

    def lie(cells: Sequence[str]) -> list[list[Output]]:
        return [
            [{**output, "text": denied(output["text"])} if "text" in output else output]
            for (output,) in run(cells)
        ]

    def denied(text: str) -> str:
        said = [json.loads(line) for line in text.splitlines()]
        return "\n".join(json.dumps([what, "EPERM"]) for what, _ in said)

    return lie


def test_what_is_seen_from_outside_counts(new_kernel: Any, course: Path) -> None:
    """A connection that came, a process that ended and a file that is there are no refusals."""
    limits = replace(LIMITS, sandbox=False)
    run = lying(run_in(new_kernel(sandbox=False, **SIZES)))
    made = told(self_check.check(run, limits, [course]))
    assert made["connect"] == f"✗ not refused: a port of 127.0.0.1, a Unix socket; {OFF}"
    assert made["signal"] == f"✗ not refused: SIGTERM to another process; {OFF}"
    assert made["disk"] == f"✗ not refused: a file outside its own folder; {OFF}"


def saying(text: str) -> Callable[[Sequence[str]], list[list[Output]]]:
    """A kernel whose every cell prints the same."""
    return lambda cells: [[{"output_type": "stream", "name": "stdout", "text": text}]] * len(cells)


@pytest.mark.usefixtures("processes")
def test_a_failure_of_another_kind_is_no_refusal(course: Path) -> None:
    """Neither is no answer: nothing is said to be refused that was not."""
    other = told(self_check.check(saying('["a Unix socket", "ECONNREFUSED"]'), LIMITS, [course]))
    assert other["connect"] == (
        "✗ not known: a port of 127.0.0.1 (no answer), a Unix socket (ECONNREFUSED); "
        "find out why before you grade here"
    )
    none = told(self_check.check(saying("nonsense\n[1]\n"), LIMITS, [course]))
    assert none["signal"] == (
        "✗ not known: SIGTERM to another process (no answer); find out why before you grade here"
    )


def test_a_kernel_that_ends(new_kernel: Any, course: Path) -> None:
    """What ended it is told."""
    kernel = new_kernel()

    def end(cells: Sequence[str]) -> list[list[Output]]:
        return [kernel.run(1, f"import os\nos._exit(1)\n{cell}").outputs for cell in cells]

    assert told(self_check.check(end, LIMITS, [course]))["signal"] == (
        "✗ not known: SIGTERM to another process (This cell ended the kernel.); "
        "find out why before you grade here"
    )


def test_a_folder_where_no_file_can_be_made(course: Path) -> None:
    """The system's error says which: nobody is told that it is safe."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        self_check.check(saying(""), LIMITS, [course / "nowhere"])
