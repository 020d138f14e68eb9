"""A cell's outputs are those that Jupyter gives, up to a limit, and nothing else is kept of them.

One notebook is run both ways: by nbclient in an ipykernel, and in a student's kernel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from autograder.isolation.outputs import Output
from autograder.isolation.shell import NO_INPUT, CellTransformer
from autograder.isolation.student_kernel import StudentKernel

Say = Callable[[StudentKernel, str], str]
NewKernel = Callable[..., StudentKernel]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
CELL_FILE = re.compile(r"/\S*/ipykernel_\d+/\d+\.py|\b\d{6,}\.py|<ipython-input-\d+-[0-9a-f]+>")
ADDRESS = re.compile(r"0x[0-9a-f]+")
DURATION = re.compile(r"\d+(\.\d+)?(e\+\d+)? ?(ns|μs|us|µs|ms|s|min)\b")

# The notebook: a cell, by what it shows. Later cells use what earlier ones bound.
CELLS = {
    "streams": (
        "import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)\nprint('d', end='')"
    ),
    "write-and-flush": "print('x', flush=True)\nsys.stdout.write('y\\n')",
    "result": "1 + 1",
    "last-results": "_ + 10, __, _3, Out[3], sorted(Out)",
    "inputs": "In[3], _i, _ii, _i3, len(In), len(_ih)",
    "semicolon": "3;",
    "assignment": "x = 5",
    "two-expressions": "5\n6",
    "none": "None",
    "strings": "'it''s', \"quoted\"",
    "display": (
        "from IPython.display import HTML, Latex, Markdown, clear_output, display, update_display\n"
        "display(1, 'two', Markdown('**m**'), Latex('$x$'))"
    ),
    "markdown-result": "Markdown('a *b*')",
    "metadata": "display(HTML('<b>h</b>'), metadata={'text/html': {'isolated': True}})",
    "display-id": (
        "handle = display('first', display_id='p')\nprint('between')\nhandle.update('new')"
    ),
    "display-id-twice": "display('a', display_id='t')\ndisplay('b', display_id='t')",
    "update-display": (
        "display(Markdown('old'), display_id='q')\nupdate_display(HTML('n'), display_id='q')"
    ),
    "clear": "print('gone')\nclear_output()\nprint('stays')",
    "clear-wait": "print('gone')\ndisplay(1)\nclear_output(wait=True)\nprint('stays')",
    "clear-wait-for-nothing": "print('stays')\nclear_output(wait=True)",
    "html-repr": (
        "class Rich:\n    def _repr_html_(self):\n        return '<b>a</b>'\n"
        "    def __repr__(self):\n        return 'A'\nRich()"
    ),
    "broken-repr": (
        "class Broken:\n    def __repr__(self):\n        raise ValueError('no')\nBroken()"
    ),
    "tensor": "import torch\ntorch.manual_seed(0)\ntorch.randn(2, 3)",
    "container": "{'a': [1, 2], 'b': torch.arange(3)}",
    "long-list": "list(range(400))",
    "plot-shown": (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()"
    ),
    "plot-trailing": "fig, ax = plt.subplots(figsize=(2, 1))\n_ = ax.plot([3, 1, 2])",
    "plot-and-result": "plt.plot([1, 2])",
    "figure-result": "plt.close(fig)\nfig",
    "two-plots": (
        "for n in range(2):\n    plt.figure(figsize=(1, 1))\n    print('before', n)\n    plt.show()"
    ),
    "await": "import asyncio\nawait asyncio.sleep(0)\nasync def f():\n    return 7\nawait f()",
    "async-for": "async def g():\n    yield 1\n[n async for n in g()]",
    "precision": "%precision 2\n3.14159",
    "precision-off": "%precision\n3.14159",
    "time": "%%time\nsum(range(10))",
    "time-line": "%time 1 + 1",
    "timeit": "%timeit -n 1 -r 1 pass",
    "capture": "%%capture taken\nprint('hidden')\ndisplay(1)",
    "captured": "taken.stdout, len(taken.outputs)",
    "html-cell": "%%html\n<b>x</b>",
    "latex-cell": "%%latex\n$x$",
    "who": "%who_ls int",
    "no-such-magic": "%nowhere",
    "warning": "import warnings\nwarnings.warn('careful')",
    "logging": "import logging\nlogging.warning('look')",
    "traceback": "def f(x):\n    return g(x)\n\ndef g(x):\n    return 1 / x\n\nf(0)",
    "traceback-of-torch": "torch.ones(2) @ torch.ones(3)",
    "assertion": "assert 1 == 2, 'no'",
    "own-exception": "class Own(Exception):\n    pass\nraise Own('mine')",
    "undefined": "nowhere",
    "syntax-error": "1 +",
    "indentation-error": "  if 1:\n x",
    "printed-before-error": "print('first')\n1 / 0",
    "exit": "sys.exit()",
    "exit-with-text": "sys.exit('bye')",
    "system-exit": "raise SystemExit(3)",
    "interrupted": "raise KeyboardInterrupt",
    "shell": "get_ipython().execution_count",
    "names": "__name__, '__file__' in globals(), __doc__",
    "main": "import __main__\n__main__.x, vars(__main__) is globals()",
    "source-of-a-function": "import inspect\ninspect.getsource(g)",
    "thread": (
        "import threading\nt = threading.Thread(target=print, args=['from a thread'])\n"
        "t.start()\nt.join()"
    ),
    "comment": "# nothing",
    "help": "len?",
}


@pytest.fixture(scope="module")
def jupyters(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Any]:
    """The cells of the notebook after ipykernel has run them."""
    folder = tmp_path_factory.mktemp("jupyter")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"):
            patch.setenv(name, str(folder / name.lower()))
        patch.delenv("MPLBACKEND", raising=False)
        client = NotebookClient(notebook, allow_errors=True, timeout=120, kernel_name="python3")
        client.execute(cwd=str(folder))
    return notebook.cells


@pytest.fixture(scope="module")
def ours(shared_kernel: StudentKernel) -> Sequence[Sequence[Output]]:
    """The outputs of the same cells in a student's kernel."""
    return [
        shared_kernel.run(number, source).outputs
        for number, source in enumerate(CELLS.values(), start=1)
    ]


def plain(text: str) -> str:
    """Text without what differs from run to run: names of cells, addresses, times."""
    text = ADDRESS.sub("0x0", CELL_FILE.sub("CELL", ANSI.sub("", text)))
    return DURATION.sub("TIME", text)


def steps(traceback: str) -> list[str]:
    """The lines of a traceback that say where it went, and how it ended."""
    lines = [line for line in traceback.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("Cell In", "--", "File "))]
    return [" ".join(line.split()) for line in [*marked, lines[-1]]]


def shown(outputs: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Outputs as a reader sees them: each stream is one text, whenever it was flushed."""
    streams = {"stdout": "", "stderr": ""}
    found: list[Any] = []
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] += plain(output["text"])
        elif output["output_type"] == "error":
            told = (output["ename"], plain(output["evalue"]))
            found.append((*told, steps(plain("\n".join(output["traceback"])))))
        else:
            data = {kind: plain(str(value)) for kind, value in output["data"].items()}
            count = output.get("execution_count")
            found.append((output["output_type"], data, dict(output["metadata"]), count))
    return [streams, *found]


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_shows_what_it_shows_in_jupyter(
    name: str, jupyters: Sequence[Any], ours: Sequence[Sequence[Output]]
) -> None:
    """The outputs of a cell are those of an ipykernel: kinds, data, metadata, counts and errors."""
    place = list(CELLS).index(name)
    assert jupyters[place].execution_count == place + 1
    assert shown(ours[place]) == shown(jupyters[place].outputs)


# Streams -------------------------------------------------------------------------------------


def test_streams_are_merged_and_in_order(shared_kernel: StudentKernel) -> None:
    """What one stream writes in a row is one output; the other one's text ends it."""
    source = (
        "import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)\nprint('d')\nprint('e')"
    )
    assert shared_kernel.run(1, source).outputs == [
        {"output_type": "stream", "name": "stdout", "text": "a\nb\n"},
        {"output_type": "stream", "name": "stderr", "text": "c\n"},
        {"output_type": "stream", "name": "stdout", "text": "d\ne\n"},
    ]


def test_only_text_can_be_written(shared_kernel: StudentKernel, say: Say) -> None:
    """As an ordinary stream does, the cell's refuses bytes in words."""
    assert say(shared_kernel, "import sys\nsys.stdout.write(b'x')") == (
        "TypeError: write() argument must be str, not <class 'bytes'>"
    )


# Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "input('name? ')",
        "def ask():\n    return input()\nask()",
        "import builtins\nbuiltins.input()",
    ],
    ids=["cell", "function", "builtins"],
)
def test_input_is_refused(shared_kernel: StudentKernel, source: str) -> None:
    """Nobody is there to ask: the cell says so, and nothing else."""
    [error] = shared_kernel.run(1, source).outputs
    assert (error["ename"], error["evalue"]) == ("StdinNotImplementedError", NO_INPUT)


@pytest.mark.parametrize("source", ["exit", "quit()", "get_ipython().ask_exit()"])
def test_leaving_ends_nothing(kernel: StudentKernel, say: Say, source: str) -> None:
    """The cells after `exit` run, in the same kernel."""
    kernel.run(1, "x = 1")
    before = kernel.process
    assert kernel.run(2, source).outputs == []
    assert say(kernel, "x") == "1"
    assert kernel.process is before


# Odd outputs --------------------------------------------------------------------------------


ODD = [
    "class M(type):\n    __name__ = 5\nclass Odd(Exception, metaclass=M):\n    pass\nraise Odd",
    "for n in range(3000):\n    get_ipython().showtraceback((ValueError, ValueError('x'), None))",
    "get_ipython().displayhook.write_format_data = lambda *a, **k: 1 / 0\n1",
    "get_ipython().run_cell = lambda *a, **k: 1 / 0",
]


@pytest.mark.parametrize("source", ODD, ids=["name", "many-errors", "displayhook", "run-cell"])
def test_what_cannot_be_shown_ends_no_kernel(kernel: StudentKernel, source: str) -> None:
    """The cell or the next one says so in an error, and the kernel has what was bound before."""
    kernel.run(1, "x = 1")
    before = kernel.process
    outputs = kernel.run(2, source).outputs + kernel.run(3, "x").outputs
    assert "error" in {output["output_type"] for output in outputs}
    assert kernel.process is before


def test_a_later_cell_updates_a_display(kernel: StudentKernel) -> None:
    """The outputs of an earlier cell have what a later one has made of them."""
    first = kernel.run(1, "h = display('old', display_id=True)\nprint('beside')")
    kernel.run(2, "h.update('new')")
    assert [o.get("data", {}).get("text/plain") for o in first.outputs] == ["'new'", None]


def test_a_cell_that_catches_its_interrupt_was_too_slow(new_kernel: NewKernel) -> None:
    """What a cell makes of the interrupt does not hide that its time was over."""
    kernel = new_kernel(cell_seconds=1)
    caught = "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    pass"
    stopped = kernel.run(1, caught).stopped
    assert stopped
    assert stopped.reason == "timeout"


# Limits --------------------------------------------------------------------------------------


LONG = {
    "one-print": ("print('x' * 100_000)", "stream"),
    "many-prints": ("for _ in range(10_000):\n    print('x' * 10)", "stream"),
    "two-bytes-a-letter": ("print('é' * 30_000)", "stream"),
    "display": ("for n in range(200):\n    display('x' * 1000)", "display_data"),
    "result": ("1\n'x' * 100_000", None),
    "picture": ("from IPython.display import Image\nImage(bytes(50_000), format='png')", None),
    "updates": (
        "h = display('first', display_id=True)\nfor n in range(200):\n    h.update('x' * 1000)",
        "display_data",
    ),
}


@pytest.mark.parametrize(("source", "kind"), LONG.values(), ids=list(LONG))
def test_output_is_capped(new_kernel: NewKernel, say: Say, source: str, kind: str | None) -> None:
    """What a cell shows is kept up to the limit in bytes; the rest is dropped, and that is said."""
    limit = 20_000
    kernel = new_kernel(output_bytes=limit)
    ran = kernel.run(1, source)
    size = sum(len(str(output.get("text", output.get("data"))).encode()) for output in ran.outputs)
    assert ran.full
    assert ran.stopped is None
    assert size <= limit
    assert [o["output_type"] for o in ran.outputs][:1] == ([kind] if kind else [])
    assert say(kernel, "1 + 1") == "2"
    assert not kernel.run(2, "print('x')").full


def test_what_fits_is_kept_whole(new_kernel: NewKernel) -> None:
    """Text that fits, with what a message has around it, is not dropped; a letter too many is."""
    kernel = new_kernel(output_bytes=1000)
    less, more = (kernel.run(1, f"print('x' * {count}, end='')") for count in (900, 1001))
    assert (less.outputs[0]["text"], less.full) == ("x" * 900, False)
    assert more.full
    assert 0 < len(more.outputs[0]["text"]) <= 1000


def test_an_error_after_too_much_output_is_told(new_kernel: NewKernel) -> None:
    """A cell that printed too much before it failed still says that it failed."""
    kernel = new_kernel(output_bytes=20_000)
    ran = kernel.run(1, "print('x' * 100_000)\n1 / 0")
    assert ran.full
    assert ran.outputs[-1].get("ename") == "ZeroDivisionError"


@pytest.mark.parametrize("letter", ["'é'", "'\\n'", "'\\x1b'", "'\U0001f600'", "chr(0xD800)"])
def test_letters_that_take_more_room_end_nothing(kernel: StudentKernel, letter: str) -> None:
    """The limit counts what a message carries: a letter of six bytes there ends no kernel."""
    kernel.ready()
    before = kernel.process
    ran = kernel.run(1, f"print({letter} * 1_500_000)\n1")
    assert ran.stopped is None
    assert kernel.process is before


def test_an_endless_cell_that_prints_is_stopped_for_its_time(new_kernel: NewKernel) -> None:
    """Too much output does not hide that the cell ran too long."""
    kernel = new_kernel(output_bytes=20_000, cell_seconds=1.0)
    ran = kernel.run(1, "while True:\n    print('x' * 100)")
    assert ran.full
    assert ran.stopped
    assert (ran.stopped.reason, str(ran.stopped)) == ("timeout", "ran for more than 1 s")


def test_what_is_shown_is_not_kept_in_the_kernel(kernel: StudentKernel, say: Say) -> None:
    """IPython keeps no second copy of what a cell prints and displays, nor of its exceptions."""
    kernel.run(1, "import gc\nprint('mar' + 'ker' * 2)\ndisplay('mar' + 'ker' * 2)")
    kernel.run(2, "raise ValueError('mar' + 'ker' * 2)")
    count = (
        "manager = get_ipython().history_manager\n"
        "print(sum(len(kept) for kept in manager.outputs.values()), len(manager.exceptions),\n"
        "      manager.enabled)"
    )
    assert say(kernel, count) == "0 0 False"
    seek = "print(any('mar' + 'ker' * 2 in text for text in gc.get_objects() if type(text) is str))"
    assert say(kernel, seek) == "False"


def test_what_is_printed_takes_no_memory(kernel: StudentKernel, say: Say) -> None:
    """Cell after cell prints a megabyte, and the kernel grows by none of it."""
    size = "import resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    printing = "for _ in range(1000):\n    print('x' * 1000)"
    kernel.run(1, printing)
    before = int(say(kernel, size))
    for number in range(2, 32):
        kernel.run(number, printing)
    assert int(say(kernel, size)) - before < 15_000  # KiB; the cells printed twice as much


def test_nothing_of_the_kernel_is_left(new_kernel: NewKernel) -> None:
    """A kernel's folder goes with it, IPython's and matplotlib's own files included."""
    kernel = new_kernel()
    kernel.run(1, "open('x', 'w').write('x')\nimport matplotlib.pyplot as plt\nplt.plot([1])")
    assert kernel.process
    folder = Path(kernel.process.job.scratch)
    assert (folder / "x").exists()
    kernel.close()
    assert not folder.exists()


def test_a_traceback_asks_no_module_for_the_lines_of_cells(kernel: StudentKernel, say: Say) -> None:
    """inspect would ask all that are loaded, two thousand, for each line of the traceback."""
    kernel.run(
        1,
        "import os, sys, types\nasked = []\nclass Odd(types.ModuleType):\n    @property\n"
        "    def __file__(self):\n        asked.append(1)\n        return 'odd.py'\n"
        "sys.modules['odd'] = Odd('odd')\ndef f():\n    1 / 0",
    )
    for cell in ("f()", "os.mkdir('elsewhere')\nos.chdir('elsewhere')", "f()"):
        kernel.run(2, cell)
    assert say(kernel, "print(asked)") == "[]"


def test_a_traceback_is_made_once(kernel: StudentKernel, say: Say) -> None:
    """And not at all where nobody sees it: that takes longer than most cells."""
    failing = (
        "made = []\nclass Odd(Exception):\n    def _render_traceback_(self):\n"
        "        made.append(1)\n        return ['odd']\nraise Odd"
    )
    kernel.run(1, failing, shown=False)
    assert say(kernel, "len(made)") == "0"
    kernel.run(1, failing)
    assert say(kernel, "len(made)") == "1"


EXPECTED = (
    "x = 1",
    "%time x",
    "%%time\ny = 2",
    "\n\nx?",
    "!ls",
    "x = (1\n% 3)",
    ">>> x\n1",
    "f(",
    "",
)


@pytest.mark.parametrize("cell", EXPECTED)
def test_what_ipython_makes_of_an_expected_cell_is_kept(
    cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what IPython makes of any other, and IPython is not asked again."""
    transformer = CellTransformer()
    expected = TransformerManager().transform_cell(cell)
    transformer.expect([cell])
    monkeypatch.delattr(TransformerManager, "transform_cell")
    assert transformer.transform_cell(cell) == expected


@pytest.mark.parametrize("steps", ["cleanup_transforms", "line_transforms"])
def test_a_notebook_that_reads_cells_its_own_way_reads_the_expected_so(steps: str) -> None:
    """`get_ipython().input_transformers_cleanup.append(...)` in an earlier cell."""
    transformer = CellTransformer()
    transformer.expect(["x = 1"])
    getattr(transformer, steps).append(lambda lines: ["x = 2\n"])
    assert transformer.transform_cell("x = 1") == "x = 2\n"
