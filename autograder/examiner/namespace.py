"""Where the names of a grade cell come from: the cell, the instructor's cells, or the student's.

In this order, and a name that the instructor binds anywhere never comes from the student: who
rebinds `torch` or `expected` gains nothing. There are two exceptions. A name that only a solution
imports is there for a test if the student has imported the same; what the test uses is the
instructor's. And an object that the solution changes in place is the student's from then on.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, KeysView, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from autograder.isolation.errors import CannotCrossError, Stopped
from autograder.isolation.remote_function import RemoteFunction
from autograder.isolation.student_kernel import StudentKernel
from autograder.isolation.type_names import origin
from autograder.isolation.values import CROSSES, PLAIN, Opaque
from autograder.source_text import read_cell


@dataclass(frozen=True)
class AskedFor:
    """What a cell that runs here asks the student for: complete when it has run.

    Args:
        functions: those that it has got.
        lacking: the names that only a solution imports and this student has not, each with whether
            it is bound to something of their own.
    """

    functions: list[RemoteFunction] = field(default_factory=list)
    lacking: Mapping[str, bool] = field(default_factory=dict)


class Names(dict[str, Any]):
    """The namespace in which the examiner runs cells.

    Args:
        kernel: the student's, to ask for names; None before there is a student.
        asked: names that the student has to bind. One that a given cell binds too is the
            instructor's until the solution is reached, and the student's from there on.
        taken: names that the instructor binds, and that are never asked for.
        solution_imports: names that only solutions import.
        read_in_calls: names that the solutions' functions look for when they are called: where a
            test binds one of these to something else, the student's functions find that.
    """

    def __init__(
        self,
        kernel: StudentKernel | None,
        asked: set[str],
        taken: set[str],
        solution_imports: frozenset[str] = frozenset(),
        read_in_calls: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(__autograder_cell__=True)
        self.kernel = kernel
        self.asked = asked
        self.taken = taken - asked
        self.solution_imports = solution_imports
        self.read_in_calls = read_in_calls
        self._testing = False  # whether a grade cell is being run
        self._asked_for = AskedFor()  # by the cell that is being run
        self._theirs: set[str] = asked - taken
        self._got = set[str]()  # names that a test has asked the student for

    def meet(self, kernel: StudentKernel) -> None:
        """From here on there is a student: names may come from their kernel."""
        self.kernel = kernel

    @contextmanager
    def as_given(self) -> Iterator[AskedFor]:
        """Runs a given cell in the block; what it asks for."""
        self._asked_for = AskedFor()
        yield self._asked_for

    @contextmanager
    def as_test(self, text: str) -> Iterator[AskedFor]:
        """Runs a grade cell in the block; what it asks for. Names may go to the student too.

        Args:
            text: the cell's source.
        """
        wanted = sorted(self.solution_imports & read_cell(text).uses)
        differing = {name: self._bound_otherwise(name) for name in wanted}
        lacking = {name: bound for name, bound in differing.items() if bound is not None}
        kept = {name: self.pop(name) for name in lacking}
        self._asked_for, self._testing = AskedFor(lacking=lacking), True
        try:
            yield self._asked_for
        finally:
            self._testing = False
            for name, value in kept.items():
                self.setdefault(name, value)

    def hand_over(self, names: Iterable[str]) -> None:
        """From here on these names are the student's: a solution binds or changes them."""
        for name in names:
            self.pop(name, None)
            self.taken.discard(name)
            self._theirs.add(name)

    def _bound_otherwise(self, name: str) -> bool | None:
        """Of a name that a student has not imported: whether it is bound to something of theirs.

        None where it is bound to what the instructor's solution imports by it, or where there is
        nothing here to compare. Of a module, a class or a function that is what has its dotted
        name; of a value, as `from math import pi` binds, one that is the same.
        """
        if self.kernel is None or not dict.__contains__(self, name):
            return None
        own, there, same = self[name], "", False
        with suppress(KeyError, Stopped):  # a stop is kept by the kernel, and told
            there = self.kernel.origin(name)
            same = there == origin(own)
            if same and type(own) in PLAIN:
                same = self.kernel.get(name, lambda tree: None) == own
        return None if same else bool(there)

    def _fetchable(self, name: str) -> bool:
        """Whether a name that is not here may come from the student."""
        private = name.startswith("_") or hasattr(builtins, name)
        return name not in self.taken and (not private or name in self.asked)

    def _students(self) -> list[str]:
        """The names that a grade cell could ask the student for now."""
        names = self.kernel.names() if self._testing and self.kernel else []
        return [name for name in names if self._fetchable(name)]

    def __contains__(self, name: object) -> bool:
        """Whether a cell would find a name: `"f" in globals()`."""
        if super().__contains__(name):
            return True
        asks = self._testing and isinstance(name, str) and self._fetchable(name)
        return asks and name in self._students()

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """The names that a cell would find, as `dir()` lists them."""
        return dict.fromkeys([*super().keys(), *self._students()]).keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def get(self, name: str, default: Any = None) -> Any:
        """What a cell would find: `globals().get("f")`."""
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name: str) -> Any:
        kernel = self.kernel
        if kernel is None or not self._fetchable(name):
            raise KeyError(name)
        value = kernel.get(name, lambda tree: RemoteFunction(kernel, name, tree))
        self._theirs.add(name)
        self._got.add(name)
        if isinstance(value, Opaque):
            raise CannotCrossError(f"{name} is {value}, which can't cross: {CROSSES}.")
        if isinstance(value, RemoteFunction):
            self._asked_for.functions.append(value)
        return value

    def _acts_there(self, name: str) -> bool:
        """Whether a test that binds or deletes a name means the student's, and not one of its own.

        It has asked for it before, or the student's functions look for it.
        """
        return name in self.read_in_calls or name in self._got

    def __setitem__(self, name: str, value: Any) -> None:
        """Binds a name for the cells here.

        What a test binds is its own, and expected values are told to nobody: but for what it puts
        in a student's place, which is a function, what it has asked for before, or what the
        student's functions look for.
        """
        if name not in self._theirs:
            super().__setitem__(name, value)
        elif self._testing and self.kernel:
            super().__setitem__(name, value)
            if callable(value) or self._acts_there(name):
                self.kernel.set(name, value, RemoteFunction.place_in(self.kernel))

    def __delitem__(self, name: str) -> None:
        here = super().__contains__(name)
        if here:
            super().__delitem__(name)
        theirs = not here or self._acts_there(name)
        if theirs and name in self._theirs and self.kernel:
            self.kernel.delete(name)
        elif not here:
            raise KeyError(name)
