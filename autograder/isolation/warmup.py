"""Importing and running once what torch, IPython and matplotlib load lazily.

What is loaded before the fork costs no child anything: a first plot takes a second, a first
assert_close as long, a first traceback a tenth.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable
from typing import Any

import torch
from IPython.core.history import HistoryManager
from pygments.lexer import words
from torch import Tensor
from traitlets.config import Config

from autograder.isolation import kernel
from autograder.isolation.shell import Shell
from autograder.isolation.surroundings import TORCH_SEED

# Imported where installed. pyseccomp looks for its library with another process.
EXTRAS = ("pyseccomp", "tqdm", "pandas", "scipy.special")

CELLS = (
    "%matplotlib inline",
    """
import asyncio, collections, dataclasses, functools, itertools, math, random, typing, warnings
import numpy as np
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from IPython.display import Latex, Markdown, display
""",
    r"""
fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1], label=r"$\hat{y}$")
ax.imshow(torch.rand(3, 3))
ax.set(xlabel="x", title="$t$")
ax.legend()
plt.show()
""",
    "display(Markdown('m'), Latex('$x$')); warnings.warn('w')",
    """
z = torch.randn(4, 3, requires_grad=True)
y = torch.tensor([0, 2, 1, 0])
torch.testing.assert_close(z, z.clone())
for loss in (nn.CrossEntropyLoss(), nn.MultiMarginLoss()):
    loss(z, y).backward()
nn.BCELoss()(torch.sigmoid(z), torch.rand(4, 3)).backward()
nn.BCEWithLogitsLoss()(z, torch.rand(4, 3)).backward()
(z.double() @ z.double().T).logsumexp(-1).sum().backward()
F.one_hot(y), F.softplus(z), torch.where(z > 0, z, 0).max(dim=-1), np.exp(z.detach().numpy())
repr(z), z[torch.arange(4), y]
""",
    "torch.testing.assert_close(torch.ones(2), torch.zeros(2))",
    """
def f(x):
    return g(x)

def g(x):
    return 1 / x

f(0)
""",
    "await asyncio.sleep(0)",
    "import platform; platform.platform(), platform.processor()",  # asks programs, and keeps it
    "undefined",
    "1 +",
)

# Operators that code on tensors commonly runs: of a tensor (4, 3), and the places of four columns.
COMMON: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    lambda z, y: z.exp().log() + z.sigmoid().log() - z.tanh() * z / 2 + (1 - z) ** 2,
    lambda z, y: -(z.abs() + 1).log1p() + z.square().sqrt() + z.double().float(),
    lambda z, y: z.clamp(min=0) + z.clamp(0, 1) + z.relu() + torch.maximum(z, torch.zeros_like(z)),
    lambda z, y: torch.where(z > 0, z, 0.0) + z * (z == 0) + torch.where(z < 0, z, z - z),
    lambda z, y: z - z.max() + z.max(dim=-1, keepdim=True).values - z.amax(-1, keepdim=True),
    lambda z, y: z.exp() / z.exp().sum(-1, keepdim=True) - z.logsumexp(-1, keepdim=True),
    lambda z, y: z.logsumexp(-1) + z.mean(-1) - z.sum(-1),
    lambda z, y: z[torch.arange(len(y)), y] + z.gather(-1, y[:, None]).squeeze(-1),
    lambda z, y: z.gather(1, y.view(-1, 1)).reshape(-1) + z.T[0] + z[:, 1],
    lambda z, y: z * torch.nn.functional.one_hot(y, 3) + z @ z.T @ z,
    lambda z, y: torch.stack([row[place] for row, place in zip(z, y, strict=True)]),
    lambda z, y: torch.cat([z, z.clone()]).mean(0) + z.unsqueeze(0).sum(0),
)


def warm_up() -> None:
    """Loads everything, and leaves a shell that looks new; called once, before the first fork."""
    torch.set_num_threads(1)  # a second OpenMP thread before a fork hangs the child
    words.get = functools.cache(words.get)  # or each frame of a traceback has them made anew
    HistoryManager.enabled.default_value = False
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp = Config()  # by which libraries know that they are in a notebook
    shell = Shell.instance(config=config, colors="neutral")
    for name in EXTRAS:
        with contextlib.suppress(ImportError, RuntimeError):  # not every machine has it
            importlib.import_module(name)
    new, hidden = dict(shell.user_ns), dict(shell.user_ns_hidden)
    for source in CELLS:
        shell.run(source, 1, 1 << 20)
    kernel.rehearse_calls(COMMON)
    shell.forget_files()
    _renew(shell, new, hidden)
    shell.compile._filename_map.clear()
    torch.default_generator.manual_seed(TORCH_SEED)


def _renew(shell: Shell, names: dict[str, Any], hidden: dict[str, Any]) -> None:
    """Removes what the cells left: a notebook that forgot an import has to fail here too."""
    import matplotlib.pyplot as plt

    history = shell.history_manager
    for inputs in (history.input_hist_parsed, history.input_hist_raw):
        inputs[:] = [""]
    history._i00 = history._i = history._ii = history._iii = ""
    history.output_hist.clear()
    hook = shell.displayhook
    hook._ = hook.__ = hook.___ = ""
    shell.user_ns.clear()
    shell.user_ns.update(names)
    shell.user_ns_hidden.clear()
    shell.user_ns_hidden.update(hidden)
    shell.execution_count = 1
    plt.draw_if_interactive.called = False  # type: ignore[attr-defined]  # or %run draws
