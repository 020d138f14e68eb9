"""Where the processor time of a grading goes: which process had it, and for which step.

    python -m tests.parts COURSE JOBS

Grades a course's assignment `losses` and prints, as JSON, seconds by part. What a process took is
told by the system when it has ended, so all is counted, and nothing twice.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autograder import cli
from autograder.batch import grading
from autograder.grading import submission
from autograder.isolation import fork_server, zygote

# The part that a forked process is, by what it runs.
PARTS = {
    "fork_openings": "start: zygote of the examiners",
    "fork_kernels": "start: first cells, for kernels",
    "fork_examiners": "start: first cells, for examiners",
    "run_kernel": "kernels",
    "examine": "examiners",
}
ZYGOTE = "start: zygote"
COUNTING = "from tests.parts import count_children; count_children({file!r}); "
MAIN = "from autograder.isolation.zygote_main"


def main(course: str, jobs: str) -> None:
    """Grades, and prints the seconds of each part, with the number of processes."""
    spent: Counter[str] = Counter()
    grading.record = _counted(grading.record, "coordinator: to record", spent)
    submission.read = _counted(submission.read, "coordinator: to read", spent)
    with TemporaryDirectory(prefix="parts-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "children"
        counting = COUNTING.format(file=str(file)).replace("{", "{{").replace("}", "}}")
        zygote.PROGRAM = zygote.PROGRAM.replace(MAIN, counting + MAIN)
        try:
            cli.main(["grade", "losses", "--force", "--course", course, "--jobs", jobs])
        except SystemExit as ended:
            if ended.code not in (0, 1):
                raise
        counts = _children(file, spent)
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent["coordinator"] = used.ru_utime + used.ru_stime
    spent["coordinator: the rest"] = spent.pop("coordinator") - sum(
        seconds for part, seconds in spent.items() if part.startswith("coordinator:")
    )
    print(json.dumps({"seconds": spent, "processes": counts}), file=sys.stderr)


def _counted(function: Callable[..., Any], part: str, spent: Counter[str]) -> Callable[..., Any]:
    """A function that does the same, and counts the time of its thread."""

    def counted(*args: Any, **kwargs: Any) -> Any:
        start = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[part] += time.thread_time() - start

    return counted


def _children(file: Path, spent: Counter[str]) -> Counter[str]:
    """Adds what each process took without its children's; how many there were of each part."""
    ended = [json.loads(line) for line in file.read_text().splitlines()]
    counts: Counter[str] = Counter()
    for _, parent, part, seconds in ended:
        spent[part] += seconds
        counts[part] += 1
        above = next((each for each in ended if each[0] == parent), None)
        if above:
            spent[above[2]] -= seconds
    whole = resource.getrusage(resource.RUSAGE_CHILDREN)
    roots = sum(e[3] for e in ended if all(e[1] != other[0] for other in ended))
    spent[ZYGOTE] += whole.ru_utime + whole.ru_stime - roots
    return counts


def count_children(file: str) -> None:
    """Called in a zygote: it and what it forks note what each of their children took."""
    forked = fork_server._forked

    def noted(run: Callable[..., None], *rest: Any) -> Any:
        child = forked(run, *rest)
        names[child.pid] = _name(run)
        return child

    def reap(child: Any) -> None:
        _, _, used = os.wait4(child.pid, 0)
        seconds = used.ru_utime + used.ru_stime
        part = PARTS.get(names[child.pid], "others")
        with open(file, "a", encoding="utf-8") as out:  # noqa: PTH123 (Path is slower)
            out.write(json.dumps([child.pid, os.getpid(), part, seconds]) + "\n")
        os.close(child.pidfd)
        child.socket.close()

    names: dict[int, str] = {}
    fork_server._forked = noted
    fork_server._Child.reap = reap  # type: ignore[method-assign]


def _name(run: Callable[..., None]) -> str:
    """The name of the function that a child runs."""
    if isinstance(run, partial):
        return str(run.func.__name__)
    entry = next(cell.cell_contents for cell in run.__closure__ or ())
    return str(entry).rpartition(":")[2]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
