"""IPython's shell without a terminal, a network or a thread: runs a cell, gives its outputs.

A plain InteractiveShell has magics, top-level await and rich display. What it lacks, and a
Jupyter kernel has, is added here: outputs in nbformat's terms, plots inline, a refusal of input.
"""

from __future__ import annotations

import fnmatch
import gc
import inspect
import os
import sys
from collections import UserDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout, suppress
from copy import deepcopy
from dataclasses import dataclass
from io import TextIOBase
from pathlib import Path
from typing import Any

from IPython.core import page, payloadpage
from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from matplotlib import font_manager
from matplotlib.mathtext import MathTextParser
from traitlets import Instance, Type

from autograder.isolation import shell_commands
from autograder.isolation.outputs import Output, Outputs, as_text
from autograder.isolation.refusals import INPUT

TEXT = ["text/plain", "text/html", "text/markdown", "text/latex", "application/json"]

# What plots may be drawn in where somebody sees it.
WINDOWS = {
    *("auto", "gtk", "gtk3", "gtk4", "ipympl", "macosx", "nbagg", "notebook", "osx", "qt", "qt5"),
    *("qt6", "tk", "widget", "wx"),
}

NO_MODULE = ""  # a name that none has
MOST_FRAMES = 50  # of a traceback that are shown

NO_INPUT = "The grader runs a notebook with nobody to ask: input() is not there."


class _Stream(TextIOBase):
    """sys.stdout or sys.stderr of a cell."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    def fileno(self) -> int:
        """What faulthandler, say, writes to: the process's own stream, which leads nowhere."""
        return {"stdout": 1, "stderr": 2}[self._name]

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.write(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Hook(DisplayHook):
    """The value of a cell's last expression becomes an `execute_result`."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        result = {
            "output_type": "execute_result",
            "data": as_text(format_dict),
            "metadata": md_dict or {},
            "execution_count": self.shell.number,
        }
        self.shell.outputs.add(result)

    def log_output(self, format_dict: dict[str, Any]) -> None:
        pass  # IPython would keep a second copy

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Publisher(DisplayPublisher):
    """`display(...)` becomes a `display_data`."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        output = {"output_type": "display_data", "data": as_text(data), "metadata": metadata or {}}
        display_id = (transient or {}).get("display_id")
        if update:
            self.shell.outputs.update(output, display_id)
        else:
            self.shell.outputs.add(output, display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


@dataclass(frozen=True)
class _Kernel:
    """What `get_ipython().kernel` is: notebooks ask whether it is there, or for a restart."""

    shell: InteractiveShell
    implementation: str = "ipython"

    def get_parent(self, channel: str = "shell") -> dict[str, Any]:
        """The message that is being answered: there are none."""
        return {}

    def do_shutdown(self, restart: bool) -> dict[str, Any]:
        """Ends nothing, as `exit` does: the notebook goes on."""
        return {"status": "ok", "restart": restart}


class _Store(UserDict[str, Any]):
    """What `%store`, `%bookmark` and `%cd` keep, as long as the kernel lives.

    IPython has it in a folder in the user's home; that of a kernel is the notebook's own.
    """

    def __setitem__(self, key: str, value: Any) -> None:
        self.data[key] = deepcopy(value)

    def __getitem__(self, key: str) -> Any:
        return deepcopy(self.data[key])

    def __delitem__(self, key: str) -> None:
        self.data.pop(key, None)  # as IPython's own, which takes away what is not there too

    def keys(self, pattern: str = "*") -> list[str]:  # type: ignore[override]
        return fnmatch.filter(self.data, pattern)


class CellTransformer(TransformerManager):
    """IPython's translation of cells into Python, kept of those that are known beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self._translated: dict[str, str] = {}
        self._steps = self._current_steps()

    def expect(self, sources: Iterable[str]) -> None:
        """Translates cells that will be run, and keeps what they are as Python."""
        for source in sources:
            with suppress(SyntaxError):  # told when it is run
                self._translated[source] = super().transform_cell(source)

    def transform_cell(self, cell: str) -> str:
        """A cell as Python; a notebook may have added steps of its own to how that is made."""
        made = self._translated.get(cell) if self._current_steps() == self._steps else None
        return super().transform_cell(cell) if made is None else made

    def _current_steps(self) -> list[list[Any]]:
        return [[*self.cleanup_transforms], [*self.line_transforms], [*self.token_transformers]]


@dataclass(frozen=True)
class Executed:
    """What came of a cell.

    Args:
        outputs: what it showed.
        full: whether more was dropped.
        error: what it raised.
        value: that of its last expression, where that was shown.
    """

    outputs: list[Output]
    full: bool
    error: BaseException | None = None
    value: Any = None


class Shell(InteractiveShell):
    """One notebook's namespace. Made once, before the fork; every fork has a copy."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    input_transformer_manager = Instance(CellTransformer, ())
    outputs = Outputs(0)
    number = 0
    shown = True

    @property
    def kernel(self) -> _Kernel:
        """What a plain shell does not have, and Jupyter's has."""
        return _Kernel(self)

    @property
    def user_global_ns(self) -> dict[str, Any]:
        """Where cells run: one namespace, which need not be a module's."""
        names: dict[str, Any] = self.user_ns
        return names

    def run(self, source: str, number: int, limit_bytes: int) -> Executed:
        """Runs a cell as Jupyter would; what came of it.

        Args:
            source: the cell's text.
            number: what stands in its brackets.
            limit_bytes: how much output is kept.
        """
        self.outputs = outputs = Outputs(limit_bytes)
        self.execution_count = self.number = number
        with (
            redirect_stdout(_Stream("stdout", outputs)),
            redirect_stderr(_Stream("stderr", outputs)),
        ):
            result = self.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        self.history_manager.exceptions.clear()
        return Executed(outputs.finished(), outputs.full, error, result.result)

    def expect(self, sources: Iterable[str]) -> None:
        """Translates cells that forks of this process will run; called before the fork."""
        self.input_transformer_manager.expect(sources)

    def settle(self, folder: Path) -> None:
        """Makes a folder the one where the notebook is, and nothing of IPython's own is on disk."""
        self.user_ns["_dh"][:] = [folder]
        self.home_dir = str(folder)
        self.db = _Store()

    @staticmethod
    def forget_files() -> None:
        """Closes what a fork can't use, and makes anew at need: the event loop, and fonts.

        matplotlib gives up most of its fonts at a fork, but not those of formulas it has set; what
        sets them is in a circle of references.
        """
        get_asyncio_loop().close()
        MathTextParser._parse_cached.cache_clear()  # type: ignore[attr-defined]
        font_manager._get_font.cache_clear()  # type: ignore[attr-defined]
        gc.collect()

    def show(self, shown: bool) -> None:
        """Whether anybody sees what cells show; or nothing is drawn, and no traceback made."""
        self.shown = shown
        formatter = self.display_formatter
        everything = list(formatter.formatters)
        formatter.active_types = everything if shown else TEXT

    @contextmanager
    def silent(self, limit_bytes: int = 0) -> Iterator[Outputs]:
        """Hides what is printed or shown in the block; the first so many bytes are in the value."""
        self.outputs = outputs = Outputs(limit_bytes)
        stream = _Stream("stdout", outputs)
        with redirect_stdout(stream), redirect_stderr(stream):
            yield outputs

    def _tee(self, channel: str) -> Any:
        return nullcontext()  # IPython would keep all output of a cell in memory

    def _format_exception_for_storage(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {}  # IPython would make every traceback twice, once for a file that is not written

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Adds the exception that is being handled to the cell's outputs."""
        if self.shown:
            _shorten(sys.exception())
            self._tell_inspect()
            super().showtraceback(*args, **kwargs)

    def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
        """Puts a syntax error into the outputs."""
        if self.shown:
            super().showsyntaxerror(*args, **kwargs)

    def _tell_inspect(self) -> None:
        """Tells inspect that cells are of no module.

        It would ask every module that is loaded, for each line of a traceback: that takes three
        times as long as all the rest, and as many pages that a fork shared.
        """
        for name in self.compile._filename_map:
            for known_as in (name, os.path.abspath(name)):  # noqa: PTH100 (as inspect has it)
                inspect.modulesbyfile[known_as] = NO_MODULE

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        output = {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue)}
        self.outputs.add({**output, "traceback": list(stb)})

    def enable_gui(self, gui: str | None = None) -> None:
        """Plots are drawn inline: there is no window to open."""

    def enable_matplotlib(self, gui: str | None = None) -> Any:
        """`%matplotlib widget`, or any other that needs a window or a package: plots inline."""
        return super().enable_matplotlib("inline" if gui in WINDOWS else gui)

    def ask_exit(self) -> None:
        """`exit` in a cell ends nothing: the notebook goes on."""

    def init_hooks(self) -> None:
        """Help and other long texts go to a front end's pager, so to nobody."""
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(payloadpage.page), 99)

    def init_magics(self) -> None:
        """No magic starts a program."""
        super().init_magics()
        shell_commands.register(self)

    def init_io(self) -> None:
        """Nothing: each cell has streams of its own."""

    def raw_input(self, prompt: str = "", stream: Any = None) -> str:
        """What stands for input().

        Raises:
            StdinNotImplementedError: always.
        """
        sys.audit(INPUT)
        raise StdinNotImplementedError(NO_INPUT)

    def system(self, cmd: str) -> None:
        """`!command`: a refusal, and the exit code of a program that is not there."""
        shell_commands.refuse(sys.stdout)
        self.user_ns["_exit_code"] = shell_commands.NOT_FOUND

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> list[str] | str:
        """`x = !command`: a refusal, and no output."""
        shell_commands.refuse(sys.stderr, wanted=True)
        nothing: list[str] | str = SList() if split else LSString()
        return nothing


Shell.__name__ = "ZMQInteractiveShell"  # by which notebooks know that they are one


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps torch to one thread in the block, whatever a cell asks for.

    A process that has run in more can't be forked: the child hangs in its first parallel region.
    """
    import torch

    wanted, torch.set_num_threads = torch.set_num_threads, lambda nthreads: None
    try:
        yield
    finally:
        torch.set_num_threads = wanted


def _shorten(error: BaseException | None) -> None:
    """Cuts a long traceback, as of an endless recursion: to render it takes seconds."""
    step = error.__traceback__ if error else None
    for _ in range(MOST_FRAMES):
        step = step.tb_next if step else None
    if step:
        step.tb_next = None
