"""What is the same for everyone: the arguments of public draws, made once.

Whoever forks examiners makes them before, and each examiner finds them there. Nothing here comes
from a student's key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from torch import Tensor

from autograder.checks.draws import Draw, Seeds

Case = Callable[[Draw], tuple[Tensor, ...]]
Options = tuple[tuple[str, Any], ...]


class PublicArguments(tuple[Tensor, ...]):
    """The arguments of a public draw, and what is made of them once: nobody changes them.

    Attributes:
        fixed: whether no number of the draw is in them.
        expected: the reference's values, by the reference and the options.
        packed: kept here by whoever sends the arguments to another process, by the options.
    """

    fixed: bool
    expected: dict[tuple[Hashable, Options], Tensor]
    packed: dict[Options, Any]

    def __new__(cls, arguments: Sequence[Tensor], *, fixed: bool = False) -> PublicArguments:
        """The arguments that a case drew.

        Raises:
            TypeError: they are no tuple of tensors.
        """
        if not isinstance(arguments, tuple):
            kind = type(arguments).__name__
            raise TypeError(f"its case gives a {kind}: it has to be a tuple of tensors")
        for place, argument in enumerate(arguments, start=1):
            if not isinstance(argument, Tensor):
                kind = type(argument).__name__
                raise TypeError(
                    f"argument {place} of its case is a {kind}: each has to be a tensor, a number "
                    "one of shape ()"
                )
        made = super().__new__(cls, arguments)
        made.expected, made.packed, made.fixed = {}, {}, fixed
        return made

    def value(self, reference: Callable[..., Tensor], options: Mapping[str, Any]) -> Tensor:
        """The reference's value in float64."""
        key = (reference, tuple(options.items()))
        try:
            kept = self.expected.get(key)
        except TypeError:  # an option that can be no key, such as a list
            return reference(*map(_own_double, self), **options)
        if kept is None:
            kept = self.expected[key] = reference(*map(_own_double, self), **options)
        return kept


class Copies(tuple[Tensor, ...]):
    """Copies of the arguments of a public draw: they may change. `packed` is as of these."""

    packed: dict[Options, Any]

    def __new__(cls, arguments: PublicArguments) -> Copies:
        made = super().__new__(cls, [argument.clone() for argument in arguments])
        made.packed = arguments.packed
        return made


def cases(case: Case, seeds: Seeds, check: str, index: int, times: int) -> list[PublicArguments]:
    """What a case makes of a public draw, again and again; kept where the case can be a key."""
    make = _cases if isinstance(case, Hashable) else _cases.__wrapped__
    return make(case, seeds.exercise, check, index, times)


@cache
def _cases(case: Case, exercise: str, check: str, index: int, times: int) -> list[PublicArguments]:
    draw = Seeds(exercise).draw(check, index)
    return [PublicArguments(made, fixed=fixed) for made, fixed in of_draw(case, draw, times)]


def of_draw(case: Case, draw: Draw, times: int) -> Iterator[tuple[tuple[Tensor, ...], bool]]:
    """What a case makes of a draw, some times; and whether it drew nothing from it."""
    for _ in range(times):
        yield case(draw), not draw.drawn


def _own_double(argument: Tensor) -> Tensor:
    """A copy, which a reference may change: float64, or whole numbers."""
    return argument.clone().double() if argument.is_floating_point() else argument.clone()
