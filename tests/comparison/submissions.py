"""What is handed in: each is right but for one thing, nearly always in the answer `bce`.

An answer that reaches for something it should not is right only if it gets it: then its points tell
whether it did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tests.comparison.assignment import MARK, RIGHT


@dataclass(frozen=True)
class Places:
    """Where a tool keeps what a student's code may look for: the most that they could know.

    Args:
        tests: the file of the hidden tests; where it is relative, from the notebook's folder.
        neighbour: another student's submission.
        port: of this machine, where something listens that says hello.
        witness: a file that is not there before.
    """

    tests: Path
    neighbour: Path
    port: int
    witness: Path


def _same(path: Path) -> None:
    """Leaves the file as it is."""


@dataclass(frozen=True)
class Submission:
    """A way of handing in.

    Args:
        name: the student's name, and the row's.
        what: the row's first column.
        answer: the text of the cell for `bce`; `{tests}`, `{neighbour}`, `{port}` and `{witness}`
            stand for `Places`.
        spoil: what is done to the file then.
    """

    name: str
    what: str
    answer: str = RIGHT["bce"]
    spoil: Callable[[Path], object] = _same

    def written(self, release: NotebookNode, places: Places) -> NotebookNode:
        """The students' copy of the notebook with the answers in it."""
        text = self.answer
        for word, place in vars(places).items():
            text = text.replace(f"{{{word}}}", repr(str(place)) if word != "port" else str(place))
        answers = {**RIGHT, "bce": text}
        for cell in release.cells:
            for function, answer in answers.items():
                if cell.cell_type == "code" and cell.source.startswith(f"def {function}("):
                    cell.source = answer
        return release


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _rename(path: Path) -> None:
    path.rename(path.with_name(f"{path.stem} (1).ipynb"))


def _edit(path: Path, change: Callable[[list[NotebookNode], int], object]) -> None:
    """Changes the list of cells, at the place of the answer `bce`."""
    notebook = nbformat.read(path, as_version=4)
    places = [n for n, cell in enumerate(notebook.cells) if cell.source.startswith("def bce(")]
    change(notebook.cells, places[0])
    nbformat.write(notebook, path)


def _delete(path: Path) -> None:
    _edit(path, lambda cells, place: cells.pop(place))


def twice(path: Path) -> None:
    """The answer's cell is there twice, as after copy and paste."""

    def copy(cells: list[NotebookNode], place: int) -> None:
        cells.insert(place, nbformat.from_dict({**cells[place], "id": "copied"}))

    _edit(path, copy)


def _only_if(reached: str) -> str:
    """An answer that is right only where this text sets `reached`."""
    body = RIGHT["bce"].replace("return -(", "return -reached * (")
    return f"{reached}\n{body}"


TEXTBOOK = """\
def bce(y_hat, y):
    return -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
"""

LOSS = """\
def bce(y_hat, y):
    return F.binary_cross_entropy(y_hat, y, reduction="none")
"""

FRAMES = """\
import sys

def bce(y_hat, y):
    frame = sys._getframe(1)
    while frame is not None:
        if "expected" in frame.f_locals:
            return frame.f_locals["expected"].clone()
        frame = frame.f_back
    return y
"""

REPLACED = """\
import torch

torch.testing.assert_close = lambda *arguments, **options: None

def bce(y_hat, y):
    return y
"""

READ = f"""\
from pathlib import Path
try:
    reached = {MARK!r} in Path({{tests}}).read_text()
except OSError:
    reached = False
"""

NEIGHBOUR = """\
from pathlib import Path
try:
    reached = "def bce(" in Path({neighbour}).read_text()
except OSError:
    reached = False
"""

NETWORK = """\
import socket
try:
    reached = socket.create_connection(("127.0.0.1", {port}), timeout=5).recv(5) == b"hello"
except OSError:
    reached = False
"""

WRITTEN = """\
from pathlib import Path
try:
    reached = Path({witness}).write_text("I was here") > 0
except OSError:
    reached = False
"""

MEMORY = """\
try:
    reached = len(b"1" * 2**30) > 0
except MemoryError:
    reached = False
"""

SHELL = """\
!pip install --quiet --no-index a-package-that-is-nowhere
"""

SUBMISSIONS = (
    Submission("right", "a right answer"),
    Submission("wrong", "log2 where log is right", TEXTBOOK.replace(".log()", ".log2()")),
    Submission("textbook", "the textbook formula: nan at predictions of 0 and 1", TEXTBOOK),
    Submission(
        "warning",
        "right, and warns when it is called",
        RIGHT["bce"].replace("    log_p", '    import warnings\n    warnings.warn("x")\n    log_p'),
    ),
    Submission("pip", "right, with a line `!pip install …`", SHELL + RIGHT["bce"]),
    Submission("endless", "never returns", "def bce(y_hat, y):\n    while True:\n        pass\n"),
    Submission("exit", "`os._exit(0)`", "import os\n\ndef bce(y_hat, y):\n    os._exit(0)\n"),
    Submission("memory", "takes 1 GiB of memory", _only_if(MEMORY)),
    Submission("forbidden", "calls torch's own loss, which the text forbids", LOSS),
    Submission("frames", "takes `expected` out of the test's frame", FRAMES),
    Submission("replaced", "replaces `torch.testing.assert_close`", REPLACED),
    Submission("tests", "reads the hidden tests' file", _only_if(READ)),
    Submission("neighbour", "reads another student's file", _only_if(NEIGHBOUR)),
    Submission("network", "connects to a port of this machine", _only_if(NETWORK)),
    Submission("writes", "writes a file outside its folder", _only_if(WRITTEN)),
    Submission("empty", "an empty file", spoil=lambda path: path.write_text("")),
    Submission("cut", "a file that is cut off in the middle", spoil=_cut),
    Submission("deleted", "the cell of `bce` is deleted", spoil=_delete),
    Submission("twice", "the cell of `bce` is there twice", spoil=twice),
    Submission("renamed", "a browser's `bce (1).ipynb`", spoil=_rename),
)
