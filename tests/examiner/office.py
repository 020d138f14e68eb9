"""Examiners with threads that wait for them, small notebooks, and who runs in /proc.

Some notebooks wait for a file in their own folder, so that a test knows where they are.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.config import Sandbox
from autograder.examiner.examiners import Examined, Examiners, Job, Source
from autograder.examiner.opened import Opened, Zygotes
from autograder.isolation.zygote import Zygote
from tests.asked import BUNDLED
from tests.course import ROOT

SECONDS = 60.0
LIMITS = Sandbox().limits()
TEXT = {"test": "assert f(2) == 4", "solution": "def f(x):\n    return 2 * x"}
# Says that it is there, and waits until something is written into its file.
WAITS = (
    "from pathlib import Path\nimport time\nPath('here').touch()\n"
    "while not Path('here').stat().st_size:\n    time.sleep(0.01)\n"
)


def job(answer: str = TEXT["solution"], test: str = TEXT["test"], **changed: Any) -> Job:
    """A notebook of one function and one test; and what else is particular about it."""
    given = changed.pop("given", "import torch")
    cells = [
        {"role": "given", "grade_id": "", "text": given, "released": given},
        {"role": "solution", "grade_id": "f", "text": TEXT["solution"], "released": "pass"},
        {"role": "test", "grade_id": "test", "text": test, "released": test},
    ]
    texts = (given, answer, test)
    names = ("", "f", "test")
    submitted = [
        {"index": index, "grade_id": name, "text": text}
        for index, (name, text) in enumerate(zip(names, texts, strict=True))
    ]
    limits, hidden = changed.pop("limits", LIMITS), changed.pop("hidden", [str(ROOT)])
    source = Source(cells, {}, limits, hidden, exercises=changed.pop("exercises", BUNDLED))
    return Job(source, submitted, changed.pop("files", {}), changed.pop("key", "aa" * 32))


ORDINARY = job()


def errors(examined: Examined) -> list[str]:
    """What the errors of all cells say."""
    return [
        f"{output['ename']}: {output['evalue']}"
        for outputs in examined.outputs.values()
        for output in outputs
        if output["output_type"] == "error"
    ]


def until(found: Callable[[], Any]) -> Any:
    """What a question comes to be answered with; it is asked again until then."""
    deadline = time.monotonic() + SECONDS
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
    return answer


def children(pid: int) -> set[int]:
    """The children of a process, whichever thread started them."""
    found = set[int]()
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ends meanwhile
            found |= set(map(int, file.read_text().split()))
    return found


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def family(pid: int) -> set[int]:
    """A process, its children, and theirs."""
    return {pid}.union(*(family(child) for child in children(pid)))


def gone(pid: int) -> bool:
    """Whether a process has ended and is waited for."""
    return not Path(f"/proc/{pid}").exists()


@dataclass
class Office:
    """Examiners, and threads that wait for them."""

    examiners: Examiners = field(default_factory=Examiners)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))

    def begin(self, job: Job) -> Future[Examined]:
        """Examines on another thread."""
        return self.pool.submit(self.examiners.examine, job)

    @property
    def zygotes(self) -> Zygotes:
        """The processes that all others are forked from, when they have begun to start."""
        found: Zygotes | None = until(lambda: self.examiners.pool.zygotes)
        assert found
        return found

    @property
    def zygote(self) -> Zygote:
        """The first of them."""
        return self.zygotes.zygote

    def opened(self) -> list[Opened]:
        """The processes of each open notebook; the one used last is the last."""
        made = [place._opened.made for place in self.examiners.pool.places.values()]
        return [opened for opened in made if opened]

    def waiting(self, count: int = 1, besides: frozenset[Path] = frozenset()) -> list[Path]:
        """The folders of so many notebooks that wait, others than those."""

        def found() -> list[Path]:
            folders = self.zygote.folder.glob("kernel-*/here")
            return [here.parent for here in folders if here.parent not in besides]

        return list(until(lambda: f if len(f := found()) >= count else None))


def go(*folders: Path) -> None:
    """Lets notebooks go on; nothing is made in a folder that may be being removed."""
    for folder in folders:
        with contextlib.suppress(FileNotFoundError), (folder / "here").open("r+") as file:
            file.write("go")


def goes_on(office: Office, future: Future[Examined]) -> Examined:
    """The result of a notebook, each of whose kernels is let go on when it waits."""

    def result() -> Examined | None:
        if not future.done():
            zygotes = office.examiners.pool.zygotes
            folder = zygotes.zygote.folder if zygotes else Path("nowhere")
            go(*(here.parent for here in folder.glob("kernel-*/here")))
            return None
        return future.result()

    examined: Examined = until(result)
    return examined
