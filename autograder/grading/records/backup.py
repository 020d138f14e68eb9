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

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from autograder.config import CourseError
from autograder.words import line, without_password

STAMPED = "[0-9]" * 8 + "-" + "[0-9]" * 6  # as the copies are named
# What restores the copy takes out what is there before, and needs no rights but the owner's.
OPTIONS = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--no-password")
LOCKED_SECONDS = 60
NO_PROGRAM = "pg_dump is not installed (Debian: apt-get install postgresql-client)"
QUOTED = str.maketrans({"\\": r"\\", "'": r"\'"})
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
        url = make_url(db_url)
    except ArgumentError as error:
        raise NoCopyError(str(error)) from None
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
        NoCopyError: pg_dump can't do it: it is not there, older than the server, or may not.
    """
    if (program := shutil.which("pg_dump")) is None:
        raise NoCopyError(NO_PROGRAM)
    address, environment = libpq(url)
    waiting = f"--lock-wait-timeout={LOCKED_SECONDS}s"
    with draft.open("wb") as file:
        done = subprocess.run(
            [program, *OPTIONS, waiting, f"--dbname={address}"],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.PIPE,
            check=False,
        )
    if done.returncode:
        told = " ".join(done.stderr.decode(errors="replace").split())
        raise NoCopyError(line(without_password(f"pg_dump can't copy the gradebook: {told}")))


def libpq(url: URL) -> tuple[str, dict[str, str]]:
    """A database's address as PostgreSQL's programs take it, and the password's environment.

    An argument is for everyone to see who lists this machine's processes.
    """
    _, options = url.get_dialect()().create_connect_args(url)
    password = options.pop("password", None)
    options.pop("sslpassword", None)  # of a key's file; there is no variable for it
    if "database" in options:  # as some drivers call it
        options["dbname"] = options.pop("database")
    quoted = {key: str(value).translate(QUOTED) for key, value in options.items()}
    address = " ".join(f"{key}='{value}'" for key, value in sorted(quoted.items()))
    return address, {} if password is None else {"PGPASSWORD": str(password)}


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
