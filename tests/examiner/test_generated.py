"""Asking hidden tests at the end gives what asking them where they stand gives."""

from __future__ import annotations

import pytest

from autograder.examiner.examiners import Examiners
from tests.examiner.generated import examined, notebook

EVERY_DAY = 4  # notebooks; CI examines all
SEEDS = [
    pytest.param(seed, marks=() if seed < 1000 + EVERY_DAY else pytest.mark.slow)
    for seed in range(1000, 1024)
]


@pytest.mark.parametrize("seed", SEEDS)
def test_both_ways_give_the_same(examiners: Examiners, seed: int) -> None:
    """Whatever cells of a student's own stand below a test."""
    at_the_end = examined(examiners, notebook(seed))
    assert at_the_end == examined(examiners, notebook(seed, at_place=True))
