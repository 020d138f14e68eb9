"""One check being run on one function: calling it, and what the reference says.

A call never lets the student's code touch the case itself: it gets copies. A check may ask for
several calls before it looks at the first answer: where the function is in another process, they
are sent together.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType
from typing import Any

from torch import Tensor

from autograder.checks import public
from autograder.checks.advice import CALL, advice
from autograder.checks.attempts import Attempt, magnitude
from autograder.checks.comparison import Failure, Raised, a_kind, compare, shape
from autograder.checks.draws import Draw, Drawing, Seeds
from autograder.checks.public import Case, Copies, PublicArguments
from autograder.checks.questions import Arguments, Formula, Question, Several
from autograder.raised import students_doing
from autograder.words import line

MOST_MORE = 9  # calls of a check that has failed
MOST_QUOTED = 200  # letters of a student's line

Function = Callable[..., Any]  # a student's: what it gives is still to be seen

WRITE = "Write it, then run the visible checks below it from top to bottom."
TAKE = "Keep the first line as the task gives it: the names of the arguments belong to it."


@dataclass
class Called:
    """What a function was called with and what came back, for an account of it.

    Args:
        arguments: as they were before the call.
        options: by their names.
        index: of the draw.
        secret: whether the draw is.
        answer: what came back; of a backward pass the gradient.
        raised: what was raised instead, or was no answer; or "".
        weights: those of a backward pass's outputs; None of a call.
        after: the arguments after the call, where they are the function's to change.
        drawing: what of the draw is in the arguments.
        scale: by which the answer was compared, as of `compare`; None where it was not compared.
    """

    arguments: Arguments
    options: dict[str, Any]
    index: int
    secret: bool
    answer: Any = None
    raised: str = ""
    weights: Tensor | None = None
    after: Arguments = ()
    drawing: Drawing = field(default_factory=Drawing)
    scale: float | None = None


@dataclass
class Trial:
    """A function under one check.

    Args:
        check: the check's name, from which its draws come.
        function: what a student wrote.
        reference: the right function; its parameters name the arguments.
        seeds: where the draws come from.
        attempts: every call that returned, to look for a known mistake in.
        together: whether the first call is sent with the others. Where the function has failed
            before it is made alone: it may well be the last.
        secret: whether the draw in hand is the student's own: then no word that is said of the
            answer, a hint neither, may depend on more of it than what kind of thing is wrong.
        index: of the draw in hand.
        calls: takes what each call was, where an account is wanted.
    """

    check: str
    function: Function
    reference: Formula
    seeds: Seeds
    attempts: list[Attempt] = field(default_factory=list)
    together: bool = False
    secret: bool = False
    index: int = 0
    calls: list[Called] | None = None
    _waiting: list[Question] = field(default_factory=list)
    _draw: Draw | None = None  # in hand, for a case to draw from
    _drawing: Drawing = field(
        default_factory=Drawing
    )  # of the case in hand, where it is made already
    _ended: bool = False  # by a call that raised, or was stopped

    @property
    def names(self) -> list[str]:
        """The parameters' names."""
        return _parameters(self.reference)

    def draws(self, count: int) -> Iterator[Draw]:
        """The seeded draws of this check, to be judged one after the other.

        Those that are kept for later are secret, all of them, if one is.
        """
        several = False
        for draw in self.seeds.draws(self.check, count):
            self.secret, self.index, self._draw = draw.secret, draw.index, draw
            several |= draw.secret
            yield draw
        self.secret = several

    def cases(self, case: Case, count: int, times: int = 1) -> Iterator[Arguments]:
        """What a case makes of this check's draws, some times of each; of the public ones once.

        They are to be judged one after the other, as `draws` are, or asked for in questions.
        """
        secret = [self.seeds.is_secret(index) for index in range(count)]
        self._draw = None
        for index in range(count):
            made = self._made(case, index, times)
            for turn, (arguments, fixed) in enumerate(made, start=1):
                self.secret, self.index = secret[index], index
                self._drawing = Drawing(fixed, turn, times)
                yield arguments
        self.secret = any(secret)

    def _made(self, case: Case, index: int, times: int) -> Iterator[tuple[Arguments, bool]]:
        """What a case makes of a draw; and whether it drew nothing from it."""
        if self.seeds.is_secret(index):
            yield from public.of_draw(case, self.seeds.draw(self.check, index), times)
        else:
            for arguments in public.cases(case, self.seeds, self.check, index, times):
                yield arguments, arguments.fixed

    def _drawing_now(self) -> Drawing:
        """What of the draw in hand is in the arguments that are made of it now."""
        return Drawing(fixed=not self._draw.drawn) if self._draw else self._drawing

    def ask(self, arguments: Arguments, **options: Any) -> Question:
        """A call with copies of `arguments`, made when an answer is wanted."""
        if isinstance(arguments, PublicArguments):
            return self._ask(arguments, Copies(arguments), options)
        return self._ask(arguments, tuple(argument.clone() for argument in arguments), options)

    def ask_with(self, arguments: Arguments, **options: Any) -> Question:
        """A call with `arguments` themselves, which the function may change."""
        return self._ask(arguments, arguments, options)

    def _ask(self, arguments: Arguments, given: Arguments, options: dict[str, Any]) -> Question:
        drawing = self._drawing_now()
        question = Question(arguments, given, options, self.secret, self.index, drawing)
        self._waiting.append(question)
        return question

    def call(self, arguments: Arguments, **options: Any) -> Any:
        """What the function returns for copies of `arguments`.

        Raises:
            Failure: it raised; the text names the exception and the student's own line.
        """
        return self.answer(self.ask(arguments, **options))

    def call_with(self, arguments: Arguments, **options: Any) -> Any:
        """What the function returns for `arguments` themselves, which it may change.

        Raises:
            Failure: as in `call`.
        """
        return self.answer(self.ask_with(arguments, **options))

    def note(self, arguments: Arguments, answer: Tensor, weights: Tensor | None = None) -> None:
        """Keeps what came of a call, or of a backward pass with these weights."""
        self.attempts.append(Attempt(arguments, {}, answer, self.secret, weights))
        if self.calls is not None and weights is not None:
            called = Called(
                *(arguments, {}, self.index, self.secret, answer),
                weights=weights,
                drawing=self._drawing_now(),
            )
            self.calls.append(called)

    def get_more_answers(self) -> None:
        """Gets some of the answers that were asked for and not looked at: a cause needs them.

        Not after a call that raised, or was stopped.
        """
        for question in self._waiting[:MOST_MORE]:
            if self._ended:
                break
            with suppress(Failure):
                self.answer(question)

    def answer(self, question: Question) -> Any:
        """What the function returns; questions are answered in the order in which they were asked.

        Raises:
            Failure: as in `call`.
        """
        if self.calls is None:
            return self._judged(question)
        arguments = tuple(argument.detach().clone() for argument in question.arguments)
        call = Called(
            *(arguments, question.options, question.index, question.secret),
            drawing=question.drawing,
        )
        self.calls.append(call)
        try:
            call.answer = self._judged(question)
        except Failure as failure:
            call.raised = f"{failure}{_said(failure)}"
            raise
        if question.given is question.arguments:
            call.after = tuple(argument.detach().clone() for argument in question.arguments)
        return call.answer

    def _judged(self, question: Question) -> Any:
        """What the function returns, noted as evidence; raises as `answer` does."""
        self.secret, self.index = question.secret, question.index
        if not callable(self.function):
            raise Failure(f"is {a_kind(type(self.function))}, not a function.")
        arguments, options = question.arguments, question.options
        self._ended = True
        try:
            answer = self._answer(question)
        except (KeyboardInterrupt, Failure):  # being stopped; or a finding already
            raise
        except BaseException as error:  # whatever else a student's code may raise
            if type(error) is NotImplementedError and not str(error):  # torch's have a text
                text = "is not written yet: it raises NotImplementedError."
                raise Failure(text, WRITE) from None
            place = _line(error, self.function)
            if isinstance(error, TypeError) and not place:  # perhaps it was never reached
                self._require_fit(arguments, options)
            where = self.where(arguments, options)
            text = f"raises {a_kind(type(error))}{place} for {where}."
            raise Raised(text, CALL if question.secret else advice(error)) from None
        self._ended = False
        if question.given is not arguments:  # which are as they were
            self.attempts.append(Attempt(arguments, options, answer, question.secret))
        return answer

    def _answer(self, question: Question) -> Any:
        """What the function returns or raises; what else waits is sent with the question."""
        if question in self._waiting:
            rest = self._waiting[self._waiting.index(question) :]
            if self.together and len(rest) > 1 and isinstance(self.function, Several):
                replies = self.function.together([(each.given, each.options) for each in rest])
                for each, reply in zip(rest, replies, strict=False):
                    each.reply = reply
                rest = [question]
            self._waiting = rest[1:]
        self.together = True  # whoever asks for another answer was content with this one
        return (
            question.reply()
            if question.reply
            else self.function(*question.given, **question.options)
        )

    def _require_fit(self, arguments: Arguments, options: dict[str, Any]) -> None:
        """Nothing, where the function's signature takes what it is called with.

        Raises:
            Failure: it does not; the text shows the call, with the reference's names.
        """
        if what := misfit(self.function, arguments, options):
            named = [f"{name}={value!r}" for name, value in options.items()]
            asked = ", ".join(self.names[: len(arguments)] + named)
            text = f"{what}: it is called as {self.seeds.exercise}({asked})."
            raise Failure(text, TAKE) from None

    def expected(self, arguments: Arguments, **options: Any) -> Tensor:
        """The reference's value in float64, free of rounding that a float32 answer may have."""
        if isinstance(arguments, PublicArguments):
            return arguments.value(self.reference, options)
        return self.reference(*map(_double, arguments), **options)

    def compare(self, arguments: Arguments, **options: Any) -> None:
        """Nothing, where the function's value equals the reference's.

        Raises:
            Failure: it does not.
        """
        self.judge(self.ask(arguments, **options))

    def judge(self, question: Question) -> None:
        """Nothing, where the answer equals the reference's.

        Raises:
            Failure: it does not.
        """
        arguments, options = question.arguments, question.options
        self.require_equal(
            self.answer(question),
            self.expected(arguments, **options),
            scale=magnitude(arguments),
            where=lambda: self.where(arguments, options),
        )

    def require_equal(
        self,
        actual: Any,
        expected: Tensor,
        *,
        scale: float = 0.0,
        where: str | Callable[[], str] = "",
    ) -> None:
        """Nothing, where the answer of the last call, or gradient, is as expected.

        Arguments as of `compare`; an account of the call has the same tolerance.

        Raises:
            Failure: it is not.
        """
        if self.calls:
            self.calls[-1].scale = scale
        compare(actual, expected, scale=scale, where=where)

    def where(self, arguments: Arguments, options: dict[str, Any] | None = None) -> str:
        """What the function was called with, without a value: "z of shape (4, 3)"."""
        named = zip(self.names, arguments, strict=False)
        parts = [f"{name} of shape {shape(argument)}" for name, argument in named]
        parts += [f"{name}={value!r}" for name, value in (options or {}).items()]
        return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


def _said(failure: Failure) -> str:
    """What the student's own exception says, whose text no student is shown; "" for any other."""
    error = failure.__context__ if isinstance(failure, Raised) else None
    return f" It says: {line(str(error))}" if error and str(error) else ""


@cache
def _parameters(function: Function) -> list[str]:
    """The names of a function's parameters; kept, because to find them takes long."""
    return list(inspect.signature(function).parameters)


def misfit(function: Function, arguments: Sequence[Any], options: Mapping[str, Any]) -> str:
    """What of a call a function does not take: "takes no argument `reduction`"; or ""."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # not every builtin has one
        return ""
    parameters = signature.parameters.values()
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in options:
            if name not in named:
                return f"takes no argument `{name}`"
    try:
        signature.bind(*arguments, **options)
    except TypeError:
        return f"does not take {len(arguments) + len(options)} arguments"
    return ""


def _double(argument: Tensor) -> Tensor:
    return argument.double() if argument.is_floating_point() else argument


def _line(error: BaseException, function: Function) -> str:
    """The line of the student's own that raised the error: " in line 3, `return 1 / 0`,".

    The error's text is left out: a student's code can put the hidden arguments there. Of one from
    another process the frames here are ours, and its mark says what is known of the line.
    """
    if doing := students_doing(error):
        return doing.student_line
    code = getattr(function, "__code__", None) if isinstance(function, FunctionType) else None
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code and frame.filename == code.co_filename]
    if not own:
        return ""
    quoted = f" `{line(own[-1].line, MOST_QUOTED)}`," if own[-1].line else ""
    return f" in line {own[-1].lineno},{quoted}"
