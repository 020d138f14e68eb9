"""What computes as an operator does without running it, taken away where a rule forbids it.

torch has versions in Python of many of its operators, for tracing and compiling, and ways to an
operator's kernel, or to a compiler of its own, that no watch sees. Honest code needs none of them:
the operators themselves work as before, but where torch.func itself takes a forbidden one apart
in Python: in `vmap` of a loss, say.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from types import CodeType, FunctionType, ModuleType
from typing import Any

import torch

# Where the Python versions are. Some are imported by nobody until a notebook does.
HOMES = (
    "torch._refs.",
    "torch._decomp.",
    "torch._prims.",
    "torch._inductor.",
    "torch.nn.modules.linear_cross_entropy.",
    "torch.onnx.",
    "torch.testing._internal.",
)
# Ways in torch._C to a kernel past the dispatcher, and to compilers that make kernels of their own.
KERNELS = ("_dispatch_get_computed_kernel_for_dispatch_key", "_jit_to_static_module")
COMPILERS = (
    "_fuse_to_static_module",
    "_jit_override_can_fuse_on_cpu",
    "_jit_override_can_fuse_on_cpu_legacy",
    "_jit_pass_fuse",
    "_jit_pass_fuse_tensorexprs",
    "_jit_set_llga_enabled",
    "_jit_set_te_must_use_llvm_cpu",
    "_jit_set_texpr_fuser_enabled",
    "_jit_set_texpr_reductions_enabled",
)
# Libraries there of such compilers, and their classes that run what was made.
LIBRARIES = {
    "_te": ("CodeGen", "SimpleIREvaluator", "TensorExprKernel"),
    "_nativert": ("PyModelRunner",),
}
NEXT = "\n"
REFUSAL = """
def around({names}):
    def taken_away(*args, **kwargs):
        raise RuntimeError("the grader has taken this away: the by-hand rule forbids what it does")
        {names}
    return taken_away
"""


@dataclass(frozen=True)
class Table:
    """torch's Python versions of operators.

    Args:
        functions: them by each name that they are found by, as `_plain` writes it.
        names: these names, one a line, in which `fitting` searches.
    """

    functions: dict[str, set[FunctionType]]
    names: str


def take_away(patterns: Sequence[str]) -> None:
    """Makes what does the same as a forbidden operator refuse, now and in modules read later.

    Args:
        patterns: names with wildcards, as a watch has them: "aten.huber_loss*".
    """
    last = sorted({_plain(pattern.rpartition(".")[2]) for pattern in patterns})
    _refuse(replicas(), last)
    sys.meta_path.insert(0, _Later(last))
    if patterns:
        _close_ways()


@cache
def replicas() -> Table:
    """The Python versions that are in memory now; asked for first before a notebook runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's of torch's own
        # For derivatives in forward mode torch compiles some, which has to be done before they go.
        importlib.import_module("torch._decomp.decompositions_for_jvp")
    table = _table(module for name, module in list(sys.modules.items()) if _is_home(name))
    for functions in table.functions.values():
        for function in functions:
            _refusing(len(function.__code__.co_freevars))  # made once for all kernels
    return table


class _Later:
    """Finds modules that are imported after the rule is known, and takes their replicas away."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The module as it would be found, with a loader that takes away what it defines."""
        spec = PathFinder.find_spec(name, path, target) if _is_home(name) else None
        if spec and spec.loader:
            spec.loader.exec_module = self._executing(spec.loader.exec_module)  # type: ignore[assignment, method-assign]
        return spec

    def _executing(self, execute: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
        def run(module: ModuleType) -> None:
            execute(module)
            _refuse(_table([module]), self._patterns)

        return run


def _refuse(table: Table, patterns: Iterable[str]) -> None:
    """Swaps the code of functions in place: whoever holds one holds what refuses."""
    for pattern in patterns:
        for name in fitting(pattern, table.names):
            for function in table.functions[name]:
                function.__code__ = _refusing(len(function.__code__.co_freevars))


def fitting(pattern: str, names: str) -> list[str]:
    """The lines that fit a pattern.

    It is done at the start of every kernel, and compiling regular expressions takes longer than
    all the rest: most patterns need none.
    """
    part = pattern.strip("*")
    if not part or not part.isalnum():
        return [name for name in names.split() if fnmatchcase(name, pattern)]
    wanted = f"{'' if pattern[0] == '*' else NEXT}{part}{'' if pattern[-1] == '*' else NEXT}"
    found, place = [], names.find(wanted)
    while place >= 0:
        end = names.index(NEXT, place + 1)
        found.append(names[names.rindex(NEXT, 0, end) + 1 : end])
        place = names.find(wanted, end)
    return found


@cache
def _refusing(free: int) -> CodeType:
    """Code that refuses, for a function with so many variables of those around it.

    It has to name them: whoever asks a frame for its variables looks them up.
    """
    names = ", ".join(f"free{number}" for number in range(free))
    namespace: dict[str, Any] = {}
    exec(REFUSAL.format(names=names), namespace)
    function: FunctionType = namespace["around"](*range(free))
    return function.__code__


def _close_ways() -> None:
    """Takes away what runs a kernel without the dispatcher, where `operators` would not see it."""
    refusal = FunctionType(_refusing(0), {})
    for name in (*KERNELS, *COMPILERS):
        setattr(torch._C, name, refusal)
    for name, classes in LIBRARIES.items():
        library = sys.modules.pop(f"torch._C.{name}", None)
        for kind in classes:  # object.__subclasses__() leads to it
            if found := getattr(library, kind, None):
                found.__init__ = refusal
        setattr(torch._C, name, ModuleType(name))


def _table(modules: Iterable[ModuleType]) -> Table:
    functions: dict[str, set[FunctionType]] = {}
    for module in modules:
        for name, function in _functions(module):
            functions.setdefault(name, set()).add(function)
    return Table(functions, NEXT.join(["", *functions, ""]))


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """The functions of a module and of its tables, with those that they wrap, by plain names."""
    for name, value in list(vars(module).items()):
        yield from _named(name, value)
        if type(value) is dict:
            for key, entry in list(value.items()):
                yield from _entries(key, entry)


def _entries(key: Any, entry: Any) -> Iterator[tuple[str, FunctionType]]:
    """The functions in a table's entry; torch's table of all decompositions is one of tables."""
    if isinstance(entry, Mapping):
        for inner, value in list(entry.items()):
            yield from _entries(inner, value)
    elif isinstance(key, torch._ops.OpOverload):
        yield from _named(key._schema.name.partition("::")[2], entry)
    else:
        yield from _named(str(key), entry)


def _named(name: str, value: Any) -> Iterator[tuple[str, FunctionType]]:
    """A function by the name in its table and by its own, and each function that it wraps, too."""
    if not isinstance(value, FunctionType) or not _is_home(value.__module__ or ""):
        return
    for known_as in {_plain(name), _plain(value.__name__)} - {""}:
        yield known_as, value
    for cell in value.__closure__ or ():
        try:
            inside = cell.cell_contents
        except ValueError:  # it is not bound yet
            continue
        if isinstance(inside, FunctionType) and inside.__name__ == value.__name__:
            yield from _named(name, inside)


def _plain(name: str) -> str:
    """A name as others write it too: "nllloss" of nll_loss, _nll_loss and NLLLoss."""
    return name.replace("_", "").lower()


def _is_home(module: str) -> bool:
    return f"{module}.".startswith(HOMES)
