"""Which operators run in a call: evidence for a rule on what may be used.

It is gathered where operators run, on the threads that a call starts as well, so the name under
which a function was found does not matter. It is evidence from an untrusted process: it can be
silenced there, and never counts in favour of anyone.
"""

from __future__ import annotations

import _thread
import inspect
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import translate
from functools import cache
from typing import Any

import torch
from torch._ops import OpOverload
from torch.library import fallthrough_kernel
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.isolation.refusals import NO_THREAD
from autograder.limits import MOST_THREADS

# What starts threads, in _thread and in threading; the joinable ones from Python 3.13 on.
STARTING = (
    *("start_new_thread", "start_new", "start_joinable_thread"),
    *("_start_new_thread", "_start_joinable_thread"),
)


class Watch:
    """The forbidden operators that have run so far in watched calls.

    Args:
        patterns: names with wildcards: "aten._softmax", "torch.nn.functional.kl_div".
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = patterns
        self.found: set[str] = set()
        self._forbidden = re.compile("|".join(map(translate, patterns)) or r"(?!)")
        self.matches = cache(self._matches)

    def _matches(self, name: str) -> bool:
        return bool(self._forbidden.match(name))

    @contextmanager
    def threads(self) -> Iterator[None]:
        """Watches all threads that are started inside the block, and refuses too many."""
        places = [(module, name) for module in (_thread, threading) for name in STARTING]
        before = [(*place, getattr(*place)) for place in places if hasattr(*place)]
        for module, name, start in before:
            setattr(module, name, self._starting(start))
        try:
            yield
        finally:
            for module, name, start in before:
                setattr(module, name, start)

    def _starting(self, start: Callable[..., Any]) -> Callable[..., Any]:
        """A `start_new_thread` whose threads are watched, and that refuses one too many."""

        def started(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if _thread._count() >= MOST_THREADS:
                raise RuntimeError(f"{NO_THREAD}: the grader lets a notebook have {MOST_THREADS}")
            return start(self._watched(function), *args, **kwargs)

        return started

    @contextmanager
    def kernels(self) -> Iterator[None]:
        """Watches what operators run that are made in Python inside the block, by torch.library.

        While an operator runs, no other is seen: of torch's own there need not be.
        """
        library: Any = torch._C._DispatchModule
        register = library.impl

        def impl(library: Any, name: str, key: str, kernel: Any, *options: Any) -> Any:
            own = kernel is not fallthrough_kernel  # which says that there is none
            return register(library, name, key, self._watched(kernel) if own else kernel, *options)

        library.impl = impl
        try:
            yield
        finally:
            library.impl = register

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that does the same, and is watched on whichever thread it runs."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            with _Functions(self), _Operators(self):
                return function(*args, **kwargs)

        return watched

    @contextmanager
    def calls(self) -> Iterator[set[str]]:
        """What is found while the block runs, in it and on other threads."""
        self.found = set()
        with _Functions(self), _Operators(self):
            yield self.found


def is_operator(name: str) -> bool:
    """Whether torch has an operator or function of this name, as a watch reports them.

    A name that a student's process made up could say anything.
    """
    if not re.fullmatch(r"(aten|quantized|torch|Tensor)(\.\w+)+", name, re.ASCII):
        return False
    first, *parts = name.split(".")
    if first in ("aten", "quantized"):  # torch.ops makes an operator when it is asked for
        return len(parts) == 1 and hasattr(getattr(torch.ops, first), parts[0])
    found: Any = {"torch": torch, "Tensor": torch.Tensor}[first]
    for part in parts:  # asking could import something
        found = inspect.getattr_static(found, part, None)
        if found is None:
            return False
    return True


class _Operators(TorchDispatchMode):
    """Sees every ATen operator, below autograd."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._watch = watch

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch's wrapper costs more than most operators; nothing compiles here

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.replace("::", ".")
        if self._watch.matches(name):
            self._watch.found.add(name)
        return func(*args, **(kwargs or {}))


class _Functions(TorchFunctionMode):
    """Sees torch's own functions: some run operators that have other names."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = _name(func)
        if self._watch.matches(name):
            self._watch.found.add(name)
        return func(*args, **(kwargs or {}))


@cache
def _name(function: Any) -> str:
    if isinstance(function, OpOverload):  # "aten.kl_div", not "aten.kl_div.default"
        return str(function._schema.name).replace("::", ".")
    own = str(getattr(function, "__name__", ""))
    try:
        return resolve_name(function) or own
    except Exception:  # some are no ordinary functions
        return own
