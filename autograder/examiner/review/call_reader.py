"""What a person should look at in a call: what it gets, sets, imports or runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autograder.examiner.review import ways
from autograder.examiner.review.atoms import Atoms, Literal, Name, Space
from autograder.examiner.review.calls import GETTING, IMPORTING, SHELL, arguments_of
from autograder.examiner.review.literals import HOLE
from autograder.examiner.review.program import SHOWING
from autograder.examiner.review.runs import RUNNERS
from autograder.examiner.review.scopes import Scope, last_of
from autograder.examiner.review.texts import module_name
from autograder.examiner.review.uses import Use, Uses

# Methods that only look at a text.
LOOKING = frozenset(("startswith", "endswith", "find", "index", "count", "split", "replace"))
COUNTING = frozenset(("len", "list", "sorted", "set", "print", "tuple", "get", "keys"))
SETTING = ("setattr", "delattr", "__setattr__", "__delattr__")
FILLING = ("update", "setdefault", "__setitem__", "pop")
LISTING = ("values", "items", "copy")
IMPORTERS = ("importlib", "pydoc", "pkgutil", "imp")
# Whose functions run texts, and run files.
TEXT_RUNNERS = ("timeit", "cProfile", "profile", "pdb", "bdb", "trace", "doctest", SHELL)
FILE_RUNNERS = ("spec_from_file_location", "run_path")
UNPICKLING = ("pickle.loads", "dill.loads", "cloudpickle.loads", "cPickle.loads")
ARCHIVES = (".zip", ".whl", ".egg", ".pyz")


class CallReader(Uses):
    """Reads calls."""

    def of_call(self, node: ast.Call, scope: Scope) -> Iterator[Use]:
        """What is told of a call, beside what it stands for."""
        last = last_of(node.func)
        if last in COUNTING:  # of a dict only the keys
            self.covered.update(a for a in node.args if isinstance(a, ast.Attribute | ast.Name))
        arguments = arguments_of(self.standing, node, scope)
        getting = any(Name("getattr") in atoms for atoms in arguments)
        for name in self.standing.names(node.func, scope):
            if name == "socket.socket" and any(each.arg == "fileno" for each in node.keywords):
                yield Use(name, anywhere=True)
            yield from self._of_function(name, arguments)
            getting = getting or name.endswith("attrgetter")
        if getting:
            yield from self._handed(last, arguments)
        if isinstance(node.func, ast.Attribute):
            yield from self._of_table(node.func, scope, arguments)
        if last not in SHOWING | LOOKING:
            yield from self.of_texts(self._readable(arguments))

    def _readable(self, arguments: Sequence[Atoms]) -> list[str]:
        atoms = (atom for each in arguments for atom in each if isinstance(atom, Literal))
        return [atom.value for atom in atoms if isinstance(atom.value, str)]

    def _of_function(self, name: str, arguments: Sequence[Atoms]) -> Iterator[Use]:
        """A call of something with a dotted name."""
        owner, _, last = name.rpartition(".")
        if last in GETTING and arguments:
            whole = [(Name(owner),), *arguments] if len(arguments) == 1 else arguments
            yield from self.of_hidden(*whole[:2])
        elif last in SETTING and arguments:
            yield from self._setting(owner, last, arguments)
        elif last in IMPORTING and ways.starts(name, IMPORTERS) and arguments:
            if _unread(arguments[0]) or (last == "reload" and _of_torch(arguments[0])):
                yield Use(name, anywhere=True)
        elif name == "inspect.getmembers" and arguments and _of_torch(arguments[0]):
            yield from self.of_hidden(arguments[0], (Literal(HOLE),))
        elif name in ways.RAW and arguments:
            if not any(Literal(number) in arguments[0] for number in ways.STANDARD):
                yield Use(name, anywhere=True)
        elif name in UNPICKLING and any(text != HOLE for text in self._readable_bytes(arguments)):
            yield Use(name, anywhere=True)
        elif ways.starts(name, ("sys.path",)):
            yield from (Use(t, True) for t in self._readable(arguments) if t.endswith(ARCHIVES))
        else:
            yield from self._running(name, last, arguments)

    def _readable_bytes(self, arguments: Sequence[Atoms]) -> list[object]:
        return [a.value for each in arguments for a in each if isinstance(a, Literal)]

    def _running(self, name: str, last: str, arguments: Sequence[Atoms]) -> Iterator[Use]:
        """What runs a text that can't be read, or a file that isn't."""
        texts = self._readable(arguments)
        if last in RUNNERS and ways.starts(name, TEXT_RUNNERS) and HOLE in texts:
            yield Use(name, anywhere=True)
        magic = name == f"{SHELL}.run_line_magic" and texts[:1] == ["run"]
        if last in FILE_RUNNERS or magic:
            for path in texts[1:] if magic or last != "run_path" else texts[:1]:
                known = module_name(path.split(" ")[0]) in self.standing.program.spaces
                beside = path.split(" ")[0].endswith(".py") and path[:1] not in "/~."
                if path and not (known or beside):
                    yield Use(f"%run {path}" if magic else name, anywhere=True)

    def _setting(self, owner: str, last: str, arguments: Sequence[Atoms]) -> Iterator[Use]:
        """`setattr`, `delattr`, and the methods of their names."""
        own = last[:2] == "__" and len(arguments) < 3
        whole: list[Atoms] = [(Name(owner),), *arguments] if own else [*arguments, ()]
        for atom in whole[1]:
            text = str(atom.value) if isinstance(atom, Literal) else HOLE
            yield from self.of_patch(whole[0], text.replace(HOLE, "?"))

    def _handed(self, last: str, arguments: Sequence[Atoms]) -> Iterator[Use]:
        """`getattr` handed on with modules and names, as to `map` or `partial`; `attrgetter`."""
        atoms = [atom for each in arguments for atom in each]
        atoms += self.standing.parts(atoms, (None,))
        names = tuple(atom for atom in atoms if isinstance(atom, Literal))
        owners = tuple(atom for atom in atoms if isinstance(atom, Name | Space))
        if Name("getattr") not in owners:
            if any(HOLE in str(atom.value) for atom in names):
                yield Use(last, anywhere=True)
            return
        yield from self.of_hidden(owners, names)
        for text in (atom.value for atom in names):
            if isinstance(text, str) and HOLE not in text:
                for got in self.standing.attribute(owners, text):
                    yield from self.of_name(got.dotted) if isinstance(got, Name) else ()

    def _of_table(
        self, method: ast.Attribute, scope: Scope, arguments: Sequence[Atoms]
    ) -> Iterator[Use]:
        """A method of a module's dict: what it gets, lists or sets."""
        if method.attr not in ("get", *LISTING, *FILLING):
            return
        owner = self.standing.of(method.value, scope)
        spaces = [atom for atom in owner if isinstance(atom, Space) and atom.dotted]
        if method.attr == "get" and arguments:
            yield from self.of_hidden(owner, arguments[0])
            if Name("sys.modules") in owner:
                self.covered.add(method.value)
        elif method.attr in LISTING:
            yield from self.of_hidden(spaces, (Literal(HOLE),))
        elif method.attr in FILLING:
            yield from self.of_patch(spaces, "?")


def _unread(atoms: Atoms) -> bool:
    return any(isinstance(atom, Literal) and HOLE in str(atom.value) for atom in atoms)


def _of_torch(atoms: Atoms) -> bool:
    return any(isinstance(atom, Name) and ways.starts(atom.dotted, ("torch",)) for atom in atoms)
