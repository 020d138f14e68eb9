"""What a student's kernel answers to `questions`: a dataclass an answer.

An answer comes from a student's process: `read` takes what is well formed of it, and raises
WireError for what is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from autograder.isolation.errors import WireError
from autograder.isolation.messages import Body, Message, Tree
from autograder.isolation.outputs import Output, is_out_of_memory
from autograder.isolation.refusals import Note, Notes
from autograder.isolation.refusals import read as read_notes

MOST_OPERATORS = 20  # that an answer may name
MOST_FAULT = 200  # letters of a fault
MOST_PRINTED = 2_000  # of what one call prints, and all the calls of a cell
MOST_NAMES = 10_000  # of what a notebook has bound
NO_NOTES = Notes()


@dataclass(frozen=True, slots=True)
class Shown(Message):
    """What came of a cell.

    Args:
        outputs: what it showed, as nbformat has it.
        full: whether more was dropped.
        interrupted: whether it was asked to end, whatever it made of that.
        displays: the places of outputs that later cells may change, by their ids.
        updates: new data for outputs of earlier cells, by their ids.
    """

    outputs: list[Output]
    full: bool
    interrupted: bool
    displays: Mapping[str, list[int]]
    updates: Mapping[str, Output]

    @classmethod
    def read(cls, body: Body) -> Shown:
        """The answer; outputs, displays and updates are as they came, for `outputs` to check."""
        outputs, displays = body.get("outputs", []), body.get("displays", {})
        full, interrupted = bool(body.get("full")), bool(body.get("interrupted"))
        return cls(outputs, full, interrupted, displays, body.get("updates", {}))


@dataclass(frozen=True, slots=True)
class Found(Message):
    """The value of a name."""

    value: Tree

    @classmethod
    def read(cls, body: Body) -> Found | NotBound:
        """The answer to `Get`."""
        return NotBound() if body.get("missing") else cls(body.get("value"))


@dataclass(frozen=True, slots=True)
class NotBound(Message):
    """There is no such name."""

    missing: bool = True


@dataclass(frozen=True, slots=True)
class BoundNames(Message):
    """The names that are bound."""

    names: list[str]

    @classmethod
    def read(cls, body: Body, most: int) -> BoundNames:
        """The answer: at most so many, and those alone that Python could have.

        Raises:
            WireError: it lists none.
        """
        names = body.get("names")
        if not isinstance(names, list):
            raise WireError("no list of names")
        bound = [name for name in names[:most] if isinstance(name, str)]
        return cls([name for name in bound if name.isidentifier()])


@dataclass(frozen=True, slots=True)
class Origin(Message):
    """Where what is bound to a name is defined; "" where nothing is."""

    origin: str

    @classmethod
    def read(cls, body: Body) -> Origin:
        """The answer: the notebook's own word."""
        return cls(str(body.get("origin", "")))


@dataclass(frozen=True, slots=True)
class Done(Message):
    """It was done, and there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class StudentError:
    """What a student's code raised, as data.

    Args:
        kind: its type's name, if that is one of Python's own, or "".
        text: its text, which may be of any length.
        cell: the number of the cell that it came from, or 0.
        line: the line there, or 0.
    """

    kind: str
    text: str
    cell: int = 0
    line: int = 0

    @property
    def is_out_of_memory(self) -> bool:
        """Whether it says that memory ran out."""
        return is_out_of_memory(self.kind, self.text)

    def to_json(self) -> Body:
        """As `read` takes it."""
        return {"type": self.kind, "text": self.text, "line": [self.cell, self.line]}

    @classmethod
    def read(cls, body: Any) -> StudentError:
        """The error as it has to be.

        Raises:
            WireError: it is none.
        """
        if not isinstance(body, dict):
            raise WireError("no exception")
        place = body.get("line") or [0, 0]
        if not isinstance(place, list) or len(place) != 2 or any(type(n) is not int for n in place):
            raise WireError("no place of an exception")
        return cls(str(body.get("type")), str(body.get("text", "")), *place)


@dataclass(frozen=True, slots=True)
class Returned(Message):
    """A call, or a backward pass, has come to its end.

    Args:
        value: what it returned; of a backward pass the gradients, one or none a leaf.
        graph: the places of the tensors that a backward pass can be asked for.
        forbidden: operators that ran and should not have.
        after: the arguments as they are now; None where they are as they were.
    """

    value: Tree
    graph: list[int] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    after: Tree = None

    @classmethod
    def read(cls, body: Body) -> Returned | Raised:
        """The answer to `Call` or `Backward`.

        Raises:
            WireError: it is neither, or holds what is of another kind.
        """
        forbidden, graph = body.get("forbidden", []), body.get("graph", [])
        if not isinstance(forbidden, list):
            raise WireError("no list of operators")
        if not isinstance(graph, list):
            raise WireError("no answer to a call")
        forbidden = list(map(str, forbidden[:MOST_OPERATORS]))
        if "raised" in body:
            return Raised(StudentError.read(body["raised"]), forbidden, body.get("after"))
        if "value" not in body:
            raise WireError("neither a value nor an exception")
        return cls(body["value"], graph, forbidden, body.get("after"))


@dataclass(frozen=True, slots=True)
class Raised(Message):
    """A call, or a backward pass, has ended in an exception; `Returned` says what the rest is."""

    raised: StudentError
    forbidden: list[str] = field(default_factory=list)
    after: Tree = None

    def to_json(self) -> Body:
        """As `Returned.read` takes it."""
        raised = self.raised.to_json()
        return {"raised": raised, "forbidden": self.forbidden, "after": self.after}


@dataclass(frozen=True, slots=True)
class Interrupted(Message):
    """The work was interrupted before it had come to anything."""

    interrupted: bool = True


@dataclass(frozen=True, slots=True)
class Skipped(Message):
    """The call was not made: one that was sent with it was interrupted."""

    skipped: bool = True


@dataclass(frozen=True, slots=True)
class Fault(Message):
    """The kernel's own code failed: a student's has taken it, or torch, apart."""

    fault: str


@dataclass(frozen=True, slots=True)
class TooLarge(Message):
    """The answer is larger than a message may be: to whatever was asked, a value of no kind."""

    value: Tree = field(default_factory=lambda: {"opaque": None})


OrdinaryAnswer: TypeAlias = (
    Shown | Found | NotBound | BoundNames | Origin | Done | Returned | Raised
)
Answer: TypeAlias = OrdinaryAnswer | Interrupted | Skipped | Fault | TooLarge


def answered(number: int, answer: Answer, notes: Sequence[Note], printed: str = "") -> Body:
    """The object of an answer's message.

    Args:
        number: of the question.
        answer: to it.
        notes: what was refused since the last answer.
        printed: what a call printed, which no cell shows.
    """
    body = answer.to_json()
    body.update(id=number, tried=notes)
    if printed:
        body["printed"] = printed
    return body


@dataclass(slots=True)  # not frozen, as `NumberedQuestion`
class Reply:
    """An answer as it came, with what any may say; whoever has asked reads the rest of it.

    Args:
        number: of the question.
        notes: what was refused.
        body: the object that was sent.
        block: its tensors.
    """

    number: int
    notes: Notes
    body: Body
    block: bytes

    @property
    def interrupted(self) -> bool:
        """Whether the work was interrupted."""
        return bool(self.body.get("interrupted"))

    @property
    def skipped(self) -> bool:
        """Whether the work was never begun."""
        return bool(self.body.get("skipped"))

    @property
    def printed(self) -> str:
        """What a call printed, as it came: nothing may show it yet."""
        found = self.body.get("printed")
        return found[: MOST_PRINTED + 1] if isinstance(found, str) else ""

    @property
    def fault(self) -> str | None:
        """How the kernel's own code has failed; None where it has not."""
        return str(self.body["fault"])[:MOST_FAULT] if "fault" in self.body else None

    @classmethod
    def read(cls, number: int, body: Body, block: bytes) -> Reply:
        """The answer to the question of a number.

        Raises:
            WireError: it is that to another, or tells of no notes.
        """
        if body.get("id") != number:
            raise WireError("an answer to nothing that was asked")
        tried = body.get("tried", [])
        notes = read_notes(tried) if tried != [] else NO_NOTES
        return cls(number, notes, body, block)
