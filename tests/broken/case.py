"""What a case is, and the hands that break a notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.course import ROOT

RELEASE = ROOT / "release" / "losses"

Notebook = dict[str, Any]
Break = Callable[[Path], None]

ALL = 28.0  # machine's points, of which each notebook has:
BINARY, MULTICLASS = 10.0, 18.0
BCE, SOFTMAX = 5.0, 4.0


@dataclass(frozen=True)
class Case:
    """A way of breaking a submission.

    Args:
        student: who hands it in: what it is called.
        broken: does it to the folder.
        score: the machine's points that are left; None where nothing can be graded.
        flags: (kind, cell) of each flag.
    """

    student: str
    broken: Break
    score: float | None
    flags: tuple[tuple[str, str], ...]

    def lost(self) -> set[str]:
        """The grade cells that are worth nothing by it."""
        if self.score == ALL - BCE:
            return {"bce_visible", "bce_hidden"}
        missing = {MULTICLASS: "binary", BINARY: "multiclass"}.get(self.score or ALL)
        cells = load(RELEASE, missing)["cells"] if missing else ()
        return {grade_id(cell) for cell in cells if is_graded(cell)}


CASES: list[Case] = []


def case(
    score: float | None, *flags: tuple[str, str], student: str = ""
) -> Callable[[Break], Break]:
    """Lists a function as a case, under its own name."""

    def listed(broken: Break) -> Break:
        name = student or broken.__name__.replace("_", "-")
        CASES.append(Case(name, broken, score, flags))
        return broken

    return listed


def load(folder: Path, name: str = "binary") -> Notebook:
    """A notebook of the submission."""
    notebook: Notebook = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def save(folder: Path, notebook: Notebook, name: str = "binary") -> None:
    """Puts it back."""
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def grade_id(cell: Mapping[str, Any]) -> str:
    """nbgrader's name for a cell, or ""."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def is_graded(cell: Mapping[str, Any]) -> bool:
    """Whether nbgrader gives points to a cell."""
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def find(notebook: Notebook, name: str) -> dict[str, Any]:
    """The cell of that grade_id."""
    cell: dict[str, Any]
    (cell,) = (cell for cell in notebook["cells"] if grade_id(cell) == name)
    return cell


def place(notebook: Notebook, name: str) -> int:
    """Where the cell of that grade_id stands."""
    return int(notebook["cells"].index(find(notebook, name)))


def own(source: str, kind: str = "code") -> dict[str, Any]:
    """A cell that a student has added."""
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "mine", "metadata": {}, "source": source, **code}


def released(name: str) -> str:
    """An answer's text before anything is written there."""
    return str(find(load(RELEASE), name)["source"])


SAME = "def same(losses):\n    return losses"


def use_same(notebook: Notebook) -> None:
    """Lets the answer bce call a function that is not there yet."""
    cell = find(notebook, "bce")
    cell["source"] = cell["source"].replace("return losses", "return same(losses)")
    assert "same(losses)" in cell["source"]
