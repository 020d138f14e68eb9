"""Tables on standard output."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Table


def print_table(table: Table, columns: int) -> None:
    """Prints a table as wide as the terminal is.

    Args:
        table: what is printed.
        columns: how many characters wide it is where there is no terminal, as in a pipe, and
            `COLUMNS` does not say otherwise.
    """
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(width=None if known else columns).print(table)
