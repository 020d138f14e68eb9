"""The tables of docs/comparison.md, and reading them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.course import ROOT

PAGE = ROOT / "docs" / "comparison.md"


def row(cells: Iterable[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def head(titles: Sequence[str]) -> str:
    """A table's first two lines."""
    return f"{row(titles)}\n{'|:--' * len(titles)}|"


def tables(page: Path = PAGE) -> dict[str, dict[str, str]]:
    """Every row of every table, by its first cell; its other cells by their titles."""
    found: dict[str, dict[str, str]] = {}
    titles: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if not line.startswith("|"):
            titles = []
        elif line.startswith("|:"):
            continue
        elif not titles:
            titles = cells
        else:
            found[cells[0]] = dict(zip(titles[1:], cells[1:], strict=True))
    return found
