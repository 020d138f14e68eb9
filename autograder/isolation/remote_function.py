"""What stands in the examiner for a function of a student's: calling it is a round trip.

Arguments cross as copies and come back as they are after the call. Where gradients are asked for,
a backward pass is a second trip; a result without a graph stays without one.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from autograder.isolation.answers import Raised, Reply, Returned, StudentError
from autograder.isolation.arguments import Packed, brought, in_order, lost, pack
from autograder.isolation.errors import (
    CannotCrossError,
    ChangedError,
    NotMade,
    OpaqueError,
    Stopped,
    WireError,
)
from autograder.isolation.operators import is_operator
from autograder.isolation.questions import Backward, Call
from autograder.isolation.signatures import signature
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.values import CROSSES, Opaque, Packer, Unpacker
from autograder.raised import StudentsDoing, marked
from autograder.results import FlagKind
from autograder.words import line, lines

MOST_QUOTED = 200  # letters of a student's line
UNFIT = (
    "{} does not take the arguments that a test calls it with: keep its first line as the task "
    "gives it"
)
CHANGED = "{} changes an argument in place, and what it becomes can't cross: {}."

Pull = Callable[[Sequence[Tensor | None]], Sequence[Tensor | None]]


class RemoteFunction:
    """A function of the notebook's, to call.

    Args:
        kernel: where it is.
        name: what it is bound to there; a new kernel is asked for it again.
        tree: what the kernel says of it.

    `forbidden` gathers the operators that its calls should not have used; `raised` is whether one
    of them ended in an exception.
    """

    def __init__(self, kernel: StudentKernel, name: str, tree: Mapping[str, Any]) -> None:
        self.kernel = kernel
        self.forbidden: set[str] = set()
        self.raised = False
        self.__name__ = self.__qualname__ = name
        self.__doc__ = lines(str(tree.get("doc", "")))
        self._place(tree)
        if found := signature(tree.get("signature")):
            self.__signature__ = found

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """What the student's function returns for copies of the arguments.

        Raises:
            Stopped: it did not return.
            OpaqueError: it returned what does not cross.
            ChangedError: it changed an argument into what does not cross.
            CannotCrossError: an argument does not cross.
            Exception: what it raised, marked as the student's doing.
        """
        with self.kernel.incidents.keeping_fault():
            return self._called(args, kwargs)

    def together(
        self, calls: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]
    ) -> list[Callable[[], Any]]:
        """What gives the value of each call, as calling it does: the questions are sent together.

        Nothing, where they are better asked one by one.

        Args:
            calls: the arguments by position and by name.
        """
        if not self._known_to(self.kernel):
            return []
        asked = []
        with suppress(CannotCrossError):  # told where it is asked alone
            asked = [self._pack(args, kwargs) for args, kwargs in calls]
        if not asked:
            return []
        questions = [(self._question(packed), packed.block) for packed in asked]
        numbers = self.kernel.send_together(questions)
        return [
            partial(self._answered, number, packed, tuple(args), dict(kwargs))
            for number, packed, (args, kwargs) in zip(numbers, asked, calls, strict=False)
        ]

    def refresh(self) -> None:
        """Asks the present kernel where the function is, if it has not told yet."""
        if not self._known_to(self.kernel):
            try:
                self._place(self.kernel.get(self.__name__, _as_it_is))
            except KeyError:  # the cell that bound it ended a kernel, and is not run again
                stop = Stopped(FlagKind.KERNEL_DIED, "ended the kernel").of(self.__name__)
                self.kernel.incidents.keep_stop(stop)
                raise stop from None

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The round trip of a call."""
        self._have_kernel_ready()
        self.refresh()
        return self._given(args, kwargs, self._asked(self._pack(args, kwargs)))

    def _have_kernel_ready(self) -> None:
        with self.kernel.incidents.keeping_stops_of(self.__name__):
            self.kernel.ready()

    def _answered(
        self, number: int, packed: Packed, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What a call gives that was sent with others; where it was not made, it is asked again."""
        with self.kernel.incidents.keeping_fault():
            if self.kernel.awaits(number):
                with suppress(NotMade):
                    return self._given(args, kwargs, self._asked(packed, number))
            return self._called(args, kwargs)

    def _pack(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Packed:
        """The arguments of a call."""
        return pack(args, kwargs, self.place_in(self.kernel))

    def _question(self, packed: Packed) -> Call:
        """The question that asks for a call."""
        return Call(self.place, packed.args, packed.kwargs, torch.is_grad_enabled())

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: _Result) -> Any:
        """What a call gives: the arguments are brought to what they have become."""
        self.forbidden.update(result.forbidden)
        if result.after is not None:
            if lost([*args, *kwargs.values()], in_order(result.after, kwargs)):
                raise ChangedError(CHANGED.format(self.__name__, CROSSES))
            try:
                with self.kernel.patience.counted():
                    brought([list(args), kwargs], result.after)
            except (RuntimeError, ValueError) as error:  # the change itself would be refused too
                marked(error, StudentsDoing())
                raise
        if result.raised is not None:
            raised = _made_again(result.raised)
            misfit = isinstance(raised, TypeError) and not self._takes(args, kwargs)
            unfit = UNFIT.format(self.__name__) if misfit else ""
            raise marked(raised, self._doing(result.raised, unfit))
        if isinstance(result.value, Opaque):
            text = f"{self.__name__} returned {result.value}, which can't cross: {CROSSES}."
            raise OpaqueError(text, result.value.kind)
        return result.value

    def _asked(self, packed: Packed, number: int | None = None) -> _Result:
        """What the kernel answers; what it returns is a function of what was packed."""
        question = self._question(packed)
        with self.kernel.answering(self.__name__, question, packed.block, number) as reply:
            result = self._read(reply, packed.leaves)
        if result.raised and result.raised.is_out_of_memory:
            self.kernel.incidents.tell_of_memory(self.__name__)
        return result

    def _read(self, reply: Reply, leaves: Sequence[Tensor]) -> _Result:
        """The answer to a call as it has to be; a backward pass of its results is a second trip.

        Raises:
            WireError: it is not.
        """
        answer, unpacker = Returned.read(reply.body), Unpacker(reply.block)
        forbidden, after = operators(answer.forbidden), unpacker.value(answer.after)
        if isinstance(answer, Raised):
            return _Result(forbidden, after, answer.raised, None)
        if answer.graph and torch.is_grad_enabled():
            pull = partial(self._pull, reply.number, leaves)
            unpacker.replace(
                answer.graph,
                lambda outputs: _Trip.apply(pull, outputs, *leaves),  # type: ignore[no-untyped-call]
            )
        return _Result(forbidden, after, None, unpacker.value(answer.value))

    def _pull(
        self, call: int, leaves: Sequence[Tensor], grads: Sequence[Tensor | None]
    ) -> Sequence[Tensor | None]:
        """The gradients of a call's arguments: the second trip."""
        with self.kernel.incidents.keeping_fault():
            packer = Packer()
            question = Backward(call, packer.tree(list(grads)))
            self._have_kernel_ready()
            with self.kernel.answering(self.__name__, question, packer.block()) as reply:
                back = _Gradients.read(reply, leaves)
            self.forbidden.update(back.forbidden)
            if back.raised is not None:
                if back.raised.is_out_of_memory:
                    self.kernel.incidents.tell_of_memory(self.__name__)
                raise marked(_made_again(back.raised), self._doing(back.raised))
            return back.grads

    def __repr__(self) -> str:
        return f"<the student's function {self.__name__}>"

    @staticmethod
    def place_in(kernel: StudentKernel) -> Callable[[Any], Any]:
        """How a packer makes a tree of a remote function: the kernel knows it by its place."""

        def tree(function: Any) -> Any:
            if isinstance(function, RemoteFunction) and function.kernel is kernel:
                function.refresh()
                return {"function": function.place}
            return Packer().tree(function)  # refused, with what crosses

        return tree

    def _place(self, tree: Mapping[str, Any]) -> None:
        """Notes what the present kernel knows the function by."""
        self.place = tree.get("function") if isinstance(tree, Mapping) else None
        self._known = (self.kernel, self.kernel.generation)

    def _takes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether its signature, as far as it is known, takes such a call."""
        try:
            inspect.signature(self).bind(*args, **kwargs)
        except TypeError:
            return False
        return True

    def _known_to(self, kernel: StudentKernel) -> bool:
        """Whether this kernel, as it is now, has told where the function is."""
        known, generation = self._known
        return known is kernel and generation == kernel.generation

    def _doing(self, error: StudentError, unfit: str = "") -> StudentsDoing:
        """What is known of an exception that a call ended in; that one did is noted."""
        self.raised = True
        text = self.kernel.line(error.cell, error.line)
        quoted = f" `{line(text.strip(), MOST_QUOTED)}`," if text else ""
        known = f" in line {error.line},{quoted}" if text is not None else ""
        return StudentsDoing(student_line=known, unfit=unfit)


@dataclass(frozen=True)
class _Result:
    """An answer to a call, read."""

    forbidden: list[str]
    after: Any
    raised: StudentError | None
    value: Any


@dataclass(frozen=True)
class _Gradients:
    """An answer to a backward pass, read."""

    grads: list[Tensor | None]
    raised: StudentError | None
    forbidden: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, reply: Reply, leaves: Sequence[Tensor]) -> _Gradients:
        """One gradient a leaf, of its shape and dtype, or None.

        Raises:
            WireError: they are others.
        """
        answer = Returned.read(reply.body)
        if isinstance(answer, Raised):
            return cls([], answer.raised, operators(answer.forbidden))
        grads = Unpacker(reply.block).value(answer.value)
        if not isinstance(grads, list) or len(grads) != len(leaves):
            raise WireError("not as many gradients as arguments")
        for grad, leaf in zip(grads, leaves, strict=True):
            if grad is not None and (
                type(grad) is not Tensor or grad.shape != leaf.shape or grad.dtype != leaf.dtype
            ):
                raise WireError("no gradient of an argument")
        found = [None if grad is None else grad.detach() for grad in grads]
        return cls(found, None, operators(answer.forbidden))


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


def operators(names: Sequence[str]) -> list[str]:
    """Those of the names that are an operator's: a student's process could say anything."""
    return [name for name in names if is_operator(name)]


def _made_again(error: StudentError) -> Exception:
    """The exception: a builtin type is kept, any other becomes RuntimeError.

    Its text is kept as far as it may be shown.
    """
    kind, text = vars(builtins).get(error.kind), lines(error.text)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(text) if text else kind()
        except TypeError:  # some want more than a text
            return RuntimeError(text)
    return RuntimeError(text)


def _as_it_is(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    return tree
