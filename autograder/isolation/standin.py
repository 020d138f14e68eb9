"""What stands in the examiner for a function of a student's: calling it is a round trip.

Arguments cross as copies and come back as they are after the call. Where gradients are asked for,
a backward pass is a second trip; a result without a graph stays without one.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from autograder.isolation.client import Answer, StudentKernel
from autograder.isolation.values import CROSSES, Opaque, Packer, Unpacker, signature
from autograder.isolation.watch import is_operator
from autograder.isolation.wire import WireError

Pull = Callable[[Sequence[Tensor | None]], Sequence[Tensor | None]]


class OpaqueError(TypeError):
    """A function returned what does not cross; `kind` is its type, if that has a known name."""

    def __init__(self, name: str, kind: type | None) -> None:
        what = f"a {kind.__name__}" if kind else "an object"
        super().__init__(f"{name} returned {what}, which can't cross: {CROSSES}.")
        self.kind = kind


class Standin:
    """A function of the notebook's, to call.

    Args:
        kernel: where it is.
        name: what it is bound to there; a new kernel is asked for it again.
        tree: what the kernel says of it.

    `forbidden` gathers the operators that its calls should not have used.
    """

    def __init__(self, kernel: StudentKernel, name: str, tree: Mapping[str, Any]) -> None:
        self.kernel = kernel
        self.forbidden: set[str] = set()
        self.__name__ = self.__qualname__ = name
        self.__doc__ = str(tree.get("doc", ""))
        self._place(tree)
        if found := signature(tree.get("signature")):
            self.__signature__ = found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the student's function returns for copies of the arguments.

        Raises:
            Stopped: it did not return.
            OpaqueError: it returned what does not cross.
            CannotCrossError: an argument does not cross.
            Exception: what it raised; `cell_line` is the number of a cell and the line.
        """
        packer = Packer(self.place_in(self.kernel))
        body = {
            "do": "call",
            "args": packer.tree(list(args)),
            "kwargs": packer.tree(kwargs),
            "grad": torch.is_grad_enabled(),
        }
        self.kernel.ready()
        if self.generation != self.kernel.generation:
            self._place(self.kernel.get(self.__name__, _as_it_is))
        answer = self.kernel.call(self.__name__, {**body, "function": self.place}, packer.block())
        result = self.kernel.believed(lambda: _Result.read(answer))
        self.forbidden.update(result.forbidden)
        if result.after is not None:
            write_back([list(args), kwargs], result.after)
        if result.raised is not None:
            raise self._located(result.raised)
        if result.graph and torch.is_grad_enabled():
            self._connect(result, answer.number, [*args, *kwargs.values()])
        value = self.kernel.believed(lambda: result.unpacker.value(answer.body["value"]))
        if isinstance(value, Opaque):
            raise OpaqueError(self.__name__, value.kind)
        return value

    def __repr__(self) -> str:
        return f"<the student's function {self.__name__}>"

    @staticmethod
    def place_in(kernel: StudentKernel) -> Callable[[Any], Any]:
        """How a packer makes a tree of a stand-in: the kernel knows the function by its place."""

        def tree(function: Any) -> Any:
            if isinstance(function, Standin) and function.generation == kernel.generation:
                return {"function": function.place}
            return Packer().tree(function)  # refused, with what crosses

        return tree

    def _place(self, tree: Mapping[str, Any]) -> None:
        """Notes what the present kernel knows the function by."""
        self.place = tree.get("function") if isinstance(tree, Mapping) else None
        self.generation = self.kernel.generation

    def _located(self, error: RemoteError) -> Exception:
        """The exception, with the student's own line in words: " in line 3, `return 1 / 0`,"."""
        line = self.kernel.line(error.cell, error.line)
        quoted = f" `{line.strip()}`," if line else ""
        known = f" in line {error.line},{quoted}" if line is not None else ""
        error.exception.student_line = known  # type: ignore[attr-defined]
        return error.exception

    def _connect(self, result: _Result, number: int, arguments: Sequence[Any]) -> None:
        """Gives the results a graph: its backward pass is a trip to the kernel."""
        leaves = [a for a in arguments if type(a) is Tensor and a.requires_grad]
        tensors = result.unpacker.tensors

        def pull(grads: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
            packer = Packer()
            body = {"do": "backward", "call": number, "grads": packer.tree(list(grads))}
            answer = self.kernel.call(self.__name__, body, packer.block())
            back = self.kernel.believed(lambda: _Result.read(answer))
            if back.raised is not None:
                raise self._located(back.raised)
            return self.kernel.believed(lambda: _gradients(back, answer, leaves))

        outputs = [tensors[place] for place in result.graph]
        for place, output in zip(result.graph, _Trip.apply(pull, outputs, *leaves), strict=True):
            tensors[place] = output


@dataclass(frozen=True)
class _Result:
    """An answer to a call, read."""

    unpacker: Unpacker
    forbidden: list[str]
    graph: list[int]
    after: Any
    raised: RemoteError | None

    @classmethod
    def read(cls, answer: Answer) -> _Result:
        """The answer as it has to be.

        Raises:
            WireError: it is not.
        """
        body, unpacker = answer.body, Unpacker(answer.block)
        places = body.get("graph", [])
        forbidden = body.get("forbidden", [])
        if not isinstance(places, list) or not isinstance(forbidden, list):
            raise WireError("no answer to a call")
        if not all(type(p) is int and 0 <= p < len(unpacker.tensors) for p in places):
            raise WireError("no place of a tensor")
        if not all(unpacker.tensors[place].is_floating_point() for place in places):
            raise WireError("a gradient of what has none")
        if "value" not in body and "raised" not in body:
            raise WireError("neither a value nor an exception")
        return cls(
            unpacker,
            [name for name in map(str, forbidden[:20]) if is_operator(name)],
            places,
            unpacker.value(body["after"]) if "after" in body else None,
            RemoteError.read(body["raised"]) if "raised" in body else None,
        )


class _Trip(torch.autograd.Function):
    """Results of a call as functions of its arguments, for autograd."""

    @staticmethod
    def forward(ctx: Any, pull: Pull, outputs: list[Tensor], *leaves: Tensor) -> tuple[Tensor, ...]:
        ctx.pull = pull
        return tuple(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        return (None, None, *ctx.pull(grads))


def _gradients(back: _Result, answer: Answer, leaves: Sequence[Tensor]) -> list[Tensor | None]:
    """One gradient a leaf, of its shape and dtype, or None.

    Raises:
        WireError: they are others.
    """
    grads = back.unpacker.value(answer.body["value"])
    if not isinstance(grads, list) or len(grads) != len(leaves):
        raise WireError("not as many gradients as arguments")
    for grad, leaf in zip(grads, leaves, strict=True):
        if grad is not None and (
            type(grad) is not Tensor or grad.shape != leaf.shape or grad.dtype != leaf.dtype
        ):
            raise WireError("no gradient of an argument")
    return [None if grad is None else grad.detach() for grad in grads]


def write_back(before: Any, after: Any) -> None:
    """Changes values in place to what they became in the kernel: tensors, arrays, containers."""
    if type(before) is Tensor and type(after) is Tensor:
        with torch.no_grad():
            if before.shape == after.shape and before.dtype == after.dtype:
                before.copy_(after)
            else:
                before.data = after.detach()
    elif type(before) is np.ndarray and type(after) is np.ndarray and before.shape == after.shape:
        np.copyto(before, after, casting="unsafe")
    elif type(before) is list and type(after) is list:
        if len(before) == len(after):
            for old, new in zip(before, after, strict=True):
                write_back(old, new)
            after = [old if _mutable(old) else new for old, new in zip(before, after, strict=True)]
        before[:] = after
    elif type(before) is dict and type(after) is dict:
        for key in before.keys() & after.keys():
            write_back(before[key], after[key])
        kept = {key: before[key] for key in before if _mutable(before[key])}
        changed = {key: kept.get(key, value) for key, value in after.items()}
        before.clear()
        before.update(changed)
    elif type(before) is set and type(after) is set:
        before.clear()
        before.update(after)


def _mutable(value: Any) -> bool:
    return type(value) in (Tensor, np.ndarray, list, dict, set)


@dataclass(frozen=True)
class RemoteError:
    """What a student's code raised: an exception made again, and the cell and line it came from.

    A builtin type is kept, with its text; any other becomes RuntimeError.
    """

    exception: Exception
    cell: int = 0
    line: int = 0

    @classmethod
    def read(cls, raised: Any) -> RemoteError:
        """The exception as it has to be.

        Raises:
            WireError: it is not.
        """
        if not isinstance(raised, dict):
            raise WireError("no exception")
        text, place = str(raised.get("text", "")), raised.get("line") or [0, 0]
        if not isinstance(place, list) or len(place) != 2 or any(type(n) is not int for n in place):
            raise WireError("no place of an exception")
        return cls(_made_again(vars(builtins).get(str(raised.get("type"))), text), *place)


def _made_again(kind: Any, text: str) -> Exception:
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(text) if text else kind()
        except TypeError:  # some want more than a text
            return RuntimeError(text)
    return RuntimeError(text)


def _as_it_is(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    return tree
