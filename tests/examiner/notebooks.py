"""Small notebooks to be examined: their cells, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.config import Sandbox
from autograder.environment import CELL_JSON
from autograder.isolation.outputs import Output

Cell = dict[str, str]

SHORT = replace(Sandbox().limits(), cell_seconds=2.0, call_seconds=1.0, wall_factor=1.0)


def given(text: str) -> Cell:
    """A cell of the instructor's own."""
    return {"role": "given", "grade_id": "", "text": text, "released": text}


def asked(name: str) -> Cell:
    """A cell that the student writes."""
    solution = f"def {name}(x):\n    return x"
    return {
        "role": "solution",
        "grade_id": name,
        "text": solution,
        "released": "raise NotImplementedError",
    }


def graded(name: str, text: str, released: str | None = None) -> Cell:
    """A grade cell; with a released text, the rest of it is hidden."""
    released = text if released is None else released
    return {"role": "test", "grade_id": name, "text": text, "released": released}


@dataclass(frozen=True)
class Outcome:
    """What came of a notebook.

    Args:
        cells: the outputs of each cell, in the submission's order.
        places: where the cell of a grade_id is.
        flags: (kind, cell) of each flag, and `details` what they say.
    """

    cells: Sequence[Sequence[Output]]
    places: Mapping[str, int]
    flags: Sequence[tuple[str, str]]
    details: Sequence[str]

    def __getitem__(self, grade_id: str) -> Sequence[Output]:
        return self.cells[self.places[grade_id]]

    def error(self, grade_id: str) -> str:
        """What a cell's error says; "" where it has none."""
        errors = [o for o in self[grade_id] if o["output_type"] == "error"]
        return "\n".join(line for output in errors for line in output["traceback"])

    def text(self, place: int) -> str:
        """All that a cell printed."""
        return "".join(output.get("text", "") for output in self.cells[place])

    def result(self, grade_id: str) -> dict[str, Any]:
        """The result of a cell of hidden checks."""
        [data] = [o["data"] for o in self[grade_id] if CELL_JSON in o.get("data", {})]
        return dict(data[CELL_JSON])


Examine = Callable[..., Outcome]

DOUBLE = "def f(x):\n    return 2 * x"
