"""How fast a class is graded: stock nbgrader and this kit, in turn, on the same submissions.

    make bench                          8 submissions, each way twice, on one core and on two
    python -m tests.benchmark --help
    python -m tests.benchmark --no-stock --students 60      this kit alone, by part

Prints ratios of one run on one machine: seconds alone say little of another. Stock is nbgrader's
own `nbgrader autograde`, with its own steps. Beside them, the same cells in bare forks of a warm
process, without sandbox, examiner or record: what nobody can go below. Then where the processor
time of one more run goes, part by part: `tests.parts`. BENCHMARKS.md keeps a table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.classroom.build import build
from tests.course import BIN, ROOT, STOCK, fresh_clone, run


@dataclass(frozen=True)
class Cost:
    """What one grading run took.

    Args:
        wall_seconds: of the command.
        cpu_seconds: of all its processes.
        own_seconds: of them, the command's own process's: it reads, records and runs no notebook.
        kernel_mib: the most memory that a kernel had to itself.
    """

    wall_seconds: float
    cpu_seconds: float
    own_seconds: float
    kernel_mib: float


BARE = ROOT / "tests" / "bare.py"
PARTS = ROOT / "tests" / "parts.py"
ADDITIONS = 10_000_000

# Runs a command of the environment in this process, and tells its own processor time at the end.
OWN = """
import atexit, resource, runpy, sys

def tell():
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"own seconds: {used.ru_utime + used.ru_stime}", file=sys.stderr)

atexit.register(tell)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=8, metavar="N")
    parser.add_argument("--rounds", type=int, default=2, metavar="N")
    parser.add_argument("--no-stock", action="store_true", help="only the parts of this kit")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2], metavar="N")
    options = parser.parse_args()
    print_machine()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        course = _course(Path(folder) / "course", options.students)
        cores = sorted(os.sched_getaffinity(0))
        for count in (
            () if options.no_stock else sorted({min(n, len(cores)) for n in options.cores})
        ):
            os.sched_setaffinity(0, cores[:count])
            rounds = [_round(course, count) for _ in range(options.rounds)]
            _print(rounds, count, options.students)
        os.sched_setaffinity(0, cores[:2])
        _print_parts(course, options.students)
        os.sched_setaffinity(0, cores)
        print(f"cold start to the first record: {_first_record(course):.1f} s")


def print_machine() -> None:
    """What the figures are of: nobody can compare them otherwise."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "nbgrader"))
    print(
        f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}, "
        f"{packages}; {ADDITIONS:,} additions in Python: {_additions():.2f} s"
    )


def _additions() -> float:
    """Seconds that so many additions take: the machine may be slowed, and all figures with it."""
    start, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    return time.perf_counter() - start


def _course(folder: Path, students: int) -> Path:
    """A released course with some of the bundled class."""
    course = fresh_clone(folder)
    build(course)
    bundled = sorted((course / "submitted").iterdir())
    for number in range(len(bundled), students):  # a larger class has some of them more than once
        shutil.copytree(bundled[number % len(bundled)], course / "submitted" / f"more{number}")
    for student in bundled[students:]:
        shutil.rmtree(student)
    _must(course, "autograder", "release", "losses")
    return course


def _must(course: Path, *command: str) -> str:
    """What a command says on its error stream."""
    done = run(course, *command)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} failed: {done.stderr[-500:]}")
    return done.stderr


def _round(course: Path, jobs: int) -> tuple[Cost, Cost, Cost]:
    """Stock, then ours, then the cells alone."""
    config = course / "course_config.py"
    own = config.read_text()
    config.write_text(own + STOCK)
    try:
        stock = _measured(course, "nbgrader", "autograde", "losses", "--force")
    finally:
        config.write_text(own)
    ours = _measured(course, "autograder", "grade", "losses", "--force", "--jobs", str(jobs))
    return stock, ours, _measured(course, str(BARE), str(course), str(jobs))


def _measured(course: Path, *command: str) -> Cost:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with _largest_kernel() as largest:
        name, *rest = command
        told = _must(course, sys.executable, "-c", OWN, str(BIN / name), *rest)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    own = float(told.rpartition("own seconds:")[2])
    return Cost(wall, cpu, own, largest())


class _largest_kernel:  # noqa: N801 (used as a function)
    """Watches this process's descendants: the most that one which runs a notebook had its own."""

    def __init__(self) -> None:
        self._largest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> _largest_kernel:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def __call__(self) -> float:
        return self._largest

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for process in _kernels():
                self._largest = max(self._largest, _private_mib(process))


def _kernels() -> Iterator[Path]:
    """Kernels: what ipykernel's launcher started, or a fork of the zygote that is held in."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text()
            status = (process / "status").read_text()
            held_in = "isolation.zygote_main" in command and "Seccomp:\t2" in status
            if held_in or "ipykernel_launcher" in command:
                yield process
        except OSError:
            continue  # it has ended


def _private_mib(process: Path) -> float:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def _print(rounds: list[tuple[Cost, Cost, Cost]], cores: int, students: int) -> None:
    noun = "core" if cores == 1 else "cores"
    print(f"\n{cores} {noun}, {students} submissions, medians of {len(rounds)} rounds")
    print(f"{'':28}{'stock':>10}{'autograder':>12}{'ratio':>8}{'bare fork':>12}")
    for label, of, sign in (  # the ratio is above 1 where ours is the better
        ("submissions a second", lambda cost: students / cost.wall_seconds, 1),
        ("CPU seconds a submission", lambda cost: cost.cpu_seconds / students, -1),
        ("  in kernels and examiners", lambda c: (c.cpu_seconds - c.own_seconds) / students, -1),
        ("MiB of a kernel's own", lambda cost: cost.kernel_mib, -1),
    ):
        stock, ours, bare = (statistics.median(map(of, side)) for side in zip(*rounds, strict=True))
        ratio = (ours / stock) ** sign if ours else float("nan")  # a kernel that nobody met
        print(f"{label:28}{stock:10.2f}{ours:12.2f}{ratio:8.1f}{bare:12.2f}")


def _print_parts(course: Path, students: int) -> None:
    """Where the processor time goes, the largest part first."""
    told = _must(course, sys.executable, str(PARTS), str(course), "2")
    parts = json.loads(told.splitlines()[-1])
    print(f"\nprocessor milliseconds a submission, by part ({students} submissions, one run)")
    for part, seconds in sorted(parts["seconds"].items(), key=lambda entry: -entry[1]):
        count = parts["processes"].get(part, 0)
        processes = f"{count} processes" if count > 1 else ""
        print(f"{part:40}{1000 * seconds / students:8.1f}   {processes}".rstrip())
    print(f"{'all':40}{1000 * sum(parts['seconds'].values()) / students:8.1f}")


def _first_record(course: Path) -> float:
    """Seconds from the command to a graded submission, with nothing running before."""
    student = min((course / "submitted").iterdir()).name
    start = time.perf_counter()
    report = course / "first.json"
    once = ("--student", student, "--json", str(report))
    _must(course, "autograder", "grade", "losses", "--force", *once)
    seconds = time.perf_counter() - start
    assert json.loads(report.read_text())["submissions"][0]["status"] == "graded"
    return seconds


if __name__ == "__main__":
    main()
