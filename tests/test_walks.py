"""The hours in docs/: whoever types what they show sees what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.walks import WALKS, page

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("processes")]


@pytest.mark.parametrize("name", WALKS)
def test_each_command_prints_what_the_page_shows(name: str, tmp_path: Path) -> None:
    """In order, from the first to the last; what the page leaves out may be anything."""
    number = 0
    for step, printed in WALKS[name].steps(page(name), tmp_path):
        number += 1
        assert step.fits(printed), f"$ {step.command}\n{printed}"
    assert number > 4
