"""What an examiner asks a student's kernel, and what that answers: a dataclass a message.

A message is a JSON object and a block of tensors beside it: `wire` carries both. A question's `do`
says which it is, and its `id` comes back with the answer. Values in messages are trees, which
`values` makes and reads.

Questions come from our own side, and are taken as they are. An answer comes from a student's
process: `read` takes what is well formed of it, and raises WireError for what is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self, TypeAlias

from autograder.isolation.errors import WireError
from autograder.isolation.outputs import Output, is_out_of_memory
from autograder.isolation.refusals import Note, Notes
from autograder.isolation.refusals import read as read_notes
from autograder.limits import Limits

MOST_OPERATORS = 20  # that an answer may name
MOST_FAULT = 200  # letters of a fault
MOST_PRINTED = 2_000  # of what one call prints, and all the calls of a cell
MOST_NAMES = 10_000  # of what a notebook has bound
NO_NOTES = Notes()

Body: TypeAlias = dict[str, Any]
Tree: TypeAlias = Any


class _Message:
    """What can be sent: its fields are the object's keys."""

    __slots__: tuple[str, ...] = ()

    def to_json(self) -> Body:
        """The object, which may be changed."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True)
class WithLimits:
    """What our own processes tell one another of limits: what kernels may use."""

    limits: Limits

    def to_json(self) -> Body:
        """As plain data."""
        return asdict(self)

    @classmethod
    def read(cls, body: Body) -> Self:
        """The message that was sent as this."""
        return cls(**{**body, "limits": Limits(**body["limits"])})


# The start of a process: both ends are our own still -------------------------------------------


@dataclass(frozen=True)
class Start(WithLimits):
    """The first message to a kernel.

    Args:
        limits: what it may use.
        scratch: the folder in which it may write.
        readable: what it may read besides.
        forbidden: patterns of operators that are watched for in calls.
    """

    scratch: str
    readable: Sequence[str]
    forbidden: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ready(_Message):
    """The answer to `Start`: why this machine can't hold a kernel in, or "" where it does."""

    error: str = ""


@dataclass(frozen=True)
class FirstCells(WithLimits):
    """The first message to a process that is to fork kernels, which have run these cells.

    Args:
        limits: what kernels may use.
        folder: what lies beside the instructor's notebook.
        cells: their sources.
        expected: sources of cells that many a notebook has.
        forbidden: as in `Start`, of nearly every kernel.
    """

    folder: str
    cells: Sequence[str]
    expected: Sequence[str]
    forbidden: Sequence[str]


@dataclass(frozen=True, slots=True)
class FirstOutputs(_Message):
    """The answer to `FirstCells`: what each cell showed; nothing where kernels run them anew."""

    outputs: list[list[Output]]


# Questions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run(_Message):
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
class Get(_Message):
    """Asks what is bound to a name; the answer is `Found` or `NotBound`."""

    name: str


@dataclass(frozen=True, slots=True)
class ListNames(_Message):
    """Asks which names are bound; the answer is `BoundNames`."""


@dataclass(frozen=True, slots=True)
class Locate(_Message):
    """Asks where what is bound to a name is defined; the answer is `Origin`."""

    name: str


@dataclass(frozen=True, slots=True)
class Bind(_Message):
    """Binds a name to a value; the answer is `Done`."""

    name: str
    value: Tree


@dataclass(frozen=True, slots=True)
class Unbind(_Message):
    """Takes a name away; the answer is `Done`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(_Message):
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
class Backward(_Message):
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


# Answers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown(_Message):
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
class Found(_Message):
    """The value of a name."""

    value: Tree

    @classmethod
    def read(cls, body: Body) -> Found | NotBound:
        """The answer to `Get`."""
        return NotBound() if body.get("missing") else cls(body.get("value"))


@dataclass(frozen=True, slots=True)
class NotBound(_Message):
    """There is no such name."""

    missing: bool = True


@dataclass(frozen=True, slots=True)
class BoundNames(_Message):
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
class Origin(_Message):
    """Where what is bound to a name is defined; "" where nothing is."""

    origin: str

    @classmethod
    def read(cls, body: Body) -> Origin:
        """The answer: the notebook's own word."""
        return cls(str(body.get("origin", "")))


@dataclass(frozen=True, slots=True)
class Done(_Message):
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
class Returned(_Message):
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
class Raised(_Message):
    """A call, or a backward pass, has ended in an exception; `Returned` says what the rest is."""

    raised: StudentError
    forbidden: list[str] = field(default_factory=list)
    after: Tree = None

    def to_json(self) -> Body:
        """As `Returned.read` takes it."""
        raised = self.raised.to_json()
        return {"raised": raised, "forbidden": self.forbidden, "after": self.after}


@dataclass(frozen=True, slots=True)
class Interrupted(_Message):
    """The work was interrupted before it had come to anything."""

    interrupted: bool = True


@dataclass(frozen=True, slots=True)
class Skipped(_Message):
    """The call was not made: one that was sent with it was interrupted."""

    skipped: bool = True


@dataclass(frozen=True, slots=True)
class Fault(_Message):
    """The kernel's own code failed: a student's has taken it, or torch, apart."""

    fault: str


@dataclass(frozen=True, slots=True)
class TooLarge(_Message):
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
