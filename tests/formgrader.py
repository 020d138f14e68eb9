"""nbgrader's web page for TAs, on a real Jupyter server started in a course."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Frame, Page

from tests.course import BIN

TOKEN = "formgrader-test"
LOADED = "() => window.formgrader?.grades?.loaded && window.formgrader.comments?.loaded"
SECONDS_TO_START = 60


@contextmanager
def started(course: Path) -> Iterator[str]:
    """The address of a server that a TA has started in the course's folder; it ends after it.

    Whoever runs the tests has settings and files of Jupyter's, which are neither read nor changed.
    """
    options = ["--no-browser", "--allow-root", "--port=0", f"--IdentityProvider.token={TOKEN}"]
    home, jupyter = course.parent / "home", course.parent / "jupyter"
    home.mkdir(exist_ok=True)
    theirs = ("JUPYTER", "IPYTHON", "XDG_")
    env = {
        **{name: text for name, text in os.environ.items() if not name.startswith(theirs)},
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_DATA_DIR": str(jupyter),
        "JUPYTER_RUNTIME_DIR": str(jupyter),
    }
    with log_of(course).open("w") as log:
        process = subprocess.Popen(
            ["jupyter", "lab", *options], cwd=course, env=env, stdout=log, stderr=log
        )
        try:
            yield _address(jupyter, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def log_of(course: Path) -> Path:
    """Where stands what such a server has told on the terminal."""
    return course.parent / "server.log"


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """The server's address, once it listens: Jupyter writes it down before that."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        for path in folder.glob(f"jpserver-{process.pid}.json"):
            address = re.search(r'"url": "([^"]+)"', path.read_text())
            if address and _listens(address[1]):
                return address[1]
        time.sleep(0.1)
    raise AssertionError("the Jupyter server did not start")


def _listens(address: str) -> bool:
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=5).close()
    except OSError:
        return False
    return True


def ask(server: str, method: str, path: str, content: Any = None) -> requests.Response:
    """The answer to a request of someone who has logged in.

    Args:
        server: its address.
        method: "GET", "POST" or "PUT".
        path: below the formgrader's.
        content: sent as JSON.
    """
    headers = {"Authorization": f"token {TOKEN}"}
    address = f"{server}formgrader/{path}"
    return requests.request(method, address, headers=headers, json=content, timeout=300)


def await_scores(page: Page | Frame) -> None:
    """Waits until a submission's page has its scores: before, it keeps nothing that is typed."""
    page.wait_for_function(LOADED)
