"""The Makefile refuses a Python that can't do, in one line, before it makes anything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.course import ROOT, run

pytestmark = pytest.mark.usefixtures("processes")

OLD = ("-c 'import sys", "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")
NO_VENV = (
    "-c 'import ensurepip",
    "Python's venv module is missing: on Debian, apt-get install python3-venv",
)


@pytest.mark.parametrize(("lacks", "line"), [OLD, NO_VENV], ids=["old", "no-venv"])
def test_an_unfit_python_is_refused(lacks: str, line: str, tmp_path: Path) -> None:
    """A python that fails the question gets its one line, and no .venv is made."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    needle = lacks.removeprefix("-c '")
    python.write_text(f'#!/bin/sh\ncase "$2" in "{needle}"*) exit 1;; esac\nexit 0\n')
    python.chmod(0o755)
    done = run(tmp_path, "make", "demo", f"PYTHON={python}")
    assert done.returncode == 2
    assert done.stdout.splitlines()[0] == line
    assert not (tmp_path / ".venv").exists()
