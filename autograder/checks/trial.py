"""One check being run on one function: calling it, and what the reference says.

A call never lets the student's code touch the case itself: it gets copies.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from autograder.checks.comparison import Failure, compare, shape
from autograder.checks.draws import Draw, Seeds

Arguments = tuple[Tensor, ...]
Function = Callable[..., Any]

WRITE = "Write it, then run the visible checks below it from top to bottom."
CALL = "Call it in a cell of your own on small tensors of these shapes, and read the traceback."


@dataclass(frozen=True)
class Attempt:
    """A call that returned: what with, and what came back."""

    arguments: Arguments
    options: dict[str, Any]
    answer: Any


@dataclass
class Trial:
    """A function under one check.

    Args:
        check: the check's name, from which its draws come.
        function: what a student wrote.
        reference: the right function; its parameters name the arguments.
        seeds: where the draws come from.
        attempts: every call that returned, to look for a known mistake in.
    """

    check: str
    function: Function
    reference: Function
    seeds: Seeds
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The parameters' names."""
        return list(inspect.signature(self.reference).parameters)

    def draws(self, count: int) -> Iterator[Draw]:
        """The seeded draws of this check."""
        return self.seeds.draws(self.check, count)

    def call(self, arguments: Arguments, **options: Any) -> Any:
        """What the function returns for copies of `arguments`.

        Raises:
            Failure: it raised; the text names the exception and the student's own line.
        """
        answer = self.call_with(tuple(argument.clone() for argument in arguments), **options)
        self.attempts.append(Attempt(arguments, options, answer))
        return answer

    def call_with(self, arguments: Arguments, **options: Any) -> Any:
        """What the function returns for `arguments` themselves, which it may change.

        Raises:
            Failure: as in `call`.
        """
        if not callable(self.function):
            raise Failure(f"is a {type(self.function).__name__}, not a function.")
        try:
            return self.function(*arguments, **options)
        except NotImplementedError:
            raise Failure("is not written yet: it raises NotImplementedError.", WRITE) from None
        except (Exception, SystemExit) as error:  # whatever a student's code may raise
            text = _raised(error, self.function, self.where(arguments, options))
            raise Failure(text, CALL) from None

    def expected(self, arguments: Arguments, **options: Any) -> Tensor:
        """The reference's value in float64, free of rounding that a float32 answer may have."""
        return self.reference(*map(_double, arguments), **options)

    def compare(self, arguments: Arguments, **options: Any) -> None:
        """Nothing, where the function's value equals the reference's.

        Raises:
            Failure: it does not.
        """
        compare(
            self.call(arguments, **options),
            self.expected(arguments, **options),
            scale=magnitude(arguments),
            where=self.where(arguments, options),
        )

    def where(self, arguments: Arguments, options: dict[str, Any] | None = None) -> str:
        """What the function was called with, without a value: "z of shape (4, 3)"."""
        named = zip(self.names, arguments, strict=False)
        parts = [f"{name} of shape {shape(argument)}" for name, argument in named]
        parts += [f"{name}={value!r}" for name, value in (options or {}).items()]
        return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


def magnitude(arguments: Arguments) -> float:
    """The largest absolute value among the floating arguments."""
    floating = [a for a in arguments if a.is_floating_point() and a.numel()]
    return max((float(argument.abs().max()) for argument in floating), default=0.0)


def _double(argument: Tensor) -> Tensor:
    return argument.double() if argument.is_floating_point() else argument


def _raised(error: BaseException, function: Function, where: str) -> str:
    """The exception's type and the line of the student's own that raised it.

    Its text is left out: a student's code can put the hidden arguments there.
    """
    name, place = type(error).__name__, ""
    code = getattr(inspect.unwrap(function), "__code__", None)
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if code is not None and frame.filename == code.co_filename
    ]
    if own:
        place = f" in line {own[-1].lineno}" + (f", `{own[-1].line}`," if own[-1].line else "")
    return f"raises {name}{place} for {where}."
