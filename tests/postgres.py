"""A PostgreSQL server of the tests' own, in a temporary folder, with a database for each test.

It asks for a password, as a real one does, and keeps nothing: what it writes need not be safe.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from nbgrader.api import Gradebook

from tests.course import BIN
from tests.examiner.office import family

USER, PASSWORD = "ta", "ov3r-the-hills"
SECONDS_TO_START = 60
TEMPLATE = "gradebook"  # a database with nbgrader's tables, which the tests' own are copies of
OPTIONS = ("fsync=off", "shared_buffers=16MB", "max_connections=50", "log_min_messages=fatal")


def programs() -> Path | None:
    """The folder of the server's programs, of the newest version that Debian has installed."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).parent if there else None


def require_programs() -> Path:
    """Their folder; where there is none the test is skipped, and fails in CI."""
    if (folder := programs()) is None:
        missing = "needs a PostgreSQL server: apt-get install postgresql"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return folder


class Server:
    """A server that has been set up.

    Args:
        programs: where initdb and postgres are.
        folder: the server's own.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        # The server refuses to run as root.
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        made = self._program(
            *("initdb", f"--pgdata={folder}/data", f"--username={USER}", f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
        )
        assert made.wait(SECONDS_TO_START) == 0, (folder / "log").read_text()
        self._process = self._started()

    def url(self, database: str) -> str:
        """The address of a database, as a course's staff write it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """The rows that a statement gives, which has no transaction about it."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a new database, which is gone after the block."""
        name = f"test_{uuid4().hex}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Ends the server at once, with whoever is connected."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(SECONDS_TO_START)

    def kill(self) -> None:
        """Kills the server as a machine that runs out of memory does; its own processes end too."""
        own = family(self._process.pid) - {self._process.pid}
        self._process.kill()
        self._process.wait(SECONDS_TO_START)
        deadline = time.monotonic() + SECONDS_TO_START
        while any(Path(f"/proc/{pid}/exe").exists() for pid in own):  # they hold its memory
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def start(self) -> None:
        """Starts it again after `stop` or `kill`, at the same address."""
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        settings = [part for option in OPTIONS for part in ("-c", option)]
        sockets = ("-k", str(self._folder), "-h", "127.0.0.1", "-p", str(self.port))
        process = self._program("postgres", "-D", f"{self._folder}/data", *sockets, *settings)
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return process
            except psycopg.OperationalError:
                log = (self._folder / "log").read_text()
                assert process.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.05)

    def _program(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        user = {"user": self._user.pw_uid, "group": self._user.pw_gid} if self._user else {}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / name), *arguments],
                **user,  # type: ignore[call-overload]
                extra_groups=[] if user else None,
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )


@contextmanager
def server() -> Iterator[Server]:
    """A server with a template of a gradebook; nothing is left of it after the block."""
    programs = require_programs()
    with TemporaryDirectory(prefix="postgres-") as folder:
        running = Server(programs, Path(folder))
        try:
            running.ask(f"CREATE DATABASE {TEMPLATE}")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
                Gradebook(running.url(TEMPLATE)).close()
            yield running
        finally:
            running.stop()
