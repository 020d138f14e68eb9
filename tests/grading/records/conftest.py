"""A gradebook with nothing in it, for tests of what is kept in one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres


@pytest.fixture
def sqlite_url(made_gradebook: Path, tmp_path: Path) -> str:
    """The address of one of a test's own, in a file."""
    return f"sqlite:///{shutil.copy(made_gradebook, tmp_path)}"


@pytest.fixture
def server_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of one of a test's own, on a PostgreSQL server."""
    with postgres_server.database(postgres.TEMPLATE) as url:
        yield url


@pytest.fixture(params=["sqlite_url", "server_url"], ids=["sqlite", "postgresql"])
def gradebook_url(processes: None, request: pytest.FixtureRequest) -> str:
    """The address of one of a test's own, of each kind that the kit is tested with."""
    url: str = request.getfixturevalue(request.param)
    return url
