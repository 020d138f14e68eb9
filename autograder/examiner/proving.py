"""What is learnt from running the instructor's own solutions: nothing of a student's is here.

Which objects of the given cells the solutions change in place, which cells want something of which
there is no solution, and which tests what only a solution imports.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Sequence
from typing import Any

from autograder.examiner.names import bound, imports_of, used
from autograder.examiner.source_cells import SourceCell, names_bound
from autograder.isolation.client import StudentKernel

# A cell that prints a digest of what each name of NAMES is bound to now; it binds nothing.
DIGESTS = """
def __digests(names, found):
    import hashlib, json, pickle, types

    def digest(value):
        try:
            content = pickle.dumps(value)
        except Exception:
            content = repr(sorted(getattr(value, "__dict__", {}).items(), key=str)).encode()
        return hashlib.sha256(content).hexdigest()

    fixed = (types.ModuleType, types.FunctionType, type)
    values = {name: found[name] for name in names if name in found}
    print(json.dumps({n: digest(v) for n, v in values.items() if not isinstance(v, fixed)}))
__digests(NAMES, globals())
del __digests
"""


def changed_in_place(source: Sequence[SourceCell], kernel: StudentKernel) -> set[str]:
    """Names of given cells whose objects change when solutions, or tests of them, are run.

    Of what only a test changes, and no solution mentions, none is told: that is the test's own.

    Args:
        source: the instructor's cells, run here as they stand, hidden tests too.
        kernel: one that has run nothing.
    """
    given = bound(cell.text for cell in source if cell.role == "given")
    given -= bound(imports_of(cell.text) for cell in source)
    found = set[str]()
    for number, cell in enumerate(source, start=1):
        before = _digests(kernel, given) if cell.role != "given" else {}
        kernel.run(number, cell.text, shown=False)
        if cell.role != "given":
            after = _digests(kernel, given)
            changed = {name for name in before if after.get(name, before[name]) != before[name]}
            found |= changed - bound([cell.text])
    return found & set[str]().union(*(used(c.text) for c in source if c.role == "solution"))


def _digests(kernel: StudentKernel, names: Iterable[str]) -> dict[str, str]:
    """A digest of each value, by name; nothing where the cell that makes them failed."""
    outputs = kernel.run(0, DIGESTS.replace("NAMES", repr(sorted(names)))).outputs
    text = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    try:
        found: Any = json.loads(text)
    except ValueError:  # a cell of the instructor's has taken what it needs
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
