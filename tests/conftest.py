"""Courses to work in, each a copy of this checkout; and which tests start a process.

A test that starts one, or whose fixture does, asks for the fixture `processes`. All others that are
not slow are the fast tests, of `make test-fast`: in every run, one that starts a process fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from nbgrader.api import Gradebook
from playwright.sync_api import Browser

from autograder.examiner.examiners import Examiners
from tests import chromium, postgres
from tests.course import BIN, USED, autograder, close_examiners, fresh_clone, shared_examiners

torch.set_num_threads(1)  # on small tensors, waiting for a second thread takes most of the time

SLOW = 8  # times as long as another test that starts a process, about
# Audit events.
STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen", USED}


@pytest.fixture(scope="session")
def processes() -> Iterator[None]:
    """Leave to start processes; who asks for it is no fast test."""
    yield
    close_examiners()


@pytest.fixture(scope="session")
def examiners(processes: None) -> Examiners:
    """Where all tests have notebooks examined that need no examiners of their own."""
    return shared_examiners()


@pytest.fixture(scope="module")
def browser(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's chromium, without a network's use; where CI has none, that is a failure.

    It writes into a home of its own.
    """
    if not chromium.PROGRAM.exists():
        fail = pytest.fail if os.environ.get("CI") else pytest.skip
        fail(chromium.MISSING)
    with chromium.started(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that ask for `processes`, by a fixture or themselves; puts files in order.

    Those whose tests take longest come first, and the fast ones last: of several workers, each with
    a file at a time, none has nothing to do at the end for long.
    """
    weights: Counter[Path] = Counter()
    for item in items:
        if "processes" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.processes)
            weights[item.path] += SLOW if item.get_closest_marker("slow") else 1
    items.sort(key=lambda item: -weights[item.path])  # which leaves each file's own order


class Guard:
    """Fails a fast test that starts a process."""

    def __init__(self) -> None:
        self.fast: str | None = None  # the fast test that is running
        self.said = ""  # what it did
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """Called by Python for all that is done in this process; an exception prevents it."""
        if event in STARTS and self.fast:
            self.said = (
                f"{self.fast} starts a process ({event}): it, or the fixture of it that does so, "
                "has to ask for the fixture `processes`"
            )
            pytest.fail(self.said, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test from its first fixture to its last."""
        others = item.get_closest_marker("slow") or item.get_closest_marker("processes")
        self.fast, self.said = None if others else item.nodeid, ""
        try:
            return (yield)
        finally:
            self.fast = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """A test alone: what it did on another thread counts, too."""
        result = yield
        if self.said:
            pytest.fail(self.said, pytrace=False)
        return result


def pytest_configure(config: pytest.Config) -> None:
    """Called once, before tests are collected."""
    config.pluginmanager.register(Guard())


@pytest.fixture(scope="session")
def postgres_server(processes: None) -> Iterator[postgres.Server]:
    """A PostgreSQL server for all tests of a worker."""
    with postgres.server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of an empty database of a test's own."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def made_gradebook(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of one: nbgrader has alembic make it, in seconds. Not to be changed, only copied."""
    file = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
        Gradebook(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def course(processes: None, tmp_path: Path) -> Path:
    """A fresh clone, without a gradebook."""
    return fresh_clone(tmp_path / "course")


@pytest.fixture(scope="session")
def released_once(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose assignment is released: not to be changed, only copied."""
    course = fresh_clone(tmp_path_factory.mktemp("released") / "course")
    done = autograder(course, "release", "losses")
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def released(released_once: Path, tmp_path: Path) -> Path:
    """A course of one's own whose assignment is released."""
    return Path(shutil.copytree(released_once, tmp_path / "course"))
