"""What is learnt from running the instructor's own solutions: nothing of a student's is here.

Which objects of the given cells the solutions change in place, what each given cell leaves as it
was, which cells want something of which there is no solution, and which tests what only a solution
imports.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.examiner.source_cells import SourceCell, names_bound
from autograder.examiner.state import STATE
from autograder.isolation.student_kernel import StudentKernel
from autograder.source_text import bound, imports_of, used

# A cell that prints a digest of what each name of NAMES is bound to now, and whether that is plain
# data, of which a digest tells all; "" is what has no name, as `STATE` tells it. It binds nothing.
DIGESTS = (
    f"{STATE}"
    + """
def __digests(names, found):
    import hashlib, json, numpy, pickle, torch, types

    def plain(value):
        if isinstance(value, torch.Tensor):
            return type(value) is torch.Tensor and not value.requires_grad
        if isinstance(value, (numpy.ndarray, numpy.generic)):
            return type(value).__module__ == "numpy" and not value.dtype.hasobject
        if type(value) in (list, tuple, set, frozenset):
            return all(map(plain, value))
        if type(value) is dict:
            return all(map(plain, (*value, *value.values())))
        return type(value) in (bool, int, float, complex, str, bytes, bytearray, type(None))

    def digest(value):
        try:
            content = pickle.dumps(value)
        except Exception:
            content = repr(sorted(getattr(value, "__dict__", {}).items(), key=str)).encode()
        return hashlib.sha256(content).hexdigest()

    fixed = (types.ModuleType, types.FunctionType, type)
    values = {name: found[name] for name in names if name in found}
    values[""] = __state()
    told = {n: (digest(v), plain(v)) for n, v in values.items() if not isinstance(v, fixed)}
    print(json.dumps(told))
__digests(NAMES, globals())
del __digests, __state
"""
)
NAMELESS = ""  # what has no name, there


@dataclass(frozen=True)
class Observed:
    """What running the instructor's cells has shown.

    Args:
        changed: names of given cells whose objects change when solutions, or tests of them, are
            run. Of what only a test changes, and no solution mentions, none is told: that is the
            test's own.
        leaves: of each given cell the names of plain data that are after it what they were before;
            None of one that changes what has no name, as random generators, and of any other cell.
    """

    changed: set[str]
    leaves: list[list[str] | None]


def observed(source: Sequence[SourceCell], kernel: StudentKernel) -> Observed:
    """What the instructor's cells do, run as they stand, hidden tests too.

    Args:
        source: the instructor's cells.
        kernel: one that has run nothing.
    """
    given = bound(cell.text for cell in source if cell.role == "given")
    given -= bound(imports_of(cell.text) for cell in source)
    found, leaves, before = set[str](), list[list[str] | None](), _digests(kernel, given)
    for number, cell in enumerate(source, start=1):
        kernel.run(number, cell.text, shown=False)
        after = _digests(kernel, given)
        if cell.role != "given":
            changed = {n for n, (was, _) in before.items() if after.get(n, [was])[0] != was}
            found |= changed - bound([cell.text]) - {NAMELESS}
        same = {name for name, each in before.items() if each[1] and after.get(name) == each}
        quiet = cell.role == "given" and NAMELESS in same
        leaves.append(sorted(same - {NAMELESS}) if quiet else None)
        before = after
    changed = found & set[str]().union(*(used(c.text) for c in source if c.role == "solution"))
    return Observed(changed, leaves)


def _digests(kernel: StudentKernel, names: Iterable[str]) -> dict[str, list[Any]]:
    """A digest of each value, and whether it is plain, by name.

    Nothing where a cell of the instructor's has taken what it needs.
    """
    outputs = kernel.run(0, DIGESTS.replace("NAMES", repr(sorted(names)))).outputs
    text = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return dict(found)


def imports_wanted(source: Sequence[SourceCell]) -> dict[str, list[str]]:
    """By grade_id of a test the names that it uses and only solutions import.

    Where a test uses nothing else of a student's, the import is what is asked for.
    """
    asked, taken, imported = names_bound(source)
    tests = [cell for cell in source if cell.role == "test" and used(cell.text) & asked]
    names = {cell.grade_id: sorted(used(cell.text) & (imported - taken)) for cell in tests}
    return {grade_id: found for grade_id, found in names.items() if found}


def unsolved(source: Sequence[SourceCell]) -> list[int]:
    """The places of cells that use what has no solution in the source, or are such a solution.

    A solution cell that students get as it is has none. What it would bind is not always known:
    beside such a cell, one that uses a name which nothing binds is one of them too.
    """
    if not any(map(_is_unsolved, source)):
        return []
    known = bound(cell.text for cell in source) | vars(builtins).keys()
    lacking, found = set[str](), []
    for place, cell in enumerate(source):
        needs = used(cell.text)
        if _is_unsolved(cell) or needs & lacking or needs - known:
            lacking |= bound([cell.text])
            found.append(place)
    return found


def _is_unsolved(cell: SourceCell) -> bool:
    """Whether a solution cell has no solution: clearing it changes nothing."""
    return cell.role == "solution" and cell.text.strip() == cell.released.strip()
