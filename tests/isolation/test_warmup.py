"""What a notebook needs first is loaded before the fork, and the shell is as new after it."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.warmup import CELLS, EXTRAS

Say = Callable[[StudentKernel, str], str]
NewKernel = Callable[..., StudentKernel]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
FAILS_ON_PURPOSE = ["AssertionError", "ZeroDivisionError", "NameError", "SyntaxError"]
FRESH_SHELL = """
import os
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
shell.enable_gui = lambda gui=None: None
for cell in {cells!r}:
    shell.run_cell(cell, store_history=True)
"""
SETTINGS = """
import json, matplotlib
print(json.dumps({name: str(value) for name, value in sorted(matplotlib.rcParams.items())}))
"""

# What a notebook does sooner or later, each the first thing in its kernel.
FIRST = {
    "import": "import torch, numpy as np, matplotlib.pyplot as plt\nfrom torch import nn",
    "tensor": "import torch\ntorch.randn(3, 3)",
    "backward": "import torch\nz = torch.randn(3, requires_grad=True)\nz.exp().sum().backward()",
    "loss": "import torch\ntorch.nn.CrossEntropyLoss()(torch.zeros(2, 3), torch.tensor([0, 1]))",
    "close": "import torch\ntorch.testing.assert_close(torch.ones(2), torch.ones(2))",
    "not-close": "import torch\ntorch.testing.assert_close(torch.ones(2), torch.zeros(2))",
    "plot": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2], label='$x$')\nplt.legend()\nplt.show()"
    ),
    "figure": "import matplotlib.pyplot as plt\nplt.figure().add_subplot().set_title('t')",
    "error": "def f(x):\n    return 1 / x\nf(0)",
    "syntax-error": "1 +",
    "warning": "import warnings\nwarnings.warn('careful')",
    "display": "from IPython.display import Latex, Markdown, display\ndisplay(Markdown('m'))",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "numpy": "import numpy as np\nnp.exp(np.ones(3)).mean()",
}


def fresh(*cells: str) -> str:
    """What cells print in a new shell of IPython's own."""
    command = [sys.executable, "-I", "-c", FRESH_SHELL.format(cells=cells)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_only_the_cells_that_should_fail_do(shared_kernel: StudentKernel) -> None:
    """A cell that warms nothing, because it breaks before, would go unnoticed otherwise."""
    runs = [shared_kernel.run(1, source.replace("\\n", "\n")).outputs for source in CELLS]
    errors = [o for outputs in runs for o in outputs if o["output_type"] == "error"]
    unexpected = [o["evalue"] for o in errors if o["ename"] not in FAILS_ON_PURPOSE]
    assert unexpected == []
    assert [o["ename"] for o in errors] == FAILS_ON_PURPOSE


@pytest.mark.parametrize("source", FIRST.values(), ids=list(FIRST))
def test_a_first_use_loads_nothing(kernel: StudentKernel, say: Say, source: str) -> None:
    """What a cell uses for the first time in its kernel is there already: no module is read."""
    kernel.run(1, "import sys\n_before = set(sys.modules)")
    kernel.run(2, source)
    assert say(kernel, "print(sorted(set(sys.modules) - _before))") == "[]"


@pytest.mark.parametrize(
    "source",
    [
        "print(sorted(globals()))",
        "print(repr(_), repr(__), repr(_i), repr(_ii))",
        "print(get_ipython().execution_count, In, Out, _ih is In, _oh is Out)",
        "print(__name__, __doc__, __package__)",
    ],
    ids=["names", "last-values", "history", "module"],
)
def test_the_namespace_is_that_of_a_new_shell(kernel: StudentKernel, say: Say, source: str) -> None:
    """Nothing of the warm-up is left: no name, count, input or output.

    A notebook that forgot an import must fail here too.
    """
    assert say(kernel, source) == fresh(source)


def test_the_first_traceback_is_of_the_first_cell(kernel: StudentKernel) -> None:
    """No cell of the warm-up has taken a number."""
    [error] = kernel.run(1, "1 / 0").outputs
    assert "Cell In[1], line 1\n----> 1 1 / 0" in ANSI.sub("", "\n".join(error["traceback"]))


def test_a_traceback_makes_no_pattern_anew(kernel: StudentKernel, say: Say) -> None:
    """Of each frame a lexer is made: that of Python has patterns of hundreds of words."""
    kernel.run(
        1,
        "from pygments import lexer\nmade, make = [], lexer.regex_opt\n"
        "lexer.regex_opt = lambda *args, **options: made.append(args) or make(*args, **options)",
    )
    kernel.run(2, "def f():\n    1 / 0\nf()")
    assert say(kernel, "print(len(made))") == "0"


def test_no_figure_is_open(kernel: StudentKernel, say: Say) -> None:
    """A cell that plots nothing shows no plot, and the first figure is number 1."""
    assert kernel.run(1, "import matplotlib.pyplot as plt\n_ = plt.get_fignums()").outputs == []
    assert say(kernel, "print(plt.get_fignums(), plt.figure().number)").startswith("[] 1")


def test_plots_have_the_settings_of_a_new_notebook(kernel: StudentKernel, say: Say) -> None:
    """Every rcParam is what matplotlib and its inline backend start with."""
    kernel.run(1, "%matplotlib inline")
    assert json.loads(say(kernel, SETTINGS)) == json.loads(fresh("%matplotlib inline", SETTINGS))


def test_the_same_warning_is_shown_again(kernel: StudentKernel, say: Say) -> None:
    """Python shows a warning of a line once; the warm-up has used up none of them."""
    assert "UserWarning: w" in say(kernel, "import warnings\nwarnings.warn('w')")


def test_there_is_no_last_error(kernel: StudentKernel, say: Say) -> None:
    """%tb shows no traceback of a cell that the student has not written."""
    told = say(kernel, "%tb")
    assert "Traceback" not in told
    assert "undefined" not in told


def test_torch_has_one_thread_until_the_notebook_wants_more(
    kernel: StudentKernel, say: Say
) -> None:
    """One thread by default; a notebook may ask for two, and both work after the fork."""
    assert say(kernel, "import torch\nprint(torch.get_num_threads())") == "1"
    product = "torch.set_num_threads(2)\nm = torch.ones(400, 400)\nprint((m @ m)[0, 0].item())"
    assert say(kernel, product) == "400.0"


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_that_is_installed_is_loaded(
    shared_kernel: StudentKernel, say: Say, name: str
) -> None:
    """A library that many courses use is there before the fork, where it is there at all."""
    try:
        there = importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is missing
        there = False
    assert say(shared_kernel, f"import sys\nprint({name!r} in sys.modules)") == str(there)
