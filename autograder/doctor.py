"""What this machine has for grading, what it lacks, and what it refuses: found out by trying."""

from __future__ import annotations

import functools
import ipaddress
import os
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError

from autograder.config import CourseError, Settings
from autograder.examiner.examiners import Examiners, Source, shown_by
from autograder.grading.records import backup
from autograder.grading.records.gradebook import address, trouble
from autograder.grading.records.penalties import Rule
from autograder.isolation import self_check
from autograder.isolation.sandbox import Part, parts
from autograder.words import few, line, without_password

PACKAGES = ("torch", "nbgrader", "ipython")
WAITING = {"psycopg2", "psycopg", "mysqldb", "pymysql"}  # drivers that take connect_timeout
PATIENCE_SECONDS = 10
CLEAR = (
    "reached without TLS, so that names and scores go in clear: add sslmode=verify-full, as "
    "docs/postgresql.md says"
)
TLS = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
PROBE = "import torch; print(torch.arange(4).sum().item())"


def examine(settings: Settings) -> Iterator[Part]:
    """What there is, a line each; what is not there says what to do."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    yield Part("Python", True, f"{python_version()} with {versions}")
    yield from parts()
    yield _dates(settings)
    yield _late_policy(settings)
    yield _policy(settings)
    yield _secret(settings)
    yield from gradebook(settings.directory.db_url)
    source = Source([], {}, settings.sandbox.limits(), settings.hidden)
    with Examiners() as examiners:
        notebook = _probe(examiners, source)
        yield notebook
        if notebook.there:
            yield from _attempts(examiners, source, settings)
        else:
            yield Part("attempts", False, "none was made: mend what keeps notebooks from running")


def _policy(settings: Settings) -> Part:
    if settings.sandbox.policy == "on":
        return Part("policy", True, "on")
    means = "what you may read, send, start, stop and remove, it may too"
    return Part("policy", False, f"off: students' code runs under your account: {means}")


def _dates(settings: Settings) -> Part:
    """Whether c.Course.due can be read; a date of what is still to be written is no trouble."""
    try:
        dates = {name: settings.course.due_utc(name) for name in settings.assignments}
    except CourseError as error:
        return Part("due dates", False, str(error))
    known = [f"{name} {settings.course.shown(date)}" for name, date in dates.items() if date]
    told = [few(known, len(known)) or "c.Course.due has none", settings.dates_of_none]
    return Part("due dates", True, "; ".join(filter(None, told)))


def _late_policy(settings: Settings) -> Part:
    """Whether it can be said what being late takes off."""
    try:
        rule = Rule.of(settings)
    except CourseError as error:
        return Part("late work", False, str(error))
    if rule.policy:
        return Part("late work", True, rule.policy.told(settings.course.timezone))
    by_nbgrader = "what nbgrader's own step takes off"
    return Part("late work", True, by_nbgrader if rule.steps else "nothing is taken off")


def _probe(examiners: Examiners, source: Source) -> Part:
    """Whether a notebook really runs here."""
    start = time.perf_counter()
    try:
        (outputs,) = shown_by(examiners, source, [PROBE])
    except Exception as error:  # whatever a machine can lack
        return Part("notebooks", False, " ".join(f"can't be run: {error}".split()))
    if [output.get("text") for output in outputs] != ["6\n"]:
        return Part("notebooks", False, f"one gave what it should not: {outputs}")
    seconds = time.perf_counter() - start
    return Part("notebooks", True, f"one ran, {seconds:.1f} s after its processes were asked for")


def _attempts(examiners: Examiners, source: Source, settings: Settings) -> Iterator[Part]:
    """What a student's code is refused here: tried in a kernel as a grading would start it."""
    folders = [settings.root, _folder_of_gradebook(settings)]
    run = functools.partial(shown_by, examiners, source)
    try:
        yield from self_check.check(run, source.limits, list(dict.fromkeys(filter(None, folders))))
    except Exception as error:  # as of a notebook
        yield Part("attempts", False, line(f"can't be made: {error}"))


def _folder_of_gradebook(settings: Settings) -> Path | None:
    """Where the gradebook's file lies, or will; None where it is none, or can't be there."""
    try:
        url = address(settings.directory.db_url)
    except SQLAlchemyError:
        return None
    if url.get_backend_name() != "sqlite" or _file(url):
        return None
    return Path(url.database or "").parent.resolve()


def _secret(settings: Settings) -> Part:
    path = settings.secret_path
    if not path.exists():
        return Part("secret", True, "is made at the first grading")
    lost = "back it up: without it no student's numbers can be drawn again, for an appeal"
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Part("secret", False, f"{path} can be read by others ({mode:o}): chmod 600 it")
    return Part("secret", True, f"{path}: {lost}")


def gradebook(db_url: str) -> Iterator[Part]:
    """Whether the gradebook can be reached, written where it is a file, and copied where not."""
    shown, version = without_password(db_url), ""
    url = None
    try:
        url = address(db_url)
        problem = _file(url) if url.get_backend_name() == "sqlite" else ""
        if not problem and (url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()):
            version, problem = _connect(url)
    except (SQLAlchemyError, ImportError) as error:
        problem = trouble(error)
    told = f"{shown}: {problem}" if problem else ", ".join(filter(None, [shown, version]))
    yield Part("gradebook", not problem, told)
    if url is not None and version:
        yield _copies(url, version)


def _copies(url: URL, server: str) -> Part:
    """Whether a release can copy the gradebook of a server: its program is no older than that."""
    try:
        backup.libpq(url)
    except backup.NoCopyError as error:
        return Part("copies", False, f"{error}, and release with --no-copy")
    program = backup.program_version()
    if program is None:
        return Part("copies", False, f"{backup.NO_PROGRAM}; a release needs it, or --no-copy")
    if backup.major(program) < backup.major(server):
        return Part(
            "copies",
            False,
            f"pg_dump {program} can't copy the gradebook of {server}: install a pg_dump that is "
            "no older, or release with --no-copy",
        )
    return Part("copies", True, f"pg_dump {program}, before a release")


def _file(url: URL) -> str:
    """What keeps an SQLite file from being written; "" where nothing does."""
    path = Path(url.database or "")
    if not path.parent.is_dir():
        return "there is no such folder"
    if path.is_dir():
        return "this is a folder"
    there = [path.parent, *([path] if path.exists() else [])]  # it writes a journal beside the file
    return next((f"{part} can't be written" for part in there if not os.access(part, os.W_OK)), "")


def _connect(url: URL) -> tuple[str, str]:
    """Opens a database, and reads of it: a server's name and version, and what is wrong with it.

    Both are "" where there is nothing to say.

    Raises:
        SQLAlchemyError: it can't be reached, or is none.
        ImportError: Python can't speak to it.
    """
    waits = url.get_driver_name() in WAITING
    engine = create_engine(url, connect_args={"connect_timeout": PATIENCE_SECONDS} if waits else {})
    try:
        inspect(engine).get_table_names()
        if url.get_backend_name() != "postgresql":
            return "", ""
        return _server(engine)
    finally:
        engine.dispose()


def _server(engine: Engine) -> tuple[str, str]:
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        encrypted = connection.execute(TLS).scalar()
    clear = not (encrypted or _is_here(engine.url))
    return f"PostgreSQL {line(str(version))}", CLEAR if clear else ""


def _is_here(url: URL) -> bool:
    """Whether a server's address names this machine, or a socket in its file system."""
    hosts = [url.host or url.query.get("host") or os.environ.get("PGHOST", "")]
    names = [name for host in hosts for name in ([host] if isinstance(host, str) else host)]
    return all(map(_is_loopback, names))


def _is_loopback(host: str) -> bool:
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
