"""What cells do with names, asked of their texts."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.source_text.reading import read_cell


def bound(cells: Iterable[str]) -> set[str]:
    """The names that cells bind at their top level, by functions that say `global` too."""
    return set[str]().union(*(read_cell(cell).bindings.binds for cell in cells))


def rebound(cells: Iterable[str]) -> set[str]:
    """The names that cells bind or delete."""
    return set[str]().union(*(read_cell(cell).bindings.rebinds for cell in cells))


def used(cell: str) -> frozenset[str]:
    """The names that a cell takes from elsewhere: it reads them, and has not bound them before."""
    return read_cell(cell).uses


def may_use(cell: str) -> frozenset[str]:
    """The names that a cell may take from elsewhere: those that it need not have bound before."""
    return read_cell(cell).may_use


def used_in_calls(cell: str) -> frozenset[str]:
    """The names that a cell's functions take from elsewhere when they are called."""
    return read_cell(cell).used_in_calls


def imports_of(cell: str) -> str:
    """A cell's import statements alone, those of its top level."""
    return read_cell(cell).import_lines
