"""Calls of a notebook's functions, in the kernel that has told of them.

A call is watched for forbidden operators from its first line to the bytes of what it returns.
"""

from __future__ import annotations

import builtins
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

import torch
from torch import Tensor

from autograder.isolation.answers import MOST_PRINTED, Raised, Returned, StudentError
from autograder.isolation.operators import Watch
from autograder.isolation.questions import Backward, Call
from autograder.isolation.refusals import Refusals
from autograder.isolation.shell import Shell
from autograder.isolation.signatures import signature_tree
from autograder.isolation.values import Packer, Unpacker

GRAPHS = 1000  # calls whose graph is kept for a backward pass


@dataclass
class _Graph:
    """What a backward pass needs of a call."""

    inputs: list[Tensor]
    outputs: list[Tensor]


@dataclass(slots=True)
class Work:
    """A question in hand: its number, what reads its values, and what packs the answer's.

    `printed` is what the student's code has printed meanwhile.
    """

    number: int
    unpacker: Unpacker
    packer: Packer
    printed: str = ""


@dataclass
class Calls:
    """The calls of one kernel.

    Args:
        watch: what watches for the forbidden operators.
        refusals: notes what a call was refused.

    `functions` are those that were told of, each known by its place; `graphs` are of the calls that
    a backward pass may be asked for, by their numbers.
    """

    watch: Watch
    refusals: Refusals
    functions: list[Callable[..., Any]] = field(default_factory=list)
    graphs: OrderedDict[int, _Graph] = field(default_factory=OrderedDict)

    def call(self, asked: Call, work: Work) -> Returned | Raised:
        """Calls a function; arguments that it has changed are in the answer."""
        function, unpacker = self.functions[asked.function], work.unpacker
        unpacker.differentiates = True
        arguments, options = unpacker.value(asked.args), unpacker.value(asked.kwargs)
        before = _packed([arguments, options])

        def call() -> Returned | Raised:
            """Makes the call; what it returns is gone with this, as far as it does not cross."""
            try:
                with torch.set_grad_enabled(asked.grad):
                    result = function(*arguments, **options)
                tree = work.packer.tree(result)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # whatever a student's code may raise
                self.refusals.note(error)
                return Raised(self._error(error, function), forbidden)
            return Returned(tree, self._keep_graph(work), forbidden)

        with self._watched(work) as forbidden:
            answer = call()
            if _packed([arguments, options]) != before:
                answer = replace(answer, after=work.packer.tree([arguments, options]))
        return answer

    def backward(self, asked: Backward, work: Work) -> Returned | Raised:
        """Takes the gradients of a call's arguments, by the graph that was kept of it."""
        graph = self.graphs.get(asked.call)
        if graph is None:
            text = f"only the graphs of the last {GRAPHS} calls are kept"
            return Raised(StudentError("RuntimeError", text))
        given = zip(graph.outputs, work.unpacker.value(asked.grads), strict=True)
        wanted = [(output, grad) for output, grad in given if grad is not None]
        with self._watched(work) as forbidden:
            try:
                grads = torch.autograd.grad(
                    [output for output, _ in wanted],
                    graph.inputs,
                    [grad for _, grad in wanted],
                    retain_graph=True,
                    allow_unused=True,
                )
                return Returned(work.packer.tree(list(grads)), forbidden=forbidden)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # backward may run a function of the student's own
                return Raised(self._error(error, None), forbidden)

    @contextmanager
    def _watched(self, work: Work) -> Iterator[list[str]]:
        """Watches work of the student's in the block; what ran that is forbidden is in the list.

        The bytes are taken before the watch ends: an object may change a tensor when it goes, or
        find an exception's words when it is asked for them.
        """
        forbidden: list[str] = []
        with Shell.instance().silent(MOST_PRINTED) as outputs, self.watch.calls() as found:
            try:
                yield forbidden
                work.packer.block()
            finally:
                work.printed = outputs.printed()
        forbidden += sorted(found.copy())  # a thread may still add to it

    def _keep_graph(self, work: Work) -> list[int]:
        """Keeps what a backward pass needs; the places of the results that have a gradient."""
        leaves, results = work.unpacker.leaves, work.packer.tensors
        places = [place for place, tensor in enumerate(results) if tensor.requires_grad]
        if not leaves or not places:
            return []
        self.graphs[work.number] = _Graph(leaves, [results[place] for place in places])
        if len(self.graphs) > GRAPHS:
            self.graphs.popitem(last=False)
        return places

    def tell_of(self, function: Callable[..., Any]) -> dict[str, Any]:
        """The tree of a function, by which it may be called from here on."""
        self.functions.append(function)
        return {
            "function": len(self.functions) - 1,
            "signature": signature_tree(function),
            "doc": str(getattr(function, "__doc__", None) or "")[:2000],
        }

    def known(self, tree: Any) -> Callable[..., Any]:
        """The function of a tree that `tell_of` has made."""
        function: Callable[..., Any] = self.functions[tree["function"]]
        return function

    def _error(self, error: BaseException, function: Any) -> StudentError:
        """The exception as data: a builtin type, its text, and the cell and line it came from."""
        kind = type(error)
        known = getattr(builtins, kind.__name__, None) is kind
        memory = "MemoryError" if issubclass(kind, MemoryError) else ""  # numpy has its own
        name, place = kind.__name__ if known else memory, self._place(error, function)
        return StudentError(name, error_text(error), *place)

    def _place(self, error: BaseException, function: Any) -> tuple[int, int]:
        """Cell and line of the last step in the cell that defines the function; (0, 0) of none."""
        if not isinstance(function, FunctionType):
            return 0, 0
        name = function.__code__.co_filename
        cell = Shell.instance().compile._filename_map.get(name)
        step, line = error.__traceback__, None
        while step is not None:
            if step.tb_frame.f_code.co_filename == name:
                line = step.tb_lineno
            step = step.tb_next
        return (0, 0) if cell is None or line is None else (cell, line)


def error_text(error: BaseException) -> str:
    """What an exception says, up to a length; "" where it can't be asked."""
    try:
        # A KeyError's text is the repr of its key, and is made from the key again.
        key = isinstance(error, KeyError) and len(error.args) == 1
        return str(error.args[0] if key else error)[:2000]
    except BaseException:  # a student's own __str__
        return ""


def _packed(values: Any) -> tuple[Any, bytes]:
    """The values as they are now, to be compared bit for bit."""
    packer = Packer(lambda function: id(function), lenient=True)
    return packer.tree(values), packer.block()
