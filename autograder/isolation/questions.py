"""What an examiner asks a student's kernel: a dataclass a question.

A question's `do` says which it is, and its `id` comes back with the answer. Questions come from our
own side, and are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograder.isolation.messages import Body, Message, Tree


@dataclass(frozen=True, slots=True)
class Run(Message):
    """Runs a cell; the answer is `Shown`.

    Args:
        number: what stands in its brackets.
        source: its text.
        shown: whether anybody sees its outputs.
    """

    number: int
    source: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Get(Message):
    """Asks what is bound to a name; the answer is `Found` or `NotBound`."""

    name: str


@dataclass(frozen=True, slots=True)
class ListNames(Message):
    """Asks which names are bound; the answer is `BoundNames`."""


@dataclass(frozen=True, slots=True)
class Locate(Message):
    """Asks where what is bound to a name is defined; the answer is `Origin`."""

    name: str


@dataclass(frozen=True, slots=True)
class Bind(Message):
    """Binds a name to a value; the answer is `Done`."""

    name: str
    value: Tree


@dataclass(frozen=True, slots=True)
class Unbind(Message):
    """Takes a name away; the answer is `Done`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Message):
    """Calls a function; the answer is `Returned` or `Raised`.

    Args:
        function: its place among those that the kernel has told of.
        args: by position.
        kwargs: by name.
        grad: whether gradients are recorded meanwhile.
    """

    function: Any
    args: Tree
    kwargs: Tree
    grad: bool


@dataclass(frozen=True, slots=True)
class Backward(Message):
    """The backward pass of a call; the answer is `Returned`, with the gradients, or `Raised`.

    Args:
        call: the number of the call.
        grads: of each result that has a graph.
    """

    call: int
    grads: Tree


Question: TypeAlias = Run | Get | ListNames | Locate | Bind | Unbind | Call | Backward

KINDS: dict[str, type[Question]] = {
    "run": Run,
    "get": Get,
    "names": ListNames,
    "origin": Locate,
    "set": Bind,
    "delete": Unbind,
    "call": Call,
    "backward": Backward,
}
WORDS = {kind: word for word, kind in KINDS.items()}


@dataclass(slots=True)  # not frozen: one is made for each call, which would take thrice as long
class NumberedQuestion:
    """A question with its number, by which the answer is known.

    Args:
        number: no other question to this kernel has it.
        question: what is asked.
        block: its tensors.
    """

    number: int
    question: Question
    block: bytes = b""

    def to_json(self) -> Body:
        """The object of its message, which may be changed."""
        body = self.question.to_json()
        body.update(do=WORDS[type(self.question)], id=self.number)
        return body


def together(asked: Sequence[NumberedQuestion]) -> tuple[Body, bytes]:
    """One message of many questions: its object, and the tensors of all."""
    bodies = [{**each.to_json(), "bytes": len(each.block)} for each in asked]
    return {"do": "calls", "calls": bodies}, b"".join(each.block for each in asked)


def read_questions(body: Body, block: bytes) -> Iterator[NumberedQuestion]:
    """The questions of a message: one, or those that were sent together."""
    if body["do"] != "calls":
        yield _asked(body, block)
        return
    place = 0
    for each in body["calls"]:
        size = each.pop("bytes")
        yield _asked(each, block[place : place + size])
        place += size


def _asked(body: Body, block: bytes) -> NumberedQuestion:
    kind, number = KINDS[body.pop("do")], body.pop("id")
    return NumberedQuestion(number, kind(**body), block)
