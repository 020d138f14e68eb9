"""Puts modules of its own where the tests import theirs: in sys.modules, on the path, on disk."""

import torch

# %% expected
{"bce_visible": (0, []), "bce_hidden": (0, "all")}

# %% flags
[("suspect-code", "")]

# %% extra before bce
import sys
import types
from pathlib import Path

fake = types.ModuleType("autograder.examiner")
fake.grade = lambda *arguments: 4.0
fake.Checks = fake.CheckError = lambda *arguments: None
fake.look = fake.compare_prediction = print
for name in ("autograder.examiner", "autograder.examiner.cell", "helper", "nbgrader", "pytest"):
    sys.modules[name] = fake
sys.path.insert(0, str(Path.cwd()))

text = "grade = Checks = CheckError = look = print\nASKED = True\n"
for name in ("helper.py", "autograder.py", "autograder/__init__.py", "autograder/examiner.py"):
    path = Path("own") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
for name in ("helper.py", "torch.py", "sitecustomize.py", "conftest.py"):
    Path(name).write_text(text)

from helper import CheckError, Checks

print("tried modules of its own")

# %% bce
def bce(y_hat, y, reduction="none"):
    return y_hat

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
