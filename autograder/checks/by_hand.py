"""The by-hand rule: what a function may not call, and what is said where it did.

Operators that ran are judged here; gathering them is `isolation.operators`'s business. What never
reaches an operator, or silences the watch, `examiner.review` looks for in the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher, get_close_matches
from fnmatch import filter as filter_names
from fnmatch import fnmatchcase
from functools import cache

import torch
from torch.overrides import _get_overridable_functions

from autograder.results import CellResult, CheckResult
from autograder.words import a_thing, few

LIBRARIES = ("aten::", "quantized::")  # whose operators a rule may name
MOST_CLOSE = 3  # names that are shown where a pattern has none
ELSEWHERE = "Calling it elsewhere, to check your function, is fine."


@dataclass(frozen=True)
class ByHand:
    """What has to be written and not called.

    Args:
        operators: patterns of the names of operators and functions, and what each computes.
        internals: dotted names that no notebook needs: torch's own inside, and ways to switch a
            watch off.
        libraries: dotted names that no function of the exercise needs.
        hint: what is said to whose function broke the rule: what may it be written from?

    Raises:
        TypeError: the operators are no dict.
        ValueError: a pattern fits no name of torch's, and would forbid nothing.
    """

    operators: Mapping[str, str] = field(hash=False)  # a dict has none
    internals: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    hint: str = ELSEWHERE

    def __post_init__(self) -> None:
        if not isinstance(self.operators, Mapping):
            what = a_thing(self.operators)
            raise TypeError(f"operators of a ByHand is {what}, not a dict: what does each compute?")
        for pattern in self.operators:
            if pattern not in torch_names() and not filter_names(torch_names(), pattern):
                close = few(_close_to(pattern), MOST_CLOSE)
                also = f"; close to it: {close}" if close else ""
                raise ValueError(
                    f"no operator or function of torch is called {pattern!r}, so a ByHand with it "
                    f"would forbid nothing{also}"
                )

    def broken(self, function: str, ran: Iterable[str]) -> str:
        """What is said of a function in whose calls these operators ran; "" where none counts."""
        for operator in sorted(ran, key=lambda name: ("backward" in name, name)):
            for pattern, computes in self.operators.items():
                if fnmatchcase(operator, pattern):
                    return (
                        f"{function} calls torch's own {computes} ({operator}), and the by-hand "
                        "rule forbids that."
                    )
        return ""


@cache
def torch_names() -> frozenset[str]:
    """The names that a watch may report: of torch's operators, and of its functions."""
    names = torch._C._dispatch_get_all_op_names()  # "aten::huber_loss.out" is a variant of one
    operators = {name.partition(".")[0] for name in names if name.startswith(LIBRARIES)}
    _, functions = _get_overridable_functions()  # what resolve_name looks a name up in
    return frozenset(name.replace("::", ".") for name in operators) | {*functions.values()}


def _close_to(pattern: str) -> list[str]:
    """Names that may have been meant by a pattern, the likeliest first."""
    last = pattern.rpartition(".")[2].lower()
    there = {name.rpartition(".")[2] for name in torch_names()}
    close = get_close_matches(last, sorted(there), cutoff=0.5)

    def unlikeness(name: str) -> tuple[int, float, str]:
        whole = SequenceMatcher(None, name, pattern, autojunk=False).ratio()
        return close.index(name.rpartition(".")[2]), -whole, name

    meant = [name for name in torch_names() if name.rpartition(".")[2] in close]
    return sorted(meant, key=unlikeness)[:MOST_CLOSE]


def forbidden(result: CellResult, message: str, hint: str) -> CellResult:
    """The result of a function that broke the rule: no check pays, and each says why."""
    checks = tuple(
        CheckResult(check.name, False, 0.0, check.max_points, message, cause=hint)
        for check in result.checks
    )
    return replace(result, score=0.0, checks=checks)
