"""The fast tests, of `make test-fast`: in every room there are some, and none starts a process."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.course import ROOT, run

pytestmark = pytest.mark.usefixtures("processes")

TESTS = """
import subprocess, threading
import pytest

START = lambda: subprocess.run(["true"], check=True)

@pytest.fixture
def started(processes):
    START()

@pytest.fixture(scope="session")
def unsaid():
    START()

def test_with_leave_by_a_fixture(started):
    START()

@pytest.mark.usefixtures("processes")
def test_with_leave_of_its_own():
    START()

@pytest.mark.slow
def test_that_is_slow():
    START()

def test_by_itself():
    START()

def test_by_its_fixture(unsaid):
    pass

def test_in_a_thread_whose_errors_nobody_reads():
    thread = threading.Thread(target=START)
    thread.start()
    thread.join()

def test_that_expects_an_exception():
    try:
        START()
    except Exception:
        pass

def test_that_uses_the_examiners_of_all():
    from tests.course import shared_examiners
    shared_examiners()

def test_that_starts_nothing():
    pass
"""
FAST = "not slow and not processes"
ALLOWED = {
    "test_with_leave_by_a_fixture",
    "test_with_leave_of_its_own",
    "test_that_is_slow",
    "test_that_starts_nothing",
}
UNSAID = {
    "test_by_itself",
    "test_by_its_fixture",
    "test_in_a_thread_whose_errors_nobody_reads",
    "test_that_expects_an_exception",
    "test_that_uses_the_examiners_of_all",
}


def test_who_asks_for_processes_is_marked(request: pytest.FixtureRequest) -> None:
    """As this test is; and `make test-fast` leaves out what is marked."""
    assert request.node.get_closest_marker("processes")
    assert f'-m "{FAST}"' in run(ROOT, "make", "-n", "test-fast").stdout


@pytest.mark.slow
def test_every_room_has_fast_tests(processes: None) -> None:
    """Who changes one hears of a mistake within a minute."""
    options = ("--collect-only", "-q", "-p", "no:cacheprovider", "-m", FAST)
    done = run(ROOT, sys.executable, "-m", "pytest", *options)
    rooms = {path.parent.name for path in (ROOT / "autograder").glob("*/__init__.py")}
    tested = set(re.findall(r"^tests/(\w+)/", done.stdout, re.MULTILINE))
    assert rooms <= tested


@pytest.mark.slow
def test_a_fast_test_that_starts_a_process_fails(tmp_path: Path) -> None:
    """In any run, with one sentence that says what to do; who asks for it may start one."""
    file = tmp_path / "test_made.py"
    file.write_text(TESTS, encoding="utf-8")
    options = ("-q", "-rA", "-p", "tests.conftest", "-p", "no:cacheprovider")
    done = run(ROOT, sys.executable, "-m", "pytest", *options, f"--rootdir={tmp_path}", str(file))
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) .*::(\w+)", done.stdout, re.MULTILINE)
    assert {name for result, name in outcomes if result == "PASSED"} == ALLOWED, done.stdout
    assert {name for result, name in outcomes if result != "PASSED"} == UNSAID
    for name in UNSAID:
        assert re.search(
            f"::{name} starts a process .* ask for the fixture `processes`", done.stdout
        )
