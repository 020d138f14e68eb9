"""`autograder doctor`: what it finds out of a course's settings, and what a kernel refuses."""

from __future__ import annotations

import re
import shutil
import site
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from autograder import doctor
from autograder.config import load
from autograder.words import short
from tests.course import autograder, fresh_clone, run
from tests.postgres import PASSWORD
from tests.tiny import tiny_course

pytestmark = pytest.mark.usefixtures("processes")


def told(course: Path, part: str) -> str:
    """The line of a part, as the command prints it."""
    found = next(found for found in doctor.examine(load(course)) if found.name == part)
    return f"{'✓' if found.there else '✗'} {found.detail}"


def configured(course: Path, *lines: str) -> Path:
    """The course with more lines in its configuration."""
    path = course / "course_config.py"
    path.write_text("\n".join([path.read_text(), *lines]))
    return course


def test_a_date_of_what_is_no_assignment(course: Path) -> None:
    """A name without a notebook is told beside the dates, and is no error: it may be to come."""
    assert told(course, "due dates") == "✓ losses 2026-12-04 18:00 Europe/Zagreb"
    configured(course, "c.Course.due = {'loses': '2026-12-04 18:00'}")
    assert told(course, "due dates") == (
        "✓ c.Course.due has none; c.Course.due names loses, which has no notebook in source/: "
        "misspelt, or still to be written"
    )


def test_what_being_late_takes_off(course: Path) -> None:
    """Nothing, what the policy says, or nbgrader's step; and never two of them."""
    assert told(course, "late work") == "✓ nothing is taken off"
    configured(course, "c.LatePolicy.percent_a_day = 10")
    assert told(course, "late work") == "✓ 10 % a day; days end by the clock of Europe/Zagreb"
    configured(course, "c.LateSubmissionPlugin.penalty_method = 'zero'")
    assert told(course, "late work").startswith("✗ c.LatePolicy and c.LateSubmissionPlugin.pen")
    configured(course, "c.pop('LatePolicy')")
    assert told(course, "late work") == "✓ what nbgrader's own step takes off"


def test_a_date_that_cannot_be_read(course: Path) -> None:
    """The setting and what is meant are named."""
    configured(course, "c.Course.due = {'losses': 'soon'}")
    assert told(course, "due dates") == (
        "✗ c.Course.due has 'soon' for losses; 'YYYY-MM-DD HH:MM' is meant."
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite:///{course}/gradebook.db", "✓ sqlite:///{course}/gradebook.db"),
        (
            "sqlite:////nowhere/at/all.db",
            "✗ sqlite:////nowhere/at/all.db: there is no such folder",
        ),
        ("sqlite:///{course}/source", "✗ sqlite:///{course}/source: this is a folder"),
        (
            "sqlite:///{course}/course_config.py",
            "✗ sqlite:///{course}/course_config.py: (sqlite3.DatabaseError) file is not a database",
        ),
        (
            "postgresql+pg8000://ta:secret@localhost/grades",
            "✗ postgresql+pg8000://ta:***@localhost/grades: No module named 'pg8000': its "
            "database's Python driver is not installed (install it beside this kit)",
        ),
        (
            "nonsense://ta:secret@localhost",
            "✗ nonsense://ta:***@localhost: Can't load plugin: sqlalchemy.dialects:nonsense",
        ),
    ],
    ids=["to-be-made", "no-folder", "a-folder", "no-database", "no-driver", "no-address"],
)
def test_whether_the_gradebook_can_be_reached(
    address: str, said: str, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried, makes no file, and tells no password."""
    monkeypatch.setenv("GRADEBOOK_URL", address.format(course=course))
    assert told(course, "gradebook") == said.format(course=course)
    assert not (course / "gradebook.db").exists()


def test_a_gradebook_that_was_made(released: Path) -> None:
    """A file that nbgrader has made is well."""
    assert told(released, "gradebook") == f"✓ sqlite:///{released}/gradebook.db"


def on_server(url: str) -> list[str]:
    """The lines on a gradebook that a server has."""
    found = [part for part in doctor.gradebook(url) if part.name in ("gradebook", "copies")]
    return [f"{'✓' if part.there else '✗'} {part.name}: {part.detail}" for part in found]


def test_a_gradebook_on_a_server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its version is asked for, and whether a release can copy it; no password is told."""
    reached, copies = on_server(f"{postgres_url}?password={PASSWORD}")
    assert re.search(r"^✓ gradebook: postgresql://ta:\*\*\*@.*, PostgreSQL \d+", reached)
    assert re.fullmatch(r"✓ copies: pg_dump \d+\.\d+.*, before a release", copies)
    assert PASSWORD not in reached


def test_a_gradebook_that_can_t_be_copied(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pg_dump is missing, or older than the server, that and what to do is told."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert on_server(postgres_url)[1] == (
        "✗ copies: pg_dump is not installed (Debian: apt-get install postgresql-client); a release "
        "needs it, or --no-copy"
    )
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    said = r"✗ copies: pg_dump 9\.6\.24 can't copy the gradebook of PostgreSQL \d+.*: install a .*"
    assert re.fullmatch(said, on_server(postgres_url)[1])


def test_a_server_that_lets_nobody_in(postgres_url: str) -> None:
    """Its reason is told in a line, without the password that was tried, wherever that stands."""
    wrong = postgres_url.replace(PASSWORD, "wr0ng")
    in_query = f"{postgres_url.replace(f':{PASSWORD}', '')}?password=wr0ng"
    for url in (wrong, f"{wrong}?sslpassword=wr0ng", in_query):
        (told,) = on_server(url)
        assert "password authentication failed" in told
        assert "wr0ng" not in told
        assert told.isprintable()


@pytest.mark.parametrize("password", ["s3cret", "s3cret and more", "a\ns3cret"])
def test_an_address_without_the_sign_after_its_password(password: str, tmp_path: Path) -> None:
    """What SQLAlchemy takes for a port is not told, and what may be wrong is."""
    db_url = f"postgresql://ta:{password}/grades"
    (told,) = on_server(db_url)
    assert told.startswith("✗ gradebook: postgresql://ta:***: what stands in the place of the port")
    course = tiny_course(tmp_path / "course")
    with (course / "course_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = {db_url!r}\n")
    for command in ("release", "grade"):
        done = autograder(course, command, "tiny")
        assert done.returncode == 2
        assert done.stderr.startswith("autograder: the gradebook can't be used: what stands in the")
        assert "s3cret" not in done.stdout + done.stderr + told


def test_a_server_that_is_reached_in_clear(postgres_url: str) -> None:
    """Of one on another machine it is told; the address that is really asked is this machine's."""
    url = make_url(postgres_url).set(host="db.example.org", query={"hostaddr": "127.0.0.1"})
    reached, copies = on_server(url.render_as_string(hide_password=False))
    assert reached.startswith("✗ gradebook: postgresql://ta:***@db.example.org")
    assert "reached without TLS" in reached
    assert "sslmode=verify-full" in reached
    assert copies.startswith("✓")


def test_a_secret_that_pg_dump_can_t_be_given(postgres_url: str) -> None:
    """A release would be refused: that is told before."""
    _, copies = on_server(f"{postgres_url}?sslpassword={PASSWORD}")
    assert copies.startswith("✗ copies: pg_dump can't be given sslpassword of the gradebook's")
    assert PASSWORD not in copies


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, with what installs it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    (told,) = on_server("postgresql://ta:secret@localhost/grades")
    assert told == (
        "✗ gradebook: postgresql://ta:***@localhost/grades: import of psycopg halted; None in "
        "sys.modules: its database's Python driver is not installed (pip install 'psycopg[binary]')"
    )


def files(folder: Path) -> list[Path]:
    """All that is in a folder."""
    return sorted(folder.rglob("*"))


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the command makes what it needs for a time."""
    folder = tmp_path / "temporary"
    folder.mkdir(mode=0o711)
    return folder


def in_folders(*folders: Path) -> str:
    """What is tried to be read in folders."""
    return ", ".join(f"a file in {short(str(folder))}" for folder in folders)


def attempts(said: str) -> list[str]:
    """The lines that tell of attempts: the last ones, after that of the notebook."""
    lines = said.splitlines()
    return lines[[": one ran, " in line for line in lines].index(True) + 1 :]


@pytest.mark.slow
def test_what_a_kernel_may_not_do_is_tried(course: Path, temporary: Path) -> None:
    """All is refused, with the limits of the course; nothing is left of it."""
    configured(course, "c.Sandbox.file_mib = 3", "c.Sandbox.scratch_mib = 5")
    before = files(course)
    done = run(course, "autograder", "doctor", TMPDIR=str(temporary))
    assert attempts(done.stdout) == [
        f"✓ read: refused: {in_folders(course, temporary)}, other kernels' folders",
        "✓ connect: refused: a port of 127.0.0.1, a Unix socket",
        "✓ fork: refused: another process, a program",
        "✓ signal: refused: SIGTERM to another process",
        "✓ disk: refused: a file outside its own folder, more than 3 MiB in a file, "
        "more than 5 MiB in all",
    ]
    assert (done.returncode, done.stderr) == (0, "")
    assert files(temporary) == []
    assert files(course) == before


@pytest.mark.parametrize(
    ("setting", "option"),
    [
        pytest.param("c.Sandbox.policy = 'off'", (), id="setting", marks=pytest.mark.slow),
        pytest.param("", ("--sandbox", "off"), id="option", marks=pytest.mark.slow),
    ],
)
def test_without_a_sandbox_all_is_done(
    setting: str, option: tuple[str, ...], course: Path, temporary: Path
) -> None:
    """It is told what that means, and what a kernel really did; nothing is left of it either."""
    configured(course, setting)
    before = files(course)
    done = run(course, "autograder", "doctor", *option, TMPDIR=str(temporary))
    on = 'c.Sandbox.policy = "on", or --sandbox on, refuses it'
    assert attempts(done.stdout) == [
        f"✗ read: not refused: {in_folders(course, temporary)}, other kernels' folders; {on}",
        f"✗ connect: not refused: a port of 127.0.0.1, a Unix socket; {on}",
        f"✗ fork: not refused: another process, a program; {on}",
        f"✗ signal: not refused: SIGTERM to another process; {on}",
        f"✗ disk: not refused: a file outside its own folder, more than 64 MiB in a file; {on}",
    ]
    assert (
        "✗ policy: off: students' code runs under your account: what you may read, send, start, "
        "stop and remove, it may too\n"
    ) in done.stdout
    assert (done.returncode, done.stderr) == (1, "")
    assert files(temporary) == []
    assert files(course) == before


@pytest.mark.slow
def test_a_gradebook_where_kernels_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter's folders are open to them, but for a course that lies in one."""
    with tempfile.TemporaryDirectory(dir=site.getsitepackages()[0]) as folder:
        course, beside = fresh_clone(Path(folder) / "course"), Path(folder) / "beside"
        beside.mkdir()
        monkeypatch.setenv("GRADEBOOK_URL", f"sqlite:///{beside}/gradebook.db")
        assert told(course, "read") == (
            f"✗ not refused: {in_folders(beside)}; kernels read the interpreter's folders: "
            "keep the course, its gradebook and temporary files out of them"
        )


@pytest.mark.slow
def test_attempts_that_can_t_be_made(course: Path) -> None:
    """An error of the system's is told in a line: here the course's folder goes meanwhile."""
    for part in doctor.examine(load(course)):
        if part.name == "notebooks":
            shutil.rmtree(course)
    assert (part.name, part.there) == ("attempts", False)
    assert part.detail.startswith("can't be made: [Errno 2] No such file or directory: ")
    assert str(course) in part.detail


@pytest.mark.slow
def test_no_attempt_where_no_notebook_runs(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said to be refused where nothing was tried."""
    monkeypatch.setattr(doctor, "PROBE", "print(7)")
    *_, notebook, attempt = doctor.examine(load(course))
    assert (notebook.name, notebook.there) == ("notebooks", False)
    assert (attempt.name, attempt.there, attempt.detail) == (
        "attempts",
        False,
        "none was made: mend what keeps notebooks from running",
    )
