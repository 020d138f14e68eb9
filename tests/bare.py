"""The limit: the same cells, hidden tests among them, each notebook in one bare fork.

    python -m tests.bare COURSE JOBS

The process that is forked has loaded all that the kit's has. There is no sandbox, no process beside
the student's, nothing that crosses or is recorded: who runs a notebook at all can hardly be faster.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import nbformat

from autograder.config import load as settings_of
from autograder.examiner.at_hand import EXAMINED
from autograder.exercises.asked import load
from autograder.exercises.modules import of
from autograder.isolation import warmup
from autograder.isolation.shell import Shell

OUTPUT_BYTES = 1 << 20
CPU_SECONDS = 20  # of a notebook: some of the class never end


def main(course: Path, jobs: int) -> None:
    """Runs every graded notebook of a course's assignment `losses`, so many at once."""
    settings = settings_of(course)
    EXAMINED.set(load(of(course, "losses", settings.assignments)))
    warmup.warm_up()
    running = 0
    for path in sorted(course.glob("autograded/*/losses/*.ipynb")):
        if running == jobs:
            os.wait()
            running -= 1
        if os.fork() == 0:
            _run(path)
        running += 1
    for _ in range(running):
        os.wait()


def _run(path: Path) -> None:
    """Runs a notebook's cells in this process, which ends here."""
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        os.chdir(path.parent)
        sys.path.insert(0, "")
        shell = Shell.instance()
        notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells, start=1):
            shell.run(cell.source, number, OUTPUT_BYTES)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]))
