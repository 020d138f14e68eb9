"""What may be told of an expression: a way, a name that can't be read, something set anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from autograder.examiner.review import ways
from autograder.examiner.review.atoms import Atom, Literal, Name, Space
from autograder.examiner.review.standing import Standing

LEAST_TELLING = 6  # letters of a name that says by itself what it is of: not of "fx", or "jit"


@dataclass(frozen=True)
class Use:
    """A name that a person should look at.

    Args:
        name: as it is told.
        anywhere: whether it counts wherever it stands, or only where an answer reaches it.
    """

    name: str
    anywhere: bool


@dataclass
class Uses:
    """What may be told, by the rules of the exercises.

    Args:
        standing: what expressions stand for.
        internals: dotted names that no notebook needs.
        libraries: dotted names that no function of the exercise needs.
    """

    standing: Standing
    internals: Sequence[str]
    libraries: Sequence[str]
    covered: set[ast.AST] = field(default_factory=set)  # parts of what has been told

    def of_name(self, name: str) -> Iterator[Use]:
        if ways.starts(name, self.internals) or ways.anywhere(name):
            yield Use(name, anywhere=True)
        elif self._of_library(name) or any(map(self.tells, name.split("."))):
            yield Use(name, anywhere=False)

    def _of_library(self, name: str) -> bool:
        return ways.starts(name, self.libraries) or ways.starts(name, ways.REACHED)

    def tells(self, name: str) -> bool:
        """Whether a name alone says of which library it is, by whatever it was found."""
        return len(name) >= LEAST_TELLING and any(
            library.endswith(f".{name}") for library in self.libraries
        )

    def of_patch(self, owner: Sequence[Atom], name: str) -> Iterator[Use]:
        """An attribute of torch's, or of what a kernel runs on, that is set or deleted."""
        for atom in owner:
            dotted = atom.dotted if isinstance(atom, Name | Space) else ""
            if ways.starts(dotted, ways.PATCHED) and not ways.starts(dotted, ways.SETTINGS):
                yield Use(f"{dotted}.{name} = …", anywhere=True)

    def of_texts(self, texts: Sequence[str]) -> Iterator[Use]:
        """Texts that are names of ways, or of what no notebook needs."""
        for text in texts:
            dotted = "." in text and all(part.isidentifier() for part in text.split("."))
            if ways.is_name(text) or (dotted and ways.starts(text, self.internals)):
                yield Use(text, anywhere=True)
            elif dotted and ways.starts(text, self.libraries):
                yield Use(text, anywhere=False)

    def of_hidden(self, owner: Sequence[Atom], names: Sequence[Atom]) -> Iterator[Use]:
        """A name that can't be read, of a module that has ways in it."""
        texts = [atom.value for atom in names if isinstance(atom, Literal)]
        if any(isinstance(text, str) and ways.hides(text) for text in texts):
            for atom in owner:
                if isinstance(atom, Name | Space):
                    first = atom.dotted.partition(".")[0]
                    if first in ways.OWNERS or first == "":
                        of = atom.dotted or "globals()"
                        yield Use(f"a name of {of} that can't be read", anywhere=True)
