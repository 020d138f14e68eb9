"""What a coordinator tells an examiner's process, and what that answers: a dataclass a message.

Both ends are our own: what one sends is taken as it is by the other. What an examiner and a
student's kernel say to each other is in `isolation.questions` and `isolation.answers`. Nothing here
imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograder.examiner.jobs import Facts
from autograder.exercises.modules import Modules
from autograder.isolation.bundle import Bundle
from autograder.isolation.messages import WithLimits
from autograder.isolation.outputs import Output

Body: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Setting(WithLimits):
    """Where the processes of a notebook are.

    Args:
        limits: what kernels may use.
        folder: in which they make their own folders.
        readable: what kernels may read.
    """

    folder: str
    readable: Sequence[str]


@dataclass(frozen=True)
class Begin:
    """The first message to a process that is to fork examiners; the answer is `Begun`.

    The second is `FirstOutputs`: what the first cells have shown in kernels that have run them.

    Args:
        setting: where it is.
        beside: the folder of what lies beside the instructor's notebook.
        cells, changed, leaves, exercises: as `jobs.Source` has them.
    """

    setting: Setting
    beside: str
    cells: Sequence[Mapping[str, Any]]
    changed: Sequence[str]
    leaves: Sequence[Sequence[str] | None]
    exercises: Modules

    def to_json(self) -> Body:
        """As plain data."""
        own = {"setting": self.setting.to_json(), "exercises": self.exercises.to_json()}
        return {**vars(self), **own}

    @classmethod
    def read(cls, body: Body) -> Begin:
        """The message that was sent as this."""
        own = {
            "setting": Setting.read(body["setting"]),
            "exercises": Modules.from_json(body["exercises"]),
        }
        return cls(**{**body, **own})


@dataclass(frozen=True)
class Begun:
    """The answer to `Begin`.

    Args:
        broken: what is wrong with modules of exercises.
        forbidden: patterns of the operators that some exercise forbids.
    """

    broken: Sequence[str]
    forbidden: Sequence[str]


@dataclass(frozen=True)
class Findings:
    """What has come of a notebook, the last answer to `Examine`.

    Args:
        outputs: of cells, by their index, as far as they have not been told.
        patience: how long its kernels may still take, as `clock.Patience` has it.
        memory_bytes: the most that one of them has taken, as `memory.Memory` has it.
        known: what is known of it, as `Known.to_json` gives it; nothing before it is examined.
    """

    outputs: Sequence[tuple[int, list[Output]]]
    patience: tuple[float, int]
    memory_bytes: int | None
    known: Mapping[str, Any]


@dataclass(frozen=True)
class BeginsTest:
    """An examiner asks a test now; other answers follow."""

    test: str


@dataclass(frozen=True)
class AllShown(Findings):
    """What has come of a notebook when all is shown, and no hidden test is asked yet."""


@dataclass(frozen=True)
class Failed:
    """An examiner could not do its work.

    Args:
        kind: which part failed; `examiners.ERRORS` has them.
        text: what went wrong.
    """

    kind: str
    text: str


Answer: TypeAlias = BeginsTest | AllShown | Findings | Facts | Failed
ANSWERS = {kind.__name__: kind for kind in (BeginsTest, AllShown, Findings, Facts, Failed)}


@dataclass(frozen=True)
class Examine:
    """Examines a notebook; the answers are `BeginsTest` and `AllShown`, and at last `Findings`.

    Args:
        setting: where it is.
        cells: the submission's, as `jobs.Job` has them.
        files: those beside the student's notebook.
        modules: the student's own of them that an import finds, by their paths.
        key: the student's own, in hexadecimal digits.
        trusted: whether it is the instructor's own, and errors are told in full.
        explain: whether accounts of all checks are wanted.
        lost: tests that are not asked: they have ended this notebook's examiners.
        patience, memory_bytes, known: as `Findings` has them, of examiners before this one.
    """

    setting: Setting
    cells: Sequence[Mapping[str, Any]]
    files: Bundle
    modules: Sequence[str]
    key: str
    trusted: bool
    explain: bool
    lost: Sequence[str]
    patience: tuple[float, int]
    memory_bytes: int | None
    known: Mapping[str, Any]


@dataclass(frozen=True)
class Observe:
    """Runs the instructor's own solutions; the answer is `Facts`.

    Args:
        setting: where it is.
        files: those beside the notebook.
    """

    setting: Setting
    files: Bundle


Order: TypeAlias = Examine | Observe
ORDERS = {kind.__name__: kind for kind in (Examine, Observe)}


def order_json(order: Order) -> Body:
    """An order as plain data; the open files that hold its `files` are sent before it."""
    own = {"setting": order.setting.to_json(), "files": order.files.to_json()}
    return {"do": type(order).__name__, **vars(order), **own}


def read_order(body: Body, descriptors: Sequence[int]) -> Order:
    """The order that was sent as this, after these open files."""
    kind = ORDERS[body.pop("do")]
    files = Bundle.read(body["files"], descriptors)
    order: Order = kind(**{**body, "setting": Setting.read(body["setting"]), "files": files})
    return order


def answer_json(answer: Answer) -> Body:
    """An answer as plain data."""
    return {"is": type(answer).__name__, **vars(answer)}


def read_answer(body: Body) -> Answer:
    """The answer that was sent as this."""
    answer: Answer = ANSWERS[body.pop("is")](**body)
    return answer
