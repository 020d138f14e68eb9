"""What is the same for a whole class, and so is run once: the instructor's cells that no student's
code has a part in.

A kernel passes over such a cell where nothing in the notebook uses what it leaves. What it shows
is what it has shown without a student.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from autograder.examiner.changes import Texts
from autograder.examiner.effects import imported
from autograder.examiner.later import SEEING
from autograder.examiner.source_cells import SourceCell, untouched
from autograder.examiner.state import STATE
from autograder.examiner.student_cell import StudentCell
from autograder.isolation.errors import SandboxError
from autograder.isolation.outputs import Output
from autograder.isolation.student_kernel import Ran, StudentKernel
from autograder.source_text import bound, may_use, read_cell

LOOK = f"{STATE}__state()"  # a cell that shows it
# A cell that draws from each generator: what seeds one leaves it otherwise than it was, then.
CHANCE = """
def __draw():
    import random, numpy, torch
    random.random(), numpy.random.rand(), torch.rand(1)
__draw()
"""
# A student's own text that may change how what others have made is shown.
SHOWN_OTHERWISE = re.compile(r"print_?options|set_option|rcParams|\brc\(|style|set_theme|precision")
MAGIC = re.compile(r"get_ipython\(\)\.(?:run_(?:line|cell)_magic\(')?(\w+)")
# They look at nothing that the notebook has. No program runs.
QUIET_MAGICS = {"matplotlib", "pip", "conda", "system", "getoutput"}
HISTORY = re.compile(r"In|_i{1,3}|_ih|_i\d+")  # the names of what was run


@dataclass(frozen=True)
class Shared:
    """A cell of the instructor's that does the same in every notebook.

    Args:
        outputs: what it shows.
        steady: whether it does not fail.
        drawn: whether that is pictures, which take long.
        users: a notebook that uses one of these names has to run it; None where any has to.
    """

    outputs: list[Output]
    steady: bool
    drawn: bool
    users: Set[str] | None


def shared(
    source: Sequence[SourceCell],
    kernel: StudentKernel,
    first: Sequence[list[Output]],
    ours: Texts,
    leaves: Sequence[Sequence[str] | None],
) -> dict[str, Shared]:
    """The cells that nothing of a student's can touch, by text; run without a student.

    Args:
        source: the instructor's cells.
        kernel: one that has run the first cells.
        first: what these showed. Who has changed one of them has a kernel that has run nothing.
        ours: all cells, to be asked what they change.
        leaves: what each was seen to leave as it was; `proving.Observed` says it.
    """
    found = {}
    free = untouched(source, (), ours)
    try:
        for place, cell in enumerate(source):
            if cell.released not in free:
                continue
            left = leaves[place] if leaves else None
            if place < len(first):
                ran, quiet = Ran(first[place]), left is not None
            else:
                ran, quiet = _run(kernel, place + 1, cell.released)
            users = None if left is None else _users(cell.released, ours, left)
            found[cell.released] = _shared(ran, quiet, users)
    except SandboxError:  # told where a student is examined
        return {}
    finally:
        kernel.close()
    return found


def _run(kernel: StudentKernel, number: int, cell: str) -> tuple[Ran, bool]:
    """What came of a cell, and whether it left all but names as it was."""
    kernel.run(0, CHANCE)
    before = kernel.run(0, LOOK).outputs
    ran = kernel.run(number, cell)
    return ran, kernel.run(0, LOOK).outputs == before and not kernel.incidents.take_notes().any


def _shared(ran: Ran, quiet: bool, users: Set[str] | None) -> Shared:
    """What came of a cell.

    Args:
        ran: what it showed.
        quiet: whether it left all but names as it was.
        users: the names by which others use what it leaves.
    """
    data = [output.get("data", {}) for output in ran.outputs]
    steady = all(output["output_type"] != "error" for output in ran.outputs)
    pictures = any(map(_has_picture, data))
    results = any(output["output_type"] == "execute_result" for output in ran.outputs)
    same = quiet and steady and not (results or ran.stopped or ran.full or ran.updatable)
    return Shared(ran.outputs, steady, pictures and quiet and steady, users if same else None)


def _has_picture(data: Mapping[str, Any]) -> bool:
    """Whether what is shown of something is a picture, or HTML with one in it."""
    page = data.get("text/html", "")
    text = page if isinstance(page, str) else "".join(map(str, page))
    return "data:image/" in text or any(kind.startswith("image/") for kind in data)


def _users(cell: str, ours: Texts, left: Sequence[str]) -> Set[str] | None:
    """The names by whose use a notebook may use what a cell changes; None where any may."""
    if ours.may_change([cell], set()):
        return None
    names = ours.reach({*ours.names, *bound([cell])})  # states of modules too
    others = names - set(left)  # which it may change, by whatever name
    changed = {n for n in others if ours.may_change([cell], ours.reach([n]))} | bound([cell])
    return {name for name in names if ours.looked_up([name]) & changed}


def passed_over(
    cells: Sequence[StudentCell],
    own: Set[StudentCell],
    same: Mapping[str, Shared],
    tests: Mapping[str, SourceCell],
    theirs: Texts,
) -> set[StudentCell]:
    """The cells of a notebook that its kernel need not run.

    Args:
        cells: the notebook's.
        own: those that are the student's.
        same: the instructor's that do in this notebook what they do in every other, by text.
        tests: the instructor's tests, by grade_id.
        theirs: the notebook's texts, to be asked what their names reach.
    """
    texts = Counter(cell.text for cell in cells)
    once = [cell for cell in cells if cell.text in same and texts[cell.text] == 1]
    apart = {cell for cell in once if same[cell.text].users is not None}
    uses = set[str]().union(*(_uses(cell, tests, theirs) for cell in cells if cell not in apart))
    seeing = uses & SEEING or any(map(HISTORY.fullmatch, uses))
    if seeing or any(_sees_all(cell.text) for cell in own):
        return set()
    found = set()
    for cell in reversed(cells):
        if cell in apart and not (same[cell.text].users or set()) & uses:
            found.add(cell)
        elif cell in apart:
            uses |= _uses(cell, tests, theirs)
    return found


def _uses(cell: StudentCell, tests: Mapping[str, SourceCell], theirs: Texts) -> set[str]:
    """The names that a cell uses, and states of modules; of a test those of its hidden part too."""
    test = tests.get(cell.grade_id)
    texts = (test.text, test.released) if test else (cell.text,)
    uses = set[str]().union(*map(may_use, texts))
    return uses | theirs.states(uses.union(*map(imported, texts)))


def _sees_all(text: str) -> bool:
    """Whether a magic in a text may look at what the notebook has bound, or has run."""
    reading = read_cell(text)
    found = MAGIC.finditer(reading.python) if reading.runs else ()
    return any(magic[1] not in QUIET_MAGICS for magic in found)
