"""Ways around the by-hand rule that never reach an operator, or silence who watches them."""

from tests.examiner.review.submissions import read

SUSPICIOUS = read(
    r'''
# === internals
torch._C._nn.nll_loss(z, y)
# === internals-imported
import torch._C
# === internals-from
from torch import _C as c
# === internals-inside-a-module
F.torch._C._nn.nll_loss(z, y)
# === internals-of-another-module
import torch.nn.modules.loss as m
m.F._VF.log_softmax(z, 1)
# === private-functions
torch._log_softmax(z, 1, False)
# === operators
torch.ops.aten._softmax(z, -1, False)
# === operators-held
ops = torch.ops
# %%
aten = ops.aten
# %% answer
def softmax(z):
    return aten._softmax(z, -1, False)
# === getattr-with-a-text
getattr(torch, "_C")
# === getattr-with-a-sum
c = getattr(torch, "_" + "C")
# === getattr-with-a-name
part = "_C"
getattr(torch, part)
# === getattr-with-a-name-of-another-cell
part = "o"
# %%
getattr(torch, part + "ps").aten
# === getattr-renamed
g = getattr
g(torch, "ops")
# === getattr-with-format
getattr(torch, "{}{}".format("_", "C"))
# === getattr-with-percent
getattr(torch, "%s%s" % ("_", "C"))
# === getattr-with-an-f-string
u = "_"
getattr(torch, f"{u}C")
# === getattr-with-join
getattr(torch, "".join(["_", "C"]))
# === getattr-with-joined-numbers
getattr(torch, "".join(chr(n) for n in (95, 67)))
# === getattr-with-mapped-numbers
getattr(torch, "".join(map(chr, [95, 67])))
# === getattr-reversed
getattr(torch, "C_"[::-1])
# === getattr-decoded
getattr(torch, b"_C".decode())
# === getattr-of-bytes
getattr(torch, bytes([95, 67]).decode())
# === getattr-of-base64
import base64
getattr(torch, base64.b64decode("X0M=").decode())
# === getattr-of-rot13
import codecs
getattr(torch, codecs.decode("bcf", "rot13"))
# === getattr-replaced
getattr(torch, "libxrary".replace("x", "b") if False else "opxs".replace("x", ""))
# === getattr-lower
getattr(torch, "OPS".lower())
# === getattr-in-a-loop
for part in ("exp", "ops"):
    print(getattr(torch, part))
# === getattr-in-a-comprehension
[getattr(torch, part) for part in ["log", "_" + "refs"]]
# === getattr-by-place-in-dir
getattr(torch, dir(torch)[17])
# === getattr-in-a-loop-over-dir
for name in dir(torch):
    if name.startswith("_") and len(name) == 2:
        inside = getattr(torch, name)
# === getattr-unread
import random
getattr(torch, random.choice("_-") + "C")
# === getattr-of-a-file
getattr(torch, open("name.txt").read())
# === getattr-by-a-function
def get(module, name):
    return getattr(module, name)


get(torch, "_C")
# === getattr-by-a-lambda
get = lambda m, n: getattr(m, n)
# %%
get(torch, "op" + "s").aten
# === getattr-from-a-dict
names = {"a": "_C"}
getattr(torch, names["a"])
# === getattr-from-a-list-that-grows
names = []
names.append("ops")
getattr(torch, names[0])
# === getattr-grown-text
s = "_"
s += "C"
getattr(torch, s)
# === getattr-name-of-a-class
class ops: pass
getattr(torch, ops.__name__)
# === getattr-docstring
def f():
    "ops"
getattr(torch, f.__doc__)
# === getattribute
torch.__getattribute__("ops")
# === getattribute-of-object
object.__getattribute__(torch, "ops")
# === attrgetter
import operator
operator.attrgetter("ops.aten")(torch)
# === attrgetter-imported
from operator import attrgetter as get
get("_C")(torch)
# === reduce-getattr
from functools import reduce
reduce(getattr, ["ops", "aten", "_softmax"], torch)
# === partial-getattr
from functools import partial
partial(getattr, torch)("ops")
# === map-getattr
list(map(getattr, [torch], ["ops"]))
# === vars
vars(torch)["_C"]
# === vars-unread
name = input()
vars(torch)[[n for n in vars(torch) if len(n) == 2][0]]
# === dict-of-a-module
torch.__dict__["ops"]
# === dict-get
torch.__dict__.get("o" + "ps")
# === dict-items
for name, thing in vars(torch).items():
    if name == "o" "ps":
        thing.aten
held = {name: thing for name, thing in torch.__dict__.items()}
list(torch.__dict__.values())[3]._softmax
getattr(torch, list(torch.__dict__)[3])
# === sys-modules
import sys
sys.modules["torch._C"]._nn
# === sys-modules-by-another
from sys import modules as m
m["torch." + "_C"]
# === sys-modules-get
import sys
sys.modules.get("torch.ops")
# === sys-modules-unread
import sys
for name in sys.modules:
    if name.endswith("_C"):
        inside = sys.modules[name]
# === sys-modules-values
import sys
[m for m in sys.modules.values() if hasattr(m, "_nn")]
# === sys-modules-replaced
import sys, types
sys.modules["torch.overrides"] = types.ModuleType("x")
# === import-module
import importlib
importlib.import_module("torch._C")
# === import-module-from
from importlib import import_module
import_module("." + "ops", "torch")
import_module("torch" + "._refs")
# === import-module-unread
import importlib
importlib.import_module(open("x").read())
# === dunder-import
__import__("torch")
# === dunder-import-of-builtins
__builtins__.__import__("gc").get_objects()
# === builtins-of-globals
globals()["__builtins__"]["ev" + "al"]("1")
# === builtins-module
import builtins as b
b.exec("1")
# === globals-unread
import random
globals()["".join(random.sample("chrot", 5))]
# === exec
exec("z.soft" + "max(-1)")
# === eval
eval("torch.softmax(z, -1)")
# === eval-renamed
run = eval
# === compile
code = compile("1", "", "eval")
# === exec-text-is-read
exec("import gc\ngc.get_objects()")
# === timeit-text
import timeit
timeit.timeit("torch._C._nn.nll_loss(z, y)", globals=globals())
# === timeit-setup
from timeit import timeit as t
t("f()", setup="from torch import ops as o\nf = o.aten")
# === timeit-magic
%timeit torch.ops.aten._softmax(z, -1, False)
# === timeit-cell-magic
%%timeit
torch.ops.aten._softmax(z, -1, False)
# === profile-text
import cProfile
cProfile.run("import gc; gc.get_referrers(z)")
# === ipython-run-cell
get_ipython().run_cell("1")
# === ipython-ex
ip = get_ipython()
ip.ex("1")
# === ipython-ev-by-instance
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance().ev("1")
# === ipython-namespace
get_ipython().user_ns["softmax"]
# === aliased-module-in-another-cell
D = torch.distributions
# %% answer
def cross_entropy(z, y, reduction="none"):
    return -D.Categorical(logits=z).log_prob(y)
# === aliased-class-in-another-cell
from torch.distributions import Categorical as C
# %%
Made = C
# %% answer
def cross_entropy(z, y, reduction="none"):
    return -Made(logits=z).log_prob(y)
# === alias-by-tuple
a, b = torch.distributions, torch.exp
# %% answer
def softmax(z):
    return a.Categorical(logits=z).probs
# === alias-by-walrus
if (D := torch.distributions):
    pass
# %% answer
def softmax(z):
    return D.Categorical(logits=z).probs
# === alias-by-a-default
# %% answer
def softmax(z, D=torch.distributions):
    return D.Categorical(logits=z).probs
# === alias-by-a-class
class Tools:
    D = torch.distributions
# %% answer
def softmax(z):
    return Tools.D.Categorical(logits=z).probs
# === alias-by-an-attribute
class Tools: pass
# %%
tools = Tools()
tools.dist = torch.distributions
# %% answer
def softmax(z):
    return tools.dist.Categorical(logits=z).probs
# === alias-by-a-dict
tools = {"d": torch.distributions}
# %% answer
def softmax(z):
    return tools["d"].Categorical(logits=z).probs
# === alias-put-into-a-dict
tools = {}
# %%
tools["d"] = torch.distributions.Categorical
# %% answer
def softmax(z):
    return tools["d"](logits=z).probs
# === alias-by-a-function
def tools():
    return torch.distributions
# %% answer
def softmax(z):
    return tools().Categorical(logits=z).probs
# === alias-by-a-with
from contextlib import nullcontext
# %% answer
def softmax(z):
    with nullcontext(torch.distributions) as D:
        return D.Categorical(logits=z).probs
# === alias-by-a-match
# %% answer
def softmax(z):
    match torch:
        case t:
            return t.ops.aten._softmax(z, -1, False)
# === alias-by-a-loop
# %% answer
def softmax(z):
    for D in [torch.distributions]:
        return D.Categorical(logits=z).probs
# === alias-by-a-global
def prepare():
    global made
    made = torch.distributions.Categorical
prepare()
# %% answer
def softmax(z):
    return made(logits=z).probs
# === library-in-an-answer
# %% answer
from sklearn.metrics import log_loss
def bce(y_hat, y, reduction="none"):
    return log_loss(y, y_hat)
# === library-in-a-helper
def helper_of_mine(z):
    from scipy.special import log_softmax as ls
    return ls(z, -1)
# %% answer
def log_softmax(z):
    return helper_of_mine(z)
# === library-by-a-star
from torch.distributions import *
# %% answer
def softmax(z):
    return Categorical(logits=z).probs
# === jit-in-a-cell-before
@torch.jit.script
def scripted(z: torch.Tensor):
    return z.exp()
# %% answer
def softmax(z):
    return scripted(z)
# === fx
# %% answer
from torch.fx import symbolic_trace
softmax = symbolic_trace(lambda z: z)
# === make-fx
from torch.fx.experimental.proxy_tensor import make_fx
softmax = make_fx(lambda z: z)(z)
# === export
# %% answer
softmax = torch.export.export(nn.Softmax(-1), (z,)).module()
# === onnx
# %% answer
def softmax(z):
    return torch.onnx.symbolic_opset9.softmax(z)
# === library-of-operators
lib = torch.library.Library("mine", "DEF")
# === kernel
from torch.library import get_kernel
# === kernel-of-something
def f(lib): return lib.get_kernel("aten::_softmax", "CPU").call_boxed(1)
# === overrides
from torch.overrides import TorchFunctionMode
# === dispatch-mode
from torch.utils._python_dispatch import TorchDispatchMode
# === answers-for-operators
class T(torch.Tensor):
    @classmethod
    def __torch_function__(cls, f, types, args=(), kwargs=None):
        return f
# === answers-for-operators-by-an-attribute
class T(torch.Tensor):
    pass
T.__torch_function__ = lambda *a: 1
T.__torch_dispatch__(1)
# === no-torch-function
with torch.nn.parallel._functions.torch._C.DisableTorchFunction():
    pass
# === disabled-modes
def f(m): return m._disable_current_modes()
# === patched-function
torch.exp = torch.softmax
# === patched-method
torch.Tensor.exp = lambda self: self
# === patched-by-setattr
setattr(torch, "exp", abs)
# === patched-by-an-alias
T = torch.Tensor
# %%
T.exp = T.softmax
# === patched-by-a-dict
torch.__dict__["exp"] = torch.softmax
# === patched-by-update
vars(torch).update(exp=torch.softmax)
# === patched-in-a-function
def answer_later():
    F.softplus = F.cross_entropy
# === patched-by-mock
from unittest import mock
mock.patch("torch.exp", torch.softmax).start()
# === gc-objects
import gc
gc.get_objects()
# === gc-referrers-imported
from gc import get_referrers as r
r(z)
# === gc-in-a-lambda
import gc as g
look_for = lambda: [o for o in g.get_objects()]
# === frames-by-sys
import sys
sys._getframe(1).f_back
# === frames-by-inspect
import inspect
inspect.currentframe()
# === stack
from inspect import stack
stack()[1]
# === frame-of-a-traceback
try:
    1 / 0
except ZeroDivisionError as e:
    frame = e.__traceback__.tb_frame
# === frame-of-a-generator
g = (i for i in [1])
g.gi_frame.f_locals
# === frame-of-a-coroutine
async def f(): pass
f().cr_frame
# === trace-of-a-frame
def f(frame): frame.f_trace = print
f.x.f_trace
# === settrace
import sys
sys.settrace(print)
# === setprofile
from sys import setprofile
setprofile(None)
# === setprofile-of-threads
import threading
threading.setprofile(print)
# === monitoring
import sys
sys.monitoring.use_tool_id(1, "x")
# === ctypes
import ctypes
ctypes.CDLL(None)
# === ctypes-of-numpy
import numpy as np
np.ctypeslib.load_library("x", ".")
# === ctypes-of-another-module
import uuid
uuid.ctypes
# === cffi
from cffi import FFI
# === cdata
address = z._cdata
# === code-swapped
def softmax(z): pass
softmax.__code__ = F.softmax.__code__
# === globals-of-a-function
F.softmax.__globals__["torch"]
# === closure
def f(g): return g.__closure__[0].cell_contents
# === subclasses
object.__subclasses__()
# === types-function
import types
types.FunctionType
# === marshal
import marshal
marshal.loads(b"x")
# === finalizer
import weakref
weakref.finalize(z, print)
# === at-exit
import atexit
atexit.register(print)
# === signal-handler
import signal
signal.signal(signal.SIGALRM, print)
# === destructor-that-fills
class Late:
    def __init__(self, t): self.t = t
    def __del__(self): self.t.copy_(torch.softmax(self.t, -1))
# === destructor-in-an-answer
# %% answer
class Late:
    def __del__(self): finish(self)
def softmax(z):
    keep = Late()
    return z
# === destructor-that-prints-by-another-name
# %% answer
def softmax(z):
    out = z * 0
    print = lambda: out.copy_(z)
    class Late:
        def __del__(self): print()
    keep = Late()
    return out
# === destructor-that-sets
# %% answer
class Late:
    def __del__(self): self.out[:] = self.soft
def softmax(z):
    keep = Late()
    return z
# === thread-in-an-answer
import threading
# %% answer
def softmax(z):
    t = threading.Thread(target=F.softmax, args=(z, -1))
    t.start()
# === thread-beside-an-answer
import queue, threading
asked, answered = queue.Queue(), queue.Queue()
def worker():
    answered.put(F.softmax(asked.get(), -1))
# %%
threading.Thread(target=worker).start()
# %% answer
def softmax(z):
    asked.put(z)
    return answered.get()
# === file-of-torch-opened
print(open(torch.nn.functional.__file__).read())
# === file-of-torch-by-a-path
from pathlib import Path
source = (Path(torch.__file__).parent / "_refs/nn/functional/__init__.py").read_text()
# === source-of-torch-in-an-answer
import inspect
# %% answer
text = inspect.getsource(F.cross_entropy)
cross_entropy = text
# === lines-of-torch
import linecache
linecache.getlines("functional.py")
# === resources
import importlib.resources as r
r.files("torch")
# === loader-of-torch
import importlib.util
importlib.util.find_spec("torch._refs").loader.get_data("x")
# === memory
open("/proc/self/mem", "rb+")
# === memory-of-a-process
import os
open(f"/proc/{os.getpid()}/mem", "wb")
# === mapped
import mmap
mmap.mmap(-1, 10)
# === pickled-code
import pickle
class Code:
    def __reduce__(self):
        return (F.softmax, (z, -1))
# === module-beside
from mine import helper_of_mine
# %% mine.py
import torch
def helper_of_mine(z):
    return torch._C._nn.nll_loss(z)
# === module-beside-with-a-library
import mine
# %% answer
def softmax(z):
    return mine.soft(z)
# %% mine.py
from torch.distributions import Categorical
def soft(z):
    return Categorical(logits=z).probs
# === module-beside-with-an-alias
import mine as m
# %% answer
def softmax(z):
    return m.D.Categorical(logits=z).probs
# %% mine.py
from torch import distributions as D
# === module-beside-run
%run mine.py
# %% answer
def softmax(z):
    return soft(z)
# %% mine.py
import torch
soft = lambda z: torch.distributions.Categorical(logits=z).probs
# === module-written-by-a-magic
%%writefile mine.py
import torch
def soft(z):
    return torch.distributions.Categorical(logits=z).probs
# %% answer
from mine import soft
softmax = soft
# === module-written-by-open
with open("mine.py", "w") as file:
    file.write("import torch\ndef soft(z):\n    return torch.ops.aten._softmax(z, -1, False)\n")
# === module-written-by-a-path
from pathlib import Path
Path("mine.py").write_text("""
from torch.distributions import Categorical
def soft(z):
    return Categorical(logits=z).probs
""")
# %% answer
import mine
def softmax(z):
    return mine.soft(z)
# === script-run
import runpy
# %% answer
softmax = runpy.run_path("mine.txt")["softmax"]
# === decorator
def decorated(f):
    return lambda z: torch.distributions.Categorical(logits=z).probs
# %% answer
@decorated
def softmax(z):
    return z
# === class-body
class Hidden:
    for name in ("_" + "C",):
        inside = getattr(torch, name)
# === hidden-in-a-module-of-torch
getattr(nn, open("x").read())
# === nested-getattr
getattr(getattr(F, "torch"), "".join(["o", "p", "s"]))
# === conditional
c = getattr(torch, "ops" if len("x") else "exp")
# === kit
from autograder import results
# === kit-by-modules
import sys
sys.modules["autograder.isolation.operators"].Watch
# === maketrans
getattr(torch, "xC".translate(str.maketrans("x", "_")))
# === int-to-bytes
getattr(torch, (24387).to_bytes(2, "big").decode())
# === string-constant-module
import string
getattr(torch, string.punctuation[26] + string.ascii_uppercase[2])
# === attr-from-exception
try:
    raise KeyError("o" "ps")
except KeyError as e:
    x = getattr(torch, e.args[0])
# === class-attr-dict-loop
for k, v in torch.__dict__.items():
    if len(k) == 2 and k[0] == "_":
        v._nn
# === next-iter-vars
c = next(v for k, v in vars(torch).items() if k.endswith("C"))
c._nn
# === globals-torch-var
globals()["tor" + "ch"].ops
# === builtins-list
[b for b in (print, len)][0].__self__.exec("1")
# === class-getattr-dunder-name
class _C: pass
getattr(torch, _C.__name__)
# === type-name-built
n = type("ops", (), {}).__name__
getattr(torch, n)
# === format-map
getattr(torch, "{a}{b}".format_map({"a": "_", "b": "C"}))
# === template
from string import Template
getattr(torch, Template("$a").substitute(a="_C"[0] + "C"))
# === setattr-on-own-then-call
class H: pass
setattr(H, "f", torch)
H.f.ops.aten
# === nested-func-closure
def outer():
    m = torch
    def inner(n):
        return getattr(m, n)
    return inner
outer()("o" + "ps")
# === kwargs-splat
def get(m, n): return getattr(m, n)
get(**{"m": torch, "n": "o" + "ps"})
# === args-splat
def get(m, n): return getattr(m, n)
get(*[torch, "o" + "ps"])
# === direct-splat
getattr(*(torch, "ops"))
# === object-getattr-descr
type(torch).__getattribute__(torch, "ops")
# === ModuleType
import types
types.ModuleType.__getattribute__(torch, "ops")
# === methodcaller
import operator
operator.methodcaller("__getattribute__", "ops")(torch)
# === operator-call
import operator
operator.call(getattr, torch, "ops")
# === filter-lambda
list(filter(lambda n: getattr(torch, n).aten, ["ops"]))
# === max-key
max(["ops"], key=lambda n: getattr(torch, n))
# === dictcomp-index
d = {n: getattr(torch, n) for n in dir(torch)}
d["o" + "ps"]
# === importlib-util
import importlib.util as u
s = u.spec_from_file_location("m", "data.txt")
m = u.module_from_spec(s)
s.loader.exec_module(m)
# === SourceFileLoader
from importlib.machinery import SourceFileLoader
SourceFileLoader("m", "data.txt").load_module()
# === exec-via-builtins-dict
__builtins__["ex" + "ec"]("1")
# === getattr-builtins-exec
import builtins
getattr(builtins, "ex" + "ec")("1")
# === print-self
print.__self__.__dict__["ex" + "ec"]("1")
# === help-pydoc
import pydoc
pydoc.locate("torch.ops").aten
# === code-interact
import code
code.InteractiveInterpreter().runcode("1")
# === ast-exec-ns
import ast
f = compile(ast.parse("1"), "", "exec")
# === timeit-exec
import timeit
T = timeit.Timer(open("x.txt").read(), globals=globals())
T.timeit(1)
# === doctest
import doctest
doctest.run_docstring_examples(__import__, {})
# === pdb-run
import pdb
pdb.run("x = torch" + ".ops")
# === cell-magic-python
get_ipython().run_line_magic("run", "data.txt")
# === run-magic-of-a-text-file
%run data.txt
# === macro
get_ipython().run_cell_magic("time", "", open("x").read())
# === system-assign
get_ipython().magic("timeit torch.ops.aten")
# === async-frame
async def f(): pass
c = f()
c.cr_await
c.cr_frame.f_back
# === traceback-module
import traceback
traceback.extract_stack()
[f for f, l in traceback.walk_stack(None)]
# === logging-frame
import logging
logging.currentframe().f_back
# === warnings-frame
import warnings
warnings.sys._getframe(0)
# === sys-through-os
import os
os.sys.modules["torch." + "ops"]
# === torch-through-nn
nn.modules.module.torch.ops
# === torch-through-helper
import helper
helper.torch._C
# === dataclass-default
from dataclasses import dataclass
@dataclass
class A:
    m: object = torch
    n: str = "o" + "ps"
a = A()
getattr(a.m, a.n)
# === simple-namespace
from types import SimpleNamespace as S
s = S(m=torch, n="op" + "s")
getattr(s.m, s.n)
# === chainmap
from collections import ChainMap
getattr(torch, ChainMap({"a": "ops"})["a"])
# === enum
from enum import Enum
class E(Enum):
    A = "o" + "ps"
getattr(torch, E.A.value)
# === property
class Q:
    @property
    def m(self): return torch
    @property
    def n(self): return "o" + "ps"
getattr(Q().m, Q().n)
# === contextvar
import contextvars
v = contextvars.ContextVar("v", default="ops")
getattr(torch, v.get())
# === environ
import os
os.environ["A"] = "op" + "s"
getattr(torch, os.environ["A"])
# === json
import json
getattr(torch, json.loads('"op' + 's"'))
# === generator-send
def g():
    yield torch
m = next(g())
m.ops.aten
# === yield-from
def g():
    yield from [torch]
for m in g():
    m.ops.aten
# === decorator-collect
reg = {}
def keep(m):
    def inner(f):
        reg[f.__name__] = m
        return f
    return inner
@keep(torch)
def x(): pass
reg["x"].ops
# === getitem-class
class G:
    def __getitem__(self, n): return getattr(torch, n)
G()["op" + "s"]
# === getattr-class
class G:
    def __getattr__(self, n): return getattr(torch, n)
G().ops.aten
# === index-dunder
class G:
    def __call__(self, n): return getattr(torch, n)
G()("op" + "s")
# === with-enter
class W:
    def __enter__(self): return torch
    def __exit__(self, *a): pass
with W() as m:
    m.ops.aten
# === inherit-library
# %% answer
class B(torch.distributions.Bernoulli): pass
def bce(p, y): return -B(p).log_prob(y)
# === inherit-elsewhere
class B(torch.distributions.Bernoulli): pass
# %% answer
def bce(p, y): return -B(p).log_prob(y)
# === answer-through-list
fs = []
# %%
fs += [torch.distributions.Categorical]
# %% answer
def softmax(z): return fs[0](logits=z).probs
# === answer-through-attr-of-function
def table(): pass
# %%
table.c = torch.distributions.Categorical
# %% answer
def softmax(z): return table.c(logits=z).probs
# === answer-through-module-object
import types
m = types.ModuleType("m")
m.c = torch.distributions.Categorical
# %% answer
def softmax(z): return m.c(logits=z).probs
# === answer-through-import-of-main
# %% answer
import __main__
def softmax(z): return __main__.c(logits=z).probs
# %%
c = torch.distributions.Categorical
# === answer-through-default-of-own
def mk(c=torch.distributions.Categorical): return c
# %% answer
def softmax(z): return mk()(logits=z).probs
# === answer-through-nonlocal
def mk():
    c = None
    def set_():
        nonlocal c
        c = torch.distributions.Categorical
    set_()
    return c
# %% answer
def softmax(z): return mk()(logits=z).probs
# === star-target
a, *b = torch.exp, torch.distributions
# %% answer
def softmax(z): return b[0].Categorical(logits=z).probs
# === loop-else-del
for c in (torch.distributions,): pass
# %% answer
def softmax(z): return c.Categorical(logits=z).probs
# === monkeypatch-own-global-in-scratch
def soft(z): return z
# %%
soft = torch.jit.script(lambda z: z)
# %% answer
def softmax(z): return soft(z)
# === class-rebind-method
class L:
    def f(self, z): return z
# %%
L.f = lambda self, z: torch.distributions.Categorical(logits=z).probs
# %% answer
def softmax(z): return L().f(z)
# === hook
def late(g): return torch.ops.aten._softmax(g, -1, False)
z.register_hook(late)
# === type-call-metaclass
class M(type):
    def __getattr__(cls, n): return getattr(torch, n)
class K(metaclass=M): pass
K.ops.aten
# === import-hook-meta
import sys
sys.meta_path.append(1)
# === pth
import site
site.addsitedir(".")
# === zip-path
import sys
sys.path.insert(0, "x.zip")
import hidden
# === pickle-bytes
import pickle
pickle.loads(b"ctorch.ops\naten\n.")
# === unpickle-in-scratch-made
import pickle
f = pickle.load(open("x.pkl", "rb"))
# %% answer
softmax = lambda z: f(z)
# === numpy-pickle
import numpy as np
f = np.load("x.npy", allow_pickle=True)
# %% answer
softmax = lambda z: f[0](z)
# === script-module-load
m = torch.jit.load("x.pt")
# %% answer
softmax = lambda z: m(z)
# === C-attr-of-tensor
z._C
# === torchC-by-Tensor-base
torch.Tensor.__base__.__module__
import sys
sys.modules[torch.Tensor.__base__.__module__]
# === operator-overload-packet
F.softmax.__wrapped__.__globals__["torch"]
# === func-module
import sys
sys.modules[F.softmax.__module__]
# === timeit-magic-with-options
%timeit -n 10 -r 3 torch.ops.aten._softmax(z, -1, False)
# === timeit-magic-with-a-first-line
%%timeit -n 10 made = torch.ops.aten._softmax(z, -1, False)
made.exp()
# === script-of-other-files
import runpy
runpy.run_path("/tmp/x.txt")
# === members-of-torch
import inspect
for name, member in inspect.getmembers(torch):
    member
# === memory-by-another-name
path = "/proc/self"
open(path + "/mem", "wb")
# === lambda-chain
(lambda a: (lambda b: b(a, "o" + "ps"))(getattr))(torch)
# === ycomb-name
f = lambda *a: getattr(*a)
f(torch, "ops")
# === kwonly
def f(*, m, n): return getattr(m, n)
f(m=torch, n="op" + "s")
# === star-params
def f(*args): return getattr(args[0], args[1])
f(torch, "op" + "s")
# === star-kwargs
def f(**kw): return getattr(kw["m"], kw["n"])
f(m=torch, n="op" + "s")
# === nested-tuple-unpack
(a, (b, c)) = (1, (torch, "op" + "s"))
getattr(b, c)
# === swap
a, b = "op" + "s", torch
a, b = b, a
getattr(a, b)
# === dict-dispatch
d = {"get": getattr, "m": torch, "n": "op" + "s"}
d["get"](d["m"], d["n"])
# === list-of-getattr
fs = [getattr]
fs[0](torch, "op" + "s")
# === getattr-from-builtins-dict
g = vars(__builtins__)["get" + "attr"]
# === getattr-from-globals
g = globals()["__builtins__"].getattr
# === pipeline
from functools import reduce
reduce(lambda m, n: getattr(m, n), ["op" + "s", "aten"], torch).softmax
# === recursion
def walk(m, path):
    return walk(getattr(m, path[0]), path[1:]) if path else m
walk(torch, ["op" + "s", "aten"])
# === while-pop
path, m = ["op" + "s", "aten"], torch
while path:
    m = getattr(m, path.pop(0))
# === split-text
m = torch
for n in "ops aten _softmax".split():
    m = getattr(m, n)
# === class-getitem-dispatch
class A:
    def __class_getitem__(cls, n): return getattr(torch, n)
A["op" + "s"]
# === operator-attr
class A:
    def __matmul__(self, n): return getattr(torch, n)
A() @ ("op" + "s")
# === descriptor
class D:
    def __set_name__(self, owner, n): self.x = getattr(torch, n)
class U:
    ops = D()
# === init-subclass
class B:
    def __init_subclass__(cls, n=None): cls.m = getattr(torch, n)
class C(B, n="op" + "s"): pass
# === metaclass-new
class M(type):
    def __new__(m, name, bases, ns): return getattr(torch, name)
class ops(metaclass=M): pass
# === fstring-nested
a = "C"
getattr(torch, f"{'_'}{a}")
# === slice-text
getattr(torch, "xx_Cxx"[2:4])
# === dict-join
getattr(torch, "".join({"_": 1, "C": 2}))
# === min-of-letters
getattr(torch, min("_C", "zz"))
# === repr-strip
getattr(torch, repr("ops").strip("'"))
# === hex-int
getattr(torch, chr(0x5F) + chr(int("43", 16)))
# === unicode-fold
torch.𝑜ps.aten
# === unicode-fold-c
getattr(torch, "_ℂ".translate({8450: "C"}))
# === nfkc
import unicodedata
getattr(torch, unicodedata.normalize("NFKC", "_ℂ"))
# === re-sub
import re
getattr(torch, re.sub("x", "p", "oxs"))
# === textwrap
import textwrap
getattr(torch, textwrap.dedent(" ops"))
# === os-path
import os
getattr(torch, os.path.basename("/a/ops"))
# === itertools
import itertools
getattr(torch, next(itertools.chain(["op" + "s"])))
# === zip-letters
getattr(torch, "".join(a + b for a, b in zip("_", "C")))
# === comp-if
getattr(torch, [n for n in dir(torch) if n == "o" + "ps"][0])
# === any-walrus
any((m := getattr(torch, n)) for n in dir(torch) if "ps" in n)
# === hasattr-loop
for n in torch.__all__:
    getattr(torch, n)
# === pkgutil-walk
import pkgutil
for m in pkgutil.iter_modules(torch.__path__): print(m)
# === inspect-module
import inspect
inspect.getmodule(F.softmax)._C
# === getmodule-veiled
import inspect
getattr(inspect.getmodule(F.softmax), "t" + "orch")
# === import-in-class
class A:
    import torch._C as c
# === from-dot-star
from torch._C import *
# === import-as-dot
import torch.distributions.bernoulli as tb
# %% answer
def bce(p, y): return -tb.Bernoulli(p).log_prob(y)
# === lazy
def D():
    import torch.distributions as d
    return d
# %% answer
def bce(p, y): return -D().Bernoulli(p).log_prob(y)
# === cached-attr-on-tensor
z.helper = torch.distributions
# %% answer
def bce(p, y): return -z.helper.Bernoulli(p).log_prob(y)
# === attr-on-torch-nn
nn.D = torch.distributions
# %% answer
def bce(p, y): return -nn.D.Bernoulli(p).log_prob(y)
# === stash-in-builtins
import builtins
builtins.D = torch.distributions
# === stash-in-module
import math
math.D = torch.distributions
# %% answer
def bce(p, y): return -math.D.Bernoulli(p).log_prob(y)
# === stash-in-sys
import sys
sys.D = torch.distributions
# %% answer
import sys as s
def bce(p, y): return -s.D.Bernoulli(p).log_prob(y)
# === thread-local-stash
import threading
t = threading.local()
t.D = torch.distributions
# %% answer
def bce(p, y): return -t.D.Bernoulli(p).log_prob(y)
# === queue-stash
import queue
q = queue.Queue()
# %%
q.put(torch.distributions.Bernoulli)
# %% answer
def bce(p, y): return -q.queue[0](p).log_prob(y)
# === deque
from collections import deque
q = deque([torch.distributions.Bernoulli])
# %% answer
def bce(p, y): return -q[0](p).log_prob(y)
# === lru
from functools import lru_cache
@lru_cache
def D(): return torch.distributions
# %% answer
def bce(p, y): return -D().Bernoulli(p).log_prob(y)
# === generator-held
def gen():
    d = torch.distributions
    p = yield
    while True: p = yield d.Bernoulli(p)
# %%
g = gen(); next(g)
# %% answer
def bce(p, y): return -g.send(p).log_prob(y)
# === coroutine-held
async def co(): return torch.distributions
# %% answer
async def helper(): return (await co()).Bernoulli
def bce(p, y): return helper()
# === partial-held
from functools import partial
log_prob = partial(torch.distributions.Bernoulli, validate_args=False)
# %% answer
def bce(p, y): return -log_prob(p).log_prob(y)
# === compose
def compose(f, g): return lambda *a: f(g(*a))
# %%
h = compose(lambda b: b.log_prob, torch.distributions.Bernoulli)
# %% answer
def bce(p, y): return -h(p)(y)
# === answer-in-own-cell
# %%
def softmax(z):
    return torch.distributions.Categorical(logits=z).probs
# === answer-by-globals-store
globals()["softmax"] = lambda z: torch.distributions.Categorical(logits=z).probs
# === answer-by-setattr-main
import __main__
__main__.softmax = lambda z: torch.distributions.Categorical(logits=z).probs
# === answer-by-user-ns
get_ipython().push({"softmax": torch.jit.script(lambda z: z)})
# === answer-by-for
for softmax in [lambda z: torch.distributions.Categorical(logits=z).probs]: pass
# === answer-by-with
import contextlib
with contextlib.nullcontext(torch.distributions.Categorical) as softmax: pass
# === answer-by-import
from mine import softmax
# %% mine.py
import torch.distributions as d
softmax = lambda z: d.Categorical(logits=z).probs
# === answer-by-star
from mine import *
# %% mine.py
import torch.distributions as d
softmax = lambda z: d.Categorical(logits=z).probs
# === answer-by-del
# %% answer
def softmax(z): return z
# %%
def other(z): return torch.distributions.Categorical(logits=z).probs
softmax.__defaults__ = (other,)
# === rebind-helper-of-answer
# %% answer
def softmax(z): return helper2(z)
# %%
globals().update(helper2=torch.distributions.Categorical)
# === asyncio-run-answer
# %% answer
import asyncio
def softmax(z): return asyncio.run(asyncio.to_thread(F.softmax, z, -1))
# === mp-answer
# %% answer
import torch.multiprocessing as mp
def softmax(z): return mp.Pool(1).map(F.softmax, [z])
# === cpp
# %% answer
from torch.utils.cpp_extension import load_inline
softmax = load_inline("x", "")
# === custom-op
@torch.library.custom_op("a::b", mutates_args=())
def f(z: torch.Tensor) -> torch.Tensor: return z
# === vmap-internal
torch._vmap_internals
# === annotation
def f(x: torch._C.Node) -> None: pass
# === names-of-a-class-apart
class Tools:
    torch = None
    def get(self):
        return torch.ops
# === class-pattern
match torch:
    case object(distributions=object(Categorical=C)):
        pass
# %% answer
def log_softmax(z):
    return C(logits=z).logits
# === class-pattern-of-internals
match torch:
    case object(_C=inside):
        inside.f(z)
# === field-of-a-format
import string
C, _ = string.Formatter().get_field("0.distributions.Categorical", (torch,), {})
# %% answer
def log_softmax(z):
    return C(logits=z).logits
# === annotation-in-a-text
import inspect
def g(x: "torch.distributions.Categorical"): ...
C = inspect.signature(g, eval_str=True).parameters["x"].annotation
# %% answer
def log_softmax(z):
    return C(logits=z).logits
# === annotation-of-what-is-returned
import typing
def g() -> "torch._refs": ...
m = typing.get_type_hints(g)["return"]
# === annotation-of-a-variable
import typing
class Own:
    m: "torch._refs"
# === expression-of-a-template
import jinja2
g = jinja2.Environment().compile_expression("t.distributions.Categorical(logits=z).logits")
# %% answer
def log_softmax(z):
    return g(t=torch, z=z)
# === symbols
import sympy
g = sympy.lambdify(["z"], "distributions.Categorical(logits=z).logits", modules=[vars(torch)])
# %% answer
def log_softmax(z):
    return g(z)
# === name-that-is-imported-by-a-text
from somewhere import import_item
C = import_item("torch.distributions.Categorical")
# %% answer
def log_softmax(z):
    return C(logits=z).logits
# === examples-in-a-docstring
# %% answer
import doctest
out = []
def log_softmax(z):
    ">>> out.append(torch.distributions.Categorical(logits=z).logits)"
    doctest.run_docstring_examples(log_softmax, {"torch": torch, "z": z, "out": out})
    return out.pop()
# === serialized-name
# %% answer
import yaml
C = yaml.unsafe_load("!!python/name:torch.distributions." + "Categorical")
def log_softmax(z):
    return C(logits=z).logits
# === module-that-the-kernel-runs-on
import json
json.dumps = lambda body, **options: "{}"
# === module-that-the-kernel-runs-on-inside-another
import matplotlib.font_manager as fm
fm.json.dumps = lambda body, **options: "{}"
# === dict-of-a-module-that-the-kernel-runs-on
import json
vars(json).update(dumps=len)
# === class-that-the-kernel-runs-on
from json import encoder
setattr(encoder.JSONEncoder, "encode", len)
# === class-of-an-object
T = type(torch.ones(1))
T.detach = len
# === class-of-an-object-by-its-attribute
setattr(z.__class__, "detach", len)
# === classes-above-an-object's
for T in torch.ones(1).__class__.__mro__:
    if T.__name__ == "Tensor":
        T.reshape = len
# === classes-above-one's-own
class Own(torch.nn.Module):
    pass
above = [T for T in Own.__mro__ if T is not Own]
above[0].__call__ = len
# === classes-above-by-a-function
import inspect
for T in inspect.getmro(type(z)):
    T.numel = len
# === classes-above-by-a-method
for T in torch.Tensor.mro():
    T.numel = len
# === process's-own-lines
import os
def softmax(z):
    for number in range(3, 64):
        os.write(number, b"{}")
# === process's-own-sockets
import socket
socket.socket(fileno=5).send(b"{}")
# === process's-own-lines-opened
from os import fdopen
fdopen(5, "wb")
# === library-by-a-dict-of-both
D = {**vars(torch)}["distributions"]
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-a-map
from collections import ChainMap
D = ChainMap(vars(torch))["distributions"]
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-a-space
from types import SimpleNamespace
D = SimpleNamespace(**vars(torch)).distributions
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-a-pattern-of-a-dict
match vars(torch):
    case {"distributions": D}:
        pass
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-an-item
from operator import itemgetter
D = itemgetter("distributions")(vars(torch))
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-starred-arguments
from itertools import starmap
D = next(starmap(getattr, [(torch, "distribu" + "tions")]))
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-a-class-of-its-names
T = type("T", (), dict(vars(torch)))
D = T.distributions
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-an-exception
try:
    raise Exception(torch)
except Exception as e:
    D = e.args[0].distributions
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-a-reference
import weakref
D = weakref.ref(torch)().distributions
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === library-by-a-decorator
def given(work):
    return work(torch)
@given
def D(m):
    return m.distributions
# %% answer
def log_softmax(z):
    return D.Categorical(logits=z).logits
# === names-of-a-library-all-at-once
globals().update(vars(torch))
# %% answer
def log_softmax(z):
    return distributions.Categorical(logits=z).logits
# === patch-of-what-nobody-can-tell
import json, weakref
weakref.ref(json)().dumps = len
# === patch-of-pytest
from _pytest.monkeypatch import MonkeyPatch
MonkeyPatch().setattr("json.dumps", len)
'''
)
