"""Which cells may change what others use: asked of the texts of all cells that share names.

What a statement does by itself is read by `effects`. Where that does not tell, the answer is that
it may: that costs time, and no points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache

from autograder.examiner.effects import HARMLESS, is_unsure, statements
from autograder.source_text import MOST_EFFORT, Statement

# Packages whose functions change their arguments alone, where their names say nothing else.
LIBRARIES = (
    *("torch", "numpy", "math", "cmath", "random", "time", "timeit", "statistics", "fractions"),
    *("itertools", "functools", "operator", "collections", "string", "textwrap", "typing", "json"),
    *("dataclasses", "IPython", "matplotlib", "seaborn", "pandas", "sklearn", "scipy", "tqdm"),
    *("asyncio", "copy", "datetime", "decimal", "enum", "pathlib", "re", "heapq", "bisect"),
    *("abc", "array", "base64", "binascii", "calendar", "contextlib", "contextvars", "csv"),
    *("difflib", "hashlib", "html", "inspect", "io", "keyword", "numbers", "pprint", "queue"),
    *("secrets", "struct", "traceback", "types", "unicodedata", "uuid", "zlib"),
)
PICTURES = ("matplotlib", "seaborn")  # what is set there is seen in pictures, and nowhere else
SETTING = re.compile(r"_*set|use_|enable|disable|register|install|patch|\w*(save\w*|dump)$")


class Texts:
    """Cells that share names, to be asked what some of them may change of what others use.

    Each question takes time in proportion to the cells, whatever is in them.

    Args:
        cells: their sources, in any order.
        modules: what lies beside the notebook, by the name under which it is imported.
    """

    def __init__(self, cells: Iterable[str], modules: Mapping[str, str]) -> None:
        self.modules = modules
        self._binding: dict[str, list[Statement]] = {}
        self._keeping: dict[str, list[Statement]] = {}  # what they call methods of may keep a thing
        self._using: dict[str, list[Statement]] = {}
        self._origins: dict[str, set[str]] = {}
        self._changing: set[str] = set()  # names whose use may change what they are bound to
        self._unimported: set[str] = set()  # names that are bound by more than imports
        for cell in cells:
            for statement in statements(cell):
                self._add(statement)
        self._outside = cache(self._is_outside)
        self._draws = cache(self._is_picture)
        self._unsure = cache(self._is_unsure_part)

    def _add(self, statement: Statement) -> None:
        for name, origin in statement.imports.items():
            self._origins.setdefault(name, set()).add(origin)
        for name in statement.binds | statement.stores:
            self._binding.setdefault(name, []).append(statement)
            if name not in statement.imports:
                self._unimported.add(name)
                if not statement.fixed:
                    self._changing.add(name)
        for name in statement.calls:
            self._keeping.setdefault(name, []).append(statement)
        for name in statement.uses | self._states_of(statement):
            self._using.setdefault(name, []).append(statement)

    @property
    def names(self) -> Set[str]:
        """The names that the cells bind."""
        return self._binding.keys()

    def reach(self, names: Iterable[str]) -> set[str]:
        """These names, and those that what they are bound to may use."""
        found, left, seen = set(names), list(names), set[Statement]()
        while left:
            name = left.pop()
            for statement in self._leading_on(name):
                imported = name in statement.imported
                if imported:  # each name for itself: a module's functions share no more than state
                    new = self._states_behind(statement, name) - found
                elif statement not in seen:
                    seen.add(statement)
                    new = {*statement.uses, *self._states_of(statement)} - found
                else:
                    continue
                found |= new
                left += new
        return found

    def made_of(self, names: Iterable[str]) -> set[str]:
        """These names, and those that what they are bound to was made of."""
        found, left = set(names), list(names)
        while left:
            name = left.pop()
            made = (each for each in self._binding.get(name, ()) if name not in each.imported)
            new = set[str]().union(*(each.uses for each in made)) - found
            found |= new
            left += new
        return found

    def looked_up(self, names: Iterable[str]) -> set[str]:
        """These names, and those that functions which they reach look up when they are called."""
        found = self.reach(names)
        code = (each for name in found for each in self._binding.get(name, ()) if each.defines)
        return _states(found).union(names, *(each.uses for each in code))

    def states(self, names: Iterable[str]) -> set[str]:
        """The states of modules that these names reach."""
        return _states(self.reach(names))

    def changeable(self, names: Iterable[str]) -> set[str]:
        """Those of the names that these reach whose objects may change by being used."""
        found = self.reach(names)
        return found & self._changing | _states(found)

    def rebound(self, cells: Iterable[str]) -> set[str]:
        """The names that these cells bind or delete, but by importing once more what they are."""
        bindings = (
            (each, name) for cell in cells for each in statements(cell) for name in each.binds
        )
        return {name for each, name in bindings if not self._is_again(each, name)}

    def may_change(
        self, cells: Iterable[str], needed: set[str], plain: Set[str] = frozenset()
    ) -> bool:
        """Whether these cells may change what these names, and all that they reach, stand for.

        Args:
            cells: their texts.
            needed: the names.
            plain: names of data that these cells leave as they are, and behind which is no more.
        """
        changing = self._reaching(self._changing_of(needed))
        return any(
            self._changes(statement, needed, changing - plain)
            for cell in cells
            for statement in statements(cell)
        )

    def _changes(self, statement: Statement, needed: set[str], changing: set[str]) -> bool:
        if is_unsure(statement) or self._outside(statement):
            return True
        rebound = {name for name in statement.binds if not self._is_again(statement, name)}
        cloned = statement.cloned - self._origins.keys()
        used = statement.uses - cloned | self._states_of(statement)
        return bool((rebound | statement.stores) & needed or used & changing)

    def pictures(self, names: Set[str]) -> set[str]:
        """Those of these names that stand for a package by which pictures are drawn, or a part."""
        return {name for name in names if name in self._origins and self._draws(name)}

    def _changing_of(self, needed: set[str]) -> set[str]:
        """The names by whose use these may change: some of them, and functions that do it."""
        functions = {
            name
            for name, bound in self._binding.items()
            for each in bound
            if each.defines and (is_unsure(each) or self._outside(each) or each.inside & needed)
        }
        return functions | needed & self._changing | _states(needed)

    def _reaching(self, names: set[str]) -> set[str]:
        """The names that `reach` one of these."""
        found, left, seen = set(names), list(names), set[tuple[Statement, str]]()
        while left:
            name = left.pop()
            for statement in self._using.get(name, ()):
                state = name in self._states_of(statement)  # of what it imports
                if (statement, name if state else "") not in seen:
                    seen.add((statement, name if state else ""))
                    kept = set(filter(self._keeps, statement.calls))
                    apart = {
                        each
                        for each in statement.imported
                        if not (state and name in self._states_behind(statement, each))
                    }
                    new = (statement.binds - apart | statement.stores | kept) - found
                    found |= new
                    left += new
        return found

    def _leading_on(self, name: str) -> Iterator[Statement]:
        """The statements that say what a name is bound to, and what that may keep."""
        yield from self._binding.get(name, ())
        if self._keeps(name):
            yield from self._keeping.get(name, ())

    def _keeps(self, name: str) -> bool:
        """Whether what a name is bound to may keep what its methods are given: no module does."""
        return name in self._changing and name not in self._origins

    def _states_of(self, statement: Statement) -> set[str]:
        """What stands for the state of modules beside the notebook that it imports: "helper."."""
        return set[str]().union(*(self._states_behind(statement, n) for n in statement.imports))

    def _states_behind(self, statement: Statement, name: str) -> set[str]:
        """The states that what it imports by this name may use."""
        origin = statement.imports.get(name, "").lstrip(".")
        package, _, part = origin.partition(".")
        if package not in self.modules:
            return set()
        stateful = _stateful(package, tuple(self.modules.items()))
        return {f"{package}."} if stateful.uses(part) else set()

    def _is_again(self, statement: Statement, name: str) -> bool:
        """Whether a name is imported once more, and is nothing else anywhere."""
        imported = name in statement.imports and name not in self._unimported
        return imported and len(self._origins[name]) == 1

    def _is_outside(self, statement: Statement) -> bool:
        """Whether a statement changes a module, or uses one that may change anything."""
        origins = self._origins
        if any(name in origins and not self._draws(name) for name in statement.stores):
            return True
        used = {(name, "") for name in statement.uses | statement.imports.keys()} | statement.parts
        return any(self._unsure(name, part) for name, part in used)

    def _is_picture(self, name: str) -> bool:
        return all(origin.partition(".")[0] in PICTURES for origin in self._origins[name])

    def _is_unsure_part(self, name: str, part: str) -> bool:
        origins = self._origins.get(name, ())
        return any(self._is_unsure(f"{origin}.{part}" if part else origin) for origin in origins)

    def _is_unsure(self, origin: str) -> bool:
        """Whether what has this dotted name may change anything when it is imported or used."""
        package = _package(origin)
        if package in self.modules:
            return _is_unsure_module(package, tuple(self.modules.items()))
        last = origin.rpartition(".")[2]
        sets = bool(SETTING.match(last)) and last not in HARMLESS and package not in PICTURES
        return package not in LIBRARIES or sets


@cache
def _is_unsure_module(name: str, modules: tuple[tuple[str, str], ...]) -> bool:
    """Whether a module beside the notebook may change anything when it is imported or used."""
    text = dict(modules)[name]
    if len(text) > MOST_EFFORT:  # to read it would take long; it has no syntax of IPython's
        return True
    others = {other: theirs for other, theirs in modules if other != name}
    return Texts([text], others).may_change([text], set())


@dataclass(frozen=True)
class _Stateful:
    """What of a module beside the notebook may use what its functions change.

    Args:
        names: those that do; None where any may.
        others: the names that it binds beside them.
    """

    names: Set[str] | None
    others: Set[str] = frozenset()

    def uses(self, part: str) -> bool:
        """Whether a part of the module does; "" for the module itself."""
        if self.names is None:
            return True
        return bool(self.names) and part not in self.others


@cache
def _stateful(name: str, modules: tuple[tuple[str, str], ...]) -> _Stateful:
    """What of a module may use what its functions change of what it has bound."""
    text = dict(modules)[name]
    if len(text) > MOST_EFFORT:
        return _Stateful(None)
    parts = statements(text)
    bound = {name for each in parts for name in each.binds}
    open_to_change = {name for each in parts if not each.fixed for name in each.binds}
    # What a function only uses may change too: by another name, or by what it is handed to.
    code = [each for each in parts if each.defines]
    kept = set[str]().union(
        *(each.inside & bound | each.binds for each in code if each.inside & bound)
    )
    kept |= open_to_change.intersection(set[str]().union(*(each.uses for each in code)))
    others = {other: theirs for other, theirs in modules if other != name}
    texts = Texts([text], others)
    using = open_to_change | {
        each for each in bound if (found := texts.reach([each])) & kept or _states(found)
    }
    return _Stateful(using, bound - using)


def _states(names: Set[str]) -> set[str]:
    """Those of these names that stand for the state of a module: "helper."."""
    return {name for name in names if name.endswith(".")}


def _package(origin: str) -> str:
    """The package of a dotted name."""
    return origin.lstrip(".").partition(".")[0]
