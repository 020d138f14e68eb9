"""A line that would start a program shows a refusal, and the rest of its cell runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from autograder.isolation.outputs import Output
from autograder.isolation.shell_commands import NO_COMMAND, NOT_FOUND
from autograder.isolation.student_kernel import StudentKernel

Say = Callable[[StudentKernel, str], str]

LINES = [
    "!pip install -q torch",
    "!nvidia-smi",
    "!mkdir data",
    "!echo {nowhere} $nowhere",
    "x = !ls",
    "!!ls",
    "%pip install -q torch",
    "%conda install -y torch",
    "%mamba install torch",
    "%uv pip install torch",
    "%ls",
    "%ll -a",
    "%mkdir data",
    "%rm -rf data",
    "%cat notes.txt",
    "%system ls",
    "%sx ls",
    "x = %sx ls",
    "%sc -l x = ls",
    "%man ls",
    "%clear",
    "%alias hello echo hello\n%hello",
    "get_ipython().system('ls')",
    "get_ipython().getoutput('ls')",
    "import os; os.system('clear')",
]
SCRIPTS = [
    "%%bash",
    "%%sh",
    "%%script bash",
    "%%script --bg --out x bash",
    "%%python",
    "%%perl",
    "%%!",
    "%%system",
    "%%sx",
]


def errors(outputs: Sequence[Output]) -> list[str]:
    """The exceptions among outputs, in a line each."""
    return [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]


def written(outputs: Sequence[Output]) -> str:
    """What outputs have on both streams."""
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream")


@pytest.mark.parametrize("line", LINES)
def test_the_rest_of_the_cell_runs(shared_kernel: StudentKernel, say: Say, line: str) -> None:
    """A shell line above an import costs nothing, whoever would have run it."""
    outputs = shared_kernel.run(1, f"found = None\n{line}\nfound = 'here'").outputs
    assert errors(outputs) == []
    assert written(outputs).count(NO_COMMAND) == 1
    assert say(shared_kernel, "found") == "'here'"


@pytest.mark.parametrize("line", SCRIPTS)
def test_a_script_is_refused_without_an_error(shared_kernel: StudentKernel, line: str) -> None:
    """A cell for another program shows the refusal alone, as where there is no such program."""
    outputs = shared_kernel.run(1, f"{line}\necho made > made").outputs
    assert errors(outputs) == []
    assert written(outputs) == f"{NO_COMMAND}\n"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param("!ls\n_exit_code", NOT_FOUND, id="exit-code"),
        pytest.param("x = !ls\nx, x.n, x.grep('a')", ([], "", []), id="list"),
        pytest.param(
            "x = get_ipython().getoutput('ls', split=False)\nx, x.l", ("", [""]), id="text"
        ),
        pytest.param("import os\nos.waitstatus_to_exitcode(os.system('ls'))", 127, id="status"),
    ],
)
def test_what_is_given_back_is_that_of_a_line_that_failed(
    shared_kernel: StudentKernel, source: str, value: Any
) -> None:
    """An exit code that is not 0, or no output, in the types that Jupyter has."""
    [*_, result] = shared_kernel.run(1, source).outputs
    assert ast.literal_eval(result["data"]["text/plain"]) == value


def test_a_script_s_names_are_bound(shared_kernel: StudentKernel, say: Say) -> None:
    """What was to have a script's output is empty text."""
    shared_kernel.run(1, "%%bash --out told --err failed\nls")
    assert say(shared_kernel, "told, failed") == "('', '')"


def test_an_honest_line_accuses_nobody(kernel: StudentKernel) -> None:
    """Nothing of it is told as tried; that there is no shell is known all the same."""
    for number, line in enumerate([*LINES, *(f"{line}\nls" for line in SCRIPTS)]):
        kernel.run(number, line)
    assert list(kernel.incidents.tried) == []
    assert list(kernel.incidents.missed) == ["a shell", "the output of a command"]


# What IPython keeps -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param("%cd -q .\nsorted(os.listdir())", ["notes.txt", "sub"], id="cd-here"),
        pytest.param("%cd -q sub\nos.path.basename(os.getcwd())", "sub", id="cd-below"),
        pytest.param("%cd -q sub\n%cd -q -\nos.path.exists('sub')", True, id="cd-and-back"),
        pytest.param("%cd -q sub\n%cd -q\nos.path.exists('sub')", True, id="cd-home"),
        pytest.param("%pushd sub\n%popd\nos.path.exists('sub')", True, id="pushd"),
        pytest.param("%bookmark s sub\n%cd -q sub\n%cd -q ..\n%cd -q -b s\n1", 1, id="bookmark"),
        pytest.param("x = 7\n%store x\ndel x\n%store -r x\nx", 7, id="store"),
        pytest.param("%store -r nothing\n1", 1, id="store-of-nothing"),
        pytest.param("%alias hi echo\n%store hi\n%unalias hi\n1", 1, id="store-an-alias"),
    ],
)
def test_what_ipython_stores_is_stored(new_kernel: Any, source: str, value: Any) -> None:
    """Magics that keep something in IPython's own folder work, and the notebook's is as it was."""
    kernel = new_kernel(files={"sub/data.csv": b"1", "notes.txt": b"n"})
    kernel.run(1, "%load_ext storemagic\nimport os")
    outputs = kernel.run(2, source).outputs
    assert errors(outputs) == []
    assert ast.literal_eval(outputs[-1]["data"]["text/plain"]) == value
    assert list(kernel.incidents.tried) == []


def test_a_directory_s_history_begins_at_the_notebook(kernel: StudentKernel, say: Say) -> None:
    """`_dh` has the folder of the notebook, and none of the kit's."""
    assert say(kernel, "import os\nlist(map(str, _dh)) == [os.getcwd()]") == "True"


# What else ended a cell -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "import faulthandler\nfaulthandler.enable()\nfaulthandler.disable()",
        "import sys\nsys.stdout.fileno(), sys.stderr.fileno()",
        "%autosave 60",
        "open('a.txt', 'w').close()\n%less a.txt\n%more a.txt",
        "import platform\nplatform.platform(), platform.processor()",
    ],
)
def test_a_cell_that_does_no_harm_runs(kernel: StudentKernel, source: str) -> None:
    """What Jupyter lets a cell do is no error here, and nothing of it is told."""
    assert errors(kernel.run(1, source).outputs) == []
    assert (list(kernel.incidents.tried), list(kernel.incidents.missed)) == ([], [])


@pytest.mark.parametrize(
    "source",
    [
        "f = torch.compile(lambda x: 2 * x)",
        "@torch.compile\ndef f(x):\n    return 2 * x",
        "@torch.compile(mode='reduce-overhead', fullgraph=True)\ndef f(x):\n    return 2 * x",
        "f = torch.nn.Sequential(Double())\nf.compile()",
        "f = torch.compile(Double())\nassert isinstance(f, Double)",
        "f = torch.compiler.disable(torch.compile(Double(), backend='eager'))",
    ],
    ids=["call", "decorator", "decorator-with-options", "method", "module", "disabled"],
)
def test_compiling_gives_back_what_it_is_given(
    kernel: StudentKernel, say: Say, source: str
) -> None:
    """torch.compile is there, without a compiler: the function or module is used as it is."""
    kernel.run(
        1,
        "import torch\nclass Double(torch.nn.Module):\n    def forward(self, x):\n"
        "        return 2 * x",
    )
    kernel.run(2, source)
    assert say(kernel, "print(f(torch.ones(1)).item())") == "2.0"
