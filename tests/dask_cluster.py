"""A scheduler of Dask's and its workers, as processes of their own that a test can end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.course import BIN, ROOT
from tests.examiner.office import children, until

# Without it a worker may write results to its disk.
MEMORY = "DASK_DISTRIBUTED__WORKER__MEMORY__"
IN_MEMORY = {f"{MEMORY}TARGET": "False", f"{MEMORY}SPILL": "False"}
DASK = (sys.executable, "-m", "dask")
# Its processes say that they are there, but not what they can't read.
LOGGING = json.dumps({"logging": {"distributed.protocol.pickle": "warning"}})
AT_HOME = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class Worker:
    """A worker.

    Args:
        process: the one that was started: the worker's nanny, where it has one.
        folder: in which it works, with its log.
        temporary: its folder for files beside notebooks, in memory.
        nanny: whether another worker is started where it ends.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    temporary: Path
    nanny: bool

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def waiting(self) -> list[Path]:
        """The files in which notebooks wait for a word, see `office.WAITS`."""
        return list(self.temporary.glob("autograder-*/kernel-*/here"))

    def kill(self) -> None:
        """Ends the worker as the system does when memory is short."""
        os.kill(self._pid(), signal.SIGKILL)

    def _pid(self) -> int:
        if not self.nanny:
            return self.process.pid
        programs = {
            pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(self.process.pid)
        }
        [found] = [pid for pid, program in programs.items() if b"spawn_main" in program]
        return found


@dataclass
class DaskCluster:
    """A scheduler at a loopback address, and its workers.

    Args:
        folder: of all files.
        environment: of all its processes, besides this one's.
        protocol: "tcp" or "tls".
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    protocol: str = "tcp"
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[Worker] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The scheduler's, once it is there."""
        file = self.folder / "scheduler.json"
        with contextlib.suppress(FileNotFoundError, ValueError):
            return str(json.loads(file.read_text())["address"])
        return ""

    def start(self) -> None:
        """Starts the scheduler."""
        (self.folder / "logging.yaml").write_text(LOGGING)
        options = ["--port", "0", "--scheduler-file", str(self.folder / "scheduler.json")]
        options += ["--protocol", self.protocol]
        self.scheduler = self._started(self.folder, [*DASK, "scheduler", *AT_HOME, *options])
        until(lambda: self.address)

    def add_worker(
        self, *, nanny: bool = False, before: Sequence[str] = (), **environment: str
    ) -> Worker:
        """Starts a worker; it has registered then.

        Args:
            nanny: as of `Worker`.
            before: a command that runs the worker's.
            environment: of its own.
        """
        folder = self.folder / f"worker{len(self.workers)}"
        folder.mkdir()
        temporary = Path(tempfile.mkdtemp(prefix="worker-", dir="/dev/shm"))
        options = [*AT_HOME, "--nthreads", "1", "--local-directory", str(folder)]
        options += ["--protocol", self.protocol, "--nanny" if nanny else "--no-nanny"]
        command = [*before, *DASK, "worker", self.address, *options]
        own = {**IN_MEMORY, "TMPDIR": str(temporary), **environment}
        worker = Worker(self._started(folder, command, **own), folder, temporary, nanny)
        self.workers.append(worker)
        until(lambda: "Registered to" in worker.log or worker.process.poll() is not None)
        return worker

    def end(self) -> None:
        """Ends all processes."""
        processes = [worker.process for worker in self.workers]
        for process in [*processes, *([self.scheduler] if self.scheduler else [])]:
            process.terminate()
            process.wait(60)
        for worker in self.workers:
            shutil.rmtree(worker.temporary)

    def _started(
        self, folder: Path, command: Sequence[str], **environment: str
    ) -> subprocess.Popen[bytes]:
        inherited = {n: text for n, text in os.environ.items() if not n.startswith("DASK")}
        own = {"DASK_CONFIG": str(self.folder), **self.environment, **environment}
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=folder,
                env={**inherited, **own, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


@contextmanager
def dask_cluster(folder: Path, protocol: str = "tcp", **environment: str) -> Iterator[DaskCluster]:
    """A scheduler without workers, which ends with the block, and they with it."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = DaskCluster(folder, environment, protocol)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.end()


def changed_kit(folder: Path) -> str:
    """A folder with a copy of the kit in which a file has one line more."""
    copy = folder / "other-kit"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograder", copy / "autograder", ignore=ignored)
    with (copy / "autograder" / "words.py").open("a") as file:
        file.write("# another line\n")
    return str(copy)


# Runs a command where the system has no Landlock.
WITHOUT_LANDLOCK = (
    sys.executable,
    "-c",
    "import errno, os, pyseccomp as s, sys\n"
    "rules = s.SyscallFilter(s.ALLOW)\n"
    "rules.add_rule(s.ERRNO(errno.ENOSYS), 'landlock_create_ruleset')\n"
    "rules.load()\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n",
)
