"""Tries whether the tests find the seeded faults, each alone in a copy of the repository.

    python -m tests.faults [MODULE...]

Modules as in `seeded.FAULTS`: "checks/draws.py". The exit code is 1 where a fault is not found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.course import ROOT
from tests.seeded import FAULTS, Fault

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "demo", "submitted", "autograded")
FAILED = 1  # pytest's exit code; what is none of 0 and 1 is no test that failed


def outcome(copy: Path, tests: Iterable[str]) -> int:
    """The exit code of pytest for some tests of a copy of the repository."""
    paths = [str(Path("tests", test)) for test in tests]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", *paths]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    with (copy / "pytest.log").open("w", encoding="utf-8") as log:
        return subprocess.run(
            command, cwd=copy, env=environment, stdout=log, stderr=log, check=False
        ).returncode


def is_found(fault: Fault, copy: Path) -> bool:
    """Whether a fault's tests fail when it is put into a copy, which is then as it was."""
    wrong, path = fault.wrong(copy), copy / fault.file
    right = path.read_text(encoding="utf-8")
    path.write_text(wrong, encoding="utf-8")
    try:
        return outcome(copy, [fault.found_by]) == FAILED
    finally:
        path.write_text(right, encoding="utf-8")


def main(modules: list[str]) -> int:
    """The exit code: 0 where all are found."""
    chosen = [fault for fault in FAULTS if not modules or fault.module in modules]
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(ROOT, Path(folder) / "copy", ignore=NOT_COPIED))
        if outcome(copy, sorted({fault.found_by for fault in chosen})):
            print((copy / "pytest.log").read_text(encoding="utf-8"))
            print("The tests fail without a fault.")
            return 2
        missed = []
        for fault in chosen:
            found = is_found(fault, copy)
            missed += [] if found else [fault]
            print(
                f"{'found' if found else 'MISSED':6} {fault.module}: {fault.found_by}", flush=True
            )
    print(f"{len(chosen) - len(missed)} of {len(chosen)} found.")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
