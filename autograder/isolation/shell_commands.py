"""Lines of a notebook that would start a program: a refusal is shown, and the cell goes on.

In Jupyter a shell line that fails raises nothing: `!pip install torch` above an import costs
nothing where there is no pip. So it is here, where there is no program at all. What a notebook's
code starts by itself, with subprocess say, is left to `refusals`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from IPython.core import page
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import magic_arguments
from IPython.core.magics.script import ScriptMagics, script_args
from IPython.display import Javascript, display
from IPython.utils.process import arg_split

from autograder.isolation.refusals import COMMAND, OUTPUT

NO_COMMAND = "The grader runs a notebook without a shell: this line starts nothing."
NOT_FOUND = 127  # a shell's exit code where there is no such program

PACKAGING = ("pip", "conda", "mamba", "micromamba", "uv")
JUPYTERS = ("clear", "connect_info", "ed", "edit", "man", "qtconsole")  # a program, or a window


def refuse(stream: Any, *, wanted: bool = False) -> None:
    """Says on a stream that a line starts nothing.

    Args:
        stream: where.
        wanted: whether the line's output was to be used.
    """
    sys.audit(OUTPUT if wanted else COMMAND)
    print(NO_COMMAND, file=stream)


def system(command: Any) -> int:
    """What stands for os.system.

    Returns:
        What wait(2) tells of a shell that has not found a program.
    """
    refuse(sys.stdout)
    return NOT_FOUND << 8


def register(shell: InteractiveShell) -> None:
    """Puts the magics of this module in the place of IPython's."""
    shell.register_magics(_Scripts, _Jupyters)
    for name in PACKAGING + JUPYTERS:
        shell.register_magic_function(shell.system, "line", name)


@magics_class
class _Scripts(ScriptMagics):
    """`%%bash`, `%%script perl` and their like."""

    @magic_arguments()
    @script_args
    @cell_magic("script")
    def shebang(self, line: str, cell: str) -> None:
        """Refuses, and binds the names that were to have the script's output to empty texts."""
        asked, _ = self.shebang.parser.parse_known_args(arg_split(line))
        self.shell.user_ns.update({name: "" for name in (asked.out, asked.err) if name})
        self.shell.system(line)


@magics_class
class _Jupyters(Magics):
    """What ipykernel's magics do that a notebook may well begin with."""

    @line_magic
    def autosave(self, line: str) -> None:
        """Says how often a notebook is saved."""
        milliseconds = 1000 * int(line)
        script = Javascript(f"IPython.notebook.set_autosave_interval({milliseconds})")
        display(script, include=["application/javascript"])
        print(f"Autosaving every {int(line)} seconds" if int(line) else "Autosave disabled")

    @line_magic
    def less(self, line: str) -> None:
        """Opens a file in the pager, which nobody reads."""
        page.page(Path(line).read_text())

    more = line_magic("more")(less)
