"""Small notebooks beside Jupyter: what they show here is what they show in an ipykernel.

All of them are run one after the other, once by nbconvert and once in a student's kernel. Where
the two differ on purpose, DIFFERENT has the reason. Single cells are in test_shell; so is
`exit`, which ends an ipykernel, and a notebook with it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
import pytest

from autograder.isolation.outputs import Output
from autograder.isolation.student_kernel import StudentKernel
from tests.course import BIN
from tests.isolation.test_shell import ANSI, shown

DISPLAY = "from IPython.display import *"

NOTEBOOKS: dict[str, list[str]] = {
    "streams-interleaved": [
        "import sys\nfor n in range(3):\n    print(n)\n    print(-n, file=sys.stderr)",
        "print('a', end='')\nprint('b', end='', flush=True)\nsys.stdout.write('c\\n')",
    ],
    "bytes-to-a-stream": ["sys.stdout.write(b'x')", "sys.stdout.writelines(['a', 'b'])"],
    "stream-attributes": [
        "sys.stdout.isatty(), sys.stdout.writable(), sys.stdout.encoding, sys.stdout.closed",
        "hasattr(sys.stdout, 'buffer'), hasattr(sys.stderr, 'flush')",
    ],
    "stream-descriptors": ["sys.stdout.fileno()", "import faulthandler\nfaulthandler.enable()"],
    "progress-bar": ["for n in range(4):\n    print(f'\\r{n}/3', end='')\nprint()"],
    "warnings": [
        "import warnings\nwarnings.warn('one', DeprecationWarning)\nwarnings.warn('two')",
        "warnings.simplefilter('ignore')\nwarnings.warn('three')\nwarnings.simplefilter('default')",
    ],
    "logging": [
        "import logging\nlog = logging.getLogger('course')\nlog.warning('w')\nlog.info('i')",
        "logging.basicConfig(level=logging.INFO, force=True)\nlog.info('i')",
        "logging.basicConfig(level=logging.WARNING, force=True)",
    ],
    "chained-causes": [
        "def divide():\n    1 / 0",
        "try:\n    divide()\nexcept ZeroDivisionError as e:\n    error = e",
        "raise ValueError('b') from error",
        "raise ExceptionGroup('several', [ValueError(1), TypeError(2)])",
    ],
    "error-texts": [
        "raise KeyError('key')",
        "raise ValueError",
        "raise OSError(2, 'no', 'file')",
        "class Loud(Exception):\n    def __str__(self):\n        return 'loud'\nraise Loud",
        "assert False",
    ],
    "cause-in-the-same-cell": [
        "try:\n    {}['k']\nexcept KeyError:\n    [][1]",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('b') from error",
    ],
    "notes-on-an-error": ["e = ValueError('x')\ne.add_note('look here')\nraise e"],
    "syntax-errors": ["def f(:\n    pass", "x = = 1", "for", "print 'a'", "return 3"],
    "rich-objects": [
        "class Table:\n    def _repr_html_(self):\n        return '<table></table>'\n"
        "    def _repr_latex_(self):\n        return '$t$'\nTable()",
        "class Bundle:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'text/plain': 'b', 'application/json': {'a': [1, None]}}\nBundle()",
        "class Shown:\n    def _ipython_display_(self):\n        print('shown')\nShown()",
    ],
    "display-objects": [
        DISPLAY,
        "display(HTML('<i>h</i>'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))",
        "Math('x'), Latex('$y$')",
        "JSON({'a': 1})",
        "Javascript('1')",
        "Audio([0.0, 0.5], rate=8000)",
        "IFrame('about:blank', 10, 10)",
        "Pretty('p')",
        "Code('x = 1', language='python')",
        "display({'text/plain': 'raw'}, raw=True)",
        "Image(url='http://example.org/a.png')",
    ],
    "clear-output": [
        "for n in range(3):\n    clear_output(wait=True)\n    print(n)",
        "display(1)\nclear_output()\nprint('a')",
    ],
    "update-in-a-later-cell": [
        "h = display('old', display_id='later')\nprint('beside')",
        "display('again', display_id='later')",
        "h.update(Markdown('**new**'))",
        "update_display('newest', display_id='nowhere')",
    ],
    "timing": ["%%time\nx = 1", "%time x = 2", "%timeit -n 1 -r 1 x", "%%timeit -n1 -r1\nx"],
    "capture": [
        "%%capture out\nprint('o')\nprint('e', file=sys.stderr)\ndisplay('d')\n5",
        "out.stdout, out.stderr, len(out.outputs)",
        "out.show()",
        "%%capture --no-stdout\nprint('kept')",
        "from IPython.utils.capture import capture_output\nwith capture_output() as c:\n"
        "    print('in')\nc.stdout",
    ],
    "redirected": [
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as s:\n"
        "    print('in')\nprint(repr(s.getvalue()))"
    ],
    "extensions": ["%load_ext autoreload", "%autoreload 2", "%load_ext nowhere", "%reload_ext no"],
    "await": [
        "import asyncio\nawait asyncio.sleep(0, 'slept')",
        "async def f(n):\n    await asyncio.sleep(0)\n    return n\n"
        "await asyncio.gather(f(1), f(2))",
        "async with asyncio.timeout(5):\n    print('in time')",
    ],
    "event-loop": ["asyncio.run(f(3))", "asyncio.get_running_loop() is not None"],
    "tasks": [
        "async def tell():\n    print('told')\ntask = asyncio.create_task(tell())\nawait task",
        "task.done()",
    ],
    "input": ["input('name? ')", "import getpass\ngetpass.getpass()"],
    "history": ["7", "_ + 1", "__, ___", "_i, _ii", "len(Out) > 0, type(In), In[-2]", "_oh is Out"],
    "exits": ["sys.exit(2)", "raise SystemExit", "print('still here')"],
    "interrupt": ["print('a')\nraise KeyboardInterrupt", "print('b')"],
    "figures": [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "fig, ax = plt.subplots()\nax.hist([1, 2, 2])\nprint('below')",
        "fig",
        "plt.plot([3, 1])\nplt.close()",
        "%config InlineBackend.figure_formats = ['svg']\nplt.plot([1]);",
        "%config InlineBackend.figure_formats = ['png']",
    ],
    "log-axes": ["plt.loglog([-1, 1, 10], [1, -5, 100])\nplt.title('$10^x$');"],
    "no-such-backend": ["%matplotlib nowhere", "%matplotlib --list"],
    "help": ["len?", "sys??", "help(len)", "?print", "%magic", "%quickref"],
    "builtins": [
        "len = 3\ndel len\nlen('abc')",
        "import builtins\nbuiltins.nine = 9\nnine",
        "print = str\nprint(1)",
        "del print\nprint('back')",
        "del nowhere",
    ],
    "displayhook": [
        "old = sys.displayhook\nsys.displayhook = lambda value: print('hooked', value)\n1",
        "2",
        "sys.displayhook = old\n3",
    ],
    "xmode": ["%xmode Plain", "1 / 0", "%xmode Minimal", "1 / 0", "%xmode Context"],
    "precision": ["%precision 3\n2 / 3", "%precision %r\n2 / 3"],
    "files": [
        "%%writefile made.py\nimport sys\nvalue = 4\nprint('run as', __name__)",
        "import made\nmade.value",
        "%run made.py",
        "value",
        "%run nowhere.py",
        "%load made.py",
        "%pycat made.py",
        "open('made.py').readline()",
    ],
    "environment": [
        "%env COURSE=c\nimport os\nos.environ['COURSE']",
        "%env COURSE",
        "%set_env COURSE d",
        "os.getenv('NOWHERE')",
    ],
    "seeds": [
        "import random\nrandom.seed(0)\nrandom.random()",
        "import numpy as np\nnp.random.seed(0)\nnp.random.rand(2)",
        "import torch\ntorch.manual_seed(0)\ntorch.rand(2)",
    ],
    "threads": [
        "import threading\nts = [threading.Thread(target=print, args=(n,)) for n in range(3)]\n"
        "for t in ts:\n    t.start()\n    t.join()",
    ],
    "error-in-a-thread": [
        "def bad():\n    raise ValueError('in a thread')\nt = threading.Thread(target=bad)\n"
        "t.start()\nt.join()\nprint('on')",
    ],
    "atexit": ["import atexit\n_ = atexit.register(print, 'bye')\nprint('now')"],
    "which-shell": [
        "get_ipython().__class__.__name__, 'IPKernelApp' in get_ipython().config",
        "hasattr(get_ipython(), 'kernel'), get_ipython().kernel.shell is get_ipython()",
        "get_ipython().kernel.implementation",
    ],
    "magics": [
        "%lsmagic_nowhere",
        "%who_ls str",
        "%pprint",
        "%pprint",
        "%alias_magic t time",
        "%autosave 0",
        "%%nowhere\nx",
        "%automagic",
        "%automagic",
        "%%markdown\n*m*",
        "%%javascript\n1",
        "%%svg\n<svg/>",
    ],
    "semicolons-and-comments": ["1; 2", "3;", "# only a comment", "'''text'''", "x = 3; x"],
    "dataclasses": [
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\nP()",
        "match P():\n    case P(x=1):\n        print('one')",
    ],
    "pickles": ["import pickle\npickle.loads(pickle.dumps(P())) == P()"],
    "long-output": ["'x' * 3000", "list(range(1200))", "{n: str(n) for n in range(60)}"],
    "unicode": [
        "print('é 漢字 🎉')",
        "'\\x00\\x1b[31m red \\x1b[0m'",
        "print('\\x1b[1mbold\\x1b[0m')",
    ],
    "widgets-output": [
        "import ipywidgets as widgets\nout = widgets.Output()\nprint(type(out).__name__)",
        "with out:\n    print('inside')",
    ],
    "commands": ["!echo a\n_exit_code", "x = !echo b\nx"],
}

DIFFERENT = {
    "cause-in-the-same-cell": "a cause has the line that it came from, not that of what it caused",
    "chained-causes": "so has one that was kept: Jupyter shows where its cell went on afterwards",
    "error-in-a-thread": "the traceback that Python prints has ipykernel's frames in Jupyter",
    "event-loop": "no loop runs while a cell without `await` does, so that asyncio.run works",
    "input": "the refusal is the grader's own sentence",
    "stream-descriptors": "a stream has a descriptor, which leads nowhere, for faulthandler",
    "commands": "there is no shell: what it would print is a refusal",
    "widgets-output": "the text is kept in the cell: nobody keeps the widgets' state, where it "
    "would be lost to whoever reads the graded copy",
}


def bare(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """An output with a word in the place of a picture, and of a traceback what is in cells."""
    if output["output_type"] == "error":
        lines = "\n".join(output["traceback"]).splitlines()
        cells = [line for line in lines if ANSI.sub("", line).startswith("Cell In")]
        return {**output, "traceback": [*cells, *lines[-1:]]}
    data = output.get("data", {})
    pictures = {kind: f"a {kind}" for kind in data if kind.startswith("image/")}
    return {**output, "data": {**data, **pictures}}


def numbered(notebooks: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """All cells in order, each with the name of its notebook."""
    return [(name, cell) for name, cells in notebooks.items() for cell in cells]


@pytest.fixture(scope="module")
def jupyters(processes: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The outputs of each notebook's cells in an ipykernel.

    Now and then nbclient does not notice that a cell is done, and waits until its patience ends: it
    has some seconds for a cell, and is started again where they were not enough.
    """
    folder = tmp_path_factory.mktemp("beside")
    cells = [nbformat.v4.new_code_cell(cell) for _, cell in numbered(NOTEBOOKS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "cells.ipynb")
    folders = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR")
    environment = {
        **{name: text for name, text in os.environ.items() if name != "MPLBACKEND"},
        **{name: str(folder / name.lower()) for name in folders},
    }
    command = [
        *(str(BIN / "jupyter"), "nbconvert", "--to=notebook", "--execute", "--allow-errors"),
        *("--output=shown", "--ExecutePreprocessor.kernel_name=python3"),
        *("--ExecutePreprocessor.timeout=30", "--ExecutePreprocessor.raise_on_iopub_timeout=True"),
        str(folder / "cells.ipynb"),
    ]
    for _ in range(3):
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        if "CellTimeoutError" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(folder / "shown.ipynb", as_version=4)
    return by_notebook([cell.outputs for cell in notebook.cells])


@pytest.fixture(scope="module")
def ours(shared_kernel: StudentKernel) -> dict[str, list[Any]]:
    """The outputs of the same cells in a student's kernel."""
    cells = enumerate(numbered(NOTEBOOKS), start=1)
    return by_notebook([shared_kernel.run(number, cell).outputs for number, (_, cell) in cells])


def by_notebook(outputs: Sequence[Sequence[Output]]) -> dict[str, list[Any]]:
    """Outputs as a reader sees them, cell by cell, for each notebook."""
    found: dict[str, list[Any]] = {}
    for (name, _), cell in zip(numbered(NOTEBOOKS), outputs, strict=True):
        found.setdefault(name, []).append(shown([bare(output) for output in cell]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_shows_what_it_shows_in_jupyter(
    name: str, jupyters: dict[str, list[Any]], ours: dict[str, list[Any]]
) -> None:
    """Each cell's outputs are Jupyter's; those of the notebooks in the list are not."""
    if name in DIFFERENT:
        assert ours[name] != jupyters[name]
    else:
        assert ours[name] == jupyters[name]
