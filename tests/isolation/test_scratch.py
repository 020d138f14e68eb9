"""A kernel's own folder: how much may be in it, and that it goes, whatever is in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.isolation import scratch
from autograder.isolation.errors import Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.sandbox import NOBODY
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.zygote import Zygote

Say = Callable[[StudentKernel, str], str]

MIB = 1 << 20
ORDINARY = 65533
ROOT = Path(__file__).parents[2]
TOO_MUCH = "wrote more files, or larger ones, than it may"

# After each, the cell waits for longer than it takes to look.
FILLING = [
    ("one-file", "f.write(bytes(8 << 20))"),
    ("many-files", "for n in range(8): open(str(n), 'wb').write(bytes(1 << 20))"),
    ("small-files", "for n in range(100): open(str(n), 'w').close()"),
    ("folders", "for n in range(100): os.mkdir(str(n))"),
    ("deep-folders", "for n in range(100): os.mkdir('d'); os.chdir('d')"),
    (
        "in-folders",
        "os.makedirs('a/b/c')\n"
        "for n in range(8): open('a/b/c/' + str(n), 'wb').write(bytes(1 << 20))",
    ),
    ("allocated", "os.posix_fallocate(f.fileno(), 0, 8 << 20)"),
    ("mapped", "f.truncate(8 << 20)\nmmap.mmap(f.fileno(), 0)[:] = bytes(8 << 20)"),
    (
        "deeper-than-a-path-is-long",
        "home = os.getcwd()\nfor n in range(20): os.mkdir('d' * 250); os.chdir('d' * 250)\n"
        "for n in range(8): open(str(n), 'wb').write(bytes(1 << 20))\nos.chdir(home)",
    ),
    (
        "closed-folder",
        "os.mkdir('closed', 0o300)\n"
        "for n in range(8): open('closed/' + str(n), 'wb').write(bytes(1 << 20))",
    ),
    (
        "unlinked-and-open",
        "for n in range(8):\n"
        "    g = open('g', 'wb', 0); g.write(bytes(1 << 20)); os.unlink('g'); kept.append(g)",
    ),
    (
        "unlinked-and-mapped",
        "map = ctypes.CDLL(None).mmap; map.argtypes = [ctypes.c_size_t] * 6\n"
        "for n in range(8):\n"
        "    g = open('g', 'w+b', 0); g.write(bytes(1 << 20)); os.unlink('g')\n"
        "    map(0, 4096, 3, 1, g.fileno(), 0); g.close()",
    ),
]


@pytest.fixture
def folder(processes: None, tmp_path: Path) -> Iterator[Path]:
    """Where kernels have their folders."""
    tmp_path.chmod(0o711)
    yield tmp_path
    subprocess.run(["rm", "-rf", tmp_path], check=False)  # pytest can't, where a test has failed


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in FILLING])
def test_a_kernel_that_fills_the_disk_is_stopped(
    folder: Path, new_kernel: Any, say: Say, source: str
) -> None:
    """However it is done, the kernel ends, its folder goes, and the next one works."""
    kernel = new_kernel(folder=folder, scratch_bytes=4 * MIB, scratch_files=50, cell_seconds=5)
    cell = "import ctypes, mmap, os, threading\nkept, f = [], open('f', 'w+b', 0)"
    stopped = kernel.run(1, f"{cell}\n{source}\nthreading.Event().wait()").stopped
    assert stopped is not None
    assert (stopped.reason, str(stopped)) == ("disk-limit", TOO_MUCH)
    assert list(folder.iterdir()) == []
    assert say(kernel, "1 + 1") == "2"


def test_what_quick_cells_write_adds_up(new_kernel: Any) -> None:
    """A kernel whose every answer comes at once is measured as well."""
    kernel = new_kernel(scratch_bytes=MIB)
    for number in range(3000):
        ran = kernel.run(number, f"open('{number}', 'wb').write(bytes(1 << 16))")
        if ran.stopped:
            break
    assert ran.stopped
    assert ran.stopped.reason == "disk-limit"


def test_what_quick_calls_write_adds_up(new_kernel: Any) -> None:
    """So is one whose function writes a little whenever it is called."""
    kernel = new_kernel(scratch_bytes=MIB)
    kernel.run(1, "def f(n):\n    open(str(n), 'wb').write(bytes(1 << 16))")
    function = kernel.get("f", lambda tree: RemoteFunction(kernel, "f", tree))

    def call_often() -> None:
        for number in range(3000):
            function(number)

    with pytest.raises(Stopped, match=TOO_MUCH):
        call_often()


def test_what_was_removed_does_not_count(new_kernel: Any, say: Say) -> None:
    """A kernel may write more over time than it may have at a time."""
    kernel = new_kernel(scratch_bytes=4 * MIB, scratch_files=50)
    source = """
import os, time
end = time.monotonic() + 0.5
while time.monotonic() < end:
    open("f", "wb").write(bytes(1 << 20)); os.unlink("f")
print("done")
"""
    assert say(kernel, source) == "done"


def test_a_stopped_cell_is_not_run_again(new_kernel: Any, say: Say) -> None:
    """What the cells before it did is there in the next kernel."""
    kernel = new_kernel(scratch_bytes=4 * MIB)
    assert say(kernel, "kept = 8\nopen('kept', 'w').write('nine')") == "4"
    fill = "import threading\nopen('f', 'wb').write(bytes(8 << 20))\nthreading.Event().wait()"
    (output,) = kernel.run(2, fill).outputs
    assert (output["ename"], output["evalue"]) == ("DeadKernelError", f"This cell {TOO_MUCH}.")
    assert say(kernel, "kept, open('kept').read()") == "(8, 'nine')"


# The module itself.


def test_a_new_folder_has_its_files(tmp_path: Path) -> None:
    """They are where they were, and the kernel's own."""
    made = scratch.make(tmp_path, {"a.txt": b"a", "d/e/b.bin": b"\0"})
    assert made.parent == tmp_path
    assert (made / "a.txt").read_bytes() == b"a"
    assert (made / "d/e/b.bin").read_bytes() == b"\0"
    owner = NOBODY if os.geteuid() == 0 else os.geteuid()
    assert {path.stat().st_uid for path in (made, *made.rglob("*"))} == {owner}
    assert made.stat().st_mode & 0o777 == 0o700


def test_usage_counts_files_folders_and_blocks(tmp_path: Path) -> None:
    """Every entry counts, and a sparse file counts what it takes."""
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "f").write_bytes(bytes(8192))
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    size, count = scratch.usage(tmp_path, 1000)
    assert count == 4
    assert 8192 <= size < 1 << 20


def test_usage_stops_at_enough(tmp_path: Path) -> None:
    """Whoever has made too many does not cost more time the more there are."""
    for name in "abcdef":
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    assert scratch.usage(tmp_path, 3) == (0, 6)


def test_usage_follows_no_link(tmp_path: Path) -> None:
    """What a link leads to is not in the folder."""
    (tmp_path / "link").symlink_to("/usr")
    size, count = scratch.usage(tmp_path, 1000)
    assert count == 1
    assert size < 1 << 20


CLUTTER = [
    ("closed-folder", "os.mkdir('d'); open('d/f', 'w').close(); os.mkdir('d/e', 0)"),
    ("write-only-folder", "os.mkdir('d', 0o300); open('d/f', 'w').close()"),
    ("closed-file", "os.close(os.open('f', os.O_CREAT, 0))"),
    ("unusual-names", r"[open(n, 'w').close() for n in ('-rf', ' ', '\n', '*', '..a', '\\')]"),
    ("bytes-names", r"os.mkdir(b'\xff\xfe'); open(b'\xff\xfe/\xe9', 'w').close()"),
    ("long-names", "os.mkdir('d' * 255); open('d' * 255 + '/' + 'f' * 255, 'w').close()"),
    (
        "names-of-ours",
        "[os.makedirs(f'{a}-{b}/{c}') for a in range(4) for b in '01' for c in '01']",
    ),
    (
        "deep",
        "home = os.getcwd()\nfor n in range(2000): os.mkdir('d'); os.chdir('d')\n"
        "open('f', 'w').close(); os.chdir(home)",
    ),
    (
        "deep-and-long",
        "home = os.getcwd()\nfor n in range(100): os.mkdir('d' * 255); os.chdir('d' * 255)\n"
        "open('f', 'w').close(); os.chdir(home)",
    ),
    (
        "deep-and-closed",
        "home = os.getcwd()\nfor n in range(40): os.mkdir('d' * 200); os.chdir('d' * 200)\n"
        "os.mkdir('last', 0); os.chdir(home)",
    ),
    ("many", "for n in range(3000): open(str(n), 'w').close()"),
    ("cwd-elsewhere", "os.mkdir('d'); os.chdir('d')"),
]


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in CLUTTER])
def test_a_folder_is_removed_whatever_is_in_it(folder: Path, new_kernel: Any, source: str) -> None:
    """A kernel made it all from a cell; nothing is left when the kernel is closed."""
    kernel = new_kernel(folder=folder, scratch_files=10**6)
    ran = kernel.run(1, f"import os\n{source}\nNone")
    assert ran.stopped or ran.outputs == []
    kernel.close()
    assert list(folder.iterdir()) == []


def test_links_are_removed_and_not_what_they_lead_to(tmp_path: Path) -> None:
    """Even if a kernel found a way to make one."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    made = scratch.make(tmp_path, {})
    (made / "link").symlink_to(tmp_path / "kept")
    (made / "dangling").symlink_to("nowhere")
    scratch.remove(made)
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "file"]


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become someone else")
def test_a_folder_that_is_closed_to_its_owner_counts(tmp_path: Path) -> None:
    """An ordinary user can't list what his own kernel closed, and learns that it is too much."""
    made = tmp_path / "made"
    (made / "closed").mkdir(parents=True)
    (made / "closed" / "file").write_bytes(bytes(8 * MIB))
    for path in (made, made / "closed", made / "closed" / "file"):
        os.chown(path, ORDINARY, ORDINARY)
    (made / "closed").chmod(0o300)
    program = f"""
import os, pathlib
from autograder.isolation import scratch
os.chdir({str(tmp_path)!r})
os.setgroups([]); os.setresgid(*[{ORDINARY}] * 3); os.setresuid(*[{ORDINARY}] * 3)
size, count = scratch.usage(pathlib.Path("made"), 1000)
print(size >= {8 * MIB} or count >= 1000)
scratch.remove(pathlib.Path("made/closed"))
"""
    tmp_path.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert list(made.iterdir()) == []


def test_nothing_is_left_of_many_kernels(new_kernel: Any, zygote: Zygote) -> None:
    """Each takes its folder and its descriptors with it."""

    def there() -> tuple[set[Path], int]:
        return set(zygote.folder.iterdir()), len(list(Path("/proc/self/fd").iterdir()))

    before = there()
    for _ in range(5):
        kernel = new_kernel(files={"a": b"b"})
        kernel.run(1, "open('c', 'w').write('d')")
        kernel.close()
    assert there() == before
