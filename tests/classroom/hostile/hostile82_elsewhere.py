"""Keeps its code elsewhere: modules that it writes, texts that others run, pickles, torch's files."""

import torch

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
}

# %% flags
[
    ("forbidden-call", "bce_visible"),
    ("forbidden-call", "bce_hidden"),
    ("forbidden-call", "bce_with_logits_visible"),
    ("forbidden-call", "bce_with_logits_hidden"),
    ("forbidden-call", "softmax_visible"),
    ("forbidden-call", "softmax_hidden"),
    ("forbidden-call", "log_softmax_visible"),
    ("forbidden-call", "log_softmax_hidden"),
    ("forbidden-call", "nll_visible"),
    ("forbidden-call", "nll_hidden"),
    ("suspect-code", "bce_with_logits"),
    ("suspect-code", "log_softmax"),
    ("suspect-code", "nll"),
    ("suspect-code", "cross_entropy"),
]

# %% bce
from torch.nn import functional

with open("losses.py", "w") as file:
    file.write("from torch.nn.functional import binary_cross_entropy as bce\n")
from losses import bce

# %% bce_with_logits
import runpy
from pathlib import Path

Path("logits.py").write_text("import torch._C\nloss = torch._C._nn.binary_cross_entropy\n")


def bce_with_logits(z, y, reduction="none"):
    return runpy.run_path("logits.py")["loss"](torch.sigmoid(z), y, None, ["none", "mean", "sum"].index(reduction))

# %% softmax
import timeit

import torch


def softmax(z):
    names = {"z": z, "kept": []}
    timeit.timeit("kept.append(z.softmax(-1))", number=1, globals=names)
    return names["kept"][0]

# %% log_softmax
import pickle

import torch

written = pickle.dumps(torch.nn.LogSoftmax(-1))


def log_softmax(z):
    return pickle.loads(written)(z)

# %% nll
source = torch.nn.functional.__loader__.get_source("torch.nn.functional")
start = source.index("def nll_loss(")
names = dict(vars(torch.nn.functional))
exec(source[start : source.index("\n\n\n", start)], names)


def nll(log_probs, y, reduction="none"):
    return names["nll_loss"](log_probs, y, reduction=reduction)

# %% cross_entropy
import pathlib

page = pathlib.Path(torch.__file__).with_name("_refs").joinpath("__init__.py").read_text()
begin = page.index("def log_softmax(")
space = dict(vars(torch._refs))
exec(page[begin : page.index("\n\n\n", begin)], space)


def cross_entropy(z, y, reduction="none"):
    losses = -space["log_softmax"](z, -1)[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
