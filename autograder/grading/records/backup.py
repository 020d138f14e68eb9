"""Copies of a gradebook, each a file that its owner alone can read: of SQLite, and of PostgreSQL.

What makes one of a server is PostgreSQL's own pg_dump, whose text psql reads back.
"""

from __future__ import annotations

import filecmp
import glob
import itertools
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from autograder.config import CourseError
from autograder.grading.records.gradebook import address
from autograder.words import few, line, without_password

STAMPED = "[0-9]" * 8 + "-" + "[0-9]" * 6  # as the copies are named
# What restores the copy takes out what is there before, and needs no rights but the owner's.
OPTIONS = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--no-password")
LOCKED_SECONDS = 60
CONNECT_SECONDS = 10  # where neither the address nor the environment says it
DUMP_SECONDS = 900  # so long a whole copy may take
NO_PROGRAM = "pg_dump is not installed (Debian: apt-get install postgresql-client)"
QUOTED = str.maketrans({"\\": r"\\", "'": r"\'"})
# What of an address is no secret, and may be among a program's arguments, as libpq calls it.
ARGUMENTS = {
    *("host", "hostaddr", "port", "dbname", "user", "application_name", "client_encoding"),
    *("connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval"),
    *("keepalives_count", "tcp_user_timeout", "target_session_attrs", "load_balance_hosts"),
    *("sslmode", "sslnegotiation", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir"),
    *("sslsni", "ssl_min_protocol_version", "ssl_max_protocol_version"),
    *("channel_binding", "requirepeer", "gssencmode"),
}
# What libpq has a variable of the environment for, which only its owner sees.
VARIABLES = {
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "service": "PGSERVICE",
    "require_auth": "PGREQUIREAUTH",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
    "gssdelegation": "PGGSSDELEGATION",
    "min_protocol_version": "PGMINPROTOCOLVERSION",
    "max_protocol_version": "PGMAXPROTOCOLVERSION",
}
# Lines of a dump with a random key, which newer versions write.
RANDOM = (rb"\restrict ", rb"\unrestrict ")


class NoCopyError(CourseError):
    """No copy of the gradebook can be made; the text says why, and what to do."""


def make(db_url: str, folder: Path) -> Path:
    """A copy of the gradebook; where the last copy is the same, that is the one.

    Args:
        db_url: an SQLite file's, beside which the copy is put, or a PostgreSQL database's.
        folder: where the copy of a server's database is put.

    Raises:
        NoCopyError: there can be none.
    """
    try:
        url = address(db_url)
    except ArgumentError as error:
        raise NoCopyError(without_password(str(error))) from None
    backend, database = url.get_backend_name(), url.database
    if backend == "sqlite" and database and database != ":memory:":
        path = Path(database)
        return _kept(path.parent, path.stem, path.suffix, lambda draft: _copy(path, draft), _same)
    if backend == "postgresql":
        return _kept(folder, "gradebook", ".sql", lambda draft: _dump(url, draft), _same_dump)
    raise NoCopyError(f"the kit can't copy a gradebook of {backend}: make a copy yourself")


def _kept(
    folder: Path,
    stem: str,
    suffix: str,
    fill: Callable[[Path], None],
    is_same: Callable[[Path, Path], bool],
) -> Path:
    """A copy that is filled aside, and takes its name when it is whole."""
    copies = sorted(folder.glob(f"{glob.escape(stem)}-{STAMPED}{suffix}"))
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy = folder / f"{stem}-{stamp}{suffix}"
    draft = folder / f".{copy.name}.{os.getpid()}"
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        fill(draft)
        if copies and is_same(draft, copies[-1]):
            return copies[-1]
        return draft.rename(copy)
    except (OSError, sqlite3.Error) as error:
        raise NoCopyError(line(f"the gradebook's copy can't be written: {error}")) from None
    finally:
        draft.unlink(missing_ok=True)


def _copy(path: Path, draft: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)


def _same(draft: Path, copy: Path) -> bool:
    return filecmp.cmp(draft, copy, shallow=False)


def _dump(url: URL, draft: Path) -> None:
    """Writes a database as text for psql.

    Raises:
        NoCopyError: pg_dump can't do it: it is not there, older than the server, may not, takes
            too long, or needs a secret that others would see.
    """
    if (program := shutil.which("pg_dump")) is None:
        raise NoCopyError(NO_PROGRAM)
    arguments, environment = libpq(url)
    waiting = f"--lock-wait-timeout={LOCKED_SECONDS}s"
    try:
        with draft.open("wb") as file:
            done = subprocess.run(
                [program, *OPTIONS, waiting, f"--dbname={arguments}"],
                env={"PGCONNECT_TIMEOUT": str(CONNECT_SECONDS), **os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.PIPE,
                timeout=DUMP_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise NoCopyError(
            f"pg_dump had not copied the gradebook after {DUMP_SECONDS} seconds: see whether its "
            "server answers, and begin again"
        ) from None
    if done.returncode:
        told = " ".join(done.stderr.decode(errors="replace").split())
        raise NoCopyError(line(without_password(f"pg_dump can't copy the gradebook: {told}")))


def libpq(url: URL) -> tuple[str, dict[str, str]]:
    """A database's address as PostgreSQL's programs take it, and what their environment needs.

    An argument is for everyone to see who lists this machine's processes.

    Raises:
        NoCopyError: the address has something that is perhaps a secret, and for which there is no
            variable.
    """
    _, options = url.get_dialect()().create_connect_args(url)
    if "database" in options:  # as some drivers call it
        options["dbname"] = options.pop("database")
    if unknown := sorted(options.keys() - ARGUMENTS - VARIABLES.keys()):
        raise NoCopyError(
            f"pg_dump can't be given {few(unknown)} of the gradebook's address where nobody else "
            "on this machine sees it: make a copy yourself"
        )
    environment = {VARIABLES[key]: str(options.pop(key)) for key in VARIABLES if key in options}
    quoted = {key: str(value).translate(QUOTED) for key, value in options.items()}
    return " ".join(f"{key}='{value}'" for key, value in sorted(quoted.items())), environment


def program_version() -> str | None:
    """The version of pg_dump, "15.14 (Debian 15.14-0+deb12u1)"; None where it is not installed."""
    if (program := shutil.which("pg_dump")) is None:
        return None
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return line(done.stdout.strip().partition(") ")[2])


def major(version: str) -> int:
    """The number of a version of PostgreSQL's that says which pg_dump knows it: of "15.14", 15."""
    found = re.search(r"\d+", version)
    return int(found[0]) if found else 0


def _same_dump(draft: Path, copy: Path) -> bool:
    """Whether two dumps say the same, but for the random key that newer versions of pg_dump add."""
    with draft.open("rb") as ours, copy.open("rb") as theirs:
        pairs = itertools.zip_longest(_lines(ours), _lines(theirs))
        return all(mine == other for mine, other in pairs)


def _lines(file: Iterator[bytes]) -> Iterator[bytes]:
    return (text for text in file if not text.startswith(RANDOM))
