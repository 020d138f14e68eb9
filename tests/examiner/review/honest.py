"""What honest students write, in answers and beside them: nothing of it wants a person."""

from tests.examiner.review.submissions import read

HONEST = read(
    r'''
# === a-formula
# %% answer
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)
# === reduction-by-getattr
# %% answer
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
    return losses if reduction == "none" else getattr(losses, reduction)()
# === reduction-by-getattr-of-torch
# %% answer
def bce(y_hat, y, reduction="none"):
    losses = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
    return losses if reduction == "none" else getattr(torch, reduction)(losses)
# %%
for r in ("none", "mean", "sum"):
    print(r, bce(p, p.round(), r))
# === reduction-by-getattr-in-lower-case
# %% answer
def bce(y_hat, y, reduction="none"):
    return getattr(torch, reduction.lower())(y_hat - y)
# === reduction-by-a-dict
REDUCE = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}
# %% answer
def nll(log_probs, y, reduction="none"):
    return REDUCE[reduction](-log_probs[torch.arange(len(y)), y])
# === reduction-by-a-match
# %% answer
def nll(log_probs, y, reduction="none"):
    losses = -log_probs.gather(1, y[:, None])[:, 0]
    match reduction:
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
        case _:
            return losses
# === local-called-signal
# %% answer
def softmax(z):
    signal = z - z.max()
    signal = signal.exp()
    return signal / signal.sum(-1, keepdim=True)
# === tensor-called-signal
signal = torch.sin(torch.linspace(0, 6, 100))
print(signal.mean(), signal.signal if False else "")
# === local-called-gc
# %% answer
def bce_with_logits(z, y, reduction="none"):
    gc = z.clamp(min=0)
    return gc - z * y
# === function-called-compile
def compile(losses, reduction):
    return losses.mean() if reduction == "mean" else losses
# %% answer
def bce(y_hat, y, reduction="none"):
    return compile(-(y * y_hat.log()), reduction)
# === function-called-eval
# %% answer
def eval(p, y):
    return -(y * p.log() + (1 - y) * (1 - p).log())


def bce(y_hat, y, reduction="none"):
    return eval(y_hat, y)
# === parameter-called-eval
def accuracy(model, eval=True, exec=None):
    return model if eval else exec
# === local-called-inspect
inspect = [t.shape for t in (z, y, p)]
for shape in inspect:
    print(shape)
# === names-called-like-libraries
# %% answer
def softmax(z):
    code, site, trace, threading = z, z.max(), z.sum(), z.exp()
    return threading / (code - site + trace)
# === attribute-ex
class Example:
    def __init__(self, ex, ev):
        self.ex, self.ev = ex, ev
# %%
e = Example(1, 2)
print(e.ex + e.ev)
e.ex = 3
# === attribute-c
class Layer(nn.Module):
    def __init__(self, n, c):
        super().__init__()
        self._C = c
    def forward(self, x):
        return x[:, : self._C]
# %%
print(Layer(2, 3)._C)
# === local-called-c
_C = 10
# %% answer
def softmax(z):
    _C = z.shape[-1]
    return z / _C
# === made-data
from torch.distributions import Bernoulli, Normal
y_true = Bernoulli(probs=torch.full((100,), 0.3)).sample()
noise = Normal(0, 1).sample((100,))
# %% answer
def bce(y_hat, y, reduction="none"):
    return -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
# %%
print(bce(torch.rand(100), y_true))
# === made-data-by-an-alias
import torch.distributions as D
y_true = D.Categorical(logits=torch.randn(50, 4)).sample()
# === made-data-in-a-function
def make_data(n):
    return torch.distributions.Bernoulli(0.5).sample((n,))
# %% answer
def bce(y_hat, y, reduction="none"):
    return -(y * y_hat.log())
# %%
print(bce(torch.rand(9), make_data(9)))
# === checked-against-distributions
# %% answer
def bce_with_logits(z, y, reduction="none"):
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
# %%
from torch.distributions import Bernoulli
print(bce_with_logits(p, p.round()) + Bernoulli(logits=p).log_prob(p.round()))
# === checked-against-torch
# %% answer
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True)
# %%
torch.testing.assert_close(softmax(z), F.softmax(z, -1))
print(nn.CrossEntropyLoss()(z, y), torch.softmax(z, 0), z.log_softmax(1))
# === checked-in-a-loop-of-names
for name in ["binary_cross_entropy", "softplus"]:
    print(name, getattr(F, name))
# === checked-by-names-of-a-function
def compare(mine, name, *arguments):
    print((mine(*arguments) - getattr(F, name)(*arguments)).abs().max())
# %%
compare(lambda a: a.exp(), "softmax", z)
# === checked-by-pairs
import math
pairs = [("exp", math.exp), ("log", math.log)]
for name, function in pairs:
    print(getattr(torch, name)(torch.tensor(1.0)), function(1.0))
# === own-functions-by-name
# %% answer
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True)
# %%
for name in ("softmax", "bce", "nll"):
    if name in globals():
        print(name, globals()[name].__doc__)
# === own-functions-by-an-f-string
def loss_0(x): return x
def loss_1(x): return x * 2
for i in range(2):
    print(globals()[f"loss_{i}"](3))
# === sklearn-in-a-scratch-cell
from sklearn.metrics import log_loss
print(log_loss([0, 1], [0.1, 0.8]))
# === scipy-in-a-scratch-cell
import scipy.special
print(scipy.special.softmax(z.numpy(), axis=-1), scipy.special.log_softmax(z.numpy(), 1))
# === scipy-in-a-scratch-function
def reference(z):
    from scipy.special import softmax as theirs
    return theirs(z, -1)
print(reference([1.0, 2.0]))
# === threading-unused
import threading
import asyncio, concurrent.futures, multiprocessing
# %% answer
import threading
from concurrent.futures import ThreadPoolExecutor
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True)
# === threads-in-a-scratch-cell
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool:
    print(list(pool.map(abs, [1, -2])))
# === asyncio-in-a-scratch-cell
import asyncio
async def wait():
    await asyncio.sleep(0.01)
await wait()
# === cores
import multiprocessing, os
print(multiprocessing.cpu_count(), os.cpu_count(), torch.get_num_threads())
# === model-eval
model = nn.Linear(3, 2)
model.eval()
model.train(False)
with torch.no_grad():
    print(model(torch.randn(4, 3)))
# === re-compile
import re
print(re.compile(r"\d+").findall("12 apples"))
# === torch-compile
fast = torch.compile(lambda x: x + 1)
# === frame-eval
import pandas as pd
df = pd.DataFrame({"a": [1], "b": [2]})
print(df.eval("a + b"), df.query("a > 0"))
# === plots
import matplotlib.pyplot as plt
plt.plot(z[0].tolist(), label="torch._C")
plt.title("torch.ops")
plt.rcParams["figure.dpi"] = 100
plt.show()
# === comment-that-names-it
# torch._C is not for us, nor exec or torch.ops
x = 1
# === docstring-that-names-it
# %% answer
def nll(log_probs, y, reduction="none"):
    """No torch._C, no exec(), no torch.ops.aten here.

    _C
    """
    return -log_probs[torch.arange(len(y)), y]
# === docstring-that-is-a-name
def f():
    "__globals__"
# === text-that-is-shown
print("torch.ops", "_C", f"torch._C {1}", "/proc/self/mem")
look("`__globals__`", "f_locals")
# === message-of-an-error
def check(x):
    if x is None:
        raise ValueError("torch.ops is forbidden")
    assert x == 1, "do not use torch._C"
# === warning
import warnings
warnings.warn("torch._C is private")
# === text-searched-for
source = "x = torch.ops"
print("torch.ops" in source, source.startswith("torch._C"), source == "torch.ops")
# === notes-written
with open("notes.txt", "w") as file:
    file.write("torch._C and torch.ops are private\n")
# === markdown-magic
%%markdown
We don't use torch._C or exec.
# === html-magic
%%html
<b>exec</b>
# === capture-magic
%%capture out
print(1)
# === time-magic
%%time
x = torch.randn(100).softmax(0)
# === timeit-magic
%timeit F.softmax(z, -1)
%timeit -n 10 -r 2 z.exp()
# === timeit-cell-magic
%%timeit -n 3
z.exp()
# === timeit-of-a-lambda
import timeit
print(timeit.timeit(lambda: F.softmax(z, -1), number=10))
# === timeit-of-a-text
import timeit
print(timeit.timeit("z.exp()", globals=globals(), number=10))
print(timeit.timeit("softmax(z)", setup="from __main__ import softmax, z"))
# === pip-magic
%pip install seaborn
!pip list
# === autoreload
%load_ext autoreload
%autoreload 2
%matplotlib inline
# === profile
import cProfile
cProfile.run("z.exp()")
# === prun-magic
%prun z.exp()
# === help
help(torch.exp)
F.softmax?
print(F.binary_cross_entropy.__doc__)
# === source-shown
import inspect
print(inspect.getsource(F.binary_cross_entropy))
# === signature
import inspect
print(inspect.signature(F.softmax), inspect.getdoc(F.softmax), inspect.isfunction(F.softmax))
# === version
import sys
print(sys.version, torch.__version__, sys.version_info >= (3, 11), sys.executable)
# === where-torch-is
print(torch.__file__)
torch.__file__
# === in-colab
import sys
IN_COLAB = "google.colab" in sys.modules
if IN_COLAB:
    from google.colab import drive
# === modules-listed
import sys
print(sorted(name for name in sys.modules if name.startswith("torch"))[:5], len(sys.modules))
# === installed
import importlib.util
print(importlib.util.find_spec("sklearn") is not None)
# === reload
import importlib
import mine
importlib.reload(mine)
# %% mine.py
def double(x):
    return 2 * x
# === reload-by-modules
import sys
sys.modules.pop("mine", None) if "mine" in sys.modules else None
del sys.modules["mine"]
# %% mine.py
x = 1
# === path
import os, sys
sys.path.append(os.path.join(os.getcwd(), "tools"))
sys.path.insert(0, "..")
# === garbage
import gc
del p
gc.collect()
torch.cuda.empty_cache()
# === recursion
import sys
sys.setrecursionlimit(10_000)
# === type-name
print(type(z).__name__, z.__class__.__name__, type(z).__module__, type(z).__mro__)
# === callable-class
class BCE:
    def __init__(self, eps=1e-7):
        self.eps = eps
    def __call__(self, p, y):
        return -(y * (p + self.eps).log() + (1 - y) * (1 - p + self.eps).log())
# %% answer
bce = BCE()
# === module-class
# %% answer
class Loss(nn.Module):
    def __init__(self, reduction="none"):
        super().__init__()
        self.reduction = reduction
        self.register_buffer("floor", torch.tensor(-100.0))
    def forward(self, p, y):
        return -(y * p.log().clamp(min=-100) + (1 - y) * (1 - p).log().clamp(min=-100))
def bce(y_hat, y, reduction="none"):
    return Loss(reduction)(y_hat, y)
# === dataclass
from dataclasses import dataclass, field
@dataclass
class Config:
    eps: float = 1e-7
    names: list = field(default_factory=list)
# %%
config = Config()
print(config.eps, config.__dict__, vars(config), config.__class__)
# === autograd-function
# %% answer
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        e = (z - z.amax(-1, keepdim=True)).exp()
        s = e / e.sum(-1, keepdim=True)
        ctx.save_for_backward(s)
        return s
    @staticmethod
    def backward(ctx, g):
        (s,) = ctx.saved_tensors
        return s * (g - (g * s).sum(-1, keepdim=True))
def softmax(z):
    return Own.apply(z)
# === gradcheck
torch.autograd.gradcheck(lambda z: z.exp(), torch.randn(3, dtype=torch.float64, requires_grad=True))
# === torch-func
from torch.func import vmap, grad
print(vmap(lambda r: r.exp())(z), grad(lambda r: r.sum())(p))
# === torch-special
# %% answer
def bce_with_logits(z, y, reduction="none"):
    return torch.special.xlog1py(1 - y, -z) + torch.logaddexp(z, torch.zeros_like(z))
# === numpy-detour
import numpy as np
# %% answer
def softmax(z):
    a = np.exp(z.detach().numpy() - np.max(z.detach().numpy(), axis=-1, keepdims=True))
    return torch.from_numpy(a / a.sum(axis=-1, keepdims=True)).to(z.dtype)
# === numpy-by-name
import numpy as np
for name in ("mean", "sum"):
    print(getattr(np, name)([1, 2]))
# === data
z.requires_grad_()
z.grad = None
z.data.clamp_(min=0)
print(z._version, z._base, z.is_leaf, z.data_ptr())
# === optimizer
w = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for group in opt.param_groups:
    group["lr"] = 0.01
opt.zero_grad()
# === settings
torch.backends.cudnn.deterministic = True
torch.manual_seed(0)
torch.set_printoptions(precision=3)
torch.set_default_dtype(torch.float32)
np_seed = 3
# === dtype-by-name
for name in ("float32", "float64"):
    print(torch.zeros(2, dtype=getattr(torch, name)))
# === dir-shown
print([name for name in dir(nn) if "Loss" in name])
print([n for n in dir(torch) if not n.startswith("_")][:10])
# === logging
import logging
log = logging.getLogger(__name__)
log.setLevel(logging.DEBUG)
log.info("softmax of %s", z)
# === helper-module
from mine import reduce_losses
# %% answer
def bce(y_hat, y, reduction="none"):
    return reduce_losses(-(y * y_hat.log()), reduction)
# %% mine.py
"""My reductions: no torch.ops here."""
import torch
def reduce_losses(losses, reduction):
    return {"mean": torch.mean, "sum": torch.sum}.get(reduction, lambda x: x)(losses)
# === helper-module-with-made-data
import mine
# %% answer
def bce(y_hat, y, reduction="none"):
    return mine.reduce(-(y * y_hat.log()), reduction)
# %% mine.py
import torch
from torch.distributions import Bernoulli
def reduce(losses, reduction):
    return losses.mean() if reduction == "mean" else losses
def make_data(n):
    return Bernoulli(0.5).sample((n,))
# === helper-module-written
%%writefile mine.py
import torch
def double(x):
    return 2 * x
# %%
from mine import double
print(double(2))
# === helper-run
%run mine.py
# %% mine.py
x = 3
# === partial
from functools import partial, reduce, lru_cache
# %% answer
def summed(losses, reduction):
    return getattr(losses, reduction)() if reduction != "none" else losses
mean = partial(summed, reduction="mean")
def bce(y_hat, y, reduction="none"):
    return summed(-(y * y_hat.log()), reduction)
# === reduce
from functools import reduce
print(reduce(lambda a, b: a * b, [1, 2, 3]), reduce(torch.logaddexp, z[0]))
# === operator
import operator
print(operator.itemgetter(1)([1, 2]), sorted(["b", "a"], key=operator.methodcaller("upper")))
# === decorator
import functools, time
def timed(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        start = time.perf_counter()
        try:
            return f(*args, **kwargs)
        finally:
            print(f.__name__, time.perf_counter() - start)
    return inner
# %% answer
@timed
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True)
# === cached
from functools import cache
# %% answer
@cache
def _rows(n):
    return torch.arange(n)
def nll(log_probs, y, reduction="none"):
    return -log_probs[_rows(len(y)), y]
# === hook
z.requires_grad_().register_hook(lambda g: print(g))
# === traceback
import traceback
try:
    F.softmax(3)
except Exception as e:
    print(type(e), e.args, e.__traceback__)
    traceback.print_exc()
# === debugging
import pdb
def f(x):
    # pdb.set_trace()
    return x
# === pickle-of-own-data
import pickle
with open("data.pkl", "wb") as file:
    pickle.dump([1, 2], file)
with open("data.pkl", "rb") as file:
    data = pickle.load(file)
# === saved-tensors
torch.save(z, "z.pt")
z2 = torch.load("z.pt")
# === json
import json
print(json.dumps({"a": 1}), json.loads("[1]"))
# === table-by-rows
table = [("softmax", F.softmax), ("log", torch.log)]
for name, f in table:
    print(name, f.__name__)
results = {}
for name, f in table:
    results[name] = f
print(results["log"](p))
# === attributes-of-instances
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.compile, self.exec = 1, 2
    def eval(self):
        return self
net = Net()
net.eval()
print(net.exec, net.compile, net.state_dict())
# === destructor-that-prints
class Loud:
    def __del__(self):
        print("gone")
Loud()
# === destructor-that-prints-in-an-answer
# %% answer
import time
class Timer:
    def __init__(self):
        self.begun = time.time()
    def __del__(self):
        print(f"took {time.time() - self.begun:.3f} s")
def softmax(z):
    timer = Timer()
    return z.exp() / z.exp().sum(-1, keepdim=True)
# === widget
import ipywidgets as widgets
from IPython.display import display, Markdown, clear_output
display(Markdown("**torch._C**"))
# === shell-object
ip = get_ipython()
print(ip.execution_count, type(ip).__name__)
ip.run_line_magic("matplotlib", "inline")
# === environment
import os
os.environ["OMP_NUM_THREADS"] = "1"
with open("notes.txt", "w") as file:
    file.write("0")
os.write(1, b"printed")
print(os.getcwd(), os.path.exists("notes.txt"), os.listdir())
print(os.environ.get("HOME"), os.getpid(), os.listdir("."))
# === processor
print(open("/proc/cpuinfo").readline(), open("/proc/meminfo").readline())
# === text-building
word = "".join(["a", "b"]) + "c"
print(word[::-1], "%s" % word, "{}".format(word), f"{word!r:>10}")
# === letters
alphabet = "".join(chr(n) for n in range(97, 123))
labels = [alphabet[i] for i in y]
# === random
import random
random.seed(0)
print(random.choice(["mean", "sum"]), random.sample(range(5), 2))
# === warnings-off
import warnings
warnings.filterwarnings("ignore")
# === einsum
# %% answer
def nll(log_probs, y, reduction="none"):
    return -torch.einsum("nc,nc->n", log_probs, F.one_hot(y, log_probs.shape[1]).to(log_probs))
# === windows
w = torch.signal.windows.hann(5)
# === typing
from typing import Literal, Callable, get_type_hints
from torch import Tensor
# %% answer
def bce(y_hat: Tensor, y: Tensor, reduction: Literal["none", "mean", "sum"] = "none") -> Tensor:
    return -(y * y_hat.log())
# === shadowed-torch
import torch as t
from torch import nn as layers, Tensor as T
# %% answer
def softmax(z):
    return t.exp(z) / t.exp(z).sum(-1, keepdim=True)
# === star-of-math
from math import *
from torch.nn.functional import *
print(exp(1), softplus(p))
# === unfinished
def half(
# === empty
# === inner-function
# %% answer
def cross_entropy(z, y, reduction="none"):
    def log_norm(row):
        top = max(row)
        return top + torch.log(sum(torch.exp(v - top) for v in row))
    losses = torch.stack([log_norm(row) - row[label] for row, label in zip(z, y)])
    return losses.mean() if reduction == "mean" else losses
# === generator
# %% answer
def rows(z):
    yield from z.reshape(-1, z.shape[-1])
def softmax(z):
    return torch.stack([r.exp() / r.exp().sum() for r in rows(z)]).view(z.shape)
# === hypothesis-about-names
names = ["exec", "eval", "compile"]
for name in names:
    print(name)
# === dataset
class Data(torch.utils.data.Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __len__(self):
        return len(self.x)
    def __getitem__(self, i):
        return self.x[i], self.y[i]
for x, t in torch.utils.data.DataLoader(Data(z, y), batch_size=2):
    print(x.shape, t.shape)
# === delegating-class
class Wrapped:
    def __init__(self, model):
        self.model = model
    def __getattr__(self, name):
        return getattr(self.model, name)
print(Wrapped(nn.Linear(2, 3)).weight)
# === layers-by-number
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for i in range(3):
            setattr(self, f"layer{i}", nn.Linear(3, 3))
    def forward(self, x):
        for i in range(3):
            x = getattr(self, f"layer{i}")(x)
        return x
for name, module in Net().named_modules():
    print(name, type(module).__name__)
# === timeit-magic-with-numbers
%timeit -n 100 -r 3 F.softmax(z, -1)
# === timeit-magic-with-setup
%%timeit x = torch.randn(100)
x.exp()
# === property
class Loss:
    @property
    def name(self):
        return "bce"
print(Loss().name, getattr(Loss(), "name"))
# === own-context-manager
from contextlib import contextmanager
@contextmanager
def quiet():
    yield torch.get_printoptions if hasattr(torch, "get_printoptions") else None
with quiet() as q, torch.no_grad():
    print(z.exp())
# === names-of-a-tensor
for name in dir(z):
    if not name.startswith("_"):
        print(name, callable(getattr(z, name)))
# === settings-as-a-dict
from types import SimpleNamespace
config = SimpleNamespace(lr=0.1, loss="bce")
for key, value in vars(config).items():
    print(key, value)
print(getattr(config, "lr"), config.__dict__.items())
# === copies
import copy, pickle
print(pickle.loads(pickle.dumps(z.tolist())), copy.deepcopy(z))
# === optimizers-by-name
for name in ("SGD", "Adam"):
    print(getattr(torch.optim, name)([torch.zeros(1, requires_grad=True)], lr=0.1))
losses = {name: getattr(nn, name)() for name in ["BCELoss", "NLLLoss"]}
# === activation-by-a-default
def activate(x, name="relu"):
    return getattr(F, name)(x)
print(activate(z), activate(z, "gelu"))
# === functions-by-a-part-of-a-name
for name in ("zeros", "ones"):
    print(getattr(torch, f"{name}_like")(z))
def like(kind):
    return getattr(torch, kind + "_like")(z)
# === plain-subclass
class Named(torch.Tensor):
    """A tensor with a name."""
t = z.as_subclass(Named)
# === notes-by-a-path
from pathlib import Path
Path("notes.md").write_text("torch.ops\n")
# === method-called-run
class Runner:
    def run(self, text):
        return text.upper()
Runner().run("z.exp()")
# === functions-in-a-dict
names, functions = ["exp", "log"], [torch.exp, torch.log]
by_name = dict(zip(names, functions))
for i, (name, function) in enumerate(zip(names, functions)):
    print(i, name, by_name[name](p), function.__name__, torch.exp.__name__)
# === arrays-loaded
import numpy as np
a = np.load("x.npy")
# %% answer
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True)
# === error-shown
try:
    F.softmax(z, 9)
except Exception as error:
    print(getattr(error, "args"), error.args[0], str(error))
# === plain-super
class Counter(dict):
    def __init__(self):
        super().__init__()
        self.calls = 0
    def __missing__(self, key):
        return 0
    def __setitem__(self, key, value):
        super().__setitem__(key, value)
counter = Counter()
counter["a"] += 1
# === latex-magic
%%latex
torch._C
# === labels
import matplotlib.pyplot as plt
plt.plot([1], label="_C")
# === module-written-and-not-imported
%%writefile made.py
from torch.distributions import Categorical
def softmax(z):
    return Categorical(logits=z).probs
# %% answer
def softmax(z):
    return z.exp() / z.exp().sum(-1, keepdim=True)
# === annotations-in-texts
# %% answer
def softmax(z: "torch.Tensor of (N, C)", dim: "int" = -1) -> "torch.Tensor":
    "Looks like torch.distributions.Categorical(logits=z).probs."
    e: "torch.Tensor" = z.exp()
    return e / e.sum(dim, keepdim=True)
# === classes-looked-at
for kind in type(z).__mro__:
    print(kind.__name__, kind.__module__)
assert z.__class__ is torch.Tensor and type(z).__name__ == "Tensor"
# === classes-of-one's-own-counted
class Counter:
    calls = 0
    def __call__(self, z):
        type(self).calls += 1
        self.__class__.last = z
        return z
# === object-of-a-class-of-another
# %% answer
def softmax(z):
    e = z.__class__(z.exp())
    e.requires_grad = False
    made = type(z)(z)
    made.note = "by hand"
    return e / e.sum(-1, keepdim=True)
# === class-patterns
# %% answer
def nll(log_probs, y, reduction="none"):
    match log_probs:
        case torch.Tensor(dtype=kind, shape=size):
            losses = torch.zeros(size[0], dtype=kind)
    return -log_probs[torch.arange(len(y)), y] + losses
# === settings-of-others
import os, sys, json
import matplotlib.pyplot as plt
os.environ["OMP_NUM_THREADS"] = "1"
plt.rcParams["figure.figsize"] = (4, 3)
np_seed = json.loads("0")
sys.stdout.flush()
# === distributions-of-one's-own
# %% answer
class Run:
    def __init__(self):
        self.distributions = []
    def add(self, p):
        self.distributions.append(p)
run = Run()
def softmax(z):
    e = z.exp()
    run.distributions.append("the distributions")
    print("distributions", run.distributions)
    return e / e.sum(-1, keepdim=True)
# === distributions-in-a-table-that-no-answer-uses
table = {"distributions": torch.distributions.Normal(0, 1).sample((3,))}
print(table["distributions"].mean())
'''
)
