"""The seeded faults fit the kit as it is; `make test-long` sees that the tests find them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.course import ROOT
from tests.seeded import FAULTS, Fault

MORE_THAN_ROOMS = {"grading/intake", "grading/rebuild", "grading/records", "examiner/review"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.module}-{fault.old[:20]}")
def test_a_fault_fits(fault: Fault) -> None:
    """What it replaces stands there once, and the test that finds it is one of its room's."""
    compile(fault.wrong(), fault.file, "exec")
    path, _, name = fault.found_by.partition("::")
    assert re.search(rf"^def {name or 'test_'}", (ROOT / "tests" / path).read_text(), re.MULTILINE)
    module = Path(fault.module)
    in_a_room = Path(path).parts[0] == module.parts[0]
    assert in_a_room or path == f"test_{module.stem}.py"


def test_the_faults_are_everywhere() -> None:
    """There are thirty-one, and every room has one."""
    assert len(FAULTS) == 31
    rooms = {path.parent for path in (ROOT / "autograder").glob("*/__init__.py")}
    rooms |= {ROOT / "autograder" / name for name in MORE_THAN_ROOMS}
    missing = {
        str(room.relative_to(ROOT))
        for room in rooms
        if not any((ROOT / fault.file).is_relative_to(room) for fault in FAULTS)
    }
    assert missing == set()
