"""An exercise: a reference, named checks with points, and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograder.checks.by_hand import ByHand
from autograder.checks.curve import Curve
from autograder.checks.mistakes import Mistake
from autograder.checks.questions import Formula
from autograder.checks.trial import Trial
from autograder.words import a_thing

Judge = Callable[[Trial], None]

FREE = ByHand(operators={})


@dataclass(frozen=True)
class Check:
    """One named thing that is asked of a function.

    Args:
        name: short and fixed; it is in every record.
        points: a multiple of 0.25.
        judge: returns, or raises Failure with what is wrong.
        hint: what to think about when it fails and no known mistake explains it.
        needs: the check without which this one pays nothing, or "". A constant has the right
            dtype and leaves its input alone; it should not be paid for that.
        extreme: whether its arguments are where numbers overflow or round to 0. What fails there
            may fail for another reason than elsewhere.
    """

    name: str
    points: float
    judge: Judge
    hint: str
    needs: str = ""
    extreme: bool = False


@dataclass(frozen=True)
class Exercise:
    """A function to write by hand.

    Args:
        name: the function's name, and its solution cell's grade_id.
        reference: the same function as torch.nn computes it; its parameters name the arguments.
        checks: in the order in which they are judged and shown.
        mistakes: tried in order; the first that reproduces a wrong answer gives its hint.
        by_hand: what the function may not call; nothing, unless it is said.
        styles: other right ways to write it, by hand: `autograder verify` holds the checks to them.
        curve: how a wrong function is drawn beside the right one, for its author; None: not at all.

    Raises:
        TypeError: a part is of another kind.
        ValueError: two checks have one name, one needs a check that is not there, or the curve does
            not fit.
    """

    name: str
    reference: Formula
    checks: tuple[Check, ...]
    mistakes: tuple[Mistake, ...] = ()
    by_hand: ByHand = FREE
    styles: tuple[Formula, ...] = ()
    curve: Curve | None = None

    def __post_init__(self) -> None:
        self._require_kinds()
        before: list[str] = []
        for check in self.checks:
            if check.name in before:
                raise ValueError(f"{self.name} has two checks called {check.name!r}")
            if check.needs and check.needs not in before:
                known = ", ".join(before) or "none"
                raise ValueError(
                    f"check {check.name!r} of {self.name} needs {check.needs!r}, which is no check "
                    f"before it; before it: {known}"
                )
            before.append(check.name)
        if self.curve:
            self.curve.require_fit(self.name, self.reference)

    def _require_kinds(self) -> None:
        """Nothing, where each part is what it should be: no run tells of all of them in time.

        Raises:
            TypeError: one is not.
        """
        if not isinstance(self.name, str):
            raise TypeError(f"the name of an Exercise is {a_thing(self.name)}, not a string")
        if not callable(self.reference):
            what = a_thing(self.reference)
            raise TypeError(f"reference of {self.name} is {what}, which can't be called")
        if not isinstance(self.by_hand, ByHand):
            raise TypeError(f"by_hand of {self.name} is {a_thing(self.by_hand)}, not a ByHand")
        if not isinstance(self.curve, Curve | None):
            raise TypeError(f"curve of {self.name} is {a_thing(self.curve)}, not a Curve")
        parts: tuple[tuple[str, object, Any], ...] = (
            ("checks", self.checks, Check),
            ("mistakes", self.mistakes, Mistake),
            ("styles", self.styles, Callable),
        )
        for part, value, kind in parts:
            if wrong := not_several(value, kind):
                raise TypeError(f"{part} of {self.name} {wrong}")

    @property
    def points(self) -> float:
        """What all checks together are worth."""
        return sum(check.points for check in self.checks)


def not_several(value: object, kind: type, name: str = "…") -> str:
    """What is wrong with a value that should be a tuple of objects of one kind; "" if nothing is.

    Args:
        value: what was written; a list is as good as a tuple.
        kind: of each object.
        name: what an object that stands there alone is called.
    """
    if isinstance(value, kind):
        return f"is {a_thing(value)}, not a tuple of them: write ({name},)."
    if not isinstance(value, tuple | list):
        return f"is {a_thing(value)}, not a tuple of {kind.__name__}s."
    others = [item for item in value if not isinstance(item, kind)]
    return f"has {a_thing(others[0])} in it, which is no {kind.__name__}." if others else ""
