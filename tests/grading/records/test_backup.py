"""Copies of a gradebook: whole, its owner's alone, made once, refused where there can be none."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.engine import make_url

from autograder.grading.preprocessors import backup as public
from autograder.grading.records import backup
from autograder.grading.records.backup import NoCopyError
from tests import postgres
from tests.postgres import PASSWORD, Server

pytestmark = pytest.mark.usefixtures("processes")

# Looks like pg_dump, and writes down how it was called, into the folder that it lies in.
SHIM = """#!/bin/sh
exec 3>&1
here="${0%/*}"
echo "$@" > "$here/arguments"
echo "$PGPASSWORD" > "$here/password"
echo "$PGOPTIONS $PGCONNECT_TIMEOUT" > "$here/others"
stat -Lc %a /proc/self/fd/3 > "$here/mode"
"""
MISMATCH = "pg_dump: error: aborting because of server version mismatch"


def student(url: str, name: str) -> None:
    """Enters a student."""
    with Gradebook(url) as gradebook:
        gradebook.add_student(name)


def replaced(folder: Path, lines: str, patch: pytest.MonkeyPatch) -> Path:
    """The folder of a program that is found in pg_dump's place."""
    folder.mkdir()
    (folder / "pg_dump").write_text(lines)
    (folder / "pg_dump").chmod(0o755)
    patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_it_is_its_owners_alone(gradebook_url: str, tmp_path: Path) -> None:
    """Whatever the umask; it stands in the folder by itself, with a name that tells when."""
    before = os.umask(0)
    try:
        copy = backup.make(gradebook_url, tmp_path)
    finally:
        os.umask(before)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent == tmp_path
    assert re.fullmatch(r"gradebook-\d{8}-\d{6}\.(db|sql)", copy.name)
    assert not list(tmp_path.glob(".gradebook*"))


def test_one_that_is_as_it_was_is_copied_once(gradebook_url: str, tmp_path: Path) -> None:
    """Until something has changed; a draft is gone then, too."""
    copy = backup.make(gradebook_url, tmp_path)
    copy = copy.rename(copy.with_name(f"gradebook-20200101-000000{copy.suffix}"))
    assert backup.make(gradebook_url, tmp_path) == copy
    student(gradebook_url, "student01")
    assert backup.make(gradebook_url, tmp_path) != copy
    assert len(list(tmp_path.glob("*gradebook-*"))) == 2


def test_the_copy_of_a_servers_is_read_back(server_url: str, tmp_path: Path) -> None:
    """As docs/postgresql.md says, in the place of what is there now."""
    student(server_url, "student01")
    copy = backup.make(server_url, tmp_path)
    student(server_url, "student02")
    options = ("--single-transaction", "--set=ON_ERROR_STOP=1", "--quiet", f"--file={copy}")
    address, password = backup.libpq(make_url(server_url))
    restored = subprocess.run(
        ["psql", *options, address],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert restored.returncode == 0, restored.stderr
    with Gradebook(server_url) as gradebook:
        assert [found.id for found in gradebook.students] == ["student01"]


def test_no_password_among_arguments(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everyone may see them, but its environment; the file is nobody else's from the first."""
    folder = replaced(tmp_path / "bin", SHIM, monkeypatch)
    before = os.umask(0)
    try:
        backup.make(f"{server_url}?options=-crole%3D{PASSWORD}&sslmode=prefer", tmp_path)
    finally:
        os.umask(before)
    assert PASSWORD not in (folder / "arguments").read_text()
    assert "sslmode='prefer'" in (folder / "arguments").read_text()
    assert (folder / "password").read_text() == f"{PASSWORD}\n"
    assert (folder / "others").read_text() == f"-crole={PASSWORD} {backup.CONNECT_SECONDS}\n"
    assert (folder / "mode").read_text() == "600\n"


@pytest.mark.parametrize(
    "name",
    ["sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret", "of_tomorrow"],
)
def test_a_secret_that_has_no_variable_is_refused(name: str, tmp_path: Path) -> None:
    """It is named, and nobody else sees it: what is not known to be harmless may be one."""
    with pytest.raises(NoCopyError, match=f"pg_dump can't be given {name} of ") as refused:
        backup.make(f"postgresql://ta@localhost/grades?{name}={PASSWORD}", tmp_path)
    assert PASSWORD not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_does_not_end(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up, in one line, and nothing of it is left."""
    replaced(tmp_path / "bin", "#!/bin/sh\nexec sleep 60\n", monkeypatch)
    monkeypatch.setattr(backup, "DUMP_SECONDS", 1)
    with pytest.raises(NoCopyError, match="pg_dump had not copied the gradebook after 1 seconds"):
        backup.make(server_url, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_a_courses_own_script_names_the_folder(gradebook_url: str, tmp_path: Path) -> None:
    """Of a server's gradebook: wherever it is started, the copy is in the course's folder."""
    copy = public(gradebook_url, tmp_path)
    assert copy is not None
    assert copy.parent == tmp_path


def test_a_password_of_any_letters() -> None:
    """An address is quoted as PostgreSQL reads it, and its password taken out of it."""
    url = make_url("postgresql://t%27a:p%40ss@h/a%5Cb?password=other")
    address, environment = backup.libpq(url)
    assert address == r"dbname='a\\b' host='h' user='t\'a'"
    assert set(environment) == {"PGPASSWORD"}


def without_program(url: str, folder: Path, patch: pytest.MonkeyPatch, server: Server) -> str:
    patch.setenv("PATH", str(folder))
    return url


def of_an_older_version(url: str, folder: Path, patch: pytest.MonkeyPatch, server: Server) -> str:
    replaced(folder / "bin", f"#!/bin/sh\necho '{MISMATCH}' >&2\nexit 1\n", patch)
    return url


def without_permission(url: str, folder: Path, patch: pytest.MonkeyPatch, server: Server) -> str:
    server.ask("DROP ROLE IF EXISTS guest")
    server.ask("CREATE ROLE guest LOGIN PASSWORD 'gu3st'")
    return str(make_url(url).set(username="guest", password="gu3st").render_as_string(False))


def of_another_kind(url: str, folder: Path, patch: pytest.MonkeyPatch, server: Server) -> str:
    return f"mysql://ta:{PASSWORD}@localhost/grades"


Trouble = Callable[[str, Path, pytest.MonkeyPatch, Server], str]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (without_program, backup.NO_PROGRAM),
        (of_an_older_version, MISMATCH),
        (without_permission, "permission denied for"),
        (of_another_kind, "the kit can't copy a gradebook of mysql: make a copy yourself"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_where_there_can_be_none(
    trouble: Trouble,
    said: str,
    server_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres_server: postgres.Server,
) -> None:
    """It is told in one line, without a password, and nothing is left behind."""
    folder = tmp_path / "course"
    folder.mkdir()
    url = trouble(server_url, tmp_path, monkeypatch, postgres_server)
    with pytest.raises(NoCopyError, match=re.escape(said)) as refused:
        backup.make(url, folder)
    assert "\n" not in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert list(folder.iterdir()) == []
    monkeypatch.chdir(folder)
    assert public(url) is None
