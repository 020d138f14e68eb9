"""An exercise is tried in a process: what its mistakes, styles and checks are found to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from torch import Tensor

from autograder.checks import Check, Draw, Exercise, Mistake, kinds
from autograder.verification.finding import MOST_TOLD, found
from autograder.verification.trying import tried
from tests.asked import EXERCISES

KEY = b"someone's"


def twice(x: Tensor) -> Tensor:
    return 2 * x


def case(draw: Draw) -> tuple[Tensor]:
    return (draw.normal((3,)),)


VALUES = kinds.values("values", 1.0, case, "")
EXERCISE = Exercise("twice", twice, (VALUES,), (Mistake(lambda x: x**3, "This is the cube."),))


def test_a_sound_exercise() -> None:
    """Nothing is said of it."""
    report = tried(EXERCISE, KEY)
    assert (report.error, report.reference) == ("", {})
    assert [*report.harmless, *report.unnamed, *report.lost] == []
    assert report.failed == ["values"]


def test_a_mistake_that_is_none() -> None:
    """A right formula loses nothing."""
    harmless = replace(EXERCISE, mistakes=(Mistake(lambda x: x + x, "Added."),))
    assert tried(harmless, KEY).harmless == ["mistake 1, “Added.”"]


def test_a_style_that_loses() -> None:
    """Is told with its line, and by which check."""
    (lost,) = tried(replace(EXERCISE, styles=(twice, lambda x: x)), KEY).lost
    assert lost.startswith("style 2 (line ")
    assert ") loses values: twice is wrong at 3 of 3 places" in lost


def test_what_pays_only_beside_another_check_has_to_fail_by_itself() -> None:
    """A cube fails `values`; that the other check pays nothing then says nothing of it."""
    idle = Check("idle", 1.0, lambda trial: None, "", needs="values")
    report = tried(replace(EXERCISE, checks=(VALUES, idle)), KEY)
    assert report.failed == ["values"]


def test_an_exercise_that_fails_itself() -> None:
    """What its case raises is told with the check's name, and ends the rest."""
    broken = replace(EXERCISE, checks=(kinds.values("values", 1.0, lambda draw: 1 / 0, ""),))  # type: ignore[arg-type,return-value]
    assert "ZeroDivisionError" in tried(broken, KEY).error


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_draws_are_the_same_from_the_last_check_on(exercise: Exercise) -> None:
    """What is compared depends on no other check."""
    bare = replace(exercise, mistakes=(), styles=())
    assert tried(bare, KEY).draws == tried(bare, b"other", backwards=True).draws


def test_of_many_alike_the_first_are_told() -> None:
    """And how many more there are."""
    told = [str(finding) for finding in found("x", [str(n) for n in range(MOST_TOLD + 2)], "")]
    assert told[-2:] == ["✗ x: 4", "✗ x: and 2 more like these."]
