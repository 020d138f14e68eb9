"""Which statements an answer reaches: what it uses, what that uses, what fills what they use."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Set

from autograder.examiner.review.program import Program
from autograder.examiner.review.scopes import Unit

# By these a text leads to a name.
NAMESPACES = frozenset(("globals", "locals", "vars", "eval", "exec", "__dict__", "user_ns", "ev"))


class _Reach:
    """Who binds, fills and uses the names of a program."""

    def __init__(self, program: Program) -> None:
        self.binding: dict[str, list[Unit]] = defaultdict(list)
        self.putting: dict[str, list[Unit]] = defaultdict(list)
        self.using: dict[str, list[Unit]] = defaultdict(list)
        self.uses: dict[Unit, set[str]] = {}
        self._used, self._filled, self._started = set[str](), set[str](), set[str]()  # followed
        own = [unit for unit in program.units if not unit.text.given]
        for unit in own:
            for name in unit.binds:
                self.binding[name].append(unit)
            for name, scope in unit.puts:
                if not scope.local(name):
                    self.putting[name].append(unit)
        for unit in own:
            self.uses[unit] = self._uses(unit)
            for name in self.uses[unit]:
                self.using[name].append(unit)

    def _uses(self, unit: Unit) -> set[str]:
        """The program's names that a statement takes from its top, by texts and dots too."""
        used, dotted, texts = set[str](), set[str](), set[str]()
        for node, scope, _ in unit.nodes:
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load) and not scope.local(node.id):
                    used.add(node.id)
            elif isinstance(node, ast.Attribute):
                dotted.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.ImportFrom):
                used.update(alias.name for alias in node.names)
        if used & NAMESPACES or dotted & NAMESPACES:
            used |= texts
        known = self.binding.keys()
        modules = {n for n in dotted & known if any(each.text.module for each in self.binding[n])}
        return used & known | modules

    def leads_to(self, unit: Unit) -> Iterable[Unit]:
        """The statements that are reached where this one is, by names that were not seen before.

        What binds the names that it uses; what fills those and its own; and of a function that
        fills something, as a thread's does, who starts it.
        """
        used = self.uses[unit] - self._used
        touched = (self.uses[unit] | unit.binds) - self._filled
        self._used |= used
        self._filled |= touched
        for name in used:
            yield from self.binding[name]
        for filling in (each for name in touched for each in self.putting[name]):
            yield filling
            for started in filling.binds - self._started:
                self._started.add(started)
                yield from self.using[started]


def reached(program: Program, asked: Set[str]) -> set[Unit]:
    """The statements that run for an answer, or make what it uses.

    All of a cell of answers counts; what follows from a statement does where that binds a name
    that is asked for, or leads to one.

    Args:
        program: the student's texts, and the instructor's.
        asked: the names of the functions that are asked for.
    """
    reach = _Reach(program)
    found: set[Unit] = set()
    open_to_all = {*program.stars, *(program.spaces if _runs_files(program) else ()), ""}
    binding = [unit for name in asked for unit in reach.binding[name]]
    left = [unit for unit in binding if unit.text.module in open_to_all]
    while left:
        unit = left.pop()
        if unit not in found:
            found.add(unit)
            left += reach.leads_to(unit)
    return found | {unit for unit in program.units if unit.text.answer}


def _runs_files(program: Program) -> bool:
    """Whether a cell runs a file among the cells' own names: `%run`."""
    nodes = (node for unit in program.units for node, _, _ in unit.nodes)
    return any(isinstance(node, ast.Constant) and node.value == "run" for node in nodes)
